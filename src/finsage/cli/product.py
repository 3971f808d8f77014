"""The product in this process, once its database answers: HTTP and jobs until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import socket
import sys

from finsage.app import build_app
from finsage.cli import demo, event_loop
from finsage.cli.compute import MODULE, Given
from finsage.cli.installation import Installation
from finsage.cli.serving import serve
from finsage.cli.stopping import Stop
from finsage.gateway.health import readiness_checks
from finsage.market.service import asking, rates
from finsage.migrations import head
from finsage.platform import key_canary
from finsage.platform.changes import ANSWERS
from finsage.platform.compute import open_compute
from finsage.platform.database import Database
from finsage.platform.encryption import Vault
from finsage.platform.settings import Settings
from finsage.platform.telemetry import REGISTRY, DatabasePoolCollector, configure_logging

SWITCH_SECONDS = 0.001


def run(
    settings: Settings, installation: Installation, listener: socket.socket, stop: Stop, *, with_demo: bool
) -> None:
    """Serve until a signal or ``stop``; ``with_demo`` adds the simulated portfolio and prints its login."""
    configure_logging(settings.log_format, settings.log_level)
    # A thread that computes lets the event loop go on after so long; the loop asks several times per request.
    sys.setswitchinterval(SWITCH_SECONDS)
    event_loop.run(_run(settings, installation, listener, stop, with_demo=with_demo))


async def _run(
    settings: Settings, installation: Installation, listener: socket.socket, stop: Stop, *, with_demo: bool
) -> None:
    database = Database(installation.app_dsn, pool_size=settings.pool_size, changes=installation.changes())
    REGISTRY.register(DatabasePoolCollector(database))
    told = stop.bind()
    checks = readiness_checks(settings, database, expected_revision=head(), stop=told)
    await key_canary.demand_fitting_keys(database, Vault(settings.data_dir))
    if settings.redis_url is not None:
        # Whoever wrote here without Redis, alone, left no versions behind.
        await database.invalidate(ANSWERS)
    compute = open_compute(MODULE, Given(settings, installation.app_dsn).packed())
    application = build_app(settings, database, checks=checks, compute=compute)

    async def ready() -> None:
        building = asyncio.create_task(asyncio.to_thread(application.build_routes))
        async with database.write() as session:
            await rates.load_ecb_rates(session)
            # Of a process that asks itself from now on; another would show them ever older.
            if settings.inline_worker:
                await asking.show_stored_ages(session)
        login = await demo.prepare(settings, database, application.identity) if with_demo else None
        await building
        # What is here now stays: a full collection that looked through it would stop the event loop for 0.2 s.
        gc.freeze()
        _welcome(settings, login)

    try:
        await serve(settings, application, database, compute, listener, on_ready=ready, stop=told)
    finally:
        if compute is not None:
            await compute.close()
        application.close()


def _welcome(settings: Settings, login: demo.Login | None) -> None:
    print(f"\n  FinSage is ready at {settings.address()}")
    if login is not None:
        print(f"  Sign in as {login.email} with the password {login.password}")
        print("  All figures of the demo are simulated.")
    print("  Ctrl-C stops it.\n", flush=True)
