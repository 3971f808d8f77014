"""Started by test_queue_kill.py: forks a writer or a worker for each line it reads, and says its process id.

Forking from one process that has imported everything makes a kill cost milliseconds instead of a second.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import sys
from uuid import UUID

from sqlalchemy import text

from finsage.errors import Invalid
from finsage.platform import clock
from finsage.platform.database import Database
from finsage.platform.jobs import JobContext, JobRegistry
from finsage.platform.queue import enqueue
from finsage.platform.worker import Worker

# Enough of a backlog that a worker is killed at work, not at rest.
CAUSES_PER_TRANSACTION = 10
CAUSE = text("INSERT INTO causes (tenant_id, id) VALUES (:tenant, :id)")
EFFECT = text("INSERT INTO effects (job_id, note) VALUES (:job, :cause)")


async def write(dsn: str, tenant: UUID) -> None:
    """Causes and their jobs without end; every third transaction is rolled back."""
    database = Database(dsn, pool_size=2)
    for number in itertools.count():
        try:
            async with database.write(tenant) as session:
                for _ in range(CAUSES_PER_TRANSACTION):
                    cause = clock.new_id()
                    await session.execute(CAUSE, {"tenant": tenant, "id": cause})
                    await enqueue(session, "test.effect", {"cause": str(cause)}, tenant_id=tenant)
                if number % 3 == 2:
                    raise Invalid
        except Invalid:
            pass


async def work(dsn: str) -> None:
    """A worker without end."""
    registry = JobRegistry()

    @registry.job("test.effect")
    async def effect(job: JobContext) -> None:
        async with job.effect() as session:
            await session.execute(EFFECT, {"job": job.job_id, "cause": job.payload["cause"]})

    Worker(Database(dsn, pool_size=6), registry, concurrency=4).start()
    await asyncio.Event().wait()


def main(dsn: str, tenant: UUID) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            asyncio.run(write(dsn, tenant) if line.strip() == "write" else work(dsn))
        print(pid, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], UUID(sys.argv[2]))
