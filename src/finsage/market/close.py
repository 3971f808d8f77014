"""What a close and its day may be, and what counts as a gap between two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from finsage.finance.money import SCALE_MAX, is_keepable
from finsage.finance.transaction import DAY_FIRST, DAY_LAST

GAP_DAYS_MAX = 10


@dataclass(frozen=True, slots=True)
class Gap:
    """More than ten calendar days between two closes: both ends, and the days from one to the other."""

    first: date
    last: date
    days: int


def gaps_of(days: Sequence[date]) -> list[Gap]:
    """The gaps of more than ten days in ascending days."""
    return [
        Gap(before, after, (after - before).days)
        for before, after in pairwise(days)
        if (after - before).days > GAP_DAYS_MAX
    ]


def flaw_of_day(day: date) -> str | None:
    """What is wrong with the day of a price, if anything."""
    return None if DAY_FIRST <= day <= DAY_LAST else f"must be from {DAY_FIRST.year} to {DAY_LAST.year}"


def flaw_of_close(close: Decimal) -> str | None:
    """What is wrong with a close, if anything."""
    if not close.is_finite():
        return "must be a number"
    if close <= 0:
        return "must be above zero; leave the day out where there was no price"
    if not is_keepable(close):
        return f"must be below 1e60 and have at most {SCALE_MAX} decimals"
    return None
