"""How often: a limit per client address before any cryptography, and one per user behind the authentication."""

from __future__ import annotations

from collections.abc import Hashable

from finsage.errors import Limited
from finsage.gateway.address import limit_key
from finsage.gateway.exchange import ASGIApp, Receive, Scope, Send, exchange_of
from finsage.gateway.gcra import Gcra
from finsage.platform.telemetry import RATE_LIMITED

_COUNTED = ("/api/", "/mcp", "/problems/", "/metrics", "/docs", "/openapi.json")


class TooManyRequests(Limited):
    """Too many requests; wait before the next one."""


class _Limit:
    def __init__(self, name: str, *, per_minute: int, burst: int) -> None:
        self._name = name
        self._gcra = Gcra(per_minute=per_minute, burst=burst)
        self._policy = (b"ratelimit-policy", f'"{name}";q={per_minute};w=60'.encode())
        self._refused = RATE_LIMITED.labels(name)

    def take(self, scope: Scope, key: Hashable) -> None:
        verdict = self._gcra.take(key)
        state = f'"{self._name}";r={verdict.remaining};t={verdict.reset_seconds}'.encode()
        exchange_of(scope).headers += (self._policy, (b"ratelimit", state))
        if not verdict.is_allowed:
            self._refused.inc()
            wait = verdict.retry_after_seconds
            raise TooManyRequests(
                f"This {self._name} has sent too many requests. Come back in {wait} s.", retry_after_seconds=wait
            )


class AddressLimit:
    """Counts each request of an address, an IPv6 /64 as one; the files of the web app and health are free."""

    def __init__(self, app: ASGIApp, *, per_minute: int, burst: int) -> None:
        self._app = app
        self._limit = _Limit("address", per_minute=per_minute, burst=burst)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(_COUNTED):
            self._limit.take(scope, limit_key(scope["client"][0]))
        await self._app(scope, receive, send)


class UserLimit:
    """Counts each request of a signed-in user, from wherever it comes."""

    def __init__(self, app: ASGIApp, *, per_minute: int = 600, burst: int = 120) -> None:
        self._app = app
        self._limit = _Limit("user", per_minute=per_minute, burst=burst)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = scope.get("caller")
        if caller is not None:
            self._limit.take(scope, caller.user_id.int)
        await self._app(scope, receive, send)
