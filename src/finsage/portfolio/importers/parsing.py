"""The door: a file in, rows with drafts and errors out.

A file is gone through twice. The first pass learns what holds for whole columns: the decimal sign, the order of day
and month, whether the file runs backwards. The second reads the rows. ``scan`` does so as a stream; ``parse`` collects.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import BinaryIO

from finsage.errors import Fault
from finsage.portfolio.importers.cells import Reader, Survey
from finsage.portfolio.importers.detection import TableShape, detect_table
from finsage.portfolio.importers.errors import CellError, TooManyRows, UnreadableFile, unreadable
from finsage.portfolio.importers.fingerprint import content_of
from finsage.portfolio.importers.format import Container, Format, Refuse, Skip, fold
from finsage.portfolio.importers.formats import FORMATS, finsage_json, ghostfolio_json
from finsage.portfolio.importers.formats.portfolio_performance import portfolio_performance_source
from finsage.portfolio.importers.json_reading import json_start, read_json
from finsage.portfolio.importers.mapping import ColumnMapping, format_of
from finsage.portfolio.importers.native import NATIVE
from finsage.portfolio.importers.plain_rows import PlainRow, PlainRows
from finsage.portfolio.importers.reading import TextFile, head_of, open_text
from finsage.portfolio.importers.row import Layout, Row, zone_named
from finsage.portfolio.importers.rows import Leftover, ParsedFile, ParsedRow, RowStatus, Statement
from finsage.portfolio.importers.sources import (
    Source,
    TableSource,
    XmlSource,
    columns_of,
)

__all__ = ["ColumnMapping", "Options", "Scan", "parse", "recognise", "scan"]

HELD_ROWS_MAX = 200_000
"""Rows of a file that cannot be read as a stream: all are in memory at once."""
_OPEN_GROUP_ROWS = 20_000
_PORTFOLIO_PERFORMANCE = "portfolio-performance"
_ORDER_SAMPLE = 2_000
_TYPES_SHOWN = 40
_OTHER_FILES = (
    ("spreadsheet", "a spreadsheet or archive", (b"pk\x03\x04", b"pk\x05\x06", b"\xd0\xcf\x11\xe0")),
    ("archive", "an archive", (b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"rar!\x1a\x07", b"\xfd7zxz\0", b"bzh91ay&sy")),
    ("document", "a PDF document", (b"%pdf-",)),
    ("picture", "a picture", (b"\x89png\r\n",)),
    ("web_page", "a web page, whatever it is called", (b"<!doctype html", b"<html")),
)
"""What else is dropped here for an export: code, words and the bytes it begins with, in lower case."""
# What stands before the root is taken once and for all: tried again in every way, it takes exponentially long.
_XML_ROOT = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?>(?:<\?.*?\?>\s*|<!--.*?-->\s*)*)<(\w+)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the caller knows about the file; each field answers an error that asks for it.

    ``account`` and ``currency`` stand in where the file names none (``account`` even overrides). ``time_zone`` is the
    portfolio's: it gives the day of an instant. ``file_time_zone`` is that of times written without an offset. Rows of
    days after ``today`` carry a warning.
    """

    encoding: str | None = None
    decimal: str | None = None
    date_order: str | None = None
    account: str | None = None
    currency: str | None = None
    time_zone: str = "UTC"
    file_time_zone: str | None = None
    mapping: ColumnMapping | None = None
    rows_max: int = 2_000_000
    today: date | None = None


@dataclass(slots=True)
class Scan:
    """A file that has been recognised and surveyed; iterating yields its rows in file order.

    Memory stays bounded where ``is_stream``; other files take 200,000 rows.
    """

    form: Format
    options: Options
    _source: Source
    _survey: Survey
    _layout: Layout

    @property
    def format(self) -> str:
        """The id of the format."""
        return self.form.id

    @property
    def total(self) -> int:
        """How many rows there are."""
        return self._survey.last_place + 1

    @property
    def is_stream(self) -> bool:
        """Whether each row stands alone and comes in the order of time."""
        return _stands_alone(self.form) and not self._survey.is_descending

    @property
    def leftovers(self) -> tuple[Leftover, ...]:
        """What the file holds beside its rows, which is not carried over."""
        return self._source.leftovers

    def quickly(self) -> Iterator[ParsedRow | PlainRow]:
        """The rows; those that hold nothing unusual as what is kept of them, where the format allows it."""
        if self.form is not NATIVE or not self.is_stream:
            yield from self
            return
        reader = Reader(self._survey, self._layout)
        rows = PlainRows(reader)
        for place, cells in enumerate(self._source.records()):
            yield rows.read(cells) or _acted(reader.read(cells, place), self.form).finished()

    def __iter__(self) -> Iterator[ParsedRow]:
        """The rows, finished."""
        reader = Reader(self._survey, self._layout)
        read = (reader.read(cells, place) for place, cells in enumerate(self._source.records()))
        if self.form.tally:
            read = (_tallied(row, self.form.tally) for row in read)
        rows = _grouped(read, self.form) if self.form.group else (_acted(row, self.form) for row in read)
        settled = _settled(rows, self.form) if self.form.settle else rows
        return (row.finished() for row in settled)


def scan(
    source: bytes | BinaryIO,
    *,
    file_name: str = "",
    format: str | None = None,  # noqa: A002
    options: Options | None = None,
) -> Scan:
    """Recognise a file and learn what holds for its columns.

    Args: source: the bytes or a seekable binary stream. file_name: only for messages. format: an id of ``FORMATS``,
        when the caller knows it. options: see ``Options``.
    Raises: UnreadableFile, UnknownFormat, AmbiguousFormat, TooManyRows: the file as a whole cannot be imported.
    """
    options = options or Options()
    _check_options(options, format)
    stream = io.BytesIO(source) if isinstance(source, bytes | bytearray) else source
    form, found = _recognise(stream, format, options, file_name)
    survey = Survey.of(form, found.header, options.decimal, options.date_order)
    total = _look_at_all(found, survey, form, options)
    survey.is_descending = _runs_backwards(found, survey)
    survey.last_place = total - 1
    if survey.is_descending and total > HELD_ROWS_MAX:
        raise _too_many(HELD_ROWS_MAX, 1, "The newest row comes first; sort the file by day, or split it by year.")
    layout = Layout(
        columns=survey.headers,
        account=options.account,
        account_default=form.account,
        currency_default=options.currency or form.currency,
        asset_class=form.asset_class,
        today=options.today,
        asset_classes=form.asset_classes,
        day_zone=zone_named(options.time_zone),
        file_zone=zone_named(options.file_time_zone or form.time_zone or options.time_zone),
    )
    return Scan(form, options, found, survey, layout)


def parse(
    source: bytes | BinaryIO,
    *,
    file_name: str = "",
    format: str | None = None,  # noqa: A002
    options: Options | None = None,
) -> ParsedFile:
    """Read a whole file.

    Args: as ``scan``.
    Returns: rows in time order (file order for equal days; reversed where the file runs backwards) and all errors in
        the order of their lines. Every row of the file is there: booked, refused, or skipped with a reason.
    Raises: as ``scan``.
    """
    scanned = scan(source, file_name=file_name, format=format, options=options)
    rows = sorted(scanned, key=lambda row: row.sequence)
    _flag_repeats(rows)
    errors = sorted((error for row in rows for error in row.errors), key=lambda error: error.line)
    return ParsedFile(scanned.format, rows, errors, scanned.leftovers, scanned.form.tally is not None)


def _flag_repeats(rows: list[ParsedRow]) -> None:
    """Equal rows without an id of their own all stay; the reader is told, since they may be one row exported twice."""
    seen: dict[str, int] = {}
    for row in rows:
        for entry in row.entries:
            if entry.external_id:
                continue
            flag_repeat(row, seen.setdefault(content_of(entry.draft), row.line))


def flag_repeat(row: ParsedRow, first: int) -> None:
    """Tell the reader of a row that an earlier line, if it is another, says the same."""
    if first != row.line and "Equal to" not in row.message:
        row.message = f"{row.message} {said_before(first)}".strip()
        row.status = RowStatus.WARNING


def said_before(line: int) -> str:
    """What to tell of a row that says the same as an earlier one."""
    return f"Equal to line {line}; both are booked."


def _check_options(options: Options, wanted: str | None) -> None:
    if options.decimal not in {None, ".", ","}:
        raise _bad_option("decimal", f"'{options.decimal}' is not a decimal sign; use '.' or ','.")
    if options.date_order not in {None, "dmy", "mdy"}:
        raise _bad_option("date_order", f"'{options.date_order}' is not an order; use 'dmy' or 'mdy'.")
    if wanted is not None and wanted not in FORMATS:
        raise _bad_option("format", f"'{wanted}' is not a format; known are {', '.join(FORMATS)}.")
    for name, zone in (("time_zone", options.time_zone), ("file_time_zone", options.file_time_zone)):
        try:
            zone_named(zone or "UTC")
        except CellError as error:
            raise _bad_option(name, error.message) from None


def _bad_option(name: str, detail: str) -> UnreadableFile:
    return UnreadableFile(detail, faults=(Fault(f"/options/{name}", detail),), code="option", line=0)


def recognise(
    stream: BinaryIO,
    *,
    file_name: str = "",
    format: str | None = None,  # noqa: A002
    options: Options | None = None,
) -> str:
    """The id of a file's format, by its first 256 KiB; what is wrong further down, only ``scan`` finds.

    Args: as ``scan``.
    Raises: UnreadableFile, UnknownFormat, AmbiguousFormat.
    """
    options = options or Options()
    _check_options(options, format)
    head = head_of(stream, options.encoding)
    container = _container_of(head, file_name)
    if container is Container.XML:
        return _xml_form(head, format).id
    text = open_text(head, options.encoding)
    if container is Container.JSON:
        return _only(_json_form(is_ours=finsage_json.starts_document(json_start(text))), format).id
    return _table_shape(text, format, options).format.id


def _recognise(stream: BinaryIO, wanted: str | None, options: Options, file_name: str) -> tuple[Format, Source]:
    container = _container_of(stream, file_name)
    if container is Container.XML:
        form = _xml_form(stream, wanted)
        if form.id == _PORTFOLIO_PERFORMANCE:
            return form, portfolio_performance_source(stream, form, options.rows_max)
        return form, XmlSource(stream, form.signature[0], form.signature[1:], columns_of(form))
    text = open_text(stream, options.encoding)
    if container is Container.JSON:
        document = read_json(text, finsage_json.TRANSACTIONS)
        is_ours = finsage_json.is_document(document.members)
        form = _only(_json_form(is_ours=is_ours), wanted)
        return form, finsage_json.json_source(document) if is_ours else ghostfolio_json.json_source(document, form)
    shape = _table_shape(text, wanted, options)
    return shape.format, TableSource(text, shape.delimiter, shape.header, shape.header_line)


def _container_of(stream: BinaryIO, file_name: str) -> Container:
    stream.seek(0)
    start = stream.read(512).lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0")
    name = file_name or "The file"
    for code, what, beginnings in _OTHER_FILES:
        if start.lower().startswith(beginnings):
            raise unreadable(code, 1, f"{name} is {what}; save it as CSV, or export it again as CSV.")
    return {b"<": Container.XML, b"{": Container.JSON}.get(start[:1], Container.TABLE)


def _xml_form(stream: BinaryIO, wanted: str | None) -> Format:
    """By the name of the root element; a root nobody knows is refused by the report's own reader."""
    stream.seek(0)
    root = _XML_ROOT.match(stream.read(4096))
    is_client = root is not None and root[1] == b"client"
    return _only(FORMATS[_PORTFOLIO_PERFORMANCE if is_client else "ibkr-flex-xml"], wanted)


def _json_form(*, is_ours: bool) -> Format:
    return FORMATS["finsage-json" if is_ours else "ghostfolio-json"]


def _table_shape(text: TextFile, wanted: str | None, options: Options) -> TableShape:
    formats = [format_of(options.mapping)] if options.mapping else FORMATS.values()
    if wanted is not None and not options.mapping and FORMATS[wanted].container is not Container.TABLE:
        raise unreadable("other_format", 1, f"The file is a table, which {FORMATS[wanted].name} is not.")
    return detect_table(text.head(), formats, None if options.mapping else wanted)


def _only(form: Format, wanted: str | None) -> Format:
    """The only format of its kind of file, unless the caller named another."""
    if wanted not in {None, form.id}:
        kind = form.container.name
        raise unreadable("other_format", 1, f"The file is {kind}, which {FORMATS[wanted or ''].name} is not.")
    return form


def _look_at_all(source: Source, survey: Survey, form: Format, options: Options) -> int:
    """The first pass. Returns the number of records."""
    most = options.rows_max if _stands_alone(form) else min(options.rows_max, HELD_ROWS_MAX)
    total = 0
    for cells in source.records():
        total += 1
        if total > most:
            raise _too_many(most, cells.line, "Split it, for example by year.")
        survey.look_at(cells)
    return total


def _stands_alone(form: Format) -> bool:
    return not (form.group or form.settle or form.tally)


def _too_many(most: int, line: int, remedy: str) -> TooManyRows:
    detail = f"The file has more than {most:,} rows. {remedy}"
    return TooManyRows(detail, faults=(Fault(f"line {line}", detail),), rows_max=most)


def _runs_backwards(source: Source, survey: Survey) -> bool:
    """Whether days mostly fall from row to row."""
    votes = 0
    last = None
    for cells in islice(source.records(), _ORDER_SAMPLE):
        moment = survey.moment_of(cells)
        if moment is None:
            continue
        place = (moment.day, moment.instant.timestamp() if moment.instant else 0.0)
        if last is not None and place != last:
            votes += 1 if place > last else -1
        last = place
    return votes < 0


def _tallied(row: Row, tally: Callable[[Row], Iterable[Statement]]) -> Row:
    """Take down what the cells say before an action changes them."""
    if not row.errors and row.status is not RowStatus.SKIPPED:
        row.statements = tuple(tally(row))
    return row


def _acted(row: Row, form: Format) -> Row:
    """Do what the row's label asks for."""
    if row.errors or row.status is RowStatus.SKIPPED:
        return row
    label = form.label(row)
    rule = form.types.get(fold(label))
    if rule is None:
        row.fail("type", "unknown_type", _unknown_type(form, label))
    elif isinstance(rule, Skip):
        row.skip(rule.reason)
    elif isinstance(rule, Refuse):
        row.fail("type", rule.code, rule.message)
    else:
        rule(row)
    return row


def _unknown_type(form: Format, label: str) -> str:
    if form.is_named and label:
        return f"'{label}' stands for nothing yet: say what its rows book, or leave them out."
    what = f"'{label}' is not a type of transaction {form.name} is known to write" if label else "The type is empty"
    known = sorted(form.types)
    more = f" and {len(known) - _TYPES_SHOWN} more" if len(known) > _TYPES_SHOWN else ""
    return f"{what}; correct it to one of: {', '.join(known[:_TYPES_SHOWN])}{more}."


@dataclass(slots=True)
class _Group:
    rows: list[Row] = field(default_factory=list)
    last_place: int = 0


def _grouped(rows: Iterator[Row], form: Format) -> Iterator[Row]:
    """Join legs. A group stays open for 20,000 rows after its last leg, so interleaved legs find each other.

    A damaged row does not tell its group; it counts to that of the row above, which would else be booked without a leg.
    """
    assert form.group is not None
    groups: dict[Hashable, _Group] = {}
    key: Hashable = None
    for place, row in enumerate(rows):
        if not row.is_damaged:
            key = form.group(row) if row.is_dated and row.status is not RowStatus.SKIPPED else None
        if key is None:
            yield _acted(row, form)
            continue
        group = groups.pop(key, None) or _Group()
        group.rows.append(row)
        group.last_place = place
        groups[key] = group
        for old, candidate in list(islice(groups.items(), 1)):
            if candidate.last_place < place - _OPEN_GROUP_ROWS:
                _book_together(candidate.rows, form)
                yield from candidate.rows
                del groups[old]
    for group in groups.values():
        _book_together(group.rows, form)
        yield from group.rows


def _book_together(rows: list[Row], form: Format) -> None:
    """Book a group whole or not at all: a leg that cannot be read would falsify the others."""
    assert form.book_group is not None
    damaged = next((row for row in rows if row.errors), None)
    if damaged is None:
        form.book_group(rows)
        return
    for row in rows:
        if not row.errors:
            row.fail("", "leg_refused", f"Line {damaged.line} of the same transaction cannot be read; mend that first.")


def _settled(rows: Iterator[Row], form: Format) -> Iterator[Row]:
    assert form.settle is not None
    ordered = sorted(rows, key=lambda row: row.sequence)
    form.settle(ordered)
    return iter(ordered)
