"""The rows of a large import in packed pages: written once when the file is read, read a page at a time."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from finsage.finance.transaction import Draft
from finsage.platform.database import ReadSession
from finsage.portfolio import drafts as codec
from finsage.portfolio.importers.rows import RowError
from finsage.portfolio.service.import_mapping import Table
from finsage.portfolio.service.import_preview import (
    ERRORS_SHOWN,
    Change,
    Missing,
    Preview,
    PreviewRow,
    UnknownSymbol,
)
from finsage.portfolio.service.transactions import Request
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


class _Row(msgspec.Struct, array_like=True):
    line: int
    status: str
    message: str
    draft: dict[str, Any] | None


class _Request(msgspec.Struct, array_like=True):
    draft: dict[str, Any]
    note: str
    tags: tuple[str, ...]
    fingerprint: bytes | None
    source_id: str | None


class _Rest(msgspec.Struct):
    """What there is to decide on besides the rows."""

    errors: list[RowError]
    unknown: list[UnknownSymbol]
    cash: list[Change]
    holdings: list[Change]
    missing: list[Missing]
    table: Table | None


_encode = msgspec.msgpack.Encoder().encode
_decode_rows = msgspec.msgpack.Decoder(list[_Row]).decode
_decode_requests = msgspec.msgpack.Decoder(list[_Request]).decode
_decode_rest = msgspec.msgpack.Decoder(_Rest).decode


def pack(looked: Preview) -> list[Packed]:
    """The pages of a preview, rows in the order of the file, requests in that of time."""
    starts = range(0, max(len(looked.rows), len(looked.requests)), PAGE_ROWS)
    return [
        _page(ordinal, looked.rows[start : start + PAGE_ROWS], looked.requests[start : start + PAGE_ROWS])
        for ordinal, start in enumerate(starts)
    ]


def _page(ordinal: int, rows: Sequence[PreviewRow], requests: Sequence[Request]) -> Packed:
    last = rows[-1].line if rows else 0
    head = PageHead(ordinal, rows[0].line if rows else 0, last, dict(Counter(row.status for row in rows)))
    shown = [
        _Row(row.line, row.status, row.message, codec.to_json(row.draft) if row.draft is not None else None)
        for row in rows
    ]
    asked = [
        _Request(codec.to_json(item.draft), item.note, item.tags, item.fingerprint, item.source_id) for item in requests
    ]
    return head, zlib.compress(_encode(shown), _LEVEL), zlib.compress(_encode(asked), _LEVEL)


def pack_rest(looked: Preview) -> bytes:
    """What there is to decide on besides the rows; of errors and missing units the first."""
    errors = sorted(looked.errors, key=lambda error: error.line)[:ERRORS_SHOWN]
    rest = _Rest(errors, looked.unknown, looked.cash, looked.holdings, looked.missing[:MISSING_KEPT], looked.table)
    return zlib.compress(_encode(rest), _LEVEL)


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


def unpack_requests(packed: bytes) -> list[Request]:
    """What one page asks to book, in order."""
    return [
        Request(
            draft=_draft(item.draft),
            note=item.note,
            tags=item.tags,
            fingerprint=item.fingerprint,
            source_id=item.source_id,
        )
        for item in _decode_requests(zlib.decompress(packed))
    ]


def _draft(stored: dict[str, Any]) -> Draft:
    return codec.from_json(stored, draft_id="", sequence=0, portfolio="")
