"""Reading and writing what assets are called elsewhere."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select, text, tuple_

from finsage.market.identifiers import Identifier
from finsage.market.sanity import Identity
from finsage.market.tables import asset_identifiers as table
from finsage.platform.database import ReadSession, WriteSession


async def of_asset(session: ReadSession, asset_id: UUID) -> list[Identifier]:
    """The identifiers of an asset of the session's tenant, in their order."""
    rows = await session.execute(
        select(table.c.scheme, table.c.value).where(table.c.asset_id == asset_id).order_by(table.c.position)
    )
    return [Identifier(row.scheme, row.value) for row in rows]


async def replace(session: WriteSession, tenant_id: UUID, asset_id: UUID, identifiers: Sequence[Identifier]) -> None:
    """Keep these identifiers of an asset of a tenant, in this order, in place of those before."""
    await session.execute(delete(table).where(table.c.tenant_id == tenant_id, table.c.asset_id == asset_id))
    if identifiers:
        rows = [
            {"tenant_id": tenant_id, "asset_id": asset_id, "scheme": one.scheme, "value": one.value, "position": place}
            for place, one in enumerate(identifiers)
        ]
        await session.execute(insert(table).values(rows))


_ALL_OF = text("""
    SELECT coalesce(m.into_id, i.asset_id) AS asset_id, i.scheme, i.value FROM asset_identifiers i
    LEFT JOIN asset_merges m ON m.tenant_id = i.tenant_id AND m.asset_id = i.asset_id
    WHERE i.asset_id = ANY (:assets) OR m.into_id = ANY (:assets)
    ORDER BY 1, m.into_id IS NOT NULL, m.merged_at, i.position
""")


async def all_of(session: ReadSession, asset_ids: Collection[UUID]) -> dict[UUID, list[Identifier]]:
    """The identifiers of several assets of the session's tenant, those of what was merged into one after its own.

    Of a scheme there may be several; assets without any are absent.
    """
    found: dict[UUID, list[Identifier]] = {}
    for row in await session.execute(_ALL_OF, {"assets": list(asset_ids)}):
        found.setdefault(row.asset_id, []).append(Identifier(row.scheme, row.value))
    return found


async def with_values(session: ReadSession, pairs: Collection[tuple[str, str]]) -> set[UUID]:
    """The assets of the session's tenant that bear one of these pairs of scheme and value."""
    statement = select(table.c.asset_id).where(tuple_(table.c.scheme, table.c.value).in_(pairs))
    return set((await session.execute(statement)).scalars())


@dataclass(frozen=True, slots=True)
class Told:
    """What a provider called an asset first, and why it may be another one now: None where it is the same."""

    asset_id: UUID
    scheme: str
    value: str
    identity: Identity | None
    reason: str | None = None
    doubt: str | None = None


_TOLD_BEFORE = text("""
    SELECT asset_id, scheme, value, told_symbol, told_name, told_isin, doubt_reason, doubt FROM asset_identifiers
    WHERE scheme = ANY (:schemes) AND (told_at IS NULL OR told_at < :before)
    ORDER BY told_at NULLS FIRST, asset_id, scheme
""")
_KEEP_TOLD = text("""
    UPDATE asset_identifiers AS i SET told_symbol = one.symbol, told_name = one.name, told_isin = one.isin,
        told_at = now(), doubt_reason = one.reason, doubt = one.doubt
    FROM json_to_recordset(CAST(:rows AS json)) AS one
        (asset_id uuid, scheme text, value text, symbol text, name text, isin text, reason text, doubt text)
    WHERE i.asset_id = one.asset_id AND i.scheme = one.scheme AND i.value = one.value
""")


async def told_before(session: ReadSession, schemes: Sequence[str], before: datetime) -> list[Told]:
    """The names of the session's tenant that nobody was asked about since, the longest not asked about first."""
    rows = await session.execute(_TOLD_BEFORE, {"schemes": list(schemes), "before": before})
    return [
        Told(
            row.asset_id,
            row.scheme,
            row.value,
            None if row.told_symbol is None else Identity(row.told_symbol, row.told_name, row.told_isin),
            row.doubt_reason,
            row.doubt,
        )
        for row in rows
    ]


async def keep_told(session: WriteSession, told: Sequence[Told]) -> None:
    """Note what providers call assets of the session's tenant; a name that was replaced meanwhile is left alone."""
    rows = [
        {
            "asset_id": str(one.asset_id),
            "scheme": one.scheme,
            "value": one.value,
            "symbol": one.identity and one.identity.symbol[:200],
            "name": one.identity and one.identity.name[:300],
            "isin": one.identity and one.identity.isin,
            "reason": one.reason,
            "doubt": one.doubt,
        }
        for one in told
    ]
    await session.execute(_KEEP_TOLD, {"rows": json.dumps(rows)})
