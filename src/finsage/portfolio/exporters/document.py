"""FinSage JSON: a portfolio as one document, without loss.

The document names its ``format`` and ``version``, then the policies of the portfolio, the assets with their identity
and the transactions in force, one a line, so that a fault is found by its line. A transaction holds the fields of its
draft that differ from their default, decimals and days as text, and the note and tags beside them; ``asset``,
``to_asset`` and ``fee_currency`` are keys of ``assets`` or currency codes. ``lot_ids`` name lots by the ``id`` of the
transaction that made them. Prices and rates are the market's, not the portfolio's, and are not in the document.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from finsage.finance.transaction import Draft
from finsage.portfolio import drafts as codec

FORMAT = "finsage-portfolio"
VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedAsset:
    """An asset and the key by which the file names it: its symbol, unless that could mean something else."""

    key: str
    symbol: str
    name: str
    asset_class: str
    currency: str
    isin: str | None = None
    mic: str = ""
    is_simulated: bool = False


@dataclass(frozen=True, slots=True)
class NamedDraft:
    """A draft whose assets are keys of the file, with what the ledger does not hold."""

    draft: Draft
    note: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedBook:
    """A portfolio ready to be written: its policies by name, its assets, what is in force in booking order."""

    policies: Mapping[str, Any]
    assets: tuple[NamedAsset, ...]
    drafts: tuple[NamedDraft, ...]


def export_json(book: NamedBook) -> Iterator[str]:
    """The lines of a FinSage JSON document.

    Reading them gives the same drafts (``sequence``, ``portfolio`` and ``pointer`` apart; the id becomes the external
    id).
    """
    yield f'{{"format": {_text(FORMAT)}, "version": {VERSION},\n'
    yield f'"portfolio": {_text(dict(book.policies))},\n'
    yield from _listed("assets", map(asdict, book.assets))
    yield ",\n"
    yield from _listed("transactions", map(_transaction, book.drafts))
    yield "}\n"


def _listed(name: str, items: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    yield f'"{name}": ['
    before = "\n"
    for item in items:
        yield before + _text(item)
        before = ",\n"
    yield "\n]"


def _transaction(named: NamedDraft) -> dict[str, Any]:
    fields: dict[str, Any] = {"id": named.draft.id, **codec.to_json(named.draft)}
    if named.note:
        fields["note"] = named.note
    if named.tags:
        fields["tags"] = list(named.tags)
    return fields


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
