"""Lots: units bought at one cost on one day, and the pool a disposal takes them from.

A pool holds the open lots of one asset in one place, long or short; quantities inside are positive, the ledger gives
short ones their sign. Which lots go first is the lot method's choice, kept in a heap, so that a fold over A
transactions costs O(A log L). Under ``average`` the pool owns the cost and the lots own only units and dates.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from finsage.finance.money import ONE, ZERO, allocate, unit_price
from finsage.finance.options import LotMethod, Options


@dataclass(slots=True)
class Cost:
    """Gross, fee and tax paid for some units, in the asset's currency and in base currency."""

    gross: Decimal = ZERO
    fee: Decimal = ZERO
    tax: Decimal = ZERO
    gross_base: Decimal = ZERO
    fee_base: Decimal = ZERO
    tax_base: Decimal = ZERO

    def take(self, part: Decimal, whole: Decimal, places: int) -> Cost:
        """Remove and return the share of ``part`` of ``whole`` units; the last part takes the remainder."""
        if part == whole:
            share = Cost(self.gross, self.fee, self.tax, self.gross_base, self.fee_base, self.tax_base)
            # Not by subtraction: an unknown cost must not outlive the units it belonged to.
            self.gross = self.fee = self.tax = self.gross_base = self.fee_base = self.tax_base = ZERO
            return share
        share = Cost()
        if self.gross:
            share.gross = allocate(self.gross, part, whole, places)
            self.gross -= share.gross
        if self.fee:
            share.fee = allocate(self.fee, part, whole, places)
            self.fee -= share.fee
        if self.tax:
            share.tax = allocate(self.tax, part, whole, places)
            self.tax -= share.tax
        if self.gross_base:
            share.gross_base = allocate(self.gross_base, part, whole, places)
            self.gross_base -= share.gross_base
        if self.fee_base:
            share.fee_base = allocate(self.fee_base, part, whole, places)
            self.fee_base -= share.fee_base
        if self.tax_base:
            share.tax_base = allocate(self.tax_base, part, whole, places)
            self.tax_base -= share.tax_base
        return share

    def add(self, other: Cost, sign: Decimal = ONE) -> None:
        """Add another cost, or subtract it with sign −1."""
        self.gross += sign * other.gross
        self.fee += sign * other.fee
        self.tax += sign * other.tax
        self.gross_base += sign * other.gross_base
        self.fee_base += sign * other.fee_base
        self.tax_base += sign * other.tax_base

    def parts(self) -> tuple[Decimal, Decimal, Decimal, Decimal, Decimal, Decimal]:
        """The amounts in the order of the fields."""
        return self.gross, self.fee, self.tax, self.gross_base, self.fee_base, self.tax_base

    def local(self, options: Options) -> Decimal:
        """The cost in the asset's currency under the options."""
        cost = self.gross
        if self.fee and options.fees_in_cost:
            cost += self.fee
        return cost + self.tax if self.tax and options.are_taxes_in_cost else cost

    def base(self, options: Options) -> Decimal:
        """The cost in base currency under the options."""
        cost = self.gross_base
        if self.fee_base and options.fees_in_cost:
            cost += self.fee_base
        return cost + self.tax_base if self.tax_base and options.are_taxes_in_cost else cost


@dataclass(slots=True)
class Lot:
    """Open units of one acquisition. ``rank`` orders acquisitions: the day, then the order of booking."""

    id: str
    transaction: str
    acquired_on: int
    rank: tuple[int, int]
    acquired: Decimal
    quantity: Decimal
    cost: Cost


_NO_NAMES: Mapping[str, Decimal] = {}
_Turn = tuple[Decimal, int, int, int]
_Costs = tuple[Decimal, Decimal, Decimal, Decimal, Decimal, Decimal]


class PoolContent(NamedTuple):
    """What a pool holds at one moment: lots by id with their costs, the order of the heap, the cost they share."""

    places: int
    quantity: Decimal
    lots: tuple[tuple[str, str, int, tuple[int, int], Decimal, Decimal, _Costs], ...]
    turns: tuple[tuple[_Turn, str], ...]
    entries: int
    cost: _Costs


class Pool:
    """The open lots of one asset in one place."""

    def __init__(self, options: Options, places: int) -> None:
        self._options = options
        self._method = options.lot_method
        self._is_average = options.lot_method is LotMethod.AVERAGE
        self._places = places
        self._heap: list[tuple[Decimal, int, int, int, Lot]] = []
        self._count = 0
        self._by_id: dict[str, Lot] = {}
        self._cost = Cost()
        self._content: PoolContent | None = None
        self._changed: dict[str, None] | None = None
        self.quantity = ZERO

    def changes(self) -> list[str]:
        """The lots that changed since this was last asked, gone ones too; the first time, all there are."""
        changed, self._changed = list(self._by_id if self._changed is None else self._changed), {}
        return changed

    def find(self, name: str) -> Lot | None:
        """The open lot of that name, as it is now; under ``average`` its cost is the pool's."""
        lot = self._by_id.get(name)
        return lot if lot is not None and lot.quantity else None

    def average(self) -> tuple[int, Cost] | None:
        """Under ``average``: the day of the oldest lot, and the cost all share; None of an empty pool."""
        # What is used up leaves the heap at once: its top is the oldest there is.
        return (self._heap[0][-1].acquired_on, self._cost) if self.quantity else None

    def __iter__(self) -> Iterator[Lot]:
        """Copies of the open lots, oldest first, each with its share of the cost."""
        lots = sorted((lot for *_, lot in self._heap if lot.quantity), key=lambda lot: lot.rank)
        pooled, left = Cost(), self.quantity
        pooled.add(self._cost)
        for lot in lots:
            cost = Cost()
            cost.add(pooled.take(lot.quantity, left, self._places) if self._is_average else lot.cost)
            left -= lot.quantity
            yield Lot(lot.id, lot.transaction, lot.acquired_on, lot.rank, lot.acquired, lot.quantity, cost)

    def content(self) -> PoolContent:
        """What the pool holds now; as long as nothing changes, the same object."""
        if self._content is not None:
            return self._content
        lots = [
            (lot.id, lot.transaction, lot.acquired_on, lot.rank, lot.acquired, lot.quantity, lot.cost.parts())
            for lot in self._by_id.values()
        ]
        turns = [(entry[:4], entry[4].id) for entry in self._heap]
        self._content = PoolContent(
            self._places, self.quantity, tuple(lots), tuple(turns), self._count, self._cost.parts()
        )
        return self._content

    @staticmethod
    def of(options: Options, content: PoolContent) -> Pool:
        """A pool that holds what another did."""
        pool = Pool(options, content.places)
        pool.quantity = content.quantity
        pool._by_id = {row[0]: Lot(*row[:6], Cost(*row[6])) for row in content.lots}
        pool._heap = [(*turn, pool._by_id[name]) for turn, name in content.turns]
        pool._count, pool._cost = content.entries, Cost(*content.cost)
        pool._content = content
        return pool

    def add(self, lot: Lot) -> None:
        """Put a lot in."""
        self._content = None
        self.quantity += lot.quantity
        self._by_id[lot.id] = lot
        self._note(lot)
        if self._is_average:
            self._cost.add(lot.cost)
        heapq.heappush(self._heap, self._entry(lot))

    def take(self, quantity: Decimal, named: Mapping[str, Decimal] = _NO_NAMES) -> list[Lot]:
        """Remove units and return them as lots, in the order taken.

        Args:
            quantity: how many; not more than there are.
            named: under ``specific``, the lots to take first, in this order, and how much of each at most; the rest
                goes oldest first.
        """
        self._content = None
        taken: list[Lot] = []
        wanted = quantity
        pooled = self._cost.take(quantity, self.quantity, self._places) if self._is_average else Cost()
        left = quantity
        for lot, most in self._in_order(named):
            if not wanted:
                break
            part = min(wanted, lot.quantity, most)
            cost = pooled.take(part, left, self._places) if self._is_average else None
            taken.append(self._cut(lot, part, cost))
            wanted -= part
            left -= part
        self.quantity -= quantity - wanted
        return taken

    def held(self, name: str) -> Decimal:
        """Units in a lot; one with an unknown name holds nothing."""
        return self._by_id[name].quantity if name in self._by_id else ZERO

    def grow(self, growth: Decimal, ratio: Decimal) -> None:
        """A split adds ``growth`` units; the whole pool has multiplied by ``ratio`` when that is what it comes to."""
        self._content = None
        before, after = self.quantity, self.quantity + growth
        is_whole = before * ratio == after
        lots = [lot for *_, lot in self._heap if lot.quantity]
        left, growing = before, growth
        for lot in lots:
            more = lot.quantity * (ratio - ONE) if is_whole else allocate(growing, lot.quantity, left, self._places)
            left -= lot.quantity
            growing -= more
            lot.acquired = allocate(lot.acquired, lot.quantity + more, lot.quantity, self._places)
            lot.quantity += more
            self._note(lot)
        self.quantity = after
        self._heap = [self._entry(lot) for lot in lots]
        heapq.heapify(self._heap)

    def shed(self, fraction: Decimal) -> list[Lot]:
        """Remove a fraction of the cost of every lot, and return it as lots of the same units, dates and ranks."""
        self._content = None
        shed = []
        for lot in self:
            part = lot.cost.take(fraction, ONE, self._places)
            held = self._by_id[lot.id]
            self._note(held)
            (self._cost if self._is_average else held.cost).add(part, -ONE)
            shed.append(Lot(lot.id, lot.transaction, lot.acquired_on, lot.rank, lot.acquired, lot.quantity, part))
        return shed

    def _in_order(self, named: Mapping[str, Decimal]) -> Iterator[tuple[Lot, Decimal]]:
        for name, most in named.items():
            if name in self._by_id:
                yield self._by_id[name], most
        while self._heap:
            lot = self._heap[0][-1]
            if lot.quantity:
                yield lot, lot.quantity
            if not lot.quantity:
                heapq.heappop(self._heap)
                self._by_id.pop(lot.id, None)

    def _cut(self, lot: Lot, part: Decimal, cost: Cost | None) -> Lot:
        share = lot.cost.take(part, lot.quantity, self._places) if cost is None else cost
        lot.quantity -= part
        self._note(lot)
        return Lot(lot.id, lot.transaction, lot.acquired_on, lot.rank, part, part, share)

    def _note(self, lot: Lot) -> None:
        if self._changed is not None:
            self._changed[lot.id] = None

    def _entry(self, lot: Lot) -> tuple[Decimal, int, int, int, Lot]:
        first, second = lot.rank
        self._count += 1
        if self._method is LotMethod.LIFO:
            return (ZERO, -first, -second, self._count, lot)
        if self._method is LotMethod.HIFO:
            cost = unit_price(lot.cost.base(self._options), lot.quantity, self._places)
            return (ZERO if cost.is_nan() else -cost, first, second, self._count, lot)
        return (ZERO, first, second, self._count, lot)


class AveragePool:
    """Signed units at one average cost: foreign cash, and the average the ROAI figure is defined on."""

    def __init__(self, places: int) -> None:
        self._places = places
        self.quantity = ZERO
        self.local = ZERO
        self.base = ZERO

    def content(self) -> tuple[Decimal, Decimal, Decimal]:
        """Units and their cost, local and base."""
        return self.quantity, self.local, self.base

    @staticmethod
    def of(places: int, quantity: Decimal, local: Decimal, base: Decimal) -> AveragePool:
        """A pool that holds what another did."""
        pool = AveragePool(places)
        pool.quantity, pool.local, pool.base = quantity, local, base
        return pool

    def move(self, quantity: Decimal, local: Decimal, base: Decimal) -> tuple[Decimal, Decimal]:
        """Add (+) or remove (−) units worth ``local`` and ``base`` (of the same sign).

        Returns:
            The gain realised on the units that left or closed a shortage, local and base.
        """
        if not self.quantity or (self.quantity > 0) == (quantity > 0):
            self.quantity += quantity
            self.local += local
            self.base += base
            return ZERO, ZERO
        if quantity == local == base and self.quantity == self.local == self.base:
            # Money in its own unit: nothing to share out, nothing to gain.
            self.quantity = self.local = self.base = self.quantity + quantity
            return ZERO, ZERO
        closing = min(abs(quantity), abs(self.quantity))
        share_local = allocate(local, closing, abs(quantity), self._places)
        share_base = allocate(base, closing, abs(quantity), self._places)
        cost_local, cost_base = self.take(closing)
        self.quantity += quantity - closing.copy_sign(quantity)
        self.local += local - share_local
        self.base += base - share_base
        return -share_local - cost_local, -share_base - cost_base

    def take(self, quantity: Decimal) -> tuple[Decimal, Decimal]:
        """Remove units (counted without sign) at average cost; returns their cost, local and base."""
        whole = abs(self.quantity)
        local = allocate(self.local, quantity, whole, self._places)
        base = allocate(self.base, quantity, whole, self._places)
        self.quantity -= quantity.copy_sign(self.quantity)
        self.local = self.local - local if self.quantity else ZERO
        self.base = self.base - base if self.quantity else ZERO
        return local, base
