"""The worker: takes jobs from the queue, runs them, tries again what may pass, holds what will not.

It lives in the server's event loop or alone (``finsage work``). It outlives the database: when its connections
break it lets its jobs come back, connects again and goes on.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext, suppress
from datetime import timedelta
from functools import partial
from typing import Any, NoReturn

import msgspec
import psycopg
from pgqueuer.adapters.drivers.psycopg import PsycopgDriver
from pgqueuer.domain.errors import PgqException, RetryRequested
from pgqueuer.domain.models import Job as QueueRow
from pgqueuer.qm import QueueManager
from prometheus_client import Counter, Gauge

from finsage.errors import FinSageError, Limited, Unavailable, Upstream
from finsage.platform import clock
from finsage.platform.changes import tenant_tag
from finsage.platform.compute import ComputeProcess, Elsewhere, has_compute
from finsage.platform.compute_wire import JobDone, JobWork
from finsage.platform.database import Busy, Database
from finsage.platform.jobs import (
    AlreadyDone,
    Job,
    JobContext,
    JobRegistry,
    JobRunning,
    begin,
    mark_failed,
    platform_jobs,
    put_back,
)
from finsage.platform.outside import Outside
from finsage.platform.queue import (
    Envelope,
    QueueMeasure,
    enqueue_due,
    execute,
    fetch,
    measure_queue,
    queries_on,
    queue_settings,
)
from finsage.platform.telemetry import REGISTRY, TRACE_ID

TRIES_MAX = 12
RETRY_SECONDS_BASE = 2.0
RETRY_SECONDS_MAX = 3600.0
BATCH_MAX = 50
# A job whose worker died is taken over after this long; the worker's beats come at half of it.
HEARTBEAT_TIMEOUT = timedelta(seconds=6)
POLL_SECONDS = 2.0
MEASURE_SECONDS = 10.0
SCHEDULE_SECONDS_MIN = 0.1
SCHEDULE_SECONDS_MAX = 60.0
STOP_GRACE_SECONDS = 1.0
RECONNECT_SECONDS_MIN = 0.1
RECONNECT_SECONDS_MAX = 5.0

_log = logging.getLogger("finsage.worker")
_RETRYABLE = (Unavailable, Busy, Upstream, Limited, JobRunning, ConnectionError, TimeoutError)

JOBS = Counter("finsage_jobs", "Tries of jobs by how they ended", ("job", "outcome"), registry=REGISTRY)
QUEUE_DEPTH = Gauge("finsage_queue_depth", "Jobs that could run now", ("queue",), registry=REGISTRY)
QUEUE_OLDEST = Gauge(
    "finsage_queue_oldest_seconds", "Age of the oldest job that could run now", ("queue",), registry=REGISTRY
)
JOBS_HELD = Gauge("finsage_jobs_held", "Jobs held after failing for good", registry=REGISTRY)


class WorkerDriver(PsycopgDriver):
    """Two connections, one of which only listens.

    psycopg holds a connection's lock while it waits for notifications, which would keep every other statement
    waiting for up to a second.

    Args:
        listening: autocommit; LISTENs and nothing else.
        working: autocommit; runs pgqueuer's statements.
        on_lost: called when the listening connection breaks.
    """

    def __init__(
        self,
        listening: psycopg.AsyncConnection[Any],
        working: psycopg.AsyncConnection[Any],
        on_lost: Callable[[], None],
    ) -> None:
        super().__init__(listening)
        self._working = working
        self._on_lost = on_lost

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        return await fetch(self._working, query, args)

    async def execute(self, query: str, *args: object) -> str:
        return await execute(self._working, query, args)

    async def watch_notifies(self) -> None:
        try:
            await super().watch_notifies()
        except psycopg.Error:
            self._on_lost()


class Worker:
    """Runs the jobs of a registry until it is stopped.

    Args:
        database: the pool its jobs use; the worker has two connections of its own beside it.
        registry: the jobs it knows; a row with another name is left for a worker that knows it.
        compute: takes over the jobs that are too much for this process; without one they are done here.
        outside: what jobs ask services outside through.
        concurrency: jobs at once in this process, and as many in the compute process; each holds one connection of
            the pool during its transactions, so leave some for requests. Of several, one is never taken by what runs
            on schedule, which may wait for services outside while somebody waits for another job.
        retry_seconds_base: the first pause before another try; doubles up to an hour.
        poll_seconds: how often to look for jobs that no notification announced: retries, and those of dead workers.
    """

    def __init__(
        self,
        database: Database,
        registry: JobRegistry,
        *,
        compute: ComputeProcess | None = None,
        outside: Outside | None = None,
        concurrency: int = 3,
        retry_seconds_base: float = RETRY_SECONDS_BASE,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._database = database
        self._compute = compute
        self._outside = outside
        self._registry = JobRegistry()
        self._registry.include(platform_jobs)
        self._registry.include(registry)
        self._slots = asyncio.Semaphore(concurrency)
        self._scheduled = asyncio.Semaphore(max(1, concurrency - 1))
        self._elsewhere = asyncio.Semaphore(concurrency)
        self._scheduled_elsewhere = asyncio.Semaphore(max(1, concurrency - 1))
        self._batch = min(BATCH_MAX, 5 * concurrency)
        self._retry_seconds_base = retry_seconds_base
        self._poll = timedelta(seconds=poll_seconds)
        self._stopping = asyncio.Event()
        self._manager: QueueManager | None = None
        self._managers: set[Any] = set()
        self._running: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin in the running event loop; returns at once, whether or not the database answers."""
        self._task = asyncio.create_task(self._run(), name="finsage worker")

    async def stop(self, drain_seconds: float = 25.0) -> None:
        """Take no more jobs, let the running ones end, put back those that do not in time; safe to repeat.

        Args:
            drain_seconds: how long running jobs may take; 2 suits Ctrl-C.
        """
        self._stopping.set()
        self._end_round()
        if self._task is None:
            return
        if not await self._ended(drain_seconds):
            for task in self._running:
                task.cancel()
            if not await self._ended(STOP_GRACE_SECONDS):
                self._task.cancel()
                await self._ended(STOP_GRACE_SECONDS)

    async def _ended(self, within_seconds: float) -> bool:
        assert self._task is not None  # asked only after start
        done, _ = await asyncio.wait({self._task}, timeout=within_seconds)
        return bool(done)

    async def _run(self) -> None:
        helpers = [asyncio.create_task(_repeat("measuring the queue", self._measure))]
        for job in self._registry:
            if job.every is not None:
                step = partial(self._enqueue_due, job.name, job.every)
                helpers.append(asyncio.create_task(_repeat(f"the schedule of {job.name}", step)))
        try:
            await self._serve_on()
        finally:
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)

    async def _serve_on(self) -> None:
        pause = RECONNECT_SECONDS_MIN
        while not self._stopping.is_set():
            started = time.monotonic()
            try:
                await self._serve()
            except (psycopg.Error, OSError, PgqException) as error:
                _log.warning("the worker lost the database: %s", error)
            except Exception:  # noqa: BLE001 - whatever broke this round must not end the worker
                _log.exception("the worker failed and begins anew")
            if time.monotonic() - started > RECONNECT_SECONDS_MAX:
                pause = RECONNECT_SECONDS_MIN
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)
            pause = min(2 * pause, RECONNECT_SECONDS_MAX)

    async def _measure(self) -> float:
        async with self._database.read() as session:
            _publish(await measure_queue(session))
        return MEASURE_SECONDS

    async def _enqueue_due(self, name: str, every: timedelta) -> float:
        async with self._database.write(is_announced=False) as session:
            due_at = await enqueue_due(session, name, every)
        wait = (due_at + every - clock.now()).total_seconds()
        # The clock may jump, as after a suspended laptop, so no sleep is long.
        return min(max(wait, SCHEDULE_SECONDS_MIN), SCHEDULE_SECONDS_MAX)

    async def _serve(self) -> None:
        async with await self._connect() as listening, await self._connect() as working:
            # Jobs taken in an earlier round have ended with it: they need not wait for their heartbeat to fail.
            await execute(working, _RELEASE, (list(self._managers),))
            self._managers.clear()
            manager = self._new_manager(listening, working)
            if not self._stopping.is_set():
                await manager.run(
                    dequeue_timeout=self._poll,
                    batch_size=self._batch,
                    max_concurrent_tasks=2 * self._batch,
                    shutdown_on_listener_failure=True,
                    heartbeat_timeout=HEARTBEAT_TIMEOUT,
                    log_aggregation_interval=timedelta(0),
                )

    def _new_manager(
        self, listening: psycopg.AsyncConnection[Any], working: psycopg.AsyncConnection[Any]
    ) -> QueueManager:
        driver = WorkerDriver(listening, working, self._end_round)
        manager = QueueManager(queries_on(driver), channel=queue_settings().channel)
        for job in self._registry:
            manager.entrypoint(job.name, accepts_context=False, on_failure="hold")(self._handler(job))
        self._manager = manager
        self._managers.add(manager.queue_manager_id)
        return manager

    def _end_round(self) -> None:
        if self._manager is not None:
            self._manager.shutdown.set()

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        connection = await psycopg.AsyncConnection.connect(
            self._database.dsn,
            autocommit=True,
            application_name="finsage worker",
            connect_timeout=10,
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
        )
        # A request that holds a queue row must not make the worker lose its note that a job is done.
        await connection.execute("SET lock_timeout = '10s'")
        # What it notes about a job may be lost in a crash of the server: the job comes again and finds itself done.
        await connection.execute("SET synchronous_commit = off")
        return connection

    def _handler(self, job: Job) -> Callable[[QueueRow], Awaitable[None]]:
        async def handle(row: QueueRow) -> None:
            task = asyncio.create_task(self._try(job, row))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            try:
                await task
            except asyncio.CancelledError:
                # pgqueuer deletes a cancelled job; ours goes back for the next worker.
                raise RetryRequested(timedelta(0), "the worker stopped") from None

        return handle

    async def _try(self, job: Job, row: QueueRow) -> None:
        envelope = msgspec.json.decode(row.payload or b"", type=Envelope)
        TRACE_ID.set(envelope.trace_id)
        context = JobContext(
            self._database,
            job.name,
            envelope.job_id,
            envelope.tenant_id,
            envelope.payload,
            row.attempts + 1,
            outside=self._outside,
        )
        async with self._scheduled if job.every else nullcontext(), self._slots:
            if self._stopping.is_set():
                raise asyncio.CancelledError
            outcome = await self._carry_out(job, row, context, is_deduplicated=envelope.is_deduplicated)
        JOBS.labels(job.name, outcome).inc()

    async def _carry_out(self, job: Job, row: QueueRow, context: JobContext, *, is_deduplicated: bool) -> str:
        try:
            await begin(context, row.id if is_deduplicated else None)
            await self._run_function(job, context)
            if not context.is_done:
                async with context.effect():
                    pass
        except AlreadyDone:
            return "already_done"
        except asyncio.CancelledError:
            JOBS.labels(job.name, "interrupted").inc()
            await put_back(context, is_interrupted=True)
            raise
        except Exception as error:  # noqa: BLE001 - the worker loop: every failure of a job ends here
            await self._fail(context, error)
        return "done"

    async def _run_function(self, job: Job, context: JobContext) -> None:
        has_compute(is_so=self._compute is not None)
        try:
            await job.function(context)
        except Elsewhere:
            assert self._compute is not None, "only then is it raised"
            async with self._slot_given_up(is_scheduled=job.every is not None):
                await self._run_elsewhere(self._compute, context)

    @asynccontextmanager
    async def _slot_given_up(self, *, is_scheduled: bool) -> AsyncIterator[None]:
        """While the compute process works for minutes, jobs of this process have their slots; some go there at once.

        There too one is never taken by what runs on schedule.
        """
        self._slots.release()
        if is_scheduled:
            self._scheduled.release()
        try:
            async with self._scheduled_elsewhere if is_scheduled else nullcontext(), self._elsewhere:
                yield
        finally:
            if is_scheduled:
                await self._scheduled.acquire()
            await self._slots.acquire()

    async def _run_elsewhere(self, compute: ComputeProcess, context: JobContext) -> None:
        """Have the compute process do what the job's function does."""
        payload = dict(context.payload)
        work = JobWork(context.name, context.job_id, context.tenant_id, payload, context.tries, TRACE_ID.get())
        try:
            async with compute.working(work) as messages:
                done = await anext(messages)
        finally:
            # Also after an error: it may have committed.
            self._database.changes.bump(tenant_tag(context.tenant_id))
        assert isinstance(done, JobDone), "a job is answered by one"
        if done.was_done:
            raise AlreadyDone
        context.is_done, context.result_url = done.is_done, done.result_url

    async def _fail(self, context: JobContext, error: Exception) -> NoReturn:
        """Decide between another try and holding the job."""
        if isinstance(error, _RETRYABLE) and context.tries < TRIES_MAX:
            JOBS.labels(context.name, "retried").inc()
            _log.info("job %s %s will be tried again: %s", context.name, context.job_id, error)
            await put_back(context, is_interrupted=False)
            raise RetryRequested(self._pause(context.tries, error), str(error)) from error
        try:
            await mark_failed(context, error)
        except FinSageError as unwritten:
            raise RetryRequested(self._pause(context.tries, unwritten), "its failure could not be noted") from error
        JOBS.labels(context.name, "held").inc()
        raise error

    def _pause(self, tries: int, error: Exception) -> timedelta:
        pause = min(self._retry_seconds_base * 2 ** (tries - 1), RETRY_SECONDS_MAX)
        pause *= random.uniform(0.5, 1.0)  # noqa: S311 - jitter keeps no secret
        if isinstance(error, Limited):
            pause = max(pause, float(error.retry_after_seconds))
        return timedelta(seconds=pause)


async def _repeat(what: str, step: Callable[[], Awaitable[float]]) -> None:
    """Do something for ever, each time after as many seconds as it says; a failure makes it wait, not end."""
    while True:
        try:
            seconds = await step()
        except FinSageError as error:
            _log.debug("%s waits: %s", what, error)
            seconds = RECONNECT_SECONDS_MAX
        except Exception:  # noqa: BLE001 - as above
            _log.exception("%s failed", what)
            seconds = SCHEDULE_SECONDS_MAX
        await asyncio.sleep(seconds)


def _publish(measures: list[QueueMeasure]) -> None:
    QUEUE_DEPTH.clear()
    QUEUE_OLDEST.clear()
    for measure in measures:
        QUEUE_DEPTH.labels(measure.name).set(measure.depth)
        QUEUE_OLDEST.labels(measure.name).set(measure.oldest_seconds)
    JOBS_HELD.set(sum(measure.held for measure in measures))


_RELEASE = (
    "UPDATE public.pgqueuer SET status = 'queued', queue_manager_id = NULL, updated = now()"
    " WHERE status = 'picked' AND queue_manager_id = ANY($1::uuid[])"
)
