"""The outermost stage: the trace id, the metrics and the one log line of a request."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Any
from uuid import UUID

from finsage.gateway.exchange import STREAM_PATH, ASGIApp, Exchange, Message, Receive, Scope, Send, header
from finsage.gateway.http_meter import METER
from finsage.gateway.trace import trace_of
from finsage.platform.telemetry import ACCESS_LOG, HTTP_PROBLEMS, TRACE_ID, redact_text

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNMATCHED = "unmatched"
_GONE = 499  # the client left before an answer began
_TEXT_MAX = 500


class Observe:
    """Measures every request under its route's template, never under its raw path."""

    def __init__(self, app: ASGIApp, *, role: str = "all") -> None:
        self._app = app
        self._role = role

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _open_exchange(scope)
        token = TRACE_ID.set(exchange.trace_id)
        started, answered = time.perf_counter(), None
        METER.begin(self._role)

        async def observed(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                if scope["path"] == STREAM_PATH:
                    answered = time.perf_counter()
                exchange.status = message["status"]
                message["headers"] = [*message.get("headers", ()), *exchange.headers]
                if exchange.on_start is not None:
                    exchange.on_start()
            elif message["type"] == "http.response.body" and not message.get("more_body", False):
                exchange.is_complete = True
            await send(message)

        try:
            await self._app(scope, receive, observed)
        finally:
            # What does not end by itself has taken as long as its first byte, or it would look slow.
            self._record(scope, exchange, (answered or time.perf_counter()) - started)
            TRACE_ID.reset(token)

    def _record(self, scope: Scope, exchange: Exchange, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = exchange.route or template_of(scope)
        status = exchange.status or _GONE
        METER.end(self._role, method, route, status, seconds)
        problem = scope.get("problem_type")
        if problem is not None:
            HTTP_PROBLEMS.labels(problem, status).inc()
        if ACCESS_LOG.is_on:
            fields = _fields(scope, exchange, problem)
            fields["http.request.method"] = method
            fields["http.route"] = route
            fields["http.response.status_code"] = status
            fields["event.duration"] = int(seconds * 1e9)
            ACCESS_LOG.write(fields)


def _open_exchange(scope: Scope) -> Exchange:
    raw = scope["headers"]
    fields = dict(raw)
    has_repeats = len(fields) != len(raw)
    given = fields.get(b"traceparent")
    if given is not None and has_repeats and sum(name == b"traceparent" for name, _ in raw) > 1:
        given = None
    trace = trace_of(given)
    exchange = Exchange(trace.trace_id, trace.span_id, fields, has_repeats, [(b"traceparent", trace.header())])
    scope["exchange"] = exchange
    scope["trace_id"] = trace.trace_id
    return exchange


@lru_cache(maxsize=4096)
def _text(number: UUID) -> str:
    return str(number)


def _fields(scope: Scope, exchange: Exchange, problem: str | None) -> dict[str, Any]:
    # The path as it was sent, percent signs and all, so that it cannot forge a line; without its query, which may hold
    # a secret; never a body.
    path = scope.get("raw_path") or scope["path"].encode()
    fields: dict[str, Any] = {
        "event.action": "http-request",
        "trace.id": exchange.trace_id,
        "span.id": exchange.span_id,
        "url.path": redact_text(path[:_TEXT_MAX].decode("ascii", "backslashreplace")),
        "client.ip": scope["client"][0] if scope.get("client") else "",
    }
    caller = scope.get("caller")
    if caller is not None:
        fields["user.id"] = _text(caller.user_id)
        fields["organization.id"] = _text(caller.tenant_id)
    if problem is not None:
        agent = (header(scope, b"user-agent") or b"")[:_TEXT_MAX].decode("ascii", "backslashreplace")
        fields["error.type"] = problem
        fields["user_agent.original"] = redact_text(agent)
    return fields


def template_of(scope: Scope) -> str:
    """The template of the route that the router chose, with the prefixes of the routers that include it."""
    inner = scope.get("fastapi")
    context = inner.get("effective_route_context") if inner else None
    template = getattr(context, "path_format", None) or getattr(scope.get("route"), "path", None)
    return template or UNMATCHED
