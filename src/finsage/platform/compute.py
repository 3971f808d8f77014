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
import pickle
import socket
import struct
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from finsage.errors import FinSageError, Unavailable
from finsage.platform.audit import Origin

HEAVY_FROM = 1_500
"""Work that costs as much as reading so many transactions, some 50 ms, is not for the process that answers requests."""

IDLE_SECONDS = 600.0
END_SECONDS = 5.0
_T = TypeVar("_T")
_LENGTH = struct.Struct(">Q")

_log = logging.getLogger("finsage.compute")


class Elsewhere(Exception):  # not an error: the way out of work that the compute process is to do
    """This is for the compute process."""


class ComputeInterrupted(Unavailable):
    """The process that computes has ended in the middle of this."""


class FailedElsewhere(Exception):
    """The compute process met a fault of the program; it has logged where."""


_IS_FRONT: ContextVar[bool] = ContextVar("finsage_is_front", default=False)


def has_compute(*, is_so: bool) -> None:
    """Say for the task at hand whether a compute process can take over what is heavy."""
    _IS_FRONT.set(is_so)


def weigh(transactions: float) -> None:
    """Declare what is about to be done, in transactions whose reading costs as much.

    Raises:
        Elsewhere: it is too much for this process, and there is another.
    """
    if transactions >= HEAVY_FROM and _IS_FRONT.get():
        raise Elsewhere


@dataclass(frozen=True, slots=True)
class RequestWork:
    """A request after the gateway's stages: the plain members of its ASGI scope, its body and where it came from."""

    scope: dict[str, Any]
    body: bytes
    origin: Origin | None


@dataclass(frozen=True, slots=True)
class JobWork:
    """A job that has begun. Its one message is a ``JobDone``, or None where an earlier try had its effect."""

    name: str
    job_id: UUID
    tenant_id: UUID
    payload: dict[str, Any]
    tries: int
    trace_id: str

    def context(self) -> dict[str, Any]:
        """The members of the job's context."""
        return {name: getattr(self, name) for name in ("name", "job_id", "tenant_id", "payload", "tries")}


@dataclass(frozen=True, slots=True)
class JobDone:
    """What a job's function left in its context."""

    is_done: bool
    result_url: str | None


@dataclass(frozen=True, slots=True)
class End:
    """The last message of a piece of work."""

    error: Exception | None


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


class ComputeProcess:
    """Starts the compute process when there is first something for it, and ends it when there is nothing for long.

    Args:
        module: run with ``python -m``; it calls ``compute_server.serve``.
        given: handed to it first; pickled.
        idle_seconds: how long it stays when there is nothing to do. Its memory goes back with it.
    """

    def __init__(self, module: str, given: object, *, idle_seconds: float = IDLE_SECONDS) -> None:
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
    async def working(self, work: object) -> AsyncIterator[AsyncIterator[Any]]:
        """Have a piece of work done; yields its messages as they come. Leaving early cancels it there.

        Raises:
            ComputeInterrupted: the process ended before the work did. What it had not committed has not happened.
        """
        self._running += 1
        if self._ending is not None:
            self._ending.cancel()
        try:
            peer = await self._joined()
            reader, writer = await self._unless_broken(peer, peer.open())
            try:
                await self._unless_broken(peer, send(writer, work))
                yield self._messages(peer, reader)
            finally:
                writer.close()
        finally:
            self._running -= 1
            if not self._running:
                self._ending = asyncio.get_running_loop().call_later(self._idle_seconds, self._let_go)

    async def close(self) -> None:
        """End the process, whatever it is doing."""
        if self._ending is not None:
            self._ending.cancel()
        self._let_go()
        await asyncio.gather(*self._leaving)

    def _let_go(self) -> None:
        peer, self._peer = self._peer, None
        if peer is not None:
            task = asyncio.get_running_loop().create_task(peer.end())
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    async def _joined(self) -> _Peer:
        async with self._starting:
            if self._peer is None or self._peer.process.poll() is not None:
                self._peer = await self._start()
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
        ours.sendall(frame(self._given))
        _log.info("started the compute process %s", process.pid)
        return _Peer(process, ours)

    async def _messages(self, peer: _Peer, reader: asyncio.StreamReader) -> AsyncIterator[Any]:
        while not isinstance(message := await self._unless_broken(peer, receive(reader)), End):
            yield message
        if message.error is not None:
            raise message.error

    async def _unless_broken(self, peer: _Peer, step: Awaitable[_T]) -> _T:
        try:
            return await step
        except (OSError, asyncio.IncompleteReadError) as error:
            if self._peer is peer:
                self._let_go()
            raise ComputeInterrupted("The process that computes has ended. Try again in a moment.") from error


def frame(message: object) -> bytes:
    """A message as it travels."""
    packed = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(packed)) + packed


async def send(writer: asyncio.StreamWriter, message: object) -> None:
    """Send one message, waiting while the other side does not read."""
    writer.write(frame(message))
    await writer.drain()


async def receive(reader: asyncio.StreamReader) -> Any:
    """The next message.

    Raises:
        IncompleteReadError: the other side is gone.
    """
    (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    return pickle.loads(await reader.readexactly(length))  # noqa: S301 - our own process, over a socket without a name


def received(connection: socket.socket) -> Any:
    """The next message, waiting in this thread.

    Raises:
        EOFError: the other side is gone.
    """
    with connection.makefile("rb", buffering=0) as stream:
        (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
        return pickle.loads(_exactly(stream, length))  # noqa: S301 - as above


def _exactly(stream: Any, size: int) -> bytes:
    read = bytearray()
    while len(read) < size:
        piece = stream.read(size - len(read))
        if not piece:
            raise EOFError
        read += piece
    return bytes(read)


def travels(error: Exception) -> bool:
    """Whether whoever asked for the work can do more with an error than report a fault."""
    return isinstance(error, FinSageError | ConnectionError | TimeoutError)
