"""What was prepared of each asset, to go on from tomorrow."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text

from finsage.platform.database import ReadSession, WriteSession


@dataclass(frozen=True, slots=True)
class State:
    """What is kept of an asset: numbers as the kernels pack them. ``refused`` says why no forecast was made."""

    asset_id: UUID
    as_of: date
    model_sha256: str
    history_rows: int = 0
    history_sha256: str = ""
    garch: tuple[float, ...] = ()
    sigmas: bytes = b""
    refused: str | None = None


_TENANTS = text("SELECT id FROM tenants ORDER BY id")
_DAYS = text("SELECT asset_id, as_of, model_sha256 FROM prediction_states WHERE tenant_id = :tenant")
_READ = text("""
    SELECT asset_id, as_of, model_sha256, history_rows, history_sha256, garch, sigmas, refused
    FROM prediction_states WHERE tenant_id = :tenant AND model_sha256 = :model AND refused IS NULL
      AND (CAST(:assets AS uuid[]) IS NULL OR asset_id = ANY (:assets))
""")
_PUT = text("""
    INSERT INTO prediction_states (tenant_id, asset_id, as_of, model_sha256, history_rows, history_sha256, garch,
        sigmas, refused)
    SELECT :tenant, asset_id, as_of, model_sha256, history_rows, history_sha256,
        ARRAY(SELECT value::float8 FROM json_array_elements_text(garch) AS value), decode(sigmas, 'hex'), refused
    FROM json_to_recordset(CAST(:rows AS json)) AS one
        (asset_id uuid, as_of date, model_sha256 text, history_rows integer, history_sha256 text, garch json,
         sigmas text, refused text)
    ON CONFLICT (tenant_id, asset_id) DO UPDATE SET
        as_of = excluded.as_of, model_sha256 = excluded.model_sha256, history_rows = excluded.history_rows,
        history_sha256 = excluded.history_sha256, garch = excluded.garch, sigmas = excluded.sigmas,
        refused = excluded.refused, prepared_at = now()
""")
_FORGET = text("DELETE FROM prediction_states WHERE tenant_id = :tenant")
_PER_STATEMENT = 200


async def tenants(session: ReadSession) -> list[UUID]:
    """Every tenant: their assets are theirs to see, so each is looked at in a transaction of its own."""
    return list((await session.execute(_TENANTS)).scalars())


async def days(session: ReadSession, tenant_id: UUID) -> Mapping[UUID, tuple[date, str]]:
    """By asset: up to which day it is forecast, and with which model."""
    rows = await session.execute(_DAYS, {"tenant": tenant_id})
    return {row.asset_id: (row.as_of, row.model_sha256) for row in rows}


async def read(
    session: ReadSession, tenant_id: UUID, model_sha256: str, asset_ids: Collection[UUID] | None = None
) -> list[State]:
    """What is kept of a tenant's assets, or of some of them, for a model."""
    assets = None if asset_ids is None else list(asset_ids)
    rows = await session.execute(_READ, {"tenant": tenant_id, "model": model_sha256, "assets": assets})
    return [
        State(
            row.asset_id, row.as_of, row.model_sha256, row.history_rows, row.history_sha256, tuple(row.garch),
            bytes(row.sigmas), row.refused,
        )
        for row in rows
    ]  # fmt: skip


async def put(session: WriteSession, tenant_id: UUID, states: Sequence[State]) -> None:
    """Keep what was prepared, in the place of what was before."""
    for first in range(0, len(states), _PER_STATEMENT):
        rows = [
            {
                "asset_id": str(one.asset_id),
                "as_of": one.as_of.isoformat(),
                "model_sha256": one.model_sha256,
                "history_rows": one.history_rows,
                "history_sha256": one.history_sha256,
                # NaN is no JSON; PostgreSQL reads it as a text.
                "garch": [str(value) for value in one.garch],
                "sigmas": one.sigmas.hex(),
                "refused": one.refused,
            }
            for one in states[first : first + _PER_STATEMENT]
        ]
        await session.execute(_PUT, {"tenant": tenant_id, "rows": json.dumps(rows)})


async def forget(session: WriteSession, tenant_id: UUID) -> None:
    """Forget what was prepared of a tenant's assets: the next run works it out anew."""
    await session.execute(_FORGET, {"tenant": tenant_id})
