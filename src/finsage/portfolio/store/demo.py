"""What removing the demo has to know about the rest of the books."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import text

from finsage.platform.database import ReadSession, WriteSession

# Reversed transactions and previews of imports count too: they still show the asset's name.
_NAMED = text("""
    SELECT wanted.id FROM unnest(CAST(:ids AS uuid[])) AS wanted (id)
    WHERE EXISTS (SELECT 1 FROM postings WHERE asset = wanted.id::text)
       OR EXISTS (SELECT 1 FROM transactions WHERE asset_id = wanted.id)
       OR EXISTS (SELECT 1 FROM imports WHERE position(wanted.id::text IN resolutions::text) > 0)
""")
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('finsage.demo:' || current_setting('app.tenant'), 0))")


async def lock(session: WriteSession) -> None:
    """Let one request of a tenant add or remove the demo at a time."""
    await session.execute(_LOCK)


async def named_assets(session: ReadSession, asset_ids: Collection[UUID]) -> set[UUID]:
    """Those of the assets that some transaction or import of the tenant names."""
    return set((await session.execute(_NAMED, {"ids": list(asset_ids)})).scalars())
