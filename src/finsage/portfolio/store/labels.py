"""What is written beside transactions after they were recorded, and finding transactions by it and by their group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.dialects.postgresql import insert

from finsage.platform.database import ReadSession, WriteSession
from finsage.portfolio.store.transactions import TAGS, Header, in_force_now, select_headers
from finsage.portfolio.tables import reversals, successors, transaction_labels, transactions


@dataclass(frozen=True, slots=True)
class Label:
    """A note and tags that stand before those a transaction was recorded with."""

    note: str
    tags: tuple[str, ...]


async def hold(session: WriteSession, portfolio_id: UUID) -> None:
    """Wait for whoever writes labels of the portfolio, and keep others waiting. Bookings, which take long, go on."""
    key = func.hashtextextended(f"labels of {portfolio_id}", 0)
    await session.execute(select(func.pg_advisory_xact_lock(key)))


async def write(
    session: WriteSession, tenant_id: UUID, user_id: UUID, portfolio_id: UUID, new: Mapping[UUID, Label]
) -> None:
    """Put notes and tags beside transactions of one portfolio, in the place of those that are there."""
    rows = [
        {
            "tenant_id": tenant_id,
            "transaction_id": transaction_id,
            "portfolio_id": portfolio_id,
            "user_id": user_id,
            "note": annotation.note,
            "tags": list(annotation.tags),
            "updated_at": func.now(),
        }
        for transaction_id, annotation in new.items()
    ]
    for start in range(0, len(rows), 1000):  # a statement takes 65,535 values
        statement = insert(transaction_labels).values(rows[start : start + 1000])
        changed = {name: statement.excluded[name] for name in ("user_id", "note", "tags", "updated_at")}
        await session.execute(
            statement.on_conflict_do_update(index_elements=["tenant_id", "transaction_id"], set_=changed)
        )


async def of_portfolio(session: ReadSession, portfolio_id: UUID) -> dict[UUID, Label]:
    """All that is written beside transactions of a portfolio; it is never taken away again."""
    columns = transaction_labels.c
    statement = select(columns.transaction_id, columns.note, columns.tags).where(columns.portfolio_id == portfolio_id)
    return {row[0]: Label(row[1], tuple(row[2])) for row in await session.execute(statement)}


async def headers_of(session: ReadSession, transaction_ids: Sequence[UUID]) -> list[Header]:
    """Those of the transactions that the tenant has, in no order."""
    statement = select_headers().where(transactions.c.id.in_(transaction_ids))
    return [Header(*row) for row in await session.execute(statement)]


async def of_groups(session: ReadSession, groups: Iterable[str]) -> list[Header]:
    """The transactions in force of these groups, in whichever portfolio of the tenant."""
    statement = select_headers().where(transactions.c.draft["group"].astext.in_(sorted(groups)), in_force_now())
    return [Header(*row) for row in await session.execute(statement.order_by(transactions.c.sequence))]


async def reversed_with(session: ReadSession, groups: Iterable[str], reversal_ids: Sequence[UUID]) -> list[Header]:
    """The transactions of these groups that were reversed in one act with one of the reversals and have no successor.

    An act is a transaction of the database, which gives one instant to all it records.
    """
    act = transactions.alias("act")
    instants = select(act.c.recorded_at).where(act.c.id.in_(reversal_ids))
    reversal = transactions.alias("reversal")
    is_of_act = exists().where(
        reversals.c.tenant_id == transactions.c.tenant_id,
        reversals.c.reversed_id == transactions.c.id,
        reversal.c.id == reversals.c.reversal_id,
        reversal.c.recorded_at.in_(instants),
    )
    has_successor = exists().where(
        successors.c.tenant_id == transactions.c.tenant_id, successors.c.transaction_id == transactions.c.id
    )
    statement = select_headers().where(
        transactions.c.draft["group"].astext.in_(sorted(groups)),
        transactions.c.reverses_id.is_(None),
        is_of_act,
        ~has_successor,
    )
    return [Header(*row) for row in await session.execute(statement.order_by(transactions.c.sequence))]


async def list_tags(session: ReadSession, portfolio_id: UUID) -> list[tuple[str, int]]:
    """The tags of the transactions in force and how many carry each, by name."""
    tagged = (
        select_headers()
        .with_only_columns(func.unnest(TAGS).label("tag"))
        .where(transactions.c.portfolio_id == portfolio_id, in_force_now())
        .subquery()
    )
    statement = select(tagged.c.tag, func.count()).group_by(tagged.c.tag).order_by(tagged.c.tag)
    return [(tag, count) for tag, count in await session.execute(statement)]
