"""CPU of the optimisers beside floors of the same run: the whole program, scipy's own search, the bare solver; a peer.

    uv run --group test --group peers python benchmarks/optimisers.py [ASSETS [ROWS]]

Each pair gets the same returns (one factor and noise of each asset's own, or fat tails) and must come to the same
answer: objectives to 1e-6, weights of hierarchical risk parity to 1e-8. CPU of this process with one thread for linear
algebra, best of three, alternating. The peer is skfolio, with the group ``peers``: both go from returns to weights,
with the sample's covariance and means, and what its weights come to is worked out as what ours do.
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

try:
    from skfolio import RiskMeasure
    from skfolio.optimization import HierarchicalRiskParity, MeanRisk, ObjectiveFunction, RiskBudgeting
except ImportError:
    MeanRisk = None

from finsage.quant.goals import expected_shortfall
from finsage.quant.limits import Limits, Spread, Turnover
from finsage.quant.optimisers import max_return, min_cvar, min_variance
from finsage.quant.risk_shares import hierarchical_risk_parity, risk_contributions, risk_parity

ROUNDS = 3
CONFIDENCE = 0.95
MOST_EACH = 0.1
RISK_MOST = 0.008
"""A day's deviation that most return may have."""

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


def peers() -> dict[str, tuple[Callable[[Floats], Floats], Callable[[Floats], Floats], Callable[..., float]]] | None:
    """By problem ours and skfolio's from returns to weights, and what is to be least; None where it is not there."""
    if MeanRisk is None:
        return None

    def limits(returns: Floats, most: float = 1.0) -> Limits:
        count = returns.shape[1]
        return Limits(tuple(map(str, range(count))), np.zeros(count), np.full(count, most))

    def fitted(model: type, **options: object) -> Callable[[Floats], Floats]:
        return lambda returns: np.asarray(model(**options).fit(returns).weights_)

    def covariance(returns: Floats) -> Floats:
        return np.asarray(np.cov(returns, rowvar=False))

    def variance(weights: Floats, returns: Floats) -> float:
        return float(weights @ covariance(returns) @ weights)

    def tail(weights: Floats, returns: Floats) -> float:
        return expected_shortfall(-returns @ weights, CONFIDENCE)

    def uneven(weights: Floats, returns: Floats) -> float:
        """The objective of Spinu at the scale that is best for it: least where contributions are equal."""
        return float(np.log(variance(weights, returns)) / 2.0 - np.log(weights).mean())

    return {
        "least variance": (
            lambda one: min_variance(covariance(one), limits(one)).weights, fitted(MeanRisk), variance,
        ),
        "least variance, a tenth": (
            lambda one: min_variance(covariance(one), limits(one, MOST_EACH)).weights,
            fitted(MeanRisk, max_weights=MOST_EACH), variance,
        ),
        "most return": (
            lambda one: max_return(one.mean(axis=0), limits(one), covariance(one), RISK_MOST).weights,
            fitted(MeanRisk, objective_function=ObjectiveFunction.MAXIMIZE_RETURN, max_standard_deviation=RISK_MOST),
            lambda weights, returns: -float(returns.mean(axis=0) @ weights),
        ),
        "least CVaR": (
            lambda one: min_cvar(one, CONFIDENCE, limits(one)).weights,
            fitted(MeanRisk, risk_measure=RiskMeasure.CVAR, cvar_beta=CONFIDENCE), tail,
        ),
        "risk parity": (lambda one: risk_parity(covariance(one)), fitted(RiskBudgeting), uneven),
        "hierarchical": (
            lambda one: hierarchical_risk_parity(one, covariance(one)), fitted(HierarchicalRiskParity), variance,
        ),
    }  # fmt: skip


def beside_peers(returns: Floats) -> None:
    """Seconds as a ratio, and how much larger what is to be least is with the peer's weights."""
    for name, (ours, theirs, least) in (peers() or {}).items():
        took = seconds(lambda f=ours: f(returns), lambda f=theirs: f(returns))
        own, other = ours(returns), theirs(returns)
        of_own = least(own, returns)
        worse = (least(other, returns) - of_own) / abs(of_own)
        print(
            f"  {name:<25} {took[0]:7.3f} s   skfolio {took[1]:.3f} s: {took[1] / took[0]:.1f} times as long;"
            f" its objective {worse:+.1e} of ours, weights apart {np.abs(own - other).max():.0e}"
        )


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
        beside_peers(returns)


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
