"""The yearly arrays of many assets as numbers, without a Python object per close."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from psycopg import AsyncConnection
from psycopg.adapt import Buffer, Loader
from psycopg.pq import Format

from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.database import ReadSession

# One dimension, flags, element type, length, lower bound: then each element with its length before it.
# Source: PostgreSQL, src/backend/utils/adt/arrayfuncs.c, array_send.
_HEADER_BYTES = 20
_DAY = np.dtype([("length", ">i4"), ("value", ">i4")])
_CLOSE = np.dtype([("length", ">i4"), ("value", ">f8")])
_EPOCH_DAYS = 10_957  # from 1970, where numpy begins to count, to 2000, where PostgreSQL does
_DATES_OID = 1182
_FLOATS_OID = 1022

_YEARS = """
    SELECT asset_id, days, closes::float8[] FROM price_years
    WHERE tenant_id = ANY (ARRAY[current_setting('app.tenant')::uuid, %(everyone)s])
      AND asset_id = ANY (%(assets)s) AND year BETWEEN %(first)s AND %(last)s
    ORDER BY tenant_id <> %(everyone)s
"""


@dataclass(frozen=True, eq=False)
class Points:
    """Closes in no order but that a tenant's own come after the public ones; all three arrays have shape (points,).

    ``columns`` are places in the asked list of assets, ``days`` days since 1970, ``closes`` money per unit.
    """

    columns: NDArray[np.intp]
    days: NDArray[np.int64]
    closes: NDArray[np.float64]


class _Bytes(Loader):
    """Leaves a binary value as it came."""

    format = Format.BINARY

    def load(self, data: Buffer) -> bytes:
        return bytes(data)


async def points(session: ReadSession, asset_ids: Collection[UUID], first: int, last: int) -> Points:
    """The closes of these assets in the years from one to another, of the session's tenant and of everyone."""
    places = {asset_id: place for place, asset_id in enumerate(asset_ids)}
    # The driver's own cursor: SQLAlchemy has no word for values that are left as they came.
    pooled = await session.get_raw_connection()
    connection = pooled.driver_connection
    assert isinstance(connection, AsyncConnection)
    async with connection.cursor(binary=True) as cursor:
        for oid in (_DATES_OID, _FLOATS_OID):
            cursor.adapters.register_loader(oid, _Bytes)
        values = {"everyone": PUBLIC_TENANT, "assets": list(places), "first": first, "last": last}
        await cursor.execute(_YEARS, values)
        rows: list[tuple[UUID, bytes, bytes]] = await cursor.fetchall()
    days = _elements([row[1] for row in rows], _DAY)
    closes = _elements([row[2] for row in rows], _CLOSE)
    lengths = [(len(row[1]) - _HEADER_BYTES) // _DAY.itemsize for row in rows]
    columns = np.repeat(np.array([places[row[0]] for row in rows], dtype=np.intp), lengths)
    return Points(columns, days.astype(np.int64) + _EPOCH_DAYS, closes.astype(np.float64))


def _elements(arrays: list[bytes], kind: np.dtype[Any]) -> NDArray[Any]:
    joined = b"".join(memoryview(array)[_HEADER_BYTES:] for array in arrays)
    return np.frombuffer(joined, dtype=kind)["value"]
