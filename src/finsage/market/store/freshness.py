"""How fresh what was refreshed is: runs, assets that are asked for, and providers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from finsage.market.asset import AssetClass
from finsage.market.store.refreshes import Run
from finsage.platform.database import ReadSession


@dataclass(frozen=True, slots=True)
class Followed:
    """An asset that is asked for: when it was, who answered, and what is to be said about it."""

    asset_id: UUID
    symbol: str
    name: str
    asset_class: AssetClass
    currency: str
    provider: str | None = None
    as_of: datetime | None = None
    asked_at: datetime | None = None
    flag: str | None = None
    problem: str | None = None
    backfill_job: UUID | None = None


_RUNS = text("""
    SELECT name, due_at, started_at, finished_at, assets, requests, written, unchanged, flagged, quarantined, missing,
        failures
    FROM refresh_runs WHERE name = ANY (:names) ORDER BY due_at DESC LIMIT :limit
""")
# What was merged into another asset is asked for as that one.
_FOLLOWED = text("""
    SELECT DISTINCT coalesce(m.into_id, i.asset_id) AS asset_id FROM (
        SELECT tenant_id, asset_id FROM asset_identifiers WHERE scheme = ANY (:schemes)
        UNION ALL SELECT tenant_id, asset_id FROM json_sources
    ) AS i LEFT JOIN asset_merges m ON m.tenant_id = i.tenant_id AND m.asset_id = i.asset_id
""")
_STANDINGS = text(
    "SELECT asset_id, provider, as_of, asked_at, concat_ws(' ', flag, deviation) AS flag, problem, backfill_job"
    " FROM asset_refreshes"
)
_NAMES = text("SELECT id, symbol, name, asset_class, currency FROM assets WHERE id = ANY (:assets)")
_PRICED = text("""
    SELECT provider, count(*) AS assets FROM asset_refreshes r WHERE provider IS NOT NULL
        AND NOT EXISTS (SELECT FROM asset_merges m WHERE m.tenant_id = r.tenant_id AND m.asset_id = r.asset_id)
    GROUP BY provider
""")


async def runs(session: ReadSession, names: Sequence[str], limit: int) -> list[Run]:
    """The last runs of these names, newest first."""
    rows = await session.execute(_RUNS, {"names": list(names), "limit": limit})
    return [Run(**row) for row in rows.mappings()]


async def followed(session: ReadSession, schemes: Sequence[str], limit: int) -> tuple[list[Followed], int]:
    """The assets of the session's tenant that are asked for, those without a price and the oldest first; how many."""
    ids = list((await session.execute(_FOLLOWED, {"schemes": list(schemes)})).scalars())
    standings = {row.asset_id: row for row in await session.execute(_STANDINGS)}
    never = datetime.min.replace(tzinfo=UTC)

    def age(asset_id: UUID) -> tuple[datetime, UUID]:
        return (asset_id in standings and standings[asset_id].as_of) or never, asset_id

    shown = sorted(ids, key=age)[:limit]
    assets = {row.id: row for row in await session.execute(_NAMES, {"assets": shown})}
    return [_followed(assets[asset_id], standings.get(asset_id)) for asset_id in shown], len(ids)


def _followed(asset: Any, standing: Any) -> Followed:
    named = (asset.id, asset.symbol, asset.name, asset.asset_class, asset.currency)
    if standing is None:
        return Followed(*named)
    told = (standing.provider, standing.as_of, standing.asked_at, standing.flag or None, standing.problem)
    return Followed(*named, *told, standing.backfill_job)


async def priced_by(session: ReadSession) -> dict[str, int]:
    """How many assets of the session's tenant have their price of each provider."""
    return {row.provider: row.assets for row in await session.execute(_PRICED)}
