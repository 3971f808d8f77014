"""Probability levels and what quantiles at them are worth: interpolation, pinball loss, CRPS."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.special import ndtri

from finsage.prediction.price_model.history import Floats

LEVELS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99)
"""What is trained and scored."""

SHOWN = tuple(sorted({*(round(step / 100, 2) for step in range(1, 100)), 0.025, 0.975}))
"""What a forecast gives out."""


SAMPLED = tuple(sorted({*SHOWN, *((place - 0.5) / 2_000 for place in range(1, 2_001))}))
"""What scenarios are drawn from: two thousand equal steps beside the levels shown."""


def at_levels(quantiles: Floats, levels: tuple[float, ...]) -> Floats:
    """Quantiles at other levels, by a monotone cubic in the normal score Φ⁻¹ of the level.

    Args:
        quantiles: at ``LEVELS``, ascending, shape (…, 11).
        levels: from 0.01 to 0.99.
    """
    if levels == LEVELS:
        return quantiles
    return np.asarray(PchipInterpolator(ndtri(LEVELS), quantiles, axis=-1)(_scores(levels)), dtype=np.float64)


@cache
def _scores(levels: tuple[float, ...]) -> Floats:
    """Φ⁻¹ of levels."""
    return np.asarray(ndtri(levels), dtype=np.float64)


def widths() -> Floats:
    """The share of the unit interval that each of ``LEVELS`` stands for: to the midpoints, the ends to 0 and 1."""
    levels = np.array(LEVELS)
    return np.diff(np.concatenate(([0.0], (levels[1:] + levels[:-1]) / 2, [1.0])))


def pinball(quantiles: Floats, outcome: Floats) -> Floats:
    """Pinball loss max(τd, (τ−1)d), d = outcome − quantile.

    Args:
        quantiles: at ``LEVELS``, shape (forecasts, 11).
        outcome: shape (forecasts,).

    Returns:
        Shape (forecasts, 11), at least zero.
    """
    levels, away = np.array(LEVELS), outcome[:, None] - quantiles
    return np.maximum(levels * away, (levels - 1.0) * away)


def crps(quantiles: Floats, outcome: Floats) -> Floats:
    """Continuous ranked probability score from quantiles at ``LEVELS``: twice the weighted pinball losses."""
    return np.asarray(2.0 * pinball(quantiles, outcome) @ widths(), dtype=np.float64)


EQUAL_STEPS = np.array([SAMPLED.index((place - 0.5) / 2_000) for place in range(1, 2_001)])
"""Places in ``SAMPLED`` of the equal steps."""

SHOWN_PLACES = np.array([SAMPLED.index(level) for level in SHOWN])
"""Places in ``SAMPLED`` of the levels shown."""
