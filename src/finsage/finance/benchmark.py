"""A benchmark beside a portfolio: what its price did, and what the portfolio's own flows would have become in it.

The figure is a price return in the base currency: distributions of the benchmark are not in its closes, so they are not
in here. Its currency's exchange rate is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from finsage.finance.asset import Asset
from finsage.finance.cash_flow import Flow
from finsage.finance.ledger import known
from finsage.finance.money import UNKNOWN, ZERO, exact, unit_price
from finsage.finance.options import Options
from finsage.finance.performance import Measured, Path, measure
from finsage.finance.results import Performance, Risk
from finsage.finance.transaction import SPLITS, Draft
from finsage.finance.valuation import Market, Prices, Rates, Splits

NO_PRICE = "no_price"

_RATES = ("simple_gain", "simple_return", "twr", "twr_annualised", "mwr", "mwr_period", "modified_dietz")
_RISKS = ("volatility", "volatility_period", "semi_volatility_period", "drawdown_max", "drawdown_days")


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A benchmark over a period.

    ``price`` are the rates and risk of its price in base currency; ``same_flows`` those of the start value and every
    flow of the portfolio put into it at the close of their day. ``value`` is what that is worth per day, shape
    (days + 1,), in base currency, NaN where unknown; ``end_value`` the last of it, exactly. ``quoted_from`` and
    ``quoted_until`` are the first and last day with a close of its own, not after the end.
    """

    price: Measured
    same_flows: Measured
    value: NDArray[np.float64]
    end_value: Decimal | None
    quoted_from: date | None
    quoted_until: date | None


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
    prices, grown = Prices(market, options), Splits()
    for draft in splits:
        if draft.type in SPLITS and draft.asset == asset.key:
            split = (draft.booked_on.toordinal(), draft.ratio or ZERO, draft.account)
            prices.note_split(asset.key, *split)
            grown.add(*split)
    value, days = UNKNOWN if first is None else first, range(start.toordinal(), end.toordinal() + 1)
    with exact():
        comparison = _Comparison(asset, market, options, (prices, grown), days=days)
        same, path, last = comparison.same_flows(value, flows)
        price = comparison.price(value, flows)
    quotes = market.prices.get(asset.key)
    latest = None if quotes is None else quotes.as_of(end.toordinal())
    until = None if latest is None else date.fromordinal(latest.day)
    since = None if quotes is None or latest is None else date.fromordinal(int(quotes.days[0]))
    return Benchmark(price, same, path, known(last), since, until)


class _Comparison:
    """One benchmark over one period.

    ``unit`` is its close in base currency per day, of what one unit at the start has become by splits; NaN where
    unknown.
    """

    def __init__(
        self, asset: Asset, market: Market, options: Options, quoted: tuple[Prices, Splits], *, days: range
    ) -> None:
        self._asset = asset
        self._base = market.base_currency
        self._options = options
        self._prices, self._splits = quoted
        self._rates = Rates(market, options)
        self._start = days.start
        self._quotes = self._prices.daily(asset.key, days.start, len(days))
        factors = self._splits.factors(np.array(days))
        rates = self._rates.daily(asset.currency, self._base, days.start, len(days))
        self._unit = self._quotes * rates * factors / factors[0]

    def price(self, first: Decimal, flows: Sequence[Flow]) -> Measured:
        """Rates and risk of the close alone."""
        begin = self._start
        if not first and flows and np.isnan(self._quotes[0]):
            # Nothing was at work before the first flow: a benchmark first quoted by then misses nothing.
            begin = flows[0].day
        ahead = begin - self._start
        unit = self._unit.copy()
        unit[:ahead] = unit[ahead]
        ends = self._exact(begin), self._exact(self._start + len(unit) - 1)
        measured = measure(Path(self._start, unit, *ends, ()), self._options, None)
        return measured if self._quotes[ahead] > 0 else _unpriced(measured)

    def same_flows(self, first: Decimal, flows: Sequence[Flow]) -> tuple[Measured, NDArray[np.float64], Decimal]:
        """Rates of the portfolio's own money in the benchmark, its value per day, and the last of it."""
        grown, whole, is_priced = np.zeros(len(self._unit)), ZERO, True
        for day, money in [(self._start, first), *((flow.day, flow.value) for flow in flows)]:
            if money:
                is_priced = is_priced and bool(self._quotes[day - self._start] > 0)
                units = unit_price(money, self._exact(day)) if is_priced else UNKNOWN
                grown[day - self._start] += float(units)
                whole += units
        held = np.cumsum(grown)
        value = np.where(held == 0, 0.0, held * self._unit)
        last = whole * self._exact(self._start + len(value) - 1) if whole else ZERO
        value[0], value[-1] = float(first), float(last)
        measured = measure(Path(self._start, value, first, last, flows), self._options, None)
        return measured if is_priced else _unpriced(measured), value, last

    def _exact(self, day: int) -> Decimal:
        quote = self._prices.price(self._asset.key, day)
        if quote is None:
            return UNKNOWN
        rate = self._rates.rate(self._asset.currency, self._base, day)
        return quote.value * rate * self._splits.between(self._start, day)


def _unpriced(measured: Measured) -> Measured:
    """The same with every figure empty for want of a close."""
    nothing = np.full(len(measured.twr), np.nan)
    reasons = dict.fromkeys(_RATES, NO_PRICE)
    performance = Performance(None, None, None, None, None, None, (), None, None, reasons)
    risk = Risk(None, None, None, None, None, None, dict.fromkeys(_RISKS, NO_PRICE))
    return Measured(performance, risk, nothing, nothing, has_gain_without_base=False)
