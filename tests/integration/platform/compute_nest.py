"""A compute process for tests. As a script: one that starts it, tells its process id and waits to be killed."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from uuid import UUID

from finsage.errors import Limited
from finsage.platform.compute import ComputeProcess
from finsage.platform.compute_server import Handle, Send, serve
from finsage.platform.compute_wire import JobDone, JobWork, Part, Work

MODULE = "compute_nest"


class Fault(Exception):
    """Not an error of ours."""


def work_of(kind: str, word: str) -> JobWork:
    return JobWork(kind, UUID(int=0), UUID(int=0), {"word": word}, 1, "")


def prepare(given: bytes) -> Handle:
    async def handle(work: Work, send: Send) -> None:
        assert isinstance(work, JobWork)
        kind, word = work.name, work.payload["word"]
        if kind == "refuse":
            raise Limited(word, retry_after_seconds=7, limit="nest")
        if kind == "fault":
            raise Fault(word)
        if kind == "die":
            os._exit(3)
        if kind == "done":
            await send(JobDone())
            return
        if kind == "test.hold":
            while not await asyncio.to_thread(Path(word).exists):  # noqa: ASYNC110 - set by another process
                await asyncio.sleep(0.02)
            await send(JobDone())
            return
        await send(Part({"pid": os.getpid(), "given": given, "word": word}))
        if kind == "wait":
            try:
                await asyncio.Event().wait()
            finally:
                _mark(Path(word))

    return handle


def _mark(place: Path) -> None:
    place.touch()


async def _be_killed() -> None:
    compute = ComputeProcess(MODULE, b"")
    async with compute.working(work_of("wait", sys.argv[1])) as messages:
        part = await anext(messages)
        assert isinstance(part, Part)
        print(part.message["pid"], flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(_be_killed())
    else:
        serve(prepare)
