"""The compute process of a server: ``python -m finsage.cli.compute``, started by ``finsage up`` and by nobody else.

It has the server's routes and jobs without the gateway before them: what comes here has passed it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec

from finsage.app import build_api
from finsage.gateway.exchange import Message, Receive
from finsage.platform.audit import ORIGIN
from finsage.platform.changes import Changes, always, never
from finsage.platform.collector import collect_rarely
from finsage.platform.compute_server import Handle, Send, serve
from finsage.platform.compute_wire import JobDone, JobWork, Part, RequestWork, Work, pairs
from finsage.platform.database import Database
from finsage.platform.jobs import AlreadyDone, Job, JobContext
from finsage.platform.outside import Outside
from finsage.platform.settings import Settings
from finsage.platform.telemetry import TRACE_ID, configure_logging
from finsage.services import all_jobs

MODULE = "finsage.cli.compute"


@dataclass(frozen=True, slots=True)
class Given:
    """What the server hands over at the start."""

    settings: Settings
    dsn: str

    def packed(self) -> bytes:
        """The bytes ``given_in`` reads."""
        return msgspec.msgpack.encode([self.settings.model_dump(mode="json"), self.dsn])


def given_in(packed: bytes) -> Given:
    """What was packed."""
    settings, dsn = msgspec.msgpack.decode(packed)
    return Given(Settings.model_validate(settings), dsn)


def prepare(packed: bytes) -> Handle:
    """Routes and jobs on a pool of connections of their own."""
    given = given_in(packed)
    collect_rarely()
    configure_logging(given.settings.log_format, given.settings.log_level)
    # Alone it is a part of the process that serves, which bumps its own clock after each work.
    changes = Changes(always if given.settings.has_company else never)
    database = Database(given.dsn, pool_size=given.settings.pool_size, changes=changes)
    outside = Outside(given.settings, database)
    api, jobs = build_api(), all_jobs()
    api.state.settings, api.state.database, api.state.compute = given.settings, database, None
    api.state.outside = outside

    async def carry_out(work: Work, send: Send) -> None:
        if isinstance(work, JobWork):
            TRACE_ID.set(work.trace_id)
            await send(await _effect_of(JobContext(database, outside=outside, **work.context()), jobs[work.name]))
            return
        scope = _scope_of(work)
        TRACE_ID.set(scope["trace_id"])
        ORIGIN.set(work.origin)
        await api(scope, _reading(work.body), partial(_send, send, scope))

    return carry_out


def _scope_of(work: RequestWork) -> dict[str, Any]:
    """The ASGI scope of a request; MessagePack knows no tuples."""
    pairs_of = {name: tuple(work.scope[name]) for name in ("client", "server") if work.scope.get(name)}
    return {**work.scope, **pairs_of, "headers": pairs(work.scope["headers"]), "caller": work.caller}


async def _effect_of(context: JobContext, job: Job) -> JobDone:
    try:
        await job.function(context)
    except AlreadyDone:
        return JobDone(was_done=True)
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
    await send(Part({**message, "problem_type": scope.get("problem_type")}))


if __name__ == "__main__":
    serve(prepare)
