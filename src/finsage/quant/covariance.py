"""Covariance that an optimiser can bear: shrunk toward constant correlation, with no eigenvalue at zero.

Source: Ledoit and Wolf (2004), "Honey, I Shrunk the Sample Covariance Matrix".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from finsage.errors import Invalid

EIGENVALUE_LEAST = 1e-10
"""Of a correlation matrix; less is rounding, and a solver would lean on it."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shrunk:
    """A covariance matrix per row of the returns, shape (assets, assets), and how far it was shrunk.

    ``intensity`` in [0, 1]: 0 is the sample's matrix, 1 all correlations at their mean.
    """

    covariance: Floats
    intensity: float


def constant_correlation(returns: Floats) -> Shrunk:
    """Covariance shrunk toward that with the sample's variances and all correlations at their mean.

    Args:
        returns: simple returns, shape (rows, assets), at least two rows, finite.

    Returns:
        Symmetric and positive semidefinite; moments have divisor n. A column that never moves keeps variance 0 and
        correlation 0.

    Raises:
        Invalid: fewer than two rows, no asset, or a return is not finite.
    """
    if returns.ndim != 2 or len(returns) < 2 or not returns.shape[1] or not np.isfinite(returns).all():
        raise Invalid("A covariance needs at least two rows of at least one asset, and every return finite.")
    rows, count = returns.shape
    centred = returns - returns.mean(axis=0)
    sample = centred.T @ centred / rows
    deviations = np.sqrt(np.diag(sample))
    moves = deviations > 0
    if moves.sum() < 2:
        return Shrunk(np.diag(np.diag(sample)), 0.0)
    chosen = np.ix_(moves, moves)
    shrunk, intensity = _shrunk(centred[:, moves], sample[chosen], deviations[moves])
    covariance = np.zeros((count, count))
    covariance[chosen] = clipped(shrunk)
    return Shrunk(covariance, intensity)


def _shrunk(centred: Floats, sample: Floats, deviations: Floats) -> tuple[Floats, float]:
    rows, count = centred.shape
    scales = np.outer(deviations, deviations)
    mean = ((sample / scales).sum() - count) / (count * (count - 1))
    target = mean * scales
    np.fill_diagonal(target, np.diag(sample))
    squares = centred**2
    pi_matrix = squares.T @ squares / rows - sample**2
    # Asymptotic covariances of the sample's variances with its covariances, of which the target is made.
    theta = (centred**3).T @ centred / rows - np.diag(sample)[:, None] * sample
    np.fill_diagonal(theta, 0.0)
    rho = np.trace(pi_matrix) + mean * float((np.outer(1.0 / deviations, deviations) * theta).sum())
    distance = float(((sample - target) ** 2).sum())
    # Correlations that are equal already are their own mean.
    if distance <= 1e-24 * float((sample**2).sum()):
        return sample, 0.0
    intensity = float(np.clip((pi_matrix.sum() - rho) / distance / rows, 0.0, 1.0))
    return intensity * target + (1.0 - intensity) * sample, intensity


def clipped(covariance: Floats) -> Floats:
    """The nearest covariance, by its correlations, with no eigenvalue below 1e-10; variances stay as they are.

    Args:
        covariance: symmetric, shape (assets, assets), variances above 0.
    """
    deviations = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(deviations, deviations)
    values, vectors = np.linalg.eigh((correlation + correlation.T) / 2.0)
    if values[0] < EIGENVALUE_LEAST:
        correlation = (vectors * np.maximum(values, EIGENVALUE_LEAST)) @ vectors.T
        units = np.sqrt(np.diag(correlation))
        correlation = correlation / np.outer(units, units)
    found = correlation * np.outer(deviations, deviations)
    return np.asarray((found + found.T) / 2.0, dtype=np.float64)
