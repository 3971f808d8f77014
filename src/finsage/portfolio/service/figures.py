"""What a portfolio holds, is worth and has earned: the ledger core's answers, with names and day moves beside them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from finsage.finance.evaluation import evaluate
from finsage.finance.money import ZERO, exact
from finsage.finance.ledger import fold
from finsage.finance.results import AssetReport, Evaluation, Holding, Position
from finsage.finance.valuation import Market, Rates
from finsage.platform import clock
from finsage.platform.database import ReadSession
from finsage.portfolio.service import books
from finsage.portfolio.service.books import Book

SPARK_DAYS = 30


@dataclass(frozen=True, slots=True)
class Figures:
    """An evaluation with the book it is of; ``day`` is the same over the last day alone, for the day's moves."""

    book: Book
    market: Market
    whole: Evaluation
    day: Evaluation | None
    positions: tuple[Position, ...]


async def evaluate_portfolio(
    session: ReadSession,
    portfolio_id: UUID,
    *,
    start: date | None,
    end: date | None,
    series: bool = False,
    with_day: bool = False,
) -> Figures:
    """Evaluate a portfolio from the end of ``start`` to the end of ``end``.

    Args:
        start: None means the day before the first transaction.
        end: None means today in the portfolio's time zone.
        series: also one value per day.
        with_day: also the last day's moves.

    Raises:
        PortfolioNotFound: absent, or another tenant's.
        IdentityBroken: the figures do not add up; none is shown.
    """
    portfolio = await books.find(session, portfolio_id)
    until = end or clock.today(portfolio.time_zone)
    book = _until(await books.load(session, portfolio), until)
    market = await books.market_of(session, book, until=until, with_prices=True)
    first = min((draft.booked_on for draft in book.drafts), default=until)
    since = min(start or first - timedelta(days=1), until)
    options = books.options_of(portfolio, series=series)
    # Off the event loop: a large book takes a while, and others wait for their answers.
    whole = await asyncio.to_thread(evaluate, book.drafts, market, options, period=(since, until), by_asset=not series)
    day = None
    if with_day:
        yesterday = (until - timedelta(days=1), until)
        day = await asyncio.to_thread(
            evaluate, book.drafts, market, books.options_of(portfolio), period=yesterday, by_asset=True
        )
    ledger = await asyncio.to_thread(fold, book.drafts, market, options, through=until)
    return Figures(book, market, whole, day, tuple(ledger.positions()))


def _until(book: Book, until: date) -> Book:
    drafts = tuple(draft for draft in book.drafts if draft.booked_on <= until)
    return Book(book.portfolio, book.headers, drafts, book.assets)


def day_move(figures: Figures, key: str) -> tuple[Decimal | None, float | None]:
    """The gain of an asset over the last day in base currency, and as a return; None where unknown."""
    report = figures.day.by_asset.get(key) if figures.day else None
    if report is None:
        return None, None
    return report.performance.simple_gain, report.performance.twr


def report_of(figures: Figures, key: str) -> AssetReport | None:
    """The figures of one asset over the whole period."""
    return figures.whole.by_asset.get(key)


def price_history(figures: Figures, key: str) -> list[float]:
    """The last closes of an asset, oldest first, for a sparkline: a picture, not a figure."""
    series = figures.market.prices.get(key)
    return [] if series is None else [float(value) for value in series.floats[-SPARK_DAYS:]]


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
    for (account, currency), amount in sorted(_cash(figures).items()):
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


def _cash(figures: Figures) -> Mapping[tuple[str, str], Decimal]:
    return {
        (position.account, position.asset): position.quantity
        for position in figures.positions
        if position.is_cash and position.quantity
    }


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the whole; ``market_value`` in base currency, ``weight`` a fraction of the total value."""

    key: str
    label: str
    market_value: Decimal | None
    weight: float | None
    day_return: float | None
    unrealised_return: float | None


def allocation(figures: Figures, by: str) -> list[Slice]:
    """How the value is spread, largest first.

    Args:
        by: asset, asset_class, currency or account.
    """
    parts: dict[str, list[_Part]] = defaultdict(list)
    for part in _parts(figures):
        parts[part.keys[by]].append(part)
    total = figures.whole.market_value
    slices = [_slice(key, members, by, total) for key, members in parts.items()]
    return sorted(slices, key=lambda item: (item.market_value is None, -(item.market_value or ZERO), item.key))


@dataclass(frozen=True, slots=True)
class _Part:
    keys: Mapping[str, str]
    label: str
    market_value: Decimal | None
    cost: Decimal | None
    day_gain: Decimal | None


def _parts(figures: Figures) -> list[_Part]:
    parts = []
    for holding in figures.whole.holdings:
        asset = figures.book.asset(holding.asset)
        for account, share in _by_account(figures, holding):
            keys = {
                "asset": holding.asset,
                "asset_class": asset.asset_class if asset else "cash",
                "currency": holding.currency,
                "account": account,
            }
            gain, _ = day_move(figures, holding.asset)
            parts.append(
                _Part(
                    keys,
                    figures.book.label(holding.asset),
                    _scaled(holding.market_value, share),
                    _scaled(holding.cost, share),
                    _scaled(gain, share),
                )
            )
    for line in cash_lines(figures):
        keys = {"asset": line.currency, "asset_class": "cash", "currency": line.currency, "account": line.account}
        parts.append(_Part(keys, line.currency, line.value, None, None))
    return parts


def _by_account(figures: Figures, holding: Holding) -> Sequence[tuple[str, float]]:
    positions = [p for p in figures.positions if p.asset == holding.asset and p.quantity]
    if len(positions) <= 1 or not holding.quantity:
        return [(positions[0].account if positions else "", 1.0)]
    return [(position.account, float(position.quantity) / float(holding.quantity)) for position in positions]


def _scaled(amount: Decimal | None, share: float) -> Decimal | None:
    if amount is None or share == 1.0:
        return amount
    return (amount * Decimal(repr(share))).quantize(Decimal("0.000001"))


def _slice(key: str, members: list[_Part], by: str, total: Decimal | None) -> Slice:
    values = [part.market_value for part in members]
    value = None if None in values else sum((v for v in values if v is not None), ZERO)
    cost = sum((part.cost for part in members if part.cost is not None), ZERO)
    held = sum((p.market_value for p in members if p.cost is not None and p.market_value is not None), ZERO)
    gains = [part.day_gain for part in members if part.day_gain is not None]
    moved = sum(gains, ZERO)
    before = float(held - moved)
    return Slice(
        key=key,
        label=members[0].label if by == "asset" else key,
        market_value=value,
        weight=float(value) / float(total) if value is not None and total else None,
        day_return=float(moved) / before if gains and before > 0 else None,
        unrealised_return=float(held) / float(cost) - 1 if cost > 0 else None,
    )
