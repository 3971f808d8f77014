"""Optimisers of weights by their variance or tail: least variance and the frontier, most return, least CVaR.

Every answer is checked before it is given (see ``limits``); none is clipped, and none is made up where there is none.
Expected returns are inputs; nothing here takes a sample's mean for one.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csc_matrix, eye, hstack, vstack

from finsage.errors import Invalid
from finsage.quant import cones
from finsage.quant.limits import (
    GAP_MOST,
    SCALE,
    Floats,
    Limits,
    NotSolved,
    Spread,
    balls,
    check,
    refuse_covariance,
    refuse_infeasible,
    sum_row,
)

FRONTIER_POINTS = 20
_HAIR = 1e-6
_TAILS_FIRST = 2.0
_EDGE_NEAR = 1e-12
_FEASIBLE_NEAR = 1e-10


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
    refuse_covariance(covariance, len(limits.names))
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
    if high - low <= _hair(high) or points < 2:
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

    Where deviations are limited it is one amid those of the highest return: at the edge of a cone there is no room for
    a second program. So it is, without saying so, where the other limits leave the second program no room.

    Args:
        expected: simple returns, shape (assets,).
        limits: of the weights.
        covariance: decides between equals; needed with ``volatility_most``.
        volatility_most: standard deviation in the unit of ``covariance``.

    Returns:
        ``objective`` is the return.

    Raises:
        InfeasibleConstraints, NotSolved: see ``min_variance``.
    """
    if volatility_most is not None:
        if covariance is None:
            raise Invalid("A limit of volatility needs the covariance.")
        volatility = Spread("volatility", covariance, np.zeros(len(expected)), volatility_most)
        limits = replace(limits, spreads=(*limits.spreads, volatility))
    weights, _, costs, gap = _least_costs(-expected, None, limits)
    if covariance is not None and not limits.spreads:
        # A hair below the best, for at the best itself there may be no room for an interior point. Where there is none
        # all the same, the simplex's answer stands: it is one of those of the highest return.
        with suppress(NotSolved):
            weights, gap = _quadratic(covariance, _near_best(expected, -costs, limits))
    return Solution(weights, float(expected @ weights), gap)


def _hair(expected: float) -> float:
    """A difference of expected returns that is none."""
    return _HAIR * max(abs(expected), 1e-4)


def _near_best(expected: Floats, best: float, limits: Limits) -> Limits:
    hair = _hair(best)
    # Where all earn the same a least return would only say the sum again.
    return limits if np.ptp(expected) <= hair else limits.with_return(expected, best - hair)


def min_cvar(returns: Floats, confidence: float, limits: Limits) -> Solution:
    """The weights whose worst losses are smallest in the mean (conditional value at risk).

    Args:
        returns: simple returns of equally likely rows, shape (rows, assets), finite.
        confidence: in (0, 1); the mean is over the worst ``1 − confidence`` of the rows.
        limits: of the weights.

    Returns:
        ``objective`` is the CVaR, a loss, positive where money is lost. Only rows that lose more than the quantile
        count: they are looked at first where equal weights lose most, and those the answer loses more in are added
        until there are none. Leaving rows out only lowers the objective, so the last answer is the best of all rows.

    Raises:
        InfeasibleConstraints, NotSolved: see ``min_variance``.

    Source: Rockafellar and Uryasev (2000).
    """
    if returns.ndim != 2 or returns.shape[1] != len(limits.names) or not len(returns) or not np.isfinite(returns).all():
        raise Invalid("Least CVaR needs finite returns with a column per asset.")
    if not 0.0 < confidence < 1.0:
        raise Invalid("The confidence lies between 0 and 1.")
    tail = (1.0 - confidence) * len(returns)
    equal = np.full(len(limits.names), limits.total / len(limits.names))
    looked_at = np.argsort(returns @ equal, kind="stable")[: int(_TAILS_FIRST * tail) + 1]
    while True:
        further = _tail_of(returns[looked_at], tail)
        weights, beside, objective, gap = _least_costs(np.zeros(len(limits.names)), further, limits)
        beyond = np.setdiff1d(np.flatnonzero(-returns @ weights > beside[0] + _EDGE_NEAR), looked_at)
        if not len(beyond):
            return Solution(weights, objective, gap)
        looked_at = np.concatenate([looked_at, beyond])


@dataclass(frozen=True, slots=True)
class _Further:
    """Variables beside the weights: what they cost, their least, and rows over weights and them, each at most 0."""

    costs: Floats
    lower: Floats
    of_weights: csc_matrix
    of_them: csc_matrix


def _tail_of(returns: Floats, tail: float) -> _Further:
    """The quantile, and what each row loses beyond it."""
    length = len(returns)
    return _Further(
        costs=np.concatenate([[1.0], np.full(length, 1.0 / tail)]),
        lower=np.concatenate([[-np.inf], np.zeros(length)]),
        of_weights=csc_matrix(-returns),
        of_them=hstack([csc_matrix(-np.ones((length, 1))), -eye(length, format="csc")], format="csc"),
    )


def _least_costs(costs: Floats, further: _Further | None, limits: Limits) -> tuple[Floats, Floats, float, float]:
    """Least costs of the weights and further variables: both, their costs, the gap.

    By HiGHS's dual simplex, or where deviations are limited as a program of cones.

    Raises:
        InfeasibleConstraints: there is no answer.
        NotSolved: stopped before the end, unbounded, or the gap is too large.
    """
    rows, count, width = limits.rows(), len(limits.names), limits.width
    matrix, right = rows.matrix, rows.right
    lower = np.concatenate([limits.lower, np.zeros(width - count)])
    upper = np.concatenate([limits.upper, np.full(width - count, np.inf)])
    costs = np.concatenate([costs, np.zeros(width - count)])
    if further is not None:
        between = csc_matrix((further.of_weights.shape[0], width - count))
        own = hstack([further.of_weights, between, further.of_them], format="csc")
        matrix = vstack([hstack([matrix, csc_matrix((len(right), len(further.costs)))]), own], format="csc")
        right = np.concatenate([right, np.zeros(own.shape[0])])
        lower = np.concatenate([lower, further.lower])
        upper = np.concatenate([upper, np.full(len(further.lower), np.inf)])
        costs = np.concatenate([costs, further.costs])
    if limits.spreads:
        found, objective, gap = _by_cones(costs, matrix, right, lower, limits)
    else:
        # Bounds of single weights go to the solver as such; as rows they would slow it.
        found, objective, gap = _by_simplex(costs, matrix[2 * count :], right[2 * count :], (lower, upper), limits)
    check(found[:count], limits)
    return found[:count], found[width:], objective, gap


def _by_simplex(
    costs: Floats, matrix: csc_matrix, right: Floats, bounds: tuple[Floats, Floats], limits: Limits
) -> tuple[Floats, float, float]:
    equal = sum_row(limits, len(costs))
    answer: Any = linprog(
        costs, A_ub=matrix, b_ub=right, A_eq=equal[0], b_eq=equal[1], bounds=np.column_stack(bounds),
        method="highs-ds",
        options={"time_limit": cones.SECONDS_MOST, "primal_feasibility_tolerance": _FEASIBLE_NEAR},
    )  # fmt: skip
    if answer.status != 0:
        refuse_infeasible(limits)
        raise NotSolved(f"The solver stopped: {answer.message}")
    dual = float(answer.ineqlin.marginals @ right) + limits.total * float(answer.eqlin.marginals.sum())
    for side, marginals in zip(bounds, (answer.lower.marginals, answer.upper.marginals), strict=True):
        bounded = np.isfinite(side)
        dual += float(marginals[bounded] @ side[bounded])
    gap = _passed(abs(float(answer.fun) - dual) / max(1.0, abs(float(answer.fun))))
    return np.asarray(answer.x, dtype=np.float64), float(answer.fun), gap


def _by_cones(
    costs: Floats, matrix: csc_matrix, right: Floats, lower: Floats, limits: Limits
) -> tuple[Floats, float, float]:
    width = len(costs)
    # The weights' own bounds are rows already; those of the further variables become some.
    bounded = np.flatnonzero(np.isfinite(lower) & (np.arange(width) >= limits.width))
    least = -eye(width, format="csr")[bounded]
    # Costs of a size with the rest: they are returns and losses of a day.
    scale = 1.0 / max(float(np.abs(costs).max()), 1e-12)
    program = cones.Program(
        quadratic=csc_matrix((width, width)),
        linear=costs * scale,
        equal=sum_row(limits, width),
        below=(vstack([matrix, least], format="csc"), np.concatenate([right, -lower[bounded]])),
        balls=balls(limits, width),
    )
    found, gap = _solved(program, limits)
    return found, float(costs @ found), gap


def _quadratic(covariance: Floats, limits: Limits) -> tuple[Floats, float]:
    """Least ½ wᵀΣw by the interior point method."""
    rows, count, width = limits.rows(), len(limits.names), limits.width
    squares = csc_matrix(np.triu(covariance) * SCALE)
    squares.resize(width, width)
    equal = sum_row(limits, width)
    program = cones.Program(squares, np.zeros(width), equal, (rows.matrix, rows.right), balls(limits, width))
    found, gap = _solved(program, limits)
    check(found[:count], limits)
    return found[:count], gap


def _solved(program: cones.Program, limits: Limits) -> tuple[Floats, float]:
    answer = cones.solve(program)
    if answer.is_infeasible:
        refuse_infeasible(limits)
    if not answer.is_solved:
        raise NotSolved(f"The solver stopped: {answer.status}.")
    return answer.point, _passed(answer.gap)


def _passed(gap: float) -> float:
    if not gap <= GAP_MOST:
        raise NotSolved(f"The solver's answer may be {gap:.1e} from the best; at most {GAP_MOST:g} is let through.")
    return gap
