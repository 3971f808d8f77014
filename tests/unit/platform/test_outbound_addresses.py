"""Where FinSage may fetch from, as far as the text of an address and the numbers behind a name tell."""

from __future__ import annotations

import ipaddress

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finsage.errors import Invalid
from finsage.platform.http.addresses import LocalHosts, checked_url, is_global
from finsage.platform.http.client import Credential, following
from finsage.platform.http.errors import ForbiddenAddress
from finsage.platform.settings import load_settings

FORBIDDEN_TEXTS = [
    "", " ", "example.com", "//example.com/", "http://example.com/", "HTTP://example.com/", "ftp://example.com/",
    "file:///etc/passwd", "gopher://127.0.0.1:6379/_FLUSHALL", "dict://127.0.0.1:11211/", "javascript:alert(1)",
    "data:text/plain,x", "ws://example.com/", "https://", "https:///etc/passwd", "https://user@example.com/",
    "https://user:secret@example.com/", "https://example.com@127.0.0.1/", "https://127.0.0.1\\@example.com/",
    "https://exa mple.com/", "https://example.com/\r\nHost: evil", "https://example.com/\x00", "https://example.com:99999/",
    "https://[::1", "https://example.com/" + "a" * 2048, "jar:https://example.com!/", "netdoc:///etc/passwd",
    "ldap://127.0.0.1/", "unix:/var/run/docker.sock", "https+unix://%2Fvar%2Frun%2Fdocker.sock/",
]  # fmt: skip


@pytest.mark.parametrize("text", FORBIDDEN_TEXTS)
def test_what_is_no_https_address_is_refused_by_its_text(text: str):
    with pytest.raises(ForbiddenAddress):
        checked_url(text, LocalHosts())


def test_a_plain_https_address_is_taken_without_its_fragment():
    assert str(checked_url("https://example.com:8443/a?b=c#d", LocalHosts())) == "https://example.com:8443/a?b=c"


def test_http_is_for_listed_hosts_and_ports_alone():
    local = LocalHosts(["Node.lan:8545", "[fd00::1]:80", "10.0.0.7"])
    for text in ("http://node.lan:8545/", "http://NODE.lan:8545/x", "http://[fd00::1]/", "http://10.0.0.7:9/"):
        checked_url(text, local)
    for text in ("http://node.lan/", "http://node.lan:8546/", "http://a.node.lan:8545/", "http://10.0.0.8/"):
        with pytest.raises(ForbiddenAddress, match="FINSAGE_LOCAL_HOSTS"):
            checked_url(text, local)


PRIVATE = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3",  # noqa: S104
    "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "169.254.170.2", "100.64.0.1", "100.100.100.200", "100.127.255.255", "192.0.0.192", "192.0.2.1",
    "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "168.63.129.16", "192.88.99.1", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254", "::ffff:7f00:1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1",
    "fec0::1", "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:a9fe:a9fe::1",
    "2001::1", "2001:0:4136:e378:8000:63bf:80ff:fffe", "2001:db8::1", "100::1", "", "localhost", "1.2.3", "0x7f000001",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_of_the_public_internet_is_told(address: str):
    assert not is_global(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "8.8.8.8", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]
)
def test_public_addresses_may_be_reached(address: str):
    assert is_global(address)


@given(st.ip_addresses(v=4))
def test_no_disguise_changes_what_an_address_is(plain: ipaddress.IPv4Address):
    number = int(plain)
    disguises = [
        ipaddress.IPv6Address(0xFFFF << 32 | number),
        ipaddress.IPv6Address(0x64FF9B << 96 | number),
        ipaddress.IPv6Address(0x2002 << 112 | number << 80),
    ]
    for disguise in disguises:
        assert is_global(str(disguise)) == is_global(str(plain))
    if not plain.is_global:
        assert not is_global(str(plain))


@pytest.mark.parametrize(
    ("target", "is_kept"),
    [
        ("https://api.example.com/other?x=1", True), ("https://API.example.com:443/", True), ("http://api.example.com/", False),
        ("https://api.example.com:444/", False), ("https://example.com/", False), ("https://api.example.com.evil.net/", False),
    ],
)  # fmt: skip
def test_a_credential_stays_with_its_origin(target: str, is_kept: bool):
    credential = Credential(headers={"x-key": "secret"})
    kept = following(credential, httpx.URL("https://api.example.com/v3/price"), httpx.URL(target))
    assert kept is (credential if is_kept else None)


def test_the_list_of_the_settings_is_understood_or_refused():
    settings = load_settings({"FINSAGE_LOCAL_HOSTS": "node.lan:8545, [::1]:80"}, data_dir="/nonexistent")
    assert settings.local_hosts == ("node.lan:8545", "[::1]:80")
    for wrong in ("http://node.lan", "node.lan/path", "a@b", "node:port", ":80"):
        with pytest.raises(Invalid, match="no host and no host:port"):
            load_settings({"FINSAGE_LOCAL_HOSTS": wrong}, data_dir="/nonexistent")
