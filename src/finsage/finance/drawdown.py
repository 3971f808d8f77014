"""Drawdown: how far below its former high a growth path stands, and for how long."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Fall:
    """The deepest drawdown as a positive fraction, the longest wait for a new high, and the recovery."""

    drawdown_max: float
    drawdown_days: int
    recovery_days: int | None


@dataclass(frozen=True, slots=True)
class Drawdowns:
    """``depths`` ≤ 0 per path and day; the figures of `Fall` per path, with −1 for no recovery."""

    depths: NDArray[np.float64]
    deepest: NDArray[np.float64]
    longest: NDArray[np.int64]
    recovery: NDArray[np.int64]

    def of(self, row: int) -> Fall:
        """The figures of one path."""
        recovery = int(self.recovery[row])
        return Fall(float(self.deepest[row]), int(self.longest[row]), None if recovery < 0 else recovery)


def drawdowns(growth: NDArray[np.float64]) -> Drawdowns:
    """Drawdowns of paths of growth.

    Args:
        growth: shape (paths, days), 1 + return since the start, one per calendar day, at least one, no NaN, the first
            positive.

    Returns:
        ``longest``: the longest span from one strict high to the next, or to the end. ``recovery``: from the deepest
        trough until the former high is reached again; −1 while it is not, or without a drawdown.
    """
    highs = np.maximum.accumulate(growth, axis=1)
    depths = growth / highs - 1.0
    days = np.arange(growth.shape[1])
    mark = np.zeros(growth.shape, dtype=np.int64)
    mark[:, 1:] = np.where(growth[:, 1:] > highs[:, :-1], days[1:], 0)
    np.maximum.accumulate(mark, axis=1, out=mark)
    # The wait for a high is longest just before it comes.
    longest = (days[1:] - mark[:, :-1]).max(axis=1, initial=0)
    trough = np.argmin(depths, axis=1)
    rows = np.arange(len(growth))
    is_back = (growth >= highs[rows, trough][:, None]) & (days >= trough[:, None])
    back = np.argmax(is_back, axis=1)
    deepest = -depths[rows, trough] + 0.0
    recovery = np.where((deepest > 0) & is_back[rows, back], back - trough, -1)
    return Drawdowns(depths, deepest, longest, recovery)
