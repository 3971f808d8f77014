"""Searching the market: here and at providers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from finsage.market.routes.assets import Reader
from finsage.market.schemas import search as schemas
from finsage.market.schemas.assets import IdentifierBody
from finsage.market.service import search as service
from finsage.market.service.search import Hit
from finsage.platform.unit import UnitRoute
from finsage.platform.wire import Text

router = APIRouter(route_class=UnitRoute, tags=["market"])

LIMIT_MAX = 50


@router.get("/market/search")
async def search_market(  # noqa: PLR0917 - the request and its parameters
    caller: Reader,
    request: Request,
    response: Response,
    query: Annotated[Text, Query(min_length=1, max_length=100, description="Symbol, ISIN, identifier or name")],
    providers: Annotated[bool, Query(description="Also ask the providers that can search")] = True,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = 20,
) -> schemas.SearchOut:
    """Find an asset: those kept here and those that providers know, each once.

    A provider that fails is named in ``failures``; the others' answers stand. Nothing is added by searching.
    """
    state = request.app.state
    found = await service.search(
        state.database, getattr(state, "outside", None), caller, query, with_providers=providers, limit=limit
    )
    # Providers answer anew, and no write of ours tells when.
    response.headers["Cache-Control"] = "no-store"
    return schemas.SearchOut(
        items=[_hit(hit) for hit in found.items],
        ambiguous_symbols=found.ambiguous_symbols,
        asked=found.asked,
        failures=[
            schemas.SearchFailure(provider=one.provider, problem=one.error.slug(), detail=str(one.error))
            for one in found.failed
        ],
    )


def _hit(hit: Hit) -> schemas.HitOut:
    return schemas.HitOut(
        symbol=hit.symbol,
        name=hit.name,
        asset_class=hit.asset_class,
        currency=hit.currency,
        mic=hit.mic,
        isin=hit.isin,
        identifiers=[IdentifierBody(scheme=one.scheme, value=one.value) for one in hit.identifiers],
        asset_id=hit.asset_id,
        is_own=hit.is_own,
        is_simulated=hit.is_simulated,
        providers=list(hit.providers),
    )
