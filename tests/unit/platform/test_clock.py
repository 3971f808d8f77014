"""Identifiers sort as they were made, where one process made them apart."""

from __future__ import annotations

import time
from uuid import UUID

from finsage.platform import clock


def test_identifiers_of_one_millisecond_sort_as_they_were_made():
    found = []
    for _ in range(500):
        found.append(clock.new_id())
        # Longer than the quarter of a microsecond an identifier tells apart.
        until = time.time_ns() + 500
        while time.time_ns() < until:
            pass
    assert sorted(found) == found
    assert len({identifier.int >> 80 for identifier in found}) < 250, "several fell into one millisecond"


def test_an_identifier_is_of_version_7_and_says_when_it_was_made():
    before = time.time_ns() // 1_000_000
    one, *many = clock.new_id(), *clock.new_ids(3)
    after = time.time_ns() // 1_000_000
    for identifier in (one, *many):
        assert (identifier.version, identifier.variant) == (7, "specified in RFC 4122")
        assert before <= identifier.int >> 80 <= after
    assert len({one, *many}) == 4


def test_many_identifiers_as_texts_are_those_of_version_7_in_rising_order():
    before = time.time_ns() // 1_000_000
    texts = clock.new_id_texts(300)
    after = time.time_ns() // 1_000_000
    found = [UUID(text) for text in texts]
    assert [str(identifier) for identifier in found] == texts == sorted(set(texts))
    assert {(identifier.version, identifier.variant) for identifier in found} == {(7, "specified in RFC 4122")}
    assert all(before <= identifier.int >> 80 <= after for identifier in found)
    assert {text[19] for text in texts} == set("89ab")
    assert clock.new_id_texts(0) == []
