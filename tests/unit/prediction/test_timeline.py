"""The mean of headlines over time: forgets by half in three days, says nothing where nothing was read."""

from __future__ import annotations

from datetime import date, timedelta
from math import atanh

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finsage.prediction.sentiment_model.timeline import REACH_DAYS, logit_of, timeline

DAY = date(2026, 3, 10)
scores = st.lists(st.floats(-1, 1), min_size=1, max_size=5)


def test_by_hand():
    found = timeline({DAY: [0.5], DAY + timedelta(days=3): [-0.5, 0.0]}, DAY, DAY + timedelta(days=4))
    own = 2 * atanh(0.5)
    assert [one.headlines for one in found] == [1, 0, 0, 2, 0]
    assert [one.counted for one in found] == [1, 1, 1, 3, 3]
    assert found[0].mean == pytest.approx(own)
    assert found[0].score == pytest.approx(0.5), "one headline alone has its own score"
    assert found[2].mean == pytest.approx(own), "less heavy, and alone as before"
    # Three days later the first weighs half: (0.5 own − own + 0) / 2.5.
    assert found[3].mean == pytest.approx(-0.5 * own / 2.5)
    assert found[3].mean_of_day == pytest.approx(-own / 2)
    assert (found[4].mean_of_day, found[4].headlines) == (None, 0)


def test_without_headlines_there_is_no_value():
    found = timeline({DAY: [0.9]}, DAY - timedelta(days=1), DAY + timedelta(days=REACH_DAYS))
    assert found[0].mean is None
    assert found[0].score is None
    assert found[-2].counted == 1
    assert (found[-1].mean, found[-1].score, found[-1].counted) == (None, None, 0)
    assert all(one.mean is None for one in timeline({}, DAY, DAY + timedelta(days=5)))


def test_what_reads_neutral_is_zero_and_not_missing():
    [one] = timeline({DAY: [0.0, 0.0]}, DAY, DAY)
    assert (one.mean, one.score, one.headlines) == (0.0, 0.0, 2)


@settings(deadline=None)
@given(st.dictionaries(st.integers(0, 40).map(lambda back: DAY - timedelta(days=back)), scores, max_size=12))
def test_the_mean_lies_among_what_it_counts_and_later_headlines_change_nothing(found):
    for one in timeline(found, DAY - timedelta(days=20), DAY):
        counted = [
            logit_of(score)
            for day, values in found.items()
            if 0 <= (one.day - day).days < REACH_DAYS
            for score in values
        ]
        assert one.counted == len(counted)
        assert (one.mean is None) == (not counted)
        if one.mean is not None:
            assert min(counted) - 1e-9 <= one.mean <= max(counted) + 1e-9
    past = {day: values for day, values in found.items() if day <= DAY - timedelta(days=5)}
    ends = DAY - timedelta(days=5)
    assert timeline(past, ends, ends) == timeline(found, ends, ends)


@settings(deadline=None)
@given(scores)
def test_turned_round_it_is_turned_round(found):
    [one] = timeline({DAY: found}, DAY, DAY)
    [other] = timeline({DAY: [-score for score in found]}, DAY, DAY)
    assert one.mean == pytest.approx(-other.mean)
