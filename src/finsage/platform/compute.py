"""The compute process: a second process of this program, in which what takes long is done.

Python lets one thread run at a time, so a large computation beside the event loop holds up every other request, and a
full garbage collection of its objects stops all of them. Whoever finds work too large for the process that answers
requests calls ``weigh``, which raises ``Elsewhere``; the request or job is then undone and done anew, as a whole, by
the compute process, on a connection of its own. Small work never starts that process.

The two are joined by a socket pair, over which this process hands the other one end of a fresh pair for each piece of
work: nothing has an address that another could reach, and the end of that socket is the end of the compute process,
however this one dies.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

from prometheus_client import Counter, Gauge

from finsage.errors import Unavailable
from finsage.platform.compute_wire import (
    LENGTH,
    Answer,
    End,
    JobDone,
    JobWork,
    Part,
    SentError,
    Work,
    frame,
    framed,
    raised,
    unpacked,
)
from finsage.platform.telemetry import REGISTRY

HEAVY_FROM = 1_500
"""Work that costs as much as reading so many transactions, some 50 ms, is not for the process that answers requests."""

IDLE_SECONDS = 600.0
END_SECONDS = 5.0
_T = TypeVar("_T")

_log = logging.getLogger("finsage.compute")

STARTS = Counter("finsage_compute_starts", "Times the compute process was started", registry=REGISTRY)
ENDS = Counter("finsage_compute_ends", "Ends of the compute process, by why", ("reason",), registry=REGISTRY)
RUNNING = Gauge("finsage_compute_running", "Whether there is a compute process now", registry=REGISTRY)
BUSY = Gauge("finsage_compute_busy", "Pieces of work given to the compute process", ("kind",), registry=REGISTRY)
WAITING = Gauge("finsage_compute_waiting", "Those of them that it has not begun", ("kind",), registry=REGISTRY)
WORK = Counter("finsage_compute_work", "Pieces of work by how they ended", ("kind", "outcome"), registry=REGISTRY)
SECONDS = Counter(
    "finsage_compute_work_seconds", "Seconds that pieces of work took, waiting included", ("kind",), registry=REGISTRY
)


class Elsewhere(Exception):  # not an error: the way out of work that the compute process is to do
    """This is for the compute process."""


class ComputeInterrupted(Unavailable):
    """The process that computes has ended in the middle of this."""


class FailedElsewhere(Exception):
    """The compute process met a fault of the program; it has logged where."""


@dataclass(slots=True)
class _Load:
    """What the task at hand has declared so far."""

    transactions: float = 0.0


_LOAD: ContextVar[_Load | None] = ContextVar("finsage_load", default=None)


def has_compute(*, is_so: bool) -> None:
    """Say for the task at hand whether a compute process can take over what is heavy."""
    _LOAD.set(_Load() if is_so else None)


def weigh(transactions: float) -> None:
    """Declare what is about to be done, in transactions whose reading costs as much; a task's parts add up.

    Raises:
        Elsewhere: together it is too much for this process, and there is another.
    """
    load = _LOAD.get()
    if load is None:
        return
    load.transactions += transactions
    if load.transactions >= HEAVY_FROM:
        raise Elsewhere


class _Peer:
    """A compute process that was started, and this end of the socket pair."""

    def __init__(self, process: subprocess.Popen[bytes], control: socket.socket) -> None:
        self.process = process
        self._control = control

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection for one piece of work."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._control, [b"w"], [theirs.fileno()])
            except OSError:
                ours.close()
                raise
        return await asyncio.open_unix_connection(sock=ours)

    async def end(self) -> None:
        """Close the socket, which the process sees and ends; wait until it has."""
        self._control.close()
        try:
            await asyncio.to_thread(self.process.wait, END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            await asyncio.to_thread(self.process.wait)


class _Meter:
    """What is counted of one piece of work."""

    def __init__(self, work: Work) -> None:
        self._kind = "job" if isinstance(work, JobWork) else "request"
        self._started = time.monotonic()
        self._has_begun = False
        self._outcome = "left"
        BUSY.labels(self._kind).inc()
        WAITING.labels(self._kind).inc()

    def begin(self) -> None:
        if not self._has_begun:
            self._has_begun = True
            WAITING.labels(self._kind).dec()

    def see(self, message: Answer) -> None:
        """Note a message; after that with the last bytes nobody waits for the end."""
        if not (isinstance(message, Part) and message.message.get("more_body", True)):
            self._outcome = "done"

    def fail(self, error: Exception) -> None:
        if isinstance(error, ComputeInterrupted):
            self._outcome = "interrupted"
        else:
            self._outcome = "failed" if isinstance(error, FailedElsewhere) else "refused"

    def close(self) -> None:
        self.begin()
        BUSY.labels(self._kind).dec()
        WORK.labels(self._kind, self._outcome).inc()
        SECONDS.labels(self._kind).inc(time.monotonic() - self._started)


class ComputeProcess:
    """Starts the compute process when there is first something for it, and ends it when there is nothing for long.

    Args:
        module: run with ``python -m``; it calls ``compute_server.serve``.
        given: handed to it first.
        idle_seconds: how long it stays when there is nothing to do. Its memory goes back with it.
    """

    def __init__(self, module: str, given: bytes, *, idle_seconds: float = IDLE_SECONDS) -> None:
        self._module = module
        self._given = given
        self._idle_seconds = idle_seconds
        self._peer: _Peer | None = None
        self._starting = asyncio.Lock()
        self._running = 0
        self._leaving: set[asyncio.Task[None]] = set()
        self._ending: asyncio.TimerHandle | None = None

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return self._peer.process.pid if self._peer is not None else None

    @asynccontextmanager
    async def working(self, work: Work) -> AsyncIterator[AsyncIterator[Answer]]:
        """Have a piece of work done; yields its messages as they come. Leaving early cancels it there.

        Raises:
            ComputeInterrupted: the process ended before the work did. What it had not committed has not happened.
        """
        self._running += 1
        if self._ending is not None:
            self._ending.cancel()
        meter = _Meter(work)
        try:
            peer = await self._joined()
            reader, writer = await self._unless_broken(peer, peer.open())
            try:
                await self._unless_broken(peer, send(writer, work))
                yield self._messages(peer, reader, meter)
            finally:
                writer.close()
        except ComputeInterrupted as error:
            meter.fail(error)
            raise
        finally:
            meter.close()
            self._running -= 1
            if not self._running:
                self._ending = asyncio.get_running_loop().call_later(self._idle_seconds, self._let_go, "idle")

    async def close(self) -> None:
        """End the process, whatever it is doing."""
        if self._ending is not None:
            self._ending.cancel()
        self._let_go("closed")
        await asyncio.gather(*self._leaving)

    def _let_go(self, reason: str) -> None:
        peer, self._peer = self._peer, None
        if peer is not None:
            ENDS.labels(reason).inc()
            RUNNING.set(0)
            task = asyncio.get_running_loop().create_task(peer.end())
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    async def _joined(self) -> _Peer:
        async with self._starting:
            if self._peer is not None and self._peer.process.poll() is not None:
                self._let_go("died")
            if self._peer is None:
                self._peer = await self._start()
                STARTS.inc()
                RUNNING.set(1)
            return self._peer

    async def _start(self) -> _Peer:
        ours, theirs = socket.socketpair()
        with theirs:
            # A session of its own: Ctrl-C at a terminal is for the process that drains requests, not for this one.
            # -P: what lies in the working directory is not imported. By a thread, for it waits for the program to load.
            command = [sys.executable, "-P", "-m", self._module]
            try:
                process = await asyncio.to_thread(
                    subprocess.Popen, command, stdin=theirs.fileno(), start_new_session=True
                )
            except OSError as error:
                ours.close()
                raise ComputeInterrupted(f"The process that computes cannot be started: {error.strerror}.") from error
        ours.sendall(framed(self._given))
        _log.info("started the compute process %s", process.pid)
        return _Peer(process, ours)

    async def _messages(self, peer: _Peer, reader: asyncio.StreamReader, meter: _Meter) -> AsyncIterator[Answer]:
        while not isinstance(message := await self._unless_broken(peer, receive(reader)), End):
            meter.begin()
            if isinstance(message, Part | JobDone):
                meter.see(message)
                yield message
        if message.error is not None:
            error = _again(message.error)
            meter.fail(error)
            raise error

    async def _unless_broken(self, peer: _Peer, step: Awaitable[_T]) -> _T:
        try:
            return await step
        except (OSError, asyncio.IncompleteReadError) as error:
            if self._peer is peer:
                self._let_go("died")
            raise ComputeInterrupted("The process that computes has ended. Try again in a moment.") from error


def _again(error: SentError) -> Exception:
    try:
        return raised(error)
    except (ImportError, LookupError):
        return FailedElsewhere(error.detail)


def open_compute(module: str, given: bytes) -> ComputeProcess | None:
    """A compute process to come; None, said in the log, where a process cannot be handed sockets (Windows).

    What is heavy is then done by the process that asked, as small work is: the same figures, but others wait for it.
    """
    if hasattr(socket, "AF_UNIX") and hasattr(socket, "send_fds") and hasattr(asyncio, "open_unix_connection"):
        return ComputeProcess(module, given)
    _log.warning("no compute process on this system: large books are valued in the server and may delay other requests")
    return None


async def send(writer: asyncio.StreamWriter, message: Work | Answer | End) -> None:
    """Send one message, waiting while the other side does not read."""
    writer.write(frame(message))
    await writer.drain()


async def receive(reader: asyncio.StreamReader) -> Work | Answer | End:
    """The next message.

    Raises:
        IncompleteReadError: the other side is gone.
    """
    (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
    return unpacked(await reader.readexactly(length))


def received(connection: socket.socket) -> bytes:
    """What was handed over first, waiting in this thread.

    Raises:
        EOFError: the other side is gone.
    """
    with connection.makefile("rb", buffering=0) as stream:
        (length,) = LENGTH.unpack(_exactly(stream, LENGTH.size))
        return _exactly(stream, length)


def _exactly(stream: Any, size: int) -> bytes:
    read = bytearray()
    while len(read) < size:
        piece = stream.read(size - len(read))
        if not piece:
            raise EOFError
        read += piece
    return bytes(read)
