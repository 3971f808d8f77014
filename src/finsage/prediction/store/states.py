"""What was prepared of each asset, to go on from tomorrow."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from sqlalchemy import text

from finsage.platform.bulk import insert_rows
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
_READ = """
    SELECT asset_id, as_of, model_sha256, history_rows, history_sha256, garch, sigmas, refused
    FROM prediction_states WHERE tenant_id = %(tenant)s AND refused IS NULL
      AND (%(assets)s::uuid[] IS NULL OR asset_id = ANY (%(assets)s))
"""
COLUMNS = (
    "tenant_id", "asset_id", "as_of", "model_sha256", "history_rows", "history_sha256", "garch", "sigmas", "refused",
)  # fmt: skip
_REPLACE = """
    ON CONFLICT (tenant_id, asset_id) DO UPDATE SET
        as_of = excluded.as_of, model_sha256 = excluded.model_sha256, history_rows = excluded.history_rows,
        history_sha256 = excluded.history_sha256, garch = excluded.garch, sigmas = excluded.sigmas,
        refused = excluded.refused, prepared_at = now()
"""
# GARCH models know what they were fitted to and stay.
_FORGET = text("""
    UPDATE prediction_states SET model_sha256 = '', history_sha256 = '' WHERE tenant_id = :tenant AND model_sha256 <> ''
""")


async def tenants(session: ReadSession) -> list[UUID]:
    """Every tenant: their assets are theirs to see, so each is looked at in a transaction of its own."""
    return list((await session.execute(_TENANTS)).scalars())


async def days(session: ReadSession, tenant_id: UUID) -> Mapping[UUID, tuple[date, str]]:
    """By asset: up to which day it is forecast, and with which model."""
    rows = await session.execute(_DAYS, {"tenant": tenant_id})
    return {row.asset_id: (row.as_of, row.model_sha256) for row in rows}


async def read(session: ReadSession, tenant_id: UUID, asset_ids: Collection[UUID] | None = None) -> list[State]:
    """What is kept of a tenant's assets, or of some of them, whichever model it was prepared with."""
    # The driver's own cursor: binary, for thousands of numbers are no texts.
    pooled = await session.get_raw_connection()
    connection = pooled.driver_connection
    assert isinstance(connection, AsyncConnection)
    async with connection.cursor(binary=True) as cursor:
        assets = None if asset_ids is None else list(asset_ids)
        await cursor.execute(_READ, {"tenant": tenant_id, "assets": assets})
        rows = await cursor.fetchall()
    return [
        State(asset_id, as_of, model, count, sha256, tuple(garch), bytes(sigmas), refused)
        for asset_id, as_of, model, count, sha256, garch, sigmas, refused in rows
    ]


async def put(session: WriteSession, tenant_id: UUID, states: Sequence[State]) -> None:
    """Keep what was prepared, in the place of what was before."""
    rows = [values_of(tenant_id, one) for one in states]
    await insert_rows(session, "prediction_states", COLUMNS, rows, on_conflict=_REPLACE)


def values_of(tenant_id: UUID, one: State) -> tuple[Any, ...]:
    """What is kept in the order of ``COLUMNS``."""
    return (
        tenant_id, one.asset_id, one.as_of, one.model_sha256, one.history_rows, one.history_sha256, list(one.garch),
        one.sigmas, one.refused,
    )  # fmt: skip


async def forget(session: WriteSession, tenant_id: UUID) -> None:
    """Forget what was prepared of a tenant's assets but for its GARCH models: the next run works it out anew."""
    await session.execute(_FORGET, {"tenant": tenant_id})
