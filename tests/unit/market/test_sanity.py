"""What is believed of a provider, and for which reason something is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finsage.market.providers.protocol import Candle, DayRates, History, Quote, Split
from finsage.market.sanity import (
    JUMP,
    JUMP_MAX,
    Expected,
    Good,
    Identity,
    Reason,
    deviations,
    judge_history,
    judge_identity,
    judge_quote,
    judge_rates,
    jump_limit,
)

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TODAY = NOW.date()


def expected(price: str | None = "100", age: timedelta = DAY, **more: object) -> Expected:
    last = None if price is None else Good(Decimal(price), NOW - age)
    return Expected("EUR", timedelta(days=5), last, **more)


def quote(price: str | Decimal, *, age: timedelta = timedelta(0), currency: str | None = "EUR") -> Quote:
    return Quote("X", Decimal(price), currency, NOW - age)


# The latest price


@pytest.mark.parametrize(
    ("price", "reason"),
    [
        ("NaN", Reason.NOT_A_NUMBER), ("sNaN", Reason.NOT_A_NUMBER), ("Infinity", Reason.NOT_A_NUMBER),
        ("-Infinity", Reason.NOT_A_NUMBER), ("-0.01", Reason.NEGATIVE), ("-1e308", Reason.NEGATIVE), ("0", Reason.ZERO),
        ("-0", Reason.ZERO), ("0.000", Reason.ZERO), ("1e308", Reason.OUT_OF_RANGE), ("1e999999", Reason.OUT_OF_RANGE),
        ("1e-308", Reason.OUT_OF_RANGE), ("1e15", Reason.JUMP), ("1." + "1" * 50, Reason.OUT_OF_RANGE),
        ("100000", Reason.JUMP), ("0.1", Reason.JUMP), ("10001", Reason.JUMP), ("1.9", Reason.JUMP),
    ],
)  # fmt: skip
def test_a_wrong_number_is_put_aside_with_its_reason(price: str, reason: Reason):
    verdict = judge_quote(quote(price), expected(), NOW)
    assert (verdict.decision, verdict.reason) == ("quarantine", reason)
    assert verdict.detail.endswith(".")


@pytest.mark.parametrize("price", ["100", "99.5", "2.01", "4999", "0.000008421234567890123"])
def test_a_plausible_price_is_kept(price: str):
    assert judge_quote(quote(price), expected(None), NOW).decision == "keep"
    if 2 < Decimal(price) < 5000:
        assert judge_quote(quote(price), expected(), NOW).decision == "keep"


def test_a_hundredth_is_hinted_at():
    assert "unit may have changed" in judge_quote(quote("1.01"), expected(), NOW).detail
    assert "unit may have changed" not in judge_quote(quote("100000"), expected(), NOW).detail


def test_time_is_judged_before_and_after():
    assert judge_quote(quote("100", age=timedelta(minutes=-4)), expected(), NOW).decision == "keep"
    assert judge_quote(quote("100", age=timedelta(minutes=-6)), expected(), NOW).reason is Reason.FUTURE
    assert judge_quote(quote("100", age=2 * DAY), expected(), NOW).reason is Reason.STALE  # older than what is known
    assert judge_quote(quote("100", age=DAY), expected(), NOW).decision == "keep"  # the same again
    old = judge_quote(quote("100", age=6 * DAY), expected(age=30 * DAY), NOW)
    assert (old.decision, old.reason) == ("quarantine", Reason.STALE)
    first = judge_quote(quote("100", age=6 * DAY), expected(None), NOW)
    assert (first.decision, first.reason) == ("flag", Reason.STALE)
    timeless = judge_quote(Quote("X", Decimal(100), "EUR", None), expected(), NOW)
    assert (timeless.decision, timeless.reason) == ("flag", Reason.NO_TIME)


def test_another_currency_is_put_aside_and_one_not_stated_is_the_assets_own():
    for currency in ("USD", "eur", "GBp"):
        assert judge_quote(quote("100", currency=currency), expected(), NOW).reason is Reason.WRONG_CURRENCY
    assert judge_quote(quote("100", currency=None), expected(), NOW).decision == "keep"


def test_a_known_split_explains_a_jump_and_its_absence_is_told():
    split = Split("X", TODAY, Decimal(1), Decimal(1000))
    assert judge_quote(quote("0.1"), expected(splits=(split,)), NOW).decision == "keep"
    assert judge_quote(quote("100"), expected(splits=(split,)), NOW).reason is Reason.JUMP
    before = Split("X", TODAY - 3 * DAY, Decimal(1), Decimal(1000))  # before the last good price: already in it
    assert judge_quote(quote("0.1"), expected(splits=(before,)), NOW).reason is Reason.JUMP
    reverse = Split("X", TODAY, Decimal(1000), Decimal(1))
    assert judge_quote(quote("100000"), expected(splits=(reverse,)), NOW).decision == "keep"


@given(
    st.decimals("1e-12", "1e6", allow_nan=False, places=12),
    st.decimals("1000", "1e6", allow_nan=False, places=2),
    st.integers(0, 4000),
)
def test_a_thousand_times_is_never_believed_and_twice_always(price: Decimal, factor: Decimal, days: int):
    known = expected(str(price), age=timedelta(days=days))
    higher = judge_quote(quote(price * factor), known, NOW)
    assert higher.decision == "quarantine"
    lower = Expected("EUR", timedelta(days=5), Good(price * factor, NOW - timedelta(days=days)))
    assert judge_quote(quote(price), lower, NOW).decision == "quarantine"
    assert judge_quote(quote(price * 2), known, NOW).decision == "keep"
    assert judge_quote(quote(price), expected(str(price * 2), age=timedelta(days=days)), NOW).decision == "keep"


@given(st.decimals(allow_nan=True, allow_infinity=True), st.one_of(st.none(), st.decimals("0.01", "1e6", places=2)))
def test_any_number_has_a_verdict_and_only_sane_ones_are_kept(price: Decimal, last: Decimal | None):
    verdict = judge_quote(Quote("X", price, "EUR", NOW), expected(None if last is None else str(last)), NOW)
    assert (verdict.reason is None) == (verdict.decision == "keep")
    if verdict.decision == "keep":
        assert price.is_finite()
        assert 0 < price <= Decimal("1e15")
        assert last is None or (price <= last * JUMP and price * JUMP >= last)


@given(st.integers(0, 100_000), st.integers(0, 100_000))
def test_the_limit_of_a_jump_grows_with_the_gap_between_its_bounds(one: int, two: int):
    lower, higher = sorted((one, two))
    limits = jump_limit(timedelta(days=lower)), jump_limit(timedelta(days=higher))
    assert JUMP <= limits[0] <= limits[1] <= JUMP_MAX < 1000


# History


def history(*closes: str | Decimal, adjustment: str = "none", currency: str | None = "EUR") -> History:
    start = NOW.replace(hour=0) - len(closes) * DAY
    candles = tuple(Candle(start + number * DAY, Decimal(close)) for number, close in enumerate(closes))
    return History("X", currency, "1d", adjustment, candles)


def reasons(found: History, known: Expected | None = None) -> list[Reason | None]:
    return [verdict.reason for verdict in judge_history(found, known or expected(None), TODAY)]


def test_one_wrong_close_condemns_itself_alone():
    assert reasons(history("100", "101", "100000", "102", "0", "103", "NaN", "104")) == [
        None, None, Reason.JUMP, None, Reason.ZERO, None, Reason.NOT_A_NUMBER, None,
    ]  # fmt: skip


def test_a_wrong_first_close_is_judged_by_those_after_it():
    assert reasons(history("100000", "101", "102", "103", "104")) == [Reason.JUMP, None, None, None, None]


def test_a_last_good_price_is_the_measure_of_the_first_close():
    known = expected("1", age=9 * DAY)
    assert reasons(history("100", "101", "102", "103"), known) == [Reason.LEVEL_SHIFT] * 2 + [Reason.JUMP] * 2


def test_a_level_that_stays_is_called_one_and_not_written():
    found = judge_history(history(*["100"] * 4, *["0.5"] * 4), expected(None), TODAY)
    assert [verdict.decision for verdict in found] == ["keep"] * 4 + ["quarantine"] * 4
    assert found[4].reason is Reason.LEVEL_SHIFT


def test_closes_of_another_correction_are_not_joined():
    for adjustment in ("splits", "splits_and_dividends"):
        assert set(reasons(history("100", "101", adjustment=adjustment))) == {Reason.MIXED_ADJUSTMENT}
    assert set(reasons(history("100", "101", currency="USD"))) == {Reason.WRONG_CURRENCY}
    assert reasons(history("100", "101", currency=None)) == [None, None]


def test_the_day_at_hand_has_no_close():
    start = NOW.replace(hour=0)
    candles = tuple(Candle(start + shift * DAY, Decimal(100)) for shift in (-1, 0, 1))
    assert reasons(History("X", "EUR", "1d", "none", candles)) == [None, Reason.FUTURE, Reason.FUTURE]


@pytest.mark.parametrize(
    ("open_", "high", "low"),
    [("100", "99", "98"), ("100", "101", "100.5"), ("-1", "101", "99"), ("100", "NaN", "99"), ("103", "102", "99")],
)
def test_a_candle_that_does_not_fit_together_is_flagged_and_keeps_its_close(open_: str, high: str, low: str):
    candle = Candle(NOW - DAY, Decimal(100), Decimal(open_), Decimal(high), Decimal(low))
    [verdict] = judge_history(History("X", "EUR", "1d", "none", (candle,)), expected(None), TODAY)
    assert (verdict.decision, verdict.reason) == ("flag", Reason.BROKEN_CANDLE)


@given(
    st.lists(st.decimals("50", "200", places=2), min_size=6, max_size=40),
    st.lists(
        st.tuples(st.integers(0, 39), st.sampled_from(["NaN", "-5", "0", "1e308", "1000000", "0.0001"])), max_size=3
    ),
)
def test_good_closes_are_kept_whatever_stands_between_them(closes: list[Decimal], planted: list[tuple[int, str]]):
    told: list[str | Decimal] = list(closes)
    for place, wrong in planted:
        # Not in the beginning, which is what the rest is measured by, and apart, so that none looks like a level.
        told.insert(min(6 + 3 * (place // 3), len(told)), wrong)
    found = judge_history(history(*told), expected(None), TODAY)
    bad = {str(Decimal(wrong)) for _, wrong in planted}
    for close, verdict in zip(told, found, strict=True):
        assert (verdict.decision == "keep") == (str(Decimal(close)) not in bad), (close, verdict)


# Rates, sources, names


def test_rates_are_judged_by_currency():
    day = DayRates(
        "EUR", TODAY, (("USD", Decimal("1.09")), ("JPY", Decimal("1.63")), ("CHF", Decimal(0)), ("XXX", Decimal(5)))
    )
    last = {"USD": Decimal("1.08"), "JPY": Decimal(163), "CHF": Decimal("0.95")}
    found = judge_rates(day, last, TODAY)
    assert {currency: verdict.reason for currency, verdict in found.items()} == {
        "USD": None, "JPY": Reason.JUMP, "CHF": Reason.ZERO, "XXX": None,
    }  # fmt: skip
    ahead = judge_rates(DayRates("EUR", TODAY + DAY, (("USD", Decimal("1.09")),)), last, TODAY)
    assert ahead["USD"].reason is Reason.FUTURE


def test_the_source_that_is_apart_from_the_middle_is_flagged():
    prices = {"a": Decimal(100), "b": Decimal(101), "c": Decimal(120)}
    assert set(deviations(prices)) == {"c"}
    assert deviations({"a": Decimal(100), "b": Decimal(104)}) == {}
    both = deviations({"a": Decimal(100), "b": Decimal(120)})
    assert {source: verdict.decision for source, verdict in both.items()} == {"a": "flag", "b": "flag"}
    assert deviations({"a": Decimal(100)}) == {}
    assert "120" in both["a"].detail


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), st.decimals("1", "1000", places=2), max_size=6))
def test_sources_within_the_tolerance_of_each_other_are_never_flagged(prices: dict[str, Decimal]):
    flagged = deviations(prices, Decimal("0.05"))
    if prices and max(prices.values()) <= min(prices.values()) * Decimal("1.05"):
        assert flagged == {}
    assert set(flagged) <= set(prices)


@pytest.mark.parametrize(
    ("known", "found", "reason"),
    [
        (
            Identity("FB", "Facebook Inc", "US30303M1027"),
            Identity("META", "Meta Platforms", "US30303M1027"),
            Reason.RENAMED,
        ),
        (
            Identity("META", "Meta Materials", "US59134N1046"),
            Identity("META", "Meta Platforms", "US30303M1027"),
            Reason.REUSED,
        ),
        (Identity("META", "Roundhill Ball ETF"), Identity("META", "Meta Platforms, Inc."), Reason.REUSED),
        (Identity("AAPL", "Apple Inc."), Identity("aapl", "APPLE INC Common Stock"), None),
        (Identity("AAPL", "Apple Inc."), Identity("AAPL", ""), None),
        (Identity("X", "Acme Holding AG"), Identity("X", "Other Holding AG"), Reason.REUSED),
        (Identity("X", "Acme", currency="EUR"), Identity("X", "Acme", currency="USD"), Reason.WRONG_CURRENCY),
        (Identity("X", "Acme", "US30303M1027"), Identity("X", "Acme Corp"), None),
        (Identity("MATIC", "Polygon"), Identity("POL", "Polygon"), Reason.RENAMED),
    ],
)
def test_a_symbol_that_means_something_else_is_told(known: Identity, found: Identity, reason: Reason | None):
    assert judge_identity(known, found).reason is reason
