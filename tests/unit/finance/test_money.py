from __future__ import annotations

from decimal import Decimal, DivisionByZero, Inexact
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finsage.errors import Invalid
from finsage.finance.money import (
    UNKNOWN,
    PrecisionExceeded,
    Rate,
    allocate,
    check_amount,
    exact,
    from_float,
    invert_rate,
    parse_decimal,
    plain,
    plain_money,
    to_float,
    total,
    unit_price,
)

D = Decimal

DECIMALS = st.decimals(min_value=-(10**20), max_value=10**20, places=18)


@pytest.mark.parametrize("text", ["0", "-1.5", "+3", ".5", "5.", "1e30", "1E-36", "000.10"])
def test_decimals_are_read_as_written(text: str) -> None:
    assert parse_decimal(text, "/x") == D(text)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-inf", "1,5", "1_000", "", " 1", "0x1", "١", "1e9999", "--1"])
def test_other_texts_are_refused_by_place(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_decimal(text, "/x")
    assert caught.value.faults[0].pointer == "/x"


@pytest.mark.parametrize("text", ["1e60", "-1e60", "1e-37", "0." + "0" * 36 + "1"])
def test_what_cannot_be_kept_is_refused_not_rounded(text: str) -> None:
    with pytest.raises(PrecisionExceeded, match="precision_exceeded"):
        parse_decimal(text, "/x")


def test_trailing_zeros_are_not_precision() -> None:
    assert check_amount(D("1." + "0" * 60), "") == 1


def test_nan_cannot_be_kept() -> None:
    with pytest.raises(PrecisionExceeded):
        check_amount(UNKNOWN, "")


def test_an_inexact_sum_is_an_error() -> None:
    with exact():
        assert D("1e59") + D("1e-36") == D("1" + "0" * 59 + "." + "0" * 35 + "1")
        with pytest.raises(Inexact):
            D("1e60") + D("1e-50")


@given(DECIMALS, st.lists(st.integers(1, 1000), min_size=1, max_size=8))
def test_parts_sum_to_the_whole(amount: D, shares: list[int]) -> None:
    with exact():
        left, units = amount, D(sum(shares))
        parts = []
        for share in shares:
            part = allocate(left, D(share), units)
            left, units = left - part, units - share
            parts.append(part)
        assert total(parts) == amount
        assert left == 0


@settings(max_examples=200)
@given(DECIMALS, st.integers(1, 10**9), st.integers(1, 10**9))
def test_allocation_rounds_half_even_once(amount: D, part: int, whole: int) -> None:
    got = allocate(amount, D(part), D(whole))
    # round() of a Fraction to an integer is half-even.
    want = round(Fraction(amount) * part / whole * 10**18)
    assert Fraction(got) * 10**18 == want or part == whole


def test_a_tie_goes_to_the_even_digit() -> None:
    assert unit_price(D("0.000000000000000005"), D(2)) == D("0.000000000000000002")
    assert unit_price(D("0.000000000000000007"), D(2)) == D("0.000000000000000004")
    assert unit_price(D(1), D(3), 4) == D("0.3333")


def test_nothing_of_nothing() -> None:
    assert allocate(D(5), D(0), D(7)) == 0
    assert allocate(D(5), D(7), D(7)) == 5
    assert allocate(UNKNOWN, D(1), D(2)).is_nan()
    assert unit_price(D(7), D(1)) == 7
    with pytest.raises(DivisionByZero):
        unit_price(D(7), D(0))


@given(st.decimals(min_value="0.000001", max_value=10**12, places=8).filter(bool))
def test_a_rate_inverted_twice_comes_back(rate: D) -> None:
    back = invert_rate(invert_rate(rate))
    assert abs(back - rate) <= rate * D("1e-20")


def test_settled_amounts_convert_by_share() -> None:
    settled = Rate(D("89.99"), D(100))
    assert settled.convert(D(100)) == D("89.99")
    assert settled.convert(D(50)) == D("44.995")
    assert settled.revert(D("89.99")) == 100
    assert settled.times(D(2)).convert(D(100)) == D("179.98")
    assert Rate(D(0)).revert(D(5)).is_nan()
    assert Rate(D("0.5")).revert(D(5)) == 10
    assert Rate(D(1)).revert(D(5)) == 5


@pytest.mark.parametrize(
    ("amount", "text", "money"),
    [
        ("272.7000", "272.7", "272.70"),
        ("-0", "0", "0"),
        ("1E+3", "1000", "1000"),
        ("1e-7", "0.0000001", "0.0000001"),
        ("5.00", "5", "5"),
        ("-1.25", "-1.25", "-1.25"),
    ],
)
def test_numbers_are_written_plainly(amount: str, text: str, money: str) -> None:
    assert plain(D(amount)) == text
    assert plain_money(D(amount)) == money


def test_floats_are_entered_and_left_by_name() -> None:
    array = to_float([D("0.1"), UNKNOWN])
    assert array[0] == 0.1
    assert np.isnan(array[1])
    assert from_float(0.1) == D("0.1")
    assert from_float(float("nan")).is_nan()
