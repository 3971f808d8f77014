"""A server beside others on an external database: what ``finsage up`` runs, on a database that need not be durable.

python server_nest.py ADDRESS DATA_DIR [REDIS]; prints its port. It ends with its standard input.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from importlib import import_module
from pathlib import Path

from finsage.app import build_app
from finsage.cli.compute import MODULE, Given
from finsage.cli.installation import open_installation
from finsage.cli.serving import serve
from finsage.platform.compute import ComputeProcess
from finsage.platform.database import Database
from finsage.platform.settings import load_settings
from finsage.platform.telemetry import configure_logging


async def main(address: str, data_dir: Path, redis_url: str | None) -> None:
    settings = load_settings(
        {}, data_dir=data_dir, database_url=address, inline_worker=False,
        address_limit_per_minute=1_000_000, address_limit_burst=100_000, redis_url=redis_url,
    )  # fmt: skip
    configure_logging("ecs", "error")
    with open_installation(settings, log=print) as installation:
        database = Database(installation.app_dsn, pool_size=settings.pool_size, changes=installation.changes())
        compute = ComputeProcess(MODULE, Given(settings, installation.app_dsn))
        application = build_app(settings, database, compute=compute)
        listener, stop = socket.create_server(("127.0.0.1", 0)), asyncio.Event()
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), stop.set)

        async def ready() -> None:
            print(listener.getsockname()[1], flush=True)

        await serve(settings, application, database, compute, listener, on_ready=ready, stop=stop)
        await compute.close()
        application.close()


if __name__ == "__main__":
    redis = sys.argv[3] if len(sys.argv) > 3 else None
    if redis is not None:
        # What is tried here is whether answers are true, not how soon a busy machine gives up.
        store = import_module("finsage.platform.shared.store")
        store.OPERATION_SECONDS_MAX = store.CONNECT_SECONDS_MAX = store.SLOW_SECONDS = 10.0
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), redis))
