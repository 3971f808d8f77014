"""Price files as people have them: what is read, and what each fault is called."""

from __future__ import annotations

import time
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finsage.market.errors import PriceFileTooLarge
from finsage.market.price_files import FILE_BYTES_MAX, read_price_file


def _read(text: str, encoding: str = "utf-8"):
    return read_price_file(text.encode(encoding))


def _rows(file):
    assert file.errors == []
    return [(line.day.isoformat(), line.symbol, str(line.close), line.currency) for line in file.lines]


def _error(text: str) -> tuple[int, str, str]:
    [error] = _read(text).errors
    assert error.message
    return error.line, error.column, error.code


def test_the_long_form():
    assert _rows(_read("date,symbol,close,currency\n2024-01-03,ACME,12.50,EUR\n2024-01-02,ACME,12,\n")) == [
        ("2024-01-03", "ACME", "12.50", "EUR"),
        ("2024-01-02", "ACME", "12", ""),
    ]


def test_columns_by_name_in_any_order_and_case():
    assert _rows(_read("Close,Volume,Ticker,Day\n1.5,900,ACME,2024-01-02\n")) == [("2024-01-02", "ACME", "1.5", "")]


def test_the_wide_form_skips_empty_cells():
    assert _rows(_read("date,AAA,BBB\n2024-01-02,1,\n2024-01-03,2,5\n")) == [
        ("2024-01-02", "AAA", "1", ""),
        ("2024-01-03", "AAA", "2", ""),
        ("2024-01-03", "BBB", "5", ""),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters(encoding: str, delimiter: str):
    text = f"date{delimiter}Müller{delimiter}B\r\n2024-01-02{delimiter}1.25{delimiter}2\r\n"
    content = b"\xff\xfe" + text.encode("utf-16-le") if encoding == "utf-16-le-bom" else text.encode(encoding)
    assert _rows(read_price_file(content)) == [("2024-01-02", "Müller", "1.25", ""), ("2024-01-02", "B", "2", "")]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (["1,5", "1.234,25"], ["1.5", "1234.25"]),
        (["1.5", "1,234.25"], ["1.5", "1234.25"]),
        (["1.234", "2,50"], ["1234", "2.50"]),
        (["1.234.567", "5"], ["1234567", "5"]),
        (["1\u00a0234,5", "7"], ["1234.5", "7"]),
        (["1'234.5", "7"], ["1234.5", "7"]),
        (["1.234", "5"], ["1.234", "5"]),
        (["0,123", "5"], ["0.123", "5"]),
        (["12e-3", "1E2"], ["0.012", "1E+2"]),
    ],
)
def test_one_decimal_mark_for_the_whole_file(written: list[str], meant: list[str]):
    lines = "\n".join(f"2024-01-{day:02};A;{close}" for day, close in enumerate(written, 1))
    assert [row[2] for row in _rows(_read(f"date;symbol;close\n{lines}\n"))] == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (["2024-01-02", "2024-1-3"], ["2024-01-02", "2024-01-03"]),
        (["2024-01-02T00:00:00Z", "2024-01-03 16:00"], ["2024-01-02", "2024-01-03"]),
        (["02.01.2024", "03.02.2024"], ["2024-01-02", "2024-02-03"]),
        (["01/02/2024", "01/31/2024"], ["2024-01-02", "2024-01-31"]),
        (["01/02/2024", "31/01/2024"], ["2024-02-01", "2024-01-31"]),
        (["2024/01/02", "2024/01/03"], ["2024-01-02", "2024-01-03"]),
    ],
)
def test_one_order_of_days_for_the_whole_file(written: list[str], meant: list[str]):
    lines = "\n".join(f"{day},A,{close}" for close, day in enumerate(written, 1))
    assert [row[0] for row in _rows(_read(f"date,symbol,close\n{lines}\n"))] == meant


HEAD = "date,symbol,close,currency\n2024-01-01,A,5,EUR\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEAD + "2024-01-02,A,-1,EUR\n", (3, "close", "close")),
        (HEAD + "2024-01-02,A,0,EUR\n", (3, "close", "close")),
        (HEAD + "2024-01-02,A,NaN,EUR\n", (3, "close", "number")),
        (HEAD + "2024-01-02,A,inf,EUR\n", (3, "close", "number")),
        (HEAD + "2024-01-02,A,1e308,EUR\n", (3, "close", "close")),
        (HEAD + "2024-01-02,A,1e-40,EUR\n", (3, "close", "close")),
        (HEAD + "2024-01-02,A,,EUR\n", (3, "close", "number")),
        (HEAD + "2024-01-02,A,12 EUR,EUR\n", (3, "close", "number")),
        (HEAD + "1899-12-31,A,1,EUR\n", (3, "date", "day")),
        (HEAD + "2101-01-01,A,1,EUR\n", (3, "date", "day")),
        (HEAD + "2024-02-30,A,1,EUR\n", (3, "date", "day")),
        (HEAD + "yesterday,A,1,EUR\n", (3, "date", "day")),
        (HEAD + "2024-01-02,,1,EUR\n", (3, "symbol", "symbol")),
        (HEAD + f"2024-01-02,{'A' * 121},1,EUR\n", (3, "symbol", "symbol")),
        (HEAD + "2024-01-02,A,1,Euro\n", (3, "currency", "currency")),
        (HEAD + "2024-01-01,A,6,EUR\n", (3, "close", "duplicate_day")),
        (HEAD + "2024-01-02,A\n", (3, "", "columns")),
        ("day\n2024-01-02\n", (1, "", "header")),
        ("when,symbol,close\n", (1, "", "header")),
        ("date,symbol,value\n", (1, "", "header")),
        ("date,A,B,A\n2024-01-02,1,2,3\n", (1, "A", "header")),
        ("", (1, "", "header")),
        ("date;symbol;close\n2024-01-02;A;1,234\n", (1, "", "undecided")),
        ("date;symbol;close\n2024-01-02;A;1,5\n2024-01-03;A;1.5\n", (1, "", "undecided")),
        ("date,symbol,close\n01/02/2024,A,1\n", (1, "", "undecided")),
        ("date,symbol,close\n13/02/2024,A,1\n01/20/2024,A,1\n", (1, "", "undecided")),
        ('date,symbol,close\n2024-01-02,"A,1\n', (1, "", "unreadable")),
        ("date,symbol,close\n2024-01-02,A\0,1\n", (1, "", "encoding")),
    ],
)
def test_each_fault_has_its_place(text: str, expected: tuple[int, str, str]):
    assert _error(text) == expected


def test_another_encoding_is_refused_with_its_line():
    [error] = read_price_file("date,symbol,close\n2024-01-02,Müller,1\n".encode("latin-1")).errors
    assert (error.line, error.code) == (2, "encoding")
    assert "UTF-8" in error.message


def test_quoted_line_breaks_do_not_shift_line_numbers():
    text = 'date,symbol,note,close\n2024-01-02,A,"two\nlines",1\n2024-01-03,A,x,bad\n'
    assert _error(text) == (4, "close", "number")


def test_all_errors_are_listed_not_the_first_alone():
    text = "date,symbol,close\n2024-01-02,A,x\n2024-01-03,A,-1\n2024-01-04,A,3\n"
    file = _read(text)
    assert [error.line for error in file.errors] == [2, 3]
    assert len(file.lines) == 1


def test_an_identical_row_twice_is_one_and_named():
    file = _read("date,symbol,close\n2024-01-02,A,1.0\n2024-01-02,A,1.00\n")
    assert _rows(file) == [("2024-01-02", "A", "1.0", "")]
    assert [(one.line, one.message) for one in file.repeats] == [
        (3, "A has the same close on 2024-01-02 in line 2; keep one.")
    ]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("date,symbol,close\n2024-01-02,A,1\n2024-01-03,A,\n", "close"),
        ("date,close\n2024-01-02,1\n2024-01-03, \n", "close"),
        ("date,A,B\n2024-01-02,1,\n2024-01-03,,\n", "A"),
    ],
    ids=["long", "one column", "two columns"],
)
def test_a_line_without_a_close_is_an_error(text: str, column: str):
    [error] = _read(text).errors
    assert (error.line, error.column) == (3, column)
    assert "leave the line out" in error.message


def test_a_file_above_the_bound_is_refused():
    with pytest.raises(PriceFileTooLarge):
        read_price_file(b"x" * (FILE_BYTES_MAX + 1))


def test_a_hundred_thousand_rows():
    first = date(2000, 1, 1)
    days = [(first + timedelta(offset)).isoformat() for offset in range(2_000)]
    text = "date,symbol,close\n" + "".join(
        f"{day},S{n},{n + 1}.{k:04}\n" for k, day in enumerate(days) for n in range(50)
    )
    started = time.process_time()
    file = _read(text)
    print(f"100,000 rows read in {time.process_time() - started:.2f} s of CPU")
    assert len(file.lines) == 100_000
    assert file.errors == []


CLOSES = st.decimals(min_value=Decimal("0.0001"), max_value=Decimal("1e9"), places=4)
DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31))


@settings(max_examples=40)
@given(st.dictionaries(DAYS, CLOSES, min_size=1, max_size=20), st.booleans())
def test_what_is_written_is_read(closes: dict[date, Decimal], is_comma: bool):
    written = {day: f"{close:f}".replace(".", "," if is_comma else ".") for day, close in closes.items()}
    text = "date;symbol;close\n" + "".join(f"{day};A;{close}\n" for day, close in written.items())
    file = _read(text)
    assert file.errors == []
    assert {line.day: line.close for line in file.lines} == closes


@settings(max_examples=60)
@given(st.binary(max_size=300))
def test_any_bytes_give_rows_or_errors(content: bytes):
    file = read_price_file(b"date,symbol,close\n" + content)
    assert all(error.line >= 1 and error.message for error in file.errors)
