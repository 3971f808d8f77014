"""The one way out: checked addresses, a cache with validators, and restraint towards whoever is asked.

    Outbound.get
      └─ try, and try again within the budget
           └─ redirect by redirect, each checked like the first
                └─ cache (RFC 9111); what it cannot answer goes on
                     └─ gate: breaker, the host's place in time, eight at once; credentials are added here
                          └─ connection to the checked address

Credentials are added below the cache, so that none lies in its file; its keys tell credentials apart by their hash.
Only GET exists. Never call it inside of a transaction: a slow stranger would hold a connection of the pool.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import random
import ssl
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import hishel
import httpx
from hishel.httpx import AsyncCacheTransport

from finsage import __version__
from finsage.errors import FinSageError
from finsage.platform import clock
from finsage.platform.database import is_in_transaction
from finsage.platform.http import meter
from finsage.platform.http.addresses import LocalHosts, checked_url, place_of
from finsage.platform.http.body import BYTES_MAX, ENCODINGS, read_body
from finsage.platform.http.errors import (
    AnswerTooLarge,
    AnswerUnreadable,
    CircuitOpen,
    ForbiddenAddress,
    OutsideBusy,
    OutsideLimited,
    RequestRefused,
    ServiceFailed,
    TooSlow,
    Unreachable,
)
from finsage.platform.http.network import GuardedTransport, Resolver, system_resolver
from finsage.platform.http.restraint import HOSTS_MAX, Breaker, Buckets, Clock, LocalBuckets, Rate, RetryBudget
from finsage.platform.settings import Settings
from finsage.platform.telemetry import CACHE_REQUESTS

TIMEOUT_SECONDS = 10.0
REDIRECTS_MAX = 3
RETRIES_MAX = 2
AT_ONCE_MAX = 8
PLACE_WAIT_SECONDS_MAX = 30.0
RETRY_AFTER_SECONDS_MAX = 3600
RETRY_AFTER_SECONDS_DEFAULT = 60
PAUSE_SECONDS_BASE = 0.25
PAUSE_SECONDS_MAX = 5.0
CACHE_BYTES_MAX = 256 * 2**20
CACHE_SECONDS_MAX = 30 * 86400.0

_HIT, _MISS = (CACHE_REQUESTS.labels("outbound", result) for result in ("hit", "miss"))
_USER_AGENT = f"FinSage/{__version__}"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_RETRIED = (Unreachable, TooSlow, ServiceFailed)
_log = logging.getLogger("finsage.outbound")


@dataclass(frozen=True, slots=True)
class Service:
    """Who is asked: its name in metrics and logs, and how often a host of it may be; None means no limit of ours."""

    name: str
    rate: Rate | None = None


@dataclass(frozen=True, slots=True)
class Credential:
    """A secret that goes with a request: as headers, as query parameters, or both. It is never shown."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)

    def digest(self) -> str:
        """Tells credentials apart without giving one away."""
        told = repr((sorted(self.headers.items()), sorted(self.query.items())))
        return hashlib.sha256(told.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole answer with status 200 to 299.

    ``body`` is without its content encoding and ``content_hash`` the SHA-256 of that; ``received_at`` is when the bytes
    came or were last found unchanged; ``url`` is the last of the redirects, without credentials.
    """

    url: str
    status: int
    headers: httpx.Headers
    body: bytes
    content_hash: bytes
    received_at: datetime
    is_from_cache: bool


@dataclass(slots=True)
class _Host:
    """What is remembered of a host; requests under way count in ``at_once``."""

    breaker: Breaker
    at_once: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE_MAX))


@dataclass(frozen=True, slots=True)
class Restraint:
    """How a service is asked by this process: whether its last host is left alone and for how long, and retries."""

    is_circuit_open: bool
    wait_seconds: float
    retries_left: float
    asks_per_minute: float | None


@dataclass(slots=True)
class _Passage:
    """One request on its way through the gate. The clock of its deadline stands still while it waits there."""

    service: Service
    credential: Credential | None
    timeout: asyncio.Timeout
    host: _Host | None = None
    started_at: float | None = None


class Outbound:
    """The client. One per process and event loop; close it at the end.

    Args:
        local: hosts of the own network that may be asked.
        buckets: where places in time are kept; in this process when not given.
        cache_path: file of the cache; nothing is cached when not given.
        resolver: from names to addresses.
        tls: certificates to trust.
        monotonic: seconds, for breakers.
        timeout_seconds: for one try, from its first byte sent to the last received, redirects included.
    """

    def __init__(
        self,
        *,
        local: LocalHosts | None = None,
        buckets: Buckets | None = None,
        cache_path: Path | None = None,
        resolver: Resolver = system_resolver,
        tls: ssl.SSLContext | None = None,
        monotonic: Clock = time.monotonic,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._local = local or LocalHosts()
        self._buckets = buckets or LocalBuckets()
        self._clock = monotonic
        self._timeout_seconds = timeout_seconds
        self._hosts: OrderedDict[str, _Host] = OrderedDict()
        self._budgets: dict[str, RetryBudget] = {}
        self._asked: dict[str, tuple[Service, str]] = {}
        gate = _Gate(self, GuardedTransport(self._local, resolver, tls))
        self._transport: httpx.AsyncBaseTransport = gate if cache_path is None else _cached(gate, cache_path)

    async def get(
        self,
        service: Service,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        accept: str = "*/*",
        credential: Credential | None = None,
    ) -> Fetched:
        """Fetch one address.

        Args:
            service: who is asked.
            url: https, or http of a listed host.
            params: query parameters beside those of the URL.
            accept: media types wanted.
            credential: a secret to send along; it does not follow a redirect to another host.

        Raises:
            ForbiddenAddress: the address or one it redirects to is not one FinSage fetches from.
            OutsideLimited: it wants to be asked later, or its place in time is more than 30 s away.
            RequestRefused: status 400 to 499, or a redirect without end.
            ServiceFailed, Unreachable, TooSlow: it failed, after retries.
            AnswerTooLarge, AnswerUnreadable: more than 5 MiB, or undecodable.
            CircuitOpen, OutsideBusy: it is not asked at all.
        """
        assert not is_in_transaction(), "a request to the outside must not be made inside of a transaction"
        asked = _with_query(checked_url(url, self._local), params or {})
        budget = self._budget(service.name)
        budget.asked()
        self._asked[service.name] = service, _bucket(asked)
        tries = 0
        while True:
            tries += 1
            try:
                return await self._try(service, asked, accept, credential)
            except (*_RETRIED, OutsideLimited) as error:
                pause = _pause(tries, error)
                if tries > RETRIES_MAX or pause > PAUSE_SECONDS_MAX or not budget.take():
                    raise
                _log.info("%s is asked again in %.1f s: %s", service.name, pause, error)
            finally:
                meter.BUDGET.labels(service.name).set(budget.left)
            await asyncio.sleep(pause)

    def restraint_of(self, name: str) -> Restraint | None:
        """How a service is asked, as this process remembers it; None where it was not asked."""
        if name not in self._asked:
            return None
        service, bucket = self._asked[name]
        host, budget = self._hosts.get(bucket), self._budget(name)
        return Restraint(
            host is not None and host.breaker.is_open,
            host.breaker.wait_seconds() if host else 0.0,
            budget.left,
            service.rate.per_minute if service.rate else None,
        )

    async def aclose(self) -> None:
        """Close connections and the cache."""
        await self._transport.aclose()

    async def _try(self, service: Service, url: httpx.URL, accept: str, credential: Credential | None) -> Fetched:
        try:
            async with asyncio.timeout(self._timeout_seconds) as timeout:
                for _ in range(REDIRECTS_MAX + 1):
                    passage = _Passage(service, credential, timeout)
                    response, fetched = await self._exchange(url, accept, passage)
                    if fetched is not None:
                        return fetched
                    target = self._redirected(url, response)
                    credential, url = following(credential, url, target), target
        except TimeoutError as error:
            raise TooSlow(f"{url.host} did not answer within {self._timeout_seconds:g} s.") from error
        raise RequestRefused(f"{url.host} redirects more than {REDIRECTS_MAX} times.", status=response.status_code)

    def _redirected(self, url: httpx.URL, response: httpx.Response) -> httpx.URL:
        try:
            location = str(url.join(response.headers["location"]))
        except (httpx.InvalidURL, ValueError) as error:
            raise ForbiddenAddress(f"{url.host} redirects to something that is no address.") from error
        target = checked_url(location, self._local)
        # A stranger must not lead into the own network by way of the administrator's list.
        if place_of(target) in self._local and place_of(target) != place_of(url):
            raise ForbiddenAddress(f"{url.host} redirects into the own network.")
        return target

    async def _exchange(self, url: httpx.URL, accept: str, passage: _Passage) -> tuple[httpx.Response, Fetched | None]:
        request = httpx.Request(
            "GET",
            url,
            headers={"User-Agent": _USER_AGENT, "Accept": accept, "Accept-Encoding": ENCODINGS},
            extensions={
                "timeout": dict.fromkeys(("connect", "read", "write", "pool"), self._timeout_seconds),
                "caching": {"key": _cache_key(url, accept, passage.credential)},
                "passage": passage,
            },
        )
        outcome = "cancelled"
        try:
            response, fetched = await self._read(request)
        except FinSageError as error:
            outcome = _OUTCOMES.get(type(error), "refused")
            raise
        except asyncio.CancelledError:
            outcome = "too_slow" if passage.timeout.expired() else "cancelled"
            raise
        else:
            outcome = "cached" if passage.started_at is None else "ok"
            (_HIT if outcome == "cached" else _MISS).inc()
            return response, fetched
        finally:
            self._leave(passage, outcome)

    async def _read(self, request: httpx.Request) -> tuple[httpx.Response, Fetched | None]:
        host = request.url.host
        try:
            response = await self._transport.handle_async_request(request)
            response.request = request
            try:
                if response.status_code in _REDIRECTS and "location" in response.headers:
                    return response, None
                await self._demand_success(request.extensions["passage"].service, response)
                body = await read_body(response)
            finally:
                await response.aclose()
        except httpx.TimeoutException as error:
            raise TooSlow(f"{host} did not answer in time.") from error
        except httpx.TransportError as error:
            raise Unreachable(f"{host} could not be reached: {_reason(error)}.") from error
        return response, _fetched(response, body)

    async def _demand_success(self, service: Service, response: httpx.Response) -> None:
        status, host = response.status_code, response.request.url.host
        if 200 <= status < 300 and status != 206:
            return
        after = _retry_after(response)
        if status == 429:
            wait = RETRY_AFTER_SECONDS_DEFAULT if after is None else after
            if service.rate is not None:
                await self._buckets.postpone(_bucket(response.request.url), service.rate, wait)
            raise OutsideLimited(f"{host} wants to be asked again in {wait} s.", retry_after_seconds=wait)
        if status >= 500:
            raise ServiceFailed(f"{host} reports a fault of its own ({status}).", status=status, retry_after=after)
        raise RequestRefused(f"{host} refuses the request ({status}).", status=status)

    def _leave(self, passage: _Passage, outcome: str) -> None:
        meter.REQUESTS.labels(passage.service.name, outcome).inc()
        host = passage.host
        if host is None:
            return
        host.at_once.release()
        if passage.started_at is not None:
            meter.DURATION.labels(passage.service.name).observe(self._clock() - passage.started_at)
        was_open = host.breaker.is_open
        if outcome in _BREAKING:
            host.breaker.failed()
        elif outcome in {"cancelled", "forbidden"}:
            host.breaker.abandoned()
        else:
            host.breaker.succeeded()
        change = int(host.breaker.is_open) - int(was_open)
        if change:
            meter.CIRCUIT_OPEN.labels(passage.service.name).inc(change)
            _log.warning("%s: circuit %s", passage.service.name, "opened" if change > 0 else "closed")

    def _budget(self, name: str) -> RetryBudget:
        return self._budgets.setdefault(name, RetryBudget())

    def _host(self, name: str) -> _Host:
        host = self._hosts.get(name)
        if host is None:
            host = self._hosts[name] = _Host(Breaker(self._clock))
            if len(self._hosts) > HOSTS_MAX:
                self._hosts.popitem(last=False)
        self._hosts.move_to_end(name)
        return host

    async def admit(self, url: httpx.URL, passage: _Passage) -> None:
        """Wait at the gate until the request may go; the clock of its deadline stands still meanwhile."""
        host = self._host(_bucket(url))
        _demand_closed(host, url)
        loop = asyncio.get_running_loop()
        due = passage.timeout.when()
        left = self._timeout_seconds if due is None else due - loop.time()
        passage.timeout.reschedule(None)
        await self._take_place(url, passage.service)
        try:
            async with asyncio.timeout(PLACE_WAIT_SECONDS_MAX):
                await host.at_once.acquire()
        except TimeoutError as error:
            raise OutsideBusy(f"{AT_ONCE_MAX} requests to {url.host} are under way.") from error
        passage.host = host
        wait = host.breaker.wait_seconds()
        if wait:
            host.at_once.release()
            passage.host = None
            _demand_closed(host, url)
        host.breaker.enter()
        passage.timeout.reschedule(loop.time() + left)
        passage.started_at = self._clock()

    async def _take_place(self, url: httpx.URL, service: Service) -> None:
        if service.rate is None:
            return
        is_taken, wait = await self._buckets.take(_bucket(url), service.rate, PLACE_WAIT_SECONDS_MAX)
        if not is_taken:
            seconds = max(1, round(wait))
            raise OutsideLimited(
                f"{url.host} is asked as often as it allows; the next place is in {seconds} s.",
                retry_after_seconds=seconds,
            )
        if wait > 0:
            await asyncio.sleep(wait)


def _cached(gate: _Gate, path: Path) -> AsyncCacheTransport:
    storage = hishel.AsyncSqliteStorage(
        database_path=path, default_tti=CACHE_SECONDS_MAX, max_stream_size=BYTES_MAX, max_size=CACHE_BYTES_MAX
    )
    # Everybody of the installation reads from it, so what is private to somebody is not kept.
    rules = hishel.CacheOptions(shared=True, supported_methods=["GET"], allow_stale=False)
    return AsyncCacheTransport(gate, storage, rules)


class _Gate(httpx.AsyncBaseTransport):
    """Between the cache and the network: what passes here leaves the house."""

    def __init__(self, outbound: Outbound, network: GuardedTransport) -> None:
        self._outbound = outbound
        self._network = network

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        passage: _Passage = request.extensions["passage"]
        if passage.host is None:  # a second request of one passage is the cache's own, after a validator failed it
            await self._outbound.admit(request.url, passage)
        outgoing = request
        if passage.credential is not None:
            headers = httpx.Headers([*request.headers.raw])
            headers.update(passage.credential.headers)
            url = _with_query(request.url, passage.credential.query)
            outgoing = httpx.Request(request.method, url, headers=headers, extensions=request.extensions)
        return await self._network.handle_async_request(outgoing)

    async def aclose(self) -> None:
        await self._network.aclose()


_OUTCOMES: Mapping[type[FinSageError], str] = {
    ForbiddenAddress: "forbidden",
    OutsideLimited: "limited",
    CircuitOpen: "circuit_open",
    OutsideBusy: "busy",
    RequestRefused: "refused",
    ServiceFailed: "failed",
    Unreachable: "unreachable",
    TooSlow: "too_slow",
    AnswerTooLarge: "too_large",
    AnswerUnreadable: "unreadable",
}
_BREAKING = frozenset({"failed", "unreachable", "too_slow"})


def _demand_closed(host: _Host, url: httpx.URL) -> None:
    wait = host.breaker.wait_seconds()
    if wait:
        raise CircuitOpen(
            f"{url.host} failed repeatedly and is left alone for now.", retry_after_seconds=max(1, round(wait))
        )


def _with_query(url: httpx.URL, params: Mapping[str, str]) -> httpx.URL:
    return url.copy_merge_params(dict(params)) if params else url


def _bucket(url: httpx.URL) -> str:
    host, port = place_of(url)
    return f"{host}:{port}"


def following(credential: Credential | None, url: httpx.URL, target: httpx.URL) -> Credential | None:
    """The credential that goes along with a redirect: none to another scheme, host or port."""
    return credential if _origin(target) == _origin(url) else None


def _origin(url: httpx.URL) -> tuple[str, tuple[str, int]]:
    return url.scheme, place_of(url)


def _cache_key(url: httpx.URL, accept: str, credential: Credential | None) -> str:
    told = "\n".join((str(url), accept, credential.digest() if credential else ""))
    return hashlib.sha256(told.encode()).hexdigest()


def _fetched(response: httpx.Response, body: bytes) -> Fetched:
    status: Mapping[str, Any] = response.extensions.get("caching", {})
    is_from_cache = bool(status.get("from_cache")) and not status.get("revalidated")
    return Fetched(
        str(response.request.url),
        response.status_code,
        response.headers,
        body,
        hashlib.sha256(body).digest(),
        _received_at(response) if is_from_cache else clock.now(),
        is_from_cache,
    )


def _received_at(response: httpx.Response) -> datetime:
    now = clock.now()
    stated = _instant(response.headers.get("date", ""))
    return now if stated is None else min(stated, now)


def _retry_after(response: httpx.Response) -> int | None:
    """Whole seconds to wait, at least 1 and at most an hour; None where nothing understandable is stated."""
    stated = response.headers.get("retry-after", "").strip()
    if stated.isascii() and stated.isdigit():
        seconds = float(stated[:9])
    else:
        instant = _instant(stated)
        if instant is None:
            return None
        seconds = (instant - clock.now()) / timedelta(seconds=1)
    return int(min(max(seconds, 1), RETRY_AFTER_SECONDS_MAX))


def _instant(stated: str) -> datetime | None:
    try:
        instant = parsedate_to_datetime(stated)
    except (ValueError, OverflowError):
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _pause(tries: int, error: FinSageError) -> float:
    stated: Any = getattr(error, "retry_after_seconds", None) or error.members.get("retry_after")
    if stated:
        return float(stated)
    pause: float = min(PAUSE_SECONDS_BASE * 2.0 ** (tries - 1), PAUSE_SECONDS_MAX)
    return pause * random.uniform(0.5, 1.0)  # noqa: S311 - jitter keeps no secret


def _reason(error: httpx.TransportError) -> str:
    return str(error) or type(error).__name__


def open_outbound(settings: Settings, buckets: Buckets | None = None) -> Outbound:
    """The client of an installation; its cache lies in ``<data>/cache/outbound.sqlite``.

    Args:
        settings: of the installation.
        buckets: ``SharedBuckets`` of the database; the process's own when not given.
    """
    folder = settings.data_dir / "cache"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Outbound(local=LocalHosts(settings.local_hosts), buckets=buckets, cache_path=folder / "outbound.sqlite")
