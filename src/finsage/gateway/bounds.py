"""A limit on everything a request may cost: header bytes, body bytes, nesting, idle reading, time to answer."""

from __future__ import annotations

import asyncio
import math
import re
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from finsage.errors import FinSageError, Invalid, TooLarge, Unavailable
from finsage.gateway.deadline import Deadlines
from finsage.gateway.exchange import STREAM_PATH, ASGIApp, Message, Receive, Scope, Send, exchange_of, header
from finsage.gateway.json_depth import is_deeper_than

MIB = 2**20
HEADER_BYTES_MAX = 32 * 2**10
JSON_DEPTH_MAX = 32


@dataclass(frozen=True, slots=True)
class Bound:
    """What one kind of request may cost: bytes of body, seconds until the answer starts."""

    body_bytes: int
    seconds: float


ORDINARY = Bound(1 * MIB, 30)
BATCH = Bound(16 * MIB, 300)
UPLOAD = Bound(512 * MIB, 300)
LONG = Bound(1 * MIB, 300)
STREAM = Bound(1 * MIB, math.inf)
READ_IDLE_SECONDS = 10.0

_BATCH = re.compile(r"/transactions:batch$")
_UPLOAD = re.compile(r"/imports$|/prices/import$")
# What books or removes a whole file's transactions in one request, or says what removing them would do, or looks at
# dozens of portfolios on all their paths.
_LONG_READ = re.compile(r"/revert-preview$")
_LONG = re.compile(
    r"/imports/[^/]+/(?:confirm|revert)$|/demo$|^/api/v1/portfolios/[^/]+$|/advice(?:/what-if)?$|^/api/v1/predictions$"
)


class BodyTooLarge(TooLarge):
    """The body is larger than this address accepts."""


class HeadersTooLarge(TooLarge):
    """The headers of the request are larger than FinSage accepts."""


class BodyTooDeep(Invalid):
    """The JSON nests deeper than FinSage accepts."""


class BodyTooSlow(FinSageError):
    """The body of the request did not arrive in time."""

    kind: ClassVar[str] = "slow"


class TookTooLong(Unavailable):
    """FinSage did not finish the request in time."""


class _Stop(BaseException):
    """Carries a refusal past everything that would turn an exception while reading into an answer of its own."""

    def __init__(self, error: FinSageError) -> None:
        self.error = error


def bound_of(method: str, path: str, content_type: bytes) -> Bound:
    """The bound of a request, by its address and kind of body."""
    if method == "GET":
        if path == STREAM_PATH:
            return STREAM
        return LONG if _LONG_READ.search(path) else ORDINARY
    if _BATCH.search(path):
        return BATCH
    if _UPLOAD.search(path):
        return UPLOAD if content_type.startswith(b"multipart/form-data") else ORDINARY
    return LONG if _LONG.search(path) else ORDINARY


class Bounds:
    """Refuses what exceeds its bound, counting the bytes that really arrive and not what a header declares."""

    def __init__(self, app: ASGIApp, *, read_idle_seconds: float = READ_IDLE_SECONDS) -> None:
        self._app = app
        self._idle = read_idle_seconds
        self._deadlines = Deadlines()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        check_headers(scope)
        content_type = header(scope, b"content-type") or b""
        bound = bound_of(scope["method"], scope["path"], content_type)
        declared = header(scope, b"content-length")
        if declared is not None and declared.isdigit() and int(declared) > bound.body_bytes:
            _hang_up(scope)
            raise _too_large(bound.body_bytes)
        if declared is not None or header(scope, b"transfer-encoding") is not None or scope["method"] != "GET":
            is_whole = not content_type.startswith(b"multipart/")
            receive = _Body(receive, bound.body_bytes, self._idle, is_whole=is_whole).receive
        await self._in_time(scope, receive, send, bound.seconds)

    async def _in_time(self, scope: Scope, receive: Receive, send: Send, seconds: float) -> None:
        deadline = self._deadlines.start(seconds)
        # A slow reader of a long download is not a slow handler.
        exchange_of(scope).on_start = partial(self._deadlines.lift, deadline)
        try:
            await self._app(scope, receive, send)
        except _Stop as stop:
            _hang_up(scope)
            raise stop.error from None
        except asyncio.CancelledError:
            # More than our own request to stop: the server is closing, and its word goes first.
            if not deadline.is_expired or deadline.task.uncancel() > 0:
                raise
            raise TookTooLong(f"It was given up after {seconds:.0f} s.") from None
        finally:
            self._deadlines.lift(deadline)


def check_headers(scope: Scope) -> None:
    """Refuse more than 32 KiB of header names and values."""
    if len(b"".join(map(b"".join, scope["headers"]))) > HEADER_BYTES_MAX:
        raise HeadersTooLarge(f"At most {HEADER_BYTES_MAX:,} bytes of headers are accepted.")


def _too_large(bytes_max: int) -> BodyTooLarge:
    return BodyTooLarge(f"At most {bytes_max // MIB} MiB are accepted here.", bytes_max=bytes_max)


def _hang_up(scope: Scope) -> None:
    # The rest of the body is still on its way; a connection that must first swallow it is worth nothing.
    exchange_of(scope).headers.append((b"connection", b"close"))


class _Body:
    """The receiving side of one request. A JSON body is handed on whole, after its nesting has been checked."""

    def __init__(self, receive: Receive, bytes_max: int, idle_seconds: float, *, is_whole: bool) -> None:
        self._receive = receive
        self._bytes_max = bytes_max
        self._idle = idle_seconds
        self._is_whole = is_whole
        self._count = 0
        self._is_read = False

    async def receive(self) -> Message:
        if self._is_read:
            return await self._receive()  # only a disconnect is left
        message = await self._next()
        if not self._is_whole or message["type"] != "http.request":
            return message
        chunks = [message.get("body", b"")]
        while message.get("more_body", False):
            message = await self._next()
            if message["type"] != "http.request":
                return message
            chunks.append(message.get("body", b""))
        body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        if is_deeper_than(body, JSON_DEPTH_MAX):
            raise _Stop(BodyTooDeep(f"At most {JSON_DEPTH_MAX} levels of brackets are accepted, each closed."))
        return {"type": "http.request", "body": body, "more_body": False}

    async def _next(self) -> Message:
        try:
            async with asyncio.timeout(self._idle):
                message = await self._receive()
        except TimeoutError:
            raise _Stop(BodyTooSlow(f"No byte arrived for {self._idle:.0f} s.")) from None
        self._count += len(message.get("body", b""))
        if self._count > self._bytes_max:
            raise _Stop(_too_large(self._bytes_max))
        self._is_read = not message.get("more_body", False)
        return message
