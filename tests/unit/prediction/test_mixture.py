"""The distribution: quantiles in order, shortfall beyond value at risk, tails as they were."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finsage.prediction.price_model.levels import LEVELS, SAMPLED, SHOWN, at_levels, crps, pinball, widths
from finsage.prediction.price_model.mixture import (
    TAILS,
    distribution,
    ensemble_sigma,
    quantiles_of_sorted,
    residual_window,
)

seeds = st.integers(0, 2**32 - 1)


def windows_of(seed, count, length):
    return list(np.random.default_rng(seed).standard_t(4, (count, length)))


@given(seeds, st.integers(2, 400), st.floats(1e-5, 1.0), st.booleans())
def test_quantiles_ascend_and_the_shortfall_is_at_least_the_value_at_risk(seed, length, sigma, has_boosted):
    boosted = np.sort(np.random.default_rng(seed).normal(0, sigma, (3, len(LEVELS))), axis=1) if has_boosted else None
    found = distribution(np.full(3, sigma), windows_of(seed, 3, length), boosted, SHOWN)
    assert (np.diff(found.quantiles, axis=1) >= 0).all()
    assert (found.expected_shortfall >= found.value_at_risk).all()
    assert (found.value_at_risk >= 0).all()
    assert (found.value_at_risk < 1).all()
    assert np.isfinite(found.expected_shortfall).all()


@given(seeds, st.floats(0.01, 100))
def test_quantiles_scale_with_sigma(seed, factor):
    windows = windows_of(seed, 2, 300)
    one, other = (distribution(np.full(2, sigma), windows, None, LEVELS).quantiles for sigma in (0.01, 0.01 * factor))
    assert other == pytest.approx(one * factor)


def test_a_mirrored_past_has_its_median_at_zero():
    found = distribution(np.array([0.02]), windows_of(1, 1, 500), None, LEVELS, mirror_only=True)
    assert found.quantiles[0, LEVELS.index(0.5)] == pytest.approx(0.0, abs=1e-12)
    assert found.quantiles[0] == pytest.approx(-found.quantiles[0, ::-1])


def test_windows_of_different_lengths_do_not_disturb_each_other():
    short, long = windows_of(1, 1, 40)[0], windows_of(2, 1, 900)[0]
    both = distribution(np.array([0.01, 0.02]), [short, long], None, LEVELS)
    alone = [distribution(np.array([sigma]), [window], None, LEVELS) for sigma, window in ((0.01, short), (0.02, long))]
    assert (both.quantiles == np.concatenate([one.quantiles for one in alone])).all()
    assert (both.expected_shortfall == np.concatenate([one.expected_shortfall for one in alone])).all()


def test_the_figures_of_a_normal_past_are_those_of_the_normal_distribution():
    from statistics import NormalDist

    normal = NormalDist(0, 0.02)
    past = np.array([NormalDist().inv_cdf((place + 0.5) / 100_000) for place in range(100_000)])
    found = distribution(np.array([0.02]), [past], None, LEVELS)
    assert found.quantiles[0] == pytest.approx([normal.inv_cdf(level) for level in LEVELS], abs=1e-5)
    for place, tail in enumerate(TAILS):
        assert found.value_at_risk[0, place] == pytest.approx(1 - np.exp(normal.inv_cdf(tail)), rel=1e-3)
        # E[1 − e^y | y ≤ q] of a normal y.
        shifted = NormalDist(0.02**2, 0.02)
        expected = 1 - np.exp(0.02**2 / 2) * shifted.cdf(normal.inv_cdf(tail)) / tail
        assert found.expected_shortfall[0, place] == pytest.approx(expected, rel=1e-3)


def test_a_window_holds_only_what_had_ended():
    residuals = np.arange(3_000, dtype=float)
    residuals[2_500] = np.nan
    window = residual_window(residuals, origin=2_600, rows=21)
    assert window[-1] == 2_600 - 21
    assert len(window) == 1_000
    assert 2_500 not in window
    assert len(residual_window(residuals, origin=10, rows=21)) == 0


def test_sigma_is_the_geometric_mean_of_those_present():
    members = [np.array([0.01, 0.01, np.nan]), np.array([0.04, np.nan, np.nan])]
    assert ensemble_sigma(members) == pytest.approx([np.sqrt(0.02), 0.1, np.nan], nan_ok=True)


def test_levels_between_lie_between_and_those_of_training_are_kept():
    quantiles = np.sort(np.random.default_rng(4).normal(size=(5, 11)), axis=1)
    shown = at_levels(quantiles, SHOWN)
    assert shown[:, [SHOWN.index(level) for level in LEVELS]] == pytest.approx(quantiles)
    assert (np.diff(shown, axis=1) >= 0).all()


def test_losses_are_those_of_scoringrules():
    rules = pytest.importorskip("scoringrules", reason="the oracle group is not installed on this Python")
    random = np.random.default_rng(5)
    quantiles, outcome = np.sort(random.normal(size=(50, 11)), axis=1), random.normal(size=50)
    theirs = np.stack(
        [rules.quantile_score(outcome, quantiles[:, at], level) for at, level in enumerate(LEVELS)], axis=1
    )
    assert pinball(quantiles, outcome) == pytest.approx(theirs)


def test_the_score_is_near_that_of_the_normal_distribution_in_closed_form():
    from statistics import NormalDist

    normal = NormalDist()
    outcome = np.random.default_rng(6).normal(size=20_000)
    quantiles = np.tile([normal.inv_cdf(level) for level in LEVELS], (len(outcome), 1))
    closed = np.mean([y * (2 * normal.cdf(y) - 1) + 2 * normal.pdf(y) - 1 / np.sqrt(np.pi) for y in outcome])
    assert crps(quantiles, outcome).mean() == pytest.approx(closed, rel=0.05)
    assert widths().sum() == pytest.approx(1.0)


def test_quantiles_of_what_is_sorted_are_numpys_to_the_last_bit():
    random = np.random.default_rng(4)
    for count in (2, 3, 30, 999, 1_000, 2_000):
        values = np.sort(random.standard_t(3, (5, count)), axis=1)
        values[0] = 0.25
        for levels in (LEVELS, SAMPLED, (0.0, 0.5, 1.0)):
            assert np.array_equal(quantiles_of_sorted(values, levels), np.quantile(values, levels, axis=1).T)
