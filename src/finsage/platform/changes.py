"""What changed since: a version per tag, bumped after each commit, so that a cached answer can prove it is current.

One process, one clock. A reader notes the clock before it computes; its answer is good while none of its tags was
bumped later. Several processes need a shared store for this; until there is one, an external database turns the cache
of private answers off.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID


def tenant_tag(tenant_id: UUID) -> str:
    """The tag that any write of a tenant bumps."""
    return f"tenant:{tenant_id}"


class Changes:
    """A logical clock and, for each tag, the tick of its last change."""

    def __init__(self) -> None:
        self._clock = 0
        self._changed: dict[str, int] = {}

    def now(self) -> int:
        """The present tick; note it before computing what will be cached."""
        return self._clock

    def bump(self, tag: str) -> None:
        """Declare that something under the tag has changed. Call after COMMIT, before the reply."""
        self._clock += 1
        self._changed[tag] = self._clock

    def unchanged_since(self, tick: int, tags: Iterable[str]) -> bool:
        """Whether none of the tags was bumped after the tick."""
        return all(self._changed.get(tag, 0) <= tick for tag in tags)
