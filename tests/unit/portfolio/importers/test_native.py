from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finsage.finance.transaction import Draft, PoolLeg, TransactionType, faults_of
from finsage.portfolio.importers.errors import UnknownFormat
from finsage.portfolio.importers.native import HEADER, ExportRow, export_csv
from finsage.portfolio.importers.parsing import Options, parse
from finsage.portfolio.importers.rows import AssetHint, RowStatus

T = TransactionType
D = Decimal


def exported(*rows: ExportRow) -> bytes:
    return "".join(export_csv(rows)).encode()


def as_exported(draft: Draft) -> Draft:
    return replace(draft, id="", sequence=0, pointer="")


def make(kind: TransactionType, **fields) -> Draft:
    return Draft(id=f"id-{kind}", type=kind, booked_on=date(2024, 1, 2), account="Main", **fields)


ONE_OF_EACH = [
    make(
        T.BUY,
        asset="X",
        quantity=D("10.5"),
        unit_price=D(3),
        fee=D(1),
        fee_currency="BNB",
        tax=D("0.5"),
        currency="USD",
    ),
    make(
        T.SELL,
        asset="X",
        quantity=D(1),
        gross=D(9),
        lot_ids=("a", "b"),
        lot_quantities=(D("0.75"), D("0.25")),
        settle_currency="CHF",
        settle_amount=D(8),
    ),
    make(T.SHORT_SELL, asset="X", quantity=D(1), unit_price=D(0)),
    make(T.COVER, asset="X", quantity=D(10) ** 30, unit_price=D("1e-36"), fx_rate=D("0.9")),
    make(T.DEPOSIT, gross=D(1000), currency="EUR", cash_account="Bank"),
    make(T.WITHDRAWAL, gross=D(1), currency="EUR"),
    make(T.TRANSFER_OUT, asset="X", quantity=D(2), group="g1"),
    make(T.TRANSFER_IN, asset="X", quantity=D(2), group="g1", acquired_on=date(2020, 5, 6)),
    make(T.DIVIDEND, asset="X", gross=D("2.40"), tax=D("0.3"), currency="USD"),
    make(T.INTEREST, gross=D("0.01"), currency="EUR"),
    make(T.INTEREST_PAID, gross=D(5), currency="EUR"),
    make(T.FEE, gross=D(5), currency="EUR"),
    make(T.TAX, gross=D(5), currency="EUR", asset="X"),
    make(T.FEE_REFUND, gross=D(5), currency="EUR"),
    make(T.TAX_REFUND, gross=D(5), currency="EUR"),
    make(T.SPLIT, asset="X", ratio=D("0.04")),
    make(T.BONUS, asset="X", ratio=D("1.1")),
    make(T.SPIN_OFF, asset="X", to_asset="Y", to_quantity=D(3), cost_fraction=D("0.25")),
    make(T.SWAP, asset="BTC", quantity=D("0.1"), to_asset="ETH", to_quantity=D(2), gross=D(5000), currency="EUR"),
    make(T.MERGER, asset="X", quantity=D(4), to_asset="Y", to_quantity=D(1), gross=D(5), cost_fraction=D("0.1")),
    make(T.STAKE, asset="ETH", quantity=D(2), to_account="validator"),
    make(T.UNSTAKE, asset="ETH", quantity=D(2)),
    make(T.LP_ADD, asset="LP", quantity=D(1), legs=(PoolLeg("ETH", D("0.5")), PoolLeg("U S", D(3)))),
    make(T.LP_REMOVE, asset="LP", quantity=D(1), legs=(PoolLeg("ETH", D(1)),), fee=D(1), currency="EUR"),
    make(T.REWARD, asset="ETH", quantity=D("0.001")),
    make(T.AIRDROP, asset="UNI", quantity=D(400), unit_price=D(3), currency="USD"),
    make(T.OPENING_BALANCE, asset="X", quantity=D(5), unit_price=D(2), acquired_on=date(2019, 1, 1)),
]


def test_one_of_each_type_reads_back_as_it_was_written():
    drafts = [*ONE_OF_EACH, replace(ONE_OF_EACH[0], id="timed", executed_at=datetime(2024, 1, 2, 23, 59, 1, 5, UTC))]
    assert {draft.type for draft in drafts} == set(T)
    assert [faults_of(draft) for draft in drafts] == [[]] * len(drafts)
    parsed = parse(exported(*(ExportRow(draft, note="n", tags=("a", "b c")) for draft in drafts)))
    assert parsed.format == "finsage"
    assert parsed.errors == []
    assert [as_exported(row.drafts[0]) for row in parsed.rows] == [as_exported(draft) for draft in drafts]
    assert [row.external_id for row in parsed.rows] == [draft.id for draft in drafts]
    assert {(row.entries[0].note, row.entries[0].tags) for row in parsed.rows} == {("n", ("a", "b c"))}


texts = (
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12).map(str.strip).filter(bool)
)
amounts = st.decimals(min_value=0, max_value=D(10) ** 20, places=6).map(lambda value: value + D("0.000001"))


@settings(max_examples=60)
@given(symbol=texts, note=texts, account=texts, quantity=amounts, price=amounts)
def test_texts_and_amounts_round_trip(symbol, note, account, quantity, price):
    draft = Draft(
        id="1",
        type=T.BUY,
        booked_on=date(2024, 1, 2),
        asset=symbol,
        quantity=quantity,
        unit_price=price,
        account=account,
    )
    parsed = parse(exported(ExportRow(draft, note=note)))
    assert parsed.errors == []
    assert as_exported(parsed.rows[0].drafts[0]) == as_exported(draft)
    assert parsed.rows[0].entries[0].note == note


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "'=1", "''", "=cmd|' /C calc'!A0"])
def test_no_cell_is_a_formula_and_texts_come_back(text):
    data = exported(ExportRow(make(T.FEE, gross=D(1), currency="EUR"), note=f"{text}."))
    for cells in csv.reader(io.StringIO(data.decode(), newline="")):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)
    assert parse(data).rows[0].entries[0].note == f"{text}."


def test_an_asset_can_be_described():
    hint = AssetHint("X", isin="US0378331005", name="Apple", asset_class="equity")
    parsed = parse(exported(ExportRow(ONE_OF_EACH[0], asset=hint)))
    assert parsed.rows[0].asset == replace(hint, currency="USD")


def test_a_misspelt_column_is_refused_not_dropped():
    with pytest.raises(UnknownFormat) as caught:
        parse(b"date,type,symbol,quantity,unitprice\n2024-01-02,buy,X,1,2\n")
    assert "unitprice" in caught.value.detail
    assert "FinSage CSV" in caught.value.detail


def rows(*lines: str, header="date,type,symbol,quantity,unit_price,gross,currency,note", **options):
    return parse("\n".join([header, *lines]).encode(), options=Options(**options))


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        ("2024-01-02,buy,X,1,,,EUR,", "unit_price", "missing"),
        ("2024-01-02,buy,,1,2,,EUR,", "symbol", "missing"),
        ("2024-01-02,buy,X,,2,,EUR,", "quantity", "missing"),
        ("2024-01-02,buy,X,0,2,,EUR,", "quantity", "invalid"),
        ("2024-01-02,buy,X,1,-2,,EUR,", "unit_price", "negative"),
        ("2024-01-02,buy,X,NaN,2,,EUR,", "quantity", "not_finite"),
        ("2024-01-02,deposit,X,,,5,EUR,", "symbol", "invalid"),
        ("2024-01-02,deposit,,,,,EUR,", "gross", "missing"),
        ("1600-01-02,deposit,,,,5,EUR,", "date", "day_out_of_range"),
        ("2400-01-02,deposit,,,,5,EUR,", "date", "day_out_of_range"),
        (",deposit,,,,5,EUR,", "date", "missing"),
        ("2024-01-02,,,,,5,EUR,", "type", "unknown_type"),
        ("2024-01-02,buy,X,1e60,2,,EUR,", "quantity", "out_of_range"),
        (f"2024-01-02,buy,X,0.{'0' * 36}1,2,,EUR,", "quantity", "precision_exceeded"),
        # Each number can be kept, but not what they come to.
        (f"2024-01-02,buy,X,0.{'0' * 17}1,1.{'0' * 18}1,,EUR,", "", "precision_exceeded"),
        (f"2024-01-02,buy,X,1{'0' * 30},1{'0' * 30},,EUR,", "", "precision_exceeded"),
    ],
)
def test_a_bad_cell_is_named_by_line_column_and_code(line, column, code):
    parsed = rows("2024-01-01,deposit,,,,1,EUR,", line)
    assert [(error.line, error.column, error.code) for error in parsed.errors] == [(3, column, code)]
    assert parsed.rows[-1].entries == ()
    assert parsed.count(RowStatus.OK) == 1


def test_hostile_texts_pass_through_as_text():
    note = "'; DROP TABLE postings; -- <script>alert(1)</script> ../../etc/passwd"
    parsed = rows(f'2024-01-02,buy,<b>X</b>,1,2,,EUR,"{note}"')
    assert parsed.errors == []
    assert parsed.rows[0].entries[0].note == note
    assert parsed.rows[0].drafts[0].asset == "<b>X</b>"


def test_semicolons_with_decimal_commas():
    data = "date;type;symbol;quantity;unit_price;currency\n02.01.2024;buy;X;1.000,5;12,34;EUR\n15.01.2024;buy;X;1.234;5,00;EUR\n"
    parsed = parse(data.encode())
    assert parsed.errors == []
    assert [(d.quantity, d.unit_price) for row in parsed.rows for d in row.drafts] == [
        (D("1000.5"), D("12.34")),
        (D(1234), D(5)),
    ]


def test_a_quantity_of_ten_to_the_thirty_is_kept():
    (row,) = rows(f"2024-01-02,buy,SHIB,1{'0' * 30},0.000000000000000001,,EUR,").rows
    assert row.drafts[0].quantity == D(10) ** 30


def test_aliases_of_other_programs_are_understood():
    parsed = rows("2024-01-02,DELIVERY_INBOUND,X,1,,,EUR,", "2024-01-03,Interest_Charge,,,,2,EUR,")
    assert [row.drafts[0].type for row in parsed.rows] == [T.TRANSFER_IN, T.INTEREST_PAID]


def test_a_file_that_runs_backwards_is_reversed_ties_too():
    parsed = rows("2024-01-03,deposit,,,,3,EUR,", "2024-01-02,deposit,,,,2,EUR,", "2024-01-02,deposit,,,,1,EUR,")
    assert [int(row.drafts[0].gross) for row in parsed.rows] == [1, 2, 3]
    assert [row.drafts[0].sequence for row in parsed.rows] == [0, 1, 2]
    assert [row.line for row in parsed.rows] == [4, 3, 2]


def test_the_day_of_an_instant_is_the_portfolios():
    parsed = rows(
        "2024-01-02T23:30:00Z,deposit,1,EUR", header="executed_at,type,gross,currency", time_zone="Europe/Berlin"
    )
    assert parsed.rows[0].drafts[0].booked_on == date(2024, 1, 3)


def test_an_account_given_by_the_caller_holds_for_every_row():
    data = b"date,type,gross,currency,account\n2024-01-02,deposit,1,EUR,Old\n"
    assert parse(data, options=Options(account="New")).rows[0].drafts[0].account == "New"


def test_equal_rows_stay_and_are_flagged():
    parsed = rows("2024-01-02,deposit,,,,1,EUR,", "2024-01-02,deposit,,,,1.0,EUR,")
    assert [row.status for row in parsed.rows] == [RowStatus.OK, RowStatus.WARNING]
    assert "line 2" in parsed.rows[1].message


def test_the_header_is_what_the_documentation_says():
    assert next(iter(export_csv([]))).strip().split(",") == list(HEADER)


def test_a_leg_that_is_no_quantity_and_symbol_is_an_error_of_its_row():
    head = "date,type,symbol,quantity,legs\r\n"
    for legs in ("ABC", "x ABC", "1.5 "):
        parsed = parse(f"{head}2024-01-02,lp_add,LP,1,{legs}\r\n".encode())
        assert [(error.line, error.code) for error in parsed.errors] == [(2, "bad_legs")], legs
    (row,) = parse(f"{head}2024-01-02,lp_add,LP,1,1.5 ABC|2 A B\r\n".encode()).rows
    assert [(leg.asset, str(leg.quantity)) for leg in row.drafts[0].legs] == [("ABC", "1.5"), ("A B", "2")]


@pytest.mark.parametrize("kind", [T.BUY, T.SHORT_SELL, T.COVER])
def test_lots_are_refused_in_a_row_that_takes_none(kind: TransactionType) -> None:
    head = "date,type,symbol,quantity,unit_price,currency,lot_ids,lot_quantities"
    file = f"{head}\n2024-01-02,{kind},X,1,2,EUR,a#1|b#1,0.5|0.5\n".encode()
    [row] = parse(file).rows
    assert row.status is RowStatus.ERROR
    assert [(error.column, error.message) for error in row.errors] == [
        ("lot_ids", f"lot ids a#1|b#1: {kind} takes no lots; leave it out; correct the row."),
        ("lot_quantities", f"lot quantities 0.5|0.5: {kind} takes no lots; leave it out; correct the row."),
    ]


def test_a_fault_within_a_list_names_the_cell_and_shows_it() -> None:
    head = "date,type,symbol,quantity,unit_price,currency,lot_ids,lot_quantities"
    file = f"{head}\n2024-01-02,sell,X,1,2,EUR,a#1|a#1,0.5|0.5\n".encode()
    [error] = parse(file).errors
    assert (error.column, error.message) == (
        "lot_ids",
        "lot ids a#1|a#1: each lot can stand once; correct the row.",
    )
