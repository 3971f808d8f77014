"""A row that is read quickly says what it says when it is read the long way."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from finsage.portfolio import drafts as codec
from finsage.portfolio.importers.fingerprint import content_of
from finsage.portfolio.importers.native import FIELDS
from finsage.portfolio.importers.parsing import Options, Scan, scan
from finsage.portfolio.importers.plain_rows import PlainRow
from finsage.portfolio.importers.rows import AssetHint, RowStatus
from finsage.portfolio.service.import_preview import add_hint

_TEXTS = st.sampled_from(["", "", "ACME", " acme ", "'=1", "-x", "a|b", "ü"])
_AMOUNTS = st.sampled_from(
    [
        "",
        "",
        "1",
        "10.50",
        "0",
        "0.00",
        "-",
        "-3",
        "1,5",
        "1,234",
        "1e3",
        "x",
        "1." + "1" * 37,
        "007",
        " 2 ",
        "9" * 61,
        f"0.{'0' * 17}1",
        f"1.{'0' * 18}1",
    ]
)
_CELLS = {
    "date": st.sampled_from(["2024-01-02", "2024-01-02", "2024-1-3", "20240104", "2024-01-02T10:00:00Z", "", "1850-01-01", "?"]),
    "type": st.sampled_from(["buy", "Sell", "dividend", "interest", "short_sell", "deposit", "split", "total", "no", ""]),
    "currency": st.sampled_from(["EUR", "usd", "GBX", "GBp", "XXZ", ""]),
    "fx_rate": st.sampled_from(["", "", "", "1", "0.9", "0"]),
    "asset_class": st.sampled_from(["", "ETF"]),
    "is_simulated": st.sampled_from(["", "yes"]),
    **dict.fromkeys(("executed_at", "acquired_on"), st.sampled_from(["", "", "", "2024-01-01T01:00:00Z"])),
    **dict.fromkeys(
        ("fee_currency", "settle_currency", "to_symbol", "legs", "lot_ids", "lot_quantities", "to_account", "group"),
        st.sampled_from(["", "", "", "", "", "EUR"]),
    ),
    **dict.fromkeys(("settle_amount", "to_quantity", "ratio", "cost_fraction"), st.sampled_from(["", "", "", "", "1"])),
}  # fmt: skip


def _file(header: list[str], rows: list[list[str]]) -> bytes:
    return "\n".join(",".join(f'"{cell}"' if "," in cell else cell for cell in row) for row in [header, *rows]).encode()


_USUAL = {
    "date": "2024-01-02", "type": "buy", "symbol": "ACME", "quantity": "1", "unit_price": "2", "gross": "", "fee": "",
    "currency": "EUR",
}  # fmt: skip


def _cells_of(name: str) -> st.SearchStrategy[str]:
    return _CELLS.get(name, _AMOUNTS if name in {"quantity", "unit_price", "gross", "fee", "tax"} else _TEXTS)


@st.composite
def _files(draw: st.DrawFn) -> bytes:
    """Usual rows of which up to three cells are something else, and rows with cells too many and too few."""
    others = draw(st.lists(st.sampled_from(sorted(set(FIELDS) - set(_USUAL))), unique=True, max_size=8))
    header = draw(st.permutations([*_USUAL, *others]))
    rows = [[_USUAL.get(name, "") for name in header]]
    for odd in draw(st.lists(st.lists(st.sampled_from(header), unique=True, max_size=3), max_size=12)):
        changed = {name: draw(_cells_of(name)) for name in odd}
        rows.append([changed.get(name, _USUAL.get(name, "")) for name in header])
    return _file(header, [*rows, header, [*header, "too many"], header[:3]])


def _compare(scanned: Scan) -> int:
    """How many rows were read quickly; each of them as the long way reads it."""
    quick = list(scanned.quickly())
    heard: dict[str, AssetHint] = {}
    known: dict[str, AssetHint] = {}
    for row, whole in zip(quick, scanned, strict=True):
        for hint in whole.assets if whole.entries else ():
            add_hint(known, hint)
        if not isinstance(row, PlainRow):
            assert row == whole
            for hint in row.assets if row.entries else ():
                add_hint(heard, hint)
            continue
        [entry] = whole.entries
        assert whole.status is RowStatus.OK
        assert (row.line, whole.message) == (whole.line, "")
        assert list(row.draft.items()) == list(codec.to_json(entry.draft).items())
        assert row.content == content_of(entry.draft)
        assert (row.external_id, row.note, row.tags) == (entry.external_id, entry.note, entry.tags)
        if row.hint is not None:
            add_hint(heard, row.hint)
    assert heard == known
    return sum(isinstance(row, PlainRow) for row in quick)


@given(_files(), st.sampled_from([None, "Broker"]))
def test_a_plain_row_is_what_the_long_way_reads(content: bytes, account: str | None):
    scanned = scan(content, format="finsage", options=Options(account=account, decimal="."))
    if scanned.is_stream:
        assert _compare(scanned) >= 1


def test_trades_and_income_are_plain_and_the_rest_is_not():
    header = ["date", "type", "symbol", "quantity", "unit_price", "gross", "fee", "currency", "executed_at"]
    rows = [
        ["2024-01-02", "buy", "ACME", "2", "3.50", "", "0", "EUR", ""],
        ["2024-01-03", "dividend", "ACME", "", "", "5", "", "EUR", ""],
        ["2024-01-03", "deposit", "", "", "", "5", "", "EUR", ""],
        ["2024-01-04", "sell", "ACME", "1", "3", "", "", "GBX", ""],
        ["2024-01-04", "sell", "ACME", "1", "3", "", "", "EUR", "2024-01-04T10:00:00Z"],
        ["2024-01-05", "sell", "ACME", "0", "3", "", "", "EUR", ""],
        # Both can be kept, their product has 37 decimals.
        ["2024-01-06", "buy", "ACME", f"0.{'0' * 17}1", f"1.{'0' * 18}1", "", "", "EUR", ""],
        # Of a day that is still to come there is something to say.
        ["2024-02-01", "buy", "ACME", "2", "3.50", "", "0", "EUR", ""],
    ]
    scanned = scan(_file(header, rows), options=Options(today=date(2024, 1, 31)))
    assert [isinstance(row, PlainRow) for row in scanned.quickly()] == [True, True, *[False] * 6]
    assert _compare(scanned) == 2
