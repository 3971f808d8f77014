"""Backtests of value at risk, per asset and portfolio: how often it was exceeded, do breaches cluster, how deep.

Forecasts that were made and matured are judged where there are enough; before that the model is replayed over the past.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

import numpy as np

from finsage.market.service.assets import asset_by_id
from finsage.platform.database import ReadSession, allow_idling
from finsage.portfolio.service.books import find as find_portfolio
from finsage.prediction.backtest.walkforward import WARM_ROWS, TooShort, replay
from finsage.prediction.errors import NothingToForecast
from finsage.prediction.price_model.features import Member
from finsage.prediction.price_model.forecast import TooLittleHistory
from finsage.prediction.price_model.global_models import TRAINED_DAYS
from finsage.prediction.price_model.history import Floats
from finsage.prediction.price_model.mixture import TAILS
from finsage.prediction.price_model.weights import Weights
from finsage.prediction.risk_model import coverage_tests as tests
from finsage.prediction.service.histories import market_around, market_of
from finsage.prediction.service.portfolios import as_one, holdings_of
from finsage.prediction.service.watch import last_whole_day
from finsage.prediction.store import outcomes as store
from finsage.prediction.store.outcomes import RiskPoint

COMPUTE_SECONDS = 300
TESTED_ROWS_MAX = 750
RESIDUALS_MIN = 250
"""Returns of its own that the first origin has behind it."""

SHOWN_POINTS = 250
LIGHT_DAYS, LIGHT_CONFIDENCE = 250, 0.99


@dataclass(frozen=True, slots=True)
class Judged:
    """One confidence. The tests are None where no loss could have shown anything, as without any period."""

    confidence: float
    breaches: int
    expected: float
    kupiec: tests.LikelihoodRatio | None
    christoffersen: tests.LikelihoodRatio | None
    z2: float | None
    fz0: float | None


@dataclass(frozen=True, slots=True)
class Point:
    """One period: the loss that came, as a fraction (gains negative), beside value at risk of 95 and 99 %."""

    day: date
    loss: float
    value_at_risk_95: float
    value_at_risk_99: float


@dataclass(frozen=True, slots=True)
class RiskBacktest:
    """How value at risk over a horizon has done.

    ``source``: forecasts that matured, or a replay with the global models of today. ``is_sufficient``: at least 250
    periods; with fewer the tests have little power.
    """

    horizon_days: int
    source: Literal["matured", "replay", "none"]
    periods: int
    is_sufficient: bool
    light: tests.Light | None
    levels: list[Judged]
    points: list[Point]
    shortage: str | None = None


def _nothing(horizon_days: int, reason: str) -> RiskBacktest:
    return RiskBacktest(horizon_days, "none", 0, is_sufficient=False, light=None, levels=[], points=[], shortage=reason)


async def risk_of_asset(session: ReadSession, asset_id: UUID, horizon_days: int, weights: Weights) -> RiskBacktest:
    """Backtest the value at risk of an asset over a trained horizon; with too little history it says what is needed.

    Raises:
        AssetNotFound: absent, or another tenant's.
    """
    asset = await asset_by_id(session, asset_id)
    matured = apart(await store.risk_track(session, asset_id, horizon_days), horizon_days)
    if len(matured) >= tests.ROWS_MIN:
        return await asyncio.to_thread(of_matured, matured, horizon_days)
    await allow_idling(session, COMPUTE_SECONDS)
    until = last_whole_day()
    tracked, matrix = await market_around(session, asset, until)

    def look_back() -> RiskBacktest:
        if not len(matrix.days):
            raise TooLittleHistory(f"There is no price of {asset.symbol} yet.")
        view = market_of(tracked, matrix, [asset_id])
        member = view.members.get(str(asset_id))
        if member is None:
            raise TooLittleHistory(f"{asset.symbol} cannot be judged: {view.refused[asset_id]}")
        return of_member(asset.symbol, member, horizon_days, weights)

    return await _or_nothing(look_back, horizon_days)


async def risk_of_portfolio(
    session: ReadSession, portfolio_id: UUID, horizon_days: int, weights: Weights
) -> RiskBacktest:
    """Backtest the value at risk of a portfolio: as it was held, else what it holds now as if held so before.

    Raises:
        PortfolioNotFound: absent, or another tenant's.
    """
    await find_portfolio(session, portfolio_id)
    matured = apart(await store.risk_track(session, portfolio_id, horizon_days), horizon_days)
    if len(matured) >= tests.ROWS_MIN:
        return await asyncio.to_thread(of_matured, matured, horizon_days)
    try:
        holdings = await holdings_of(session, portfolio_id, last_whole_day())
    except NothingToForecast as error:
        return _nothing(horizon_days, error.detail)

    def look_back() -> RiskBacktest:
        member = as_one(holdings)
        if member is None:
            raise TooShort("The parts of the portfolio have no days in common.")
        return of_member("The portfolio", member, horizon_days, weights)

    return await _or_nothing(look_back, horizon_days)


async def _or_nothing(look_back: Callable[[], RiskBacktest], horizon_days: int) -> RiskBacktest:
    try:
        return await asyncio.to_thread(look_back)
    except (TooShort, TooLittleHistory) as error:
        return _nothing(horizon_days, error.detail)


def of_member(name: str, member: Member, horizon_days: int, weights: Weights) -> RiskBacktest:
    """Replay the model over the last rows, up to 750, at origins whose horizons do not overlap."""
    rows = member.history.horizon_rows(horizon_days)
    before = WARM_ROWS + RESIDUALS_MIN + rows
    tested = min(TESTED_ROWS_MAX, len(member.history) - before)
    if tested <= 2 * rows:
        needed = before + 2 * rows + 1
        raise TooShort(f"{name} has {len(member.history)} returns; to look back, {needed} are needed.")
    track = replay(name, member, weights.horizons[horizon_days], horizon_days, tested_rows=tested)
    # Origins come every row or every fifth; overlapping horizons would count one loss several times.
    step = 1 if rows == 1 else -(-rows // 5)
    chosen = slice(None, None, step)
    losses = -np.expm1(track.outcome[chosen])
    return judged(
        horizon_days,
        "replay",
        [day.item() for day in track.days[chosen].astype("datetime64[D]")],
        losses,
        at_risk=track.risk.value_at_risk[chosen],
        beyond=track.risk.expected_shortfall[chosen],
    )


def apart(points: Sequence[RiskPoint], horizon_days: int) -> list[RiskPoint]:
    """Those whose horizons do not overlap: one loss must not count several times."""
    chosen: list[RiskPoint] = []
    for point in points:
        if not chosen or (point.as_of - chosen[-1].as_of).days >= horizon_days:
            chosen.append(point)
    return chosen


def of_matured(chosen: Sequence[RiskPoint], horizon_days: int) -> RiskBacktest:
    """Judge what matured; see ``apart``."""
    names = [f"{1.0 - tail:g}" for tail in TAILS]
    losses = -np.expm1(np.array([one.log_return for one in chosen]))
    at_risk = np.array([[one.value_at_risk[name] for name in names] for one in chosen])
    beyond = np.array([[one.expected_shortfall[name] for name in names] for one in chosen])
    return judged(horizon_days, "matured", [one.as_of for one in chosen], losses, at_risk=at_risk, beyond=beyond)


def judged(
    horizon_days: int, source: Literal["matured", "replay"], days: Sequence[date], losses: Floats,
    *, at_risk: Floats, beyond: Floats,
) -> RiskBacktest:  # fmt: skip
    """The tests over periods that do not overlap.

    Args:
        horizon_days: of each period.
        source: where the forecasts come from.
        days: the origin of each.
        losses: fraction of value lost, shape (periods,).
        at_risk: value at risk at ``TAILS``, shape (periods, 4).
        beyond: expected shortfall, the same.
    """
    levels = [_level(tail, losses, at_risk[:, place], beyond[:, place]) for place, tail in enumerate(TAILS)]
    is_light = horizon_days == TRAINED_DAYS[0] and len(losses) >= LIGHT_DAYS
    last = losses[-LIGHT_DAYS:] > at_risk[-LIGHT_DAYS:, TAILS.index(round(1.0 - LIGHT_CONFIDENCE, 3))]
    points = [
        Point(day, float(loss), float(risk[TAILS.index(0.05)]), float(risk[TAILS.index(0.01)]))
        for day, loss, risk in zip(days, losses, at_risk, strict=True)
    ]
    return RiskBacktest(
        horizon_days,
        source,
        len(losses),
        len(losses) >= tests.ROWS_MIN,
        tests.basel_light(int(last.sum())) if is_light else None,
        levels,
        points[-SHOWN_POINTS:],
    )


def _level(tail: float, losses: Floats, at_risk: Floats, beyond: Floats) -> Judged:
    is_breach = losses > at_risk
    has_depth = bool((beyond > 0).all())
    return Judged(
        confidence=round(1.0 - tail, 3),
        breaches=int(is_breach.sum()),
        expected=len(losses) * tail,
        kupiec=tests.kupiec(is_breach, tail),
        christoffersen=tests.christoffersen(is_breach, tail) if len(losses) > 1 else None,
        z2=tests.acerbi_szekely(losses, is_breach, beyond, tail) if has_depth else None,
        fz0=float(tests.fz0_loss(losses, at_risk, beyond, tail).mean()) if has_depth and (at_risk > 0).all() else None,
    )
