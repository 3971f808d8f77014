"""Closes of many assets as one array, for models and risk; money that is booked or shown never comes from here."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeAlias
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from finsage.market.service.splits import Adjustment, splits_of
from finsage.market.store import matrix as store
from finsage.market.store.matrix import Tracked
from finsage.platform.database import ReadSession
from finsage.platform.memory import BoundedMemory
from finsage.platform.telemetry import CACHE_REQUESTS

__all__ = ["PriceMatrix", "Tracked", "adjusted_matrix", "price_matrix", "tracked_assets"]

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, eq=False)
class PriceMatrix:
    """Closes, each in its asset's currency: as traded, or in units of the last day (``adjusted_matrix``).

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

    def size_bytes(self) -> int:
        return self.closes.nbytes + self.days.nbytes + 16 * len(self.asset_ids) + 1024


@dataclass(frozen=True, eq=False)
class _Kept:
    """A matrix and the state of the closes it was read in."""

    state: store.State
    matrix: PriceMatrix

    def size_bytes(self) -> int:
        return self.matrix.size_bytes()


_MatrixKey: TypeAlias = tuple[UUID, tuple[UUID, ...], date, date]


class MatrixMemory:
    """What a process remembers of matrices: whole ones, and the arrays of asset-years they are made from.

    A whole one serves while no close of the tenant or of everyone has changed, which is read at each call. After a
    change only the arrays of the asset-years that changed are read again.
    """

    def __init__(self, matrices_bytes_max: int = 64 * 2**20, arrays_bytes_max: int = 64 * 2**20) -> None:
        self._matrices: BoundedMemory[_MatrixKey, _Kept] = BoundedMemory("price_matrix", matrices_bytes_max)
        self._arrays: BoundedMemory[store.Key, store.Array] = BoundedMemory("price_years", arrays_bytes_max)
        self._emptied: UUID | None = None

    async def read(self, session: ReadSession, asset_ids: tuple[UUID, ...], first: date, last: date) -> PriceMatrix:
        state = await store.state(session)
        if state.emptied != self._emptied:
            self._matrices.clear()
            self._arrays.clear()
            self._emptied = state.emptied
        key = (state.tenant_id, asset_ids, first, last)
        kept = self._matrices.get(key)
        if kept is not None and kept.state == state:
            _HITS.inc()
            return kept.matrix
        (_MISSES if kept is None else _OUTDATED).inc()
        found = await self._years(session, asset_ids, first.year, last.year)
        # By a thread: hundreds of thousands of closes would keep every other request waiting.
        matrix = await asyncio.to_thread(_assembled, found, asset_ids, first, last)
        self._matrices.put(key, _Kept(state, matrix))
        return matrix

    async def _years(
        self, session: ReadSession, asset_ids: tuple[UUID, ...], first: int, last: int
    ) -> dict[store.Key, store.Array]:
        if not len(self._arrays):
            found = await store.arrays(session, asset_ids, first, last)
            missing = found
        else:
            versions = await store.versions(session, asset_ids, first, last)
            known = {key: self._arrays.get(key) for key in versions}
            found = {key: array for key, array in known.items() if array and array.version == versions[key]}
            missing = await store.arrays_of(session, [key for key in versions if key not in found])
            _YEAR_HITS.inc(len(found))
            _YEARS_OUTDATED.inc(sum(known[key] is not None for key in missing))
            found |= missing
        _YEAR_MISSES.inc(sum(self._arrays.get(key) is None for key in missing))
        for key, array in missing.items():
            self._arrays.put(key, array)
        return found


_HITS = CACHE_REQUESTS.labels("price_matrix", "hit")
_OUTDATED = CACHE_REQUESTS.labels("price_matrix", "outdated")
_MISSES = CACHE_REQUESTS.labels("price_matrix", "miss")
_YEAR_HITS = CACHE_REQUESTS.labels("price_years", "hit")
_YEARS_OUTDATED = CACHE_REQUESTS.labels("price_years", "outdated")
_YEAR_MISSES = CACHE_REQUESTS.labels("price_years", "miss")
_MEMORY = MatrixMemory()


async def price_matrix(session: ReadSession, asset_ids: Sequence[UUID], first: date, last: date) -> PriceMatrix:
    """The closes of these assets from one day to another, both included.

    Args:
        session: of the tenant that reads; its own close of a day stands before the public one.
        asset_ids: distinct; one without closes is a column of NaN.
        first: the first day.
        last: the last day.
    """
    return await _MEMORY.read(session, tuple(asset_ids), first, last)


async def adjusted_matrix(session: ReadSession, asset_ids: Sequence[UUID], first: date, last: date) -> PriceMatrix:
    """The same in units of the last day, so that days on both sides of a known split compare.

    Args:
        session: of the tenant that reads; its books tell of splits, after providers.
        asset_ids: distinct.
        first: the first day.
        last: the last day, whose units are meant: a later split changes nothing.
    """
    matrix = await price_matrix(session, asset_ids, first, last)
    splits = await splits_of(session, asset_ids, since=first, until=last)
    if not splits:
        return matrix
    closes = matrix.closes.copy()
    for column, asset_id in enumerate(matrix.asset_ids):
        if asset_id in splits:
            closes[:, column] *= Adjustment(splits[asset_id]).factors(matrix.days)
    closes.flags.writeable = False
    return replace(matrix, closes=closes)


def _assembled(
    arrays: dict[store.Key, store.Array], asset_ids: tuple[UUID, ...], first: date, last: date
) -> PriceMatrix:
    found = store.points(arrays, asset_ids)
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
    traded.flags.writeable = False
    return PriceMatrix(asset_ids, traded, matrix)


async def tracked_assets(session: ReadSession, *, until: date, tenant_id: UUID | None = None) -> list[Tracked]:
    """The assets of one tenant that have closes of this year or the last, and the last day of them.

    Args:
        session: of the tenant.
        until: closes after it are not looked at.
        tenant_id: whose assets; None for those of the session's own tenant. Besides, it sees those of everyone.
    """
    return await store.tracked(session, until, tenant_id)
