"""``finsage up``: database, server and jobs in one process; Ctrl-C stops all of it.

The database starts in a thread while the server's libraries load: both take seconds, and neither needs the other.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from finsage.cli.installation import Installation, open_installation
from finsage.cli.port import listen
from finsage.cli.stopping import Stop, ended_in_order
from finsage.migrations import LIBRARIES
from finsage.migrations.inspection import demand
from finsage.platform.settings import Settings, load_settings


def command(
    demo: Annotated[bool, typer.Option("--demo", help="Add simulated data and a login")] = False,
    host: Annotated[str | None, typer.Option(help="Address to listen on (127.0.0.1)")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (8000); 0 takes any free one")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Where everything is kept")] = None,
) -> None:
    """Run FinSage until Ctrl-C."""
    settings = load_settings(host=host, port=port, data_dir=data_dir)
    listener = listen(settings.host, settings.port)
    settings = settings.model_copy(update={"port": listener.getsockname()[1]})
    stop = Stop()
    try:
        # The stack is entered first, so it closes last: after the thread that may still be starting the database.
        with ended_in_order(), ExitStack() as stack, ThreadPoolExecutor(1) as starter:
            installation = starter.submit(_open, stack, settings, stop)
            with LIBRARIES:
                product = import_module("finsage.cli.product")
            product.run(settings, installation.result(), listener, stop, with_demo=demo)
    finally:
        listener.close()
    if stop.reason is not None:
        _say(stop.reason)
        raise typer.Exit(1)


def _open(stack: ExitStack, settings: Settings, stop: Stop) -> Installation:
    opening = open_installation(settings, log=_say, may_attach=False, on_give_up=stop.because)
    installation = stack.enter_context(opening)
    demand(installation.owner_dsn)
    return installation


def _say(line: str) -> None:
    print(f"finsage: {line}", file=sys.stderr, flush=True)
