"""A saved column mapping: how one reads a file of a broker FinSage does not know, as data a person can write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from finsage.errors import Fault, Invalid
from finsage.finance.transaction import TransactionType
from finsage.portfolio.importers import actions
from finsage.portfolio.importers.format import Action, Column, Format, Kind, Rule, Skip, fold
from finsage.portfolio.importers.row import Row

TEXT_FIELDS = (
    "type", "symbol", "isin", "name", "asset_class", "currency", "fee_currency", "settle_currency", "account",
    "external_id", "note",
)  # fmt: skip
NUMBER_FIELDS = ("quantity", "unit_price", "gross", "fee", "tax", "fx_rate", "settle_amount")
FIELDS = ("day", *TEXT_FIELDS, *NUMBER_FIELDS)
_ACTIONS: dict[str, Action] = {
    "buy": actions.buy, "sell": actions.sell, "short_sell": actions.short_sell, "cover": actions.cover,
    "dividend": actions.dividend, "interest": actions.interest, "interest_paid": actions.interest_paid,
    "deposit": actions.deposit, "withdrawal": actions.withdrawal, "fee": actions.fee, "tax": actions.tax,
    "fee_refund": actions.fee_refund, "tax_refund": actions.tax_refund, "transfer_in": actions.transfer_in,
    "transfer_out": actions.transfer_out, "reward": actions.receive(TransactionType.REWARD, TransactionType.INTEREST),
}  # fmt: skip
_SKIP = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """Which header is which field and what the labels mean.

    ``columns``: field -> header; ``day`` is needed, of the rest what the file has. ``types``: label in the file ->
    transaction type or ``skip``. ``default_type``: for files without a type column. ``decimal`` and ``date_order`` are
    needed only where the rows leave them open. ``gross`` is before fee and tax; set ``gross_is_net`` when the file's
    amount is what the account moved. ``totals``: beginnings of rows that only sum up.
    """

    columns: Mapping[str, str]
    types: Mapping[str, str] = field(default_factory=dict)
    default_type: str | None = None
    decimal: str | None = None
    date_order: str | None = None
    time_zone: str = "UTC"
    account: str | None = None
    gross_is_net: bool = False
    totals: tuple[str, ...] = ("total",)
    id: str = "mapped"
    name: str = "Your own mapping"
    description: str = "Any table whose columns you name yourself."

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> ColumnMapping:
        """A mapping as saved in JSON.

        Raises: Invalid: a key, field or type that does not exist, with its pointer.
        """
        known = set(cls.__slots__) - {"id"}
        faults = [Fault(f"/{key}", f"'{key}' is no part of a mapping") for key in document if key not in known]
        faults += [
            Fault(f"/columns/{name}", f"'{name}' is no field; fields are {', '.join(FIELDS)}")
            for name in document.get("columns", {})
            if name not in FIELDS
        ]
        faults += [
            Fault(f"/types/{label}", f"'{kind}' is no type; types are {', '.join(_ACTIONS)}, skip")
            for label, kind in document.get("types", {}).items()
            if kind not in _ACTIONS and kind != _SKIP
        ]
        if "day" not in document.get("columns", {}):
            faults.append(Fault("/columns/day", "a mapping names the column of the date"))
        if faults:
            raise Invalid("The mapping cannot be used.", faults=tuple(faults))
        return cls(**{**document, "totals": tuple(document.get("totals", ("total",)))})


def format_of(mapping: ColumnMapping) -> Format:
    """The format a mapping describes."""
    columns = {name: _column(name, header, mapping.decimal) for name, header in mapping.columns.items()}
    return Format(
        id=mapping.id,
        name=mapping.name,
        description=mapping.description,
        signature=tuple(dict.fromkeys(mapping.columns.values())),
        columns=columns,
        types={fold(label): _rule(kind, net=mapping.gross_is_net) for label, kind in _types(mapping).items()},
        label=lambda row: row.text("type") or mapping.default_type or "",
        account=mapping.account,
        time_zone=mapping.time_zone,
        date_order=mapping.date_order,
        totals=mapping.totals,
    )


def _types(mapping: ColumnMapping) -> dict[str, str]:
    types = dict(mapping.types)
    if mapping.default_type:
        types.setdefault(mapping.default_type, mapping.default_type)
    return types


def _column(name: str, header: str, decimal: str | None) -> Column:
    if name == "day":
        return Column((header,), Kind.DAY)
    if name in {"quantity", "gross", "fee", "tax", "settle_amount"}:
        return Column((header,), Kind.MAGNITUDE, decimal)
    return Column(
        (header,), Kind.NUMBER if name in NUMBER_FIELDS else Kind.TEXT, decimal if name in NUMBER_FIELDS else None
    )


def _rule(kind: str, *, net: bool) -> Rule:
    if kind == _SKIP:
        return Skip("The mapping leaves rows of this type out.")
    action = _ACTIONS[kind]
    if not net or kind not in {"buy", "cover", "sell", "short_sell", "dividend", "interest"}:
        return action

    def act(row: Row) -> None:
        actions.gross_from_net(row, is_payment=kind in {"buy", "cover"})
        action(row)

    return act
