"""Taking an import back: everything it booked is reversed, that of a large one by a job."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from finsage.finance.money import ZERO
from finsage.platform import audit
from finsage.platform.caller import Caller
from finsage.platform.compute import HEAVY_FROM, weigh
from finsage.platform.database import ReadSession, WriteSession
from finsage.platform.jobs import JobContext, Step
from finsage.platform.queue import enqueue
from finsage.portfolio.errors import ImportNotConfirmed, ImportNotFound
from finsage.portfolio.service import books, derivation, large_imports, transactions
from finsage.portfolio.service.import_preview import Missing
from finsage.portfolio.store import derived
from finsage.portfolio.store import import_pages as page_store
from finsage.portfolio.store import imports as store
from finsage.portfolio.store import transactions as transaction_store
from finsage.portfolio.store.imports import StoredImport
from finsage.portfolio.store.ingest import Progress

REVERT = "portfolio.revert_import"
_FOLDED = 0.6
"""What is done of a revert, by its seconds, once the books are folded without the import."""


@dataclass(frozen=True, slots=True)
class RevertPreview:
    """What reverting would take back, and the sales that would then lack units."""

    transactions: int
    missing: list[Missing]


async def preview_revert(session: ReadSession, import_id: UUID) -> RevertPreview:
    """What a revert would take back.

    Raises:
        ImportNotFound, ImportNotConfirmed.
    """
    stored = _booked(await store.find_import(session, import_id))
    book = await books.load(session, await books.find(session, stored.portfolio_id))
    gone = {str(header.id) for header in await transaction_store.of_import(session, import_id)}
    kept = await books.with_drafts(session, book, [draft for draft in book.drafts if draft.id not in gone])
    before: dict[tuple[str, str], Decimal] = {}
    if await derived.missing_quantities(session, stored.portfolio_id):
        # Which of its transactions lack units is stored nowhere.
        missed = (await derivation.fold_book(session, book)).missing_acquisitions
        before = {(item.transaction, item.asset): item.quantity for item in missed}
    missing = [
        Missing(book.label(item.asset), item.day.isoformat(), item.quantity)
        for item in (await derivation.fold_book(session, kept)).missing_acquisitions
        if item.quantity > before.get((item.transaction, item.asset), ZERO)
    ]
    return RevertPreview(len(gone), missing)


async def revert(session: WriteSession, caller: Caller, import_id: UUID) -> StoredImport:
    """Reverse everything an import booked; its rows may be imported again.

    That of a large file is done by a job: the state is ``reverting`` until it ends. Where that job failed nothing was
    taken back, and this has another do it.

    Raises:
        ImportNotFound, ImportNotConfirmed.
    """
    stored = await store.lock_import(session, import_id)
    if stored is None or stored.state != "reverting":
        stored = _booked(stored)
    elif not await large_imports.has_failed(session, caller.tenant_id, stored):
        raise ImportNotConfirmed("This import is being reverted.")
    if stored.job_id is None:
        await _end(session, caller, stored, await _reverse(session, caller, stored))
    else:
        payload = {"import_id": str(import_id), "user_id": str(caller.user_id)}
        job_id = await enqueue(session, REVERT, payload, tenant_id=caller.tenant_id)
        await store.update_import(session, import_id, {"state": "reverting", "job_id": job_id})
    found = await store.find_import(session, import_id)
    assert found is not None, "it is locked"
    return found


async def carry_out(job: JobContext) -> None:
    """Reverse what a large import booked, all or none."""
    weigh(HEAVY_FROM)
    import_id = UUID(job.payload["import_id"])
    tell = large_imports.Progress(job, import_id, "reverting")
    caller = Caller(UUID(job.payload["user_id"]), job.tenant_id, "member", frozenset(), "session", job.job_id)
    try:
        async with job.effect() as session:
            stored = await large_imports.waiting(session, job, import_id, "reverting")
            await page_store.lift_limits(session)
            count = stored.summary.get("new", 0) + stored.summary.get("warning", 0)
            await tell(0.0, Step("transactions taken back", 0, count))

            async def note(fraction: float) -> None:
                step = Step("transactions taken back", round(fraction * count), count)
                await tell(_FOLDED + (1 - _FOLDED) * fraction, step)

            count = await _reverse(session, caller, stored, note)
            await large_imports.hold_waiting(session, job, import_id, "reverting")
            await _end(session, caller, stored, count)
            job.result_url = f"/api/v1/imports/{import_id}"
    except large_imports.Discarded:
        return


async def _reverse(
    session: WriteSession, caller: Caller, stored: StoredImport, progress: Progress | None = None
) -> int:
    """Reverse what of an import is in force; returns how many transactions that was."""
    headers = await transaction_store.of_import(session, stored.id)
    if headers:
        note = f"import of {stored.file_name} reverted"
        await transactions.reverse_all(
            session, caller, stored.portfolio_id, headers, note=note, accept_missing=True, progress=progress
        )
    return len(headers)


async def _end(session: WriteSession, caller: Caller, stored: StoredImport, count: int) -> None:
    await store.end_import(session, stored.id, "reverted", {})
    await audit.record(
        session, caller, "import.reverted", object_kind="import", object_id=stored.id, detail={"reversed": count}
    )


def _booked(stored: StoredImport | None) -> StoredImport:
    if stored is None:
        raise ImportNotFound("No import of yours has this id.")
    if stored.state != "confirmed":
        raise ImportNotConfirmed(f"This import is {stored.state}.")
    return stored
