"""Sessions and token families: one row each, holding only the hash of its secret."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, delete, func, insert, literal, literal_column, or_, select, text, update

from finsage.identity.tables import login_failures, sessions, spent_refresh_tokens, tenants, users
from finsage.platform.caller import PUBLIC_TENANT, Credential
from finsage.platform.database import ReadSession, WriteSession
from finsage.platform.events import NOTE_SESSION

TOUCH_EVERY = timedelta(minutes=1)
KEPT_AFTER_END = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Live:
    """A session that is neither revoked nor expired, of a user who is active."""

    id: UUID
    user_id: UUID
    tenant_id: UUID
    is_admin: bool
    expires_at: datetime
    is_due_for_touch: bool
    proved_at: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """A live session as its owner sees it."""

    id: UUID
    kind: Credential
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    user_agent: str
    address: str


@dataclass(frozen=True, slots=True)
class Spent:
    """A refresh token that was exchanged before."""

    session_id: UUID
    user_id: UUID
    tenant_id: UUID
    is_fresh: bool


def _idle_end() -> ColumnElement[datetime]:
    return sessions.c.last_used_at + func.make_interval(0, 0, 0, 0, 0, 0, sessions.c.idle_seconds)


def _is_live() -> ColumnElement[bool]:
    now = func.now()
    return sessions.c.revoked_at.is_(None) & (sessions.c.expires_at > now) & (_idle_end() > now)


async def add(session: WriteSession, *, lifetime: timedelta, **values: object) -> datetime:
    """Insert a session; returns the instant it ends at the latest."""
    expires_at = func.now() + lifetime
    row = await session.execute(
        insert(sessions).values(**values, expires_at=expires_at).returning(sessions.c.expires_at)
    )
    instant: datetime = row.scalar_one()
    return instant.astimezone(UTC)


async def find_live_by_secret(session: ReadSession, secret_hash: bytes) -> Live | None:
    """The browser session whose cookie has this hash."""
    return await _find_live(session, (sessions.c.secret_hash == secret_hash) & (sessions.c.kind == "session"))


async def find_live_family(session: ReadSession, family_id: UUID) -> Live | None:
    """The token family an access token belongs to."""
    return await _find_live(session, (sessions.c.id == family_id) & (sessions.c.kind == "token"))


async def _find_live(session: ReadSession, which: ColumnElement[bool]) -> Live | None:
    is_due = (sessions.c.last_used_at < func.now() - TOUCH_EVERY).label("is_due")
    query = (
        select(sessions, users.c.is_admin, func.least(sessions.c.expires_at, _idle_end()).label("ends_at"), is_due)
        .join(users, users.c.id == sessions.c.user_id)
        .where(which, _is_live(), users.c.is_active)
    )
    row = (await session.execute(query)).first()
    if row is None:
        return None
    ends_at, proved_at = row.ends_at.astimezone(UTC), row.proved_at.astimezone(UTC)
    return Live(row.id, row.user_id, row.acting_tenant, row.is_admin, ends_at, row.is_due, proved_at)


async def note_proof(session: WriteSession, session_id: UUID) -> None:
    """Note that the password was given in a session or token family."""
    await session.execute(update(sessions).where(sessions.c.id == session_id).values(proved_at=func.now()))


async def touch(session: WriteSession, session_id: UUID) -> None:
    """Note that a session is in use; skipped where another request is noting it this moment."""
    due = select(sessions.c.id).where(sessions.c.id == session_id, sessions.c.last_used_at < func.now() - TOUCH_EVERY)
    due = due.with_for_update(skip_locked=True)
    await session.execute(update(sessions).where(sessions.c.id.in_(due)).values(last_used_at=func.now()))


async def rotate(session: WriteSession, old_hash: bytes, new_hash: bytes, lifetime: timedelta) -> Row[Any] | None:
    """Exchange a refresh token for its successor and remember the old one as spent.

    Returns:
        id, user_id and acting_tenant of the family; none if the old token is not the current one of a live family.
    """
    mine = (sessions.c.secret_hash == old_hash) & (sessions.c.kind == "token") & _is_live()
    is_active = select(users.c.id).where(users.c.id == sessions.c.user_id, users.c.is_active).exists()
    values = {"secret_hash": new_hash, "last_used_at": func.now(), "expires_at": func.now() + lifetime}
    changed = update(sessions).where(mine, is_active).values(values)
    changed_row = await session.execute(changed.returning(sessions.c.id, sessions.c.user_id, sessions.c.acting_tenant))
    row = changed_row.first()
    if row is not None:
        await session.execute(insert(spent_refresh_tokens).values(secret_hash=old_hash, session_id=row.id))
    return row


async def find_spent(session: ReadSession, secret_hash: bytes, tolerance: timedelta) -> Spent | None:
    """The family of a refresh token that was exchanged already.

    Args:
        session: any transaction.
        secret_hash: of the token.
        tolerance: how long after the exchange a second use counts as a race, not as theft.
    """
    query = (
        select(sessions.c.id, sessions.c.user_id, sessions.c.acting_tenant, spent_refresh_tokens.c.spent_at)
        .add_columns((spent_refresh_tokens.c.spent_at > func.clock_timestamp() - tolerance).label("is_fresh"))
        .join(sessions, sessions.c.id == spent_refresh_tokens.c.session_id)
        .where(spent_refresh_tokens.c.secret_hash == secret_hash)
    )
    row = (await session.execute(query)).first()
    return None if row is None else Spent(row.id, row.user_id, row.acting_tenant, row.is_fresh)


async def revoke(session: WriteSession, user_id: UUID, session_id: UUID) -> bool:
    """End one live session of a user; whether there was one."""
    mine = (sessions.c.user_id == user_id) & (sessions.c.id == session_id) & _is_live()
    return bool(await _end(session, mine))


async def revoke_others(session: WriteSession, user_id: UUID, kept_id: UUID) -> int:
    """End every live session of a user but one; how many."""
    others = (sessions.c.user_id == user_id) & (sessions.c.id != kept_id) & _is_live()
    return await _end(session, others)


async def _end(session: WriteSession, which: ColumnElement[bool]) -> int:
    """Revoke sessions and tell whoever streams to them; how many."""
    ended = update(sessions).where(which).values(revoked_at=func.now())
    noted = await session.execute(ended.returning(sessions.c.id, literal_column(NOTE_SESSION)))
    return len(noted.all())


async def living(session: ReadSession, session_ids: Collection[UUID]) -> set[UUID]:
    """Which of some sessions and token families are neither revoked nor over, of users who are active."""
    query = (
        select(sessions.c.id)
        .join(users, users.c.id == sessions.c.user_id)
        .where(sessions.c.id.in_(session_ids), _is_live(), users.c.is_active)
    )
    return set((await session.execute(query)).scalars())


async def list_live(session: ReadSession, user_id: UUID, before: UUID | None, limit: int) -> list[Listed]:
    """The newest live sessions of a user, newest first, at most ``limit`` and older than ``before``."""
    query = (
        select(sessions).where(sessions.c.user_id == user_id, _is_live()).order_by(sessions.c.id.desc()).limit(limit)
    )
    if before is not None:
        query = query.where(sessions.c.id < before)
    return [
        Listed(
            row.id,
            row.kind,
            row.created_at.astimezone(UTC),
            row.last_used_at.astimezone(UTC),
            row.expires_at.astimezone(UTC),
            row.user_agent,
            row.address,
        )
        for row in await session.execute(query)
    ]


async def find_end(session: ReadSession, session_id: UUID) -> datetime:
    """The instant a session ends at the latest."""
    ends: datetime = (
        await session.execute(select(sessions.c.expires_at).where(sessions.c.id == session_id))
    ).scalar_one()
    return ends.astimezone(UTC)


async def expire(session: WriteSession, failures_memory: timedelta) -> int:
    """Delete ended sessions, spent tokens that have expired by now, and forgotten failures; how many rows."""
    long_ago = func.now() - KEPT_AFTER_END
    ended = or_(sessions.c.expires_at < func.now(), _idle_end() < func.now(), sessions.c.revoked_at < long_ago)
    statements = (
        delete(sessions).where(ended),
        delete(spent_refresh_tokens).where(spent_refresh_tokens.c.spent_at < long_ago),
        delete(login_failures).where(login_failures.c.last_failed_at < func.now() - failures_memory),
    )
    return sum([(await session.execute(statement)).rowcount for statement in statements])


async def expire_idempotency_keys(session: WriteSession) -> int:
    """Delete idempotency keys older than a week, one tenant after the other; how many.

    Row-level security shows the application role one tenant at a time, and no exception is made for a job.
    """
    stale = text("DELETE FROM idempotency_keys WHERE tenant_id = :tenant AND created_at < now() - interval '7 days'")
    deleted = 0
    for tenant_id in (await session.execute(select(tenants.c.id))).scalars().all():
        await session.execute(select(func.set_config("app.tenant", str(tenant_id), literal(value=True))))
        deleted += (await session.execute(stale, {"tenant": tenant_id})).rowcount
    await session.execute(select(func.set_config("app.tenant", str(PUBLIC_TENANT), literal(value=True))))
    return deleted
