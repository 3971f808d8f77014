"""Advice: the questions, a recommended allocation with its odds, and what a purchase or sale would change."""

from __future__ import annotations

from types import ModuleType
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from finsage.errors import Fault
from finsage.platform.database import ReadSession
from finsage.platform.paging import LIMIT_DEFAULT, LIMIT_MAX, decode_cursor, encode_cursor
from finsage.platform.unit import Reading, UnitRoute, Writing
from finsage.prediction.advice_model.premia import (
    CASH_RATE,
    CASH_SOURCE,
    INFLATION_RATE,
    INFLATION_SOURCE,
    PREMIA,
)
from finsage.prediction.advice_model.questionnaire import LIMITS, QUESTIONS
from finsage.prediction.errors import InvalidWish
from finsage.prediction.routes.goals import answers_of, draft_of, limits_of, premia_of
from finsage.prediction.routes.loading import Advising, Reader, Weights, Writer, part
from finsage.prediction.schemas import advice as schemas
from finsage.prediction.service import goals as service
from finsage.prediction.service.goals import DISCLAIMER, Advice, Goal

router = APIRouter(route_class=UnitRoute, tags=["advice"])

Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX)]
Cursor = Annotated[str | None, Query(max_length=2_000)]
Scenes = Annotated[ModuleType, part("scenes")]


@router.get("/advice/questions")
async def get_questions(_: Reader, __: Reading) -> schemas.QuestionnaireOut:
    """The ten questions, the limits of each profile, and what is stated of returns, with its sources."""
    return schemas.QuestionnaireOut(
        questions=[
            schemas.QuestionOut(
                code=one.code,
                scale=one.scale,
                text=one.text,
                answers=list(one.answers),
                is_deciding=one.is_deciding,
            )
            for one in QUESTIONS
        ],
        limits={str(level): limits_of(level) for level in LIMITS},
        cash_rate=CASH_RATE,
        cash_source=CASH_SOURCE,
        inflation_rate=INFLATION_RATE,
        inflation_source=INFLATION_SOURCE,
        premia=[
            schemas.PremiumOut(asset_class=name, premium=one.premium, source=one.source) for name, one in PREMIA.items()
        ],
        disclaimer=DISCLAIMER,
    )


@router.post("/advice", status_code=201)
async def make_advice(
    caller: Writer,
    served: Weights,
    advising: Advising,
    scenes: Scenes,
    session: Writing,
    *,
    body: schemas.AdviceIn,
    response: Response,
) -> schemas.AdviceOut:
    """Recommend an allocation within the limits of the answers, with its odds, and keep the advice as it was given."""
    goal = await _goal(session, body)
    if body.risk_profile is not None:
        profile = service.profile_of(goal.portfolio_id, **answers_of(body.risk_profile), prefix="/risk_profile")
    else:
        profile = await service.risk_profile(session, goal.portfolio_id)
    wish = scenes.Wish(
        portfolio_id=goal.portfolio_id,
        profile=profile,
        goal=goal,
        asset_ids=tuple(dict.fromkeys(body.asset_ids)),
        bounds={one.asset_id: scenes.Bound(one.least, one.most, one.may_buy, one.may_sell) for one in body.bounds},
        classes={one.asset_class: scenes.Bound(one.least, one.most) for one in body.classes},
        limits=body.limits.model_dump(exclude_none=True),
        return_least=body.minimum_return,
        turnover_most=body.maximum_turnover,
        tracking=_tracking(body.tracking_error, scenes),
        seed=body.seed,
    )
    made = await advising.advise(session, caller, wish, served.weights)
    response.headers["Location"] = f"/api/v1/advice/{made.id}"
    return _advice(made)


@router.post("/advice/what-if")
async def ask_what_if(
    _: Writer, served: Weights, advising: Advising, session: Writing, body: schemas.WhatIfIn
) -> schemas.WhatIfOut:
    """Odds and risk of a portfolio before and after purchases and sales. Nothing is booked."""
    goal = await _goal(session, body)
    profile = await service.find_risk_profile(session, goal.portfolio_id)
    kept = profile.premia if profile else {}
    changes = {one.asset_id: one.amount for one in body.changes}
    if len(changes) < len(body.changes):
        raise InvalidWish(faults=(Fault("/changes", "an asset stands twice; say the sum"),))
    return schemas.WhatIfOut.model_validate(
        await advising.what_if(
            session,
            goal,
            kept if body.premia is None else premia_of(body.premia),
            advising.WhatIf(changes, body.new_money, body.horizon_days),
            served.weights,
            seed=body.seed,
        )
    )


@router.get("/advice")
async def list_advice(
    _: Reader,
    session: Reading,
    *,
    portfolio_id: UUID | None = None,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
) -> schemas.AdviceList:
    """Advice that was given, the newest first."""
    before = None if cursor is None else decode_cursor(cursor, UUID)[0]
    found = await service.list_advice(session, portfolio_id, limit=limit + 1, before=before)
    items = found[:limit]
    following = encode_cursor(items[-1].id) if len(found) > limit else None
    return schemas.AdviceList(items=[_summary(one) for one in items], next_cursor=following)


@router.get("/advice/{advice_id}")
async def get_advice(_: Reader, session: Reading, advice_id: UUID) -> schemas.AdviceOut:
    """Advice as it was given."""
    return _advice(await service.advice_by_id(session, advice_id))


async def _goal(session: ReadSession, asked: schemas.Asked) -> Goal:
    if asked.goal_id is not None:
        return await service.goal_by_id(session, asked.goal_id)
    assert asked.goal is not None, "the shape has one of them"
    assert asked.portfolio_id is not None, "the shape has both"
    return service.goal_of(draft_of(asked.goal, asked.portfolio_id), prefix="/goal")


def _tracking(asked: schemas.TrackingIn | None, scenes: Any) -> Any:
    if asked is None:
        return None
    return scenes.Tracking(asked.maximum, str(asked.asset_id) if asked.asset_id else None)


def _advice(made: Advice) -> schemas.AdviceOut:
    return schemas.AdviceOut.model_validate({"id": made.id, "created_at": made.created_at, **made.result})


def _summary(made: Advice) -> schemas.AdviceSummary:
    result = made.result
    return schemas.AdviceSummary.model_validate(
        {
            "id": made.id,
            "portfolio_id": made.portfolio_id,
            "created_at": made.created_at,
            "as_of": result["as_of"],
            "level": result["profile"]["level"],
            "goal": result["goal"],
            "probability": result["recommended"]["goal"],
        }
    )
