"""The stages of a request in their one order, outermost first.

observe          trace id, metrics, one log line; adds every stage's headers to the answer
problems         every exception becomes an RFC 9457 answer
security headers
bounds           bytes, nesting, idle time, time to answer
client address   believed only from listed proxies
address limit    before any cryptography
health, problem pages, web app    what needs no caller
authentication   cookie or token becomes a Caller
csrf             cookie callers on unsafe methods
user limit
response cache   ETag, 304, answers kept while nothing changed
routing          the application
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from finsage.gateway.address import ClientAddress
from finsage.gateway.authentication import Authentication, Authenticator, Csrf
from finsage.gateway.bounds import Bounds
from finsage.gateway.exchange import API, ASGIApp, Receive, Scope, Send
from finsage.gateway.health import Check, Health
from finsage.gateway.limits import AddressLimit, Counting, UserLimit
from finsage.gateway.observe import Observe
from finsage.gateway.problem_pages import ProblemPages
from finsage.gateway.problems import Problems
from finsage.gateway.response_cache import ResponseCache
from finsage.gateway.security_headers import SecurityHeaders
from finsage.gateway.shared_answers import SharedAnswers
from finsage.gateway.web import WebApp
from finsage.platform.changes import Changes
from finsage.platform.encryption import Vault
from finsage.platform.settings import Settings
from finsage.platform.shared.names import SharedNames

if TYPE_CHECKING:
    from finsage.platform.shared.store import RedisStore


def build_pipeline(
    app: ASGIApp,
    *,
    settings: Settings,
    changes: Changes,
    authenticator: Authenticator,
    public_routes: frozenset[tuple[str, str]],
    checks: Mapping[str, Check],
    webui: Path | None = None,
    store: RedisStore | None = None,
    role: str = "all",
) -> ASGIApp:
    """Wrap an application in every stage.

    Args:
        app: the router, with ``install_problem_handlers`` applied.
        settings: limits, proxies, cache size, metrics token, data directory.
        changes: what tells whether an answer is current; that of the database the routes use.
        authenticator: identity's door.
        public_routes: (method, full path) pairs that are left unauthenticated.
        checks: readiness checks by name.
        webui: directory of the built web app; none serves the API alone.
        store: where processes share answers and count together; none keeps both to this one.
        role: label of the metrics.
    """
    vault = Vault(settings.data_dir)
    names = SharedNames(vault) if store is not None else None
    answers = SharedAnswers(store, names, vault, settings) if store is not None and names is not None else None
    counting = Counting(settings.replicas, store, names)
    app = ResponseCache(
        app, changes=changes, bytes_max=settings.response_cache_bytes, public_routes=public_routes, shared=answers
    )
    per_minute = settings.user_limit_per_minute
    app = UserLimit(app, per_minute=per_minute, burst=max(120, per_minute // 5), counting=counting)
    app = Csrf(app, authenticator=authenticator)
    app = Authentication(app, authenticator=authenticator, public_routes=public_routes)
    beside: ASGIApp = app if webui is None else WebApp(app, directory=webui, cache_dir=settings.data_dir / "web-cache")
    beside = Health(ProblemPages(beside), checks=checks, metrics_token=settings.metrics_token)
    app = Fork(api=app, beside=beside)
    per_minute, burst = settings.address_limit_per_minute, settings.address_limit_burst
    app = AddressLimit(app, per_minute=per_minute, burst=burst, counting=counting)
    app = ClientAddress(app, trusted_proxies=settings.trusted_proxies)
    app = Bounds(app)
    app = SecurityHeaders(app, is_public_https=(settings.public_url or "").startswith("https://"))
    app = Problems(app)
    return Observe(app, role=role)


class Fork:
    """Sends the API's requests straight on, and all others past what is served beside it."""

    def __init__(self, *, api: ASGIApp, beside: ASGIApp) -> None:
        self._app = api
        self._beside = beside

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_api = scope["type"] != "http" or scope["path"].startswith(API)
        await (self._app if is_api else self._beside)(scope, receive, send)
