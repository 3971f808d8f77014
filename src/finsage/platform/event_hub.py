"""The open event streams of this process, and the one connection that hears what happened in any process.

The connection is there while somebody listens. What was heard lately is kept, so that a stream which broke off goes on
where it was: an event's id names the connection's life and the count of notes in it. After a gap, which a lost
connection or another process means, a stream says so and its reader asks anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter as Tally
from collections import deque
from collections.abc import Awaitable, Callable, Collection
from typing import Any, Literal
from uuid import UUID, uuid4

import psycopg
from prometheus_client import Counter, Gauge

from finsage.errors import FinSageError, Limited, Unavailable
from finsage.platform.caller import PUBLIC_TENANT, Caller
from finsage.platform.changes import tenant_tag
from finsage.platform.database import Database
from finsage.platform.events import CHANNEL, Changed, JobMoved, Note, SessionEnded, parse_note
from finsage.platform.telemetry import REGISTRY

STREAMS_MAX = 5_000
STREAMS_PER_USER_MAX = 8
NOTES_KEPT = 4_096
BEAT_SECONDS = 15.0
LISTEN_SECONDS_MAX = 5.0
RECONNECT_SECONDS_MIN = 0.1
RECONNECT_SECONDS_MAX = 5.0
RETRY_AFTER_SECONDS = 10

_log = logging.getLogger("finsage.events")

STREAMS = Gauge("finsage_event_streams", "Event streams that are open", registry=REGISTRY)
SENT = Counter("finsage_events_sent", "Events written to streams", ("kind",), registry=REGISTRY)
ENDED = Counter("finsage_event_streams_ended", "Event streams that ended, by why", ("reason",), registry=REGISTRY)

End = Literal["left", "session", "stopping", "age"]
Living = Callable[[Collection[UUID]], Awaitable[Collection[UUID]]]


class TooManyStreams(Limited):
    """Too many event streams are open; close one, or poll."""


class StreamsUnavailable(Unavailable):
    """Events cannot be followed right now; poll meanwhile."""


class EventStream:
    """What one reader has not been told yet. Notes of one job or kind are one, however many came."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.topics: set[str] = set()
        self.jobs: dict[UUID, None] = {}
        self.has_gap = False
        self.end: End | None = None
        self.woken = asyncio.Event()
        self.ended = asyncio.Event()

    def hear(self, note: Note) -> None:
        """Take a note, where it is for this reader."""
        mine = self.caller.tenant_id
        match note:
            case JobMoved(tenant_id, job_id) if tenant_id == mine:
                self.jobs[job_id] = None
            case Changed(tenant_id, topic) if tenant_id in {mine, PUBLIC_TENANT}:
                self.topics.add(topic)
            case SessionEnded(session_id) if session_id == self.caller.credential_id:
                self.finish("session")
            case _:
                return
        self.woken.set()

    def miss(self) -> None:
        """Note that something may have been missed, which tells more than what is waiting."""
        self.topics.clear()
        self.jobs.clear()
        self.has_gap = True
        self.woken.set()

    def finish(self, reason: End) -> None:
        """Have the stream end; the first reason counts."""
        self.end = self.end or reason
        self.woken.set()
        self.ended.set()


class EventHub:
    """The streams of this process.

    Args:
        database: whose notes are heard.
        living: which of some sessions and token families are neither revoked nor over.
        beat_seconds: how often streams show that they live, and their sessions are looked at.
    """

    def __init__(self, database: Database, living: Living, *, beat_seconds: float = BEAT_SECONDS) -> None:
        self.beat_seconds = beat_seconds
        self.database = database
        self._living = living
        self._streams: set[EventStream] = set()
        self._per_user: Tally[UUID] = Tally()
        self._notes: deque[Note] = deque(maxlen=NOTES_KEPT)
        self._heard = 0
        self._life = ""
        self._is_listening = asyncio.Event()
        self._is_closed = False
        self._task: asyncio.Task[None] | None = None

    async def open(self, caller: Caller, last_event_id: str | None) -> EventStream:
        """A stream of what the caller may see, from now on or from the event named.

        Raises:
            TooManyStreams: the caller has as many as are allowed, or this process has.
            StreamsUnavailable: the server is stopping, or the database does not answer.
        """
        if self._is_closed:
            raise StreamsUnavailable("FinSage is stopping.")
        if self._per_user[caller.user_id] >= STREAMS_PER_USER_MAX or len(self._streams) >= STREAMS_MAX:
            raise TooManyStreams(
                f"At most {STREAMS_PER_USER_MAX} streams of one person are served at once.",
                retry_after_seconds=RETRY_AFTER_SECONDS,
            )
        stream = EventStream(caller)
        # Counted before the wait below: many at once must not all find room.
        self._enter(stream)
        try:
            await self._hearing()
        except BaseException:
            self.leave(stream)
            raise
        if last_event_id:
            self._resume(stream, last_event_id)
        return stream

    def leave(self, stream: EventStream) -> None:
        """Forget a stream whose reader is gone; safe to repeat."""
        if stream not in self._streams:
            return
        self._streams.discard(stream)
        self._per_user[stream.caller.user_id] -= 1
        if not self._per_user[stream.caller.user_id]:
            del self._per_user[stream.caller.user_id]
        STREAMS.set(len(self._streams))
        ENDED.labels(stream.end or "left").inc()

    def position(self) -> str:
        """The id of an event that is sent now."""
        return f"{self._life}-{self._heard}"

    def close(self) -> None:
        """End all streams and open no more: the first thing a server does that stops."""
        self._is_closed = True
        for stream in self._streams:
            stream.finish("stopping")
        if self._task is not None:
            self._task.cancel()

    def _enter(self, stream: EventStream) -> None:
        self._streams.add(stream)
        self._per_user[stream.caller.user_id] += 1
        STREAMS.set(len(self._streams))

    async def _hearing(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="finsage events")
        try:
            await asyncio.wait_for(self._is_listening.wait(), LISTEN_SECONDS_MAX)
        except TimeoutError:
            raise StreamsUnavailable("The database does not answer. Try again in a moment.") from None

    def _resume(self, stream: EventStream, last_event_id: str) -> None:
        life, _, count = last_event_id.rpartition("-")
        is_known = life == self._life and count.isascii() and count.isdigit() and len(count) < len(str(2**63))
        missed = self._heard - int(count) if is_known else -1
        if not 0 <= missed <= len(self._notes):
            stream.miss()
            return
        for note in list(self._notes)[len(self._notes) - missed :]:
            stream.hear(note)

    async def _run(self) -> None:
        beating = asyncio.create_task(self._beat())
        listening = asyncio.create_task(self._listen_on())
        try:
            # The beat ends when nobody is left.
            await beating
        finally:
            self._is_listening.clear()
            for task in (beating, listening):
                task.cancel()
            await asyncio.gather(beating, listening, return_exceptions=True)
            self._life = ""
            if self._streams and not self._is_closed:
                # Somebody came while the connection was being closed, and waits.
                self._task = asyncio.create_task(self._run(), name="finsage events")

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self.beat_seconds)
            if not self._streams:
                self._is_listening.clear()
                return
            # Those that come while the database is asked are looked at with the next beat.
            asked = {stream.caller.credential_id for stream in self._streams}
            try:
                over = asked.difference(await self._living(asked))
            except FinSageError as error:
                _log.debug("the sessions of streams could not be looked at: %s", error)
                continue
            for stream in self._streams:
                if stream.caller.credential_id in over:
                    stream.finish("session")

    async def _listen_on(self) -> None:
        pause = RECONNECT_SECONDS_MIN
        while True:
            try:
                async with await self._connect() as connection:
                    await connection.execute(f"LISTEN {CHANNEL}".encode())
                    self._begin_anew()
                    pause = RECONNECT_SECONDS_MIN
                    async for told in connection.notifies():
                        self._hear(told.payload)
            except (psycopg.Error, OSError) as error:
                _log.warning("the event streams lost the database: %s", error)
            finally:
                self._is_listening.clear()
            await asyncio.sleep(pause)
            pause = min(2 * pause, RECONNECT_SECONDS_MAX)

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        return await psycopg.AsyncConnection.connect(
            self.database.dsn,
            autocommit=True,
            application_name="finsage events",
            connect_timeout=10,
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
        )

    def _begin_anew(self) -> None:
        had_one = bool(self._life)
        self._life, self._heard = uuid4().hex[:12], 0
        self._notes.clear()
        self._is_listening.set()
        for stream in self._streams if had_one else ():
            stream.miss()

    def _hear(self, payload: str) -> None:
        note = parse_note(payload)
        if note is None:
            _log.warning("a note on %s is not understood", CHANNEL)
            return
        self._heard += 1
        self._notes.append(note)
        if isinstance(note, Changed):
            # Before a page is told to ask again: the COMMIT may be the compute process's, whose end is not yet known.
            self.database.changes.bump(tenant_tag(note.tenant_id))
        for stream in self._streams:
            stream.hear(note)
