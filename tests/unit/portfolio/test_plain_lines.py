"""A line written from the texts of a draft is the line of the transaction that the draft books."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from finsage.errors import Invalid
from finsage.finance.asset import Asset
from finsage.finance.booking import book
from finsage.finance.money import exact
from finsage.finance.transaction import TransactionType
from finsage.finance.valuation import Market
from finsage.portfolio import drafts as codec
from finsage.portfolio.service.books import Book
from finsage.portfolio.service.plain_lines import PlainLines
from finsage.portfolio.service.writing import new_row
from finsage.portfolio.store.copy_lines import Ids, Words, line_of

ACME, OPTION, IMPORT = uuid4(), uuid4(), uuid4()
SYMBOLS = {ACME: "ACME", OPTION: "A\\O\t"}
BOOK = Book(
    SimpleNamespace(id=uuid4(), base_currency="EUR"),  # type: ignore[arg-type]  # no more of it is looked at
    {},
    (),
    {name: SimpleNamespace(id=name, symbol=SYMBOLS[name], currency="USD") for name in SYMBOLS},  # type: ignore[misc]
)
MARKET = Market(
    base_currency="EUR",
    assets={
        str(ACME): Asset(str(ACME), "USD"),
        str(OPTION): Asset(str(OPTION), "USD", multiplier=Decimal(100)),
    },
)
NAME = str(uuid4())
NUMBERS = {8, 9, 10}
"""Cells whose text may say the same number in another way: quantity, price and total."""

_ODD = st.sampled_from(["Main", 'a "b" \\ c\td\ne {f,g} NULL ü'])
_AMOUNTS = st.sampled_from(["1", "10.50", "0", "0.0000001", "1000", "3.333333333333333333", "9" * 30])
_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "executed_at": st.just("2024-01-02T10:00:00+00:00"),
    "asset": st.sampled_from([str(ACME), str(ACME), str(OPTION), "USD", "EUR"]),
    **dict.fromkeys(("quantity", "unit_price", "gross", "fee", "tax"), _AMOUNTS),
    "currency": st.sampled_from(["EUR", "USD"]),
    "fx_rate": st.sampled_from(["1", "0.9", "0.123456789"]),
    "settle_currency": st.sampled_from(["EUR", "CHF"]),
    "settle_amount": _AMOUNTS,
    "fee_currency": st.sampled_from(["EUR", "CHF"]),
    "cash_account": _ODD,
    "lot_ids": st.just([f"{NAME}#1"]),
    "to_account": st.just("Vault"),
    "group": st.just("g"),
}
_USUAL = ("asset", "quantity", "unit_price", "currency")


@st.composite
def _drafts(draw: st.DrawFn) -> dict[str, Any]:
    """What is usual, with up to four fields more or less."""
    kind = draw(st.sampled_from(["buy", "buy", "sell", *[kind.value for kind in TransactionType]]))
    changed = draw(st.lists(st.sampled_from(sorted(_FIELDS)), unique=True, max_size=4))
    names = set(_USUAL) ^ set(changed) if draw(st.booleans()) else set(_USUAL) | set(changed)
    found = {name: draw(_FIELDS[name]) for name in _FIELDS if name in names}
    return {"type": kind, "booked_on": "2024-01-02", **found, "account": draw(_ODD)}


def _plain(stored: dict[str, Any], note: str, tags: tuple[str, ...], mark: bytes | None) -> str | None:
    with exact():
        return PlainLines(BOOK, MARKET, IMPORT).line(stored, NAME, 7, labels=(note, tags), fingerprint=mark)


def _whole(stored: dict[str, Any], note: str, tags: tuple[str, ...], mark: bytes | None) -> str:
    draft = codec.from_json(stored, draft_id=NAME, sequence=7, portfolio="")
    asset = MARKET.assets.get(draft.asset or "")
    postings = book(draft, base_currency="EUR", asset=asset)
    with exact():
        row = new_row(
            BOOK, draft, postings, stored=stored, note=note, tags=list(tags), import_id=IMPORT, fingerprint=mark
        )
    return line_of(row, Words(), Ids())


def _same(line: str, whole: str) -> bool:
    cells, others = line.split("\t"), whole.split("\t")
    return len(cells) == len(others) and all(
        cell == other or (place in NUMBERS and cell != r"\N" and other != r"\N" and Decimal(cell) == Decimal(other))
        for place, (cell, other) in enumerate(zip(cells, others, strict=True))
    )


@given(_drafts(), _ODD, st.lists(_ODD, max_size=2), st.sampled_from([None, bytes(range(32))]))
def test_a_plain_line_is_the_line_of_what_is_booked(
    stored: dict[str, Any], note: str, tags: list[str], mark: bytes | None
) -> None:
    try:
        whole = _whole(stored, note, tuple(tags), mark)
    except Invalid:
        assume(False)  # noqa: FBT003 - the fold has refused it before a line is asked for
    line = _plain(stored, note, tuple(tags), mark)
    assert line is None or _same(line, whole), f"{line}{whole}"


_TRADE = {"asset": str(ACME), "quantity": "3", "unit_price": "10.50", "currency": "USD", "account": "Main"}


@pytest.mark.parametrize(
    "stored",
    [
        *({"type": kind, **_TRADE} for kind in ("buy", "sell", "short_sell", "cover")),
        {"type": "buy", **_TRADE, "asset": str(OPTION), "fee": "1.5", "tax": "0.25", "fx_rate": "0.9"},
        {"type": "dividend", "asset": str(ACME), "gross": "5", "tax": "1", "currency": "USD", "account": "Main"},
        {"type": "interest", "gross": "5", "currency": "EUR", "account": "Main", "cash_account": "Bank"},
        {"type": "interest_paid", "gross": "5", "currency": "EUR", "account": "Main"},
        {"type": "deposit", "gross": "5", "fee": "1", "currency": "EUR", "account": "Main"},
        {"type": "withdrawal", "gross": "5", "currency": "EUR", "account": "Main"},
    ],
)
def test_what_makes_up_a_large_file_is_plain(stored: dict[str, Any]) -> None:
    stored = {"booked_on": "2024-01-02", **stored}
    line = _plain(stored, "", (), None)
    assert line is not None
    assert _same(line, _whole(stored, "", (), None)), f"{line}{_whole(stored, '', (), None)}"


@pytest.mark.parametrize(
    "changed",
    [
        {"quantity": "1", "unit_price": "0"},  # no money moves: there is no posting of it
        {"type": "sell", "quantity": "1", "unit_price": "2", "fee": "2"},  # the fee takes it all
        {"settle_currency": "CHF", "settle_amount": "3"},
        {"fee": "1", "fee_currency": "CHF"},
        {"asset": "USD", "currency": "EUR"},
        {"fx_rate": "0.9", "currency": "EUR"},
        {"lot_ids": [f"{UUID(int=1)}#1"]},
    ],
)
def test_what_is_unusual_is_left_to_the_general_way(changed: dict[str, Any]) -> None:
    assert _plain({"type": "buy", "booked_on": "2024-01-02", **_TRADE, **changed}, "", (), None) is None
