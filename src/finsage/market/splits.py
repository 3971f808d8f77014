"""Splits and prices: undoing what a provider corrected for, and prices of any day in units of today.

Closes are kept as traded. They are corrected once, where somebody wants to compare two days.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from finsage.finance.money import allocate, exact, is_keepable, unit_price
from finsage.market.providers.protocol import Candle, History, Split


def as_traded(history: History, splits: Iterable[Split]) -> History:
    """A history corrected for splits, with that correction taken back: each price as it was paid on its day.

    A split from a day on divided every earlier price by after / before; here they are multiplied by it again. Volumes
    are left out, as they are of units that were not there then.

    Args:
        history: of adjustment ``splits``; any other comes back as it is.
        splits: all from the first candle to today, in any order: the provider corrects for those after the last too.
    """
    if history.adjustment != "splits":
        return history
    known = sorted(splits, key=lambda split: split.day)
    candles: list[Candle] = []
    before, after = Decimal(1), Decimal(1)
    for candle in reversed(history.candles):
        while known and known[-1].day > candle.day:
            split = known.pop()
            with exact():
                before, after = before * split.before, after * split.after
        candles.append(candle if before == after else _times(candle, after, before))
    return replace(history, adjustment="none", candles=tuple(reversed(candles)))


def _times(candle: Candle, after: Decimal, before: Decimal) -> Candle:
    def undone(price: Decimal | None) -> Decimal | None:
        # What cannot be a price is judged by market/sanity.py as it came.
        if price is None or not is_keepable(price):
            return price
        with exact():
            scaled = price * after
        return unit_price(scaled, before)

    close = undone(candle.close)
    assert close is not None
    return Candle(candle.start, close, undone(candle.open), undone(candle.high), undone(candle.low))


SAME_WITHIN = timedelta(days=7)
"""Who tells of a split of an asset within these days of a known one tells of that: books may have when it settled."""


@dataclass(frozen=True, slots=True)
class AssetSplit:
    """From ``day`` on, ``units_before`` old units are ``units_after`` new ones; both above zero."""

    day: date
    units_before: Decimal
    units_after: Decimal
    source: str


def joined(*told: Iterable[AssetSplit]) -> list[AssetSplit]:
    """The splits of one asset that several tell of, each once, ascending; of two of about one day the first told."""
    known: list[AssetSplit] = []
    for one in chain.from_iterable(told):
        if all(abs(one.day - other.day) > SAME_WITHIN for other in known):
            known.append(one)
    return sorted(known, key=lambda split: split.day)


class Adjustment:
    """Turns what was traded on a day into units of after the last split; exact but for the division at the end."""

    def __init__(self, splits: Iterable[AssetSplit]) -> None:
        """Take splits in any order, each once."""
        ordered = sorted(splits, key=lambda split: split.day)
        self._days = [split.day for split in ordered]
        units = [Fraction(1)]
        for split in reversed(ordered):
            units.append(units[-1] * Fraction(split.units_after) / Fraction(split.units_before))
        # Of a day before all splits the first, of one after all of them the last, which is one unit for one.
        self._units = [(Decimal(one.numerator), Decimal(one.denominator)) for one in reversed(units)]

    def price(self, day: date, price: Decimal) -> Decimal:
        """What a unit of today cost on a day, given what a unit of then did; 18 decimals, half-even."""
        after, before = self._units[bisect_right(self._days, day)]
        return price if after == before else allocate(price, before, after)

    def factors(self, days: NDArray[np.datetime64]) -> NDArray[np.float64]:
        """What prices of these days, shape (days,), are multiplied by to be of units of today; for models alone."""
        ratios = np.array([float(Fraction(before) / Fraction(after)) for after, before in self._units])
        return ratios[np.searchsorted(np.array(self._days, dtype="datetime64[D]"), days, side="right")]

    def units(self, day: date, units: Decimal) -> Decimal:
        """How many units of today so many of a day are; 18 decimals, half-even."""
        after, before = self._units[bisect_right(self._days, day)]
        return units if after == before else allocate(units, after, before)
