"""What came of forecasts, and the weekly sums the scoreboard is made from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import text

from finsage.platform.database import ReadSession, WriteSession
from finsage.prediction.store.predictions import Prediction


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a forecast. Where no price came in time it is ``unscorable`` and has no figures.

    The last three enter sums alone: ln v + RV/v of our variance and of EWMA's, and see ``price_model.scale``.
    """

    prediction: Prediction
    state: Literal["scored", "unscorable"]
    realised_on: date | None = None
    realised_price: Decimal | None = None
    log_return: float | None = None
    pit: float | None = None
    crps: float | None = None
    pinball: tuple[float, ...] = ()
    inside_80: bool | None = None
    inside_95: bool | None = None
    baseline_crps: Mapping[str, float] | None = None
    qlike: float | None = None
    ewma_qlike: float | None = None
    spread: float | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over the forecasts of one subject and horizon whose day came in one week (named by its Monday).

    ``beyond_95`` counts losses beyond the value at risk of 95 %. A baseline's score is summed beside ours of the same
    forecasts, for it may be missing.
    """

    subject_id: UUID
    horizon_days: int
    week: date
    subject_kind: str
    asset_class: str
    is_simulated: bool
    matured: int = 0
    unscorable: int = 0
    crps: float = 0.0
    random_walk_crps: float = 0.0
    crps_beside_random_walk: float = 0.0
    garch_crps: float = 0.0
    crps_beside_garch: float = 0.0
    inside_80: int = 0
    inside_95: int = 0
    beyond_95: int = 0
    beyond_99: int = 0
    qlike: float = 0.0
    ewma_qlike: float = 0.0
    qlike_matured: int = 0
    pit_0: int = 0
    pit_1: int = 0
    pit_2: int = 0
    pit_3: int = 0
    pit_4: int = 0
    pit_5: int = 0
    pit_6: int = 0
    pit_7: int = 0
    pit_8: int = 0
    pit_9: int = 0

    @property
    def pit(self) -> tuple[int, ...]:
        """How many outcomes lay in each tenth of the probability their forecasts gave."""
        return tuple(getattr(self, name) for name in TENTHS)


TENTHS = tuple(f"pit_{tenth}" for tenth in range(10))
ADDED = (
    "matured", "unscorable", "crps", "random_walk_crps", "crps_beside_random_walk", "garch_crps", "crps_beside_garch",
    "inside_80", "inside_95", "beyond_95", "beyond_99", "qlike", "ewma_qlike", "qlike_matured", *TENTHS,
)  # fmt: skip
_KEYS = ("subject_id", "horizon_days", "week", "subject_kind", "asset_class", "is_simulated")
_TYPES = {
    "subject_id": "uuid", "horizon_days": "smallint", "week": "date", "subject_kind": "text", "asset_class": "text",
    "is_simulated": "boolean",
}  # fmt: skip
_ALL = ", ".join((*_KEYS, *ADDED))
_TYPED = ", ".join(
    f"{name} {_TYPES.get(name, 'double precision' if name.endswith(('crps', 'walk', 'garch', 'qlike')) else 'integer')}"
    for name in (*_KEYS, *ADDED)
)
_PLUS = ", ".join(f"{name} = s.{name} + excluded.{name}" for name in ADDED)

_ADD = text("""
    INSERT INTO prediction_outcomes (tenant_id, as_of, prediction_id, state, realised_on, realised_price, log_return,
        pit, crps, pinball, inside_80, inside_95, baseline_crps)
    SELECT :tenant, as_of, prediction_id, state, realised_on, realised_price, log_return, pit, crps,
        ARRAY(SELECT value::float8 FROM json_array_elements_text(pinball) AS value), inside_80, inside_95, baseline_crps
    FROM json_to_recordset(CAST(:rows AS json)) AS one
        (as_of date, prediction_id uuid, state text, realised_on date, realised_price numeric, log_return float8,
         pit float8, crps float8, pinball json, inside_80 boolean, inside_95 boolean, baseline_crps jsonb)
    ON CONFLICT DO NOTHING RETURNING prediction_id
""")
_ADD_SUMS = text(f"""
    INSERT INTO prediction_scores AS s (tenant_id, {_ALL})
    SELECT :tenant, {_ALL} FROM json_to_recordset(CAST(:rows AS json)) AS one ({_TYPED})
    ON CONFLICT (tenant_id, subject_id, horizon_days, week) DO UPDATE SET {_PLUS}
""")
_SUMS = text(f"""
    SELECT {_ALL} FROM prediction_scores
    WHERE (CAST(:tenant AS uuid) IS NULL OR tenant_id = :tenant) AND week >= :since
      AND (CAST(:subject AS uuid) IS NULL OR subject_id = :subject)
    ORDER BY subject_id, horizon_days, week
""")
_COVERED = text("""
    SELECT subject_id, horizon_days, asset_class, is_simulated, sum(matured) AS matured, sum(inside_80) AS inside
    FROM prediction_scores GROUP BY subject_id, horizon_days, asset_class, is_simulated
""")
_OF = text("""
    SELECT prediction_id, state, realised_on, realised_price, log_return, pit, crps, inside_80, inside_95, baseline_crps
    FROM prediction_outcomes WHERE prediction_id = ANY (:ids)
""")
_TRACK = text("""
    SELECT p.as_of, p.prediction_result -> 'var' AS var, p.prediction_result -> 'es' AS es, o.log_return
    FROM prediction_outcomes o JOIN predictions p
        ON p.tenant_id = o.tenant_id AND p.as_of = o.as_of AND p.id = o.prediction_id
    WHERE p.subject_id = :subject AND p.horizon_days = :horizon AND p.user_id IS NULL AND o.state = 'scored'
    ORDER BY p.as_of
""")


async def add(session: WriteSession, tenant_id: UUID, outcomes: Sequence[Outcome]) -> set[UUID]:
    """Write what came; returns the forecasts whose outcome was not known before."""
    if not outcomes:
        return set()
    rows = json.dumps([_row(one) for one in outcomes])
    return set((await session.execute(_ADD, {"tenant": tenant_id, "rows": rows})).scalars())


async def add_sums(session: WriteSession, tenant_id: UUID, sums: Sequence[Sums]) -> None:
    """Add to the weekly sums."""
    if sums:
        rows = [{**asdict(one), "subject_id": str(one.subject_id), "week": one.week.isoformat()} for one in sums]
        await session.execute(_ADD_SUMS, {"tenant": tenant_id, "rows": json.dumps(rows)})


async def sums(
    session: ReadSession, *, since: date, tenant_id: UUID | None = None, subject_id: UUID | None = None
) -> list[Sums]:
    """Weekly sums that the session may see, of one tenant or subject alone where one is given."""
    rows = await session.execute(_SUMS, {"tenant": tenant_id, "subject": subject_id, "since": since})
    return [Sums(**row._mapping) for row in rows]  # noqa: SLF001 - the public name of a row's columns


@dataclass(frozen=True, slots=True)
class Covered:
    """How many forecasts of a subject matured over a horizon, and how many of them inside their 80 % band."""

    subject_id: UUID
    horizon_days: int
    asset_class: str
    is_simulated: bool
    matured: int
    inside: int


async def covered(session: ReadSession) -> list[Covered]:
    """Coverage of every subject that the session may see."""
    rows = await session.execute(_COVERED)
    return [Covered(*row) for row in rows]


async def outcomes_of(session: ReadSession, prediction_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """What is known of the outcomes of forecasts, by forecast."""
    rows = await session.execute(_OF, {"ids": list(prediction_ids)})
    return {row.prediction_id: dict(row._mapping) for row in rows}  # noqa: SLF001 - as above


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """Value at risk and expected shortfall as forecast, by confidence, and the log return that came."""

    as_of: date
    value_at_risk: Mapping[str, float]
    expected_shortfall: Mapping[str, float]
    log_return: float


async def risk_track(session: ReadSession, subject_id: UUID, horizon_days: int) -> list[RiskPoint]:
    """The matured forecasts of the daily run of a subject over one horizon, oldest first."""
    rows = await session.execute(_TRACK, {"subject": subject_id, "horizon": horizon_days})
    return [RiskPoint(row.as_of, row.var, row.es, row.log_return) for row in rows]


def summed(ones: Sequence[Sums]) -> Sums:
    """Sums as one, under the keys of the first."""
    return replace(ones[0], **{name: sum(getattr(one, name) for one in ones) for name in ADDED})


def monday(day: date) -> date:
    """The week a day lies in."""
    return day - timedelta(days=day.weekday())


def _row(one: Outcome) -> dict[str, Any]:
    return {
        "as_of": one.prediction.as_of.isoformat(),
        "prediction_id": str(one.prediction.id),
        "state": one.state,
        "realised_on": one.realised_on and one.realised_on.isoformat(),
        "realised_price": None if one.realised_price is None else f"{one.realised_price:f}",
        "log_return": one.log_return,
        "pit": one.pit,
        "crps": one.crps,
        "pinball": list(one.pinball),
        "inside_80": one.inside_80,
        "inside_95": one.inside_95,
        "baseline_crps": one.baseline_crps,
    }
