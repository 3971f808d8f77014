"""The server's log: a bounded file, and the last lines in memory for error messages."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import IO

TAIL_LINES = 20
_FILE_BYTES_MAX = 2 * 1024 * 1024
_OLDER_FILES = 2


class RotatingFile:
    """Appends lines to ``path``; beyond 2 MiB it becomes ``path.1`` and that ``path.2``."""

    def __init__(self, path: Path, bytes_max: int = _FILE_BYTES_MAX) -> None:
        self._path = path
        self._bytes_max = bytes_max
        self._file = self._open()
        self._size = self._file.seek(0, os.SEEK_END)

    def write(self, line: bytes) -> None:
        if self._size + len(line) > self._bytes_max and self._size > 0:
            self._rotate()
        self._file.write(line)
        self._size += len(line)

    def close(self) -> None:
        self._file.close()

    def _open(self) -> IO[bytes]:
        file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        return os.fdopen(file, "ab", buffering=0)

    def _rotate(self) -> None:
        for number in range(_OLDER_FILES, 0, -1):
            older = self._path.with_name(f"{self._path.name}.{number}")
            newer = self._path.with_name(f"{self._path.name}.{number - 1}") if number > 1 else self._path
            if newer.exists():
                newer.replace(older)
        rotated, self._file, self._size = self._file, self._open(), 0
        rotated.close()


class LogPump(threading.Thread):
    """Moves what the server writes to stderr into the file.

    It ends at the end of the pipe, which comes when the postmaster and the last of its children are gone:
    that is how the supervisor knows that no orphaned backend holds the shared memory. A full disk must not
    stop the reading, or backends would hang on a full pipe; such lines are lost to the file, and said so
    once.
    """

    def __init__(self, pipe: IO[bytes], path: Path, log: Callable[[str], object]) -> None:
        super().__init__(name="finsage-postgres-log", daemon=True)
        self._pipe = pipe
        self._path = path
        self._log = log
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._file: RotatingFile | None = None
        self._is_loss_reported = False

    def tail(self) -> str:
        """The last 20 lines."""
        return "\n".join(self._tail)

    def run(self) -> None:
        with self._pipe:
            for line in self._pipe:
                self._tail.append(line.decode("utf-8", "replace").rstrip())
                self._store(line)
        if self._file is not None:
            self._file.close()

    def _store(self, line: bytes) -> None:
        try:
            if self._file is None:
                self._file = RotatingFile(self._path)
            self._file.write(line)
        except OSError as error:
            if not self._is_loss_reported:
                self._is_loss_reported = True
                self._log(f"The log {self._path} cannot be written ({error.strerror}); lines are missing from it.")
