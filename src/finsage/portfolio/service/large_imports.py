"""Large imports: read and booked by jobs, with progress, so that nobody waits on a request and all can be left.

The state says which job an import waits for: ``reading`` for the preview, ``booking`` for the books. Discarding an
import that waits ends its job without effect.
"""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
import time
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO
from uuid import UUID

from finsage.platform import audit
from finsage.platform.caller import Caller
from finsage.platform.database import Database, ReadSession, WriteSession
from finsage.platform.jobs import AlreadyDone, JobContext, JobRunning, read_job
from finsage.platform.queue import enqueue
from finsage.portfolio.importers.parsing import Options, scan
from finsage.portfolio.service import bulk, import_pages, valuations, writing
from finsage.portfolio.service.import_preview import ROWS_MAX, Preview, add_effect, preview_of
from finsage.portfolio.service.import_sources import booked_as_requests
from finsage.portfolio.service.transactions import Request
from finsage.portfolio.store import import_pages as page_store
from finsage.portfolio.store import imports as store
from finsage.portfolio.store.imports import StoredImport

READ = "portfolio.read_import"
BOOK = "portfolio.book_import"
LARGE_BYTES = 256 * 2**10
"""A file of this size, some 5,000 rows, is read and booked by jobs."""

_PIECE = 2**18
_PROGRESS_SECONDS = 0.5


class _Discarded(Exception):
    pass


@dataclass(frozen=True, slots=True)
class PackedFile:
    """A file as it is stored, its SHA-256 in hex and its size when unpacked."""

    content: bytes
    content_hash: str
    size: int


def pack(stream: BinaryIO) -> PackedFile:
    """Pack and hash a file piece by piece."""
    packer, digest, size, pieces = zlib.compressobj(6), hashlib.sha256(), 0, []
    stream.seek(0)
    while piece := stream.read(_PIECE):
        digest.update(piece)
        size += len(piece)
        pieces.append(packer.compress(piece))
    pieces.append(packer.flush())
    return PackedFile(b"".join(pieces), digest.hexdigest(), size)


def _unpack(packed: bytes, target: BinaryIO) -> None:
    unpacker = zlib.decompressobj()
    view = memoryview(packed)
    target.writelines(unpacker.decompress(view[start : start + _PIECE]) for start in range(0, len(view), _PIECE))
    target.write(unpacker.flush())
    target.seek(0)


async def recognise(
    stream: BinaryIO, *, file_name: str, form: str | None, options: Mapping[str, Any], time_zone: str
) -> str:
    """The format of a file, after a look at all of it that finds what makes it unreadable as a whole.

    Raises:
        UnreadableFile, UnknownFormat, AmbiguousFormat, TooManyRows.
    """
    given = Options(time_zone=time_zone, rows_max=ROWS_MAX, **options)
    return (await asyncio.to_thread(scan, stream, file_name=file_name, format=form, options=given)).format


async def request_reading(session: WriteSession, tenant_id: UUID, import_id: UUID) -> None:
    """Have a job read the file (again)."""
    job_id = await enqueue(session, READ, {"import_id": str(import_id)}, tenant_id=tenant_id)
    await store.update_import(session, import_id, {"state": "reading", "job_id": job_id, "preview": None})


async def request_booking(session: WriteSession, caller: Caller, import_id: UUID) -> UUID:
    """Have a job book the rows; returns its id."""
    payload = {"import_id": str(import_id), "user_id": str(caller.user_id)}
    job_id = await enqueue(session, BOOK, payload, tenant_id=caller.tenant_id)
    await store.update_import(session, import_id, {"state": "booking", "job_id": job_id})
    return job_id


async def has_failed(session: ReadSession, tenant_id: UUID, stored: StoredImport) -> bool:
    """Whether the job an import waits for has failed for good."""
    if stored.job_id is None:
        return False
    return (await read_job(session, tenant_id, stored.job_id)).state == "failed"


async def kept_preview(session: ReadSession, stored: StoredImport) -> Preview:
    """The preview as the job left it, without rows."""
    return import_pages.unpack_rest(stored, await store.preview_of(session, stored.id))


async def read(job: JobContext) -> None:
    """Read the file of an import into pages and a preview."""
    import_id = UUID(job.payload["import_id"])
    progress = _Progress(job, import_id, "reading")
    try:
        async with job.effect() as session:
            await page_store.lift_limits(session)
            stored = await _waiting(session, job, import_id, "reading")
            looked = await _looked_at(session, stored)
            summary, counts = looked.summary(), looked.counts()
            await progress(0.4)
            pages = await asyncio.to_thread(import_pages.pack, looked)
            looked.rows, looked.kept_counts = [], counts
            await progress(0.5)
            if looked.requests:
                await add_effect(session, looked)
            await progress(0.95)
            await _still_waiting(session, job, import_id, "reading")
            await page_store.replace_pages(session, job.tenant_id, import_id, pages)
            rest = await asyncio.to_thread(import_pages.pack_rest, looked)
            values = {"state": "preview", "summary": summary, "preview": rest}
            await store.update_import(session, import_id, values)
            job.result_url = f"/api/v1/imports/{import_id}"
    except _Discarded:
        return


async def book(job: JobContext) -> None:
    """Book the rows of an import, all or none."""
    import_id = UUID(job.payload["import_id"])
    progress = _Progress(job, import_id, "booking")
    caller = Caller(UUID(job.payload["user_id"]), job.tenant_id, "member", frozenset(), "session", job.job_id)
    try:
        async with job.effect() as session:
            stored = await _waiting(session, job, import_id, "booking")
            write = await writing.begin(session, caller, stored.portfolio_id)
            await page_store.lift_limits(session)
            requests = await _fresh(session, stored)
            rebooked = 0
            if requests:
                rebooked = await bulk.record(write, requests, import_id=import_id, progress=progress)
            detail = {"booked": len(requests), "rebooked": rebooked}
            await audit.record(
                session, caller, "transactions.recorded", object_kind="portfolio", object_id=stored.portfolio_id,
                detail={"count": len(requests), "rebooked": rebooked},
            )  # fmt: skip
            await audit.record(
                session, caller, "import.confirmed", object_kind="import", object_id=import_id, detail=detail
            )
            await _still_waiting(session, job, import_id, "booking")
            await store.end_import(session, import_id, "confirmed", {"summary": _booked(stored, len(requests))})
            await page_store.drop_requests(session, import_id)
            await valuations.request_refresh(session, job.tenant_id, stored.portfolio_id)
            job.result_url = f"/api/v1/imports/{import_id}"
    except _Discarded:
        return


async def _looked_at(session: ReadSession, stored: StoredImport) -> Preview:
    async with _unpacked(await store.packed_content_of(session, stored.id)) as stream:
        return await preview_of(session, stored, stream, with_report=True)


@asynccontextmanager
async def _unpacked(packed: bytes) -> AsyncIterator[BinaryIO]:
    with tempfile.TemporaryFile() as stream:
        await asyncio.to_thread(_unpack, packed, stream)
        yield stream


async def _fresh(session: ReadSession, stored: StoredImport) -> list[Request]:
    """What the preview asked to book and nobody has booked since."""
    fresh: list[Request] = []
    for head in await page_store.heads(session, stored.id):
        packed = await page_store.requests_of(session, stored.id, head.ordinal)
        requests = await asyncio.to_thread(import_pages.unpack_requests, packed)
        booked = await booked_as_requests(session, stored.portfolio_id, stored.format, requests)
        fresh += [item for item in requests if item.fingerprint not in booked]
    return fresh


def _booked(stored: StoredImport, booked: int) -> dict[str, Any]:
    """The counts of a preview after some of its rows turned out to be booked by another import."""
    counts = dict(stored.summary)
    gone = counts.get("new", 0) + counts.get("warning", 0) - booked
    if gone <= 0 or gone > counts.get("new", 0):
        return counts
    return counts | {"new": counts["new"] - gone, "duplicate": counts.get("duplicate", 0) + gone}


async def _waiting(session: ReadSession, job: JobContext, import_id: UUID, state: str) -> StoredImport:
    stored = await store.find_import(session, import_id)
    if stored is None or stored.state != state or stored.job_id != job.job_id:
        raise _Discarded
    return stored


async def _still_waiting(session: WriteSession, job: JobContext, import_id: UUID, state: str) -> None:
    """Hold the import to the end of the transaction, if it was not discarded meanwhile."""
    if not await page_store.hold_waiting(session, import_id, job.job_id, state):
        raise _Discarded


class _Progress:
    """Tells the job's owner how far it is, at most twice a second, and notices that the import was discarded."""

    def __init__(self, job: JobContext, import_id: UUID, state: str) -> None:
        self._job = job
        self._import_id = import_id
        self._state = state
        self._told_at = 0.0

    async def __call__(self, fraction: float) -> None:
        now = time.monotonic()
        if now - self._told_at < _PROGRESS_SECONDS:
            return
        self._told_at = now
        async with self._job.read() as session:
            if not await page_store.is_waiting(session, self._import_id, self._job.job_id, self._state):
                raise _Discarded
        await self._job.progress(fraction)


async def carry_out(database: Database, caller: Caller, stored: StoredImport) -> None:
    """Do here what an import waits for, or wait for the worker that is at it; nothing when it waits for nothing."""
    step = {"reading": (READ, read), "booking": (BOOK, book)}.get(stored.state)
    if step is None or stored.job_id is None:
        return None
    name, function = step
    payload = {"import_id": str(stored.id), "user_id": str(caller.user_id)}
    while True:
        try:
            return await function(JobContext(database, name, stored.job_id, caller.tenant_id, payload))
        except JobRunning:
            await asyncio.sleep(_PROGRESS_SECONDS)
        except AlreadyDone:
            return None
