"""Forecasts, their scoreboard, value at risk, models, how headlines read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

import numpy as np
from fastapi import APIRouter, Query, Request, Response

from finsage.errors import Fault, Invalid
from finsage.platform.paging import LIMIT_DEFAULT, LIMIT_MAX
from finsage.platform.settings import Settings
from finsage.platform.unit import Reading, UnitRoute, Writing
from finsage.platform.wire import Day
from finsage.prediction.routes.loading import Reader, Weights, Writer, loaded, part
from finsage.prediction.schemas import advice as goal_schemas
from finsage.prediction.schemas import predictions as schemas
from finsage.prediction.service import moods, registry, stored
from finsage.prediction.service import staleness as stale
from finsage.prediction.service.staleness import Staleness
from finsage.prediction.service.stored import GoalPrediction, Prediction

if TYPE_CHECKING:
    from finsage.prediction.service.risk import RiskBacktest
    from finsage.prediction.service.scoreboard import Scoreboard

router = APIRouter(route_class=UnitRoute, tags=["predictions"])
PUBLIC_ROUTES: frozenset[tuple[str, str]] = frozenset({("GET", "/scoreboard")})
"""The scoreboard for anyone; it is there only where the owner opened it."""

Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX)]
Cursor = Annotated[str | None, Query(max_length=2_000)]
Horizon = Annotated[int | None, Query(ge=1, le=schemas.HORIZON_DAYS_MAX)]
RISK_DAYS = (1, 7, 30)
RiskHorizon = Annotated[int, Query(description="Days: 1, 7 or 30")]


Views = Annotated[ModuleType, part("views")]
Forecasts = Annotated[ModuleType, part("forecasts")]
Scores = Annotated[ModuleType, part("scoreboard")]
Risk = Annotated[ModuleType, part("risk")]


@router.post("/predictions", status_code=201)
async def make_prediction(
    caller: Writer,
    served: Weights,
    forecasts: Forecasts,
    views: Views,
    session: Writing,
    *,
    body: schemas.PredictionIn,
    response: Response,
) -> schemas.PredictionOut | goal_schemas.GoalPredictionOut:
    """Forecast an asset, what a portfolio holds or a goal, and keep the forecast as it was made.

    That of an asset or a portfolio is judged when its day has come; where the daily run made the very same forecast,
    that one is given back. That of a goal is of the day of the goal, in today's money, and is never judged; where the
    one kept last is the very same, that one is given back.
    """
    asset_id, portfolio_id, goal_id = body.subject.asset_id, body.subject.portfolio_id, body.subject.goal_id
    if goal_id is not None:
        odds = await forecasts.forecast_goal(session, caller, goal_id, served.weights)
        response.headers["Location"] = f"/api/v1/predictions/{odds.id}"
        learned = await stale.learned_by_model(session, [odds])
        return _goal_prediction(odds, stale.of_prediction(odds, learned))
    if asset_id is not None:
        made = await forecasts.forecast_asset(session, caller, asset_id, body.horizon_days, served.weights)
    else:
        assert portfolio_id is not None, "the shape has one of them"
        made = await forecasts.forecast_portfolio(session, caller, portfolio_id, body.horizon_days, served.weights)
    response.headers["Location"] = f"/api/v1/predictions/{made.id}"
    learned = await stale.learned_by_model(session, [made])
    return _prediction(views, made, None, stale.of_prediction(made, learned))


@router.get("/predictions")
async def list_predictions(
    _: Reader,
    views: Views,
    session: Reading,
    *,
    asset_id: UUID | None = None,
    portfolio_id: UUID | None = None,
    horizon_days: Horizon = None,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
) -> schemas.PredictionList:
    """Forecasts that were made, the newest first, with what came of those whose day has come."""
    if asset_id is not None and portfolio_id is not None:
        raise Invalid("Ask for an asset or a portfolio.", faults=(Fault("/portfolio_id", "one of them alone"),))
    kind: Literal["asset", "portfolio"] | None = (
        "asset" if asset_id is not None else "portfolio" if portfolio_id is not None else None
    )
    page = await stored.list_predictions(
        session, subject_id=asset_id or portfolio_id, kind=kind, horizon_days=horizon_days, limit=limit, after=cursor
    )
    learned = await stale.learned_by_model(session, page.items)
    items = [
        _prediction(views, one, page.outcomes.get(one.id), stale.of_prediction(one, learned), is_whole=False)
        for one in page.items
    ]
    return schemas.PredictionList(items=items, next_cursor=page.next_cursor)


@router.get("/predictions/scoreboard")
async def get_scoreboard(_: Reader, scores: Scores, session: Reading) -> schemas.ScoreboardOut:
    """What forecasts were worth, per horizon and class, beside the naive baselines, good or bad.

    Before anything has matured the count is 0 and the walk through the past of the model stands alone.
    """
    return _scoreboard(await scores.scoreboard(session))


@router.get("/scoreboard")
async def get_public_scoreboard(request: Request, scores: Scores, session: Reading) -> schemas.ScoreboardOut:
    """The scoreboard of everyone's assets, for anyone, where the owner opened it."""
    settings: Settings = request.app.state.settings
    registry.refuse_closed(is_open=settings.public_scoreboard)
    return _scoreboard(await scores.scoreboard(session))


@router.get("/predictions/risk/assets/{asset_id}")
async def get_risk_of_asset(
    _: Reader, served: Weights, risk: Risk, session: Reading, asset_id: UUID, horizon_days: RiskHorizon = 1
) -> schemas.RiskOut:
    """How value at risk of an asset has done: breaches and the tests of them."""
    _refuse_risk_horizon(horizon_days)
    found = await risk.risk_of_asset(session, asset_id, horizon_days, served.weights)
    return _risk(schemas.SubjectOut(kind="asset", id=asset_id), found)


@router.get("/predictions/risk/portfolios/{portfolio_id}")
async def get_risk_of_portfolio(
    _: Reader, served: Weights, risk: Risk, session: Reading, portfolio_id: UUID, horizon_days: RiskHorizon = 1
) -> schemas.RiskOut:
    """The same of what a portfolio holds now, as if it had been held so before."""
    _refuse_risk_horizon(horizon_days)
    found = await risk.risk_of_portfolio(session, portfolio_id, horizon_days, served.weights)
    return _risk(schemas.SubjectOut(kind="portfolio", id=portfolio_id), found)


def _refuse_risk_horizon(horizon_days: int) -> None:
    if horizon_days not in RISK_DAYS:
        raise Invalid("Risk is judged over 1, 7 or 30 days.", faults=(Fault("/horizon_days", "is 1, 7 or 30"),))


@router.get("/predictions/goals/{goal_id}")
async def list_goal_predictions(
    _: Reader, session: Reading, goal_id: UUID, *, limit: Limit = LIMIT_DEFAULT, cursor: Cursor = None
) -> goal_schemas.GoalPredictionList:
    """Forecasts of a goal that were made, the newest first; they are not judged."""
    items, following = await stored.list_goal_predictions(session, goal_id, limit=limit, after=cursor)
    learned = await stale.learned_by_model(session, items)
    found = [_goal_prediction(one, stale.of_prediction(one, learned)) for one in items]
    return goal_schemas.GoalPredictionList(items=found, next_cursor=following)


@router.get("/predictions/{prediction_id}")
async def get_prediction(
    _: Reader,
    views: Views,
    session: Reading,
    prediction_id: UUID,
    price: Annotated[schemas.Price | None, Query(description="Also the odds of ending below it")] = None,
) -> schemas.PredictionOut | goal_schemas.GoalPredictionOut:
    """A forecast as it was made, with what came of it, and the odds of a price where one is given.

    A forecast of a goal has no price and no outcome.
    """
    of_goal = await stored.goal_prediction_by_id(session, prediction_id)
    if of_goal is not None:
        if price is not None:
            raise Invalid("A goal has no price.", faults=(Fault("/price", "leave it out: a goal has no price"),))
        learned = await stale.learned_by_model(session, [of_goal])
        return _goal_prediction(of_goal, stale.of_prediction(of_goal, learned))
    found = await stored.prediction_by_id(session, prediction_id)
    outcomes = await stored.outcomes_of(session, [found])
    learned = await stale.learned_by_model(session, [found])
    shown = _prediction(views, found, outcomes.get(found.id), stale.of_prediction(found, learned))
    if price is None:
        return shown
    if not price:
        raise Invalid("The price must be above zero.", faults=(Fault("/price", "must be above zero"),))
    below = round(views.odds_below(found, price), 6)
    odds = schemas.OddsOut(price=price, probability_below=below, probability_above=round(1.0 - below, 6))
    return shown.model_copy(update={"odds": odds})


@router.get("/models")
async def list_models(_: Reader, served: Weights, session: Reading) -> schemas.ModelList:
    """Every model by family with the part it plays, and what happened to them."""
    views = registry.as_served(await registry.model_views(session), served.weights.sha256)
    items = [_model(view) for view in views]
    events = [
        schemas.ModelEventOut(
            family=one.family,
            kind=one.kind,
            version=one.version,
            detail=one.detail,
            happened_at=one.happened_at.astimezone(UTC),
        )
        for one in await registry.model_events(session)
    ]
    return schemas.ModelList(items=items, events=events)


@router.get("/models/{model_id}/card")
async def get_model_card(_: Reader, session: Reading, model_id: str) -> schemas.CardOut:
    """What a model was trained on, what it is worth and where it ends; ``model_id`` is ``family:version``."""
    family, _sep, version = model_id.partition(":")
    view = await registry.model_view(session, family, version)
    return schemas.CardOut(id=model_id, card=dict(view.card))


@router.get("/sentiment")
async def get_sentiment(
    _: Reader,
    session: Reading,
    asset: UUID,
    from_: Annotated[Day | None, Query(alias="from", description="First day, in UTC; 90 days before the last")] = None,
    to: Annotated[Day | None, Query(description="Last day, in UTC; today")] = None,
) -> schemas.MoodsOut:
    """How the headlines about an asset read, day by day; `GET /news?asset=` has the headlines themselves.

    Each headline counts by the log odds of its score and weighs half as much every three days. Where none of the last
    30 days was read there is no value, never 0.
    """
    found = await moods.moods_of_asset(session, asset, from_, to)
    return schemas.MoodsOut(
        asset_id=asset,
        half_life_days=moods.HALF_LIFE_DAYS,
        reach_days=moods.REACH_DAYS,
        headlines=found.headlines,
        unread=found.unread,
        days=[
            schemas.MoodOut(
                day=one.day,
                headlines=one.headlines,
                mean_logit_of_day=_six(one.mean_of_day),
                counted=one.counted,
                mean_logit=_six(one.mean),
                score=_six(one.score),
            )
            for one in found.days
        ],
    )


def _six(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


@router.post("/sentiment")
async def read_headlines(_: Writer, body: schemas.TextsIn) -> schemas.ReadingsOut:
    """How headlines read, up to 2,000 at once. Text is only text, whatever it says; nothing is kept."""
    return schemas.ReadingsOut.model_validate(
        await (await loaded("headlines")).readings(body.texts, with_words=body.with_words)
    )


def _prediction(
    views: ModuleType,
    one: Prediction,
    outcome: Mapping[str, Any] | None,
    staleness: Staleness,
    *,
    is_whole: bool = True,
) -> schemas.PredictionOut:
    result, data = one.prediction_result, one.input_data
    levels = views.levels_of(is_whole=is_whole)
    return schemas.PredictionOut(
        id=one.id,
        subject=schemas.SubjectOut(kind=one.subject_kind, id=one.subject_id),
        asset_class=one.asset_class,
        is_simulated=one.is_simulated,
        made_by="daily_run" if one.user_id is None else "request",
        created_at=one.created_at,
        as_of=one.as_of,
        horizon_days=one.horizon_days,
        horizon_rows=result["horizon_rows"],
        matures_on=one.matures_on,
        last_close=one.last_close,
        currency=one.currency,
        quantiles=views.prices_of(one, levels),
        return_quantiles=views.returns_of(one, levels),
        baselines={name: views.by_level(values) for name, values in result["baselines"].items()},
        var=result["var"],
        es=result["es"],
        volatility=schemas.VolatilityOut(horizon=result["sigma"], annualised=result["volatility"]),
        probability_of_loss=views.probability_of_loss(one),
        confidence_score=None if one.confidence_score is None else float(one.confidence_score),
        model=schemas.ModelRef.model_validate({"id": one.model_id, "sha256": one.model_sha256, "rung": one.rung}),
        data=schemas.DataOut.model_validate(
            {"rows": data["rows"], "from_": data["from"], "to": data["to"], "calendar": data["calendar"],
             "sha256": data["sha256"]}
        ),
        parts=[
            schemas.PartOut(**{name: part.get(name) for name in schemas.PartOut.model_fields})
            for part in data.get("parts", [])
        ],
        warnings=[schemas.NoticeOut(**notice) for notice in result["notices"]],
        staleness=_staleness(staleness),
        outcome=None if outcome is None else _outcome(outcome),
    )  # fmt: skip


def _staleness(found: Staleness) -> schemas.StalenessOut:
    return schemas.StalenessOut(
        is_stale=found.is_stale,
        closes_age_days=found.closes_days,
        weights_age_days=found.weights_days,
        reasons=[schemas.NoticeOut(code=code, detail=detail) for code, detail in found.reasons],
    )


def _goal_prediction(one: GoalPrediction, staleness: Staleness) -> goal_schemas.GoalPredictionOut:
    return goal_schemas.GoalPredictionOut(
        id=one.id,
        subject=goal_schemas.GoalSubjectOut(id=one.goal_id),
        created_at=one.created_at,
        as_of=one.as_of,
        matures_on=one.matures_on,
        staleness=_staleness(staleness),
        odds=goal_schemas.GoalOddsOut.model_validate(one.prediction_result),
    )


def _outcome(found: Mapping[str, Any]) -> schemas.OutcomeOut:
    named = ("state", "realised_on", "realised_price", "pit", "crps", "inside_80", "inside_95", "baseline_crps")
    came = found["log_return"]
    return schemas.OutcomeOut(
        return_=None if came is None else round(float(np.expm1(came)), 6), **{name: found[name] for name in named}
    )


def _scoreboard(found: Scoreboard) -> schemas.ScoreboardOut:
    walk = found.walk_forward
    scores = [
        schemas.ScoreRowOut(
            horizon_days=row.horizon_days,
            asset_class=row.asset_class,
            is_simulated=row.is_simulated,
            matured=row.matured,
            unscorable=row.unscorable,
            subjects=row.subjects,
            coverage_80=row.coverage_80,
            coverage_80_interval=row.coverage_80_interval and list(row.coverage_80_interval),
            coverage_95=row.coverage_95,
            coverage_95_interval=row.coverage_95_interval and list(row.coverage_95_interval),
            breaches_95=row.breaches_95,
            breaches_99=row.breaches_99,
            qlike_minus_ewma=row.qlike,
            qlike_minus_ewma_median=row.qlike_median,
            psi=row.psi,
            pit_tenths=list(row.pit),
            crps_skill=[
                schemas.SkillShape(
                    baseline=one.baseline,
                    value=one.value,
                    interval=None if one.low is None or one.high is None else [one.low, one.high],
                    is_demonstrated=one.is_demonstrated,
                )
                for one in row.skills
            ],
        )
        for row in found.rows
    ]
    return schemas.ScoreboardOut(
        matured=found.matured,
        unscorable=found.unscorable,
        is_drifting=found.is_drifting,
        scores=scores,
        walk_forward=schemas.WalkForwardOut(
            model_id=found.model_id,
            rows=walk.get("rows"),
            baselines=list(walk.get("baselines", [])),
            table=[_walk_row(row) for row in walk.get("table", [])],
        ),
    )


def _walk_row(row: Mapping[str, Any]) -> schemas.WalkForwardRow:
    named = {name.replace("0.8", "80").replace("0.95", "95"): value for name, value in row.items()}
    return schemas.WalkForwardRow.model_validate(named)


def _risk(subject: schemas.SubjectOut, found: RiskBacktest) -> schemas.RiskOut:
    def test(one: Any) -> schemas.TestOut | None:
        return (
            None if one is None else schemas.TestOut(statistic=round(one.statistic, 6), p_value=round(one.p_value, 6))
        )

    return schemas.RiskOut(
        subject=subject,
        horizon_days=found.horizon_days,
        source=found.source,
        periods=found.periods,
        is_sufficient=found.is_sufficient,
        traffic_light=found.light,
        shortage=found.shortage,
        levels=[
            schemas.RiskLevelOut(
                confidence=one.confidence,
                breaches=one.breaches,
                expected=round(one.expected, 6),
                kupiec=test(one.kupiec),
                christoffersen=test(one.christoffersen),
                z2=None if one.z2 is None else round(one.z2, 6),
                fz0=None if one.fz0 is None else round(one.fz0, 6),
            )
            for one in found.levels
        ],
        points=[
            schemas.RiskPointOut(
                day=one.day,
                loss=round(one.loss, 6),
                var_95=round(one.value_at_risk_95, 6),
                var_99=round(one.value_at_risk_99, 6),
            )
            for one in found.points
        ],
    )


def _model(view: registry.ModelView) -> schemas.ModelOut:
    return schemas.ModelOut.model_validate(
        {
            "id": f"{view.family}:{view.version}",
            "family": view.family,
            "version": view.version,
            "sha256": view.sha256,
            "role": view.role,
            "is_shipped": view.is_shipped,
            "trained_until": stale.trained_until(view.card),
        }
    )
