"""The fold: a sequence of drafts becomes postings, lots, matches, cash and gains.

The same drafts always fold to the same ledger, in whatever order they are given; folding a prefix gives what the whole
fold knew at that point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, Inexact
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from finsage.errors import Fault, Invalid
from finsage.finance.booking import book_terms
from finsage.finance.checkpoint import Checkpoint, Checkpoints, Spacing, take
from finsage.finance.events import apply, price
from finsage.finance.lot import Lot, Pool
from finsage.finance.money import BEYOND_EXACT, ONE, PrecisionExceeded, exact, unit_price
from finsage.finance.options import CashMode, Options
from finsage.finance.ordering import Step, in_order, legs_of
from finsage.finance.priced import Priced
from finsage.finance.results import LotView, Match, MissingAcquisition, Notice, Position
from finsage.finance.row import row_of
from finsage.finance.state import State, lend_nothing
from finsage.finance.trail import TRANSIT, Place
from finsage.finance.transaction import (
    POOLINGS,
    RECEIPTS,
    SPLITS,
    STAKES,
    Draft,
    Posted,
    Posting,
    TransactionType,
    postings_of,
)
from finsage.finance.valuation import Market

_TYPE = TransactionType
_NOTHING_HELD: Mapping[str, Decimal] = {}
_ACQUIRING = STAKES | POOLINGS | RECEIPTS | {_TYPE.BUY, _TYPE.TRANSFER_IN, _TYPE.SWAP}


class Entry(NamedTuple):
    """A draft as booked: its postings, the residues closed with it per asset, and its place in the order of steps."""

    draft: Draft
    day: date
    posted: Posted
    is_partnered: bool
    dust: Mapping[str, Decimal]
    step: int

    @property
    def postings(self) -> tuple[Posting, ...]:
        """What the draft put into accounts and took out of them."""
        return postings_of(self.posted)


@dataclass(frozen=True, slots=True)
class OpenPool:
    """The open lots of one asset in one place; short ones with the sign −1."""

    _state: State
    _place: Place
    _asset: str
    _pool: Pool
    _sign: Decimal

    @property
    def key(self) -> tuple[Place, str, Decimal]:
        """Which pool it is."""
        return self._place, self._asset, self._sign

    def content(self) -> object:
        """What it holds: the same object for as long as nothing in it changes, also in folds that go on from here."""
        return self._pool.content()

    def lots(self) -> list[LotView]:
        """Oldest first."""
        with exact():
            return [_view(self._state, self._place, self._asset, lot, self._sign) for lot in self._pool]


class Ledger:
    """What a fold knows. Read it; nothing in it changes any more.

    ``entries`` are those that its fold has booked: all, but for the ``resumed_at`` first ones that it took over from
    another. Its ``checkpoints`` are there when they were asked for.
    """

    def __init__(
        self, state: State, entries: Sequence[Entry], ignored: int, *, resumed_at: int, checkpoints: Checkpoints | None
    ) -> None:
        self.state = state
        self.resumed_at = resumed_at
        self.checkpoints = checkpoints
        self.entries = tuple(entries)
        self.cash = CashMode.TRACKED if state.is_cash_tracked else CashMode.IMPLIED
        self.missing_acquisitions: tuple[MissingAcquisition, ...] = tuple(state.missing)
        self._ignored = ignored

    @cached_property
    def matches(self) -> tuple[Match, ...]:
        """The parts of disposals in the order of booking; made when they are first read, which a write never does."""
        return tuple(self.state.matches)

    @property
    def warnings(self) -> tuple[Notice, ...]:
        """What the reader should know, in the order of events; rates that are missing last."""
        found = list(self.state.warnings)
        if self._ignored:
            what = "transaction after the period was" if self._ignored == 1 else "transactions after the period were"
            detail = f"{self._ignored} {what} left out"
            found.append(Notice("after_period", detail))
        for (source, target), day in sorted(self.state.rates.missing.items()):
            when = date.fromordinal(day)
            detail = f"no rate from {source} to {target} on {when}; figures that need it are left empty"
            found.append(Notice("missing_rate", detail, asset=f"{source}/{target}", day=when))
        return tuple(found)

    def lots(self) -> tuple[LotView, ...]:
        """Open lots by asset and place, oldest first; short ones with negative units."""
        return tuple(chain.from_iterable(pool.lots() for pool in self.pools()))

    def pools(self) -> Iterator[OpenPool]:
        """The lots of one asset in one place after the other, in the order of ``lots``."""
        for side, sign in ((self.state.long, ONE), (self.state.short, -ONE)):
            for (place, asset), pool in sorted(side.items()):
                yield OpenPool(self.state, place, asset, pool, sign)

    def positions(self) -> tuple[Position, ...]:
        """Units and cost basis per account and asset, cash included; closed ones are left out."""
        with exact():
            found = []
            for (place, asset), track in sorted(self.state.tracks.items()):
                quantity, local, base = track.quantities[-1], track.local_costs[-1], track.base_costs[-1]
                if quantity:
                    average = None if track.is_cash else average_price(self.state, asset, quantity, local)
                    found.append(
                        Position(place[0], place[1], asset, track.is_cash, quantity, known(base), known(local), average)
                    )
            return tuple(found)


def known(amount: Decimal) -> Decimal | None:
    """The amount, or None when it is not known."""
    return None if amount.is_nan() else amount


def average_price(state: State, asset: str, quantity: Decimal, local: Decimal) -> Decimal | None:
    """Cost per unit in the asset's currency, comparable with its price."""
    if local.is_nan() or not quantity:
        return None
    described = state.described(asset)
    return unit_price(local, quantity * described.multiplier, described.places)


Watch = Callable[[State, Draft, tuple[Posting, ...]], None]


def fold(
    drafts: Iterable[Draft],
    market: Market,
    options: Options,
    *,
    through: date | None = None,
    watch: Watch | None = None,
    sink: Callable[[Entry], None] | None = None,
    resume: Checkpoints | None = None,
    checkpoints: Spacing | None = None,
    is_trail_kept: bool = True,
) -> Ledger:
    """Book drafts in order.

    Args:
        drafts: in any order; ``sequence`` breaks ties of rows without a time.
        market: assets, and the prices and rates that foreign amounts and in-kind flows need. A missing rate leaves
            the figures that need it unknown and is warned of.
        options: lot method and scope, what joins cost, cash mode, oversell.
        through: the last day to book; later drafts are left out with a warning, but for legs of transfers that began
            by then, whose units are in transit.
        watch: called after each draft is booked, with the state as it then is; must change nothing.
        sink: takes each entry as it is booked, in place of the ledger, whose ``entries`` stay empty: a large file is
            then never held as postings. Nothing is to be kept of them when an error is raised.
        resume: of an earlier fold, under whatever drafts, market and options: what it knew stands as far as all of
            them are the same; ``watch``, ``sink`` and ``entries`` have the rest. The answer is the same otherwise.
        checkpoints: take some, so far apart, for a later fold to resume from; only where the trail is kept.
        is_trail_kept: without it the ledger knows lots, positions, missing acquisitions and warnings, neither matches
            nor what figures and series are made of: a tenth of the memory.

    Returns:
        The ledger at the end of that day.

    Raises:
        Invalid: a draft cannot be booked; the faults of all drafts that are wrong alone are collected.
        PrecisionExceeded: an amount is finer or larger than the ledger keeps.
    """
    steps = in_order(drafts)
    _refuse_doubles(steps)
    last = through.toordinal() if through else None
    kept = [step for step in steps if last is None or step.day <= last]
    state = State(market, options, _cash_keys(steps, market), is_cash_tracked=_is_tracked(steps, options))
    if not is_trail_kept:
        assert resume is None, "a checkpoint counts the rows of the trail"
        assert checkpoints is None, "a checkpoint counts the rows of the trail"
        state.forget_trail()
    for step in steps:
        draft = step.draft
        # One that is no ratio is refused when its turn comes.
        if draft.type in SPLITS and draft.ratio is not None and draft.ratio > 0:
            state.prices.note_split(draft.asset or "", step.day, draft.ratio, (draft.portfolio, draft.account))
    entries: list[Entry] = []
    marks = resume.resumed(kept, state) if resume is not None else []
    begin = marks[-1].steps if marks else 0
    with exact():
        _Fold(state, kept, sink or entries.append, watch, spacing=checkpoints, marks=marks).run(begin)
    taken = None if checkpoints is None else Checkpoints(checkpoints, kept, state.lean(), marks)
    later = [step.draft for step in steps[len(kept) :]]
    left_out = len(later) - len(legs_of([step.draft for step in kept], later)) if later else 0
    return Ledger(state, entries, left_out, resumed_at=begin, checkpoints=taken)


class _Fold:
    """Walks the steps; a sale without a time may first book purchases of its day that come later in the file."""

    def __init__(
        self,
        state: State,
        steps: list[Step],
        sink: Callable[[Entry], None],
        watch: Watch | None,
        *,
        spacing: Spacing | None,
        marks: list[Checkpoint],
    ) -> None:
        self._state = state
        self._spacing = spacing
        self._marks = marks
        self._watch = watch
        self._steps = steps
        self._booked = [False] * len(steps)
        self._sink = sink
        self._at = 0
        state.borrow = self._borrow

    def run(self, begin: int) -> None:
        faults: list[Fault] = []
        due = self._next_mark()
        for index in range(begin, len(self._steps)):
            self._at = index
            if index >= due:
                due = self._mark(index)
            if self._booked[index]:
                continue
            try:
                self._book(index)
            except PrecisionExceeded:
                raise
            except Invalid as error:
                faults += error.faults
        # A ring of references would keep the state of every fold in memory until the next full collection.
        self._state.borrow = lend_nothing
        if faults:
            raise Invalid("Some transactions cannot be booked.", faults=tuple(faults))

    def _next_mark(self) -> int:
        """The first step before which a checkpoint may stand."""
        count = len(self._steps)
        return count if self._spacing is None else self._spacing.next_due(self._marks, count)

    def _mark(self, index: int) -> int:
        """Between two days nothing is booked ahead of its turn, and nothing can be; says where the next may stand."""
        if self._steps[index].day == self._steps[index - 1].day:
            return index + 1
        before = self._marks[-1] if self._marks else None
        self._marks.append(take(self._state, index, self._steps[index - 1].day, before))
        return self._next_mark()

    def _book(self, index: int) -> None:
        state, step = self._state, self._steps[index]
        draft, day, is_partnered = step
        self._booked[index] = True
        dust: dict[str, Decimal] = {}
        outer, state.dust = state.dust, dust
        try:
            priced = price(state, step, index)
            held = self._held(draft) if draft.type in SPLITS else _NOTHING_HELD
            apply(state, priced)
            posted = book_terms(draft, priced.terms, is_partnered=is_partnered, held=held, dust=dust)
        except Inexact as error:
            raise PrecisionExceeded(BEYOND_EXACT, faults=(Fault(draft.pointer, BEYOND_EXACT),)) from error
        state.book(draft, posted)
        self._sink(row_of(Entry, (draft, date.fromordinal(day), posted, is_partnered, dust, index)))
        state.dust = outer
        if self._watch is not None:
            self._watch(state, draft, postings_of(posted))

    def _held(self, draft: Draft) -> Mapping[str, Decimal]:
        held = self._state.held.get((draft.portfolio, draft.asset or ""), {})
        return {account: units for account, units in held.items() if not account.startswith(TRANSIT)}

    def _borrow(self, priced: Priced, place: Place, asset: str, needed: Decimal) -> None:
        """Before units are declared missing, look at untimed acquisitions of the same day further down."""
        if priced.draft.executed_at is not None or priced.step.is_partnered:
            return
        pool = self._state.pool(self._state.long, place, asset)
        index = self._at + 1
        while index < len(self._steps) and self._steps[index].day == priced.day and pool.quantity < needed:
            if not self._booked[index] and self._can_lend(self._steps[index], place, asset):
                self._book(index)
            index += 1

    def _can_lend(self, step: Step, place: Place, asset: str) -> bool:
        draft = step.draft
        if draft.type not in _ACQUIRING or draft.executed_at is not None or step.is_partnered:
            return False
        account, assets = _brought(draft)
        if asset not in assets or self._state.place((draft.portfolio, account)) != place:
            return False
        # Units staked from the same pool of lots are in it already.
        return draft.type not in STAKES or self._state.place((draft.portfolio, draft.source_account)) != place


def _brought(draft: Draft) -> tuple[str, tuple[str | None, ...]]:
    """Where units arrive by a draft, and of which assets."""
    if draft.type in STAKES:
        return draft.target_account, (draft.asset,)
    if draft.type is _TYPE.LP_REMOVE:
        return draft.asset_account, tuple(leg.asset for leg in draft.legs)
    return draft.asset_account, (draft.to_asset if draft.type is _TYPE.SWAP else draft.asset,)


def _refuse_doubles(steps: list[Step]) -> None:
    if len({step.draft.id for step in steps}) == len(steps):
        return
    seen: set[str] = set()
    faults = []
    for step in steps:
        if step.draft.id in seen:
            faults.append(Fault(f"{step.draft.pointer}/id", f"{step.draft.id} names two transactions"))
        seen.add(step.draft.id)
    raise Invalid(faults=tuple(faults))


def _cash_keys(steps: list[Step], market: Market) -> frozenset[str]:
    """Keys that serve as a currency and are not described as an asset."""
    keys = {step.draft.currency for step in steps} | {step.draft.settle_currency for step in steps}
    keys |= {asset.currency for asset in market.assets.values()} | {name for pair in market.rates for name in pair}
    return frozenset({market.base_currency, *(key for key in keys if key is not None)}.difference(market.assets))


def _is_tracked(steps: list[Step], options: Options) -> bool:
    if options.cash is not CashMode.AUTO:
        return options.cash is CashMode.TRACKED
    return any(
        step.draft.type in {_TYPE.DEPOSIT, _TYPE.WITHDRAWAL}
        or (step.draft.type is _TYPE.OPENING_BALANCE and step.draft.asset is None)
        for step in steps
    )


def _view(state: State, place: Place, asset: str, lot: Lot, sign: Decimal) -> LotView:
    cost, options = lot.cost, state.options
    base, local = cost.base(options), cost.local(options)
    return LotView(
        id=lot.id,
        transaction=lot.transaction,
        portfolio=place[0],
        account=place[1],
        asset=asset,
        acquired_on=date.fromordinal(lot.acquired_on),
        quantity_acquired=sign * lot.acquired,
        quantity=sign * lot.quantity,
        unit_cost=known(unit_price(abs(base), lot.quantity, state.places(asset))),
        cost=known(base),
        fee_cost=known(cost.fee_base),
        tax_cost=known(cost.tax_base),
        cost_in_asset_currency=known(local),
    )
