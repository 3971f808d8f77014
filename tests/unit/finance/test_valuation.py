from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from unit.finance.ledgers import FIRST, day, draft, quotes

from finsage.finance.asset import Asset
from finsage.finance.evaluation import evaluate
from finsage.finance.options import CashMode, Options, PriceBeforeFirst, PricesAre, RateBeforeFirst
from finsage.finance.quote import QuoteSeries
from finsage.finance.valuation import Market, Prices, Rates

D = Decimal

ORIGIN = FIRST.toordinal()
COUNT = 12


def rates(first_quote: bool = False, **pairs: QuoteSeries) -> Rates:
    table = {(key[:3], key[3:]): series for key, series in pairs.items()}
    mode = RateBeforeFirst.FIRST_QUOTE if first_quote else RateBeforeFirst.ERROR
    return Rates(Market("EUR", rates=table), Options(fx_before_first=mode))


def both(table: Rates, source: str, target: str) -> list[float | None]:
    """The rate of each day, after checking that the exact and the float way agree."""
    daily = table.daily(source, target, ORIGIN, COUNT)
    one_by_one = [table.quote(source, target, ORIGIN + place) for place in range(COUNT)]
    found = [None if quote is None else float(quote.value) for quote in one_by_one]
    assert daily == pytest.approx(np.array([np.nan if value is None else value for value in found]), nan_ok=True)
    return found


def test_the_last_rate_counts_until_the_next() -> None:
    found = both(rates(USDEUR=quotes(d2="0.9", d5="0.8")), "USD", "EUR")
    assert found == [None, None, 0.9, 0.9, 0.9, *[0.8] * 7]


def test_a_pair_may_be_written_the_other_way_round() -> None:
    assert both(rates(EURUSD=quotes(d0="1.25")), "USD", "EUR") == [0.8] * COUNT
    late = rates(USDEUR=quotes(d3="0.5"), EURUSD=quotes(d0="1.25"))
    assert both(late, "USD", "EUR") == [0.8] * 3 + [0.5] * 9


def test_crosses_go_through_the_euro_then_the_dollar_then_by_name() -> None:
    through_euro = rates(CHFEUR=quotes(d0="2"), EURSEK=quotes(d0="10"), CHFUSD=quotes(d0="3"), USDSEK=quotes(d0="9"))
    assert both(through_euro, "CHF", "SEK") == [20] * COUNT
    later = rates(CHFEUR=quotes(d4="2"), EURSEK=quotes(d0="10"), CHFUSD=quotes(d0="3"), USDSEK=quotes(d2="9"))
    assert both(later, "CHF", "SEK") == [None, None, 27, 27, *[20] * 8]
    by_name = rates(CHFGBP=quotes(d0="2"), GBPSEK=quotes(d0="3"), CHFDKK=quotes(d0="5"), SEKDKK=quotes(d0="0.5"))
    assert both(by_name, "CHF", "SEK") == [10] * COUNT


def test_a_missing_rate_is_unknown_and_noted() -> None:
    table = rates(USDEUR=quotes(d5="0.9"))
    assert table.rate("USD", "EUR", ORIGIN + 3).is_nan()
    assert table.rate("USD", "EUR", ORIGIN + 1).is_nan()
    assert table.rate("GBP", "EUR", ORIGIN + 9).is_nan()
    assert table.missing == {("USD", "EUR"): ORIGIN + 1, ("GBP", "EUR"): ORIGIN + 9}
    assert table.rate("EUR", "EUR", ORIGIN) == 1
    assert both(table, "EUR", "EUR") == [1] * COUNT


def test_the_first_rate_may_stand_in_for_comparison() -> None:
    assert both(rates(first_quote=True, USDEUR=quotes(d5="0.9")), "USD", "EUR") == [0.9] * COUNT
    assert both(rates(first_quote=True, EURUSD=quotes(d5="1.25")), "USD", "EUR") == [0.8] * COUNT
    assert both(rates(first_quote=True, CHFEUR=quotes(d3="2"), EURSEK=quotes(d6="10")), "CHF", "SEK") == [20] * COUNT
    assert both(rates(first_quote=True), "CHF", "SEK") == [None] * COUNT
    assert both(rates(first_quote=True, USDEUR=QuoteSeries.of({})), "USD", "EUR") == [None] * COUNT


def prices(series: QuoteSeries | None, **options: object) -> Prices:
    return Prices(Market("EUR", prices={"X": series} if series else {}), Options(**options))


def seen(table: Prices) -> list[float | None]:
    daily = table.daily("X", ORIGIN, COUNT)
    exact = [table.price("X", ORIGIN + place) for place in range(COUNT)]
    found = [None if quote is None else float(quote.value) for quote in exact]
    assert daily == pytest.approx(np.array([np.nan if value is None else value for value in found]), nan_ok=True)
    return found


def test_no_future_quote_ever() -> None:
    assert seen(prices(quotes(d4="10"))) == [None] * 4 + [10] * 8
    assert seen(prices(None)) == [None] * COUNT


def test_own_trades_stand_in_before_the_first_quote() -> None:
    table = prices(quotes(d6="10"))
    table.note_trade("X", ORIGIN + 1, D(7))
    table.note_trade("X", ORIGIN + 1, D(8))
    table.note_trade("X", ORIGIN + 3, D(9))
    assert seen(table) == [None, 8, 8, 9, 9, 9, *[10] * 6]
    assert seen(prices(quotes(d6="10"), price_before_first=PriceBeforeFirst.FIRST_QUOTE)) == [10] * COUNT


def test_prices_are_carried_over_splits() -> None:
    table = prices(quotes(d2="12", d6="2"))
    table.note_trade("X", ORIGIN, D(24))
    table.note_split("X", ORIGIN + 1, D(2), ("p", None))
    table.note_split("X", ORIGIN + 4, D(3), ("p", "a"))
    table.note_split("X", ORIGIN + 4, D(3), ("p", "b"))
    assert seen(table) == [24, 12, 12, 12, 4, 4, *[2] * 6]


def test_adjusted_prices_are_unadjusted_by_later_splits() -> None:
    table = prices(quotes(d1="4", d6="3"), prices_are=PricesAre.SPLIT_ADJUSTED)
    table.note_trade("X", ORIGIN, D(24))
    table.note_split("X", ORIGIN + 4, D(3), ("p", None))
    table.note_split("X", ORIGIN + 90, D(2), ("p", None))
    assert seen(table) == [24, 24, 24, 24, 8, 8, *[6] * 6]


def test_the_first_quote_is_unadjusted_too() -> None:
    table = prices(quotes(d6="4"), price_before_first=PriceBeforeFirst.FIRST_QUOTE)
    table.note_split("X", ORIGIN + 3, D(2), ("p", None))
    assert seen(table) == [8, 8, 8, *[4] * 9]


def test_two_splits_of_a_day_multiply() -> None:
    table = prices(quotes(d1="12"))
    table.note_split("X", ORIGIN + 3, D(2), ("p", None))
    table.note_split("X", ORIGIN + 3, D(2), ("p", None))
    assert seen(table)[3] == 3


def test_a_split_that_several_portfolios_tell_of_is_one() -> None:
    table = prices(quotes(d1="12"))
    for teller in (("p", None), ("q", None), ("q", "a"), ("r", "b")):
        table.note_split("X", ORIGIN + 3, D(2), teller)
    assert seen(table)[3] == 6
    table.note_split("X", ORIGIN + 3, D(2), ("q", None))
    assert seen(table)[3] == 3


def test_texts_and_floats_serve_as_well_as_decimals() -> None:
    series = QuoteSeries.from_arrays([ORIGIN, ORIGIN + 2], ["1.10", "2.20"], np.array([1.1, 2.2]))
    assert series.as_of(ORIGIN + 1).value == D("1.10")
    assert series.daily(ORIGIN - 1, 4) == pytest.approx(np.array([np.nan, 1.1, 1.1, 2.2]), nan_ok=True)


def test_old_prices_are_shown_as_stale() -> None:
    assets = {"X": Asset("X", "EUR"), "C": Asset("C", "EUR", stale_after_days=2)}
    market = Market("EUR", assets, {"X": quotes(d1="10"), "C": quotes(d1="10")})
    rows = [draft("buy", 1, asset=key, quantity=1, unit_price=10, id=key) for key in assets]
    ages = {
        end: {
            row.asset: (row.is_stale, row.age_days)
            for row in evaluate(rows, market, Options(), (day(0), day(end))).holdings
        }
        for end in (3, 4, 6, 7)
    }
    assert ages == {
        3: {"C": (False, 2), "X": (False, 2)},
        4: {"C": (True, 3), "X": (False, 3)},
        6: {"C": (True, 5), "X": (False, 5)},
        7: {"C": (True, 6), "X": (True, 6)},
    }


def test_without_any_price_the_value_is_the_cost() -> None:
    rows = [draft("opening_balance", 1, asset="X", quantity=2, gross=30)]
    market = Market("EUR", {"X": Asset("X", "EUR")})
    got = evaluate(rows, market, Options(series=True), (day(0), day(9)))
    assert (got.holdings[0].market_value, got.holdings[0].is_at_cost, got.holdings[0].price) == (30, True, None)
    assert got.series.value.tolist() == [0, *[30] * 9]
    assert {notice.code for notice in got.warnings} == {"no_price"}
    assert got.performance.roai.gross == 0


def test_history_is_not_repriced_at_the_rate_of_today() -> None:
    market = Market("EUR", {"X": Asset("X", "USD")}, {"X": quotes(d0="10")}, {("USD", "EUR"): quotes(d0="0.5", d5="1")})
    rows = [draft("buy", 1, asset="X", quantity=1, unit_price=10)]
    got = evaluate(rows, market, Options(cash=CashMode.IMPLIED, series=True), (day(0), day(9)))
    assert got.series.value.tolist() == [0, 5, 5, 5, 5, 10, 10, 10, 10, 10]
    assert (got.unrealised.price, got.unrealised.fx) == (0, 5)


def test_what_is_not_held_needs_no_rate() -> None:
    market = Market("EUR", {"X": Asset("X", "USD")}, {"X": quotes(d0="10")}, {("USD", "EUR"): quotes(d5="0.5")})
    rows = [draft("buy", 6, asset="X", quantity=1, unit_price=10)]
    got = evaluate(rows, replace(market), Options(cash=CashMode.IMPLIED), (day(0), day(9)))
    assert got.performance.twr == 0
    assert got.warnings == ()
