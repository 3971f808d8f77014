"""Who is really at the other end: the client's address and scheme, believed only from proxies that are listed."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

from finsage.gateway.exchange import ASGIApp, Receive, Scope, Send, exchange_of, header, headers
from finsage.platform import audit

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
UNKNOWN = "unknown"


class ClientAddress:
    """Puts the client's own address into ``scope["client"]`` and its scheme into ``scope["scheme"]``.

    Without listed proxies ``X-Forwarded-For`` and ``X-Forwarded-Proto`` mean nothing, whoever sends them.
    """

    def __init__(self, app: ASGIApp, *, trusted_proxies: tuple[str, ...]) -> None:
        self._app = app
        self._trusted = tuple(ipaddress.ip_network(item, strict=False) for item in trusted_proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            peer, port = scope.get("client") or (UNKNOWN, 0)
            if self._trusted and is_in(peer, self._trusted):
                peer = forwarded_for(headers(scope, b"x-forwarded-for"), peer, self._trusted)
                port = 0
                if header(scope, b"x-forwarded-proto") in (b"http", b"https"):
                    scope["scheme"] = (header(scope, b"x-forwarded-proto") or b"").decode()
            scope["client"] = (peer, port)
            if scope["method"] != "GET":
                audit.ORIGIN.set(audit.Origin(address=peer, trace_id=exchange_of(scope).trace_id))
        await self._app(scope, receive, send)


def forwarded_for(values: list[bytes], peer: str, trusted: tuple[Network, ...]) -> str:
    """The right-most address that is not a listed proxy: everything left of it is the client's own claim."""
    hops = [hop.strip() for value in values for hop in value.decode("latin-1").split(",")]
    address = peer
    for hop in reversed(hops):
        try:
            address = str(ipaddress.ip_address(_without_port(hop)))
        except ValueError:
            break  # a listed proxy never writes this; the last good hop is the nearest we know
        if not is_in(address, trusted):
            break
    return address


def _without_port(hop: str) -> str:
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


@lru_cache(maxsize=4096)
def is_in(address: str, networks: tuple[Network, ...]) -> bool:
    """Whether the address lies in one of the networks; an IPv4 address written as IPv6 counts as what it is."""
    try:
        parsed = _plain(ipaddress.ip_address(address))
    except ValueError:
        return False
    return any(parsed.version == network.version and parsed in network for network in networks)


@lru_cache(maxsize=16_384)
def limit_key(address: str) -> str:
    """What shares a limit: one IPv4 address, or the /64 that one IPv6 subscriber holds."""
    try:
        parsed = _plain(ipaddress.ip_address(address))
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((int(parsed) >> 64 << 64, 64)))


def _plain(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return getattr(address, "ipv4_mapped", None) or address
