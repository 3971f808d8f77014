"""The observer of lots: what it tells adds up to the lots there are."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from unit.finance.ledgers import draft, drafts, market, numbered

from finsage.errors import Invalid
from finsage.finance.ledger import fold
from finsage.finance.lot_moves import LotMoves
from finsage.finance.money import exact
from finsage.finance.options import LotMethod, LotScope, Options


@settings(max_examples=60, deadline=None)
@given(rows=drafts(), method=st.sampled_from(LotMethod), scope=st.sampled_from(LotScope))
def test_moves_add_up_to_the_lots(rows, method, scope):
    moves, options = LotMoves(), Options(lot_method=method, lot_scope=scope)
    try:
        ledger = fold(rows, market(), options, watch=moves)
    except Invalid:
        return
    assert ledger.lots() == fold(rows, market(), options).lots()
    last = {}
    for found in moves.of.values():
        for move in found:
            key = (move.place, move.asset, move.is_short, move.lot)
            assert last.get(key) == move.before
            last[key] = move.after
    sums: dict[str, Decimal] = {}
    with exact():
        for (_, asset, is_short, _), held in last.items():
            if held is not None:
                sums[asset] = sums.get(asset, Decimal(0)) + (-held.quantity if is_short else held.quantity)
        for lot in ledger.lots():
            sums[lot.asset] -= lot.quantity
    assert set(sums.values()) <= {0}


def test_a_sale_takes_from_one_lot_and_under_average_from_all():
    rows = numbered([
        draft("deposit", 1, gross=9, currency="EUR"),
        draft("buy", 1, asset="X", quantity=4, unit_price=10),
        draft("buy", 2, asset="X", quantity=4, unit_price=20),
        draft("sell", 3, asset="X", quantity=2, unit_price=15),
    ])  # fmt: skip
    moves, averaged = LotMoves(), LotMoves()
    fold(rows, market(), Options(), watch=moves)
    assert "1" not in moves.of
    [move] = moves.of["4"]
    assert (move.lot, move.before.cost, move.after.quantity, move.after.cost) == ("2#1", 40, 2, 20)
    fold(rows, market(), Options(lot_method=LotMethod.AVERAGE), watch=averaged)
    [move] = averaged.of["4"]
    assert (move.lot, move.before.quantity, move.before.cost, move.after.cost) == ("", 8, 120, 90)
