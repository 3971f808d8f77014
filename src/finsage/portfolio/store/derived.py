"""Lots and holdings: replaced as a whole from what the ledger core derived, and balances as summed by the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import attrgetter
from uuid import UUID

from sqlalchemy import ARRAY, Text, any_, delete, literal, select

from finsage.platform.bulk import insert_rows
from finsage.platform.database import ReadSession, WriteSession
from finsage.portfolio.store.transactions import in_force_now
from finsage.portfolio.tables import balances, holdings, lots, postings, transactions


@dataclass(frozen=True, slots=True)
class StoredLot:
    """An open lot; ``cost_basis`` in the base currency, ``cost_basis_local`` in the asset's."""

    id: str
    account: str
    asset: str
    acquired_on: date
    quantity_acquired: Decimal
    quantity: Decimal
    cost_basis: Decimal
    cost_basis_local: Decimal
    fee_cost: Decimal


@dataclass(frozen=True, slots=True)
class StoredHolding:
    """Units of an asset; ``missing_quantity`` counts units sold that were never acquired."""

    asset: str
    symbol: str
    quantity: Decimal
    average_price: Decimal | None
    cost_basis: Decimal
    missing_quantity: Decimal
    purchased_on: date | None


async def replace_lots(
    session: WriteSession,
    tenant_id: UUID,
    portfolio_id: UUID,
    new: Sequence[StoredLot],
    old: Sequence[StoredLot] | None,
) -> None:
    """Put these lots in the place of all the portfolio has.

    Args:
        old: those it has, if that is known: then only what differs is written.
    """
    if old is None:
        await drop_lots(session, portfolio_id)
    else:
        before = {lot.id: lot for lot in old}
        kept = {lot.id for lot in new if before.get(lot.id) == lot}
        new = [lot for lot in new if lot.id not in kept]
        await drop_lots(session, portfolio_id, [name for name in before if name not in kept])
    await insert_lots(session, tenant_id, portfolio_id, new)


async def drop_lots(session: WriteSession, portfolio_id: UUID, ids: Sequence[str] | None = None) -> None:
    """Remove these lots of a portfolio, or all it has."""
    gone = delete(lots).where(lots.c.portfolio_id == portfolio_id)
    await session.execute(gone if ids is None else gone.where(lots.c.id == any_(literal(list(ids), ARRAY(Text)))))


async def insert_lots(session: WriteSession, tenant_id: UUID, portfolio_id: UUID, new: Sequence[StoredLot]) -> None:
    """Store lots that are not there."""
    columns = ("tenant_id", "portfolio_id", *StoredLot.__slots__)
    cells = attrgetter(*StoredLot.__slots__)
    await insert_rows(session, "lots", columns, [(tenant_id, portfolio_id, *cells(lot)) for lot in new])


async def replace_holdings(
    session: WriteSession,
    tenant_id: UUID,
    portfolio_id: UUID,
    new: Sequence[StoredHolding],
    old: Sequence[StoredHolding] | None,
) -> None:
    """Put these holdings in the place of all the portfolio has; ``old`` as for lots."""
    gone = delete(holdings).where(holdings.c.portfolio_id == portfolio_id)
    if old is not None:
        before, after = {row.asset: row for row in old}, {row.asset: row for row in new}
        new = [row for row in new if before.get(row.asset) != row]
        gone = gone.where(holdings.c.asset.in_([key for key, row in before.items() if after.get(key) != row]))
    await session.execute(gone)
    columns = ("tenant_id", "portfolio_id", *StoredHolding.__slots__)
    cells = attrgetter(*StoredHolding.__slots__)
    await insert_rows(session, "holdings", columns, [(tenant_id, portfolio_id, *cells(row)) for row in new])


async def balances_of(session: ReadSession, portfolio_id: UUID) -> dict[tuple[str, str], Decimal]:
    """Units per (account, asset) as the guard trigger summed the postings; zero balances are left out."""
    statement = select(balances.c.account, balances.c.asset, balances.c.amount).where(
        balances.c.portfolio_id == portfolio_id, balances.c.amount != 0
    )
    return {(row.account, row.asset): row.amount for row in await session.execute(statement)}


async def missing_quantities(session: ReadSession, portfolio_id: UUID) -> dict[str, Decimal]:
    """Units per asset that were taken out and never acquired, as last derived."""
    statement = select(holdings.c.asset, holdings.c.missing_quantity).where(
        holdings.c.portfolio_id == portfolio_id, holdings.c.missing_quantity != 0
    )
    return {row.asset: row.missing_quantity for row in await session.execute(statement)}


@dataclass(frozen=True, slots=True)
class ExternalAmount:
    """What one transaction brought in (+) or took out (−)."""

    transaction_id: UUID
    day: date
    type: str
    account: str
    asset: str
    amount: Decimal


async def external_amounts(
    session: ReadSession, portfolio_id: UUID, since: date | None, until: date | None
) -> list[ExternalAmount]:
    """External and opening postings in force, by day; signs turned, so that money in is positive."""
    posting, header = postings.c, transactions.c
    statement = (
        select(header.id, header.booked_on, header.type, posting.account, posting.asset, -posting.amount)
        .join(transactions, (header.id == posting.transaction_id) & (header.booked_on == posting.booked_on))
        .select_from(postings)
        .where(posting.portfolio_id == portfolio_id, posting.kind.in_(("external", "opening")), in_force_now())
        .order_by(header.booked_on, header.sequence)
    )
    if since is not None:
        statement = statement.where(header.booked_on >= since)
    if until is not None:
        statement = statement.where(header.booked_on <= until)
    return [ExternalAmount(*row) for row in await session.execute(statement)]
