"""Forecasts prepared for a whole market, and carried from one day to the next, are those made one by one."""

import numpy as np
import pytest
from unit.prediction.markets import small_market

from finsage.prediction.price_model.features import market
from finsage.prediction.price_model.forecast import forecast
from finsage.prediction.price_model.preparation import keep, prepare, with_kept_fits
from finsage.prediction.price_model.weight_files import shipped_weights

HORIZONS = (1, 3, 7, 30, 90)


def members_until(cut=None, *, kept=None):
    histories, classes = small_market(3, 1_150)
    short = {"A2": histories["A2"].until(180)}
    histories = {**histories, **short}
    if cut is not None:
        # The young asset ended long before: its days are as they were.
        histories = {name: one.until(len(one) - cut) if name != "A2" else one for name, one in histories.items()}
    made = market(histories, classes)
    return {name: with_kept_fits(one, (kept or {}).get(name)) for name, one in made.items()}


def forecasts(members, prepared):
    return {
        (name, days): forecast(member, shipped_weights(), days, prepared[name] if prepared else None)
        for name, member in members.items()
        for days in HORIZONS
    }


def assert_equal(found, expected):
    for key, one in expected.items():
        assert np.array_equal(found[key].samples, one.samples), key
        assert found[key].value_at_risk == one.value_at_risk
        assert found[key].expected_shortfall == one.expected_shortfall


@pytest.fixture(scope="module")
def expected():
    return forecasts(members_until(), None)


def test_prepared_together_is_the_same_as_alone(expected):
    members = members_until()
    assert_equal(forecasts(members, prepare(members, shipped_weights(), {})), expected)


def test_what_is_kept_goes_on_and_gives_the_same(expected):
    before = members_until(4)
    kept = {name: keep(before[name], one) for name, one in prepare(before, shipped_weights(), {}).items()}
    members = members_until(kept=kept)
    fitted_before = len(members["A0"].garch.found)
    prepared = prepare(members, shipped_weights(), kept)
    assert_equal(forecasts(members, prepared), expected)
    assert 0 < fitted_before <= len(members["A0"].garch.found) <= fitted_before + 1


def test_what_is_kept_of_today_gives_the_same_without_a_new_row(expected):
    first = members_until()
    kept = {name: keep(first[name], one) for name, one in prepare(first, shipped_weights(), {}).items()}
    members = members_until(kept=kept)
    assert_equal(forecasts(members, prepare(members, shipped_weights(), kept)), expected)


def test_what_is_kept_of_another_past_is_left_aside(expected):
    before = members_until(4)
    kept = {name: keep(before[name], one) for name, one in prepare(before, shipped_weights(), {}).items()}
    wrong = {"A0": kept["A1"], "A1": kept["A0"], "A2": kept["A2"]}
    members = members_until(kept=wrong)
    assert not members["A0"].garch.found
    assert_equal(forecasts(members, prepare(members, shipped_weights(), wrong)), expected)
