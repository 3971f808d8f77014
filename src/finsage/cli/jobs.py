"""``finsage jobs``: what waits in the queue, which jobs are held after failing, and how they run again."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from finsage.cli.session import AsJson, DataDir, run_on, show
from finsage.platform.database import Database
from finsage.platform.held_jobs import HeldJob, held_jobs, run_again
from finsage.platform.jobs import JobNotFound
from finsage.platform.queue import QueueMeasure, measure_queue

_ALL = "all"


def command(
    held: Annotated[bool, typer.Option("--held", help="List the held jobs, the longest held first")] = False,
    requeue: Annotated[
        str | None,
        typer.Option("--requeue", metavar="ID|all", help="Let a held job (its id) or `all` run again, with all tries"),
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show the queue. Exit 1 when the job to run again is not held."""

    async def work(database: Database) -> dict[str, Any]:
        if requeue is not None:
            return {"requeued": await run_again(database, _chosen(await held_jobs(database), requeue))}
        if held:
            return {"held": [_shown(job) for job in await held_jobs(database)]}
        async with database.read() as session:
            measures = await measure_queue(session)
        return {"queues": [asdict(measure) if as_json else _told(measure) for measure in measures]}

    show(run_on(data_dir, work), as_json=as_json)


def _chosen(jobs: list[HeldJob], wanted: str) -> list[HeldJob]:
    chosen = jobs if wanted == _ALL else [job for job in jobs if job.is_called(wanted)]
    if not chosen and wanted != _ALL:
        raise JobNotFound(f"No held job is called {wanted!r}; finsage jobs --held lists them.")
    return chosen


def _shown(job: HeldJob) -> dict[str, Any]:
    return {
        "id": job.number,
        "job": job.name,
        "job_id": job.job_id,
        "attempts": job.tries,
        "since": job.held_since.isoformat(timespec="seconds"),
        "error": job.error,
    }


def _told(queue: QueueMeasure) -> str:
    return f"{queue.name}: {queue.depth} wait, the oldest for {queue.oldest_seconds:.0f} s; {queue.held} held"
