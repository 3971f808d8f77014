"""Drawdown: how far below its former high a growth path stands, and for how long."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Levels closer to each other than this are the same: which of them is higher is rounding.
NEAR = 1e-12


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
    below = growth / highs
    days = np.arange(growth.shape[1])
    mark = np.maximum.accumulate(np.where(_new_highs(growth, highs), days, 0), axis=1)
    # The wait for a high is longest just before it comes.
    longest = (days[1:] - mark[:, :-1]).max(axis=1, initial=0)
    trough = _troughs(below)
    back = _recoveries(growth, highs, trough)
    depths = below - 1.0
    deepest = -depths[np.arange(len(growth)), trough] + 0.0
    recovery = np.where((deepest > NEAR) & (back >= 0), back - trough, -1)
    return Drawdowns(depths, deepest, longest, recovery)


def new_highs(growth: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which days stand above all days before them, per path; the first does."""
    return _new_highs(growth, np.maximum.accumulate(growth, axis=1))


def troughs(growth: NDArray[np.float64]) -> NDArray[np.int64]:
    """The first day of the deepest fall below the high before it, per path."""
    return _troughs(growth / np.maximum.accumulate(growth, axis=1))


def recoveries(growth: NDArray[np.float64]) -> NDArray[np.int64]:
    """The first day from the trough on that reaches the high before it, per path; −1 where none does."""
    return _recoveries(growth, np.maximum.accumulate(growth, axis=1), troughs(growth))


def _new_highs(growth: NDArray[np.float64], highs: NDArray[np.float64]) -> NDArray[np.bool_]:
    is_high = np.ones(growth.shape, dtype=np.bool_)
    np.greater(growth[:, 1:], highs[:, :-1] * (1.0 + NEAR), out=is_high[:, 1:])
    return is_high


def _troughs(below: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.asarray(np.argmax(below <= below.min(axis=1, keepdims=True) + NEAR, axis=1), dtype=np.int64)


def _recoveries(
    growth: NDArray[np.float64], highs: NDArray[np.float64], trough: NDArray[np.int64]
) -> NDArray[np.int64]:
    rows = np.arange(len(growth))
    is_back = growth >= highs[rows, trough][:, None] * (1.0 - NEAR)
    is_back &= np.arange(growth.shape[1]) >= trough[:, None]
    back = np.argmax(is_back, axis=1)
    return np.where(is_back[rows, back], back, -1)
