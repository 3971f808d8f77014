"""The observer of lots: what it tells adds up to the lots there are."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.finance.ledgers import draft, drafts, market, numbered

from finsage.errors import Invalid
from finsage.finance import state as state_module
from finsage.finance.ledger import fold
from finsage.finance.lot import Lot, Pool
from finsage.finance.lot_moves import Held, LotMove, LotMoves
from finsage.finance.money import exact
from finsage.finance.options import LotMethod, LotScope, Options
from finsage.finance.state import State
from finsage.finance.transaction import Draft, Posting


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


class _AllLots:
    """The plain way: after each transaction, all lots of its assets beside those there were before."""

    def __init__(self) -> None:
        self.of: dict[str, list[LotMove]] = {}
        self._known: dict[Any, dict[str, Held]] = {}

    def __call__(self, state: State, item: Draft, postings: Iterable[Posting]) -> None:
        touched = {posting.asset for posting in postings} | set(item.asset_keys)
        moves: list[LotMove] = []
        for is_short, side in ((False, state.long), (True, state.short)):
            for (place, asset), pool in side.items():
                if asset in touched:
                    moves += self._compare((place, asset, is_short), _held(state, pool))
        if moves:
            self.of[item.id] = moves

    def _compare(self, key: Any, after: dict[str, Held]) -> list[LotMove]:
        before = self._known.get(key, {})
        self._known[key] = after
        return [
            LotMove(*key, lot, before.get(lot), after.get(lot))
            for lot in dict.fromkeys([*before, *after])
            if before.get(lot) != after.get(lot)
        ]


def _held(state: State, pool: Pool) -> dict[str, Held]:
    lots = {lot.id: Held(lot.acquired_on, lot.quantity, lot.cost.local(state.options)) for lot in pool}
    if state.options.lot_method is not LotMethod.AVERAGE or not lots:
        return lots
    first = min(lot.acquired_on for lot in lots.values())
    return {"": Held(first, pool.quantity, sum((lot.cost for lot in lots.values()), Decimal(0)))}


def _told(moves: LotMoves | _AllLots) -> Any:
    """As numbers, an unknown one like any other; what stays unknown is no move. Lots of one rank have no order."""

    def shown(held: Held | None) -> Any:
        return held and (held.acquired_on, str(held.quantity.normalize()), str(held.cost.normalize()))

    told = {
        name: [
            (move.place, move.asset, move.is_short, move.lot, shown(move.before), shown(move.after)) for move in rows
        ]
        for name, rows in moves.of.items()
    }
    real = {name: sorted((move for move in rows if move[-1] != move[-2]), key=repr) for name, rows in told.items()}
    return {name: rows for name, rows in real.items() if rows}


@settings(max_examples=200, deadline=None)
@given(rows=drafts(), method=st.sampled_from(LotMethod), scope=st.sampled_from(LotScope), fees=st.booleans())
def test_moves_are_those_that_all_lots_tell(rows, method, scope, fees):
    options = Options(lot_method=method, lot_scope=scope, fees_in_cost=fees)
    moves, plain = LotMoves(), _AllLots()
    try:
        fold(rows, market(), options, watch=moves)
    except Invalid:
        return
    fold(rows, market(), options, watch=plain)
    assert _told(moves) == _told(plain)


def test_a_transaction_costs_what_it_changes_and_not_what_there_is():
    buys = [draft("buy", day, asset="X", quantity=2, unit_price=day) for day in range(1, 400)]
    sales = [draft("sell", 400 + day, asset="X", quantity=1, unit_price=5) for day in range(1, 400)]
    asked: list[str] = []

    class Counting(Pool):
        def find(self, name: str) -> Lot | None:
            asked.append(name)
            return super().find(name)

    moves = LotMoves()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(state_module, "Pool", Counting)
        fold(numbered([*buys, *sales]), market(), Options(), watch=moves)
    assert len(asked) == len(moves.of) == len(buys) + len(sales)


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
