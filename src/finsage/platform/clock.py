"""The one place that reads the wall clock, so that everything below can be given an instant."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, date, datetime
from typing import overload
from uuid import UUID
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def today(time_zone: str) -> date:
    """The present day in an IANA time zone."""
    return datetime.now(ZoneInfo(time_zone)).date()


@overload
def in_utc(instant: datetime) -> datetime: ...
@overload
def in_utc(instant: None) -> None: ...
def in_utc(instant: datetime | None) -> datetime | None:
    """An instant as the wire has it; the database answers in its own time zone."""
    return instant and instant.astimezone(UTC)


def new_id() -> UUID:
    """A UUIDv7: 48 bits of milliseconds, 12 of the fraction of one, then 62 random bits.

    Of two that one process makes, the later sorts after the earlier as far as its clock tells them apart (a quarter of
    a microsecond) and is not set back; between processes the order is that of their clocks.

    Source: RFC 9562 sections 5.7 and 6.2, method 3. Python 3.11 to 3.13 have no ``uuid.uuid7``.
    """
    milliseconds, fraction = divmod(time.time_ns(), 1_000_000)
    stamp = (milliseconds & (2**48 - 1)) << 80 | 0x7 << 76 | (fraction * 4096 // 1_000_000) << 64
    return UUID(int=stamp | 0b10 << 62 | secrets.randbits(62))


def new_ids(count: int) -> list[UUID]:
    """Many of one millisecond in any order, for rows whose ids need not sort, from one draw of random bytes."""
    milliseconds = (time.time_ns() // 1_000_000 & (2**48 - 1)) << 80 | 0x7 << 76 | 0b10 << 62
    drawn = secrets.token_bytes(10 * count)
    found = []
    for place in range(0, len(drawn), 10):
        random = int.from_bytes(drawn[place : place + 10]) >> 6
        found.append(UUID(int=milliseconds | (random >> 62) << 64 | random & (2**62 - 1)))
    return found


def new_id_texts(count: int) -> list[str]:
    """As ``new_ids``, as texts in rising order: an index takes such keys best one after the other."""
    milliseconds = f"{time.time_ns() // 1_000_000 & (2**48 - 1):012x}"
    head, drawn = f"{milliseconds[:8]}-{milliseconds[8:]}-7", secrets.token_bytes(10 * count).hex()
    found = [
        f"{head}{drawn[at : at + 3]}-{_VARIANT[drawn[at + 3]]}{drawn[at + 4 : at + 7]}-{drawn[at + 7 : at + 19]}"
        for at in range(0, len(drawn), 20)
    ]
    found.sort()
    return found


_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def day_of(instant: datetime, time_zone: str) -> date:
    """The day an aware instant falls on in an IANA time zone."""
    return instant.astimezone(ZoneInfo(time_zone)).date()


def instant_text(instant: datetime) -> str:
    """An aware instant as RFC 3339 with ``Z``."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
