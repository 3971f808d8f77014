"""One asset: its newest price, its names, and how good its prices are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from uuid import UUID

from fastapi import APIRouter, Response

from finsage.market.routes.assets import Reader, asset_out
from finsage.market.routes.data_health import quarantined_out
from finsage.market.schemas import quality as schemas
from finsage.market.service import assets, merges, prices
from finsage.market.service import quality as service
from finsage.market.service.assets import Asset
from finsage.market.service.merges import Merge
from finsage.platform import clock
from finsage.platform.unit import Reading, UnitRoute

router = APIRouter(prefix="/assets/{asset_id}", route_class=UnitRoute, tags=["market"])


@router.get("")
async def get_asset(_: Reader, session: Reading, asset_id: UUID) -> schemas.AssetDetail:
    """One asset with its newest price, what it was called before, and which others it is."""
    asset = await assets.asset_by_id(session, asset_id)
    latest = await prices.latest_prices(session, [asset_id], on=clock.today("UTC"))
    known = await merges.identity_of(session, asset_id)
    into = known.merged_into
    ids = {one.asset_id for one in known.merged} | ({into.into_id} if into else set())
    others = await assets.assets_by_ids(session, ids)
    return schemas.AssetDetail(
        **asset_out(asset, latest.get(asset_id)).model_dump(),
        former_symbols=[
            schemas.FormerSymbolOut(symbol=one.symbol, mic=one.mic, until=clock.in_utc(one.until))
            for one in known.former_symbols
        ],
        merged_into=_merged(into, into.into_id, others) if into else None,
        merged=[shape for one in known.merged if (shape := _merged(one, one.asset_id, others))],
    )


@router.get("/price-quality")
async def get_price_quality(_: Reader, session: Reading, asset_id: UUID, response: Response) -> schemas.PriceQualityOut:
    """Where the prices of an asset are from, how old the last one is, and what was not believed."""
    # Ages grow without anything being written.
    response.headers["Cache-Control"] = "no-store"
    found = await service.price_quality(session, asset_id)
    answer = found.last_answer
    return schemas.PriceQualityOut(
        asset_id=asset_id,
        price=found.price.value if found.price else None,
        currency=found.asset.currency,
        as_of=found.price.day if found.price else None,
        quoted_at=clock.in_utc(found.quoted_at),
        age_days=found.age_days,
        stale_after_days=found.asset.stale_after_days,
        is_stale=found.is_stale,
        is_followed=found.is_followed,
        provider=answer.provider,
        asked_at=clock.in_utc(answer.asked_at),
        flag=answer.flag,
        problem=answer.problem,
        sources=[schemas.PriceSourceOut(**asdict(one)) for one in found.sources],
        quarantine=[quarantined_out(one) for one in found.quarantine],
    )


def _merged(merge: Merge, other_id: UUID, others: Mapping[UUID, Asset]) -> schemas.MergedOut | None:
    other = others.get(other_id)
    if other is None:
        return None
    return schemas.MergedOut(
        asset_id=other.id, symbol=other.symbol, name=other.name, merged_at=clock.in_utc(merge.merged_at)
    )
