"""GARCH(1,1) with Student-t innovations and zero mean: the maximum-likelihood fit and its variance filter.

The recursion runs as a linear filter and the gradient as three more of them, so a fit costs milliseconds without
compiled code of our own.

Source: Bollerslev (1987), "A conditionally heteroskedastic time series model"; backcast as in Sheppard's ``arch``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.signal import lfilter
from scipy.special import digamma, gammaln

from finsage.errors import Invalid
from finsage.quant.ewma import FLOOR

PERSISTENCE_MAX = 0.9999
ROWS_MIN = 100
# Returns that differ by less are a constant with rounding on it.
FLAT = 1e-9
_BACKCAST_ROWS, _BACKCAST_DECAY = 75, 0.94
# Coordinates of the search: ln omega, persistence, the share of alpha in it, ln(nu − 2); returns have unit variance.
_BOUNDS = ((-16.0, 2.0), (0.0, PERSISTENCE_MAX), (0.0, 1.0), (np.log(0.05), np.log(498.0)))
_STARTS = tuple(
    np.array([np.log(1.0 - persistence), persistence, share, np.log(4.0)])
    for persistence in (0.8, 0.95, 0.99)
    for share in (0.03, 0.1, 0.25)
)


class NotFitted(Invalid):
    """No variance model could be fitted to these returns."""


@dataclass(frozen=True, slots=True)
class GarchT:
    """``v ← omega + alpha r² + beta v``; innovations Student-t with ``nu`` degrees of freedom, unit variance.

    ``omega`` is on the scale of squared returns as they were given to the fit.
    """

    omega: float
    alpha: float
    beta: float
    nu: float

    @property
    def persistence(self) -> float:
        """How much of a shock to the variance is left a row later."""
        return self.alpha + self.beta

    @property
    def long_run_variance(self) -> float:
        """The variance per row that forecasts tend to."""
        return self.omega / (1.0 - self.persistence)


def backcast(returns: NDArray[np.float64]) -> float:
    """The variance the recursion starts from: squares of the first 75 rows, weighted by 0.94^row; above zero."""
    squares = returns[:_BACKCAST_ROWS] ** 2
    weights = _BACKCAST_DECAY ** np.arange(len(squares))
    return float(weights @ squares / weights.sum()) + FLOOR


def variances(returns: NDArray[np.float64], model: GarchT, start: float) -> NDArray[np.float64]:
    """Conditional variance of the row **after** each row.

    Args:
        returns: shape (rows,), finite.
        model: on the scale of the returns.
        start: the variance of the first row, see ``backcast``.

    Returns:
        Shape (rows,), positive; element t uses returns up to and including t.
    """
    return _variances(returns**2, model, start)


def _variances(squares: NDArray[np.float64], model: GarchT, start: float) -> NDArray[np.float64]:
    driven, _ = lfilter([1.0], [1.0, -model.beta], model.omega + model.alpha * squares, zi=[model.beta * start])
    return np.asarray(driven, dtype=np.float64)


def variance_over(following: NDArray[np.float64], model: GarchT, rows: int) -> NDArray[np.float64]:
    """Variance of the sum of the next rows, from the variance of the next one.

    Args:
        following: conditional variance of the next row, any shape.
        model: whose persistence is below one.
        rows: how many rows ahead, at least 1.
    """
    mean, decay = model.long_run_variance, model.persistence
    return np.asarray(rows * mean + (following - mean) * (1.0 - decay**rows) / (1.0 - decay), dtype=np.float64)


def log_likelihood(returns: NDArray[np.float64], model: GarchT, start: float) -> float:
    """Log likelihood of returns under a model whose first row has the variance ``start``."""
    return -_Likelihood(model, returns**2, start).cost * len(returns)


def fit_garch_t(returns: NDArray[np.float64]) -> GarchT:
    """Maximum-likelihood GARCH(1,1)-t with zero mean.

    Args:
        returns: log returns, shape (rows,), at least 100 rows, finite.

    Returns:
        The model on the scale of the returns, persistence at most 0.9999.

    Raises:
        NotFitted: too few rows, a return that is not finite, no variation, or the search did not end.
    """
    if len(returns) < ROWS_MIN or not np.isfinite(returns).all():
        raise NotFitted(f"A GARCH fit needs at least {ROWS_MIN} finite returns, {len(returns)} are there.")
    scale = float(np.sqrt(np.mean(returns**2)))
    if scale < FLAT or np.ptp(returns) < FLAT:
        raise NotFitted("A GARCH fit needs returns that vary.")
    scaled = returns / scale
    squares, start = scaled**2, backcast(scaled)
    begin = min(_STARTS, key=lambda point: _Likelihood(_model(point), squares, start).cost)
    found = minimize(_cost, begin, args=(squares, start), jac=True, method="L-BFGS-B", bounds=_BOUNDS)
    if not np.isfinite(found.fun):
        raise NotFitted(f"The search for a GARCH model did not end: {found.message}.")
    fitted = _model(found.x)
    return GarchT(fitted.omega * scale**2, fitted.alpha, fitted.beta, fitted.nu)


def _model(point: NDArray[np.float64]) -> GarchT:
    omega, persistence, share, tail = point
    return GarchT(
        float(np.exp(omega)), float(persistence * share), float(persistence * (1.0 - share)), float(2.0 + np.exp(tail))
    )


class _Likelihood:
    """Of squared returns under a model: its negative mean logarithm, and what the gradient is made of."""

    def __init__(self, model: GarchT, squares: NDArray[np.float64], start: float) -> None:
        nu = model.nu
        self.variance = np.concatenate(([start], _variances(squares, model, start)[:-1]))
        self.ratio = squares / (self.variance * (nu - 2.0))
        self.tail = np.log1p(self.ratio)
        constant = gammaln((nu + 1) / 2) - gammaln(nu / 2) - np.log(np.pi * (nu - 2)) / 2
        densities = constant - np.log(self.variance) / 2 - (nu + 1) / 2 * self.tail
        self.cost = -float(densities.sum()) / len(squares)


def _cost(point: NDArray[np.float64], squares: NDArray[np.float64], start: float) -> tuple[float, NDArray[np.float64]]:
    """Negative mean log likelihood and its gradient at ln omega, persistence, alpha's share of it, ln(nu − 2)."""
    model = _model(point)
    found = _Likelihood(model, squares, start)
    variance, ratio, excess = found.variance, found.ratio, model.nu - 2.0
    by_variance = ((model.nu + 1.0) * ratio / (1.0 + ratio) - 1.0) / (2.0 * variance)
    # How the variance of each row but the first changes with a parameter that adds a drive to the recursion.
    drives = np.stack([np.ones(len(squares) - 1), squares[:-1], variance[:-1]])
    slopes = lfilter([1.0], [1.0, -model.beta], drives, axis=-1)
    by_omega, by_alpha, by_beta = (by_variance[1:] @ slope for slope in slopes)
    by_nu = (
        digamma((model.nu + 1.0) / 2.0)
        - digamma(model.nu / 2.0)
        - 1.0 / excess
        - found.tail
        + (model.nu + 1.0) / excess * ratio / (1.0 + ratio)
    ).sum() / 2.0
    share = point[2]
    gradient = np.array(
        [
            by_omega * model.omega,
            share * by_alpha + (1.0 - share) * by_beta,
            point[1] * (by_alpha - by_beta),
            by_nu * excess,
        ]
    )
    return found.cost, -gradient / len(squares)
