"""Exponentially weighted means of squared returns: the filters that most volatility members are made of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from finsage.errors import Invalid

START_ROWS = 60
# A constant series has no variance; logarithms and ratios of it stay finite.
FLOOR = 1e-10


def weight_of_half_life(rows: float) -> float:
    """The weight of the newest value with which an old one counts half after so many rows: 1 − 2^(−1/rows)."""
    return float(1.0 - 2.0 ** (-1.0 / rows))


def ewma_variance(returns: NDArray[np.float64], weight: float) -> NDArray[np.float64]:
    """Exponentially weighted mean of squared returns, up to and including each row.

    ``E ← (1 − weight) E + weight r²``, started at the mean of the first 60 squares.

    Args:
        returns: log returns, shape (rows,), at least one, finite.
        weight: of the newest square, in (0, 1].

    Returns:
        Variance per row, shape (rows,), at least 1e-10; row t uses nothing after t except that the start looks at the
        first 60 rows, so the first 60 values are not fit for judging a forecast.

    Raises:
        Invalid: no rows, or a return is not finite.
    """
    if not len(returns) or not np.isfinite(returns).all():
        raise Invalid("Variances need at least one return, and every return finite.")
    squares = returns * returns
    start = float(squares[:START_ROWS].mean())
    filtered, _ = lfilter([weight], [1.0, weight - 1.0], squares, zi=[(1.0 - weight) * start])
    return np.asarray(filtered, dtype=np.float64) + FLOOR
