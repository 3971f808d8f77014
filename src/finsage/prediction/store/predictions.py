"""Forecasts as they were made: written once, never changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row, text

from finsage.platform.bulk import insert_rows
from finsage.platform.database import ReadSession, WriteSession

SubjectKind = Literal["asset", "portfolio"]


@dataclass(frozen=True, slots=True)
class Prediction:
    """A forecast that was made; ``user_id`` is None where the daily run made it."""

    id: UUID
    tenant_id: UUID
    as_of: date
    user_id: UUID | None
    subject_kind: SubjectKind
    subject_id: UUID
    asset_class: str
    is_simulated: bool
    horizon_days: int
    matures_on: date
    last_close: Decimal
    currency: str
    rung: str
    model_id: str
    model_sha256: str
    input_data: Mapping[str, Any]
    prediction_result: Mapping[str, Any]
    confidence_score: Decimal | None
    created_at: datetime


COLUMNS = tuple(name for name in Prediction.__dataclass_fields__)
_COLUMNS = ", ".join(COLUMNS)
_READ = f"SELECT {_COLUMNS} FROM predictions"
_BY_ID = text(f"{_READ} WHERE id = :id")
_PAGE = text(f"""
    {_READ}
    WHERE (CAST(:subject AS uuid) IS NULL OR subject_id = :subject)
      AND (CAST(:horizon AS smallint) IS NULL OR horizon_days = :horizon)
      AND (CAST(:kind AS text) IS NULL OR subject_kind = :kind)
      AND (CAST(:before_day AS date) IS NULL OR (as_of, id) < (:before_day, :before_id))
    ORDER BY as_of DESC, id DESC LIMIT :limit
""")
_LATEST = text(f"""
    SELECT DISTINCT ON (subject_id, horizon_days) {_COLUMNS} FROM predictions
    WHERE subject_id = ANY (:subjects) AND user_id IS NULL AND as_of >= :since
    ORDER BY subject_id, horizon_days, as_of DESC
""")
_NEWEST = text("SELECT max(created_at) FROM predictions WHERE tenant_id = :tenant AND user_id IS NULL")
_MATURED = text(f"""
    {_READ} AS p
    WHERE tenant_id = :tenant AND matures_on <= :until
      AND NOT EXISTS (SELECT 1 FROM prediction_outcomes o
          WHERE o.tenant_id = p.tenant_id AND o.as_of = p.as_of AND o.prediction_id = p.id)
      AND (CAST(:after_day AS date) IS NULL OR (matures_on, id) > (:after_day, :after_id))
    ORDER BY matures_on, id LIMIT :limit
""")


_WAITING = text("""
    SELECT subject_kind, subject_id, p.input_data ->> 'calendar' = 'daily' AS is_daily, min(matures_on) AS first
    FROM predictions p
    WHERE tenant_id = :tenant AND matures_on <= :until
      AND NOT EXISTS (SELECT 1 FROM prediction_outcomes o
          WHERE o.tenant_id = p.tenant_id AND o.as_of = p.as_of AND o.prediction_id = p.id)
    GROUP BY subject_kind, subject_id, is_daily
""")


async def add(session: WriteSession, made: Sequence[Prediction]) -> None:
    """Write forecasts; one the daily run made before stays as it is."""
    rows = [values_of(one) for one in made]
    await insert_rows(session, "predictions", COLUMNS, rows, on_conflict="ON CONFLICT DO NOTHING")


def values_of(one: Prediction) -> tuple[Any, ...]:
    """A forecast in the order of ``COLUMNS``."""
    return tuple(getattr(one, name) for name in COLUMNS)


async def by_id(session: ReadSession, prediction_id: UUID) -> Prediction | None:
    """The forecast with this id that the session may see."""
    row = (await session.execute(_BY_ID, {"id": prediction_id})).one_or_none()
    return _prediction(row) if row else None


async def page(
    session: ReadSession,
    *,
    subject_id: UUID | None,
    kind: SubjectKind | None,
    horizon_days: int | None,
    limit: int,
    before: tuple[date, UUID] | None,
) -> list[Prediction]:
    """Forecasts, the newest first."""
    values = {
        "subject": subject_id, "kind": kind, "horizon": horizon_days, "limit": limit,
        "before_day": before[0] if before else None, "before_id": before[1] if before else None,
    }  # fmt: skip
    return [_prediction(row) for row in await session.execute(_PAGE, values)]


async def latest(session: ReadSession, subject_ids: Collection[UUID], *, since: date) -> list[Prediction]:
    """The newest forecast of the daily run per subject and horizon, none older than a day."""
    rows = await session.execute(_LATEST, {"subjects": list(subject_ids), "since": since})
    return [_prediction(row) for row in rows]


async def newest(session: ReadSession, tenant_id: UUID) -> datetime | None:
    """When the daily run last made a forecast of a tenant's."""
    found: datetime | None = (await session.execute(_NEWEST, {"tenant": tenant_id})).scalar_one()
    return found


async def matured(
    session: ReadSession, tenant_id: UUID, *, until: date, limit: int, after: tuple[date, UUID] | None = None
) -> list[Prediction]:
    """Forecasts of a tenant whose day has come and that have no outcome yet, by that day and id, after one of them."""
    values = {
        "tenant": tenant_id, "until": until, "limit": limit,
        "after_day": after[0] if after else None, "after_id": after[1] if after else None,
    }  # fmt: skip
    return [_prediction(row) for row in await session.execute(_MATURED, values)]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A subject with forecasts whose day has come and that have no outcome, and the first of these days.

    Apart for those made of rows with weekends and without.
    """

    kind: SubjectKind
    subject_id: UUID
    is_daily: bool
    first: date


async def waiting(session: ReadSession, tenant_id: UUID, *, until: date) -> list[Waiting]:
    """What of a tenant waits to be judged, without its forecasts."""
    return [Waiting(*row) for row in await session.execute(_WAITING, {"tenant": tenant_id, "until": until})]


def _prediction(row: Row[Any]) -> Prediction:
    # The database answers in its own time zone. ``_mapping`` is the public name of a row's columns.
    return Prediction(**{**row._mapping, "created_at": row.created_at.astimezone(UTC)})  # noqa: SLF001
