"""``finsage up``: database, server and jobs in one process; Ctrl-C stops all of it."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer

from finsage.app import build_app
from finsage.cli import demo
from finsage.cli.installation import Installation, open_installation
from finsage.cli.serving import listen, serve
from finsage.market.service import rates
from finsage.migrations.inspection import demand
from finsage.platform.database import Database
from finsage.platform.settings import Settings, load_settings
from finsage.platform.telemetry import configure_logging


class _Stop:
    """Lets the thread that watches the database end the server's event loop."""

    def __init__(self) -> None:
        self.reason: str | None = None
        self._event: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()

    def bind(self) -> asyncio.Event:
        with self._lock:
            self._loop, self._event = asyncio.get_running_loop(), asyncio.Event()
            if self.reason is not None:
                self._event.set()
            return self._event

    def because(self, reason: str) -> None:
        with self._lock:
            self.reason = reason
            if self._loop is not None and self._event is not None:
                self._loop.call_soon_threadsafe(self._event.set)


def command(
    demo: Annotated[bool, typer.Option("--demo", help="Add simulated data and a login, stay offline")] = False,
    host: Annotated[str | None, typer.Option(help="Address to listen on (127.0.0.1)")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (8000); 0 takes any free one")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Where everything is kept")] = None,
) -> None:
    """Run FinSage until Ctrl-C."""
    settings = load_settings(host=host, port=port, data_dir=data_dir, offline=True if demo else None)
    configure_logging(settings.log_format, settings.log_level)
    listener = listen(settings.host, settings.port)
    settings = settings.model_copy(update={"port": listener.getsockname()[1]})
    stop = _Stop()
    try:
        with open_installation(settings, log=_say, may_attach=False, on_give_up=stop.because) as installation:
            demand(installation.owner_dsn)
            asyncio.run(_run(settings, installation, listener, stop, with_demo=demo))
    finally:
        listener.close()
    if stop.reason is not None:
        _say(stop.reason)
        raise typer.Exit(1)


async def _run(
    settings: Settings, installation: Installation, listener: socket.socket, stop: _Stop, *, with_demo: bool
) -> None:
    database = Database(installation.app_dsn, pool_size=settings.pool_size)
    application = build_app(settings, database)

    async def ready() -> None:
        async with database.write() as session:
            await rates.load_ecb_rates(session)
        login = await demo.prepare(settings, database, application.identity) if with_demo else None
        _welcome(settings, login)

    try:
        await serve(settings, application, database, listener, on_ready=ready, stop=stop.bind())
    finally:
        application.close()


def _welcome(settings: Settings, login: demo.Login | None) -> None:
    print(f"\n  FinSage is ready at {settings.address()}")
    if login is not None:
        print(f"  Sign in as {login.email} with the password {login.password}")
        print("  All figures of the demo are simulated.")
    print("  Ctrl-C stops it.\n", flush=True)


def _say(line: str) -> None:
    print(f"finsage: {line}", file=sys.stderr, flush=True)
