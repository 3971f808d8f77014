"""CPU of the optimisers beside floors of the same run: the whole program, scipy's own search, the bare solver.

    uv run --group test python benchmarks/optimisers.py [ASSETS [ROWS]]

Each pair gets the same returns (one factor and noise of each asset's own, or fat tails) and must come to the same
answer: objectives to 1e-6, weights of hierarchical risk parity to 1e-8. CPU of this process with one thread for linear
algebra, best of three, alternating.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

# Before numpy is loaded: with more threads a ratio is one of cores.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import clarabel
import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
from scipy.optimize import linprog
from scipy.sparse import csc_matrix, eye, hstack, vstack
from scipy.spatial.distance import squareform

from finsage.quant.limits import Limits, Spread, Turnover
from finsage.quant.optimisers import min_cvar, min_variance
from finsage.quant.risk_shares import hierarchical_risk_parity, risk_contributions, risk_parity

ROUNDS = 3
CONFIDENCE = 0.95
Floats = NDArray[np.float64]


def market(rows: int, count: int, *, fat: bool) -> Floats:
    random = np.random.default_rng(7)
    draw = (lambda *shape: random.standard_t(4, shape)) if fat else (lambda *shape: random.standard_normal(shape))
    common = draw(rows, 1) * 0.008
    own: Floats = common * np.linspace(0.2, 1.6, count) + draw(rows, count) * np.linspace(0.004, 0.02, count) + 0.0002
    return own


def whole_cvar(returns: Floats) -> float:
    """The program of Rockafellar and Uryasev with every row in it, by HiGHS's dual simplex."""
    rows, count = returns.shape
    tail = (1.0 - CONFIDENCE) * rows
    costs = np.concatenate([np.zeros(count), [1.0], np.full(rows, 1.0 / tail)])
    found = linprog(
        costs,
        A_ub=hstack([csc_matrix(-returns), csc_matrix(-np.ones((rows, 1))), -eye(rows)], format="csc"),
        b_ub=np.zeros(rows),
        A_eq=csc_matrix((np.arange(len(costs)) < count).astype(float)[None, :]),
        b_eq=[1.0],
        bounds=[(0, 1)] * count + [(None, None)] + [(0, None)] * rows,
        method="highs-ds",
    )
    return float(found.fun)


def bare_variance(covariance: Floats) -> float:
    """Clarabel with nothing around it."""
    count = len(covariance)
    matrix = vstack([csc_matrix(np.ones((1, count))), -eye(count), eye(count)], format="csc")
    right = np.concatenate([[1.0], np.zeros(count), np.ones(count)])
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    quadratic = csc_matrix(np.triu(covariance) * 252e4)
    kinds = [clarabel.ZeroConeT(1), clarabel.NonnegativeConeT(2 * count)]
    weights = np.asarray(clarabel.DefaultSolver(quadratic, np.zeros(count), matrix, right, kinds, settings).solve().x)
    return float(weights @ covariance @ weights)


def scipy_hrp(returns: Floats, covariance: Floats) -> Floats:
    """Hierarchical risk parity over scipy's own order of leaves."""
    correlation = np.corrcoef(returns, rowvar=False)
    distance = np.sqrt(np.clip((1.0 - correlation) / 2.0, 0.0, 1.0))
    np.fill_diagonal(distance, 0.0)
    condensed = squareform(distance, checks=False)
    weights = np.ones(len(covariance))
    halves = [leaves_list(optimal_leaf_ordering(linkage(condensed, "ward"), condensed))]
    while halves:
        whole = halves.pop()
        if len(whole) < 2:
            continue
        parts = whole[: len(whole) // 2], whole[len(whole) // 2 :]
        risks = []
        for part in parts:
            inner = covariance[np.ix_(part, part)]
            inverse = 1.0 / np.diag(inner)
            inverse /= inverse.sum()
            risks.append(inverse @ inner @ inverse)
        share = 1.0 - risks[0] / (risks[0] + risks[1])
        weights[parts[0]] *= share
        weights[parts[1]] *= 1.0 - share
        halves += parts
    return weights


def seconds(*ways: Callable[[], object]) -> list[float]:
    best = [float("inf")] * len(ways)
    for _ in range(ROUNDS):
        for place, way in enumerate(ways):
            began = time.process_time()
            way()
            best[place] = min(best[place], time.process_time() - began)
    return best


def main() -> None:
    count, rows = (int(one) for one in (*sys.argv[1:], *("500", "1260")[len(sys.argv) - 1 :]))
    limits = Limits(tuple(map(str, range(count))), np.zeros(count), np.ones(count))
    equal = np.full(count, 1.0 / count)
    for fat in (False, True):
        returns = market(rows, count, fat=fat)
        covariance = np.cov(returns, rowvar=False)
        print(f"{count} assets, {rows} rows, {'fat tails' if fat else 'normal'}; load {os.getloadavg()[0]:.1f}")
        near = Limits(
            limits.names, limits.lower, limits.upper, turnover=Turnover(equal, 0.3),
            spreads=(Spread("tracking_error", covariance, equal, 0.003),),
        )  # fmt: skip
        pairs: list[tuple[str, Callable[[], object], str, Callable[[], object] | None]] = [
            ("least CVaR", lambda r=returns: min_cvar(r, CONFIDENCE, limits), "all rows at once",
             lambda r=returns: whole_cvar(r)),
            ("least variance", lambda c=covariance: min_variance(c, limits), "bare Clarabel",
             lambda c=covariance: bare_variance(c)),
            ("hierarchical", lambda r=returns, c=covariance: hierarchical_risk_parity(r, c), "scipy's leaves",
             lambda r=returns, c=covariance: scipy_hrp(r, c)),
            ("risk parity", lambda c=covariance: risk_parity(c), "", None),
            ("near what there is", lambda c=covariance, n=near: min_variance(c, n), "", None),
        ]  # fmt: skip
        for name, ours, floor, theirs in pairs:
            took = seconds(ours, *([theirs] if theirs else []))
            line = f"  {name:<19} {took[0]:7.3f} s"
            if theirs:
                line += f"   {floor} {took[1]:.3f} s: {took[1] / took[0]:.1f} times as long"
            print(line)
        confirm(returns, covariance, limits)


def confirm(returns: Floats, covariance: Floats, limits: Limits) -> None:
    """The answers are those of the floors."""
    pairs = [
        (min_cvar(returns, CONFIDENCE, limits).objective, whole_cvar(returns)),
        (min_variance(covariance, limits).objective, bare_variance(covariance)),
    ]
    for ours, theirs in pairs:
        assert ours <= theirs * (1.0 + 1e-6), (ours, theirs)
    apart = np.abs(hierarchical_risk_parity(returns, covariance) - scipy_hrp(returns, covariance)).max()
    contributions = np.abs(risk_contributions(risk_parity(covariance), covariance) * len(covariance) - 1.0).max()
    print(f"  the same answers: hierarchical weights to {apart:.0e}, contributions equal to {contributions:.0e}\n")


if __name__ == "__main__":
    main()
