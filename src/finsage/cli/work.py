"""``finsage work``: a job worker alone, beside servers that run with FINSAGE_INLINE_WORKER=false."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from finsage.cli import event_loop
from finsage.cli.installation import Installation, open_installation
from finsage.platform import key_canary
from finsage.platform.database import Database
from finsage.platform.encryption import Vault
from finsage.platform.outside import Outside
from finsage.platform.settings import Settings, load_settings
from finsage.platform.telemetry import configure_logging
from finsage.platform.worker import Worker
from finsage.services import all_jobs


def command(data_dir: Annotated[Path | None, typer.Option(help="Where everything is kept")] = None) -> None:
    """Run a worker until it is told to stop."""
    settings = load_settings(data_dir=data_dir)
    configure_logging(settings.log_format, settings.log_level)
    with open_installation(settings, log=lambda line: print(line, file=sys.stderr)) as installation:
        event_loop.run(_work(settings, installation))


async def _work(settings: Settings, installation: Installation) -> None:
    database = Database(installation.app_dsn, pool_size=settings.pool_size, changes=installation.changes())
    await key_canary.demand_fitting_keys(database, Vault(settings.data_dir))
    outside = Outside(settings, database)
    worker = Worker(database, all_jobs(), outside=outside)
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    worker.start()
    await told.wait()
    await worker.stop(drain_seconds=25)
    await outside.aclose()
    await database.close()
