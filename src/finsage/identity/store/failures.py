"""Failed sign-ins per account and network address.

An attempt is counted as a failure before the password is looked at and taken back if it succeeds, so that a thousand
guesses sent at the same instant do not all pass the check that the first of them should have closed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from finsage.identity.tables import login_failures
from finsage.platform.database import WriteSession


@dataclass(frozen=True, slots=True)
class Count:
    """How often sign-in failed in the name of one subject, and how long ago the last time was."""

    subject: str
    failures: int
    last_failed_at: datetime
    elapsed_seconds: float


async def lock_counts(session: WriteSession, subjects: Sequence[str]) -> list[Count]:
    """The counts of the subjects, locked until the commit; a subject nobody knew counts 0."""
    c = login_failures.c
    # Sorted, so that two attempts never wait for each other.
    fresh = insert(login_failures).values([{"subject": subject, "failures": 0} for subject in sorted(subjects)])
    locked = fresh.on_conflict_do_update(index_elements=[c.subject], set_={"failures": c.failures})
    elapsed = func.extract("epoch", func.clock_timestamp() - c.last_failed_at)
    rows = await session.execute(locked.returning(c.subject, c.failures, c.last_failed_at, elapsed.label("elapsed")))
    return [Count(row.subject, row.failures, row.last_failed_at, float(row.elapsed)) for row in rows]


async def count_up(session: WriteSession, failures: Mapping[str, int]) -> datetime:
    """Set the counts of locked subjects; returns the instant written beside them."""
    c = login_failures.c
    instant: datetime = (await session.execute(select(func.clock_timestamp()))).scalar_one()
    values = case(failures, value=c.subject)
    statement = update(login_failures).where(c.subject.in_(failures)).values(failures=values, last_failed_at=instant)
    await session.execute(statement)
    return instant


async def take_back(session: WriteSession, count: Count, counted_at: datetime) -> None:
    """Undo one counted failure; what others have added since stays."""
    c = login_failures.c
    last = case((c.last_failed_at == counted_at, count.last_failed_at), else_=c.last_failed_at)
    values = {"failures": func.greatest(c.failures - 1, 0), "last_failed_at": last}
    await session.execute(update(login_failures).where(c.subject == count.subject).values(values))


async def forget(session: WriteSession, subject: str) -> None:
    """Start a subject at 0 again."""
    await session.execute(delete(login_failures).where(login_failures.c.subject == subject))
