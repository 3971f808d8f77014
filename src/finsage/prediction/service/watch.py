"""What is due, how the scores stand, and alarms: the light part of the jobs, which needs no model and no kernel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, timedelta
from uuid import UUID

from prometheus_client import Gauge

from finsage.market.service.matrix import tracked_assets
from finsage.platform import clock
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.jobs import JobContext
from finsage.platform.telemetry import REGISTRY
from finsage.portfolio.service import portfolios
from finsage.prediction.model_files import shipped_sha256
from finsage.prediction.price_model.names import GARCH, RANDOM_WALK
from finsage.prediction.service.calibration import drift, psi
from finsage.prediction.service.lateness import is_too_late
from finsage.prediction.store import models as model_store
from finsage.prediction.store import outcomes as store
from finsage.prediction.store import portfolio_runs as run_store
from finsage.prediction.store import predictions as prediction_store
from finsage.prediction.store import states as state_store
from finsage.prediction.store.outcomes import Sums, summed
from finsage.prediction.store.predictions import Waiting

TRAINING_ASSETS_MIN = 20
CLOSES_IN_HOUR = 6
DRIFT_WINDOW = timedelta(days=182)

RESOLVED = Gauge(
    "finsage_prediction_resolved", "Forecasts of the daily run whose day came in the last half year",
    ("state", "horizon_days"), registry=REGISTRY,
)  # fmt: skip
CRPS_RATIO = Gauge(
    "finsage_prediction_crps_ratio", "Score over that of a baseline, half a year; below one is better",
    ("horizon_days", "baseline"), registry=REGISTRY,
)  # fmt: skip
COVERAGE = Gauge(
    "finsage_prediction_coverage", "Share of outcomes inside a band, half a year", ("horizon_days", "level"),
    registry=REGISTRY,
)  # fmt: skip
QLIKE = Gauge(
    "finsage_model_qlike", "Loss of the variance forecast less that of EWMA, half a year; below zero is better",
    ("horizon_days",), registry=REGISTRY,
)  # fmt: skip
PSI = Gauge(
    "finsage_model_psi", "How unevenly outcomes lie in their forecasts, half a year; above .25 is an alarm",
    ("horizon_days",), registry=REGISTRY,
)  # fmt: skip
BREACHES = Gauge(
    "finsage_model_var_breach_ratio", "Losses beyond value at risk over as many as it means, half a year",
    ("horizon_days", "confidence"), registry=REGISTRY,
)  # fmt: skip
FORECAST_AGE = Gauge("finsage_forecast_age_seconds", "Age of the newest forecast of the daily run", registry=REGISTRY)

# Until there is a forecast nobody knows its age.
FORECAST_AGE.set(float("nan"))


def last_whole_day() -> date:
    """Yesterday in UTC: the price of today is not its close yet."""
    return clock.today("UTC") - timedelta(days=1)


async def is_forecast_due(job: JobContext, tenant_id: UUID | None = None) -> bool:
    """Whether any asset of a tenant, or of any, has a close its forecasts do not know, or another model answers."""
    async with job.database.read() as session:
        tenants = await state_store.tenants(session) if tenant_id is None else [tenant_id]
        pointer = (await model_store.pointers(session)).get("price")
        champion = await model_store.find(session, "price", pointer.champion) if pointer and pointer.champion else None
    sha256 = champion.sha256 if champion else shipped_sha256("price")
    for one in tenants:
        if await due(job, one, sha256, last_whole_day()):
            return True
        if are_closes_in() and await due_portfolios(job, one, last_whole_day()):
            return True
    return False


def are_closes_in() -> bool:
    """Whether the closes of the last whole day have been told: portfolios are forecast once, from all of them."""
    return clock.now().astimezone(UTC).hour >= CLOSES_IN_HOUR


async def due_portfolios(job: JobContext, tenant_id: UUID, until: date) -> list[UUID]:
    """The portfolios of a tenant that were not forecast after this day yet and have a transaction."""
    async with job.database.read(tenant_id) as session:
        listed = await portfolios.list_portfolios(session)
        known = await run_store.done(session, tenant_id) if listed else {}
    return [
        one.portfolio.id for one in listed if one.transactions_count and known.get(one.portfolio.id, date.min) < until
    ]


async def due(job: JobContext, tenant_id: UUID, model_sha256: str, until: date) -> set[UUID]:
    """The assets of a tenant whose last whole day is newer than their last forecast, or was of another model."""
    async with job.database.read(tenant_id) as session:
        tracked = await tracked_assets(session, until=until)
        known = await state_store.days(session, tenant_id) if tracked else {}
    return {one.asset_id for one in tracked if known.get(one.asset_id) != (one.last_day, model_sha256)}


async def is_enough_to_train_on(job: JobContext) -> bool:
    """Whether there are as many real assets to learn from as training needs."""
    return sum((await learned_from(job)).values()) >= TRAINING_ASSETS_MIN


async def learned_from(job: JobContext) -> dict[UUID, int]:
    """Whose assets are learned from, with how many of them are real.

    Everyone's, and a tenant's own where there is one such tenant alone: what one household entered must not shape what
    another is shown.
    """
    async with job.database.read() as session:
        tenants = await state_store.tenants(session)
    real = {}
    for tenant_id in tenants:
        async with job.database.read(tenant_id) as session:
            tracked = await tracked_assets(session, until=last_whole_day())
        real[tenant_id] = sum(not one.is_simulated for one in tracked)
    households = [tenant_id for tenant_id, count in real.items() if count and tenant_id != PUBLIC_TENANT]
    return {
        tenant_id: count
        for tenant_id, count in real.items()
        if count and (tenant_id == PUBLIC_TENANT or households == [tenant_id])
    }


async def is_score_due(job: JobContext) -> bool:
    """Whether the day of any forecast has come and there may be a close to judge it by, or it came too late."""
    async with job.database.read() as session:
        tenants = await state_store.tenants(session)
    until = last_whole_day()
    for tenant_id in tenants:
        async with job.database.read(tenant_id) as session:
            waiting = await prediction_store.waiting(session, tenant_id, until=until)
            if not waiting:
                continue
            tracked = await tracked_assets(session, until=until)
            tracked += await tracked_assets(session, until=until, tenant_id=PUBLIC_TENANT)
        if _is_any_due(waiting, {one.asset_id: one.last_day for one in tracked}, until):
            return True
    return False


def _is_any_due(waiting: Sequence[Waiting], last_days: Mapping[UUID, date], until: date) -> bool:
    newest = max(last_days.values(), default=until)
    return any(
        # What a portfolio held stands in the forecast: any newer close may be the one it waits for.
        one.first <= (newest if one.kind == "portfolio" else last_days.get(one.subject_id, date.min))
        or is_too_late(one.first, until, is_daily=one.is_daily)
        for one in waiting
    )


async def refit(job: JobContext) -> None:
    """Once a week forget what was prepared, so that corrected closes enter everywhere; the next run does the work.

    GARCH models stay where what they were fitted to has: fitted again they would be the same.
    """
    async with job.database.read() as session:
        tenants = await state_store.tenants(session)
    for tenant_id in tenants:
        async with job.database.write(tenant_id, is_announced=False) as session:
            await state_store.forget(session, tenant_id)


async def watch(job: JobContext) -> None:
    """Look at how the scores stand: set the gauges, and tell where calibration leaves its limit or comes back."""
    async with job.database.read() as session:
        tenants = await state_store.tenants(session)
    recent: list[Sums] = []
    newest = None
    for tenant_id in tenants:
        async with job.database.read(tenant_id) as session:
            recent += await store.sums(session, since=last_whole_day() - DRIFT_WINDOW, tenant_id=tenant_id)
            made = await prediction_store.newest(session, tenant_id)
        newest = max((one for one in (newest, made) if one is not None), default=None)
    if newest is not None:
        FORECAST_AGE.set((clock.now() - newest).total_seconds())
    real = [one for one in recent if not one.is_simulated]
    show(real)
    async with job.effect() as session:
        for kind, detail in drift(real, is_drifting=await model_store.is_drifting(session, "price")):
            await model_store.tell(session, "price", kind, "champion", detail)


def by_horizon(recent: Sequence[Sums]) -> dict[int, Sums]:
    """The sums of all assets by horizon, in ascending order; portfolios hold what is counted already."""
    found = defaultdict[int, list[Sums]](list)
    for one in recent:
        if one.subject_kind == "asset":
            found[one.horizon_days].append(one)
    return {days: summed(found[days]) for days in sorted(found)}


def show(recent: Sequence[Sums]) -> None:
    """Set the gauges of the last half year."""
    for days, total in by_horizon(recent).items():
        RESOLVED.labels("scored", str(days)).set(total.matured)
        RESOLVED.labels("unscorable", str(days)).set(total.unscorable)
        if total.matured:
            COVERAGE.labels(str(days), "0.8").set(total.inside_80 / total.matured)
            COVERAGE.labels(str(days), "0.95").set(total.inside_95 / total.matured)
            PSI.labels(str(days)).set(psi(total.pit))
            for level, breaches in ((0.95, total.beyond_95), (0.99, total.beyond_99)):
                BREACHES.labels(str(days), f"{level:g}").set(breaches / total.matured / (1.0 - level))
        if total.qlike_matured:
            QLIKE.labels(str(days)).set((total.qlike - total.ewma_qlike) / total.qlike_matured)
        if total.random_walk_crps > 0:
            ratio = total.crps_beside_random_walk / total.random_walk_crps
            CRPS_RATIO.labels(str(days), RANDOM_WALK).set(ratio)
        if total.garch_crps > 0:
            CRPS_RATIO.labels(str(days), GARCH).set(total.crps_beside_garch / total.garch_crps)
