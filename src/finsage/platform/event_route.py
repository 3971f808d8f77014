"""The event stream of the API: what is new, as server-sent events.

Source: WHATWG HTML, section 9.2 (server-sent events).
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Request
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from finsage.errors import FinSageError
from finsage.platform.caller import Caller
from finsage.platform.changes import tenant_tag
from finsage.platform.event_hub import SENT, EventHub, EventStream
from finsage.platform.jobs import JobState, read_jobs
from finsage.platform.unit import UnitRoute, requires

AGE_SECONDS_MAX = 600.0
"""A stream ends after so long and its reader comes back: role and scopes are looked at anew, load moves on."""

SPACING_SECONDS = 0.25
"""Between two batches: a page draws four times a second at most."""

RETRY_MS = 3_000
_NO_BUFFER = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_EXAMPLE = (
    'event: job\ndata: {"id":"…","name":"market.backfill","state":"running","progress":0.45,'
    '"stage":"rows read","done":45000,"total":100000,…}\n\n'
    'event: changed\ndata: {"topics": ["prices"]}\nid: 5f0c2ab7d1e4-17\n\n'
)

router = APIRouter(route_class=UnitRoute, tags=["events"])


class EventsResponse(StreamingResponse):
    """A stream of events that leaves its hub however it ends."""

    media_type = "text/event-stream"

    def __init__(self, frames: AsyncIterator[bytes], *, leave: Callable[[], None]) -> None:
        super().__init__(frames, headers=_NO_BUFFER)
        self._leave = leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._leave()


@router.get(
    "/events",
    response_class=EventsResponse,
    status_code=200,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}}}},
)
async def follow_events(
    request: Request,
    caller: Annotated[Caller, requires("portfolio:read")],
    last_event_id: Annotated[str | None, Header(max_length=100)] = None,
) -> EventsResponse:
    """Jobs of this tenant as they move on (`job`), and kinds of things that are new (`changed`).

    After `gap` something may have been missed: ask for everything again. After `end` the session is over.
    """
    hub: EventHub = request.app.state.events
    stream = await hub.open(caller, last_event_id)
    return EventsResponse(_frames(hub, stream), leave=lambda: hub.leave(stream))


async def _frames(hub: EventHub, stream: EventStream) -> AsyncIterator[bytes]:
    ends_at = time.monotonic() + AGE_SECONDS_MAX * random.uniform(0.9, 1)  # noqa: S311 - jitter keeps no secret
    # The position alone is dispatched to nobody, and is what the reader names when it comes back.
    yield f"retry: {RETRY_MS}\nid: {hub.position()}\n\n".encode()
    while stream.end is None:
        if not await _woken(stream, hub.beat_seconds):
            yield f": {hub.beat_seconds:g} s\nid: {hub.position()}\n\n".encode()
        elif frames := await _batch(hub, stream):
            yield frames
            await _pause(stream)
        if time.monotonic() >= ends_at:
            stream.finish("age")
    if stream.end == "session":
        yield _frame("end", '{"reason": "session"}')


async def _woken(stream: EventStream, seconds: float) -> bool:
    with suppress(TimeoutError):
        await asyncio.wait_for(stream.woken.wait(), seconds)
    return stream.woken.is_set()


async def _pause(stream: EventStream) -> None:
    """Let some more gather, unless the stream is to end."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stream.ended.wait(), SPACING_SECONDS)


async def _batch(hub: EventHub, stream: EventStream) -> bytes:
    """What waits, as bytes, with the position at its end: a batch that breaks off comes again."""
    stream.woken.clear()
    has_gap, topics, job_ids = stream.has_gap, sorted(stream.topics), list(stream.jobs)
    stream.has_gap = False
    stream.topics.clear()
    stream.jobs.clear()
    position = hub.position()
    frames = []
    if has_gap:
        frames.append(_frame("gap", "{}"))
    if topics:
        frames.append(_frame("changed", json.dumps({"topics": topics})))
    try:
        jobs = await _jobs(hub, stream.caller, job_ids) if job_ids else []
    except FinSageError:
        # The connection that listens is about to notice as well; the reader asks when the database is back.
        stream.miss()
        jobs = []
    frames += [_frame("job", job.model_dump_json()) for job in jobs]
    return b"".join(frames) + f"id: {position}\n\n".encode() if frames else b""


async def _jobs(hub: EventHub, caller: Caller, job_ids: list[UUID]) -> list[JobState]:
    async with hub.database.read(caller.tenant_id, caller.user_id) as session:
        jobs = await read_jobs(session, caller.tenant_id, job_ids)
    if any(job.state == "done" for job in jobs):
        # Its COMMIT may be the compute process's, whose end is not yet known here.
        hub.database.changes.bump(tenant_tag(caller.tenant_id))
    return jobs


def _frame(kind: str, data: str) -> bytes:
    # JSON of one line: a line break would end the field.
    SENT.labels(kind).inc()
    return f"event: {kind}\ndata: {data}\n\n".encode()
