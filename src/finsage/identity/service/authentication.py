"""From a cookie or a bearer token to a ``Caller``, and the proof that a cookie was sent by our own pages."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from finsage.identity.errors import CsrfRefused, InvalidToken, SessionEnded
from finsage.identity.service.callers import SESSION_SECONDS, TOKEN_SECONDS
from finsage.identity.service.state import Identity
from finsage.identity.service.tokens import csrf_token_of, hash_secret
from finsage.identity.store import people, sessions
from finsage.platform.caller import PUBLIC_TENANT, Caller, Credential, Role
from finsage.platform.clock import now
from finsage.platform.database import Database, ReadSession, StorageFull

COOKIE = "__Host-finsage"
# http.cookiejar, curl and Safari send no Secure cookie over http://127.0.0.1, Chromium and Firefox do (tested: 156).
PLAIN_COOKIE = "finsage"

_READING = frozenset({"portfolio:read", "market:read", "export:read", "identity:read", "prediction:read"})
# Everyone may change their own profile and password, a viewer too.
_OWN = frozenset({"identity:write"})
_WRITING = frozenset({"portfolio:write", "market:write", "import:write", "prediction:write"})


def scopes_of(role: Role, *, is_admin: bool) -> frozenset[str]:
    """What a role may do in its tenant."""
    scopes = _READING | _OWN
    if role != "viewer":
        scopes |= _WRITING
    if role == "owner":
        scopes |= {"audit:read"}
    return scopes | {"admin"} if is_admin else scopes


def is_https(identity: Identity, scheme: str) -> bool:
    """Whether the browser came over HTTPS: to us, or to the proxy at the address users type."""
    return scheme == "https" or (identity.settings.public_url or "").startswith("https://")


def find_session_cookie(identity: Identity, cookies: Mapping[str, str], *, scheme: str) -> str | None:
    """The session cookie of a request. Over HTTPS the plain one is not looked at: a page beside ours could plant it."""
    cookie = cookies.get(COOKIE)
    return cookie if is_https(identity, scheme) else cookie or cookies.get(PLAIN_COOKIE)


async def authenticate_session(database: Database, identity: Identity, cookie: str, *, is_use: bool = True) -> Caller:
    """The caller a session cookie stands for; notes once a minute that the session is in use.

    Args:
        database: where sessions are.
        identity: remembers who was verified a moment ago.
        cookie: as the browser sent it.
        is_use: false where nobody may be at the screen: it then keeps no idle session alive.

    Raises:
        SessionEnded: unknown, revoked, idle for 30 minutes, past its end, or its user is gone.
    """
    secret_hash = hash_secret(cookie)
    known = identity.callers.find(secret_hash)
    if known is not None:
        return known
    async with database.read() as session:
        live = await sessions.find_live_by_secret(session, secret_hash)
        caller = await _caller(session, live, "session")
    if live is None or caller is None:
        raise SessionEnded("Your session has ended. Sign in again.")
    if is_use:
        await _touch(database, live)
        # Not without: the requests after it would find it here and not be noted either.
        identity.callers.keep(secret_hash, caller, _seconds(SESSION_SECONDS, live.expires_at))
    return caller


async def authenticate_token(database: Database, identity: Identity, token: str) -> Caller:
    """The caller an access token stands for.

    Raises:
        InvalidToken: not signed by this installation, expired, of another kind, or its family was revoked.
    """
    secret_hash = hash_secret(token)
    known = identity.callers.find(secret_hash)
    if known is not None:
        return known
    claims = identity.tokens.verify(token)
    async with database.read() as session:
        live = await sessions.find_live_family(session, claims.family_id)
        caller = await _caller(session, live, "token")
    if live is None or caller is None or caller.user_id != claims.user_id:
        raise InvalidToken("The access token was revoked. Sign in again.")
    await _touch(database, live)
    ends = min(live.expires_at.timestamp(), claims.expires_at)
    identity.callers.keep(secret_hash, caller, min(TOKEN_SECONDS, ends - now().timestamp()))
    return caller


def check_csrf(identity: Identity, cookie: str, *, headers: Mapping[str, str], scheme: str, host: str) -> None:
    """Refuse an unsafe request with a cookie that does not come from our own pages.

    Args:
        identity: for the address users type.
        cookie: the session cookie it was authenticated by.
        headers: of the request, names in lower case.
        scheme: http or https, as the client sees it.
        host: the Host header.

    Raises:
        CsrfRefused: another origin, or without the session's X-CSRF-Token.
    """
    check_origin(identity, headers=headers, scheme=scheme, host=host)
    given = headers.get("x-csrf-token", "")
    if not hmac.compare_digest(given.encode(), csrf_token_of(cookie).encode()):
        raise CsrfRefused("Send the X-CSRF-Token that signing in and GET /api/v1/me give.")


def check_origin(identity: Identity, *, headers: Mapping[str, str], scheme: str, host: str) -> None:
    """Refuse a request that a browser sent for a page of another origin.

    Browsers say where an unsafe request comes from in Sec-Fetch-Site, and in Origin where they do not trust the
    connection. A program says neither, and has no victim's cookie to abuse.

    Raises:
        CsrfRefused: the request comes from another origin.
    """
    site = headers.get("sec-fetch-site")
    origin = headers.get("origin")
    if site == "same-origin" or (site is None and origin is None):
        return
    own = {_origin(f"{scheme}://{host}"), _origin(identity.settings.public_url or f"{scheme}://{host}")}
    if site in {None, "none"} and origin is not None and _origin(origin) in own:
        return
    raise CsrfRefused("This request was sent by a page of another site.")


def _origin(url: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return ("invalid", url, None)
    return (parts.scheme, parts.hostname, port)


async def _caller(session: ReadSession, live: sessions.Live | None, credential: Credential) -> Caller | None:
    if live is None:
        return None
    await people.act_in(session, PUBLIC_TENANT, live.user_id)
    role = await people.find_role(session, live.tenant_id, live.user_id)
    if role is None:
        return None
    scopes = scopes_of(role, is_admin=live.is_admin)
    return Caller(live.user_id, live.tenant_id, role, scopes, credential, live.id, live.is_admin, live.proved_at)


async def _touch(database: Database, live: sessions.Live) -> None:
    if not live.is_due_for_touch:
        return
    try:
        async with database.write(is_announced=False) as session:
            await sessions.touch(session, live.id)
    except StorageFull:
        # With a full disk reading goes on; the session merely counts as idle.
        return


def _seconds(seconds_max: float, end: datetime) -> float:
    return min(seconds_max, (end - now()).total_seconds())
