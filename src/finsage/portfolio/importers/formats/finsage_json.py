"""FinSage's own JSON export, read back without loss."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from finsage.errors import Invalid
from finsage.finance.money import parse_decimal
from finsage.finance.transaction import TransactionType
from finsage.portfolio import drafts as codec
from finsage.portfolio.exporters.document import FORMAT, VERSION
from finsage.portfolio.importers.errors import unreadable
from finsage.portfolio.importers.format import Container, Format, text
from finsage.portfolio.importers.json_reading import JsonDocument, Located, is_object
from finsage.portfolio.importers.reading import Cells
from finsage.portfolio.importers.row import Row
from finsage.portfolio.importers.rows import AssetHint
from finsage.portfolio.importers.sources import JsonSource

TRANSACTIONS = "transactions"
_BESIDE = frozenset({"id", "note", "tags"})
_LISTS = frozenset({"lot_ids", "lot_quantities", "tags"})
_POLICIES = "portfolio"
_HEADER = ("type", "content", "assets")


def json_source(document: JsonDocument) -> JsonSource:
    """The transactions of a document, each with the assets it names; they are read from the file as they are asked for.

    Raises: UnreadableFile: made by a newer FinSage, or without its lists.
    """
    found = document.members.get("version")
    if str(found) != str(VERSION):
        raise unreadable(
            "unknown_version", 1, f"The file has version {found}, this FinSage reads {VERSION}: update it."
        )
    if not document.has_stream or "assets" not in document.lists:
        raise unreadable("unknown_json", 1, "The JSON lacks its assets or transactions; export it again.")
    assets = {str(item.value.get("key")): item.value for item in document.lists["assets"] if is_object(item)}
    policies = Cells(1, [_POLICIES, json.dumps(document.members.get("portfolio")), "[]"])

    def items() -> Iterator[Cells]:
        yield policies
        for item in document.stream():
            yield _cells(item, assets)

    return JsonSource(items, _HEADER)


def is_document(members: Mapping[str, Any]) -> bool:
    """Whether a JSON file says that FinSage wrote it."""
    return members.get("format") == FORMAT


def starts_document(members: Mapping[str, Any]) -> bool:
    """Whether what stands before the first list does; a program that sorts members puts our assets before it."""
    return is_document(members) or "assets" in members


def _cells(item: Located, assets: Mapping[str, dict[str, Any]]) -> Cells:
    if not is_object(item):
        return Cells(item.line, [], "a transaction is not an object")
    named = [assets[key] for key in _keys(item.value) if key in assets]
    return Cells(item.line, [str(item.value.get("type", "")), json.dumps(item.value), json.dumps(named)])


def _keys(values: Mapping[str, Any]) -> list[str]:
    """Every text of a transaction, however deep, that may be the key of an asset."""
    found: list[str] = []
    for name, value in values.items():
        parts = value if isinstance(value, list) else [value]
        for part in parts:
            if isinstance(part, dict):
                found += _keys(part)
            elif isinstance(part, str) and name not in {"note", "tags", "id"}:
                found.append(part)
    return list(dict.fromkeys(found))


def _show_policies(row: Row) -> None:
    """Nothing to book; but the figures are the same only under the same policies."""
    given = json.loads(row.text("content"))
    policies = given if isinstance(given, dict) else {}
    shown = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in policies.items())
    row.skip(f"Exported from a portfolio with: {shown}. The figures are equal under the same policies.")


def _book(row: Row) -> None:
    content: dict[str, Any] = json.loads(row.text("content"))
    fields = _fields(row, {name: value for name, value in content.items() if name not in _BESIDE})
    tags = content.get("tags", [])
    if not _is_texts(tags):
        row.fail("tags", "invalid", "tags is not a list of texts; correct it.")
    if "booked_on" not in content:
        row.fail("booked_on", "missing", "This transaction has no booked_on; add its day as YYYY-MM-DD.")
    if row.errors:
        return
    row.assets += [_hint(asset) for asset in json.loads(row.text("assets"))]
    fields["account"] = row.layout.account or fields.get("account")
    external = str(content.get("id") or "") or None
    kind = fields.pop("type")
    row.book(kind, note=str(content.get("note") or ""), tags=tuple(tags), external_id=external, **fields)


def _fields(row: Row, content: Mapping[str, Any]) -> dict[str, Any]:
    fields = {"executed_at": None}
    for name, value in content.items():
        if name not in codec.FIELDS:
            row.fail(name, "unknown_field", f"'{name}' is no field of a transaction; a newer FinSage may know it.")
            continue
        try:
            fields[name] = _value(name, value)
        except (ValueError, TypeError, ArithmeticError, LookupError, AttributeError, Invalid):
            row.fail(name, "invalid", f"{name} {str(value)[:60]!r} cannot be read; correct it.")
    return fields


def _value(name: str, value: Any) -> Any:
    if name in codec.DECIMALS:
        return parse_decimal(str(value), f"/{name}")
    if name in _LISTS and not _is_texts(value):
        raise ValueError(name)
    if name == "lot_quantities":
        return tuple(parse_decimal(item, f"/{name}") for item in value)
    read = codec.read_field(name, value)
    if read is value and not isinstance(value, str):
        raise ValueError(name)
    return read


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _hint(asset: Mapping[str, Any]) -> AssetHint:
    given = {name: str(asset[name]) for name in ("name", "asset_class", "currency", "isin", "mic") if asset.get(name)}
    return AssetHint(
        str(asset["key"]),
        ticker=str(asset.get("symbol") or asset["key"]),
        is_simulated=asset.get("is_simulated") is True,
        **given,
    )


FINSAGE_JSON = Format(
    id="finsage-json",
    name="FinSage JSON",
    description="A whole portfolio as FinSage's JSON export writes it: nothing is lost, lots come out the same.",
    extensions=(".json",),
    container=Container.JSON,
    signature=("format", "version", "transactions"),
    columns={name: text(name) for name in _HEADER},
    types={_POLICIES: _show_policies} | {kind.value: _book for kind in TransactionType},
)
