"""A saved column mapping: how one reads a file of a broker FinSage does not know, as data a person can write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
ASSET_CLASSES = ("equity", "etf", "fund", "bond", "fx", "commodity", "index", "crypto", "cash")
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
# One label, or none at all, for both directions: a sign of the row tells them apart.
_BY_SIGN: dict[str, tuple[str, Action, Action]] = {
    "buy_sell_by_quantity": ("quantity", actions.buy, actions.sell),
    "buy_sell_by_amount": ("gross", actions.sell, actions.buy),
    "deposit_withdrawal_by_amount": ("gross", actions.deposit, actions.withdrawal),
}
KINDS = (*_ACTIONS, *_BY_SIGN, _SKIP)
_SIGNED = ("quantity", "gross")
_OWN = "mapped"
FIXED = ("type", "currency", "account", "asset_class")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """Which header is which field and what the labels mean.

    ``columns``: field -> header; ``day`` is needed, of the rest what the file has. ``types``: label in the file -> one
    of ``KINDS``. ``default_type``: for files without a type column, or rows that leave it empty. ``currency``,
    ``account`` and ``asset_class`` stand in where the file has no such column. ``decimal`` and ``date_order`` are
    needed only where the rows leave them open; ``decimals`` (field -> sign) for columns written otherwise than the
    rest. ``gross`` is before fee and tax; set ``gross_is_net`` when the file's amount is what the account moved.
    ``totals``: beginnings of rows that only sum up.
    """

    columns: Mapping[str, str]
    types: Mapping[str, str] = field(default_factory=dict)
    default_type: str | None = None
    decimal: str | None = None
    decimals: Mapping[str, str] = field(default_factory=dict)
    date_order: str | None = None
    time_zone: str = "UTC"
    account: str | None = None
    currency: str | None = None
    asset_class: str | None = None
    gross_is_net: bool = False
    totals: tuple[str, ...] = ("total",)
    id: str = _OWN
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
            Fault(f"/types/{label}", f"'{kind}' is no type; types are {', '.join(KINDS)}")
            for label, kind in document.get("types", {}).items()
            if kind not in KINDS
        ]
        if "day" not in document.get("columns", {}):
            faults.append(Fault("/columns/day", "a mapping names the column of the date"))
        if faults:
            raise Invalid("The mapping cannot be used.", faults=tuple(faults))
        return cls(**{**document, "totals": tuple(document.get("totals", ("total",)))})


def mapping_of(chosen: Mapping[str, Any], *, source: str = _OWN) -> ColumnMapping:
    """A mapping from what a person chose: ``columns`` (header -> field), ``types``, ``fixed``, and how it is written.

    Args: source: id under which the records of this kind of file are known again.
    Raises: Invalid: as ``ColumnMapping.from_document``; two columns of one field.
    """
    columns: dict[str, str] = {}
    for header, name in chosen.get("columns", {}).items():
        if name in columns:
            detail = f"'{columns[name]}' and '{header}' cannot both be {name}"
            raise Invalid("The mapping cannot be used.", faults=(Fault(f"/columns/{header}", detail),))
        columns[name] = header
    fixed = chosen.get("fixed", {})
    fields_of = {header: name for name, header in columns.items()}
    document = {
        "columns": columns,
        "types": chosen.get("types", {}),
        "default_type": fixed.get("type"),
        "decimals": {
            fields_of[header]: sign for header, sign in chosen.get("decimals", {}).items() if header in fields_of
        },
        "gross_is_net": chosen.get("gross_is_net", False),
        "time_zone": chosen.get("time_zone") or "",
        **{name: fixed[name] for name in ("currency", "account", "asset_class") if fixed.get(name)},
        **{name: chosen[name] for name in ("decimal", "date_order") if chosen.get(name)},
    }
    return replace(ColumnMapping.from_document(document), id=source, name="Columns of your own")


def format_of(mapping: ColumnMapping) -> Format:
    """The format a mapping describes."""
    columns = {
        name: _column(name, header, mapping.decimals.get(name) or mapping.decimal)
        for name, header in mapping.columns.items()
    }
    return Format(
        id=mapping.id,
        name=mapping.name,
        description=mapping.description,
        signature=tuple(dict.fromkeys(mapping.columns.values())),
        is_named=mapping.id.startswith(_OWN),
        columns=columns,
        types={fold(label): _rule(kind, net=mapping.gross_is_net) for label, kind in _types(mapping).items()},
        label=lambda row: row.text("type") or mapping.default_type or "",
        account=mapping.account,
        currency=mapping.currency,
        asset_class=mapping.asset_class,
        asset_classes={name: name for name in ASSET_CLASSES},
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
    if name in _SIGNED:
        return Column((header,), Kind.SIGNED, decimal)
    if name in {"fee", "tax", "settle_amount"}:
        return Column((header,), Kind.MAGNITUDE, decimal)
    return Column(
        (header,), Kind.NUMBER if name in NUMBER_FIELDS else Kind.TEXT, decimal if name in NUMBER_FIELDS else None
    )


_WITH_COSTS = frozenset(
    {actions.buy, actions.cover, actions.sell, actions.short_sell, actions.dividend, actions.interest}
)


def _rule(kind: str, *, net: bool) -> Rule:
    if kind == _SKIP:
        return Skip("The mapping leaves rows of this type out.")
    if kind in _BY_SIGN:
        field_, positive, negative = _BY_SIGN[kind]
        return actions.by_sign(_unsigned(positive, net=net), _unsigned(negative, net=net), field_)
    return _unsigned(_ACTIONS[kind], net=net)


def _unsigned(action: Action, *, net: bool) -> Action:
    """The action on amounts without their sign, which only repeats the direction."""

    def act(row: Row) -> None:
        for name in _SIGNED:
            if name in row.numbers:
                row.numbers[name] = abs(row.numbers[name])
        if net and action in _WITH_COSTS:
            actions.gross_from_net(row, is_payment=action in {actions.buy, actions.cover})
        action(row)

    return act
