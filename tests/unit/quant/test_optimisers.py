"""Optimisers against closed forms, against skfolio's answers, and on limits that contradict each other."""

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
    check,
    relaxations,
)
from finsage.quant.optimisers import frontier, max_return, min_cvar, min_variance
from finsage.quant.risk_shares import hierarchical_risk_parity, risk_contributions, risk_parity

RETURNS = made()
COVARIANCE = np.cov(RETURNS, rowvar=False)
NAMES = tuple("ABCDEFGH")


def limits(count=8, most=1.0, **more):
    return Limits(NAMES[:count], np.zeros(count), np.full(count, most), **more)


# skfolio 1.12.2 with Clarabel on the same returns: MeanRisk(variance), MeanRisk(CVaR 0.95), RiskBudgeting,
# HierarchicalRiskParity; EmpiricalPrior with EmpiricalCovariance, max_weights 0.4 for the first two.
SKFOLIO = {
    "min_variance": [0.399999999853, 0.353240575666, 0.167003313703, 0.0581581323369, 0.0190501071269,
                     2.10896459621e-09, 0.00254786900391, 2.01527343927e-10],
    "min_cvar": [0.399999999995, 0.349579841257, 0.192998074992, 0.021645729416, 0.00994569925666, 0.0,
                 0.025830655059, 0.0],
    "risk_parity": [0.33469713163, 0.180299778769, 0.134506248309, 0.10094584227, 0.0757471203295, 0.0652061747008,
                    0.0575589416526, 0.0510387623389],
    "hrp": [0.546653000399, 0.186350142192, 0.11756323207, 0.0635831110275, 0.0304708318159, 0.0239477599128,
            0.0176441588306, 0.013787763752],
}  # fmt: skip


def test_least_variance_is_at_least_as_good_as_skfolios():
    found = min_variance(COVARIANCE, limits(most=0.4))
    theirs = np.array(SKFOLIO["min_variance"])
    assert found.objective <= float(theirs @ COVARIANCE @ theirs) * (1 + 1e-9)
    assert found.weights == pytest.approx(theirs, abs=1e-5)
    assert found.gap <= 1e-6


def test_least_cvar_is_skfolios():
    found = min_cvar(RETURNS, 0.95, limits(most=0.4))
    assert found.weights == pytest.approx(SKFOLIO["min_cvar"], abs=1e-6)
    losses = np.sort(-RETURNS @ found.weights)[::-1]
    assert found.objective == pytest.approx(losses[:25].mean(), rel=1e-9), "the mean of the worst 25 of 500"


def test_risk_parity_is_skfolios_and_nearer_to_equal():
    found = risk_parity(COVARIANCE)
    assert found == pytest.approx(SKFOLIO["risk_parity"], abs=2e-5)
    assert risk_contributions(found, COVARIANCE) == pytest.approx(np.full(8, 1 / 8), abs=1e-8)
    budgets = np.array([0.3, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])
    assert risk_contributions(risk_parity(COVARIANCE, budgets), COVARIANCE) == pytest.approx(budgets, abs=1e-8)


def test_hierarchical_risk_parity_is_skfolios():
    assert hierarchical_risk_parity(RETURNS, COVARIANCE) == pytest.approx(SKFOLIO["hrp"], abs=1e-8)
    assert hierarchical_risk_parity(RETURNS[:, :1], COVARIANCE[:1, :1]) == pytest.approx([1.0])


@given(st.floats(0.05, 0.6), st.floats(0.05, 0.6), st.floats(-0.9, 0.9))
@settings(max_examples=50, deadline=None)
def test_two_assets_have_their_closed_forms(one, other, correlation):
    covariance = np.array([[one**2, correlation * one * other], [correlation * one * other, other**2]]) / 252
    best = (other**2 - correlation * one * other) / (one**2 + other**2 - 2 * correlation * one * other)
    found = min_variance(covariance, limits(2)).weights
    assert found[0] == pytest.approx(np.clip(best, 0, 1), abs=2e-5)
    assert risk_parity(covariance)[0] == pytest.approx(other / (one + other), abs=1e-7)


@given(st.lists(st.floats(0.05, 0.6), min_size=2, max_size=8))
@settings(max_examples=30, deadline=None)
def test_assets_that_do_not_move_together_are_weighed_by_inverse_variance_or_deviation(deviations):
    sigmas = np.array(deviations)
    covariance = np.diag(sigmas**2) / 252
    inverse = 1 / sigmas**2
    assert min_variance(covariance, limits(len(sigmas))).weights == pytest.approx(inverse / inverse.sum(), abs=1e-4)
    assert risk_parity(covariance) == pytest.approx(1 / sigmas / (1 / sigmas).sum(), abs=1e-7)


@given(st.permutations(range(8)))
@settings(max_examples=10, deadline=None)
def test_the_order_of_the_assets_does_not_matter(order):
    place = np.array(order)
    moved = COVARIANCE[np.ix_(place, place)]
    assert min_variance(moved, limits()).weights == pytest.approx(
        min_variance(COVARIANCE, limits()).weights[place], abs=1e-5
    )
    assert risk_parity(moved) == pytest.approx(risk_parity(COVARIANCE)[place], abs=1e-8)
    assert hierarchical_risk_parity(RETURNS[:, place], moved) == pytest.approx(
        hierarchical_risk_parity(RETURNS, COVARIANCE)[place], abs=1e-8
    )


def test_most_return_fills_the_best_up_to_their_limits():
    expected = np.array([0.02, 0.03, 0.05, 0.08])
    found = max_return(expected, limits(4, most=0.4))
    assert found.weights == pytest.approx([0, 0.2, 0.4, 0.4], abs=1e-9)
    assert found.objective == pytest.approx(0.058)


def test_of_equal_returns_the_calmer_is_taken():
    covariance = np.diag([0.04, 0.01])
    found = max_return(np.array([0.05, 0.05]), limits(2), covariance)
    assert found.weights == pytest.approx([0.2, 0.8], abs=1e-3)


def test_most_return_within_a_volatility_lies_on_it():
    # Two assets, uncorrelated, 10 and 20 %: 0.05 w² − 0.08 w + 0.04 = 0.0144, the root with more of the wilder one.
    covariance, expected = np.diag([0.01, 0.04]), np.array([0.03, 0.08])
    found = max_return(expected, limits(2), covariance, volatility_most=0.12)
    root = (0.08 - np.sqrt(0.08**2 - 4 * 0.05 * (0.04 - 0.0144))) / 0.1
    assert found.weights == pytest.approx([root, 1 - root], abs=1e-6)
    with pytest.raises(InfeasibleConstraints) as refused:
        max_return(expected, limits(2), covariance, volatility_most=0.05)
    [relaxation] = refused.value.members["relaxations"]
    assert relaxation["constraint"] == "most volatility"
    assert relaxation["needed"] == pytest.approx(np.sqrt(0.008), abs=1e-6)


def test_the_frontier_rises_and_ends_at_the_most_return():
    expected = np.linspace(0.02, 0.09, 8) / 252
    curve = frontier(COVARIANCE, expected, limits(most=0.5))
    assert len(curve) == 20
    returns = np.array([expected @ one.weights for one in curve])
    variances = np.array([one.weights @ COVARIANCE @ one.weights for one in curve])
    assert (np.diff(returns) > 0).all()
    assert (np.diff(variances) >= -1e-12).all()
    # A convex curve: each point lies under the line between its neighbours.
    assert (np.diff(variances, 2) >= -1e-10).all()
    for one in curve:
        check(one.weights, limits(most=0.5))


def test_a_frontier_without_anything_to_gain_is_a_point():
    assert len(frontier(COVARIANCE, np.full(8, 0.05), limits())) == 1


GROUP = np.array([True, True, False])


def three(lower=(0, 0, 0), upper=(1, 1, 1), **more):
    return Limits(("A", "B", "C"), np.array(lower, dtype=float), np.array(upper, dtype=float), **more)


INFEASIBLE = {
    "uppers of one name": (three(upper=(0.2, 0.2, 0.2), upper_names=("most one asset",) * 3), {"most one asset": 1 / 3}),
    "uppers alone": (three(upper=(0.3, 0.3, 0.3)), None),
    "least above all": (three(lower=(1.2, 0, 0), upper=(2, 1, 1)), {"least A": 1.0}),
    "two leasts": (three(lower=(0.6, 0.6, 0)), None),
    "least over group": (three(lower=(0.5, 0, 0), groups=(Group("G", GROUP, most=0.3),)), None),
    "group and group": (
        three(groups=(Group("G", GROUP, most=0.3), Group("rest", ~GROUP, most=0.5))), None,
    ),
    "group least": (three(upper=(0.1, 0.1, 1), groups=(Group("G", GROUP, least=0.5),)), None),
    "group least over one": (three(groups=(Group("G", GROUP, least=1.1),)), {"least G": 1.0}),
    "return": (three(expected=np.array([0.01, 0.02, 0.03]), return_least=0.05), {"least return": 0.03}),
    "return under a bound": (three(upper=(1, 1, 0.5)).with_return(np.array([0.0, 0.0, 0.1]), 0.06), None),
    "crossed": (three(lower=(0.4, 0, 0), upper=(0.3, 1, 1)), None),
    "total": (three(lower=(0.6, 0, 0), total=0.5), {"least A": 0.5}),
}  # fmt: skip


@pytest.mark.parametrize("name", INFEASIBLE)
def test_limits_that_contradict_each_other_are_named_with_the_least_that_would_do(name):
    found, expected = INFEASIBLE[name]
    named = {one.constraint: one.needed for one in relaxations(found)}
    assert named
    if expected is not None:
        assert named == pytest.approx(expected, abs=1e-6)
    for solve in (
        lambda: min_variance(np.eye(3), found),
        lambda: max_return(np.array([0.01, 0.02, 0.03]), found),
        lambda: min_cvar(RETURNS[:50, :3], 0.9, found),
    ):
        with pytest.raises(InfeasibleConstraints) as refused:
            solve()
        assert {one["constraint"] for one in refused.value.members["relaxations"]} == set(named)
    # What is said would do does.
    relaxed = _with(found, {one.constraint: one.needed for one in relaxations(found)})
    assert relaxations(relaxed) == []


def _with(found, needed):
    """The limits with what had to give given."""
    labels = found.upper_names or tuple(f"most {name}" for name in found.names)
    upper = np.array([needed.get(label, one) for label, one in zip(labels, found.upper, strict=True)])
    lower = np.array([needed.get(f"least {name}", one) for name, one in zip(found.names, found.lower, strict=True)])
    groups = tuple(
        replace(one, most=needed.get(f"most {one.name}", one.most), least=needed.get(f"least {one.name}", one.least))
        for one in found.groups
    )
    least = needed.get("least return", found.return_least)
    slack = 1e-9
    return replace(
        found, lower=lower - slack, upper=upper + slack,
        groups=tuple(replace(one, most=one.most + slack, least=one.least - slack) for one in groups),
        return_least=None if least is None else least - slack,
    )  # fmt: skip


def test_limits_that_can_be_kept_need_no_relaxation():
    assert relaxations(three(lower=(0.2, 0.2, 0.2), groups=(Group("G", GROUP, 0.4, 0.7),))) == []


def test_nothing_is_sold_short_to_mend_a_contradiction():
    [relaxation] = relaxations(three(lower=(1.5, 0, 0), upper=(2, 1, 1)))
    assert relaxation.needed == pytest.approx(1.0)


@pytest.mark.parametrize(
    "weights", [[0.5, 0.6, 0.0], [1.1, -0.1, 0.0], [np.nan, 0.5, 0.5]],
)  # fmt: skip
def test_weights_that_are_no_answer_are_refused(weights):
    with pytest.raises(NotSolved):
        check(np.array(weights), three())


@pytest.mark.parametrize(
    "call",
    [
        lambda: Limits((), np.zeros(0), np.zeros(0)),
        lambda: three(upper=(np.inf, 1, 1)),
        lambda: three(return_least=0.1),
        lambda: min_variance(np.eye(2), three()),
        lambda: min_variance(np.full((3, 3), np.nan), three()),
        lambda: min_cvar(RETURNS, 0.95, three()),
        lambda: min_cvar(RETURNS[:, :3], 1.0, three()),
        lambda: max_return(np.ones(3), three(), volatility_most=0.1),
        lambda: risk_parity(np.zeros((2, 2))),
        lambda: risk_parity(np.eye(2), np.array([0.5, 0.4])),
        lambda: hierarchical_risk_parity(np.zeros((10, 2)), np.eye(2)),
    ],
)
def test_what_is_no_problem_is_refused(call):
    with pytest.raises(Invalid):
        call()


def test_a_singular_covariance_and_money_beside_it_are_solved():
    # A twin of the first asset and money that never moves.
    returns = np.column_stack([RETURNS[:, 0], RETURNS[:, 0], RETURNS[:, 5], np.zeros(500)])
    covariance = np.cov(returns, rowvar=False)
    expected = np.array([0.06, 0.06, 0.08, 0.02]) / 252
    found = min_variance(covariance, limits(4).with_return(expected, 0.05 / 252))
    assert expected @ found.weights >= 0.05 / 252 - 1e-8
    assert min_variance(covariance, limits(4)).weights[3] == pytest.approx(1.0, abs=1e-4)
