"""How often: a limit per client address before any cryptography, and one per user behind the authentication."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from finsage.errors import Limited
from finsage.gateway.address import limit_key
from finsage.gateway.exchange import ASGIApp, Receive, Scope, Send, exchange_of
from finsage.gateway.gcra import Gcra
from finsage.gateway.shared_limit import SharedGcra
from finsage.platform.shared.names import SharedNames
from finsage.platform.telemetry import RATE_LIMITED

if TYPE_CHECKING:
    from finsage.platform.shared.store import RedisStore

_COUNTED = ("/api/", "/mcp", "/problems/", "/metrics", "/docs", "/openapi.json")


class TooManyRequests(Limited):
    """Too many requests; wait before the next one."""


@dataclass(frozen=True, slots=True)
class Counting:
    """How processes count: each its share of a limit, or together where there is a store that answers."""

    replicas: int = 1
    store: RedisStore | None = None
    names: SharedNames | None = None

    def alone(self, *, per_minute: int, burst: int) -> Gcra:
        """The limit of this process while it counts for itself."""
        return Gcra(per_minute=per_minute / self.replicas, burst=max(burst // self.replicas, 1))

    def together(self, name: str, *, per_minute: int, burst: int) -> SharedGcra | None:
        """The limit of all processes; None where they have no store."""
        if self.store is None or self.names is None:
            return None
        return SharedGcra(self.store, self.names, name, per_minute=per_minute, burst=burst)


class _Limit:
    def __init__(self, name: str, counting: Counting, *, per_minute: int, burst: int) -> None:
        self._name = name
        self._alone = counting.alone(per_minute=per_minute, burst=burst)
        self._together = counting.together(name, per_minute=per_minute, burst=burst)
        self._policy = (b"ratelimit-policy", f'"{name}";q={per_minute};w=60'.encode())
        self._refused = RATE_LIMITED.labels(name)

    async def take(self, scope: Scope, key: Hashable) -> None:
        verdict = None if self._together is None else await self._together.take(key)
        if verdict is None:
            verdict = self._alone.take(key)
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

    def __init__(self, app: ASGIApp, *, per_minute: int, burst: int, counting: Counting) -> None:
        self._app = app
        self._limit = _Limit("address", counting, per_minute=per_minute, burst=burst)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(_COUNTED):
            await self._limit.take(scope, limit_key(scope["client"][0]))
        await self._app(scope, receive, send)


class UserLimit:
    """Counts each request of a signed-in user, from wherever it comes."""

    def __init__(self, app: ASGIApp, *, per_minute: int, burst: int, counting: Counting) -> None:
        self._app = app
        self._limit = _Limit("user", counting, per_minute=per_minute, burst=burst)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = scope.get("caller")
        if caller is not None:
            await self._limit.take(scope, caller.user_id.int)
        await self._app(scope, receive, send)
