"""Reading and writing lists of assets to watch."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, select, text, update

from finsage.market.tables import watchlist_items as items
from finsage.market.tables import watchlists as table
from finsage.platform.database import ReadSession, WriteSession


@dataclass(frozen=True, slots=True)
class Watchlist:
    """A list, where it stands among the others, and the assets on it in their order."""

    id: UUID
    name: str
    created_at: datetime
    asset_ids: tuple[UUID, ...]


# An asset that was merged into another shows as that one, once, at its first place.
_ALL = text("""
    SELECT w.id, w.name, w.created_at,
        ARRAY(
            SELECT coalesce(m.into_id, i.asset_id) FROM watchlist_items i
            LEFT JOIN asset_merges m ON m.tenant_id = i.tenant_id AND m.asset_id = i.asset_id
            WHERE i.tenant_id = w.tenant_id AND i.watchlist_id = w.id
            GROUP BY 1 ORDER BY min(i.position), 1
        ) AS asset_ids
    FROM watchlists w WHERE CAST(:id AS uuid) IS NULL OR w.id = :id
    ORDER BY w.position, w.created_at, w.id
""")


async def watchlists(session: ReadSession, watchlist_id: UUID | None = None) -> list[Watchlist]:
    """The lists of the session's tenant in their order; one alone where its id is given."""
    rows = await session.execute(_ALL, {"id": watchlist_id})
    return [Watchlist(row.id, row.name, row.created_at, tuple(row.asset_ids)) for row in rows]


async def lock(session: WriteSession) -> None:
    """Make whoever else changes the tenant's lists wait until this transaction ends."""
    await session.execute(text("SELECT id FROM watchlists ORDER BY id FOR UPDATE"))


async def add(session: WriteSession, tenant_id: UUID, watchlist_id: UUID, name: str) -> None:
    """Add an empty list behind the others."""
    last = select(func.coalesce(func.max(table.c.position) + 1, 0)).scalar_subquery()
    row = {"tenant_id": tenant_id, "id": watchlist_id, "name": name, "position": last}
    await session.execute(insert(table).values(row))


async def rename(session: WriteSession, watchlist_id: UUID, name: str) -> None:
    """Give a list another name."""
    await session.execute(update(table).where(table.c.id == watchlist_id).values(name=name))


async def place(session: WriteSession, ordered: Sequence[UUID]) -> None:
    """Give the lists the positions they have here."""
    for position, watchlist_id in enumerate(ordered):
        await session.execute(update(table).where(table.c.id == watchlist_id).values(position=position))


async def remove(session: WriteSession, watchlist_id: UUID) -> None:
    """Delete a list with what is on it."""
    await session.execute(delete(table).where(table.c.id == watchlist_id))


async def forget(session: WriteSession, tenant_id: UUID, asset_ids: Collection[UUID]) -> None:
    """Take assets off all lists of a tenant."""
    statement = delete(items).where(items.c.tenant_id == tenant_id, items.c.asset_id.in_(asset_ids))
    await session.execute(statement)


async def replace_items(session: WriteSession, tenant_id: UUID, watchlist_id: UUID, asset_ids: Sequence[UUID]) -> None:
    """Put these assets on a list, in this order, in place of those before; when they were added stays."""
    known = {
        row.asset_id: row.added_at
        for row in await session.execute(
            select(items.c.asset_id, items.c.added_at).where(items.c.watchlist_id == watchlist_id)
        )
    }
    await session.execute(delete(items).where(items.c.watchlist_id == watchlist_id))
    shared = {"tenant_id": tenant_id, "watchlist_id": watchlist_id}
    rows = [
        {**shared, "asset_id": asset_id, "position": position, "added_at": known.get(asset_id, func.now())}
        for position, asset_id in enumerate(asset_ids)
    ]
    if rows:
        await session.execute(insert(items).values(rows))
