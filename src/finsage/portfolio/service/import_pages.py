"""The rows of a large import in packed pages: written once when the file is read, read a page at a time."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from finsage.finance.transaction import SPLITS, Draft
from finsage.platform.database import ReadSession
from finsage.portfolio import drafts as codec
from finsage.portfolio.importers.rows import RowError
from finsage.portfolio.service.bulk import Asked
from finsage.portfolio.service.import_mapping import Table
from finsage.portfolio.service.import_preview import (
    ERRORS_SHOWN,
    Change,
    Missing,
    Preview,
    PreviewRow,
    UnknownSymbol,
)
from finsage.portfolio.service.spool import Spool
from finsage.portfolio.service.writing import DEFAULT_ACCOUNT
from finsage.portfolio.store import import_pages as store
from finsage.portfolio.store.import_pages import PageHead
from finsage.portfolio.store.imports import StoredImport

PAGE_ROWS = 2_000
MISSING_KEPT = 1_000
_LEVEL = 1

Packed = tuple[PageHead, bytes, bytes]


@dataclass(frozen=True, slots=True)
class RowPage:
    """Some rows in the order of the file; ``total`` counts all that match."""

    items: list[PreviewRow]
    total: int
    is_last: bool


class Row(msgspec.Struct, array_like=True, gc=False):
    """A row as it is kept: ``draft`` is its first transaction, assets by the symbols of the file."""

    line: int
    status: str
    message: str
    draft: dict[str, Any] | None


class Record(msgspec.Struct, array_like=True, gc=False):
    """A transaction to book: that of the row at ``place`` in the page, or a further one (``draft``) of this row."""

    place: int
    draft: dict[str, Any] | None
    note: str
    tags: tuple[str, ...]
    fingerprint: bytes
    source_id: str | None


class _Rest(msgspec.Struct):
    """What there is to decide on besides the rows; ``keys`` are the assets of the file's symbols.

    ``is_reversed``: time runs against the lines of the file. ``records`` counts what the pages ask to book;
    ``has_ids``: some of it carries the id of a transaction of FinSage.
    """

    errors: list[RowError]
    unknown: list[UnknownSymbol]
    cash: list[Change]
    holdings: list[Change]
    missing: list[Missing]
    table: Table | None
    keys: dict[str, str] = {}
    is_reversed: bool = False
    records: int = 0
    has_ids: bool = True


_encode = msgspec.msgpack.Encoder().encode
_decode_rows = msgspec.msgpack.Decoder(list[Row]).decode
_decode_records = msgspec.msgpack.Decoder(list[Record]).decode
_decode_rest = msgspec.msgpack.Decoder(_Rest).decode


def head_of(ordinal: int, rows: Sequence[Row]) -> PageHead:
    """What is known of a page without unpacking it."""
    first, last = (rows[0].line, rows[-1].line) if rows else (0, 0)
    return PageHead(ordinal, first, last, dict(Counter([row.status for row in rows])))


def pack(items: Sequence[Row] | Sequence[Record]) -> bytes:
    """The rows or records of a page, packed."""
    return zlib.compress(_encode(items), _LEVEL)


def unpack_records(records: bytes) -> list[Record]:
    """What ``pack`` made of a page's records."""
    return _decode_records(zlib.decompress(records))


def unpack(rows: bytes, records: bytes) -> tuple[list[Row], list[Record]]:
    """What ``pack`` made of a page's rows and records."""
    return _decode_rows(zlib.decompress(rows)), unpack_records(records)


def pack_rest(looked: Preview, keys: Mapping[str, str], *, is_reversed: bool, records: int, has_ids: bool) -> bytes:
    """What there is to decide on besides the rows; of errors and missing units the first."""
    rest = _Rest(
        sorted(looked.errors, key=lambda error: error.line)[:ERRORS_SHOWN],
        looked.unknown,
        looked.cash,
        looked.holdings,
        looked.missing[:MISSING_KEPT],
        looked.table,
        dict(keys),
        is_reversed,
        records,
        has_ids,
    )
    return zlib.compress(_encode(rest), _LEVEL)


def untouched(rest: bytes) -> int | None:
    """How many records a preview asks to book, if none of them can be booked where no source record is known."""
    found = _decode_rest(zlib.decompress(rest))
    return None if found.has_ids else found.records


class Pages:
    """The transactions that the pages of an import ask to book, in the order of time, page by page.

    Args:
        spool: rows and records of each page, in the order of the file.
        keys: the asset of each symbol.
        is_reversed: time runs against the lines of the file.
        left_out: fingerprints of records that are not to be booked.
    """

    def __init__(
        self, spool: Spool, keys: Mapping[str, str], *, is_reversed: bool, left_out: Container[bytes] = frozenset()
    ) -> None:
        self._spool = spool
        self._keys = keys
        self._step = -1 if is_reversed else 1
        self._left_out = left_out

    @classmethod
    def kept(cls, spool: Spool, rest: bytes, left_out: Container[bytes]) -> Pages:
        """The pages of a preview, with what ``pack_rest`` made of the rest of it."""
        found = _decode_rest(zlib.decompress(rest))
        return cls(spool, found.keys, is_reversed=found.is_reversed, left_out=left_out)

    def __iter__(self) -> Iterator[list[Asked]]:
        return (self._asked(*self._spool[place]) for place in range(len(self._spool))[:: self._step])

    def _asked(self, packed_rows: bytes, packed_records: bytes) -> list[Asked]:
        rows, records = unpack(packed_rows, packed_records)
        if self._step < 0:
            # The transactions of one row stay in their order.
            records.sort(key=lambda record: -record.place)
        return [
            Asked(
                self._named(record.draft or rows[record.place].draft or {}),
                rows[record.place].line,
                record.note,
                record.tags,
                record.fingerprint,
                record.source_id,
            )
            for record in records
            if record.fingerprint not in self._left_out
        ]

    def _named(self, draft: dict[str, Any]) -> dict[str, Any]:
        """The draft with ledger keys in the place of symbols, and an account where it needs one."""
        keys = self._keys
        for name in ("asset", "to_asset", "fee_currency"):
            if name in draft:
                draft[name] = keys.get(draft[name], draft[name])
        if "legs" in draft:
            draft["legs"] = [leg | {"asset": keys.get(leg["asset"], leg["asset"])} for leg in draft["legs"]]
        if not draft.get("account") and draft["type"] not in SPLITS:
            draft["account"] = DEFAULT_ACCOUNT
        return draft


def unpack_rest(stored: StoredImport, packed: bytes | None) -> Preview:
    """The preview as it was kept, without its rows."""
    looked = Preview(stored, kept_counts=dict(stored.summary))
    if packed:
        rest = _decode_rest(zlib.decompress(packed))
        looked.errors, looked.unknown = rest.errors, rest.unknown
        looked.cash, looked.holdings, looked.missing = rest.cash, rest.holdings, rest.missing
        looked.table = rest.table
    return looked


async def list_rows(session: ReadSession, import_id: UUID, *, status: str | None, after: int, limit: int) -> RowPage:
    """The rows behind a line, of one status or all."""
    heads = [head for head in await store.heads(session, import_id) if _matching(head, status)]
    found: list[PreviewRow] = []
    for head in heads:
        if head.line_last <= after:
            continue
        rows = _rows(await store.rows_of(session, import_id, head.ordinal))
        found += [row for row in rows if row.line > after and status in {None, row.status}]
        if len(found) > limit:
            break
    total = sum(_matching(head, status) for head in heads)
    return RowPage(found[:limit], total, is_last=len(found) <= limit)


def _matching(head: PageHead, status: str | None) -> int:
    return sum(head.counts.values()) if status is None else head.counts.get(status, 0)


def _rows(packed: bytes) -> Iterable[PreviewRow]:
    return [
        PreviewRow(row.line, row.status, _draft(row.draft) if row.draft is not None else None, row.message)
        for row in _decode_rows(zlib.decompress(packed))
    ]


def _draft(stored: dict[str, Any]) -> Draft:
    return codec.from_json(stored, draft_id="", sequence=0, portfolio="")
