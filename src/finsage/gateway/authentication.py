"""Who asks: the session cookie or the bearer token becomes ``scope["caller"]``; cookies also need proof of origin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from starlette.datastructures import Headers

from finsage.errors import FinSageError, Unauthenticated
from finsage.gateway.exchange import STREAM_PATH, ASGIApp, Receive, Scope, Send, header, headers
from finsage.platform.caller import Caller
from finsage.platform.telemetry import AUTH_ATTEMPTS

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_PROTECTED = ("/api/", "/mcp")


class TwoCredentials(Unauthenticated):
    """The request carries two credentials; send one."""


class UnknownScheme(Unauthenticated):
    """The Authorization header does not carry a bearer token."""


class Authenticator(Protocol):
    """What the pipeline needs to know about identity."""

    def find_session_cookie(self, cookies: Mapping[str, str], *, scheme: str) -> str | None:
        """The value of the session cookie among the request's cookies."""

    async def authenticate_session(self, cookie: str, *, is_use: bool = True) -> Caller:
        """The caller behind a session cookie, or Unauthenticated; ``is_use`` says whether it counts as used."""

    async def authenticate_token(self, token: str) -> Caller:
        """The caller behind a bearer token, or Unauthenticated."""

    def check_csrf(self, cookie: str, *, headers: Mapping[str, str], scheme: str, host: str) -> None:
        """Refuse an unsafe request that another site made the browser send."""


class Authentication:
    """Sets ``scope["caller"]``: a good credential's caller, or None where there is none. A bad one is 401.

    Public routes are left alone, so that an expired cookie, which no script can delete, does not bar the way to the
    sign-in that would replace it.
    """

    def __init__(
        self, app: ASGIApp, *, authenticator: Authenticator, public_routes: frozenset[tuple[str, str]]
    ) -> None:
        self._app = app
        self._authenticator = authenticator
        self._public = public_routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["caller"] = None
            if scope["path"].startswith(_PROTECTED) and (scope["method"], scope["path"]) not in self._public:
                await self._authenticate(scope)
        await self._app(scope, receive, send)

    async def _authenticate(self, scope: Scope) -> None:
        cookie = self._cookie(scope)
        authorization = header(scope, b"authorization")
        method = "session" if authorization is None else "token"
        try:
            if authorization is not None:
                if cookie is not None or len(headers(scope, b"authorization")) > 1:
                    raise TwoCredentials("Send the session cookie or one Authorization header, not both.")
                scope["caller"] = await self._authenticator.authenticate_token(_bearer(authorization))
            elif cookie is not None:
                # An open page comes back for its stream for ever, whether or not anybody looks at it.
                is_use = scope["path"] != STREAM_PATH
                scope["caller"] = await self._authenticator.authenticate_session(cookie, is_use=is_use)
                scope["session_cookie"] = cookie
        except FinSageError:
            AUTH_ATTEMPTS.labels(method, "refused").inc()
            raise

    def _cookie(self, scope: Scope) -> str | None:
        lines = headers(scope, b"cookie")
        scheme = scope.get("scheme", "http")
        return self._authenticator.find_session_cookie(parse_cookies(lines), scheme=scheme) if lines else None


class Csrf:
    """Refuses unsafe requests of cookie callers unless a page of ours sent them and knows the session's token."""

    def __init__(self, app: ASGIApp, *, authenticator: Authenticator) -> None:
        self._app = app
        self._authenticator = authenticator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        cookie = scope.get("session_cookie")
        if cookie is not None and scope["method"] in UNSAFE:
            fields = Headers(scope=scope)
            host = fields.get("host", "")
            self._authenticator.check_csrf(cookie, headers=fields, scheme=scope.get("scheme", "http"), host=host)
        await self._app(scope, receive, send)


def parse_cookies(lines: list[bytes]) -> dict[str, str]:
    """Names and values of the ``Cookie`` header; of two cookies of one name the first counts.

    Source: RFC 6265 section 4.2.
    """
    cookies: dict[str, str] = {}
    for line in lines:
        for pair in line.decode("latin-1").split(";"):
            name, equals, value = pair.partition("=")
            if equals:
                cookies.setdefault(name.strip(), value.strip().strip('"'))
    return cookies


def _bearer(authorization: bytes) -> str:
    scheme, _, token = authorization.decode("latin-1").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise UnknownScheme("Write it as `Authorization: Bearer <token>`.")
    return token.strip()
