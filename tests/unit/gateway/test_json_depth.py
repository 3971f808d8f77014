"""The nesting of a JSON text, compared with what a parser finds."""

from __future__ import annotations

import json
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from finsage.gateway.json_depth import is_deeper_than

NASTY = st.text(alphabet='[]{}"\\ a\n', max_size=12)
VALUES = st.recursive(
    st.none() | NASTY | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NASTY, inner, max_size=3),
    max_leaves=40,
)


def depth(value):
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


@settings(max_examples=300, deadline=None)
@given(VALUES, st.integers(0, 6))
def test_agrees_with_the_parser(value, levels):
    assert is_deeper_than(json.dumps(value).encode(), levels) == (depth(value) > levels)


def test_the_bound_is_exact_and_strings_do_not_count():
    assert not is_deeper_than(b"[" * 32 + b"]" * 32, 32)
    assert is_deeper_than(b"[" * 33 + b"]" * 33, 32)
    assert not is_deeper_than(json.dumps(["[" * 1000, {'"\\': "{{{"}]).encode(), 32)


def test_sixteen_hostile_mebibytes_take_no_minute():
    begun = time.process_time()
    for text in (b"[" * 2**24, b"[]" * 2**23, b'"' * 2**24, b"\\" * 2**24, b'["[",' * (2**24 // 5)):
        is_deeper_than(text, 32)
    assert time.process_time() - begun < 30, "quadratic"
