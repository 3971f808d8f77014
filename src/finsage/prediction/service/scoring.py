"""Scoring: what came of forecasts whose day has come, beside the naive baselines.

Every forecast is judged, good or bad. Only those of the daily run enter the scoreboard: what somebody asks for is asked
for a reason. A score is written once; run again, nothing is added twice.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import numpy as np

from finsage.market.service.matrix import adjusted_matrix
from finsage.market.service.rates import RateSeries
from finsage.platform.database import allow_idling
from finsage.platform.events import tell
from finsage.platform.jobs import JobContext, Step
from finsage.prediction.price_model import baselines
from finsage.prediction.price_model.forecast import probability_below
from finsage.prediction.price_model.history import Floats
from finsage.prediction.price_model.levels import LEVELS, SHOWN, crps, pinball
from finsage.prediction.price_model.scale import spread_ratio
from finsage.prediction.service.lateness import is_too_late
from finsage.prediction.service.portfolio_outcomes import rates_of, realised_of_portfolio
from finsage.prediction.service.realised import Closes, Realised, closes_of, first_close
from finsage.prediction.service.scales import RATIOS_MAX, ratios_of
from finsage.prediction.service.watch import last_whole_day
from finsage.prediction.store import outcomes as store
from finsage.prediction.store import predictions as prediction_store
from finsage.prediction.store import scales as scale_store
from finsage.prediction.store import states as state_store
from finsage.prediction.store.outcomes import TENTHS, Outcome, Sums, monday, summed
from finsage.prediction.store.predictions import Prediction

BATCH = 2_000
SEEN_BEFORE = timedelta(days=120)
"""Closes before the oldest forecast that say what is usual, so that a split stands out."""

_SCORED = [SHOWN.index(level) for level in LEVELS]
_BANDS = {"inside_80": (LEVELS.index(0.1), LEVELS.index(0.9)), "inside_95": (LEVELS.index(0.025), LEVELS.index(0.975))}


async def score_matured(job: JobContext) -> None:
    """Judge every forecast whose day has come, in all tenants."""
    until = last_whole_day()
    async with job.database.read() as session:
        tenants = await state_store.tenants(session)
    for done, tenant_id in enumerate(tenants):
        await _score_tenant(job, tenant_id, until, done / max(len(tenants), 1))


async def _score_tenant(job: JobContext, tenant_id: UUID, until: date, fraction: float) -> None:
    # Batch after batch behind the last one: what waits for its close must not keep what comes after it waiting too.
    after: tuple[date, UUID] | None = None
    judged = 0
    while True:
        async with job.database.read(tenant_id) as session:
            await allow_idling(session, 60)
            waiting = await prediction_store.matured(session, tenant_id, until=until, limit=BATCH, after=after)
            if not waiting:
                return
            assets = sorted({asset_id for one in waiting for asset_id in _assets_of(one)})
            first = min(one.as_of for one in waiting) - SEEN_BEFORE
            closes = closes_of(await adjusted_matrix(session, assets, first, until))
            rates = await rates_of(session, [one for one in waiting if one.subject_kind == "portfolio"], until)
        outcomes = await asyncio.to_thread(judge, waiting, closes, rates, until)
        async with job.database.write(tenant_id, is_announced=bool(outcomes)) as session:
            new = await store.add(session, tenant_id, outcomes)
            fresh = [one for one in outcomes if one.prediction.id in new]
            await store.add_sums(session, tenant_id, weekly_sums(fresh))
            await scale_store.add(session, tenant_id, ratios_of(fresh), most=RATIOS_MAX)
            if fresh:
                await tell(session, tenant_id, "forecasts")
        after = waiting[-1].matures_on, waiting[-1].id
        judged += len(waiting)
        await job.progress(fraction, Step("forecasts judged", judged), seconds_apart=1)


def _assets_of(one: Prediction) -> list[UUID]:
    if one.subject_kind == "asset":
        return [one.subject_id]
    return [UUID(part["asset_id"]) for part in one.input_data["parts"] if part["asset_id"] is not None]


def judge(waiting: Sequence[Prediction], closes: Closes, rates: Mapping[str, RateSeries], until: date) -> list[Outcome]:
    """The outcomes of forecasts; one that may still get its close has none yet.

    One whose price moved like a split between its two closes is unscorable: a recorded split alone alters prices.
    """
    found = []
    for one in waiting:
        if one.subject_kind == "portfolio":
            realised = realised_of_portfolio(one, closes, rates)
        else:
            realised = first_close(closes, one.subject_id, one.matures_on, one.as_of, float(one.last_close))
        is_daily = one.input_data["calendar"] == "daily"
        last = until if realised is None else realised.day
        if is_too_late(one.matures_on, last, is_daily=is_daily) or (realised is not None and realised.is_split):
            found.append(Outcome(one, "unscorable"))
        elif realised is not None:
            found.append(outcome_of(one, realised))
    return found


def outcome_of(one: Prediction, realised: Realised) -> Outcome:
    """The scores of a forecast, of quantiles of the log return; lower is better but for the bands."""
    shown = np.array(one.prediction_result["quantiles"])
    scored, outcome = shown[_SCORED][None, :], np.array([realised.log_return])
    inside = {
        name: bool(scored[0, low] <= realised.log_return <= scored[0, high]) for name, (low, high) in _BANDS.items()
    }
    qlike, ewma_qlike = qlikes_of(one, realised)
    return Outcome(
        one,
        "scored",
        realised.day,
        realised.price,
        realised.log_return,
        probability_below(shown, realised.log_return),
        float(crps(scored, outcome)[0]),
        tuple(pinball(scored, outcome)[0].tolist()),
        baseline_crps={
            name: float(crps(np.array([quantiles]), outcome)[0])
            for name, quantiles in one.prediction_result["baselines"].items()
        },
        qlike=qlike,
        ewma_qlike=ewma_qlike,
        spread=spread_of(one, scored[0], realised),
        **inside,
    )


def qlikes_of(one: Prediction, realised: Realised) -> tuple[float, float] | tuple[None, None]:
    """The losses ln v + RV/v of our variance and of EWMA's; nothing where one is not known, as for portfolios."""
    ewma, own = one.prediction_result.get("ewma_variance"), one.prediction_result["sigma"] ** 2
    if realised.variance is None or not ewma or not own:
        return None, None
    return float(np.log(own) + realised.variance / own), float(np.log(ewma) + realised.variance / ewma)


def spread_of(one: Prediction, scored: Floats, realised: Realised) -> float | None:
    """See ``price_model.scale.spread_ratio``; portfolios have no factor of their own, what they hold has."""
    if one.subject_kind == "portfolio":
        return None
    low, median, high = (float(scored[LEVELS.index(level)]) for level in (0.1, 0.5, 0.9))
    return spread_ratio(realised.log_return, median, low, high, one.prediction_result.get("scale", 1.0))


def weekly_sums(outcomes: Iterable[Outcome]) -> list[Sums]:
    """What outcomes of the daily run add to the sums of their weeks."""
    found = defaultdict[tuple[UUID, int, date], list[Sums]](list)
    for one in outcomes:
        if one.prediction.user_id is None:
            added = sums_of(one)
            found[added.subject_id, added.horizon_days, added.week].append(added)
    return [summed(found[key]) for key in sorted(found)]


def sums_of(one: Outcome) -> Sums:
    """One outcome as sums."""
    made = one.prediction
    empty = Sums(
        made.subject_id,
        made.horizon_days,
        monday(made.matures_on),
        made.subject_kind,
        made.asset_class,
        made.is_simulated,
    )
    if one.state == "unscorable" or one.crps is None or one.log_return is None:
        return replace(empty, unscorable=1)
    beside = one.baseline_crps or {}
    walk, garch = beside.get(baselines.RANDOM_WALK), beside.get(baselines.GARCH)
    loss = -float(np.expm1(one.log_return))
    at_risk = made.prediction_result["var"]
    tenth = TENTHS[min(int((one.pit or 0.0) * len(TENTHS)), len(TENTHS) - 1)]
    placed: dict[str, Any] = {tenth: 1}
    return replace(
        empty,
        **placed,
        matured=1,
        crps=one.crps,
        random_walk_crps=walk or 0.0,
        crps_beside_random_walk=one.crps if walk is not None else 0.0,
        garch_crps=garch or 0.0,
        crps_beside_garch=one.crps if garch is not None else 0.0,
        inside_80=int(bool(one.inside_80)),
        inside_95=int(bool(one.inside_95)),
        beyond_95=int(loss > at_risk["0.95"]),
        beyond_99=int(loss > at_risk["0.99"]),
        qlike=one.qlike or 0.0,
        ewma_qlike=one.ewma_qlike or 0.0,
        qlike_matured=int(one.qlike is not None),
    )
