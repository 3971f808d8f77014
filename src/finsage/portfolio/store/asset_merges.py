"""Where an asset is booked, and which transactions a merge booked anew."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, text

from finsage.platform.bulk import insert_rows
from finsage.platform.database import ReadSession, WriteSession
from finsage.portfolio.tables import asset_merge_transactions as table

# A split of what is not held has no posting.
_PORTFOLIOS = text("""
    SELECT portfolio_id FROM balances WHERE asset = CAST(:asset AS text)
    UNION SELECT portfolio_id FROM transactions WHERE asset_id = CAST(:asset AS uuid)
    ORDER BY portfolio_id
""")
_HELD_IN = text("SELECT DISTINCT portfolio_id FROM balances WHERE asset = :asset ORDER BY portfolio_id")
_RENAME = text("UPDATE holdings SET symbol = :symbol WHERE asset = :asset")


async def portfolios_of(session: ReadSession, asset_id: UUID) -> list[UUID]:
    """The portfolios any of whose transactions names an asset, in the order in which several are locked."""
    return list((await session.execute(_PORTFOLIOS, {"asset": str(asset_id)})).scalars())


async def booked_in(session: ReadSession, asset_id: UUID) -> list[UUID]:
    """The portfolios that have, or had, units of an asset."""
    return list((await session.execute(_HELD_IN, {"asset": str(asset_id)})).scalars())


async def rename_holdings(session: WriteSession, asset_id: UUID, symbol: str) -> None:
    """Call the holdings of an asset as it is called now."""
    await session.execute(_RENAME, {"asset": str(asset_id), "symbol": symbol})


async def note(session: WriteSession, tenant_id: UUID, asset_id: UUID, pairs: Sequence[tuple[UUID, UUID]]) -> None:
    """Keep which transaction was booked anew as which because of a merge."""
    rows = [(tenant_id, asset_id, before, after) for before, after in pairs]
    columns = ("tenant_id", "asset_id", "transaction_id", "replacement_id")
    await insert_rows(session, "asset_merge_transactions", columns, rows)


async def replaced_by(session: ReadSession, asset_id: UUID) -> list[tuple[UUID, UUID]]:
    """The pairs that ``note`` kept."""
    statement = select(table.c.transaction_id, table.c.replacement_id).where(table.c.asset_id == asset_id)
    return [(row.transaction_id, row.replacement_id) for row in await session.execute(statement)]
