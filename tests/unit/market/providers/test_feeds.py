"""Bytes that feedparser trips over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finsage.market.errors import ChangedShape
from finsage.market.providers.feeds import _parse

_PIECES = st.sampled_from(
    [b"<rss>", b"<channel>", b"<item>", b"<title>", b"</title>", b"<link>", b"<feed xmlns='http://www.w3.org/2005/Atom'>",
     b"<entry>", b"<?xml version='1.0' encoding='", b"utf-16", b"'?>", b"\xf4", b"\x00", b"&#xD800;", b"<![CDATA[", b"]]>",
     b"<pubDate>", b"99999", b"2026-02-30T99:99:99Z", b"\xff\xfe", b"<!DOCTYPE x [", b"<!ENTITY a 'b'>", b"&a;", b"http://[::1"]
)  # fmt: skip


@given(
    st.lists(st.one_of(_PIECES, st.binary(max_size=8)), max_size=12),
    st.sampled_from(["", "text/xml; charset=bogus", "a"]),
)
def test_any_bytes_are_a_feed_or_a_changed_shape(pieces: list[bytes], content_type: str):
    try:
        items = _parse(b"".join(pieces), "https://a.example/feed", content_type)
    except ChangedShape:
        return
    assert isinstance(items, list)


def test_a_link_that_is_no_address_costs_its_entry_alone():
    body = b'<rss version="2.0"><channel><item><title>a</title><link>http://[::1</link></item>'
    good = b"<item><title>b</title><link>https://b.example/</link></item></channel></rss>"
    told = _parse(body + good, "https://a.example/feed", "")
    assert told[0] == "entry 1: no link to the web"
    assert told[1].url == "https://b.example/"


def test_bytes_that_break_the_parser_are_a_changed_shape():
    with pytest.raises(ChangedShape):
        _parse(b"", "https://a.example/feed", "")
