"""Drafts as stored text: every number as it was given, nothing derived, so that the books can always be rebuilt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from sys import intern
from typing import Any

from finsage.finance.money import plain
from finsage.finance.transaction import WITHOUT_LOTS, Draft, PoolLeg, TransactionType

DECIMALS = frozenset(
    {
        "quantity", "unit_price", "gross", "fee", "tax", "fx_rate", "settle_amount", "to_quantity", "ratio",
        "cost_fraction",
    }
)  # fmt: skip
_READ: dict[str, Callable[[Any], Any]] = {
    "type": TransactionType,
    "booked_on": date.fromisoformat,
    "acquired_on": date.fromisoformat,
    "executed_at": datetime.fromisoformat,
    "lot_ids": tuple,
    "lot_quantities": lambda texts: tuple(map(Decimal, texts)),
    "legs": lambda rows: tuple(PoolLeg(row["asset"], Decimal(row["quantity"])) for row in rows),
    **dict.fromkeys(DECIMALS, Decimal),
}
_day_of, _decimal_of = lru_cache(maxsize=16_384)(date.fromisoformat), lru_cache(maxsize=16_384)(Decimal)
_TYPES = {kind.value: kind for kind in TransactionType}
_RECALLED: dict[str, Callable[[Any], Any]] = {
    **_READ,
    "type": _TYPES.__getitem__,
    "booked_on": _day_of,
    **dict.fromkeys(DECIMALS, _decimal_of),
}
_LOTS = ("lot_ids", "lot_quantities")
# Given by the row itself, or only meaningful while a request is being checked.
_OUTSIDE = frozenset({"id", "sequence", "portfolio", "pointer"})
_DEFAULTS = {field.name: field.default for field in fields(Draft) if field.name not in _OUTSIDE}
_values_of = attrgetter(*_DEFAULTS)
FIELDS = frozenset(_DEFAULTS)
"""The fields that travel: all that say what happened."""


def to_json(draft: Draft) -> dict[str, Any]:
    """The fields of a draft that differ from their default, as JSON values; decimals and days as text."""
    stored: dict[str, Any] = {}
    for (name, default), value in zip(_DEFAULTS.items(), _values_of(draft), strict=True):
        if value is not default and value != default:
            stored[name] = value if type(value) is str else _write(value)
    return stored


def from_json(stored: Mapping[str, Any], *, draft_id: str, sequence: int, portfolio: str, pointer: str = "") -> Draft:
    """The draft that ``to_json`` wrote; texts and numbers that many drafts share are kept once.

    Lots beside a type that takes none are not read: they were once accepted, and never looked at.
    """
    if "lot_ids" in stored and _TYPES[stored["type"]] in WITHOUT_LOTS:
        stored = {name: value for name, value in stored.items() if name not in _LOTS}
    values = {name: _RECALLED.get(name, intern)(value) for name, value in stored.items()}
    return Draft(id=draft_id, sequence=sequence, portfolio=portfolio, pointer=pointer, **values)


def read_field(name: str, value: Any) -> Any:
    """One field of a draft from its JSON value.

    Raises:
        ValueError, ArithmeticError: not a value of this field.
    """
    return _READ[name](value) if name in _READ else value


def _write(value: object) -> object:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, TransactionType):
        return value.value
    if isinstance(value, PoolLeg):
        return {"asset": value.asset, "quantity": plain(value.quantity)}
    return [_write(item) for item in value] if isinstance(value, tuple) else value
