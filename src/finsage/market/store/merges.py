"""What assets were called before, and which of them are one for a tenant."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from finsage.market.asset import Asset
from finsage.market.tables import asset_merges, assets, former_symbols
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.database import ReadSession, WriteSession


@dataclass(frozen=True, slots=True)
class FormerSymbol:
    """What an asset was called on a market until an instant."""

    asset_id: UUID
    symbol: str
    mic: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Merge:
    """That an asset is another one, since an instant."""

    asset_id: UUID
    into_id: UUID
    merged_at: datetime


async def change(session: WriteSession, tenant_id: UUID, asset_id: UUID, values: dict[str, Any]) -> None:
    """Write fields of an asset of a tenant."""
    where = (assets.c.tenant_id == tenant_id) & (assets.c.id == asset_id)
    await session.execute(update(assets).where(where).values(values))


async def keep_symbol(session: WriteSession, asset: Asset) -> None:
    """Note that an asset of a tenant was called so until now."""
    row = {name: getattr(asset, name) for name in ("tenant_id", "symbol", "mic", "name")}
    statement = upsert(former_symbols).values(row | {"asset_id": asset.id})
    changed = {"until": func.now(), "name": statement.excluded.name}
    keys = ["tenant_id", "asset_id", "symbol", "mic"]
    await session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed))


async def drop_symbol(session: WriteSession, asset_id: UUID, symbol: str, mic: str) -> None:
    """Forget that an asset was called so: it is again."""
    columns = former_symbols.c
    where = (columns.asset_id == asset_id) & (columns.symbol == symbol) & (columns.mic == mic)
    await session.execute(delete(former_symbols).where(where))


async def symbols_of(session: ReadSession, asset_id: UUID) -> list[FormerSymbol]:
    """What an asset was called before, the latest first."""
    columns = former_symbols.c
    statement = select(columns.asset_id, columns.symbol, columns.mic, columns.until)
    rows = await session.execute(statement.where(columns.asset_id == asset_id).order_by(columns.until.desc()))
    return [FormerSymbol(*row) for row in rows]


async def formerly(session: ReadSession, symbols: Collection[str]) -> list[FormerSymbol]:
    """The assets of the session's tenant that were called one of these, in any case of letters."""
    columns = former_symbols.c
    statement = select(columns.asset_id, columns.symbol, columns.mic, columns.until)
    lowered = {symbol.lower() for symbol in symbols}
    return [
        FormerSymbol(*row) for row in await session.execute(statement.where(func.lower(columns.symbol).in_(lowered)))
    ]


_CALLED = text("""
    SELECT f.asset_id FROM former_symbols f WHERE strpos(lower(f.symbol), lower(:query)) > 0
    UNION SELECT a.id FROM former_symbols f JOIN assets a ON a.tenant_id = f.tenant_id AND a.id = f.asset_id
        WHERE strpos(lower(a.symbol), lower(:query)) > 0
    UNION SELECT m.into_id FROM asset_merges m JOIN assets a ON a.id = m.asset_id
        WHERE strpos(lower(a.symbol), lower(:query)) > 0
""")


async def called(session: ReadSession, query: str) -> set[UUID]:
    """The renamed and merged assets of the session's tenant one of whose names holds a text, in any case."""
    return set((await session.execute(_CALLED, {"query": query})).scalars())


async def merges_of(session: ReadSession, asset_ids: Collection[UUID]) -> dict[UUID, Merge]:
    """Those of these assets that were merged into another, each with it."""
    if not asset_ids:
        return {}
    columns = asset_merges.c
    statement = select(columns.asset_id, columns.into_id, columns.merged_at).where(columns.asset_id.in_(asset_ids))
    return {row.asset_id: Merge(*row) for row in await session.execute(statement)}


async def merged_into(session: ReadSession, into_id: UUID) -> list[Merge]:
    """What was merged into an asset, the latest first."""
    columns = asset_merges.c
    statement = select(columns.asset_id, columns.into_id, columns.merged_at).where(columns.into_id == into_id)
    return [
        Merge(*row) for row in await session.execute(statement.order_by(columns.merged_at.desc(), columns.asset_id))
    ]


async def put(session: WriteSession, tenant_id: UUID, asset_id: UUID, into_id: UUID) -> None:
    """Note that an asset is another one."""
    await session.execute(insert(asset_merges).values(tenant_id=tenant_id, asset_id=asset_id, into_id=into_id))


async def drop(session: WriteSession, asset_id: UUID) -> None:
    """Forget that an asset is another one."""
    await session.execute(delete(asset_merges).where(asset_merges.c.asset_id == asset_id))


# The tenant's own close of a day stands before the public one.
_SEEN = """
    SELECT DISTINCT ON (day) day, close FROM prices
    WHERE tenant_id = ANY (ARRAY[:tenant, :everyone]) AND asset_id = {asset}
    ORDER BY day, tenant_id = :everyone
"""
_LACKING = text(
    f"SELECT theirs.day, theirs.close FROM ({_SEEN.format(asset=':asset')}) AS theirs"
    f" LEFT JOIN ({_SEEN.format(asset=':into')}) AS mine USING (day) WHERE mine.day IS NULL ORDER BY theirs.day"
)
_REMOVE = text("""
    DELETE FROM prices WHERE tenant_id = :tenant AND asset_id = :into AND source = :source
    RETURNING extract(year FROM day)::int AS year
""")


async def lacking_closes(session: ReadSession, tenant_id: UUID, asset_id: UUID, into_id: UUID) -> list[Any]:
    """The closes of one asset on days on which another has none."""
    values = {"tenant": tenant_id, "everyone": PUBLIC_TENANT, "asset": asset_id, "into": into_id}
    return list(await session.execute(_LACKING, values))


async def remove_closes(session: WriteSession, tenant_id: UUID, into_id: UUID, source: str) -> set[int]:
    """Delete the closes that an asset has from others; the years whose arrays are to be rebuilt."""
    values = {"tenant": tenant_id, "into": into_id, "source": source}
    return {row.year for row in await session.execute(_REMOVE, values)}
