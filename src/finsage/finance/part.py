"""A part of what is held: some assets, or what some accounts have of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from finsage.finance.ledger import Entry, Ledger
from finsage.finance.money import ZERO, allocate_all, exact
from finsage.finance.options import LotScope
from finsage.finance.state import State
from finsage.finance.trail import Standing, Track, Where
from finsage.finance.transaction import AccountKind
from finsage.finance.wealth import is_place_in

Tracks = Mapping[tuple[Where, str], Track]


@dataclass(frozen=True, slots=True)
class Part:
    """What belongs to a part, by asset, and whether what happens to an account's balance of one happens to it.

    ``has_lots`` is false where its units share lots with those of other parts: its cost is then a share of theirs.
    """

    tracks: Mapping[str, Sequence[Track]]
    owns: Callable[[str, str], bool]
    has_lots: bool = True

    @property
    def of_assets(self) -> Part:
        """The same without cash."""
        kept = {asset: tracks for asset, tracks in self.tracks.items() if not tracks[0].is_cash}
        return replace(self, tracks=kept)


def ratio(part: Decimal | None, whole: Decimal | None) -> float | None:
    """A fraction for display; None where it would mean nothing."""
    return None if part is None or whole is None or whole <= 0 else float(part) / float(whole)


def drift_from(weight: float | None, target: Decimal | None) -> float | None:
    """How far the weight of a part is above (+) or below (−) the share it is meant to have; None without one."""
    return None if weight is None or target is None else weight - float(target)


def trade_to(target: Decimal | None, whole: Decimal | None, value: Decimal | None) -> Decimal | None:
    """What to buy (+) or sell (−) of a part for it to have its share; None without one, or of nothing."""
    if target is None or whole is None or value is None or whole <= 0:
        return None
    with exact():
        return target * whole - value


def divide(ledger: Ledger, key_of: Callable[[str, str], str], *, by_account: bool = False) -> dict[str, Part]:
    """Everything in the scope of a ledger, cash too, in parts.

    Args:
        ledger: folded from its first entry on where ``by_account`` divides pooled lots.
        key_of: the part that an account's balance of an asset or currency belongs to.
        by_account: whether accounts are told apart. Where they share lots, each has the part of their cost that its
            units are of all.

    Returns:
        The parts by their keys, those too in which nothing is left.
    """
    state, is_shared = ledger.state, by_account and ledger.state.options.lot_scope is not LotScope.ACCOUNT
    found: dict[str, dict[str, list[Track]]] = defaultdict(dict)
    # In one order always: sums of floats depend on it.
    for (place, asset), track in sorted((_shared(ledger) if is_shared else state.tracks).items()):
        if is_place_in(place, state.options.scope):
            found[key_of(place[1], asset)].setdefault(asset, []).append(track)
    return {key: Part(tracks, _owner(key, key_of), has_lots=not is_shared) for key, tracks in found.items()}


def _owner(key: str, key_of: Callable[[str, str], str]) -> Callable[[str, str], bool]:
    return lambda account, asset: key_of(account, asset) == key


def owned(state: State, entry: Entry) -> Iterator[tuple[Where, str, Decimal]]:
    """What an entry put into accounts and took out of them; what is in transit waits in an account of its own."""
    draft = entry.draft
    for row in entry.postings:
        if row.kind is AccountKind.ASSET:
            yield (draft.portfolio, row.account), row.asset, row.amount
        elif row.kind is AccountKind.TRANSFER and (waiting := state.transit.get((draft.group or "", row.asset))):
            yield waiting[0], row.asset, row.amount


@dataclass(slots=True, kw_only=True)
class _Share(Track):
    """What an account has of pooled lots: its own units, of the cost the part that they are of all."""

    pool: Track
    places: int

    def at(self, day: int) -> Standing:
        own, (whole, *costs) = Track.at(self, day)[0], self.pool.at(day)
        if not whole:
            # Where long and short units cancel, nothing is left to share.
            return own, ZERO, ZERO, ZERO
        local, base, gross = allocate_all(costs, own, whole, self.places)
        return own, local, base, gross

    def gross_turns(self) -> tuple[Sequence[int], Sequence[Decimal]]:
        # What others buy or sell of the pool changes what the units of this account are of it.
        turns = sorted({*self.days, *self.pool.days})
        return turns, [self.at(day)[3] for day in turns]


def _shared(ledger: Ledger) -> Tracks:
    """What each account has of pooled lots."""
    assert not ledger.resumed_at, "units of accounts are read from the postings of all transactions"
    state, found = ledger.state, dict[tuple[Where, str], Track]()
    with exact():
        for day, where, asset, amount in sorted(_movements(ledger), key=lambda row: row[0]):
            pool, share = state.tracks.get((state.place(where), asset)), found.get((where, asset))
            if pool is None:
                continue  # Money that is not tracked has postings and no tracks.
            if share is None:
                share = _Share(where, asset, pool.is_cash, pool=pool, places=state.places(asset))
                found[where, asset] = share
            share.set(day, share.now()[0] + amount, ZERO, ZERO, ZERO)
    return found


def _movements(ledger: Ledger) -> Iterator[tuple[int, Where, str, Decimal]]:
    for entry in ledger.entries:
        for where, asset, amount in owned(ledger.state, entry):
            yield entry.day.toordinal(), where, asset, amount
    for row in ledger.missing_acquisitions:
        yield row.day.toordinal(), (row.portfolio, row.account), row.asset, row.quantity
