"""The HTTP routes of identity.

A route that takes a password or hands out a credential opens its own transactions and so keeps no Idempotency-Key: what
is stored beside a key is a fast hash of the request and the bytes of the answer, and neither may exist for a secret.
Sent twice they answer 409, or sign in twice.
"""

from __future__ import annotations

import ipaddress
from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from finsage.identity import schemas, service
from finsage.identity.errors import InsecureTransport
from finsage.platform import clock
from finsage.platform.caller import Caller
from finsage.platform.database import Database
from finsage.platform.unit import Reading, UnitRoute, Writing, requires

PUBLIC_ROUTES: frozenset[tuple[str, str]] = frozenset(
    {("GET", "/auth/status"), ("POST", "/auth/register"), ("POST", "/auth/login"), ("POST", "/auth/refresh")}
)
"""Routes that need nobody signed in; a cookie or token sent along is not even looked at."""


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


def _identity(request: Request) -> service.Identity:
    identity: service.Identity = request.app.state.identity
    return identity


def _visitor(request: Request) -> service.Visitor:
    address = request.client.host if request.client else ""
    return service.Visitor(address, request.headers.get("user-agent", ""))


def _keep_out_of_caches(response: Response) -> None:
    response.headers["Cache-Control"] = "no-store"


def _check_transport(request: Request) -> None:
    """Passwords travel over HTTPS or inside this machine, and are not typed into a page of another site."""
    identity = _identity(request)
    if not (_is_https(request) or _is_loopback(request) or identity.settings.insecure_http):
        raise InsecureTransport(
            "Open FinSage over https://, or on this machine as http://127.0.0.1. "
            "FINSAGE_INSECURE_HTTP=true allows plain HTTP in a network you trust."
        )
    service.check_origin(identity, headers=request.headers, scheme=request.url.scheme, host=request.url.netloc)


def _is_https(request: Request) -> bool:
    return service.is_https(_identity(request), request.url.scheme)


def _is_loopback(request: Request) -> bool:
    host = request.url.hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


StateDatabase = Annotated[Database, Depends(_database)]
StateIdentity = Annotated[service.Identity, Depends(_identity)]
Client = Annotated[service.Visitor, Depends(_visitor)]
Cursor = Annotated[UUID | None, Query(description="`next_cursor` of the page before")]
Limit = Annotated[int, Query(ge=1, le=500)]

router = APIRouter(route_class=UnitRoute, tags=["identity"], dependencies=[Depends(_keep_out_of_caches)])
_SAFE_TRANSPORT = [Depends(_check_transport)]


@router.get("/auth/status")
async def get_auth_status(session: Reading, identity: StateIdentity) -> schemas.AuthStatus:
    """Whether anybody has registered yet, and whether a newcomer may."""
    has_users, is_open = await service.is_registration_open(session, identity)
    return schemas.AuthStatus(has_users=has_users, registration="open" if is_open else "closed")


@router.post("/auth/register", status_code=201, dependencies=_SAFE_TRANSPORT)
async def register(
    body: schemas.RegisterRequest, database: StateDatabase, identity: StateIdentity
) -> schemas.Registered:
    """Create an account with a household of its own. The first one administers the installation."""
    person = await service.register(database, identity, service.Registration(**body.model_dump()))
    return schemas.Registered(user=schemas.User.of(person), tenant=schemas.Tenant.of(person))


@router.post("/auth/login", dependencies=_SAFE_TRANSPORT)
async def login(
    body: schemas.LoginRequest,
    *,
    request: Request,
    response: Response,
    database: StateDatabase,
    identity: StateIdentity,
    visitor: Client,
) -> schemas.SignedIn | schemas.Tokens:
    """Sign in: a browser gets a session cookie, a program (`mode: token`) an access and a refresh token."""
    if body.mode == "token":
        pair = await service.issue_tokens(database, identity, visitor, body.email, body.password)
        return schemas.Tokens.of(pair)
    opened = await service.open_session(
        database, identity, visitor, body.email, body.password, is_remembered=body.remember
    )
    _set_cookie(request, response, opened, is_remembered=body.remember)
    return schemas.SignedIn(
        user=schemas.User.of(opened.person),
        tenant=schemas.Tenant.of(opened.person),
        csrf_token=opened.csrf_token,
        expires_at=opened.expires_at,
    )


@router.post("/auth/refresh", dependencies=_SAFE_TRANSPORT)
async def refresh(body: schemas.RefreshRequest, database: StateDatabase, identity: StateIdentity) -> schemas.Tokens:
    """Exchange a refresh token for a new pair. It is good once: a second use ends the whole sign-in."""
    return schemas.Tokens.of(await service.refresh_tokens(database, identity, body.refresh_token))


@router.post("/auth/logout", status_code=204)
async def logout(
    response: Response,
    session: Writing,
    identity: StateIdentity,
    caller: Annotated[Caller, requires("identity:write")],
) -> None:
    """End the session or the token family this request came with."""
    await service.sign_out(session, identity, caller)
    response.delete_cookie(service.COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    response.delete_cookie(service.PLAIN_COOKIE, path="/", httponly=True, samesite="lax")


@router.get("/me")
async def get_me(
    request: Request, session: Reading, caller: Annotated[Caller, requires("identity:read")]
) -> schemas.Me:
    """The caller's own account, and the CSRF token of a browser session."""
    return _me(request, *await service.load_profile(session, caller))


@router.patch("/me")
async def change_me(
    body: schemas.ProfileRequest,
    *,
    request: Request,
    database: StateDatabase,
    identity: StateIdentity,
    visitor: Client,
    caller: Annotated[Caller, requires("identity:write")],
) -> schemas.Me:
    """Change one's names or, with the current password, the e-mail address."""
    change = service.ProfileChange(**body.model_dump())
    return _me(request, *await service.change_profile(database, identity, caller, visitor, change))


@router.post("/me/password", status_code=204)
async def change_password(
    body: schemas.PasswordRequest,
    database: StateDatabase,
    identity: StateIdentity,
    visitor: Client,
    caller: Annotated[Caller, requires("identity:write")],
) -> None:
    """Set a new password; everywhere else the caller is signed out."""
    await service.change_password(
        database, identity, caller, visitor, current=body.current_password, new=body.new_password
    )


@router.post("/me/proof", status_code=204)
async def confirm_password(
    body: schemas.ProofRequest,
    database: StateDatabase,
    identity: StateIdentity,
    visitor: Client,
    caller: Annotated[Caller, requires("identity:write")],
) -> None:
    """Give the current password again, before what needs it within the last five minutes."""
    await service.confirm_password(database, identity, caller, visitor, body.current_password)


@router.get("/me/sessions")
async def list_sessions(
    session: Reading,
    caller: Annotated[Caller, requires("identity:read")],
    cursor: Cursor = None,
    limit: Limit = 100,
) -> schemas.Sessions:
    """Where the caller is signed in, newest first."""
    rows, next_cursor = await service.list_sessions(session, caller, cursor, limit)
    items = [schemas.Session(**asdict(row), is_current=row.id == caller.credential_id) for row in rows]
    return schemas.Sessions(items=items, next_cursor=next_cursor)


@router.delete("/me/sessions/{session_id}", status_code=204)
async def revoke_session(
    session_id: UUID,
    session: Writing,
    identity: StateIdentity,
    caller: Annotated[Caller, requires("identity:write")],
) -> None:
    """Sign out somewhere else."""
    await service.revoke_session(session, identity, caller, session_id)


@router.get("/audit-events")
async def list_audit_events(
    session: Reading,
    caller: Annotated[Caller, requires("audit:read")],
    cursor: Cursor = None,
    limit: Limit = 100,
) -> schemas.AuditEvents:
    """Who did what in this household, newest first. For its owners."""
    rows, next_cursor = await service.list_audit_events(session, caller, cursor, limit)
    return schemas.AuditEvents(items=[schemas.AuditEvent.model_validate(row) for row in rows], next_cursor=next_cursor)


def _me(request: Request, person: service.Person, expires_at: datetime) -> schemas.Me:
    # The one the gateway authenticated; there may be two names.
    cookie: str | None = request.scope.get("session_cookie")
    return schemas.Me(
        user=schemas.User.of(person),
        tenant=schemas.Tenant.of(person),
        csrf_token=service.csrf_token_of(cookie) if cookie else None,
        expires_at=expires_at,
    )


def _set_cookie(request: Request, response: Response, opened: service.OpenedSession, *, is_remembered: bool) -> None:
    # Over HTTPS the __Host- cookie alone. On http://127.0.0.1 both: Chromium and Firefox take and send a Secure cookie
    # there, Safari, curl and Python's cookie jar do not. In a trusted network over HTTP no browser takes it.
    max_age = int((opened.expires_at - clock.now()).total_seconds()) if is_remembered else None
    if _is_https(request) or _is_loopback(request):
        response.set_cookie(
            service.COOKIE, opened.cookie, max_age=max_age, path="/", secure=True, httponly=True, samesite="lax"
        )
    if not _is_https(request):
        response.set_cookie(
            service.PLAIN_COOKIE, opened.cookie, max_age=max_age, path="/", httponly=True, samesite="lax"
        )
