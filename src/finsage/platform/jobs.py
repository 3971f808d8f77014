"""Jobs as the slices write them: a table of named functions, what each receives, and the route that shows one."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, NamedTuple, TypeVar
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import text

from finsage.errors import Conflict, FinSageError, NotFound
from finsage.platform import clock
from finsage.platform.caller import Caller
from finsage.platform.database import Database, ReadSession, WriteSession
from finsage.platform.events import NOTE_JOB
from finsage.platform.outside import Outside
from finsage.platform.problems import problem_response
from finsage.platform.telemetry import TRACE_ID
from finsage.platform.unit import Reading, UnitRoute, requires
from finsage.platform.wire import Wire

STATES_KEPT = timedelta(days=30)
LOG_ROWS_PER_DELETE = 10_000
PROGRESS_SECONDS = 1.0


_log = logging.getLogger("finsage.jobs")

_Result = TypeVar("_Result")


class JobNotFound(NotFound):
    """There is no such job."""


class JobRunning(Conflict):
    """Another worker is carrying out this job."""


class AlreadyDone(Exception):  # not an error: the way out of a job that has had its effect
    """The job's effect is in the database already."""


class Step(NamedTuple):
    """What a job is at, in a few words that say what is counted, as ``rows read``: so many, of so many if known."""

    stage: str | None = None
    done: int | None = None
    total: int | None = None


@dataclass(slots=True)
class JobContext:
    """What a job receives: in whose name it runs, its ids, and the only ways to the database.

    ``tries`` counts this one. Set ``result_url`` before the effect ends to tell the user where the result is.
    ``outside`` is the way to services outside, to be gone in no transaction; None where the worker was given none.
    """

    database: Database
    name: str
    job_id: UUID
    tenant_id: UUID
    payload: Mapping[str, Any]
    tries: int = 1
    result_url: str | None = None
    outside: Outside | None = None
    is_done: bool = field(default=False, init=False)
    told_at: float = field(default=-math.inf, init=False)

    @asynccontextmanager
    async def effect(self, *, is_announced: bool = True) -> AsyncIterator[WriteSession]:
        """The one transaction of the job's effect, which also marks it done: both are there or neither.

        A job uses it once, at its end. Slow work belongs before it: the database ends a transaction that idles
        for 10 s.

        Args:
            is_announced: false for bookkeeping that no cached answer shows.

        Raises:
            AlreadyDone: an earlier try had its effect; let it pass, the worker takes it for success.
            JobRunning: another worker is inside this job's effect; the worker tries again later.
        """
        values = {"tenant": self.tenant_id, "id": self.job_id}
        async with self.database.write(self.tenant_id, is_announced=is_announced) as session:
            # Not a row lock: progress is reported from another transaction meanwhile.
            if not (await session.execute(_LOCK, {"id": str(self.job_id)})).scalar_one():
                raise JobRunning(f"Job {self.job_id} is being carried out by another worker.")
            if (await session.execute(_STATE, values)).scalar_one_or_none() == "done":
                raise AlreadyDone
            yield session
            horizon = _id_before(clock.now() - STATES_KEPT)
            await session.execute(_DONE, {**values, "result_url": self.result_url, "before": horizon})
        self.is_done = True

    def read(self) -> AbstractAsyncContextManager[ReadSession]:
        """A READ ONLY transaction of the job's tenant."""
        return self.database.read(self.tenant_id)

    def write(self) -> AbstractAsyncContextManager[WriteSession]:
        """A transaction of the job's tenant that happens again when the job is retried; prefer ``effect``."""
        return self.database.write(self.tenant_id)

    async def progress(self, fraction: float, step: Step | None = None, *, seconds_apart: float = 0.0) -> None:
        """Tell the user how far it is and what it is at: a transaction of its own, so once per second is enough.

        Args:
            fraction: of all of it, in [0, 1].
            step: what is being done; none takes away what was told before.
            seconds_apart: say nothing where less than this has passed since the last word.
        """
        if time.monotonic() - self.told_at < seconds_apart:
            return
        self.told_at = time.monotonic()
        step = step or Step()
        values = {
            "tenant": self.tenant_id,
            "id": self.job_id,
            "fraction": min(max(fraction, 0.0), 1.0),
            "stage": step.stage,
            "done": step.done,
            # What was estimated too low must not be shown as more than all.
            "total": step.total if step.total is None or step.done is None else max(step.done, step.total),
        }
        async with self.database.write(self.tenant_id, is_announced=False) as session:
            await session.execute(_PROGRESS, values)

    async def while_working(
        self, working: Coroutine[Any, Any, _Result], how_far: Callable[[], tuple[float, Step]]
    ) -> _Result:
        """What some work gives; how far it is is told once a second meanwhile.

        Args:
            working: usually a thread; it is waited for also when telling fails.
            how_far: the fraction done and the step.
        """
        task = asyncio.ensure_future(working)
        try:
            while not (await asyncio.wait([task], timeout=PROGRESS_SECONDS))[0]:
                await self.progress(*how_far())
        except FinSageError:
            await asyncio.wait([task])
            raise
        return await task


JobFunction = Callable[[JobContext], Awaitable[None]]
_Function = TypeVar("_Function", bound=JobFunction)


@dataclass(frozen=True, slots=True)
class Job:
    """A named function; with ``every`` it also runs on a schedule, in the name of the public tenant."""

    name: str
    function: JobFunction
    every: timedelta | None = None


class JobRegistry:
    """The table of jobs by name. Each slice has one; ``services.py`` gathers them."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}

    def job(self, name: str, *, every: timedelta | None = None) -> Callable[[_Function], _Function]:
        """A decorator that registers a function.

        Args:
            name: ``<slice>.<verb_object>``, stable: queued rows name it.
            every: also run it this often, once per due instant across all workers, in the name of the public
                tenant; ``payload["due_at"]`` says which instant, or when somebody was there again after it.
        """

        def register(function: _Function) -> _Function:
            self._add(Job(name, function, every))
            return function

        return register

    def include(self, other: JobRegistry) -> None:
        """Take over another table's jobs.

        Raises:
            ValueError: a name occurs twice.
        """
        for job in other:
            self._add(job)

    def __iter__(self) -> Iterator[Job]:
        return iter(self._jobs.values())

    def __getitem__(self, name: str) -> Job:
        return self._jobs[name]

    def _add(self, job: Job) -> None:
        if job.name in self._jobs:
            raise ValueError(f"Two jobs are called {job.name}.")
        self._jobs[job.name] = job


platform_jobs = JobRegistry()


@platform_jobs.job("platform.prune_queue_log", every=timedelta(days=1))
async def prune_queue_log(job: JobContext) -> None:
    """Forget the queue's own log after a week; held jobs stay."""
    deleted = LOG_ROWS_PER_DELETE
    while deleted == LOG_ROWS_PER_DELETE:
        async with job.write() as session:
            deleted = (await session.execute(_PRUNE, {"limit": LOG_ROWS_PER_DELETE})).rowcount


async def begin(job: JobContext, dedupe_row_id: int | None) -> None:
    """Note that a try begins and count it.

    Args:
        job: whose ``tries`` is set to the count.
        dedupe_row_id: the queue row whose dedupe key is let go: from now on the same cause asks for a new job.
            Waits for a transaction that met the key, so that this try sees what it wrote.

    Raises:
        AlreadyDone: it had its effect, or it was forgotten with its tenant.
    """
    async with job.database.write(job.tenant_id, is_announced=False) as session:
        values = {"tenant": job.tenant_id, "id": job.job_id}
        await session.execute(_NEED_NOT_LAST)
        if dedupe_row_id is not None:
            await session.execute(_LET_GO, {"row": dedupe_row_id})
        tries = (await session.execute(_BEGIN, values)).scalar_one_or_none()
    if tries is None:
        raise AlreadyDone
    job.tries = tries


async def put_back(job: JobContext, *, is_interrupted: bool) -> None:
    """Note that the job waits again; a try that the worker's stop interrupted does not count.

    A database that does not answer is no reason to fail: the next try puts the state right.
    """
    values = {"tenant": job.tenant_id, "id": job.job_id, "uncounted": int(is_interrupted)}
    try:
        async with job.database.write(job.tenant_id, is_announced=False) as session:
            await session.execute(_PUT_BACK, values)
    except FinSageError as error:
        _log.debug("the state of job %s could not be written: %s", job.job_id, error)


async def mark_failed(job: JobContext, error: Exception) -> None:
    """Note that the job failed for good, with the problem its owner sees."""
    problem = bytes(problem_response(error, {"path": f"/api/v1/jobs/{job.job_id}", "trace_id": TRACE_ID.get()}).body)
    values = {"tenant": job.tenant_id, "id": job.job_id, "problem": problem.decode()}
    async with job.database.write(job.tenant_id, is_announced=False) as session:
        await session.execute(_FAILED, values)


def _id_before(instant: datetime) -> UUID:
    # Job ids are UUIDv7: their order is that of their time, so the primary key finds the old ones.
    return UUID(int=int(instant.timestamp() * 1000) << 80)


_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:id, 0))")
# Lost in a crash of the server, it is written again when the job is: no reason to wait for the disk.
_NEED_NOT_LAST = text("SET LOCAL synchronous_commit = off")
_LET_GO = text("UPDATE public.pgqueuer SET dedupe_key = NULL WHERE id = :row")
_BEGIN = text(
    "UPDATE job_states SET state = 'running', tries = tries + 1, problem = NULL, finished_at = NULL,"
    " stage = NULL, done = NULL, total = NULL"
    f" WHERE tenant_id = :tenant AND id = :id AND state <> 'done' RETURNING tries, {NOTE_JOB}"
)
_PUT_BACK = text(
    "UPDATE job_states SET state = 'queued', tries = tries - :uncounted"
    f" WHERE tenant_id = :tenant AND id = :id AND state = 'running' RETURNING {NOTE_JOB}"
)
_FAILED = text(
    "UPDATE job_states SET state = 'failed', problem = CAST(:problem AS jsonb), finished_at = now()"
    f" WHERE tenant_id = :tenant AND id = :id AND state <> 'done' RETURNING {NOTE_JOB}"
)
_STATE = text("SELECT state FROM job_states WHERE tenant_id = :tenant AND id = :id")
# Old states go with the new one: no job has to walk through all tenants for that.
_DONE = text(
    "WITH forgotten AS (DELETE FROM job_states WHERE tenant_id = :tenant AND id < :before AND state = 'done')"
    " UPDATE job_states SET state = 'done', progress = 1, result_url = :result_url, problem = NULL,"
    " stage = NULL, done = NULL, total = NULL, finished_at = now()"
    f" WHERE tenant_id = :tenant AND id = :id RETURNING {NOTE_JOB}"
)
_PROGRESS = text(
    "UPDATE job_states SET progress = :fraction, stage = :stage, done = :done, total = :total"
    " WHERE tenant_id = :tenant AND id = :id AND state = 'running'"
    f" RETURNING {NOTE_JOB}"
)
_PRUNE = text(
    "DELETE FROM public.pgqueuer_log WHERE id IN (SELECT id FROM public.pgqueuer_log"
    " WHERE created < now() - interval '7 days' ORDER BY id LIMIT :limit)"
)


class JobState(Wire):
    """A job as its owner sees it.

    While it runs, ``stage`` says what it is at and what is counted, as ``rows read``; ``done`` of ``total`` are told
    where there is something to count.
    """

    id: UUID
    name: str
    state: Literal["queued", "running", "done", "failed"]
    progress: float | None
    stage: str | None
    done: int | None
    total: int | None
    result_url: str | None
    problem: dict[str, Any] | None
    created_at: datetime
    finished_at: datetime | None


router = APIRouter(route_class=UnitRoute, tags=["jobs"])


@router.get("/jobs/{job_id}")
async def get_job(
    job_id: UUID, session: Reading, caller: Annotated[Caller, requires("portfolio:read")], response: Response
) -> JobState:
    """The state of a job of this tenant."""
    response.headers["Cache-Control"] = "no-store"
    return await read_job(session, caller.tenant_id, job_id)


async def read_job(session: ReadSession, tenant_id: UUID, job_id: UUID) -> JobState:
    """The state of a job.

    Raises:
        JobNotFound: absent, another tenant's, or done more than 30 days ago.
    """
    found = await read_jobs(session, tenant_id, [job_id])
    if not found:
        raise JobNotFound("This job is unknown; finished ones are forgotten after 30 days.")
    return found[0]


async def read_jobs(session: ReadSession, tenant_id: UUID, job_ids: Collection[UUID]) -> list[JobState]:
    """The states of those of some jobs of a tenant that are not forgotten, oldest first."""
    rows = await session.execute(_READ, {"tenant": tenant_id, "ids": list(job_ids)})
    return [_job_state(row) for row in rows.mappings()]


def _job_state(row: Mapping[Any, Any]) -> JobState:
    finished_at = row["finished_at"]
    utc = {
        "created_at": row["created_at"].astimezone(UTC),
        "finished_at": finished_at and finished_at.astimezone(UTC),
    }
    return JobState.model_validate({**row, **utc})


async def states_of(session: ReadSession, job_ids: Collection[UUID]) -> dict[UUID, tuple[str, float | None]]:
    """State and progress of those jobs of the session's tenant that are not forgotten."""
    rows = await session.execute(_STATES_OF, {"ids": list(job_ids)})
    return {row.id: (row.state, row.progress) for row in rows}


_STATES_OF = text("SELECT id, state, progress FROM job_states WHERE id = ANY (:ids)")
_READ = text(
    "SELECT id, name, state, progress, stage, done, total, result_url, problem, created_at, finished_at"
    " FROM job_states WHERE tenant_id = :tenant AND id = ANY (:ids) ORDER BY id"
)
