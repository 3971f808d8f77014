"""When to come back, whatever a stranger writes into the header."""

from __future__ import annotations

import httpx
from hypothesis import given
from hypothesis import strategies as st

from finsage.platform.http.client import _instant, _retry_after

_STATED = st.one_of(
    st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40),
    st.integers(-(10**12), 10**30).map(str),
    st.builds(
        "{}, {} {} {} {}:{}:{} {}".format,
        st.sampled_from(["Mon", "Xyz", ""]), st.integers(-5, 99), st.sampled_from(["Jan", "Feb", "Foo"]),
        st.integers(-1, 10**6), st.integers(-1, 99), st.integers(0, 99), st.integers(0, 99),
        st.sampled_from(["GMT", "+0100", "+99999", "-9999999", "EST", ""]),
    ),
)  # fmt: skip


@given(_STATED)
def test_any_header_is_nothing_or_between_a_second_and_an_hour(stated: str):
    response = httpx.Response(429, headers=[(b"retry-after", stated.encode("latin-1"))])
    seconds = _retry_after(response)
    assert seconds is None or 1 <= seconds <= 3600


@given(_STATED)
def test_any_date_is_an_aware_instant_or_none(stated: str):
    found = _instant(stated)
    assert found is None or found.tzinfo is not None
