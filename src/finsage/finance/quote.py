"""Dated values: the quotes of an asset, or the rates of a pair of currencies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from finsage.finance.money import to_float


class Quote(NamedTuple):
    """A price or rate and the day it is of (a proleptic ordinal)."""

    value: Decimal
    day: int


@dataclass(frozen=True, slots=True, eq=False)
class QuoteSeries:
    """Dated values, ascending by day.

    ``days`` holds proleptic ordinals (``date.toordinal``), ``values`` exact decimals (or their texts, read when
    needed), ``floats`` the same as float64. Build it with ``of`` or, when the floats are at hand, ``from_arrays``.
    """

    days: NDArray[np.int64]
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
        array = to_float(map(Decimal, values)) if floats is None else floats
        return QuoteSeries(np.fromiter(days, dtype=np.int64), values, array)

    def as_of(self, day: int) -> Quote | None:
        """The last value on or before ``day``."""
        index = int(self.days.searchsorted(day, side="right")) - 1
        return self.at(index) if index >= 0 else None

    def agrees(self, other: QuoteSeries, through: int) -> bool:
        """Whether both say the same up to a day, and begin with the same value."""
        if self is other:
            return True
        mine, theirs = (int(series.days.searchsorted(through, side="right")) for series in (self, other))
        first = min(1, len(self.days), len(other.days))
        return (
            mine == theirs
            and (len(self.days) > 0) == (len(other.days) > 0)
            and np.array_equal(self.days[: max(mine, first)], other.days[: max(theirs, first)])
            and _are_equal(self.values[: max(mine, first)], other.values[: max(theirs, first)])
        )

    def floats_agree(self, other: QuoteSeries) -> bool:
        """Whether the daily values of both are the same on every day."""
        return self is other or (np.array_equal(self.days, other.days) and np.array_equal(self.floats, other.floats))

    def at(self, index: int) -> Quote:
        """The value at a position."""
        return Quote(Decimal(self.values[index]), int(self.days[index]))

    def daily(self, first: int, count: int, *, or_first: bool = False) -> NDArray[np.float64]:
        """The last value of each day from ``first``; shape (count,), NaN (or the first value) before the first."""
        last = first + count
        known, through = (int(self.days.searchsorted(day, side="right")) for day in (first, last - 1))
        if known:
            bounds, values = self.days[known:through], self.floats[known - 1 : through]
        else:
            before = self.floats[0] if or_first and len(self.floats) else np.nan
            bounds, values = self.days[:through], np.concatenate(([before], self.floats[:through]))
        return np.repeat(values, np.diff(bounds, prepend=first, append=last)) if count else np.zeros(0)

    def days_of(self, first: int, count: int) -> NDArray[np.int64]:
        """The day each value of ``daily`` is of, as ordinals; the first one's where there is none yet."""
        if not len(self.days):
            return np.full(count, first, dtype=np.int64)
        return self.days[np.maximum(self._positions(first, count), 0)]

    def _positions(self, first: int, count: int) -> NDArray[np.int64]:
        return np.searchsorted(self.days, np.arange(first, first + count), side="right") - 1


def _are_equal(some: Sequence[Decimal | str], others: Sequence[Decimal | str]) -> bool:
    return some == others or list(map(Decimal, some)) == list(map(Decimal, others))
