"""Goals, their odds, and the ten questions of a portfolio."""

from __future__ import annotations

from datetime import UTC
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from finsage.platform.unit import IfMatch, Reading, UnitRoute, Writing, entity_tag
from finsage.prediction.advice_model import questionnaire
from finsage.prediction.advice_model.questionnaire import LIMITS
from finsage.prediction.routes.loading import Advising, Reader, Weights, Writer
from finsage.prediction.schemas import advice as schemas
from finsage.prediction.service import goals as service
from finsage.prediction.service.goals import Goal, GoalDraft, RiskProfile

router = APIRouter(route_class=UnitRoute, tags=["goals"])


@router.get("/goals")
async def list_goals(_: Reader, session: Reading, portfolio_id: UUID | None = None) -> schemas.GoalList:
    """The goals of a portfolio, or of all."""
    return schemas.GoalList(items=[_goal(one) for one in await service.list_goals(session, portfolio_id)])


@router.post("/goals", status_code=201)
async def create_goal(caller: Writer, session: Writing, body: schemas.GoalIn, response: Response) -> schemas.GoalOut:
    """Keep a goal: an amount to have on a day."""
    made = _goal(await service.add_goal(session, caller, draft_of(body, body.portfolio_id)))
    response.headers["Location"] = f"/api/v1/goals/{made.id}"
    return made


@router.get("/goals/{goal_id}")
async def get_goal(_: Reader, session: Reading, goal_id: UUID) -> schemas.GoalOut:
    """One goal."""
    return _goal(await service.goal_by_id(session, goal_id))


@router.put("/goals/{goal_id}")
async def put_goal(
    caller: Writer, session: Writing, goal_id: UUID, body: schemas.GoalIn, if_match: IfMatch
) -> schemas.GoalOut:
    """Put a goal in the place of this one."""

    def check(present: Goal) -> None:
        if if_match is not None:
            if_match(entity_tag(_goal(present)))

    draft = draft_of(body, body.portfolio_id)
    return _goal(await service.change_goal(session, caller, goal_id, draft, check=check))


@router.delete("/goals/{goal_id}", status_code=204)
async def delete_goal(caller: Writer, session: Writing, goal_id: UUID) -> None:
    """Delete a goal. Advice that was given for it stays."""
    await service.delete_goal(session, caller, goal_id)


@router.get("/goals/{goal_id}/odds")
async def get_goal_odds(
    _: Reader,
    served: Weights,
    advising: Advising,
    session: Reading,
    goal_id: UUID,
    seed: Annotated[int, Query(ge=0, le=2**31 - 1)] = 1,
) -> schemas.GoalOddsOut:
    """The odds of a goal with the portfolio as it is, year by year, and of falls on the way."""
    goal = await service.goal_by_id(session, goal_id)
    profile = await service.find_risk_profile(session, goal.portfolio_id)
    premia = profile.premia if profile else {}
    return schemas.GoalOddsOut.model_validate(
        await advising.goal_odds(session, goal, premia, served.weights, seed=seed)
    )


@router.get("/portfolios/{portfolio_id}/risk-profile")
async def get_risk_profile(_: Reader, session: Reading, portfolio_id: UUID) -> schemas.RiskProfileOut:
    """The ten answers for a portfolio, and what they come to."""
    return _profile(portfolio_id, await service.find_risk_profile(session, portfolio_id))


@router.put("/portfolios/{portfolio_id}/risk-profile")
async def put_risk_profile(
    caller: Writer, session: Writing, portfolio_id: UUID, body: schemas.RiskProfileIn
) -> schemas.RiskProfileOut:
    """Answer the ten questions for a portfolio."""
    kept = await service.put_risk_profile(session, caller, portfolio_id, **answers_of(body))
    return _profile(portfolio_id, kept)


def answers_of(body: schemas.RiskProfileIn) -> dict[str, Any]:
    """What the service keeps of answers."""
    return {
        "answers": body.answers,
        "monthly_spending": body.monthly_spending,
        "cash_elsewhere": body.cash_elsewhere,
        "premia": premia_of(body.premia),
    }


def premia_of(body: schemas.PremiaIn) -> dict[str, Any]:
    """Stated returns as they are kept; what is not stated is left out."""
    stated = body.model_dump(mode="json", exclude_none=True)
    return {name: value for name, value in stated.items() if value != {}}


def draft_of(body: schemas.GoalTermsIn, portfolio_id: UUID) -> GoalDraft:
    """A goal as asked for."""
    return GoalDraft(
        portfolio_id=portfolio_id,
        name=body.name,
        target_amount=body.target_amount,
        target_on=body.target_on,
        monthly_contribution=body.monthly_contribution,
        fee_rate=body.fee_rate,
        inflation_rate=body.inflation_rate,
    )


def _goal(goal: Goal) -> schemas.GoalOut:
    return schemas.GoalOut(
        id=goal.id,
        portfolio_id=goal.portfolio_id,
        name=goal.name,
        target_amount=goal.target_amount,
        target_on=goal.target_on,
        monthly_contribution=goal.monthly_contribution,
        fee_rate=goal.fee_rate,
        inflation_rate=goal.inflation_rate,
        created_at=goal.created_at.astimezone(UTC),
    )


def limits_of(level: int) -> schemas.LimitsOut:
    """What a profile allows."""
    one = LIMITS[level]
    return schemas.LimitsOut(
        drawdown=one.drawdown, crypto=one.crypto, one_asset=one.one_asset, cash_months=one.cash_months
    )


def _profile(portfolio_id: UUID, found: RiskProfile | None) -> schemas.RiskProfileOut:
    if found is None:
        nothing = dict.fromkeys(
            ("answers", "monthly_spending", "cash_elsewhere", "premia", "profile", "limits", "changed_at")
        )
        return schemas.RiskProfileOut.model_validate({"portfolio_id": portfolio_id, "is_answered": False, **nothing})
    profile = questionnaire.profile_of(found.answers)
    return schemas.RiskProfileOut(
        portfolio_id=portfolio_id,
        is_answered=True,
        answers=dict(found.answers),
        monthly_spending=found.monthly_spending,
        cash_elsewhere=found.cash_elsewhere,
        premia=schemas.PremiaIn.model_validate(found.premia),
        profile=schemas.ProfileOut(tolerance=profile.tolerance, capacity=profile.capacity, level=profile.level),
        limits=limits_of(profile.level),
        changed_at=found.changed_at.astimezone(UTC),
    )
