"""Reading a file as a stream of pages says of every row what reading it as a whole says."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest

from finsage.portfolio import drafts as codec
from finsage.portfolio.importers.fingerprint import Fingerprints
from finsage.portfolio.importers.parsing import Options, parse
from finsage.portfolio.service import bulk, import_pages, import_preview, import_reading
from finsage.portfolio.service.import_pages import Pages
from finsage.portfolio.service.import_preview import Preview
from finsage.portfolio.service.import_reading import Reading, judged, read_into
from finsage.portfolio.service.spool import Spool
from finsage.portfolio.store.imports import StoredImport

PORTFOLIO: Any = SimpleNamespace(id=uuid4(), time_zone="UTC", base_currency="EUR")
MONEY = import_preview.Money("EUR", {"EUR": date.min, "USD": date(1999, 1, 4), "GBP": date(1999, 1, 4)})
KEYS = {"ACME": str(uuid4()), "EUR": "EUR"}
HEAD = "date,type,symbol,quantity,unit_price,gross,fee,currency,id,lot_ids,tags,note,fx_rate,settle_currency"
ROWS = [
    "2024-01-02,deposit,,,,1000,,EUR,,,,,,",
    "2024-01-03,buy,ACME,1,10,,0.5,EUR,a,,,first,,",
    "2024-01-03,buy,ACME,1,10,,0.5,EUR,,,x|y,,,",
    "2024-01-03,buy,ACME,1,10,,0.5,EUR,,,,the same again,,",
    "2024-01-04,buy,NOBODY,2,10,,,EUR,,,,,,",
    ",,,,,,,,,,,,,",
    "2024-01-05,buy,ACME,x,10,,,EUR,,,,,,",
    "2024-01-05,buy,ACME,3,10,,,XXZ,,,,,,",
    "2024-01-05,buy,ACME,1,10,,,EUR,,,,,2,",
    "2024-01-05,buy,ACME,1,10,,,USD,,,,,0.9,",
    "2024-01-06,sell,ACME,1,12,,,EUR,b,a#1,,,,",
    "2024-01-06,sell,ACME,1,12,,,EUR,b,a#1,,once more,,",
    "2024-01-07,dividend,ACME,,,5,,EUR,c,,,,,",
    "2024-01-08,split,ACME,,,,,,d,,,,,",
    "1998-12-31,buy,ACME,1,10,,,USD,,,,,,GBP",
    "1999-01-04,buy,ACME,1,10,,,USD,,,,,,GBP",
    "1998-12-31,buy,ACME,1,10,,,USD,,,,,0.6,GBP",
]


def _stored(form: str) -> StoredImport:
    now = datetime.now(UTC)
    return StoredImport(uuid4(), PORTFOLIO.id, "file.csv", form, "reading", "", {}, {}, {}, now, None, None)


def _whole(content: bytes, booked: Mapping[bytes, UUID]) -> Preview:
    parsed = parse(content, options=Options(time_zone="UTC"))
    looked = Preview(_stored(parsed.format))
    marked = import_preview._mark(parsed, PORTFOLIO)
    import_preview._add_rows(looked, marked, KEYS, booked, MONEY)
    looked.errors = sorted([*parsed.errors, *looked.errors], key=lambda error: error.line)
    return looked


def _by_pages(content: bytes, booked: Mapping[bytes, UUID]) -> tuple[Preview, list[Any], Reading]:
    with Spool() as raw, Spool() as kept:
        reading = Reading("finsage", raw, MONEY)
        read_into(reading, _stored("finsage"), PORTFOLIO, io.BytesIO(content))
        of_page = [
            {mark: booked[mark] for mark in import_reading._split(prints) if mark in booked} for *_, prints in raw
        ]
        verdict = judged(reading, KEYS, of_page, kept)
        looked = Preview(_stored(reading.form), kept_counts=verdict.counts())
        looked.errors = sorted([*reading.errors, *verdict.errors], key=lambda error: error.line)
        looked.rows = [row for rows, _ in kept for row in import_pages._rows(rows)]
        asked = [item for page in Pages(kept, KEYS, is_reversed=reading.is_reversed) for item in page]
        return looked, asked, reading


def _booked(content: bytes, *places: int) -> dict[bytes, UUID]:
    parsed = parse(content, options=Options(time_zone="UTC"))
    prints = Fingerprints(str(PORTFOLIO.id), parsed.format)
    marks = [prints.mark(entry, row.line)[0] for row in parsed.rows for entry in row.entries]
    return {marks[place]: uuid4() for place in places}


@pytest.mark.parametrize("page_rows", [2, 5, 100])
@pytest.mark.parametrize("is_descending", [False, True])
@pytest.mark.parametrize("places", [(), (1,), (0, 2, 5)])
def test_pages_say_of_every_row_what_the_whole_says(
    monkeypatch: pytest.MonkeyPatch, page_rows: int, places: tuple[int, ...], *, is_descending: bool
) -> None:
    monkeypatch.setattr(import_reading, "PAGE_ROWS", page_rows)
    content = "\n".join([HEAD, *(ROWS[::-1] if is_descending else ROWS)]).encode()
    booked = _booked(content, *places)
    whole = _whole(content, booked)
    looked, asked, reading = _by_pages(content, booked)
    assert [(row.line, row.status, row.message) for row in looked.rows] == [
        (row.line, row.status, row.message) for row in whole.rows
    ]
    assert {row.status for row in looked.rows} >= {"new", "warning", "error", "skipped"}
    assert looked.counts() == whole.counts()
    assert looked.errors == whole.errors
    codes = [error.code for error in whole.errors]
    assert (codes.count("rate"), codes.count("missing_rate")) == (1, 1)
    assert reading.is_reversed is is_descending
    assert [item.fingerprint for item in asked] == [item.fingerprint for item in whole.requests]
    for item, request in zip(asked, whole.requests, strict=True):
        account = request.draft.account or "Main"
        assert item.draft == codec.to_json(replace(request.draft, account=account))
        assert (item.note, tuple(item.tags), item.source_id) == (request.note, request.tags, request.source_id)


def test_lots_named_by_the_ids_of_the_file_are_those_of_the_new_transactions() -> None:
    content = "\n".join([HEAD, *ROWS]).encode()
    _, asked, _ = _by_pages(content, {})
    bought, sold = (next(item for item in asked if item.source_id == name) for name in ("a", "b"))
    drafts = bulk.drafts_of([asked], [f"new-{place}" for place in range(len(asked))], 7, PORTFOLIO.id)
    assert drafts[asked.index(sold)].lot_ids == (f"new-{asked.index(bought)}#1",)
    assert [draft.sequence for draft in drafts] == list(range(7, 7 + len(asked)))
