"""Changes of many transactions at once, and what a change would do before it is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from finsage.errors import Fault
from finsage.finance.ledger import Ledger
from finsage.finance.money import ZERO
from finsage.finance.results import LotView, MissingAcquisition, Notice
from finsage.finance.transaction import keys_named
from finsage.platform import audit
from finsage.platform.caller import Caller
from finsage.platform.database import ReadSession, WriteSession
from finsage.portfolio.errors import (
    InvalidTransaction,
    NotReversed,
    TooManyTags,
    TransactionNotFound,
)
from finsage.portfolio.service import books, derivation, transactions
from finsage.portfolio.service.books import Book
from finsage.portfolio.service.figures import cash_balances
from finsage.portfolio.service.transactions import Header, Replaced, Request
from finsage.portfolio.store import labels as label_store
from finsage.portfolio.store.labels import Label

TAGS_MAX = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What to write beside transactions; None and the empty tuple leave what is there."""

    note: str | None = None
    tags: tuple[str, ...] | None = None
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


async def annotate(
    session: WriteSession, caller: Caller, portfolio_id: UUID, headers: Sequence[Header], labels: Labels
) -> None:
    """Write notes and tags beside transactions. No fact of the ledger changes.

    Raises:
        TooManyTags: one would carry more than 50.
    """
    await hold_labels(session, portfolio_id)
    present = await label_store.headers_of(session, [header.id for header in headers])
    new = {header.id: _label(header, labels) for header in present}
    await label_store.write(session, caller.tenant_id, caller.user_id, portfolio_id, new)
    detail = {"count": len(headers), "note": labels.note is not None}
    if labels.tags is not None:
        detail["tags"] = len(labels.tags)
    detail |= {"added": len(labels.add), "removed": len(labels.remove)}
    await audit.record(
        session, caller, "transactions.annotated", object_kind="portfolio", object_id=portfolio_id, detail=detail
    )


async def hold_labels(session: WriteSession, portfolio_id: UUID) -> None:
    """Keep others from labelling transactions of a portfolio until this one has; what is read from now on stays."""
    await label_store.hold(session, portfolio_id)


def _label(header: Header, labels: Labels) -> Label:
    tags = header.tags if labels.tags is None else labels.tags
    kept = [tag for tag in tags if tag not in labels.remove]
    # In their order, each once.
    result = tuple(dict.fromkeys((*kept, *labels.add)))
    if len(result) > TAGS_MAX:
        raise TooManyTags(f"A transaction carries at most {TAGS_MAX} tags; {header.id} would have {len(result)}.")
    return Label(header.note if labels.note is None else labels.note, result)


async def chosen(session: ReadSession, portfolio_id: UUID, transaction_ids: Sequence[UUID]) -> list[Header]:
    """The transactions in the order asked for, each once.

    Raises:
        PortfolioNotFound, TransactionNotFound: one is not in this portfolio.
    """
    return _in_order(transaction_ids, await _headers(session, portfolio_id, transaction_ids))


async def sides(
    session: ReadSession, portfolio_id: UUID, transaction_ids: Sequence[UUID], *, with_partners: bool
) -> list[Header]:
    """As ``chosen``, where the other sides of transfers may be named too, in whichever portfolio they are.

    Args:
        with_partners: these come along unnamed, at the end: those in force, and of a transaction that is reversed
            those that were reversed with it and have nothing in their place yet.

    Raises:
        PortfolioNotFound, TransactionNotFound: one is neither in this portfolio nor of a group of one that is.
    """
    found = await _headers(session, portfolio_id, transaction_ids)
    absent = [wanted for wanted in transaction_ids if wanted not in found]
    if absent and (groups := _groups(found.values())):
        others = await label_store.headers_of(session, absent)
        found |= {header.id: header for header in others if _groups([header]) & groups}
    headers = _in_order(transaction_ids, found)
    return headers + await _along(session, headers) if with_partners else headers


async def _headers(session: ReadSession, portfolio_id: UUID, transaction_ids: Sequence[UUID]) -> dict[UUID, Header]:
    await books.find(session, portfolio_id)
    found = await label_store.headers_of(session, transaction_ids)
    return {header.id: header for header in found if header.portfolio_id == portfolio_id}


def _in_order(transaction_ids: Sequence[UUID], found: Mapping[UUID, Header]) -> list[Header]:
    wanted = list(dict.fromkeys(transaction_ids))
    if absent := [wanted_id for wanted_id in wanted if wanted_id not in found]:
        raise TransactionNotFound(f"{absent[0]} and {len(absent) - 1} others are not transactions of this portfolio.")
    return [found[wanted_id] for wanted_id in wanted]


async def _along(session: ReadSession, headers: Sequence[Header]) -> list[Header]:
    mine = {header.id for header in headers}
    gone = [header for header in headers if header.reversed_by_id is not None]
    found = await partners_of(session, [header for header in headers if header.reversed_by_id is None])
    if groups := _groups(gone):
        reversals = [header.reversed_by_id for header in gone if header.reversed_by_id is not None]
        found += await label_store.reversed_with(session, groups, reversals)
    return [header for header in found if header.id not in mine]


async def partners_of(session: ReadSession, headers: Sequence[Header]) -> list[Header]:
    """The other transactions in force of the groups of these, in whichever portfolio."""
    groups = _groups(headers)
    if not groups:
        return []
    mine = {header.id for header in headers}
    return [header for header in await label_store.of_groups(session, groups) if header.id not in mine]


def _groups(headers: Iterable[Header]) -> set[str]:
    return {str(header.draft["group"]) for header in headers if "group" in header.draft}


def by_portfolio(headers: Iterable[Header]) -> list[tuple[UUID, list[Header]]]:
    """The transactions of each portfolio, in the order in which several are locked."""
    parts: dict[UUID, list[Header]] = {}
    for header in headers:
        parts.setdefault(header.portfolio_id, []).append(header)
    return sorted(parts.items())


async def move_account(
    session: WriteSession,
    caller: Caller,
    portfolio_id: UUID,
    headers: Sequence[Header],
    account: str,
    *,
    accept_missing: bool = False,
) -> Replaced:
    """Correct the account of transactions: each is reversed and recorded again there.

    Raises:
        As ``transactions.replace_all``.
    """
    requests = [_in_account(header, account) for header in headers]
    return await transactions.replace_all(
        session, caller, portfolio_id, headers, requests, note="another account", accept_missing=accept_missing
    )


def _in_account(header: Header, account: str) -> Request:
    before = request_of(header)
    draft = before.draft
    if draft.account is None:
        return before  # a split that names no account happens in all of them
    # Money that came from the same account goes along; one that was named apart stays named.
    cash = None if draft.cash_account in {None, draft.account} else draft.cash_account
    return replace(before, draft=replace(draft, account=account, cash_account=cash))


async def restore(
    session: WriteSession, caller: Caller, portfolio_id: UUID, headers: Sequence[Header], *, accept_missing: bool
) -> Replaced:
    """Record reversed transactions once more, exactly as they were asked for.

    Raises:
        NotReversed: one is in force, or is a reversal.
        AlreadyReplaced: something stands in its place: a correction, a restored one, a row of a file read again.
        As ``transactions.replace_all``.
    """
    for header in headers:
        if header.reversed_by_id is None or header.reverses_id is not None:
            raise NotReversed(f"Transaction {header.id} is not reversed.")
    requests = [replace(request_of(header), restores=header) for header in headers]
    return await transactions.replace_all(
        session, caller, portfolio_id, [], requests, note="", accept_missing=accept_missing
    )


def request_of(header: Header) -> Request:
    """A stored transaction as a request for the same once more."""
    return Request(draft=books.draft_of(header), note=header.note, tags=tuple(header.tags), import_id=header.import_id)


@dataclass(frozen=True, slots=True)
class Effect:
    """The books without and with a change; ``touched`` are the ledger keys of the assets it is about."""

    book: Book
    before: Ledger
    after: Ledger
    touched: frozenset[str]

    def lots(self) -> tuple[list[LotView], list[LotView]]:
        """Open lots of the touched assets, before and after."""
        sides = (self.before, self.after)
        first, second = ([lot for lot in side.lots() if lot.asset in self.touched] for side in sides)
        return first, second

    def cash(self) -> list[tuple[str, str, Decimal, Decimal]]:
        """Account, currency, balance before and after, where they differ."""
        first, second = (cash_balances(side) for side in (self.before, self.after))
        keys = sorted(first.keys() | second.keys())
        moved = [(*key, first.get(key, ZERO), second.get(key, ZERO)) for key in keys]
        return [row for row in moved if row[2] != row[3]]

    def missing(self) -> list[MissingAcquisition]:
        """What would be missing and is not now."""
        known = {(item.transaction, item.asset, item.quantity) for item in self.before.missing_acquisitions}
        return [
            item
            for item in self.after.missing_acquisitions
            if (item.transaction, item.asset, item.quantity) not in known
        ]

    def warnings(self) -> list[Notice]:
        """What would be warned of and is not now."""
        known = set(self.before.warnings)
        return [notice for notice in self.after.warnings if notice not in known]


async def preview(
    session: ReadSession, portfolio_id: UUID, gone_ids: Sequence[UUID], requests: Sequence[Request]
) -> Effect:
    """What reversing some transactions and recording others would do. Nothing is written.

    Raises:
        PortfolioNotFound, TransactionNotFound, and as ``transactions.replace_all``, but for what is missing.
    """
    gone = await chosen(session, portfolio_id, gone_ids)
    if not gone and not requests:
        raise InvalidTransaction(faults=(Fault("/transactions", "nothing to preview"),))
    portfolio = await books.find(session, portfolio_id)
    book = await books.load(session, portfolio)
    drafts = await transactions.prepare(session, portfolio_id, requests) if requests else []
    plan = transactions.plan(book, gone, requests, drafts)
    after = await books.with_drafts(session, book, plan.drafts(book))
    new, old = (item.draft for item in plan.new), (books.draft_of(header) for header in plan.gone)
    touched = frozenset(keys_named([*new, *old]))
    first, second = await derivation.fold_book(session, book), await derivation.fold_book(session, after)
    return Effect(after, first, second, touched)


async def list_tags(session: ReadSession, portfolio_id: UUID) -> list[tuple[str, int]]:
    """Tags with the number of transactions in force that carry each.

    Raises:
        PortfolioNotFound.
    """
    await books.find(session, portfolio_id)
    return await label_store.list_tags(session, portfolio_id)
