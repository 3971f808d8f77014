"""Golden households: optima, binding limits and odds that can be worked out by hand."""

from decimal import Decimal

import numpy as np
import pytest
from scipy.stats import norm

from finsage.prediction.advice_model.candidates import (
    Bound,
    Candidate,
    Tracking,
    Universe,
    Wanted,
    candidates,
    limits_of,
    turnover,
)
from finsage.prediction.advice_model.choice import Option, best, choose
from finsage.prediction.advice_model.odds import World, judge, make_paths
from finsage.prediction.advice_model.orders import orders
from finsage.prediction.advice_model.premia import PREMIA, InvalidPremia, Premia, checked
from finsage.prediction.advice_model.questionnaire import CODES, LIMITS, ProfileLimits, profile_of
from finsage.quant.goals import Plan
from finsage.quant.limits import InfeasibleConstraints
from finsage.quant.paths import Stated

CASH = 0.02
FREE = ProfileLimits(drawdown=1.0, crypto=1.0, one_asset=1.0, cash_months=0.0)


def household(deviations, expected, classes=None, *, held=None, money=1.0, correlation=0.0, rows=1_500, seed=1):
    """A market of normal returns whose deviations, correlation and means are what they are said to be, exactly."""
    count = len(deviations)
    random = np.random.default_rng(seed)
    normal = random.standard_normal((rows, count))
    normal -= normal.mean(axis=0)
    # Whitened, then given the correlation: the sample has it to the last digit.
    white = normal @ np.linalg.inv(np.linalg.cholesky(normal.T @ normal / rows)).T
    wanted = np.full((count, count), correlation) + (1 - correlation) * np.eye(count)
    residuals = white @ np.linalg.cholesky(wanted).T
    daily = np.array(deviations) / np.sqrt(252)
    returns = residuals * daily
    stated = Stated(np.array(deviations), 1.0 + np.array(expected))
    world = World(residuals, daily**2, np.tile(daily**2, (rows, 1)), stated, stated, CASH, 252)
    weights = np.zeros(count) if held is None else np.array(held)
    names = tuple("ABCDEFGH"[:count])
    universe = Universe(
        names, tuple(classes or ["equity"] * count), returns, np.array(expected), weights, money, CASH, 252
    )
    return world, universe


def chosen_of(world, universe, wanted, plan, seed=1):
    paths = make_paths(world, plan.months, seed=seed)
    return choose(paths, universe, wanted, candidates(universe, wanted), plan)


def lognormal_odds(start, target, years, growth, deviation):
    drift = years * (np.log(growth) - deviation**2 / 2)
    return norm.cdf((np.log(start / target) + drift) / (deviation * np.sqrt(years)))


# --- The retired: profile 1, the goal is to keep what there is. -------------------------------------------------------


def test_the_careful_household_stays_in_money_because_it_is_enough():
    """100 in money at 2 % are 102 after a year: a goal of 101.9 is sure, and of equals the calmest is taken."""
    world, universe = household([0.18, 0.06], [0.063, 0.031], ["equity", "bond"])
    found = chosen_of(world, universe, Wanted(LIMITS[1]), Plan(100.0, 101.9, 12))
    assert found.chosen.candidate.weights == pytest.approx([0, 0], abs=0.005)
    assert found.chosen.probability == 1.0
    assert found.chosen.judged.ends[0.5] == pytest.approx(102.0, abs=0.02)
    assert found.chosen.judged.drawdown == pytest.approx(0, abs=1e-3)


# --- The saver: profile 3, two shares alike; one-asset limit 20 %, cash limit. ---------------------------------------


def test_the_saver_is_held_by_the_limit_of_one_asset_and_the_odds_are_lognormal():
    """Goal 115 in five years, money alone gives 110.4: all risk the limits let in is taken, 20 % of each share.

    The portfolio: mean 0.4·6.3 + 0.6·2 = 3.72 %, deviation 0.2·√2·0.18 = 5.09 %.
    """
    world, universe = household([0.18, 0.18], [0.063, 0.063])
    plan = Plan(100.0, 115.0, 60)
    found = chosen_of(world, universe, Wanted(LIMITS[3], money=0.1), plan)
    assert found.chosen.candidate.weights == pytest.approx([0.2, 0.2], abs=1e-4)
    assert found.chosen.candidate.money == pytest.approx(0.6, abs=2e-4)
    assert [(one.limit, one.assets) for one in found.binding] == [("one_asset", ("A", "B"))]
    exact = lognormal_odds(100, 115, 5, 1.0372, 0.2 * np.sqrt(2) * 0.18)
    goal = found.chosen.judged.goal
    assert exact == pytest.approx(0.635, abs=0.01)
    assert abs(goal.probability - exact) < 4 * goal.error


def test_the_savers_money_is_held_by_the_reserve_where_it_is_larger():
    """Five shares could take all at 20 % each; three months of spending are 34 % of the value."""
    world, universe = household([0.1] * 5, [0.063] * 5)
    found = chosen_of(world, universe, Wanted(LIMITS[3], money=0.34), Plan(100.0, 112.0, 12))
    assert found.chosen.candidate.money == pytest.approx(0.34, abs=1e-3)
    assert "cash" in [one.limit for one in found.binding]
    assert found.chosen.candidate.weights.max() <= 0.2 + 1e-8


# --- The bold: profile 5, a share and a coin; crypto limit 20 %, drawdown 50 %. ---------------------------------------


def test_the_bold_household_is_held_by_the_limit_on_crypto():
    """With a coin stated to earn 17 % and a goal far away, the coin goes to its limit, the share to its own 30 %."""
    world, universe = household([0.18, 0.5], [0.063, 0.17], ["equity", "crypto"])
    found = chosen_of(world, universe, Wanted(LIMITS[5]), Plan(100.0, 110.0, 12))
    assert found.chosen.candidate.weights == pytest.approx([0.3, 0.2], abs=1e-4)
    assert {(one.limit, one.assets) for one in found.binding} == {("one_asset", ("A",)), ("crypto", ("B",))}


def test_a_profile_without_crypto_buys_none():
    _, universe = household([0.18, 0.5], [0.063, 0.17], ["equity", "crypto"])
    found = candidates(universe, Wanted(LIMITS[1]))
    assert all(abs(one.weights[1]) < 1e-7 for one in found)
    assert all(one.weights[0] <= 0.1 + 1e-8 for one in found)


# --- The drawdown: one share with every other limit open. ------------------------------------------------------------


def test_the_drawdown_holds_the_share_where_the_reflection_principle_says():
    """One year, one share of 20 %: the share w for which 95 % of paths fall less than 15 % from a high.

    Without drift the fall M of a Brownian motion from its high within a year has P(M > x) as the reflected motion's
    exit time: 4/π Σ (−1)^k/(2k+1) exp(−(2k+1)²π²σ²/8x²) is P(M ≤ x). At x = 2.241 σ that is 95 %; in logarithms the
    limit is −ln 0.85 = .1625, so σ = .0725 and w = .3626 of the share. Drift and daily closes let in a little more.
    """
    world, universe = household([0.2], [0.05])
    limits = ProfileLimits(drawdown=0.15, crypto=1.0, one_asset=1.0, cash_months=0.0)
    found = chosen_of(world, universe, Wanted(limits), Plan(100.0, 104.0, 12))
    weight = float(found.chosen.candidate.weights[0])
    assert 0.34 < weight < 0.46
    assert found.chosen.judged.drawdown <= 0.15
    assert found.chosen.judged.drawdown > 0.135
    assert [one.limit for one in found.binding] == ["drawdown"]
    x, k = 2.241, np.arange(50)
    within = (4 / np.pi * (-1.0) ** k / (2 * k + 1) * np.exp(-((2 * k + 1) ** 2) * np.pi**2 / 8 / x**2)).sum()
    assert within == pytest.approx(0.95, abs=0.001)


def test_a_drawdown_that_nothing_keeps_is_refused_with_the_one_that_can_be_had():
    """At least 90 % of a share of 30 %: no reserve of money helps."""
    world, universe = household([0.3], [0.063])
    wanted = Wanted(ProfileLimits(0.08, 1.0, 1.0, 0.0), bounds={"A": Bound(least=0.9)})
    paths = make_paths(world, 36, seed=1)
    with pytest.raises(InfeasibleConstraints) as refused:
        choose(paths, universe, wanted, candidates(universe, wanted), Plan(100.0, 120.0, 36))
    [relaxation] = refused.value.members["relaxations"]
    assert relaxation["constraint"] == "most drawdown"
    assert relaxation["limit"] == 0.08
    assert 0.35 < relaxation["needed"] < 0.75


@pytest.mark.parametrize(
    ("wanted", "named"),
    [
        (Wanted(LIMITS[3], bounds={"A": Bound(least=0.4)}), {"least A", "most one_asset"}),
        (Wanted(LIMITS[3], money=1.2), {"least money"}),
        (Wanted(LIMITS[3], return_least=0.08), {"least return", "most one_asset"}),
        (Wanted(LIMITS[2], bounds={"B": Bound(least=0.1)}), {"most crypto", "least B"}),
    ],
)
def test_limits_that_contradict_each_other_are_named(wanted, named):
    _, universe = household([0.18, 0.5], [0.063, 0.063], ["equity", "crypto"])
    with pytest.raises(InfeasibleConstraints) as refused:
        candidates(universe, wanted)
    found = {one["constraint"]: one["limit"] for one in refused.value.members["relaxations"]}
    assert found
    assert set(found) <= named
    assert found.get("least return", 0.08) == pytest.approx(0.08), "a year, as it was asked for"


# --- What must hold of any choice. -----------------------------------------------------------------------------------


def test_every_candidate_keeps_every_limit_and_there_are_all_methods():
    world, universe = household([0.15, 0.2, 0.25, 0.6], [0.06, 0.063, 0.07, 0.09], ["equity"] * 3 + ["crypto"],
                                correlation=0.3)  # fmt: skip
    wanted = Wanted(LIMITS[4], money=0.05, bounds={"A": Bound(0.02, 0.1)})
    found = candidates(universe, wanted)
    rows = limits_of(universe, wanted).rows()
    for one in found:
        weights = np.append(one.weights, one.money)
        assert weights.sum() == pytest.approx(1.0, abs=1e-8)
        assert (rows.matrix @ weights - rows.right <= 1e-6).all()
    methods = [one.method for one in found]
    assert {"least_variance", "frontier", "most_return", "least_cvar"} <= set(methods)
    choice = chosen_of(world, universe, wanted, Plan(100.0, 104.0, 12))
    assert choice.chosen.judged.drawdown <= 0.35
    keeping = [choice.chosen, *choice.alternatives]
    named = [one.candidate.method for one in keeping]
    assert len(named) == len(set(named)), "two under one name could not be told apart"
    assert max(one.probability for one in keeping) <= choice.chosen.probability + choice.chosen.judged.goal.error


# --- How far it is from what there is. --------------------------------------------------------------------------------


def changed(universe, candidate):
    return (np.abs(candidate.weights - universe.weights).sum() + abs(candidate.money - universe.money)) / 2


def test_a_household_that_does_not_want_to_turn_over_much_goes_part_of_the_way():
    """All in money, 30 % may change hands: two shares alike, goal 115 in five years, so 15 % of each is bought.

    Free it would be 20 % of each (see the saver); the limit of turnover alone holds it.
    """
    world, universe = household([0.18, 0.18], [0.063, 0.063])
    wanted = Wanted(LIMITS[3], turnover_most=0.3)
    found = candidates(universe, wanted)
    assert {one.method for one in found} >= {"frontier", "least_cvar", "risk_parity", "hrp"}
    assert all(changed(universe, one) <= 0.3 + 1e-6 for one in found)
    choice = chosen_of(world, universe, wanted, Plan(100.0, 115.0, 60))
    assert choice.chosen.candidate.weights.sum() == pytest.approx(0.3, abs=1e-3)
    assert [one.limit for one in choice.binding] == ["turnover"]
    assert turnover(universe, choice.chosen.candidate) == pytest.approx(0.3, abs=1e-3)


@pytest.mark.parametrize("name", [None, "A"])
def test_a_portfolio_stays_by_what_there_is_or_by_an_asset(name):
    """Half of a share of 20 % is held, the rest is money; every percent of it sold is .2 percent apart."""
    _, universe = household([0.2, 0.1], [0.063, 0.04], held=[0.5, 0.0], money=0.5)
    tracking = Tracking(0.06, name)
    found = candidates(universe, Wanted(FREE, tracking=tracking))
    around = np.array([0.5 if name is None else 1.0, 0.0])
    for one in found:
        apart_by = np.sqrt(((one.weights - around) ** 2 * np.array([0.04, 0.01])).sum())
        assert apart_by <= 0.06 * (1 + 1e-3)
    # The least variance within it: as little of the share as 6 % apart let it, 30 points of it less.
    assert found[0].weights[0] == pytest.approx(around[0] - 0.3, abs=0.01)


def test_an_asset_may_be_kept_from_purchases_and_sales_and_a_class_has_bounds():
    _, universe = household([0.18, 0.18, 0.06], [0.063, 0.063, 0.031], ["equity", "equity", "bond"],
                            held=[0.15, 0.05, 0.0], money=0.8)  # fmt: skip
    wanted = Wanted(
        LIMITS[5], bounds={"A": Bound(may_sell=False), "B": Bound(may_buy=False)},
        classes={"bond": Bound(least=0.1), "cash": Bound(most=0.6)},
    )  # fmt: skip
    found = candidates(universe, wanted)
    assert found
    for one in found:
        assert one.weights[0] >= 0.15 - 1e-6
        assert one.weights[1] <= 0.05 + 1e-6
        assert one.weights[2] >= 0.1 - 1e-6
        assert one.money <= 0.6 + 1e-6


@pytest.mark.parametrize(
    ("wanted", "named"),
    [
        (Wanted(LIMITS[3], turnover_most=0.2), {"most turnover", "most one_asset"}),
        (Wanted(LIMITS[3], tracking=Tracking(0.02)), {"most tracking_error"}),
        (Wanted(LIMITS[3], bounds={"A": Bound(may_sell=False)}), {"least A", "most one_asset"}),
        (Wanted(LIMITS[3], classes={"equity": Bound(least=0.5)}), {"least equity", "most one_asset"}),
        (Wanted(LIMITS[3], classes={"bond": Bound(least=0.1)}), {"least bond"}),
    ],
)
def test_what_contradicts_a_limit_of_the_way_is_named(wanted, named):
    """70 % of one share is held where a fifth may be: half of the value has to change hands."""
    _, universe = household([0.2], [0.063], held=[0.7], money=0.3)
    with pytest.raises(InfeasibleConstraints) as refused:
        candidates(universe, wanted)
    found = {one["constraint"] for one in refused.value.members["relaxations"]}
    assert found
    assert found <= named


def test_risk_parity_and_its_kin_are_scaled_into_the_limits():
    _, universe = household([0.1, 0.2], [0.06, 0.06])
    found = [one for one in candidates(universe, Wanted(LIMITS[3])) if one.method == "risk_parity"]
    # Inverse deviations are 2/3 and 1/3; 20 % of the larger lets 30 % of the whole in.
    assert found[0].weights == pytest.approx([0.2, 0.1], abs=2e-3)
    assert found[0].money == pytest.approx(0.7, abs=2e-3)
    assert len(found) == 4


def test_of_equal_odds_the_one_that_loses_less_is_taken():
    world, _ = household([0.2], [0.05])
    paths = make_paths(world, 12, seed=1)
    calm, wild = (
        Option(Candidate("frontier", np.array([w]), 1 - w), judge(paths.course(np.array([w]), 1 - w), Plan(100, 1, 12)), keeps=True)
        for w in (0.1, 0.9)
    )  # fmt: skip
    assert calm.probability == wild.probability == 1.0
    assert best([wild, calm]) is calm


def test_higher_premia_give_better_odds_on_the_same_paths():
    world, _ = household([0.18], [0.063])
    paths = make_paths(world, 60, seed=1)
    plan = Plan(100.0, 125.0, 60)

    def probability(growth):
        return judge(paths.moved(np.array([growth])).course(np.ones(1), 0.0), plan).goal

    found = [probability(growth) for growth in (1.053, 1.063, 1.073)]
    for one, growth in zip(found, (1.053, 1.063, 1.073), strict=True):
        assert abs(one.probability - lognormal_odds(100, 125, 5, growth, 0.18)) < 4 * one.error
    assert found[0].probability < found[1].probability < found[2].probability


def test_orders_say_what_breaks_a_limit_and_leave_the_reserve():
    world, universe = household([0.18, 0.18], [0.063, 0.063], held=[0.7, 0.0], money=0.3)
    wanted = Wanted(LIMITS[3], money=0.4)
    choice = chosen_of(world, universe, wanted, Plan(100.0, 104.0, 12))
    found = orders(choice, universe, wanted, Decimal("1234.56"))
    assert [(one.side, one.name) for one in found] == [("sell", "A"), ("buy", "B")]
    sale, purchase = found
    assert {"one_asset", "cash", "drawdown"} & {one.code for one in sale.reasons} >= {"one_asset", "cash"}
    assert "premium" in {one.code for one in purchase.reasons}
    money = Decimal("1234.56") * Decimal("0.3") + sale.amount - purchase.amount
    assert money >= Decimal("1234.56") * Decimal("0.4")
    assert sale.amount == sale.amount.quantize(Decimal("0.01"))


def test_premia_are_stated_for_every_class_and_can_be_stated_otherwise():
    assert set(PREMIA) == {"equity", "etf", "fund", "bond", "fx", "commodity", "index", "crypto", "cash"}
    assert all(one.source for one in PREMIA.values())
    own = Premia(0.03, {"equity": 0.05}, {"x": 0.01})
    assert own.expected("y", "equity") == pytest.approx(0.08)
    assert own.expected("x", "equity") == pytest.approx(0.04)
    assert own.expected("y", "bond") == pytest.approx(0.041)
    assert own.moved(0.01).expected("x", "equity") == pytest.approx(0.05)
    assert own.moved(0.01).expected("y", "bond") == pytest.approx(0.051)
    for wrong in (Premia(0.6), Premia(by_class={"houses": 0.01}), Premia(by_asset={"x": -0.7})):
        with pytest.raises(InvalidPremia):
            checked(wrong)


def test_answers_reach_the_recommendation():
    """Changing one answer changes a limit, and the limit changes what is recommended."""
    world, universe = household([0.12], [0.063])
    plan = Plan(100.0, 104.0, 12)
    paths = make_paths(world, plan.months, seed=1)
    found = []
    for answer in (5, 4):
        limits = profile_of({**dict.fromkeys(CODES, 5), "income": answer}).limits
        wanted = Wanted(limits)
        found.append(choose(paths, universe, wanted, candidates(universe, wanted), plan).chosen.candidate.weights[0])
    assert found == pytest.approx([0.30, 0.25], abs=1e-4)
