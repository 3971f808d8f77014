"""Reading and writing closes.

Rows are the truth; the arrays of ``price_years`` are rebuilt from them by whoever writes, in the same
transaction.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any, cast
from uuid import UUID

from psycopg import AsyncConnection, AsyncCursor
from sqlalchemy import Row, text

from finsage.market.series import DatedValue
from finsage.market.store.matrix import note_change
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.database import ReadSession, WriteSession

Close = tuple[UUID, date, Decimal]

# A statement has 15 s, also on a machine with much else to do: what is long goes in blocks.
BLOCK_ROWS = 100_000
BLOCK_YEARS = 500


@dataclass(frozen=True, slots=True)
class PriceYear:
    """The closes of one asset, year and tenant: ISO days ascending and the decimal text of each."""

    asset_id: UUID
    is_own: bool
    days: list[str]
    closes: list[str]


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One close and where it is from."""

    day: date
    close: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class PricesWritten:
    """How many closes were new, different or a user's own from now on, and how many stood already."""

    written: int
    unchanged: int


# to_json writes ISO days whatever the session's DateStyle is; closes leave as text, to become numbers when
# asked for.
_YEARS = text("""
    SELECT asset_id, tenant_id, to_json(days)::text AS days, array_to_string(closes, ',') AS closes
    FROM price_years
    WHERE tenant_id = ANY (ARRAY[current_setting('app.tenant')::uuid, :everyone])
      AND asset_id = ANY (:assets) AND year BETWEEN :first AND :last
    ORDER BY asset_id, year
""")

_COUNT_YEARS = text("""
    SELECT count(*) FROM price_years
    WHERE tenant_id = ANY (ARRAY[current_setting('app.tenant')::uuid, :everyone])
      AND asset_id = ANY (:assets) AND year <= :last
""")

_LATEST = text("""
    SELECT wanted.id, p.day, p.close
    FROM unnest(CAST(:assets AS uuid[])) AS wanted (id)
    CROSS JOIN LATERAL (
        SELECT q.day, q.close, q.tenant_id
        FROM unnest(ARRAY[current_setting('app.tenant')::uuid, :everyone]) AS seen (tenant)
        CROSS JOIN LATERAL (
            SELECT day, close, tenant_id FROM prices
            WHERE tenant_id = seen.tenant AND asset_id = wanted.id AND day <= :day
            ORDER BY day DESC LIMIT 1
        ) AS q
        ORDER BY q.day DESC, q.tenant_id = :everyone LIMIT 1
    ) AS p
""")

_ROWS = text("""
    SELECT DISTINCT ON (day) day, close, source FROM prices
    WHERE tenant_id = ANY (ARRAY[current_setting('app.tenant')::uuid, :everyone])
      AND asset_id = :asset AND day BETWEEN :first AND :last
    ORDER BY day, tenant_id = :everyone
""")

_SOURCES = text("""
    SELECT DISTINCT ON (asset_id, day) asset_id, day, source FROM prices
    JOIN unnest(CAST(:assets AS uuid[]), CAST(:days AS date[])) AS wanted (asset_id, day) USING (asset_id, day)
    WHERE tenant_id = ANY (ARRAY[current_setting('app.tenant')::uuid, :everyone])
    ORDER BY asset_id, day, tenant_id = :everyone
""")


async def years(session: ReadSession, asset_ids: Collection[UUID], first: int, last: int) -> list[PriceYear]:
    """The arrays of these assets, by asset and year; both tenants' where both have closes."""
    values = {"everyone": PUBLIC_TENANT, "assets": list(asset_ids), "first": first, "last": last}
    found = (await session.execute(_YEARS, values)).all()
    # By a thread: hundreds of thousands of closes would keep every other request waiting.
    return await asyncio.to_thread(lambda: [_year(row) for row in found])


def _year(row: Row[Any]) -> PriceYear:
    return PriceYear(row.asset_id, row.tenant_id != PUBLIC_TENANT, row.days[2:-2].split('","'), row.closes.split(","))


async def count_years(session: ReadSession, asset_ids: Collection[UUID], last: int) -> int:
    """How many arrays these assets have up to a year."""
    values = {"everyone": PUBLIC_TENANT, "assets": list(asset_ids), "last": last}
    counted: int = (await session.execute(_COUNT_YEARS, values)).scalar_one()
    return counted


async def latest(session: ReadSession, asset_ids: Collection[UUID], day: date) -> dict[UUID, DatedValue]:
    """The last close on or before a day, of each asset that has one."""
    rows = await session.execute(_LATEST, {"everyone": PUBLIC_TENANT, "assets": list(asset_ids), "day": day})
    return {row.id: DatedValue(row.day, row.close) for row in rows}


async def rows(session: ReadSession, asset_id: UUID, first: date, last: date) -> list[PriceRow]:
    """The closes of one asset with their source, by day."""
    values = {"everyone": PUBLIC_TENANT, "asset": asset_id, "first": first, "last": last}
    return [PriceRow(row.day, row.close, row.source) for row in await session.execute(_ROWS, values)]


async def sources(session: ReadSession, closes: Collection[tuple[UUID, date]]) -> dict[tuple[UUID, date], str]:
    """Who gave these closes, of those there are."""
    values = {"everyone": PUBLIC_TENANT, "assets": [key for key, _ in closes], "days": [day for _, day in closes]}
    return {(row.asset_id, row.day): row.source for row in await session.execute(_SOURCES, values)}


# Two writers of one asset-year would each rebuild its array without the other's rows: they take turns.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('finsage.prices:' || %s, 0))"

_STAGE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS incoming_prices (asset_id uuid, day date, close numeric)
        ON COMMIT DROP;
    TRUNCATE incoming_prices
"""

ENTERED = "('manual', 'csv')"
"""Sources whose closes are a user's own, as a list of SQL."""

# What a user enters is theirs from then on, though a provider said the same.
_MERGE = f"""
    WITH changed AS (
        INSERT INTO prices AS p (tenant_id, asset_id, day, close, source)
        SELECT %(tenant)s, asset_id, day, close, %(source)s FROM incoming_prices
        ON CONFLICT (tenant_id, asset_id, day) DO UPDATE
            SET close = excluded.close, source = excluded.source, recorded_at = now()
            WHERE p.close <> excluded.close
                OR (excluded.source IN {ENTERED} AND p.source NOT IN {ENTERED})
        RETURNING asset_id, extract(year FROM day)::int AS year
    )
    SELECT asset_id, year, count(*) AS written FROM changed GROUP BY asset_id, year
"""

_REBUILD = """
    INSERT INTO price_years (tenant_id, asset_id, year, days, closes)
    SELECT p.tenant_id, p.asset_id, changed.year,
        array_agg(p.day ORDER BY p.day), array_agg(p.close ORDER BY p.day)
    FROM unnest(%(assets)s::uuid[], %(years)s::int[]) AS changed (asset_id, year)
    JOIN prices p ON p.tenant_id = %(tenant)s AND p.asset_id = changed.asset_id
        AND p.day BETWEEN make_date(changed.year, 1, 1) AND make_date(changed.year, 12, 31)
    GROUP BY p.tenant_id, p.asset_id, changed.year
    ON CONFLICT (tenant_id, asset_id, year) DO UPDATE
        SET days = excluded.days, closes = excluded.closes, version = gen_random_uuid()
"""


_EMPTY = """
    DELETE FROM price_years AS y USING unnest(%(assets)s::uuid[], %(years)s::int[]) AS changed (asset_id, year)
    WHERE y.tenant_id = %(tenant)s AND y.asset_id = changed.asset_id AND y.year = changed.year
"""


async def write(session: WriteSession, tenant_id: UUID, closes: Iterable[Close], source: str) -> PricesWritten:
    """Write closes under a tenant and rebuild the arrays of the asset-years that changed.

    Args:
        session: of that tenant.
        tenant_id: whose prices they become.
        closes: asset, day and close; a day of an asset at most once.
        source: where they are from.
    """
    async with (await _driver(session)).cursor() as cursor:
        await cursor.execute(_LOCK, (str(tenant_id),))
        rows, staged, changed = iter(closes), 0, Counter[tuple[UUID, int]]()
        while block := list(islice(rows, BLOCK_ROWS)):
            await cursor.execute(_STAGE)
            staged += await _copy(cursor, block)
            await cursor.execute(_MERGE, {"tenant": tenant_id, "source": source})
            changed.update({(asset, year): count for asset, year, count in await cursor.fetchall()})
        years = list(changed)
        for start in range(0, len(years), BLOCK_YEARS):
            some = years[start : start + BLOCK_YEARS]
            values = {"tenant": tenant_id, "assets": [key[0] for key in some], "years": [key[1] for key in some]}
            await cursor.execute(_REBUILD, values)
        if changed:
            await note_change(cursor, tenant_id)
    written = changed.total()
    return PricesWritten(written, staged - written)


async def rebuild_years(session: WriteSession, tenant_id: UUID, asset_id: UUID, years: Collection[int]) -> None:
    """Make the arrays of an asset anew from its rows, where rows went."""
    values = {"tenant": tenant_id, "assets": [asset_id] * len(years), "years": list(years)}
    async with (await _driver(session)).cursor() as cursor:
        await cursor.execute(_LOCK, (str(tenant_id),))
        await cursor.execute(_EMPTY, values)
        await cursor.execute(_REBUILD, values)
        await note_change(cursor, tenant_id)


async def remove(session: WriteSession, tenant_id: UUID, asset_ids: Collection[UUID]) -> None:
    """Delete a tenant's closes of these assets."""
    values = {"tenant": tenant_id, "assets": list(asset_ids)}
    for table in ("prices", "price_years"):
        await session.execute(
            text(f"DELETE FROM {table} WHERE tenant_id = :tenant AND asset_id = ANY (:assets)"), values
        )
    async with (await _driver(session)).cursor() as cursor:
        await note_change(cursor, tenant_id)


async def _copy(cursor: AsyncCursor[Any], closes: Iterable[Close]) -> int:
    lines = [f"{asset_id}\t{day}\t{close:f}\n" for asset_id, day, close in closes]
    async with cursor.copy("COPY incoming_prices FROM STDIN") as copy:
        for start in range(0, len(lines), _LINES_PER_MESSAGE):
            await copy.write("".join(lines[start : start + _LINES_PER_MESSAGE]))
    return len(lines)


_LINES_PER_MESSAGE = 5_000


async def _driver(session: WriteSession) -> AsyncConnection[Any]:
    # COPY is the driver's: SQLAlchemy has no word for it. The transaction is the session's.
    pooled = await session.get_raw_connection()
    return cast("AsyncConnection[Any]", pooled.driver_connection)
