"""What callers hold of the file store. A file is whole or absent, and read only after its checksum was compared."""

from __future__ import annotations

import hashlib
import io
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO, TypeAlias

from finsage.platform.files.errors import FileDamaged, FileTooLarge
from finsage.platform.files.names import checked_name

FILE_BYTES_MAX = 2**30
GET_BYTES_MAX = 64 * 2**20
"""What ``get`` returns at most: larger files are for ``open``."""

_IN_MEMORY_BYTES_MAX = 4 * 2**20
PIECE_BYTES = 2**20

Content: TypeAlias = bytes | IO[bytes]
"""What is stored: bytes, or a file opened for reading that can be rewound."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file as a list names it."""

    name: str
    size_bytes: int
    stored_at: datetime


@dataclass(frozen=True, slots=True)
class FileStat(FileEntry):
    """A file with its SHA-256 in hexadecimal digits, as it was when it was stored."""

    sha256: str


class Sink:
    """Takes the bytes of a file and knows their number and hash; refuses more than ``bytes_max``."""

    def __init__(self, name: str, into: IO[bytes], bytes_max: int) -> None:
        self._name = name
        self._into = into
        self._bytes_max = bytes_max
        self._hash = hashlib.sha256()
        self.size_bytes = 0

    def write(self, piece: bytes) -> None:
        self.size_bytes += len(piece)
        if self.size_bytes > self._bytes_max:
            raise FileTooLarge(f"{self._name} is larger than {self._bytes_max} bytes.")
        self._hash.update(piece)
        self._into.write(piece)

    def digest(self) -> bytes:
        return self._hash.digest()

    def rewind(self) -> None:
        """Begin anew."""
        self._into.seek(0)
        self._into.truncate()
        self._hash, self.size_bytes = hashlib.sha256(), 0


class FileStore(ABC):
    """Files by name. Never call it inside of a transaction: a slow disk or bucket would hold a connection."""

    kind: str
    """``directory`` or ``bucket``, for whoever is told where files are."""

    @abstractmethod
    async def put(self, name: str, content: Content) -> FileStat:
        """Store a file, in place of any of that name; others see the old one or the new one, whole.

        Raises:
            FileNameRefused, FileTooLarge: it cannot be stored.
            FileStoreFailed, FileStoreRefused: it is not stored, or may be where an answer was lost; storing the same
                again is safe.
        """

    async def get(self, name: str, *, bytes_max: int = GET_BYTES_MAX) -> bytes:
        """The content of a file.

        Raises:
            FileNameRefused, FileAbsent: there is none.
            FileTooLarge: it has more than ``bytes_max`` bytes; use ``open``.
            FileDamaged: its bytes are not those that were stored.
            FileStoreFailed, FileStoreRefused: it cannot be read now.
        """
        buffer = io.BytesIO()
        await self._read(name, buffer, bytes_max)
        return buffer.getvalue()

    @asynccontextmanager
    async def open(self, name: str) -> AsyncIterator[IO[bytes]]:
        """A private copy of a file at its first byte, to read and to seek in. Raises as ``get``, up to 1 GiB."""
        with SpooledTemporaryFile(_IN_MEMORY_BYTES_MAX) as copy:
            await self._read(name, copy, FILE_BYTES_MAX)
            copy.seek(0)
            yield copy

    @abstractmethod
    async def stat(self, name: str) -> FileStat:
        """What is known of a file without reading it. Raises as ``get``."""

    @abstractmethod
    async def list(self, folder: str = "") -> tuple[FileEntry, ...]:
        """The files in a folder and the folders in it, by name; all of them where none is given."""

    @abstractmethod
    async def delete(self, name: str) -> None:
        """Remove a file; one that is not there is not missed."""

    async def aclose(self) -> None:
        """Close connections, where there are any."""
        return

    @abstractmethod
    async def _copy(self, name: str, sink: Sink) -> str:
        """Write a file's content into the sink; the SHA-256 it should have."""

    async def _read(self, name: str, into: IO[bytes], bytes_max: int) -> None:
        sink = Sink(checked_name(name), into, bytes_max)
        expected = await self._copy(name, sink)
        if sink.digest().hex() != expected:
            raise FileDamaged(f"{name} does not have the checksum it was stored with. Store it anew.")
