"""The generic cell rate algorithm: one number per key, no window edges, an exact time to come back.

Source: ITU-T I.371 (virtual scheduling form). A key's theoretical arrival time (TAT) moves one interval into the future
with each request; a request that would push it further than the burst allows is refused and moves nothing.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import NamedTuple

KEYS_MAX = 100_000
_SLACK = 1e-9  # what a sum of floats may be off by


class Verdict(NamedTuple):
    """Whether the request may go on; requests left at once; seconds until all are back, and until the next may come."""

    is_allowed: bool
    remaining: int
    reset_seconds: int
    retry_after_seconds: int


class Gcra:
    """A limit of ``per_minute`` requests for each key, of which ``burst`` may come at once.

    Keys are kept in least-recently-used order, at most ``keys_max``: the limiter's memory is bounded too.
    """

    def __init__(
        self,
        *,
        per_minute: float,
        burst: int,
        keys_max: int = KEYS_MAX,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._interval = 60 / per_minute
        self._tolerance = self._interval * burst
        self._keys_max = keys_max
        self._clock = clock
        self._arrivals: OrderedDict[Hashable, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._arrivals)

    def take(self, key: Hashable) -> Verdict:
        """Count one request of the key, unless it is refused."""
        now = self._clock()
        arrivals = self._arrivals
        arrival = arrivals.get(key, now)
        ahead = (arrival - now if arrival > now else 0.0) + self._interval
        excess = ahead - self._tolerance
        if excess > _SLACK:
            reset = math.ceil(ahead - self._interval)
            return Verdict(
                is_allowed=False, remaining=0, reset_seconds=reset, retry_after_seconds=max(1, math.ceil(excess))
            )
        arrivals[key] = now + ahead
        arrivals.move_to_end(key)
        if len(arrivals) > self._keys_max:
            arrivals.popitem(last=False)
        return Verdict(True, int((_SLACK - excess) / self._interval), math.ceil(ahead), 0)  # noqa: FBT003 - hot path
