"""Closes of many assets as one array: the same numbers as row by row, the tenant's own first, gaps left open."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import numpy as np
import pytest

from finsage.market.service.matrix import price_matrix
from finsage.market.service.prices import price_series, write_prices
from finsage.platform.caller import PUBLIC_TENANT

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
