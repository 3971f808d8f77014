"""Prices and exchange rates as of a day.

The price of a day is the last quote on or before it, carried over any split since; never a later one. Before the
first quote the last own trade stands in. A rate is the last one on or before the day: the pair itself, else its
inverse, else one cross; when there is none the figure is unknown, and the pair and day are reported. It is never one
and never zero.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from finsage.finance.asset import Asset
from finsage.finance.money import ONE, UNKNOWN, invert_rate, unit_price
from finsage.finance.options import Options, PriceBeforeFirst, PricesAre, RateBeforeFirst
from finsage.finance.quote import Quote, QuoteSeries
from finsage.finance.row import row_of

STALE_RATE_DAYS = 5
_FIRST_CROSSINGS = ("EUR", "USD")
_EMPTY = QuoteSeries.of({})


@dataclass(frozen=True, slots=True)
class Market:
    """What is known of assets, prices and exchange rates.

    ``assets`` lists everything that is not cash. A key absent from it is cash when it serves as a currency, else an
    asset quoted in the base currency. ``rates[("USD", "EUR")]`` are euros for one dollar.
    """

    base_currency: str
    assets: Mapping[str, Asset] = field(default_factory=dict)
    prices: Mapping[str, QuoteSeries] = field(default_factory=dict)
    rates: Mapping[tuple[str, str], QuoteSeries] = field(default_factory=dict)


class _Leg:
    """Rates of one pair, read forwards or backwards, one day or all at a time."""

    def __init__(self, series: QuoteSeries, *, is_inverse: bool) -> None:
        self.series = series
        self.is_inverse = is_inverse
        # A list is searched for one day in a fraction of the time that an array takes.
        self._days: list[int] = series.days.tolist()

    def quote(self, day: int, *, or_first: bool) -> Quote | None:
        place = bisect_right(self._days, day) - 1
        if place < 0:
            if not or_first:
                return None
            place = 0
        value = Decimal(self.series.values[place])
        return row_of(Quote, (invert_rate(value) if self.is_inverse else value, self._days[place]))

    def daily(self, first: int, count: int, *, or_first: bool) -> NDArray[np.float64]:
        values = self.series.daily(first, count, or_first=or_first)
        return 1.0 / values if self.is_inverse else values


class Rates:
    """Exchange rates as of a day: the pair, else its inverse, else one cross (through EUR, else USD, else A to Z)."""

    def __init__(self, market: Market, options: Options) -> None:
        self._rates = {pair: series for pair, series in market.rates.items() if len(series.days)}
        self._passes = (False, True) if options.fx_before_first is RateBeforeFirst.FIRST_QUOTE else (False,)
        names = {name for pair in self._rates for name in pair}
        ranked = [name for name in _FIRST_CROSSINGS if name in names]
        self._crossings = ranked + sorted(names.difference(_FIRST_CROSSINGS))
        self._routes: dict[tuple[str, str], list[tuple[_Leg, ...]]] = {}
        # In the order of the first look.
        self._asked: dict[tuple[str, str], None] = {}
        self._known: dict[tuple[str, str, int], Quote | None] = {}
        self.missing: dict[tuple[str, str], int] = {}

    def rate(self, source: str, target: str, day: int) -> Decimal:
        """Units of ``target`` for one of ``source``; UNKNOWN, and noted in ``missing``, when there is none."""
        if source == target:
            return ONE
        key = (source, target, day)
        quote = self._known[key] if key in self._known else self.quote(source, target, day)
        if quote is not None:
            return quote.value
        pair = (source, target)
        self.missing[pair] = min(day, self.missing.get(pair, day))
        return UNKNOWN

    def quote(self, source: str, target: str, day: int) -> Quote | None:
        """The rate and the day of its older leg."""
        if source == target:
            return Quote(ONE, day)
        key = (source, target, day)
        if key not in self._known:
            self._known[key] = self._look_up(source, target, day)
        return self._known[key]

    def daily(self, source: str, target: str, first: int, count: int) -> NDArray[np.float64]:
        """The rate of each day from ``first``; shape (count,), NaN where there is none."""
        self._asked[source, target] = None
        rates = np.full(count, 1.0 if source == target else np.nan)
        for or_first in self._passes:
            for route in self._route(source, target):
                if not np.isnan(rates[0]):
                    return rates
                route_rates = np.ones(count)
                for leg in route:
                    route_rates *= leg.daily(first, count, or_first=or_first)
                rates = np.where(np.isnan(rates), route_rates, rates)
        return rates

    def asked(self) -> tuple[tuple[str, str], ...]:
        """The pairs looked up so far."""
        return tuple(self._asked)

    def ask(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Count pairs as looked up."""
        self._asked.update(dict.fromkeys(pairs))

    def agrees(self, other: Rates, pairs: Iterable[tuple[str, str]], through: int) -> bool:
        """Whether the rates of these pairs are the same up to a day, and found in the same way."""
        for pair in pairs:
            mine, theirs = self._route(*pair), other._route(*pair)
            if [len(route) for route in mine] != [len(route) for route in theirs]:
                return False
            for one, two in zip(chain(*mine), chain(*theirs), strict=True):
                if one.is_inverse != two.is_inverse or not one.series.agrees(two.series, through):
                    return False
        return True

    def _look_up(self, source: str, target: str, day: int) -> Quote | None:
        self._asked[source, target] = None
        for or_first in self._passes:
            for route in self._route(source, target):
                found = route[0].quote(day, or_first=or_first)
                for leg in route[1:]:
                    quote = leg.quote(day, or_first=or_first)
                    found = _crossed(found, quote) if found and quote else None
                if found is not None:
                    return found
        return None

    def _route(self, source: str, target: str) -> list[tuple[_Leg, ...]]:
        pair = (source, target)
        if pair not in self._routes:
            routes: list[tuple[_Leg, ...]] = [(leg,) for leg in self._legs(source, target)]
            for middle in self._crossings:
                routes += [(one, two) for one in self._legs(source, middle) for two in self._legs(middle, target)]
            self._routes[pair] = routes
        return self._routes[pair]

    def _legs(self, source: str, target: str) -> list[_Leg]:
        pairs = (((source, target), False), ((target, source), True))
        return [_Leg(self._rates[pair], is_inverse=inverse) for pair, inverse in pairs if pair in self._rates]


def _crossed(one: Quote, other: Quote) -> Quote:
    """The rate through a currency between, as old as the older of the two."""
    return Quote(one.value * other.value, min(one.day, other.day))


class OwnTrades(NamedTuple):
    """The days on which an asset was traded (ordinals, ascending), and the last price of each."""

    days: list[int]
    prices: list[Decimal]


_NO_TRADES = OwnTrades([], [])


# A portfolio, and the account in it that a split is of; None of all.
Teller = tuple[str, str | None]


class Splits:
    """By how much the units of one asset have multiplied since the beginning."""

    def __init__(self) -> None:
        self.ratios: dict[int, Decimal] = {}
        self._told: dict[tuple[int, Decimal], Counter[Teller]] = {}

    def add(self, day: int, ratio: Decimal, teller: Teller) -> None:
        """Note a split. Each portfolio, and each account that splits alone, tells of the same ones: they count once."""
        told = self._told.setdefault((day, ratio), Counter())
        known = max(told.values(), default=0)
        told[teller] += 1
        if told[teller] > known:
            self.ratios[day] = self.ratios.get(day, ONE) * ratio

    def between(self, after: int, through: int) -> Decimal:
        """The product of the ratios on days in (after, through]."""
        product = ONE
        for day, ratio in self.ratios.items():
            if after < day <= through:
                product *= ratio
        return product

    def factors(self, days: NDArray[np.int64]) -> NDArray[np.float64]:
        """The product of all ratios on or before each day; same shape."""
        ordered = sorted(self.ratios.items())
        steps = np.cumprod(np.array([1.0] + [float(ratio) for _, ratio in ordered]), dtype=np.float64)
        return steps[np.searchsorted([day for day, _ in ordered], days, side="right")]

    @property
    def total(self) -> float:
        """The product of all ratios ever."""
        return float(np.prod([float(ratio) for ratio in self.ratios.values()]))

    def __bool__(self) -> bool:
        return bool(self.ratios)


_NO_SPLITS = Splits()


class Prices:
    """Prices of assets as of a day, in the currency of the asset, carried over splits."""

    def __init__(self, market: Market, options: Options) -> None:
        self._series = market.prices
        self._is_adjusted = options.prices_are is PricesAre.SPLIT_ADJUSTED
        self._or_first = options.price_before_first is PriceBeforeFirst.FIRST_QUOTE
        self._splits: dict[str, Splits] = {}
        self._trades: dict[str, OwnTrades] = {}
        self.asked: set[str] = set()

    def note_split(self, asset: str, day: int, ratio: Decimal, teller: Teller) -> None:
        """Tell of a split, also of one after the period: split-adjusted quotes need them all."""
        self._splits.setdefault(asset, Splits()).add(day, ratio, teller)

    def note_trade(self, asset: str, day: int, price: Decimal) -> None:
        """Tell of an own trade, in order of days; the last one of a day counts."""
        trades = self._trades.get(asset) or self._trades.setdefault(asset, OwnTrades([], []))
        if trades.days and trades.days[-1] == day:
            trades.prices[-1] = price
        else:
            trades.days.append(day)
            trades.prices.append(price)

    def known_of(self, asset: str) -> tuple[QuoteSeries, OwnTrades, Mapping[int, Decimal]]:
        """All that the prices of an asset are made of: quotes, own trades, and the ratios of splits by day."""
        return (
            self._series.get(asset, _EMPTY),
            self._trades.get(asset, _NO_TRADES),
            self._splits.get(asset, _NO_SPLITS).ratios,
        )

    def trades_known(self) -> dict[str, int]:
        """On how many days there was an own trade, per asset."""
        return {asset: len(trades.days) for asset, trades in self._trades.items()}

    def resume(self, other: Prices, known: Mapping[str, int], asked: Iterable[str]) -> None:
        """Know the own trades that another knew when there were so many, and what it had been asked for."""
        for asset, length in known.items():
            days, prices = other._trades[asset]
            self._trades[asset] = OwnTrades(days[:length], prices[:length])
        self.asked.update(asked)

    def lean(self) -> Prices:
        """The same without the quotes that nobody has asked for."""
        part: Prices = copy(self)
        part._series = {asset: series for asset, series in self._series.items() if asset in self.asked}
        return part

    def agrees(self, other: Prices, assets: Iterable[str], through: int) -> bool:
        """Whether quotes (up to a day) and splits of these assets are the same; own trades apart."""
        return all(
            self._series.get(asset, _EMPTY).agrees(other._series.get(asset, _EMPTY), through)
            and self._splits.get(asset, _NO_SPLITS).ratios == other._splits.get(asset, _NO_SPLITS).ratios
            for asset in assets
        )

    def is_quoted(self, asset: str, day: int) -> bool:
        """Whether the price of ``day`` is a quote; else it is that of the last own trade, or not known."""
        self.asked.add(asset)
        series = self._series.get(asset, _EMPTY)
        # Under price_before_first the first quote may be later than the day it serves.
        return series.as_of(day) is not None or (self._or_first and len(series.days) > 0)

    def price(self, asset: str, day: int) -> Quote | None:
        """The price of ``day`` and the day it is of; None when neither a quote nor an own trade is known."""
        self.asked.add(asset)
        series = self._series.get(asset, _EMPTY)
        quote, is_adjusted = series.as_of(day), self._is_adjusted
        if quote is None and self._or_first and len(series.days):
            quote = series.at(0)
        if quote is None:
            quote, is_adjusted = self._last_trade(asset, day), False
        if quote is None or asset not in self._splits:
            return quote
        splits = self._splits[asset]
        if is_adjusted:
            return Quote(quote.value * splits.between(day, 10**9), quote.day)
        value = unit_price(quote.value, splits.between(quote.day, day))
        return Quote(value * splits.between(day, quote.day), quote.day)

    def daily(self, asset: str, first: int, count: int) -> NDArray[np.float64]:
        """The price of each day from ``first``; shape (count,), NaN where none is known."""
        series = self._series.get(asset, _EMPTY)
        values = self._carried(asset, series, first, count, is_adjusted=self._is_adjusted, or_first=self._or_first)
        trades = self._trades.get(asset, _NO_TRADES)
        is_first = bool(trades.days) and (not len(series.days) or trades.days[0] < series.days[0])
        if is_first and count and np.isnan(values[0]):
            own = QuoteSeries.from_arrays(trades.days, trades.prices)
            own_values = self._carried(asset, own, first, count, is_adjusted=False, or_first=False)
            values = np.where(np.isnan(values), own_values, values)
        return values

    def _carried(
        self, asset: str, series: QuoteSeries, first: int, count: int, *, is_adjusted: bool, or_first: bool
    ) -> NDArray[np.float64]:
        values = series.daily(first, count, or_first=or_first)
        splits = self._splits.get(asset)
        if not splits:
            return values
        since = splits.factors(np.arange(first, first + count))
        if is_adjusted:
            return values * splits.total / since
        return values * splits.factors(series.days_of(first, count)) / since

    def _last_trade(self, asset: str, day: int) -> Quote | None:
        days, prices = self._trades.get(asset, _NO_TRADES)
        place = bisect_right(days, day) - 1
        return None if place < 0 else Quote(prices[place], days[place])
