"""Cursors: what a list gave is understood again; whatever else somebody sends is refused, never a fault of ours."""

from __future__ import annotations

import base64
import json
from uuid import UUID

import pytest

from finsage.platform.paging import InvalidCursor, decode_cursor, encode_cursor


def test_a_cursor_comes_back_as_it_was_given():
    keys = (1, "Z\u00fcrich", UUID(int=7))
    assert decode_cursor(encode_cursor(*keys), int, str, UUID) == keys


def _forged(keys: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(keys).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "", "%%%", "\u00fc", "A" * 3_000, base64.urlsafe_b64encode(b"[" * 1_400).decode(),
        _forged({"a": 1}), _forged([1, "a"]), _forged([True, "a", str(UUID(int=7))]), _forged([1, "a", "no id"]),
        _forged([10**400, "a", str(UUID(int=7))]), _forged([2**63, "a", str(UUID(int=7))]),
        _forged([1, "a\0", str(UUID(int=7))]),
    ],
)  # fmt: skip
def test_a_cursor_nobody_gave_is_refused(cursor: str):
    with pytest.raises(InvalidCursor):
        decode_cursor(cursor, int, str, UUID)
