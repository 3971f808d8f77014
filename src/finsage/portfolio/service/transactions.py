"""Recording, reversing and reading transactions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from finsage.finance.transaction import SPLITS, Draft, Posting, faults_of
from finsage.market.service import merges
from finsage.platform import audit, clock
from finsage.platform.caller import Caller
from finsage.platform.database import ReadSession, WriteSession
from finsage.portfolio.errors import (
    AlreadyReplaced,
    AlreadyReversed,
    InvalidTransaction,
    NotReversible,
    TransactionNotFound,
)
from finsage.portfolio.service import books, derivation, writing
from finsage.portfolio.service.books import Book
from finsage.portfolio.service.resolution import resolve
from finsage.portfolio.service.writing import DEFAULT_ACCOUNT, Write
from finsage.portfolio.store import succession
from finsage.portfolio.store import transactions as store
from finsage.portfolio.store.ingest import Progress
from finsage.portfolio.store.succession import Succession
from finsage.portfolio.store.transactions import Filter as Narrowed
from finsage.portfolio.store.transactions import Header

__all__ = ["Header", "Narrowed", "Recorded", "Request"]  # with the functions below, what routes may name


BEHIND_ALL = 2**62
"""A sequence number that no booking reaches, for what is only looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A transaction somebody wants recorded.

    ``draft.asset`` and ``draft.to_asset`` are asset ids or currency codes; a symbol may stand in their place and is
    looked up. ``fingerprint`` is that of the source record when it comes from a file, ``source_id`` its id there:
    ``lot_ids`` of other requests beside it may name its lots by that; ``import_id`` is the import. ``restores`` is a
    reversed transaction that this one brings back, at its turn within the day.
    """

    draft: Draft
    note: str = ""
    tags: tuple[str, ...] = ()
    fingerprint: bytes | None = None
    source_id: str | None = None
    import_id: UUID | None = None
    restores: Header | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a write stored: ids in the order asked for, and the transactions booked anew because of it."""

    ids: tuple[UUID, ...]
    rebooked: int = 0


async def record(
    session: WriteSession, caller: Caller, portfolio_id: UUID, request: Request, *, accept_missing: bool = False
) -> Header:
    """Record one transaction and derive lots and holdings.

    Raises:
        InvalidTransaction, SymbolUnknown, SymbolAmbiguous, UnknownCurrency: with a fault per place.
        InsufficientQuantity: more is sold than held, unless ``accept_missing``.
    """
    done = await record_batch(session, caller, portfolio_id, [request], accept_missing=accept_missing)
    return await find(session, done.ids[0])


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
    write = await writing.begin(session, caller, portfolio_id)
    drafts = await _prepare(write, requests)
    book = await books.with_drafts(session, write.book, (*write.book.drafts, *drafts))
    ledger = await derivation.fold_book(session, book)
    postings = {entry.draft.id: entry.postings for entry in ledger.entries}
    write.new += [
        writing.new_row(
            book,
            draft,
            postings[draft.id],
            note=request.note,
            tags=list(request.tags),
            import_id=import_id,
            fingerprint=request.fingerprint,
        )
        for draft, request in zip(drafts, requests, strict=True)
    ]
    rebooked = await write.finish(book, ledger, accept_missing=accept_missing)
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
    header = await find(session, transaction_id)
    done = await reverse_all(session, caller, header.portfolio_id, [header], note=note, accept_missing=accept_missing)
    return await find(session, done.ids[0])


async def reverse_all(
    session: WriteSession,
    caller: Caller,
    portfolio_id: UUID,
    headers: Sequence[Header],
    *,
    note: str = "",
    accept_missing: bool = False,
    progress: Progress | None = None,
) -> Recorded:
    """Reverse several transactions of one portfolio together; ``progress`` is told the fraction stored of many."""
    write = await writing.begin(session, caller, portfolio_id)
    write.progress = progress
    in_force = {header.id for header in write.book.headers}
    for header in headers:
        _check_reversible(header, in_force)
    gone = {str(header.id) for header in headers}
    await write.reverse(headers, note)
    reversals = tuple(item.id for item in write.new)
    kept = tuple(draft for draft in write.book.drafts if draft.id not in gone)
    book = await books.with_drafts(session, write.book, kept)
    ledger = await derivation.fold_book(session, book)
    rebooked = await write.finish(book, ledger, accept_missing=accept_missing)
    await audit.record(
        session,
        caller,
        "transactions.reversed",
        object_kind="portfolio",
        object_id=portfolio_id,
        detail={"count": len(headers), "rebooked": rebooked},
    )
    return Recorded(reversals, rebooked)


@dataclass(frozen=True, slots=True)
class Replaced:
    """What a replacement stored: the reversals, and the ids of what was recorded in the order asked for."""

    reversals: tuple[UUID, ...]
    ids: tuple[UUID, ...]
    rebooked: int


async def replace_all(
    session: WriteSession,
    caller: Caller,
    portfolio_id: UUID,
    gone: Sequence[Header],
    requests: Sequence[Request],
    *,
    note: str,
    accept_missing: bool = False,
) -> Replaced:
    """Reverse transactions and record others, all or none, judged by the books as they are afterwards.

    When there are as many of both, each stands for the one at its place: it keeps the import and the source record it
    came by, and its turn within the day. Otherwise those recorded stand for those reversed together.

    Args:
        note: why; of the reversals.

    Raises:
        AlreadyReversed, NotReversible, and as ``record_batch``.
        AlreadyReplaced: what a request restores has something in its place.
    """
    write = await writing.begin(session, caller, portfolio_id)
    return await replace_in(write, gone, requests, note=note, accept_missing=accept_missing)


async def replace_in(
    write: Write, gone: Sequence[Header], requests: Sequence[Request], *, note: str, accept_missing: bool
) -> Replaced:
    """As ``replace_all``, for a change that has begun."""
    session, portfolio_id = write.session, write.portfolio.id
    restored = [request.restores.id for request in requests if request.restores is not None]
    lines = await succession.lines(session, portfolio_id, restored) if restored else {}
    _check_restorable(restored, lines, {header.id for header in write.book.headers})
    drafts = await _prepare(write, requests) if requests else []
    planned = plan(write.book, gone, requests, drafts)
    if planned.gone:
        await write.reverse(planned.gone, note)
    reversals = tuple(item.id for item in write.new[: len(gone)])
    write.successions += _successions(planned, lines)
    book = await books.with_drafts(session, write.book, planned.drafts(write.book))
    ledger = await derivation.fold_book(session, book)
    postings = {entry.draft.id: entry.postings for entry in ledger.entries}
    for item in planned.new:
        write.new.append(
            writing.new_row(
                book,
                item.draft,
                postings[item.draft.id],
                note=item.request.note,
                tags=list(item.request.tags),
                import_id=item.before.import_id if item.before else item.request.import_id,
            )
        )
    rebooked = await write.finish(book, ledger, accept_missing=accept_missing)
    await audit.record(
        session,
        write.caller,
        "transactions.replaced",
        object_kind="portfolio",
        object_id=portfolio_id,
        detail={"reversed": len(planned.gone), "recorded": len(planned.new), "rebooked": rebooked},
    )
    return Replaced(reversals, tuple(UUID(draft.id) for draft in drafts), rebooked)


@dataclass(frozen=True, slots=True)
class Successor:
    """A draft to record, its request, and the stored transaction it stands for, if any."""

    draft: Draft
    request: Request
    before: Header | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to reverse and to record; ``pairs`` says which of these stand for which of those."""

    gone: tuple[Header, ...]
    new: tuple[Successor, ...]
    pairs: tuple[tuple[UUID, Draft], ...]

    def drafts(self, book: Book) -> tuple[Draft, ...]:
        """Those of the book as it is to be."""
        removed = {str(header.id) for header in self.gone}
        return (*(draft for draft in book.drafts if draft.id not in removed), *(item.draft for item in self.new))


def plan(book: Book, gone: Sequence[Header], requests: Sequence[Request], drafts: Sequence[Draft]) -> Plan:
    """How to replace transactions; sales that name a lot of what is replaced follow it to its new name.

    Raises:
        AlreadyReversed, NotReversible.
    """
    in_force = {header.id for header in book.headers}
    for header in gone:
        _check_reversible(header, in_force)
    before: Sequence[Header | None] = gone
    if len(gone) != len(drafts):
        before, requests = [None] * len(drafts), _of_their_import(gone, requests)
    new = [
        Successor(in_turn(draft, header or request.restores), request, header)
        for draft, header, request in zip(drafts, before, requests, strict=True)
    ]
    ids: dict[str | None, str] = {str(item.before.id): item.draft.id for item in new if item.before}
    ids |= {str(item.request.restores.id): item.draft.id for item in new if item.request.restores}
    new = [replace(item, draft=with_lots_of(item.draft, ids)) for item in new]
    removed = {str(header.id) for header in gone}
    followers, headers = [], book.known
    for draft in book.drafts:
        moved = with_lots_of(draft, ids)
        if draft.id not in removed and moved != draft:
            header = headers[draft.id]
            request = Request(draft=moved, note=header.note, tags=tuple(header.tags))
            followers.append(Successor(replace(moved, id=str(clock.new_id())), request, header))
    replaced = tuple(item.before for item in followers if item.before)
    pairs = _pairs(gone, [item.draft for item in new]) + _pairs(replaced, [item.draft for item in followers])
    return Plan((*gone, *replaced), (*new, *followers), tuple(pairs))


def _of_their_import(gone: Sequence[Header], requests: Sequence[Request]) -> Sequence[Request]:
    """The requests as part of the import that all of what they replace came by, if it is one."""
    imports = {header.import_id for header in gone}
    return [replace(item, import_id=next(iter(imports))) for item in requests] if len(imports) == 1 else requests


def _pairs(gone: Sequence[Header], drafts: Sequence[Draft]) -> list[tuple[UUID, Draft]]:
    """Who stands for whom; where one side is longer, its rest belongs to the last of the other."""
    if not gone or not drafts:
        return []
    last_gone, last_new = len(gone) - 1, len(drafts) - 1
    count = max(len(gone), len(drafts))
    return [(gone[min(at, last_gone)].id, drafts[min(at, last_new)]) for at in range(count)]


def _successions(planned: Plan, lines: Mapping[UUID, set[UUID]]) -> list[Succession]:
    """What is restored stands for all that stood in its place since, too."""
    pairs = list(planned.pairs)
    for item in planned.new:
        if (old := item.request.restores) is not None:
            pairs += [(gone, item.draft) for gone in (old.id, *lines.get(old.id, ()))]
    return [Succession(gone, UUID(draft.id), draft.booked_on) for gone, draft in pairs]


def in_turn(draft: Draft, before: Header | None) -> Draft:
    """The draft with the sequence of what it stands for: rows of a day without a time happen in that order."""
    if before is None or before.booked_on != draft.booked_on:
        return draft
    return replace(draft, sequence=before.sequence)


async def correct(
    session: WriteSession, caller: Caller, transaction_id: UUID, request: Request, *, accept_missing: bool = False
) -> tuple[Header, Header]:
    """Reverse a transaction and record its replacement, both or neither; returns reversal and replacement."""
    header = await find(session, transaction_id)
    done = await replace_all(
        session, caller, header.portfolio_id, [header], [request], note="corrected", accept_missing=accept_missing
    )
    return await find(session, done.reversals[0]), await find(session, done.ids[0])


async def get_transaction(session: ReadSession, transaction_id: UUID) -> tuple[Header, list[Posting]]:
    """A transaction with its postings.

    Raises:
        TransactionNotFound: absent, or another tenant's.
    """
    return await find(session, transaction_id), await store.postings_of(session, transaction_id)


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
    if narrowed.query:
        narrowed = replace(narrowed, query_ids=frozenset(await merges.also_called(session, narrowed.query)))
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


async def _prepare(write: Write, requests: Sequence[Request]) -> list[Draft]:
    first = await write.sequences(len(requests))
    return await prepare(write.session, write.portfolio.id, requests, first)


async def prepare(
    session: ReadSession, portfolio_id: UUID, requests: Sequence[Request], first: int = BEHIND_ALL
) -> list[Draft]:
    """Requests as drafts that can be booked, numbered from the sequence ``first`` on, symbols looked up.

    Raises:
        InvalidTransaction, SymbolUnknown, SymbolAmbiguous, UnknownCurrency: with a fault per place.
    """
    return await resolve(session, drafts_of(portfolio_id, requests, first))


def drafts_of(
    portfolio_id: UUID, requests: Sequence[Request], first: int, *, ids: Iterable[str] | None = None
) -> list[Draft]:
    """The drafts of requests with ids and, from ``first`` on, sequence numbers; symbols stay as they are.

    Args:
        portfolio_id: whose they are to be.
        requests: in the order to book them.
        first: sequence number.
        ids: as many or more; None makes new ones.

    Raises:
        InvalidTransaction: with a fault per place.
    """
    drafts = []
    names = iter(ids) if ids is not None else (str(clock.new_id()) for _ in requests)
    for index, request in enumerate(requests):
        pointer = f"/transactions/{index}" if len(requests) > 1 else ""
        draft = replace(
            request.draft,
            id=next(names),
            sequence=first + index,
            portfolio=str(portfolio_id),
            account=_account(request.draft),
            pointer=pointer,
        )
        drafts.append(draft)
    sources = {request.source_id: draft.id for request, draft in zip(requests, drafts, strict=True)}
    drafts = [with_lots_of(draft, sources) for draft in drafts]
    faults = [fault for draft in drafts for fault in faults_of(draft)]
    if faults:
        raise InvalidTransaction("The transaction cannot be booked as it stands.", faults=tuple(faults[:200]))
    return drafts


def with_lots_of(draft: Draft, ids: Mapping[str | None, str]) -> Draft:
    """The draft with the lots it takes named by the transactions that are booked, not by those of a file.

    Args:
        ids: the id of the transaction for the id in the file; others stay as they are.
    """
    if not draft.lot_ids:
        return draft
    parts = [name.rpartition("#") for name in draft.lot_ids]
    return replace(draft, lot_ids=tuple(f"{ids.get(source, source)}{mark}{count}" for source, mark, count in parts))


def _account(draft: Draft) -> str | None:
    # A split that names no account happens in all of them.
    return draft.account if draft.account or draft.type in SPLITS else DEFAULT_ACCOUNT


async def find(session: ReadSession, transaction_id: UUID) -> Header:
    """One stored transaction.

    Raises:
        TransactionNotFound: absent, or another tenant's.
    """
    header = await store.find_transaction(session, transaction_id)
    if header is None:
        raise TransactionNotFound("No transaction of yours has this id.")
    return header


def _check_reversible(header: Header, in_force: set[UUID]) -> None:
    if header.reverses_id is not None:
        raise NotReversible("This is itself a reversal. Record the original transaction again instead.")
    if header.id not in in_force:
        raise AlreadyReversed(f"Transaction {header.id} was reversed by {header.reversed_by_id}.")


def _check_restorable(restored: Sequence[UUID], lines: Mapping[UUID, set[UUID]], in_force: set[UUID]) -> None:
    """Two that stand for one another must not both be in force."""
    taken = in_force | set(restored)
    for transaction_id in restored:
        if standing := lines.get(transaction_id, set()) & taken:
            raise AlreadyReplaced(
                f"{min(standing)} stands in the place of transaction {transaction_id}. Reverse that one first, or "
                "correct it."
            )
