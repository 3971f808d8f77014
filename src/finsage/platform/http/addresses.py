"""Which addresses may be reached: https to the public internet, and what the administrator lists.

A name is judged by what it resolves to, so every spelling of an address (decimal, octal, hexadecimal, with a trailing
dot) is judged as the address it is. One answer that is not global refuses the name altogether.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx

from finsage.platform.http.errors import ForbiddenAddress
from finsage.platform.settings import host_and_port

URL_LENGTH_MAX = 2048

# Global by the registries, but no place of the public internet: metadata and wire servers of clouds, relays and
# translators whose other end is chosen by whoever names the address.
_REFUSED = tuple(
    ip_network(network)
    for network in (
        "168.63.129.16/32",  # Azure's wire server
        "192.0.0.0/24",  # Oracle's metadata is 192.0.0.192
        "192.88.99.0/24",  # 6to4 relays
        "::/96",  # IPv4-compatible
        "64:ff9b:1::/48",  # translation into local IPv4
        "fec0::/10",  # site-local
    )
)
_NAT64 = ip_network("64:ff9b::/96")


def is_global(text: str) -> bool:
    """Whether an address belongs to the public internet, also by the IPv4 address it may carry inside.

    Args:
        text: an IPv4 or IPv6 address as a resolver gives it; anything else is not global.
    """
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return False
        carried = _carried(address)
        if carried is not None:
            return _is_plainly_global(carried)
    return _is_plainly_global(address)


def _is_plainly_global(address: IPv4Address | IPv6Address) -> bool:
    return (
        address.is_global
        and not (address.is_multicast or address.is_reserved or address.is_unspecified)
        and not any(address.version == network.version and address in network for network in _REFUSED)
    )


def _carried(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)


class LocalHosts:
    """Hosts the administrator lists: reached by plain http too, at whatever address.

    Args:
        entries: ``host`` for all its ports or ``host:port``; an IPv6 address in brackets.
    """

    def __init__(self, entries: Iterable[str] = ()) -> None:
        self._listed = frozenset(host_and_port(entry) for entry in entries)

    def __contains__(self, place: tuple[str, int]) -> bool:
        host, port = place[0].lower(), place[1]
        return (host, port) in self._listed or (host, None) in self._listed


def place_of(url: httpx.URL) -> tuple[str, int]:
    """The host and port a URL leads to."""
    return url.raw_host.decode("ascii"), url.port or (443 if url.scheme == "https" else 80)


def checked_url(text: str, local: LocalHosts) -> httpx.URL:
    """A URL that may be asked for, as far as its text tells; its address is judged when it is connected to.

    Raises:
        ForbiddenAddress: not a URL, neither https nor a listed host's http, or with a user name or password in it.
    """
    if len(text) > URL_LENGTH_MAX:
        raise ForbiddenAddress(f"The address is longer than {URL_LENGTH_MAX} characters.")
    if not text.isprintable() or " " in text or "\\" in text:
        raise ForbiddenAddress("The address has characters that no address has.")
    try:
        url = httpx.URL(text).copy_with(fragment=None)
        host, port = place_of(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise ForbiddenAddress("This is no address that can be fetched; write it like https://host/path.") from error
    if not host or not 1 <= port <= 65535:
        raise ForbiddenAddress("This is no address that can be fetched; write it like https://host/path.")
    if url.userinfo:
        raise ForbiddenAddress("The address must not have a user name or password in it.")
    if url.scheme != "https" and not (url.scheme == "http" and (host, port) in local):
        raise ForbiddenAddress(
            f"{host} is asked over https only. An administrator may list a host of the own network in"
            " FINSAGE_LOCAL_HOSTS; those may be asked over http."
        )
    return url
