"""The naive forecasts every forecast is judged against; they are never hidden."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import stdtrit

from finsage.prediction.price_model.history import Floats
from finsage.prediction.price_model.levels import LEVELS
from finsage.prediction.price_model.mixture import equal_lengths, last_finite, quantiles_of_sorted
from finsage.prediction.price_model.names import GARCH, NAMES, RANDOM_WALK

__all__ = ["GARCH", "NAMES", "RANDOM_WALK", "garch_t", "random_walk", "random_walk_window"]

RANDOM_WALK_ROWS = 500


def random_walk_window(ahead: Floats, origin: int, rows: int) -> Floats:
    """The last 500 returns over the horizon that had ended by an origin, at least one is needed."""
    return last_finite(ahead, origin - rows + 1, RANDOM_WALK_ROWS)


def random_walk(windows: Sequence[Floats], levels: tuple[float, ...] = LEVELS) -> Floats:
    """The price stays and moves as it did: quantiles of past returns over the same horizon.

    Args:
        windows: past returns per origin, see ``random_walk_window``.
        levels: of the quantiles.

    Returns:
        Log returns, shape (origins, levels).
    """
    found = np.empty((len(windows), len(levels)))
    for at in equal_lengths(windows):
        found[at] = quantiles_of_sorted(np.sort(np.stack([windows[origin] for origin in at]), axis=1), levels)
    return found


def garch_t(variance: Floats, degrees: Floats, levels: tuple[float, ...] = LEVELS) -> Floats:
    """Student-t quantiles with the variance GARCH expects over the horizon; shape (origins, levels)."""
    scale = np.sqrt(variance * (degrees - 2.0) / degrees)
    return np.asarray(scale[:, None] * stdtrit(degrees[:, None], np.array(levels)), dtype=np.float64)
