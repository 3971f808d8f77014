"""What two sources say of one asset, what a key means by now, and what a split explains."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from integration.market.refreshing import health, run, way_out
from replay import yahoo
from replay.server import Asked, ReplayServer, Reply, json_reply

from finsage.market.service import backfill, names
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.jobs import JobContext

pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("default:::yfinance")]


async def flag_of(person, asset: str) -> str | None:
    [found] = [item for item in (await health(person))["assets"] if item["asset_id"] == asset]
    return found["flag"]


async def test_a_price_that_another_source_contradicts_is_written_and_flagged(
    person, database, server, market, outside
):
    asset = await person.asset(("coingecko", "bitcoin"), ("stooq", "btc.v"))  # which Stooq has at 77.5
    alone = await person.asset(("coingecko", "bitcoin"))
    await run(database, outside, server)
    assert [asked.path for asked in market.asked] == ["/simple/price", "/q/l/"]
    assert (await person.price(asset))["price"] == "100"
    assert await flag_of(person, asset) == "100 beside 77.5 of other sources."
    assert await flag_of(person, alone) is None
    # Once a day: in the next hour nobody else is asked, and the flag stays.
    await run(database, outside, server)
    assert [asked.path for asked in market.asked][2:] == ["/simple/price"]
    assert await flag_of(person, asset) == "100 beside 77.5 of other sources."
    # A day later they agree.
    server.query("UPDATE asset_refreshes SET compared_at = compared_at - interval '1 day'")
    market.prices["bitcoin"] = "78"
    await run(database, outside, server)
    assert await flag_of(person, asset) is None


async def check(database, outside, server) -> None:
    server.query("UPDATE asset_identifiers SET told_at = told_at - interval '7 days'")
    await names.check_names(JobContext(database, names.CHECK, uuid4(), PUBLIC_TENANT, {}, outside=outside))


async def test_a_key_that_means_another_asset_now_gives_no_prices(person, database, server, market, outside):
    asset = await person.asset(("coingecko", "bitcoin"))
    await check(database, outside, server)
    await run(database, outside, server)
    assert (await person.price(asset))["price"] == "100"
    before = len(market.asked)
    await names.check_names(JobContext(database, names.CHECK, uuid4(), PUBLIC_TENANT, {}, outside=outside))
    assert len(market.asked) == before  # a week has not gone by

    market.fault = lambda reply: Reply(reply.body.replace(b"Bitcoin", b"Orange Juice"), 200, reply.headers)
    await check(database, outside, server)
    market.fault, market.prices["bitcoin"] = None, "105"
    await run(database, outside, server)
    assert (await person.price(asset))["price"] == "100"
    [put_aside] = (await health(person))["quarantine"]
    assert (put_aside["reason"], put_aside["value"]) == ("reused", "105")
    assert "Orange Juice" in put_aside["detail"]
    # Said again what it is called, it is believed anew.
    items = {"items": [{"scheme": "coingecko", "value": "bitcoin"}]}
    (await person.client.put(f"/api/v1/assets/{asset}/identifiers", json=items)).raise_for_status()
    await run(database, outside, server)
    assert (await person.price(asset))["price"] == "105"


@pytest.fixture
def stocks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ReplayServer]:
    with yahoo.serving(monkeypatch, tmp_path) as server:
        yield server


async def test_yahoos_history_is_written_as_traded(*, person, database, server, market, stocks, tmp_path):
    async with way_out(database, market, tmp_path, providers="yahoo") as outside:
        asset = await person.asset(("yahoo", "ACME"), currency="USD", asset_class="equity")
        payload = {"asset_id": asset}
        await backfill.backfill(JobContext(database, "x", uuid4(), await person.tenant(), payload, outside=outside))
    # 4 for 1 on the last day: what Yahoo tells of the days before is a quarter of what was paid.
    closes = [(row["day"], row["close"]) for row in await person.prices(asset)]
    assert closes == [("2024-01-02", "742.56"), ("2024-01-03", "737"), ("2024-01-05", "181.18")]
    assert server.query("SELECT 1 FROM quarantined_prices WHERE asset_id = %s", asset) == []


async def test_a_split_of_a_provider_explains_a_jump(*, person, database, server, market, stocks, tmp_path):
    asset = await person.asset(("yahoo", "ACME"), currency="USD", asset_class="equity")
    today = datetime.now(UTC)
    put = {"items": [{"day": (today - timedelta(days=3)).date().isoformat(), "close": "18118"}]}
    (await person.client.put(f"/api/v1/assets/{asset}/prices", json=put)).raise_for_status()

    def hundredfold(with_split: bool):
        def answer(asked: Asked) -> Reply:
            found = json.loads(yahoo.answer(asked).body)
            if asked.path.endswith("/ACME"):
                [result] = found["chart"]["result"]
                stamps = [int((today - timedelta(days=back, hours=1)).timestamp()) for back in (4, 3, 2, 1)]
                result["timestamp"], result["meta"]["regularMarketTime"] = stamps, stamps[-1]
                event = {"date": stamps[-1], "numerator": 100, "denominator": 1, "splitRatio": "100:1"}
                result["events"] = {"splits": {str(stamps[-1]): event}} if with_split else {}
            return json_reply(found)

        return answer

    async with way_out(database, market, tmp_path, providers="yahoo") as outside:
        stocks.answer = hundredfold(with_split=False)
        await run(database, outside, server)
        assert (await person.price(asset))["price"] == "18118"
        assert [item["reason"] for item in (await health(person))["quarantine"]] == ["jump"]
        stocks.answer = hundredfold(with_split=True)
        await run(database, outside, server)
    assert (await person.price(asset))["price"] == "181.18"
