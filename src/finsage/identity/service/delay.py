"""The growing delay after failed sign-ins, per account, address and IPv6 network.

It never becomes a hard lock, which would let anybody shut the owner out: an attempt during the delay is refused without
being counted, so the delay ends when it said it would. A success forgives the account and takes back only its own count
from the address, so that one good account does not buy an attacker fresh guesses at the others.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from finsage.identity.errors import TooManyAttempts
from finsage.identity.store import failures
from finsage.platform.database import WriteSession

FREE_FAILURES = 4
DELAY_SECONDS_MAX = 900
# An address may be a whole office behind one router, so it is forgiven sooner than an account.
ACCOUNT_MEMORY = timedelta(hours=24)
ADDRESS_MEMORY = timedelta(hours=1)

_ACCOUNT = "account:"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sign-in under way: counted as a failure already, to be taken back if it is none."""

    counts: tuple[failures.Count, ...]
    counted_at: datetime


def delay_seconds(failures_so_far: int) -> int:
    """How long to wait after the last of so many failures: 0 up to the fourth, then 2, 4, 8, ... at most 900."""
    if failures_so_far <= FREE_FAILURES:
        return 0
    # The exponent is bounded first: two to the power of 100,000 would itself be an attack.
    return min(1 << min(failures_so_far - FREE_FAILURES, 10), DELAY_SECONDS_MAX)


def subjects_of(email: str, address: str) -> list[str]:
    """What a failure is counted against.

    The e-mail address is hashed: people mistype their password into that field.
    """
    subjects = [_ACCOUNT + hashlib.sha256(email.encode()).hexdigest()]
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return subjects
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    subjects.append(f"address:{parsed}")
    if parsed.version == 6:
        subjects.append(f"network:{ipaddress.ip_network((int(parsed), 64), strict=False)}")
    return subjects


async def begin(session: WriteSession, email: str, address: str) -> Attempt:
    """Count an attempt, unless one of its subjects still has to wait.

    Raises:
        TooManyAttempts: with the seconds until the longest of the delays is over; nothing is counted.
    """
    counts = await failures.lock_counts(session, subjects_of(email, address))
    waits = [delay_seconds(_remembered(count)) - count.elapsed_seconds for count in counts]
    if max(waits) > 0:
        seconds = math.ceil(max(waits))
        raise TooManyAttempts(f"Too many failed sign-ins. Try again in {seconds} s.", retry_after_seconds=seconds)
    counted_at = await failures.count_up(session, {count.subject: _remembered(count) + 1 for count in counts})
    return Attempt(tuple(counts), counted_at)


async def take_back(session: WriteSession, attempt: Attempt) -> None:
    """The attempt came to no verdict: as if it had not been."""
    for count in attempt.counts:
        await failures.take_back(session, count, attempt.counted_at)


async def forgive(session: WriteSession, attempt: Attempt) -> None:
    """The attempt succeeded: the account starts at 0 again."""
    for count in attempt.counts:
        if count.subject.startswith(_ACCOUNT):
            await failures.forget(session, count.subject)
        else:
            await failures.take_back(session, count, attempt.counted_at)


def _remembered(count: failures.Count) -> int:
    memory = ACCOUNT_MEMORY if count.subject.startswith(_ACCOUNT) else ADDRESS_MEMORY
    return count.failures if count.elapsed_seconds < memory.total_seconds() else 0
