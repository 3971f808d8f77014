"""The headers that tell a browser what this origin never does."""

from __future__ import annotations

from finsage.gateway.exchange import ASGIApp, Header, Receive, Scope, Send, exchange_of

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types finsage-sw"
)
_ALWAYS: tuple[Header, ...] = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (
        b"permissions-policy",
        (
            b"accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
            b"microphone=(), midi=(), payment=(), usb=()"
        ),
    ),
)
_OVER_TLS: Header = (b"strict-transport-security", b"max-age=63072000")


class SecurityHeaders:
    """Adds the same headers to every answer, and HSTS where the browser came by https."""

    def __init__(self, app: ASGIApp, *, is_public_https: bool) -> None:
        self._app = app
        self._is_public_https = is_public_https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            extra = exchange_of(scope).headers
            extra.extend(_ALWAYS)
            if self._is_public_https or scope.get("scheme") == "https":
                extra.append(_OVER_TLS)
        await self._app(scope, receive, send)
