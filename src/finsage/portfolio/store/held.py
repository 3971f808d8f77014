"""Which assets are held, over all portfolios of a tenant or in one."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from finsage.platform.database import ReadSession
from finsage.portfolio.tables import holdings


async def held_keys(session: ReadSession, portfolio_id: UUID | None) -> set[str]:
    """Ledger keys of what is held now, short positions too; of one portfolio, or of all of the session's tenant."""
    statement = select(holdings.c.asset).where(holdings.c.quantity != 0).distinct()
    if portfolio_id is not None:
        statement = statement.where(holdings.c.portfolio_id == portfolio_id)
    return set((await session.execute(statement)).scalars())
