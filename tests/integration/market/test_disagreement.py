"""What two sources say of one asset, what a key means by now, and what a split explains."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from integration.market.refreshing import health, last_run, run, way_out
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


@pytest.mark.slow
async def test_another_source_that_says_nothing_is_asked_once_a_day_too(person, database, server, market, outside):
    asset = await person.asset(("coingecko", "bitcoin"), ("stooq", "btc.v"))
    await run(database, outside, server)
    flag = await flag_of(person, asset)
    assert flag is not None
    market.is_stooq_silent = True
    for _ in range(2):
        server.query("UPDATE asset_refreshes SET compared_at = compared_at - interval '1 day'")
        before = len(market.asked)
        await run(database, outside, server)
        await run(database, outside, server)
        assert [asked.path for asked in market.asked[before:]] == ["/simple/price", "/q/l/", "/simple/price"]
        assert await flag_of(person, asset) == flag  # nobody has taken it back


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


def told(server, asset: str) -> list[tuple[str, str | None, bool]]:
    return server.query(
        "SELECT value, told_symbol, told_at IS NOT NULL FROM asset_identifiers WHERE asset_id = %s ORDER BY position",
        asset,
    )


async def test_a_key_nobody_knows_is_asked_for_once_a_week_and_one_no_provider_can_tell_never(
    person, database, server, market, outside
):
    asset = await person.asset(("coingecko", "unheard-of"))
    spelt = await person.asset(("coingecko", "BitCoin"))
    await check(database, outside, server)
    assert told(server, asset) == [("unheard-of", None, True)]
    assert told(server, spelt) == [("BitCoin", "BTC", True)]
    before = len(market.asked)
    await names.check_names(JobContext(database, names.CHECK, uuid4(), PUBLIC_TENANT, {}, outside=outside))
    assert len(market.asked) == before
    # Of Stooq nobody can ask what a key means.
    untold = await person.asset(("stooq", "aapl.us"))
    await check(database, outside, server)
    assert told(server, untold) == [("aapl.us", None, False)]
    assert len(market.asked) == before + 1


async def test_a_provider_that_fails_for_one_key_still_tells_of_the_others(
    *, person, database, server, market, stocks, tmp_path
):
    good = await person.asset(("yahoo", "ACME"), currency="USD", asset_class="equity")
    bad = await person.asset(("yahoo", "BROKEN"), currency="USD", asset_class="equity")

    def answer(asked: Asked) -> Reply:
        return Reply(b"", status=500) if asked.query.get("q") == "BROKEN" else yahoo.answer(asked)

    stocks.answer = answer
    async with way_out(database, market, tmp_path, providers="yahoo") as outside:
        await check(database, outside, server)
    assert told(server, good) == [("ACME", "ACME", True)]
    assert told(server, bad) == [("BROKEN", None, False)]
    server.query("DELETE FROM asset_identifiers WHERE asset_id = %s", bad)  # whom the tests below would ask for


async def test_one_symbol_that_fails_costs_no_other_its_price(*, person, database, server, market, stocks, tmp_path):
    good = await person.asset(("yahoo", "ACME"), currency="USD", asset_class="equity")
    bad = await person.asset(("yahoo", "BROKEN"), currency="USD", asset_class="equity")
    gone = await person.asset(("yahoo", "GONE"), currency="USD", asset_class="equity")
    next_one = await person.asset(("yahoo", "BROKEN"), ("stooq", "acme.us"), currency="USD", asset_class="equity")
    stocks.answer = lambda asked: Reply(b"", status=500) if "BROKEN" in asked.path else yahoo.answer(asked)
    async with way_out(database, market, tmp_path, providers="yahoo,stooq") as outside:
        await run(database, outside, server)
    assert (await person.price(good))["price"] == "181.18"
    assert (await person.price(next_one))["price"] == "77.5"
    assets = {"good": good, "next": next_one, "gone": gone, "bad": bad}
    problems = {
        name: server.query("SELECT problem FROM asset_refreshes WHERE asset_id = %s", asset)[0][0]
        for name, asset in assets.items()
    }
    [failure] = last_run(server, "failures")[0]
    assert (failure["provider"], failure["detail"][:8]) == ("yahoo", "BROKEN: ")
    assert problems == {
        "good": None, "next": None, "gone": "No provider that is set up has a price of it.",
        "bad": f"yahoo: {failure['detail'][8:]}",
    }  # fmt: skip
    stands = {source["provider"]: source["state"] for source in (await health(person))["sources"]}
    assert stands["yahoo"] == "answers"
    for one in assets.values():
        server.query("DELETE FROM asset_identifiers WHERE asset_id = %s", one)  # whom the tests below would ask for


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
    # And the split is kept, so that they are compared as Yahoo does.
    prices = f"/api/v1/assets/{asset}/prices?prices_are=split_adjusted"
    found = (await person.client.get(prices)).raise_for_status().json()
    assert [row["close"] for row in found["items"]] == ["185.64", "184.25", "181.18"]
    assert found["splits"] == [
        {"day": "2024-01-05", "units_before": "1", "units_after": "4", "source": "yahoo"}
    ]  # fmt: skip
    assert server.query("SELECT 1 FROM quarantined_prices WHERE asset_id = %s", asset) == []


def split_now(ratio: int | None):
    """Yahoo of these days, with a split on the last one."""
    today = datetime.now(UTC)

    def answer(asked: Asked) -> Reply:
        found = json.loads(yahoo.answer(asked).body)
        if asked.path.endswith("/ACME"):
            [result] = found["chart"]["result"]
            stamps = [int((today - timedelta(days=back, hours=1)).timestamp()) for back in (4, 3, 2, 1)]
            result["timestamp"], result["meta"]["regularMarketTime"] = stamps, stamps[-1]
            event = {"date": stamps[-1], "numerator": ratio, "denominator": 1, "splitRatio": f"{ratio}:1"}
            result["events"] = {"splits": {str(stamps[-1]): event}} if ratio else {}
        return json_reply(found)

    return answer


async def stood_at(person, asset: str, close: str) -> None:
    day = (datetime.now(UTC) - timedelta(days=3)).date()
    put = {"items": [{"day": day.isoformat(), "close": close}]}
    (await person.client.put(f"/api/v1/assets/{asset}/prices", json=put)).raise_for_status()


async def test_a_split_that_is_no_jump_is_noticed_by_the_move(*, person, database, server, market, stocks, tmp_path):
    asset = await person.asset(("yahoo", "ACME"), currency="USD", asset_class="equity")
    await stood_at(person, asset, "362")
    async with way_out(database, market, tmp_path, providers="yahoo") as outside:
        stocks.answer = split_now(2)
        await run(database, outside, server)
    prices = f"/api/v1/assets/{asset}/prices?prices_are=split_adjusted"
    found = (await person.client.get(prices)).raise_for_status().json()
    assert [row["close"] for row in found["items"]] == ["181", "181.18"]
    assert [(one["units_after"], one["source"]) for one in found["splits"]] == [("2", "yahoo")]


async def test_a_split_of_a_provider_explains_a_jump(*, person, database, server, market, stocks, tmp_path):
    asset = await person.asset(("yahoo", "ACME"), currency="USD", asset_class="equity")
    await stood_at(person, asset, "18118")
    async with way_out(database, market, tmp_path, providers="yahoo") as outside:
        stocks.answer = split_now(None)
        await run(database, outside, server)
        assert (await person.price(asset))["price"] == "18118"
        assert [item["reason"] for item in (await health(person))["quarantine"]] == ["jump"]
        stocks.answer = split_now(100)
        await run(database, outside, server)
    assert (await person.price(asset))["price"] == "181.18"
    prices = f"/api/v1/assets/{asset}/prices?prices_are=split_adjusted"
    found = (await person.client.get(prices)).raise_for_status().json()
    assert [row["close"] for row in found["items"]] == ["181.18", "181.18"]
