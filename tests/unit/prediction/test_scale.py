"""The factor a forecast is widened by: learned slowly, bounded, and true to the band it is about."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.prediction.markets import garch_returns, history_of

from finsage.prediction.price_model.features import market
from finsage.prediction.price_model.forecast import forecast
from finsage.prediction.price_model.scale import adaptive_scale, class_scale, scaled, spread_ratio
from finsage.prediction.price_model.weight_files import shipped_weights
from finsage.prediction.service.scales import Scales
from finsage.prediction.store.scales import Ratios

NONE = np.array([])


def ratios(scale, count, seed=1):
    """Of a model whose bands are too narrow by a factor: four fifths of a right model's are below one."""
    return scale * np.abs(np.random.default_rng(seed).normal(0, 1, count)) / 1.2815515655446004


@pytest.fixture(scope="module")
def made():
    [member] = market({"A": history_of(garch_returns(900, 3))}, {"A": "fx"}).values()
    return forecast(member, shipped_weights().without_boosting(), 7)


def test_without_outcomes_nothing_changes(made):
    assert adaptive_scale(NONE, class_scale(NONE)) == 1.0
    assert scaled(made, 1.0) is made
    assert Scales().of(None, 7, "fx", is_simulated=False) == 1.0


def test_a_right_model_stays_nearly_as_it_is_and_a_narrow_one_is_widened():
    right, narrow = ratios(1.0, 250), ratios(1.4, 250)
    assert adaptive_scale(right, class_scale(right)) == pytest.approx(1.0, abs=0.1)
    quantile = np.quantile(narrow, 0.8)
    # Own and class are the same: class by half, own by half of the rest.
    assert adaptive_scale(narrow, class_scale(narrow)) == pytest.approx(np.exp(0.75 * np.log(quantile)))
    assert adaptive_scale(narrow[:10], class_scale(NONE)) == pytest.approx(
        np.exp(10 / 260 * np.log(np.quantile(narrow[:10], 0.8)))
    )


@pytest.mark.parametrize(("off", "bound"), [(50.0, 1.25), (0.001, 0.8)])
def test_it_is_bounded(off, bound):
    assert adaptive_scale(ratios(off, 250), class_scale(ratios(off, 250))) == bound


def test_the_factor_that_was_used_is_not_learned_again():
    # A band twice as wide made with factor two says the same of the model as the plain one.
    plain = spread_ratio(0.05, 0.01, -0.03, 0.05, 1.0)
    assert spread_ratio(0.05, 0.01, -0.07, 0.09, 2.0) == pytest.approx(plain)
    assert spread_ratio(0.05, 0.01, 0.01, 0.01, 1.0) is None


@settings(max_examples=25, deadline=None)
@given(st.floats(0.8, 1.25))
def test_a_scaled_forecast_is_a_forecast(made, factor):
    one = scaled(made, factor)
    assert (np.diff(one.samples) >= 0).all()
    assert one.probability_below(made.last_close * np.exp(made.quantiles[50])) == pytest.approx(0.5, abs=1e-6)
    width, before = one.quantiles[-10] - one.quantiles[9], made.quantiles[-10] - made.quantiles[9]
    assert width == pytest.approx(factor * before)
    for level, loss in one.value_at_risk.items():
        assert one.expected_shortfall[level] >= loss >= 0
    levels = sorted(one.value_at_risk)
    assert [one.value_at_risk[level] for level in levels] == sorted(one.value_at_risk.values())
    back = scaled(one, 1.0 / factor)
    assert back.samples == pytest.approx(made.samples)
    assert list(back.value_at_risk.values()) == pytest.approx(list(made.value_at_risk.values()))


def test_a_horizon_between_takes_the_factor_of_the_nearest_and_classes_do_not_mix():
    asset = object()
    found = [Ratios(asset, 7, "crypto", is_simulated=False, ratios=tuple(ratios(2.0, 250)))]
    scales = Scales(found)
    wide = scales.of(asset, 7, "crypto", is_simulated=False)
    assert wide > 1.2
    assert scales.of(asset, 5, "crypto", is_simulated=False) == wide
    assert scales.of(asset, 30, "crypto", is_simulated=False) == 1.0
    assert scales.of(object(), 7, "equity", is_simulated=False) == 1.0
    assert scales.of(object(), 7, "crypto", is_simulated=True) == 1.0
    assert 1.0 < scales.of(object(), 7, "crypto", is_simulated=False) <= wide


def test_what_is_scaled_says_the_same_of_a_loss_as_its_quantiles(made):
    one = scaled(replace(made), 1.2)
    below = float(np.expm1(one.quantiles[5]))
    assert one.value_at_risk[0.95] == pytest.approx(max(0.0, -below))
