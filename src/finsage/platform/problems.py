"""Errors as RFC 9457 problems. This module alone knows which status an error kind has."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

import msgspec
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from finsage.errors import Fault, FinSageError, Invalid, NotFound

MEDIA_TYPE = "application/problem+json"

STATUS_BY_KIND: Mapping[str, int] = {
    "invalid": 422,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "stale": 412,
    "too_large": 413,
    "limited": 429,
    "upstream": 502,
    "unavailable": 503,
    "internal": 500,
    "slow": 408,
}
_STATUS_BY_SLUG: Mapping[str, int] = {"headers-too-large": 431, "method-not-allowed": 405}


def status_of(error: type[FinSageError]) -> int:
    """The status a class of errors is answered with."""
    return _STATUS_BY_SLUG.get(error.slug(), STATUS_BY_KIND[error.kind])


class InvalidRequest(Invalid):
    """The request does not have the shape this route expects."""


class MethodNotAllowed(Invalid):
    """This address does not take that method."""


class NoSuchAddress(NotFound):
    """There is no such address in this API."""


def problem_response(error: Exception, scope: MutableMapping[str, Any]) -> Response:
    """The answer for an error; anything that is not ours becomes a 500 without detail.

    Args:
        error: what was raised.
        scope: the ASGI scope, for the path and ``scope["trace_id"]``.
    """
    ours = _as_ours(error)
    status = _status(error, ours)
    body = {
        "type": f"/problems/{ours.slug()}",
        "title": ours.title(),
        "status": status,
        "detail": ours.detail or ours.title(),
        "instance": scope.get("path", ""),
        "trace_id": scope.get("trace_id", ""),
        **{name: _plain(value) for name, value in ours.members.items()},
    }
    if ours.faults:
        body["errors"] = [{"pointer": fault.pointer, "detail": fault.detail} for fault in ours.faults]
    scope["problem_type"] = ours.slug()
    return Response(msgspec.json.encode(body), status, _headers(error, ours), MEDIA_TYPE)


class InternalError(FinSageError):
    """Something went wrong inside FinSage."""


def _as_ours(error: Exception) -> FinSageError:
    if isinstance(error, FinSageError):
        return error
    if isinstance(error, RequestValidationError):
        return InvalidRequest("Some fields are missing or wrong.", faults=tuple(_faults(error)))
    if isinstance(error, HTTPException):
        if error.status_code == 404:
            return NoSuchAddress("Nothing is served at this address. /api/v1/openapi.json lists what is.")
        if error.status_code == 405:
            return MethodNotAllowed("The Allow header lists the methods of this address.")
        if error.status_code < 500:
            return InvalidRequest(str(error.detail))
    return InternalError("The fault has been logged under the trace id; nothing was changed.")


def _faults(error: RequestValidationError) -> list[Fault]:
    faults = []
    for item in error.errors():
        place, *path = item["loc"]
        pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)
        if place != "body":
            pointer = f"{place}:{'.'.join(str(part) for part in path)}"
        faults.append(Fault(pointer, _without_class(item["msg"])))
    return faults


def _without_class(message: str) -> str:
    """What our own check said of a field, without the name that pydantic puts before it."""
    return message.removeprefix("Value error, ")


def _status(error: Exception, ours: FinSageError) -> int:
    # A body that is no text at all is the framework's 400; one that is no JSON is 422 like any other wrong shape.
    if isinstance(error, HTTPException) and 400 < error.status_code < 500:
        return error.status_code
    return status_of(type(ours))


def _headers(error: Exception, ours: FinSageError) -> dict[str, str]:
    headers = dict(getattr(error, "headers", None) or {}) if isinstance(error, HTTPException) else {}
    seconds: int | None = getattr(ours, "retry_after_seconds", None)
    if seconds is not None:
        headers["Retry-After"] = str(seconds)
    if ours.kind == "unauthenticated":
        headers["WWW-Authenticate"] = 'Bearer realm="finsage"'
    headers["Cache-Control"] = "no-store"
    return headers


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | bool | list | dict | None) else str(value)
