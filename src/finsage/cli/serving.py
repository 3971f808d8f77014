"""Running the server in this process: HTTP, the job worker, and a stop that leaves nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator

import uvicorn

from finsage.app import Application
from finsage.cli.http_head import BoundedHead
from finsage.platform.compute import ComputeProcess
from finsage.platform.database import Database
from finsage.platform.settings import Settings
from finsage.platform.worker import Worker
from finsage.services import all_jobs

DRAIN_SECONDS_INTERRUPT = 2
DRAIN_SECONDS_TERMINATE = 25
LEAVE_SECONDS = 5


class _Server(uvicorn.Server):
    """uvicorn without its signal handling: we exit 0 after a drain, it would re-raise the signal."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(
    settings: Settings,
    application: Application,
    database: Database,
    compute: ComputeProcess | None,
    listener: socket.socket,
    *,
    on_ready: Callable[[], Awaitable[None]],
    stop: asyncio.Event,
) -> None:
    """Serve until a signal or ``stop``.

    SIGINT drains for 2 s; SIGTERM first lets load balancers notice for 5 s, then drains for 25 s.
    """
    outside = application.outside
    worker = Worker(database, all_jobs(), compute=compute, outside=outside) if settings.inline_worker else None
    server = _Server(_config(application))
    interrupted = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, interrupted.set)
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.005)
    if worker is not None:
        worker.start()
    try:
        if not serving.done():
            await on_ready()
        drain = await _until_told(interrupted, stop, serving)
        # Answers that do not end by themselves; every other may take its time.
        application.events.close()
        server.config.timeout_graceful_shutdown = drain
        server.should_exit = True
        await serving
    finally:
        if worker is not None:
            await worker.stop(drain_seconds=DRAIN_SECONDS_INTERRUPT)
        application.events.close()
        await outside.aclose()
        if application.store is not None:
            await application.store.aclose()
        await database.close()


async def _until_told(interrupted: asyncio.Event, stop: asyncio.Event, serving: asyncio.Task[None]) -> int:
    waits = [asyncio.create_task(interrupted.wait()), asyncio.create_task(stop.wait())]
    await asyncio.wait([*waits, serving], return_when=asyncio.FIRST_COMPLETED)
    drain = DRAIN_SECONDS_INTERRUPT
    if stop.is_set() and not interrupted.is_set():
        # Ready already answers 503; give whoever routes to us time to see it, unless Ctrl-C cuts it short.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(interrupted.wait(), LEAVE_SECONDS)
        drain = DRAIN_SECONDS_TERMINATE
    for wait in waits:
        wait.cancel()
    return drain


def _config(application: Application) -> uvicorn.Config:
    return uvicorn.Config(
        application.asgi,
        http=BoundedHead,
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        ws="none",
        timeout_keep_alive=20,
    )
