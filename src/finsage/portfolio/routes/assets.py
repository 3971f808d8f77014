"""What the books know of an asset, and what they make of its change: holdings, names, merges."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from finsage.platform.caller import Caller
from finsage.platform.unit import Reading, UnitRoute, Writing, requires
from finsage.portfolio.routes.figures import holding_out
from finsage.portfolio.schemas import assets as schemas
from finsage.portfolio.service import asset_merges as service

router = APIRouter(prefix="/assets/{asset_id}", tags=["market"], route_class=UnitRoute)

Reader = Annotated[Caller, requires("portfolio:read")]
Writer = Annotated[Caller, requires("portfolio:write")]


@router.get("/holdings")
async def get_asset_holdings(_: Reader, session: Reading, asset_id: UUID) -> schemas.AssetHoldings:
    """What every portfolio of this tenant holds, or held, of an asset."""
    items = []
    for one in await service.holdings_of(session, asset_id):
        portfolio = one.figures.book.portfolio
        items.append(
            schemas.AssetHeld(
                portfolio_id=portfolio.id,
                portfolio_name=portfolio.name,
                base_currency=portfolio.base_currency,
                as_of=one.figures.whole.end,
                holding=holding_out(one.view) if one.view else None,
            )
        )
    return schemas.AssetHoldings(items=items, next_cursor=None)


@router.patch("")
async def change_asset(
    caller: Writer, session: Writing, asset_id: UUID, body: schemas.AssetChange
) -> schemas.AssetChanged:
    """Change an asset of this tenant. Files that call it as before still mean it."""
    values = body.model_dump(exclude_unset=True, exclude_none=True)
    if "isin" in values:
        values["isin"] = values["isin"] or None
    asset = await service.change_asset(session, caller, asset_id, values)
    return schemas.AssetChanged(
        id=asset.id,
        symbol=asset.symbol,
        name=asset.name,
        asset_class=asset.asset_class,
        currency=asset.currency,
        isin=asset.isin,
        mic=asset.mic,
    )


@router.post("/merge")
async def merge_asset(caller: Writer, session: Writing, asset_id: UUID, body: schemas.MergeIn) -> schemas.MergeOut:
    """Take this asset for another one, in all portfolios: its transactions are booked anew as the other's.

    The figures are those of books that named one asset from the start. DELETE undoes it.
    """
    done = await service.merge(session, caller, asset_id, body.into_id)
    return schemas.MergeOut(asset_id=done.asset.id, rebooked=done.rebooked)


@router.delete("/merge")
async def unmerge_asset(caller: Writer, session: Writing, asset_id: UUID) -> schemas.MergeOut:
    """Take them for two again: what the merge booked anew is booked as it was, what was recorded since stays."""
    done = await service.unmerge(session, caller, asset_id)
    return schemas.MergeOut(asset_id=done.asset.id, rebooked=done.rebooked)
