"""Lists of assets to watch."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response

from finsage.market.routes.assets import Reader, Writer, asset_out
from finsage.market.schemas import watchlists as schemas
from finsage.market.service import watchlists as service
from finsage.market.service.watchlists import Watched, Watchlist
from finsage.platform import clock
from finsage.platform.unit import Reading, UnitRoute, Writing

router = APIRouter(prefix="/watchlists", route_class=UnitRoute, tags=["watchlists"])


@router.get("")
async def list_watchlists(_: Reader, session: Reading) -> schemas.WatchlistList:
    """The watchlists of this tenant, in their order."""
    return schemas.WatchlistList(items=[_shape(one) for one in await service.watchlists(session)], next_cursor=None)


@router.post("", status_code=201)
async def create_watchlist(
    caller: Writer, session: Writing, body: schemas.WatchlistIn, response: Response
) -> schemas.WatchlistOut:
    """Add an empty list behind the others."""
    made = _shape(await service.create(session, caller, body.name))
    response.headers["Location"] = f"/api/v1/watchlists/{made.id}"
    return made


@router.get("/{watchlist_id}")
async def get_watchlist(_: Reader, session: Reading, watchlist_id: UUID) -> schemas.WatchlistDetail:
    """One list with the last price of each asset, its move and its age."""
    found = await service.watchlist(session, watchlist_id)
    items = [_watched(one) for one in await service.watched(session, found.asset_ids)]
    return schemas.WatchlistDetail(**_shape(found).model_dump(), items=items)


@router.patch("/{watchlist_id}")
async def change_watchlist(
    caller: Writer, session: Writing, watchlist_id: UUID, body: schemas.WatchlistChange
) -> schemas.WatchlistOut:
    """Rename a list or put it at another place."""
    return _shape(await service.change(session, caller, watchlist_id, name=body.name, position=body.position))


@router.delete("/{watchlist_id}", status_code=204)
async def delete_watchlist(caller: Writer, session: Writing, watchlist_id: UUID) -> None:
    """Delete a list. The assets on it stay."""
    await service.delete(session, caller, watchlist_id)


@router.put("/{watchlist_id}/items")
async def put_watchlist_items(
    caller: Writer, session: Writing, watchlist_id: UUID, body: schemas.WatchlistItems
) -> schemas.WatchlistOut:
    """Say which assets are on a list, and in which order."""
    return _shape(await service.put_items(session, caller, watchlist_id, body.asset_ids))


@router.post("/{watchlist_id}/items")
async def add_watchlist_item(
    caller: Writer, session: Writing, watchlist_id: UUID, body: schemas.WatchlistItemIn
) -> schemas.WatchlistOut:
    """Put an asset at the end of a list; one that is on it stays where it is."""
    return _shape(await service.add_item(session, caller, watchlist_id, body.asset_id))


@router.delete("/{watchlist_id}/items/{asset_id}")
async def remove_watchlist_item(
    caller: Writer, session: Writing, watchlist_id: UUID, asset_id: UUID
) -> schemas.WatchlistOut:
    """Take an asset off a list."""
    return _shape(await service.remove_item(session, caller, watchlist_id, asset_id))


def _shape(found: Watchlist) -> schemas.WatchlistOut:
    return schemas.WatchlistOut(
        id=found.id,
        name=found.name,
        asset_ids=list(found.asset_ids),
        created_at=clock.in_utc(found.created_at),
    )


def _watched(one: Watched) -> schemas.WatchedOut:
    return schemas.WatchedOut(
        asset=asset_out(one.asset, one.last),
        day_return=one.day_return,
        day_return_since=one.before.day if one.before else None,
        price_history=list(one.closes),
    )
