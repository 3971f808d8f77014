"""Plain trades are booked in one go, and leave to the last digit what they would step by step."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.finance.ledgers import DAYS, amounts, draft, drafts, market, numbered, policies, quotes
from unit.finance.test_checkpoint import OFTEN, known
from unit.finance.test_properties import FACTOR

from finsage.errors import Invalid
from finsage.finance.checkpoint import Checkpoint
from finsage.finance.ledger import Ledger, fold
from finsage.finance.money import ZERO
from finsage.finance.options import LotScope, Options
from finsage.finance.ordering import Step
from finsage.finance.plain_trades import PlainTrades
from finsage.finance.transaction import Draft, Posted

MONEY: list[dict[str, Any]] = [
    {}, {"currency": "USD"}, {"currency": "EUR"}, {"settle_currency": "EUR"}, {"settle_currency": "CHF"},
    {"fx_rate": "0.91"}, {"settle_currency": "CHF", "fx_rate": "0.875"}, {"settle_currency": "EUR", "fx_rate": "1"},
]  # fmt: skip
CHARGES: list[dict[str, Any]] = [
    {}, {"fee": "1.25"}, {"fee": "0.5", "tax": "3"}, {"tax": "2"}, {"fee": "1", "fee_currency": "USD"},
]  # fmt: skip
ACCOUNTS: list[dict[str, Any]] = [
    *[{"account": "a"}] * 4, {"account": "b"}, {"account": "a", "cash_account": "b"}, {"cash_account": "b"}, {},
    {"account": "a", "portfolio": "q"},
]  # fmt: skip
UNITS = ["1", "2", "3", "1.5", "1.0000000000000001", "2.0000000000000001"]


@st.composite
def trades(draw: st.DrawFn) -> list[Draft]:
    """Purchases and sales, most of them plain, of few sizes, so that a position closes now and then, or nearly."""
    rows = []
    for _ in range(draw(st.integers(1, 12))):
        kind, asset = draw(st.sampled_from(["buy", "buy", "sell"])), draw(st.sampled_from("XXXYZ"))
        value = {draw(st.sampled_from(["unit_price", "gross"])): draw(amounts(0, 90) | st.just(ZERO))}
        fields = value | draw(st.sampled_from(MONEY)) | draw(st.sampled_from(CHARGES)) | draw(st.sampled_from(ACCOUNTS))
        if kind == "sell" and draw(st.integers(0, 4)) == 0:
            fields |= {"lot_ids": (f"{draw(st.integers(1, 3))}#1",)}
        quantity = draw(st.sampled_from(UNITS))
        rows.append(draft(kind, draw(st.integers(1, DAYS - 1)), asset=asset, quantity=quantity, **fields))
    return rows


def left_by(rows: list[Draft], options: Options, **changes: Any) -> str:
    """All that a fold leaves behind, or why there is none."""
    try:
        ledger: Ledger = fold(rows, market(**changes), options, checkpoints=OFTEN)
    except Invalid as error:
        return repr(error.faults)
    state, left = ledger.state, known(ledger)
    # Which keys it had to ask about is not what it leaves.
    left = tuple(part._replace(assets={}) if isinstance(part, Checkpoint) else part for part in left)
    told = repr((ledger.entries, left, state.held, state.booked, state.dust))
    # Nothing has no sign.
    return re.sub(r"'-(0(\.0*|E[+-]?\d+)?)'", r"'\1'", told)


@contextmanager
def step_by_step() -> Iterator[None]:
    with patch.object(PlainTrades, "book", lambda *_: None):
        yield


@settings(max_examples=100 * FACTOR, deadline=None)
@given(trades(), drafts(max_size=6), policies(), st.sampled_from(LotScope), st.booleans())
def test_a_plain_trade_leaves_what_it_would_step_by_step(
    plain: list[Draft], others: list[Draft], options: Options, scope: LotScope, is_rate_missing: bool
) -> None:
    rows, options = numbered(plain + others), replace(options, lot_scope=scope)
    changes = {"rates": {("USD", "EUR"): quotes(d20="0.9")}} if is_rate_missing else {}
    in_one_go = left_by(rows, options, **changes)
    with step_by_step():
        assert left_by(rows, options, **changes) == in_one_go


PLAIN = [
    draft("buy", 1, asset="X", quantity="3", unit_price="100", fee="1", account="a"),
    draft("buy", 2, asset="X", quantity="3", gross="330", settle_currency="EUR", account="a"),
    draft("sell", 3, asset="X", quantity="4", unit_price="120", tax="2", fx_rate="0.9", account="a"),
    draft("sell", 4, asset="X", quantity="2", unit_price="120", account="a", cash_account="b"),
    draft("buy", 5, asset="Y", quantity="1", unit_price="9", account="a"),
]
UNUSUAL = {
    "a fee in another currency": draft(
        "buy", 1, asset="X", quantity="1", unit_price="9", fee="1", fee_currency="EUR", account="a"
    ),
    "priced in another currency": draft("buy", 1, asset="X", quantity="1", unit_price="9", currency="EUR", account="a"),
    "money for money": draft("buy", 1, asset="USD", quantity="1", unit_price="0.9", currency="EUR", account="a"),
    "more than there is": draft("sell", 9, asset="X", quantity="1", unit_price="9", account="a"),
    "nearly all there is": draft("sell", 9, asset="Y", quantity="0.9999999999999999", unit_price="9", account="a"),
    "a short sale": draft("short_sell", 9, asset="X", quantity="1", unit_price="9", account="a"),
    "a named lot": draft("sell", 3, asset="X", quantity="1", unit_price="9", lot_ids=("1#1",), account="a"),
    "no trade": draft("dividend", 3, asset="X", gross="1", account="a"),
}


def ways(rows: list[Draft]) -> Counter[bool]:
    """How many steps were plain, and how many not."""
    seen: Counter[bool] = Counter()
    book = PlainTrades.book

    def told(self: PlainTrades, step: Step, number: int) -> Posted | None:
        posted = book(self, step, number)
        seen[posted is not None] += 1
        return posted

    with patch.object(PlainTrades, "book", told):
        fold(numbered(rows), market(), Options())
    return seen


def test_what_people_do_most_is_plain() -> None:
    assert ways(PLAIN) == {True: len(PLAIN)}


@pytest.mark.parametrize("row", UNUSUAL.values(), ids=UNUSUAL)
def test_anything_unusual_is_not(row: Draft) -> None:
    assert ways([*PLAIN, row])[False] >= 1
