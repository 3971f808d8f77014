"""Importing a file: upload, look, answer what is open, confirm."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO
from uuid import UUID

from finsage.errors import Fault, Invalid
from finsage.market.service import assets as market_assets
from finsage.market.service.assets import AssetDraft
from finsage.platform import audit, clock
from finsage.platform.caller import Caller
from finsage.platform.compute import Elsewhere
from finsage.platform.database import Database, ReadSession, WriteSession, tried
from finsage.portfolio.errors import (
    ImportContentChanged,
    ImportDiscarded,
    ImportHasErrors,
    ImportNotFound,
    ImportNotPending,
    ImportTooLarge,
)
from finsage.portfolio.importers.errors import UnknownFormat
from finsage.portfolio.importers.format import Format
from finsage.portfolio.importers.formats import FORMATS
from finsage.portfolio.importers.parsing import Options, recognise
from finsage.portfolio.importers.reading import head_of
from finsage.portfolio.service import (
    books,
    import_mapping,
    import_pages,
    large_imports,
    transactions,
    valuations,
)
from finsage.portfolio.service.import_mapping import MAPPED
from finsage.portfolio.service.import_pages import RowPage
from finsage.portfolio.service.import_preview import Preview, preview
from finsage.portfolio.store import import_pages as page_store
from finsage.portfolio.store import imports as store
from finsage.portfolio.store import portfolios as portfolio_store
from finsage.portfolio.store.import_templates import Template
from finsage.portfolio.store.imports import StoredImport

CONTENT_BYTES_MAX = 64 * 2**20
_FAULTS_SHOWN = 50
_OPEN = ("reading", "preview", "booking")
OPTIONS = ("encoding", "decimal", "date_order", "account", "currency", "file_time_zone")


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A confirmed import: how many transactions it booked and the job that values the portfolio again."""

    stored: StoredImport
    booked: int
    job_id: UUID


@dataclass(frozen=True, slots=True)
class Answer:
    """Which asset a symbol of the file means: one that exists, or one to create."""

    asset_id: UUID | None = None
    create: AssetDraft | None = None


def list_formats() -> list[Format]:
    """The formats that are recognised, in the order to show them."""
    return list(FORMATS.values())


async def create_import(
    session: WriteSession,
    caller: Caller,
    portfolio_id: UUID,
    content: BinaryIO,
    *,
    file_name: str,
    form: str | None,
    options: Mapping[str, Any],
) -> Preview:
    """Read a file and keep it as a preview; nothing is booked.

    A large one, or one for a large book, is read by a job. A large one is recognised by its first 256 KiB, which also
    hold the labels that are guessed at: what is wrong further down is the failure of that job.

    Args:
        content: a seekable stream; it is never in memory as a whole unless it is small.

    Raises:
        PortfolioNotFound.
        ImportTooLarge: over 64 MiB.
        UnreadableFile, UnknownFormat, AmbiguousFormat, TooManyRows: with what to do about it.
    """
    portfolio = await books.find(session, portfolio_id)
    packed = await asyncio.to_thread(large_imports.pack, content)
    if packed.size > CONTENT_BYTES_MAX:
        raise ImportTooLarge(
            f"The file has {packed.size // 2**20} MiB; one import takes {CONTENT_BYTES_MAX // 2**20}. "
            "Split it by year and import the parts one after the other."
        )
    head = await asyncio.to_thread(_head, content, options)
    form, options = await import_mapping.choose(session, head, form, options)
    found = MAPPED
    if "mapping" not in options:
        given = Options(time_zone=portfolio.time_zone, **options)
        try:
            found = await asyncio.to_thread(recognise, content, file_name=file_name, format=form, options=given)
        except UnknownFormat as unknown:
            if form is not None:
                raise
            options = await import_mapping.guessed(head, options, instead_of=unknown)
    import_id = clock.new_id()
    values = {
        "id": import_id,
        "portfolio_id": portfolio_id,
        "file_name": file_name[:300],
        "format": found,
        "content_hash": packed.content_hash,
        "options": dict(options),
    }
    await store.insert_import(session, caller.tenant_id, caller.user_id, values, packed.content)
    if packed.size < large_imports.LARGE_BYTES:
        # A small file may be for a large book: then too the look is left to a job.
        with suppress(Elsewhere):
            return await _renew(session, import_id)
    await large_imports.request_reading(session, caller.tenant_id, import_id)
    return await _renew(session, import_id)


async def carry_out(database: Database, caller: Caller, stored: StoredImport) -> None:
    """Do here what a large import waits for a job to do, or wait for the worker that is at it."""
    await large_imports.carry_out(database, caller, stored)


async def get_import(session: ReadSession, import_id: UUID) -> Preview:
    """An import; until it is booked or discarded, with a preview of what it would book now.

    Raises:
        ImportNotFound: absent, or another tenant's.
    """
    stored = await _found(session, import_id)
    if stored.state not in _OPEN:
        return Preview(stored)
    if stored.job_id is not None:
        return await large_imports.kept_preview(session, stored)
    return await preview(session, stored, with_effect=True)


async def list_rows(
    session: ReadSession, import_id: UUID, *, status: str | None = None, after: int = 0, limit: int
) -> RowPage:
    """The rows of an import's file behind a line: as they would be booked now, or as the job has read them.

    Raises:
        ImportNotFound, ImportDiscarded.
    """
    stored = await _with_file(session, import_id)
    if stored.job_id is not None:
        return await import_pages.list_rows(session, import_id, status=status, after=after, limit=limit)
    looked = await preview(session, stored, with_effect=False)
    matching = [row for row in looked.rows if status in {None, row.status}]
    behind = [row for row in matching if row.line > after]
    return RowPage(behind[:limit], len(matching), is_last=len(behind) <= limit)


async def list_imports(session: ReadSession, portfolio_id: UUID) -> list[StoredImport]:
    """The imports of a portfolio, newest first.

    Raises:
        PortfolioNotFound.
    """
    await books.find(session, portfolio_id)
    return await store.list_imports(session, portfolio_id)


async def answer(
    session: WriteSession,
    caller: Caller,
    import_id: UUID,
    *,
    resolutions: Mapping[str, Answer],
    options: Mapping[str, Any],
    create_missing: bool = False,
) -> Preview:
    """Answer what the file leaves open and preview again.

    Args:
        resolutions: an answer per symbol of the file.
        options: values that the file does not tell; None takes an answer back.
        create_missing: create an asset for every symbol still unknown, from what the file says about it.

    Raises:
        ImportNotFound, ImportNotPending, UnknownAsset, InvalidAsset.
    """
    stored = await _pending(session, import_id, caller=caller, failed="reading")
    known = await large_imports.kept_preview(session, stored) if stored.job_id is not None else None
    merged = {name: value for name, value in (stored.options | dict(options)).items() if value is not None}
    chosen = dict(stored.resolutions)
    for symbol, given in resolutions.items():
        chosen[symbol] = str(await _asset_of(session, caller, symbol, given))
    form = MAPPED if "mapping" in merged else stored.format
    await store.update_import(session, import_id, {"options": merged, "resolutions": chosen, "format": form})
    if create_missing:
        await _create_missing(session, caller, import_id, chosen, known)
    if stored.job_id is not None:
        await large_imports.request_reading(session, caller.tenant_id, import_id)
    return await _renew(session, import_id)


async def try_creating(session: WriteSession, caller: Caller, import_id: UUID) -> Preview:
    """A preview as if every symbol still unknown had an asset; those made for it are taken back.

    Raises:
        ImportNotFound, ImportNotPending, InvalidAsset.
    """
    stored = await _pending(session, import_id)
    known = await large_imports.kept_preview(session, stored) if stored.job_id is not None else None
    await page_store.lift_limits(session)
    async with tried(session):
        await _create_missing(session, caller, import_id, dict(stored.resolutions), known)
        return await preview(session, await _found(session, import_id), with_effect=True)


def refuse_errors(looked: Preview) -> None:
    """Stop where rows of a preview cannot be booked.

    Raises:
        ImportHasErrors: with the first of them and why.
    """
    counts = looked.counts()
    if counts["error"]:
        faults = tuple(Fault(f"line {error.line}", error.message) for error in looked.errors[:_FAULTS_SHOWN])
        detail = f"{counts['error']} of {counts['total']} rows cannot be booked."
        raise ImportHasErrors(detail, faults=faults, counts=counts)


async def confirm(
    session: WriteSession, caller: Caller, import_id: UUID, *, content_hash: str, skip_errors: bool
) -> Confirmed:
    """Book the rows of a preview, all of them or none; those of a large file by a job, whose id is returned.

    Args:
        content_hash: of the file that was looked at.
        skip_errors: leave out the rows that cannot be booked.

    Raises:
        ImportNotFound, ImportNotPending, ImportContentChanged.
        ImportHasErrors: some rows cannot be booked and ``skip_errors`` is off.
    """
    stored = await _pending(session, import_id, caller=caller, failed="booking")
    if stored.content_hash != content_hash:
        raise ImportContentChanged("The hash is not that of the uploaded file; look at the preview again.")
    is_large = stored.job_id is not None
    if not is_large:
        # Before the look at what is booked already: another import may be about to book the same.
        await portfolio_store.lock_portfolio(session, stored.portfolio_id)
    looked = (
        Preview(stored, kept_counts=stored.summary) if is_large else await preview(session, stored, with_effect=False)
    )
    if not skip_errors:
        refuse_errors(looked)
    counts = looked.counts()
    if is_large:
        job_id = await large_imports.request_booking(session, caller, import_id)
        return Confirmed(await _found(session, import_id), counts["new"] + counts["warning"], job_id)
    if looked.requests:
        await transactions.record_batch(
            session, caller, stored.portfolio_id, looked.requests, accept_missing=True, import_id=import_id
        )
    await store.end_import(session, import_id, "confirmed", {"summary": stored.summary | counts})
    job_id = await valuations.request_refresh(session, caller.tenant_id, stored.portfolio_id)
    await _audit(session, caller, "import.confirmed", import_id, booked=len(looked.requests))
    return Confirmed(await _found(session, import_id), len(looked.requests), job_id)


async def discard(session: WriteSession, caller: Caller, import_id: UUID) -> None:
    """Throw a preview away, also one that is being read or booked: its job ends without effect.

    Raises:
        ImportNotFound, ImportNotPending.
    """
    await _pending(session, import_id, states=_OPEN)
    await page_store.drop_pages(session, import_id)
    await store.end_import(session, import_id, "discarded", {"content": b""})
    await _audit(session, caller, "import.discarded", import_id)


async def save_template(session: WriteSession, caller: Caller, import_id: UUID, name: str) -> Template:
    """Keep the mapping of an import under a name, for files with the same headers.

    Raises:
        ImportNotFound, ImportDiscarded, InvalidMapping.
    """
    stored = await _with_file(session, import_id)
    content = await store.content_of(session, import_id)
    return await import_mapping.save_template(session, caller, name, content, stored.options)


def _head(content: BinaryIO, options: Mapping[str, Any]) -> bytes:
    return head_of(content, options.get("encoding")).getvalue()


async def _renew(session: WriteSession, import_id: UUID) -> Preview:
    stored = await _found(session, import_id)
    if stored.job_id is not None:
        return await large_imports.kept_preview(session, stored)
    looked = await preview(session, stored, with_effect=True)
    await store.update_import(session, import_id, {"summary": looked.summary()})
    return looked


async def _asset_of(session: WriteSession, caller: Caller, symbol: str, given: Answer) -> UUID:
    if given.create is not None:
        return (await market_assets.create_asset(session, caller, given.create)).id
    if given.asset_id is None:
        detail = "send asset_id or create"
        raise Invalid(detail, faults=(Fault(f"/resolutions/{symbol}", detail),))
    return (await market_assets.asset_by_id(session, given.asset_id)).id


async def _create_missing(
    session: WriteSession, caller: Caller, import_id: UUID, chosen: dict[str, str], known: Preview | None
) -> None:
    portfolio = await books.find(session, (await _found(session, import_id)).portfolio_id)
    looked = known or await preview(session, await _found(session, import_id), with_effect=False)
    unknown = [item.hint for item in looked.unknown if not item.candidates and item.hint.symbol not in chosen]
    drafts = [
        AssetDraft(
            symbol=hint.ticker or hint.symbol,
            name=hint.name or hint.ticker or hint.symbol,
            asset_class=hint.asset_class or "equity",  # type: ignore[arg-type]  # one of the classes, or none
            currency=hint.currency or portfolio.base_currency,
            # Brokers invent numbers of this form for rights and tenders; those are no ISINs and find nothing.
            isin=hint.isin if market_assets.is_isin(hint.isin) else None,
            mic=hint.mic or "",
        )
        for hint in unknown
    ]
    created = await market_assets.create_assets(session, caller, drafts)
    chosen |= {hint.symbol: str(asset.id) for hint, asset in zip(unknown, created, strict=True)}
    await store.update_import(session, import_id, {"resolutions": chosen})


async def _found(session: ReadSession, import_id: UUID) -> StoredImport:
    stored = await store.find_import(session, import_id)
    if stored is None:
        raise ImportNotFound("No import of yours has this id.")
    return stored


async def _with_file(session: ReadSession, import_id: UUID) -> StoredImport:
    stored = await _found(session, import_id)
    if stored.state == "discarded":
        raise ImportDiscarded("Nothing of it was kept. Upload the file again.")
    return stored


async def _pending(
    session: WriteSession,
    import_id: UUID,
    *,
    states: Sequence[str] = ("preview",),
    caller: Caller | None = None,
    failed: str = "",
) -> StoredImport:
    """The import, locked, while it is in one of the states; for a caller also in one whose job has ``failed``."""
    stored = await store.lock_import(session, import_id)
    if stored is None:
        raise ImportNotFound("No import of yours has this id.")
    if stored.state in states:
        return stored
    is_stuck = caller is not None and stored.state == failed
    if caller is not None and is_stuck and await large_imports.has_failed(session, caller.tenant_id, stored):
        return stored
    raise ImportNotPending(f"This import is {stored.state}.")


async def _audit(session: WriteSession, caller: Caller, action: str, import_id: UUID, **detail: Any) -> None:
    await audit.record(session, caller, action, object_kind="import", object_id=import_id, detail=detail)
