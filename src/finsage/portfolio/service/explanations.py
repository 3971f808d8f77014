"""How a figure of a portfolio came about."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from finsage.errors import Fault, Invalid
from finsage.finance.evaluation import evaluate_ledger
from finsage.finance.explanation.explain import explain
from finsage.finance.explanation.model import Explanation
from finsage.finance.ledger import Ledger, fold
from finsage.finance.part import Part, divide
from finsage.finance.valuation import Market
from finsage.market.service import prices as market_prices
from finsage.platform import clock
from finsage.platform.database import ReadSession
from finsage.portfolio.service import books, scopes
from finsage.portfolio.service.allocation import key_of
from finsage.portfolio.service.books import Book, is_asset_key
from finsage.portfolio.service.scopes import Question, Scoped


@dataclass(frozen=True, slots=True)
class Share:
    """A slice of the allocation: ``by`` is asset, asset_class, currency or account."""

    by: str
    key: str


@dataclass(frozen=True, slots=True)
class Explained:
    """An explanation with the book it is of, and who gave the prices (asset key and day to source)."""

    book: Book
    explanation: Explanation
    providers: Mapping[tuple[str, date], str]


async def explain_figure(
    session: ReadSession,
    portfolio_id: UUID,
    figure: str,
    question: Question,
    *,
    currency: str | None,
    share: Share | None,
    start: date | None,
    end: date | None,
) -> Explained:
    """How a figure came about, from the end of ``start`` to the end of ``end``.

    Args:
        session: of the tenant.
        portfolio_id: the portfolio.
        figure: one of ``FIGURES``.
        question: the scope and policies that ``measure_portfolio`` takes; an asset may be of an account or tag.
        currency: whose balance, for ``cash``.
        share: the slice of the allocation it is of.
        start: not before the day before the first transaction of the scope, which None means; ``day_return`` begins
            with the day before ``end``.
        end: None means today in the portfolio's time zone.

    Raises:
        PortfolioNotFound: absent, or another tenant's.
        InvalidScope: the scope names nothing of this portfolio.
        Invalid: no such figure, or none of what was asked for.
        IdentityBroken: the figures do not add up; none is shown.
    """
    portfolio = await books.find(session, portfolio_id)
    book = await books.load(session, portfolio)
    until = end or clock.today(portfolio.time_zone)
    part = _scoped(book, question)
    market = await books.market_of(session, book, until=until, with_prices=True)
    key = str(question.asset_id) if question.asset_id is not None else currency
    period = scopes.period_of(part.first, start, until)
    if figure == "day_return":
        period = until - timedelta(days=1), until
    found = await asyncio.to_thread(_explain, part, market, figure, key, share=share, period=period)
    return Explained(book, found, await _providers(session, found))


def _scoped(book: Book, question: Question) -> Scoped:
    """The part asked for. An asset keeps the rest beside it: its weight is a part of the whole."""
    whole = scopes.scoped(book, replace(question, asset_id=None))
    if question.asset_id is None:
        return whole
    own = scopes.scoped(book, replace(question, account=None, tag=None))
    return replace(whole, first=own.first, options=replace(whole.options, calendar=own.options.calendar))


def _explain(
    part: Scoped, market: Market, figure: str, key: str | None, *, share: Share | None, period: tuple[date, date]
) -> Explanation:
    drafts = [draft for draft in part.drafts if draft.booked_on <= period[1]]
    ledger = fold(drafts, market, replace(part.options, series=False), through=period[1])
    held = None if share is None else _part_of(ledger, part.book, share)
    return explain(ledger, evaluate_ledger(ledger, *period), figure, key, held)


def _part_of(ledger: Ledger, book: Book, share: Share) -> Part:
    found = divide(ledger, key_of(book, share.by), by_account=share.by == "account").get(share.key)
    if found is None:
        raise Invalid(faults=(Fault("/key", "names no part of what the portfolio holds"),))
    return found


async def _providers(session: ReadSession, explanation: Explanation) -> dict[tuple[str, date], str]:
    """Who gave the prices shown."""
    wanted = {
        (UUID(row.asset), row.quoted_on)
        for row in explanation.prices
        if row.source == "quote" and is_asset_key(row.asset)
    }
    found = await market_prices.price_sources(session, wanted)
    return {(str(asset_id), day): source for (asset_id, day), source in found.items()}
