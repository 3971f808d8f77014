"""Drafts as stored text: every number as it was given, nothing derived, so that the books can always be rebuilt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from finsage.finance.money import plain
from finsage.finance.transaction import Draft, PoolLeg, TransactionType

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
    "legs": lambda rows: tuple(PoolLeg(row["asset"], Decimal(row["quantity"])) for row in rows),
    **dict.fromkeys(DECIMALS, Decimal),
}
# Given by the row itself, or only meaningful while a request is being checked.
_OUTSIDE = frozenset({"id", "sequence", "portfolio", "pointer"})
_DEFAULTS = {field.name: field.default for field in fields(Draft) if field.name not in _OUTSIDE}
FIELDS = frozenset(_DEFAULTS)
"""The fields that travel: all that say what happened."""


def to_json(draft: Draft) -> dict[str, Any]:
    """The fields of a draft that differ from their default, as JSON values; decimals and days as text."""
    stored = {}
    for name, default in _DEFAULTS.items():
        value = getattr(draft, name)
        if value != default:
            stored[name] = _write(value)
    return stored


def from_json(stored: dict[str, Any], *, draft_id: str, sequence: int, portfolio: str) -> Draft:
    """The draft that ``to_json`` wrote."""
    values = {name: read_field(name, value) for name, value in stored.items()}
    return Draft(id=draft_id, sequence=sequence, portfolio=portfolio, **values)


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
