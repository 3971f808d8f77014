"""What the routes of this slice share: who asks, and the parts of the service that are loaded when they are needed."""

from __future__ import annotations

import asyncio
from importlib import import_module
from types import ModuleType
from typing import Annotated, Any

from fastapi import Depends, Request

from finsage.platform.caller import Caller
from finsage.platform.compute import HEAVY_FROM, weigh
from finsage.platform.database import Database
from finsage.platform.outside import Outside
from finsage.platform.unit import requires
from finsage.prediction.service import registry

Reader = Annotated[Caller, requires("prediction:read")]
Writer = Annotated[Caller, requires("prediction:write")]


async def loaded(name: str) -> ModuleType:
    """A module of the service that needs the kernels: with their libraries they cost a third of a start."""
    return await asyncio.to_thread(import_module, f"finsage.prediction.service.{name}")


def part(name: str) -> Any:
    """A dependency that yields ``loaded(name)``.

    It stands before the session: the first time takes seconds, on a busy machine longer than a transaction may wait.
    """

    async def load() -> ModuleType:
        return await loaded(name)

    return Depends(load)


Advising = Annotated[ModuleType, part("advising")]


async def _served(request: Request) -> Any:
    """The weights that answer: read before the request's transaction opens, for a file store may be slow."""
    weigh(HEAVY_FROM)
    database: Database = request.app.state.database
    outside: Outside = request.app.state.outside
    async with database.read() as session:
        candidates = await registry.champion_weights(session)
    return await (await loaded("serving")).load_weights(candidates, outside.files() if candidates else None)


Weights = Annotated[Any, Depends(_served)]
"""Whoever asks for them is answered by the compute process."""
