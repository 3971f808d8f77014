"""CPU of reading a matrix of closes: from the process's memory, from the yearly arrays, and row by row.

    uv run --group test python benchmarks/matrix.py [ASSETS [YEARS [ROUNDS]]]

All end with the same array (days, assets) of float64. "memory" is a second read while nothing has changed, "one day
later" one after each asset got one more close. CPU is that of this process and of its database backend, from
/proc. The yardstick is one COPY of asset, day and close from the table of rows into numpy. One run,
alternating rounds after a warm-up.
"""

from __future__ import annotations

import asyncio
import io
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text

from finsage.market.service.matrix import MatrixMemory
from finsage.market.service.prices import write_prices
from finsage.migrations import migrate
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.database import Database, ReadSession
from finsage.platform.postgres import EmbeddedPostgres

PASSWORD = "only for a benchmark"
FIRST = date(2014, 1, 1)
_TICKS = os.sysconf("SC_CLK_TCK")

Read = Callable[[ReadSession, list[UUID], date], Awaitable[NDArray[np.float64]]]


async def load(database: Database, assets: list[UUID], last: date) -> int:
    """A walk per asset over the weekdays, public."""
    dice = random.Random(1)
    days = [FIRST + timedelta(days=number) for number in range((last - FIRST).days + 1)]
    weekdays = [day for day in days if day.weekday() < 5]
    for asset in assets:
        price, rows = 10_000, []
        for day in weekdays:
            price = max(100, price + dice.randint(-200, 201))
            rows.append((asset, day, Decimal(price).scaleb(-2)))
        async with database.write() as session:
            await write_prices(session, PUBLIC_TENANT, rows, source="bench")
    return len(assets) * len(weekdays)


MEMORY = MatrixMemory()


async def from_memory(session: ReadSession, assets: list[UUID], last: date) -> NDArray[np.float64]:
    return (await MEMORY.read(session, tuple(assets), FIRST, last)).closes


async def from_arrays(session: ReadSession, assets: list[UUID], last: date) -> NDArray[np.float64]:
    return (await MatrixMemory().read(session, tuple(assets), FIRST, last)).closes


async def from_rows(session: ReadSession, assets: list[UUID], last: date) -> NDArray[np.float64]:
    connection = (await session.get_raw_connection()).driver_connection
    assert connection is not None
    places = ", ".join(f"('{asset}'::uuid, {place})" for place, asset in enumerate(assets))
    query = (
        f"COPY (SELECT places.place, day - date '1970-01-01', close FROM prices JOIN (VALUES {places})"
        f" AS places (id, place) ON places.id = asset_id"
        f" WHERE tenant_id = '{PUBLIC_TENANT}' AND day <= '{last}') TO STDOUT"
    )
    async with connection.cursor() as cursor, cursor.copy(query) as copy:
        content = b"".join([bytes(block) async for block in copy])
    table = np.loadtxt(io.BytesIO(content), dtype=np.float64)
    days = table[:, 1].astype(np.int64)
    known, rows = np.unique(days, return_inverse=True)
    matrix = np.full((len(known), len(assets)), np.nan)
    matrix[rows, table[:, 0].astype(np.intp)] = table[:, 2]
    return matrix


async def measure(
    database: Database, read: Read, assets: list[UUID], last: date
) -> tuple[NDArray[np.float64], float, float]:
    """The matrix, and CPU milliseconds of this process and of the backend."""
    async with database.read() as session:
        backend = int((await session.execute(text("SELECT pg_backend_pid()"))).scalar_one())
        # The rows by COPY are the slow way that is compared with; on a busy machine it outlasts a request's limit.
        await session.execute(text("SET LOCAL statement_timeout = 0"))
        theirs, ours = _cpu_of(backend), time.process_time()
        found = await read(session, assets, last)
        return found, 1000 * (time.process_time() - ours), 1000 * (_cpu_of(backend) - theirs)


def _cpu_of(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


async def main(assets_count: int, years: int, rounds: int) -> None:
    place = Path(tempfile.mkdtemp(prefix="finsage-bench-"))
    place.chmod(0o755)
    with EmbeddedPostgres(place) as owner:
        migrate(owner.dsn(), app_password=PASSWORD)
        database = Database(owner.with_role("finsage_app", PASSWORD).dsn(), pool_size=2)
        assets = [uuid4() for _ in range(assets_count)]
        last = FIRST.replace(year=FIRST.year + years) - timedelta(days=1)
        closes = await load(database, assets, last)
        print(f"{assets_count} assets, {years} years, {closes} closes")
        ways: dict[str, Read] = {
            "one day later": from_memory,
            "memory": from_memory,
            "yearly arrays": from_arrays,
            "rows by COPY": from_rows,
        }
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for number in range(rounds + 1):
            matrices = []
            day = last - timedelta(days=number)
            async with database.write() as session:
                rows = [(asset, day, Decimal(number + 1)) for asset in assets]
                await write_prices(session, PUBLIC_TENANT, rows, source="bench")
            for name, read in ways.items():
                matrix, ours, theirs = await measure(database, read, assets, last)
                matrices.append(matrix)
                if number:
                    taken[name].append((ours, theirs))
            assert all(np.array_equal(matrices[0], other, equal_nan=True) for other in matrices[1:])
        for name, values in taken.items():
            sums = [ours + theirs for ours, theirs in values]
            print(
                f"{name}: {statistics.median(sums):.1f} ms CPU ({min(sums):.1f}-{max(sums):.1f}),"
                f" of which this process {statistics.median(ours for ours, _ in values):.1f}"
            )
        await database.close()
    shutil.rmtree(place)


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    asyncio.run(main(*(given + [250, 12, 5][len(given) :])))
