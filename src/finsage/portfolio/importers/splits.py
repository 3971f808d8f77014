"""Splits of files that tell only how many units were added: the ratio follows from the units held, if they are known.

Used as ``Format.settle``: the rows are in time order. A ratio is taken only when it is exact and plain (both parts at
most 100), so units missing from the file lead to a question instead of a wrong split.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

from finsage.finance.money import ZERO, exact
from finsage.finance.transaction import Draft
from finsage.finance.transaction import TransactionType as T
from finsage.portfolio.importers.row import Row

_PART_MAX = 100
_SIGNS = {
    T.BUY: 1, T.COVER: 1, T.TRANSFER_IN: 1, T.REWARD: 1, T.AIRDROP: 1, T.OPENING_BALANCE: 1,
    T.SELL: -1, T.SHORT_SELL: -1, T.TRANSFER_OUT: -1, T.SWAP: -1,
}  # fmt: skip
ADDED = "added_units"


def note_added(row: Row) -> None:
    """Action of a split row: remember the added units; ``settle_splits`` books it."""
    if row.need("symbol", "quantity"):
        row.numbers[ADDED] = row.amount("quantity")


def settle_splits(rows: list[Row]) -> None:
    """Book the splits, following the units of each asset through the file."""
    held: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    for row in rows:
        if ADDED in row.numbers and not row.errors:
            _book_split(row, held[row.symbol])
        for entry in row.entries:
            _follow(held, entry.draft)


def _follow(held: defaultdict[str, Decimal], draft: Draft) -> None:
    if draft.asset is None:
        return
    with exact():
        if draft.type is T.SPLIT and draft.ratio is not None:
            held[draft.asset] *= draft.ratio
        elif draft.quantity is not None:
            held[draft.asset] += _SIGNS.get(draft.type, 0) * draft.quantity
        if draft.to_asset is not None and draft.to_quantity is not None:
            held[draft.to_asset] += draft.to_quantity


def _book_split(row: Row, held: Decimal) -> None:
    added = row.numbers[ADDED]
    ratio = plain_ratio(held, added)
    if ratio is None:
        row.fail(
            "quantity",
            "ratio_missing",
            f"The file tells only that a split added {added} units of {row.symbol}, and the {held} units its rows hold "
            f"give no plain ratio. Record a split of {row.symbol} on {row.day} with its ratio by hand.",
        )
        return
    row.hint(row.symbol, name=row.text("name") or None)
    row.book(T.SPLIT, asset=row.symbol, ratio=ratio)
    row.warn(f"Ratio {ratio} follows from {added} units added to the {held} units the file's rows hold.")


def plain_ratio(held: Decimal, added: Decimal) -> Decimal | None:
    """New units per old one, or None when it is not exact and plain."""
    if held <= 0 or held + added <= 0:
        return None
    return decimal_of(Fraction(held + added) / Fraction(held))


def decimal_of(ratio: Fraction) -> Decimal | None:
    """A ratio as an exact decimal, or None when it has none or is not plain."""
    if ratio.numerator > _PART_MAX or ratio.denominator > _PART_MAX or ratio == 1:
        return None
    rest = ratio.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return None
    with exact():
        return Decimal(ratio.numerator) / Decimal(ratio.denominator)
