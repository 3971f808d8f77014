"""The JSON source of an asset: tried, kept, shown without its secret, and forgotten."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from finsage.market.routes.assets import Reader, Writer
from finsage.market.schemas import json_sources as schemas
from finsage.market.service import json_sources
from finsage.market.service.json_sources import JsonDraft, JsonKey, StoredSource
from finsage.platform import clock
from finsage.platform.unit import Reading, UnitRoute, Writing

router = APIRouter(route_class=UnitRoute, tags=["market"])


@router.get("/assets/{asset_id}/json-source")
async def get_json_source(_: Reader, session: Reading, response: Response, asset_id: UUID) -> schemas.JsonSourceOfAsset:
    """Where the price of an asset is read from JSON, and what came of asking last."""
    response.headers["Cache-Control"] = "no-store"  # when it was asked changes with each run
    found = await json_sources.json_source(session, asset_id)
    return schemas.JsonSourceOfAsset(source=schemas.JsonSourceOut(**_source(found)) if found else None)


@router.post("/assets/{asset_id}/json-source/reading")
async def try_json_source(
    caller: Writer, request: Request, asset_id: UUID, body: schemas.JsonSourceIn
) -> schemas.JsonReading:
    """Ask a source once, as it would be asked, and show what was read; nothing is kept.

    Where it cannot be asked, or its answer holds no price where the path says, the problem tells which and where.
    """
    state = request.app.state
    found = await json_sources.try_out(state.database, state.outside, caller, asset_id, _draft(body))
    return schemas.JsonReading(
        price=str(found.price)[:400],
        currency=found.currency,
        as_of=clock.in_utc(found.as_of),
        received_at=found.received_at,
        days=found.days,
        newest=[schemas.DayPrice(day=day, price=price) for day, price in found.newest if price.is_finite()],
        decision=found.decision,
        detail=found.detail,
    )


@router.put("/assets/{asset_id}/json-source")
async def put_json_source(
    caller: Writer, request: Request, asset_id: UUID, body: schemas.JsonSourceIn
) -> schemas.JsonSourcePut:
    """Keep the source of an asset of this tenant: from then on it is asked with the providers, and at once."""
    state = request.app.state
    kept, job_id = await json_sources.put(state.database, state.settings, caller, asset_id, _draft(body))
    return schemas.JsonSourcePut(**_source(kept), job_id=job_id)


@router.delete("/assets/{asset_id}/json-source", status_code=204, response_class=Response)
async def delete_json_source(caller: Writer, session: Writing, asset_id: UUID) -> None:
    """Forget the source of an asset; the prices that came from it stay."""
    await json_sources.delete(session, caller, asset_id)


def _draft(body: schemas.JsonSourceIn) -> JsonDraft:
    key = JsonKey(body.key.sent_as, body.key.name, body.key.value) if body.key else None
    return JsonDraft(body.url, body.price_path, body.as_of_path, body.currency_path, body.is_first, key)


def _source(one: StoredSource) -> dict[str, Any]:
    key = schemas.JsonKeyOut(sent_as=one.key_sent_as, name=one.key_name) if one.key_sent_as and one.key_name else None
    return {
        "asset_id": one.asset_id,
        "url": one.url,
        "price_path": one.price_path,
        "as_of_path": one.as_of_path,
        "currency_path": one.currency_path,
        "is_first": one.is_first,
        "key": key,
        "set_at": clock.in_utc(one.set_at),
        "asked_at": clock.in_utc(one.asked_at),
        "answered_at": clock.in_utc(one.answered_at),
        "problem": one.problem,
        "detail": one.detail,
    }
