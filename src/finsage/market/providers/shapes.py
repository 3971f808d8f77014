"""JSON as published: exact decimals, and the name of the field that is not as documented."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar

import msgspec

from finsage.market.errors import ChangedShape

T = TypeVar("T")

_PLACE = re.compile(r" - at `(.+)`$")
_MISSING = re.compile(r"missing required field `(.+?)`")
_EPOCH_SECONDS_MAX = 4_102_444_800  # the year 2100; a larger number is not in the unit that is documented


def decode(provider: str, body: bytes, kind: type[T]) -> T:
    """A body as the documented shape; numbers become exact decimals where the shape says so.

    Raises:
        ChangedShape: it is no JSON, or not of this shape; ``field`` is the place as a path, ``$`` for the whole.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise changed(provider, _field(str(error)), str(error)) from error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        what = "a web page" if body.lstrip()[:1] == b"<" else "no JSON"
        raise changed(provider, "$", f"{what}: {error}") from error


def changed(provider: str, field: str, detail: str) -> ChangedShape:
    """The error for an answer that is not as documented."""
    return ChangedShape(
        f"{provider} answers in another shape than documented at {field}: {detail[:200]}",
        provider=provider,
        field=field,
    )


def _field(message: str) -> str:
    place = _PLACE.search(message)
    missing = _MISSING.search(message)
    base = place[1] if place else "$"
    return f"{base}.{missing[1]}" if missing else base


def quiet(value: Decimal) -> Decimal:
    """The number, or a quiet NaN for a signalling one, which could not even be compared or hashed."""
    return value if not value.is_snan() else Decimal("NaN")


def from_epoch(provider: str, field: str, seconds: float | Decimal) -> datetime:
    """An instant from seconds since 1970.

    Raises:
        ChangedShape: it lies outside of 1970 to 2100.
    """
    is_number = not isinstance(seconds, Decimal) or seconds.is_finite()
    if not is_number or not 0 <= seconds <= _EPOCH_SECONDS_MAX:
        raise changed(provider, field, f"{str(seconds)[:40]} is no instant in seconds")
    return datetime.fromtimestamp(float(seconds), UTC)


def instant(provider: str, field: str, text: str) -> datetime:
    """An instant from ISO 8601 text.

    Raises:
        ChangedShape: it is none.
    """
    found = from_iso(text)
    if found is None:
        raise changed(provider, field, f"{text[:40]!r} is no instant")
    return found


def from_iso(text: str) -> datetime | None:
    """An instant from ISO 8601 text, taken as UTC where it names no zone; None where it is none."""
    try:
        instant = datetime.fromisoformat(text.strip())
        return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # the latter at the ends of the calendar
        return None
