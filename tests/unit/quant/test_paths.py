"""Paths and goals: blocks as they should be, moments as stated, falls as on the daily path, odds as in closed form."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kurtosis, norm
from unit.quant.markets import made

from finsage.errors import Invalid
from finsage.quant.goals import Plan, expected_shortfall, odds, reaching, wealth
from finsage.quant.paths import (
    Months,
    Stated,
    block_rows,
    copula_residuals,
    course,
    months_of,
    simulated_years,
)

USUAL = np.array([1e-4])
STATED = Stated(np.array([0.15, 0.3, 0.0]), np.array([1.05, 1.08, 1.02]))


def residuals(rows=800):
    returns = made(rows, 3)
    return returns / returns.std(axis=0)


def years(count=2_000, seed=3):
    return simulated_years(
        residuals(), np.full(3, 1e-4), STATED, usual=USUAL, days=252, count=count, random=np.random.default_rng(seed)
    )


def test_blocks_run_on_and_have_their_mean_length():
    rows = block_rows(500, (400, 252), np.random.default_rng(1), mean_block=10)
    goes_on = (np.diff(rows, axis=1) % 500) == 1
    assert 1 / (1 - goes_on.mean()) == pytest.approx(10, rel=0.05)
    assert rows.min() == 0
    assert rows.max() == 499
    counts = np.bincount(rows.ravel(), minlength=500)
    assert counts.std() / counts.mean() < 0.3, "every row is drawn alike"


def test_years_have_the_stated_deviation_and_growth():
    found = years().astype(np.float64)
    ends = np.log1p(found).sum(axis=1)
    assert ends.std(axis=0) == pytest.approx(STATED.deviation, abs=1e-5)
    assert np.exp(ends).mean(axis=0) == pytest.approx(STATED.growth, rel=1e-5)
    # What moved together does so again.
    daily = np.log1p(found).reshape(-1, 3)[:, :2]
    assert np.corrcoef(daily, rowvar=False)[0, 1] == pytest.approx(
        np.corrcoef(residuals()[:, :2], rowvar=False)[0, 1], abs=0.03
    )


def test_a_year_of_thick_tails_is_no_mixture_of_calm_and_explosion():
    thick = np.random.default_rng(0).standard_t(4, size=(2_000, 1))
    found = simulated_years(
        thick, np.array([1e-4]), Stated(np.array([0.2]), np.array([1.05])), usual=USUAL, days=252, count=2_000,
        random=np.random.default_rng(2),
    )  # fmt: skip
    ends = np.log1p(found[:, :, 0].astype(np.float64)).sum(axis=1)
    assert -0.3 < kurtosis(ends) < 1.5


def test_a_peg_that_broke_is_one_wild_day_and_no_explosion():
    """EUR in CHF on 2015-01-15 was 232 expected deviations: drawn twice in a year it must not feed on itself."""
    broken = np.random.default_rng(0).standard_normal((2_000, 1))
    broken[1_000] = 232.0
    found = simulated_years(
        broken, np.array([1e-6]), Stated(np.array([0.05]), np.array([1.02])), usual=np.array([1e-6]), days=252,
        count=2_000, random=np.random.default_rng(2),
    )  # fmt: skip
    ends = np.log1p(found[:, :, 0].astype(np.float64)).sum(axis=1)
    assert kurtosis(ends) < 15
    assert found.max() < 0.5


def test_the_same_seed_gives_the_same_years_and_another_others():
    assert (years(50) == years(50)).all()
    assert (years(50) != years(50, seed=4)).any()


def test_wild_days_are_followed_by_wild_days():
    """The variance is carried on: squares of a simulated series are correlated with those of the day before."""
    thick = np.random.default_rng(0).standard_t(4, size=(800, 1))
    found = simulated_years(
        thick, np.array([1e-4]), Stated(np.array([0.2]), np.array([1.05])), usual=USUAL, days=252, count=500,
        random=np.random.default_rng(2),
    )  # fmt: skip
    squares = found[:, :, 0].astype(np.float64) ** 2
    after_wild = squares[:, 101:][squares[:, 100:-1] > np.quantile(squares, 0.95)]
    assert after_wild.mean() > 1.2 * squares.mean()


@pytest.mark.parametrize(
    "more", [{"residuals": np.full((5, 3), np.nan)}, {"days": 0}, {"count": 1}, {"residuals": np.zeros((0, 3))}]
)
def test_what_makes_no_path_is_refused(more):
    asked = {"residuals": residuals(), "days": 12, "count": 10} | more
    with pytest.raises(Invalid):
        simulated_years(
            asked["residuals"], np.full(3, 1e-4), STATED, usual=USUAL, days=asked["days"], count=asked["count"],
            random=np.random.default_rng(1),
        )  # fmt: skip


@given(st.integers(1, 60), st.integers(0, 100))
@settings(max_examples=25, deadline=None)
def test_joined_months_fall_as_the_daily_path_does(months, seed):
    random = np.random.default_rng(seed)
    first, later = (random.normal(0.0005, 0.02, (6, 36, 2)).astype(np.float32) for _ in range(2))
    weights, cash = np.array([0.6, 0.3]), 0.0001
    order = random.integers(6, size=(6, 4))
    found = course(months_of(first, weights, cash), months_of(later, weights, cash), order, months)
    for path in range(6):
        daily = np.concatenate([first[path], *(later[place] for place in order[path])])[: 3 * months]
        values = np.cumprod(1 + daily.astype(np.float64) @ weights + cash)
        peaks = np.maximum(np.maximum.accumulate(values), 1.0)
        assert found.drawdown[path] == pytest.approx(1 - (values / peaks).min(), abs=1e-5)
        assert found.growth[path].prod() == pytest.approx(values[-1], rel=1e-4)


def test_money_alone_grows_by_its_rate_and_never_falls():
    still = np.zeros((4, 252, 1), dtype=np.float32)
    found = months_of(still, np.zeros(1), 1.02 ** (1 / 252) - 1)
    whole = course(found, found, np.zeros((4, 1), dtype=np.int64), 24)
    assert whole.growth.prod(axis=1) == pytest.approx(np.full(4, 1.02**2), rel=1e-4)
    assert (whole.drawdown == 0).all()


def test_odds_of_a_lognormal_are_those_of_the_closed_form():
    """One asset without jumps or memory: the log of the wealth after five years is normal."""
    random = np.random.default_rng(11)
    normal = random.standard_normal((4_000, 1))
    deviation, growth, months = 0.18, 1.06, 60
    stated = Stated(np.array([deviation]), np.array([growth]))
    # Of independent days the carried variance is the only thing that makes a year other than normal; so little of it
    # moves that five years are near enough.
    first = simulated_years(normal, np.array([1e-4]), stated, usual=USUAL, days=252, count=10_000, random=random)
    later = simulated_years(normal, np.array([1e-4]), stated, usual=USUAL, days=252, count=5_000, random=random)
    order = random.integers(5_000, size=(10_000, 4))
    one = course(months_of(first, np.ones(1), 0.0), months_of(later, np.ones(1), 0.0), order, months)
    plan = Plan(start=100.0, target=110.0, months=months, fee_rate=0.002, inflation_rate=0.02)
    found = reaching(wealth(one.growth, plan), plan)
    drift = 5 * (np.log(growth) - deviation**2 / 2 + np.log((1 - 0.002) / 1.02))
    exact = norm.cdf((drift - np.log(1.1)) / (deviation * np.sqrt(5)))
    assert found.error == pytest.approx(0.005, abs=0.0005)
    assert abs(found.probability - exact) < 4 * found.error


def test_wealth_is_that_of_an_annuity():
    plan = Plan(start=1_000.0, target=1.0, months=24, monthly=50.0, fee_rate=0.01, inflation_rate=0.03)
    growth = np.full((1, 24), 1.05 ** (1 / 12))
    kept = (1.05 * 0.99 / 1.03) ** (1 / 12)
    exact = 1_000 * kept**24 + 50 * (kept**24 - 1) / (kept - 1)
    assert wealth(growth, plan)[0, -1] == pytest.approx(exact, rel=1e-12)


def test_what_is_used_up_stays_used_up():
    plan = Plan(start=100.0, target=1.0, months=3, monthly=-60.0)
    assert wealth(np.ones((1, 3)), plan).tolist() == [[40.0, 0.0, 0.0]]


def test_an_error_is_never_nothing():
    assert odds(np.ones(10_000, dtype=bool)).probability == 1.0
    assert 0 < odds(np.ones(10_000, dtype=bool)).error < 0.001
    assert odds(np.arange(100) < 50).error == pytest.approx(0.049, abs=0.001)


def test_expected_shortfall_counts_the_edge_in_part():
    losses = np.array([5.0, 4.0, 3.0, 2.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    assert expected_shortfall(losses, 0.8) == pytest.approx(4.5)
    assert expected_shortfall(losses, 0.75) == pytest.approx((5 + 4 + 0.5 * 3) / 2.5)


def test_few_days_keep_their_values_and_their_correlation_is_drawn_in():
    few = residuals(60)
    found = copula_residuals(few, 5_000, 60 / 310, np.random.default_rng(5))
    assert found.min(axis=0) == pytest.approx(few.min(axis=0), abs=0.05)
    assert found.std(axis=0) == pytest.approx(few.std(axis=0), rel=0.05)
    drawn, own = (np.corrcoef(one, rowvar=False) for one in (found, few))
    off = ~np.eye(3, dtype=bool)
    assert drawn[off].std() < own[off].std()
    single = copula_residuals(few[:, :1], 100, 1.0, np.random.default_rng(5))
    assert single.shape == (100, 1)


def test_a_month_is_what_its_days_are():
    values = np.array([0.1, -0.5, 1.0] + [0.0] * 33, dtype=np.float32).reshape(1, 36, 1)
    found = months_of(values, np.ones(1), 0.0)
    assert isinstance(found, Months)
    assert found.growth[0, 0] == pytest.approx(1.1)
    assert found.high[0, 0] == pytest.approx(1.1)
    assert found.low[0, 0] == pytest.approx(0.55)
    assert found.drawdown[0, 0] == pytest.approx(0.5)
