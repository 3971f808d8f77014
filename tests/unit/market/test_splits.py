"""Closes that a provider corrected for splits, as they were paid."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finsage.market.providers.protocol import Candle, History, Split
from finsage.market.splits import Adjustment, AssetSplit, as_traded, joined

FIRST = datetime(2024, 1, 1, tzinfo=UTC)


def history(closes: list[Decimal], adjustment: str = "splits") -> History:
    candles = tuple(Candle(FIRST + timedelta(days=number), close, close) for number, close in enumerate(closes))
    return History("X", "USD", "1d", adjustment, candles)


def split(day: int, before: str, after: str) -> Split:
    return Split("X", (FIRST + timedelta(days=day)).date(), Decimal(before), Decimal(after))


def test_each_close_is_taken_back_by_the_splits_after_its_day():
    found = as_traded(history([Decimal(10), Decimal(11), Decimal(12), Decimal("0.5")]), [split(2, "1", "4")])
    assert [candle.close for candle in found.candles] == [40, 44, 12, Decimal("0.5")]
    assert [candle.open for candle in found.candles] == [40, 44, 12, Decimal("0.5")]
    assert found.adjustment == "none"
    # A reverse split, and one after the last candle.
    found = as_traded(history([Decimal(10)] * 2), [split(1, "10", "1"), split(9, "1", "3")])
    assert [candle.close for candle in found.candles] == [3, 30]


def test_what_is_corrected_for_more_or_for_nothing_comes_back_as_it_is():
    for adjustment in ("none", "splits_and_dividends"):
        given_ = history([Decimal(10)], adjustment)
        assert as_traded(given_, [split(5, "1", "2")]) is given_


def test_what_is_no_price_is_left_to_be_judged():
    closes = [Decimal("NaN"), Decimal("1e308"), Decimal("-Infinity")]
    found = as_traded(history(closes), [split(9, "1", "2")])
    assert [str(candle.close) for candle in found.candles] == [str(close) for close in closes]


RATIOS = st.sampled_from([("1", "2"), ("1", "20"), ("2", "3"), ("10", "1"), ("1", "1")])


@given(
    st.lists(st.decimals("0.0001", "1e6", places=4), min_size=1, max_size=8),
    st.lists(st.tuples(st.integers(-1, 9), RATIOS), max_size=4),
)
def test_correcting_what_was_taken_back_gives_what_was_told(closes, told):
    splits = [split(day, *ratio) for day, ratio in told]
    found = as_traded(history(closes), splits)
    for before, candle in zip(closes, found.candles, strict=True):
        close = candle.close
        for one in splits:
            if one.day > candle.day:
                close = close * one.before / one.after
        assert abs(close - before) <= before * Decimal("1e-12")


def test_days_are_compared_and_not_instants():
    assert (
        as_traded(history([Decimal(1)]), [Split("X", date(2024, 1, 1), Decimal(1), Decimal(2))]).candles[0].close == 1
    )


def told(day: int, before: str, after: str, source: str = "x") -> AssetSplit:
    return AssetSplit((FIRST + timedelta(days=day)).date(), Decimal(before), Decimal(after), source)


@given(
    st.lists(st.decimals("0.0001", "1e6", places=4), min_size=1, max_size=8),
    st.lists(st.tuples(st.integers(-1, 9), RATIOS), max_size=4),
)
def test_prices_of_every_day_are_in_units_of_today_again(closes, splits):
    known = [split(day, *ratio) for day, ratio in splits]
    traded = as_traded(history(closes), known)
    adjustment = Adjustment(told(day, *ratio) for day, ratio in splits)
    for before, candle in zip(closes, traded.candles, strict=True):
        found = adjustment.price(candle.day, candle.close)
        assert abs(found - before) <= before * Decimal("1e-12")
        # What somebody has is worth what it was worth.
        units = adjustment.units(candle.day, Decimal(60))
        assert abs(units * found - 60 * candle.close) <= 60 * candle.close * Decimal("1e-12")


def test_a_long_ratio_of_the_books_is_no_error():
    third = "0." + "3" * 36
    adjustment = Adjustment([told(day, "1", third) for day in range(0, 60, 10)])
    assert adjustment.price(FIRST.date() - timedelta(days=1), Decimal(1)) == pytest.approx(Decimal(729))
    assert adjustment.price(FIRST.date() + timedelta(days=50), Decimal(1)) == 1


def test_who_tells_first_is_believed_and_one_split_is_told_once():
    provider = [told(10, "1", "4", "yahoo"), told(200, "10", "1", "yahoo")]
    books = [told(13, "1", "4", "ledger"), told(40, "2", "3", "ledger"), told(46, "2", "3", "ledger")]
    found = joined(provider, books)
    assert [(one.day, one.source) for one in found] == [
        (provider[0].day, "yahoo"), (books[1].day, "ledger"), (provider[1].day, "yahoo"),
    ]  # fmt: skip
    assert joined() == []
