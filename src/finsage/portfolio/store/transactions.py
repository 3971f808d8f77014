"""Transactions and their postings: inserted, listed, never changed."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, and_, any_, exists, func, literal, or_, select

from finsage.finance.transaction import AccountKind, Posting
from finsage.platform.bulk import insert_rows
from finsage.platform.database import ReadSession, WriteSession
from finsage.portfolio.store import succession
from finsage.portfolio.tables import fingerprints, postings, reversals, transaction_labels, transactions


@dataclass(frozen=True, slots=True)
class Header:
    """One stored transaction without its postings; ``draft`` holds the fields it was asked with, numbers as text."""

    id: UUID
    portfolio_id: UUID
    booked_on: date
    sequence: int
    type: str
    executed_at: datetime | None
    account: str
    asset_id: UUID | None
    symbol: str | None
    quantity: Decimal | None
    price: Decimal | None
    total_amount: Decimal | None
    currency: str | None
    draft: dict[str, Any]
    note: str
    tags: list[str]
    import_id: UUID | None
    reverses_id: UUID | None
    recorded_at: datetime
    reversed_by_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTransaction:
    """A transaction ready to be stored, with its postings."""

    id: UUID
    booked_on: date
    sequence: int
    type: str
    executed_at: datetime | None
    account: str
    asset_id: UUID | None
    symbol: str | None
    quantity: Decimal | None
    price: Decimal | None
    total_amount: Decimal | None
    currency: str | None
    draft: dict[str, Any]
    note: str
    tags: list[str]
    import_id: UUID | None = None
    reverses_id: UUID | None = None
    postings: tuple[Posting, ...]
    fingerprint: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a list of transactions is narrowed to; None means not narrowed.

    ``query_ids`` are assets one of whose names holds ``query``, though their transactions may say another.
    """

    types: tuple[str, ...] = ()
    asset_id: UUID | None = None
    account: str | None = None
    since: date | None = None
    until: date | None = None
    query: str | None = None
    query_ids: frozenset[UUID] = frozenset()
    import_id: UUID | None = None
    tag: str | None = None
    include_reversed: bool = False


_REVERSED_BY = (
    select(reversals.c.reversal_id)
    .where(reversals.c.tenant_id == transactions.c.tenant_id, reversals.c.reversed_id == transactions.c.id)
    .scalar_subquery()
)
_SOURCE = transactions.outerjoin(
    transaction_labels,
    (transaction_labels.c.tenant_id == transactions.c.tenant_id)
    & (transaction_labels.c.transaction_id == transactions.c.id),
)
# What was written beside a transaction later stands before what it was recorded with.
NOTE = func.coalesce(transaction_labels.c.note, transactions.c.note)
TAGS = func.coalesce(transaction_labels.c.tags, transactions.c.tags)
_WRITTEN = {"note": NOTE.label("note"), "tags": TAGS.label("tags")}
_COLUMNS = [
    *(_WRITTEN.get(name, transactions.c[name]) for name in Header.__slots__[:-1]),
    _REVERSED_BY.label("reversed_by_id"),
]

SORTS: dict[str, ColumnElement[Any]] = {
    "day": transactions.c.booked_on,
    "type": transactions.c.type,
    "symbol": func.coalesce(transactions.c.symbol, ""),
    "account": transactions.c.account,
    "total_amount": func.coalesce(transactions.c.total_amount, 0),
    "recorded_at": transactions.c.recorded_at,
}


def select_headers() -> Select[Any]:
    """The columns of a ``Header``, notes and tags as they read now."""
    return select(*_COLUMNS).select_from(_SOURCE)


def in_force_now() -> ColumnElement[bool]:
    """Neither a reversal nor reversed."""
    # Two questions: the database joins by one column, but asks for either of two row by row.
    is_own = reversals.c.tenant_id == transactions.c.tenant_id
    sides = (reversals.c.reversed_id, reversals.c.reversal_id)
    return and_(*[~exists().where(is_own, side == transactions.c.id) for side in sides])


_PART_ROWS = 500


def _among(column: ColumnElement[Any], values: Sequence[Any]) -> ColumnElement[bool]:
    """As ``in_``, by one parameter: a statement takes 65,535 of them, an import more rows."""
    return column == any_(literal(list(values), ARRAY(column.type)))


_HEADER = tuple(name for name in NewTransaction.__slots__ if name not in {"postings", "fingerprint"})
_POSTING = ("booked_on", "transaction_id", "ordinal", "kind", "account", "asset", "amount")
_OWNER = ("tenant_id", "portfolio_id")


async def insert_transactions(
    session: WriteSession, tenant_id: UUID, user_id: UUID, portfolio_id: UUID, new: Sequence[NewTransaction]
) -> None:
    """Store headers, postings, fingerprints and the links of reversals, each table by one statement.

    The guard wants all postings of a transaction in one statement.

    Raises:
        ImportedMeanwhile: a fingerprint is booked already.
    """
    owner = (tenant_id, portfolio_id)
    headers = [(*owner, user_id, *(getattr(item, name) for name in _HEADER)) for item in new]
    await insert_rows(session, "transactions", (*_OWNER, "user_id", *_HEADER), headers)
    rows = [
        (*owner, item.booked_on, item.id, ordinal, posting.kind.value, posting.account, posting.asset, posting.amount)
        for item in new
        for ordinal, posting in enumerate(item.postings)
    ]
    await insert_rows(session, "postings", (*_OWNER, *_POSTING), rows)
    marks = [(item.fingerprint, item.id, item.booked_on) for item in new if item.fingerprint is not None]
    await succession.claim(session, tenant_id, portfolio_id, marks)
    links = [(tenant_id, item.reverses_id, item.id) for item in new if item.reverses_id is not None]
    await insert_rows(session, "reversals", ("tenant_id", "reversed_id", "reversal_id"), links)


async def known_fingerprints(
    session: ReadSession, portfolio_id: UUID, candidates: Sequence[bytes]
) -> dict[bytes, UUID]:
    """Those of the candidates that are booked by a transaction in force, each with it."""
    is_reversed = exists().where(
        reversals.c.tenant_id == fingerprints.c.tenant_id, reversals.c.reversed_id == fingerprints.c.transaction_id
    )
    statement = select(fingerprints.c.fingerprint, fingerprints.c.transaction_id).where(
        fingerprints.c.portfolio_id == portfolio_id, _among(fingerprints.c.fingerprint, candidates), ~is_reversed
    )
    return {bytes(value): transaction_id for value, transaction_id in await session.execute(statement)}


async def known_ids(session: ReadSession, portfolio_id: UUID, candidates: Sequence[UUID]) -> set[UUID]:
    """Which of the candidates are transactions of the portfolio in force."""
    statement = select(transactions.c.id).where(
        transactions.c.portfolio_id == portfolio_id, _among(transactions.c.id, candidates), in_force_now()
    )
    return set((await session.execute(statement)).scalars())


async def count(session: ReadSession, portfolio_id: UUID, *, at_most: int) -> int:
    """How many transactions of the portfolio are stored, reversed ones and reversals too; counts no further."""
    found = select(transactions.c.id).where(transactions.c.portfolio_id == portfolio_id).limit(at_most).subquery()
    return (await session.execute(select(func.count()).select_from(found))).scalar_one()


async def find_transaction(session: ReadSession, transaction_id: UUID) -> Header | None:
    """The transaction; None when absent or another tenant's."""
    row = (await session.execute(select_headers().where(transactions.c.id == transaction_id))).first()
    return Header(*row) if row else None


async def postings_of(session: ReadSession, transaction_id: UUID) -> list[Posting]:
    """The postings of one transaction in their order."""
    columns = (postings.c.kind, postings.c.account, postings.c.asset, postings.c.amount)
    statement = select(*columns).where(postings.c.transaction_id == transaction_id).order_by(postings.c.ordinal)
    return [
        Posting(AccountKind(row.kind), row.account, row.asset, row.amount) for row in await session.execute(statement)
    ]


async def postings_of_many(session: ReadSession, transaction_ids: Sequence[UUID]) -> dict[UUID, list[Posting]]:
    """The postings of several transactions, each in their order."""
    found: dict[UUID, list[Posting]] = {transaction_id: [] for transaction_id in transaction_ids}
    if not found:
        return found
    columns = (postings.c.transaction_id, postings.c.kind, postings.c.account, postings.c.asset, postings.c.amount)
    statement = select(*columns).where(_among(postings.c.transaction_id, transaction_ids))
    for row in await session.execute(statement.order_by(postings.c.transaction_id, postings.c.ordinal)):
        found[row.transaction_id].append(Posting(AccountKind(row.kind), row.account, row.asset, row.amount))
    return found


async def in_force(session: ReadSession, portfolio_id: UUID) -> list[Header]:
    """What the figures follow from: all transactions but reversals and what they reverse, by day and sequence."""
    statement = (
        select_headers()
        .where(transactions.c.portfolio_id == portfolio_id, in_force_now())
        .order_by(transactions.c.booked_on, transactions.c.sequence)
    )
    found: list[Header] = []
    for part in (await session.execute(statement)).partitions(_PART_ROWS):
        found += [Header(*row) for row in part]
        await asyncio.sleep(0)  # others wait for the event loop
    return found


async def of_import(session: ReadSession, import_id: UUID) -> list[Header]:
    """The transactions of an import that are still in force."""
    statement = select_headers().where(transactions.c.import_id == import_id, in_force_now())
    return [Header(*row) for row in await session.execute(statement.order_by(transactions.c.sequence))]


async def list_transactions(
    session: ReadSession, portfolio_id: UUID, narrowed: Filter, *, sort: str, after: tuple[Any, int] | None, limit: int
) -> list[Header]:
    """One page in the order of ``sort`` (a key of SORTS, ``-`` for descending), ties by sequence.

    Args:
        after: the sort value and sequence of the last row of the page before.
    """
    column, is_descending = SORTS[sort.lstrip("-")], sort.startswith("-")
    statement = _narrow(select_headers(), portfolio_id, narrowed)
    if after is not None:
        value, sequence = after
        beyond = column < value if is_descending else column > value
        later = transactions.c.sequence < sequence if is_descending else transactions.c.sequence > sequence
        statement = statement.where(or_(beyond, and_(column == value, later)))
    ordered = [column.desc(), transactions.c.sequence.desc()] if is_descending else [column, transactions.c.sequence]
    return [Header(*row) for row in await session.execute(statement.order_by(*ordered).limit(limit))]


async def count_transactions(session: ReadSession, portfolio_id: UUID, narrowed: Filter) -> int:
    """How many transactions match."""
    statement = _narrow(select(func.count()).select_from(_SOURCE), portfolio_id, narrowed)
    return int((await session.execute(statement)).scalar_one())


async def list_accounts(session: ReadSession, portfolio_id: UUID) -> list[tuple[str, int]]:
    """Account names with the number of transactions in force."""
    statement = (
        select(transactions.c.account, func.count())
        .where(transactions.c.portfolio_id == portfolio_id, in_force_now())
        .group_by(transactions.c.account)
        .order_by(transactions.c.account)
    )
    return [(account, count) for account, count in await session.execute(statement)]


def _narrow(statement: Select[Any], portfolio_id: UUID, narrowed: Filter) -> Select[Any]:
    column = transactions.c
    conditions: list[ColumnElement[bool]] = [column.portfolio_id == portfolio_id]
    if narrowed.types:
        conditions.append(column.type.in_(narrowed.types))
    if narrowed.asset_id is not None:
        conditions.append(column.asset_id == narrowed.asset_id)
    if narrowed.account is not None:
        conditions.append(column.account == narrowed.account)
    if narrowed.since is not None:
        conditions.append(column.booked_on >= narrowed.since)
    if narrowed.until is not None:
        conditions.append(column.booked_on <= narrowed.until)
    if narrowed.query:
        conditions.append(_says(narrowed.query, narrowed.query_ids))
    if narrowed.import_id is not None:
        conditions.append(column.import_id == narrowed.import_id)
    if narrowed.tag is not None:
        conditions.append(TAGS.any_() == narrowed.tag)
    if not narrowed.include_reversed:
        conditions.append(in_force_now())
    return statement.where(*conditions)


def _says(query: str, asset_ids: Collection[UUID]) -> ColumnElement[bool]:
    found = [_contains(field, query) for field in (transactions.c.symbol, NOTE)]
    return or_(*found, _among(transactions.c.asset_id, list(asset_ids))) if asset_ids else or_(*found)


def _contains(field: ColumnElement[Any], query: str) -> ColumnElement[bool]:
    return func.coalesce(field, "").icontains(query, autoescape=True)
