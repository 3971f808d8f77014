"""The splits of assets: as providers tell of them, and as the books of a tenant have them.

The books belong to a slice above this one, which says here how they are asked.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

from finsage.finance.money import is_keepable
from finsage.finance.transaction import DAY_FIRST
from finsage.market.splits import Adjustment, AssetSplit, joined
from finsage.market.store import splits as store
from finsage.platform import clock
from finsage.platform.database import ReadSession, WriteSession

if TYPE_CHECKING:
    from finsage.market.providers.pricing import ToldSplits

__all__ = ["Adjustment", "AssetSplit", "kept_splits", "put_splits", "splits_of", "told_by"]

Told: TypeAlias = Callable[[ReadSession, Collection[UUID], date, date], Awaitable[Mapping[UUID, Sequence[AssetSplit]]]]
"""Splits by asset, of those asked for, after one day up to another."""

_BOOKS: list[Told] = []


def told_by(books: Told) -> None:
    """Have splits asked for there too, after those of providers."""
    _BOOKS.append(books)


async def splits_of(
    session: ReadSession, asset_ids: Collection[UUID], *, since: date = DAY_FIRST, until: date | None = None
) -> dict[UUID, list[AssetSplit]]:
    """The splits of these assets, ascending, by asset; one without any is absent.

    A provider is believed before the books, which may have a split on the day it settled.

    Args:
        session: of the tenant that reads.
        asset_ids: the assets.
        since: prices from this day on are looked at: a split on it or before it changes none of them.
        until: the last day, today without one; a split to come is none yet.
    """
    if not asset_ids:
        return {}
    last = until or clock.today("UTC")
    told: list[Mapping[UUID, Sequence[AssetSplit]]] = [await store.splits(session, asset_ids, since, last)]
    told += [await books(session, asset_ids, since, last) for books in _BOOKS]
    found = {asset_id: joined(*(one.get(asset_id, ()) for one in told)) for asset_id in asset_ids}
    return {asset_id: splits for asset_id, splits in found.items() if splits}


def kept_splits(told: ToldSplits) -> list[AssetSplit]:
    """What a provider tells of splits, as it is kept; what can be none is left out."""
    return [
        AssetSplit(one.day, one.before, one.after, told.provider)
        for one in told.splits
        if all(is_keepable(units) and units > 0 for units in (one.before, one.after)) and one.before != one.after
    ]


async def put_splits(
    session: WriteSession, tenant_id: UUID, asset_id: UUID, told: Sequence[AssetSplit], span: tuple[date, date]
) -> None:
    """Keep what a provider tells of the splits of an asset within a span of days, both included.

    What it told of that span before and does no longer is let go of.
    """
    await store.put(session, tenant_id, asset_id, told, span)
