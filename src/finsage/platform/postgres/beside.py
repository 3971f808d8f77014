"""Whether other programs have joined the FinSage that owns a data directory: then it is not the only one that writes.

Each that joins holds a shared lock on ``<data>/run/beside`` for its life and makes the file before it writes anything.
The owner of the data directory removes it when it starts, unless somebody holds it still.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

if sys.platform != "win32":
    import fcntl


class Beside:
    """Asked by the owner as a function; ``join`` is for the others.

    Args:
        data_dir: the directory of the installation.
    """

    def __init__(self, data_dir: Path) -> None:
        self._mark = data_dir / "run" / "beside"
        self._file: int | None = None

    def __call__(self) -> bool:
        """Whether anybody has joined since the owner started; a look at a directory, some microseconds."""
        return self._mark.exists()

    def join(self) -> None:
        """Make the mark and hold it until this process ends."""
        while self._file is None:
            file = os.open(self._mark, os.O_RDWR | os.O_CREAT, 0o600)
            if sys.platform != "win32":
                fcntl.flock(file, fcntl.LOCK_SH)
            if self._is(file):
                self._file = file
            else:
                os.close(file)  # the owner has removed it in this moment

    def leave(self) -> None:
        """Let go of the mark; the end of the process does the same."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def forget(self) -> None:
        """Begin anew; only for who holds the data directory's lock."""
        try:
            file = os.open(self._mark, os.O_RDWR)
        except FileNotFoundError:
            return
        try:
            if sys.platform != "win32":
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._mark.unlink(missing_ok=True)
        except BlockingIOError:
            return  # a worker that outlived the last owner
        finally:
            os.close(file)

    def _is(self, file: int) -> bool:
        try:
            return os.path.samestat(os.fstat(file), self._mark.stat())
        except FileNotFoundError:
            return False
