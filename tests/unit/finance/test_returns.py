from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from finsage.finance.calendar import easter, holidays, is_open
from finsage.finance.drawdown import Fall, drawdowns
from finsage.finance.options import CalendarChoice, FlowTiming
from finsage.finance.returns import (
    Payments,
    annualised,
    daily_returns,
    modified_dietz,
    money_weighted,
    money_weighted_all,
)
from finsage.finance.risk import linked_returns, period_volatility, volatility


def xirr(*payments: tuple[float, str]) -> tuple[float, ...]:
    days = [date.fromisoformat(day).toordinal() for _, day in payments]
    return money_weighted(np.array([amount for amount, _ in payments], float), np.array(days) - min(days))


def test_known_money_weighted_rates() -> None:
    assert xirr((-1000, "2015-12-31"), (150, "2016-06-01"), (1230, "2016-12-31")) == pytest.approx(
        [0.412128784], abs=1e-9
    )
    assert xirr((-1560.94, "2019-05-24"), (-1160, "2020-01-13"), (42.80, "2020-06-29")) == pytest.approx(
        [-0.999251643], abs=1e-9
    )
    assert xirr((-100, "2021-01-01"), (110, "2022-01-01")) == pytest.approx([0.1], abs=1e-12)


def test_several_roots_are_all_found() -> None:
    assert money_weighted(np.array([-100.0, 230, -132]), np.array([0, 365, 730])) == pytest.approx([0.1, 0.2], abs=1e-9)


def test_a_double_root_is_found_once() -> None:
    # (1 - 1.1 v)^2 touches zero at 10 % and crosses nowhere.
    assert money_weighted(np.array([-1.0, 2.2, -1.21]), np.array([0, 365, 730])) == pytest.approx([0.1], abs=1e-6)


def test_two_roots_within_one_step_of_the_grid() -> None:
    u, v = 1.1, 1.1005
    assert money_weighted(np.array([-1.0, u + v, -u * v]), np.array([0, 365, 730])) == pytest.approx(
        [0.1, 0.1005], abs=1e-8
    )


def test_a_root_on_the_grid() -> None:
    assert 0.0 in money_weighted(np.array([-1.0, 2.0, -1.0]), np.array([0, 365, 730]))
    assert money_weighted(np.array([-1.0, 1.0]), np.array([0, 365])) == pytest.approx([0.0], abs=1e-12)


def test_a_root_on_the_grid_hides_none_beside_it() -> None:
    flows = [(1.0, 365), (-1.0, 1082), (-1.0, 1), (2.0, 365), (-1.0, 2)]
    roots = money_weighted(np.array([amount for amount, _ in flows]), np.array([day for _, day in flows]))
    assert len(roots) == 2
    assert 0.0 in roots
    # The same by polynomials: (v - 1)(v - w) has its roots at 0 and at 1/w - 1, above and below.
    for w in (1.01, 0.99, 1.0001, 0.9999):
        double = money_weighted(np.array([w, -1 - w, 1.0]), np.array([0, 365, 730]))
        assert double == pytest.approx(sorted([0.0, 1 / w - 1]), abs=1e-9), w
    # Two more on one side of it.
    v = np.poly1d([1.0, -1.0]) * np.poly1d([1.0, -0.99]) * np.poly1d([1.0, -0.98])
    assert money_weighted(v.c[::-1], np.arange(4) * 365) == pytest.approx([0, 1 / 0.99 - 1, 1 / 0.98 - 1], abs=1e-7)


def test_a_payment_that_is_nearly_nothing_makes_no_root_of_its_own() -> None:
    # Beyond the root all that is left is the tiny payment, which is small but no rounding.
    assert money_weighted(np.array([1e-20, -1.0]), np.array([0, 3650])) == pytest.approx([1e2 - 1])


@pytest.mark.parametrize("scale", [0.1, 0.3, 1 / 7, 12.34])
def test_a_root_that_rounding_moves_off_the_grid_hides_none_beside_it(scale: float) -> None:
    for w in (1.01, 0.99, 1.003, 0.997):
        amounts = np.array([w, -1 - w, 1.0]) * scale
        roots = money_weighted(amounts, np.array([0, 365, 730]))
        assert roots == pytest.approx(sorted([0.0, 1 / w - 1]), abs=1e-9), w


@pytest.mark.parametrize(
    ("amounts", "days"),
    [
        ([], []),
        ([-1.0], [0]),
        ([-1.0, -2.0], [0, 5]),
        ([1.0, -1.0], [0, 0]),
        ([-1.0, 3.0, -3.0], [0, 365, 730]),
        ([2.0, 5.0], [0, 3]),
    ],
)
def test_no_root(amounts: list[float], days: list[int]) -> None:
    assert money_weighted(np.array(amounts), np.array(days, dtype=np.int64)) == ()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(-1e5, 1e5), st.integers(0, 4000)), min_size=2, max_size=12))
@example([(74938.0, 168), (1.6733544094345446e-44, 3066), (-2654.0, 258)])
def test_the_present_value_at_every_root_is_zero(flows: list[tuple[float, int]]) -> None:
    amounts = np.array([amount for amount, _ in flows])
    days = np.array([day for _, day in flows])
    assume(np.abs(amounts).max() > 1)
    for rate in money_weighted(amounts, days):
        years = (days - days.min()) / 365
        terms = amounts * np.exp(-np.log1p(rate) * years)
        assert abs(terms.sum()) <= 1e-8 * np.abs(terms).max()


ROWS = st.lists(st.lists(st.tuples(st.integers(-99, 99), st.integers(0, 2000)), min_size=1, max_size=9), max_size=5)


@settings(max_examples=100, deadline=None)
@given(ROWS)
def test_rows_side_by_side_have_the_roots_a_plain_scan_finds(rows: list[list[tuple[int, int]]]) -> None:
    flat = [(row, day, amount) for row, payments in enumerate(rows) for amount, day in payments]
    numbers, days, amounts = (np.array([item[at] for item in flat], np.int64) for at in range(3))
    together = money_weighted_all(numbers, days, amounts.astype(float), skip=np.zeros(len(rows), np.bool_))
    for payments, roots in zip(rows, together, strict=True):
        years = np.array([day for _, day in payments]) / 365
        # Off the solver's own grid, and coarse enough that a change of sign is none of rounding.
        scan = np.linspace(-6.05, 6.06, 1001)
        powers = -np.outer(scan, years)
        terms = np.exp(powers - powers.max(axis=1, keepdims=True)) * [amount for amount, _ in payments]
        worth = terms.sum(axis=1)
        crossed = (worth[:-1] * worth[1:] < 0) & (np.minimum(abs(worth[:-1]), abs(worth[1:])) > 1e-9)
        for place in np.flatnonzero(crossed):
            assert any(scan[place] <= math.log1p(root) <= scan[place + 1] for root in roots)


def test_skipped_rows_have_no_roots() -> None:
    rows, days, amounts = np.array([0, 0, 1, 1]), np.array([0, 365, 0, 365]), np.array([-1.0, 2, -1, 2])
    first, second = money_weighted_all(rows, days, amounts, skip=np.array([True, False]))
    assert first == ()
    assert second == pytest.approx([1.0])


@settings(deadline=None)
@given(st.floats(0.01, 3), st.integers(30, 4000))
def test_a_single_payment_gives_its_own_rate(growth: float, days: int) -> None:
    assume(abs(np.log(growth) * 365 / days) < 13.9)
    (rate,) = money_weighted(np.array([-100.0, 100 * growth]), np.array([0, days]))
    assert rate == pytest.approx(annualised(growth - 1, days), rel=1e-8)


def test_an_enormous_rate_is_infinite_not_an_error() -> None:
    assert annualised(1e10, 1) == math.inf


TIMINGS = {
    FlowTiming.INFLOW_START_OUTFLOW_END: (110 + 20) / (100 + 50) - 1,
    FlowTiming.START: 110 / (100 + 30) - 1,
    FlowTiming.END: (110 - 30) / 100 - 1,
    FlowTiming.MID: (110 - 100 - 30) / (100 + 15),
}


def rows(*numbers: float) -> np.ndarray:
    return np.array([numbers], float)


@pytest.mark.parametrize(("timing", "want"), TIMINGS.items())
def test_the_day_of_a_flow(timing: FlowTiming, want: float) -> None:
    day = daily_returns(rows(100, 110), rows(50), rows(20), timing)
    assert day.returns[0] == pytest.approx([want])


def test_a_day_without_a_base_returns_nothing() -> None:
    value, none = np.array([[0.0, 5], [0, 0]]), np.zeros((2, 1))
    day = daily_returns(value, none, none, FlowTiming.INFLOW_START_OUTFLOW_END)
    assert day.returns.tolist() == [[0], [0]]
    assert day.has_gain_without_base.tolist() == [True, False]
    assert day.is_idle.all()


@pytest.mark.parametrize("timing", FlowTiming)
def test_a_fee_out_of_the_first_deposit_leaves_no_negative_value(timing: FlowTiming) -> None:
    # 100 paid in and 99 there at night: at the end of a day that began with nothing the flow leaves −1 without a base.
    day = daily_returns(rows(0, 99, 99), rows(100, 0), rows(0, 0), timing)
    assert day.has_negative_value.tolist() == [False]
    assert day.has_gain_without_base.tolist() == [timing is FlowTiming.END]


def test_a_debt_at_the_end_of_a_day_without_a_base_is_negative() -> None:
    day = daily_returns(rows(0, -10), rows(0), rows(15), FlowTiming.INFLOW_START_OUTFLOW_END)
    assert day.has_negative_value.tolist() == [True]


def test_negative_values_are_told() -> None:
    none = np.zeros((3, 1))
    day = daily_returns(np.array([[100.0, -50], [-100, 50], [1, 1]]), none, none, FlowTiming.END)
    assert day.has_negative_value.tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("timing", "weight"),
    [
        (FlowTiming.INFLOW_START_OUTFLOW_END, 0.6),
        (FlowTiming.START, 0.6),
        (FlowTiming.END, 0.5),
        (FlowTiming.MID, 0.55),
    ],
)
def test_modified_dietz(timing: FlowTiming, weight: float) -> None:
    flows = Payments(np.array([1]), np.array([5]), np.array([50.0]))
    rates = modified_dietz(np.array([10.0, 10]), np.array([100.0, 100]), flows, length=10, timing=timing)
    assert rates == pytest.approx([0.1, 10 / (100 + weight * 50)])


def test_modified_dietz_needs_capital() -> None:
    none = Payments(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0))
    assert np.isnan(modified_dietz(np.ones(1), np.zeros(1), none, length=0, timing=FlowTiming.END))
    flows = Payments(np.array([0]), np.array([1]), np.array([-500.0]))
    assert np.isnan(modified_dietz(np.ones(1), np.full(1, 10.0), flows, length=9, timing=FlowTiming.START))


def test_drawdown_of_a_path() -> None:
    falls = drawdowns(np.array([[1.0, 1.2, 0.9, 1.0, 1.2, 1.3, 1.1], [1.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95]]))
    fall = falls.of(0)
    assert fall.drawdown_max == pytest.approx(0.25)
    assert fall.drawdown_days == 4
    assert fall.recovery_days == 2
    assert falls.depths[0] == pytest.approx([0, 0, -0.25, -1 / 6, 0, 0, -2 / 13])
    assert falls.of(1) == Fall(0.5, 6, None)


def test_drawdown_at_rest() -> None:
    assert drawdowns(np.ones((1, 5))).of(0) == Fall(0.0, 4, None)
    assert drawdowns(rows(2, 1)).of(0).recovery_days is None
    assert drawdowns(rows(1)).of(0).drawdown_days == 0


def test_rounding_makes_no_new_trough_high_or_recovery() -> None:
    up, down = 1 + 1e-15, 1 - 1e-15
    # The fall lasts from day 1; day 2 is as deep, day 4 as high as before, and the last no new high.
    assert drawdowns(rows(1, 0.5, 0.5 * down, 0.7, down)).of(0) == Fall(pytest.approx(0.5), 4, 3)
    assert drawdowns(rows(1, 0.5, 0.7, 0.7, 1, up, up)).of(0).drawdown_days == 6
    assert drawdowns(rows(1, down, 1)).of(0).recovery_days is None


@settings(deadline=None)
@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=50))
def test_drawdown_is_never_positive_and_at_most_one(values: list[float]) -> None:
    falls = drawdowns(rows(*values))
    assert np.all(falls.depths <= 0)
    assert 0 <= falls.of(0).drawdown_max < 1
    assert falls.of(0).drawdown_days <= len(values)


def test_easter() -> None:
    days = {
        1900: (4, 15),
        1954: (4, 18),
        1981: (4, 19),
        2000: (4, 23),
        2024: (3, 31),
        2025: (4, 20),
        2049: (4, 18),
        2076: (4, 19),
    }
    for year, (month, day) in days.items():
        assert easter(year) == date(year, month, day)


def test_markets_close_on_weekends_and_holidays() -> None:
    first = date(2024, 3, 28).toordinal()
    # Thursday, Good Friday, Saturday, Easter, Easter Monday, Tuesday.
    assert is_open(first, 6).tolist() == [True, False, False, False, False, True]
    assert date(2024, 12, 24) in holidays(2024)
    year = is_open(date(2023, 12, 30).toordinal(), 4)
    assert year.tolist() == [False, False, False, True]
    assert is_open(first, 0).tolist() == []


def linked(returns: np.ndarray, counted: np.ndarray, first: int, calendar: CalendarChoice) -> np.ndarray:
    found, is_counted = linked_returns(returns[None], counted[None], first, calendar)
    return found[is_counted]


def test_returns_are_linked_across_closed_days() -> None:
    friday = date(2024, 3, 8).toordinal()
    returns, counted = np.array([0.1, 0.1, 0.1, -0.5, 0.2, 0.3]), np.array([True] * 6)
    # Friday, weekend and Monday as one, Tuesday, Wednesday.
    assert linked(returns, counted, friday, CalendarChoice.TRADING) == pytest.approx([0.1, 1.1**2 * 0.5 - 1, 0.2, 0.3])
    assert linked(returns, counted, friday, CalendarChoice.ALL_DAYS) == pytest.approx(returns)
    idle = np.array([False] * 4 + [True] * 2)
    assert linked(returns, idle, friday, CalendarChoice.TRADING) == pytest.approx([0.2, 0.3])
    assert len(linked(returns[:2], counted[:2], friday + 1, CalendarChoice.TRADING)) == 0
    lost = np.array([-1.0, 0.0, 0.0, 0.0])
    assert linked(lost, np.array([True] * 4), friday, CalendarChoice.TRADING) == pytest.approx([-1.0])


def test_volatility() -> None:
    returns = np.array([[0.01, -0.01, 0.03, 9], [0.01, 9, 9, 9]])
    counted = np.array([[True, True, True, False], [True, False, False, False]])
    yearly = volatility(returns, counted, 252)
    assert yearly[0] == pytest.approx(0.02 * math.sqrt(252))
    assert np.isnan(yearly[1])
    whole, below = period_volatility(np.expm1(returns), counted)
    assert whole[0] == pytest.approx(math.sqrt(0.0008 / 2 * 3))
    assert below[0] == pytest.approx(math.sqrt(0.0004 / 2 * 3))
    assert np.isnan([whole[1], below[1]]).all()
