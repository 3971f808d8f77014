"""Worked examples of lots: each figure can be checked by hand."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from unit.finance.ledgers import day, draft, numbered, quotes

from finsage.errors import Invalid
from finsage.finance.asset import Asset
from finsage.finance.evaluation import evaluate
from finsage.finance.ledger import Entry, Ledger, fold
from finsage.finance.money import PRECISION_EXCEEDED, PrecisionExceeded, is_keepable
from finsage.finance.options import CashMode, LotMethod, LotScope, LpTreatment, Options, Oversell, PriceBeforeFirst
from finsage.finance.ordering import up_to
from finsage.finance.quote import QuoteSeries
from finsage.finance.results import Evaluation
from finsage.finance.trail import account_shown
from finsage.finance.transaction import Draft, PoolLeg, TransactionType
from finsage.finance.valuation import Market

D = Decimal

IMPLIED = Options(cash=CashMode.IMPLIED)
TRACKED = Options(cash=CashMode.TRACKED)
EURO = Market("EUR", {key: Asset(key, "EUR") for key in ("X", "Y", "BNB")})
DOLLAR = Market("EUR", {"X": Asset("X", "USD")}, rates={("USD", "EUR"): quotes(d0="0.9", d20="0.85")})


def buy(when: int, quantity: object, price: object, **fields: object) -> Draft:
    return draft("buy", when, asset="X", quantity=quantity, unit_price=price, **fields)


def sell(when: int, quantity: object, price: object, **fields: object) -> Draft:
    return draft("sell", when, asset="X", quantity=quantity, unit_price=price, **fields)


def ledger(*rows: Draft, options: Options = IMPLIED, market: Market = EURO) -> Ledger:
    return fold(numbered(list(rows)), market, options)


def figures(*rows: Draft, options: Options = IMPLIED, market: Market = EURO, end: int = 60) -> Evaluation:
    return evaluate(numbered(list(rows)), market, options, (day(-1), day(end)))


def lots(book: Ledger) -> list[tuple[str, D, D, D]]:
    return [(lot.id, lot.quantity, lot.cost, lot.fee_cost) for lot in book.lots()]


METHODS = {
    LotMethod.FIFO: (300, 1400, -50),
    LotMethod.LIFO: (-200, 900, 450),
    LotMethod.HIFO: (-200, 900, 450),
    LotMethod.AVERAGE: (100, 1200, 150),
}


@pytest.mark.parametrize(("method", "want"), METHODS.items())
def test_the_methods_choose_and_the_sum_stays(method: LotMethod, want: tuple[int, int, int]) -> None:
    market = replace(EURO, prices={"X": quotes(d3="150")})
    options = replace(IMPLIED, lot_method=method)
    got = figures(buy(1, 10, 100), buy(2, 5, 200), sell(3, 6, 150), options=options, market=market)
    assert (got.realised.gain, got.invested, got.unrealised.gain) == want
    assert got.realised.gain + got.unrealised.gain == 250


def test_named_lots_are_sold_first() -> None:
    options = replace(IMPLIED, lot_method=LotMethod.SPECIFIC)
    rows = (buy(1, 10, 100), buy(2, 5, 200), buy(3, 5, 300))
    book = ledger(*rows, sell(4, 7, 150, lot_ids=("3#1", "2#1")), options=options)
    assert [(match.lot, match.quantity) for match in book.matches] == [("3#1", 5), ("2#1", 2)]
    assert [lot.quantity for lot in book.lots()] == [10, 3]
    assert [match.lot for match in ledger(*rows, sell(4, 1, 150), options=options).matches] == ["1#1"]
    with pytest.raises(Invalid) as caught:
        ledger(*rows, replace(sell(4, 7, 150, lot_ids=("3#1", "9#9")), pointer="/transactions/3"), options=options)
    assert caught.value.faults[0].pointer == "/transactions/3/lot_ids"
    # The oldest is named and closed: nothing is left in it to take next. Unknown names hold nothing.
    again = ledger(*rows, sell(4, 10, 1, lot_ids=("9#9", "1#1")), sell(5, 6, 1), sell(6, 1, 1), options=options)
    assert [lot.quantity for lot in again.lots()] == [3]


def test_each_named_lot_gives_what_is_said_of_it() -> None:
    options = replace(IMPLIED, lot_method=LotMethod.SPECIFIC)
    rows = (buy(1, 10, 100), buy(2, 5, 200), buy(3, 5, 300))
    sale = sell(4, 7, 150, lot_ids=("3#1", "1#1"), lot_quantities=(D(3), D(4)))
    book = ledger(*rows, sale, options=options)
    assert [(match.lot, match.quantity, match.cost) for match in book.matches] == [("3#1", 3, 900), ("1#1", 4, 400)]
    assert [lot.quantity for lot in book.lots()] == [6, 5, 2]
    # The other methods read the same ledger and take what they would.
    assert [match.lot for match in ledger(*rows, sale, options=IMPLIED).matches] == ["1#1"]


@pytest.mark.parametrize(
    ("names", "quantities", "place", "detail"),
    [
        (("3#1", "1#1"), (D(3), D(3)), "lot_quantities", "sum to 6; the quantity is 7"),
        (("3#1", "1#1"), (D(7),), "lot_quantities", "give one for each of lot_ids: 2, not 1"),
        ((), (D(7),), "lot_quantities", "give one for each of lot_ids: 0, not 1"),
        (("3#1", "3#1"), (D(3), D(4)), "lot_ids/1", "each lot can stand once"),
        (("3#1", "1#1"), (D(7), D(0)), "lot_quantities/1", "must be above zero"),
        (("3#1", "1#1"), (D("NaN"), D(1)), "lot_quantities/0", PRECISION_EXCEEDED),
        (("3#1", "1#1"), (D(6), D(1)), "lot_quantities/0", "the lot 3#1 holds 5, less than 6"),
        (("3#1", "9#9"), (D(5), D(2)), "lot_quantities/1", "the lot 9#9 holds 0, less than 2"),
    ],
)
def test_quantities_of_lots_that_cannot_be_are_refused(names, quantities, place, detail) -> None:
    rows = (buy(1, 10, 100), buy(2, 5, 200), buy(3, 5, 300))
    sale = replace(sell(4, 7, 150, lot_ids=names, lot_quantities=quantities), pointer="/t")
    with pytest.raises(Invalid) as caught:
        ledger(*rows, sale, options=replace(IMPLIED, lot_method=LotMethod.SPECIFIC))
    assert [(fault.pointer, fault.detail) for fault in caught.value.faults] == [(f"/t/{place}", detail)]


def test_a_lot_named_twice_holds_its_units_once() -> None:
    rows = (buy(1, 5, 100), buy(2, 5, 200), sell(3, 8, 150, lot_ids=("2#1", "2#1")))
    with pytest.raises(Invalid) as caught:
        ledger(*rows, options=replace(IMPLIED, lot_method=LotMethod.SPECIFIC))
    assert [fault.detail for fault in caught.value.faults] == ["the lots named here hold less than is taken"]


@pytest.mark.parametrize("last", ["0.6666666666666667", "0.6666666666666666"])
def test_a_residue_is_closed_whatever_was_said_of_the_lots(last: str) -> None:
    rows = (buy(1, "0.3333333333333333", 1), buy(2, "0.6666666666666666", 1))
    said = (D("0.3333333333333333"), D(last))
    sale = sell(3, sum(said), 1, lot_ids=("2#1", "1#1"), lot_quantities=said[::-1])
    book = ledger(*rows, sale, options=replace(IMPLIED, lot_method=LotMethod.SPECIFIC))
    assert (book.lots(), book.missing_acquisitions) == ((), ())


def test_fees_in_cost_under_average() -> None:
    rows = (buy(1, 100, 50, fee=10), sell(2, 50, 120, fee=10))
    within = figures(*rows, options=replace(IMPLIED, lot_method=LotMethod.AVERAGE))
    assert (within.realised.gain, within.fees.in_cost, within.fees.expensed) == (3485, 20, 0)
    apart = figures(*rows, options=replace(IMPLIED, fees_in_cost=False))
    assert (apart.realised.gain, apart.fees.expensed, apart.fees.total) == (3500, 20, 20)


def test_taxes_join_cost_on_the_buying_side_only() -> None:
    rows = (buy(1, 10, 100, tax=10), sell(2, 5, 100, tax=7))
    got = figures(*rows)
    assert (got.realised.gain, got.invested) == (-5, 505)
    assert (got.taxes.total, got.taxes.in_cost, got.taxes.expensed) == (17, 10, 7)
    assert figures(*rows, options=replace(IMPLIED, taxes_in_cost=False)).taxes.expensed == 17


def move(
    when: int, quantity: int, group: str, source: str = "a", target: str = "b", **fields: object
) -> tuple[Draft, Draft]:
    shared = {"asset": "X", "quantity": quantity, "group": group, **fields}
    return draft("transfer_out", when, account=source, **shared), draft("transfer_in", when, account=target, **shared)


def test_a_transfer_keeps_cost_fee_and_dates() -> None:
    book = ledger(buy(1, 10, 100, fee=10, account="a"), buy(2, 5, 200, fee=5, account="a"), *move(3, 12, "g"))
    arrived = [lot for lot in book.lots() if lot.account == "b"]
    assert [(lot.quantity, lot.cost, lot.fee_cost, lot.acquired_on) for lot in arrived] == [
        (10, 1010, 10, day(1)),
        (2, 402, 2, day(2)),
    ]
    assert sum(lot.cost for lot in arrived) == 1412
    assert [lot.transaction for lot in arrived] == ["1", "2"]


def test_a_transferred_lot_sorts_by_its_own_date() -> None:
    rows = (buy(1, 1, 10, account="a"), buy(2, 1, 20, account="b"), *move(3, 1, "g"), sell(4, 1, 50, account="b"))
    assert [match.acquired_on for match in ledger(*rows).matches] == [day(1)]
    lifo = ledger(*rows, options=replace(IMPLIED, lot_method=LotMethod.LIFO))
    assert [match.acquired_on for match in lifo.matches] == [day(2)]


def test_units_between_two_days_are_in_transit() -> None:
    out, arrive = move(3, 4, "g")
    rows = (buy(1, 10, 100, account="a"), out, replace(arrive, booked_on=day(6)))
    market = replace(EURO, prices={"X": quotes(d1="100")})
    between = figures(*rows, market=market, end=4)
    assert (between.market_value, between.invested) == (1000, 1000)
    assert between.performance.twr == 0
    assert [lot.account.endswith("in transit: g") for lot in between.lots] == [False, True]
    assert [account_shown(lot.account) for lot in between.lots] == ["a", "In transit"]
    after = ledger(*rows)
    assert {(lot.account, lot.quantity) for lot in after.lots()} == {("a", D(6)), ("b", D(4))}
    # The leg to come is known, not left out; what has nothing to do with it is.
    through = fold(numbered([*rows, buy(7, 1, 1)]), EURO, IMPLIED, through=day(4))
    left_out = "1 transaction after the period was left out"
    assert [(notice.code, notice.detail) for notice in through.warnings] == [("after_period", left_out)]


def test_those_of_a_day_and_before_keep_the_legs_to_come_of_what_has_left() -> None:
    out, arrive = move(3, 4, "g")
    later, other = move(8, 1, "h")
    cash = draft("transfer_in", 6, group="g", gross=D(5), currency="EUR")
    rows = (buy(1, 10, 100, account="a"), out, replace(arrive, booked_on=day(6)), later, other, cash)
    assert up_to(rows, day(4)) == [*rows[:2], rows[2]]
    assert up_to(rows, day(2)) == [rows[0]]
    assert up_to(rows, day(8)) == list(rows)


def test_nothing_arrives_before_it_has_left() -> None:
    out, arrive = move(6, 4, "g")
    rows = (buy(1, 10, 100, account="a"), replace(arrive, booked_on=day(3)), out, sell(7, 4, 1, account="b"))
    book = ledger(*rows)
    assert book.missing_acquisitions == ()
    assert [match.acquired_on for match in book.matches] == [day(1)]


def test_both_legs_of_a_day_follow_the_later_of_them() -> None:
    out, arrive = move(3, 4, "g")
    timed = replace(out, executed_at=datetime(2024, 1, 4, 9, tzinfo=UTC))
    bought = buy(3, 4, 100, account="a", executed_at=datetime(2024, 1, 4, 12, tzinfo=UTC))
    assert ledger(timed, arrive, bought).missing_acquisitions == ()


def test_legs_that_disagree_are_refused() -> None:
    out, arrive = move(3, 4, "g")
    with pytest.raises(Invalid) as caught:
        ledger(buy(1, 10, 1, account="a"), out, replace(arrive, quantity=D(3), pointer="/transactions/2"))
    assert caught.value.faults[0].pointer == "/transactions/2/quantity"


def test_missing_units_travel_at_no_cost() -> None:
    book = ledger(buy(1, 1, 100, account="a"), *move(3, 3, "g"))
    assert [(lot.quantity, lot.cost) for lot in book.lots() if lot.account == "b"] == [(1, 100), (2, 0)]
    assert [(row.quantity, row.account) for row in book.missing_acquisitions] == [(2, "a")]


def test_a_warning_shows_units_without_trailing_zeros() -> None:
    [notice] = ledger(sell(3, "2.500", 1000)).warnings
    assert notice.detail == "2.5 units have no known acquisition; their cost is taken as zero"


def test_oversold_units_have_no_cost_and_stay_on_record() -> None:
    got = figures(buy(1, 1, "268.10"), buy(2, 1, "612.45"), sell(3, 3, 1000), buy(4, 5, 10))
    assert got.realised.gain == 3000 - D("880.55")
    assert [(row.asset, row.day, row.quantity) for row in got.missing_acquisitions] == [("X", day(3), 1)]
    assert [(match.lot, match.cost, match.proceeds, match.term) for match in got.matches][2] == (None, 0, 1000, "short")
    assert got.holdings[0].quantity == 5
    assert next(notice.code for notice in got.warnings) == "missing_acquisition"


def test_oversold_units_may_open_a_short() -> None:
    options = replace(IMPLIED, oversell=Oversell.SHORT)
    rows = (buy(1, 2, 100), sell(2, 5, 120, fee=5))
    opened = figures(*rows, options=options)
    assert opened.missing_acquisitions == ()
    # Two of five units closed the lot: 240 − 2 − 200; three stay short for 360 − 3.
    assert opened.realised.gain == 38
    assert [(lot.quantity, lot.cost) for lot in opened.lots] == [(-3, -357)]
    closed = figures(*rows, buy(3, 4, 100), options=options)
    assert closed.realised.gain == 38 + 57
    assert [(lot.quantity, lot.cost) for lot in closed.lots] == [(1, 100)]


def test_short_sales_and_covers() -> None:
    rows = (
        draft("short_sell", 1, asset="X", quantity=10, unit_price=50, fee=10),
        draft("cover", 2, asset="X", quantity=4, unit_price=40, fee=4),
    )
    got = figures(*rows)
    # Sold for 500 − 10, four tenths of it bought back for 160 + 4.
    assert got.realised.gain == 196 - 164
    assert (got.matches[0].cost, got.matches[0].proceeds, got.matches[0].reason) == (164, 196, "cover")
    assert [(lot.quantity, lot.cost) for lot in got.lots] == [(-6, -294)]
    more = figures(*rows, draft("cover", 3, asset="X", quantity=8, unit_price=45))
    assert [(lot.quantity, lot.cost) for lot in more.lots] == [(2, 90)]
    assert "cover_without_short" in {notice.code for notice in more.warnings}


def test_a_short_bought_back_to_a_residue_is_closed() -> None:
    third = D("0.3333333333333333")
    rows = (
        draft("short_sell", 1, asset="X", quantity=third, unit_price=30),
        draft("cover", 2, asset="X", quantity=third + D("1e-16"), unit_price=20),
    )
    book = ledger(*rows)
    assert book.lots() == ()
    assert book.entries[1].dust == {"X": D("-1e-16")}


@pytest.mark.parametrize("sold", ["1", "0.9999999999999998"])
def test_a_residue_is_closed_with_the_trade(sold: str) -> None:
    book = ledger(buy(1, "0.3333333333333333", 30), buy(2, "0.6666666666666666", 30), sell(3, sold, 40))
    assert book.lots() == ()
    assert book.missing_acquisitions == ()
    residue = D(sold) - D("0.9999999999999999")
    assert book.entries[2].dust == {"X": residue}
    assert "dust_closed" in {notice.code for notice in book.warnings}
    assert [posting.amount for posting in book.entries[2].postings if posting.kind == "adjustment"] == [-residue]


def test_a_sale_without_a_time_looks_down_its_day() -> None:
    book = ledger(sell(3, 4, 10), buy(3, 3, 9), buy(3, 2, 8), draft("buy", 3, asset="Y", quantity=1, unit_price=1))
    assert book.missing_acquisitions == ()
    assert [entry.draft.id for entry in book.entries] == ["2", "3", "1", "4"]


def test_a_sale_with_a_time_does_not() -> None:
    noon = datetime(2024, 1, 4, 12, tzinfo=UTC)
    assert ledger(sell(3, 4, 10, executed_at=noon), buy(3, 4, 9)).missing_acquisitions[0].quantity == 4
    timed = buy(3, 4, 9, executed_at=noon)
    assert ledger(sell(3, 4, 10), timed).missing_acquisitions == ()


def test_what_it_may_look_at() -> None:
    elsewhere = buy(3, 4, 9, account="b")
    assert ledger(sell(3, 4, 10), elsewhere).missing_acquisitions[0].quantity == 4
    swapped = draft("swap", 3, asset="Y", quantity=1, to_asset="X", to_quantity=4, gross=40)
    assert (
        ledger(draft("buy", 1, asset="Y", quantity=1, unit_price=1), sell(3, 4, 10), swapped).missing_acquisitions == ()
    )


def test_the_order_within_a_day() -> None:
    noon = datetime(2024, 1, 4, 12, tzinfo=UTC)
    rows = (
        sell(3, 1, 10),
        buy(3, 1, 10, executed_at=noon),
        draft("split", 3, asset="X", ratio=2),
        draft("opening_balance", 3, asset="X", quantity=1, gross=1),
        buy(3, 1, 10, executed_at=noon.replace(hour=8)),
    )
    assert [entry.draft.id for entry in ledger(*rows).entries] == ["4", "3", "5", "2", "1"]


def test_the_gain_of_foreign_lots_splits_into_price_and_rate() -> None:
    rows = (
        buy(1, 100, 50, currency="USD", fx_rate="0.90"),
        buy(21, 50, 60, currency="USD", fx_rate="0.85"),
        sell(22, 50, 70, currency="USD", fx_rate="0.88"),
    )
    fifo = figures(*rows, market=DOLLAR)
    assert (fifo.realised.gain, fifo.realised.price, fifo.realised.fx) == (830, 880, -50)
    average = figures(*rows, market=DOLLAR, options=replace(IMPLIED, lot_method=LotMethod.AVERAGE))
    assert (round(average.realised.gain, 2), round(average.realised.fx, 2)) == (730, D("-3.33"))


def test_a_settled_amount_gives_the_rate() -> None:
    rows = (
        buy(1, 10, 10, currency="USD", settle_currency="EUR", settle_amount="91"),
        sell(2, 10, 12, currency="USD", settle_currency="EUR", settle_amount="108"),
    )
    got = figures(*rows, market=DOLLAR)
    # Rate of the sale 0.9: 20 × 0.9 from the price, 100 × 0.9 − 91 from the rate.
    assert (got.realised.gain, got.realised.price, got.realised.fx) == (17, 18, -1)


def test_a_trade_in_another_currency_than_the_asset() -> None:
    got = figures(buy(1, 10, 9, currency="EUR"), market=DOLLAR)
    lot = got.lots[0]
    assert (lot.cost, lot.cost_in_asset_currency) == (90, 100)
    assert got.holdings[0].average_price == 10


def test_a_market_rate_fills_in_for_settlement() -> None:
    got = figures(buy(1, 1, 100, settle_currency="EUR"), market=DOLLAR, options=TRACKED)
    assert got.cash == {"EUR": -90}
    with pytest.raises(Invalid) as caught:
        figures(buy(1, 1, 100, settle_currency="GBP"), market=DOLLAR)
    assert "missing_rate" in caught.value.faults[0].detail


def test_a_split_in_two_portfolios_changes_no_value() -> None:
    bought = [buy(1, 10, 50, portfolio=name) for name in "pq"]
    divided = [draft("split", 9, asset="X", ratio=2, portfolio=name) for name in "pq"]
    before, after = (figures(*rows, market=DOLLAR) for rows in (bought, bought + divided))
    assert [holding.quantity for holding in after.holdings] == [40]
    assert after.market_value == before.market_value == 850


@pytest.mark.parametrize("ratio", [{}, {"ratio": 0}, {"ratio": -2}])
def test_a_split_without_a_ratio_is_refused_beside_what_comes_after(ratio: dict[str, int]) -> None:
    rows = [buy(1, 10, 50), draft("split", 2, asset="X", **ratio), draft("transfer_in", 3, asset="X", quantity=1)]
    with pytest.raises(Invalid) as caught:
        figures(*rows, market=DOLLAR)
    assert [fault.pointer for fault in caught.value.faults] == ["/ratio"]


def test_what_a_crossed_market_rate_gives_is_rounded_where_it_could_not_be_kept() -> None:
    rates = {("EUR", "USD"): quotes(d0="1.0876"), ("EUR", "GBP"): quotes(d0="0.83555")}
    trade = {"settle_currency": "GBP", "fee": "1.25", "tax": "0.5"}
    for row in (buy(1, "3.1234", "56.44", **trade), draft("dividend", 1, asset="X", gross="176.284696", **trade)):
        got = figures(row, market=replace(DOLLAR, rates=rates), options=TRACKED)
        exact = D("176.284696") / D("1.0876") * D("0.83555")
        charged = D("1.75") / D("1.0876") * D("0.83555")
        moved = -exact - charged if row.type is TransactionType.BUY else exact - charged
        assert abs(got.cash["GBP"] - moved) < D("2e-18")
        assert is_keepable(got.cash["GBP"])


def test_foreign_cash_is_a_pool_at_average_cost() -> None:
    rows = (
        draft("deposit", 1, gross=100, currency="USD"),
        draft("deposit", 21, gross=100, currency="USD"),
        draft("withdrawal", 22, gross=50, currency="USD"),
    )
    market = replace(DOLLAR, rates={("USD", "EUR"): quotes(d0="0.9", d20="0.8", d22="1")})
    got = figures(*rows, market=market, options=TRACKED)
    # 200 USD cost 170; 50 of them left worth 50.
    assert (got.realised.gain, got.realised.fx) == (D("7.5"), D("7.5"))
    assert (got.unrealised.gain, got.market_value) == (D("22.5"), 150)
    assert got.matches == ()


def test_overdrawn_foreign_cash_gains_when_it_falls() -> None:
    rows = (draft("withdrawal", 1, gross=100, currency="USD"), draft("deposit", 21, gross=150, currency="USD"))
    got = figures(*rows, market=DOLLAR, options=TRACKED)
    assert got.realised.gain == 5
    assert got.cash == {"USD": 50}
    short = figures(rows[0], market=DOLLAR, options=TRACKED)
    assert {"negative_cash", "stale_rate"} <= {notice.code for notice in short.warnings}


def test_one_currency_for_another() -> None:
    rows = (
        draft("deposit", 1, gross=1000, currency="EUR"),
        draft("buy", 2, asset="USD", quantity=100, unit_price="0.92", currency="EUR", fee=1),
        draft("sell", 22, asset="USD", quantity=40, unit_price="0.95", currency="EUR"),
    )
    got = figures(*rows, market=DOLLAR, options=TRACKED)
    assert got.cash == {"EUR": 1000 - 93 + 38, "USD": 60}
    assert got.realised.gain == 38 - D("36.8")
    assert got.fees.expensed == 1


def test_cash_moves_at_its_cost() -> None:
    rows = (
        draft("deposit", 1, gross=100, currency="USD", account="a"),
        draft("transfer_out", 25, gross=60, currency="USD", account="a", group="g"),
        draft("transfer_in", 25, gross=60, currency="USD", account="b", group="g"),
        draft("transfer_out", 26, gross=100, currency="USD", account="b", group="h"),
        draft("transfer_in", 26, gross=100, currency="USD", account="a", group="h"),
    )
    got = figures(*rows, market=DOLLAR, options=TRACKED)
    assert got.realised.gain == 0
    assert got.cash == {"USD": 100}
    positions = {
        (row.account, row.asset): row.quantity for row in ledger(*rows, market=DOLLAR, options=TRACKED).positions()
    }
    assert positions == {("a", "USD"): 140, ("b", "USD"): -40}
    assert all(
        row.is_cash and row.average_price is None for row in ledger(*rows, market=DOLLAR, options=TRACKED).positions()
    )


def test_cash_without_a_partner_is_a_flow() -> None:
    got = figures(
        draft("transfer_in", 1, asset="USD", quantity=100), draft("deposit", 2, gross=1), market=DOLLAR, options=TRACKED
    )
    assert got.cash == {"EUR": 1, "USD": 100}
    assert got.performance.simple_gain == -5


def test_cash_may_be_named_as_an_asset() -> None:
    got = figures(draft("transfer_in", 1, asset="EUR", quantity=10, currency="EUR"), options=TRACKED)
    assert got.cash == {"EUR": 10}


def test_implied_cash_pays_everything_from_outside() -> None:
    rows = (
        draft("deposit", 1, gross=100, fee=1),
        draft("transfer_in", 1, gross=5, currency="EUR"),
        draft("opening_balance", 1, gross=5, currency="EUR"),
        buy(2, 1, 10, fee=1),
        draft("dividend", 3, asset="X", gross=4),
    )
    got = figures(*rows)
    assert got.cash == {}
    assert got.performance.simple_gain == 3


def test_a_fee_in_the_bought_coin() -> None:
    market = replace(EURO, prices={"X": quotes(d1="578.505")})
    got = figures(buy(1, 5, "578.505", fee="0.0012", fee_currency="X"), market=market)
    assert got.lots[0].unit_cost == pytest.approx(D("578.6438412"), abs=D("1e-12"))
    assert got.holdings[0].quantity == D("4.9988")
    assert [match.reason for match in got.matches] == ["fee"]
    # Without a quote the price of the trade itself stands in.
    assert figures(buy(1, 5, "578.505", fee="0.0012", fee_currency="X")).fees.total == D("0.694206")
    # Also after a trade at another price: only a quote comes before the own price.
    later = draft("sell", 2, asset="X", quantity=1, unit_price=500, fee="0.01", fee_currency="X")
    assert figures(buy(1, 5, 600), later).fees.total == 5
    assert figures(buy(1, 5, 600), later, market=market).fees.total == D("5.78505")
    first_quote = Options(price_before_first=PriceBeforeFirst.FIRST_QUOTE)
    late = replace(EURO, prices={"X": quotes(d3="700")})
    assert figures(buy(1, 5, 600), later, market=late, options=first_quote).fees.total == 7
    assert figures(buy(1, 5, 600), later, market=late).fees.total == 5
    # Also where the whole is stated, and where a unit is worth more than its price.
    stated = draft("buy", 1, asset="X", quantity=16, gross=64, fee="0.5", fee_currency="X")
    assert figures(stated).fees.total == 2
    option = Market("EUR", {"X": Asset("X", "EUR", multiplier=D(100))})
    assert figures(buy(1, 5, 3, fee="0.5", fee_currency="X"), market=option).fees.total == 150


def test_a_fee_in_the_coin_a_swap_gives_is_worth_what_the_swap_says() -> None:
    swap = draft("swap", 2, asset="X", quantity=1, to_asset="Y", to_quantity=10, fee="0.1", fee_currency="Y")
    stated = figures(buy(1, 1, 900), replace(swap, gross=D(1000), currency="EUR"))
    assert stated.fees.total == 10
    assert [(row.quantity, row.cost) for row in stated.lots] == [(D("9.9"), D("999.9"))]
    assert [(row.reason, row.gain) for row in stated.matches] == [("swap", 100), ("fee", D("-0.1"))]
    # Without a gross amount the coin given says it, else the coin received, else nobody.
    assert figures(buy(1, 1, 900), swap).fees.total == 9
    held = draft("opening_balance", 1, asset="X", quantity=1, gross=900)
    quoted = replace(EURO, prices={"Y": quotes(d1="80")})
    assert figures(held, swap, market=quoted).fees.total == 8
    assert figures(held, swap).fees.total == 0


@pytest.mark.parametrize("rates", [{("USD", "EUR"): quotes(d0="0.8")}, {}])
def test_a_fee_in_the_traded_coin_follows_the_rate_of_the_trade(rates: dict[tuple[str, str], QuoteSeries]) -> None:
    market = replace(DOLLAR, rates=rates)
    bought = buy(1, 2, 100, currency="USD", fx_rate="0.9", fee="0.01", fee_currency="X")
    got = figures(bought, market=market, options=TRACKED)
    assert (got.fees.total, got.realised.gain, got.realised.price, got.realised.fx) == (
        D("0.9"), D("-0.0045"), D("-0.0045"), 0,
    )  # fmt: skip
    assert got.lots[0].unit_cost == D("90.45")
    # A quote is worth what the market says of the day.
    quoted = figures(bought, market=replace(DOLLAR, prices={"X": quotes(d1="110")}), options=TRACKED)
    assert quoted.fees.total == D("0.99")


def test_a_fee_in_another_coin_disposes_of_it_at_market_value() -> None:
    market = replace(EURO, prices={"BNB": quotes(d1="200", d2="300")})
    rows = (draft("buy", 1, asset="BNB", quantity=1, unit_price=200), buy(2, 1, 100, fee="0.1", fee_currency="BNB"))
    got = figures(*rows, market=market)
    assert (got.realised.gain, got.fees.in_cost, got.lots[0].cost) == (10, 30, 180)
    assert got.by_asset["X"].fees.total == 30
    unknown = figures(buy(2, 1, 100, fee="0.1", fee_currency="BNB"))
    assert unknown.fees.total == 0
    assert unknown.missing_acquisitions[0].asset == "BNB"


def test_a_fee_in_another_currency_leaves_its_balance() -> None:
    got = figures(buy(1, 1, 100, currency="EUR", fee=10, fee_currency="USD"), market=DOLLAR, options=TRACKED)
    assert got.cash == {"EUR": -100, "USD": -10}
    assert got.fees.total == 9


def test_units_from_outside_cost_their_value() -> None:
    market = replace(EURO, prices={"X": quotes(d1="50")})
    stated = figures(draft("transfer_in", 1, asset="X", quantity=2, gross=80), market=market)
    assert (stated.invested, stated.performance.simple_gain) == (80, 20)
    valued = figures(draft("transfer_in", 1, asset="X", quantity=2), market=market)
    assert (valued.invested, valued.performance.simple_gain) == (100, 0)
    assert "unmatched_transfer" in {notice.code for notice in valued.warnings}
    unknown = figures(draft("transfer_in", 1, asset="X", quantity=2))
    assert unknown.invested == 0
    assert "no_price" in {notice.code for notice in unknown.warnings}


def test_units_that_come_with_their_day_bring_their_cost_and_are_in_at_their_value_of_the_day() -> None:
    came = {"asset": "X", "quantity": 2, "gross": 80, "acquired_on": day(1)}
    priced = figures(draft("transfer_in", 3, **came), market=replace(EURO, prices={"X": quotes(d3="50", d4="55")}))
    assert (priced.invested, priced.unrealised.gain) == (80, 30)
    # Of the 30 that they are above their cost 20 were gained before they came.
    assert (priced.performance.simple_gain, priced.identity.embedded_gain) == (10, 20)
    unpriced = figures(draft("transfer_in", 3, **came))
    assert (unpriced.invested, unpriced.performance.simple_gain) == (80, 0)


def test_units_to_outside_leave_at_their_value_or_at_cost() -> None:
    market = replace(EURO, prices={"X": quotes(d1="50", d3="70")})
    stated = figures(buy(1, 2, 50), draft("transfer_out", 3, asset="X", quantity=1, gross=60), market=market)
    assert stated.realised.gain == 10
    silent = figures(buy(1, 2, 50), draft("transfer_out", 3, asset="X", quantity=1), market=market)
    assert silent.realised.gain == 0
    # Performance counts the market value of 70, the identity the cost of 50.
    assert silent.performance.simple_gain == 40
    assert (silent.identity.left, silent.identity.right, silent.identity.embedded_gain) == (20, 20, -20)
    more = figures(draft("transfer_out", 3, asset="X", quantity=1))
    assert more.missing_acquisitions[0].quantity == 1


def test_opening_balances_count_at_cost_and_at_market() -> None:
    market = replace(EURO, prices={"X": quotes(d1="50")})
    opening = draft("opening_balance", 1, asset="X", quantity=2, gross=60, acquired_on=date(2019, 5, 6))
    got = figures(opening, sell(2, 1, 50), market=market)
    assert got.performance.simple_gain == 0
    assert (got.identity.left, got.identity.embedded_gain) == (40, 40)
    assert (got.matches[0].term, got.matches[0].acquired_on) == ("long", date(2019, 5, 6))
    assert figures(opening).market_value == 60


def test_terms_by_days_held() -> None:
    terms = [figures(buy(0, 1, 1), sell(held, 1, 1), end=400).matches[0].term for held in (364, 365)]
    assert terms == ["short", "long"]


def test_a_split_keeps_cost_and_dates() -> None:
    rows = (buy(1, 10, 100, fee=5), draft("split", 5, asset="X", ratio="1.5"), sell(6, 3, 80))
    got = figures(*rows)
    assert [(lot.quantity_acquired, lot.quantity, lot.cost, lot.acquired_on) for lot in got.lots] == [
        (15, 12, 804, day(1))
    ]


def test_a_split_of_one_account_leaves_the_others() -> None:
    rows = (buy(1, 10, 1, account="a"), buy(1, 10, 1, account="b"), draft("split", 2, asset="X", ratio=2, account="b"))
    assert {(lot.account, lot.quantity) for lot in ledger(*rows).lots()} == {("a", 10), ("b", 20)}
    pooled = ledger(*rows, options=replace(IMPLIED, lot_scope=LotScope.PORTFOLIO))
    assert sum(lot.quantity for lot in pooled.lots()) == 30
    # Both brokers tell of the same split: the price is divided once.
    both = (*rows, draft("split", 2, asset="X", ratio=2, account="a"))
    assert figures(*both, market=replace(EURO, prices={"X": quotes(d1="1")})).market_value == 20


def test_splits_reach_short_lots_and_skip_what_is_in_transit() -> None:
    short = draft("short_sell", 1, asset="X", quantity=4, unit_price=10)
    assert [lot.quantity for lot in ledger(short, draft("split", 2, asset="X", ratio=3)).lots()] == [-12]
    out, arrive = move(3, 4, "g")
    rows = (buy(1, 10, 1, account="a"), out, draft("split", 4, asset="X", ratio=2), replace(arrive, booked_on=day(5)))
    assert {(lot.account, lot.quantity) for lot in ledger(*rows).lots()} == {("a", 12), ("b", 4)}
    assert ledger(draft("split", 2, asset="X", ratio=3)).lots() == ()


def test_a_pool_splits_by_what_its_accounts_hold() -> None:
    pooled = replace(IMPLIED, lot_scope=LotScope.PORTFOLIO)
    rows = (buy(1, 10, 1, account="a"), sell(2, 4, 1, account="b"))
    whole = ledger(*rows, draft("split", 3, asset="X", ratio="0.5"), options=pooled)
    assert [lot.quantity for lot in whole.lots()] == [3]
    part = ledger(*rows, draft("split", 3, asset="X", ratio=2, account="a"), options=pooled)
    assert [lot.quantity for lot in part.lots()] == [16]
    shorts = replace(pooled, oversell=Oversell.SHORT)
    netted = (buy(1, 5, 1, account="a"), sell(2, 6, 1, account="b"), draft("split", 3, asset="X", ratio=9, account="a"))
    with pytest.raises(Invalid) as caught:
        ledger(*netted, options=shorts)
    assert caught.value.faults[0].pointer == "/account"


def test_a_split_of_some_portfolios_of_a_pool_reaches_their_own_sides() -> None:
    pooled = replace(IMPLIED, lot_scope=LotScope.ALL)

    def short(quantity: int, portfolio: str, **where: str) -> Draft:
        return draft("short_sell", 1, asset="X", quantity=quantity, unit_price=10, portfolio=portfolio, **where)

    def long(quantity: int, portfolio: str, **where: str) -> Draft:
        return replace(buy(1, quantity, 1, **where), portfolio=portfolio)

    def units(*rows: Draft, options: Options = pooled) -> tuple[D, D]:
        split = draft("split", 3, asset="X", ratio=2, portfolio="P1")
        held = [lot.quantity for lot in ledger(*rows, split, options=options).lots()]
        return sum(filter(D(0).__lt__, held), D(0)), sum(filter(D(0).__gt__, held), D(0))

    # Somebody else's purchase neither shrinks nor stays behind when this portfolio's short position doubles.
    assert units(short(4, "P1"), long(10, "P2")) == (10, -8)
    assert units(short(4, "P1"), short(3, "P2")) == (0, -11)
    # As many units long as short: each side grows, though together they are none.
    assert units(long(5, "P1", account="a"), short(5, "P1", account="b"), long(1, "P2")) == (11, -10)
    assert units(long(5, "P1"), short(5, "P1"), options=IMPLIED) == (10, -10)
    # Nothing is left of what this portfolio had, in a pool of short units.
    gone = replace(sell(2, 5, 1, account="b"), portfolio="P1")
    assert units(long(5, "P1", account="a"), gone, short(3, "P2")) == (0, -3)


def test_a_split_of_units_that_others_have_covered_grows_what_is_left() -> None:
    shorts = replace(IMPLIED, lot_scope=LotScope.ALL, oversell=Oversell.SHORT)
    sold, bought = (replace(row, portfolio=name) for row, name in ((sell(1, 4, 1), "P1"), (buy(2, 10, 1), "P2")))
    splits = [draft("split", 3, asset="X", ratio=2, portfolio=name) for name in ("P1", "P2")]
    assert [lot.quantity for lot in ledger(sold, bought, splits[0], options=shorts).lots()] == [2]
    assert [lot.quantity for lot in ledger(sold, bought, *splits, options=shorts).lots()] == [12]
    mirrored = (replace(sold, type=TransactionType.BUY), replace(bought, type=TransactionType.SELL))
    assert [lot.quantity for lot in ledger(*mirrored, splits[0], options=shorts).lots()] == [-2]


def test_hifo_knows_the_split() -> None:
    options = replace(IMPLIED, lot_method=LotMethod.HIFO)
    rows = (buy(1, 10, 100), draft("split", 2, asset="X", ratio=10), buy(3, 10, 20), sell(4, 5, 30))
    assert ledger(*rows, options=options).matches[0].cost == 100


def test_a_spin_off_moves_part_of_the_cost() -> None:
    for method in (LotMethod.FIFO, LotMethod.AVERAGE):
        options = replace(IMPLIED, lot_method=method)
        spin = draft("spin_off", 5, asset="X", to_asset="Y", to_quantity=5, cost_fraction="0.2")
        got = figures(buy(1, 6, 100), buy(2, 4, 100), spin, options=options)
        assert {row.asset: row.cost for row in got.holdings} == {"X": 800, "Y": 200}
        assert [(lot.quantity, lot.acquired_on) for lot in got.lots if lot.asset == "Y"] == [(3, day(1)), (2, day(2))]
    nothing = ledger(draft("spin_off", 5, asset="X", to_asset="Y", to_quantity=5, cost_fraction="0.2"))
    assert [(lot.asset, lot.quantity, lot.cost) for lot in nothing.lots()] == [("Y", 5, 0)]
    [notice] = nothing.state.warnings
    assert (notice.code, notice.asset) == ("spin_off_of_nothing", "Y")
    free = ledger(buy(1, 10, 10), draft("spin_off", 5, asset="X", to_asset="Y", to_quantity=5, cost_fraction="0"))
    assert free.state.warnings == []


def test_a_spin_off_into_another_currency() -> None:
    market = replace(DOLLAR, assets={"X": Asset("X", "USD"), "Y": Asset("Y", "EUR")})
    spin = draft("spin_off", 5, asset="X", to_asset="Y", to_quantity=5, cost_fraction="0.5")
    got = ledger(buy(1, 10, 10), spin, market=market).lots()
    assert [(lot.asset, lot.cost, lot.cost_in_asset_currency) for lot in got] == [("X", 45, 50), ("Y", 45, 45)]


def test_swaps_dispose_and_acquire_at_the_same_value() -> None:
    swap = draft("swap", 2, asset="X", quantity=1, to_asset="Y", to_quantity=4)
    priced = replace(EURO, prices={"X": quotes(d1="100", d2="120")})
    got = figures(buy(1, 1, 100), swap, market=priced)
    assert (got.realised.gain, got.invested, got.matches[0].reason) == (20, 120, "swap")
    other_side = replace(EURO, prices={"Y": quotes(d2="35")})
    incoming = draft("opening_balance", 1, asset="X", quantity=1, gross=100)
    assert figures(incoming, swap, market=other_side).realised.gain == 40
    unknown = figures(incoming, swap)
    assert unknown.invested == 100
    assert "no_price" in {notice.code for notice in unknown.warnings}
    assert figures(swap).invested == 0
    stated = figures(buy(1, 1, 100), replace(swap, gross=D(90), fee=D(2)))
    assert (stated.realised.gain, stated.invested, stated.fees.in_cost) == (-10, 92, 2)


def test_rewards_are_income_and_cost() -> None:
    market = replace(EURO, prices={"X": quotes(d1="50")})
    got = figures(draft("reward", 1, asset="X", quantity=2), market=market)
    assert (got.income, got.invested, got.performance.simple_gain) == (100, 100, 100)
    dropped = figures(draft("airdrop", 1, asset="X", quantity=2))
    assert (dropped.income, dropped.invested) == (0, 0)
    assert "no_price" in {notice.code for notice in dropped.warnings}


def test_pooled_lots_follow_no_account() -> None:
    rows = (buy(1, 1, 10, account="a"), buy(2, 1, 20, account="b"), sell(3, 1, 50, account="b"))
    pooled = ledger(*rows, options=replace(IMPLIED, lot_scope=LotScope.PORTFOLIO))
    assert pooled.matches[0].cost == 10
    two = (replace(rows[0], portfolio="p"), replace(rows[2], portfolio="q"))
    assert ledger(*two, options=replace(IMPLIED, lot_scope=LotScope.ALL)).missing_acquisitions == ()
    assert len(ledger(*two).missing_acquisitions) == 1


def test_ties_of_hifo_go_to_the_oldest() -> None:
    options = replace(IMPLIED, lot_method=LotMethod.HIFO)
    assert ledger(buy(1, 1, 10), buy(2, 1, 10), sell(3, 1, 9), options=options).matches[0].lot == "1#1"


@pytest.mark.parametrize(
    ("row", "pointer"),
    [
        (buy(1, 1, 1, currency="Y"), "/currency"),
        (buy(1, 1, 1, fx_rate=2, settle_currency="Y"), "/settle_currency"),
        (draft("reward", 1, asset="EUR", quantity=1), "/symbol"),
        (draft("buy", 1, asset="EUR", quantity=1, unit_price=1), "/symbol"),
        (draft("swap", 1, asset="X", quantity=1, to_asset="EUR", to_quantity=1), "/to_symbol"),
    ],
)
def test_assets_and_currencies_are_not_confused(row: Draft, pointer: str) -> None:
    with pytest.raises(Invalid) as caught:
        ledger(row)
    assert caught.value.faults[0].pointer == pointer


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(Invalid) as caught:
        ledger(buy(1, -1, 1), buy(2, 1, 1), draft("fee", 3))
    assert len(caught.value.faults) == 2


def test_a_name_stands_for_one_transaction() -> None:
    with pytest.raises(Invalid) as caught:
        fold([buy(1, 1, 1, id="7"), buy(2, 1, 1, id="7", pointer="/transactions/1")], EURO, IMPLIED)
    assert caught.value.faults[0].pointer == "/transactions/1/id"


def test_numbers_that_cannot_be_kept_together_are_refused() -> None:
    market = Market("EUR", {"X": Asset("X", "USD")}, rates={("USD", "EUR"): quotes(d0="0." + "3" * 36)})
    huge = "1" * 45 + "." + "1" * 36
    rows = (draft("deposit", 1, gross=huge, currency="USD"),)
    with pytest.raises(PrecisionExceeded, match="precision_exceeded"):
        ledger(*rows, market=market)


def test_quantities_of_1e30_are_exact() -> None:
    got = figures(buy(1, "1e30", "0.000001"), sell(2, "1", "0.000002"))
    assert got.holdings[0].quantity == D("9" * 30)
    assert got.realised.gain == D("0.000001")


def test_a_missing_rate_leaves_figures_empty_and_names_the_pair_and_day() -> None:
    market = Market("EUR", {"X": Asset("X", "USD"), "Y": Asset("Y", "EUR")}, {"Y": quotes(d1="10")})
    for method in LotMethod:
        got = figures(
            buy(1, 2, 10), buy(2, 1, 11), sell(3, 1, 12), draft("buy", 1, asset="Y", quantity=1, unit_price=10),
            market=market, options=replace(IMPLIED, lot_method=method),
        )  # fmt: skip
        assert (got.market_value, got.invested, got.realised.gain, got.performance.twr) == (None, None, None, None)
        assert got.performance.reasons["twr"] == "missing_rate"
        assert got.risk.reasons["volatility"] == "missing_rate"
        assert got.matches[0].gain is None
        notice = next(notice for notice in got.warnings if notice.code == "missing_rate")
        assert (notice.asset, notice.day) == ("USD/EUR", day(1))
        holding = {row.asset: row for row in got.holdings}
        assert (holding["X"].quantity, holding["X"].market_value) == (2, None)
        assert holding["Y"].market_value == 10
        assert got.by_asset["Y"].performance.twr == 0


def test_an_unknown_cost_does_not_outlive_its_units() -> None:
    market = Market("EUR", {"X": Asset("X", "USD")}, rates={("USD", "EUR"): quotes(d10="0.9")})
    for method in LotMethod:
        options = replace(IMPLIED, lot_method=method)
        got = figures(buy(1, 2, 10), sell(3, 2, 12), buy(11, 1, 10), market=market, options=options)
        assert got.invested == 9
        assert got.market_value == 9


def test_costs_in_an_unknown_currency_stay_unknown() -> None:
    market = Market("EUR", {"X": Asset("X", "USD"), "Y": Asset("Y", "CHF")})
    swap = draft("swap", 2, asset="X", quantity=1, to_asset="Y", to_quantity=1, gross=5, currency="EUR")
    got = figures(draft("buy", 1, asset="X", quantity=2, gross=10, currency="EUR"), swap, market=market)
    assert [(row.cost, row.average_price, row.market_value) for row in got.holdings] == [(5, None, 5), (5, None, 5)]
    assert (got.realised.gain, got.realised.price, got.realised.fx) == (0, None, None)


def test_after_the_period_nothing_counts() -> None:
    got = figures(buy(1, 1, 10), buy(50, 1, 10), buy(51, 1, 10), end=20)
    assert got.holdings[0].quantity == 1
    left_out = "2 transactions after the period were left out"
    assert [(notice.code, notice.detail) for notice in got.warnings] == [("after_period", left_out)]


def test_auto_follows_what_is_booked() -> None:
    auto = Options()
    assert ledger(buy(1, 1, 1), options=auto).cash is CashMode.IMPLIED
    for row in (draft("deposit", 2, gross=1), draft("withdrawal", 2, gross=1), draft("opening_balance", 2, gross=1)):
        assert ledger(buy(1, 1, 1), row, options=auto).cash is CashMode.TRACKED
    units = draft("opening_balance", 2, asset="X", quantity=1, gross=1)
    assert ledger(units, options=auto).cash is CashMode.IMPLIED


def test_an_asset_never_described_is_quoted_in_base_currency() -> None:
    assert figures(draft("buy", 1, asset="NEW", quantity=1, unit_price=5)).holdings[0].currency == "EUR"


def test_a_sink_takes_what_the_ledger_would_keep() -> None:
    rows = numbered([buy(0, 10, 100), sell(1, 4, 110), buy(2, 1, 90)])
    taken: list[Entry] = []
    book = fold(rows, EURO, IMPLIED, sink=taken.append)
    whole = fold(rows, EURO, IMPLIED)
    assert tuple(taken) == whole.entries
    assert book.entries == ()
    assert (book.lots(), book.positions(), book.matches) == (whole.lots(), whole.positions(), whole.matches)


@pytest.mark.parametrize(
    ("stock", "lender"),
    [
        (("X", "b"), draft("stake", 2, asset="X", quantity="4", account="b", to_account="a")),
        (("X", "a (staked)"), draft("unstake", 2, asset="X", quantity="4", account="a")),
        (("Y", "a"), draft("lp_add", 2, asset="X", quantity="4", legs=(PoolLeg("Y", D(4)),), account="a")),
        (("Y", "a"), draft("lp_remove", 2, asset="Y", quantity="4", legs=(PoolLeg("X", D(4)),), account="a")),
    ],
)
def test_a_sale_without_a_time_finds_what_another_row_of_its_day_brings(stock: tuple[str, str], lender: Draft) -> None:
    asset, account = stock
    rows = numbered(
        [
            draft("buy", 1, asset=asset, quantity="4", gross="40", account=account, currency="EUR"),
            draft("sell", 2, asset="X", quantity="4", gross="44", account="a", currency="EUR"),
            lender,
        ]
    )
    found = fold(rows, EURO, IMPLIED)
    assert found.missing_acquisitions == ()
    assert [match.acquired_on for match in found.matches] == [day(1)]


def test_staking_inside_one_pool_of_lots_lends_nothing() -> None:
    rows = numbered(
        [
            draft("buy", 1, asset="X", quantity="4", gross="40", account="a"),
            draft("sell", 2, asset="X", quantity="6", gross="44", account="a"),
            draft("stake", 2, asset="X", quantity="1", account="a", to_account="b"),
        ]
    )
    found = fold(rows, EURO, replace(IMPLIED, lot_scope=LotScope.ALL))
    assert [(row.transaction, row.quantity) for row in found.missing_acquisitions] == [("2", 2), ("3", 1)]


SPECIFIC = replace(IMPLIED, lot_method=LotMethod.SPECIFIC)


def _two_lots(*rows: Draft) -> list[Draft]:
    """4 X and 6 X, 5 Y and a BNB, in lots 1#1 to 4#1."""
    return numbered(
        [
            draft("buy", 1, asset="X", quantity="4", unit_price="10", account="a"),
            draft("buy", 2, asset="X", quantity="6", unit_price="20", account="a"),
            draft("buy", 2, asset="Y", quantity="5", unit_price="30", account="a"),
            draft("buy", 2, asset="BNB", quantity="1", unit_price="300", account="a"),
            *rows,
        ]
    )


@pytest.mark.parametrize(
    "row",
    [
        draft("sell", 9, asset="X", quantity="5", gross="60", lot_ids=("2#1",), account="a", fee="0.1",
              fee_currency="BNB"),
        draft("sell", 9, asset="X", quantity="6", gross="60", lot_ids=("2#1",), account="a", fee="0.1",
              fee_currency="X"),
        draft("stake", 9, asset="X", quantity="6", lot_ids=("2#1",), account="a", fee="0.1", fee_currency="X"),
        draft("lp_add", 9, asset="LP", quantity="1", lot_ids=("2#1",), account="a",
              legs=(PoolLeg("X", D(6)), PoolLeg("Y", D(5)))),
        draft("lp_add", 9, asset="LP", quantity="1", lot_ids=("3#1", "2#1"), account="a",
              legs=(PoolLeg("X", D(6)), PoolLeg("Y", D(5)))),
    ],
)  # fmt: skip
@pytest.mark.parametrize("treatment", LpTreatment)
def test_named_lots_are_those_of_what_the_transaction_moves(row: Draft, treatment: LpTreatment) -> None:
    found = fold(_two_lots(row), EURO, replace(SPECIFIC, lp_treatment=treatment))
    left = {lot.acquired_on: lot.quantity for lot in found.lots() if (lot.account, lot.asset) == ("a", "X")}
    # The fee in the coin itself comes from what is left, oldest first.
    paid = row.fee if row.fee_currency == "X" else 0
    assert left == {day(1): 4 - paid} | ({day(2): 1} if row.quantity == 5 else {})


def test_of_each_side_of_a_pool_goes_in_what_is_said_of_its_lots() -> None:
    legs = (PoolLeg("X", D(5)), PoolLeg("Y", D(5)))
    join = draft("lp_add", 9, asset="LP", quantity="1", lot_ids=("2#1", "3#1", "1#1"), account="a", legs=legs,
                 lot_quantities=(D(2), D(5), D(3)))  # fmt: skip
    found = fold(_two_lots(join), EURO, SPECIFIC)
    assert [lot.quantity for lot in found.lots() if lot.asset == "X"] == [1, 4]
    with pytest.raises(Invalid) as caught:
        fold(_two_lots(replace(join, lot_quantities=(D(2), D(5), D(2)), pointer="/t")), EURO, SPECIFIC)
    assert [(fault.pointer, fault.detail) for fault in caught.value.faults] == [
        ("/t/lot_quantities", "sum to 4; 5 units are taken")
    ]


@pytest.mark.parametrize("names", [("9#1",), ("1#1",), ("1#1", "9#1")])
def test_named_lots_that_hold_less_than_is_pooled_are_refused(names: tuple[str, ...]) -> None:
    legs = (PoolLeg("X", D(6)), PoolLeg("Y", D(5)))
    join = draft("lp_add", 9, asset="LP", quantity="1", lot_ids=names, account="a", legs=legs, pointer="/t")
    with pytest.raises(Invalid) as caught:
        fold(_two_lots(join), EURO, SPECIFIC)
    assert [fault.pointer for fault in caught.value.faults] == ["/t/lot_ids"]


def test_a_ledger_goes_with_its_last_reference():
    """A large one left to the garbage collector would stay until a full collection, which stops everything."""
    gc.collect()
    gc.disable()
    try:
        made = ledger(buy(0, 3, 10), sell(1, 1, 12), sell(2, 5, 11))
        state = weakref.ref(made.state)
        del made
        assert state() is None
    finally:
        gc.enable()


def test_legs_of_a_transfer_book_in_their_own_order_however_they_are_given() -> None:
    one, other, arrival = numbered(
        [
            draft("transfer_out", 5, asset="X", quantity=2, account="a", group="g"),
            draft("transfer_out", 5, asset="X", quantity=3, account="b", group="g"),
            draft("transfer_in", 5, asset="X", quantity=5, account="c", group="g"),
        ]
    )
    told, turned = (fold(rows, Market("EUR"), Options()) for rows in ([one, other, arrival], [arrival, other, one]))
    assert [entry.draft.id for entry in told.entries] == ["1", "2", "3"]
    assert turned.entries == told.entries
    assert turned.lots() == told.lots()
