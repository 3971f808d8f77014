"""Portfolios, and what is derived of one as a whole."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, func, insert, literal_column, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from finsage.platform.database import ReadSession, WriteSession
from finsage.portfolio.store.transactions import in_force_now
from finsage.portfolio.tables import portfolios, transactions, valuations


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Transactions in one base currency, with the policies their figures follow.

    ``version`` is another after every change of it or of its transactions; one that was rolled back never comes again.
    """

    id: UUID
    user_id: UUID
    name: str
    base_currency: str
    lot_method: str
    lot_scope: str
    cash: str
    fees_in_cost: bool
    oversell: str
    time_zone: str
    is_demo: bool
    created_at: datetime
    updated_at: datetime
    version: str


@dataclass(frozen=True, slots=True)
class Valuation:
    """The value of a portfolio on a day, as last computed; None where a price or rate was missing."""

    as_of: date
    market_value: Decimal | None


# The database's transaction that wrote the row; every booking takes its sequence numbers from it.
_VERSION: ColumnElement[str] = literal_column("portfolios.xmin::text").label("version")
_COLUMNS = [*(portfolios.c[name] for name in Portfolio.__slots__ if name != "version"), _VERSION]


def _portfolio(row: Any) -> Portfolio:
    return Portfolio(*row)


async def list_portfolios(session: ReadSession) -> list[Portfolio]:
    """The tenant's portfolios in the order they were opened."""
    rows = await session.execute(select(*_COLUMNS).order_by(portfolios.c.created_at, portfolios.c.id))
    return [_portfolio(row) for row in rows]


async def find_portfolio(session: ReadSession, portfolio_id: UUID) -> Portfolio | None:
    """The portfolio; None when absent or another tenant's."""
    row = (await session.execute(select(*_COLUMNS).where(portfolios.c.id == portfolio_id))).first()
    return _portfolio(row) if row else None


async def lock_portfolio(session: WriteSession, portfolio_id: UUID) -> Portfolio | None:
    """The portfolio, held against other writers until the transaction ends: one book has one writer at a time."""
    statement = select(*_COLUMNS).where(portfolios.c.id == portfolio_id).with_for_update()
    row = (await session.execute(statement)).first()
    return _portfolio(row) if row else None


async def lock_portfolios(session: WriteSession, portfolio_ids: Collection[UUID]) -> None:
    """Hold several against other writers, in the one order that everybody takes who holds more than one."""
    statement = select(portfolios.c.id).where(portfolios.c.id.in_(portfolio_ids)).order_by(portfolios.c.id)
    await session.execute(statement.with_for_update())


async def lock_all(session: WriteSession) -> None:
    """As ``lock_portfolios``, all that the tenant has."""
    await session.execute(select(portfolios.c.id).order_by(portfolios.c.id).with_for_update())


async def insert_portfolio(session: WriteSession, tenant_id: UUID, values: dict[str, Any]) -> None:
    """Store a new portfolio; columns left out take the defaults of the schema."""
    await session.execute(insert(portfolios).values(tenant_id=tenant_id, **values))


async def update_portfolio(session: WriteSession, portfolio_id: UUID, values: dict[str, Any]) -> None:
    """Change columns of a portfolio."""
    statement = update(portfolios).where(portfolios.c.id == portfolio_id)
    await session.execute(statement.values(updated_at=func.clock_timestamp(), **values))


async def take_sequences(session: WriteSession, portfolio_id: UUID, count: int) -> int:
    """Reserve ``count`` consecutive sequence numbers and return the first."""
    statement = (
        update(portfolios)
        .where(portfolios.c.id == portfolio_id)
        .values(sequence_next=portfolios.c.sequence_next + count)
        .returning(portfolios.c.sequence_next)
    )
    return int((await session.execute(statement)).scalar_one()) - count


async def version_of(session: ReadSession, portfolio_id: UUID) -> str:
    """The version a portfolio has in this transaction."""
    return str((await session.execute(select(_VERSION).where(portfolios.c.id == portfolio_id))).scalar_one())


async def has_transactions(session: ReadSession, portfolio_id: UUID) -> bool:
    """Whether anything was ever booked, reversed or not."""
    statement = select(exists().where(transactions.c.portfolio_id == portfolio_id))
    return bool((await session.execute(statement)).scalar_one())


async def count_transactions(session: ReadSession) -> dict[UUID, int]:
    """Transactions in force per portfolio; none where nothing is."""
    statement = (
        select(transactions.c.portfolio_id, func.count()).where(in_force_now()).group_by(transactions.c.portfolio_id)
    )
    return {row[0]: row[1] for row in await session.execute(statement)}


async def erase_portfolio(session: WriteSession, portfolio_id: UUID) -> int:
    """Remove the portfolio and its books by the reviewed procedure; returns the transactions removed."""
    result = await session.execute(text("SELECT erase_portfolio(:id)"), {"id": portfolio_id})
    return int(result.scalar_one())


async def put_valuation(session: WriteSession, tenant_id: UUID, portfolio_id: UUID, valuation: Valuation) -> None:
    """Remember the last value of a portfolio; of one that was erased meanwhile there is nothing to remember."""
    values = {"as_of": valuation.as_of, "market_value": valuation.market_value, "computed_at": func.now()}
    # The row is asked for as the foreign key would ask, but its absence is an answer.
    still = select(portfolios.c.id).where(portfolios.c.id == portfolio_id).with_for_update(read=True, key_share=True)
    if (await session.execute(still)).first() is None:
        return
    statement = upsert(valuations).values(tenant_id=tenant_id, portfolio_id=portfolio_id, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["tenant_id", "portfolio_id"], set_=values))


async def drop_valuation(session: WriteSession, portfolio_id: UUID) -> None:
    """Forget the last value: what it was computed from has changed."""
    await session.execute(delete(valuations).where(valuations.c.portfolio_id == portfolio_id))


async def list_valuations(session: ReadSession) -> dict[UUID, Valuation]:
    """The last value of each portfolio that has one."""
    rows = await session.execute(select(valuations.c.portfolio_id, valuations.c.as_of, valuations.c.market_value))
    return {row.portfolio_id: Valuation(row.as_of, row.market_value) for row in rows}
