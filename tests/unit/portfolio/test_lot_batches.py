"""Lots that are stored in batches are those of the ledger, all and once."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from finsage.finance.ledger import fold
from finsage.finance.options import Options
from finsage.finance.transaction import Draft, TransactionType
from finsage.finance.valuation import Market
from finsage.portfolio.service import derivation


@pytest.mark.parametrize("at_once", [1, 3, 1000])
def test_lots_in_batches_are_the_lots_of_the_ledger(at_once: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(derivation, "_LOTS_AT_ONCE", at_once)
    drafts = [
        Draft(
            id=f"{number}",
            type=TransactionType.SHORT_SELL if asset == "C" else TransactionType.BUY,
            booked_on=date(2024, 1, 9) - timedelta(days=number),
            sequence=number,
            asset=asset,
            quantity=Decimal(2),
            unit_price=Decimal(10),
            account=account,
        )
        for number, (asset, account) in enumerate(
            [("A", "x"), ("B", "x"), ("A", "y"), ("A", "y"), ("C", "x"), ("B", "x")]
        )
    ]
    ledger = fold(drafts, Market(base_currency="EUR", assets={}, prices={}, rates={}), Options())
    first: dict[str, date] = {}
    batches = list(derivation._batches(ledger, first))
    lots = [lot for batch in batches for lot in batch]
    assert lots == [derivation._lot(lot) for lot in ledger.lots()]
    assert len(lots) == len(drafts)
    assert first == {asset: min(lot.acquired_on for lot in lots if lot.asset == asset) for asset in "ABC"}
    assert len(batches) == {1: 4, 3: 2, 1000: 1}[at_once]
