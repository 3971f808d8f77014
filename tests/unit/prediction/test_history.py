"""Closes as the models read them: what is refused, what is only remarked, and what windows may not straddle."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finsage.prediction.price_model.history import InvalidHistory, read_history

FIRST = np.datetime64("2020-01-06")  # a Monday


def weekdays(count):
    return np.busday_offset(FIRST, np.arange(count))


def everyday(count):
    return FIRST + np.arange(count)


def walk(count, seed=1, sigma=0.01):
    return 100 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, sigma, count)))


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
def test_a_close_that_is_no_price_is_refused_with_its_row(bad):
    closes = walk(50)
    closes[17] = bad
    with pytest.raises(InvalidHistory) as refused:
        read_history(weekdays(50), closes)
    assert [fault.pointer for fault in refused.value.faults] == ["row 18"]


def test_a_day_twice_is_refused():
    days = weekdays(50)
    days[20] = days[19]
    with pytest.raises(InvalidHistory) as refused:
        read_history(days, walk(50))
    assert [(fault.pointer, fault.detail[12:].split(".")[0]) for fault in refused.value.faults] == [
        ("row 21", "the day stands twice"),
    ]


@pytest.mark.parametrize("count", [0, 1])
def test_one_close_is_no_history(count):
    with pytest.raises(InvalidHistory, match="at least two"):
        read_history(weekdays(count), walk(count))


def test_unsorted_prices_are_sorted_and_said_so():
    days, closes = weekdays(40), walk(40)
    order = np.random.default_rng(2).permutation(40)
    mixed, plain = read_history(days[order], closes[order]), read_history(days, closes)
    assert mixed.returns == pytest.approx(plain.returns)
    assert [notice.code for notice in mixed.notices] == ["unsorted"]
    assert plain.notices == ()


def test_five_missing_rows_make_one_return_and_six_a_gap():
    days, closes = weekdays(100), walk(100)
    five, six = np.delete(np.arange(100), range(50, 55)), np.delete(np.arange(100), range(50, 56))
    joined, broken = read_history(days[five], closes[five]), read_history(days[six], closes[six])
    assert joined.returns[49] == pytest.approx(np.log(closes[55] / closes[49]))
    assert len(joined) == 94
    assert joined.notices == ()
    assert len(broken) == 92
    assert [notice.code for notice in broken.notices] == ["gap"]
    assert np.isnan(broken.ahead(5)[44:49]).all()
    assert np.isfinite(broken.ahead(5)[43])
    assert np.isnan(broken.behind(5)[49:53]).all()
    assert np.isfinite(broken.behind(5)[53])


def test_targets_are_sums_of_what_comes_after():
    history = read_history(weekdays(60), walk(60))
    assert history.ahead(5)[10] == pytest.approx(history.returns[11:16].sum())
    assert history.variance_ahead(5)[10] == pytest.approx((history.returns[11:16] ** 2).sum())
    assert history.behind(5)[10] == pytest.approx(history.returns[6:11].sum())
    assert np.isnan(history.ahead(5)[-5:]).all()
    assert np.isnan(history.behind(5)[:4]).all()


def test_weekends_decide_what_a_month_is():
    assert [read_history(everyday(400), walk(400)).horizon_rows(days) for days in (1, 7, 30)] == [1, 7, 30]
    assert [read_history(weekdays(400), walk(400)).horizon_rows(days) for days in (1, 7, 30, 365)] == [1, 5, 21, 261]


def test_a_close_a_week_is_one_row_of_five():
    """A fund that is priced once a week: a week ahead is one of its returns, not five."""
    week = read_history(weekdays(2_000)[::5], walk(400))
    assert [week.horizon_rows(days) for days in (1, 7, 30, 365)] == [1, 1, 4, 52]
    assert week.rows_per_year == pytest.approx(252 / 5)
    assert [notice.code for notice in week.notices] == ["sparse_prices"]
    some_holidays = np.delete(np.arange(400), [100, 200, 201, 300])
    usual = read_history(weekdays(400)[some_holidays], walk(396))
    assert (usual.spacing, usual.rows_per_year, usual.notices) == (1, 252, ())


def test_a_split_is_suspected_but_nothing_is_changed():
    closes = walk(300)
    closes[150:] /= 4
    history = read_history(weekdays(300), closes)
    assert [notice.code for notice in history.notices] == ["suspected_split"]
    assert history.returns[149] == pytest.approx(np.log(closes[150] / closes[149]))


def test_prices_that_stand_still_are_remarked():
    closes = walk(300)
    closes[-20:] = closes[-20]
    assert [notice.code for notice in read_history(weekdays(300), closes).notices] == ["stale_prices"]


@given(st.integers(31, 300), st.integers(0, 1_000))
def test_what_was_known_then_is_a_prefix(rows, seed):
    closes = walk(301, seed)
    whole = read_history(weekdays(301), closes)
    then, direct = whole.until(rows), read_history(weekdays(rows + 1), closes[: rows + 1])
    assert then.returns == pytest.approx(direct.returns)
    assert then.last_close == pytest.approx(direct.last_close)
    assert len(then) == rows
