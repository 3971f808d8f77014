"""Lists of assets to watch, each with its last price, how that moved and how old it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from finsage.errors import Fault
from finsage.market.asset import Asset
from finsage.market.errors import InvalidWatchlist, WatchlistNotFound
from finsage.market.series import PriceSeries
from finsage.market.service.assets import assets_by_ids
from finsage.market.service.prices import DatedValue, price_series
from finsage.market.service.splits import Adjustment, AssetSplit, splits_of
from finsage.market.store import watchlists as store
from finsage.market.store.watchlists import Watchlist
from finsage.platform import clock
from finsage.platform.audit import record
from finsage.platform.caller import Caller
from finsage.platform.database import ReadSession, WriteSession

__all__ = [
    "Watched", "Watchlist", "add_item", "change", "create", "delete", "put_items", "remove_item", "watched",
    "watchlist", "watchlists",
]  # fmt: skip

LISTS_MAX = 50
ITEMS_MAX = 200
CLOSES = 30
_SINCE = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Watched:
    """An asset on a list; ``before`` is the close before the last one, ``closes`` the newest few, oldest first.

    Those before the last are in units of its day.
    """

    asset: Asset
    last: DatedValue | None
    before: DatedValue | None
    closes: tuple[float, ...]

    @property
    def day_return(self) -> float | None:
        """The move from the close before to the last one; None without both."""
        if self.last is None or self.before is None:
            return None
        return float(self.last.value) / float(self.before.value) - 1


async def watchlists(session: ReadSession) -> list[Watchlist]:
    """The lists of the session's tenant in their order."""
    return await store.watchlists(session)


async def watchlist(session: ReadSession, watchlist_id: UUID) -> Watchlist:
    """One list.

    Raises:
        WatchlistNotFound: absent, or another tenant's.
    """
    found = await store.watchlists(session, watchlist_id)
    if not found:
        raise WatchlistNotFound("No watchlist of yours has this id.")
    return found[0]


async def watched(session: ReadSession, asset_ids: Sequence[UUID]) -> list[Watched]:
    """These assets with their prices, in this order; what the tenant can no longer see is left out."""
    today = clock.today("UTC")
    assets = await assets_by_ids(session, asset_ids)
    series = await price_series(session, list(assets), until=today, since=today - _SINCE)
    # The close before the first of these days is among them, and may lie before a split that they do.
    first = min((one.days[0].item() for one in series.values()), default=today)
    splits = await splits_of(session, list(series), since=first)
    return [_watched(assets[key], series.get(key), splits.get(key, ()), today) for key in asset_ids if key in assets]


def _watched(asset: Asset, series: PriceSeries | None, splits: Iterable[AssetSplit], today: date) -> Watched:
    last = series.as_of(today) if series is not None else None
    if series is None or last is None:
        return Watched(asset, None, None, ())
    # A split since the last close has changed no price yet.
    adjustment = Adjustment(split for split in splits if split.day <= last.day)
    before = series.as_of(last.day - timedelta(days=1))
    if before is not None:
        before = DatedValue(before.day, adjustment.price(before.day, before.value))
    newest = zip(series.days[-CLOSES:].tolist(), series.texts[-CLOSES:], strict=True)
    closes = tuple(float(adjustment.price(day, Decimal(text))) for day, text in newest)
    return Watched(asset, last, before, closes)


async def create(session: WriteSession, caller: Caller, name: str) -> Watchlist:
    """Add an empty list.

    Raises:
        InvalidWatchlist: there are 50 already.
    """
    await store.lock(session)
    if len(await store.watchlists(session)) >= LISTS_MAX:
        raise InvalidWatchlist(f"There are {LISTS_MAX} watchlists already. Delete one first.")
    watchlist_id = clock.new_id()
    await store.add(session, caller.tenant_id, watchlist_id, name)
    await record(session, caller, "watchlist.created", object_kind="watchlist", object_id=watchlist_id)
    return await watchlist(session, watchlist_id)


async def change(
    session: WriteSession, caller: Caller, watchlist_id: UUID, *, name: str | None, position: int | None
) -> Watchlist:
    """Rename a list or put it at another place among the others.

    Raises:
        WatchlistNotFound.
    """
    await store.lock(session)
    found = await watchlist(session, watchlist_id)
    if name is not None:
        await store.rename(session, watchlist_id, name)
    if position is not None:
        others = [one.id for one in await store.watchlists(session) if one.id != watchlist_id]
        others.insert(position, found.id)
        await store.place(session, others)
    await record(session, caller, "watchlist.changed", object_kind="watchlist", object_id=watchlist_id)
    return await watchlist(session, watchlist_id)


async def delete(session: WriteSession, caller: Caller, watchlist_id: UUID) -> None:
    """Delete a list; the assets stay.

    Raises:
        WatchlistNotFound.
    """
    await watchlist(session, watchlist_id)
    await store.remove(session, watchlist_id)
    await record(session, caller, "watchlist.deleted", object_kind="watchlist", object_id=watchlist_id)


async def put_items(session: WriteSession, caller: Caller, watchlist_id: UUID, asset_ids: Sequence[UUID]) -> Watchlist:
    """Say which assets are on a list, and in which order; one that was on it and is no asset any more is left out.

    Raises:
        WatchlistNotFound.
        InvalidWatchlist: more than 200, one twice, or one that there is not.
    """
    await store.lock(session)
    before = (await watchlist(session, watchlist_id)).asset_ids
    known = await assets_by_ids(session, asset_ids)
    asset_ids = [asset_id for asset_id in asset_ids if asset_id in known or asset_id not in before]
    faults = [
        Fault(f"/asset_ids/{index}", "is given twice" if asset_id in known else "is no asset you can see")
        for index, asset_id in enumerate(asset_ids)
        if asset_id not in known or asset_id in asset_ids[:index]
    ]
    if faults:
        raise InvalidWatchlist("The list cannot be kept; nothing was changed.", faults=tuple(faults))
    if len(asset_ids) > ITEMS_MAX:
        raise InvalidWatchlist(f"A watchlist holds at most {ITEMS_MAX} assets.")
    await store.replace_items(session, caller.tenant_id, watchlist_id, asset_ids)
    return await watchlist(session, watchlist_id)


async def add_item(session: WriteSession, caller: Caller, watchlist_id: UUID, asset_id: UUID) -> Watchlist:
    """Put an asset at the end of a list; one that is on it stays where it is.

    Raises:
        WatchlistNotFound, InvalidWatchlist.
    """
    await store.lock(session)
    found = await watchlist(session, watchlist_id)
    if asset_id in found.asset_ids:
        return found
    return await put_items(session, caller, watchlist_id, [*found.asset_ids, asset_id])


async def remove_item(session: WriteSession, caller: Caller, watchlist_id: UUID, asset_id: UUID) -> Watchlist:
    """Take an asset off a list, if it is on it.

    Raises:
        WatchlistNotFound.
    """
    await store.lock(session)
    found = await watchlist(session, watchlist_id)
    kept = [one for one in found.asset_ids if one != asset_id]
    return await put_items(session, caller, watchlist_id, kept)
