"""Backtests of value at risk: published examples, planted faults, and a right model at the nominal rate."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finsage.prediction.risk_model.coverage_tests import (
    acerbi_szekely,
    basel_light,
    christoffersen,
    fz0_loss,
    kupiec,
)


def breaches(count, periods):
    found = np.zeros(periods, dtype=bool)
    found[:: max(1, periods // max(count, 1))][:count] = True
    found[:] = False
    found[np.linspace(0, periods - 1, count).astype(int)] = True
    return found


@pytest.mark.parametrize(
    ("count", "periods", "tail", "accepts"),
    # The non-rejection regions of Kupiec (1995), as printed in Jorion, Value at Risk, table 6-2: N < 7 and so on.
    [
        (6, 255, 0.01, True), (7, 255, 0.01, False),
        (2, 255, 0.025, False), (11, 255, 0.025, True), (12, 255, 0.025, False),
        (6, 255, 0.05, False), (7, 255, 0.05, True), (20, 255, 0.05, True), (21, 255, 0.05, False),
        (1, 510, 0.01, False), (2, 510, 0.01, True), (10, 510, 0.01, True), (11, 510, 0.01, False),
        (4, 1000, 0.01, False), (5, 1000, 0.01, True), (16, 1000, 0.01, True), (17, 1000, 0.01, False),
        (37, 1000, 0.05, False), (38, 1000, 0.05, True), (64, 1000, 0.05, True), (65, 1000, 0.05, False),
    ],
)  # fmt: skip
def test_kupiec_accepts_and_refuses_as_published(count, periods, tail, accepts):
    assert (kupiec(breaches(count, periods), tail).p_value > 0.05) is accepts


def test_kupiec_without_any_breach_is_finite():
    found = kupiec(np.zeros(250, dtype=bool), 0.01)
    assert found.statistic == pytest.approx(-2 * 250 * np.log(0.99))
    assert kupiec(np.ones(250, dtype=bool), 0.01).p_value < 1e-9


def test_clustered_breaches_are_refused_where_scattered_ones_pass():
    scattered, clustered = breaches(10, 1_000), np.zeros(1_000, dtype=bool)
    clustered[500:510] = True
    assert christoffersen(scattered, 0.01).p_value > 0.05
    assert christoffersen(clustered, 0.01).p_value < 1e-6
    assert kupiec(clustered, 0.01).p_value == kupiec(scattered, 0.01).p_value


def test_a_right_model_is_refused_as_often_as_the_level_says():
    random = np.random.default_rng(3)
    refused = [kupiec(random.random(1_000) < 0.05, 0.05).p_value < 0.05 for _ in range(2_000)]
    assert np.mean(refused) == pytest.approx(0.05, abs=0.02)
    refused = [christoffersen(random.random(1_000) < 0.05, 0.05).p_value < 0.05 for _ in range(2_000)]
    assert np.mean(refused) == pytest.approx(0.05, abs=0.03)


def test_an_understated_shortfall_gives_a_positive_z2():
    losses = -np.random.default_rng(1).normal(0, 0.01, 200_000)
    value_at_risk, shortfall = 0.01 * 1.959964, 0.01 * 2.337803
    right = acerbi_szekely(losses, losses > value_at_risk, np.full(len(losses), shortfall), 0.025)
    low = acerbi_szekely(losses, losses > value_at_risk, np.full(len(losses), shortfall / 1.3), 0.025)
    assert right == pytest.approx(0.0, abs=0.03)
    assert low == pytest.approx(0.3, abs=0.05)


def test_the_joint_loss_is_least_at_the_true_figures():
    losses = -np.random.default_rng(2).normal(0, 0.01, 100_000)
    true = (0.01 * 1.959964, 0.01 * 2.337803)
    best = fz0_loss(losses, np.full(len(losses), true[0]), np.full(len(losses), true[1]), 0.025).mean()
    for scale in (0.7, 0.85, 1.2, 1.5):
        assert (
            fz0_loss(losses, np.full(len(losses), true[0] * scale), np.full(len(losses), true[1] * scale), 0.025).mean()
            > best
        )


@pytest.mark.parametrize(
    ("count", "light"), [(0, "green"), (4, "green"), (5, "yellow"), (9, "yellow"), (10, "red"), (99, "red")]
)
def test_the_light_of_basel(count, light):
    assert basel_light(count) == light


@given(st.lists(st.booleans(), min_size=2, max_size=300), st.floats(0.005, 0.2))
def test_statistics_are_never_negative_and_the_joint_one_is_at_least_the_single_one(found, tail):
    is_breach = np.array(found)
    single, joint = kupiec(is_breach, tail), christoffersen(is_breach, tail)
    assert 0 <= single.statistic <= joint.statistic
    assert 0 <= joint.p_value <= 1
