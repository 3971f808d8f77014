from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finsage.platform.audit import network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("::1", "::/48"),
        ("", ""),
        ("a.socket", ""),
    ],
)
def test_an_address_is_kept_as_its_network(address: str, network: str):
    assert network_of(address) == network


@given(st.ip_addresses())
def test_every_address_lies_in_its_network_and_is_not_told(address: ipaddress.IPv4Address | ipaddress.IPv6Address):
    network = ipaddress.ip_network(network_of(str(address)))
    assert network.num_addresses >= 2**8
    mapped = getattr(address, "ipv4_mapped", None)
    assert (mapped or address) in network
