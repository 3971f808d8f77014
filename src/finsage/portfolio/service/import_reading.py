"""Reading a large file into pages: rows stream by, a page at a time is in memory, the rest is packed.

First a thread reads the file and packs what each row says under the file's own words. When all symbols are known, the
pages are looked at again: one whose symbols all have an asset and whose records are new stays as it is packed, the
others are opened and each of their rows is told what became of it.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from uuid import UUID

from finsage.finance.transaction import Draft
from finsage.market.service import currencies
from finsage.platform import clock
from finsage.platform.database import ReadSession
from finsage.portfolio import drafts as codec
from finsage.portfolio.importers.fingerprint import Fingerprints
from finsage.portfolio.importers.parsing import HELD_ROWS_MAX, Options, flag_repeat, parse, said_before, scan
from finsage.portfolio.importers.plain_rows import PlainRow
from finsage.portfolio.importers.rows import AssetHint, Entry, ParsedFile, ParsedRow, RowError, RowStatus
from finsage.portfolio.service import import_mapping, import_pages
from finsage.portfolio.service.import_pages import PAGE_ROWS, Packed, Record, Row
from finsage.portfolio.service.import_preview import (
    ERRORS_SHOWN,
    ROWS_MAX,
    STATUSES,
    Money,
    add_hint,
    add_hints,
    converts_into_itself,
    lacks_rate,
    trouble_with,
)
from finsage.portfolio.service.import_sources import booked_records, has_own_ids
from finsage.portfolio.service.spool import Spool
from finsage.portfolio.service.transactions import with_lots_of
from finsage.portfolio.store import succession
from finsage.portfolio.store.import_pages import PageHead
from finsage.portfolio.store.imports import StoredImport
from finsage.portfolio.store.portfolios import Portfolio

_PRINT_BYTES = 32


class Stopped(Exception):
    """Nobody wants the file to be read any more."""


@dataclass(slots=True)
class _Sheet:
    """What is kept of a page while it is packed.

    ``is_special``: its rows have to be looked at one by one whatever their symbols are.
    """

    head: PageHead | None = None
    symbols: set[str] = field(default_factory=set)
    is_special: bool = False
    has_lots: bool = False


@dataclass(slots=True)
class Reading:
    """A file that has been read: its packed pages in file order, and what it says of all rows together.

    ``parsed`` is there for files that cannot be read as a stream. ``repeated`` are the fingerprints that stand in the
    file more than once. ``has_own_ids``: some records carry ids of transactions of FinSage. ``rows`` counts those read
    so far, of ``total`` once that is known; ``is_unwanted`` ends it.
    """

    form: str
    spool: Spool
    money: Money
    sheets: list[_Sheet] = field(default_factory=list)
    hints: dict[str, AssetHint] = field(default_factory=dict)
    uses: Counter[str] = field(default_factory=Counter)
    errors: list[RowError] = field(default_factory=list)
    repeated: set[bytes] = field(default_factory=set)
    parsed: ParsedFile | None = None
    is_reversed: bool = False
    has_own_ids: bool = False
    total: int = 0
    rows: int = 0
    is_unwanted: threading.Event = field(default_factory=threading.Event)

    @property
    def has_lots(self) -> bool:
        """Whether a transaction names the lots it takes."""
        return any(sheet.has_lots for sheet in self.sheets)


def read_into(reading: Reading, stored: StoredImport, portfolio: Portfolio, stream: BinaryIO) -> None:
    """Read a file; runs in a thread.

    Raises:
        Stopped; UnreadableFile, UnknownFormat, AmbiguousFormat, TooManyRows: the file as a whole cannot be read.
    """
    rows = _rows_of(reading, stored, portfolio, stream)
    marked = _marked(rows, Fingerprints(str(portfolio.id), reading.form), reading)
    if reading.parsed is not None:
        found = list(marked)
        reading.is_reversed = len(found) > 1 and found[0][0].line > found[-1][0].line
        marked = iter(found[::-1] if reading.is_reversed else found)
    packer = _Packer(reading)
    for row, marks, first in marked:
        if isinstance(row, PlainRow):
            packer.take_plain(row, marks[0], first)
        else:
            packer.take(row, marks)
    packer.flush()


def _rows_of(reading: Reading, stored: StoredImport, portfolio: Portfolio, stream: BinaryIO) -> Iterable[_Read]:
    """The rows in the order of time, as a stream where the file allows it."""
    plain = {name: value for name, value in stored.options.items() if name not in {"mapping", "template"}}
    most = HELD_ROWS_MAX if "mapping" in stored.options else ROWS_MAX
    given = Options(time_zone=portfolio.time_zone, rows_max=most, today=clock.today(portfolio.time_zone), **plain)
    if "mapping" in stored.options:
        parsed = import_mapping.parsed(
            stream, file_name=stored.file_name, form=stored.format, options=given, chosen=stored.options["mapping"]
        )
    else:
        scanned = scan(stream, file_name=stored.file_name, format=stored.format, options=given)
        reading.form = scanned.format
        reading.total = scanned.total
        if scanned.is_stream:
            return scanned.quickly()
        parsed = parse(stream, file_name=stored.file_name, format=stored.format, options=given)
    reading.form, reading.parsed = parsed.format, parsed
    return parsed.rows


_Read = ParsedRow | PlainRow
_Marked = tuple[_Read, list[bytes], int]
"""A row, the fingerprints of its entries, and the line that said the same first."""


def _marked(rows: Iterable[_Read], prints: Fingerprints, reading: Reading) -> Iterator[_Marked]:
    """Each row with the fingerprints of its entries; which of them come again is noted."""
    seen: set[bytes] = set()

    def note(mark: bytes) -> None:
        if mark in seen:
            reading.repeated.add(mark)
        seen.add(mark)

    for row in rows:
        if isinstance(row, PlainRow):
            mark, first = prints.mark_said(row.content, row.external_id, row.line)
            if row.external_id:
                note(mark)
            yield row, [mark], first
            continue
        marks = []
        for entry in row.entries:
            mark, first = prints.mark(entry, row.line)
            if entry.external_id:
                note(mark)
            else:
                flag_repeat(row, first)
            marks.append(mark)
        yield row, marks, row.line


class _Packer:
    """Takes rows in the order of the file and puts a page aside as soon as it is full."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._has_own_ids = has_own_ids(reading.form)
        self._money: dict[str | None, bool] = {None: True}
        self._begin()

    def _begin(self) -> None:
        self._sheet = _Sheet()
        self._rows: list[Row] = []
        self._records: list[Record] = []
        self._symbols: list[str] = []

    def take(self, row: ParsedRow, marks: Sequence[bytes]) -> None:
        """Add a row."""
        if row.status is RowStatus.ERROR or row.status is RowStatus.SKIPPED or not row.entries:
            status = "error" if row.status is RowStatus.ERROR else "skipped"
            self._rows.append(Row(row.line, status, row.message, None))
            self._note_errors(row)
        else:
            self._take_entries(row, marks)
        if len(self._rows) == PAGE_ROWS:
            self.flush()

    def take_plain(self, row: PlainRow, mark: bytes, first: int) -> None:
        """Add a row that stands for one transaction; ``first`` is the line that said the same first."""
        line, draft, _, external_id, note, tags, hint = row
        if (symbol := draft.get("asset")) is not None:
            self._symbols.append(symbol)
        if hint is not None:
            add_hint(self._reading.hints, hint)
        rate, currency = draft.get("fx_rate"), draft.get("currency")
        if (
            not (self._money.get(currency) or self._is_money(currency))
            or (rate is not None and rate != "1" and currency == self._reading.money.base_currency)
            or (external_id and (self._has_own_ids or mark in self._reading.repeated))
        ):
            self._sheet.is_special = True
            self._reading.has_own_ids |= self._has_own_ids and bool(external_id)
        status, message = ("new", "") if first == line else ("warning", said_before(first))
        self._records.append(Record(len(self._rows), None, note, tags, mark, external_id))
        self._rows.append(Row(line, status, message, draft))
        if len(self._rows) == PAGE_ROWS:
            self.flush()

    def flush(self) -> None:
        """Put aside what there is.

        Raises:
            Stopped.
        """
        reading = self._reading
        if reading.is_unwanted.is_set():
            raise Stopped
        if not self._rows:
            return
        reading.uses.update(self._symbols)
        self._sheet.symbols.update(self._symbols)
        prints = b"".join([record.fingerprint for record in self._records])
        reading.spool.add(import_pages.pack(self._rows), import_pages.pack(self._records), prints)
        self._sheet.head = import_pages.head_of(len(reading.sheets), self._rows)
        reading.sheets.append(self._sheet)
        reading.rows += len(self._rows)
        self._begin()

    def _note_errors(self, row: ParsedRow) -> None:
        if len(self._reading.errors) < ERRORS_SHOWN or self._reading.is_reversed:
            self._reading.errors += row.errors

    def _take_entries(self, row: ParsedRow, marks: Sequence[bytes]) -> None:
        place, first = len(self._rows), None
        for entry, mark in zip(row.entries, marks, strict=True):
            draft = codec.to_json(entry.draft)
            self._look_at(entry, mark)
            own = None if first is None else draft
            self._records.append(Record(place, own, entry.note, entry.tags, mark, entry.external_id))
            first = draft if first is None else first
        add_hints(self._reading.hints, row)
        status = "warning" if row.status is RowStatus.WARNING else "new"
        self._rows.append(Row(row.line, status, row.message, first))

    def _look_at(self, entry: Entry, mark: bytes) -> None:
        """Note which assets a transaction names and whether anything about it needs a second look."""
        draft, sheet = entry.draft, self._sheet
        self._symbols += set(draft.asset_keys)
        if draft.lot_ids:
            sheet.is_special = sheet.has_lots = True
        if (
            not (self._is_money(draft.currency) and self._is_money(draft.settle_currency))
            or converts_into_itself(draft, self._reading.money.base_currency)
            or lacks_rate(draft, self._reading.money)
            or mark in self._reading.repeated
            or (self._has_own_ids and entry.external_id)
        ):
            sheet.is_special = True
            self._reading.has_own_ids |= self._has_own_ids and bool(entry.external_id)

    def _is_money(self, code: str | None) -> bool:
        known = self._money.get(code)
        if known is None:
            known = self._money[code] = currencies.is_currency(code or "")
        return known


@dataclass(slots=True)
class Verdict:
    """What became of the rows once their symbols were looked up: the pages' heads, what is wrong with some rows.

    ``records`` counts what is to be booked.
    ``troubles`` tells by line why a row cannot be booked; of a file read as a stream, not of every line.
    """

    heads: list[PageHead] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    records: int = 0
    troubles: dict[int, str] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """Rows per status, and all of them."""
        counted: Counter[str] = Counter()
        for head in self.heads:
            counted.update(head.counts)
        return {"total": counted.total()} | {status: counted[status] for status in STATUSES}


async def booked_in(session: ReadSession, portfolio_id: UUID, reading: Reading) -> list[dict[bytes, UUID]]:
    """For each page the records that are booked, each with its transaction."""
    is_special = any(sheet.is_special for sheet in reading.sheets)
    if not is_special and not await succession.has_marks(session, portfolio_id):
        return [{} for _ in reading.sheets]
    found = []
    for place, sheet in enumerate(reading.sheets):
        rows, records, prints = reading.spool[place]
        marked: list[tuple[str | None, bytes]]
        if sheet.is_special:
            marked = [(item.source_id, item.fingerprint) for item in import_pages.unpack(rows, records)[1]]
        else:
            marked = [(None, mark) for mark in _split(prints)]
        found.append(await booked_records(session, portfolio_id, reading.form, marked))
    return found


def _split(prints: bytes) -> list[bytes]:
    return [prints[start : start + _PRINT_BYTES] for start in range(0, len(prints), _PRINT_BYTES)]


def judged(reading: Reading, keys: Mapping[str, str], booked: Sequence[Mapping[bytes, UUID]], kept: Spool) -> Verdict:
    """Say of every row what would become of it now.

    Args:
        reading: of the file.
        keys: the assets of the file's symbols, as far as they are known.
        booked: what ``booked_in`` found.
        kept: takes rows and records of each page, in the order of the file.
    """
    verdict = Verdict()
    judge = _Judge(reading, keys, booked, verdict)
    places = range(len(reading.sheets))
    # A record that the file holds twice is booked once: where it comes first in time.
    pages: Iterable[Packed] = map(judge.page, places)
    if reading.is_reversed:
        pages = reversed([judge.page(place) for place in reversed(places)])
    for head, rows, records in pages:
        verdict.heads.append(head)
        kept.add(rows, records)
    return verdict


class _Judge:
    def __init__(
        self,
        reading: Reading,
        keys: Mapping[str, str],
        booked: Sequence[Mapping[bytes, UUID]],
        verdict: Verdict,
    ) -> None:
        self._reading = reading
        self._keys = keys
        self._booked = booked
        self._verdict = verdict
        self._taken: set[bytes] = set()
        self._sources = self._sources_of_lots() if reading.has_lots else {}

    def page(self, place: int) -> Packed:
        sheet, booked = self._reading.sheets[place], self._booked[place]
        packed_rows, packed_records, prints = self._reading.spool[place]
        head = sheet.head
        is_plain = not (sheet.is_special or booked or sheet.symbols - self._keys.keys())
        if head is None or not is_plain or self._reading.parsed is not None:
            rows, records = import_pages.unpack(packed_rows, packed_records)
            records = self._looked_through(rows, records, booked)
            packed_rows, packed_records = import_pages.pack(rows), import_pages.pack(records)
            head = import_pages.head_of(place, rows)
            self._verdict.records += len(records)
            self._verdict.troubles |= {row.line: row.message for row in rows if row.status == "error"}
        else:
            self._verdict.records += len(prints) // _PRINT_BYTES
            if self._reading.repeated:
                self._taken |= set(_split(prints)) & self._reading.repeated
        return head, packed_rows, packed_records

    def _looked_through(self, rows: list[Row], records: list[Record], booked: Mapping[bytes, UUID]) -> list[Record]:
        """Say of each row that can be read whether it is booked; the records that are to be booked."""
        by_row: dict[int, list[Record]] = {}
        for record in records:
            by_row.setdefault(record.place, []).append(record)
        kept: dict[int, list[Record]] = {}
        for place, found in sorted(by_row.items(), reverse=self._reading.is_reversed):
            kept[place] = self._fresh(rows[place], found, booked)
        return [record for _, found in sorted(kept.items()) for record in found]

    def _fresh(self, row: Row, records: Sequence[Record], booked: Mapping[bytes, UUID]) -> list[Record]:
        drafts = [_draft(record.draft or row.draft or {}) for record in records]
        troubles = (trouble_with(draft, self._keys, self._reading.money) for draft in drafts)
        trouble = next((why for why in troubles if why is not None), None)
        if trouble is not None:
            row.status, row.message = "error", trouble[1]
            if len(self._verdict.errors) < ERRORS_SHOWN or self._reading.is_reversed:
                self._verdict.errors.append(RowError(row.line, "", *trouble))
            return []
        fresh = [
            record for record in records if record.fingerprint not in booked and record.fingerprint not in self._taken
        ]
        self._taken |= {record.fingerprint for record in records} & self._reading.repeated
        if not fresh:
            row.status, row.message = "duplicate", "already booked"
        for record in fresh:
            draft = _draft(record.draft or row.draft or {})
            if draft.lot_ids:
                record.draft = codec.to_json(with_lots_of(draft, self._sources))
        return fresh

    def _sources_of_lots(self) -> dict[str | None, str]:
        """The transaction of each record that is booked, by its id in the file."""
        sources: dict[str | None, str] = {}
        for place, booked in enumerate(self._booked):
            if booked:
                _, records = import_pages.unpack(*self._reading.spool[place][:2])
                sources |= {
                    item.source_id: str(booked[item.fingerprint]) for item in records if item.fingerprint in booked
                }
        return sources


def _draft(stored: Mapping[str, Any]) -> Draft:
    return codec.from_json(stored, draft_id="", sequence=0, portfolio="")
