"""Which transaction stands in the place of which, and which one carries the mark of a source record.

A mark (the fingerprint of a record of a file) moves to whatever takes the place of the transaction that carries it. It
counts as booked while its carrier is in force; afterwards the record may come again, and takes the mark over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import text

from finsage.platform.database import ReadSession, WriteSession
from finsage.portfolio.errors import ImportedMeanwhile


@dataclass(frozen=True, slots=True)
class Succession:
    """A transaction that is no longer in force, the one that stands in its place, and the day of the latter."""

    before: UUID
    after: UUID
    booked_on: date


async def note(session: WriteSession, tenant_id: UUID, portfolio_id: UUID, found: Sequence[Succession]) -> None:
    """Keep who stands for whom; marks go along, to the first that is named where several stand for one."""
    if not found:
        return
    heirs: dict[UUID, Succession] = {}
    for item in found:
        heirs.setdefault(item.before, item)
    owner = {"tenant": tenant_id, "portfolio": portfolio_id}
    await session.execute(_LINK, owner | _columns(found))
    await session.execute(_MOVE_MARKS, owner | _columns(heirs.values()))


def _columns(found: Iterable[Succession]) -> dict[str, list[Any]]:
    rows = list(found)
    return {
        "before": [row.before for row in rows],
        "after": [row.after for row in rows],
        "days": [row.booked_on for row in rows],
    }


async def lines(session: ReadSession, portfolio_id: UUID, transaction_ids: Sequence[UUID]) -> dict[UUID, set[UUID]]:
    """All that came to stand in the place of each transaction, one after the other; in force or not."""
    found: dict[UUID, set[UUID]] = defaultdict(set)
    rows = await session.execute(_LINES, {"portfolio": portfolio_id, "ids": list(transaction_ids)})
    for origin, transaction_id in rows:
        found[origin].add(transaction_id)
    return found


async def claim(
    session: WriteSession, tenant_id: UUID, portfolio_id: UUID, marks: Sequence[tuple[bytes, UUID, date]]
) -> None:
    """Give source records to the transactions (id and day) that book them.

    Raises:
        ImportedMeanwhile: one is booked, and in force.
    """
    if not marks:
        return
    prints, ids, days = (list(column) for column in zip(*marks, strict=True))
    values = {"tenant": tenant_id, "portfolio": portfolio_id, "prints": prints, "ids": ids, "days": days}
    connection = (await session.get_raw_connection()).driver_connection
    assert isinstance(connection, psycopg.AsyncConnection), "the engine is psycopg's"
    async with connection.cursor() as cursor:
        await claim_from(cursor, _GIVEN, values, len(marks))


async def claim_from(cursor: psycopg.AsyncCursor[Any], source: str, values: dict[str, Any], count: int) -> None:
    """As ``claim``, from rows that the database has.

    Args:
        cursor: in the transaction of the write.
        source: an item of FROM with the columns fingerprint, id and booked_on; a null fingerprint claims nothing.
        values: ``tenant`` and ``portfolio``, and what the source needs.
        count: of the fingerprints in it.
    """
    await cursor.execute(_CLAIM.format(source=source).encode(), values)
    if (missing := count - cursor.rowcount) > 0:
        await cursor.execute(_TAKE_OVER.format(source=source).encode(), values)
        missing -= cursor.rowcount
    if missing:
        raise _booked_meanwhile(str(missing))


async def has_marks(session: ReadSession, portfolio_id: UUID) -> bool:
    """Whether any source record is known to the portfolio."""
    return (await session.execute(_ANY, {"portfolio": portfolio_id})).first() is not None


def claim_first(source: str) -> bytes:
    """The statement of ``claim_from`` for a portfolio that knew no source record before: none is to be taken over.

    A record that is booked after all breaks its key, which ``as_claimed`` words.
    """
    return _CLAIM_FIRST.format(source=source).encode()


@asynccontextmanager
async def as_claimed() -> AsyncIterator[None]:
    """Run statements of which one is that of ``claim_first``.

    Raises:
        ImportedMeanwhile: a record is booked; the transaction can only be rolled back.
    """
    try:
        yield
    except psycopg.errors.UniqueViolation as error:
        if error.diag.table_name != "fingerprints":
            raise
        raise _booked_meanwhile("Some") from None


def _booked_meanwhile(count: str) -> ImportedMeanwhile:
    return ImportedMeanwhile(
        f"{count} of these records were booked by another import. Look at the preview again: it now counts them "
        "as duplicates."
    )


_PAIRS = "unnest(CAST(:before AS uuid[]), CAST(:after AS uuid[]), CAST(:days AS date[])) AS pair (before, after, day)"
_LINK = text(
    "INSERT INTO successors (tenant_id, portfolio_id, transaction_id, successor_id)"
    f" SELECT :tenant, :portfolio, before, after FROM {_PAIRS} ON CONFLICT DO NOTHING"
)
_MOVE_MARKS = text(
    f"UPDATE fingerprints SET transaction_id = after, booked_on = day FROM {_PAIRS}"
    " WHERE tenant_id = :tenant AND portfolio_id = :portfolio AND transaction_id = before"
)
_LINES = text(
    "WITH RECURSIVE line (origin, id) AS ("
    " SELECT transaction_id, successor_id FROM successors"
    " WHERE portfolio_id = :portfolio AND transaction_id = ANY (CAST(:ids AS uuid[]))"
    " UNION SELECT origin, successor_id FROM line JOIN successors ON transaction_id = id"
    ") SELECT origin, id FROM line"
)
_GIVEN = "unnest(%(prints)s::bytea[], %(ids)s::uuid[], %(days)s::date[]) AS incoming (fingerprint, id, booked_on)"
_ANY = text("SELECT 1 FROM fingerprints WHERE portfolio_id = :portfolio LIMIT 1")
# In the order of the index: neighbours are on one page of it.
_CLAIM_FIRST = """
INSERT INTO fingerprints (tenant_id, portfolio_id, fingerprint, transaction_id, booked_on)
SELECT %(tenant)s, %(portfolio)s, fingerprint, id, booked_on FROM {source} WHERE fingerprint IS NOT NULL
ORDER BY fingerprint
"""
_CLAIM = f"{_CLAIM_FIRST}ON CONFLICT DO NOTHING"
_TAKE_OVER = """
WITH taken AS (
    SELECT incoming.fingerprint, incoming.id, incoming.booked_on, f.transaction_id AS before
    FROM {source} JOIN fingerprints f ON f.tenant_id = %(tenant)s AND f.portfolio_id = %(portfolio)s
        AND f.fingerprint = incoming.fingerprint
    WHERE EXISTS (SELECT 1 FROM reversals r WHERE r.tenant_id = f.tenant_id AND r.reversed_id = f.transaction_id)
), linked AS (
    INSERT INTO successors (tenant_id, portfolio_id, transaction_id, successor_id)
    SELECT %(tenant)s, %(portfolio)s, before, id FROM taken
)
UPDATE fingerprints f SET transaction_id = taken.id, booked_on = taken.booked_on FROM taken
WHERE f.tenant_id = %(tenant)s AND f.portfolio_id = %(portfolio)s AND f.fingerprint = taken.fingerprint
"""
