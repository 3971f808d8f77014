"""Alarms of calibration: told once where it is left beyond chance, and once when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from finsage.prediction.service.calibration import calibrations, drift, psi
from finsage.prediction.store.outcomes import TENTHS, Sums

counts = st.lists(st.integers(0, 500), min_size=10, max_size=10)
FIRST = date(2023, 1, 2)
HORIZONS = {1: 1, 7: 5, 30: 21}
WINDOW = 26


@settings(deadline=None)
@given(counts)
def test_the_index_is_zero_where_even_and_never_less(found):
    assert psi(found) >= -1e-12
    assert psi([7] * 10) == pytest.approx(0)
    assert psi(found[::-1]) == pytest.approx(psi(found))


def test_the_index_by_hand():
    tenths = [200, 100, 0, 0, 0, 0, 0, 0, 0, 0]
    shares = (np.array(tenths) + 0.5) / 305
    assert psi(tenths) == pytest.approx(((shares - 0.1) * np.log(shares / 0.1)).sum())


def week_of(number, matured, inside, tenths, days=7, **changed):
    one = Sums(uuid4(), days, FIRST + timedelta(weeks=number), "asset", "equity", False)  # noqa: FBT003
    placed = dict(zip(TENTHS, map(int, tenths), strict=True))
    return replace(one, matured=int(matured), inside_95=int(inside), **placed, **changed)


def weeks(inside=95, tenths=(10,) * 10, *, count=26, matured=100, **changed):
    """Weeks that are all the same."""
    return [week_of(number, matured, inside, tenths, **changed) for number in range(count)]


def test_a_drift_is_told_once_and_so_is_its_end():
    low = weeks(inside=90)
    [(kind, detail)] = drift(low, is_drifting=False)
    assert kind == "drift"
    assert "90.00% at 7 days" in detail
    [(_, close)] = drift(weeks(matured=2_500, inside=2_299), is_drifting=False)
    assert "less than 92% of outcomes: 91.96% at" in close, "not 92.0%, which is no less"
    assert drift(low, is_drifting=True) == []
    assert drift(weeks(), is_drifting=False) == []
    assert [kind for kind, _ in drift(weeks(), is_drifting=True)] == ["recovered"]
    between = weeks(inside=93)
    assert drift(between, is_drifting=False) == drift(between, is_drifting=True) == [], "it stays as it is"


def test_outcomes_that_lie_unevenly_are_told():
    uneven = weeks(tenths=(50, *(0,) * 8, 50))
    [(kind, detail)] = drift(uneven, is_drifting=False)
    assert kind == "drift"
    assert "(PSI) above 0.25" in detail
    assert "at 7 days" in detail
    assert drift(uneven, is_drifting=True) == []


def test_weeks_that_differ_as_much_as_their_mean_is_off_are_chance():
    """One crash in half a year, in which nothing held: 88.5 % in all, of which the other weeks know nothing."""
    crashed = [*weeks(inside=96, count=24), *(week_of(number, 100, 0, (100, *(0,) * 9)) for number in (24, 25))]
    [found] = calibrations(crashed)
    assert found.inside < 0.9
    assert not found.is_low
    assert not found.is_uneven
    assert drift(crashed, is_drifting=False) == []


def test_too_few_outcomes_or_weeks_decide_nothing_and_portfolios_count_for_nothing():
    assert drift(weeks(matured=9, inside=0, tenths=(9, *(0,) * 9)), is_drifting=False) == []
    assert drift(weeks(inside=0, count=12), is_drifting=False) == []
    assert drift(weeks(count=12), is_drifting=True) == []
    assert drift(weeks(inside=0, subject_kind="portfolio"), is_drifting=False) == []


def test_a_week_without_outcomes_is_no_neighbour_of_the_next():
    """The error by hand: weeks 0 and 1 stand side by side, the eleven others alone."""
    held = [80, 90, 100, *[90] * 10]
    numbers = [0, *range(1, 25, 2)]
    [found] = calibrations([week_of(*one, (10,) * 10) for one in zip(numbers, [100] * 13, held, strict=True)])
    # 90 % in all: -10, 0 and 10 apart, none beside another that is.
    assert found.error == pytest.approx(np.sqrt(200 * 13 / 12) / 1_300)
    held[1] = 80
    [found] = calibrations([week_of(*one, (10,) * 10) for one in zip(numbers, [100] * 13, held, strict=True)])
    apart = np.array(held) - np.mean(held)
    assert found.error == pytest.approx(np.sqrt((apart @ apart + 2 * 0.5 * apart[0] * apart[1]) * 13 / 12) / 1_300)
    assert found.chance == 0


def outcomes(seed: int, years: int, scale, assets=20) -> list[Sums]:
    """Twenty assets that move together, forecast each day over 1, 7 and 30 days as if they moved ``scale`` less."""
    random = np.random.default_rng(seed)
    rows = 260 * years
    moves = np.sqrt(0.4) * random.normal(size=(rows, 1)) + np.sqrt(0.6) * random.normal(size=(rows, assets))
    moves *= np.broadcast_to(scale, rows)[:, None]
    paths = np.vstack([np.zeros((1, assets)), np.cumsum(moves, axis=0)])
    found = []
    for days, count in HORIZONS.items():
        places = ndtr((paths[count:] - paths[:-count]) / np.sqrt(count))
        for number in range(len(places) // 5):
            # They come due as many rows later.
            week = places[5 * number : 5 * number + 5]
            inside = ((week > 0.025) & (week < 0.975)).sum()
            tenths = np.bincount((week * 10).astype(int).ravel(), minlength=10)
            found.append(week_of(number + count // 5, week.size, inside, tenths, days=days))
    return found


def told(found: list[Sums]) -> Iterator[tuple[int, str]]:
    """What is told week by week, of the last half year each time, and in which week."""
    is_drifting = False
    for last in range(max((one.week - FIRST).days // 7 for one in found) + 1):
        recent = [one for one in found if last - WINDOW < (one.week - FIRST).days // 7 <= last]
        for kind, _ in drift(recent, is_drifting=is_drifting):
            is_drifting = kind == "drift"
            yield last, kind


def test_a_model_that_is_right_is_rarely_called_drifting_though_limits_are_often_passed():
    runs, years, passed, alarms = 8, 2, 0, 0
    for seed in range(runs):
        found = outcomes(seed, years, 1.0)
        alarms += sum(kind == "drift" for _, kind in told(found))
        ends = [[one for one in found if last - WINDOW < (one.week - FIRST).days // 7 <= last] for last in (51, 103)]
        passed += sum(any(one.inside < 0.92 or one.psi > 0.25 for one in calibrations(end)) for end in ends)
    assert passed >= runs * years / 4, "by the limits alone, looked at twice a year"
    assert alarms / (runs * years) <= 0.2, "a year"


def test_moves_a_quarter_larger_than_forecast_are_told_within_half_a_year_once_and_when_they_are_over():
    for seed in range(4):
        rows = np.arange(260 * 3)
        events = list(told(outcomes(seed, 3, np.where((rows >= 260) & (rows < 520), 1.25, 1.0))))
        assert [kind for _, kind in events] == ["drift", "recovered"], seed
        assert 52 < events[0][0] <= 52 + WINDOW, "weeks from the first forecast on"
        assert 104 <= events[1][0] <= 104 + 40
