"""Candles in the database: written once or many times, rolled up where something changed, and let go of in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, LiteralString
from uuid import UUID

from sqlalchemy import text

from finsage.market.candles import OpenHighLowClose
from finsage.platform.bulk import insert_rows
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.database import ReadSession, WriteSession

_FIELDS = ("asset_id", "start", "open", "high", "low", "close", "volume", "opened_at", "closed_at")
_INCOMING = """
    FROM unnest(CAST(:asset_id AS uuid[]), CAST(:start AS timestamptz[]), CAST(:open AS numeric[]),
        CAST(:high AS numeric[]), CAST(:low AS numeric[]), CAST(:close AS numeric[]), CAST(:volume AS numeric[]),
        CAST(:opened_at AS timestamptz[]), CAST(:closed_at AS timestamptz[]))
        AS t (asset_id, start, open, high, low, close, volume, opened_at, closed_at)
"""
_INTO = """
    INSERT INTO candles AS c (tenant_id, asset_id, seconds, start, open, high, low, close, volume, opened_at, closed_at,
        is_given, is_rolled_up)
"""

# Of prices: what is there already and what comes make one candle, in whatever order they come.
_MERGE = text(
    _INTO
    + "SELECT :tenant, asset_id, 60, start, open, high, low, close, volume, opened_at, closed_at, false, false"
    + _INCOMING
    + """
    ON CONFLICT (tenant_id, asset_id, seconds, start) DO UPDATE SET
        open = CASE WHEN excluded.opened_at < c.opened_at THEN excluded.open ELSE c.open END,
        close = CASE WHEN excluded.closed_at >= c.closed_at THEN excluded.close ELSE c.close END,
        high = greatest(c.high, excluded.high), low = least(c.low, excluded.low),
        opened_at = least(c.opened_at, excluded.opened_at), closed_at = greatest(c.closed_at, excluded.closed_at),
        is_rolled_up = false
    WHERE NOT c.is_given AND (excluded.opened_at < c.opened_at OR excluded.high > c.high OR excluded.low < c.low
        OR excluded.closed_at > c.closed_at OR (excluded.closed_at = c.closed_at AND excluded.close <> c.close))
"""
)
_AT: LiteralString = "ON CONFLICT (tenant_id, asset_id, seconds, start) "
_REPLACING: LiteralString = """DO UPDATE SET
        open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close,
        volume = excluded.volume, opened_at = excluded.opened_at, closed_at = excluded.closed_at,
        is_given = true, is_rolled_up = true
    WHERE NOT candles.is_given
"""
_CORRECTING: LiteralString = """ OR (candles.open, candles.high, candles.low, candles.close, candles.volume)
        IS DISTINCT FROM (excluded.open, excluded.high, excluded.low, excluded.close, excluded.volume)
"""
Over = Literal["all", "made", "none"]
"""What candles are written in place of: any, those that were made of prices, or none."""

_OVER: dict[Over, LiteralString] = {
    "all": _AT + _REPLACING + _CORRECTING, "made": _AT + _REPLACING, "none": _AT + "DO NOTHING"
}  # fmt: skip
_ROLL_UP = text(
    """
    WITH changed AS (
        UPDATE candles SET is_rolled_up = true
        WHERE tenant_id = :tenant AND seconds = :narrow AND NOT is_rolled_up
        RETURNING asset_id, start
    ), wide AS (
        SELECT DISTINCT asset_id,
            date_bin(make_interval(secs => :wide), start, timestamptz '1970-01-01 00:00+00') AS start
        FROM changed
    )
"""
    + _INTO
    + """
    SELECT :tenant, wide.asset_id, :wide, wide.start, made.*, false, :is_last
    -- One look-up per wide candle: as a join, PostgreSQL compares each with all narrow ones where it has no statistics.
    FROM wide CROSS JOIN LATERAL (
        SELECT (array_agg(n.open ORDER BY n.start))[1], max(n.high), min(n.low),
            (array_agg(n.close ORDER BY n.start DESC))[1],
            CASE WHEN bool_and(n.volume IS NOT NULL) THEN sum(n.volume) END, min(n.opened_at), max(n.closed_at)
        FROM candles n WHERE n.tenant_id = :tenant AND n.asset_id = wide.asset_id AND n.seconds = :narrow
            AND n.start >= wide.start AND n.start < wide.start + make_interval(secs => :wide)
    ) AS made
    ON CONFLICT (tenant_id, asset_id, seconds, start) DO UPDATE SET
        open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close,
        volume = excluded.volume, opened_at = excluded.opened_at, closed_at = excluded.closed_at,
        is_rolled_up = excluded.is_rolled_up
    WHERE NOT c.is_given AND (c.open, c.high, c.low, c.close, c.volume, c.opened_at, c.closed_at) IS DISTINCT FROM
        (excluded.open, excluded.high, excluded.low, excluded.close, excluded.volume, excluded.opened_at,
        excluded.closed_at)
"""
)
_LET_GO = text(
    "DELETE FROM candles WHERE tenant_id = :tenant AND seconds = :seconds AND start < :until AND is_rolled_up"
)
_IS_TO_KEEP = text("""
    SELECT EXISTS (SELECT FROM candles WHERE tenant_id = :tenant AND NOT is_rolled_up AND seconds < 86400)
        OR EXISTS (
            SELECT FROM unnest(CAST(:seconds AS int[]), CAST(:untils AS timestamptz[])) AS kept (seconds, until)
            JOIN candles c ON c.seconds = kept.seconds AND c.start < kept.until
            WHERE c.tenant_id = :tenant AND c.is_rolled_up
        )
""")
_LATEST = text("""
    SELECT start, open, high, low, close, volume FROM (
        SELECT DISTINCT ON (start) start, open, high, low, close, volume FROM candles
        WHERE tenant_id = ANY (ARRAY[current_setting('app.tenant')::uuid, :everyone])
          AND asset_id = ANY (ARRAY(SELECT CAST(:asset AS uuid) UNION ALL
              SELECT asset_id FROM asset_merges WHERE into_id = :asset))
          AND seconds = :seconds AND start >= :first AND start < :until
        ORDER BY start DESC, asset_id <> :asset, tenant_id = :everyone
        LIMIT :limit
    ) AS newest ORDER BY start
""")


async def merge(session: WriteSession, tenant_id: UUID, minutes: Sequence[OpenHighLowClose]) -> None:
    """Add candles of one minute that prices made, each asset and minute at most once, to those that are there."""
    if minutes:
        await session.execute(_MERGE, {"tenant": tenant_id, **_columns(minutes)})


async def give(
    session: WriteSession, tenant_id: UUID, candles: Sequence[OpenHighLowClose], seconds: int, *, over: Over = "all"
) -> int:
    """Write candles as a provider gave them, each asset and start at most once; they are rolled up into no others.

    Args:
        session: of the tenant.
        tenant_id: whose assets they are of.
        candles: of one width.
        seconds: the width.
        over: what they may stand in place of. Over none they are no better than what is made, and give way to it.

    Returns:
        How many were written.
    """
    # What is given is in no wider one, and is to be made into none: it counts as rolled up.
    columns = ("tenant_id", "seconds", "is_given", "is_rolled_up", *_FIELDS)
    shared = (tenant_id, seconds, over != "none", True)
    rows = [(*shared, *(getattr(candle, name) for name in _FIELDS)) for candle in candles]
    return await insert_rows(session, "candles", columns, rows, on_conflict=_OVER[over])


async def roll_up(session: WriteSession, tenant_id: UUID, narrow: int, wide: int) -> None:
    """Make the wider candles anew in which a narrower one has changed since they were made."""
    values = {"tenant": tenant_id, "narrow": narrow, "wide": wide, "is_last": wide == _DAY}
    await session.execute(_ROLL_UP, values)


async def let_go(session: WriteSession, tenant_id: UUID, seconds: int, until: datetime) -> None:
    """Delete the candles of a width that began before an instant and are in a wider one."""
    await session.execute(_LET_GO, {"tenant": tenant_id, "seconds": seconds, "until": until})


async def is_to_keep(session: ReadSession, tenant_id: UUID, ends: Mapping[int, datetime]) -> bool:
    """Whether a tenant has a candle to roll up, or one of these widths that began before its end."""
    values = {"tenant": tenant_id, "seconds": list(ends), "untils": list(ends.values())}
    found: bool = (await session.execute(_IS_TO_KEEP, values)).scalar_one()
    return found


async def between(
    session: ReadSession, asset_id: UUID, seconds: int, span: tuple[datetime, datetime], limit: int
) -> list[Any]:
    """The candles of one width from one instant to before another, ascending; of more than ``limit`` the newest.

    Where an asset has none, one that was merged into it may have.
    """
    first, until = span
    values = {"everyone": PUBLIC_TENANT, "asset": asset_id, "seconds": seconds, "first": first, "until": until}
    return list(await session.execute(_LATEST, {**values, "limit": limit}))


_DAY = 86_400


def _columns(candles: Sequence[OpenHighLowClose]) -> dict[str, list[Any]]:
    return {name: [getattr(candle, name) for candle in candles] for name in _FIELDS}
