"""The yearly arrays of many assets as numbers, without a Python object per close."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from psycopg import AsyncConnection
from psycopg.adapt import Buffer, Loader
from psycopg.pq import Format
from sqlalchemy import text

from finsage.market.asset import AssetClass
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.changes import EVERYTHING
from finsage.platform.database import ReadSession

# As the database's ``closes_as_bytes`` packs them: days since 1970, money per unit.
_PAIR = np.dtype([("day", ">i4"), ("close", ">f8")])
_BYTES_OID = 17
_UUID_OID = 2950

_STATE = text("""
    SELECT current_setting('app.tenant')::uuid AS tenant,
        ARRAY(SELECT tag || ' ' || version FROM cache_versions
            WHERE tag = ANY (ARRAY['prices:' || current_setting('app.tenant'), :everyone]) ORDER BY tag) AS versions,
        (SELECT version FROM cache_versions WHERE tag = :everything) AS emptied
""")
_CHANGED = """
    INSERT INTO cache_versions (tag) VALUES ('prices:' || %s::text)
    ON CONFLICT (tag) DO UPDATE SET version = gen_random_uuid()
"""
_WHERE = """
    FROM price_years
    WHERE tenant_id = ANY (ARRAY[current_setting('app.tenant')::uuid, %(everyone)s])
      AND asset_id = ANY (%(assets)s) AND year BETWEEN %(first)s AND %(last)s
"""
_YEARS = "SELECT tenant_id, asset_id, year, version, packed" + _WHERE
_VERSIONS = "SELECT tenant_id, asset_id, year, version" + _WHERE
_SOME_YEARS = """
    SELECT tenant_id, asset_id, year, version, packed
    FROM price_years
    JOIN unnest(%(tenants)s::uuid[], %(assets)s::uuid[], %(years)s::int[]) AS wanted (tenant_id, asset_id, year)
        USING (tenant_id, asset_id, year)
"""

Key: TypeAlias = tuple[bytes, bytes, int]
"""Tenant, asset and year of an array; ids as their 16 bytes."""


class Array(NamedTuple):
    """The closes of one asset-year as the database sends them, and the version they have."""

    version: bytes
    packed: bytes

    def size_bytes(self) -> int:
        return len(self.packed) + 400


@dataclass(frozen=True, slots=True)
class State:
    """Whose closes a session sees, and their versions: equal as long as no close has changed.

    ``emptied`` is the version that changes when everybody is to forget what they know.
    """

    tenant_id: UUID
    versions: tuple[str, ...]
    emptied: UUID | None


@dataclass(frozen=True, eq=False)
class Points:
    """Closes in no order but that a tenant's own come after the public ones; all three arrays have shape (points,).

    ``columns`` are places in the asked list of assets, ``days`` days since 1970, ``closes`` money per unit.
    """

    columns: NDArray[np.intp]
    days: NDArray[np.int64]
    closes: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tracked:
    """An asset of the session's own tenant that has closes, with the last day of them."""

    asset_id: UUID
    symbol: str
    asset_class: AssetClass
    currency: str
    is_simulated: bool
    last_day: date


# Not a join: what was just imported has no statistics yet.
_TRACKED = text("""
    SELECT a.id, a.symbol, a.asset_class, a.currency, a.is_simulated,
        (SELECT max(day) FROM price_years y, unnest(y.days) AS day
         WHERE y.tenant_id = a.tenant_id AND y.asset_id = a.id AND y.year BETWEEN :year - 1 AND :year AND day <= :until
        ) AS last_day
    FROM assets a WHERE a.tenant_id = coalesce(CAST(:tenant AS uuid), current_setting('app.tenant')::uuid) ORDER BY a.id
""")


async def tracked(session: ReadSession, until: date, tenant_id: UUID | None = None) -> list[Tracked]:
    """The assets of a tenant with a close in this year or the last, none after a day looked at; else of its own."""
    rows = await session.execute(_TRACKED, {"year": until.year, "until": until, "tenant": tenant_id})
    return [
        Tracked(row.id, row.symbol, row.asset_class, row.currency, row.is_simulated, row.last_day)
        for row in rows
        if row.last_day is not None
    ]


class _Bytes(Loader):
    """Leaves a binary value as it came."""

    format = Format.BINARY

    def load(self, data: Buffer) -> bytes:
        return bytes(data)


async def state(session: ReadSession) -> State:
    """Look before reading closes: what is read afterwards is at least as new."""
    everyone = f"prices:{PUBLIC_TENANT}"
    row = (await session.execute(_STATE, {"everyone": everyone, "everything": EVERYTHING})).one()
    return State(row.tenant, tuple(row.versions), row.emptied)


async def note_change(cursor: Any, tenant_id: UUID) -> None:
    """Say, in the transaction that changes closes of a tenant, that it does."""
    await cursor.execute(_CHANGED, (str(tenant_id),))


async def arrays(session: ReadSession, asset_ids: Collection[UUID], first: int, last: int) -> dict[Key, Array]:
    """The arrays of these assets in the years from one to another, of the session's tenant and of everyone."""
    return _keyed(await _rows(session, _YEARS, _asked(asset_ids, first, last)))


async def versions(session: ReadSession, asset_ids: Collection[UUID], first: int, last: int) -> dict[Key, bytes]:
    """The version of each array that ``arrays`` would return."""
    found = await _rows(session, _VERSIONS, _asked(asset_ids, first, last))
    return {(tenant, asset, year): version for tenant, asset, year, version in found}


async def arrays_of(session: ReadSession, keys: Sequence[Key]) -> dict[Key, Array]:
    """These arrays, of those there are."""
    values = {
        "tenants": [UUID(bytes=key[0]) for key in keys],
        "assets": [UUID(bytes=key[1]) for key in keys],
        "years": [key[2] for key in keys],
    }
    return _keyed(await _rows(session, _SOME_YEARS, values))


def points(found: dict[Key, Array], asset_ids: Collection[UUID]) -> Points:
    """The closes in arrays of these assets."""
    places = {asset_id.bytes: place for place, asset_id in enumerate(asset_ids)}
    everyone = PUBLIC_TENANT.bytes
    ordered = sorted(found.items(), key=lambda item: item[0][0] != everyone)
    pairs = np.frombuffer(b"".join([array.packed for _, array in ordered]), dtype=_PAIR)
    lengths = [len(array.packed) // _PAIR.itemsize for _, array in ordered]
    columns = np.repeat(np.array([places[key[1]] for key, _ in ordered], dtype=np.intp), lengths)
    return Points(columns, pairs["day"].astype(np.int64), pairs["close"].astype(np.float64))


def _asked(asset_ids: Collection[UUID], first: int, last: int) -> dict[str, object]:
    return {"everyone": PUBLIC_TENANT, "assets": list(asset_ids), "first": first, "last": last}


async def _rows(session: ReadSession, query: str, values: dict[str, Any]) -> list[Any]:
    # The driver's own cursor: SQLAlchemy has no word for values that are left as they came.
    pooled = await session.get_raw_connection()
    connection = pooled.driver_connection
    assert isinstance(connection, AsyncConnection)
    async with connection.cursor(binary=True) as cursor:
        for oid in (_BYTES_OID, _UUID_OID):
            cursor.adapters.register_loader(oid, _Bytes)
        await cursor.execute(query, values)
        return await cursor.fetchall()


def _keyed(rows: list[Any]) -> dict[Key, Array]:
    return {(tenant, asset, year): Array(version, packed) for tenant, asset, year, version, packed in rows}
