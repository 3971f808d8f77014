"""Which portfolios the daily run has forecast after which day."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import text

from finsage.platform.database import ReadSession, WriteSession

_DONE = text("SELECT portfolio_id, ran_for FROM prediction_portfolio_runs WHERE tenant_id = :tenant")
_NOTE = text("""
    INSERT INTO prediction_portfolio_runs (tenant_id, portfolio_id, ran_for, refused)
    SELECT :tenant, id, :day, :refused FROM portfolios WHERE tenant_id = :tenant AND id = :portfolio
    ON CONFLICT (tenant_id, portfolio_id) DO UPDATE SET ran_for = excluded.ran_for, refused = excluded.refused
""")


async def done(session: ReadSession, tenant_id: UUID) -> dict[UUID, date]:
    """By portfolio of a tenant: the last whole day after which it was forecast, or could not be."""
    return {row.portfolio_id: row.ran_for for row in await session.execute(_DONE, {"tenant": tenant_id})}


async def note(session: WriteSession, tenant_id: UUID, portfolio_id: UUID, day: date, refused: str | None) -> None:
    """Note that a portfolio was forecast, or why it could not be; nothing where it is gone."""
    values = {"tenant": tenant_id, "portfolio": portfolio_id, "day": day, "refused": refused}
    await session.execute(_NOTE, values)
