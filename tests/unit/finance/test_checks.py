from __future__ import annotations

from decimal import Decimal

import pytest
from unit.finance.ledgers import day, draft, market, numbered

from finsage.finance.checks import IdentityBroken, conservation, demand, lots_equal_balances, sum_zero
from finsage.finance.ledger import Ledger, fold
from finsage.finance.options import CashMode, LotScope, Options
from finsage.finance.results import Identity

D = Decimal


def ledger(**options: object) -> Ledger:
    rows = [
        draft("deposit", 1, gross=100),
        draft("buy", 2, asset="Y", quantity=4, unit_price=3, account="a"),
        draft("transfer_out", 3, asset="Y", quantity=1, account="a", group="g"),
        draft("transfer_in", 9, asset="Y", quantity=1, account="b", group="g"),
        draft("sell", 4, asset="Y", quantity=5, unit_price=3, account="a"),
    ]
    return fold(numbered(rows), market(), Options(**options), through=day(5))


@pytest.mark.parametrize("scope", LotScope)
@pytest.mark.parametrize("cash", [CashMode.TRACKED, CashMode.IMPLIED])
def test_a_sound_ledger_has_no_faults(scope: LotScope, cash: CashMode) -> None:
    book = ledger(lot_scope=scope, cash=cash)
    assert sum_zero(book.entries) == []
    assert lots_equal_balances(book) == []


def test_a_posting_that_does_not_balance_is_found() -> None:
    book = ledger()
    entry = book.entries[1]
    planted = entry._replace(posted=(*entry.postings[0]._replace(amount=D(5)), *entry.posted[4:]))
    assert "sum to" in sum_zero([planted])[0].detail


def test_lots_that_differ_from_the_balance_are_found() -> None:
    book = ledger()
    book.state.booked.popitem()
    assert any("booked" in fault.detail for fault in lots_equal_balances(book))


def test_conservation() -> None:
    assert conservation(Identity(D(1), D(1), D(0))) == []
    assert conservation(Identity(None, D(1), None)) == []
    faults = conservation(Identity(D(1), D(2), D(0)))
    assert faults[0].pointer == "/identity"
    with pytest.raises(IdentityBroken, match="1 is not 2"):
        demand(faults)
