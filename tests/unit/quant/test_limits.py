"""Limits: twenty contradictions with the least that would do, turnover and deviations by closed forms."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.quant.markets import made

from finsage.errors import Invalid
from finsage.quant.limits import (
    Group,
    InfeasibleConstraints,
    Limits,
    NotSolved,
    Spread,
    Turnover,
    check,
    refuse_infeasible,
    relaxations,
)
from finsage.quant.optimisers import frontier, max_return, min_cvar, min_variance

RETURNS = made()
COVARIANCE = np.cov(RETURNS, rowvar=False)
EXPECTED = np.linspace(0.02, 0.09, 8) / 252
GROUP = np.array([True, True, False])
FIRST = np.array([1.0, 0.0, 0.0])
FIFTH = 0.04 * np.eye(3)
"""Three assets of 20 % that do not move together."""


def three(lower=(0, 0, 0), upper=(1, 1, 1), **more):
    return Limits(("A", "B", "C"), np.array(lower, dtype=float), np.array(upper, dtype=float), **more)


def eight(**more):
    return Limits(tuple("ABCDEFGH"), np.zeros(8), np.ones(8), **more)


def apart(most, around=FIRST, covariance=FIFTH, name="tracking_error"):
    return (Spread(name, covariance, around, most),)


# By name: the limits, those of the contradiction, and the smallest sum of what has to give, worked out by hand.
INFEASIBLE = {
    "upper bounds of one name": (
        three(upper=(0.2, 0.2, 0.2), upper_names=("most one_asset",) * 3), {"most one_asset"}, 1 / 3 - 0.2,
    ),
    "upper bounds alone": (three(upper=(0.3, 0.3, 0.3)), {"most A", "most B", "most C"}, 0.1),
    "nothing may be held": (three(upper=(0, 0, 0)), {"most A", "most B", "most C"}, 1.0),
    "a least above all there is": (three(lower=(1.2, 0, 0), upper=(2, 1, 1)), {"least A"}, 0.2),
    "two leasts": (three(lower=(0.6, 0.6, 0)), {"least A", "least B"}, 0.2),
    "a least above its most": (three(lower=(0.4, 0, 0), upper=(0.3, 1, 1)), {"least A", "most A"}, 0.1),
    "a least of what can be moved at all": (three(lower=(0.6, 0, 0), total=0.5), {"least A"}, 0.1),
    "a least above its group's most": (
        three(lower=(0.5, 0, 0), groups=(Group("G", GROUP, most=0.3),)), {"least A", "most G"}, 0.2,
    ),
    "two groups": (
        three(groups=(Group("G", GROUP, most=0.3), Group("rest", ~GROUP, most=0.5))), {"most G", "most rest"}, 0.2,
    ),
    "a group's least above its members' most": (
        three(upper=(0.1, 0.1, 1), groups=(Group("G", GROUP, least=0.5),)), {"least G", "most A", "most B"}, 0.3,
    ),
    "a group's least above all there is": (three(groups=(Group("G", GROUP, least=1.1),)), {"least G"}, 0.1),
    "money and a least": (
        replace(three(lower=(0.6, 0, 0.5)), names=("A", "B", "money")), {"least A", "least money"}, 0.1,
    ),
    "no more of anything, and new money": (
        three(upper=(0.5, 0.3, 0)), {"most A", "most B", "most C"}, 0.2,
    ),
    "not sold, and above the most of one asset": (
        three(lower=(0.3, 0, 0), upper=(0.2, 0.2, 1), upper_names=("most one_asset", "most one_asset", "most C")),
        {"least A", "most one_asset"}, 0.1,
    ),
    "a return nothing has": (three(expected=np.array([0.01, 0.02, 0.03]), return_least=0.05), {"least return"}, 0.02),
    "a return above what bounds let in": (
        three(upper=(1, 1, 0.5)).with_return(np.array([0.0, 0.0, 0.1]), 0.06), {"least return"}, 0.01,
    ),
    "turnover and what must be sold": (
        three(upper=(0.5, 1, 1), turnover=Turnover(FIRST, 0.2)), {"most turnover", "most A"}, 0.3,
    ),
    "turnover and a return": (
        three(turnover=Turnover(FIRST, 0.2)).with_return(np.array([0.01, 0.02, 0.05]), 0.03), {"least return"}, 0.012,
    ),
    # Half of A into both others moves 20 % · √(.25 + .0625 + .0625) apart.
    "a tracking error and what must be sold": (
        three(upper=(0.5, 1, 1), spreads=apart(0.1)), {"most tracking_error"}, 0.2 * np.sqrt(0.375) - 0.1,
    ),
    "a volatility below the least": (
        three(spreads=apart(0.05, np.zeros(3), name="volatility")), {"most volatility"}, 0.2 / np.sqrt(3) - 0.05,
    ),
    # At a share x of both others the tracking error is 20 % · √1.5 x, so x = .2041, and the volatility there .1618.
    "a tracking error and a volatility": (
        three(spreads=(*apart(0.05), *apart(0.12, np.zeros(3), name="volatility"))), {"most volatility"}, 0.04177,
    ),
    "turnover first, then the tracking error beside it": (
        three(upper=(0.5, 1, 1), upper_names=("most A", "most B", "most C"), lower=(0, 0.5, 0),
              turnover=Turnover(FIRST, 0.5), spreads=apart(0.1)),
        {"most tracking_error"}, 0.2 * np.sqrt(0.5) - 0.1,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", INFEASIBLE)
def test_a_contradiction_is_named_with_the_least_that_would_do(name):
    limits, contradiction, smallest = INFEASIBLE[name]
    found = relaxations(limits)
    assert {one.constraint for one in found}
    assert {one.constraint for one in found} <= contradiction
    assert sum(abs(one.needed - one.limit) for one in found) == pytest.approx(smallest, abs=1e-5)
    for solve in (
        lambda: min_variance(np.eye(3), limits),
        lambda: max_return(np.array([0.01, 0.02, 0.03]), limits, FIFTH),
        lambda: min_cvar(RETURNS[:50, :3], 0.9, limits),
        lambda: frontier(FIFTH, np.array([0.01, 0.02, 0.03]), limits),
    ):
        with pytest.raises(InfeasibleConstraints) as refused:
            solve()
        assert {one["constraint"] for one in refused.value.members["relaxations"]} == {one.constraint for one in found}
    # What is said would do does, and not before.
    needed = {one.constraint: one for one in found}
    assert relaxations(given_way(limits, {name: one.needed for name, one in needed.items()})) == []
    nearly = {name: one.limit + 0.99 * (one.needed - one.limit) for name, one in needed.items()}
    assert relaxations(given_way(limits, nearly))


def given_way(limits, needed):
    """The limits with what had to give given, and a hair more."""
    hair = 1e-9
    labels = limits.upper_names or tuple(f"most {name}" for name in limits.names)
    upper = [needed.get(label, one) + hair for label, one in zip(labels, limits.upper, strict=True)]
    lower = [needed.get(f"least {name}", one) - hair for name, one in zip(limits.names, limits.lower, strict=True)]
    groups = [
        replace(one, most=needed.get(f"most {one.name}", one.most) + hair,
                least=needed.get(f"least {one.name}", one.least) - hair)
        for one in limits.groups
    ]  # fmt: skip
    least = needed.get("least return", limits.return_least)
    turnover, spreads = limits.turnover, limits.spreads
    return replace(
        limits, upper=np.array(upper), lower=np.array(lower), groups=tuple(groups),
        return_least=None if least is None else least - hair,
        turnover=turnover and replace(turnover, most=needed.get("most turnover", turnover.most) + hair),
        spreads=tuple(replace(one, most=needed.get(f"most {one.name}", one.most) * (1 + 1e-6)) for one in spreads),
    )  # fmt: skip


def test_limits_that_can_be_kept_need_no_relaxation():
    kept = three(
        lower=(0.2, 0.2, 0.2), groups=(Group("G", GROUP, 0.4, 0.7),), turnover=Turnover(FIRST, 0.5),
        spreads=apart(0.13),
    )  # fmt: skip
    assert relaxations(kept) == []
    refuse_infeasible(kept)


def test_nothing_is_sold_short_to_mend_a_contradiction():
    [relaxation] = relaxations(three(lower=(1.5, 0, 0), upper=(2, 1, 1)))
    assert relaxation.needed == pytest.approx(1.0)


# --- Turnover and deviations: closed forms and what must hold of any. -------------------------------------------------


SOLVERS = {
    "variance": lambda limits: min_variance(COVARIANCE, limits),
    "cvar": lambda limits: min_cvar(RETURNS, 0.95, limits),
    "return": lambda limits: max_return(EXPECTED, limits, COVARIANCE),
}


def moved(weights, current):
    return float(np.abs(weights - current).sum()) / 2


@st.composite
def held(draw):
    parts = np.array(draw(st.lists(st.floats(0.01, 1.0), min_size=8, max_size=8)))
    return parts / parts.sum()


@given(held(), st.floats(0.001, 0.5), st.sampled_from(list(SOLVERS)))
@settings(max_examples=15, deadline=None)
def test_no_more_changes_hands_than_the_limit_and_more_of_it_never_hurts(current, most, objective):
    solve = SOLVERS[objective]
    sign = -1.0 if objective == "return" else 1.0
    free = solve(eight())
    some, more = (solve(eight(turnover=Turnover(current, limit))) for limit in (most, most + 0.1))
    assert moved(some.weights, current) <= most + 1e-7
    assert sign * more.objective <= sign * some.objective + 1e-9
    assert sign * free.objective <= sign * more.objective + 1e-9
    enough = solve(eight(turnover=Turnover(current, moved(free.weights, current) + 1e-6)))
    assert enough.objective == pytest.approx(free.objective, rel=2e-5)


@given(st.floats(0.1, 0.5), st.floats(0.1, 0.5), st.floats(-0.5, 0.5), st.floats(0.0, 1.0), st.floats(0.01, 0.3))
@settings(max_examples=15, deadline=None)
def test_of_two_assets_the_way_to_the_best_ends_at_the_limit(one, other, correlation, held_of_first, most):
    covariance = np.array([[one**2, correlation * one * other], [correlation * one * other, other**2]]) / 252
    best = np.clip((other**2 - correlation * one * other) / (one**2 + other**2 - 2 * correlation * one * other), 0, 1)
    current = np.array([held_of_first, 1 - held_of_first])
    limits = Limits(("A", "B"), np.zeros(2), np.ones(2))
    found = min_variance(covariance, replace(limits, turnover=Turnover(current, most))).weights[0]
    assert found == pytest.approx(held_of_first + np.clip(best - held_of_first, -most, most), abs=2e-4)
    # A share that moves takes so much deviation with it.
    rate = np.sqrt((one**2 + other**2 - 2 * correlation * one * other) / 252)
    apart_by = Spread("tracking_error", covariance, current, most * rate)
    found = min_variance(covariance, replace(limits, spreads=(apart_by,))).weights[0]
    assert found == pytest.approx(held_of_first + np.clip(best - held_of_first, -most, most), abs=2e-4)


@given(held(), st.floats(1e-4, 5e-3), st.sampled_from(list(SOLVERS)))
@settings(max_examples=15, deadline=None)
def test_nothing_moves_further_apart_than_the_limit_and_more_of_it_never_hurts(current, most, objective):
    solve = SOLVERS[objective]
    sign = -1.0 if objective == "return" else 1.0
    limit = Spread("tracking_error", COVARIANCE, current, most)
    some = solve(eight(spreads=(limit,)))
    more = solve(eight(spreads=(replace(limit, most=2 * most),)))
    free = solve(eight())
    assert limit.of(some.weights) <= most * (1 + 1e-5)
    assert sign * more.objective <= sign * some.objective + 1e-8
    # Far away it limits nothing: cones and the simplex come to the same.
    loose = solve(eight(spreads=(replace(limit, most=1.0),)))
    assert loose.objective == pytest.approx(free.objective, rel=2e-6)


def test_turnover_and_tracking_error_hold_along_the_whole_frontier():
    current = np.full(8, 1 / 8)
    limits = eight(turnover=Turnover(current, 0.3), spreads=(Spread("tracking_error", COVARIANCE, current, 0.004),))
    curve = frontier(COVARIANCE, EXPECTED, limits)
    assert len(curve) == 20
    for one in curve:
        assert moved(one.weights, current) <= 0.3 + 1e-7
        assert limits.spreads[0].of(one.weights) <= 0.004 * (1 + 1e-5)
    assert (np.diff([EXPECTED @ one.weights for one in curve]) > 0).all()


def test_weights_that_move_too_far_are_refused():
    with pytest.raises(NotSolved, match="most turnover"):
        check(np.array([0.5, 0.5, 0.0]), three(turnover=Turnover(FIRST, 0.4)))
    with pytest.raises(NotSolved, match="most tracking_error"):
        check(np.array([0.5, 0.5, 0.0]), three(spreads=apart(0.1)))
    check(np.array([0.5, 0.5, 0.0]), three(turnover=Turnover(FIRST, 0.5), spreads=apart(0.15)))


@pytest.mark.parametrize(
    "call",
    [
        lambda: three(turnover=Turnover(np.ones(2), 0.1)),
        lambda: three(turnover=Turnover(FIRST, -0.1)),
        lambda: three(turnover=Turnover(0.5 * FIRST, 0.1)),
        lambda: three(spreads=apart(-1.0)),
        lambda: three(spreads=apart(np.nan)),
        lambda: three(spreads=apart(0.1, np.ones(2))),
        lambda: three(spreads=apart(0.1, covariance=np.eye(2))),
    ],
)
def test_what_is_no_limit_is_refused(call):
    with pytest.raises(Invalid):
        call()
