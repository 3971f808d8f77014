"""What changed since: a version per tag, so that a cached answer can prove it is current.

A reader notes a stamp before it computes; its answer is good while none of its tags has changed since. In one process a
logical clock in memory tells, bumped after each commit. Where other processes write, each write gives its tag a new
version in the database, in its own transaction, and whoever would serve from memory reads the versions first: a table
of a few rows, asked at each request. A version is a fresh UUID, so that none comes back after a restore.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias
from uuid import UUID

from finsage.errors import Unavailable
from finsage.platform.caller import PUBLIC_TENANT

EVERYTHING = "everything"
"""The tag of all that is kept in memory."""

ANSWERS = "answers"
"""The tag of every answer of the API."""

Versions: TypeAlias = Mapping[str, UUID]
ReadVersions: TypeAlias = Callable[[Sequence[str]], Awaitable[Versions]]


class Stamp(NamedTuple):
    """A moment to compare with: the tick of this process, and the shared versions where others write too."""

    tick: int
    versions: Versions | None


def tenant_tag(tenant_id: UUID) -> str:
    """The tag that any write of a tenant bumps."""
    return f"tenant:{tenant_id}"


def answer_tags(tenant_id: UUID) -> tuple[str, ...]:
    """What an answer computed for a tenant depends on."""
    return tenant_tag(tenant_id), tenant_tag(PUBLIC_TENANT), ANSWERS, EVERYTHING


def never() -> bool:
    """No other process writes."""
    return False


def always() -> bool:
    """Other processes may write at any time."""
    return True


class Changes:
    """A logical clock and, for each tag, the tick of its last change; and the way to the shared versions.

    Args:
        is_shared: whether other processes write; asked each time, because a command may join.
        read: the shared versions of tags, of those that have one.
    """

    def __init__(self, is_shared: Callable[[], bool] = never, read: ReadVersions | None = None) -> None:
        self._clock = 0
        self._changed: dict[str, int] = {}
        self.is_shared = is_shared
        self._read = read

    def reads(self, read: ReadVersions) -> None:
        """Say where the shared versions are read."""
        self._read = read

    def bump(self, tag: str) -> None:
        """Declare that something under the tag has changed. Call after COMMIT, before the reply."""
        self._clock += 1
        self._changed[tag] = self._clock

    def unchanged_since(self, tick: int, tags: Iterable[str]) -> bool:
        """Whether none of the tags was bumped in this process after the tick."""
        return all(self._changed.get(tag, 0) <= tick for tag in tags)

    async def stamp(self, tags: Sequence[str]) -> Stamp:
        """Note it before computing what will be cached."""
        tick = self._clock
        return Stamp(tick, await self._versions(tags) if self.is_shared() else None)

    async def is_current(self, stamp: Stamp, tags: Sequence[str]) -> bool:
        """Whether nothing under the tags has changed since, in any process; false where that cannot be told."""
        if not self.unchanged_since(stamp.tick, tags):
            return False
        if not self.is_shared():
            return True
        return stamp.versions is not None and stamp.versions == await self._versions(tags)

    async def _versions(self, tags: Sequence[str]) -> Versions | None:
        assert self._read is not None, "where other processes write there is a place to read what they wrote"
        try:
            return await self._read(tags)
        except Unavailable:
            return None  # whatever is cached cannot prove itself: it is computed, or fails, like any other answer
