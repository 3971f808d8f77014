"""Closes of many assets as one array: the same numbers as row by row, the tenant's own first, gaps left open."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest

from finsage.market.service.matrix import MatrixMemory, price_matrix
from finsage.market.service.prices import PricesWritten, price_series, write_prices
from finsage.market.store import matrix as store
from finsage.market.store import prices as prices_store
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.changes import EVERYTHING
from finsage.platform.database import Database, tried
from finsage.platform.telemetry import CACHE_REQUESTS

pytestmark = pytest.mark.anyio
FIRST = date(2022, 12, 20)


async def test_a_matrix_holds_the_closes_of_each_asset_and_nan_between(database, server):
    tenant, ids = uuid4(), [uuid4() for _ in range(4)]
    server.query("INSERT INTO tenants (id, name) VALUES (%s, 'House')", tenant)
    days = [FIRST + timedelta(days=number) for number in range(40)]
    closes = [
        (asset, day, Decimal(100 * place + number + 1).scaleb(-2))
        for place, asset in enumerate(ids[:3]) for number, day in enumerate(days) if number % (place + 1) == 0
    ]  # fmt: skip
    async with database.write() as session:
        await write_prices(session, PUBLIC_TENANT, [row for row in closes if row[0] != ids[2]], source="coingecko")
    async with database.write(tenant) as session:
        await write_prices(session, tenant, [row for row in closes if row[0] == ids[2]], source="csv")
        await write_prices(session, tenant, [(ids[0], days[3], Decimal("9.99"))], source="manual")
    first, last = days[2], days[35]
    async with database.read(tenant) as session:
        matrix = await price_matrix(session, ids, first, last)
        series = await price_series(session, ids, until=last)
    assert matrix.asset_ids == tuple(ids)
    assert matrix.days.tolist() == days[2:36]  # over the turn of the year, both ends included
    assert matrix.closes.shape == (34, 4)
    for column, asset in enumerate(ids[:3]):
        wanted = {day: float(close) for day, close in _pairs(series[asset]) if first <= day <= last}
        pairs = zip(matrix.days.tolist(), matrix.closes[:, column], strict=True)
        assert {day: close for day, close in pairs if not np.isnan(close)} == wanted
    assert matrix.closes[1, 0] == 9.99  # the tenant's own stands before the public one
    assert np.isnan(matrix.closes[:, 3]).all()
    carried = matrix.carried()
    assert np.isnan(carried[0, 2])  # nothing is known of the days before the first
    assert carried[2, 2] == matrix.closes[1, 2]  # nothing is taken from a later day
    with pytest.raises(ValueError, match="read-only"):
        matrix.closes[0, 0] = 1


def _pairs(series):
    return zip(series.days.tolist(), series.closes, strict=True)


async def test_a_stranger_sees_the_public_closes_alone_and_nothing_is_an_empty_matrix(database, server):
    mine, asset = uuid4(), uuid4()
    server.query("INSERT INTO tenants (id, name) VALUES (%s, 'House')", mine)
    async with database.write(mine) as session:
        await write_prices(session, mine, [(asset, FIRST, Decimal(5))], source="manual")
    async with database.read(UUID(int=7)) as session:
        for ids in ([asset], []):
            empty = await price_matrix(session, ids, FIRST, FIRST + timedelta(days=9))
            assert empty.closes.shape == (0, len(ids))
            assert empty.carried().shape == (0, len(ids))


LAST = FIRST + timedelta(days=39)


@pytest.fixture
async def house(database, server):
    """A tenant and two assets with a public close each day, over the turn of the year."""
    tenant, ids = uuid4(), (uuid4(), uuid4())
    server.query("INSERT INTO tenants (id, name) VALUES (%s, 'House')", tenant)
    rows = [(asset, FIRST + timedelta(days=number), Decimal(number + 1)) for asset in ids for number in range(40)]
    async with database.write() as session:
        await write_prices(session, PUBLIC_TENANT, rows, source="coingecko")
    return tenant, ids


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many arrays each read took from the database."""
    seen: list[int] = []
    rows = store._rows

    async def counting(session: Any, query: str, values: Any) -> Any:
        found = await rows(session, query, values)
        if query != store._VERSIONS:
            seen.append(len(found))
        return found

    monkeypatch.setattr(store, "_rows", counting)
    return seen


async def test_a_second_read_is_the_same_matrix_and_asks_for_no_close(database, house, asked):
    tenant, ids = house
    memory = MatrixMemory()
    async with database.read(tenant) as session:
        first = await memory.read(session, ids, FIRST, LAST)
    async with database.read(tenant) as session:
        assert await memory.read(session, ids, FIRST, LAST) is first
        assert (await memory.read(session, ids[:1], FIRST, LAST)).closes.shape == (40, 1)
    assert asked == [4, 0]


async def test_after_a_change_by_another_process_only_what_changed_is_read(database, house, asked, server):
    tenant, ids = house
    memory, other = MatrixMemory(), Database(server.app_dsn, pool_size=1)
    async with database.read(tenant) as session:
        before = await memory.read(session, ids, FIRST, LAST)
    async with other.write() as session:
        await write_prices(session, PUBLIC_TENANT, [(ids[0], LAST, Decimal("7.5"))], source="coingecko")
    async with other.write(tenant) as session:
        await write_prices(session, tenant, [(ids[1], FIRST, Decimal("8.5"))], source="manual")
    await other.close()
    async with database.read(tenant) as session:
        after = await memory.read(session, ids, FIRST, LAST)
    async with database.read(UUID(int=7)) as session:
        strangers = await memory.read(session, ids, FIRST, LAST)
    assert asked == [4, 2, 0]
    assert (before.closes[39, 0], after.closes[39, 0], strangers.closes[39, 0]) == (40, 7.5, 7.5)
    assert (before.closes[0, 1], after.closes[0, 1], strangers.closes[0, 1]) == (1, 8.5, 1)


async def test_what_was_rolled_back_or_removed_is_not_remembered(database, house):
    tenant, ids = house
    memory = MatrixMemory()
    async with database.write() as session, tried(session):
        await write_prices(session, PUBLIC_TENANT, [(ids[0], LAST, Decimal(99))], source="coingecko")
        assert (await memory.read(session, ids, FIRST, LAST)).closes[39, 0] == 99
    async with database.read(tenant) as session:
        assert (await memory.read(session, ids, FIRST, LAST)).closes[39, 0] == 40
    async with database.write() as session:
        await prices_store.remove(session, PUBLIC_TENANT, ids[:1])
    async with database.read(tenant) as session:
        assert np.isnan((await memory.read(session, ids, FIRST, LAST)).closes[:, 0]).all()


async def test_many_closes_are_written_in_blocks_and_counted_once(database, house, monkeypatch):
    monkeypatch.setattr(prices_store, "BLOCK_ROWS", 7)
    monkeypatch.setattr(prices_store, "BLOCK_YEARS", 2)
    tenant, ids = house
    rows = [(asset, FIRST + timedelta(days=45 * number), Decimal(number + 9)) for asset in ids for number in range(20)]
    async with database.write(tenant) as session:
        assert await write_prices(session, tenant, rows, source="csv") == PricesWritten(40, 0)
        again = [*rows[:-1], (ids[1], LAST, Decimal(5))]
        assert await write_prices(session, tenant, again, source="csv") == PricesWritten(1, 39)
        series = await price_series(session, ids, until=FIRST + timedelta(days=900))
    own = {day: close for asset, day, close in [*rows, again[-1]] if asset == ids[1]}
    assert {day: close for day, close in _pairs(series[ids[1]]) if day in own} == own


async def test_it_is_bounded_and_can_be_emptied(database, house, asked):
    tenant, ids = house
    memory = MatrixMemory(matrices_bytes_max=8_000, arrays_bytes_max=8_000)
    for days in range(1, 30):
        async with database.read(tenant) as session:
            await memory.read(session, ids, FIRST, FIRST + timedelta(days=days))
    assert max(memory._matrices.held_bytes, memory._arrays.held_bytes) <= 8_000
    asked.clear()
    memory = MatrixMemory()
    for _ in range(2):
        async with database.read(tenant) as session:
            await memory.read(session, ids, FIRST, LAST)
        await database.invalidate(EVERYTHING)
    assert asked == [4, 4]


async def test_look_ups_of_yearly_arrays_are_counted(database, server):
    tenant, asset = uuid4(), uuid4()
    server.query("INSERT INTO tenants (id, name) VALUES (%s, 'House')", tenant)
    closes = [(asset, date(year, 5, 2), Decimal(year)) for year in (2020, 2021, 2022)]

    def counted() -> list[float]:
        return [CACHE_REQUESTS.labels("price_years", result)._value.get() for result in ("hit", "outdated", "miss")]

    async def read(last: date) -> list[float]:
        before = counted()
        async with database.read(tenant) as session:
            await memory.read(session, (asset,), date(2020, 1, 1), last)
        return [now - then for now, then in zip(counted(), before, strict=True)]

    memory = MatrixMemory()
    async with database.write(tenant) as session:
        await write_prices(session, tenant, closes, source="csv")
    assert await read(date(2021, 12, 31)) == [0, 0, 2]
    assert await read(date(2022, 12, 31)) == [2, 0, 1]
    async with database.write(tenant) as session:
        await write_prices(session, tenant, [(asset, date(2021, 5, 2), Decimal(1))], source="csv")
    assert await read(date(2022, 12, 31)) == [2, 1, 0]
