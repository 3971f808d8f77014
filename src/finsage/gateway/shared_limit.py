"""The limits of all processes together: each key's arrival time in Redis, moved by one script on the server's clock."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import TYPE_CHECKING

from finsage.gateway.gcra import Verdict
from finsage.platform.shared.errors import SharedStoreUnavailable
from finsage.platform.shared.names import LIMIT, SharedNames

if TYPE_CHECKING:
    from finsage.platform.shared.store import RedisStore

_MICROSECONDS = 1_000_000

# The arithmetic of ``Gcra.take``, in whole microseconds, which fit a double until the year 2255. ARGV is the interval
# and the tolerance; the answer is whether it is allowed, how far ahead the arrival would be, and by how much too far.
_TAKE = """
local now = redis.call('TIME')
now = now[1] * 1000000 + now[2]
local arrival = tonumber(redis.call('GET', KEYS[1])) or now
local ahead = math.max(arrival - now, 0) + ARGV[1]
local excess = ahead - ARGV[2]
if excess > 0 then
    return {0, ahead, excess}
end
redis.call('SET', KEYS[1], string.format('%.0f', now + ahead), 'PX', math.ceil(ahead / 1000))
return {1, ahead, excess}
"""


class SharedGcra:
    """``Gcra`` for all processes on one Redis; the same verdicts, and none where Redis does not answer.

    Args:
        store: what they share.
        names: of the installation.
        name: of the limit.
        per_minute: requests for each key.
        burst: of them at once.
    """

    def __init__(self, store: RedisStore, names: SharedNames, name: str, *, per_minute: float, burst: int) -> None:
        self._store = store
        self._script = store.script(_TAKE)
        self._names = names
        self._place = names.place(LIMIT, name)
        self._interval = round(60 * _MICROSECONDS / per_minute)
        self._tolerance = self._interval * burst

    async def take(self, key: Hashable) -> Verdict | None:
        """Count one request of the key, unless it is refused; None where that cannot be told."""
        name = self._place + self._names.digest(repr(key).encode())
        try:
            is_allowed, ahead, excess = await self._store.run(self._script, name, self._interval, self._tolerance)
        except SharedStoreUnavailable:
            return None  # counted by the process alone, as the store has told its operator
        if is_allowed:
            return Verdict(
                is_allowed=True,
                remaining=-excess // self._interval,
                reset_seconds=_seconds(ahead),
                retry_after_seconds=0,
            )
        return Verdict(
            is_allowed=False,
            remaining=0,
            reset_seconds=_seconds(ahead - self._interval),
            retry_after_seconds=max(1, _seconds(excess)),
        )


def _seconds(microseconds: int) -> int:
    return math.ceil(microseconds / _MICROSECONDS)
