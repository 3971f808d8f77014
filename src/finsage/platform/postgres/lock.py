"""One FinSage per data directory.

The lock is flock(2): it belongs to the open file, ends with the process however that dies, and is not passed
to children (Python opens files close-on-exec). POSIX record locks would be dropped by any other close of the
same file.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from finsage.platform.postgres.errors import DataDirectoryInUse, storage

if sys.platform != "win32":
    import fcntl

# A reader asking for the owner holds the lock, shared, for a moment; a starter outlasts it.
_PATIENCE_SECONDS = 0.5
_POLL_SECONDS = 0.02


class DataDirectoryLock:
    """An exclusive lock on ``<data>/lock`` whose file holds the owner's process id."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def acquire(self) -> None:
        """Take the lock. Raises DataDirectoryInUse, naming the owner."""
        with storage(self._path):
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        if not _lock_within(file, _PATIENCE_SECONDS):
            pid = _read_pid(file)
            os.close(file)
            raise DataDirectoryInUse(_in_use(self._path.parent, pid), owner_pid=pid)
        self._file = file
        try:
            with storage(self._path):
                os.ftruncate(file, 0)
                os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Give the lock back; the file stays, because removing it would let two owners lock two files."""
        if self._file is not None:
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None


def owner_pid(data_dir: Path) -> int | None:
    """The process id of the FinSage that owns ``data_dir`` now; None when nobody does.

    Raises DataDirectoryInUse when an owner exists that has not yet written its id (it is starting this very
    moment).
    """
    try:
        file = os.open(data_dir / "lock", os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        if _try_lock(file, exclusive=False):
            return None
        pid = _read_pid(file)
    finally:
        os.close(file)
    if pid is None:
        raise DataDirectoryInUse(_in_use(data_dir, None), owner_pid=None)
    return pid


def _in_use(data_dir: Path, pid: int | None) -> str:
    owner = "another process" if pid is None else f"process {pid}"
    stop = "stop it" if pid is None else f"stop it (kill -INT {pid})"
    return (
        f"{data_dir} is in use by {owner}, a running FinSage. Use that one, {stop}, "
        "or choose another directory with --data-dir or FINSAGE_DATA_DIR."
    )


def _lock_within(file: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not _try_lock(file, exclusive=True):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _try_lock(file: int, *, exclusive: bool) -> bool:
    try:
        fcntl.flock(file, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_pid(file: int) -> int | None:
    text = os.pread(file, 32, 0).decode("ascii", "replace").strip()
    return int(text) if text.isdigit() else None
