"""Closes of many assets as one array, for models and risk; money that is booked or shown never comes from here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from finsage.market.store import matrix as store
from finsage.platform.database import ReadSession

__all__ = ["PriceMatrix", "price_matrix"]

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, eq=False)
class PriceMatrix:
    """Closes as traded, each in its asset's currency.

    ``days`` has shape (days,), ascending: those on which any of the assets has a close. ``closes`` has shape
    (days, assets) in the order of ``asset_ids``; NaN where an asset has no close on a day, never carried over.
    """

    asset_ids: tuple[UUID, ...]
    days: NDArray[np.datetime64]
    closes: NDArray[np.float64]

    def carried(self) -> NDArray[np.float64]:
        """The last close on or before each day, shape (days, assets); NaN before the first. Splits are not applied."""
        rows = np.where(np.isnan(self.closes), 0, np.arange(len(self.days))[:, None])
        np.maximum.accumulate(rows, axis=0, out=rows)
        filled: NDArray[np.float64] = np.take_along_axis(self.closes, rows, axis=0)
        return filled


async def price_matrix(session: ReadSession, asset_ids: Sequence[UUID], first: date, last: date) -> PriceMatrix:
    """The closes of these assets from one day to another, both included.

    Args:
        session: of the tenant that reads; its own close of a day stands before the public one.
        asset_ids: distinct; one without closes is a column of NaN.
        first: the first day.
        last: the last day.
    """
    found = await store.points(session, asset_ids, first.year, last.year)
    low, high = (first - _EPOCH).days, (last - _EPOCH).days
    inside = (found.days >= low) & (found.days <= high)
    days, columns, closes = found.days[inside] - low, found.columns[inside], found.closes[inside]
    is_traded = np.zeros(max(high - low + 1, 0), dtype=bool)
    is_traded[days] = True
    matrix = np.full((int(is_traded.sum()), len(asset_ids)), np.nan)
    # Of two closes of a day the later assigned stands: the tenant's own.
    matrix[(np.cumsum(is_traded) - 1)[days], columns] = closes
    matrix.flags.writeable = False
    traded = (np.flatnonzero(is_traded) + low).astype("datetime64[D]")
    return PriceMatrix(tuple(asset_ids), traded, matrix)
