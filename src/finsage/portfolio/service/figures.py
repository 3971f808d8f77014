"""What a portfolio holds, is worth and has earned: the ledger core's answers, with names and day moves beside them."""

from __future__ import annotations

import asyncio
import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal
from uuid import UUID

from finsage.finance.checkpoint import SPACING, Checkpoints, Spacing
from finsage.finance.evaluation import evaluate_ledger
from finsage.finance.ledger import Ledger, fold, known
from finsage.finance.money import ZERO, allocate, exact
from finsage.finance.options import LotScope
from finsage.finance.ordering import up_to
from finsage.finance.part import ratio
from finsage.finance.results import AssetReport, Evaluation, Holding, Match
from finsage.finance.results import LotView as Lot
from finsage.finance.trail import account_shown
from finsage.finance.transaction import SPLITS
from finsage.finance.valuation import Market, Rates
from finsage.finance.workings import Workings
from finsage.market.service.assets import Asset
from finsage.platform import clock
from finsage.platform.database import ReadSession
from finsage.portfolio.service import books, scopes
from finsage.portfolio.service.books import Book
from finsage.portfolio.service.memory import MEMORY, Desk, Figured
from finsage.portfolio.store import derived

SPARK_DAYS = 30
LONG_TERM_DAYS = 365


@dataclass(frozen=True, slots=True)
class Figures:
    """An evaluation with the book it is of; ``day`` is the same over the last day alone, for the day's moves."""

    book: Book
    market: Market
    whole: Evaluation
    day: Evaluation | None
    ledger: Ledger


async def evaluate_portfolio(
    session: ReadSession,
    portfolio_id: UUID,
    *,
    start: date | None,
    end: date | None,
    with_day: bool = False,
) -> Figures:
    """Evaluate a portfolio from the end of ``start`` to the end of ``end``.

    Args:
        start: not before the day before the first transaction, which None means.
        end: None means today in the portfolio's time zone.
        with_day: also the last day's moves.

    Raises:
        PortfolioNotFound: absent, or another tenant's.
        IdentityBroken: the figures do not add up; none is shown.
    """
    portfolio = await books.find(session, portfolio_id)
    until = end or clock.today(portfolio.time_zone)
    book = _until(await books.load(session, portfolio), until)
    market = await books.market_of(session, book, until=until, with_prices=True)
    since, until = scopes.period_of(scopes.first_day(book.drafts), start, until)
    before = MEMORY.start_of(portfolio_id)
    is_usual = start is None and end is None
    desk = (before.desk if before else Desk(Workings(), Workings())) if is_usual else None
    # What a write has stored serves the next one too.
    is_kept = is_usual and MEMORY.recall(portfolio) is None
    # Off the event loop: a large book takes a while, and others wait for their answers.
    found = await asyncio.to_thread(
        _evaluate,
        book,
        market,
        (since, until),
        with_day=with_day,
        resume=before.checkpoints if before else None,
        spacing=SPACING if is_kept else None,
        desk=desk,
    )
    if desk and found.ledger.checkpoints and MEMORY.start_of(portfolio_id) is before:
        MEMORY.remember(portfolio_id, Figured(found.ledger.checkpoints, desk))
    return found


def _evaluate(
    book: Book,
    market: Market,
    period: tuple[date, date],
    *,
    with_day: bool,
    resume: Checkpoints | None,
    spacing: Spacing | None,
    desk: Desk | None,
) -> Figures:
    options, (since, until) = books.options_of(book.portfolio), period
    # Where lots are pooled over accounts, what each of them holds is read from the postings of all transactions.
    resume = resume if options.lot_scope is LotScope.ACCOUNT else None
    ledger = fold(book.drafts, market, options, through=until, resume=resume, checkpoints=spacing)
    whole = evaluate_ledger(ledger, since, until, workings=desk and desk.whole)
    yesterday = until - timedelta(days=1)
    day = evaluate_ledger(ledger, yesterday, until, workings=desk and desk.day) if with_day else None
    return Figures(book, market, whole, day, ledger)


def _until(book: Book, until: date) -> Book:
    return Book(book.portfolio, book.known, tuple(up_to(book.drafts, until)), book.assets)


def day_move(figures: Figures, key: str) -> tuple[Decimal | None, float | None]:
    """The gain of an asset over the last day in base currency, and as a return; None where unknown."""
    report = figures.day.by_asset.get(key) if figures.day else None
    if report is None:
        return None, None
    return report.performance.simple_gain, report.performance.twr


@dataclass(frozen=True, slots=True)
class HoldingView:
    """A holding with its asset, its gains and what the last day did to it."""

    holding: Holding
    asset: Asset
    report: AssetReport
    market_value_local: Decimal | None
    unrealised_return: float | None
    weight: float | None
    day_gain: Decimal | None
    day_return: float | None
    price_history: list[float]


def holding_views(figures: Figures) -> list[HoldingView]:
    """Holdings, the most valuable first, those of unknown value last."""
    views = [_view(figures, holding) for holding in figures.whole.holdings if holding.quantity]
    return sorted(views, key=lambda view: (view.weight is None, -(view.weight or 0.0), view.asset.symbol))


def _view(figures: Figures, holding: Holding) -> HoldingView:
    asset = figures.book.asset(holding.asset)
    assert asset is not None, "holdings that are not cash have an asset"
    gain, day_return = day_move(figures, holding.asset)
    with exact():
        local = holding.price * holding.quantity if holding.price is not None else None
    return HoldingView(
        holding=holding,
        asset=asset,
        report=figures.whole.by_asset[holding.asset],
        market_value_local=local,
        unrealised_return=ratio(figures.whole.by_asset[holding.asset].unrealised.gain, holding.cost),
        weight=ratio(holding.market_value, figures.whole.market_value),
        day_gain=gain,
        day_return=day_return,
        price_history=price_history(figures, holding.asset),
    )


@dataclass(frozen=True, slots=True)
class LotView:
    """An open lot with its value at the last price."""

    lot: Lot
    market_value: Decimal | None
    unrealised_gain: Decimal | None
    held_days: int
    term: Literal["long", "short"]

    @property
    def days_to_long_term(self) -> int:
        """Days until it is held for long; zero when it is."""
        return max(0, LONG_TERM_DAYS - self.held_days)


def lot_views(figures: Figures) -> list[LotView]:
    """Open lots, oldest first, each with its share of the holding's value."""
    holdings = {holding.asset: holding for holding in figures.whole.holdings}
    views = []
    for lot in sorted(figures.whole.lots, key=lambda lot: (lot.acquired_on, lot.id)):
        holding = holdings.get(lot.asset)
        if holding is None:
            continue
        value = None
        if holding.market_value is not None and holding.quantity:
            value = allocate(holding.market_value, lot.quantity, holding.quantity)
        gain = value - lot.cost if value is not None and lot.cost is not None else None
        held = (figures.whole.end - lot.acquired_on).days
        views.append(LotView(lot, value, gain, held, "long" if held >= LONG_TERM_DAYS else "short"))
    return views


def matches_of(figures: Figures, since: date | None) -> list[Match]:
    """Disposals of assets in the period, newest first; foreign cash is left to its own total."""
    matches = (match for match in figures.whole.matches if books.is_asset_key(match.asset))
    inside = [match for match in matches if since is None or match.disposed_on > since]
    return sorted(inside, key=lambda match: (match.disposed_on, match.transaction), reverse=True)


def currency_gain(figures: Figures, first: date | None) -> Decimal | None:
    """The exchange gain on foreign money given away from the day ``first`` on; it has no lots, so no match tells it."""
    ordinal = 0 if first is None else first.toordinal()
    rows = [row for row in figures.ledger.state.realised if row.is_cash and row.day >= ordinal]
    with exact():
        return known(sum((row.gain for row in rows), ZERO))


def known_sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum, or None when a part of it is unknown."""
    total = ZERO
    with exact():
        for amount in amounts:
            if amount is None:
                return None
            total += amount
    return total


def asset_id(key: str | None) -> UUID | None:
    """The id behind a ledger key; None for cash."""
    return UUID(key) if key is not None and books.is_asset_key(key) else None


@dataclass(frozen=True, slots=True)
class CashFlow:
    """External money or assets in (+) or out (−) of the portfolio."""

    transaction_id: UUID
    day: date
    type: str
    account: str
    currency: str
    amount: Decimal


async def cash_flows(
    session: ReadSession, portfolio_id: UUID, since: date | None, until: date | None
) -> list[CashFlow]:
    """What crossed the portfolio's border, by day.

    Raises:
        PortfolioNotFound.
    """
    book = await books.load(session, await books.find(session, portfolio_id))
    rows = await derived.external_amounts(session, portfolio_id, since, until)
    return [
        CashFlow(row.transaction_id, row.day, row.type, row.account, book.label(row.asset), row.amount) for row in rows
    ]


def price_history(figures: Figures, key: str) -> list[float]:
    """The last closes of an asset, oldest first and in units of today, for a sparkline: a picture, not a figure."""
    series = figures.market.prices.get(key)
    if series is None:
        return []
    splits = {
        draft.booked_on.toordinal(): float(draft.ratio)
        for draft in figures.book.drafts
        if draft.type in SPLITS and draft.asset == key and draft.ratio
    }
    days = list(series.days)[-SPARK_DAYS:]
    later = [math.prod(ratio for split_on, ratio in splits.items() if split_on > day) for day in days]
    return [float(value) / factor for value, factor in zip(series.floats[-SPARK_DAYS:], later, strict=True)]


@dataclass(frozen=True, slots=True)
class CashLine:
    """Money in one currency in one account; ``value`` in the base currency."""

    account: str
    currency: str
    amount: Decimal
    value: Decimal | None
    rate: Decimal | None
    rate_as_of: date | None


def cash_lines(figures: Figures) -> list[CashLine]:
    """Cash per account and currency with its value in the base currency, zero balances left out."""
    lines = []
    rates = Rates(figures.market, books.options_of(figures.book.portfolio))
    for (account, currency), amount in sorted(cash_balances(figures.ledger).items()):
        found = rates.quote(currency, figures.book.portfolio.base_currency, figures.whole.end.toordinal())
        with exact():
            value = found.value * amount if found else None
        lines.append(
            CashLine(
                account,
                currency,
                amount,
                value,
                found.value if found else None,
                date.fromordinal(found.day) if found else None,
            )
        )
    return lines


def cash_balances(ledger: Ledger) -> dict[tuple[str, str], Decimal]:
    """Money per (account, currency) where it is tracked, zero balances left out; in transit as people read it."""
    state, found = ledger.state, defaultdict[tuple[str, str], Decimal](Decimal)
    if not state.is_cash_tracked:
        return {}
    with exact():
        for (_, account, key), amount in state.booked.items():
            if state.asset(key) is None:
                found[account_shown(account), key] += amount
    return {where: amount for where, amount in found.items() if amount}
