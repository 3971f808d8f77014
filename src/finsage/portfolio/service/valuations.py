"""The last value of a portfolio, kept so that a list of portfolios need not value them all."""

from __future__ import annotations

from uuid import UUID

from finsage.platform.database import WriteSession
from finsage.platform.queue import enqueue
from finsage.portfolio.service import figures
from finsage.portfolio.store import portfolios as store
from finsage.portfolio.store.portfolios import Valuation

REFRESH = "portfolio.refresh_valuation"


async def request_refresh(session: WriteSession, tenant_id: UUID, portfolio_id: UUID) -> UUID:
    """Ask for a new valuation in the transaction that makes the old one false; returns the job's id."""
    payload = {"portfolio_id": str(portfolio_id)}
    return await enqueue(session, REFRESH, payload, tenant_id=tenant_id, dedupe_key=str(portfolio_id))


async def refresh(session: WriteSession, tenant_id: UUID, portfolio_id: UUID) -> None:
    """Value a portfolio today and remember it; one that was erased meanwhile is left alone."""
    if await store.find_portfolio(session, portfolio_id) is None:
        return
    whole = (await figures.evaluate_portfolio(session, portfolio_id, start=None, end=None)).whole
    await store.put_valuation(session, tenant_id, portfolio_id, Valuation(whole.end, whole.market_value))
