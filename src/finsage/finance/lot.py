"""Lots: units bought at one cost on one day, and the pool a disposal takes them from.

A pool holds the open lots of one asset in one place, long or short; quantities inside are positive, the ledger gives
short ones their sign. Which lots go first is the lot method's choice, kept in a heap, so that a fold over A
transactions costs O(A log L). Under ``average`` the pool owns the cost and the lots own only units and dates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from heapq import heapify, heappop, heappush
from operator import add, sub
from typing import NamedTuple

from finsage.finance.money import ONE, ZERO, allocate, allocate_all, unit_price
from finsage.finance.options import LotMethod, Options
from finsage.finance.row import row_of


class Cost(NamedTuple):
    """Gross, fee and tax paid for some units, in the asset's currency and in base currency."""

    gross: Decimal = ZERO
    fee: Decimal = ZERO
    tax: Decimal = ZERO
    gross_base: Decimal = ZERO
    fee_base: Decimal = ZERO
    tax_base: Decimal = ZERO

    def split(self, part: Decimal, whole: Decimal, places: int) -> tuple[Cost, Cost]:
        """The share of ``part`` of ``whole`` units, and the rest; the last part takes all there is."""
        if part == whole:
            # Not by subtraction: an unknown cost must not outlive the units it belonged to.
            return self, FREE
        shares = allocate_all(self, part, whole, places)
        return row_of(Cost, shares), row_of(Cost, map(sub, self, shares))

    def plus(self, other: Cost) -> Cost:
        """Both costs together."""
        return row_of(Cost, map(add, self, other))

    def minus(self, other: Cost) -> Cost:
        """What is left of this cost without the other."""
        return row_of(Cost, map(sub, self, other))

    def local(self, options: Options) -> Decimal:
        """The cost in the asset's currency under the options."""
        cost, fee, tax, _, _, _ = self
        if fee and options.fees_in_cost:
            cost += fee
        return cost + tax if tax and options.are_taxes_in_cost else cost

    def base(self, options: Options) -> Decimal:
        """The cost in base currency under the options."""
        _, _, _, cost, fee, tax = self
        if fee and options.fees_in_cost:
            cost += fee
        return cost + tax if tax and options.are_taxes_in_cost else cost


FREE = Cost()


class Lot(NamedTuple):
    """Open units of one acquisition. ``rank`` orders acquisitions: the day, then the order of booking."""

    id: str
    transaction: str
    acquired_on: int
    rank: tuple[int, int]
    acquired: Decimal
    quantity: Decimal
    cost: Cost


_NO_NAMES: Mapping[str, Decimal] = {}
# What the lot method orders by, the rank, the order of entry, the lot's id.
_Turn = tuple[Decimal, int, int, int, str]


class PoolContent(NamedTuple):
    """What a pool holds at one moment: lots by id, the order of the heap, the cost they share."""

    places: int
    quantity: Decimal
    lots: Mapping[str, Lot]
    turns: Sequence[_Turn]
    entries: int
    cost: Cost


class Pool:
    """The open lots of one asset in one place.

    Lots never change; a part taken of one puts another in its place. The heap names them in their turn, and may still
    name one that was taken out of turn.
    """

    def __init__(self, options: Options, places: int) -> None:
        self._options = options
        self._method = options.lot_method
        self._is_average = options.lot_method is LotMethod.AVERAGE
        self._places = places
        self._heap: list[_Turn] = []
        self._count = 0
        self._lots: dict[str, Lot] = {}
        self._cost = FREE
        self._content: PoolContent | None = None
        self._changed: dict[str, None] | None = None
        self.quantity = ZERO

    def changes(self) -> list[str]:
        """The lots that changed since this was last asked, gone ones too; the first time, all there are."""
        changed, self._changed = list(self._lots if self._changed is None else self._changed), {}
        return changed

    def find(self, name: str) -> Lot | None:
        """The open lot of that name, as it is now; under ``average`` without its share of the cost."""
        return self._lots.get(name)

    def average(self) -> tuple[int, Cost] | None:
        """Under ``average``: the day of the oldest lot, and the cost all share; None of an empty pool."""
        # Nobody names lots under it: what is used up leaves the heap at once, and its top is the oldest there is.
        return (self._lots[self._heap[0][-1]].acquired_on, self._cost) if self.quantity else None

    def __iter__(self) -> Iterator[Lot]:
        """The open lots, oldest first, each with its share of the cost."""
        lots = sorted(self._in_turn(), key=lambda lot: lot.rank)
        if not self._is_average:
            yield from lots
            return
        pooled, left = self._cost, self.quantity
        for lot in lots:
            share, pooled = pooled.split(lot.quantity, left, self._places)
            left -= lot.quantity
            yield lot._replace(cost=share)

    def content(self) -> PoolContent:
        """What the pool holds now; as long as nothing changes, the same object."""
        if self._content is None:
            self._content = PoolContent(
                self._places, self.quantity, self._lots.copy(), self._heap.copy(), self._count, self._cost
            )
        return self._content

    @staticmethod
    def of(options: Options, content: PoolContent) -> Pool:
        """A pool that holds what another did."""
        pool = Pool(options, content.places)
        pool.quantity, pool._count, pool._cost = content.quantity, content.entries, content.cost
        pool._lots, pool._heap = dict(content.lots), list(content.turns)
        pool._content = content
        return pool

    def add(self, lot: Lot) -> None:
        """Put a lot in."""
        self._content = None
        self.quantity += lot.quantity
        if self._is_average:
            self._cost = self._cost.plus(lot.cost)
            lot = lot._replace(cost=FREE)
        self._put(lot)
        heappush(self._heap, self._turn_of(lot))

    def take(self, quantity: Decimal, named: Mapping[str, Decimal] = _NO_NAMES) -> list[Lot]:
        """Remove units and return them as lots, in the order taken.

        Args:
            quantity: how many; not more than there are.
            named: under ``specific``, the lots to take first, in this order, and how much of each at most; the rest
                goes oldest first.
        """
        self._content = None
        taken, lots, heap, wanted = [], self._lots, self._heap, quantity
        for name, most in named.items():
            if wanted and name in lots:
                taken.append(self._cut(lots[name], min(wanted, most)))
                wanted -= taken[-1].quantity
        while wanted:
            lot = lots.get(heap[0][-1])
            if lot is None or lot.quantity <= wanted:
                heappop(heap)
            if lot is not None:
                taken.append(self._cut(lot, wanted))
                wanted -= taken[-1].quantity
        if self._is_average:
            taken = self._at_average(taken, quantity)
        self.quantity -= quantity
        return taken

    def held(self, name: str) -> Decimal:
        """Units in a lot; one with an unknown name holds nothing."""
        return self._lots[name].quantity if name in self._lots else ZERO

    def grow(self, growth: Decimal, ratio: Decimal) -> None:
        """A split adds ``growth`` units; the whole pool has multiplied by ``ratio`` when that is what it comes to."""
        self._content = None
        before, after = self.quantity, self.quantity + growth
        is_whole = before * ratio == after
        left, growing = before, growth
        grown: list[Lot] = []
        for lot in self._in_turn():
            more = lot.quantity * (ratio - ONE) if is_whole else allocate(growing, lot.quantity, left, self._places)
            left -= lot.quantity
            growing -= more
            acquired = allocate(lot.acquired, lot.quantity + more, lot.quantity, self._places)
            grown.append(lot._replace(acquired=acquired, quantity=lot.quantity + more))
        self.quantity = after
        for lot in grown:
            self._put(lot)
        self._heap = [self._turn_of(lot) for lot in grown]
        heapify(self._heap)

    def shed(self, fraction: Decimal) -> list[Lot]:
        """Remove a fraction of the cost of every lot, and return it as lots of the same units, dates and ranks."""
        self._content = None
        shed = []
        for lot in self:
            part, rest = lot.cost.split(fraction, ONE, self._places)
            if self._is_average:
                self._cost = self._cost.minus(part)
            self._put(lot._replace(cost=FREE if self._is_average else rest))
            shed.append(lot._replace(cost=part))
        return shed

    def _in_turn(self) -> list[Lot]:
        """The open lots in the order of the heap."""
        return [self._lots[turn[-1]] for turn in self._heap if turn[-1] in self._lots]

    def _put(self, lot: Lot) -> None:
        self._lots[lot.id] = lot
        self._note(lot.id)

    def _note(self, name: str) -> None:
        if self._changed is not None:
            self._changed[name] = None

    def _cut(self, lot: Lot, wanted: Decimal) -> Lot:
        """Take as much of a lot as is wanted and there; all of it is the lot itself."""
        self._note(lot.id)
        if lot.quantity <= wanted:
            del self._lots[lot.id]
            return lot
        name, transaction, acquired_on, rank, acquired, units, cost = lot
        share, rest = cost.split(wanted, units, self._places)
        self._lots[name] = row_of(Lot, (name, transaction, acquired_on, rank, acquired, units - wanted, rest))
        return row_of(Lot, (name, transaction, acquired_on, rank, acquired, wanted, share))

    def _at_average(self, taken: list[Lot], quantity: Decimal) -> list[Lot]:
        """The lots taken out with their shares of the cost that all have in common."""
        pooled, self._cost = self._cost.split(quantity, self.quantity, self._places)
        left, priced = quantity, []
        for lot in taken:
            share, pooled = pooled.split(lot.quantity, left, self._places)
            left -= lot.quantity
            priced.append(lot._replace(cost=share))
        return priced

    def _turn_of(self, lot: Lot) -> _Turn:
        first, second = lot.rank
        self._count += 1
        if self._method is LotMethod.LIFO:
            return (ZERO, -first, -second, self._count, lot.id)
        if self._method is LotMethod.HIFO:
            cost = unit_price(lot.cost.base(self._options), lot.quantity, self._places)
            return (ZERO if cost.is_nan() else -cost, first, second, self._count, lot.id)
        return (ZERO, first, second, self._count, lot.id)


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
        share_local, share_base = allocate_all((local, base), closing, abs(quantity), self._places)
        cost_local, cost_base = self.take(closing)
        self.quantity += quantity - closing.copy_sign(quantity)
        self.local += local - share_local
        self.base += base - share_base
        return -share_local - cost_local, -share_base - cost_base

    def take(self, quantity: Decimal) -> tuple[Decimal, Decimal]:
        """Remove units (counted without sign) at average cost; returns their cost, local and base."""
        whole = abs(self.quantity)
        local, base = allocate_all((self.local, self.base), quantity, whole, self._places)
        self.quantity -= quantity.copy_sign(self.quantity)
        self.local = self.local - local if self.quantity else ZERO
        self.base = self.base - base if self.quantity else ZERO
        return local, base
