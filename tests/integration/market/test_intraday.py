"""Candles within a day as providers give them: what they may replace, what is put aside, who is asked how often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from integration.market.refreshing import Person, health
from replay.server import FAULTS, Reply

from finsage import services
from finsage.market.candles import Tick, start_of
from finsage.market.providers.pricing import Told
from finsage.market.providers.protocol import Candle, History, Source
from finsage.market.service import backfill, candles, intraday, refresh
from finsage.market.service.splits import AssetSplit, put_splits
from finsage.market.store.refreshes import Claimed
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.jobs import JobContext

pytestmark = pytest.mark.anyio
assert services.SLICES, "the books say what is owned"
HOUR = start_of(datetime.now(UTC), "1d") - timedelta(hours=12)
MINUTES = timedelta(minutes=5)
SOURCE = Source("https://exchange.example", b"\0" * 32, HOUR)


def told(*bars: Candle, interval: Any = "5m", **more: Any) -> Told:
    history = History("X", more.pop("currency", "EUR"), interval, more.pop("adjustment", "none"), bars)
    return Told("exchanges", history, (SOURCE,))


def bar(start: datetime, *prices: object, volume: object = 3) -> Candle:
    first, high, low, last = (Decimal(str(price)) for price in prices)
    return Candle(start, last, first, high, low, Decimal(str(volume)))


async def put(database, person: Person, asset: str, *ones: Told, is_anew: bool = False, doubts: Any = None) -> None:
    tenant = await person.tenant()
    known = Claimed(UUID(asset), "crypto", "EUR", "", (("exchanges", "X"),), doubts or {})
    async with database.write(tenant) as session:
        await intraday.put(session, tenant, known, ones, is_anew=is_anew)


async def shown(person: Person, asset: str, interval: str, **more: str) -> dict[datetime, list[str]]:
    answer = await person.client.get(f"/api/v1/assets/{asset}/candles", params={"interval": interval, **more})
    found = answer.raise_for_status().json()["items"]
    names = ("open", "high", "low", "close")
    return {datetime.fromisoformat(one["start"]): [one[name] for name in names] for one in found}


async def quoted(database, person: Person, asset: str, at: datetime, price: int) -> None:
    tenant = await person.tenant()
    async with database.write(tenant) as session:
        await candles.take(session, tenant, [Tick(UUID(asset), at, Decimal(price))], [])


async def test_what_was_traded_stands_before_what_was_made_and_makes_no_day(person, database):
    asset = await person.asset()
    await quoted(database, person, asset, HOUR + timedelta(minutes=2), 11)
    await put(
        database, person, asset,
        told(*(bar(HOUR + number * MINUTES, 10 + number, 30, 5, 11 + number) for number in range(14))),
    )  # fmt: skip
    five, hours = await shown(person, asset, "5m"), await shown(person, asset, "1h")
    assert (len(five), five[HOUR]) == (14, ["10", "30", "5", "11"])
    # The second hour is told of in part: what there is until it ended is all that was traded.
    assert hours == {HOUR: ["10", "30", "5", "22"], HOUR + timedelta(hours=1): ["22", "30", "5", "24"]}
    assert await shown(person, asset, "1d") == {HOUR.replace(hour=0): ["11", "11", "11", "11"]}
    # A later answer stands in place of nothing that was given, one to a question anew does.
    other = told(bar(HOUR, 10, 12, 9, 12))
    await put(database, person, asset, other)
    assert (await shown(person, asset, "5m"))[HOUR] == ["10", "30", "5", "11"]
    await put(database, person, asset, other, is_anew=True)
    assert (await shown(person, asset, "5m"))[HOUR] == ["10", "12", "9", "12"]
    await put(database, person, asset, told(bar(HOUR - timedelta(days=1), 7, 8, 6, 7)))
    # A latest price changes what was made alone, and the day that all of it makes; none is made of what is given.
    await quoted(database, person, asset, HOUR + timedelta(hours=3), 12)
    assert (await shown(person, asset, "1h"))[HOUR + timedelta(hours=1)] == ["22", "30", "5", "24"]
    assert (await shown(person, asset, "1d")) == {HOUR.replace(hour=0): ["10", "30", "5", "12"]}


async def test_prices_of_instants_fill_what_is_empty_and_give_way(person, database):
    asset = await person.asset()
    await quoted(database, person, asset, HOUR + timedelta(minutes=2), 11)
    instants = [Candle(HOUR + timedelta(minutes=number, seconds=17), Decimal(10 + number)) for number in (3, 6, 8, 62)]
    await put(database, person, asset, told(*instants))
    assert await shown(person, asset, "5m") == {
        HOUR: ["11"] * 4, HOUR + MINUTES: ["16", "18", "16", "18"], HOUR + 12 * MINUTES: ["72"] * 4,
    }  # fmt: skip
    assert await shown(person, asset, "1h") == {HOUR: ["11"] * 4, HOUR + timedelta(hours=1): ["72"] * 4}
    await put(database, person, asset, told(bar(HOUR + MINUTES, 17, 19, 15, 18)))
    assert (await shown(person, asset, "5m"))[HOUR + MINUTES] == ["17", "19", "15", "18"]


async def test_what_may_still_change_and_what_begins_between_intervals_is_left_out(person, database):
    asset, now = await person.asset(), datetime.now(UTC)
    late, odd = start_of(now, "5m") - 2 * MINUTES, HOUR + timedelta(minutes=30)
    await put(
        database, person, asset,
        told(bar(HOUR, 1, 2, 1, 2), bar(HOUR + timedelta(minutes=7), 1, 2, 1, 2), bar(late, 1, 2, 1, 2)),
        told(bar(odd, 1, 2, 1, 2), interval="1h"),
    )  # fmt: skip
    assert list(await shown(person, asset, "5m")) == [HOUR]
    assert list(await shown(person, asset, "1h")) == [HOUR]
    assert (await health(person))["quarantine"] == []


BAD = {
    "no number": ((1, 2, 1, "NaN"), "not_a_number"), "negative": ((1, 2, 1, -1), "negative"),
    "zero": ((1, 2, 1, 0), "zero"), "huge": ((1, 2, 1, "1e308"), "out_of_range"),
    "a thousand times": ((1000, 1000, 1000, 1000), "jump"), "a wick of a thousand times": ((1, 1000, 1, 1), "jump"),
    "high below low": ((1, 1, 2, 1), "broken_candle"), "no high": ((1, "NaN", 1, 1), "broken_candle"),
}  # fmt: skip


@pytest.mark.parametrize("fault", BAD)
async def test_a_bar_that_is_not_believed_is_put_aside_and_can_become_no_close(fault: str, *, person, database):
    asset, (prices, reason) = await person.asset(), BAD[fault]
    good = [bar(HOUR + number * MINUTES, 1, 1, 1, 1) for number in range(4)]
    bad = [bar(HOUR + number * MINUTES, *prices) for number in (4, 5)]
    for _ in range(2):
        await put(database, person, asset, told(*good, *bad, *(bar(HOUR + n * MINUTES, 1, 1, 1, 1) for n in (6, 7))))
    assert list(await shown(person, asset, "5m")) == [HOUR + n * MINUTES for n in (0, 1, 2, 3, 6, 7)]
    [item] = (await health(person))["quarantine"]
    assert (item["reason"], item["interval"], item["times"], item["provider"]) == (reason, "5m", 2, "exchanges")
    assert item["detail"].startswith(f"{HOUR + 4 * MINUTES:%H:%M} UTC, 5m: ")
    path = f"/api/v1/data-health/quarantine/{item['id']}"
    refused = await person.client.post(f"{path}/accept")
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (409, "price-unusable")
    assert (await person.client.post(f"{path}/dismiss")).json()["state"] == "dismissed"
    assert await person.prices(asset) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"adjustment": "splits"}, "mixed_adjustment"),
        ({"currency": "USD"}, "wrong_currency"),
        ({"doubts": {"exchanges": ("renamed", "Another name.")}}, "renamed"),
    ],
)
async def test_bars_of_another_thing_are_put_aside_altogether(change, reason, *, person, database):
    asset = await person.asset()
    doubts = change.pop("doubts", None)
    await put(database, person, asset, told(bar(HOUR, 1, 1, 1, 1), **change), doubts=doubts)
    assert await shown(person, asset, "5m") == await shown(person, asset, "1h") == {}
    assert [item["reason"] for item in (await health(person))["quarantine"]] == [reason]


async def test_a_bar_of_the_future_a_last_good_close_and_a_day_that_a_user_entered(person, database):
    asset = await person.asset()
    yesterday = (HOUR - timedelta(days=1)).date().isoformat()
    body = {"items": [{"day": yesterday, "close": "1"}]}
    (await person.client.put(f"/api/v1/assets/{asset}/prices", json=body)).raise_for_status()
    ahead = datetime.now(UTC) + timedelta(hours=2)
    await put(
        database, person, asset, told(bar(HOUR - timedelta(days=1), 1, 1, 1, 1), bar(HOUR, 2, 2, 2, 2)),
        told(Candle(ahead, Decimal(1)), interval="1h"),
    )  # fmt: skip
    assert list(await shown(person, asset, "5m")) == [HOUR], "what a user entered for a day stands alone"
    assert [item["reason"] for item in (await health(person))["quarantine"]] == ["future"]
    await put(database, person, asset, told(*(bar(HOUR + n * MINUTES, 1000, 1000, 1000, 1000) for n in range(1, 9))))
    assert list(await shown(person, asset, "5m")) == [HOUR]
    assert {item["reason"] for item in (await health(person))["quarantine"]} == {"future", "level_shift", "jump"}


async def test_a_split_is_of_the_day_of_the_exchange(person, database, server):
    asset = await person.asset(asset_class="equity")
    server.query("UPDATE assets SET mic = 'XASX' WHERE id = %s", asset)
    tenant = await person.tenant()
    # In Sydney the tenth begins while it is the ninth in UTC.
    opens = [datetime(2026, 11, day, 23, tzinfo=UTC) for day in (8, 9)]
    async with database.write(tenant) as session:
        split = AssetSplit(opens[1].date() + timedelta(days=1), Decimal(1), Decimal(4), "yahoo")
        await put_splits(session, tenant, UUID(asset), [split], (split.day, split.day))
    await put(
        database, person, asset, told(*(bar(at, *[40 / (1 + 3 * n)] * 4) for n, at in enumerate(opens)), interval="1h")
    )
    found = await shown(person, asset, "1h", prices_are="split_adjusted")
    assert {at: [float(price) for price in prices] for at, prices in found.items()} == dict.fromkeys(opens, [10.0] * 4)


async def test_a_day_that_is_corrected_for_a_split_nobody_told_of_is_put_aside(person, database, server):
    asset, day = await person.asset(asset_class="equity"), HOUR.date().isoformat()
    tenant = await person.tenant()
    server.query(
        "INSERT INTO prices (tenant_id, asset_id, day, close, source) VALUES (%s, %s, %s, 40, 'yahoo')",
        tenant,
        asset,
        day,
    )
    known = Claimed(UUID(asset), "equity", "EUR", "", (("yahoo", "X"),), {})
    for price, kept in ((20, 0), (38, 2)):
        async with database.write(tenant) as session:
            bars = [bar(HOUR + n * MINUTES, *[price] * 4) for n in range(2)]
            await intraday.put(session, tenant, known, [told(*bars)], is_anew=False)
        assert len(await shown(person, asset, "5m")) == kept
    assert {item["reason"] for item in (await health(person))["quarantine"]} == {"mixed_adjustment"}


# Who is asked, and how often


def job(database, outside, name: str, tenant: UUID = PUBLIC_TENANT, **payload: str) -> JobContext:
    return JobContext(database, name, uuid4(), tenant, payload, outside=outside)


async def watch(person: Person, *assets: str) -> None:
    made = (await person.client.post("/api/v1/watchlists", json={"name": "Ideas"})).raise_for_status().json()
    for asset in assets:
        path = f"/api/v1/watchlists/{made['id']}/items"
        (await person.client.post(path, json={"asset_id": asset})).raise_for_status()


async def own(person: Person, asset: str) -> None:
    body = {"name": "P", "base_currency": "EUR"}
    portfolio = (await person.client.post("/api/v1/portfolios", json=body)).raise_for_status().json()["id"]
    bought = {"type": "buy", "day": "2026-11-02", "asset_id": asset, "quantity": "5", "unit_price": "100"}
    (await person.client.post(f"/api/v1/portfolios/{portfolio}/transactions", json=bought)).raise_for_status()


def charts(market) -> list[tuple[str, str]]:
    return [
        (asked.path.split("/")[2], asked.query["days"])
        for asked in market.asked
        if asked.path.endswith("/market_chart")
    ]


async def test_the_history_of_a_new_asset_comes_with_its_candles(person, database, server, market, outside):
    asset = await person.asset(("coingecko", "bitcoin"))
    run = job(database, outside, refresh.BACKFILL, await person.tenant(), asset_id=asset)
    await backfill.backfill(run)
    assert charts(market) == [("bitcoin", "1"), ("bitcoin", "90")]
    five, hours = await shown(person, asset, "5m"), await shown(person, asset, "1h")
    # Until half an hour ago, from the first full hour that it has on.
    assert 22 * 12 <= len(five) <= 24 * 12
    assert len(hours) == 500  # the newest that are answered without a start
    [(count,)] = server.query("SELECT count(*) FROM candles WHERE asset_id = %s AND seconds = 3600", asset)
    assert 90 * 24 - 4 <= count <= 90 * 24
    assert await shown(person, asset, "1d") == {}, "CoinGecko gives closes of days, and what it gives makes none"
    # It was just asked for; watched, it will be again a day later.
    await watch(person, asset)
    await intraday.refresh_candles(job(database, outside, intraday.REFRESH))
    assert len(charts(market)) == 2


async def test_only_what_is_owned_or_watched_is_asked_for_once_a_day_and_once_for_all(
    *, api, person, database, server, market, outside
):
    other = Person(await api.sign_up())
    owned, ignored = [await person.asset(("coingecko", key)) for key in ("bitcoin", "ethereum")]
    watched = await other.asset(("coingecko", "bitcoin"))
    await own(person, owned)
    await watch(other, watched)

    async def run() -> None:
        market.asked.clear()
        await intraday.refresh_candles(job(database, outside, intraday.REFRESH))

    await run()
    assert charts(market) == [("bitcoin", "1"), ("bitcoin", "90")]
    assert len(await shown(person, owned, "5m")) == len(await shown(other, watched, "5m")) > 200
    assert await shown(person, ignored, "5m") == {}
    await run()
    assert market.asked == []
    for hours, days in ((19, []), (2, [("bitcoin", "1")])):
        server.query(
            "UPDATE asset_refreshes SET candles_asked_at = candles_asked_at - make_interval(hours => %s),"
            " candles_given_at = candles_given_at - make_interval(hours => %s)", hours, hours,
        )  # fmt: skip
        await run()
        assert charts(market) == days


async def test_a_provider_that_wants_rest_is_left_alone_and_asked_for_all_of_it_later(
    *, person, database, server, market, outside
):
    assets = [await person.asset(("coingecko", key)) for key in ("bitcoin", "ethereum")]
    await watch(person, *assets)
    market.fault = lambda _: Reply(b"{}", 429, {"retry-after": "60"})
    await intraday.refresh_candles(job(database, outside, intraday.REFRESH))
    assert len(charts(market)) == 1
    [source] = [one for one in (await health(person))["sources"] if one["provider"] == "coingecko"]
    assert (source["state"], source["problem"]) == ("resting", "outside-limited")
    asked = "SELECT count(candles_asked_at), count(candles_given_at) FROM asset_refreshes WHERE asset_id = ANY (%s)"
    assert server.query(asked, [UUID(one) for one in assets]) == [(1, 0)]


async def test_a_back_fill_whose_candles_fail_keeps_its_history(person, database, server, market, outside):
    asset = await person.asset(("coingecko", "bitcoin"))
    market.fault = None
    answer = market.answer
    market.answer = lambda asked: FAULTS["truncated"](Reply(b'{"prices": [[1, 2]]}')) if asked.path.endswith("/market_chart") else answer(asked)  # fmt: skip
    await backfill.backfill(job(database, outside, refresh.BACKFILL, await person.tenant(), asset_id=asset))
    assert len(await person.prices(asset)) > 300
    assert await shown(person, asset, "5m") == {}
    [source] = [one for one in (await health(person))["sources"] if one["provider"] == "coingecko"]
    assert (source["state"], source["problem"]) == ("failing", "changed-shape")
