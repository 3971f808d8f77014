"""What the columns of a table nobody knows may mean."""

from __future__ import annotations

import pytest

from finsage.errors import Invalid
from finsage.portfolio.importers.guessing import guess, kind_of, look_at_table, signature_of, signatures
from finsage.portfolio.importers.mapping import mapping_of
from finsage.portfolio.importers.parsing import Options, parse
from finsage.portfolio.importers.reading import open_text


def guessed(content: str):
    file = open_text(content.encode())
    look = look_at_table(file)
    assert look is not None
    return guess(file, look)


@pytest.mark.parametrize(
    ("header", "row", "columns"),
    [
        (
            "Buchungstag;Vorgang;WKN;Stück;Kurs;Betrag (EUR);Währung",
            "13.01.2024;Kauf;716460;2;10,00;20,00;EUR",
            {"day", "type", "symbol", "quantity", "unit_price", "gross", "currency"},
        ),
        (
            "Run Date,Action,Symbol,Quantity,Price ($),Commission ($),Amount ($)",
            "01/13/2024,BUY,ACME,2,10.00,0,20.00",
            {"day", "type", "symbol", "quantity", "unit_price", "fee", "gross"},
        ),
        ("Fecha,Tipo,Importe,Divisa", "13/01/2024,Ingreso,20,EUR", {"day", "type", "gross", "currency"}),
        ("Wann,Was,Kennung,In", "2024-01-13,x,US0378331005,CHF", {"day", "isin", "currency"}),
        ("Date,Price", "13.01.2024,none", {"day"}),
        # Names as programs write them; what is too large or too late is a number or a day all the same.
        ("trade_date,unit_price,quantity", "2200-01-13,1,1e61", {"day", "unit_price", "quantity"}),
        # One of two values is bad: the column is named all the same, and the row is refused with its reason.
        ("Datum;Kurs;Gebühr", "13.01.2024;ten;1,5\n33.01.2024;10,5;?", {"day", "unit_price", "fee"}),
    ],
)
def test_headers_in_several_languages_and_cells_that_show_what_they_are(header, row, columns):
    assert set(guessed(f"{header}\n{row}\n")["columns"].values()) == columns


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("Wertpapierkauf", "buy"), ("VENTE", "sell"), ("Qualified Dividend", "dividend"), ("storniert", "skip"),
        ("Interest/Cash", "interest"), ("Buy or Sell", None), ("Frühstück", None), ("b", "buy"),
    ],
)  # fmt: skip
def test_labels(label, kind):
    assert kind_of(label) == kind


def test_a_file_without_types_goes_by_its_signs():
    assert guessed("Date,Symbol,Quantity,Amount\n2024-01-13,A,-1,5\n")["fixed"] == {"type": "buy_sell_by_quantity"}
    assert guessed("Date,Symbol,Quantity,Amount\n2024-01-13,A,1,-5\n")["fixed"] == {"type": "buy_sell_by_amount"}
    assert guessed("Date,Amount\n2024-01-13,-5\n")["fixed"] == {"type": "deposit_withdrawal_by_amount"}


@pytest.mark.parametrize(
    ("kind", "row", "found"),
    [
        ("buy_sell_by_quantity", "2024-01-13,A,-1,5", "sell"),
        ("buy_sell_by_quantity", "2024-01-13,A,1,5", "buy"),
        ("buy_sell_by_amount", "2024-01-13,A,1,-5", "buy"),
        ("buy_sell_by_amount", "2024-01-13,A,1,5", "sell"),
        ("deposit_withdrawal_by_amount", "2024-01-13,,,-5", "withdrawal"),
    ],
)
def test_signs_tell_the_direction_and_are_dropped(kind, row, found):
    columns = {"Date": "day", "Symbol": "symbol", "Quantity": "quantity", "Amount": "gross"}
    mapping = mapping_of({"columns": columns, "fixed": {"type": kind, "currency": "EUR"}})
    parsed = parse(f"Date,Symbol,Quantity,Amount\n{row}\n".encode(), options=Options(mapping=mapping))
    (draft,) = parsed.rows[0].drafts
    assert (draft.type, draft.gross, draft.currency) == (found, 5, "EUR")


def test_a_header_with_a_repeated_name_and_a_damaged_cell_keeps_the_physical_line():
    text = 'Title\n\nDate,Amount,Amount,Note\n2024-01-13,1,2,"two\nlines"\n2024-01-14,x,3,\n'
    look = look_at_table(open_text(text.encode()))
    assert look is not None
    assert (look.header_line, look.header) == (3, ("Date", "Amount", "Amount#2", "Note"))
    mapping = mapping_of(
        {"columns": {"Date": "day", "Amount": "gross"}, "fixed": {"type": "deposit", "currency": "EUR"}}
    )
    parsed = parse(text.encode(), options=Options(mapping=mapping))
    assert [(error.line, error.column, error.code) for error in parsed.errors] == [(6, "Amount", "not_a_number")]


def test_contradicting_days_are_an_error_of_each_row():
    mapping = mapping_of({"columns": {"Date": "day", "Sum": "gross"}, "fixed": {"type": "deposit", "currency": "EUR"}})
    text = "Date,Sum\n13/01/2024,1\n01/13/2024,1\n"
    parsed = parse(text.encode(), options=Options(mapping=mapping))
    assert {error.code for error in parsed.errors} == {"date_order_conflict"}


def test_signatures_find_the_header_below_a_preamble_whatever_its_capitals():
    found = signatures(open_text(b"Account;12\nDATE;Amount;Note\n2024-01-01;1;x\n"))
    assert signature_of(["date", "amount", "note"]) in found
    assert signature_of(["amount", "date", "note"]) not in found


@pytest.mark.parametrize("content", ["one column\nx\n", "a,b\n"])
def test_what_is_no_table_is_none(content):
    assert look_at_table(open_text(content.encode())) is None


def test_of_two_columns_for_a_field_the_one_with_fewer_bad_cells_is_taken():
    assert guessed("Date,Amount,Total\n2024-01-13,x,1\n2024-01-14,2,2\n")["columns"] == {
        "Date": "day",
        "Total": "gross",
    }


def test_two_columns_cannot_be_one_field():
    with pytest.raises(Invalid):
        mapping_of({"columns": {"A": "day", "B": "day"}})
