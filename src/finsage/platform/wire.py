"""The types of the wire: decimals as plain strings, texts without control characters, nothing unknown let through."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

SCALE_MAX = 36
BOUND = Decimal("1e60")
YEARS = (1900, 2100)
_NUMBER = re.compile(r"[+-]?(\d{1,200}(\.\d{0,200})?|\.\d{1,200})", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


class Wire(BaseModel):
    """A shape of the API. Unknown fields are refused, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def plain(amount: Decimal) -> str:
    """A decimal as digits and a point: no exponent, no trailing zeros, no negative zero."""
    text = format(amount, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"", "-0"} else text


def _read_decimal(value: Any) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        msg = 'send a decimal number as a string, like "12.50"'
        raise ValueError(msg)
    number = Decimal(value)
    if not number.is_finite() or abs(number) >= BOUND or -int(number.as_tuple().exponent) > SCALE_MAX:
        msg = f"at most {SCALE_MAX} decimals and below 1e60; finer amounts are refused, not rounded"
        raise ValueError(msg)
    return number


def _not_negative(value: Decimal) -> Decimal:
    if value < 0:
        msg = "must not be negative; the type says the direction"
        raise ValueError(msg)
    return value


def _day_in_range(value: date) -> date:
    if not YEARS[0] <= value.year <= YEARS[1]:
        msg = f"must lie between {YEARS[0]} and {YEARS[1]}"
        raise ValueError(msg)
    return value


def _clean(value: str) -> str:
    value = unicodedata.normalize("NFC", value)
    if _CONTROL.search(value):
        msg = "must not contain control characters"
        raise ValueError(msg)
    return value


_DECIMAL_SCHEMA = WithJsonSchema({"type": "string", "format": "decimal", "examples": ["1234.50"]})

Dec = Annotated[Decimal, BeforeValidator(_read_decimal), PlainSerializer(plain, return_type=str), _DECIMAL_SCHEMA]
"""A decimal number as a JSON string, exact."""

Amount = Annotated[Dec, AfterValidator(_not_negative)]
"""A decimal number that is not negative."""

Day = Annotated[date, AfterValidator(_day_in_range)]
"""A calendar day between 1900 and 2100."""

Text = Annotated[str, AfterValidator(_clean)]
"""Text in NFC without control characters or bidirectional overrides."""

Name = Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Note = Annotated[Text, StringConstraints(max_length=4000)]
"""Name: 1 to 200 characters. Note: up to 4000."""
