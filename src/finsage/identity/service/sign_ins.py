"""A person's sessions and token families: seeing them, ending them, and clearing away what has ended."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from finsage.identity.errors import NoSuchSession
from finsage.identity.service.delay import ACCOUNT_MEMORY
from finsage.identity.service.state import Identity
from finsage.identity.store import sessions
from finsage.platform import audit
from finsage.platform.caller import Caller
from finsage.platform.database import Database, ReadSession, WriteSession


async def list_sessions(
    session: ReadSession, caller: Caller, before: UUID | None, limit: int
) -> tuple[list[sessions.Listed], UUID | None]:
    """A page of the caller's live sessions, newest first, and where the next one starts."""
    rows = await sessions.list_live(session, caller.user_id, before, limit + 1)
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


async def living_sessions(database: Database, session_ids: Collection[UUID]) -> set[UUID]:
    """Which of some sessions and token families are neither revoked nor over; asking is no use of them."""
    async with database.read() as session:
        return await sessions.living(session, session_ids)


async def revoke_session(session: WriteSession, identity: Identity, caller: Caller, session_id: UUID) -> None:
    """End one of the caller's sessions, at once.

    Raises:
        NoSuchSession: there is none by that id, or it is somebody else's.
    """
    identity.callers.distrust(caller.user_id)
    if not await sessions.revoke(session, caller.user_id, session_id):
        raise NoSuchSession("There is no such session. It may have ended already.")
    await audit.record(session, caller, "session.revoked", object_kind="session", object_id=session_id)


async def expire(session: WriteSession) -> int:
    """Delete sessions that have ended, spent refresh tokens, forgotten failures and old idempotency keys.

    Returns:
        How many rows were deleted.
    """
    return await sessions.expire(session, ACCOUNT_MEMORY) + await sessions.expire_idempotency_keys(session)
