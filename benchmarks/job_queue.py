"""What the queue costs: jobs per second as a ratio to a bare batched SKIP LOCKED loop of the same run.

    uv run --group test python benchmarks/job_queue.py [--rounds 5] [--jobs 1000]

    bare    one connection takes 50 rows by DELETE ... SKIP LOCKED ... RETURNING and commits; no state, no retry
    queue   the library alone: picks, heartbeats and its log, an empty function
    worker  FinSage's worker: the same and a state its owner can see, and one transaction for effect and state

Rounds alternate; the first is a warm-up; median, minimum and maximum are printed. Own server in a temporary directory
with fsync on. Nothing here fails on a clock.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
from pgqueuer.domain.types import QueueExecutionMode
from pgqueuer.qm import QueueManager

from finsage.migrations import migrate
from finsage.platform.database import Database
from finsage.platform.jobs import JobContext, JobRegistry
from finsage.platform.postgres import Connection, EmbeddedPostgres
from finsage.platform.queue import enqueue, queries_on, queue_settings
from finsage.platform.worker import Worker, WorkerDriver

NAME = "bench.nothing"
TAKE = (
    "DELETE FROM bare_queue WHERE id IN"
    " (SELECT id FROM bare_queue ORDER BY id LIMIT 50 FOR UPDATE SKIP LOCKED) RETURNING id"
)


async def fill(database: Database, jobs: int) -> float:
    """Enqueue one job per transaction for a tenth, then the rest at once; returns milliseconds per single enqueue."""
    tenant, started = uuid4(), time.perf_counter()
    for _ in range(jobs // 10):
        async with database.write(tenant) as session:
            await enqueue(session, NAME, {"id": 1}, tenant_id=tenant)
    single = (time.perf_counter() - started) / (jobs // 10)
    async with database.write(tenant) as session:
        for _ in range(jobs - jobs // 10):
            await enqueue(session, NAME, {"id": 1}, tenant_id=tenant)
    return single * 1e3


async def bare(server: Connection, _database: Database, jobs: int) -> float:
    async with await psycopg.AsyncConnection.connect(server.dsn()) as connection:
        await connection.execute(f"INSERT INTO bare_queue SELECT generate_series(1, {jobs})")
        await connection.commit()
        started, taken = time.perf_counter(), 0
        while taken < jobs:
            taken += len(await (await connection.execute(TAKE)).fetchall())
            await connection.commit()
        return jobs / (time.perf_counter() - started)


async def queue(server: Connection, database: Database, jobs: int) -> float:
    await fill(database, jobs)
    async with (
        await psycopg.AsyncConnection.connect(server.dsn(), autocommit=True) as listening,
        await psycopg.AsyncConnection.connect(server.dsn(), autocommit=True) as working,
    ):
        manager = QueueManager(queries_on(WorkerDriver(listening, working, lambda: None)), queue_settings().channel)

        last = started = time.perf_counter()

        @manager.entrypoint(NAME)
        async def nothing(_job: object) -> None:
            nonlocal last
            last = time.perf_counter()

        await manager.run(batch_size=50, mode=QueueExecutionMode.drain, log_aggregation_interval=timedelta(0))
        return jobs / (last - started)


async def worker(_server: Connection, database: Database, jobs: int) -> float:
    await fill(database, jobs)
    registry, done, finished = JobRegistry(), 0, asyncio.Event()

    @registry.job(NAME)
    async def nothing(job: JobContext) -> None:
        nonlocal done
        async with job.effect():
            pass
        done += 1
        if done == jobs:
            finished.set()

    served = Worker(database, registry, concurrency=4)
    started = time.perf_counter()
    served.start()
    await finished.wait()
    seconds = time.perf_counter() - started
    await served.stop()
    return jobs / seconds


CONTESTANTS: dict[str, Callable[[Connection, Database, int], Awaitable[float]]] = {
    "bare": bare,
    "queue": queue,
    "worker": worker,
}


async def measure(server: Connection, rounds: int, jobs: int) -> None:
    database = Database(server.dsn(), pool_size=8)
    rates: dict[str, list[float]] = {name: [] for name in CONTESTANTS}
    for number in range(rounds + 1):
        for name, contestant in CONTESTANTS.items():
            rate = await contestant(server, database, jobs)
            if number:
                rates[name].append(rate)
    single = await fill(database, 500)
    await database.close()
    base = statistics.median(rates["bare"])
    print(f"{rounds} rounds of {jobs} jobs, fsync on; one enqueue with its commit {single:.1f} ms")
    for name, found in rates.items():
        middle = statistics.median(found)
        print(
            f"{name:8} {middle:8.0f} jobs/s ({min(found):.0f} to {max(found):.0f}), ratio to bare {middle / base:.2f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=1000)
    options = parser.parse_args()
    data_dir = Path(tempfile.mkdtemp(prefix="finsage-bench-"))
    try:
        with EmbeddedPostgres(data_dir) as server:
            migrate(server.dsn())
            with psycopg.connect(server.dsn(), autocommit=True) as connection:
                connection.execute("CREATE TABLE bare_queue (id bigint PRIMARY KEY)")
            asyncio.run(measure(server, options.rounds, options.jobs))
    finally:
        shutil.rmtree(data_dir)


if __name__ == "__main__":
    main()
