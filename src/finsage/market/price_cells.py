"""Days and numbers as people write them, decided for a whole file and never guessed cell by cell."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

_SPACES = str.maketrans("", "", " \u00a0\u202f'\u2019")
_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
_SWAPPED = str.maketrans(",.", ".,")
_TWO_POINTS = re.compile(r"\.\d+\.")

_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[T ].*)?")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})")


class Undecided(Exception):
    """The file can be read in two ways; the text says which and what to do."""


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How numbers are written: the mark before the decimals."""

    decimal_mark: str

    def read(self, text: str) -> Decimal | None:
        """The number, or None where it is none in this style."""
        compact = text.translate(_SPACES)
        if self.decimal_mark == ",":
            compact = compact.translate(_SWAPPED)
        if _GROUPED.fullmatch(compact):
            compact = compact.replace(",", "")
        return Decimal(compact) if _PLAIN.fullmatch(compact) else None


def number_style(texts: Collection[str]) -> NumberStyle:
    """The style that all numbers of a file share.

    The last of two different marks is decimal, a repeated one groups thousands, and one that is not followed by
    exactly three digits is decimal. ``1,234`` alone says nothing; ``1.234`` alone is read as plain notation.

    Raises:
        Undecided: numbers contradict each other, or only ``1,234`` is there.
    """
    joined = "\n".join(texts)
    if "," not in joined and not _TWO_POINTS.search(joined):
        return NumberStyle(".")
    votes: dict[str, str] = {}
    for text in texts:
        mark = _decimal_mark(text.translate(_SPACES))
        if mark:
            votes.setdefault(mark, text)
    if len(votes) > 1:
        examples = " and ".join(repr(text[:40]) for text in votes.values())
        raise Undecided(f"numbers are written in two ways, as {examples}; use one decimal mark throughout")
    if not votes:
        example = next(text for text in texts if "," in text)
        raise Undecided(f"{example[:40]!r} can be read in two ways; write closes with a decimal point")
    return NumberStyle(next(iter(votes)))


def _decimal_mark(number: str) -> str | None:
    marks = [character for character in number if character in ".,"]
    if not marks:
        return None
    last = marks[-1]
    other = "," if last == "." else "."
    if other in marks:
        return last
    if len(marks) > 1:
        return other
    before, _, after = number.partition(last)
    is_group = len(after) == 3 and 1 <= len(before.lstrip("+-")) <= 3 and before.lstrip("+-") != "0"
    return None if is_group else last


@dataclass(frozen=True, slots=True)
class DayStyle:
    """How days are written: for each separator of days with the year last, whether the month comes first."""

    is_month_first: Mapping[str, bool]

    def read(self, text: str) -> date | None:
        """The day, or None where it is none in this style. A time behind the day is left out."""
        if found := _YEAR_FIRST.fullmatch(text):
            year, month, day = int(found[1]), int(found[3]), int(found[4])
        elif found := _YEAR_LAST.fullmatch(text):
            year, month, day = int(found[4]), int(found[3]), int(found[1])
            if self.is_month_first[found[2]]:
                month, day = day, month
        else:
            return None
        try:
            return date(year, month, day)
        except ValueError:
            return None


def day_style(texts: Collection[str]) -> DayStyle:
    """The style that all days of a file share: parts above 12 tell the order; with points the day comes first.

    Raises:
        Undecided: days contradict each other, or none has a part above 12.
    """
    first_parts: dict[str, list[int]] = {}
    second_parts: dict[str, list[int]] = {}
    for text in texts:
        if found := _YEAR_LAST.fullmatch(text):
            first_parts.setdefault(found[2], []).append(int(found[1]))
            second_parts.setdefault(found[2], []).append(int(found[3]))
    return DayStyle(
        {mark: _is_month_first(mark, max(first_parts[mark]), max(second_parts[mark])) for mark in first_parts}
    )


def _is_month_first(mark: str, first_max: int, second_max: int) -> bool:
    if first_max > 12 and second_max > 12:
        raise Undecided(f"days with {mark!r} are written in two orders; write them as YYYY-MM-DD")
    if mark != "." and first_max <= 12 and second_max <= 12:
        raise Undecided(f"days with {mark!r} can be read in two orders; write them as YYYY-MM-DD")
    return second_max > 12
