"""The compute process of a server: ``python -m finsage.cli.compute``, started by ``finsage up`` and by nobody else.

It has the server's routes and jobs without the gateway before them: what comes here has passed it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Any

from finsage.app import build_api
from finsage.gateway.exchange import Message, Receive
from finsage.platform.audit import ORIGIN
from finsage.platform.collector import collect_rarely
from finsage.platform.compute import JobDone, JobWork, RequestWork
from finsage.platform.compute_server import Handle, Send, serve
from finsage.platform.database import Database
from finsage.platform.jobs import AlreadyDone, Job, JobContext
from finsage.platform.settings import Settings
from finsage.platform.telemetry import TRACE_ID, configure_logging
from finsage.services import all_jobs

MODULE = "finsage.cli.compute"


@dataclass(frozen=True, slots=True)
class Given:
    """What the server hands over at the start."""

    settings: Settings
    dsn: str


def prepare(given: Given) -> Handle:
    """Routes and jobs on a pool of connections of their own."""
    collect_rarely()
    configure_logging(given.settings.log_format, given.settings.log_level)
    database = Database(given.dsn, pool_size=given.settings.pool_size)
    api, jobs = build_api(), all_jobs()
    api.state.settings, api.state.database, api.state.compute = given.settings, database, None

    async def carry_out(work: RequestWork | JobWork, send: Send) -> None:
        if isinstance(work, JobWork):
            TRACE_ID.set(work.trace_id)
            await send(await _effect_of(JobContext(database, **work.context()), jobs[work.name]))
            return
        TRACE_ID.set(work.scope["trace_id"])
        ORIGIN.set(work.origin)
        await api(work.scope, _reading(work.body), partial(_send, send, work.scope))

    return carry_out


async def _effect_of(context: JobContext, job: Job) -> JobDone | None:
    try:
        await job.function(context)
    except AlreadyDone:
        return None
    return JobDone(context.is_done, context.result_url)


def _reading(body: bytes) -> Receive:
    pieces = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Message:
        for piece in pieces:
            return piece
        # Whoever waits for more waits for the client to leave, which the other process sees.
        await asyncio.Event().wait()
        raise AssertionError("nobody sets it")

    return receive


async def _send(send: Send, scope: dict[str, Any], message: Message) -> None:
    await send({**message, "problem_type": scope.get("problem_type")})


if __name__ == "__main__":
    serve(prepare)
