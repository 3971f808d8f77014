"""Goals, the answers to the ten questions, and advice as it was given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from finsage.platform.database import ReadSession, WriteSession
from finsage.prediction.tables import advices, goals, risk_profiles


@dataclass(frozen=True, slots=True)
class Goal:
    """An amount to have on a day, in today's money of the portfolio's base currency.

    ``monthly_contribution`` is paid in each month and keeps its worth; below zero it is taken out. Rates are yearly.
    """

    id: UUID
    portfolio_id: UUID
    name: str
    target_amount: Decimal
    target_on: date
    monthly_contribution: Decimal
    fee_rate: float
    inflation_rate: float
    created_at: datetime


@dataclass(frozen=True, slots=True)
class RiskProfile:
    """The answers of a portfolio's owner, 1 to 5 by question, with what their limits need to know.

    ``cash_elsewhere`` counts toward the months of ``monthly_spending`` that are to be kept. ``premia``: what was stated
    other than the defaults.
    """

    portfolio_id: UUID
    answers: Mapping[str, int]
    monthly_spending: Decimal
    cash_elsewhere: Decimal
    premia: Mapping[str, Any]
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Advice:
    """Advice as it was given: the same inputs and seed give the same result."""

    id: UUID
    portfolio_id: UUID
    user_id: UUID
    seed: int
    input_data: Mapping[str, Any]
    result: Mapping[str, Any]
    created_at: datetime


_GOAL = [column for column in goals.c if column.name != "tenant_id"]
_PROFILE = [column for column in risk_profiles.c if column.name != "tenant_id"]
_ADVICE = [column for column in advices.c if column.name != "tenant_id"]


async def list_goals(session: ReadSession, portfolio_id: UUID | None) -> list[Goal]:
    """The goals of a portfolio, or of all, the oldest first."""
    statement = select(*_GOAL).order_by(goals.c.id)
    if portfolio_id is not None:
        statement = statement.where(goals.c.portfolio_id == portfolio_id)
    return [Goal(*row) for row in await session.execute(statement)]


async def goal_by_id(session: ReadSession, goal_id: UUID) -> Goal | None:
    """One goal that the session may see."""
    row = (await session.execute(select(*_GOAL).where(goals.c.id == goal_id))).one_or_none()
    return Goal(*row) if row else None


async def add_goal(session: WriteSession, tenant_id: UUID, goal: Goal) -> None:
    """Write a new goal."""
    await session.execute(insert(goals).values(tenant_id=tenant_id, **_values(goal)))


async def change_goal(session: WriteSession, goal: Goal) -> None:
    """Write a goal over the one with its id."""
    await session.execute(update(goals).where(goals.c.id == goal.id).values(**_values(goal)))


async def remove_goal(session: WriteSession, goal_id: UUID) -> None:
    """Remove a goal."""
    await session.execute(delete(goals).where(goals.c.id == goal_id))


async def risk_profile(session: ReadSession, portfolio_id: UUID) -> RiskProfile | None:
    """The answers for a portfolio."""
    statement = select(*_PROFILE).where(risk_profiles.c.portfolio_id == portfolio_id)
    row = (await session.execute(statement)).one_or_none()
    return RiskProfile(*row) if row else None


async def put_risk_profile(session: WriteSession, tenant_id: UUID, profile: RiskProfile) -> None:
    """Put answers in the place of those there were."""
    values = _values(profile)
    statement = upsert(risk_profiles).values(tenant_id=tenant_id, **values)
    changed = {name: value for name, value in values.items() if name != "portfolio_id"}
    keys = [risk_profiles.c.tenant_id, risk_profiles.c.portfolio_id]
    await session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed))


async def add_advice(session: WriteSession, tenant_id: UUID, advice: Advice) -> None:
    """Write advice as it was given."""
    await session.execute(insert(advices).values(tenant_id=tenant_id, **_values(advice)))


async def advice_by_id(session: ReadSession, advice_id: UUID) -> Advice | None:
    """Advice that the session may see."""
    row = (await session.execute(select(*_ADVICE).where(advices.c.id == advice_id))).one_or_none()
    return _advice(row) if row else None


async def list_advice(
    session: ReadSession, portfolio_id: UUID | None, *, limit: int, before: UUID | None
) -> list[Advice]:
    """Advice that was given, the newest first."""
    statement = select(*_ADVICE).order_by(advices.c.id.desc()).limit(limit)
    if portfolio_id is not None:
        statement = statement.where(advices.c.portfolio_id == portfolio_id)
    if before is not None:
        statement = statement.where(advices.c.id < before)
    return [_advice(row) for row in await session.execute(statement)]


def _advice(row: Row[Any]) -> Advice:
    # The database answers in its own time zone. ``_mapping`` is the public name of a row's columns.
    return Advice(**{**row._mapping, "created_at": row.created_at.astimezone(UTC)})  # noqa: SLF001


def _values(one: Goal | RiskProfile | Advice) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__dataclass_fields__}
