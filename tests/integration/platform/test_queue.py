"""Jobs on a real queue: they exist if their cause does, have their effect once, and outlive failures."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import psycopg
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from support import fast_place
from verbs import finsage

from finsage.errors import Invalid, Unavailable
from finsage.migrations import migrate
from finsage.platform.caller import PUBLIC_TENANT, Caller
from finsage.platform.compute import HEAVY_FROM, ComputeProcess, weigh
from finsage.platform.database import Database
from finsage.platform.held_jobs import held_jobs, run_again
from finsage.platform.jobs import JobContext, JobNotFound, JobRegistry, JobState, Step, read_job, router
from finsage.platform.postgres import Connection, EmbeddedPostgres
from finsage.platform.queue import (
    Envelope,
    SessionDriver,
    enqueue,
    enqueue_due,
    measure_queue,
    queries_on,
    queue_settings,
    scheduled_id,
)
from finsage.platform.telemetry import REGISTRY, TRACE_ID
from finsage.platform.worker import TRIES_MAX, Worker

from .compute_nest import MODULE as COMPUTE_NEST


def prepare(server: Connection, name: str) -> tuple[str, str]:
    """A migrated database; the addresses of a superuser and of a login that has what finsage_app has."""
    admin, role = server.with_database(name), f"{name}_login"
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        migrate(admin.dsn())
        connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'x' IN ROLE finsage_app")
        connection.execute(f"ALTER ROLE {role} SET lock_timeout = '2s'")
    with psycopg.connect(admin.dsn(), autocommit=True) as connection:
        connection.execute("CREATE TABLE effects (job_id uuid, note text)")
        connection.execute("GRANT SELECT, INSERT ON effects TO finsage_app")
    return admin.dsn(), admin.with_role(role, "x").dsn()


@pytest.fixture(scope="module")
def addresses(postgres: Connection) -> tuple[str, str]:
    return prepare(postgres, "queue_test")


@pytest.fixture
def dsn(addresses: tuple[str, str]) -> str:
    with psycopg.connect(addresses[0], autocommit=True) as connection:
        connection.execute("TRUNCATE pgqueuer, pgqueuer_log, job_states, effects RESTART IDENTITY")
    return addresses[1]


@pytest.fixture
def admin(addresses: tuple[str, str], dsn: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(addresses[0], autocommit=True) as connection:
        yield connection


def with_database(dsn: str, test: Callable[[Database], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        database = Database(dsn, pool_size=6)
        try:
            await test(database)
        finally:
            await database.close()

    asyncio.run(run())


@asynccontextmanager
async def working(database: Database, registry: JobRegistry, **options: Any) -> AsyncIterator[Worker]:
    worker = Worker(database, registry, **{"retry_seconds_base": 0.001, "poll_seconds": 0.1, **options})
    worker.start()
    try:
        yield worker
    finally:
        await worker.stop(5)


async def until(condition: Callable[[], Awaitable[object]] | Callable[[], object], seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if await answer if isinstance(answer, Awaitable) else answer:
            return
        assert time.monotonic() < deadline, f"not within {seconds} s"
        await asyncio.sleep(0.02)


async def state_of(database: Database, tenant: UUID, job_id: UUID) -> JobState:
    async with database.read(tenant) as session:
        return await read_job(session, tenant, job_id)


async def until_state(database: Database, tenant: UUID, job_id: UUID, state: str) -> JobState:
    async def reached() -> bool:
        return (await state_of(database, tenant, job_id)).state == state

    await until(reached)
    return await state_of(database, tenant, job_id)


async def put(database: Database, tenant: UUID, name: str, **options: Any) -> UUID:
    async with database.write(tenant) as session:
        return await enqueue(session, name, options.pop("payload", {}), tenant_id=tenant, **options)


NOTE = text("INSERT INTO effects (job_id, note) VALUES (:job, :note)")


def noting(name: str = "test.note") -> tuple[JobRegistry, list[UUID]]:
    """A registry whose only job writes a row to ``effects``, and the list of calls."""
    registry, calls = JobRegistry(), []

    @registry.job(name)
    async def note(job: JobContext) -> None:
        calls.append(job.job_id)
        async with job.effect() as session:
            await session.execute(NOTE, {"job": job.job_id, "note": str(job.payload.get("note", ""))})

    return registry, calls


def effects(admin: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    return admin.execute("SELECT job_id, note FROM effects ORDER BY note").fetchall()


def queued(admin: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    query = "SELECT entrypoint, status::text FROM pgqueuer WHERE entrypoint LIKE 'test.%' ORDER BY id"
    return admin.execute(query).fetchall()


# Existence


def test_commit_leaves_one_job_that_runs(dsn: str, admin: psycopg.Connection[Any]) -> None:
    async def test(database: Database) -> None:
        registry, _ = noting()
        tenant = uuid4()
        job_id = await put(database, tenant, "test.note", payload={"note": "hello"})
        assert (await state_of(database, tenant, job_id)).state == "queued"
        async with working(database, registry):
            done = await until_state(database, tenant, job_id, "done")
        assert (done.name, done.progress, done.problem) == ("test.note", 1.0, None)
        assert done.finished_at is not None
        assert done.finished_at >= done.created_at
        assert effects(admin) == [(job_id, "hello")]
        assert queued(admin) == []

    with_database(dsn, test)


def test_rollback_leaves_nothing(dsn: str, admin: psycopg.Connection[Any]) -> None:
    async def test(database: Database) -> None:
        tenant = uuid4()

        async def refused() -> None:
            async with database.write(tenant) as session:
                await enqueue(session, "test.note", {}, tenant_id=tenant)
                raise Invalid

        with pytest.raises(Invalid):
            await refused()
        assert queued(admin) == []
        assert admin.execute("SELECT count(*) FROM job_states").fetchone() == (0,)

    with_database(dsn, test)


def test_job_is_taken_while_the_worker_waits(dsn: str, admin: psycopg.Connection[Any]) -> None:
    async def test(database: Database) -> None:
        registry, calls = noting()
        async with working(database, registry, poll_seconds=30):
            await asyncio.sleep(1.0)  # the worker is connected and idle
            started = time.monotonic()
            await put(database, uuid4(), "test.note")
            await until(lambda: calls, 1.5)
            assert time.monotonic() - started < 1.5, "woken by the notification, not by the next poll"

    with_database(dsn, test)


def test_run_after_waits(dsn: str, admin: psycopg.Connection[Any]) -> None:
    async def test(database: Database) -> None:
        registry, calls = noting()
        tenant = uuid4()
        late = await put(database, tenant, "test.note", run_after=timedelta(hours=1))
        async with database.read() as session:
            assert [(m.depth, m.oldest_seconds) for m in await measure_queue(session)] == [(0, 0.0)]
        async with working(database, registry):
            await until_state(database, tenant, await put(database, tenant, "test.note"), "done")
            assert late not in calls
            admin.execute("UPDATE pgqueuer SET execute_after = execute_after - interval '1 hour'")
            await until_state(database, tenant, late, "done")

    with_database(dsn, test)


def test_payload_carries_ids_not_data(dsn: str, admin: psycopg.Connection[Any]) -> None:
    async def test(database: Database) -> None:
        with pytest.raises(ValueError, match="ids, not data"):
            await put(database, uuid4(), "test.note", payload={"rows": "x" * 9000})
        assert queued(admin) == []

    with_database(dsn, test)


def test_another_tenants_job_cannot_be_written(dsn: str, admin: psycopg.Connection[Any]) -> None:
    async def test(database: Database) -> None:
        async with database.write(uuid4()) as session:
            with pytest.raises(Exception, match="row-level security"):
                await enqueue(session, "test.note", {}, tenant_id=uuid4())
            await session.rollback()
        assert queued(admin) == []

    with_database(dsn, test)


# Failure


def test_poison_is_held_and_blocks_no_other(dsn: str, admin: psycopg.Connection[Any]) -> None:
    async def test(database: Database) -> None:
        registry, _ = noting()
        is_mended = False

        @registry.job("test.poison")
        async def poison(job: JobContext) -> None:
            if not is_mended:
                raise RuntimeError("the secret of the tenant")

        tenant = uuid4()
        bad = await put(database, tenant, "test.poison")
        good = [await put(database, tenant, "test.note") for _ in range(5)]
        async with working(database, registry, concurrency=1):
            failed = await until_state(database, tenant, bad, "failed")
            for job_id in good:
                await until_state(database, tenant, job_id, "done")
            assert failed.problem is not None
            assert (failed.problem["type"], failed.problem["status"]) == ("/problems/internal-error", 500)
            assert "secret" not in str(failed.problem)
            await until(lambda: queued(admin) == [("test.poison", "failed")])
            async with database.read() as session:
                [measure] = [m for m in await measure_queue(session) if m.name.startswith("test.")]
            assert (measure.name, measure.depth, measure.held) == ("test.poison", 0, 1)

            is_mended = True
            [held] = await held_jobs(database)
            assert (held.name, held.job_id, held.tenant_id, held.tries) == ("test.poison", bad, tenant, 1)
            assert held.error is not None
            assert "secret" not in held.error
            assert await run_again(database, [held, held]) == 1
            mended = await until_state(database, tenant, bad, "done")
            assert mended.problem is None

    with_database(dsn, test)


def test_refusal_shows_its_problem(dsn: str, admin: psycopg.Connection[Any]) -> None:
    async def test(database: Database) -> None:
        registry = JobRegistry()

        @registry.job("test.refuse")
        async def refuse(job: JobContext) -> None:
            raise Invalid("Line 3 has no date.")

        tenant = uuid4()
        job_id = await put(database, tenant, "test.refuse")
        async with working(database, registry):
            failed = await until_state(database, tenant, job_id, "failed")
        assert failed.problem is not None
        assert (failed.problem["detail"], failed.problem["status"]) == ("Line 3 has no date.", 422)
        assert failed.problem["instance"] == f"/api/v1/jobs/{job_id}"

    with_database(dsn, test)


def test_transient_failure_is_tried_again(dsn: str, admin: psycopg.Connection[Any]) -> None:
    async def test(database: Database) -> None:
        registry, tries = JobRegistry(), []

        @registry.job("test.flaky")
        async def flaky(job: JobContext) -> None:
            async with job.effect() as session:
                await session.execute(NOTE, {"job": job.job_id, "note": f"try {job.tries}"})
                tries.append(job.tries)
                if job.tries < 3:
                    raise Unavailable("The service is away.")

        tenant = uuid4()
        job_id = await put(database, tenant, "test.flaky")
        async with working(database, registry):
            await until_state(database, tenant, job_id, "done")
        assert tries == [1, 2, 3]
        assert effects(admin) == [(job_id, "try 3")], "the failed tries left nothing"

    with_database(dsn, test)


def test_endless_failure_is_held_after_the_last_try(dsn: str, admin: psycopg.Connection[Any]) -> None:
    async def test(database: Database) -> None:
        registry, tries = JobRegistry(), []

        @registry.job("test.hopeless")
        async def hopeless(job: JobContext) -> None:
            tries.append(job.tries)
            raise Unavailable("The service is away.")

        tenant = uuid4()
        job_id = await put(database, tenant, "test.hopeless")
        async with working(database, registry):
            failed = await until_state(database, tenant, job_id, "failed")
            await until(lambda: queued(admin) == [("test.hopeless", "failed")])
        assert tries == list(range(1, TRIES_MAX + 1))
        assert failed.problem is not None
        assert failed.problem["status"] == 503

    with_database(dsn, test)


@pytest.mark.slow
def test_a_job_that_runs_again_has_all_its_tries(dsn: str, admin: psycopg.Connection[Any]) -> None:
    async def test(database: Database) -> None:
        registry, tries = JobRegistry(), []

        @registry.job("test.hopeless")
        async def hopeless(job: JobContext) -> None:
            tries.append(job.tries)
            raise Unavailable("The service is away.")

        tenant = uuid4()
        job_id = await put(database, tenant, "test.hopeless")
        async with working(database, registry):
            await until(lambda: queued(admin) == [("test.hopeless", "failed")])
        [held] = await held_jobs(database)
        assert (held.tries, held.error) == (TRIES_MAX, "The service is away.")
        assert await run_again(database, [held]) == 1
        waiting = await state_of(database, tenant, job_id)
        assert (waiting.state, waiting.problem, waiting.finished_at) == ("queued", None, None)
        async with working(database, registry):
            await until(lambda: queued(admin) == [("test.hopeless", "failed")])
        assert tries == 2 * list(range(1, TRIES_MAX + 1))

    with_database(dsn, test)


def test_a_held_job_without_its_state_or_readable_payload_is_listed(dsn: str, admin: psycopg.Connection[Any]) -> None:
    async def test(database: Database) -> None:
        job_id = await put(database, uuid4(), "test.forgotten")
        admin.execute("DELETE FROM job_states")
        await put(database, uuid4(), "test.newer")
        admin.execute("UPDATE pgqueuer SET payload = '{\"colour\": 1}' WHERE entrypoint = 'test.newer'")
        admin.execute("UPDATE pgqueuer SET status = 'failed'")
        forgotten, newer = await held_jobs(database)
        assert (forgotten.job_id, forgotten.tries, forgotten.error) == (job_id, 0, None)
        assert (newer.job_id, newer.tenant_id, newer.tries) == (None, None, 0)
        assert "cannot be read" in str(newer.error)
        assert await run_again(database, [forgotten, newer]) == 2

    with_database(dsn, test)


def test_the_command_lists_held_jobs_and_lets_them_run_again(
    addresses: tuple[str, str],
    dsn: str,
    admin: psycopg.Connection[Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FINSAGE_DATABASE_URL", addresses[0])
    verb = partial(finsage, "jobs", "--data-dir", tmp_path)
    ids: list[UUID] = []

    async def test(database: Database) -> None:
        registry = JobRegistry()

        @registry.job("test.refuse")
        async def refuse(job: JobContext) -> None:
            raise Invalid("Line 3 has no date.")

        ids.extend([await put(database, uuid4(), "test.refuse") for _ in range(3)])
        async with working(database, registry):
            await until(lambda: queued(admin) == [("test.refuse", "failed")] * 3)

    with_database(dsn, test)
    listed = json.loads(verb("--held", "--json").stdout)["held"]
    assert {UUID(item["job_id"]) for item in listed} == set(ids)
    assert {(item["job"], item["attempts"], item["error"]) for item in listed} == {
        ("test.refuse", 1, "Line 3 has no date.")
    }
    assert all(datetime.fromisoformat(item["since"]) <= datetime.now(UTC) for item in listed)
    unknown = verb("--requeue", str(uuid4()))
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "--held lists them" in unknown.stderr
    assert verb("--requeue", listed[0]["job_id"]).stdout == "requeued: 1\n"
    told = verb().stdout
    assert "test.refuse: 1 wait" in told
    assert "2 held" in told
    assert verb("--requeue", "all").stdout == "requeued: 2\n"
    assert verb("--held").stdout == "held: 0\n"
    assert queued(admin) == [("test.refuse", "queued")] * 3


# Room


def test_a_job_of_the_compute_process_leaves_its_slot_to_others(
    dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    mark, tenant = tmp_path / "mark", uuid4()

    async def test(database: Database) -> None:
        registry, _ = noting()

        @registry.job("test.hold")
        async def hold(job: JobContext) -> None:
            weigh(HEAVY_FROM)

        compute = ComputeProcess(COMPUTE_NEST, b"")
        heavy = await put(database, tenant, "test.hold", payload={"word": str(mark)})
        async with working(database, registry, compute=compute, concurrency=1):
            await until(lambda: compute.pid is not None)
            light = await put(database, tenant, "test.note")
            await until_state(database, tenant, light, "done")
            assert (await state_of(database, tenant, heavy)).state == "running"
            await asyncio.to_thread(mark.touch)
            await until_state(database, tenant, heavy, "done")
        await compute.close()

    with_database(dsn, test)


def test_what_runs_on_schedule_leaves_a_slot_to_what_somebody_waits_for(dsn: str) -> None:
    async def test(database: Database) -> None:
        registry, _ = noting()
        tenant, answered, asked = uuid4(), asyncio.Event(), list[str]()

        async def ask_outside(job: JobContext) -> None:
            asked.append(job.name)
            await answered.wait()

        for name in ("test.ask", "test.ask_again"):
            registry.job(name, every=timedelta(days=1))(ask_outside)
        async with working(database, registry, concurrency=2):
            await until(lambda: asked)
            await until_state(database, tenant, await put(database, tenant, "test.note"), "done")
            assert len(asked) == 1
            answered.set()
            await until(lambda: len(asked) == 2)

    with_database(dsn, test)


def test_what_runs_on_schedule_and_went_elsewhere_leaves_its_turn_to_the_next(
    dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    mark, tenant = tmp_path / "mark", uuid4()

    async def test(database: Database) -> None:
        registry, _ = noting()

        @registry.job("test.hold", every=timedelta(days=1))
        async def hold(job: JobContext) -> None:
            if "word" in job.payload:
                weigh(HEAVY_FROM)

        @registry.job("test.often", every=timedelta(days=1))
        async def often(job: JobContext) -> None:
            """Nothing to do."""

        compute = ComputeProcess(COMPUTE_NEST, b"")
        heavy = await put(database, tenant, "test.hold", payload={"word": str(mark)})
        async with working(database, registry, compute=compute, concurrency=2):
            await until(lambda: compute.pid is not None)
            often_id = await put(database, tenant, "test.often", payload={"word": ""})
            await until_state(database, tenant, often_id, "done")
            assert (await state_of(database, tenant, heavy)).state == "running"
            await asyncio.to_thread(mark.touch)
            await until_state(database, tenant, heavy, "done")
        await compute.close()

    with_database(dsn, test)


# Once


def test_two_workers_do_each_job_once(dsn: str, admin: psycopg.Connection[Any]) -> None:
    async def test(database: Database) -> None:
        registry, calls = noting()
        tenant = uuid4()
        async with database.write(tenant) as session:
            ids = [await enqueue(session, "test.note", {}, tenant_id=tenant) for _ in range(120)]
        async with working(database, registry), working(database, registry):
            await until(lambda: len(effects(admin)) >= len(ids), 30)
            await until(lambda: queued(admin) == [])
        assert sorted(calls) == sorted(ids)
        assert sorted(row[0] for row in effects(admin)) == sorted(ids)

    with_database(dsn, test)


async def deliver_again(database: Database, tenant: UUID, job_id: UUID, name: str) -> None:
    """The row a worker would find whose predecessor died between its effect and its note."""
    payload = msgspec.json.encode(Envelope(job_id, tenant, {}))
    async with database.write(tenant) as session:
        connection: Any = (await session.get_raw_connection()).driver_connection
        await queries_on(SessionDriver(connection)).enqueue(name, payload)


def test_second_delivery_has_no_second_effect(dsn: str, admin: psycopg.Connection[Any]) -> None:
    async def test(database: Database) -> None:
        registry, calls = noting()
        tenant = uuid4()
        job_id = await put(database, tenant, "test.note")
        async with working(database, registry):
            await until_state(database, tenant, job_id, "done")
            await deliver_again(database, tenant, job_id, "test.note")
            await until(lambda: queued(admin) == [])
        assert effects(admin) == [(job_id, "")]
        assert calls == [job_id]

    with_database(dsn, test)


def test_simultaneous_deliveries_have_one_effect(dsn: str, admin: psycopg.Connection[Any]) -> None:
    async def test(database: Database) -> None:
        registry = JobRegistry()

        @registry.job("test.slow")
        async def slow(job: JobContext) -> None:
            async with job.effect() as session:
                await session.execute(NOTE, {"job": job.job_id, "note": "slow"})
                await asyncio.sleep(0.5)

        tenant = uuid4()
        job_id = await put(database, tenant, "test.slow")
        await deliver_again(database, tenant, job_id, "test.slow")
        async with working(database, registry), working(database, registry):
            await until(lambda: queued(admin) == [])
        assert effects(admin) == [(job_id, "slow")]
        assert (await state_of(database, tenant, job_id)).state == "done"

    with_database(dsn, test)


def test_waiting_job_with_the_same_key_is_shared(dsn: str, admin: psycopg.Connection[Any]) -> None:
    async def test(database: Database) -> None:
        tenant, other = uuid4(), uuid4()
        first = await put(database, tenant, "test.note", dedupe_key="a")
        assert await put(database, tenant, "test.note", dedupe_key="a") == first
        assert await put(database, tenant, "test.note", dedupe_key="b") != first
        assert await put(database, other, "test.note", dedupe_key="a") != first
        assert await put(database, tenant, "test.else", dedupe_key="a") != first
        assert len(queued(admin)) == 4
        assert admin.execute("SELECT count(*) FROM job_states").fetchone() == (4,)

    with_database(dsn, test)


def test_running_job_with_the_same_key_is_not_shared(dsn: str, admin: psycopg.Connection[Any]) -> None:
    async def test(database: Database) -> None:
        registry, started, release = JobRegistry(), asyncio.Event(), asyncio.Event()

        @registry.job("test.refresh")
        async def refresh(job: JobContext) -> None:
            started.set()
            await release.wait()

        tenant = uuid4()
        first = await put(database, tenant, "test.refresh", dedupe_key="a")
        async with working(database, registry):
            await asyncio.wait_for(started.wait(), 10)
            second = await put(database, tenant, "test.refresh", dedupe_key="a")
            assert second != first, "the running one may have read before this change"
            release.set()
            await until_state(database, tenant, second, "done")

    with_database(dsn, test)


def test_shared_job_sees_what_the_sharing_transaction_wrote(dsn: str, admin: psycopg.Connection[Any]) -> None:
    async def test(database: Database) -> None:
        registry, seen = JobRegistry(), []

        @registry.job("test.count")
        async def count(job: JobContext) -> None:
            async with job.effect() as session:
                seen.append((await session.execute(text("SELECT count(*) FROM effects"))).scalar_one())

        tenant = uuid4()
        await put(database, tenant, "test.count", dedupe_key="a")
        async with database.write(tenant) as session:
            await session.execute(NOTE, {"job": uuid4(), "note": "the change"})
            await enqueue(session, "test.count", {}, tenant_id=tenant, dedupe_key="a")
            async with working(database, registry):
                await asyncio.sleep(1.0)
                assert seen == [], "it must not start before this transaction ends"
                await session.commit()
                await until(lambda: seen)
        assert seen == [1]

    with_database(dsn, test)


# In whose name


def test_job_runs_in_its_tenant_and_trace(dsn: str, admin: psycopg.Connection[Any]) -> None:
    async def test(database: Database) -> None:
        registry, seen = JobRegistry(), []

        @registry.job("test.look")
        async def look(job: JobContext) -> None:
            async with job.read() as session:
                rows = (await session.execute(text("SELECT DISTINCT tenant_id FROM job_states"))).scalars().all()
            seen.append((job.tenant_id, list(rows), TRACE_ID.get()))
            await job.progress(0.5, Step("rows read", 7, 3))
            async with job.read() as session:
                told = await read_job(session, job.tenant_id, job.job_id)
                assert (told.progress, told.stage, told.done, told.total) == (0.5, "rows read", 7, 7)
            job.result_url = "/api/v1/portfolios"

        one, two = uuid4(), uuid4()
        token = TRACE_ID.set("f" * 32)
        first = await put(database, one, "test.look")
        TRACE_ID.reset(token)
        second = await put(database, two, "test.look")
        async with working(database, registry):
            assert (await until_state(database, one, first, "done")).result_url == "/api/v1/portfolios"
            await until_state(database, two, second, "done")
        assert sorted(seen) == sorted([(one, [one], "f" * 32), (two, [two], "")])
        with pytest.raises(JobNotFound):
            await state_of(database, two, first)

    with_database(dsn, test)


def test_route_shows_own_jobs_only(dsn: str, admin: psycopg.Connection[Any]) -> None:
    async def test(database: Database) -> None:
        app, tenant = FastAPI(), uuid4()
        app.state.database, app.state.compute = database, None
        app.include_router(router, prefix="/api/v1")
        job_id = await put(database, tenant, "test.note")

        async def get(caller: Caller | None) -> httpx.Response:
            async def signed_in(scope: Any, receive: Any, send: Any) -> None:
                await app({**scope, "caller": caller}, receive, send)

            async with httpx.AsyncClient(transport=httpx.ASGITransport(signed_in), base_url="http://test") as client:
                return await client.get(f"/api/v1/jobs/{job_id}")

        def caller(of: UUID, *scopes: str) -> Caller:
            return Caller(uuid4(), of, "owner", frozenset(scopes), "session", uuid4())

        answer = await get(caller(tenant, "portfolio:read"))
        body = answer.json()
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert set(body) == {
            "id", "name", "state", "progress", "stage", "done", "total", "result_url", "problem", "created_at", "finished_at",
        }  # fmt: skip
        assert (body["id"], body["state"], body["finished_at"]) == (str(job_id), "queued", None)
        assert body["created_at"].endswith("Z")
        assert (await get(caller(uuid4(), "portfolio:read"))).status_code == 404
        assert (await get(caller(tenant))).status_code == 403
        assert (await get(None)).status_code == 401

    with_database(dsn, test)


# Schedules


def test_a_turn_of_before_the_start_is_due_when_somebody_is_there(dsn: str, admin: psycopg.Connection[Any]) -> None:
    async def test(database: Database) -> None:
        registry, told, before = JobRegistry(), [], datetime.now(UTC)

        @registry.job("test.rare", every=timedelta(days=50 * 365))
        async def rare(job: JobContext) -> None:
            told.append(datetime.fromisoformat(job.payload["due_at"]))

        async with working(database, registry):
            await until(lambda: told)
        assert told[0] >= before, "it waited for nobody"
        # Its turn is the same: another start does not run it again.
        async with database.write() as session:
            assert await enqueue_due(session, "test.rare", timedelta(days=50 * 365)) < before
        turns = "SELECT count(*) FROM job_states WHERE name = 'test.rare'"
        assert admin.execute(turns).fetchone() == (1,)

    with_database(dsn, test)


def test_schedule_runs_once_per_due_instant_on_two_workers(dsn: str, admin: psycopg.Connection[Any]) -> None:
    async def test(database: Database) -> None:
        registry, due = JobRegistry(), []

        @registry.job("test.tick", every=timedelta(seconds=1))
        async def tick(job: JobContext) -> None:
            assert job.tenant_id == PUBLIC_TENANT
            due.append(job.payload["due_at"])

        async with working(database, registry), working(database, registry):
            await until(lambda: len(due) >= 3)
        assert len(set(due)) == len(due), "no instant twice"
        assert all(instant.endswith("+00:00") for instant in due)

    with_database(dsn, test)


def test_scheduled_ids_differ_by_name_and_instant() -> None:
    instants = [datetime(2026, 1, 1, hour, tzinfo=UTC) for hour in (0, 1, 2)]
    ids = {scheduled_id(name, instant) for name in ("a", "b") for instant in instants}
    assert len(ids) == 6
    assert {(one.version, one.variant) for one in ids} == {(7, "specified in RFC 4122")}
    assert scheduled_id("a", instants[0]) < scheduled_id("b", instants[1]) < scheduled_id("a", instants[2])


# Stopping, and a database that goes away


def test_stop_lets_a_running_job_end(dsn: str, admin: psycopg.Connection[Any]) -> None:
    async def test(database: Database) -> None:
        registry, started = JobRegistry(), asyncio.Event()

        @registry.job("test.short")
        async def short(job: JobContext) -> None:
            started.set()
            await asyncio.sleep(0.4)

        tenant = uuid4()
        job_id = await put(database, tenant, "test.short")
        worker = Worker(database, registry)
        worker.start()
        await asyncio.wait_for(started.wait(), 10)
        await worker.stop(5)
        assert (await state_of(database, tenant, job_id)).state == "done"
        assert queued(admin) == []

    with_database(dsn, test)


def test_stop_puts_an_endless_job_back(dsn: str, admin: psycopg.Connection[Any]) -> None:
    async def test(database: Database) -> None:
        registry, tries, is_first = JobRegistry(), [], True

        @registry.job("test.endless")
        async def endless(job: JobContext) -> None:
            nonlocal is_first
            tries.append(job.tries)
            if is_first:
                is_first = False
                await asyncio.sleep(3600)

        tenant = uuid4()
        ids = [await put(database, tenant, "test.endless") for _ in range(4)]
        worker = Worker(database, registry, concurrency=1)
        worker.start()
        await until(lambda: tries)
        started = time.monotonic()
        await worker.stop(0.3)
        assert time.monotonic() - started < 3
        assert [status for _, status in queued(admin)] == ["queued"] * 4
        assert {(await state_of(database, tenant, job_id)).state for job_id in ids} == {"queued"}
        async with working(database, registry):
            for job_id in ids:
                await until_state(database, tenant, job_id, "done")
        assert tries == [1, 1, 1, 1, 1], "a try that the stop interrupted does not count"

    with_database(dsn, test)


def test_worker_outlives_its_connections(dsn: str, admin: psycopg.Connection[Any]) -> None:
    async def test(database: Database) -> None:
        registry, calls = noting()
        started = asyncio.Event()

        @registry.job("test.cut")
        async def cut(job: JobContext) -> None:
            async with job.effect() as session:
                await session.execute(NOTE, {"job": job.job_id, "note": f"{job.tries}"})
                started.set()
                if job.tries == 1:
                    await asyncio.sleep(0.5)

        tenant = uuid4()
        job_id = await put(database, tenant, "test.cut")
        async with working(database, registry):
            await asyncio.wait_for(started.wait(), 10)
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            await until(lambda: effects(admin) == [(job_id, "2")])

            async def one_more() -> bool:
                try:
                    await put(database, tenant, "test.note")
                except Unavailable:
                    return False
                return True

            await until(one_more)
            await until(lambda: calls)
            await until(lambda: queued(admin) == [])

    with_database(dsn, test)


def test_worker_outlives_a_killed_database() -> None:
    # Not the shared server: this one is killed, and healed by its watcher.
    data_dir = Path(tempfile.mkdtemp(prefix="finsage-queue-", dir=fast_place()))
    server = EmbeddedPostgres(data_dir, log=lambda _: None)
    try:
        _, dsn = prepare(server.start(), "queue_kill")

        async def test(database: Database) -> None:
            registry, calls = noting()
            tenant = uuid4()
            async with working(database, registry):
                first = await put(database, tenant, "test.note")
                await until_state(database, tenant, first, "done")
                os.kill(server.server_pid, signal.SIGKILL)
                ids: list[UUID] = []

                async def written() -> bool:
                    try:
                        ids.append(await put(database, tenant, "test.note"))
                    except Unavailable:
                        return False
                    return True

                async def done() -> bool:
                    # A backend outlives its server by a moment: the write may pass while the next read does not.
                    try:
                        return (await state_of(database, tenant, ids[0])).state == "done"
                    except Unavailable:
                        return False

                await until(written, 30)
                await until(done, 30)
            assert calls[0] == first
            assert ids[0] in calls

        with_database(dsn, test)
    finally:
        server.stop()
        shutil.rmtree(data_dir)


# Forgetting


def test_old_states_and_log_rows_are_forgotten(dsn: str, admin: psycopg.Connection[Any]) -> None:
    async def test(database: Database) -> None:
        registry, _ = noting()
        tenant, other = uuid4(), uuid4()
        long_ago = datetime.now(UTC) - timedelta(days=31)
        kept = [(tenant, "failed"), (other, "done")]
        for number, (owner, state) in enumerate([(tenant, "done"), *kept]):
            values = (owner, scheduled_id(str(number), long_ago), "test.old", state)
            admin.execute("INSERT INTO job_states (tenant_id, id, name, state) VALUES (%s, %s, %s, %s)", values)
        admin.execute(
            "INSERT INTO pgqueuer_log (created, job_id, status, priority, entrypoint)"
            " SELECT now() - days * interval '1 day', days, 'successful', 0, 'test.old' FROM generate_series(5, 10) AS days"
        )
        async with working(database, registry):
            await until_state(database, tenant, await put(database, tenant, "test.note"), "done")

            def log_rows() -> list[tuple[Any, ...]]:
                return admin.execute(
                    "SELECT job_id FROM pgqueuer_log WHERE entrypoint = 'test.old' ORDER BY 1"
                ).fetchall()

            await until(lambda: log_rows() == [(5,), (6,)])
        left = admin.execute("SELECT tenant_id, state FROM job_states WHERE name = 'test.old'").fetchall()
        assert sorted(left) == sorted(kept)

    with_database(dsn, test)


# The library's schema and settings


def test_migration_is_what_the_library_declares(dsn: str) -> None:
    async def test(database: Database) -> None:
        async with database.read() as session:
            connection: Any = (await session.get_raw_connection()).driver_connection
            plan = await queries_on(SessionDriver(connection)).plan_upgrade()
        assert list(plan.statements) == []

    with_database(dsn, test)


def test_environment_does_not_rename_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    before = queue_settings().model_dump()
    for name in ("CHANNEL", "QUEUE_TABLE", "DURABILITY", "PGQUEUER_PREFIX", "PGQUEUER_SCHEMA", "PGQUEUER_TRIGGER"):
        monkeypatch.setenv(name, "volatile")
    assert queue_settings().model_dump() == before


def test_metrics_move(dsn: str, admin: psycopg.Connection[Any]) -> None:
    async def test(database: Database) -> None:
        registry, _ = noting("test.metric")

        @registry.job("test.metric_poison")
        async def poison(job: JobContext) -> None:
            raise RuntimeError("no")

        tenant = uuid4()
        done = await put(database, tenant, "test.metric")
        held = await put(database, tenant, "test.metric_poison")
        async with working(database, registry):
            await until_state(database, tenant, done, "done")
            await until_state(database, tenant, held, "failed")
            await until(lambda: queued(admin) == [("test.metric_poison", "failed")])
        await put(database, tenant, "test.unknown_here")
        async with working(database, registry):
            await until(lambda: REGISTRY.get_sample_value("finsage_queue_depth", {"queue": "test.unknown_here"}) == 1)
        assert REGISTRY.get_sample_value("finsage_jobs_held") == 1
        oldest = REGISTRY.get_sample_value("finsage_queue_oldest_seconds", {"queue": "test.unknown_here"})
        assert oldest is not None
        assert 0 < oldest < 60
        for name, outcome in (("test.metric", "done"), ("test.metric_poison", "held")):
            assert REGISTRY.get_sample_value("finsage_jobs_total", {"job": name, "outcome": outcome}) == 1

    with_database(dsn, test)


def test_two_jobs_of_one_name_are_refused() -> None:
    registry, _ = noting()
    with pytest.raises(ValueError, match=r"test\.note"):
        registry.include(noting()[0])
