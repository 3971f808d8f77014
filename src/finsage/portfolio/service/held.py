"""What is held: the market knows assets, only the books know which of them are."""

from __future__ import annotations

from uuid import UUID

from finsage.platform.database import ReadSession
from finsage.portfolio.service import books
from finsage.portfolio.store.held import held_keys


async def held_assets(session: ReadSession, portfolio_id: UUID | None = None) -> set[UUID]:
    """The assets that are held now, short ones too: of one portfolio, or of all of the session's tenant."""
    keys = await held_keys(session, portfolio_id)
    return {UUID(key) for key in keys if books.is_asset_key(key)}
