"""What happened, told to whoever listens: a short note that leaves the database with the commit of its cause.

A note carries no data, only what to look at again: a job whose state has changed, a kind of thing of a tenant that is
new, a session that was ended. It is lost where nobody listens, and nothing may depend on it but how soon a page asks.
Source: PostgreSQL manual, NOTIFY (delivered at COMMIT, in its order, once per distinct text of a transaction).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args
from uuid import UUID

from sqlalchemy import text

from finsage.platform.database import WriteSession

CHANNEL = "finsage_events"

Topic = Literal["prices", "news", "forecasts", "books", "runs"]
"""What can be new: closes, headlines or how they read, forecasts, imported transactions, runs over all sources."""

TOPICS: frozenset[str] = frozenset(get_args(Topic))

NOTE_JOB = f"pg_notify('{CHANNEL}', concat_ws(' ', 'job', tenant_id, id))"
"""An expression for the RETURNING of a statement that writes ``job_states``."""

NOTE_SESSION = f"pg_notify('{CHANNEL}', concat_ws(' ', 'session', id))"
"""An expression for the RETURNING of a statement that ends ``sessions``."""


@dataclass(frozen=True, slots=True)
class JobMoved:
    """The state or the progress of a job is another."""

    tenant_id: UUID
    job_id: UUID


@dataclass(frozen=True, slots=True)
class Changed:
    """Something of a kind is new in a tenant; in the public one it is for everybody."""

    tenant_id: UUID
    topic: str


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """A session or token family was revoked."""

    session_id: UUID


Note: TypeAlias = JobMoved | Changed | SessionEnded


def parse_note(payload: str) -> Note | None:
    """What a payload says; None for one that is not ours: any login of the database may notify."""
    try:
        match payload.split(" "):
            case ["job", tenant_id, job_id]:
                return JobMoved(UUID(tenant_id), UUID(job_id))
            case ["changed", tenant_id, topic] if topic in TOPICS:
                return Changed(UUID(tenant_id), topic)
            case ["session", session_id]:
                return SessionEnded(UUID(session_id))
    except ValueError:
        return None
    return None


async def tell(session: WriteSession, tenant_id: UUID, topic: Topic) -> None:
    """Say that something of this kind is new in the tenant, once the session's transaction has committed."""
    await session.execute(_TELL, {"channel": CHANNEL, "note": f"changed {tenant_id} {topic}"})


_TELL = text("SELECT pg_notify(:channel, :note)")
