"""Importing a file: upload, look, answer what is open, confirm, revert."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from finsage.errors import Fault, Invalid
from finsage.finance.money import ZERO
from finsage.market.service import assets as market_assets
from finsage.market.service.assets import AssetDraft
from finsage.platform import audit, clock
from finsage.platform.caller import Caller
from finsage.platform.database import ReadSession, WriteSession
from finsage.portfolio.errors import (
    ImportContentChanged,
    ImportHasErrors,
    ImportNotConfirmed,
    ImportNotFound,
    ImportNotPending,
    ImportTooLarge,
)
from finsage.portfolio.importers.errors import UnknownFormat
from finsage.portfolio.importers.format import Format
from finsage.portfolio.importers.formats import FORMATS
from finsage.portfolio.service import books, derivation, import_mapping, transactions, valuations
from finsage.portfolio.service.import_mapping import MAPPED
from finsage.portfolio.service.import_preview import Missing, Preview, preview, read_file
from finsage.portfolio.store import imports as store
from finsage.portfolio.store import transactions as transaction_store
from finsage.portfolio.store.import_templates import Template
from finsage.portfolio.store.imports import StoredImport

CONTENT_BYTES_MAX = 64 * 2**20
OPTIONS = ("encoding", "decimal", "date_order", "account", "currency", "file_time_zone")


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A confirmed import: how many transactions it booked and the job that values the portfolio again."""

    stored: StoredImport
    booked: int
    job_id: UUID


@dataclass(frozen=True, slots=True)
class RevertPreview:
    """What reverting would take back, and the sales that would then lack units."""

    transactions: int
    missing: list[Missing]


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
    content: bytes,
    *,
    file_name: str,
    form: str | None,
    options: Mapping[str, Any],
) -> Preview:
    """Read a file and keep it as a preview; nothing is booked.

    Raises:
        PortfolioNotFound.
        ImportTooLarge: over 64 MiB.
        UnreadableFile, UnknownFormat, AmbiguousFormat, TooManyRows: with what to do about it.
    """
    if len(content) > CONTENT_BYTES_MAX:
        raise ImportTooLarge(
            f"The file has {len(content) // 2**20} MiB; one import takes {CONTENT_BYTES_MAX // 2**20}. "
            "Split it by year and import the parts one after the other."
        )
    portfolio = await books.find(session, portfolio_id)
    form, options = await import_mapping.choose(session, content, form, options)
    try:
        parsed = await read_file(
            content, file_name=file_name, form=form, options=options, time_zone=portfolio.time_zone
        )
    except UnknownFormat as unknown:
        if form is not None:
            raise
        options = await import_mapping.guessed(content, options, instead_of=unknown)
        parsed = await read_file(
            content, file_name=file_name, form=form, options=options, time_zone=portfolio.time_zone
        )
    import_id = clock.new_id()
    values = {
        "id": import_id,
        "portfolio_id": portfolio_id,
        "file_name": file_name[:300],
        "format": MAPPED if "mapping" in options else parsed.format,
        "content_hash": hashlib.sha256(content).hexdigest(),
        "options": dict(options),
    }
    await store.insert_import(session, caller.tenant_id, caller.user_id, values, content)
    return await _renew(session, import_id)


async def get_import(session: ReadSession, import_id: UUID) -> Preview:
    """An import; while it waits for confirmation, with a preview of what it would book now.

    Raises:
        ImportNotFound: absent, or another tenant's.
    """
    stored = await _found(session, import_id)
    return await preview(session, stored, with_effect=True) if stored.state == "preview" else Preview(stored)


async def list_rows(session: ReadSession, import_id: UUID) -> Preview:
    """The rows of an import's file as they would be booked now, without their effect.

    Raises:
        ImportNotFound.
    """
    return await preview(session, await _found(session, import_id), with_effect=False)


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
    stored = await _pending(session, import_id)
    merged = {name: value for name, value in (stored.options | dict(options)).items() if value is not None}
    chosen = dict(stored.resolutions)
    for symbol, given in resolutions.items():
        chosen[symbol] = str(await _asset_of(session, caller, symbol, given))
    form = MAPPED if "mapping" in merged else stored.format
    await store.update_import(session, import_id, {"options": merged, "resolutions": chosen, "format": form})
    if create_missing:
        await _create_missing(session, caller, import_id, chosen)
    return await _renew(session, import_id)


async def confirm(
    session: WriteSession, caller: Caller, import_id: UUID, *, content_hash: str, skip_errors: bool
) -> Confirmed:
    """Book the rows of a preview, all of them or none.

    Args:
        content_hash: of the file that was looked at.
        skip_errors: leave out the rows that cannot be booked.

    Raises:
        ImportNotFound, ImportNotPending, ImportContentChanged.
        ImportHasErrors: some rows cannot be booked and ``skip_errors`` is off.
    """
    stored = await _pending(session, import_id)
    if stored.content_hash != content_hash:
        raise ImportContentChanged("The hash is not that of the uploaded file; look at the preview again.")
    looked = await preview(session, stored, with_effect=False)
    counts = looked.counts()
    if counts["error"] and not skip_errors:
        raise ImportHasErrors(f"{counts['error']} of {counts['total']} rows cannot be booked.", counts=counts)
    if looked.requests:
        await transactions.record_batch(
            session, caller, stored.portfolio_id, looked.requests, accept_missing=True, import_id=import_id
        )
    await store.end_import(session, import_id, "confirmed", {"summary": stored.summary | counts})
    job_id = await valuations.request_refresh(session, caller.tenant_id, stored.portfolio_id)
    await _audit(session, caller, "import.confirmed", import_id, booked=len(looked.requests))
    return Confirmed(await _found(session, import_id), len(looked.requests), job_id)


async def preview_revert(session: ReadSession, import_id: UUID) -> RevertPreview:
    """What a revert would take back.

    Raises:
        ImportNotFound, ImportNotConfirmed.
    """
    stored = await _confirmed(session, import_id)
    gone = {str(header.id) for header in await transaction_store.of_import(session, import_id)}
    book = await books.load(session, await books.find(session, stored.portfolio_id))
    kept = await books.with_drafts(session, book, [draft for draft in book.drafts if draft.id not in gone])
    before = {
        (item.transaction, item.asset): item.quantity
        for item in (await derivation.fold_book(session, book)).missing_acquisitions
    }
    missing = [
        Missing(book.label(item.asset), item.day.isoformat(), item.quantity)
        for item in (await derivation.fold_book(session, kept)).missing_acquisitions
        if item.quantity > before.get((item.transaction, item.asset), ZERO)
    ]
    return RevertPreview(len(gone), missing)


async def revert(session: WriteSession, caller: Caller, import_id: UUID) -> StoredImport:
    """Reverse everything an import booked; its rows may be imported again.

    Raises:
        ImportNotFound, ImportNotConfirmed.
    """
    stored = await _confirmed(session, import_id, lock=True)
    headers = await transaction_store.of_import(session, import_id)
    if headers:
        await transactions.reverse_all(
            session, caller, stored.portfolio_id, headers, note=f"import of {stored.file_name} reverted",
            accept_missing=True,
        )  # fmt: skip
    await store.end_import(session, import_id, "reverted", {})
    await _audit(session, caller, "import.reverted", import_id, reversed=len(headers))
    return await _found(session, import_id)


async def discard(session: WriteSession, caller: Caller, import_id: UUID) -> None:
    """Throw a preview away.

    Raises:
        ImportNotFound, ImportNotPending.
    """
    await _pending(session, import_id)
    await store.end_import(session, import_id, "discarded", {"content": b""})
    await _audit(session, caller, "import.discarded", import_id)


async def save_template(session: WriteSession, caller: Caller, import_id: UUID, name: str) -> Template:
    """Keep the mapping of an import under a name, for files with the same headers.

    Raises:
        ImportNotFound, InvalidMapping.
    """
    stored = await _found(session, import_id)
    content = await store.content_of(session, import_id)
    return await import_mapping.save_template(session, caller, name, content, stored.options)


async def _renew(session: WriteSession, import_id: UUID) -> Preview:
    looked = await preview(session, await _found(session, import_id), with_effect=True)
    await store.update_import(session, import_id, {"summary": looked.summary()})
    return looked


async def _asset_of(session: WriteSession, caller: Caller, symbol: str, given: Answer) -> UUID:
    if given.create is not None:
        return (await market_assets.create_asset(session, caller, given.create)).id
    if given.asset_id is None:
        detail = "send asset_id or create"
        raise Invalid(detail, faults=(Fault(f"/resolutions/{symbol}", detail),))
    return (await market_assets.asset_by_id(session, given.asset_id)).id


async def _create_missing(session: WriteSession, caller: Caller, import_id: UUID, chosen: dict[str, str]) -> None:
    portfolio = await books.find(session, (await _found(session, import_id)).portfolio_id)
    looked = await preview(session, await _found(session, import_id), with_effect=False)
    unknown = [item.hint for item in looked.unknown if not item.candidates]
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


async def _pending(session: WriteSession, import_id: UUID) -> StoredImport:
    stored = await store.lock_import(session, import_id)
    if stored is None:
        raise ImportNotFound("No import of yours has this id.")
    if stored.state != "preview":
        raise ImportNotPending(f"This import is {stored.state}.")
    return stored


async def _confirmed(session: ReadSession, import_id: UUID, *, lock: bool = False) -> StoredImport:
    read = store.lock_import if lock else store.find_import
    stored = await read(session, import_id)  # type: ignore[arg-type]  # a lock is only asked for by a writer
    if stored is None:
        raise ImportNotFound("No import of yours has this id.")
    if stored.state != "confirmed":
        raise ImportNotConfirmed(f"This import is {stored.state}.")
    return stored


async def _audit(session: WriteSession, caller: Caller, action: str, import_id: UUID, **detail: Any) -> None:
    await audit.record(session, caller, action, object_kind="import", object_id=import_id, detail=detail)
