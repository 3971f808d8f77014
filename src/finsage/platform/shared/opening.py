"""Opening the store of the settings. The client is loaded with the first one: most installations have none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from finsage.platform.settings import InvalidSetting, Settings
from finsage.platform.shared.meter import CIRCUIT_OPEN

if TYPE_CHECKING:
    from finsage.platform.shared.store import RedisStore


def open_shared_store(settings: Settings) -> RedisStore | None:
    """The store of the settings, not asked yet; None where none is set.

    Raises:
        InvalidSetting: one is set, and the package for it is not installed, or its authority is none.
    """
    CIRCUIT_OPEN.set(0)
    if settings.redis_url is None:
        return None
    if find_spec("redis") is None:
        raise InvalidSetting(
            "FINSAGE_REDIS_URL is set, but the package for it is not installed. Install it with `uv sync --extra redis`"
            " or `pip install 'finsage[redis]'`, or take the setting away."
        )
    store: RedisStore = import_module("finsage.platform.shared.store").open_store(settings)
    return store


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[RedisStore | None]:
    """The store of the settings for a command, closed at its end."""
    store = open_shared_store(settings)
    try:
        yield store
    finally:
        if store is not None:
            await store.aclose()


async def ask_once(settings: Settings) -> str | None:
    """How the store of the settings is, asked now; None where none is set.

    Raises:
        InvalidSetting: one is set, and the package for it is not installed, or its authority is none.
        SharedStoreUnavailable: it does not answer.
    """
    async with opened(settings) as store:
        if store is None:
            return None
        return await store.demand()
