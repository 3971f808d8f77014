from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from finsage.finance.calendar import easter, holidays, is_open
from finsage.finance.drawdown import drawdown
from finsage.finance.options import CalendarChoice, FlowTiming
from finsage.finance.returns import annualised, daily_returns, modified_dietz, money_weighted
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


@settings(max_examples=100)
@given(st.lists(st.tuples(st.floats(-1e5, 1e5), st.integers(0, 4000)), min_size=2, max_size=12))
def test_the_present_value_at_every_root_is_zero(flows: list[tuple[float, int]]) -> None:
    amounts = np.array([amount for amount, _ in flows])
    days = np.array([day for _, day in flows])
    assume(np.abs(amounts).max() > 1)
    for rate in money_weighted(amounts, days):
        years = (days - days.min()) / 365
        terms = amounts * np.exp(-np.log1p(rate) * years)
        assert abs(terms.sum()) <= 1e-8 * np.abs(terms).max()


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


@pytest.mark.parametrize(("timing", "want"), TIMINGS.items())
def test_the_day_of_a_flow(timing: FlowTiming, want: float) -> None:
    day = daily_returns(np.array([100.0, 110]), np.array([50.0]), np.array([20.0]), timing)
    assert day.returns == pytest.approx([want])


def test_a_day_without_a_base_returns_nothing() -> None:
    none = np.zeros(1)
    day = daily_returns(np.array([0.0, 5]), none, none, FlowTiming.INFLOW_START_OUTFLOW_END)
    assert day.returns == [0]
    assert day.has_gain_without_base
    assert day.is_idle.all()
    assert not daily_returns(np.zeros(2), none, none, FlowTiming.END).has_gain_without_base


def test_negative_values_are_told() -> None:
    none = np.zeros(1)
    assert daily_returns(np.array([100.0, -50]), none, none, FlowTiming.END).has_negative_value
    assert daily_returns(np.array([-100.0, 50]), none, none, FlowTiming.END).has_negative_value


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
    rate = modified_dietz(10.0, 100.0, np.array([50.0]), np.array([5]), length=10, timing=timing)
    assert rate == pytest.approx(10 / (100 + weight * 50))


def test_modified_dietz_needs_capital() -> None:
    assert modified_dietz(1.0, 0.0, np.zeros(0), np.zeros(0, dtype=np.int64), length=0, timing=FlowTiming.END) is None
    flows, days = np.array([-500.0]), np.array([1])
    assert modified_dietz(1.0, 10.0, flows, days, length=9, timing=FlowTiming.START) is None


def test_drawdown_of_a_path() -> None:
    fall = drawdown(np.array([1.0, 1.2, 0.9, 1.0, 1.2, 1.3, 1.1]))
    assert fall.drawdown_max == pytest.approx(0.25)
    assert fall.drawdown_days == 4
    assert fall.recovery_days == 2
    assert fall.depths == pytest.approx([0, 0, -0.25, -1 / 6, 0, 0, -2 / 13])


def test_drawdown_at_rest() -> None:
    flat = drawdown(np.ones(5))
    assert (flat.drawdown_max, flat.drawdown_days, flat.recovery_days) == (0.0, 4, None)
    assert drawdown(np.array([2.0, 1.0])).recovery_days is None
    assert drawdown(np.array([1.0])).drawdown_days == 0


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=50))
def test_drawdown_is_never_positive_and_at_most_one(values: list[float]) -> None:
    fall = drawdown(np.array(values))
    assert np.all(fall.depths <= 0)
    assert 0 <= fall.drawdown_max < 1
    assert fall.drawdown_days <= len(values)


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


def test_returns_are_linked_across_closed_days() -> None:
    friday = date(2024, 3, 8).toordinal()
    returns, counted = np.array([0.1, 0.1, 0.1, -0.5, 0.2, 0.3]), np.array([True] * 6)
    # Friday, weekend and Monday as one, Tuesday, Wednesday.
    linked = linked_returns(returns, counted, friday, CalendarChoice.TRADING)
    assert linked == pytest.approx([0.1, 1.1**2 * 0.5 - 1, 0.2, 0.3])
    assert linked_returns(returns, counted, friday, CalendarChoice.ALL_DAYS) == pytest.approx(returns)
    idle = np.array([False] * 4 + [True] * 2)
    assert linked_returns(returns, idle, friday, CalendarChoice.TRADING) == pytest.approx([0.2, 0.3])
    assert len(linked_returns(returns[:2], counted[:2], friday + 1, CalendarChoice.TRADING)) == 0
    lost = np.array([-1.0, 0.0, 0.0, 0.0])
    assert linked_returns(lost, np.array([True] * 4), friday, CalendarChoice.TRADING) == pytest.approx([-1.0])


def test_volatility() -> None:
    assert volatility(np.array([0.01, -0.01, 0.03]), 252) == pytest.approx(0.02 * math.sqrt(252))
    assert volatility(np.array([0.01]), 252) is None
    whole, below = period_volatility(np.array([0.01, -0.01, 0.03]))
    assert whole == pytest.approx(math.sqrt(0.0008 / 2 * 3))
    assert below == pytest.approx(math.sqrt(0.0004 / 2 * 3))
    assert period_volatility(np.array([0.01])) is None
