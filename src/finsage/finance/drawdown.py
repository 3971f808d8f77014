"""Drawdown: how far below its former high a growth path stands, and for how long."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Drawdown:
    """``depths`` ≤ 0 per day, the deepest as a positive fraction, the longest wait for a new high, the recovery."""

    depths: NDArray[np.float64]
    drawdown_max: float
    drawdown_days: int
    recovery_days: int | None


def drawdown(growth: NDArray[np.float64]) -> Drawdown:
    """Drawdown of a path of growth.

    Args:
        growth: shape (days,), 1 + return since the start, one per calendar day, at least one, positive, no NaN.

    Returns:
        ``drawdown_days``: the longest span from one strict high to the next, or to the end. ``recovery_days``: from
        the deepest trough until the former high is reached again; None while it is not, or without a drawdown.
    """
    highs = np.maximum.accumulate(growth)
    depths = growth / highs - 1.0
    is_new = np.concatenate(([True], growth[1:] > highs[:-1]))
    marks = np.append(np.flatnonzero(is_new), len(growth) - 1)
    trough = int(np.argmin(depths))
    recovery = None
    if depths[trough] < 0:
        back = np.flatnonzero(growth[trough:] >= highs[trough])
        recovery = int(back[0]) if len(back) else None
    return Drawdown(depths, float(-depths[trough]) + 0.0, int(np.diff(marks).max(initial=0)), recovery)
