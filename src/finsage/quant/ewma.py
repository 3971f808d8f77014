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
    return ewma_from_start(returns, weight) + FLOOR


def ewma_from_start(returns: NDArray[np.float64], weight: float) -> NDArray[np.float64]:
    """The same before 1e-10 is added: what ``ewma_onward`` goes on from."""
    if not len(returns) or not np.isfinite(returns).all():
        raise Invalid("Variances need at least one return, and every return finite.")
    return ewma_onward(returns, weight, float(np.mean(returns[:START_ROWS] ** 2)))


def ewma_onward(
    returns: NDArray[np.float64], weight: float, before: float | NDArray[np.float64]
) -> NDArray[np.float64]:
    """The mean after each of some more returns, to the last bit what a pass over all of them would find.

    Args:
        returns: log returns, shape (…, rows): any number of series at once.
        weight: of the newest square, in (0, 1].
        before: the mean before the first of these rows, without 1e-10; shape (…).

    Returns:
        Shape (…, rows), without 1e-10.
    """
    driven = (1.0 - weight) * np.asarray(before, dtype=np.float64)[..., None]
    filtered, _ = lfilter([weight], [1.0, weight - 1.0], returns * returns, axis=-1, zi=driven)
    return np.asarray(filtered, dtype=np.float64)
