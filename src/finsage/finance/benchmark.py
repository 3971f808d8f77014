"""A benchmark beside a portfolio: what its price did, and what the portfolio's own flows would have become in it.

The figure is a price return in the base currency: distributions of the benchmark are not in its closes, so they are not
in here. Its currency's exchange rate is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from finsage.finance.asset import Asset
from finsage.finance.cash_flow import Flow
from finsage.finance.ledger import known
from finsage.finance.money import UNKNOWN, ZERO, exact, total, unit_price
from finsage.finance.options import Options
from finsage.finance.performance import Measured, Path, measure
from finsage.finance.quote import Quote
from finsage.finance.results import Performance, Risk
from finsage.finance.transaction import SPLITS, Draft
from finsage.finance.valuation import Market, Prices, Rates, Splits

NO_PRICE = "no_price"

_RATES = ("simple_gain", "simple_return", "twr", "twr_annualised", "mwr", "mwr_period", "modified_dietz")
_RISKS = ("volatility", "volatility_period", "semi_volatility_period", "drawdown_max", "drawdown_days")


class Unit:
    """One unit of a benchmark at the start, and what it has become by splits.

    ``daily`` is its value per day in base currency, shape (days + 1,), NaN where unknown. Own trades never stand in for
    a close.
    """

    def __init__(self, asset: Asset, market: Market, options: Options, *, days: range, splits: Iterable[Draft]) -> None:
        self.asset = asset
        self._base = market.base_currency
        self._start = days.start
        self._prices, self._splits = Prices(market, options), Splits()
        for draft in splits:
            if draft.type in SPLITS and draft.asset == asset.key:
                split = (draft.booked_on.toordinal(), draft.ratio or ZERO, (draft.portfolio, draft.account))
                self._prices.note_split(asset.key, *split)
                self._splits.add(*split)
        self._rates = Rates(market, options)
        self._quotes = self._prices.daily(asset.key, days.start, len(days))
        factors = self._splits.factors(np.array(days))
        rates = self._rates.daily(asset.currency, self._base, days.start, len(days))
        self.daily = self._quotes * rates * factors / factors[0]

    def is_priced(self, day: int) -> bool:
        """Whether there is a close on or before a day (an ordinal), and it is more than nothing."""
        return bool(self._quotes[day - self._start] > 0)

    def close(self, day: int) -> Quote | None:
        """The close that serves a day and the day it is of; None without one."""
        return self._prices.price(self.asset.key, day)

    def rate(self, day: int) -> Quote | None:
        """The exchange rate of a day from its currency to the base currency."""
        return self._rates.quote(self.asset.currency, self._base, day)

    def splits(self, day: int) -> Decimal:
        """What splits have made of one unit since the start."""
        return self._splits.between(self._start, day)

    def value(self, day: int) -> Decimal:
        """Close × exchange rate × splits since the start; UNKNOWN without one of them."""
        close, rate = self.close(day), self.rate(day)
        return UNKNOWN if close is None or rate is None else close.value * rate.value * self.splits(day)


class Bought(NamedTuple):
    """Money that went into the benchmark (+) or out (−) on a day (an ordinal), and the units that it bought.

    Units are of the size they had at the start; UNKNOWN without a close. ``step`` is the place of the transaction, −1
    for the value at the start.
    """

    day: int
    money: Decimal
    units: Decimal
    step: int


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A benchmark over a period.

    ``price`` are the rates and risk of its price in base currency; ``same_flows`` those of the start value and every
    flow of the portfolio put into it at the close of their day. Each stands beside the path it was measured on: the
    values of one unit that is bought on ``begin``, and what the same flows were worth per day.
    ``end_value`` is the last of the latter, exactly. ``quoted_from`` and ``quoted_until`` are the first and last day
    with a close of its own, not after the end.
    """

    price: Measured
    price_path: Path
    begin: int
    same_flows: Measured
    same_flows_path: Path
    bought: tuple[Bought, ...]
    unit: Unit
    quoted_from: date | None
    quoted_until: date | None

    @property
    def value(self) -> NDArray[np.float64]:
        """What the same flows were worth per day, shape (days + 1,), in base currency, NaN where unknown."""
        return self.same_flows_path.value

    @property
    def end_value(self) -> Decimal | None:
        """What the same flows are worth at the end."""
        return known(self.same_flows_path.last)


def measure_benchmark(
    asset: Asset,
    market: Market,
    options: Options,
    *,
    start: date,
    end: date,
    first: Decimal | None,
    flows: Sequence[Flow],
    splits: Iterable[Draft] = (),
) -> Benchmark:
    """Measure an asset as the benchmark of a period.

    Args:
        asset: the benchmark.
        market: its closes as traded, and the rate of its currency.
        options: flow timing, calendar, days from which rates are annualised.
        start: the day at whose end the period begins.
        end: the last day.
        first: the portfolio's value at the end of ``start``; None when it is not known.
        flows: the portfolio's, on days after ``start``.
        splits: drafts among which those that split this asset are used.

    Returns:
        Rates as fractions, None for the reason ``no_price`` where a close is missing: on or before ``start`` for the
        price, on or before the day of a flow for the same flows. Where nothing was invested at the start, the price
        may begin with the first flow. Own trades never stand in for a close.
    """
    value, days = UNKNOWN if first is None else first, range(start.toordinal(), end.toordinal() + 1)
    with exact():
        unit = Unit(asset, market, options, days=days, splits=splits)
        begin = _begin(unit, value, flows, days.start)
        price_path = _price_path(unit, begin, days)
        bought = _bought(unit, value, flows, days.start)
        same_path = _same_flows_path(unit, bought, value, flows, days)
        price, same = measure(price_path, options, None), measure(same_path, options, None)
    quotes = market.prices.get(asset.key)
    latest = None if quotes is None else quotes.as_of(end.toordinal())
    return Benchmark(
        price=price if unit.is_priced(begin) else _unpriced(price),
        price_path=price_path,
        begin=begin,
        same_flows=same if all(unit.is_priced(row.day) for row in bought) else _unpriced(same),
        same_flows_path=same_path,
        bought=bought,
        unit=unit,
        quoted_from=None if quotes is None or latest is None else date.fromordinal(int(quotes.days[0])),
        quoted_until=None if latest is None else date.fromordinal(latest.day),
    )


def _begin(unit: Unit, first: Decimal, flows: Sequence[Flow], start: int) -> int:
    # Nothing was at work before the first flow: a benchmark first quoted by then misses nothing.
    is_later = not first and flows and unit.close(start) is None
    return flows[0].day if is_later else start


def _price_path(unit: Unit, begin: int, days: range) -> Path:
    value, first, last = unit.daily.copy(), unit.value(begin), unit.value(days[-1])
    if begin == days.start:
        return Path(begin, value, first, last, ())
    # As of a portfolio, days on which nothing was at work are none of standstill.
    value[: begin - days.start] = 0.0
    return Path(days.start, value, ZERO, last, (Flow(begin, first, first),))


def _bought(unit: Unit, first: Decimal, flows: Sequence[Flow], start: int) -> tuple[Bought, ...]:
    moved = [(start, first, -1), *((flow.day, flow.value, flow.step) for flow in flows)]
    return tuple(
        Bought(day, money, unit_price(money, unit.value(day)) if unit.is_priced(day) else UNKNOWN, step)
        for day, money, step in moved
        if money
    )


def _same_flows_path(unit: Unit, bought: Sequence[Bought], first: Decimal, flows: Sequence[Flow], days: range) -> Path:
    grown = np.zeros(len(days))
    for row in bought:
        grown[row.day - days.start] += float(row.units)
    held, whole = np.cumsum(grown), total(row.units for row in bought)
    value = np.where(held == 0, 0.0, held * unit.daily)
    last = whole * unit.value(days[-1]) if whole else ZERO
    value[0], value[-1] = float(first), float(last)
    return Path(days.start, value, first, last, flows)


def _unpriced(measured: Measured) -> Measured:
    """The same with every figure empty for want of a close."""
    nothing = np.full(len(measured.twr), np.nan)
    reasons = dict.fromkeys(_RATES, NO_PRICE)
    performance = Performance(None, None, None, None, None, None, (), None, None, reasons)
    risk = Risk(None, None, None, None, None, None, dict.fromkeys(_RISKS, NO_PRICE))
    return Measured(performance, risk, nothing, nothing, has_gain_without_base=False)
