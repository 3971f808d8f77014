"""The walk looks at nothing that had not happened, and does not depend on who shares its tasks."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import pytest
from unit.prediction.markets import days_of, garch_returns, history_of, small_market

from finsage.prediction.backtest import scores, walkforward
from finsage.prediction.backtest.walkforward import OURS, TooShort, replay, rows_needed, walk_forward
from finsage.prediction.price_model import baselines
from finsage.prediction.price_model.features import market
from finsage.prediction.price_model.global_models import sample
from finsage.prediction.price_model.history import read_history
from finsage.prediction.price_model.levels import LEVELS
from finsage.prediction.price_model.weight_files import shipped_weights
from finsage.prediction.price_model.weights import train

pytest.importorskip("lightgbm", reason="LightGBM cannot be loaded: libgomp1 is missing")
TESTED = 100


@cache
def walked():
    histories, classes = small_market()
    return walk_forward(histories, classes, (1, 7), seed=3, tested_rows=TESTED)


def same(one, other, upto=None):
    return all(
        a.asset == b.asset
        and (a.quantiles[method][:upto] == b.quantiles[method][:upto]).all()
        and (a.risk.expected_shortfall[:upto] == b.risk.expected_shortfall[:upto]).all()
        for a, b in zip(one, other, strict=True)
        for method in a.quantiles
    )


def test_every_origin_has_a_forecast_of_every_method():
    for track in walked():
        rows = 1 if track.horizon_days == 1 else 5
        assert len(track.days) == len(range(0, TESTED - rows, 1 if rows == 1 else 5))
        for quantiles in track.quantiles.values():
            assert quantiles.shape == (len(track.days), len(LEVELS))
            assert (np.diff(quantiles, axis=1) >= 0).all()
        assert set(track.quantiles) == {OURS, baselines.RANDOM_WALK, baselines.GARCH}


def test_sharing_the_tasks_changes_nothing():
    histories, classes = small_market()
    with ThreadPoolExecutor(2) as executor:
        shared = walk_forward(histories, classes, (1, 7), seed=3, tested_rows=TESTED, executor=executor)
    assert same(walked(), shared)


def with_another_end(rows_from_end):
    histories, classes = small_market(changed_rows=rows_from_end)
    return walk_forward(histories, classes, (1, 7), seed=3, tested_rows=TESTED)


def before_the_change(tracks, rows_from_end):
    # Every forecast made on or before the last row that both markets share.
    return [int((TESTED - rows_from_end - 1) // (1 if track.horizon_days == 1 else 5)) + 1 for track in tracks]


def test_another_future_leaves_every_earlier_forecast_bit_for_bit():
    changed = with_another_end(40)
    for one, other, upto in zip(walked(), changed, before_the_change(changed, 40), strict=True):
        assert same([one], [other], upto)
        assert not same([one], [other])


def test_the_guard_sees_a_leak(monkeypatch):
    """A residual window that reaches one row too far is what the test above must notice."""
    leaking = lambda residuals, origin, rows: walkforward_window(residuals, origin + rows, rows)  # noqa: E731
    walkforward_window = walkforward.residual_window
    monkeypatch.setattr(walkforward, "residual_window", leaking)
    histories, classes = small_market()
    one, other = walk_forward(histories, classes, (1, 7), seed=3, tested_rows=TESTED), with_another_end(40)
    assert not all(same([a], [b], upto) for a, b, upto in zip(one, other, before_the_change(other, 40), strict=True))


def test_nothing_on_or_after_the_day_of_a_fit_is_learned_from():
    """Targets that end on that day or later are of its future, whenever they begin; what a class lends is so too."""
    (plain, classes), (other, _) = small_market(), small_market(changed_rows=40)
    cut = plain["A0"].days[-40]
    kept, changed = (market(one, classes) for one in (plain, other))
    for days in (1, 7, 30):
        one, two = (sample(members, days, before=cut, seed=1) for members in (kept, changed))
        assert (one.returns == two.returns).all(), days
        assert (one.ratios == two.ratios).all(), days
        assert (one.features == two.features).all(), days
    one, two = (train(members, name="then", before=cut, seed=1).pools for members in (kept, changed))
    for name, pool in one.items():
        assert pool.variance == two[name].variance
        assert all((pool.residuals[days] == two[name].residuals[days]).all() for days in (1, 7, 30)), name


def test_noise_without_any_pattern_shows_no_skill():
    histories = {f"N{seed}": history_of(np.random.default_rng(seed).normal(0, 0.01, 1_150)) for seed in range(4)}
    tracks = walk_forward(histories, dict.fromkeys(histories, "fx"), (1,), seed=3, tested_rows=TESTED)
    found = scores.skill(tracks, OURS, baselines.RANDOM_WALK, "crps", seed=1)
    assert found.low < 0 or found.value < 0.005


def test_skill_against_oneself_is_zero_and_coverage_is_counted():
    tracks = [track for track in walked() if track.horizon_days == 1]
    found = scores.skill(tracks, OURS, OURS, "crps", seed=1)
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)
    assert scores.qlike(tracks, "EWMA") == 0.0
    covered = scores.coverage(tracks, OURS, 0.8)
    assert covered.pooled == pytest.approx(0.8, abs=0.06)
    assert covered.error_per_asset < 0.1


def test_a_history_too_short_to_test_on_is_named():
    histories, classes = small_market(2)
    histories["A1"] = history_of(garch_returns(200, 1))
    with pytest.raises(TooShort, match="A1 has 200 returns; 362 are needed"):
        walk_forward(histories, classes, (1,), seed=3, tested_rows=TESTED)


def test_gaps_that_leave_nothing_to_learn_from_are_named():
    returns, is_open = garch_returns(2_000, 1), np.arange(2_001) % 26 >= 7
    closes = 100 * np.exp(np.concatenate(([0.0], np.cumsum(returns))))
    gappy = read_history(days_of(2_001)[is_open], closes[is_open])
    with pytest.raises(TooShort, match="A has gaps: fewer than 2 unbroken stretches of 21 rows"):
        walk_forward({"A": gappy}, {"A": "fx"}, (30,), seed=3, tested_rows=TESTED)


@pytest.mark.parametrize(("days", "rows"), [(1, 1), (7, 5), (30, 21)])
def test_as_much_history_as_is_said_to_be_needed_is_enough(days, rows):
    models = shipped_weights().without_boosting().horizons[days]
    needed = rows_needed(TESTED, rows)

    def replayed(count):
        [(name, member)] = market({"A": history_of(garch_returns(count, 1))}, {"A": "fx"}).items()
        return replay(name, member, models, days, tested_rows=TESTED)

    assert np.isfinite(replayed(needed).quantiles[OURS]).all()
    with pytest.raises(TooShort, match=f"{needed} are needed"):
        replayed(needed - 1)
