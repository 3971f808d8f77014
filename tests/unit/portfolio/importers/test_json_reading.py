"""A JSON export is read as a stream: as the standard library reads it, in any size, faults with their place."""

from __future__ import annotations

import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from unit.portfolio.importers.test_streaming import scan_apart

from finsage.portfolio.importers import json_reading
from finsage.portfolio.importers.errors import UnreadableFile
from finsage.portfolio.importers.json_reading import read_json
from finsage.portfolio.importers.parsing import parse
from finsage.portfolio.importers.reading import open_text

STREAMED = "transactions"
# Wide enough that most documents are read in several windows of the smallest width.
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
documents = st.dictionaries(st.text(max_size=5) | st.just(STREAMED), values, max_size=5)


@pytest.fixture(params=[1, 7, 1 << 18])
def piece(request, monkeypatch) -> int:
    monkeypatch.setattr(json_reading, "_PIECE", request.param)
    return request.param


def read_whole(text: str) -> dict[str, object]:
    document = read_json(open_text(text.encode()), STREAMED)
    members = dict(document.members)
    if document.has_stream:
        members[STREAMED] = [item.value for item in document.stream()]
        assert members[STREAMED] == [item.value for item in document.stream()], "again and again"
    return members


@pytest.mark.usefixtures("piece")
@settings(max_examples=60, deadline=None)
@given(document=documents, indent=st.none() | st.integers(0, 3), is_ascii=st.booleans())
def test_a_document_is_what_the_standard_library_reads(document, indent, is_ascii):
    text = json.dumps(document, indent=indent, ensure_ascii=is_ascii)
    assert read_whole(text) == json.loads(text, parse_float=str, parse_int=str)


@pytest.mark.usefixtures("piece")
@settings(max_examples=60, deadline=None)
@given(document=documents.filter(bool), data=st.data())
def test_a_damaged_document_is_refused_when_the_standard_library_refuses_it(document, data):
    text = json.dumps(document, indent=1)
    at = data.draw(st.integers(1, len(text) - 1))
    damaged = text[:at] + data.draw(st.sampled_from(["", "}", "]", ",", '"', "x", "\\"])) + text[at + 1 :]
    wanted = _standard(damaged)
    if wanted is None:
        with pytest.raises(UnreadableFile, match=r"line \d+"):
            read_whole(damaged)
    else:
        assert read_whole(damaged) == wanted


def _standard(text: str) -> dict[str, object] | None:
    """What the standard library reads; None where it refuses. A name that comes twice it takes, so that is left out."""

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        assume(len(dict(pairs)) == len(pairs))
        return dict(pairs)

    try:
        return json.loads(text, parse_float=str, parse_int=str, object_pairs_hook=once)
    except json.JSONDecodeError:
        return None


@pytest.mark.usefixtures("piece")
@pytest.mark.parametrize(
    ("text", "line", "place"),
    [
        ('{"transactions": [\n{},\n{"a": 1,\n"b" 2}]}', 4, "line 4, character 5"),
        ('{"transactions": [\n{"a": "' + "long " * 50 + '"},\n  {}\n  {}]}', 4, "line 4, character 3"),
        ('{"assets": [],\n "transactions": [{},]}', 2, "line 2, character 22"),
        ('{"transactions": [{}],\n\n"transactions": []}', 3, "second member 'transactions' on line 3"),
        ('{"a": 1}\n{', 2, "line 2, character 1"),
        ('{"a": 1,\n2: 3}', 2, "line 2, character 1"),
        ('{"transactions": [\n{"quantity": NaN}]}', 2, "line 2, character 1"),
        ('{"transactions": [\n{"note": "is never closed}]}', 2, "line 2, character 10"),
        ('{"transactions": [\n{}', 2, "line 2, character 3"),
        ('{"transactions": [\n' + "[" * 50_000, 2, "line 2 is nested"),
    ],
)
def test_a_malformed_document_names_the_place(text, line, place):
    with pytest.raises(UnreadableFile, match=place) as refused:
        read_json(open_text(text.encode()), STREAMED)
    assert refused.value.members == {"code": "not_json", "line": line}


def test_an_early_fault_is_found_without_reading_on():
    text = open_text(b'{"transactions": [{"a" 1},' + b"{}," * 2_000_000)
    text.stream.seek(0)
    with pytest.raises(UnreadableFile, match="line 1, character 24"):
        read_json(text, STREAMED)
    assert text.stream.tell() < 1 << 20


def test_what_is_kept_in_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(json_reading, "HELD_LENGTH_MAX", 1 << 20)
    for long in ('"assets": [' + '{"key": 1},' * 120_000 + "{}]", '"note": "' + "n" * (2 << 20) + '"'):
        with pytest.raises(UnreadableFile) as refused:
            parse(b'{"format": "finsage-portfolio", ' + long.encode() + b"}")
        assert refused.value.members["code"] == "too_large"


@pytest.mark.parametrize("order", ["format, assets, transactions", "assets, transactions, format"])
def test_members_may_stand_in_any_order(order):
    parts = {
        "format": '"format": "finsage-portfolio", "version": 1',
        "assets": '"assets": [{"key": "ACME", "symbol": "ACME"}]',
        "transactions": '"transactions": [{"id": "1", "type": "buy", "booked_on": "2024-01-02", "asset": "ACME",'
        ' "quantity": "1", "unit_price": 1.50, "currency": "EUR"}]',
    }
    parsed = parse(("{" + ", ".join(parts[name] for name in order.split(", ")) + "}").encode())
    assert (parsed.format, parsed.errors) == ("finsage-json", [])
    (row,) = (row for row in parsed.rows if row.drafts)
    assert (row.drafts[0].asset, str(row.drafts[0].unit_price), row.assets[0].symbol) == ("ACME", "1.50", "ACME")


@pytest.mark.slow
def test_an_export_of_40_mebibytes_is_read_with_every_row_in_bounded_memory(tmp_path):
    path = tmp_path / "export.json"
    note = "n" * 2_000
    with path.open("w", encoding="utf-8") as file:
        file.write('{"format": "finsage-portfolio", "version": 1,\n"portfolio": {"name": "Large"},\n"assets": [\n')
        file.write(",\n".join(f'{{"key": "SYM{i}", "symbol": "SYM{i}"}}' for i in range(500)))
        file.write('\n],\n"transactions": [')
        count = 0
        while file.tell() < 40 << 20:
            file.writelines(
                f'{"," if i else ""}\n{{"id": "{i}", "type": "buy", "booked_on": "2024-01-{1 + i % 28:02}",'
                f' "asset": "SYM{i % 500}", "quantity": "1.5", "unit_price": "2.25", "currency": "USD", "note": "{note}"}}'
                for i in range(count, count + 1000)
            )
            count += 1000
        file.write("\n]}\n")
    rows, peak = scan_apart(path)
    assert rows == count + 1, "and that which names the policies"
    assert peak <= 120
