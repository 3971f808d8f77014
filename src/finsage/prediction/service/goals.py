"""Goals and the ten questions: kept per portfolio. Odds and advice are worked out elsewhere; this is light."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from finsage.errors import Fault
from finsage.platform import clock
from finsage.platform.audit import record
from finsage.platform.caller import Caller
from finsage.platform.database import ReadSession, WriteSession
from finsage.portfolio.service import books
from finsage.prediction.advice_model import premia as stated
from finsage.prediction.advice_model import questionnaire
from finsage.prediction.advice_model.premia import Premia
from finsage.prediction.errors import AdviceNotFound, GoalNotFound, InvalidGoal, NoRiskProfile
from finsage.prediction.store import advice as store
from finsage.prediction.store.advice import Advice, Goal, RiskProfile

__all__ = [
    "DISCLAIMER", "Advice", "Goal", "GoalDraft", "RiskProfile", "add_goal",
    "advice_by_id",
    "change_goal", "delete_goal", "find_risk_profile", "goal_by_id", "goal_of", "list_advice", "list_goals",
    "months_until", "premia_of", "profile_of", "put_risk_profile", "risk_profile", "years_until",
]  # fmt: skip

DISCLAIMER = "A calculation from your inputs, not investment advice."
MONTHS_MOST = 600
_DAYS_A_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class GoalDraft:
    """A goal as asked for; see ``Goal``."""

    portfolio_id: UUID
    name: str
    target_amount: Decimal
    target_on: date
    monthly_contribution: Decimal
    fee_rate: float
    inflation_rate: float


def months_until(day: date, today: date) -> int:
    """Whole months until a day, at least one where the day is to come."""
    months = 12 * (day.year - today.year) + day.month - today.month - (day.day < today.day)
    return max(months, 1)


def years_until(day: date, today: date) -> float:
    """Years until a day."""
    return (day - today).days / _DAYS_A_YEAR


def goal_of(draft: GoalDraft, goal_id: UUID | None = None, *, prefix: str = "") -> Goal:
    """A goal that could be kept.

    Args:
        draft: as asked for.
        goal_id: its id; a new one without.
        prefix: where in the request it stands.

    Raises:
        InvalidGoal: the amount is not above zero, or the day is not one to come within 50 years.
    """
    today = clock.today("UTC")
    faults = []
    if draft.target_amount <= 0:
        faults.append(Fault(f"{prefix}/target_amount", "an amount above zero"))
    if draft.target_on <= today:
        faults.append(Fault(f"{prefix}/target_on", "a day to come"))
    elif months_until(draft.target_on, today) > MONTHS_MOST:
        faults.append(Fault(f"{prefix}/target_on", f"at most {MONTHS_MOST // 12} years from now"))
    if faults:
        raise InvalidGoal(faults=tuple(faults))
    fields = {name: getattr(draft, name) for name in draft.__dataclass_fields__}
    return Goal(id=goal_id or clock.new_id(), created_at=clock.now(), **fields)


async def list_goals(session: ReadSession, portfolio_id: UUID | None) -> list[Goal]:
    """The goals of a portfolio, or of all the tenant's.

    Raises:
        PortfolioNotFound: absent, or another tenant's.
    """
    if portfolio_id is not None:
        await books.find(session, portfolio_id)
    return await store.list_goals(session, portfolio_id)


async def goal_by_id(session: ReadSession, goal_id: UUID) -> Goal:
    """One goal.

    Raises:
        GoalNotFound: absent, or another tenant's.
    """
    found = await store.goal_by_id(session, goal_id)
    if found is None:
        raise GoalNotFound("No goal of yours has this id. GET /goals lists them.")
    return found


async def add_goal(session: WriteSession, caller: Caller, draft: GoalDraft) -> Goal:
    """Keep a new goal.

    Raises:
        PortfolioNotFound, InvalidGoal.
    """
    await books.find(session, draft.portfolio_id)
    goal = goal_of(draft)
    await store.add_goal(session, caller.tenant_id, goal)
    await record(session, caller, "goal.created", object_kind="goal", object_id=goal.id)
    return goal


async def change_goal(
    session: WriteSession, caller: Caller, goal_id: UUID, draft: GoalDraft, *, check: Callable[[Goal], None]
) -> Goal:
    """Put a goal in the place of one.

    Args:
        session: of the request.
        caller: who asks.
        goal_id: of the goal.
        draft: what it is to be.
        check: refuses by raising; sees the goal as it is.

    Raises:
        GoalNotFound, PortfolioNotFound, InvalidGoal.
    """
    present = await goal_by_id(session, goal_id)
    check(present)
    await books.find(session, draft.portfolio_id)
    goal = replace(goal_of(draft, goal_id), created_at=present.created_at)
    await store.change_goal(session, goal)
    await record(session, caller, "goal.changed", object_kind="goal", object_id=goal_id)
    return goal


async def delete_goal(session: WriteSession, caller: Caller, goal_id: UUID) -> None:
    """Delete a goal; advice that was given for it stays.

    Raises:
        GoalNotFound.
    """
    await goal_by_id(session, goal_id)
    await store.remove_goal(session, goal_id)
    await record(session, caller, "goal.deleted", object_kind="goal", object_id=goal_id)


async def find_risk_profile(session: ReadSession, portfolio_id: UUID) -> RiskProfile | None:
    """The answers for a portfolio; None where the questions are not answered yet.

    Raises:
        PortfolioNotFound: absent, or another tenant's.
    """
    await books.find(session, portfolio_id)
    return await store.risk_profile(session, portfolio_id)


async def risk_profile(session: ReadSession, portfolio_id: UUID) -> RiskProfile:
    """The answers for a portfolio.

    Raises:
        PortfolioNotFound: absent, or another tenant's.
        NoRiskProfile: the questions are not answered yet.
    """
    found = await find_risk_profile(session, portfolio_id)
    if found is None:
        raise NoRiskProfile(f"Answer them first: PUT /portfolios/{portfolio_id}/risk-profile.")
    return found


def profile_of(
    portfolio_id: UUID,
    *,
    answers: Mapping[str, int],
    monthly_spending: Decimal,
    cash_elsewhere: Decimal,
    premia: Mapping[str, Any],
    prefix: str = "",
) -> RiskProfile:
    """Answers that could be kept; ``prefix``: where in the request they stand.

    Raises:
        InvalidAnswers: one is missing or not 1 to 5.
        InvalidPremia: a stated return is out of bounds.
    """
    stated.checked(premia_of(premia), prefix)
    checked = questionnaire.checked(answers, prefix)
    return RiskProfile(portfolio_id, checked, monthly_spending, cash_elsewhere, dict(premia), clock.now())


async def put_risk_profile(
    session: WriteSession,
    caller: Caller,
    portfolio_id: UUID,
    *,
    answers: Mapping[str, int],
    monthly_spending: Decimal,
    cash_elsewhere: Decimal,
    premia: Mapping[str, Any],
) -> RiskProfile:
    """Keep the answers for a portfolio in the place of those there were.

    Raises:
        PortfolioNotFound: absent, or another tenant's.
        InvalidAnswers: one is missing or not 1 to 5.
        InvalidPremia: a stated return is out of bounds.
    """
    await books.find(session, portfolio_id)
    profile = profile_of(
        portfolio_id,
        answers=answers,
        monthly_spending=monthly_spending,
        cash_elsewhere=cash_elsewhere,
        premia=premia,
    )
    await store.put_risk_profile(session, caller.tenant_id, profile)
    await record(session, caller, "risk_profile.answered", object_kind="portfolio", object_id=portfolio_id)
    return profile


def premia_of(kept: Mapping[str, Any]) -> Premia:
    """Stated returns as they are kept; what is not stated is the default."""
    return Premia(
        kept.get("cash_rate", stated.CASH_RATE), dict(kept.get("by_class", {})), dict(kept.get("by_asset", {}))
    )


async def advice_by_id(session: ReadSession, advice_id: UUID) -> Advice:
    """Advice as it was given.

    Raises:
        AdviceNotFound: absent, or another tenant's.
    """
    found = await store.advice_by_id(session, advice_id)
    if found is None:
        raise AdviceNotFound("No advice of yours has this id. GET /advice lists it.")
    return found


async def list_advice(
    session: ReadSession, portfolio_id: UUID | None, *, limit: int, before: UUID | None
) -> list[Advice]:
    """Advice that was given, the newest first.

    Raises:
        PortfolioNotFound: absent, or another tenant's.
    """
    if portfolio_id is not None:
        await books.find(session, portfolio_id)
    return await store.list_advice(session, portfolio_id, limit=limit, before=before)
