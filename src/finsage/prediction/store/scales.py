"""How far the last outcomes of each subject lay from the medians of its forecasts."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from finsage.platform.database import ReadSession, WriteSession


@dataclass(frozen=True, slots=True)
class Ratios:
    """The ratios of one subject and horizon, the oldest first; see ``price_model.scale``."""

    subject_id: UUID
    horizon_days: int
    asset_class: str
    is_simulated: bool
    ratios: tuple[float, ...]


_READ = text("""
    SELECT subject_id, horizon_days, asset_class, is_simulated, ratios FROM prediction_scales
    WHERE tenant_id = :tenant AND (CAST(:classes AS text[]) IS NULL OR asset_class = ANY (:classes))
""")
_ADD = text("""
    INSERT INTO prediction_scales AS s (tenant_id, subject_id, horizon_days, asset_class, is_simulated, ratios)
    SELECT :tenant, subject_id, horizon_days, asset_class, is_simulated,
        (ARRAY(SELECT value::float8 FROM json_array_elements_text(ratios) AS value))
    FROM json_to_recordset(CAST(:rows AS json)) AS one
        (subject_id uuid, horizon_days smallint, asset_class text, is_simulated boolean, ratios json)
    ON CONFLICT (tenant_id, subject_id, horizon_days) DO UPDATE SET changed_at = now(),
        ratios = (s.ratios || excluded.ratios)[greatest(cardinality(s.ratios || excluded.ratios) - :most + 1, 1):]
""")


async def read(session: ReadSession, tenant_id: UUID, classes: Collection[str] | None = None) -> list[Ratios]:
    """The ratios of a tenant's subjects, of some classes alone where they are given."""
    values = {"tenant": tenant_id, "classes": None if classes is None else list(classes)}
    rows = await session.execute(_READ, values)
    return [
        Ratios(row.subject_id, row.horizon_days, row.asset_class, row.is_simulated, tuple(row.ratios)) for row in rows
    ]


async def add(session: WriteSession, tenant_id: UUID, found: Sequence[Ratios], *, most: int) -> None:
    """Put new ratios behind the old ones, and keep the last so many."""
    if found:
        rows = [
            {
                "subject_id": str(one.subject_id),
                "horizon_days": one.horizon_days,
                "asset_class": one.asset_class,
                "is_simulated": one.is_simulated,
                "ratios": list(one.ratios[-most:]),
            }
            for one in found
        ]
        await session.execute(_ADD, {"tenant": tenant_id, "rows": json.dumps(rows), "most": most})
