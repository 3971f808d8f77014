"""A compute process for tests. As a script: one that starts it, tells its process id and waits to be killed."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from finsage.errors import Limited
from finsage.platform.compute import ComputeProcess
from finsage.platform.compute_server import Handle, Send, serve

MODULE = "compute_nest"


class Fault(Exception):
    """Not an error of ours."""


def prepare(given: str) -> Handle:
    async def handle(work: tuple[str, str], send: Send) -> None:
        kind, word = work
        if kind == "refuse":
            raise Limited(word, retry_after_seconds=7, limit="nest")
        if kind == "fault":
            raise Fault(word)
        if kind == "die":
            os._exit(3)
        await send((os.getpid(), given, word))
        if kind == "wait":
            try:
                await asyncio.Event().wait()
            finally:
                _mark(Path(word))

    return handle


def _mark(place: Path) -> None:
    place.touch()


async def _be_killed() -> None:
    compute = ComputeProcess(MODULE, "")
    async with compute.working(("wait", sys.argv[1])) as messages:
        pid, *_ = await anext(messages)
        print(pid, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(_be_killed())
    else:
        serve(prepare)
