"""Numbers and texts of the wire: exact or refused, never rounded."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from finsage.platform.wire import Amount, Day, Dec, Text, plain

DEC = TypeAdapter(Dec)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**59), max_value=10**59, places=36))
def test_a_decimal_survives_the_wire(number: Decimal):
    text = plain(number)
    assert "E" not in text.upper()
    assert DEC.validate_python(text) == number
    assert DEC.dump_python(number, mode="json") == text


@pytest.mark.parametrize("bad", ["", "NaN", "Infinity", "1e5", "1,5", " 1", "1_000", "١", 1, 1.5, None, True, "9" * 61])
def test_what_is_no_exact_decimal_is_refused(bad: object):
    with pytest.raises(ValidationError):
        DEC.validate_python(bad)


def test_finer_than_36_decimals_is_refused_not_rounded():
    assert DEC.validate_python("0." + "0" * 35 + "1") == Decimal("1e-36")
    with pytest.raises(ValidationError, match="refused, not rounded"):
        DEC.validate_python("0." + "0" * 36 + "1")


@pytest.mark.parametrize(("number", "text"), [("-0", "0"), ("1.500", "1.5"), ("1E+3", "1000"), ("0.00", "0")])
def test_plain_is_plain(number: str, text: str):
    assert plain(Decimal(number)) == text


def test_amounts_are_not_negative_and_days_are_of_our_centuries():
    with pytest.raises(ValidationError):
        TypeAdapter(Amount).validate_python("-1")
    for day in ("1899-12-31", "2101-01-01"):
        with pytest.raises(ValidationError):
            TypeAdapter(Day).validate_python(day)


@pytest.mark.parametrize("bad", ["a\x00b", "a\x1bb", "a\u202eb"])
def test_text_without_control_characters(bad: str):
    with pytest.raises(ValidationError):
        TypeAdapter(Text).validate_python(bad)
    assert TypeAdapter(Text).validate_python("e\u0301") == "é"
