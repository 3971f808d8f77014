"""Postings of each type, as the table of types says."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest
from unit.finance.ledgers import day, draft

from finsage.errors import Invalid
from finsage.finance.asset import Asset
from finsage.finance.booking import book
from finsage.finance.money import ZERO, PrecisionExceeded
from finsage.finance.transaction import (
    _NUMBERS,
    INCOMES,
    TRADES,
    Draft,
    PoolLeg,
    Posting,
    TransactionType,
    _found_by_every_rule,
    _is_plainly_right,
    faults_of,
)

D = Decimal

X = Asset("X", "USD")


def booked(item: Draft, **context: Any) -> set[tuple[str, str, str, D]]:
    postings = book(item, base_currency="EUR", **context)
    for key in {posting.asset for posting in postings}:
        assert sum(posting.amount for posting in postings if posting.asset == key) == 0
    return {(str(p.kind), p.account, p.asset, p.amount) for p in postings}


def rows(*lines: str) -> set[tuple[str, str, str, D]]:
    """``asset a X 10`` per posting; the account ``-`` is the nameless one."""
    parts = [line.split() for line in lines]
    return {(kind, "" if account == "-" else account, asset, D(amount)) for kind, account, asset, amount in parts}


def test_a_purchase() -> None:
    item = draft("buy", 1, asset="X", quantity=10, unit_price=50, fee=5, tax=2, account="a", cash_account="c")
    assert booked(item, asset=X) == rows(
        "asset a X 10", "trading a X -10", "asset c USD -507", "trading c USD 500", "fee c USD 5", "tax c USD 2"
    )


def test_a_sale_and_a_short_sale_book_alike() -> None:
    fields = {"asset": "X", "quantity": 10, "unit_price": 50, "fee": 5, "tax": 2}
    want = rows(
        "asset - X -10", "trading - X 10", "asset - USD 493", "trading - USD -500", "fee - USD 5", "tax - USD 2"
    )
    assert booked(draft("sell", 1, **fields), asset=X) == want
    assert booked(draft("short_sell", 1, **fields), asset=X) == want


def test_what_cancels_out_has_no_posting() -> None:
    item = draft("sell", 1, asset="X", quantity=10, unit_price=5, fee=50)
    assert booked(item, asset=X) == rows("asset - X -10", "trading - X 10", "trading - USD -50", "fee - USD 50")


def test_the_rate_on_the_row_settles_in_base_currency() -> None:
    item = draft("buy", 1, asset="X", quantity=10, unit_price=100, fee=5, currency="USD", fx_rate="1.35")
    assert ("asset", "", "EUR", D("-1356.75")) in booked(item, asset=X)


def test_a_settled_amount_beats_the_rate() -> None:
    item = draft(
        "sell", 1, asset="X", quantity=1, gross=300, fee=1, settle_amount="271", fx_rate="9", settle_currency="EUR"
    )
    postings = booked(item, asset=X)
    assert ("trading", "", "EUR", D(-271)) in postings
    assert ("fee", "", "EUR", D("0.903333333333333333")) in postings


def test_a_fee_in_another_asset_has_a_leg_of_its_own() -> None:
    item = draft("buy", 1, asset="X", quantity=1, unit_price=100, fee="0.01", fee_currency="BNB")
    assert {("asset", "", "BNB", D("-0.01")), ("fee", "", "BNB", D("0.01"))} <= booked(item, asset=X)
    in_coin = draft("buy", 1, asset="X", quantity=1, unit_price=100, fee="0.01", fee_currency="X")
    assert ("asset", "", "X", D("0.99")) in booked(in_coin, asset=X)
    in_settled = draft("buy", 1, asset="X", quantity=1, unit_price=100, fee=3, fee_currency="EUR", fx_rate="0.9")
    assert ("asset", "", "EUR", D(-93)) in booked(in_settled, asset=X)


def test_the_multiplier_makes_the_gross() -> None:
    option = Asset("O", "USD", D(100))
    item = draft("buy", 1, asset="O", quantity=5, unit_price=3)
    assert ("asset", "", "USD", D(-1500)) in booked(item, asset=option)
    per_share = draft("dividend", 1, asset="O", quantity=5, unit_price=3)
    assert ("asset", "", "USD", D(15)) in booked(per_share, asset=option)


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        ("deposit", ("asset - EUR 100", "external - EUR -100")),
        ("withdrawal", ("asset - EUR -100", "external - EUR 100")),
        ("dividend", ("asset - EUR 100", "income - EUR -100")),
        ("interest", ("asset - EUR 100", "income - EUR -100")),
        ("interest_paid", ("asset - EUR -100", "income - EUR 100")),
        ("fee", ("asset - EUR -100", "fee - EUR 100")),
        ("fee_refund", ("asset - EUR 100", "fee - EUR -100")),
        ("tax", ("asset - EUR -100", "tax - EUR 100")),
        ("tax_refund", ("asset - EUR 100", "tax - EUR -100")),
        ("opening_balance", ("asset - EUR 100", "opening - EUR -100")),
        ("transfer_out", ("asset - EUR -100", "external - EUR 100")),
    ],
)
def test_money(kind: str, lines: tuple[str, ...]) -> None:
    assert booked(draft(kind, 1, gross=100)) == rows(*lines)


def test_income_net_of_fee_and_tax() -> None:
    item = draft("dividend", 1, asset="X", gross=100, fee=1, tax=15)
    assert booked(item, asset=X) == rows("asset - USD 84", "income - USD -100", "fee - USD 1", "tax - USD 15")


def test_transfers_with_and_without_a_partner() -> None:
    item = draft("transfer_in", 1, asset="X", quantity=3, account="b", group="g")
    assert booked(item, asset=X, is_partnered=True) == rows("asset b X 3", "transfer b X -3")
    assert booked(item, asset=X) == rows("asset b X 3", "external b X -3")


def test_a_split_multiplies_what_each_account_holds() -> None:
    held = {"a": D(10), "b": D("2.5")}
    both = booked(draft("split", 1, asset="X", ratio=3), held=held)
    assert both == rows("asset a X 20", "adjustment a X -20", "asset b X 5", "adjustment b X -5")
    one = booked(draft("bonus", 1, asset="X", ratio="1.1", account="b"), held=held)
    assert one == rows("asset b X 0.25", "adjustment b X -0.25")
    assert booked(draft("split", 1, asset="X", ratio=3)) == set()


def test_units_for_units() -> None:
    spin = draft("spin_off", 1, asset="X", to_asset="Y", to_quantity=4, cost_fraction="0.1")
    assert booked(spin, asset=X) == rows("asset - Y 4", "adjustment - Y -4")
    swap = draft("swap", 1, asset="X", quantity=2, to_asset="Y", to_quantity=4)
    assert booked(swap, asset=X) == rows("asset - X -2", "trading - X 2", "asset - Y 4", "trading - Y -4")
    reward = draft("reward", 1, asset="X", quantity="0.5")
    assert booked(reward, asset=X) == rows("asset - X 0.5", "income - X -0.5")


def test_a_residue_closes_through_an_adjustment() -> None:
    item = draft("sell", 1, asset="X", quantity=1, unit_price=1)
    postings = booked(item, asset=X, dust={"X": D("1e-16")})
    assert {("asset", "", "X", D("-0.9999999999999999")), ("adjustment", "", "X", D("-1e-16"))} <= postings


def test_the_same_draft_books_the_same_way_twice() -> None:
    item = draft("buy", 1, asset="X", quantity=1, unit_price=2)
    assert book(item, base_currency="EUR", asset=X) == book(item, base_currency="EUR", asset=X)
    assert isinstance(book(item, base_currency="EUR", asset=X)[0], Posting)


def test_very_large_quantities_are_kept_exactly() -> None:
    item = draft("reward", 1, asset="X", quantity="1e30")
    assert ("asset", "", "X", D("1e30")) in booked(item, asset=X)


def test_amounts_finer_than_the_ledger_are_refused() -> None:
    item = draft("buy", 1, asset="X", quantity="1e-30", unit_price="1e-30")
    with pytest.raises(PrecisionExceeded):
        book(item, base_currency="EUR", asset=X)


BAD = [
    (draft("buy", 1, asset="X", quantity=1), "/unit_price"),
    (draft("buy", 1, asset="X", unit_price=1), "/quantity"),
    (draft("sell", 1, quantity=1, unit_price=1), "/symbol"),
    (draft("buy", 1, asset="X", quantity=-1, unit_price=1), "/quantity"),
    (draft("buy", 1, asset="X", quantity=0, unit_price=1), "/quantity"),
    (draft("buy", 1, asset="X", quantity=1, unit_price=-1), "/unit_price"),
    (draft("buy", 1, asset="X", quantity="NaN", unit_price=1), "/quantity"),
    (draft("buy", 1, asset="X", quantity="Infinity", unit_price=1), "/quantity"),
    (draft("buy", 1, asset="X", quantity=1, gross="1e60"), "/gross"),
    (draft("buy", 1, asset="X", quantity=1, unit_price=1, ratio=2), "/ratio"),
    (draft("buy", 1, asset="X", quantity=1, unit_price=1, fee_currency="USD"), "/fee_currency"),
    (draft("buy", 1, asset="X", quantity=1, gross=0, settle_amount=3), "/settle_amount"),
    (draft("deposit", 1), "/gross"),
    (draft("deposit", 1, gross=1, tax=1), "/tax"),
    (draft("dividend", 1, asset="X"), "/unit_price"),
    (draft("transfer_in", 1, asset="X"), "/quantity"),
    (draft("transfer_in", 1), "/gross"),
    (draft("opening_balance", 1, asset="X", quantity=1), "/unit_price"),
    (draft("opening_balance", 1, asset="X", quantity=1, gross=1, acquired_on=day(2)), "/acquired_on"),
    (draft("split", 1, asset="X"), "/ratio"),
    (draft("swap", 1, asset="X", quantity=1, to_asset="X", to_quantity=1), "/to_symbol"),
    (draft("spin_off", 1, asset="X", to_asset="Y", to_quantity=1, cost_fraction=2), "/cost_fraction"),
    (draft("fee", day(-50000), gross=1), "/date"),
    (draft("fee", day(50000), gross=1), "/date"),
]


@pytest.mark.parametrize(("item", "pointer"), BAD)
def test_bad_drafts_name_the_place(item: Draft, pointer: str) -> None:
    assert pointer in {fault.pointer for fault in faults_of(item)}
    with pytest.raises(Invalid) as caught:
        book(item, base_currency="EUR", asset=X)
    assert pointer in {fault.pointer for fault in caught.value.faults}


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"currency": "EUR", "fx_rate": "0.9"}, "/fx_rate"),
        ({"currency": "USD", "settle_currency": "EUR"}, "/fx_rate"),
        ({"currency": "EUR", "settle_currency": "EUR", "settle_amount": "1"}, "/fx_rate"),
    ],
)
def test_rates_that_contradict_the_currencies(fields: dict[str, str], pointer: str) -> None:
    item = draft("buy", 1, asset="X", quantity=1, unit_price=5, pointer="/transactions/7", **fields)
    with pytest.raises(Invalid) as caught:
        book(item, base_currency="EUR", asset=X)
    assert caught.value.faults[0].pointer == "/transactions/7" + pointer


def test_a_settled_amount_needs_a_gross() -> None:
    item = draft(
        "swap", 1, asset="X", quantity=1, to_asset="Y", to_quantity=1, settle_currency="EUR", settle_amount="1"
    )
    with pytest.raises(Invalid) as caught:
        book(item, base_currency="EUR", asset=X)
    assert caught.value.faults[0].pointer == "/settle_amount"


def test_instants_are_utc() -> None:
    local = datetime(2024, 1, 1, 1, tzinfo=timezone(timedelta(hours=2)))
    assert draft("fee", 1, gross=1, executed_at=local).instant == datetime(2023, 12, 31, 23, tzinfo=UTC)
    assert draft("fee", 1, gross=1, executed_at=datetime(2024, 1, 1)).instant == datetime(2024, 1, 1, tzinfo=UTC)  # noqa: DTZ001


_ODD = {
    **dict.fromkeys(_NUMBERS, (None, ZERO, D(1), D("0.5"), D(-1), D("1e-37"), D("1e60"), D("NaN"), D("Infinity"))),
    "booked_on": (date(1899, 12, 31), date(1900, 1, 1), date(2101, 1, 1)),
    "acquired_on": (day(0), day(2)),
    "lot_ids": (("1#1",),),
    "lot_quantities": ((D(2),),),
    "legs": ((PoolLeg("Y", ZERO),),),
    **dict.fromkeys(("asset", "to_asset", "fee_currency", "to_account"), (None, "X")),
}
_CHANGES = [(name, value) for name, values in _ODD.items() for value in values]
_RIGHT = {"asset": "X", "quantity": D(2), "unit_price": D(3), "booked_on": day(1)}


@pytest.mark.parametrize("kind", sorted(TRADES | INCOMES))
def test_what_needs_no_closer_look_has_no_fault(kind: TransactionType) -> None:
    changed = [{}, *({name: value} for name, value in _CHANGES), *map(dict, combinations(_CHANGES, 2))]
    drafts = [Draft(id="1", type=kind, **{**_RIGHT, **changes}) for changes in changed]
    plain = [item for item in drafts if _is_plainly_right(item)]
    assert plain
    assert [item for item in plain if _found_by_every_rule(item)] == []
