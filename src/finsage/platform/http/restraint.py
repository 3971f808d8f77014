"""What keeps FinSage from being a burden: a breaker per host, a budget of retries, and how often a host is asked.

How often is shared between all processes of an installation, as the limit is the provider's and not a process's: the
row of a host in ``outbound_buckets`` is moved by one statement under the database's clock. Without a database (commands
that run alone) the same arithmetic runs on the process's own clock.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import text

from finsage.platform.database import Database

FAILURES_TO_OPEN = 5
OPEN_SECONDS = 30.0
RETRY_SHARE = 0.1
RETRIES_SAVED_MAX = 10.0
RETRIES_AT_START = 2.0
HOSTS_MAX = 1000

Clock = Callable[[], float]


class Breaker:
    """Closed, then open for 30 s after five failures running, then half open: one probe decides.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._opened_at: float | None = None
        self._is_probing = False

    @property
    def is_open(self) -> bool:
        """Whether the host is being left alone, or only probed."""
        return self._opened_at is not None

    def wait_seconds(self) -> float:
        """How long until another request may go; 0 when one may go now."""
        if self._opened_at is None:
            return 0.0
        left = self._opened_at + OPEN_SECONDS - self._clock()
        if left > 0:
            return left
        return OPEN_SECONDS if self._is_probing else 0.0

    def enter(self) -> None:
        """A request goes; call only when ``wait_seconds`` is 0."""
        self._is_probing = self._opened_at is not None

    def succeeded(self) -> None:
        """The host answered, with whatever."""
        self._failures, self._opened_at, self._is_probing = 0, None, False

    def failed(self) -> None:
        """The host did not answer, or with a fault of its own."""
        self._failures += 1
        if self._is_probing or self._failures >= FAILURES_TO_OPEN:
            self._opened_at = self._clock()
        self._is_probing = False

    def abandoned(self) -> None:
        """The request ended without telling anything of the host."""
        self._is_probing = False


class RetryBudget:
    """At most a tenth of all requests are retries: an outage is not answered by twice the load.

    The tenth is saved up to ten; a few are there at the start.
    """

    def __init__(self) -> None:
        self.left = RETRIES_AT_START

    def asked(self) -> None:
        """A request goes for the first time."""
        self.left = min(self.left + RETRY_SHARE, RETRIES_SAVED_MAX)

    def take(self) -> bool:
        """Whether one retry may go; it counts as gone."""
        if self.left < 1:
            return False
        self.left -= 1
        return True


@dataclass(frozen=True, slots=True)
class Rate:
    """How often a host may be asked: ``per_minute`` requests, ``burst`` of them at once."""

    per_minute: float
    burst: int = 1

    @property
    def interval_seconds(self) -> float:
        """Seconds from one request to the next."""
        return 60 / self.per_minute

    @property
    def tolerance_seconds(self) -> float:
        """How far ahead of its time a request may come."""
        return self.interval_seconds * self.burst


class Buckets(Protocol):
    """Places in the queue to a host, given out in order (GCRA with reservation)."""

    async def take(self, name: str, rate: Rate, wait_seconds_max: float) -> tuple[bool, float]:
        """Take the next place, unless it is too far away.

        Returns:
            Whether it was taken, and the seconds until it comes.
        """
        ...

    async def postpone(self, name: str, rate: Rate, seconds: float) -> None:
        """Let no place come before so many seconds from now, as the host has asked for."""
        ...


class LocalBuckets:
    """Places of this process alone, of the hosts asked last."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._arrivals: OrderedDict[str, float] = OrderedDict()

    async def take(self, name: str, rate: Rate, wait_seconds_max: float) -> tuple[bool, float]:
        now = self._clock()
        arrival = max(self._arrivals.get(name, now), now) + rate.interval_seconds
        wait = max(arrival - now - rate.tolerance_seconds, 0.0)
        if wait > wait_seconds_max:
            return False, wait
        self._keep(name, arrival)
        return True, wait

    async def postpone(self, name: str, rate: Rate, seconds: float) -> None:
        arrival = self._clock() + seconds + rate.tolerance_seconds - rate.interval_seconds
        self._keep(name, max(self._arrivals.get(name, arrival), arrival))

    def _keep(self, name: str, arrival: float) -> None:
        self._arrivals[name] = arrival
        self._arrivals.move_to_end(name)
        if len(self._arrivals) > HOSTS_MAX:
            self._arrivals.popitem(last=False)


class SharedBuckets:
    """Places of all processes on one database; each is taken in a transaction of its own, ended before the request."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, name: str, rate: Rate, wait_seconds_max: float) -> tuple[bool, float]:
        values = {
            "name": name,
            "interval": rate.interval_seconds,
            "tolerance": rate.tolerance_seconds,
            "ahead": rate.tolerance_seconds - rate.interval_seconds + wait_seconds_max,
        }
        async with self._database.write(is_announced=False) as session:
            taken: float | None = (await session.execute(_TAKE, values)).scalar_one_or_none()
            if taken is not None:
                return True, max(taken, 0.0)
            wait = (await session.execute(_WAIT, values)).scalar_one_or_none()
        return False, max(wait or 0.0, 0.0)

    async def postpone(self, name: str, rate: Rate, seconds: float) -> None:
        ahead = seconds + rate.tolerance_seconds - rate.interval_seconds
        async with self._database.write(is_announced=False) as session:
            await session.execute(_POSTPONE, {"name": name, "ahead": ahead})


_AT = "clock_timestamp() + make_interval(secs => :{})"
_TAKE = text(
    "INSERT INTO outbound_buckets AS bucket (name, arrival)"
    f" VALUES (:name, {_AT.format('interval')})"
    " ON CONFLICT (name) DO UPDATE"
    " SET arrival = greatest(bucket.arrival, clock_timestamp()) + make_interval(secs => :interval)"
    f" WHERE bucket.arrival <= {_AT.format('ahead')}"
    " RETURNING (extract(epoch FROM bucket.arrival - clock_timestamp()) - :tolerance)::float8"
)
_WAIT = text(
    "SELECT (extract(epoch FROM arrival - clock_timestamp()) + :interval - :tolerance)::float8"
    " FROM outbound_buckets WHERE name = :name"
)
_POSTPONE = text(
    f"INSERT INTO outbound_buckets AS bucket (name, arrival) VALUES (:name, {_AT.format('ahead')})"
    " ON CONFLICT (name) DO UPDATE SET arrival = greatest(bucket.arrival, excluded.arrival)"
)
