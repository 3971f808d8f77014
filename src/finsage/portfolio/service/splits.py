"""The splits that the books of a tenant tell of, for whoever compares prices of two days."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from uuid import UUID

from finsage.market.service.splits import AssetSplit
from finsage.platform.database import ReadSession
from finsage.portfolio.store import splits as store

SOURCE = "ledger"


async def splits_of_books(
    session: ReadSession, asset_ids: Collection[UUID], after: date, until: date
) -> dict[UUID, list[AssetSplit]]:
    """The splits and bonus issues of these assets that any portfolio of the session's tenant records.

    Args:
        session: of the tenant.
        asset_ids: the assets.
        after: the day before the first that is looked at.
        until: the last day.
    """
    found: dict[UUID, list[AssetSplit]] = {}
    for one in await store.booked_splits(session, asset_ids, after, until):
        found.setdefault(one.asset_id, []).append(AssetSplit(one.day, Decimal(1), one.ratio, SOURCE))
    return found
