"""What lies where below the data directory, and who may read it.

    lock       held while a FinSage runs; its process id                 ours, 0600
    secrets/   postgres-<role>: passwords                                ours, 0700
    run/       database.json: how to attach to the running server        ours, 0700
    log/       postgres.log and two older ones                           ours, 0700
    pg/        a copy of the binaries, only where it is needed           ours, the account reads
    db/        the database files                                        the account's, 0700
    socket/    the server's socket                                       the account's, 0700
    web-cache/ the web app, compressed; nothing here need be kept        ours

For an ordinary user "ours" and "the account's" are the same and the data directory is 0700. As root it is
0710 with the account's group: the account must pass through to ``db``, and may neither list nor write. Giving
it the directory instead (which 0700 would need) would let whoever breaks into the server swap the keys and
settings beside it.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from finsage.platform.postgres.account import Account
from finsage.platform.postgres.errors import DataDirectoryUnusable, storage

PORT = 5432
# sun_path of a socket address holds 108 bytes with the final zero on Linux, 104 on macOS and the BSDs.
_SOCKET_PATH_BYTES_MAX = 107 if sys.platform == "linux" else 103
_MAY_EXIST = frozenset({"secrets", "run", "log", "web-cache", "finsage.toml", "lost+found"})


@dataclass(frozen=True, slots=True)
class Layout:
    """The places below one data directory."""

    data_dir: Path

    @property
    def lock(self) -> Path:
        return self.data_dir / "lock"

    @property
    def secrets(self) -> Path:
        return self.data_dir / "secrets"

    @property
    def run(self) -> Path:
        return self.data_dir / "run"

    @property
    def database_json(self) -> Path:
        return self.run / "database.json"

    @property
    def log(self) -> Path:
        return self.data_dir / "log"

    @property
    def pg(self) -> Path:
        return self.data_dir / "pg"

    @property
    def db(self) -> Path:
        return self.data_dir / "db"


def prepare(layout: Layout) -> None:
    """Create the data directory and our own parts of it. Raises DataDirectoryUnusable, DataDirectoryFull."""
    data_dir = layout.data_dir
    with storage(data_dir):
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        _require_ours(data_dir)
        for part in (layout.secrets, layout.run, layout.log):
            part.mkdir(mode=0o700, exist_ok=True)
            part.chmod(0o700)


def admit(layout: Layout, account: Account) -> None:
    """Close the data directory to everybody but us, and let the account through when it is not ourselves."""
    with storage(layout.data_dir):
        if account.is_self:
            layout.data_dir.chmod(0o700)
        else:
            os.chown(layout.data_dir, os.geteuid(), account.gid)
            layout.data_dir.chmod(0o710)


def socket_directory(layout: Layout, account: Account) -> Path:
    """A 0700 directory of the account, short enough for a socket's address; created when absent."""
    inside = layout.data_dir / "socket"
    directory = inside if _fits(inside) else _short_directory(layout)
    with storage(directory):
        directory.mkdir(mode=0o700, exist_ok=True)
        found = directory.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), account.uid}:
            raise DataDirectoryUnusable(f"{directory} is not a directory of ours. Remove it, or set XDG_RUNTIME_DIR.")
        give(directory, account)
    return directory


def clear_socket(directory: Path) -> None:
    """Remove the socket of a server that is gone, and the lock beside it.

    The lock names a process too, and one with a recycled id would be in the way. It guards the socket alone,
    in a directory that only the owner of the data directory uses; ``postmaster.pid`` guards the data and is
    never removed.
    """
    for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
        with storage(directory):
            (directory / name).unlink(missing_ok=True)


def give(directory: Path, account: Account) -> None:
    """Make a directory the account's own, closed to everybody else."""
    if not account.is_self:
        os.chown(directory, account.uid, account.gid)
    directory.chmod(0o700)


def closed_ancestor(path: Path, account: Account) -> Path | None:
    """The first directory above ``path`` whose mode bits do not let the account pass, else None."""
    for directory in reversed(path.resolve().parents):
        if not directory.exists():
            return None
        found = directory.stat()
        if found.st_uid == account.uid:
            bit = stat.S_IXUSR
        elif found.st_gid == account.gid:
            bit = stat.S_IXGRP
        else:
            bit = stat.S_IXOTH
        if not found.st_mode & bit:
            return directory
    return None


def _require_ours(data_dir: Path) -> None:
    owner = data_dir.stat().st_uid
    if owner != os.geteuid():
        raise DataDirectoryUnusable(
            f"{data_dir} belongs to uid {owner}, and FinSage runs as uid {os.geteuid()}. "
            "Run it as that user, or choose another directory (one inside it, say) with --data-dir or "
            "FINSAGE_DATA_DIR."
        )
    # The directory is about to be closed to others, so it must not be somebody's home, /tmp or /var.
    is_known = (data_dir / "secrets").is_dir() and (data_dir / "lock").is_file()
    if not is_known and not {entry.name for entry in data_dir.iterdir()} <= _MAY_EXIST:
        raise DataDirectoryUnusable(
            f"{data_dir} holds other files and is not a FinSage data directory. Choose an empty or a new one."
        )


def _fits(directory: Path) -> bool:
    # libpq splits a host at its commas.
    socket = os.fsencode(directory / f".s.PGSQL.{PORT}")
    return len(socket) <= _SOCKET_PATH_BYTES_MAX and b"," not in socket


def _short_directory(layout: Layout) -> Path:
    digest = hashlib.sha256(os.fsencode(layout.data_dir)).hexdigest()[:16]
    # Root's own runtime directory is closed to the account, so root goes to the parent of all of them.
    runtime = "/run" if os.geteuid() == 0 else os.environ.get("XDG_RUNTIME_DIR", "")
    for base in (runtime, tempfile.gettempdir(), "/tmp"):  # noqa: S108 - owner and mode are checked before use
        candidate = Path(base) / f"finsage-{digest}"
        if base and Path(base).is_dir() and _fits(candidate):
            return candidate
    raise DataDirectoryUnusable(f"No directory is short enough for the socket of {layout.data_dir}; set TMPDIR.")
