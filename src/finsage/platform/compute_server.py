"""The inside of the compute process: takes pieces of work from the process that started it, until that is gone."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from finsage.platform.collector import collect_rarely
from finsage.platform.compute import receive, received, send
from finsage.platform.compute_wire import Answer, Begun, End, JobWork, RequestWork, SentError, Work, sent

_log = logging.getLogger("finsage.compute")

Send = Callable[[Answer], Awaitable[None]]
Handle = Callable[[Work, Send], Awaitable[None]]


def serve(prepare: Callable[[bytes], Handle]) -> None:
    """Do work until the other process is gone.

    Args:
        prepare: receives what the other process hands over first, inside the event loop; its answer carries out one
            piece of work, sending messages.
    """
    collect_rarely()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Told together with the whole group, the other process still drains its requests: it is the one to end this.
        signal.signal(number, signal.SIG_IGN)
    asyncio.run(_serve(socket.socket(fileno=os.dup(sys.stdin.fileno())), prepare))


async def _serve(control: socket.socket, prepare: Callable[[bytes], Handle]) -> None:
    try:
        handle = prepare(received(control))
    except EOFError:
        return
    loop, tasks = asyncio.get_running_loop(), set[asyncio.Task[None]]()

    def begin(descriptor: int) -> None:
        task = loop.create_task(_carry_out(socket.socket(fileno=descriptor), handle))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def listen() -> None:
        while True:
            data, descriptors, _, _ = socket.recv_fds(control, 1, 1)
            if not data:
                # Not an orderly end: a thread may be in the middle of an hour of work that nobody waits for.
                os._exit(0)
            for descriptor in descriptors:
                loop.call_soon_threadsafe(begin, descriptor)

    # What was imported stays: there is no need to look through it for garbage at each full collection.
    gc.freeze()
    threading.Thread(target=listen, name="finsage compute", daemon=True).start()
    await asyncio.Event().wait()


async def _carry_out(connection: socket.socket, handle: Handle) -> None:
    reader, writer = await asyncio.open_unix_connection(sock=connection)
    # Whoever asked may leave at any moment.
    with suppress(OSError, asyncio.IncompleteReadError):
        work = await receive(reader)
        assert isinstance(work, RequestWork | JobWork), "the other process sends nothing else"
        await send(writer, Begun())
        doing = asyncio.create_task(_done(handle, work, partial(send, writer)))
        leaving = asyncio.create_task(reader.read(1))
        await asyncio.wait({doing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        doing.cancel()
        leaving.cancel()
        await asyncio.wait({doing, leaving})
    writer.close()


async def _done(handle: Handle, work: Work, send_on: Callable[[Answer | End], Awaitable[None]]) -> None:
    error: SentError | None = None
    try:
        await handle(work, send_on)
    except Exception as raised:  # noqa: BLE001 - it is raised again in the other process
        error = sent(raised)
        if error is None:
            _log.exception("a fault in the compute process")
            detail = f"{type(raised).__name__} in the compute process; its log says where"
            error = SentError("", type(raised).__name__, detail)
    await send_on(End(error))
