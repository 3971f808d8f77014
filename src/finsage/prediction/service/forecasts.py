"""Forecasts on demand: of an asset or a portfolio over any horizon, or of a goal, stored as they were made."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any
from uuid import UUID

from finsage.market.service.assets import Asset, asset_by_id
from finsage.platform import clock
from finsage.platform.caller import Caller
from finsage.platform.database import WriteSession, allow_idling
from finsage.prediction.errors import NeverMoved
from finsage.prediction.price_model.forecast import (
    HORIZON_DAYS_MAX,
    InvalidHorizon,
    TooLittleHistory,
    forecast,
)
from finsage.prediction.price_model.preparation import prepare, with_kept_fits
from finsage.prediction.price_model.weights import Weights
from finsage.prediction.service.advising import goal_odds
from finsage.prediction.service.goals import find_risk_profile, goal_by_id
from finsage.prediction.service.histories import MarketView, market_around, market_of
from finsage.prediction.service.making import (
    confidence_scores,
    kept_by_name,
)
from finsage.prediction.service.portfolio_making import SEED, of_portfolio
from finsage.prediction.service.portfolios import holdings_of
from finsage.prediction.service.refresh import Inputs, prediction_of
from finsage.prediction.service.scales import Scales
from finsage.prediction.service.watch import last_whole_day
from finsage.prediction.store import goal_predictions as goal_store
from finsage.prediction.store import outcomes as outcome_store
from finsage.prediction.store import predictions as store
from finsage.prediction.store import scales as scale_store
from finsage.prediction.store import states as state_store
from finsage.prediction.store.goal_predictions import GoalPrediction
from finsage.prediction.store.predictions import Prediction

COMPUTE_SECONDS = 300


async def forecast_asset(
    session: WriteSession, caller: Caller, asset_id: UUID, horizon_days: int, weights: Weights
) -> Prediction:
    """Forecast an asset the caller may see and store it; the daily run's, where it made the very same, is given back.

    Raises:
        AssetNotFound: absent, or another tenant's.
        InvalidHorizon: not 1 to 365 days.
        TooLittleHistory: fewer than 30 returns, or prices that cannot be used.
        NeverMoved: see ``standstill``.
    """
    _refuse_horizon(horizon_days)
    asset = await asset_by_id(session, asset_id)
    await allow_idling(session, COMPUTE_SECONDS)
    until = last_whole_day()
    tracked, matrix = await market_around(session, asset, until)
    if not len(matrix.days):
        raise TooLittleHistory(f"There is no price of {asset.symbol} yet. A forecast needs at least 31 closes.")
    states = await state_store.read(session, asset.tenant_id, [asset_id])
    confidence = confidence_scores(await outcome_store.covered(session))
    scales = Scales(await scale_store.read(session, asset.tenant_id, [asset.asset_class]))
    inputs = Inputs(caller.tenant_id, tracked, matrix, weights, states, confidence, scales)
    made = await asyncio.to_thread(_of_asset, inputs, asset, horizon_days, caller.user_id)
    for known in await store.latest(session, [asset_id], since=made.as_of):
        if _is_same(known, made):
            return known
    await store.add(session, [made])
    return made


def _of_asset(inputs: Inputs, asset: Asset, horizon_days: int, user_id: UUID) -> Prediction:
    view = market_of(inputs.tracked, inputs.matrix, [asset.id])
    member = _member(view, asset)
    name = str(asset.id)
    kept = kept_by_name(inputs.states, inputs.weights)
    chosen = {name: with_kept_fits(member, kept.get(name))}
    one = forecast(chosen[name], inputs.weights, horizon_days, prepare(chosen, inputs.weights, kept)[name])
    return prediction_of(inputs, view.assets[asset.id], chosen[name], one, user_id=user_id)


def _member(view: MarketView, asset: Asset) -> Any:
    member = view.members.get(str(asset.id))
    if member is None:
        reason = view.refused.get(asset.id, "it has no prices.")
        refusal = NeverMoved if asset.id in view.unmoved else TooLittleHistory
        raise refusal(f"{asset.symbol} cannot be forecast: {reason}")
    return member


def _is_same(known: Prediction, made: Prediction) -> bool:
    return (
        (known.as_of, known.horizon_days, known.model_sha256) == (made.as_of, made.horizon_days, made.model_sha256)
        and known.input_data["sha256"] == made.input_data["sha256"]
        and known.prediction_result["quantiles"] == made.prediction_result["quantiles"]
    )


def _refuse_horizon(horizon_days: int) -> None:
    if not 1 <= horizon_days <= HORIZON_DAYS_MAX:
        raise InvalidHorizon(f"A forecast reaches 1 to {HORIZON_DAYS_MAX} days, {horizon_days} were asked for.")


async def forecast_goal(session: WriteSession, caller: Caller, goal_id: UUID, weights: Weights) -> GoalPrediction:
    """Work out the odds of a goal with its portfolio as it is, and keep them as they were said.

    Where the ones kept last are the very same, those are given back.
    They are not scored: what comes depends on what is paid, taken out and traded until the day of the goal.

    Raises:
        GoalNotFound, PortfolioNotFound: absent, or another tenant's.
        InvalidHorizon: the day of the goal is no day to come.
        InvalidPremia, InvalidWish, NothingToForecast, NothingInCommon: see ``scene_of``.
    """
    goal = await goal_by_id(session, goal_id)
    if goal.target_on <= clock.today("UTC"):
        raise InvalidHorizon(f"The day of this goal was {goal.target_on}. Give it a later one: PUT /goals/{goal_id}.")
    profile = await find_risk_profile(session, goal.portfolio_id)
    result = await goal_odds(session, goal, profile.premia if profile else {}, weights, seed=SEED)
    as_of = date.fromisoformat(result["as_of"])
    for known in await goal_store.page(session, goal_id, limit=1, before=None):
        if (known.matures_on, known.prediction_result) == (goal.target_on, result):
            return known
    made = GoalPrediction(clock.new_id(), goal_id, caller.user_id, as_of, goal.target_on, result, clock.now())
    await goal_store.add(session, caller.tenant_id, made)
    return made


async def forecast_portfolio(
    session: WriteSession, caller: Caller, portfolio_id: UUID, horizon_days: int, weights: Weights
) -> Prediction:
    """Forecast what a portfolio holds, its parts moving together as they did, and store it.

    Where the daily run made the very same, that one is given back.

    Raises:
        PortfolioNotFound: absent, or another tenant's.
        InvalidHorizon: not 1 to 365 days.
        NothingToForecast: see ``holdings_of``.
        NothingInCommon: the parts have too few days in common.
    """
    _refuse_horizon(horizon_days)
    until = last_whole_day()
    holdings = await holdings_of(session, portfolio_id, until)
    states = await state_store.read(session, caller.tenant_id, holdings.asset_ids)
    confidence = confidence_scores(await outcome_store.covered(session))
    made = await asyncio.to_thread(
        of_portfolio, holdings, states, horizon_days,
        weights=weights, tenant_id=caller.tenant_id, user_id=caller.user_id, confidence=confidence,
    )  # fmt: skip
    for known in await store.latest(session, [portfolio_id], since=made.as_of):
        if _is_same(known, made):
            return known
    await store.add(session, [made])
    return made
