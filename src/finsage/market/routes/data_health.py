"""How fresh market data is, and deciding about what was put aside."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from finsage.market.candles import SECONDS
from finsage.market.schemas import data_health as schemas
from finsage.market.service import data_health
from finsage.market.service.refresh import enqueue_refresh_now
from finsage.platform import clock
from finsage.platform.caller import Caller
from finsage.platform.settings import Settings
from finsage.platform.unit import Reading, UnitRoute, Writing, requires

router = APIRouter(route_class=UnitRoute, tags=["market"])

Reader = Annotated[Caller, requires("market:read")]
Writer = Annotated[Caller, requires("market:write")]


@router.get("/data-health")
async def get_data_health(_: Reader, session: Reading, request: Request, response: Response) -> schemas.DataHealthOut:
    """How fresh prices are: sources, rates, assets with their age, what was put aside, the last runs and the next."""
    # Ages grow without anything being written.
    response.headers["Cache-Control"] = "no-store"
    settings: Settings = request.app.state.settings
    found = await data_health.data_health(session, settings)
    return schemas.DataHealthOut(
        sources=[_source(one) for one in found.sources],
        rates=_rates(found.rates),
        assets=[_asset(one) for one in found.assets],
        assets_total=found.assets_total,
        quarantine=[quarantined_out(one) for one in found.quarantine],
        quarantine_total=found.quarantine_total,
        runs=[_run(one) for one in found.runs],
        next_run_at=found.next_run_at,
        lag_seconds=found.lag_seconds,
        is_late=found.is_late,
    )


@router.post("/data-health/refresh", status_code=202)
async def refresh_now(caller: Writer, session: Writing, response: Response) -> schemas.RefreshAsked:
    """Have the prices of all assets of this tenant asked for now, except those that were within the last minute."""
    job_id = await enqueue_refresh_now(session, caller.tenant_id)
    response.headers["Location"] = f"/api/v1/jobs/{job_id}"
    return schemas.RefreshAsked(job_id=job_id)


@router.post("/data-health/quarantine/{quarantine_id}/accept")
async def accept_price(caller: Writer, session: Writing, quarantine_id: UUID) -> schemas.QuarantinedOut:
    """Believe a price that was put aside: it is written on its day."""
    return quarantined_out(await data_health.accept(session, caller, quarantine_id))


@router.post("/data-health/quarantine/{quarantine_id}/dismiss")
async def dismiss_price(caller: Writer, session: Writing, quarantine_id: UUID) -> schemas.QuarantinedOut:
    """Put a price away for good."""
    return quarantined_out(await data_health.dismiss(session, caller, quarantine_id))


def _source(one: data_health.SourceHealth) -> schemas.SourceOut:
    state = one.state
    circuit: schemas.Circuit | None = None
    if state.is_circuit_open is not None:
        circuit = "open" if state.is_circuit_open and one.stand == "resting" else "closed"
    return schemas.SourceOut(
        provider=one.provider,
        state=one.stand,
        answered_at=clock.in_utc(state.answered_at),
        failed_at=clock.in_utc(state.failed_at),
        problem=state.problem,
        failure=state.detail,
        circuit=circuit,
        resting_until=clock.in_utc(state.resting_until) if one.stand == "resting" else None,
        retries_left=state.retries_left,
        asks_per_minute=state.asks_per_minute,
        assets=one.assets,
        newest_price_at=clock.in_utc(state.newest_price_at),
    )


def _rates(rates: data_health.RatesHealth) -> schemas.RatesHealthOut:
    return schemas.RatesHealthOut(
        is_live=rates.is_live,
        last_day=rates.last_day,
        age_days=rates.age_days,
        is_stale=rates.is_stale,
        last_run=_run(rates.last_run) if rates.last_run else None,
    )


def _asset(one: data_health.AssetHealth) -> schemas.AssetHealthOut:
    asset = one.followed
    return schemas.AssetHealthOut(
        asset_id=asset.asset_id,
        symbol=asset.symbol,
        name=asset.name,
        provider=asset.provider,
        price=one.price.value if one.price else None,
        currency=asset.currency,
        day=one.price.day if one.price else None,
        age_days=one.age_days,
        is_stale=one.is_stale,
        asked_at=clock.in_utc(asset.asked_at),
        flag=asset.flag,
        problem=asset.problem,
        backfill=schemas.BackfillOut.model_validate(asdict(one.backfill)) if one.backfill else None,
    )


def quarantined_out(one: data_health.Quarantined) -> schemas.QuarantinedOut:
    """A price that was put aside, as the wire has it."""
    told = {name: value for name, value in asdict(one).items() if name != "seconds"}
    interval = next(width for width, seconds in SECONDS.items() if seconds == one.seconds)
    instants = {"found_at": clock.in_utc(one.found_at), "seen_at": clock.in_utc(one.seen_at)}
    more = {"interval": interval, "is_acceptable": data_health.unusable(one) is None}
    return schemas.QuarantinedOut.model_validate({**told, **instants, **more})


def _run(one: data_health.Run) -> schemas.RunOut:
    told = {name: value for name, value in asdict(one).items() if name != "name"}
    instants = {name: clock.in_utc(told[name]) for name in ("due_at", "started_at", "finished_at")}
    return schemas.RunOut.model_validate({**told, **instants})
