"""The order in which transactions happen.

Day first; within it opening balances, then splits, bonuses and spin-offs, then rows with a time by instant, then rows
without one by their sequence. Both legs of a transfer book together, out before in; units that arrive on a later day
are in transit until then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple

from finsage.errors import Fault, Invalid
from finsage.finance.money import ZERO, total
from finsage.finance.row import row_of
from finsage.finance.transaction import CORPORATE_ACTIONS, TRANSFERS, Draft, TransactionType

_NO_TIME = datetime.max.replace(tzinfo=UTC)
_TYPE = TransactionType

_Key = tuple[int, int, datetime, int, int, int]
_RANKS = {_TYPE.OPENING_BALANCE: 0, **dict.fromkeys(CORPORATE_ACTIONS, 1)}
_LAST_RANK = 2


class Step(NamedTuple):
    """A draft at its place in the order; ``is_partnered`` for a transfer leg whose other side is in the ledger."""

    draft: Draft
    day: int
    is_partnered: bool


def in_order(drafts: Iterable[Draft]) -> list[Step]:
    """All drafts in the order they are booked.

    Raises:
        Invalid: the two sides of a transfer group do not carry the same quantity.
    """
    rows, rank_of = list(drafts), _RANKS.get
    days = [draft.booked_on.toordinal() for draft in rows]
    # In line, for a fold that goes on from a checkpoint does little else for most of its drafts.
    keys: list[_Key] = [
        (day, rank_of(draft.type, _LAST_RANK), draft.instant or _NO_TIME, draft.sequence, at, 0)
        for at, draft, day in zip(range(len(rows)), rows, days, strict=True)
    ]
    partnered: set[int] = set()
    for outs, ins in _groups(rows):
        partnered.update(outs, ins)
        _bring_together(outs, ins, keys, days)
    order = sorted(range(len(rows)), key=keys.__getitem__)
    if not partnered:
        return [row_of(Step, (rows[number], days[number], False)) for number in order]
    return [row_of(Step, (rows[number], days[number], number in partnered)) for number in order]


def up_to(drafts: Collection[Draft], day: date) -> list[Draft]:
    """Those of a day and before, with the later legs of transfers that began by then.

    Without those a fold through that day would take what is on its way for gone.
    """
    known = [draft for draft in drafts if draft.booked_on <= day]
    if len(known) == len(drafts):
        return known
    return known + legs_of(known, [draft for draft in drafts if draft.booked_on > day])


def legs_of(known: Iterable[Draft], later: Iterable[Draft]) -> list[Draft]:
    """Which of the later ones are legs of transfers that are known already."""
    begun = {_group(draft) for draft in known if _is_leg(draft)}
    return [draft for draft in later if _is_leg(draft) and _group(draft) in begun]


def _is_leg(draft: Draft) -> bool:
    return draft.group is not None and draft.type in TRANSFERS


def _group(draft: Draft) -> tuple[str, str]:
    """What the legs of one transfer share."""
    return draft.group or "", draft.asset or draft.currency or ""


def _groups(drafts: Sequence[Draft]) -> list[tuple[list[int], list[int]]]:
    """Legs out and in of each complete transfer group, by number."""
    legs: dict[tuple[str, str], tuple[list[int], list[int]]] = {}
    for number, draft in enumerate(drafts):
        if _is_leg(draft):
            sides = legs.setdefault(_group(draft), ([], []))
            sides[draft.type is _TYPE.TRANSFER_IN].append(number)
    complete = [sides for sides in legs.values() if all(sides)]
    faults = [
        Fault(f"{drafts[ins[0]].pointer}/quantity", "the legs of a transfer group must carry the same quantity")
        for outs, ins in complete
        if total(_units(drafts[n]) for n in outs) != total(_units(drafts[n]) for n in ins)
    ]
    if faults:
        raise Invalid(faults=tuple(faults))
    return complete


def _units(draft: Draft) -> Decimal:
    return draft.quantity or draft.gross or ZERO


def _bring_together(outs: list[int], ins: list[int], keys: list[_Key], days: list[int]) -> None:
    """Legs of one day take the place of the latest of them; nothing arrives before it has left."""
    # By their own order and not by that of the input, on which nothing may depend.
    outs, ins = (sorted(side, key=keys.__getitem__) for side in (outs, ins))
    gone = max(days[number] for number in outs)
    for number in ins:
        days[number] = max(days[number], gone)
    for day in {days[number] for number in ins}:
        same_day = [number for number in outs + ins if days[number] == day]
        latest = max(keys[number] for number in same_day)
        for place, number in enumerate(same_day):
            keys[number] = (day, *latest[1:5], place)
