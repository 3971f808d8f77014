"""Connections that end where they were checked: the name is resolved once, judged, and that very address is used.

TLS still names and verifies the original host, and the Host header is the original one, because only the address of the
connection is replaced. A resolver that answers differently the next time is asked, and judged, the next time.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

import httpcore
import httpx

from finsage.platform.http.addresses import LocalHosts, is_global
from finsage.platform.http.errors import ForbiddenAddress

CONNECTIONS_MAX = 64
CONNECTIONS_KEPT_MAX = 16
KEPT_SECONDS_MAX = 15.0
ADDRESSES_TRIED_MAX = 2

Resolver: TypeAlias = Callable[[str, int], Awaitable[list[str]]]
"""From host and port to addresses as texts, the preferred first."""


async def system_resolver(host: str, port: int) -> list[str]:
    """What the operating system answers.

    Raises:
        OSError: the name does not resolve.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Opens TCP connections to judged addresses only."""

    def __init__(self, local: LocalHosts, resolver: Resolver) -> None:
        self._local = local
        self._resolver = resolver
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            addresses = await self._resolver(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} does not resolve") from error
        if not addresses:
            raise httpcore.ConnectError(f"{host} does not resolve")
        if (host, port) not in self._local and not all(map(is_global, addresses)):
            raise ForbiddenAddress(f"{host} leads into a network that FinSage does not fetch from.")
        failure: Exception | None = None
        for address in addresses[:ADDRESSES_TRIED_MAX]:
            try:
                return await self._backend.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        assert failure is not None
        raise failure

    async def sleep(self, seconds: float) -> None:
        await self._backend.sleep(seconds)


_ERRORS: tuple[tuple[type[Exception], type[httpx.TransportError]], ...] = (
    (httpcore.ConnectTimeout, httpx.ConnectTimeout),
    (httpcore.TimeoutException, httpx.ReadTimeout),
    (httpcore.ConnectError, httpx.ConnectError),
    (httpcore.NetworkError, httpx.ReadError),
    (httpcore.ProtocolError, httpx.RemoteProtocolError),
)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        for kind, becomes in _ERRORS:
            if isinstance(error, kind):
                raise becomes(str(error)) from error
        raise


class _Body(httpx.AsyncByteStream):
    def __init__(self, stream: httpcore.Response) -> None:
        self._response = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _translated():
            async for chunk in self._response.aiter_stream():
                yield chunk

    async def aclose(self) -> None:
        await self._response.aclose()


class GuardedTransport(httpx.AsyncBaseTransport):
    """The transport of httpx over guarded connections.

    httpx's own would make its pool itself, read proxies from the environment and so let a request go elsewhere than
    where it was checked.

    Args:
        local: hosts that may be anywhere.
        resolver: from names to addresses.
        tls: the certificates to trust; those of the system's or certifi's bundle when not given.
    """

    def __init__(self, local: LocalHosts, resolver: Resolver, tls: ssl.SSLContext | None) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls or httpx.create_ssl_context(),
            max_connections=CONNECTIONS_MAX,
            max_keepalive_connections=CONNECTIONS_KEPT_MAX,
            keepalive_expiry=KEPT_SECONDS_MAX,
            http2=False,
            network_backend=GuardedBackend(local, resolver),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        outgoing = httpcore.Request(
            request.method,
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions={"timeout": request.extensions["timeout"]},
        )
        with _translated():
            response = await self._pool.handle_async_request(outgoing)
        return httpx.Response(response.status, headers=response.headers, stream=_Body(response))

    async def aclose(self) -> None:
        await self._pool.aclose()
