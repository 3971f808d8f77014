"""Writing an explanation as JSON, for ``finsage evaluate --explain``: money as strings, ratios as numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from finsage.finance.explanation.figures import growth_of
from finsage.finance.explanation.model import Explanation, Kind, Value
from finsage.finance.money import plain, plain_money
from finsage.finance.options import Options
from finsage.finance.rendering import RATIO_PLACES, Json
from finsage.finance.transaction import Draft

_MONEY = frozenset(
    {"cost", "cost_now", "proceeds", "gain", "value", "fee_cost", "tax_cost", "inflow", "outflow", "start_value"}
    | {"gross_cost", "end_value", "invested", "fees", "opened_now", "gain_price", "gain_fx"}
)
_NAMES = {"asset": "symbol", "to_asset": "to_symbol"}
_TABLES = (
    "portions",
    "valuations",
    "disposals",
    "lots",
    "matches",
    "sub_periods",
    "spans",
    "unit_values",
    "bought",
    "prices",
    "rates",
    "warnings",
)
_LEFT_OUT = frozenset({"sequence", "pointer"})


def explanation_json(explanation: Explanation) -> Json:
    """An explanation as the command writes it; tables without rows are left out."""
    document: Json = {
        "figure": explanation.figure,
        "symbol": explanation.asset,
        "benchmark": explanation.benchmark,
        "value": _value(explanation.value, explanation.kind),
        "kind": explanation.kind.value,
        "reason": explanation.reason,
        "formula": explanation.formula,
        "expression": explanation.expression,
        "words": explanation.words,
        "numerator": explanation.numerator,
        "denominator": explanation.denominator,
        "base_currency": explanation.base_currency,
        "period": [explanation.start.isoformat(), explanation.end.isoformat()],
        "options": _options(explanation.options),
    }
    if explanation.sub_periods:
        document["growth"] = growth_of(explanation.options.flow_timing)
    document["terms"] = [
        {**_row(term), "value": _value(term.value, term.kind), "kind": term.kind.value} for term in explanation.terms
    ]
    is_money = explanation.kind is Kind.MONEY
    document["contributions"] = [
        {**_row(row), "amount": _decimal(row.amount, is_money=is_money)} for row in explanation.contributions
    ]
    document["flows"] = [{**_row(row), "amount": _decimal(row.amount, is_money=True)} for row in explanation.flows]
    for name in _TABLES:
        document[name] = [_row(row) for row in getattr(explanation, name)]
    document["curve"] = None if explanation.curve is None else _row(explanation.curve)
    document["transactions"] = [_draft(row) for row in explanation.transactions]
    return {name: value for name, value in document.items() if value != []}


def _options(options: Options) -> Json:
    """The choices that change a figure, as ``evaluate`` takes them."""
    rows = {field.name: getattr(options, field.name) for field in fields(options)}
    scope = {_NAMES.get(name, name): value for name, value in _row(rows.pop("scope")).items() if value is not None}
    del rows["series"]
    return {**{name: _plain(value, "") for name, value in rows.items()}, "scope": scope}


def _value(value: Value, kind: Kind) -> str | float | int | None:
    if isinstance(value, Decimal):
        return plain_money(value) if kind is Kind.MONEY else plain(value)
    return _ratio(value) if isinstance(value, float) else value


def _ratio(value: float) -> float:
    return round(value, RATIO_PLACES) + 0.0


def _decimal(value: Decimal | None, *, is_money: bool) -> str | None:
    if value is None:
        return None
    return plain_money(value) if is_money else plain(value)


def _row(row: Any) -> Json:
    found = {_NAMES.get(name, name): _plain(getattr(row, name), name) for name in _fields(row)}
    # A row of the only portfolio there is says nothing of it.
    return {name: value for name, value in found.items() if name != "portfolio" or value is not None}


def _fields(row: Any) -> Iterable[str]:
    """The names of a row, be it a named tuple or a dataclass."""
    found: Iterable[str] | None = getattr(row, "_fields", None)
    return [field.name for field in fields(row)] if found is None else found


def _draft(draft: Draft) -> Json:
    row = {name: value for name, value in _row(draft).items() if value not in (None, [], "") and name not in _LEFT_OUT}
    return {("date" if name == "booked_on" else name): value for name, value in row.items()}


def _plain(value: Any, name: str) -> Any:
    if isinstance(value, Decimal):
        return plain_money(value) if name in _MONEY else plain(value)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return [_plain(item, name) for item in value]
    return _row(value) if is_dataclass(value) or hasattr(value, "_fields") else value
