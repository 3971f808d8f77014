"""Forecasts there are, as they were made, with what came of them; reading them needs no model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from finsage.platform.database import ReadSession
from finsage.platform.paging import decode_cursor, encode_cursor
from finsage.prediction.errors import PredictionNotFound
from finsage.prediction.service.goals import goal_by_id
from finsage.prediction.store import goal_predictions as goal_store
from finsage.prediction.store import outcomes as outcome_store
from finsage.prediction.store import predictions as store
from finsage.prediction.store.goal_predictions import GoalPrediction
from finsage.prediction.store.predictions import Prediction, SubjectKind

__all__ = [
    "GoalPrediction", "Prediction", "PredictionPage", "goal_prediction_by_id", "list_goal_predictions",
    "list_predictions", "outcomes_of", "prediction_by_id",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class PredictionPage:
    """Some forecasts with what came of them, and where the next ones start (None at the end)."""

    items: list[Prediction]
    outcomes: Mapping[UUID, Mapping[str, Any]]
    next_cursor: str | None


async def prediction_by_id(session: ReadSession, prediction_id: UUID) -> Prediction:
    """One forecast as it was made.

    Raises:
        PredictionNotFound: absent, or another tenant's.
    """
    found = await store.by_id(session, prediction_id)
    if found is None:
        raise PredictionNotFound("There is no forecast with this id. GET /predictions lists those there are.")
    return found


async def goal_prediction_by_id(session: ReadSession, prediction_id: UUID) -> GoalPrediction | None:
    """The forecast of a goal with this id; None where there is none, or another tenant's."""
    return await goal_store.by_id(session, prediction_id)


async def list_goal_predictions(
    session: ReadSession, goal_id: UUID, *, limit: int, after: str | None
) -> tuple[list[GoalPrediction], str | None]:
    """Forecasts of a goal, the newest first, and where the next ones start.

    Raises:
        GoalNotFound: absent, or another tenant's.
        InvalidCursor: ``after`` is no cursor of this list.
    """
    await goal_by_id(session, goal_id)
    before = None if after is None else decode_cursor(after, UUID)[0]
    found = await goal_store.page(session, goal_id, limit=limit + 1, before=before)
    items = found[:limit]
    return items, encode_cursor(items[-1].id) if len(found) > limit else None


async def list_predictions(
    session: ReadSession,
    *,
    subject_id: UUID | None,
    kind: SubjectKind | None,
    horizon_days: int | None,
    limit: int,
    after: str | None,
) -> PredictionPage:
    """Forecasts the session's tenant may see, the newest first.

    Raises:
        InvalidCursor: ``after`` is no cursor of this list.
    """
    before = None
    if after is not None:
        day, prediction_id = decode_cursor(after, str, UUID)
        before = date.fromisoformat(day), prediction_id
    found = await store.page(
        session, subject_id=subject_id, kind=kind, horizon_days=horizon_days, limit=limit + 1, before=before
    )
    items = found[:limit]
    cursor = encode_cursor(items[-1].as_of.isoformat(), items[-1].id) if len(found) > limit else None
    return PredictionPage(items, await outcomes_of(session, items), cursor)


async def outcomes_of(session: ReadSession, made: list[Prediction]) -> Mapping[UUID, Mapping[str, Any]]:
    """What came of forecasts whose day has come, by forecast."""
    return await outcome_store.outcomes_of(session, [one.id for one in made]) if made else {}
