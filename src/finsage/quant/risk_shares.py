"""Weights by what each asset adds to the risk: equal contributions, and hierarchical risk parity."""

from __future__ import annotations

import numpy as np
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import squareform

from finsage.errors import Invalid
from finsage.quant.leaves import near_order
from finsage.quant.limits import Floats, NotSolved

CONTRIBUTION_NEAR = 1e-8
_STEPS_MOST = 200
_REST_LEAST = 1e-13
_NEAR_END = 0.05
_LENGTH_LEAST = 1e-6


def risk_contributions(weights: Floats, covariance: Floats) -> Floats:
    """The share of each asset in the variance, shape (assets,); sums to one. Zero variance has no shares: NaN."""
    marginal = covariance @ weights
    total = float(weights @ marginal)
    return weights * marginal / total if total > 0 else np.full(len(weights), np.nan)


def risk_parity(covariance: Floats, budgets: Floats | None = None) -> Floats:
    """Long-only weights, one together, of which each adds its budget to the variance.

    Newton's method on ½ wᵀΣw − Σ b ln w, whose minimum is the only such portfolio up to scale.

    Args:
        covariance: positive semidefinite, variances above 0, shape (assets, assets).
        budgets: shares of the variance, above 0, one together; equal where none are given.

    Raises:
        Invalid: a variance or budget is not above 0.
        NotSolved: contributions do not come to within 1e-8 of the budgets.

    Source: Spinu (2013), "An Algorithm for Computing Risk Parity Weights".
    """
    count = len(covariance)
    wanted = np.full(count, 1.0 / count) if budgets is None else budgets
    variances = np.diag(covariance)
    if not (variances > 0).all() or not (wanted > 0).all() or abs(float(wanted.sum()) - 1.0) > CONTRIBUTION_NEAR:
        raise Invalid("Risk parity needs variances above zero, and budgets above zero that make one together.")
    # In units of each asset's own deviation the problem is one of correlations.
    deviations = np.sqrt(variances)
    correlation = covariance / np.outer(deviations, deviations)
    # The scale at which equal points already have the right sum of contributions.
    point = np.full(count, 1.0 / np.sqrt(max(float(correlation.sum()), 1e-12)))
    for _ in range(_STEPS_MOST):
        gradient = correlation @ point - wanted / point
        if float(np.abs(point * gradient).max()) <= _REST_LEAST:
            break
        step = np.linalg.solve(correlation + np.diag(wanted / point**2), -gradient)
        point = point + _length(correlation, wanted, point, step, float(gradient @ step)) * step
    weights = point / deviations
    weights = weights / weights.sum()
    if not np.abs(risk_contributions(weights, covariance) - wanted).max() <= CONTRIBUTION_NEAR:
        raise NotSolved("Risk parity did not converge.")
    return np.asarray(weights, dtype=np.float64)


def _length(correlation: Floats, wanted: Floats, point: Floats, step: Floats, slope: float) -> float:
    """How much of Newton's step to take: no weight reaches zero, and the objective falls."""

    def value(at: Floats) -> float:
        return float(at @ correlation @ at / 2.0 - wanted @ np.log(at))

    # So near the end the whole step is right (self-concordance), and what it wins is lost in the objective's rounding.
    if -slope < _NEAR_END * float(wanted.min()):
        return 1.0
    falling = step < 0
    length = min(1.0, 0.99 * float((-point[falling] / step[falling]).min())) if falling.any() else 1.0
    before = value(point)
    while value(point + length * step) > before + 0.1 * length * slope and length > _LENGTH_LEAST:
        length /= 2.0
    return length


def hierarchical_risk_parity(returns: Floats, covariance: Floats) -> Floats:
    """Long-only weights, one together, by splitting variance down a tree of what moves alike.

    Distance √((1 − ρ)/2) of the sample's correlations, Ward's linkage, leaves in their best order, then the ordered
    list is halved again and again: each half gets weight against its variance under inverse-variance weights. These
    are skfolio's conventions; others give other weights.

    Args:
        returns: simple returns, shape (rows, assets), finite, every asset moving.
        covariance: shape (assets, assets), for the split of the risk.

    Raises:
        Invalid: an asset never moves.

    Source: López de Prado (2016), "Building Diversified Portfolios that Outperform Out of Sample".
    """
    count = len(covariance)
    if not (np.diag(covariance) > 0).all() or not (returns.std(axis=0) > 0).all():
        raise Invalid("Hierarchical risk parity needs assets that move.")
    if count == 1:
        return np.ones(1)
    correlation = np.corrcoef(returns, rowvar=False)
    distance = np.sqrt(np.clip((1.0 - correlation) / 2.0, 0.0, 1.0))
    np.fill_diagonal(distance, 0.0)
    condensed = squareform(distance, checks=False)
    weights = np.ones(count)
    halves = [np.array(near_order(linkage(condensed, method="ward"), distance))]
    while halves:
        whole = halves.pop()
        if len(whole) < 2:
            continue
        left, right = whole[: len(whole) // 2], whole[len(whole) // 2 :]
        risks = _cluster_variance(covariance, left), _cluster_variance(covariance, right)
        share = 1.0 - risks[0] / (risks[0] + risks[1])
        weights[left] *= share
        weights[right] *= 1.0 - share
        halves += [left, right]
    return weights


def _cluster_variance(covariance: Floats, members: Floats) -> float:
    part = covariance[np.ix_(members, members)]
    inverse = 1.0 / np.diag(part)
    weights = inverse / inverse.sum()
    return float(weights @ part @ weights)
