"""Packed pages put aside on disk, so that of a large file only a window is in memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import Self


class Spool:
    """Groups of blobs in the order they were added; a file without a name, gone when closed."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the spool
        self._groups: list[tuple[int, ...]] = []
        self._starts: list[int] = []
        self._end = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._groups)

    def add(self, *blobs: bytes) -> None:
        """Put a group aside."""
        self._file.seek(self._end)
        self._file.writelines(blobs)
        self._groups.append(tuple(map(len, blobs)))
        self._starts.append(self._end)
        self._end += sum(map(len, blobs))

    def __getitem__(self, place: int) -> list[bytes]:
        """The blobs of a group."""
        self._file.seek(self._starts[place])
        return [self._file.read(size) for size in self._groups[place]]

    def __iter__(self) -> Iterator[list[bytes]]:
        return (self[place] for place in range(len(self)))
