"""Optimisers against closed forms and against skfolio's answers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
from scipy.optimize import linprog
from scipy.spatial.distance import squareform
from unit.quant.markets import made

from finsage.errors import Invalid
from finsage.quant.leaves import near_order
from finsage.quant.limits import InfeasibleConstraints, Limits, NotSolved, check
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


@given(st.integers(0, 1_000), st.floats(0.5, 0.99), st.integers(2, 12))
@settings(max_examples=15, deadline=None)
def test_least_cvar_is_that_of_all_rows_at_once(seed, confidence, count):
    """The whole program of Rockafellar and Uryasev, with every row in it, has the same least."""
    returns = np.random.default_rng(seed).standard_t(3, (200, count)) * 0.01
    tail = (1 - confidence) * len(returns)
    costs = np.concatenate([np.zeros(count), [1.0], np.full(200, 1 / tail)])
    whole = linprog(
        costs, A_ub=np.hstack([-returns, -np.ones((200, 1)), -np.eye(200)]), b_ub=np.zeros(200),
        A_eq=(np.arange(len(costs)) < count)[None, :].astype(float), b_eq=[1.0],
        bounds=[(0, 1)] * count + [(None, None)] + [(0, None)] * 200,
    )  # fmt: skip
    assert min_cvar(returns, confidence, many(count)).objective == pytest.approx(whole.fun, rel=1e-9)


def many(count):
    return Limits(tuple(map(str, range(count))), np.zeros(count), np.ones(count))


def test_risk_parity_is_skfolios_and_nearer_to_equal():
    found = risk_parity(COVARIANCE)
    assert found == pytest.approx(SKFOLIO["risk_parity"], abs=2e-5)
    assert risk_contributions(found, COVARIANCE) == pytest.approx(np.full(8, 1 / 8), abs=1e-8)
    budgets = np.array([0.3, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])
    assert risk_contributions(risk_parity(COVARIANCE, budgets), COVARIANCE) == pytest.approx(budgets, abs=1e-8)


def test_hierarchical_risk_parity_is_skfolios():
    assert hierarchical_risk_parity(RETURNS, COVARIANCE) == pytest.approx(SKFOLIO["hrp"], abs=1e-8)
    assert hierarchical_risk_parity(RETURNS[:, :1], COVARIANCE[:1, :1]) == pytest.approx([1.0])


@given(st.integers(2, 60), st.integers(0, 1_000), st.booleans())
@settings(max_examples=25, deadline=None)
def test_leaves_are_ordered_as_scipy_orders_them(count, seed, has_factor):
    random = np.random.default_rng(seed)
    mixed = random.standard_normal((200, count)) @ random.standard_normal((count, count))
    correlation = np.corrcoef(made(200, count, seed) if has_factor else mixed, rowvar=False)
    distances = np.sqrt(np.clip((1 - correlation) / 2, 0, 1))
    np.fill_diagonal(distances, 0)
    condensed = squareform(distances, checks=False)
    tree = linkage(condensed, "ward")
    assert near_order(tree, distances) == leaves_list(optimal_leaf_ordering(tree, condensed)).tolist()


def test_many_assets_have_equal_contributions():
    # Where Newton's steps win less than the objective's rounding shows, they must still be whole.
    covariance = np.cov(made(600, 200), rowvar=False)
    assert risk_contributions(risk_parity(covariance), covariance) == pytest.approx(np.full(200, 1 / 200), abs=1e-12)


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


@given(st.lists(st.sampled_from([0.0, 0.02, 0.063]), min_size=8, max_size=8), st.floats(0.2, 1.0), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_most_return_is_found_whatever_is_equal(premia, most, seed):
    expected = np.array(premia) / 252
    covariance = np.cov(made(seed=seed), rowvar=False)
    found = max_return(expected, limits(most=most), covariance)
    assert found.objective == pytest.approx(max_return(expected, limits(most=most)).objective, abs=1e-9)
    if len(set(premia)) == 1:
        calm = min_variance(covariance, limits(most=most))
        assert found.weights @ covariance @ found.weights == pytest.approx(calm.objective, rel=1e-6)


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


def three(upper=(1, 1, 1), **more):
    return Limits(("A", "B", "C"), np.zeros(3), np.array(upper, dtype=float), **more)


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
