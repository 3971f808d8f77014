"""A split that somebody told of is no return: neither in what a forecast learns from, nor in what judges it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from integration.prediction.conftest import API, closes, household

from finsage.market.service.matrix import adjusted_matrix

pytestmark = pytest.mark.anyio
RATIO = 4


@pytest.fixture
async def house(api, database, server, settings):
    return await household(api, database, server, settings)


async def forecast_of(house, symbol):
    body = {"subject": {"asset_id": house.assets[symbol]}, "horizon_days": 30}
    answer = await house.client.post(f"{API}/predictions", json=body)
    assert answer.is_success, answer.text
    return answer.json()


async def test_a_recorded_split_leaves_the_forecast_that_there_is_without_one(house, yesterday):
    whole = closes(400, 5, last=yesterday)
    day = whole[-60][0]
    await house.prices("LONG", whole)
    await house.prices("MID", [(when, close * RATIO if when < day else close) for when, close in whole])
    codes = [warning["code"] for warning in (await forecast_of(house, "MID"))["warnings"]]
    assert "suspected_split" in codes

    made = await house.client.post(f"{API}/portfolios", json={"name": "Mine", "base_currency": "EUR"})
    entries = f"{API}/portfolios/{made.raise_for_status().json()['id']}/transactions"
    bought = {"type": "buy", "day": str(whole[-90][0]), "quantity": "1", "unit_price": "1"}
    split = {"type": "split", "day": str(day), "ratio": str(RATIO)}
    for entry in (bought, split):
        asset = {"asset_id": house.assets["MID"]}
        (await house.client.post(entries, json=entry | asset)).raise_for_status()

    found, plain = await forecast_of(house, "MID"), await forecast_of(house, "LONG")
    assert [warning["code"] for warning in found["warnings"]] == [warning["code"] for warning in plain["warnings"]]
    assert found["last_close"] == plain["last_close"]
    wanted = {level: pytest.approx(value, rel=1e-6) for level, value in plain["return_quantiles"].items()}
    assert found["return_quantiles"] == wanted


async def test_only_splits_up_to_the_last_day_count(house, database, yesterday):
    days = [yesterday - timedelta(days=back) for back in (3, 2, 1)]
    await house.prices("LONG", [(day, Decimal(close)) for day, close in zip(days, ("400", "100", "50"), strict=True)])
    made = await house.client.post(f"{API}/portfolios", json={"name": "Mine", "base_currency": "EUR"})
    entries = f"{API}/portfolios/{made.raise_for_status().json()['id']}/transactions"
    asset = {"asset_id": house.assets["LONG"]}
    for entry in (
        {"type": "buy", "day": str(days[0]), "quantity": "1", "unit_price": "400"},
        {"type": "split", "day": str(days[1]), "ratio": "4"},
        {"type": "split", "day": str(days[2] + timedelta(days=10)), "ratio": "2"},
    ):
        (await house.client.post(entries, json=entry | asset)).raise_for_status()
    async with database.read(house.tenant) as session:
        found = await adjusted_matrix(session, [UUID(house.assets["LONG"])], days[0], yesterday)
        before = await adjusted_matrix(session, [UUID(house.assets["LONG"])], days[0], days[0])
    assert found.closes[:, 0].tolist() == [100.0, 100.0, 50.0]
    assert before.closes[:, 0].tolist() == [400.0]
