"""Splits that providers told of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import text

from finsage.market.splits import AssetSplit
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.database import ReadSession, WriteSession

_SPLITS = text("""
    SELECT wanted.asset_id, day, units_before, units_after, source FROM (
        SELECT asset_id, asset_id AS of_id, false AS is_merged FROM unnest(CAST(:assets AS uuid[])) AS asked (asset_id)
        UNION ALL SELECT into_id, asset_id, true FROM asset_merges WHERE into_id = ANY (:assets)
    ) AS wanted JOIN asset_splits s ON s.asset_id = wanted.of_id
    WHERE tenant_id = ANY (ARRAY[current_setting('app.tenant')::uuid, :everyone]) AND day > :after AND day <= :until
    ORDER BY is_merged, tenant_id = :everyone, day
""")
_FORGET = text("""
    DELETE FROM asset_splits WHERE tenant_id = :tenant AND asset_id = :asset AND day BETWEEN :first AND :last
      AND day <> ALL (:days)
""")
_PUT = text("""
    INSERT INTO asset_splits AS s (tenant_id, asset_id, day, units_before, units_after, source)
    SELECT :tenant, :asset, day, units_before, units_after, source
    FROM unnest(CAST(:days AS date[]), CAST(:before AS numeric[]), CAST(:after AS numeric[]), CAST(:sources AS text[]))
        AS t (day, units_before, units_after, source)
    ON CONFLICT (tenant_id, asset_id, day) DO UPDATE SET units_before = excluded.units_before,
        units_after = excluded.units_after, source = excluded.source, recorded_at = now()
    WHERE s.units_before <> excluded.units_before OR s.units_after <> excluded.units_after
""")


async def splits(
    session: ReadSession, asset_ids: Collection[UUID], after: date, until: date
) -> dict[UUID, list[AssetSplit]]:
    """The splits of these assets after one day up to another; a tenant's own before those of everyone.

    After them those of what was merged into an asset.
    """
    values = {"everyone": PUBLIC_TENANT, "assets": list(asset_ids), "after": after, "until": until}
    found: dict[UUID, list[AssetSplit]] = {}
    for row in await session.execute(_SPLITS, values):
        split = AssetSplit(row.day, row.units_before, row.units_after, row.source)
        found.setdefault(row.asset_id, []).append(split)
    return found


async def put(
    session: WriteSession, tenant_id: UUID, asset_id: UUID, told: Sequence[AssetSplit], span: tuple[date, date]
) -> None:
    """Keep the splits of an asset within a span of days, both included, in place of those that are kept of it."""
    days = [one.day for one in told]
    whose = {"tenant": tenant_id, "asset": asset_id, "days": days}
    await session.execute(_FORGET, {**whose, "first": span[0], "last": span[1]})
    if told:
        columns = {
            "before": [one.units_before for one in told],
            "after": [one.units_after for one in told],
            "sources": [one.source for one in told],
        }
        await session.execute(_PUT, whose | columns)
