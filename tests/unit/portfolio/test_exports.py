"""What is exported is read back: the same drafts, and from them the same lots."""

from __future__ import annotations

import json
import os
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.finance import ledgers
from unit.portfolio.exported import ASSETS, OUTSIDE, books, compared, texts

from finsage.finance.ledger import fold
from finsage.finance.options import Options
from finsage.finance.transaction import Draft, PoolLeg, TransactionType, faults_of
from finsage.portfolio.exporters.document import NamedAsset, NamedBook, NamedDraft, export_json
from finsage.portfolio.importers.errors import UnreadableFile
from finsage.portfolio.importers.native import ExportRow, export_csv
from finsage.portfolio.importers.parsing import parse
from finsage.portfolio.importers.rows import AssetHint, RowStatus

# As for the properties of the ledger, a campaign sets a factor.
FACTOR = int(os.environ.get("FINSAGE_TEST_EXAMPLES_FACTOR", "1"))
FEW, MANY = (settings(max_examples=count, deadline=None) for count in (40 * FACTOR, max(80, 40 * FACTOR)))
D = Decimal
T = TransactionType
POLICIES = {"name": "Savings", "base_currency": "EUR", "lot_method": "fifo", "fees_in_cost": True}
KNOWN = tuple(
    NamedAsset(key=key, symbol=key.split(" (")[0], name=f"{key} Works", asset_class="etf", currency="USD", mic="ARCX")
    for key in ASSETS
)


def written(*drafts: NamedDraft) -> bytes:
    return "".join(export_json(NamedBook(POLICIES, KNOWN, drafts))).encode()


def read(content: bytes):
    parsed = parse(content)
    assert parsed.format == "finsage-json"
    return parsed, [row for row in parsed.rows if row.status is not RowStatus.SKIPPED]


@MANY
@given(book=books, note=st.text(st.characters(codec="utf-8"), max_size=20), tags=st.lists(texts, max_size=3).map(tuple))
def test_json_gives_every_draft_back(book, note, tags):
    assert [faults_of(draft) for draft in book] == [[]] * len(book)
    parsed, rows = read(written(*(NamedDraft(draft, note, tags) for draft in book)))
    assert parsed.errors == []
    assert [compared(row.drafts[0]) for row in rows] == [compared(draft) for draft in book]
    assert [row.external_id for row in rows] == [draft.id for draft in book]
    assert {(row.entries[0].note, row.entries[0].tags) for row in rows} == {(note, tags)}


@MANY
@given(book=books, note=texts, tags=st.lists(texts.filter(lambda t: "|" not in t), max_size=3).map(tuple))
def test_csv_gives_every_draft_back(book, note, tags):
    parsed = parse("".join(export_csv(ExportRow(draft, note, tags) for draft in book)).encode())
    assert parsed.errors == []
    rows = {row.external_id: row for row in parsed.rows}
    assert [compared(rows[draft.id].drafts[0]) for draft in book] == [compared(draft) for draft in book]
    assert {(row.entries[0].note, row.entries[0].tags) for row in parsed.rows} == {(note, tags)}


@FEW
@given(rows=ledgers.drafts(), options=ledgers.policies(), form=st.sampled_from(["json", "csv"]))
def test_a_ledger_that_is_exported_and_read_back_is_the_same_ledger(
    rows: list[Draft], options: Options, form: str
) -> None:
    # Written in the order of booking, as every export is.
    rows = ledgers.numbered(sorted(rows, key=lambda row: row.booked_on))
    text = "".join(export_csv(map(ExportRow, rows))).encode() if form == "csv" else written(*map(NamedDraft, rows))
    parsed = parse(text)
    assert parsed.errors == []
    again = [
        replace(row.drafts[0], id=row.external_id, sequence=place, pointer="")
        for place, row in enumerate((row for row in parsed.rows if row.status is not RowStatus.SKIPPED), 1)
    ]
    one, two = (fold(drafts, ledgers.market(), options) for drafts in (rows, again))
    assert two.entries == one.entries
    assert two.lots() == one.lots()
    assert two.positions() == one.positions()
    assert two.matches == one.matches
    assert two.missing_acquisitions == one.missing_acquisitions
    # Their texts write numbers as they were given: 1.00 is written as 1.
    told = [[replace(notice, detail="") for notice in ledger.warnings] for ledger in (one, two)]
    assert told[0] == told[1]


def test_every_field_of_a_draft_can_be_in_the_document():
    # A field that comes later must be written, or this fails: nothing is lost in silence.
    values = {
        "type": T.BUY,
        "booked_on": date(2024, 1, 2),
        "executed_at": datetime(2024, 1, 2, 10, 11, 12, 131415, UTC),
        "acquired_on": date(2020, 2, 29),
        "lot_ids": ("a#1", "b#2"),
        "lot_quantities": (D("1.25"), D("0.25")),
        **dict.fromkeys(("asset", "to_asset", "fee_currency", "currency", "settle_currency"), "EUR"),
        **dict.fromkeys(("account", "cash_account", "to_account", "group"), "text"),
        "legs": (PoolLeg("EUR", D("1.5")),),
        **dict.fromkeys(("quantity", "unit_price", "gross", "fee", "tax", "fx_rate", "settle_amount"), D("1.50")),
        **dict.fromkeys(("to_quantity", "ratio", "cost_fraction"), D("0.5")),
    }
    assert set(values) == {field.name for field in fields(Draft)} - OUTSIDE
    draft = Draft(id="x", **values)
    (line,) = [line for line in written(NamedDraft(draft)).decode().splitlines() if line.startswith('{"id": "x"')]
    assert json.loads(line.removesuffix(",")).keys() == values.keys() | {"id"}


def test_assets_come_with_their_identity():
    draft = Draft(id="1", type=T.BUY, booked_on=date(2024, 1, 2), asset=ASSETS[2], quantity=D(1), unit_price=D(1))
    _, (row,) = read(written(NamedDraft(draft)))
    assert row.assets == (
        AssetHint(ASSETS[2], ticker="BND", name="BND (ARCX) Works", asset_class="etf", currency="USD", mic="ARCX"),
    )


def test_the_policies_are_told_and_book_nothing():
    draft = Draft(id="1", type=T.DEPOSIT, booked_on=date(2024, 1, 2), gross=D(1), currency="EUR")
    parsed, rows = read(written(NamedDraft(draft)))
    assert (len(parsed.rows), len(rows)) == (2, 1)
    assert "lot method fifo" in parsed.rows[0].message


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"quantity": "NaN"}, "invalid"),
        ({"quantity": "1e61"}, "invalid"),
        ({"quantity": "-1"}, "invalid"),
        ({"booked_on": "2024-13-01"}, "invalid"),
        ({"booked_on": 5}, "invalid"),
        ({"account": ["a"]}, "invalid"),
        ({"lot_ids": "a"}, "invalid"),
        ({"lot_quantities": ["many"]}, "invalid"),
        ({"lot_quantities": [1]}, "invalid"),
        ({"tags": "a"}, "invalid"),
        ({"colour": "red"}, "unknown_field"),
        ({"type": "gift"}, "unknown_type"),
        ({"booked_on": None}, "invalid"),
    ],
)
def test_a_field_that_cannot_be_read_is_named_by_its_line(change, code):
    good = Draft(id="1", type=T.BUY, booked_on=date(2024, 1, 2), asset="ACME", quantity=D(1), unit_price=D(1))
    lines = written(NamedDraft(good), NamedDraft(replace(good, id="2"))).decode().splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith('{"id": "2"'))
    lines[at] = json.dumps(json.loads(lines[at]) | change)
    parsed = parse("\n".join(lines).encode())
    assert [(error.line, error.code) for error in parsed.errors] == [(at + 1, code)]
    assert parsed.count(RowStatus.OK) == 1


def test_a_newer_document_and_one_without_its_lists_are_refused():
    newer = written().replace(b'"version": 1', b'"version": 2')
    with pytest.raises(UnreadableFile, match="version 2"):
        parse(newer)
    with pytest.raises(UnreadableFile, match="lacks"):
        parse(b'{"format": "finsage-portfolio", "version": 1}')
    with pytest.raises(UnreadableFile, match="JSON"):
        parse(written(), format="finsage")
