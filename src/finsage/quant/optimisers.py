"""Optimisers of weights by their variance or tail: least variance and the frontier, most return, least CVaR.

Every answer is checked before it is given (see ``limits``); none is clipped, and none is made up where there is none.
Expected returns are inputs; nothing here takes a sample's mean for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csc_matrix, eye, hstack, vstack

from finsage.errors import Invalid
from finsage.quant.limits import (
    GAP_MOST,
    SECONDS_MOST,
    Floats,
    Limits,
    NotSolved,
    Relaxation,
    check,
    infeasible,
    refuse_infeasible,
)

SCALE = 252 * 100.0**2
"""Daily variances in squared percent a year: at their own size the solver's tolerances are a part of them."""

FRONTIER_POINTS = 20


@dataclass(frozen=True, slots=True)
class Solution:
    """Weights that were checked; ``objective`` in the unit of the inputs, ``gap`` relative to it."""

    weights: Floats
    objective: float
    gap: float


def min_variance(covariance: Floats, limits: Limits) -> Solution:
    """The weights of least variance; ``objective`` is that variance.

    Args:
        covariance: positive semidefinite, shape (assets, assets).
        limits: with a least return where one is wanted.

    Raises:
        InfeasibleConstraints: no weights keep the limits.
        NotSolved: the solver's answer does not stand the checks.
    """
    _refuse_shape(covariance, limits)
    found, gap = _quadratic(covariance, limits)
    return Solution(found, float(found @ covariance @ found), gap)


def frontier(covariance: Floats, expected: Floats, limits: Limits, points: int = FRONTIER_POINTS) -> list[Solution]:
    """Weights of least variance at returns in equal steps from that of least variance to the highest.

    Returns:
        Return and variance never fall along it. A single point where nothing is to be gained.
    """
    first = min_variance(covariance, limits)
    last = max_return(expected, limits, covariance)
    low, high = float(expected @ first.weights), float(expected @ last.weights)
    if high - low <= 1e-12 or points < 2:
        return [first]
    between = []
    for wanted in np.linspace(low, high, points)[1:-1]:
        found, gap = _quadratic(covariance, limits.with_return(expected, float(wanted)))
        between.append(Solution(found, float(found @ covariance @ found), gap))
    return [first, *between, last]


def max_return(
    expected: Floats, limits: Limits, covariance: Floats | None = None, volatility_most: float | None = None
) -> Solution:
    """The weights of the highest expected return; of several the one of least variance.

    Args:
        expected: simple returns, shape (assets,).
        limits: of the weights.
        covariance: decides between equals; needed with ``volatility_most``.
        volatility_most: standard deviation in the unit of ``covariance``; needs the second-order cone.

    Returns:
        ``objective`` is the return.

    Raises:
        InfeasibleConstraints, NotSolved: see ``min_variance``; also where least variance is above the volatility.
    """
    if volatility_most is not None:
        if covariance is None:
            raise Invalid("A limit of volatility needs the covariance.")
        return _max_return_within(expected, limits, covariance, volatility_most)
    weights, best, gap = _linear(-expected, None, None, limits)
    best = -best
    if covariance is not None:
        # A hair below the best, for at the best itself there may be no room for an interior point.
        wanted = limits.with_return(expected, best - 1e-7 * max(abs(best), 1e-4))
        weights, gap = _quadratic(covariance, wanted)
    check(weights, limits)
    return Solution(weights, float(expected @ weights), gap)


def min_cvar(returns: Floats, confidence: float, limits: Limits) -> Solution:
    """The weights whose worst losses are smallest in the mean (conditional value at risk).

    Args:
        returns: simple returns of equally likely rows, shape (rows, assets), finite.
        confidence: in (0, 1); the mean is over the worst ``1 − confidence`` of the rows.
        limits: of the weights.

    Returns:
        ``objective`` is the CVaR, a loss, positive where money is lost.

    Raises:
        InfeasibleConstraints, NotSolved: see ``min_variance``.

    Source: Rockafellar and Uryasev (2000).
    """
    if returns.ndim != 2 or returns.shape[1] != len(limits.names) or not len(returns) or not np.isfinite(returns).all():
        raise Invalid("Least CVaR needs finite returns with a column per asset.")
    if not 0.0 < confidence < 1.0:
        raise Invalid("The confidence lies between 0 and 1.")
    count, length = len(limits.names), len(returns)
    tail = (1.0 - confidence) * length
    # Beside the weights: the quantile a, and what each row loses beyond it.
    costs = np.concatenate([np.zeros(count), [1.0], np.full(length, 1.0 / tail)])
    losses = hstack([csc_matrix(-returns), csc_matrix(-np.ones((length, 1))), -eye(length, format="csc")], format="csc")
    bounds = np.concatenate([[[-np.inf, np.inf]], np.tile([0.0, np.inf], (length, 1))])
    found, objective, gap = _linear(costs, losses, bounds, limits)
    weights = found[:count]
    check(weights, limits)
    return Solution(weights, objective, gap)


def _linear(
    costs: Floats, extra: csc_matrix | None, extra_bounds: Floats | None, limits: Limits
) -> tuple[Floats, float, float]:
    """Least costs of the weights and further variables by HiGHS's dual simplex: the point, its costs, the gap.

    Args:
        costs: of the weights and then the further variables, shape (variables,).
        extra: further rows, each at most 0, over all variables.
        extra_bounds: of the further variables, shape (further, 2).
        limits: of the weights.

    Raises:
        InfeasibleConstraints: there is no answer.
        NotSolved: stopped before the end, unbounded, or the gap is too large.
    """
    rows = limits.rows()
    count = len(limits.names)
    # Bounds of single weights go to the solver as such; as rows they would slow it.
    bounds = np.column_stack([limits.lower, limits.upper])
    matrix, right = rows.matrix[2 * count :], rows.right[2 * count :]
    if extra is not None and extra_bounds is not None:
        bounds = np.concatenate([bounds, extra_bounds])
        wide = hstack([matrix, csc_matrix((len(right), len(extra_bounds)))])
        matrix, right = vstack([extra, wide], format="csc"), np.concatenate([np.zeros(extra.shape[0]), right])
    sum_row = csc_matrix((np.arange(len(costs)) < count).astype(np.float64)[None, :])
    answer: Any = linprog(
        costs, A_ub=matrix, b_ub=right, A_eq=sum_row, b_eq=[limits.total], bounds=bounds, method="highs-ds",
        options={"time_limit": SECONDS_MOST},
    )  # fmt: skip
    if answer.status != 0:
        refuse_infeasible(limits)
        raise NotSolved(f"The solver stopped: {answer.message}")
    dual = float(answer.ineqlin.marginals @ right) + limits.total * float(answer.eqlin.marginals.sum())
    for side, marginals in ((0, answer.lower.marginals), (1, answer.upper.marginals)):
        bounded = np.isfinite(bounds[:, side])
        dual += float(marginals[bounded] @ bounds[bounded, side])
    gap = _passed(abs(float(answer.fun) - dual) / max(1.0, abs(float(answer.fun))))
    return np.asarray(answer.x, dtype=np.float64), float(answer.fun), gap


def _passed(gap: float) -> float:
    if not gap <= GAP_MOST:
        raise NotSolved(f"The solver's answer may be {gap:.1e} from the best; at most {GAP_MOST:g} is let through.")
    return gap


def _quadratic(covariance: Floats, limits: Limits) -> tuple[Floats, float]:
    """Least ½ wᵀΣw by the interior point method."""
    solver = import_module("clarabel")
    rows = limits.rows()
    count = len(limits.names)
    matrix = vstack([csc_matrix(np.ones((1, count))), rows.matrix], format="csc")
    right = np.concatenate([[limits.total], rows.right])
    cones = [solver.ZeroConeT(1), solver.NonnegativeConeT(len(rows.right))]
    return _solved(solver, np.triu(covariance) * SCALE, np.zeros(count), matrix, right, cones=cones, limits=limits)


def _max_return_within(expected: Floats, limits: Limits, covariance: Floats, volatility_most: float) -> Solution:
    solver = import_module("clarabel")
    least = min_variance(covariance, limits)
    if least.objective > volatility_most**2 * (1.0 + 1e-9):
        raise infeasible([Relaxation("most volatility", volatility_most, float(np.sqrt(least.objective)))])
    rows = limits.rows()
    count = len(limits.names)
    values, vectors = np.linalg.eigh(covariance * SCALE)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))).T
    # The cone: the norm of root @ weights is at most the volatility.
    parts = [csc_matrix(np.ones((1, count))), rows.matrix, csc_matrix((1, count)), csc_matrix(-root)]
    matrix = vstack(parts, format="csc")
    right = np.concatenate([[limits.total], rows.right, [volatility_most * np.sqrt(SCALE)], np.zeros(count)])
    cones = [solver.ZeroConeT(1), solver.NonnegativeConeT(len(rows.right)), solver.SecondOrderConeT(count + 1)]
    found, gap = _solved(solver, np.zeros((count, count)), -expected, matrix, right, cones=cones, limits=limits)
    return Solution(found, float(expected @ found), gap)


def _solved(
    solver: Any, quadratic: Floats, linear: Floats, matrix: Any, right: Floats, *, cones: Sequence[Any], limits: Limits
) -> tuple[Floats, float]:
    settings = solver.DefaultSettings()
    settings.verbose = False
    settings.time_limit = SECONDS_MOST
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-10
    found = solver.DefaultSolver(csc_matrix(quadratic), linear, matrix, right, list(cones), settings).solve()
    if "Infeasible" in str(found.status):
        refuse_infeasible(limits)
    if str(found.status) not in {"Solved", "AlmostSolved"}:
        raise NotSolved(f"The solver stopped: {found.status}.")
    gap = _passed(abs(found.obj_val - found.obj_val_dual) / max(1.0, abs(found.obj_val)))
    weights = np.asarray(found.x, dtype=np.float64)
    check(weights, limits)
    return weights, gap


def _refuse_shape(covariance: Floats, limits: Limits) -> None:
    count = len(limits.names)
    if covariance.shape != (count, count) or not np.isfinite(covariance).all():
        raise Invalid("The covariance must be finite, with a row and a column per asset.")
