"""Dated prices and rates as read from the yearly arrays: days as an array, values as the database's texts.

A text becomes an exact decimal or a float when it is asked for, so that a long series costs what is used of
it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from finsage.finance.quote import QuoteSeries

Days = NDArray[np.datetime64]
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class DatedValue:
    """A close or a rate and the day it is of."""

    day: date
    value: Decimal


@dataclass(frozen=True, eq=False)
class Series:
    """Values by day: ``days`` ascending and unique, ``texts`` the plain decimal beside each."""

    days: Days
    texts: Sequence[str]

    @cached_property
    def values(self) -> list[Decimal]:
        """The exact values, one per day."""
        return [Decimal(text) for text in self.texts]

    def as_of(self, day: date) -> DatedValue | None:
        """The last value on or before ``day``, never a later one; None before the first."""
        index = int(np.searchsorted(self.days, np.datetime64(day, "D"), side="right")) - 1
        return DatedValue(self.days[index].item(), Decimal(self.texts[index])) if index >= 0 else None

    def floats(self) -> NDArray[np.float64]:
        """The values as float64, shape (days,); for daily series, returns and risk only."""
        return np.array(self.texts, dtype=np.float64)

    def quotes(self) -> QuoteSeries:
        """The same for ``finance.valuation``."""
        ordinals = (self.days.astype(np.int64) + _EPOCH_ORDINAL).tolist()
        return QuoteSeries.from_arrays(ordinals, self.texts, self.floats())


@dataclass(frozen=True, eq=False)
class PriceSeries(Series):
    """The closes of one asset as traded, in the asset's currency."""

    asset_id: UUID

    @property
    def closes(self) -> list[Decimal]:
        """The exact closes, one per day."""
        return self.values


@dataclass(frozen=True, eq=False)
class RateSeries(Series):
    """Units of ``currency`` for one euro."""

    currency: str
    source: str

    @property
    def rates(self) -> list[Decimal]:
        """The exact rates, one per day."""
        return self.values


def days_of(texts: Iterable[str]) -> Days:
    """Days from their ISO texts."""
    return np.array(list(texts), dtype="datetime64[D]")
