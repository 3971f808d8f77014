"""The transactions of a tag as a ledger of their own.

A tag has no accounts and no cash: its transactions are measured like an asset, or several. What they bought is in the
scope until they sell it; the money that pays for it crosses the border as a flow. Fold the drafts chosen here under
``cash: implied`` and ``Scope(tag=…)``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from finsage.finance.ledger import Ledger
from finsage.finance.money import ZERO, exact
from finsage.finance.results import Notice
from finsage.finance.transaction import SPLITS, TRANSFERS, AccountKind, Draft, TransactionType, keys_named

UNTAGGED_SALE = "untagged_sale"
UNTAGGED_SPIN_OFF = "untagged_spin_off"
UNTAGGED_MERGER = "untagged_merger"
UNTAGGED_POOL = "untagged_pool"

_POOL = (UNTAGGED_POOL, "these units went through a liquidity pool without the tag: they still count as held")
_UNTAGGED = {
    TransactionType.SPIN_OFF: (
        UNTAGGED_SPIN_OFF, "a spin-off of these units lacks the tag: their fall in price counts, the new units do not"
    ),
    TransactionType.MERGER: (
        UNTAGGED_MERGER, "a merger of these units lacks the tag: they still count as held, the new units do not"
    ),
    TransactionType.LP_ADD: _POOL,
    TransactionType.LP_REMOVE: _POOL,
}  # fmt: skip


def drafts_of_tag(drafts: Sequence[Draft], tagged: Collection[str]) -> tuple[Draft, ...]:
    """The drafts a tag is measured by.

    Args:
        drafts: of the whole portfolio.
        tagged: ids of those with the tag.

    Returns:
        Those drafts, and the splits of what they hold: a split happens to units, whoever bought them. Spin-offs,
        mergers and liquidity pools do not come along by themselves, because their units are stated for the whole
        portfolio. Lots that a sale names are kept
        where all of them were bought under the tag; else the lot order applies.
    """
    ids = frozenset(tagged)
    assets = keys_named([draft for draft in drafts if draft.id in ids])
    whole = {draft.id for draft in drafts if draft.id in ids and draft.type not in TRANSFERS}
    kept = [draft for draft in drafts if draft.id in ids or (draft.type in SPLITS and draft.asset in assets)]
    return tuple(_with_known_lots(draft, whole) for draft in kept)


def _with_known_lots(draft: Draft, bought: Collection[str]) -> Draft:
    # A transfer numbers the lots it moves anew, and by how many came before it: those names do not carry over.
    if all(name.partition("#")[0] in bought for name in draft.lot_ids):
        return draft
    return replace(draft, lot_ids=(), lot_quantities=())


def notices_of_tag(whole: Ledger, part: Ledger) -> tuple[Notice, ...]:
    """What makes the figures of a tag doubtful.

    Args:
        whole: the portfolio folded to the last day.
        part: the drafts of the tag folded to the same day.

    Returns:
        A notice for each asset of which the tag holds more than the portfolio does, since what took it away lacks the
        tag, and one for each spin-off, merger or liquidity pool that units of the tag went through in the portfolio
        alone.
    """
    held, tagged = _units(whole), _units(part)
    day = max((entry.day for entry in whole.entries), default=None)
    found = [
        Notice(UNTAGGED_SALE, f"{units - held.get(asset, ZERO):f} units left without the tag", None, asset, day)
        for asset, units in sorted(tagged.items())
        if units > held.get(asset, ZERO)
    ]
    known = {entry.draft.id for entry in part.entries}
    balances = _balances(part)
    for entry in whole.entries:
        if entry.draft.type in _UNTAGGED and entry.draft.id not in known:
            code, detail = _UNTAGGED[entry.draft.type]
            found += [
                Notice(code, detail, entry.draft.id, asset, entry.day)
                for asset in _given(entry.draft)
                if _held_before(balances.get(asset, ()), entry.day)
            ]
    return tuple(found)


def _given(draft: Draft) -> tuple[str, ...]:
    """The assets whose units turn into others."""
    if draft.type is TransactionType.LP_ADD:
        return tuple(leg.asset for leg in draft.legs)
    return (draft.asset or "",)


def _balances(part: Ledger) -> dict[str, list[tuple[date, Decimal]]]:
    """The units of each asset after each change, in order."""
    balances: dict[str, list[tuple[date, Decimal]]] = {}
    with exact():
        for entry in part.entries:
            for posting in entry.postings:
                if posting.kind is AccountKind.ASSET:
                    line = balances.setdefault(posting.asset, [])
                    line.append((entry.day, posting.amount + (line[-1][1] if line else ZERO)))
    return balances


def _held_before(line: Sequence[tuple[date, Decimal]], day: date) -> bool:
    earlier = [units for on, units in line if on <= day]
    return bool(earlier) and earlier[-1] > 0


def _units(ledger: Ledger) -> Mapping[str, Decimal]:
    units: dict[str, Decimal] = {}
    with exact():
        for position in ledger.positions():
            if not position.is_cash:
                units[position.asset] = units.get(position.asset, ZERO) + position.quantity
    return units
