"""Forecasts of goals as they were made: written once, never changed, gone with their goal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select

from finsage.platform.database import ReadSession, WriteSession
from finsage.prediction.tables import goal_predictions


@dataclass(frozen=True, slots=True)
class GoalPrediction:
    """The odds of a goal as they were worked out; ``matures_on`` is the day of the goal as it was then."""

    id: UUID
    goal_id: UUID
    user_id: UUID
    as_of: date
    matures_on: date
    prediction_result: Mapping[str, Any]
    created_at: datetime


_COLUMNS = [column for column in goal_predictions.c if column.name != "tenant_id"]


async def add(session: WriteSession, tenant_id: UUID, made: GoalPrediction) -> None:
    """Write one as it was made."""
    values = {name: getattr(made, name) for name in made.__dataclass_fields__}
    await session.execute(insert(goal_predictions).values(tenant_id=tenant_id, **values))


async def by_id(session: ReadSession, prediction_id: UUID) -> GoalPrediction | None:
    """The one with this id that the session may see."""
    statement = select(*_COLUMNS).where(goal_predictions.c.id == prediction_id)
    row = (await session.execute(statement)).one_or_none()
    return _made(row) if row else None


async def page(session: ReadSession, goal_id: UUID, *, limit: int, before: UUID | None) -> list[GoalPrediction]:
    """Those of a goal, the newest first."""
    statement = select(*_COLUMNS).where(goal_predictions.c.goal_id == goal_id)
    if before is not None:
        statement = statement.where(goal_predictions.c.id < before)
    rows = await session.execute(statement.order_by(goal_predictions.c.id.desc()).limit(limit))
    return [_made(row) for row in rows]


def _made(row: Row[Any]) -> GoalPrediction:
    # The database answers in its own time zone. ``_mapping`` is the public name of a row's columns.
    return GoalPrediction(**{**row._mapping, "created_at": row.created_at.astimezone(UTC)})  # noqa: SLF001
