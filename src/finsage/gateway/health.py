"""Whether the process lives, whether it can serve, and its metrics: what probes and scrapers ask, outside the API."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST

from finsage.gateway.exchange import ASGIApp, Receive, Scope, Send, answer, exchange_of, header
from finsage.platform import key_canary
from finsage.platform.database import Database
from finsage.platform.disk import free_space
from finsage.platform.encryption import Vault
from finsage.platform.problems import NoSuchAddress
from finsage.platform.settings import Settings
from finsage.platform.telemetry import exposition

CHECK_SECONDS_MAX = 1.0
Check = Callable[[], Awaitable[str]]
"""Returns what it found; raises where the process must not get requests."""

_NO_STORE = (b"cache-control", b"no-store")


class CheckFailed(Exception):
    """A readiness check found something that bars this process from serving."""


class Health:
    """Serves ``/health/live``, ``/health/ready`` and ``/metrics``."""

    def __init__(self, app: ASGIApp, *, checks: Mapping[str, Check], metrics_token: str | None) -> None:
        self._app = app
        self._checks = dict(checks)
        self._metrics_token = metrics_token
        self._checking: asyncio.Task[list[dict[str, Any]]] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        serve = _ROUTES.get(scope["path"]) if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") else None
        if serve is None:
            await self._app(scope, receive, send)
            return
        exchange_of(scope).route = scope["path"]
        await serve(self, scope, send)

    async def live(self, _scope: Scope, send: Send) -> None:
        await answer(send, 200, b"application/json", b'{"status":"live"}', _NO_STORE)

    async def ready(self, _scope: Scope, send: Send) -> None:
        results = await self._checked()
        is_ready = all(result["ok"] for result in results)
        body = msgspec.json.encode({"status": "ready" if is_ready else "not ready", "checks": results})
        await answer(send, 200 if is_ready else 503, b"application/json", body, _NO_STORE)

    async def _checked(self) -> list[dict[str, Any]]:
        """What the checks find. Nobody's address is limited here: who asks while they run waits for the same answer."""
        if self._checking is None or self._checking.done():
            self._checking = asyncio.create_task(self._check())
        return await asyncio.shield(self._checking)

    async def _check(self) -> list[dict[str, Any]]:
        return await asyncio.gather(*(_run(name, check) for name, check in self._checks.items()))

    async def metrics(self, scope: Scope, send: Send) -> None:
        if not self._may_scrape(scope):
            raise NoSuchAddress("Nothing is served at this address.")
        body = exposition()
        await answer(send, 200, CONTENT_TYPE_LATEST.encode(), body, _NO_STORE)

    def _may_scrape(self, scope: Scope) -> bool:
        given = (header(scope, b"authorization") or b"").removeprefix(b"Bearer ")
        if self._metrics_token is not None and given:
            return hmac.compare_digest(given, self._metrics_token.encode())
        return _is_loopback((scope.get("client") or ("",))[0])


_ROUTES: Mapping[str, Callable[[Health, Scope, Send], Awaitable[None]]] = {
    "/health/live": Health.live,
    "/health/ready": Health.ready,
    "/metrics": Health.metrics,
}


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


async def _run(name: str, check: Check) -> dict[str, Any]:
    started = time.perf_counter()
    try:
        async with asyncio.timeout(CHECK_SECONDS_MAX):
            is_ok, detail = True, await check()
    except TimeoutError:
        is_ok, detail = False, f"no answer within {CHECK_SECONDS_MAX:.0f} s"
    except CheckFailed as error:
        is_ok, detail = False, str(error)
    except Exception as error:  # noqa: BLE001 - whatever it is, a probe must be answered, without its text
        is_ok, detail = False, type(error).__name__
    return {
        "name": name,
        "ok": is_ok,
        "detail": detail,
        "milliseconds": round((time.perf_counter() - started) * 1000, 1),
    }


def readiness_checks(
    settings: Settings, database: Database, *, expected_revision: str, stop: asyncio.Event | None = None
) -> dict[str, Check]:
    """The checks of an ordinary process: database, schema, keys, disk, and that it is not about to leave.

    Args:
        settings: names the data directory.
        database: the pool that requests use.
        expected_revision: the newest migration this version knows.
        stop: set when the process has been told to end.
    """

    async def answers() -> str:
        async with database.read():
            return "answers"

    async def schema() -> str:
        found = await database.revision()
        if found != expected_revision:
            raise CheckFailed(f"the schema is at {found or 'none'}, this version needs {expected_revision}")
        return f"at {found}"

    async def disk() -> str:
        found = free_space(settings.data_dir)
        if not found.is_enough:
            raise CheckFailed(f"{found}, {found.needed_mib} are needed")
        return str(found)

    async def keys() -> str:
        try:
            return await key_canary.look(database, Vault(settings.data_dir))
        except key_canary.KeysDoNotFit as error:
            raise CheckFailed("the keys in secrets/ do not fit the database") from error

    async def staying() -> str:
        if stop is not None and stop.is_set():
            raise CheckFailed("it has been told to stop")
        return "stays"

    return {"database": answers, "migrations": schema, "keys": keys, "disk": disk, "staying": staying}
