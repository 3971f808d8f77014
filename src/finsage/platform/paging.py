"""Cursors of lists: where the next page starts, as an opaque text that only its own list understands."""

from __future__ import annotations

import base64
import json

from finsage.errors import Fault, Invalid

LIMIT_MAX = 500
LIMIT_DEFAULT = 50
_CURSOR_LENGTH_MAX = 2_000


class InvalidCursor(Invalid):
    """This cursor was not given by this list."""


def encode_cursor(*keys: str | int) -> str:
    """The cursor that continues after a row with these sort keys."""
    return base64.urlsafe_b64encode(json.dumps(keys).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *kinds: type[str | int]) -> tuple[str | int, ...]:
    """The sort keys a cursor carries.

    Args:
        cursor: as ``encode_cursor`` made it.
        kinds: the type of each key, in order.

    Raises:
        InvalidCursor: it is not one of this list's.
    """
    try:
        keys = json.loads(base64.urlsafe_b64decode(cursor[:_CURSOR_LENGTH_MAX] + "=" * (-len(cursor) % 4)))
    except ValueError:
        keys = None
    if not isinstance(keys, list) or [type(key) for key in keys] != list(kinds):
        raise InvalidCursor(faults=(Fault("/cursor", "send next_cursor of the page before, or leave it out"),))
    return tuple(keys)
