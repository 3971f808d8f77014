"""The demo: a simulated market and a portfolio of it, added and removed without touching what a user recorded."""

from __future__ import annotations

from uuid import UUID

from finsage.market.service import rates, simulated
from finsage.platform import clock
from finsage.platform.caller import Caller
from finsage.platform.database import ReadSession, WriteSession
from finsage.portfolio.service import demo_diary, portfolios, transactions
from finsage.portfolio.store import demo as store
from finsage.portfolio.store import portfolios as portfolio_store

NAME = "Demo (simulated)"
TIME_ZONE = "Europe/Berlin"
_FOREIGN = ("USD", "GBP", "CHF")


async def demo_portfolios(session: ReadSession) -> list[UUID]:
    """The tenant's simulated portfolios."""
    return [portfolio.id for portfolio in await portfolio_store.list_portfolios(session) if portfolio.is_demo]


async def add_demo(session: WriteSession, caller: Caller) -> list[UUID]:
    """Add the simulated assets, their prices up to today and one portfolio of them.

    Where the portfolio is there already only the prices of the days since are added.

    Returns:
        The ids of the tenant's simulated portfolios.
    """
    await store.lock(session)
    # Days of closes are those of UTC, as for the job that adds new ones.
    until = clock.today("UTC")
    market = await simulated.ensure_simulated_market(session, caller, until=until)
    present = await demo_portfolios(session)
    if present:
        return present
    # A fresh database may be asked for the demo before the start has loaded the rates.
    await rates.load_ecb_rates(session)
    series = await rates.rate_series(session, _FOREIGN, until=until)
    values = {"name": NAME, "base_currency": demo_diary.BASE, "time_zone": TIME_ZONE, "is_demo": True}
    opened = await portfolios.open_portfolio(session, caller, values)
    portfolio_id = opened.portfolio.id
    await transactions.record_batch(session, caller, portfolio_id, demo_diary.diary(market, series, until))
    return [portfolio_id]


async def remove_demo(session: WriteSession, caller: Caller) -> None:
    """Remove the simulated portfolios, and the simulated assets that nothing else names, with their prices."""
    await store.lock(session)
    for portfolio_id in await demo_portfolios(session):
        portfolio = await portfolios.get_portfolio(session, portfolio_id)
        await portfolios.erase_portfolio(session, caller, portfolio_id, confirm=portfolio.portfolio.name)
    assets = await simulated.simulated_assets(session, caller)
    keep = await store.named_assets(session, [asset.id for asset in assets])
    await simulated.remove_simulated_assets(session, caller, keep=keep)
