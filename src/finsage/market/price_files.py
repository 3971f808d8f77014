"""Reading a CSV of closes: long, ``date,symbol,close[,currency]``, or wide, ``date,SYM1,SYM2…``.

UTF-8 and UTF-16, with or without a byte order mark; separated by commas, semicolons or tabs. Everything wrong
is listed with its line and column and how to mend it; nothing is skipped silently but empty lines and, in the
wide form, empty cells of a line that has a close.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from finsage.market.asset import SYMBOL_LENGTH_MAX
from finsage.market.close import flaw_of_close, flaw_of_day
from finsage.market.currencies import is_currency
from finsage.market.errors import PriceFileTooLarge
from finsage.market.price_cells import DayStyle, NumberStyle, Undecided, day_style, number_style

FILE_BYTES_MAX = 64 * 2**20
_DELIMITERS = ",;\t"
_DAY_NAMES = ("date", "day")
_SYMBOL_NAMES = ("symbol", "ticker")
_CLOSE_NAMES = ("close", "price")


@dataclass(frozen=True, slots=True)
class RowError:
    """One thing wrong in a file. ``column`` is the header's name, empty where the whole line is meant."""

    line: int
    column: str
    code: str
    message: str

    @property
    def place(self) -> str:
        """Where it is, as a fault points at it."""
        return f"line {self.line}, {self.column}" if self.column else f"line {self.line}"


class PriceLine(NamedTuple):
    """One close of a file; ``currency`` is empty where the file does not say."""

    line: int
    day: date
    symbol: str
    close: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class PriceFile:
    """What a file says, and what is wrong with it; ``repeats`` are lines that only say once more what another says."""

    lines: list[PriceLine]
    errors: list[RowError]
    repeats: list[RowError] = field(default_factory=list)


class _Cells(NamedTuple):
    line: int
    day: str
    symbol: str
    close: str
    currency: str
    close_column: str


class _Unreadable(Exception):
    def __init__(self, line: int, column: str, code: str, message: str) -> None:
        self.error = RowError(line, column, code, message)


def read_price_file(content: bytes) -> PriceFile:
    """Take a file apart and check every row taken alone, and that a day of a symbol has one close.

    Raises:
        PriceFileTooLarge: more than 64 MiB.
    """
    if len(content) > FILE_BYTES_MAX:
        raise PriceFileTooLarge(f"A price file may have up to {FILE_BYTES_MAX // 2**20} MiB; split it by year.")
    try:
        cells = list(_cells(_decoded(content)))
        days = day_style({cell.day for cell in cells})
        numbers = number_style({cell.close for cell in cells})
    except _Unreadable as unreadable:
        return PriceFile([], [unreadable.error])
    except Undecided as undecided:
        return PriceFile([], [RowError(1, "", "undecided", f"{undecided}.")])
    except csv.Error as error:
        return PriceFile([], [RowError(1, "", "unreadable", f"This is no table of text: {error}.")])
    return _checked(cells, days, numbers)


def _decoded(content: bytes) -> str:
    is_wide = content[:2] in {b"\xff\xfe", b"\xfe\xff"}
    try:
        text = content.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = "The file is not in UTF-8; save it as CSV with the encoding UTF-8."
        raise _Unreadable(line, "", "encoding", message) from error
    if "\0" in text:
        raise _Unreadable(1, "", "encoding", "The file is not text; save it as CSV with the encoding UTF-8.")
    return text


def _cells(text: str) -> Iterator[_Cells]:
    header_text = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=header_text.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header = [name.strip() for name in next(reader, [])]
    names = [name.lower() for name in header]
    day = _place(names, _DAY_NAMES)
    if day is None:
        message = "The first line must name the columns: date,symbol,close or date,SYMBOL1,SYMBOL2."
        raise _Unreadable(1, "", "header", message)
    rows = ((reader.line_num, row) for row in reader if any(cell.strip() for cell in row))
    symbol, close = _place(names, _SYMBOL_NAMES), _place(names, _CLOSE_NAMES)
    if symbol is None:
        return _wide(header, day, rows)
    if close is None:
        raise _Unreadable(1, "", "header", "There is a column of symbols but none named close.")
    return _long(header, _Columns(day, symbol, close, _place(names, ("currency",))), rows)


def _place(names: list[str], wanted: tuple[str, ...]) -> int | None:
    return next((names.index(name) for name in wanted if name in names), None)


_Rows = Iterator[tuple[int, list[str]]]


class _Columns(NamedTuple):
    day: int
    symbol: int
    close: int
    currency: int | None


def _long(header: list[str], columns: _Columns, rows: _Rows) -> Iterator[_Cells]:
    day, symbol, close, currency = columns
    for line, row in rows:
        _check_width(line, row, header)
        named = row[currency].strip() if currency is not None else ""
        yield _Cells(line, row[day].strip(), row[symbol].strip(), row[close].strip(), named, header[close])


def _wide(header: list[str], day: int, rows: _Rows) -> Iterator[_Cells]:
    symbols = [(place, name) for place, name in enumerate(header) if place != day and name]
    names = [name for _, name in symbols]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise _Unreadable(1, twice, "header", f"There are two columns {twice}; keep one.")
    if not symbols:
        raise _Unreadable(1, "", "header", "There is no column of closes beside the date.")
    for line, row in rows:
        _check_width(line, row, header)
        filled = [(place, name) for place, name in symbols if row[place].strip()]
        # A line without any close has its fault where the first should be.
        for place, name in filled or symbols[:1]:
            yield _Cells(line, row[day].strip(), name, row[place].strip(), "", name)


def _check_width(line: int, row: list[str], header: list[str]) -> None:
    if len(row) != len(header):
        message = f"The line has {len(row)} columns, the first line names {len(header)}; quote text with separators."
        raise _Unreadable(line, "", "columns", message)


def _checked(cells: list[_Cells], days: DayStyle, numbers: NumberStyle) -> PriceFile:
    known_days = {text: days.read(text) for text in {cell.day for cell in cells}}
    lines: dict[tuple[str, str, date], PriceLine] = {}
    errors: list[RowError] = []
    repeats: list[RowError] = []
    for cell in cells:
        read = _line(cell, known_days[cell.day], numbers)
        if isinstance(read, RowError):
            errors.append(read)
            continue
        before = lines.setdefault((read.symbol, read.currency, read.day), read)
        if before is read:
            continue
        which, found = ("the same", repeats) if before.close == read.close else ("another", errors)
        message = f"{read.symbol} has {which} close on {read.day} in line {before.line}; keep one."
        found.append(RowError(read.line, cell.close_column, "duplicate_day", message))
    return PriceFile(list(lines.values()), errors, repeats)


def _line(cell: _Cells, day: date | None, numbers: NumberStyle) -> PriceLine | RowError:
    close = numbers.read(cell.close)
    flaw = _flaw_of_day(cell, day) or _flaw_of_close(cell, close) or _flaw_of_names(cell)
    if flaw is not None:
        return RowError(cell.line, *flaw)
    assert day is not None, "a cell without a day has a flaw"
    assert close is not None, "a cell without a close has a flaw"
    return PriceLine(cell.line, day, cell.symbol, close, cell.currency)


_Flaw = tuple[str, str, str]
"""The column, a code, and what is wrong and how to mend it."""


def _flaw_of_day(cell: _Cells, day: date | None) -> _Flaw | None:
    if day is None:
        return "date", "day", f"{cell.day[:40]!r} is not a day; write it as YYYY-MM-DD."
    flaw = flaw_of_day(day)
    return ("date", "day", f"{day} {flaw}.") if flaw else None


def _flaw_of_close(cell: _Cells, close: Decimal | None) -> _Flaw | None:
    if not cell.close:
        return cell.close_column, "number", "There is no close; leave the line out where there was no price."
    if close is None:
        return cell.close_column, "number", f"{cell.close[:40]!r} is not a number; write it like 1234.56."
    flaw = flaw_of_close(close)
    return (cell.close_column, "close", f"{cell.close[:40]} {flaw}.") if flaw else None


def _flaw_of_names(cell: _Cells) -> _Flaw | None:
    if not cell.symbol or len(cell.symbol) > SYMBOL_LENGTH_MAX or not cell.symbol.isprintable():
        return "symbol", "symbol", f"A symbol has 1 to {SYMBOL_LENGTH_MAX} printable characters."
    if cell.currency and not is_currency(cell.currency):
        return "currency", "currency", f"{cell.currency[:12]!r} is no currency; use its ISO code, such as EUR."
    return None
