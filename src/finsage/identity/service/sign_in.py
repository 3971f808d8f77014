"""Signing in as a browser or as a program, refreshing, signing out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from finsage.identity.errors import InvalidToken, RefreshRace, WrongCredentials
from finsage.identity.service.proof import Proof, Visitor, prove
from finsage.identity.service.state import Identity
from finsage.identity.service.tokens import (
    ACCESS_LIFETIME,
    REFRESH_LIFETIME,
    REFRESH_PREFIX,
    csrf_token_of,
    hash_secret,
    new_secret,
)
from finsage.identity.store import people, sessions
from finsage.platform import audit
from finsage.platform.caller import Caller, Credential
from finsage.platform.clock import new_id
from finsage.platform.database import Database, WriteSession

SESSION_IDLE = timedelta(minutes=30)
SESSION_LIFETIME = timedelta(hours=12)
SESSION_LIFETIME_REMEMBERED = timedelta(days=30)
# Two tabs of one client may refresh at the same moment: that is no theft.
RACE_TOLERANCE = timedelta(seconds=10)

_USER_AGENT_LENGTH_MAX = 300


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A browser's new session. ``cookie`` is shown this once."""

    person: people.Person
    cookie: str
    csrf_token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TokenPair:
    """A program's tokens. Both are shown this once."""

    access_token: str
    refresh_token: str
    expires_in_seconds: int


async def open_session(
    database: Database, identity: Identity, visitor: Visitor, email: str, password: str, *, is_remembered: bool
) -> OpenedSession:
    """Sign a browser in.

    Args:
        database: opens the transactions itself, see ``proof``.
        identity: the process's state.
        visitor: the client.
        email: normalised.
        password: as typed.
        is_remembered: end after 30 days of the session instead of 12 hours, and do not end it for being idle sooner.

    Raises:
        WrongCredentials: unknown account or wrong password, never told apart.
        TooManyAttempts: after several failures.
    """
    proof = await _prove(database, identity, visitor, email, password)
    cookie = new_secret()
    lifetime = SESSION_LIFETIME_REMEMBERED if is_remembered else SESSION_LIFETIME
    idle = lifetime if is_remembered else SESSION_IDLE
    async with database.write(proof.account.tenant_id, proof.account.user_id) as session:
        _, expires_at = await _begin(
            session, proof, visitor, kind="session", secret=cookie, lifetime=lifetime, idle=idle
        )
        person = await people.load_person(session, proof.account.tenant_id, proof.account.user_id)
    return OpenedSession(person, cookie, csrf_token_of(cookie), expires_at)


async def issue_tokens(
    database: Database, identity: Identity, visitor: Visitor, email: str, password: str
) -> TokenPair:
    """Sign a program in: an access token of 30 minutes and a refresh token of 7 days.

    Raises:
        WrongCredentials: unknown account or wrong password, never told apart.
        TooManyAttempts: after several failures.
    """
    proof = await _prove(database, identity, visitor, email, password)
    refresh = REFRESH_PREFIX + new_secret()
    async with database.write(proof.account.tenant_id, proof.account.user_id) as session:
        family_id, _ = await _begin(
            session, proof, visitor, kind="token", secret=refresh, lifetime=REFRESH_LIFETIME, idle=REFRESH_LIFETIME
        )
    return _pair(identity, proof.account.user_id, family_id, refresh)


async def refresh_tokens(database: Database, identity: Identity, refresh_token: str) -> TokenPair:
    """Exchange a refresh token, once, for a new pair.

    Raises:
        InvalidToken: unknown, expired or revoked; or used before, and then its whole family is revoked.
        RefreshRace: used before, but within the last 10 seconds.
    """
    old_hash, successor = hash_secret(refresh_token), REFRESH_PREFIX + new_secret()
    async with database.write(is_announced=False) as session:
        family = await sessions.rotate(session, old_hash, hash_secret(successor), REFRESH_LIFETIME)
        spent = None if family else await sessions.find_spent(session, old_hash, RACE_TOLERANCE)
    if family is not None:
        return _pair(identity, family.user_id, family.id, successor)
    if spent is None:
        raise InvalidToken("The refresh token is not valid, or has expired. Sign in again.")
    if spent.is_fresh:
        raise RefreshRace("This refresh token was exchanged a moment ago. Use the tokens of that answer.")
    # A transaction of its own: the family has to end although this request is refused.
    async with database.write(spent.tenant_id, spent.user_id) as session:
        identity.callers.distrust(spent.user_id)
        if await sessions.revoke(session, spent.user_id, spent.session_id):
            nobody, detail = audit.Actor(spent.tenant_id), {"reason": "a refresh token was used twice"}
            await audit.record(
                session, nobody, "session.revoked", object_kind="session", object_id=spent.session_id, detail=detail
            )
    raise InvalidToken("This refresh token was used before. All tokens of this sign-in are revoked: sign in again.")


async def sign_out(session: WriteSession, identity: Identity, caller: Caller) -> None:
    """End the session or token family the request came with."""
    identity.callers.distrust(caller.user_id)
    await sessions.revoke(session, caller.user_id, caller.credential_id)
    await audit.record(session, caller, "session.ended", object_kind="session", object_id=caller.credential_id)


async def _prove(database: Database, identity: Identity, visitor: Visitor, email: str, password: str) -> Proof:
    proof = await prove(database, identity, visitor, email, password, purpose="sign_in")
    if proof is None:
        raise WrongCredentials("The e-mail address or the password is wrong.")
    return proof


async def _begin(
    session: WriteSession,
    proof: Proof,
    visitor: Visitor,
    *,
    kind: Credential,
    secret: str,
    lifetime: timedelta,
    idle: timedelta,
) -> tuple[UUID, datetime]:
    await proof.honour(session)
    account, session_id = proof.account, new_id()
    expires_at = await sessions.add(
        session,
        id=session_id,
        user_id=account.user_id,
        acting_tenant=account.tenant_id,
        kind=kind,
        secret_hash=hash_secret(secret),
        idle_seconds=int(idle.total_seconds()),
        user_agent=_printable(visitor.user_agent),
        address=visitor.address[:64],
        lifetime=lifetime,
    )
    actor = audit.Actor(account.tenant_id, account.user_id)
    await audit.record(
        session, actor, "session.opened", object_kind="session", object_id=session_id, detail={"kind": kind}
    )
    return session_id, expires_at


def _pair(identity: Identity, user_id: UUID, family_id: UUID, refresh_token: str) -> TokenPair:
    access = identity.tokens.sign(user_id, family_id)
    return TokenPair(access, refresh_token, int(ACCESS_LIFETIME.total_seconds()))


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())[:_USER_AGENT_LENGTH_MAX]
