from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finsage.portfolio.importers.errors import CellError
from finsage.portfolio.importers.numbers import Locale, decimal_sign, read_number

D = Decimal


def column(*cells: str, **known) -> Locale:
    locale = Locale(**known)
    for cell in cells:
        locale.look_at(cell)
    return locale


@pytest.mark.parametrize(
    ("cell", "sign"),
    [
        ("1234", None),
        ("1,234", None),
        ("1.234", None),
        ("12,34", ","),
        ("0,123", ","),
        ("1234,567", ","),
        ("1.234,50", ","),
        ("1,234.50", "."),
        ("1,234,567", "."),
        ("1.234.567", ","),
        ("1'234,567", ","),
        ("-3.605E-05", "."),
        ("$1,978.90", "."),
        ("hello", None),
    ],
)
def test_a_cell_proves_its_decimal_sign_or_says_nothing(cell, sign):
    assert decimal_sign(cell) == sign


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("-$1,250.65", "-1250.65"),
        ("$-5.00", "-5"),
        ("(1.50)", "-1.5"),
        ("1.5-", "-1.5"),
        ("+2.5", "2.5"),
        ("\u22121.5", "-1.5"),
        ("€ 1\u00a0234.5", "1234.5"),
        ("1\u202f234.5", "1234.5"),
        ("1\u2019234.50", "1234.50"),
        ("-3.605E-05", "-0.00003605"),
        (".5", "0.5"),
        ("1E+30", "1e30"),
    ],
)
def test_signs_of_currency_thousands_and_minus_are_understood(cell, value):
    assert read_number(cell, Locale(".", fixed=True, is_grouped=True)) == D(value)


def test_a_doubtful_cell_is_read_as_its_column_decides():
    assert read_number("1,234", column("1,234", "5.25")) == D(1234)
    assert read_number("1,234", column("1,234", "5,2")) == D("1.234")


def test_a_column_that_never_decides_asks():
    with pytest.raises(CellError, match="say which sign") as caught:
        read_number("1,234", column("1,234", "2,345", "7"))
    assert caught.value.code == "ambiguous_number"


def test_a_column_with_both_signs_refuses_what_does_not_fit():
    locale = column("1.5", "2,5")
    assert read_number("1.5", locale) == D("1.5")
    for cell, code in (("2,5", "decimal_sign"), ("1,234", "ambiguous_number")):
        with pytest.raises(CellError) as caught:
            read_number(cell, locale)
        assert caught.value.code == code


def test_a_machine_written_column_does_not_take_a_comma_for_thousands():
    with pytest.raises(CellError) as caught:
        read_number("1,234", Locale(".", fixed=True))
    assert caught.value.code == "decimal_sign"


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("NaN", "not_finite"),
        ("sNaN", "not_finite"),
        ("-Infinity", "not_finite"),
        ("inf", "not_finite"),
        ("1e60", "out_of_range"),
        ("9" * 61, "out_of_range"),
        ("1E999999", "not_a_number"),
        ("0." + "0" * 36 + "1", "precision_exceeded"),
        ("1,2,3", "decimal_sign"),
        ("12 apples", "not_a_number"),
        ("'; DROP TABLE x; --", "not_a_number"),
        ("<b>5</b>", "not_a_number"),
        ("٣", "not_a_number"),
        ("1.2.3", "decimal_sign"),
        ("--5", "not_a_number"),
        ("", "not_a_number"),
        ("9" * 300, "not_a_number"),
    ],
)
def test_what_is_no_finite_number_is_refused_with_its_code(cell, code):
    with pytest.raises(CellError) as caught:
        read_number(cell, Locale(".", fixed=True))
    assert caught.value.code == code
    assert len(caught.value.message) < 300


def test_large_and_fine_numbers_stay_exact():
    locale = Locale(".", fixed=True)
    assert read_number("1" + "0" * 30, locale) == D(10) ** 30
    assert read_number("0." + "0" * 35 + "1", locale) == D("1e-36")
    assert read_number("0.10" + "0" * 40, locale) == D("0.1")


numbers = st.decimals(min_value=-(10**15), max_value=10**15, places=4, allow_nan=False)


@settings(max_examples=60)
@given(values=st.lists(numbers, min_size=1, max_size=5), style=st.sampled_from(["us", "de", "ch", "fr"]))
def test_numbers_written_in_any_locale_read_back(values, style):
    def written(value: Decimal) -> str:
        text = f"{value:,.4f}"
        if style == "us":
            return text
        group = {"de": ".", "ch": "'", "fr": "\u202f"}[style]
        decimal = "." if style == "ch" else ","
        return text.replace(",", "_").replace(".", decimal).replace("_", group)

    cells = [written(value) for value in values]
    locale = column(*cells)
    assert [read_number(cell, locale) for cell in cells] == values
