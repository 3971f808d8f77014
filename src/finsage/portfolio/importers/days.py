"""Days and instants as files write them.

``03/04/2024`` names two days. Which one is decided per separator and file (a file may mix ``-``, ``/`` and ``.``): a
part above 12 anywhere in the file decides for its separator, a contradiction is an error, and a separator that nothing
decides is asked about. With points the day comes first; nobody writes ``M.D.YYYY``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from finsage.finance.transaction import DAY_FIRST, DAY_LAST
from finsage.portfolio.importers.errors import CellError

_TIME = (
    r"(?:(?:[T ;,]\s*)(?P<hour>\d{1,2}):?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>Z|(?:UTC|GMT)?[+-]\d\d:?\d\d|UTC|GMT)?)?"
)
_YEAR_FIRST = re.compile(r"(?P<year>\d{4})(?P<sep>[-/.])(?P<a>\d{1,2})(?P=sep)(?P<b>\d{1,2})" + _TIME, re.ASCII)
_YEAR_LAST = re.compile(r"(?P<a>\d{1,2})(?P<sep>[-/.])(?P<b>\d{1,2})(?P=sep)(?P<year>\d{4})" + _TIME, re.ASCII)
_COMPACT = re.compile(r"(?P<year>\d{4})(?P<a>\d\d)(?P<b>\d\d)" + _TIME, re.ASCII)
_MONTH_NAME = re.compile(
    r"(?:[A-Za-z]{3},? )?(?:(?P<name>[A-Za-z]{3,9})\.? (?P<b>\d{1,2}),?|(?P<b2>\d{1,2}) (?P<name2>[A-Za-z]{3,9})\.?)"
    r" (?P<year>\d{4}),?" + _TIME,
    re.ASCII,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_EPOCH_MS = re.compile(r"\d{12,14}", re.ASCII)
_EPOCH_S = re.compile(r"\d{9,10}", re.ASCII)
_SHORT_YEAR = re.compile(r"\d{1,2}([-/.])\d{1,2}\1\d{2}(?:\D.*)?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CELL_MAX = 100

DMY, MDY = "dmy", "mdy"


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, and the instant in UTC where the file knows it."""

    day: date
    instant: datetime | None = None


@dataclass(slots=True)
class DateOrders:
    """Which part is the day, per separator; learnt from the whole file before any row is read.

    ``declared`` is the format's or the caller's answer for separators that no row decides.
    """

    declared: str | None = None
    seen: dict[str, dict[str, int]] = field(default_factory=dict)

    def look_at(self, cell: str, line: int) -> None:
        """Learn from one cell; a part above 12 is a day."""
        if len(cell) < 8 or cell[:4].isdigit():
            return
        matched = _YEAR_LAST.fullmatch(_bare(cell))
        if matched is None:
            return
        first, second = int(matched["a"]), int(matched["b"])
        if (first > 12) != (second > 12):
            orders = self.seen.setdefault(matched["sep"], {})
            orders.setdefault(DMY if first > 12 else MDY, line)

    def order_of(self, separator: str, cell: str) -> str:
        """The order for a separator.

        Raises: CellError: ``date_order_conflict`` or ``ambiguous_date``.
        """
        seen = self.seen.get(separator, {})
        if len(seen) == 2:
            raise CellError(
                "date_order_conflict",
                f"'{cell}': line {seen[DMY]} puts the day first and line {seen[MDY]} the month; "
                "write all days of the file the same way, best as YYYY-MM-DD.",
            )
        if seen:
            return next(iter(seen))
        order = self.declared or (DMY if separator == "." else None)
        if order is None:
            raise CellError(
                "ambiguous_date",
                f"'{cell}' can be read day first or month first and no row decides; "
                "say which (date_order 'dmy' or 'mdy').",
            )
        return order


def read_moment(cell: str, orders: DateOrders, zone: tzinfo, *, midnight_is_day: bool = False) -> Moment:
    """The day, and the instant if a time is given.

    Args: cell: non-empty text. orders: settled for the file. zone: of times without an offset, and of the day of
        an instant. midnight_is_day: whether 00:00:00 stands for "no time known".
    Raises: CellError: ``not_a_date``, ``day_out_of_range``, ``ambiguous_date``, ``date_order_conflict``.
    """
    text = _bare(cell)
    matched = _YEAR_FIRST.fullmatch(text) or _COMPACT.fullmatch(text) or _YEAR_LAST.fullmatch(text)
    if matched is not None:
        day = _day(matched, orders, text)
    else:
        matched = _MONTH_NAME.fullmatch(text)
        if matched is None:
            return _read_epoch(text, cell)
        day = _day_of_month_name(matched, text)
    if matched["hour"] is None:
        return Moment(day)
    clock = _clock(matched, text)
    if midnight_is_day and clock == time(0):
        return Moment(day)
    return _instant(day, clock, matched["zone"], zone)


def _bare(cell: str) -> str:
    """The day and time of a cell; empty when it is too long to hold any, so that nobody searches it in vain."""
    text = cell.partition(" as of ")[0].strip()
    return text if len(text) <= _CELL_MAX else ""


def _day_of_month_name(matched: re.Match[str], text: str) -> date:
    """English month names, short or long, before or after the day."""
    name = (matched["name"] or matched["name2"]).lower()
    if name[:3] not in _MONTHS:
        raise CellError("not_a_date", f"'{text}' has no month FinSage knows; write YYYY-MM-DD.")
    return _checked_day(int(matched["year"]), _MONTHS.index(name[:3]) + 1, int(matched["b"] or matched["b2"]), text)


def _day(matched: re.Match[str], orders: DateOrders, text: str) -> date:
    year, a, b = int(matched["year"]), int(matched["a"]), int(matched["b"])
    month, day = a, b
    if matched.re is _YEAR_LAST:
        is_same = a == b
        order = DMY if is_same else orders.order_of(matched["sep"], text)
        month, day = (b, a) if order == DMY else (a, b)
    return _checked_day(year, month, day, text)


def _checked_day(year: int, month: int, day: int, text: str) -> date:
    if not DAY_FIRST.year <= year <= DAY_LAST.year:
        raise CellError("day_out_of_range", f"'{text}' is not between 1900 and 2100; correct the year.")
    try:
        return date(year, month, day)
    except ValueError:
        raise CellError("not_a_date", f"'{text}' is not a day of the calendar; correct it.") from None


def _clock(matched: re.Match[str], text: str) -> time:
    hour, half = int(matched["hour"]), (matched["half"] or "")[:1].lower()
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    fraction = (matched["fraction"] or "")[:6].ljust(6, "0")
    try:
        return time(hour, int(matched["minute"]), int(matched["second"] or 0), int(fraction))
    except ValueError:
        raise CellError("not_a_date", f"'{text}' has no valid time of day; correct it.") from None


def _instant(day: date, clock: time, offset: str | None, zone: tzinfo) -> Moment:
    if offset is None:
        return Moment(day, datetime.combine(day, clock, zone).astimezone(UTC))
    shift = timedelta(0)
    offset = offset.removeprefix("UTC").removeprefix("GMT")
    if offset[:1] in {"+", "-"}:
        shift = timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:])) * (1 if offset[0] == "+" else -1)
    instant = datetime.combine(day, clock, UTC) - shift
    return Moment(instant.date(), instant)


def _read_epoch(text: str, cell: str) -> Moment:
    if _EPOCH_MS.fullmatch(text):
        instant = _EPOCH + timedelta(milliseconds=int(text))
    elif _EPOCH_S.fullmatch(text):
        instant = _EPOCH + timedelta(seconds=int(text))
    elif _SHORT_YEAR.fullmatch(text):
        raise CellError("not_a_date", f"'{text}' has a year of two digits; write four.")
    else:
        shown = cell if len(cell) <= 60 else f"{cell[:57]}..."
        raise CellError("not_a_date", f"'{shown}' is not a date; write YYYY-MM-DD.")
    if not DAY_FIRST <= instant.date() <= DAY_LAST:
        raise CellError("day_out_of_range", f"'{text}' is not between 1900 and 2100; correct it.")
    return Moment(instant.date(), instant)
