"""Whose address counts: the nearest hop that is not ours."""

from __future__ import annotations

import ipaddress

import pytest

from finsage.gateway.address import forwarded_for, is_in, limit_key

TRUSTED = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], "10.0.0.1"),
        ([b"198.51.100.7"], "198.51.100.7"),
        ([b"1.2.3.4, 198.51.100.7"], "198.51.100.7"),
        ([b"1.2.3.4, 198.51.100.7, 10.0.0.2"], "198.51.100.7"),
        ([b"1.2.3.4", b"198.51.100.7, 10.9.9.9"], "198.51.100.7"),
        ([b"1.2.3.4, not-an-address, 10.0.0.2"], "10.0.0.2"),
        ([b"10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ([b"[2001:db8::1]:443"], "2001:db8::1"),
        ([b"198.51.100.7:1234"], "198.51.100.7"),
    ],
)
def test_the_right_most_foreign_hop_is_the_client(values, expected):
    assert forwarded_for(values, "10.0.0.1", TRUSTED) == expected


def test_mapped_addresses_are_what_they_map():
    assert is_in("::ffff:10.1.2.3", TRUSTED)
    assert not is_in("unknown", TRUSTED)
    assert limit_key("::ffff:198.51.100.7") == "198.51.100.7"


def test_a_subscriber_is_one_address_or_one_64():
    assert limit_key("2001:db8:1:2::1") == limit_key("2001:db8:1:2:ffff::9")
    assert limit_key("2001:db8:1:2::1") != limit_key("2001:db8:1:3::1")
    assert limit_key("198.51.100.7") != limit_key("198.51.100.8")
