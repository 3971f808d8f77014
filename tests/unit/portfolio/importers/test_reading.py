from __future__ import annotations

import codecs
import io

import pytest

from finsage.portfolio.importers.errors import UnknownFormat, UnreadableFile
from finsage.portfolio.importers.parsing import Options, parse, scan
from finsage.portfolio.importers.reading import name_columns, open_text, sniff_delimiter
from finsage.portfolio.importers.rows import RowStatus

HEADER = "date,type,gross,currency,note\n"
ROW = "2024-01-02,deposit,100.50,EUR,Über\n"


def codes(parsed):
    return [(error.line, error.column, error.code) for error in parsed.errors]


@pytest.mark.parametrize(
    "data",
    [
        (HEADER + ROW).encode(),
        codecs.BOM_UTF8 + (HEADER + ROW).encode(),
        codecs.BOM_UTF16_LE + (HEADER + ROW).encode("utf-16-le"),
        codecs.BOM_UTF16_BE + (HEADER + ROW).encode("utf-16-be"),
        (HEADER + ROW).encode("utf-16-le"),
        (HEADER + ROW).encode("utf-16-be"),
        (HEADER + ROW).replace("\n", "\r\n").encode(),
        (HEADER + ROW).replace("\n", "\r").encode(),
        (HEADER + ROW).rstrip("\n").encode(),
        ("My bank\n\nAccount 1\n" + HEADER + ROW).encode(),
        (HEADER + ROW).replace(",", ";").encode(),
        (HEADER + ROW).replace(",", "\t").encode(),
        (HEADER + ROW).replace(",", "|").encode(),
    ],
)
def test_encodings_line_ends_delimiters_and_preambles(data):
    parsed = parse(data)
    assert parsed.errors == []
    (row,) = (row for row in parsed.rows if row.status is not RowStatus.SKIPPED)
    assert row.entries[0].note == "Über"
    assert str(row.drafts[0].gross) == "100.50"


def test_a_byte_that_is_not_utf8_is_named_with_the_remedy():
    data = (HEADER + ROW).encode("cp1252")
    with pytest.raises(UnreadableFile) as caught:
        parse(data)
    offset = data.index(b"\xdc")
    assert caught.value.members["code"] == "encoding"
    assert caught.value.members["line"] == 2
    assert f"offset {offset}" in caught.value.detail
    assert "cp1252" in caught.value.detail
    assert parse(data, options=Options(encoding="cp1252")).rows[0].entries[0].note == "Über"


def test_the_offset_is_right_far_into_a_file():
    data = (HEADER + ROW * 9000).encode() + b"2024-01-03,deposit,1,EUR,\xff\n"
    with pytest.raises(UnreadableFile) as caught:
        parse(data)
    assert f"offset {len(data) - 2}" in caught.value.detail
    assert caught.value.members["line"] == 9002


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\xff\xfe", b" \r\n \r\n"])
def test_an_empty_file_says_so(data):
    with pytest.raises(UnreadableFile) as caught:
        parse(data)
    assert caught.value.members["code"] == "empty_file"


def test_only_a_header_gives_no_rows_and_no_errors():
    for data in (HEADER.encode(), HEADER.strip().encode()):
        parsed = parse(data)
        assert (parsed.rows, parsed.errors) == ([], [])


def test_unknown_encodings_and_options_are_refused():
    for options in (
        Options(encoding="ebcdic"),
        Options(decimal="'"),
        Options(date_order="ymd"),
        Options(time_zone="Mars/Base"),
    ):
        with pytest.raises(UnreadableFile):
            parse((HEADER + ROW).encode(), options=options)
    with pytest.raises(UnreadableFile):
        parse((HEADER + ROW).encode(), format="no-such")


def test_lines_are_physical_even_after_quoted_line_breaks():
    data = (
        HEADER
        + '2024-01-02,deposit,1,EUR,"two\nlines"\n'
        + "2024-01-03,deposit,x,EUR,\n"
        + "2024-01-04,deposit,1,EUR,\n"
    )
    parsed = parse(data.encode())
    assert codes(parsed) == [(4, "gross", "not_a_number")]
    assert [row.line for row in parsed.rows] == [2, 4, 5]
    assert parsed.rows[0].entries[0].note == "two\nlines"


def test_a_quote_never_closed_ends_the_reading_with_its_line():
    with pytest.raises(UnreadableFile) as caught:
        parse((HEADER + ROW + '2024-01-02,deposit,1,EUR,"open\n' + ROW * 3).encode())
    assert caught.value.members["code"] == "unclosed_quote"
    assert caught.value.members["line"] == 3


def test_damaged_rows_are_refused_one_by_one():
    long = "x" * 20_000
    data = (
        HEADER
        + f'2024-01-02,deposit,1,EUR,"a"b\n2024-01-02,deposit,1,EUR,a\0b\n2024-01-02,deposit,1,EUR,{long}\n'
        + ROW
    )
    parsed = parse(data.encode())
    assert codes(parsed) == [(2, "", "damaged_row"), (3, "", "damaged_row"), (4, "", "damaged_row")]
    assert parsed.count(RowStatus.OK) == 1


def test_an_unquoted_decimal_comma_is_explained():
    parsed = parse((HEADER + "2024-01-02,deposit,100,50,EUR,note\n").encode())
    assert codes(parsed) == [(2, "", "too_many_cells")]
    assert "quotes" in parsed.errors[0].message


def test_a_line_without_end_is_refused_without_reading_it_all():
    data = io.BytesIO(HEADER.encode() + b"x" * (3 << 20))
    with pytest.raises(UnreadableFile) as caught:
        parse(data)
    assert caught.value.members["code"] == "line_too_long"


def test_empty_rows_are_reported_as_skipped():
    parsed = parse((HEADER + "\n,,,,\n" + ROW).encode())
    assert [row.status for row in parsed.rows] == [RowStatus.SKIPPED, RowStatus.SKIPPED, RowStatus.OK]
    assert parsed.rows[0].message


def test_a_stream_stays_open_and_can_be_scanned_again():
    stream = io.BytesIO((HEADER + ROW).encode())
    scanned = scan(stream)
    assert len(list(scanned)) == len(list(scanned)) == 1
    assert not stream.closed


def test_every_row_is_there_and_every_error_of_a_row():
    data = HEADER + "1600-01-01,deposit,abc,EUR,\n2024-01-02,gamble,1,EUR,\n" + ROW
    parsed = parse(data.encode())
    assert codes(parsed) == [
        (2, "date", "day_out_of_range"),
        (2, "gross", "not_a_number"),
        (3, "type", "unknown_type"),
    ]
    assert len(parsed.rows) == 3


def test_repeated_headers_are_told_apart_by_position():
    assert name_columns(["Buy", " Cur. ", "Sell", "Cur.", "cur."]) == ["Buy", "Cur.", "Sell", "Cur.#2", "cur.#3"]


def test_delimiter_of_most_uniform_lines():
    assert sniff_delimiter(["a;b;c", "1,5;2;3", "4;5,5;6"]) == ";"


def test_binary_files_are_not_taken_for_text():
    for data in (b"PK\x03\x04 spreadsheet", b"\x89PNG\r\n\x1a\n" + bytes(range(256))):
        with pytest.raises(UnreadableFile):
            parse(data, file_name="x")


def test_open_text_leaves_the_place_of_the_mark():
    assert open_text(codecs.BOM_UTF8 + b"a\n").start == 3


FULL = "2024-01-02,deposit,10.50,EUR,first\n"


@pytest.mark.parametrize(
    "rest", ["2024", "2024-01-03,deposit,20", "2024-01-03,deposit,20.75,EUR", '2024-01-03,"deposit"']
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_file_that_breaks_off_within_its_last_row_does_not_book_half_an_amount(rest, end):
    parsed = parse((HEADER + FULL + rest).replace("\n", end).encode())
    assert codes(parsed) == [(3, "", "damaged_row")]
    assert "breaks off" in parsed.errors[0].message
    assert parsed.count(RowStatus.OK) == 1


@pytest.mark.parametrize(
    "data",
    [
        HEADER + FULL + "2024-01-03,deposit,20\n",  # the line has its end
        HEADER + "2024-01-02,deposit,10.50\n" + FULL + "2024-01-03,deposit,20",  # short rows are the custom here
        HEADER + FULL.rstrip("\n"),
        HEADER + "2024-01-03,deposit,20",  # nothing to compare it with
    ],
)
def test_short_rows_that_were_not_cut_off_are_read(data):
    parsed = parse(data.encode())
    assert parsed.errors == []
    assert parsed.rows[-1].status is not RowStatus.SKIPPED


def test_a_row_shorter_than_the_short_ones_was_cut_off():
    parsed = parse((HEADER + "2024-01-02,deposit,10.50,EUR\n" + FULL + "2024-01-03,deposit,20").encode())
    assert codes(parsed) == [(4, "", "damaged_row")]


def test_a_closing_remark_without_line_end_is_no_row_cut_off():
    data = HEADER + FULL + "*** end of the statement ***,"
    assert [row.status for row in parse(data.encode()).rows] == [RowStatus.OK, RowStatus.SKIPPED]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"PK\x03\x04...", "spreadsheet"),
        (bytes.fromhex("d0cf11e0a1b11ae1"), "spreadsheet"),
        (b"\x1f\x8b\x08\0abc", "archive"),
        (b"%PDF-1.4\n%\xe2\xe3", "document"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"\n<!DOCTYPE html><html>Please sign in</html>", "web_page"),
        (b"<HTML><table>", "web_page"),
    ],
)
def test_what_is_no_export_is_called_by_its_name(data, code):
    with pytest.raises(UnreadableFile) as caught:
        parse(data, file_name="a.csv")
    assert caught.value.members["code"] == code
    assert caught.value.detail.startswith("a.csv is a")


def test_a_column_whose_name_begins_like_an_archive_is_no_archive():
    with pytest.raises(UnknownFormat):
        parse(b"PKN,PKO\n1,2\n")


def test_utf_32_is_named():
    with pytest.raises(UnreadableFile) as caught:
        parse((HEADER + ROW).encode("utf-32"))
    assert "UTF-32" in caught.value.detail


def test_a_cell_without_end_is_not_called_an_open_quote():
    with pytest.raises(UnreadableFile) as caught:
        parse((HEADER + ROW.replace("Über", "x" * 200_000)).encode())
    assert (caught.value.members["code"], caught.value.members["line"]) == ("cell_too_long", 2)


def test_a_table_is_not_read_as_a_format_that_is_no_table():
    with pytest.raises(UnreadableFile) as caught:
        parse((HEADER + ROW).encode(), format="ghostfolio-json")
    assert caught.value.members["code"] == "other_format"


def test_headers_are_shown_shortly():
    data = ",".join(["x" * 500] * 300)
    with pytest.raises(UnknownFormat) as caught:
        parse(data.encode())
    assert len(caught.value.members["headers"]) == 100
    assert len(caught.value.detail) < 4000
