"""Prices and exchange rates as of a day.

The price of a day is the last quote on or before it, carried over any split since; never a later one. Before the
first quote the last own trade stands in. A rate is the last one on or before the day: the pair itself, else its
inverse, else one cross; when there is none the figure is unknown, and the pair and day are reported. It is never one
and never zero.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from finsage.finance.asset import Asset
from finsage.finance.money import ONE, UNKNOWN, exact, invert_rate, total, unit_price

STALE_RATE_DAYS = 5
_FIRST_CROSSINGS = ("EUR", "USD")


@dataclass(frozen=True, slots=True)
class Quote:
    """A price or rate and the day it is of (a proleptic ordinal)."""

    value: Decimal
    day: int


@dataclass(frozen=True, slots=True, eq=False)
class QuoteSeries:
    """Dated values of one asset or pair, ascending by day.

    ``days`` holds proleptic ordinals (``date.toordinal``), ``values`` exact decimals (or their texts, read when
    needed), ``floats`` the same as float64. Build it with ``of`` or, when the floats are at hand, ``from_arrays``.
    """

    days: list[int]
    values: Sequence[Decimal | str]
    floats: NDArray[np.float64]

    @staticmethod
    def of(quotes: Mapping[date, Decimal]) -> QuoteSeries:
        """From a mapping of day to value, in any order."""
        items = sorted((day.toordinal(), value) for day, value in quotes.items())
        return QuoteSeries.from_arrays([day for day, _ in items], [value for _, value in items])

    @staticmethod
    def from_arrays(
        days: Iterable[int], values: Sequence[Decimal | str], floats: NDArray[np.float64] | None = None
    ) -> QuoteSeries:
        """From ascending ordinals, exact values and, if they are at hand, the same values as float64."""
        array = np.array(values, dtype=np.float64) if floats is None else floats
        return QuoteSeries(list(days), values, array)

    def as_of(self, day: int) -> Quote | None:
        """The last value on or before ``day``."""
        index = bisect_right(self.days, day) - 1
        return self.at(index) if index >= 0 else None

    def at(self, index: int) -> Quote:
        """The value at a position."""
        return Quote(Decimal(self.values[index]), self.days[index])


