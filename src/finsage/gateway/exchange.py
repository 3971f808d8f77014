"""What the stages of one request tell each other, kept in the ASGI scope."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
Header = tuple[bytes, bytes]

API = "/api/"
"""Everything below is the API; the rest is the web app, health, metrics and problem pages."""

STREAM_PATH = "/api/v1/events"
"""The one answer that does not end by itself."""


@dataclass(slots=True)
class Exchange:
    """One request and its answer, as far as it has got.

    ``fields`` are the request's headers by lower-case name, the last of a repeated one; ``has_repeats`` says whether
    any was repeated.

    ``headers`` are added to the answer by the outermost stage, so that no other stage has to wrap ``send`` for them.
    ``route`` is the template a metric is labelled with: set by a stage that answers itself, else it is the router's.
    ``on_start`` is called once, when the answer starts.
    """

    trace_id: str
    span_id: str
    fields: dict[bytes, bytes]
    has_repeats: bool
    headers: list[Header] = field(default_factory=list)
    status: int = 0
    is_complete: bool = False
    route: str = ""
    on_start: Callable[[], None] | None = None


def exchange_of(scope: Scope) -> Exchange:
    """The exchange that the outermost stage put into the scope."""
    exchange: Exchange = scope["exchange"]
    return exchange


def header(scope: Scope, name: bytes) -> bytes | None:
    """A header that has one value, by its lower-case name; the last where a client repeats it."""
    exchange: Exchange = scope["exchange"]
    return exchange.fields.get(name)


def headers(scope: Scope, name: bytes) -> list[bytes]:
    """Every header of that lower-case name, in order."""
    exchange: Exchange = scope["exchange"]
    if exchange.has_repeats:
        return [value for key, value in scope["headers"] if key == name]
    value = exchange.fields.get(name)
    return [] if value is None else [value]


async def answer(send: Send, status: int, content_type: bytes, body: bytes, *extra: Header) -> None:
    """Send one complete answer."""
    fields = [(b"content-type", content_type), (b"content-length", b"%d" % len(body)), *extra]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})


async def answer_unchanged(send: Send, *fields: Header) -> None:
    """Send that the caller has the newest answer already."""
    await send({"type": "http.response.start", "status": 304, "headers": list(fields)})
    await send({"type": "http.response.body", "body": b""})
