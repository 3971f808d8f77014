"""What each transaction did to the lots: an observer of the fold, for writers of lots in other programs' terms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

from finsage.finance.lot import Cost, Pool
from finsage.finance.options import LotMethod, Options
from finsage.finance.state import State
from finsage.finance.trail import Place
from finsage.finance.transaction import Draft, Posting

_Key = tuple[Place, str, bool]
_NOWHERE = ((0, 0), None)


class Held(NamedTuple):
    """Units of a lot, without sign, and their cost in the asset's currency (NaN when unknown; short: proceeds < 0)."""

    acquired_on: int
    quantity: Decimal
    cost: Decimal


_Told = tuple[tuple[int, int], Held]


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
    """Moves of lots by transaction id, in the order they happened. Pass it to ``fold`` as ``watch``.

    A pool tells which of its lots changed, so that a transaction costs what it does, not what there is.
    """

    def __init__(self) -> None:
        self.of: dict[str, list[LotMove]] = {}
        self._pools: dict[str, list[_Seen]] = {}
        self._counts = [0, 0]

    def __call__(self, state: State, draft: Draft, postings: Iterable[Posting]) -> None:
        """Look at the lots that a transaction changed."""
        self._notice_pools(state)
        touched = {posting.asset for posting in postings}
        touched.update(draft.asset_keys)
        seen = [pool for asset in touched for pool in self._pools.get(asset, ())]
        moves = [move for pool in sorted(seen, key=_order_of) for move in pool.moves(state.options)]
        if moves:
            self.of[draft.id] = moves

    def _notice_pools(self, state: State) -> None:
        for is_short, side in ((False, state.long), (True, state.short)):
            for number, ((place, asset), pool) in enumerate(islice(side.items(), self._counts[is_short], None)):
                seen = _Seen((place, asset, is_short), (is_short, self._counts[is_short] + number), pool)
                self._pools.setdefault(asset, []).append(seen)
            self._counts[is_short] = len(side)


@dataclass(slots=True)
class _Seen:
    """A pool, and what was told of its lots: with the rank of each, by which they are told of."""

    key: _Key
    order: tuple[bool, int]
    pool: Pool
    known: dict[str, _Told] = field(default_factory=dict)

    def moves(self, options: Options) -> list[LotMove]:
        """What changed since this was last asked: lots there were, then new ones, each oldest first."""
        changed = self.pool.changes()
        if not changed:
            return []
        now = _average(self.pool, options) if options.lot_method is LotMethod.AVERAGE else self._now(changed, options)
        before = {name: self.known.pop(name, None) for name in now}
        self.known |= {name: told for name, told in now.items() if told is not None}
        ranks = {name: (before[name] is None, (before[name] or told or _NOWHERE)[0]) for name, told in now.items()}
        return [
            LotMove(*self.key, name, was and was[1], told and told[1])
            for name in sorted(now, key=ranks.__getitem__)
            if (was := before[name]) != (told := now[name])
        ]

    def _now(self, changed: Iterable[str], options: Options) -> dict[str, _Told | None]:
        found = {}
        for name in changed:
            lot = self.pool.find(name)
            found[name] = None if lot is None else (lot.rank, _held(lot.acquired_on, lot.quantity, lot.cost, options))
        return found


def _order_of(seen: _Seen) -> tuple[bool, int]:
    return seen.order


def _average(pool: Pool, options: Options) -> dict[str, _Told | None]:
    found = pool.average()
    if found is None:
        return {"": None}
    acquired_on, cost = found
    return {"": ((acquired_on, 0), _held(acquired_on, pool.quantity, cost, options))}


def _held(acquired_on: int, quantity: Decimal, cost: Cost, options: Options) -> Held:
    return Held(acquired_on, quantity, cost.local(options))
