from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finsage.prediction.service.lateness import is_too_late

MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(("due", "late_after"), [(0, 7), (1, 7), (2, 7), (3, 7), (4, 7), (5, 9), (6, 8)])
def test_a_weekend_is_no_row_where_nobody_trades_on_it(due: int, late_after: int):
    """``late_after``: the last number of days after which a close still judges."""
    day = MONDAY + timedelta(due)
    assert not is_too_late(day, day + timedelta(late_after), is_daily=False)
    assert is_too_late(day, day + timedelta(late_after + 1), is_daily=False)


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 40), st.booleans())
def test_once_too_late_it_stays_so_and_sooner_with_weekends(day: date, after: int, is_daily: bool):
    last = day + timedelta(after)
    assert is_too_late(day, last, is_daily=True) == (after > 5)
    if is_too_late(day, last, is_daily=is_daily):
        assert is_too_late(day, last + timedelta(1), is_daily=is_daily)
        assert is_too_late(day, last, is_daily=True)
