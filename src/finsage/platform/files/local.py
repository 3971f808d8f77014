"""Files in a directory: the content, then a trailer of its length and SHA-256, so that both come with one rename.

A draft is written aside, synced and renamed. After a crash there is the old file or the new one; drafts that were left
are swept a day later.
"""

from __future__ import annotations

import asyncio
import errno
import io
import os
import secrets
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TypeAlias

from finsage.platform.durable import sync_directory
from finsage.platform.files.errors import FileAbsent, FileDamaged, FileStoreFailed
from finsage.platform.files.names import checked_folder, checked_name, is_name
from finsage.platform.files.store import FILE_BYTES_MAX, PIECE_BYTES, Content, FileEntry, FileStat, FileStore, Sink

_TRAILER = struct.Struct(">Q32s8s")  # length, SHA-256, magic
_MAGIC = b"\nFSfile1"
_DRAFTS = ".drafts"
_DRAFT_SECONDS_MAX = 86_400

Entries: TypeAlias = list[FileEntry]


class LocalFiles(FileStore):
    """A directory, made when something is first stored, that only its owner may enter."""

    kind = "directory"

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, name: str, content: Content) -> FileStat:
        return await asyncio.to_thread(self._put, checked_name(name), content)

    async def stat(self, name: str) -> FileStat:
        return await asyncio.to_thread(self._stat, checked_name(name))

    async def list(self, folder: str = "") -> tuple[FileEntry, ...]:
        return await asyncio.to_thread(self._list, checked_folder(folder))

    async def delete(self, name: str) -> None:
        await asyncio.to_thread(self._delete, checked_name(name))

    async def _copy(self, name: str, sink: Sink) -> str:
        return await asyncio.to_thread(self._copy_now, name, sink)

    def _put(self, name: str, content: Content) -> FileStat:
        path, drafts = self._root / name, self._root / _DRAFTS
        draft = drafts / secrets.token_hex(16)
        with _faults(name):
            _make(drafts, self._root)
            _make(path.parent, self._root)
            _sweep(drafts)
            try:
                with os.fdopen(os.open(draft, _WRITE, 0o600), "wb") as file:
                    sink = _fill(name, file, content)
                draft.replace(path)
            finally:
                draft.unlink(missing_ok=True)
            sync_directory(path.parent)
            stored_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        return FileStat(name, sink.size_bytes, stored_at, sink.digest().hex())

    def _stat(self, name: str) -> FileStat:
        with _faults(name), self._opened(name) as file:
            size, digest = _trailer(name, file)
            return FileStat(name, size, datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC), digest)

    def _copy_now(self, name: str, sink: Sink) -> str:
        with _faults(name), self._opened(name) as file:
            left, digest = _trailer(name, file)
            file.seek(0)
            while left and (piece := file.read(min(left, PIECE_BYTES))):
                sink.write(piece)
                left -= len(piece)
            return digest

    def _list(self, folder: str) -> tuple[FileEntry, ...]:
        top = self._root / folder
        entries: Entries = []
        with _faults(folder or "the file store"):
            for directory, folders, names in os.walk(top, onerror=_raise):
                folders[:] = [each for each in folders if not each.startswith(".")]
                for each in names:
                    path = Path(directory) / each
                    name = path.relative_to(self._root).as_posix()
                    if is_name(name):
                        entries += _entry(name, path)
        return tuple(sorted(entries, key=lambda entry: entry.name))

    def _delete(self, name: str) -> None:
        path = self._root / name
        with _faults(name):
            try:
                path.unlink()
            except FileNotFoundError:
                return
            sync_directory(path.parent)

    def _opened(self, name: str) -> IO[bytes]:
        file = os.open(self._root / name, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        return os.fdopen(file, "rb")


_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def _fill(name: str, file: IO[bytes], content: Content) -> Sink:
    sink = Sink(name, file, FILE_BYTES_MAX)
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    source.seek(0)
    while piece := source.read(PIECE_BYTES):
        sink.write(piece)
    file.write(_TRAILER.pack(sink.size_bytes, sink.digest(), _MAGIC))
    file.flush()
    os.fsync(file.fileno())
    return sink


def _trailer(name: str, file: IO[bytes]) -> tuple[int, str]:
    size = os.fstat(file.fileno()).st_size - _TRAILER.size
    if size >= 0:
        file.seek(size)
        length, digest, magic = _TRAILER.unpack(file.read(_TRAILER.size))
        if magic == _MAGIC and length == size:
            return size, digest.hex()
    raise FileDamaged(f"{name} ends before its checksum. Store it anew.")


def _make(directory: Path, root: Path) -> None:
    """Make a directory below the root whose name survives a power cut."""
    if directory.is_dir():
        return
    if directory != root:
        _make(directory.parent, root)
    directory.mkdir(mode=0o700, parents=directory == root, exist_ok=True)
    sync_directory(directory.parent)


def _sweep(drafts: Path) -> None:
    with os.scandir(drafts) as left:
        for entry in left:
            try:
                if time.time() - entry.stat().st_mtime > _DRAFT_SECONDS_MAX:
                    Path(entry).unlink(missing_ok=True)
            except FileNotFoundError:
                continue  # its writer has just renamed it


def _entry(name: str, path: Path) -> Iterator[FileEntry]:
    try:
        found = path.stat(follow_symlinks=False)
    except FileNotFoundError:
        return  # deleted while the list was made
    yield FileEntry(name, max(found.st_size - _TRAILER.size, 0), datetime.fromtimestamp(found.st_mtime, UTC))


def _raise(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


@contextmanager
def _faults(what: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise FileAbsent(f"There is no stored file {what}.") from error
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise FileDamaged(f"{what} is a link, not a stored file. Remove it and store the file anew.") from error
        raise FileStoreFailed(f"{what} cannot be read or written: {error.strerror}.") from error
