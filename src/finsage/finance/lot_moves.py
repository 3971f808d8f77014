"""What each transaction did to the lots: an observer of the fold, for writers of lots in other programs' terms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from finsage.finance.lot import Pool
from finsage.finance.money import ZERO
from finsage.finance.options import LotMethod
from finsage.finance.state import State
from finsage.finance.trail import Place
from finsage.finance.transaction import Draft, Posting

_Key = tuple[Place, str, bool]


class Held(NamedTuple):
    """Units of a lot, without sign, and their cost in the asset's currency (NaN when unknown; short: proceeds < 0)."""

    acquired_on: int
    quantity: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True)
class LotMove:
    """A lot before and after a transaction; None where there is none. Under ``average`` all lots are one, ``""``."""

    place: Place
    asset: str
    is_short: bool
    lot: str
    before: Held | None
    after: Held | None


class LotMoves:
    """Moves of lots by transaction id, in the order they happened. Pass it to ``fold`` as ``watch``."""

    def __init__(self) -> None:
        self.of: dict[str, list[LotMove]] = {}
        self._known: dict[_Key, dict[str, Held]] = {}

    def __call__(self, state: State, draft: Draft, postings: Iterable[Posting]) -> None:
        """Compare the pools that a transaction may have touched with what was known of them."""
        touched = {posting.asset for posting in postings}
        touched.update(draft.asset_keys)
        moves: list[LotMove] = []
        for is_short, side in ((False, state.long), (True, state.short)):
            for (place, asset), pool in side.items():
                if asset in touched:
                    moves += self._compare((place, asset, is_short), _held(state, pool))
        if moves:
            self.of[draft.id] = moves

    def _compare(self, key: _Key, after: dict[str, Held]) -> list[LotMove]:
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
    return {
        "": Held(first, pool.quantity, sum((lot.cost for lot in lots.values()), ZERO)),
    }
