"""Texts from outside end as text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finsage.market.providers.texts import plain, web_address


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("Rates &amp; prices", "Rates & prices"),
        ("<p>One</p><p>two</p>", "One two"),
        ("&lt;b&gt;bold&lt;/b&gt; move", "bold move"),
        ("<script>alert(1)</script>left", "left"),
        ("&lt;img src=x onerror=alert(1)&gt;", ""),
        ("5 < 6 and 7 > 3", "5 < 6 and 7 > 3"),
        ("abc\u202edcba\u202c\u200b", "abcdcba"),
        ("line\r\nbreak\ttab\x00", "line break tab"),
        ("e\u0301", "é"),
        ("👩\u200d💻 codes", "👩\u200d💻 codes"),
        ("<unclosed", ""),
        ("x" * 60, "x" * 49 + "…"),
    ],
)
def test_markup_and_controls_are_taken_off(told: str, shown: str):
    assert plain(told, 50) == shown


@given(st.text(max_size=300))
def test_nothing_that_acts_on_a_reader_is_left(text: str):
    shown = plain(text, 100)
    assert len(shown) <= 100
    assert shown == shown.strip()
    assert not {unicodedata.category(character) for character in shown if character != "\u200d"} & {"Cc", "Cf", "Cs"}
    assert unicodedata.is_normalized("NFC", shown)
    assert "<script" not in shown.lower()


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "data:text/html,x", "//a.example", "https://", "https://u:p@a.example/", "ftp://a.example", None,
     "https://a.example/ b", "https://a.example/\u202e", " ", "https://[::1", "https://a.example:99999/x",
     "https://a.example:0/", "https://a.example:8o/", "https://a.example\\@b.example/"],
)  # fmt: skip
def test_only_web_addresses_are_links(address: str | None):
    assert web_address(address) is None


def test_a_web_address_is_kept_as_it_is():
    assert web_address(" https://a.example/x?y=1#z ") == "https://a.example/x?y=1#z"
    assert web_address("https://a.example:8443/x") == "https://a.example:8443/x"


def test_a_scheme_is_written_small():
    assert web_address("HTTPS://A.example/X") == "https://A.example/X"
    assert web_address("HtTp://a.example/") == "http://a.example/"
