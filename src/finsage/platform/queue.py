"""The job queue: a job is a row written by the transaction of its cause; a rollback leaves none, a commit one.

pgqueuer keeps the queue; ``job_states`` is what a user may see of a job. Both rows are written on the connection
of the session that is handed in. The worker (``platform/worker.py``) takes the jobs.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from uuid import UUID

import msgspec
import psycopg
from pgqueuer.adapters.persistence.qb import (
    DBSettings,
    QueryBuilderEnvironment,
    QueryQueueBuilder,
    QuerySchedulerBuilder,
)
from pgqueuer.core.tm import TaskManager
from pgqueuer.domain.settings import Durability
from pgqueuer.domain.types import Channel, JobId
from pgqueuer.ports.driver import Driver, NotifyCallback
from pgqueuer.queries import Queries
from psycopg.rows import dict_row
from sqlalchemy import text

from finsage.platform import clock
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.database import ReadSession, WriteSession
from finsage.platform.telemetry import TRACE_ID

PAYLOAD_BYTES_MAX = 8192
THERE_WITHIN = timedelta(minutes=2)
"""A schedule that is looked after notices each turn sooner than this."""


class Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a queue row carries: ids only, and the trace of its cause.

    ``is_deduplicated`` says that the row holds a key to let go of.
    """

    job_id: UUID
    tenant_id: UUID
    payload: dict[str, Any]
    is_deduplicated: bool = False
    trace_id: str = ""


def queue_settings() -> DBSettings:
    """The names of the queue's objects.

    All are given, because the library takes what is left out from bare environment variables like CHANNEL.
    """
    return DBSettings(
        prefix="",
        db_schema="public",
        channel=Channel("ch_pgqueuer"),
        function="fn_pgqueuer_changed",
        statistics_table="pgqueuer_statistics",
        queue_status_type="pgqueuer_status",
        queue_table="pgqueuer",
        queue_table_log="pgqueuer_log",
        trigger="tg_pgqueuer_changed",
        schedules_table="pgqueuer_schedules",
        durability=Durability.durable,
        widen_id=True,
    )


_SETTINGS = queue_settings()


def queries_on(driver: Driver) -> Queries:
    """The library's statements over a driver, with our names."""
    return Queries(
        driver,
        qbe=QueryBuilderEnvironment(_SETTINGS),
        qbq=QueryQueueBuilder(_SETTINGS),
        qbs=QuerySchedulerBuilder(_SETTINGS),
    )


async def fetch(connection: psycopg.AsyncConnection[Any], query: str, args: tuple[object, ...]) -> list[dict[str, Any]]:
    """Run a statement with ``$1`` parameters and return its rows."""
    cursor = psycopg.AsyncRawCursor(connection, row_factory=dict_row)
    await cursor.execute(query.encode(), args or None)
    return await cursor.fetchall()


async def execute(connection: psycopg.AsyncConnection[Any], query: str, args: tuple[object, ...]) -> str:
    """Run a statement with ``$1`` parameters and return its status."""
    cursor = psycopg.AsyncRawCursor(connection)
    await cursor.execute(query.encode(), args or None)
    return cursor.statusmessage or ""


class SessionDriver(Driver):
    """pgqueuer's driver over the connection of an open transaction; it neither commits nor listens."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection
        self._shutdown = asyncio.Event()
        self._tasks = TaskManager()

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        return await fetch(self._connection, query, args)

    async def execute(self, query: str, *args: object) -> str:
        return await execute(self._connection, query, args)

    async def notify(self, channel: str, payload: str) -> None:
        await self.execute("SELECT pg_notify($1, $2)", channel, payload)

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:  # noqa: ARG002 - the protocol's names
        raise RuntimeError("A request's transaction cannot listen; the worker has a connection of its own.")

    @property
    def shutdown(self) -> asyncio.Event:
        return self._shutdown

    @property
    def tm(self) -> TaskManager:
        return self._tasks

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None


async def enqueue(
    session: WriteSession,
    name: str,
    payload: Mapping[str, Any],
    *,
    tenant_id: UUID,
    run_after: timedelta | None = None,
    dedupe_key: str | None = None,
) -> UUID:
    """Write a job in the session's transaction: it exists if and only if that transaction commits.

    Args:
        session: the open transaction of the cause.
        name: as registered with ``JobRegistry.job``.
        payload: ids and small options, JSON, at most 8 KiB; the job reads the data itself.
        tenant_id: in whose name it runs; the session's own tenant.
        run_after: how long to wait before it may run; none means at once.
        dedupe_key: while a job of this name, tenant and key waits, no second one is written and the waiting one
            is returned. It cannot start before this transaction ends, so it sees what this transaction wrote. A
            job that has started counts no longer.

    Returns:
        The job's id, for ``GET /jobs/{id}``.

    Raises:
        ValueError: the payload is too large; a fault of the program.
    """
    job_id = clock.new_id()
    envelope = Envelope(job_id, tenant_id, dict(payload), dedupe_key is not None, TRACE_ID.get())
    key = f"{tenant_id}:{name}:{dedupe_key}" if dedupe_key is not None else None
    waiting_id = await _write(session, name, envelope, key, run_after)
    if waiting_id == job_id:
        await session.execute(_INSERT, {"tenant": tenant_id, "id": job_id, "name": name})
    return waiting_id


async def enqueue_due(session: WriteSession, name: str, every: timedelta) -> datetime:
    """Write the scheduled job that is due now, unless some worker already did; the database's clock decides.

    Args:
        session: a transaction of the public tenant, in whose name scheduled jobs run.
        name: as registered.
        every: the period; due instants are its multiples since 1970.

    Returns:
        The instant it was due at; the next is one period later. ``payload["due_at"]`` is later where nobody was there.
    """
    now: datetime = (await session.execute(text("SELECT now()"))).scalar_one()
    due_at = last_due(every, now)
    job_id = scheduled_id(name, due_at)
    inserted = await session.execute(_INSERT_ONCE, {"tenant": PUBLIC_TENANT, "id": job_id, "name": name})
    if inserted.first() is not None:
        # Whose turn came while nobody was there is due when somebody is: it waited for no worker.
        told = due_at if now - due_at < THERE_WITHIN else now
        await _write(session, name, Envelope(job_id, PUBLIC_TENANT, {"due_at": told.isoformat()}), None, None)
    return due_at


def last_due(every: timedelta, now: datetime) -> datetime:
    """The last instant at which something that runs this often was due; the next is one period later."""
    seconds = every.total_seconds()
    return datetime.fromtimestamp(now.timestamp() // seconds * seconds, UTC)


def scheduled_id(name: str, due_at: datetime) -> UUID:
    """The id of a scheduled job, so that (name, due_at) exists once.

    A UUIDv7 of the due instant whose other bits come from the name.
    """
    digest = int.from_bytes(hashlib.sha256(name.encode()).digest()[:10], "big")
    milliseconds = int(due_at.timestamp() * 1000)
    version_and_variant = 0x7 << 76 | 0b10 << 62
    return UUID(int=milliseconds << 80 | version_and_variant | (digest >> 64 & 0xFFF) << 64 | digest & 2**62 - 1)


@dataclass(frozen=True, slots=True)
class QueueMeasure:
    """One queue: jobs that could run now, the age of the oldest of them, and jobs held after failing."""

    name: str
    depth: int
    oldest_seconds: float
    held: int


async def measure_queue(session: ReadSession) -> list[QueueMeasure]:
    """The state of every queue that has a row, by name. A job whose time has not come does not wait."""
    rows = (await session.execute(_MEASURE)).all()
    return [QueueMeasure(row.name, row.depth, row.oldest_seconds, row.held) for row in rows]


async def requeue(session: WriteSession, row_id: int) -> bool:
    """Let a held job run again at once; False when its row is not held, or gone."""
    driver = SessionDriver(await _connection_of(session))
    query = "SELECT id FROM public.pgqueuer WHERE id = $1 AND status = 'failed' FOR UPDATE"
    found = await driver.fetch(query, row_id)
    await queries_on(driver).requeue_jobs([JobId(row_id) for _ in found])
    return bool(found)


async def _write(
    session: WriteSession, name: str, envelope: Envelope, key: str | None, run_after: timedelta | None
) -> UUID:
    encoded = msgspec.json.encode(envelope)
    if len(encoded) > PAYLOAD_BYTES_MAX:
        raise ValueError(f"The payload of job {name} has {len(encoded)} bytes; jobs carry ids, not data.")
    connection = await _connection_of(session)
    # update_priority locks the row it meets until our commit; "skip" would let a worker run it before it can see
    # what this transaction wrote.
    [row_id] = await queries_on(SessionDriver(connection)).enqueue(
        name, encoded, execute_after=run_after, dedupe_key=key, on_conflict="update_priority"
    )
    if key is None:
        return envelope.job_id
    [row] = await fetch(connection, "SELECT payload FROM public.pgqueuer WHERE id = $1", (row_id,))
    return msgspec.json.decode(row["payload"], type=Envelope).job_id


async def _connection_of(session: ReadSession) -> psycopg.AsyncConnection[Any]:
    connection = (await session.get_raw_connection()).driver_connection
    if not isinstance(connection, psycopg.AsyncConnection):
        raise TypeError("The queue needs the psycopg connection of the session.")
    return connection


_INSERT = text("INSERT INTO job_states (tenant_id, id, name, state) VALUES (:tenant, :id, :name, 'queued')")
_INSERT_ONCE = text(f"{_INSERT.text} ON CONFLICT (tenant_id, id) DO NOTHING RETURNING 1")
_MEASURE = text(
    "SELECT entrypoint AS name, count(*) FILTER (WHERE is_due) AS depth,"
    " coalesce(extract(epoch FROM now() - min(execute_after) FILTER (WHERE is_due)), 0)::float8 AS oldest_seconds,"
    " count(*) FILTER (WHERE status = 'failed') AS held"
    " FROM (SELECT *, status = 'queued' AND execute_after <= now() AS is_due FROM public.pgqueuer) AS job"
    " GROUP BY entrypoint ORDER BY entrypoint"
)
