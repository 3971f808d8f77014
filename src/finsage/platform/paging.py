"""Cursors of lists: where the next page starts, as an opaque text that only its own list understands."""

from __future__ import annotations

import base64
import json
from typing import Any
from uuid import UUID

from finsage.errors import Fault, Invalid

LIMIT_MAX = 500
LIMIT_DEFAULT = 50
_CURSOR_LENGTH_MAX = 2_000


class InvalidCursor(Invalid):
    """This cursor was not given by this list."""


def encode_cursor(*keys: str | int | UUID) -> str:
    """The cursor that continues after a row with these sort keys."""
    return base64.urlsafe_b64encode(json.dumps(keys, default=str).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *kinds: type[str | int | UUID]) -> tuple[Any, ...]:
    """The sort keys a cursor carries.

    Args:
        cursor: as ``encode_cursor`` made it.
        kinds: the type of each key, in order.

    Raises:
        InvalidCursor: it is not one of this list's.
    """
    try:
        if len(cursor) > _CURSOR_LENGTH_MAX:
            raise ValueError
        keys = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(keys, list):
            raise TypeError
        return tuple(_read(key, kind) for key, kind in zip(keys, kinds, strict=True))
    except (ValueError, TypeError, RecursionError) as error:
        fault = Fault("/cursor", "send next_cursor of the page before, or leave it out")
        raise InvalidCursor(faults=(fault,)) from error


def _read(key: object, kind: type[str | int | UUID]) -> str | int | UUID:
    # What the database would refuse is refused here: a number beyond its bigint, a text with a zero byte.
    if kind is int and type(key) is int and abs(key) < 2**63:
        return key
    if kind is not int and isinstance(key, str) and "\0" not in key:
        return UUID(key) if kind is UUID else key
    raise TypeError
