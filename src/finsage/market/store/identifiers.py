"""Reading and writing what assets are called elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, insert, select

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
