"""Reading and writing what assets are called elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import delete, insert, select, tuple_

from finsage.market.identifiers import Identifier
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


async def of_assets(session: ReadSession, asset_ids: Collection[UUID]) -> dict[UUID, list[Identifier]]:
    """The identifiers of several assets of the session's tenant, each in their order; those without one are absent."""
    if not asset_ids:
        return {}
    columns = (table.c.asset_id, table.c.scheme, table.c.value)
    statement = select(*columns).where(table.c.asset_id.in_(asset_ids)).order_by(table.c.asset_id, table.c.position)
    found: dict[UUID, list[Identifier]] = {}
    for row in await session.execute(statement):
        found.setdefault(row.asset_id, []).append(Identifier(row.scheme, row.value))
    return found


async def with_values(session: ReadSession, pairs: Collection[tuple[str, str]]) -> set[UUID]:
    """The assets of the session's tenant that bear one of these pairs of scheme and value."""
    statement = select(table.c.asset_id).where(tuple_(table.c.scheme, table.c.value).in_(pairs))
    return set((await session.execute(statement)).scalars())
