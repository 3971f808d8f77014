"""The stage below which nothing but a problem leaves the house, and the handlers that make the router agree."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from finsage.errors import FinSageError
from finsage.gateway.exchange import ASGIApp, Receive, Scope, Send, exchange_of
from finsage.platform.problems import problem_response


class Problems:
    """Turns every exception into an RFC 9457 answer; a fault of ours is logged with its traceback."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._log: Any = structlog.get_logger()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        except Exception as error:  # noqa: BLE001 - the one place where every exception ends
            await self._answer(error, scope, receive, send)

    async def _answer(self, error: Exception, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = exchange_of(scope)
        if not isinstance(error, FinSageError | HTTPException | RequestValidationError):
            self._log.error(
                "unhandled exception",
                exc_info=error,
                **{"event.action": "http-fault", "error.type": type(error).__name__},
            )
        if exchange.status == 0:
            await problem_response(error, scope)(scope, receive, send)
        elif not exchange.is_complete:
            # The status line is out: an answer without an end makes the server cut the connection, so that no client
            # takes the half for the whole.
            self._log.error("answer cut short", **{"event.action": "http-cut"})


async def _as_problem(request: Request, error: Exception) -> Response:
    return problem_response(error, request.scope)


def install_problem_handlers(app: FastAPI) -> None:
    """Make the application's own error answers problems too, for each kind of exception it would answer itself."""
    for kind in (FinSageError, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, _as_problem)
