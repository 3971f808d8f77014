"""Jobs that failed for good: who operates FinSage sees why, mends the cause and lets them run again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from sqlalchemy import text

from finsage.platform.database import Database, ReadSession
from finsage.platform.queue import Envelope, requeue


@dataclass(frozen=True, slots=True)
class HeldJob:
    """A row of the queue that is held.

    ``number`` is the row's, ``job_id`` and ``tenant_id`` are those of the job; they are None where the row carries
    what this FinSage cannot read. ``tries`` counts those of the job, ``error`` says why it failed, None where the job's
    state was forgotten with its tenant.
    """

    number: int
    name: str
    job_id: UUID | None
    tenant_id: UUID | None
    tries: int
    error: str | None
    held_since: datetime

    def is_called(self, wanted: str) -> bool:
        """Whether that is its number or the id of the job."""
        return wanted in {str(self.number), str(self.job_id)}


async def held_jobs(database: Database) -> list[HeldJob]:
    """Every held job of every tenant, the longest held first."""
    async with database.read() as session:
        rows = (await session.execute(_HELD)).all()
    return [await _described(database, row.id, row.name, bytes(row.payload or b""), row.updated) for row in rows]


async def run_again(database: Database, jobs: Iterable[HeldJob]) -> int:
    """Let held jobs run again, their tries counted anew; returns how many still were held.

    Each is a transaction of its tenant: the job is queued, and its state says so, or neither.
    """
    count = 0
    for job in jobs:
        async with database.write(job.tenant_id) as session:
            if not await requeue(session, job.number):
                continue
            count += 1
            if job.job_id is not None:
                await session.execute(_QUEUED, {"tenant": job.tenant_id, "id": job.job_id})
    return count


async def _described(database: Database, number: int, name: str, payload: bytes, held_since: datetime) -> HeldJob:
    at = held_since.astimezone(UTC)
    try:
        envelope = msgspec.json.decode(payload, type=Envelope)
    except msgspec.DecodeError:
        return HeldJob(number, name, None, None, 0, "what the job carries cannot be read; a newer FinSage may", at)
    async with database.read(envelope.tenant_id) as session:
        tries, error = await _state_of(session, envelope)
    return HeldJob(number, name, envelope.job_id, envelope.tenant_id, tries, error, at)


async def _state_of(session: ReadSession, envelope: Envelope) -> tuple[int, str | None]:
    """How often it was tried, and why it failed."""
    row = (await session.execute(_STATE, {"tenant": envelope.tenant_id, "id": envelope.job_id})).one_or_none()
    if row is None:
        return 0, None
    problem = row.problem or {}
    return row.tries, problem.get("detail") or problem.get("title")


_HELD = text(
    "SELECT id, entrypoint AS name, payload, updated FROM public.pgqueuer WHERE status = 'failed' ORDER BY updated, id"
)
_STATE = text("SELECT tries, problem FROM job_states WHERE tenant_id = :tenant AND id = :id")
_QUEUED = text(
    "UPDATE job_states SET state = 'queued', tries = 0, problem = NULL, finished_at = NULL"
    " WHERE tenant_id = :tenant AND id = :id AND state = 'failed'"
)
