from __future__ import annotations

import io
from dataclasses import replace

import pytest

from finsage.errors import Invalid
from finsage.portfolio.importers.detection import detect_table
from finsage.portfolio.importers.errors import AmbiguousFormat, UnknownFormat
from finsage.portfolio.importers.format import Container
from finsage.portfolio.importers.formats import FORMATS
from finsage.portfolio.importers.mapping import ColumnMapping
from finsage.portfolio.importers.parsing import Options, parse, recognise
from finsage.portfolio.importers.reading import HEAD_BYTES, head_of


@pytest.mark.parametrize(
    "form", [form for form in FORMATS.values() if form.container is Container.TABLE], ids=lambda f: f.id
)
def test_every_format_is_found_by_its_own_columns(form):
    names = [*form.signature, *(column.names[0] for column in form.columns.values())]
    header = ";".join(name.partition("#")[0] for name in dict.fromkeys(names))
    shape = detect_table([f"{header}\n"], FORMATS.values())
    assert shape.format.id == form.id


def test_formats_have_unique_ids_and_say_what_they_are():
    assert all(name == form.id for name, form in FORMATS.items())
    for form in FORMATS.values():
        assert form.name
        assert form.description.endswith(".")
        assert form.extensions


def test_a_tie_asks_and_names_the_candidates():
    form = FORMATS["ghostfolio"]
    twin = replace(form, id="twin", name="Twin")
    with pytest.raises(AmbiguousFormat) as caught:
        detect_table(["Date,Code,DataSource,Currency,Price,Quantity,Action,Fee,Note\n"], [form, twin])
    assert caught.value.members["candidates"] == ["ghostfolio", "twin"]


def test_an_unknown_file_names_its_headers_and_the_known_formats():
    with pytest.raises(UnknownFormat) as caught:
        parse(b"When,What,How much\n2024-01-01,Milk,3\n")
    assert caught.value.members["headers"] == ["When", "What", "How much"]
    assert "Binance" in caught.value.members["known"]
    assert "How much" in caught.value.detail


def test_a_named_format_that_does_not_fit_says_what_is_missing():
    with pytest.raises(UnknownFormat) as caught:
        parse(b"Date,Code,Currency,Price,Quantity,Action\n", format="ghostfolio")
    assert "missing Fee" in caught.value.detail


MAPPING = {
    "columns": {
        "day": "Datum",
        "type": "Art",
        "symbol": "Titel",
        "quantity": "Stk",
        "gross": "Betrag",
        "fee": "Spesen",
    },
    "types": {"Kauf": "buy", "Verkauf": "sell", "Storno": "skip"},
    "gross_is_net": True,
}


def test_a_mapping_reads_an_unknown_file():
    data = "Datum;Art;Titel;Stk;Betrag;Spesen\n13.01.2024;Kauf;ABC;2;-101,50;1,50\n14.01.2024;Verkauf;ABC;1;58,50;1,50\n15.01.2024;Storno;ABC;1;1,00;\n"
    options = Options(mapping=ColumnMapping.from_document(MAPPING), currency="CHF", account="Bank")
    parsed = parse(data.encode(), options=options)
    assert parsed.errors == []
    found = [(d.type.value, str(d.gross), str(d.fee), d.currency, d.account) for row in parsed.rows for d in row.drafts]
    assert found == [("buy", "100.00", "1.50", "CHF", "Bank"), ("sell", "60.00", "1.50", "CHF", "Bank")]
    assert parsed.rows[2].message


def test_a_word_without_a_meaning_asks_for_one_and_a_format_of_ours_for_another_word():
    data = b"Datum;Art;Titel;Stk;Betrag;Spesen\n13.01.2024;Zauber;ABC;2;-101,50;1,50\n"
    (error,) = parse(data, options=Options(mapping=ColumnMapping.from_document(MAPPING))).errors
    assert error.message == "'Zauber' stands for nothing yet: say what its rows book, or leave them out."
    (error,) = parse(
        b"User_ID,UTC_Time,Account,Operation,Coin,Change,Remark\n1,2024-01-01 10:00:00,Spot,A,B,1,\n"
    ).errors
    listed = len(error.message.split(", "))
    assert error.message.endswith(f" and {len(FORMATS['binance'].types) - listed} more.")


def test_a_mapping_for_a_file_without_a_type_column():
    mapping = ColumnMapping(columns={"day": "Day", "gross": "Sum", "currency": "Cur"}, default_type="deposit")
    parsed = parse(b"Day,Sum,Cur\n2024-01-02,5.5,EUR\n", options=Options(mapping=mapping))
    assert parsed.rows[0].drafts[0].type == "deposit"


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({"columns": {"type": "x"}}, "/columns/day"),
        ({"columns": {"day": "x", "colour": "y"}}, "/columns/colour"),
        ({"columns": {"day": "x"}, "types": {"a": "gamble"}}, "/types/a"),
        ({"columns": {"day": "x"}, "extra": 1}, "/extra"),
    ],
)
def test_a_mapping_that_names_unknown_things_is_refused_with_its_place(document, pointer):
    with pytest.raises(Invalid) as caught:
        ColumnMapping.from_document(document)
    assert pointer in [fault.pointer for fault in caught.value.faults]


def test_answers_of_the_caller_settle_what_the_file_leaves_open():
    data = b'date,type,gross,currency\n01/02/2024,deposit,"1,234",EUR\n'
    assert {error.code for error in parse(data).errors} == {"ambiguous_date", "ambiguous_number"}
    parsed = parse(data, options=Options(decimal=".", date_order="mdy"))
    assert (str(parsed.rows[0].drafts[0].gross), parsed.rows[0].drafts[0].booked_on.month) == ("1234", 1)
    assert str(parse(data, options=Options(decimal=",", date_order="dmy")).rows[0].drafts[0].gross) == "1.234"


class Counted(io.BytesIO):
    """A file that counts what is read of it."""

    bytes_read = 0

    def read(self, size: int | None = -1, /) -> bytes:
        found = super().read(size)
        self.bytes_read += len(found)
        return found


ROWS = 40_000


@pytest.mark.parametrize(
    ("content", "form"),
    [
        ("date,type,symbol,quantity,unit_price,currency\n" + "2024-01-02,buy,X,1,1,EUR\n" * ROWS, "finsage"),
        ('{"format": "finsage-portfolio", "version": 1, "transactions": [' + "{}," * ROWS * 10, "finsage-json"),
        ('{"assets": [' + '{"key": 1},' * ROWS, "finsage-json"),
        ('{"meta": {}, "activities": [' + '{"fee": 1},' * ROWS, "ghostfolio-json"),
        ("<?xml version='1.0'?><client>" + "<price/>" * ROWS * 2, "portfolio-performance"),
        ("<FlexQueryResponse>" + "<Trade/>" * ROWS * 2, "ibkr-flex-xml"),
    ],
)
def test_a_format_is_recognised_by_the_start_of_a_file(content, form):
    for encoding in ("utf-8",) if content.startswith("<") else ("utf-8", "utf-16"):
        file = Counted(content.encode(encoding))
        assert recognise(file, file_name="file") == form
        assert 0 < file.bytes_read <= HEAD_BYTES < len(content)


def test_the_start_of_a_file_ends_with_a_whole_row():
    row = '1,"a quoted cell\nof two lines, \u00e9"\n'
    content = ("a,b\n" + row * HEAD_BYTES).encode()
    head = head_of(io.BytesIO(content)).getvalue().decode()
    assert head == "a,b\n" + row * head.count("1,")
    assert len(content) > HEAD_BYTES >= len(head.encode()) > HEAD_BYTES - 100
