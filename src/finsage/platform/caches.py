"""Everything that is kept to be quicker: what it holds and did in this process, and how it is emptied everywhere.

browser        answers that a browser, or a cache on the way to it, still had: 304
response       answers of GET in the memory of the process
redis          the same answers, shared by processes that have a Redis
price_matrix   matrices of closes, and price_years, the arrays they are made from
outbound       answers of services outside, in ``<data>/cache/outbound.sqlite``
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finsage.errors import Invalid
from finsage.platform.changes import ANSWERS, EVERYTHING
from finsage.platform.database import Database
from finsage.platform.encryption import Vault
from finsage.platform.settings import Settings
from finsage.platform.shared.errors import SharedStoreUnavailable
from finsage.platform.shared.names import ANSWER, SharedNames
from finsage.platform.shared.opening import opened
from finsage.platform.telemetry import CACHE_BYTES, CACHE_EVICTIONS, CACHE_REQUESTS

OUTBOUND = "outbound"
TAGS = (EVERYTHING, ANSWERS, OUTBOUND)
_BUSY_SECONDS = 5.0


class UnknownCache(Invalid):
    """There is no cache of this name."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One cache since this process started; ``held_bytes`` is None where it is not in its memory.

    ``failed`` are look-ups that told nothing: no answer in time, or not what had been put there.
    """

    name: str
    hits: int
    misses: int
    outdated: int
    failed: int
    evicted: int
    held_bytes: int | None


def layers() -> list[Layer]:
    """What each cache did, by name."""
    asked = {(labels["cache"], labels["result"]): value for labels, value in _samples(CACHE_REQUESTS, "_total")}
    held = {labels["cache"]: value for labels, value in _samples(CACHE_BYTES, "")}
    evicted = {labels["cache"]: value for labels, value in _samples(CACHE_EVICTIONS, "_total")}
    return [
        Layer(
            name,
            hits=int(asked.get((name, "hit"), 0)),
            misses=int(asked.get((name, "miss"), 0)),
            outdated=int(asked.get((name, "outdated"), 0)),
            failed=int(asked.get((name, "unanswered"), 0) + asked.get((name, "refused"), 0)),
            evicted=int(evicted.get(name, 0)),
            held_bytes=int(held[name]) if name in held else None,
        )
        for name in sorted({cache for cache, _ in asked} | set(held))
    ]


async def clear(database: Database, settings: Settings, tag: str = EVERYTHING) -> str:
    """Empty caches: in all processes of this database and in Redis, and on this machine those of answers from outside.

    Args:
        database: of the installation.
        settings: name the data directory.
        tag: ``everything``, ``answers`` (those of the API) or ``outbound``.

    Returns:
        What became of the answers in Redis; empty where there is none, or they were not to be emptied.

    Raises:
        UnknownCache: the tag is none of these.
    """
    if tag not in TAGS:
        raise UnknownCache(f"{tag!r} is none of {', '.join(TAGS)}.")
    if tag in {EVERYTHING, OUTBOUND}:
        await asyncio.to_thread(_empty, settings.data_dir / "cache" / "outbound.sqlite")
    if tag == OUTBOUND:
        return ""
    await database.invalidate(tag)
    return await _empty_redis(settings)


async def _empty_redis(settings: Settings) -> str:
    """Delete what nobody can find any more, as the versions in its names are gone; without it, it goes by itself."""
    async with opened(settings) as store:
        if store is None:
            return ""
        try:
            count = await store.drop(SharedNames(Vault(settings.data_dir)).place(ANSWER))
        except SharedStoreUnavailable as error:
            return f"no longer served, and forgotten within five minutes: {error}"
        return f"emptied of {count} answers"


def _samples(metric: Any, suffix: str) -> Iterator[tuple[dict[str, str], float]]:
    for family in metric.collect():
        for sample in family.samples:
            if sample.name == family.name + suffix:
                yield sample.labels, sample.value


def _empty(path: Path) -> None:
    if not path.exists():
        return
    with closing(sqlite3.connect(path, timeout=_BUSY_SECONDS)) as connection:
        found = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        with connection:
            for table in ("streams", "entries"):
                if table in found:
                    connection.execute(f"DELETE FROM {table}")
