"""The portfolio under each lot method, side by side, before one of them is chosen."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from finsage.finance.lot_methods import MethodFigures, compare_lot_methods, lot_methods_of
from finsage.finance.options import LotMethod
from finsage.finance.ordering import up_to
from finsage.platform import clock
from finsage.platform.database import ReadSession
from finsage.portfolio.service import books


@dataclass(frozen=True, slots=True)
class Comparison:
    """One row per lot method, as of ``day``; ``present`` is the portfolio's."""

    day: date
    base_currency: str
    present: LotMethod
    rows: list[MethodFigures]


async def compare(session: ReadSession, portfolio_id: UUID, *, day: date | None) -> Comparison:
    """Fold the portfolio once per lot method; nothing is written.

    Args:
        session: of the tenant.
        portfolio_id: the portfolio.
        day: None means today in the portfolio's time zone.

    Raises:
        PortfolioNotFound: absent, or another tenant's.
    """
    portfolio = await books.find(session, portfolio_id)
    book = await books.load(session, portfolio)
    until = day or clock.today(portfolio.time_zone)
    drafts = up_to(book.drafts, until)
    present = LotMethod(portfolio.lot_method)
    methods = lot_methods_of(drafts)
    methods = methods if present in methods else (*methods, present)
    market = await books.market_of(session, book, until=until, with_prices=True)
    options = books.options_of(portfolio)
    rows = await asyncio.to_thread(compare_lot_methods, drafts, market, options, methods, day=until)
    return Comparison(until, portfolio.base_currency, present, rows)
