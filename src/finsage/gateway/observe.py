"""The outermost stage: the trace id, the metrics and the one log line of a request."""

from __future__ import annotations

import time
from typing import Any

import structlog

from finsage.gateway.exchange import ASGIApp, Exchange, Message, Receive, Scope, Send, header, headers
from finsage.gateway.trace import trace_of
from finsage.platform.telemetry import HTTP_IN_FLIGHT, HTTP_PROBLEMS, HTTP_REQUESTS, HTTP_SECONDS, TRACE_ID

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNMATCHED = "unmatched"


class Observe:
    """Measures every request under its route's template, never under its raw path."""

    def __init__(self, app: ASGIApp, *, role: str = "all") -> None:
        self._app = app
        self._role = role
        self._in_flight = HTTP_IN_FLIGHT.labels(role)
        self._log: Any = structlog.get_logger("finsage.http")
        self._counters: dict[tuple[str, str, int], Any] = {}
        self._timers: dict[tuple[str, str], Any] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trace = trace_of(headers(scope, b"traceparent"))
        exchange = Exchange(trace.trace_id, trace.span_id, [(b"traceparent", trace.header())])
        scope["exchange"] = exchange
        scope["trace_id"] = trace.trace_id
        token = TRACE_ID.set(trace.trace_id)
        started = time.perf_counter()
        self._in_flight.inc()

        async def observed(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                message["headers"] = [*message.get("headers", ()), *exchange.headers]
                if exchange.deadline is not None and not exchange.deadline.expired():
                    exchange.deadline.reschedule(None)
            elif message["type"] == "http.response.body" and not message.get("more_body", False):
                exchange.is_complete = True
            await send(message)

        try:
            await self._app(scope, receive, observed)
        finally:
            self._in_flight.dec()
            self._record(scope, exchange, time.perf_counter() - started)
            TRACE_ID.reset(token)

    def _record(self, scope: Scope, exchange: Exchange, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = exchange.route or template_of(scope)
        status = exchange.status or 499  # gone before an answer began
        self._count(method, route, status, seconds)
        problem = scope.get("problem_type")
        if problem is not None:
            HTTP_PROBLEMS.labels(problem, status).inc()
        self._write(scope, exchange, method, route, status, seconds, problem)

    def _count(self, method: str, route: str, status: int, seconds: float) -> None:
        counter = self._counters.get((method, route, status))
        if counter is None:
            counter = self._counters[method, route, status] = HTTP_REQUESTS.labels(self._role, method, route, status)
        timer = self._timers.get((method, route))
        if timer is None:
            timer = self._timers[method, route] = HTTP_SECONDS.labels(self._role, method, route)
        counter.inc()
        timer.observe(seconds)

    def _write(
        self, scope: Scope, exchange: Exchange, method: str, route: str, status: int, seconds: float, problem: str | None
    ) -> None:
        # The path without its query, which may hold a token; never a body.
        fields: dict[str, Any] = {
            "event.action": "http-request",
            "trace.id": exchange.trace_id,
            "span.id": exchange.span_id,
            "http.request.method": method,
            "http.response.status_code": status,
            "http.route": route,
            "url.path": scope["path"],
            "event.duration": int(seconds * 1e9),
            "client.ip": (scope.get("client") or ("",))[0],
        }
        caller = scope.get("caller")
        if caller is not None:
            fields["user.id"] = str(caller.user_id)
            fields["organization.id"] = str(caller.tenant_id)
        if problem is not None:
            fields["error.type"] = problem
            fields["user_agent.original"] = (header(scope, b"user-agent") or b"")[:200].decode("latin-1")
        self._log.info("request", **fields)


def template_of(scope: Scope) -> str:
    """The template of the route that the router chose, with the prefixes of the routers that include it."""
    inner = scope.get("fastapi")
    context = inner.get("effective_route_context") if inner else None
    template = getattr(context, "path_format", None) or getattr(scope.get("route"), "path", None)
    return template or UNMATCHED
