"""Forecasts as they were made: written once, never changed."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row, text

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


_COLUMNS = (
    "tenant_id, as_of, id, user_id, subject_kind, subject_id, asset_class, is_simulated, horizon_days, matures_on,"
    " last_close, currency, rung, model_id, model_sha256, input_data, prediction_result, confidence_score,"
    " created_at"
)
# One statement for all: thousands of forecasts are no thousands of round trips.
_ADD = text(f"""
    INSERT INTO predictions ({_COLUMNS})
    SELECT {_COLUMNS} FROM json_to_recordset(CAST(:rows AS json)) AS one
        (tenant_id uuid, as_of date, id uuid, user_id uuid, subject_kind text, subject_id uuid, asset_class text,
         is_simulated boolean, horizon_days smallint, matures_on date, last_close numeric, currency text, rung text,
         model_id text, model_sha256 text, input_data jsonb, prediction_result jsonb,
         confidence_score numeric, created_at timestamptz)
    ON CONFLICT DO NOTHING
""")
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
    SELECT subject_kind, subject_id, min(matures_on) AS first FROM predictions p
    WHERE tenant_id = :tenant AND matures_on <= :until
      AND NOT EXISTS (SELECT 1 FROM prediction_outcomes o
          WHERE o.tenant_id = p.tenant_id AND o.as_of = p.as_of AND o.prediction_id = p.id)
    GROUP BY subject_kind, subject_id
""")


async def add(session: WriteSession, made: Sequence[Prediction]) -> None:
    """Write forecasts; one the daily run made before stays as it is."""
    if made:
        await session.execute(_ADD, {"rows": json.dumps([_row(one) for one in made])})


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
    """A subject with forecasts whose day has come and that have no outcome, and the first of these days."""

    kind: SubjectKind
    subject_id: UUID
    first: date


async def waiting(session: ReadSession, tenant_id: UUID, *, until: date) -> list[Waiting]:
    """What of a tenant waits to be judged, without its forecasts."""
    return [Waiting(*row) for row in await session.execute(_WAITING, {"tenant": tenant_id, "until": until})]


def _row(one: Prediction) -> dict[str, Any]:
    return {
        "tenant_id": str(one.tenant_id),
        "as_of": one.as_of.isoformat(),
        "id": str(one.id),
        "user_id": str(one.user_id) if one.user_id else None,
        "subject_kind": one.subject_kind,
        "subject_id": str(one.subject_id),
        "asset_class": one.asset_class,
        "is_simulated": one.is_simulated,
        "horizon_days": one.horizon_days,
        "matures_on": one.matures_on.isoformat(),
        "last_close": f"{one.last_close:f}",
        "currency": one.currency,
        "rung": one.rung,
        "model_id": one.model_id,
        "model_sha256": one.model_sha256,
        "input_data": one.input_data,
        "prediction_result": one.prediction_result,
        "confidence_score": None if one.confidence_score is None else f"{one.confidence_score:f}",
        "created_at": one.created_at.isoformat(),
    }


def _prediction(row: Row[Any]) -> Prediction:
    # The database answers in its own time zone. ``_mapping`` is the public name of a row's columns.
    return Prediction(**{**row._mapping, "created_at": row.created_at.astimezone(UTC)})  # noqa: SLF001
