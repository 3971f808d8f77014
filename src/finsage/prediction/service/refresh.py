"""The daily run: forecasts of every asset that has a new close, over the trained horizons, in all tenants.

It runs each hour and finds nothing to do where no close is new. A forecast of a day is made once: run again, it writes
nothing. It computes in the compute process, never beside requests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from finsage.market.service.matrix import PriceMatrix, Tracked
from finsage.platform import clock
from finsage.platform.database import ReadSession, WriteSession, allow_idling
from finsage.platform.events import tell
from finsage.platform.jobs import JobContext, Step
from finsage.prediction.price_model.features import Member, market
from finsage.prediction.price_model.forecast import Forecast, forecasts
from finsage.prediction.price_model.global_models import TRAINED_DAYS
from finsage.prediction.price_model.preparation import Prepared, keep, prepare, reached, usable, with_kept_fits
from finsage.prediction.price_model.scale import scaled
from finsage.prediction.price_model.weights import Weights
from finsage.prediction.service import registry, serving
from finsage.prediction.service.histories import histories_of, read_closes
from finsage.prediction.service.making import (
    Confidence,
    baselines_of,
    confidence_scores,
    day_of,
    inputs_of,
    kept_by_name,
    matures_on,
    result_of,
    state_of,
)
from finsage.prediction.service.portfolio_refresh import refresh_portfolios
from finsage.prediction.service.scales import Scales
from finsage.prediction.service.watch import are_closes_in, due, due_portfolios, last_whole_day
from finsage.prediction.store import models as model_store
from finsage.prediction.store import outcomes as outcome_store
from finsage.prediction.store import predictions as store
from finsage.prediction.store import scales as scale_store
from finsage.prediction.store import states as state_store
from finsage.prediction.store.predictions import Prediction
from finsage.prediction.store.states import State

IDLE_SECONDS = 300
ASSETS_AT_ONCE = 100
"""Few enough for their arrays to be small, and for whoever looks at the progress to see it."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a tenant's forecasts are made from."""

    tenant_id: UUID
    tracked: Sequence[Tracked]
    matrix: PriceMatrix
    weights: Weights
    states: Sequence[State]
    confidence: Confidence
    scales: Scales


@dataclass(frozen=True, slots=True)
class Made:
    """Forecasts of one tenant, and what to go on from."""

    predictions: list[Prediction]
    states: list[State]


async def refresh(job: JobContext, tenant_id: UUID | None = None) -> None:
    """Forecast every asset of a tenant, or of all, whose last whole day is newer than its last forecast."""
    until = last_whole_day()
    async with job.database.read() as session:
        candidates = await registry.champion_weights(session)
        tenants = await state_store.tenants(session) if tenant_id is None else [tenant_id]
    served = await serving.load_weights(candidates, job.outside.files() if job.outside else None)
    model_sha256 = served.weights.sha256
    wanted_of = {tenant: wanted for tenant in tenants if (wanted := await due(job, tenant, model_sha256, until))}
    # Who has just added history does not wait for the morning either.
    has_all = tenant_id is not None or are_closes_in()
    for number, tenant in enumerate(tenants):
        if tenant in wanted_of:
            share = number / len(tenants), 1 / len(tenants)
            await _refresh_tenant(job, tenant, wanted_of[tenant], served.weights, until, share=share)
        if has_all and (portfolio_ids := await due_portfolios(job, tenant, until)):
            await refresh_portfolios(job, tenant, portfolio_ids, served.weights, until)
        await job.progress((number + 1) / len(tenants), seconds_apart=1)
    async with job.effect() as session:
        if served.refused is not None and await _is_news(session, served.refused):
            await serving.note_tampering(session, served)


async def _is_news(session: ReadSession, version: str) -> bool:
    events = await model_store.events(session, limit=1)
    return not events or (events[0].kind, events[0].version) != ("tampered", version)


async def _refresh_tenant(
    job: JobContext, tenant_id: UUID, wanted: set[UUID], weights: Weights, until: date, *, share: tuple[float, float]
) -> None:
    async with job.database.read(tenant_id) as session:
        inputs = await read_inputs(session, tenant_id, weights, until)
    made, (begin, part) = Made([], []), share

    def how_far() -> tuple[float, Step]:
        done = len(made.states)
        return begin + part * done / max(len(wanted), 1), Step("assets forecast", done, len(wanted))

    await job.while_working(asyncio.to_thread(make, inputs, wanted, made), how_far)
    async with job.database.write(tenant_id) as session:
        await store_made(session, tenant_id, made)


async def read_inputs(session: ReadSession, tenant_id: UUID, weights: Weights, until: date) -> Inputs:
    """What a tenant's forecasts of a day are made from."""
    await allow_idling(session, IDLE_SECONDS)
    tracked, matrix = await read_closes(session, until)
    states = await state_store.read(session, tenant_id)
    confidence = confidence_scores(await outcome_store.covered(session))
    scales = Scales(await scale_store.read(session, tenant_id))
    return Inputs(tenant_id, tracked, matrix, weights, states, confidence, scales)


async def store_made(session: WriteSession, tenant_id: UUID, made: Made) -> None:
    """Store forecasts and what to go on from."""
    await store.add(session, made.predictions)
    if made.predictions:
        await tell(session, tenant_id, "forecasts")
    await state_store.put(session, tenant_id, made.states)


def make(inputs: Inputs, wanted: set[UUID], made: Made | None = None) -> Made:
    """Forecast the wanted assets of a tenant's market; pure but for ids and the clock.

    What is made is added as it comes to ``made``, where somebody looks at it.
    """
    weights = inputs.weights
    read = histories_of(inputs.tracked, inputs.matrix)
    kept = kept_by_name(inputs.states, weights)
    going_on = reached(usable(kept, read.histories))
    found = market(read.histories, read.classes, wanted={str(one) for one in wanted}, reached=going_on)
    chosen = {name: with_kept_fits(member, kept.get(name)) for name, member in found.items()}
    made = made or Made([], [])
    names = list(chosen)
    for first in range(0, len(names), ASSETS_AT_ONCE):
        part = {name: chosen.pop(name) for name in names[first : first + ASSETS_AT_ONCE]}
        prepared = prepare(part, weights, kept)
        for days in TRAINED_DAYS:
            made.predictions.extend(_predictions(inputs, read.assets, part, prepared, days))
        for name, member in part.items():
            state = State(UUID(name), read.assets[UUID(name)].last_day, weights.sha256)
            made.states.append(state_of(keep(member, prepared[name]), state))
    made.states.extend(_refusals(read.refused, read.assets, wanted, weights))
    return made


def _predictions(
    inputs: Inputs,
    assets: Mapping[UUID, Tracked],
    members: Mapping[str, Member],
    prepared: Mapping[str, Prepared],
    days: int,
) -> list[Prediction]:
    """Forecasts of assets over one horizon as they are stored."""
    found = forecasts(list(members.values()), inputs.weights, days, [prepared[name] for name in members])
    baselines = baselines_of(list(members.values()), [one.horizon_rows for one in found])
    return [
        prediction_of(inputs, assets[UUID(name)], member, one, user_id=None, baselines=beside)
        for (name, member), one, beside in zip(members.items(), found, baselines, strict=True)
    ]


def prediction_of(
    inputs: Inputs,
    asset: Tracked,
    member: Member,
    one: Forecast,
    *,
    user_id: UUID | None,
    baselines: Mapping[str, list[float]] | None = None,
) -> Prediction:
    """The forecast of an asset as it is stored; ``baselines`` where they are known already."""
    as_of = day_of(one.as_of)
    scale = inputs.scales.of(asset.asset_id, one.horizon_days, asset.asset_class, is_simulated=asset.is_simulated)
    score = inputs.confidence.of(
        str(asset.asset_id), one.horizon_days, asset.asset_class, is_simulated=asset.is_simulated
    )
    return Prediction(
        id=clock.new_id(),
        tenant_id=inputs.tenant_id,
        as_of=as_of,
        user_id=user_id,
        subject_kind="asset",
        subject_id=asset.asset_id,
        asset_class=asset.asset_class,
        is_simulated=asset.is_simulated,
        horizon_days=one.horizon_days,
        matures_on=matures_on(as_of, one.horizon_days),
        last_close=Decimal(f"{one.last_close:.12g}"),
        currency=asset.currency,
        rung=one.rung,
        model_id=inputs.weights.id,
        model_sha256=inputs.weights.sha256,
        input_data=inputs_of(member),
        prediction_result=result_of(scaled(one, scale), member, scale, baselines),
        confidence_score=score,
        created_at=clock.now(),
    )


def _refusals(
    refused: Mapping[UUID, str], assets: Mapping[UUID, Tracked], wanted: set[UUID], weights: Weights
) -> list[State]:
    return [
        State(asset_id, assets[asset_id].last_day, weights.sha256, refused=reason)
        for asset_id, reason in refused.items()
        if asset_id in wanted
    ]
