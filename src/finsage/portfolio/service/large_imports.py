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
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count, islice
from typing import Any, BinaryIO
from uuid import UUID

from finsage.platform import audit
from finsage.platform.caller import Caller
from finsage.platform.compute import HEAVY_FROM, weigh
from finsage.platform.database import Database, ReadSession, WriteSession
from finsage.platform.jobs import AlreadyDone, JobContext, JobRunning, Step, read_job
from finsage.platform.queue import enqueue
from finsage.portfolio.service import books, bulk, import_mapping, import_pages, import_report, valuations, writing
from finsage.portfolio.service.import_pages import Pages
from finsage.portfolio.service.import_preview import Preview, money_of, note_effect, resolve
from finsage.portfolio.service.import_reading import Reading, Verdict, booked_in, judged, read_into
from finsage.portfolio.service.import_sources import booked_records
from finsage.portfolio.service.spool import Spool
from finsage.portfolio.store import import_pages as page_store
from finsage.portfolio.store import imports as store
from finsage.portfolio.store import succession
from finsage.portfolio.store.imports import StoredImport
from finsage.portfolio.store.portfolios import Portfolio

READ = "portfolio.read_import"
BOOK = "portfolio.book_import"
LARGE_BYTES = 256 * 2**10
"""A file of this size, some 5,000 rows, is read and booked by jobs."""

_PIECE = 2**18
_LEVEL = 4
"""Of a file of trades it leaves a twentieth more than 6 does, in a third of the time."""

_PROGRESS_SECONDS = 0.5


class Discarded(Exception):
    """The import no longer waits for this job."""


@dataclass(frozen=True, slots=True)
class PackedFile:
    """A file as it is stored, its SHA-256 in hex and its size when unpacked."""

    content: bytes
    content_hash: str
    size: int


def pack(stream: BinaryIO) -> PackedFile:
    """Pack and hash a file piece by piece."""
    packer, digest, size, pieces = zlib.compressobj(_LEVEL), hashlib.sha256(), 0, []
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
    weigh(HEAVY_FROM)
    import_id = UUID(job.payload["import_id"])
    progress = Progress(job, import_id, "reading")
    try:
        async with job.effect() as session:
            await page_store.lift_limits(session)
            stored = await waiting(session, job, import_id, "reading")
            portfolio = await books.find(session, stored.portfolio_id)
            with Spool() as raw, Spool() as kept:
                reading = Reading(stored.format, raw, await money_of(session, portfolio))
                looked = await _read_file(session, stored, portfolio, reading, progress)
                keys, verdict = await _judge(session, looked, portfolio, reading, kept)
                await progress(0.5, Step("rows compared with the books", reading.rows, reading.rows))
                if looked.counts()["new"] or looked.counts()["warning"]:
                    await add_effect(session, looked, portfolio, Pages(kept, keys, is_reversed=reading.is_reversed))
                await progress(0.95, Step("rows kept for the preview", 0, reading.rows))
                await hold_waiting(session, job, import_id, "reading")
                await page_store.drop_pages(session, import_id)
                pages = ((head, rows, records) for head, [rows, records] in zip(verdict.heads, kept, strict=True))
                while some := list(islice(pages, page_store.PAGES_AT_ONCE)):
                    await page_store.insert_pages(session, job.tenant_id, import_id, some)
                rest = import_pages.pack_rest(
                    looked,
                    keys,
                    is_reversed=reading.is_reversed,
                    records=verdict.records,
                    has_ids=reading.has_own_ids,
                )
                values = {"state": "preview", "summary": looked.summary(), "preview": rest}
                await store.update_import(session, import_id, values)
            job.result_url = f"/api/v1/imports/{import_id}"
    except Discarded:
        return


async def book(job: JobContext) -> None:
    """Book the rows of an import, all or none."""
    weigh(HEAVY_FROM)
    import_id = UUID(job.payload["import_id"])
    progress = Progress(job, import_id, "booking")
    caller = Caller(UUID(job.payload["user_id"]), job.tenant_id, "member", frozenset(), "session", job.job_id)
    try:
        async with job.effect() as session:
            stored = await waiting(session, job, import_id, "booking")
            write = await writing.begin(session, caller, stored.portfolio_id)
            await page_store.lift_limits(session)
            with Spool() as spool:
                pages, booked = await _fresh(session, stored, spool)
                rebooked = 0
                if booked:
                    rebooked = await bulk.record(write, pages, booked, import_id=import_id, progress=progress)
            detail = {"booked": booked, "rebooked": rebooked}
            await audit.record(
                session, caller, "transactions.recorded", object_kind="portfolio", object_id=stored.portfolio_id,
                detail={"count": booked, "rebooked": rebooked},
            )  # fmt: skip
            await audit.record(
                session, caller, "import.confirmed", object_kind="import", object_id=import_id, detail=detail
            )
            await hold_waiting(session, job, import_id, "booking")
            await store.end_import(session, import_id, "confirmed", {"summary": _booked(stored, booked)})
            await page_store.drop_requests(session, import_id)
            await valuations.request_refresh(session, job.tenant_id, stored.portfolio_id)
            job.result_url = f"/api/v1/imports/{import_id}"
    except Discarded:
        return


async def _read_file(
    session: ReadSession, stored: StoredImport, portfolio: Portfolio, reading: Reading, progress: Progress
) -> Preview:
    """Read the file; of the preview there is then what needs no look at the books."""
    looked = Preview(stored)
    async with _unpacked(await store.packed_content_of(session, stored.id)) as stream:
        working = asyncio.create_task(asyncio.to_thread(read_into, reading, stored, portfolio, stream))
        try:
            while not (await asyncio.wait([working], timeout=_PROGRESS_SECONDS))[0]:
                total = max(reading.total, reading.rows, 1)
                await progress(0.4 * reading.rows / total, Step("rows read", reading.rows, reading.total or None))
            await working
        finally:
            reading.is_unwanted.set()
            await bulk.ended(working)
        if "mapping" in stored.options:
            looked.table = await import_mapping.look_at(stream, stored.options)
    return looked


async def _judge(
    session: ReadSession, looked: Preview, portfolio: Portfolio, reading: Reading, kept: Spool
) -> tuple[dict[str, str], Verdict]:
    """Say of every row what would become of it now; the pages to keep go to a spool.

    Returns:
        The assets of the file's symbols, and what became of the rows.
    """
    stored = looked.stored
    keys, looked.unknown = await resolve(session, reading.hints, reading.uses, stored.resolutions)
    booked = await booked_in(session, portfolio.id, reading)
    verdict = await asyncio.to_thread(judged, reading, keys, booked, kept)
    looked.errors = reading.errors + verdict.errors
    looked.kept_counts = verdict.counts()
    if reading.parsed is not None:
        looked.report = import_report.report(reading.parsed, verdict.troubles, base_currency=portfolio.base_currency)
    return keys, verdict


async def add_effect(session: ReadSession, looked: Preview, portfolio: Portfolio, pages: Pages) -> None:
    """Fold the books before and after, and note what changes."""
    before = await books.load(session, portfolio)
    first = max((draft.sequence for draft in before.drafts), default=0) + 1
    ids = (f"row-{number}" for number in count())
    new = await asyncio.to_thread(bulk.drafts_of, pages, ids, first, portfolio.id)
    await note_effect(session, looked, before, new)


@asynccontextmanager
async def _unpacked(packed: bytes) -> AsyncIterator[BinaryIO]:
    with tempfile.TemporaryFile() as stream:
        await asyncio.to_thread(_unpack, packed, stream)
        yield stream


async def _fresh(session: ReadSession, stored: StoredImport, spool: Spool) -> tuple[Pages, int]:
    """What the preview asked to book and nobody has booked since, and how many transactions that is."""
    rest = await store.preview_of(session, stored.id)
    assert rest is not None, "what waits for its booking has been read"
    is_first = not await succession.has_marks(session, stored.portfolio_id)
    untouched = import_pages.untouched(rest) if is_first else None
    gone: set[bytes] = set()
    total = untouched or 0
    async for rows, packed in page_store.pages_of(session, stored.id):
        spool.add(rows, packed)
        if untouched is None:
            records = await asyncio.to_thread(import_pages.unpack_records, packed)
            total += len(records)
            marked = [(item.source_id, item.fingerprint) for item in records]
            gone |= (await booked_records(session, stored.portfolio_id, stored.format, marked)).keys()
    return Pages.kept(spool, rest, gone), total - len(gone)


def _booked(stored: StoredImport, booked: int) -> dict[str, Any]:
    """The counts of a preview after some of its rows turned out to be booked by another import."""
    counts = dict(stored.summary)
    gone = counts.get("new", 0) + counts.get("warning", 0) - booked
    if gone <= 0 or gone > counts.get("new", 0):
        return counts
    return counts | {"new": counts["new"] - gone, "duplicate": counts.get("duplicate", 0) + gone}


async def waiting(session: ReadSession, job: JobContext, import_id: UUID, state: str) -> StoredImport:
    """The import that waits for a job in a state.

    Raises:
        Discarded.
    """
    stored = await store.find_import(session, import_id)
    if stored is None or stored.state != state or stored.job_id != job.job_id:
        raise Discarded
    return stored


async def hold_waiting(session: WriteSession, job: JobContext, import_id: UUID, state: str) -> None:
    """Hold the import to the end of the transaction, if it was not discarded meanwhile.

    Raises:
        Discarded.
    """
    if not await page_store.hold_waiting(session, import_id, job.job_id, state):
        raise Discarded


class Progress:
    """Tells the job's owner how far it is, at most twice a second, and notices that the import was discarded."""

    def __init__(self, job: JobContext, import_id: UUID, state: str) -> None:
        self._job = job
        self._import_id = import_id
        self._state = state
        self._told_at = 0.0

    async def __call__(self, fraction: float, step: Step) -> None:
        now = time.monotonic()
        if now - self._told_at < _PROGRESS_SECONDS:
            return
        self._told_at = now
        async with self._job.read() as session:
            if not await page_store.is_waiting(session, self._import_id, self._job.job_id, self._state):
                raise Discarded
        await self._job.progress(fraction, step)


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
