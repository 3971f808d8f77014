"""A forecast of one asset: which rung it stands on, how horizons hang together, what never happens."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.prediction.markets import days_of, garch_returns, history_of, small_market

from finsage.prediction.price_model.features import market
from finsage.prediction.price_model.forecast import InvalidHorizon, TooLittleHistory, forecast
from finsage.prediction.price_model.history import read_history
from finsage.prediction.price_model.joint import NothingInCommon, joint
from finsage.prediction.price_model.levels import SHOWN
from finsage.prediction.price_model.scale import scaled
from finsage.prediction.price_model.weights import Weights, train

NOTHING = Weights()


@pytest.fixture(scope="module")
def trained():
    return small_weights()


@cache
def small_weights():
    pytest.importorskip("lightgbm", reason="LightGBM cannot be loaded: libgomp1 is missing")
    histories, classes = small_market()
    members = market(histories, classes)
    last = max(one.days[-1] for one in histories.values())
    return train(members, name="test", before=last + np.timedelta64(1, "D"), seed=1)


def member_of(history, asset_class="fx"):
    return market({"X": history}, {"X": asset_class})["X"]


@pytest.mark.parametrize(
    ("rows", "rung", "codes"),
    [(30, "class", ["short_history"]), (249, "class", ["short_history"]), (250, "pooled", []), (749, "pooled", []), (750, "full", [])],
)  # fmt: skip
def test_the_rung_says_how_much_rests_on_the_asset(trained, rows, rung, codes):
    found = forecast(member_of(history_of(garch_returns(rows, 3))), trained, 7)
    assert found.rung == rung
    assert [notice.code for notice in found.notices] == codes


def test_less_than_thirty_returns_are_refused():
    with pytest.raises(TooLittleHistory, match="29 are there"):
        forecast(member_of(history_of(garch_returns(29, 3))), NOTHING, 1)


@pytest.mark.parametrize("days", [0, -1, 366])
def test_a_horizon_out_of_bounds_is_refused(days):
    with pytest.raises(InvalidHorizon):
        forecast(member_of(history_of(garch_returns(300, 3))), NOTHING, days)


def test_a_forecast_of_an_old_model_is_what_the_walk_would_have_made(trained):
    """Rows to come do not change a forecast: it is the same made then or walked back to."""
    history = history_of(garch_returns(1_200, 5))
    then = forecast(member_of(history.until(1_000)), trained, 30)
    direct = forecast(
        member_of(read_history(days_of(1_001), np.exp(np.concatenate(([np.log(100.0)], history.log_closes[:1_000]))))),
        trained,
        30,
    )
    assert then.samples == pytest.approx(direct.samples, rel=1e-3, abs=1e-6)


@settings(max_examples=8, deadline=None)
@given(days=st.integers(1, 365), rows=st.integers(30, 800), seed=st.integers(0, 50))
def test_quantiles_ascend_and_risk_is_ordered_at_every_horizon(days, rows, seed):
    found = forecast(member_of(history_of(garch_returns(rows, seed))), small_weights(), days)
    assert (np.diff(found.samples) >= 0).all()
    at_risk = [found.value_at_risk[one] for one in (0.9, 0.95, 0.975, 0.99)]
    assert at_risk == sorted(at_risk)
    assert all(found.expected_shortfall[one] >= found.value_at_risk[one] >= 0 for one in found.value_at_risk)
    assert 0.01 <= found.probability_below(found.last_close) <= 0.99
    assert ("extrapolated_horizon" in [notice.code for notice in found.notices]) == (days > 30)


@pytest.mark.parametrize(("factor", "seed"), [(1e-6, 1), (1e6, 2)])
def test_the_unit_of_the_price_does_not_matter(trained, factor, seed):
    returns = garch_returns(500, seed)
    one, other = (
        forecast(member_of(history_of(returns, start=start)), trained, 7) for start in (100.0, 100.0 * factor)
    )
    assert other.samples == pytest.approx(one.samples, abs=one.sigma * 1e-3)
    assert other.last_close == pytest.approx(one.last_close * factor)


def test_a_machine_without_lightgbm_forecasts_without_it_and_says_so(trained):
    bare = trained.without_boosting()
    found = forecast(member_of(history_of(garch_returns(800, 3))), bare, 7)
    assert [notice.code for notice in found.notices] == ["no_boosting"]
    assert found.sigma == pytest.approx(
        forecast(member_of(history_of(garch_returns(800, 3))), trained, 7).sigma, rel=0.3
    )


def test_between_trained_horizons_the_spread_grows_step_by_step(trained):
    member = member_of(history_of(garch_returns(1_000, 8)))
    spreads = [forecast(member, trained, days).sigma for days in (1, 3, 7, 10, 14, 21, 30)]
    assert spreads == sorted(spreads)
    weekday_rows = [forecast(member, trained, days).horizon_rows for days in (1, 2, 7, 30, 365)]
    assert weekday_rows == [1, 1, 5, 21, 261]


def test_a_horizon_of_as_many_rows_is_the_same_forecast(trained):
    member = member_of(history_of(garch_returns(1_000, 8)))
    assert forecast(member, trained, 2).samples == pytest.approx(forecast(member, trained, 1).samples)


@pytest.mark.parametrize(
    "closes",
    [
        np.full(400, 5.0),
        np.full(900, 5.0),
        np.concatenate([np.full(200, 5.0), np.full(200, 4.0)]),
        np.concatenate([np.full(600, 5.0), np.full(300, 4.0)]),
        np.geomspace(1, 1e12, 400),
        100 * np.exp(np.cumsum(np.random.default_rng(1).normal(0, 3.0, 400))),
        np.where(np.arange(900) % 2, 1e12, 1.0),
    ],
    ids=["constant", "long constant", "one crash", "long before a crash", "exploding", "300 % a day", "1e12 a day"],
)
@pytest.mark.parametrize("days", [2, 30])
def test_strange_series_give_finite_figures(trained, closes, days):
    found = forecast(member_of(read_history(days_of(len(closes)), closes)), trained, days)
    assert np.isfinite(found.samples).all()
    assert (np.diff(found.samples) >= 0).all()
    for level, at_risk in found.value_at_risk.items():
        assert 0 <= at_risk <= found.expected_shortfall[level] <= 1
        assert not np.signbit(at_risk), "minus nothing is shown"


@pytest.mark.parametrize("days", [7, 30, 90])
def test_what_is_priced_once_a_week_is_as_wide_as_what_is_priced_daily(trained, days):
    logs = np.cumsum(np.random.default_rng(1).normal(0, 0.01, 5_001))
    daily, weekly = (
        forecast(member_of(read_history(days_of(5_001)[::step], np.exp(logs[::step]))), trained, days)
        for step in (1, 5)
    )
    assert weekly.sigma == pytest.approx(daily.sigma, rel=0.15)
    assert weekly.volatility == pytest.approx(daily.volatility, rel=0.15)


def test_where_gaps_leave_no_return_over_the_horizon_the_class_speaks_and_it_is_said(trained):
    """A market that is closed for seven weekdays each year has no unbroken stretch of a year."""
    is_open = np.arange(1_500) % 240 >= 7
    closes = 100 * np.exp(np.cumsum(garch_returns(1_500, 1)))
    member = member_of(read_history(days_of(1_500)[is_open], closes[is_open]))
    month, year = (forecast(member, trained, days) for days in (30, 365))
    assert month.rung == "full"
    assert "short_history" not in {notice.code for notice in month.notices}
    assert np.isfinite(year.samples).all()
    assert year.rung == "pooled"
    assert "Only 0 returns over 365 days" in {notice.code: notice.detail for notice in year.notices}["short_history"]


def test_the_probability_of_a_value_follows_the_quantiles(trained):
    found = forecast(member_of(history_of(garch_returns(1_000, 8))), trained, 7)
    for level, quantile in list(zip(SHOWN, found.quantiles, strict=True))[::9]:
        assert found.probability_below(found.last_close * float(np.exp(quantile))) == pytest.approx(level, abs=1e-6)
    assert found.probability_below(found.last_close * 100) == pytest.approx(0.99)


def test_together_each_asset_is_forecast_as_alone_and_moves_with_the_others(trained):
    random = np.random.default_rng(4)
    common = garch_returns(1_300, 1)
    histories = {
        "A": history_of(common),
        "B": history_of(common + random.normal(0, 0.002, 1_300)),
        "C": history_of(garch_returns(1_300, 2)),
    }
    members = market(histories, dict.fromkeys(histories, "fx"))
    found = joint(members, trained, 7, seed=1)
    for place, (name, member) in enumerate(members.items()):
        alone = forecast(member, trained, 7)
        assert (alone.samples == found.forecasts[name].samples).all()
        assert np.quantile(found.scenarios[:, place], SHOWN, method="hazen") == pytest.approx(
            alone.quantiles, abs=alone.sigma * 0.02
        )
    correlation = np.corrcoef(found.scenarios, rowvar=False)
    assert correlation[0, 1] > 0.9
    assert abs(correlation[0, 2]) < 0.2
    assert found.notices == ()


def test_together_each_asset_is_made_as_wide_as_alone_and_order_stays(trained):
    histories = {"A": history_of(garch_returns(1_300, 1)), "B": history_of(garch_returns(1_300, 2))}
    members = market(histories, dict.fromkeys(histories, "fx"))
    plain, wide = joint(members, trained, 7, seed=1), joint(members, trained, 7, seed=1, scales={"A": 1.25})
    alone = scaled(forecast(members["A"], trained, 7), 1.25)
    assert (wide.forecasts["A"].samples == alone.samples).all()
    assert wide.forecasts["A"].value_at_risk == alone.value_at_risk
    assert (wide.scenarios[:, 1] == plain.scenarios[:, 1]).all(), "the other is as it was"
    assert np.std(wide.scenarios[:, 0]) == pytest.approx(1.25 * np.std(plain.scenarios[:, 0]))
    assert (
        np.argsort(wide.scenarios, axis=0, kind="stable") == np.argsort(plain.scenarios, axis=0, kind="stable")
    ).all()


def test_a_portfolio_of_one_asset_gains_what_the_asset_does(trained):
    histories = {"A": history_of(garch_returns(1_300, 1)), "B": history_of(garch_returns(1_300, 2))}
    found = joint(market(histories, dict.fromkeys(histories, "fx")), trained, 7, seed=1)
    assert found.gains({"A": 1.0}) == pytest.approx(np.expm1(found.scenarios[:, 0]))
    assert found.gains({}) == pytest.approx(np.zeros(2_000))


def test_the_order_of_assets_does_not_matter(trained):
    histories = {"A": history_of(garch_returns(1_300, 1)), "B": history_of(garch_returns(1_300, 2))}
    members = market(histories, dict.fromkeys(histories, "fx"))
    one, other = joint(members, trained, 7, seed=1), joint(dict(reversed(members.items())), trained, 7, seed=1)
    assert (one.scenarios == other.scenarios[:, ::-1]).all()


def test_few_days_in_common_draw_correlation_toward_its_mean_and_say_so(trained):
    histories = {"A": history_of(garch_returns(120, 1)), "B": history_of(garch_returns(1_300, 2)).until(100)}
    found = joint(market(histories, dict.fromkeys(histories, "fx")), trained, 1, seed=1)
    assert [notice.code for notice in found.notices] == ["few_common_days"]
    again = joint(market(histories, dict.fromkeys(histories, "fx")), trained, 1, seed=1)
    assert (found.scenarios == again.scenarios).all()


def test_no_days_in_common_is_an_error(trained):
    early = history_of(garch_returns(400, 1))
    late = read_history(
        days_of(401) + np.timedelta64(3_000 // 7 * 7, "D"), np.exp(np.concatenate(([0.0], early.log_closes)))
    )
    histories = {"A": early, "B": late}
    with pytest.raises(NothingInCommon):
        joint(market(histories, dict.fromkeys(histories, "fx")), NOTHING, 1, seed=1)


@given(st.integers(2, 23), st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_ranks_are_shared_out_completely(count, seed):
    from finsage.prediction.price_model.joint import Joint

    scenarios = np.random.default_rng(seed).integers(0, 5, (50, count)).astype(float)
    found = Joint(dict.fromkeys(range(count)), scenarios, ()).rank_probabilities()
    assert found.sum(axis=1) == pytest.approx(np.ones(count), abs=1e-12)
    assert found.sum(axis=0) == pytest.approx(np.full(5, count / 5), abs=1e-10)
