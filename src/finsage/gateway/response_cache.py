"""Answers of GET kept in memory and served only while nothing they depend on has changed, and their ETags.

An entry remembers a stamp of what it depends on, taken *before* it was computed: a slow computation that began before a
write can never pass for newer than the write. Where other processes write too, the stamp is compared with the shared
versions at each request. Private answers are keyed by tenant, user, role and scopes; where nobody has to sign in an
answer is everyone's, and caches on the way may keep it too. What is not in memory may be in Redis, under the versions
just read, before it is computed.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeAlias

from finsage.gateway.exchange import ASGIApp, Header, Message, Receive, Scope, Send, exchange_of, header
from finsage.gateway.observe import template_of
from finsage.gateway.shared_answers import Kept, SharedAnswers
from finsage.platform.caller import PUBLIC_TENANT, Caller
from finsage.platform.changes import Changes, Stamp, answer_tags
from finsage.platform.memory import BoundedMemory
from finsage.platform.telemetry import CACHE_REQUESTS

SECONDS_MAX = 300
BUFFER_BYTES_MAX = 8 * 2**20
"""A longer answer is passed through as it comes, without ETag: an export must not fill the memory."""

_SERVED = "/api/v1/"
# What differs per session, or tells the state of this very moment.
_NEVER = frozenset({"auth", "me", "jobs", "events", "system", "api-keys", "audit-events", "models"})
_ENTRY_OVERHEAD = 1024
_PRIVATE: tuple[Header, ...] = (
    (b"cache-control", b"private, no-cache"),
    (b"vary", b"Accept, Accept-Language, Authorization, Cookie"),
)
_PUBLIC: tuple[Header, ...] = (
    (b"cache-control", b"public, max-age=%d" % SECONDS_MAX),
    (b"vary", b"Accept, Accept-Language"),
)
_HIT: Header = (b"cache-status", b"finsage; hit")
_SHARED_HIT: Header = (b"cache-status", b"finsage; hit; detail=redis")
_MISS: Header = (b"cache-status", b"finsage; fwd=miss")
# What a browser, or a cache on the way to it, asked with the tag of the answer it has.
_KNOWN = CACHE_REQUESTS.labels("browser", "hit")
_UNKNOWN = CACHE_REQUESTS.labels("browser", "outdated")
_KEPT_304 = frozenset({b"etag", b"cache-control", b"vary", b"content-location", b"expires", b"last-modified"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One complete 200 answer, and what it depends on."""

    headers: tuple[Header, ...]
    address_bytes: int
    body: bytes
    etag: bytes
    route: str
    stamp: Stamp
    tags: tuple[str, ...]
    stored_at: float
    day: int

    def size_bytes(self) -> int:
        return len(self.body) + self.address_bytes + _ENTRY_OVERHEAD


class ResponseCache:
    """Gives each GET of the API its ETag, and serves repeated ones from memory."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        changes: Changes,
        bytes_max: int,
        public_routes: frozenset[tuple[str, str]] = frozenset(),
        shared: SharedAnswers | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._app = app
        self._changes = changes
        self._is_enabled = bytes_max > 0
        self._public = public_routes
        self._store: BoundedMemory[Hashable, Entry] = BoundedMemory("response", bytes_max)
        self._shared = shared
        self._flights: dict[Hashable, asyncio.Future[bool]] = {}
        self._monotonic = monotonic
        self._wall = wall
        self._hits = CACHE_REQUESTS.labels("response", "hit")
        self._misses = CACHE_REQUESTS.labels("response", "miss")
        self._outdated = CACHE_REQUESTS.labels("response", "outdated")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith(_SERVED):
            await self._app(scope, receive, send)
            return
        caller: Caller | None = scope.get("caller")
        may_keep = scope["path"].split("/", 4)[3] not in _NEVER
        is_open = may_keep and ("GET", scope["path"]) in self._public
        if not self._is_enabled or not may_keep or (caller is None and not is_open):
            await self._app(scope, receive, _Capture(scope, send, _PUBLIC if is_open else _PRIVATE).send)
            return
        key = cache_key(scope, caller)
        if (entry := await self._find(key)) is not None:
            self._hits.inc()
            exchange_of(scope).route = entry.route
            await _deliver(scope, send, entry.headers, entry.etag, entry.body, _HIT)
            return
        self._misses.inc()
        await self._compute(key, caller, scope, receive, send)

    async def _find(self, key: Hashable) -> Entry | None:
        entry = await self._valid(key)
        while entry is None and (flight := self._flights.get(key)) is not None:
            if not await flight:
                return None  # no answer to share: those who waited compute side by side
            # Its answer may be older than a write that ended before this request began: judged like any other.
            entry = await self._valid(key)
        return entry

    async def _valid(self, key: Hashable) -> Entry | None:
        entry = self._store.get(key)
        if entry is None:
            return None
        is_current = (
            self._monotonic() - entry.stored_at <= SECONDS_MAX
            and int(self._wall() // 86_400) == entry.day
            and await self._changes.is_current(entry.stamp, entry.tags)
        )
        if is_current:
            return entry
        if self._store.drop(key, entry):
            self._outdated.inc()
        return None

    async def _compute(self, key: CacheKey, caller: Caller | None, scope: Scope, receive: Receive, send: Send) -> None:
        flight: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._flights.setdefault(key, flight)
        stored_at, day = self._monotonic(), int(self._wall() // 86_400)
        tenant_id, marks = (PUBLIC_TENANT, _PUBLIC) if caller is None else (caller.tenant_id, _PRIVATE)
        tags = answer_tags(tenant_id)
        size = len(scope["path"]) + len(scope["query_string"])
        name: bytes | None = None

        # Called before the first byte is sent: a reader that takes its time must not hold up those who wait.
        def keep(capture: _Capture | None) -> None:
            if capture is None or not capture.is_storable():
                self._land(key, flight, is_shared=False)
                return
            kept = tuple(item for item in capture.headers if item is not _MISS)
            entry = Entry(kept, size, capture.body, capture.etag, template_of(scope), stamp, tags, stored_at, day)
            self._land(key, flight, is_shared=self._store.put(key, entry))
            if self._shared is not None and name is not None:
                self._offer(self._shared, name, entry)

        try:
            stamp = await self._changes.stamp(tags)
            if self._shared is not None and stamp.versions is not None:
                name = self._shared.name(tenant_id, key, day, stamp.versions)
                if (found := await self._shared.get(name)) is not None:
                    age = max(self._wall() - found.stored_at, 0.0)
                    content = found.headers, size, found.body, found.etag, found.route
                    entry = Entry(*content, stamp, tags, stored_at - age, day)
                    self._land(key, flight, is_shared=self._store.put(key, entry))
                    exchange_of(scope).route = entry.route
                    await _deliver(scope, send, entry.headers, entry.etag, entry.body, _SHARED_HIT)
                    return
            await self._app(scope, receive, _Capture(scope, send, marks, (_MISS,), keep).send)
        finally:
            self._land(key, flight, is_shared=False)

    def _offer(self, shared: SharedAnswers, name: bytes, entry: Entry) -> None:
        age = self._monotonic() - entry.stored_at
        kept = Kept(entry.headers, entry.body, entry.etag, entry.route, self._wall() - age)
        shared.put(name, kept, seconds=SECONDS_MAX - age)

    def _land(self, key: Hashable, flight: asyncio.Future[bool], *, is_shared: bool) -> None:
        if not flight.done():
            flight.set_result(is_shared)
            if self._flights.get(key) is flight:
                del self._flights[key]


class _Capture:
    """Holds an answer back until it is complete, to give it an ETag; gives up where it is no plain 200 or too long.

    ``marks`` say who may keep it, where the answer does not say so itself. ``keep`` is told once, before anything is
    sent: with the capture, or with None where it was given up.
    """

    __slots__ = (
        "_chunks",
        "_count",
        "_extra",
        "_keep",
        "_marks",
        "_scope",
        "_send",
        "_start",
        "body",
        "etag",
        "headers",
    )

    def __init__(
        self,
        scope: Scope,
        send: Send,
        marks: tuple[Header, ...],
        extra: tuple[Header, ...] = (),
        keep: Callable[[_Capture | None], None] | None = None,
    ) -> None:
        self._scope = scope
        self._send = send
        self._marks = marks
        self._extra = extra
        self._keep = keep
        self._start: Message | None = None
        self._chunks: list[bytes] = []
        self._count = 0
        self.headers: tuple[Header, ...] = ()
        self.body = b""
        self.etag = b""

    async def send(self, message: Message) -> None:
        kind = message["type"]
        if kind == "http.response.start" and _is_plain(message):
            self._start = message
        elif kind != "http.response.body" or self._start is None:
            if kind == "http.response.start" and self._keep is not None:
                self._keep(None)
            await self._send(message)
        elif message.get("more_body", False):
            await self._gather(message.get("body", b""))
        else:
            await self._complete(self._start, message.get("body", b""))

    async def _gather(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self._count += len(chunk)
        if self._count > BUFFER_BYTES_MAX:
            start, self._start = self._start, None
            if self._keep is not None:
                self._keep(None)
            await self._send(start or {})
            await self._send({"type": "http.response.body", "body": b"".join(self._chunks), "more_body": True})
            self._chunks.clear()

    async def _complete(self, start: Message, last: bytes) -> None:
        self.body = b"".join((*self._chunks, last)) if self._chunks else last
        fields = [*start["headers"], *self._extra]
        names = dict(fields)
        etag = names.get(b"etag")
        if etag is None:
            etag = etag_of(self.body)
            fields.append((b"etag", etag))
        if b"cache-control" not in names:
            fields += self._marks
        self.etag = etag
        self.headers = tuple(fields)
        if self._keep is not None:
            self._keep(self)
        await _deliver(self._scope, self._send, self.headers, etag, self.body)

    def is_storable(self) -> bool:
        """Whether the complete answer sets no cookie and does not forbid it."""
        return not any(
            name == b"set-cookie" or (name == b"cache-control" and b"no-store" in value) for name, value in self.headers
        )


async def _deliver(
    scope: Scope, send: Send, fields: tuple[Header, ...], etag: bytes, body: bytes, *extra: Header
) -> None:
    condition = header(scope, b"if-none-match")
    is_known = condition is not None and matches(condition, etag)
    if condition is not None:
        (_KNOWN if is_known else _UNKNOWN).inc()
    if is_known:
        kept = [item for item in (*fields, *extra) if item[0] in _KEPT_304 or item[0] == b"cache-status"]
        await send({"type": "http.response.start", "status": 304, "headers": kept})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": 200, "headers": (*fields, *extra)})
    await send({"type": "http.response.body", "body": body})


def _is_plain(start: Message) -> bool:
    if start["status"] != 200:
        return False
    for name, value in start["headers"]:
        if name == b"content-type":
            return not value.startswith(b"text/event-stream")
    return True


def _name(pair: bytes) -> bytes:
    return pair.partition(b"=")[0]


def etag_of(body: bytes) -> bytes:
    """A strong entity tag: the same bytes, the same tag."""
    return b'"' + hashlib.sha256(body).hexdigest()[:32].encode() + b'"'


def matches(condition: bytes, etag: bytes) -> bool:
    """Whether ``If-None-Match`` names the tag; the comparison is weak.

    Source: RFC 9110 section 13.1.2.
    """
    if condition.strip() == b"*":
        return True
    plain = etag.removeprefix(b"W/")
    return any(item.strip().removeprefix(b"W/") == plain for item in condition.split(b","))


CacheKey: TypeAlias = tuple[Hashable, ...]


def cache_key(scope: Scope, caller: Caller | None) -> CacheKey:
    """What an answer may differ by, beside the code that computes it: the memory of a process does not outlive that."""
    query: bytes = scope["query_string"]
    if b"&" in query:
        # By name alone: of one name given twice the last counts, so their order is part of the request.
        pairs = sorted(query.split(b"&"), key=_name)
        query = b"&".join(pairs)
    fields = exchange_of(scope).fields
    who: CacheKey = ()
    if caller is not None:
        who = (caller.tenant_id.int, caller.user_id.int, caller.role, caller.is_admin, caller.scopes)
    return (*who, scope["path"], query, fields.get(b"accept"), fields.get(b"accept-language"))
