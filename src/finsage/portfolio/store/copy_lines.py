r"""Transactions as lines of COPY's text format, a line each with its postings as arrays.

By hand: the driver's row-wise adaptation of headers and postings takes four times as long. What the lines of many
transactions share can be written once, as a ``Stencil``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from finsage.portfolio.store.transactions import NewTransaction

NOTHING = r"\N"
KEPT = 16_384
"""So many cells that lines may share are kept."""
_encode_json = msgspec.json.Encoder().encode


class Stencil(NamedTuple):
    """Cells that many lines share: account, asset and symbol; the money's currency; kinds and places of postings."""

    what: str
    currency: str
    postings: str


def stencil_of(
    *, account: str, asset_id: UUID | None, symbol: str | None, currency: str, postings: Sequence[tuple[str, str, str]]
) -> Stencil:
    """The stencil of transactions in an account, of an asset, whose postings have these kinds, accounts and assets."""
    kinds, accounts, assets = zip(*postings, strict=True)
    words = Words()
    return Stencil(
        f"{text_cell(account)}\t{Ids()[asset_id]}\t{NOTHING if symbol is None else text_cell(symbol)}",
        currency,
        f"{_array(kinds)}\t{_array([words[name] for name in accounts])}\t{_array([words[name] for name in assets])}",
    )


def line_by(
    stencil: Stencil,
    head: tuple[str, str, int, str, str],
    numbers: tuple[str, str, Decimal],
    beside: str,
    amounts: Iterable[Decimal],
) -> str:
    """The line of a transaction that a stencil fits.

    Args:
        stencil: of its kind.
        head: id, day, sequence, type and instant.
        numbers: quantity, price and the money moved.
        beside: draft, note, tags, import, what it reverses and fingerprint, as ``beside_cells`` has them.
        amounts: of its postings.
    """
    name, day, sequence, kind, instant = head
    quantity, price, total = numbers
    return (
        f"{name}\t{day}\t{sequence}\t{kind}\t{instant}\t{stencil.what}\t{quantity}\t{price}\t{total}\t"
        f"{stencil.currency}\t{beside}\t{stencil.postings}\t{{{','.join(map(str, amounts))}}}\n"
    )


def beside_cells(
    draft: dict[str, Any], labels: tuple[str, Sequence[str]], owner: str, fingerprint: bytes | None, words: Words
) -> str:
    """The cells from draft to fingerprint.

    Args:
        draft: as JSON.
        labels: note and tags.
        owner: the cells of the import and of what the transaction reverses.
        fingerprint: of the source record.
        words: to quote tags with.
    """
    note, tags = labels
    return (
        f"{json_cell(draft)}\t{text_cell(note) if note else ''}\t"
        f"{_array([words[tag] for tag in tags]) if tags else '{}'}\t{owner}\t"
        + (NOTHING if fingerprint is None else rf"\\x{fingerprint.hex()}")
    )


def line_of(item: NewTransaction, words: Words, ids: Ids) -> str:
    """The line of any transaction."""
    kinds, accounts, assets, amounts = zip(*item.postings, strict=True) if item.postings else ((), (), (), ())
    owner = f"{ids[item.import_id]}\t{ids[item.reverses_id]}"
    cells = (
        str(item.id),
        item.booked_on.isoformat(),
        str(item.sequence),
        item.type,
        item.executed_at.isoformat() if item.executed_at is not None else NOTHING,
        text_cell(item.account),
        ids[item.asset_id],
        text_cell(item.symbol) if item.symbol is not None else NOTHING,
        _number(item.quantity),
        _number(item.price),
        _number(item.total_amount),
        item.currency if item.currency is not None else NOTHING,
        beside_cells(item.draft, (item.note, item.tags), owner, item.fingerprint, words),
        _array(kinds),
        _array([words[account] for account in accounts]),
        _array([words[asset] for asset in assets]),
        _array(map(str, amounts)),
    )
    return "\t".join(cells) + "\n"


def _array(elements: Iterable[str]) -> str:
    return f"{{{','.join(elements)}}}"


def _number(amount: Decimal | None) -> str:
    return NOTHING if amount is None else str(amount)


def json_cell(value: dict[str, Any]) -> str:
    """A value as JSON in a cell."""
    return _encode_json(value).decode().replace("\\", r"\\")


def text_cell(value: str) -> str:
    """A text as COPY reads it back."""
    if "\\" in value or "\t" in value or "\n" in value or "\r" in value:
        return value.replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n").replace("\r", r"\r")
    return value


class Words(dict[str, str]):
    """Elements of arrays inside a line of COPY; each different text is quoted once."""

    def __missing__(self, value: str) -> str:
        if len(self) >= KEPT:
            self.clear()
        quoted = value.replace("\\", r"\\").replace('"', r"\"")
        found = self[value] = text_cell(f'"{quoted}"')
        return found


class Ids(dict[UUID | None, str]):
    """Ids that many rows share, as COPY reads them."""

    def __missing__(self, value: UUID | None) -> str:
        found = self[value] = str(value) if value is not None else NOTHING
        return found
