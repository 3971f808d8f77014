"""Recording, reversing and reading transactions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from finsage.errors import Fault
from finsage.finance.ledger import Entry, Ledger
from finsage.finance.money import ZERO, plain
from finsage.finance.transaction import SPLITS, TRANSFERS, AccountKind, Draft, Posting, faults_of
from finsage.market.service import assets as market_assets
from finsage.market.service import currencies
from finsage.platform import audit, clock
from finsage.platform.caller import Caller
from finsage.platform.database import ReadSession, WriteSession
from finsage.portfolio.errors import (
    AlreadyReversed,
    InsufficientQuantity,
    InvalidTransaction,
    NotReversible,
    PortfolioNotFound,
    SymbolAmbiguous,
    SymbolUnknown,
    TransactionNotFound,
    UnknownCurrency,
)
from finsage.portfolio.service import books, derivation
from finsage.portfolio.service import drafts as codec
from finsage.portfolio.service.books import Book, is_asset_key
from finsage.portfolio.store import portfolios as portfolio_store
from finsage.portfolio.store import transactions as store
from finsage.portfolio.store.portfolios import Portfolio
from finsage.portfolio.store.transactions import Filter as Narrowed
from finsage.portfolio.store.transactions import Header, NewTransaction

__all__ = ["Header", "Narrowed", "Recorded", "Request"]  # with the functions below, what routes may name

DEFAULT_ACCOUNT = "Main"
BATCH_MAX = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A transaction somebody wants recorded.

    ``draft.asset`` and ``draft.to_asset`` are asset ids or currency codes; a symbol may stand in their place and is
    looked up. ``fingerprint`` is that of the source record when it comes from a file.
    """

    draft: Draft
    note: str = ""
    tags: tuple[str, ...] = ()
    fingerprint: bytes | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a write stored: ids in the order asked for, and the transactions booked anew because of it."""

    ids: tuple[UUID, ...]
    rebooked: int = 0


@dataclass(slots=True)
class _Write:
    session: WriteSession
    caller: Caller
    portfolio: Portfolio
    book: Book
    sequence: int = 0
    new: list[NewTransaction] = field(default_factory=list)


async def record(
    session: WriteSession, caller: Caller, portfolio_id: UUID, request: Request, *, accept_missing: bool = False
) -> Header:
    """Record one transaction and derive lots and holdings.

    Raises:
        InvalidTransaction, SymbolUnknown, SymbolAmbiguous, UnknownCurrency: with a fault per place.
        InsufficientQuantity: more is sold than held, unless ``accept_missing``.
    """
    done = await record_batch(session, caller, portfolio_id, [request], accept_missing=accept_missing)
    return await _found(session, done.ids[0])


async def record_batch(
    session: WriteSession,
    caller: Caller,
    portfolio_id: UUID,
    requests: Sequence[Request],
    *,
    accept_missing: bool = False,
    import_id: UUID | None = None,
) -> Recorded:
    """Record transactions together, all or none, in the order given.

    Args:
        import_id: the import they came by.

    Raises:
        As ``record``; pointers start with ``/transactions/N`` when there are several.
    """
    write = await _begin(session, caller, portfolio_id, len(requests))
    drafts = await _prepare(write, requests)
    book = await books.with_drafts(session, write.book, (*write.book.drafts, *drafts))
    ledger = await derivation.fold_book(session, book)
    if not accept_missing:
        _refuse_oversell(book, ledger, {draft.id for draft in drafts})
    entries = {entry.draft.id: entry for entry in ledger.entries}
    write.new += [
        _row(book, entries[draft.id], request, import_id) for draft, request in zip(drafts, requests, strict=True)
    ]
    rebooked = await _finish(write, book, ledger)
    await audit.record(
        session,
        caller,
        "transactions.recorded",
        object_kind="portfolio",
        object_id=portfolio_id,
        detail={"count": len(requests), "rebooked": rebooked},
    )
    return Recorded(tuple(UUID(draft.id) for draft in drafts), rebooked)


async def reverse(
    session: WriteSession, caller: Caller, transaction_id: UUID, *, note: str = "", accept_missing: bool = False
) -> Header:
    """Book the opposite of a transaction on its own day; history is restated, nothing is deleted.

    Raises:
        TransactionNotFound, AlreadyReversed, NotReversible.
        InsufficientQuantity: later sales would lack units, unless ``accept_missing``.
    """
    header = await _found(session, transaction_id)
    done = await reverse_all(session, caller, header.portfolio_id, [header], note=note, accept_missing=accept_missing)
    return await _found(session, done.ids[0])


async def reverse_all(
    session: WriteSession,
    caller: Caller,
    portfolio_id: UUID,
    headers: Sequence[Header],
    *,
    note: str = "",
    accept_missing: bool = False,
) -> Recorded:
    """Reverse several transactions of one portfolio together."""
    write = await _begin(session, caller, portfolio_id, len(headers))
    in_force = {header.id for header in write.book.headers}
    for header in headers:
        _check_reversible(header, in_force)
    gone = {str(header.id) for header in headers}
    write.new += [await _reversal(write, header, note) for header in headers]
    await store.drop_fingerprints(session, [header.id for header in headers])
    kept = tuple(draft for draft in write.book.drafts if draft.id not in gone)
    book = await books.with_drafts(session, write.book, kept)
    ledger = await derivation.fold_book(session, book)
    if not accept_missing:
        before = await derivation.fold_book(session, write.book)
        _refuse_more_missing(book, before, ledger)
    rebooked = await _finish(write, book, ledger)
    await audit.record(
        session,
        caller,
        "transactions.reversed",
        object_kind="portfolio",
        object_id=portfolio_id,
        detail={"count": len(headers), "rebooked": rebooked},
    )
    return Recorded(tuple(item.id for item in write.new[: len(headers)]), rebooked)


async def correct(
    session: WriteSession, caller: Caller, transaction_id: UUID, request: Request, *, accept_missing: bool = False
) -> tuple[Header, Header]:
    """Reverse a transaction and record its replacement, both or neither; returns reversal and replacement."""
    header = await _found(session, transaction_id)
    reversal = await reverse(session, caller, transaction_id, note="corrected", accept_missing=True)
    replacement = await record(session, caller, header.portfolio_id, request, accept_missing=accept_missing)
    return reversal, replacement


async def get_transaction(session: ReadSession, transaction_id: UUID) -> tuple[Header, list[Posting]]:
    """A transaction with its postings.

    Raises:
        TransactionNotFound: absent, or another tenant's.
    """
    return await _found(session, transaction_id), await store.postings_of(session, transaction_id)


async def list_transactions(
    session: ReadSession,
    portfolio_id: UUID,
    narrowed: Narrowed,
    *,
    sort: str,
    after: tuple[Any, int] | None,
    limit: int,
) -> tuple[list[Header], int]:
    """One page and the number of all rows that match.

    Raises:
        PortfolioNotFound.
    """
    await books.find(session, portfolio_id)
    page = await store.list_transactions(session, portfolio_id, narrowed, sort=sort, after=after, limit=limit)
    return page, await store.count_transactions(session, portfolio_id, narrowed)


async def list_accounts(session: ReadSession, portfolio_id: UUID) -> list[tuple[str, int]]:
    """Account names with their number of transactions.

    Raises:
        PortfolioNotFound.
    """
    await books.find(session, portfolio_id)
    return await store.list_accounts(session, portfolio_id)


async def time_zone_of(session: ReadSession, portfolio_id: UUID) -> str:
    """The time zone that decides on which day an instant falls.

    Raises:
        PortfolioNotFound.
    """
    return (await books.find(session, portfolio_id)).time_zone


async def _begin(session: WriteSession, caller: Caller, portfolio_id: UUID, count: int) -> _Write:
    portfolio = await portfolio_store.lock_portfolio(session, portfolio_id)
    if portfolio is None:
        raise PortfolioNotFound("No portfolio of yours has this id.")
    book = await books.load(session, portfolio)
    first = await portfolio_store.take_sequences(session, portfolio_id, count)
    return _Write(session, caller, portfolio, book, first)


async def _prepare(write: _Write, requests: Sequence[Request]) -> list[Draft]:
    drafts = []
    for index, request in enumerate(requests):
        pointer = f"/transactions/{index}" if len(requests) > 1 else ""
        draft = replace(
            request.draft,
            id=str(clock.new_id()),
            sequence=write.sequence + index,
            portfolio=str(write.portfolio.id),
            account=_account(request.draft),
            pointer=pointer,
        )
        drafts.append(draft)
    write.sequence += len(requests)
    faults = [fault for draft in drafts for fault in faults_of(draft)]
    if faults:
        raise InvalidTransaction("The transaction cannot be booked as it stands.", faults=tuple(faults[:200]))
    return await _resolve(write.session, drafts)


def _account(draft: Draft) -> str | None:
    # A split that names no account happens in all of them.
    return draft.account if draft.account or draft.type in SPLITS else DEFAULT_ACCOUNT


async def _resolve(session: ReadSession, drafts: list[Draft]) -> list[Draft]:
    found: dict[str, str] = {}
    resolved = []
    for draft in drafts:
        for name in ("currency", "settle_currency"):
            code = getattr(draft, name)
            if code is not None and not currencies.is_currency(code):
                raise UnknownCurrency(
                    f"{code} is not a currency FinSage knows.",
                    faults=(Fault(f"{draft.pointer}/{name}", f"{code} is unknown"),),
                )
        changed: dict[str, Any] = {
            name: await _key(session, value, found, f"{draft.pointer}/{name}")
            for name in ("asset", "to_asset", "fee_currency")
            if (value := getattr(draft, name)) is not None
            and not (name == "fee_currency" and currencies.is_currency(value))
        }
        resolved.append(replace(draft, **changed))
    return resolved


async def _key(session: ReadSession, given: str, found: dict[str, str], pointer: str) -> str:
    """The ledger key of an id, a symbol or a currency code.

    BND is a fund and the Brunei dollar: what is traded is an asset if there is one, what pays a fee is money.
    """
    if given not in found:
        found[given] = await _look_up(session, given, pointer)
    return found[given]


async def _look_up(session: ReadSession, given: str, pointer: str) -> str:
    if is_asset_key(given):
        known = await market_assets.assets_by_ids(session, {UUID(given)})
        candidates = list(known.values())
    else:
        candidates = await market_assets.resolve_symbol(session, given)
    if not candidates and currencies.is_currency(given):
        return given
    if not candidates:
        raise SymbolUnknown(
            f"No asset is called {given}. Add it under Assets first, or choose one from the list.",
            faults=(Fault(pointer, f"{given} is unknown"),),
        )
    if len(candidates) > 1:
        names = ", ".join(f"{asset.name} in {asset.currency} ({asset.id})" for asset in candidates[:10])
        raise SymbolAmbiguous(
            f"{given} may be {names}.",
            faults=(Fault(pointer, "several assets have this symbol"),),
            candidates=[str(asset.id) for asset in candidates[:10]],
        )
    return str(candidates[0].id)


def _row(book: Book, entry: Entry, request: Request, import_id: UUID | None) -> NewTransaction:
    return _new(
        book,
        entry.draft,
        entry.postings,
        note=request.note,
        tags=list(request.tags),
        import_id=import_id,
        fingerprint=request.fingerprint,
    )


def _new(book: Book, draft: Draft, postings: tuple[Posting, ...], **rest: Any) -> NewTransaction:
    asset = book.asset(draft.asset) if draft.asset else None
    currency, amount = _money(draft, postings)
    return NewTransaction(
        id=UUID(draft.id),
        booked_on=draft.booked_on,
        sequence=draft.sequence,
        type=draft.type.value,
        executed_at=draft.executed_at,
        account=draft.account or DEFAULT_ACCOUNT,
        asset_id=asset.id if asset else None,
        symbol=asset.symbol if asset else draft.asset,
        quantity=draft.quantity,
        price=draft.unit_price,
        total_amount=amount,
        currency=currency or draft.currency or (asset.currency if asset else None),
        draft=codec.to_json(draft),
        postings=postings,
        **rest,
    )


def _money(draft: Draft, postings: tuple[Posting, ...]) -> tuple[str | None, Decimal | None]:
    """The money a transaction moves in or out of the accounts: currency and signed amount, None when it moves none."""
    for posting in postings:
        is_cash = posting.kind == AccountKind.ASSET and not is_asset_key(posting.asset)
        if is_cash and posting.asset not in {draft.asset, draft.to_asset}:
            total = sum((p.amount for p in postings if p.kind == AccountKind.ASSET and p.asset == posting.asset), ZERO)
            return posting.asset, total
    return None, None


def _refuse_oversell(book: Book, ledger: Ledger, new_ids: set[str]) -> None:
    for missing in ledger.missing_acquisitions:
        if missing.transaction in new_ids:
            draft = next(draft for draft in book.drafts if draft.id == missing.transaction)
            asked = draft.quantity or ZERO
            raise InsufficientQuantity(
                f"{book.label(missing.asset)}: {plain(asked)} asked on {missing.day}, "
                f"{plain(asked - missing.quantity)} held in {missing.account}. Record the missing purchase first, or "
                "send accept_missing to book it and see it listed as missing.",
                asset=missing.asset,
                symbol=book.label(missing.asset),
                held=plain(asked - missing.quantity),
                asked=plain(asked),
                faults=(Fault(f"{draft.pointer}/quantity", "more than held"),),
            )


def _refuse_more_missing(book: Book, before: Ledger, after: Ledger) -> None:
    known = {(item.transaction, item.asset): item.quantity for item in before.missing_acquisitions}
    for missing in after.missing_acquisitions:
        if missing.quantity > known.get((missing.transaction, missing.asset), ZERO):
            raise InsufficientQuantity(
                f"A later transaction on {missing.day} takes {plain(missing.quantity)} {book.label(missing.asset)} "
                "that would then be missing. Reverse that one first, or send accept_missing.",
                asset=missing.asset,
                symbol=book.label(missing.asset),
            )


def _check_reversible(header: Header, in_force: set[UUID]) -> None:
    if header.reverses_id is not None:
        raise NotReversible("This is itself a reversal. Record the original transaction again instead.")
    if header.id not in in_force:
        raise AlreadyReversed(f"Transaction {header.id} was reversed by {header.reversed_by_id}.")


async def _reversal(write: _Write, header: Header, note: str) -> NewTransaction:
    postings = await store.postings_of(write.session, header.id)
    sequence, write.sequence = write.sequence, write.sequence + 1
    return NewTransaction(
        id=clock.new_id(),
        booked_on=header.booked_on,
        sequence=sequence,
        type=header.type,
        executed_at=header.executed_at,
        account=header.account,
        asset_id=header.asset_id,
        symbol=header.symbol,
        quantity=header.quantity,
        price=header.price,
        total_amount=-header.total_amount if header.total_amount is not None else None,
        currency=header.currency,
        draft=header.draft,
        note=note,
        tags=[],
        import_id=header.import_id,
        reverses_id=header.id,
        postings=tuple(replace(posting, amount=-posting.amount) for posting in postings),
    )


async def _finish(write: _Write, book: Book, ledger: Ledger) -> int:
    """Book anew what the write changed in others, store everything and derive lots and holdings."""
    book, ledger, rebooked = await _rebook(write, book, ledger)
    await store.insert_transactions(
        write.session, write.caller.tenant_id, write.caller.user_id, write.portfolio.id, write.new
    )
    await derivation.store(write.session, write.caller.tenant_id, book, ledger)
    return rebooked


async def _rebook(write: _Write, book: Book, ledger: Ledger) -> tuple[Book, Ledger, int]:
    """Reverse and record again what books differently now.

    A split after a back-dated purchase, a transfer whose partner has arrived: the draft stays, its postings follow.
    """
    stored = {str(header.id): header for header in write.book.headers}
    changed = []
    for entry in ledger.entries:
        header = stored.get(entry.draft.id)
        if header is None or (entry.draft.type not in SPLITS | TRANSFERS and not entry.dust):
            continue
        if _as_set(await store.postings_of(write.session, header.id)) != _as_set(entry.postings):
            changed.append((header, entry))
    if not changed:
        return book, ledger, 0
    renamed = {}
    first = await portfolio_store.take_sequences(write.session, write.portfolio.id, 2 * len(changed))
    write.sequence = first
    for header, entry in changed:
        write.new.append(await _reversal(write, header, "booked anew: an earlier transaction changed"))
        draft = replace(entry.draft, id=str(clock.new_id()), pointer="")
        renamed[header.id] = draft
        write.new.append(
            _new(
                book,
                draft,
                entry.postings,
                note=header.note,
                tags=header.tags,
                import_id=header.import_id,
                fingerprint=await store.take_fingerprint(write.session, header.id),
            )
        )
    drafts = [renamed.get(UUID(draft.id), draft) for draft in book.drafts]
    again = await books.with_drafts(write.session, book, drafts)
    return again, await derivation.fold_book(write.session, again), len(changed)


def _as_set(postings: Sequence[Posting]) -> dict[tuple[str, str, str], Decimal]:
    sums: dict[tuple[str, str, str], Decimal] = defaultdict(lambda: ZERO)
    for posting in postings:
        sums[str(posting.kind), posting.account, posting.asset] += posting.amount
    return dict(sums)


async def _found(session: ReadSession, transaction_id: UUID) -> Header:
    header = await store.find_transaction(session, transaction_id)
    if header is None:
        raise TransactionNotFound("No transaction of yours has this id.")
    return header
