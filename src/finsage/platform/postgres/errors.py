"""What can go wrong around the embedded server. Every message names the place and the remedy."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from finsage.errors import Conflict, Invalid, Unavailable


class DataDirectoryInUse(Conflict):
    """Another FinSage owns this data directory."""

    owner_pid: int | None


class DataDirectoryUnusable(Invalid):
    """The data directory cannot be used."""


class ClusterUnusable(Conflict):
    """The database files do not fit this installation."""


class NoAccount(Invalid):
    """There is no operating-system account to run PostgreSQL as."""


class BinariesUnusable(Unavailable):
    """PostgreSQL's programs are missing or cannot run here."""


class EmbeddedUnsupported(Unavailable):
    """The embedded PostgreSQL does not run on this platform."""


class ServerFailed(Unavailable):
    """PostgreSQL did not start."""


class ServerWillNotStop(Unavailable):
    """PostgreSQL did not stop in time."""

    server_pid: int


class DataDirectoryFull(Unavailable):
    """The storage is full."""


FULL = ("No space left on device", "Disk quota exceeded")


@contextmanager
def storage(path: Path) -> Iterator[None]:
    """Turn what the file system refuses below ``path`` into an error that says what to do."""
    try:
        yield
    except OSError as error:
        place = error.filename or path
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise DataDirectoryFull(f"No space left while writing {place}. Free some space and start again.") from error
        raise DataDirectoryUnusable(
            f"Cannot write {place}: {error.strerror}. Make it writable for this user, "
            "or choose another place with --data-dir or FINSAGE_DATA_DIR."
        ) from error
