"""Prices from providers: asked for once and in batches, written where they are believed, put aside where not."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from integration.market.refreshing import Person, health, last_run, run, way_out
from replay.server import FAULTS
from support import Server

from finsage.market import jobs
from finsage.market.service import asking, backfill, judging, refresh
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.database import Database
from finsage.platform.http import ServiceFailed
from finsage.platform.jobs import JobContext
from finsage.platform.queue import enqueue_due
from finsage.platform.telemetry import exposition
from finsage.platform.worker import Worker

pytestmark = pytest.mark.anyio


async def test_many_assets_of_many_people_cost_one_request(api, database, server, market, outside):
    people = [Person(await api.sign_up()) for _ in range(2)]
    held = [(one, await one.asset(("coingecko", key))) for one in people for key in ("bitcoin", "ethereum")]
    market.prices = {"bitcoin": "67187.3358936566", "ethereum": "0.000008421234567890123"}
    await run(database, outside, server)
    assert [sorted(asked.query["ids"].split(",")) for asked in market.asked] == [["bitcoin", "ethereum"]]
    for number, (one, asset) in enumerate(held):
        found = await one.price(asset)
        assert found["price"] == list(market.prices.values())[number % 2]
        assert (found["as_of"], found["is_stale"]) == (market.as_of.date().isoformat(), False)
        assert [row["source"] for row in await one.prices(asset)] == ["coingecko"]
    assert last_run(server, "assets, requests, written, unchanged, quarantined, missing, failures") == (
        4, 1, 4, 0, 0, 0, [],
    )  # fmt: skip
    [(received,)] = server.query("SELECT content_hash FROM provider_answers")
    assert {digest for (digest,) in server.query("SELECT content_hashes[1] FROM asset_refreshes")} == {received}
    assert b'finsage_price_age_seconds{source="coingecko"}' in exposition()
    for number, (one, asset) in enumerate(held):
        for interval in ("1m", "5m", "1h", "1d"):
            answer = (await one.client.get(f"/api/v1/assets/{asset}/candles?interval={interval}")).json()
            [candle] = answer["items"]
            four = {candle[name] for name in ("open", "high", "low", "close")}
            assert four == {list(market.prices.values())[number % 2]}
    # The same again at once: nobody is due. Later: asked, and nothing is new.
    job = JobContext(
        database, refresh.REFRESH, uuid4(), PUBLIC_TENANT, {"due_at": "2026-01-01T00:00:00Z"}, outside=outside
    )
    await refresh.refresh(job)
    assert len(market.asked) == 1
    await run(database, outside, server)
    assert (len(market.asked), last_run(server, "written, unchanged")) == (2, (0, 4))


BAD = {
    "a thousand times": ("100000", "jump"), "a thousandth": ("0.1", "jump"), "negative": ("-100", "negative"),
    "zero": ("0", "zero"), "huge": ("1e308", "out_of_range"), "tiny": ("1e-200", "out_of_range"),
}  # fmt: skip


@pytest.mark.parametrize("fault", BAD)
async def test_what_is_not_believed_is_put_aside_and_never_over_what_is_good(
    fault: str, *, person, database, server, market, outside
):
    asset = await person.asset(("coingecko", "bitcoin"))
    await run(database, outside, server)
    before = await person.prices(asset)
    market.prices["bitcoin"], reason = BAD[fault]
    await run(database, outside, server)
    await run(database, outside, server)
    assert await person.prices(asset) == before
    found = server.query(
        "SELECT provider, value::numeric = %s::numeric, currency, reason, times, state, cardinality(content_hashes)"
        " FROM quarantined_prices WHERE asset_id = %s", market.prices["bitcoin"], asset,
    )  # fmt: skip
    assert found == [("coingecko", True, "EUR", reason, 2, "open", 1)]
    assert last_run(server, "written, quarantined, missing") == (0, 1, 0)
    market.prices["bitcoin"] = "110"
    await run(database, outside, server)
    assert (await person.price(asset))["price"] == "110"


async def test_an_old_quote_and_one_of_tomorrow_are_put_aside(person, database, server, market, outside):
    asset = await person.asset(("coingecko", "bitcoin"))
    await run(database, outside, server)
    now = market.as_of
    for as_of, price in ((now - timedelta(hours=1), "101"), (now + timedelta(days=1), "102")):
        market.as_of, market.prices["bitcoin"] = as_of, price
        await run(database, outside, server)
    assert (await person.price(asset))["price"] == "100"
    reasons = server.query("SELECT reason FROM quarantined_prices WHERE asset_id = %s ORDER BY found_at", asset)
    assert reasons == [("stale",), ("future",)]


async def test_the_next_provider_is_asked_for_what_the_first_fails_or_lacks(person, database, server, market, outside):
    both = await person.asset(("coingecko", "unknown"), ("stooq", "btc.v"))
    alone = await person.asset(("coingecko", "unknown"))
    await run(database, outside, server)
    assert (await person.price(both))["price"] == "77.5"
    assert [row["source"] for row in await person.prices(both)] == ["stooq"]
    assert await person.price(alone) is None
    assert last_run(server, "written, missing, failures") == (1, 1, [])
    [(problem,)] = server.query("SELECT problem FROM asset_refreshes WHERE asset_id = %s", alone)
    assert problem
    market.is_coingecko_down = True
    await run(database, outside, server)
    failures = last_run(server, "failures")[0]
    assert [(one["provider"], one["problem"]) for one in failures] == [("coingecko", "service-failed")]
    assert (await person.price(both))["price"] == "77.5"


@pytest.mark.parametrize("fault", ["limited", "failed", "truncated", "cut", "html", "empty"])
async def test_a_fault_of_the_service_leaves_what_is_known(fault: str, *, person, database, server, market, outside):
    asset = await person.asset(("coingecko", "bitcoin"))
    await run(database, outside, server)
    before = await person.prices(asset)
    market.prices["bitcoin"], market.fault = "105", FAULTS[fault]
    await run(database, outside, server)
    assert await person.prices(asset) == before
    [(problem, provider)] = server.query("SELECT problem, provider FROM asset_refreshes WHERE asset_id = %s", asset)
    assert problem.startswith("coingecko: ")
    assert provider == "coingecko"
    assert len(last_run(server, "failures")[0]) == 1


async def test_what_a_user_entered_stands(person, database, server, market, outside):
    asset = await person.asset(("coingecko", "bitcoin"))
    today = market.as_of.date().isoformat()
    put = await person.client.put(f"/api/v1/assets/{asset}/prices", json={"items": [{"day": today, "close": "99"}]})
    assert put.status_code == 200
    await run(database, outside, server)
    assert [(row["close"], row["source"]) for row in await person.prices(asset)] == [("99", "manual")]


async def test_what_a_user_entered_stands_though_the_provider_said_the_same_before(
    person, database, server, market, outside
):
    asset = await person.asset(("coingecko", "bitcoin"))
    await run(database, outside, server)
    entered = {"items": [{"day": market.as_of.date().isoformat(), "close": "100"}]}
    put = await person.client.put(f"/api/v1/assets/{asset}/prices", json=entered)
    assert put.json() == {"written": 1, "unchanged": 0}
    assert (await person.client.put(f"/api/v1/assets/{asset}/prices", json=entered)).json()["unchanged"] == 1
    market.prices["bitcoin"] = "105"
    await run(database, outside, server)
    assert [(row["close"], row["source"]) for row in await person.prices(asset)] == [("100", "manual")]


async def test_two_workers_do_not_ask_twice(*, person, database, server, market, outside, tmp_path):
    asset = await person.asset(("coingecko", "bitcoin"))
    server.query("DELETE FROM pgqueuer")  # its history is another matter
    server.query("DELETE FROM job_states WHERE name = %s", refresh.REFRESH)
    async with way_out(database, market, tmp_path / "other") as other:
        workers = [Worker(database, jobs.jobs, outside=way, poll_seconds=0.1) for way in (outside, other)]
        for worker in workers:
            worker.start()
        # A run that overlaps finds the asset claimed or asked for.
        run_now = JobContext(
            database, refresh.REFRESH, uuid4(), PUBLIC_TENANT, {"due_at": "2026-01-02T00:00:00Z"}, outside=outside
        )
        await asyncio.gather(refresh.refresh(run_now), _until_done(database, server))
        for worker in workers:
            await worker.stop(drain_seconds=5)
    assert [asked.path for asked in market.asked if asked.path != "/coins/list"] == ["/simple/price"]
    assert len(market.asked) <= 2  # what keys mean is asked once a day
    assert (await person.price(asset))["price"] == "100"


async def _until_done(database: Database, server: Server) -> None:
    async with database.write() as session:
        await enqueue_due(session, refresh.REFRESH, refresh.EVERY)
    for _ in range(200):
        if server.query("SELECT state FROM job_states WHERE name = %s AND state = 'done'", refresh.REFRESH):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(server.query("SELECT name, state, problem FROM job_states"))


async def test_a_new_asset_gets_its_history_at_once_and_the_user_sees_the_job(
    person, database, server, market, outside
):
    asset = await person.asset(("coingecko", "bitcoin"))
    worker = Worker(database, jobs.jobs, outside=outside, poll_seconds=0.1)
    worker.start()
    for _ in range(200):
        job = (await person.client.get(f"/api/v1/jobs/{person.job_id}")).json()
        if job["state"] == "done":
            break
        await asyncio.sleep(0.1)
    await worker.stop(drain_seconds=5)
    assert (job["state"], job["result_url"]) == ("done", f"/api/v1/assets/{asset}/prices")
    found = await person.prices(asset)
    # As replayed, the price was zero 800 days ago and negative before: those days are put aside, some of them to see.
    assert found[0]["close"] == "0.125"
    days = [date.fromisoformat(row["day"]) for row in found]
    assert days == [days[0] + timedelta(days=number) for number in range(len(days))]
    assert len(days) >= 799
    doubted = server.query(
        "SELECT reason, count(*) FROM quarantined_prices WHERE asset_id = %s GROUP BY 1 ORDER BY 1", asset
    )
    assert doubted == [("negative", judging.DOUBTED_PER_REASON_MAX), ("zero", 1)]
    assert found[-1]["day"] >= (datetime.now(UTC).date() - timedelta(days=1)).isoformat()


async def test_days_below_zero_do_not_stand_before_a_price_to_decide_about(person, database, server, market, outside):
    asset = await person.asset(("coingecko", "bitcoin"))
    await run(database, outside, server)
    market.prices["bitcoin"] = "100000"
    await run(database, outside, server)
    # Asked for at the same time as the price, the history may come last: as replayed, with 21 days that are no price.
    job = JobContext(database, refresh.BACKFILL, uuid4(), await person.tenant(), {"asset_id": asset}, outside=outside)
    await backfill.backfill(job)
    found = await health(person)
    assert found["quarantine_total"] == 22
    assert [item["value"] for item in found["quarantine"] if item["is_acceptable"]] == ["100000"]
    assert found["quarantine"][0]["value"] == "100000"
    quality = (await person.client.get(f"/api/v1/assets/{asset}/price-quality")).raise_for_status().json()
    assert quality["quarantine"][0]["value"] == "100000"


async def test_history_waits_for_a_provider_that_failed_and_says_what_never_comes(
    person, database, server, market, outside
):
    asset = await person.asset(("coingecko", "nothing-like-it"))
    job = JobContext(database, refresh.BACKFILL, uuid4(), await person.tenant(), {"asset_id": asset}, outside=outside)
    await backfill.backfill(job)
    assert server.query("SELECT problem FROM asset_refreshes WHERE asset_id = %s", asset)[0][0]
    market.is_coingecko_down = True
    again = JobContext(database, refresh.BACKFILL, uuid4(), await person.tenant(), {"asset_id": asset}, outside=outside)
    with pytest.raises(ServiceFailed):
        await backfill.backfill(again)


async def test_a_history_that_nobody_has_says_nothing_against_a_price_that_came(
    person, database, server, market, outside
):
    asset = await person.asset(("coingecko", "ethereum"))
    job = JobContext(database, refresh.BACKFILL, uuid4(), await person.tenant(), {"asset_id": asset}, outside=outside)
    await run(database, outside, server)
    await backfill.backfill(job)
    standing = "SELECT provider, problem FROM asset_refreshes WHERE asset_id = %s"
    assert server.query(standing, asset) == [("coingecko", None)]
    # What is to be said against it stays too.
    market.is_coingecko_down = True
    await run(database, outside, server)
    market.is_coingecko_down = False
    again = JobContext(database, refresh.BACKFILL, uuid4(), await person.tenant(), {"asset_id": asset}, outside=outside)
    await backfill.backfill(again)
    [(_, problem)] = server.query(standing, asset)
    assert problem.startswith("coingecko: ")


async def test_after_a_long_pause_history_is_asked_for_again(person, database, server, market, outside):
    asset = await person.asset(("coingecko", "bitcoin"))
    waiting = "SELECT count(*) FROM pgqueuer WHERE entrypoint = %s AND convert_from(payload, 'UTF8') LIKE %s"
    for days, jobs_wanted in ((refresh.REPAIR_DAYS, 0), (refresh.REPAIR_DAYS + 1, 1)):
        await run(database, outside, server)
        server.query("UPDATE prices SET day = day - %s WHERE asset_id = %s", days, asset)
        server.query("DELETE FROM pgqueuer")
        await run(database, outside, server)
        assert server.query(waiting, refresh.BACKFILL, f"%{asset}%") == [(jobs_wanted,)]
        server.query("DELETE FROM prices WHERE asset_id = %s", asset)


async def test_without_an_identifier_nothing_is_opened(person, database, server, market, outside):
    (await person.client.post("/api/v1/demo")).raise_for_status()
    await run(database, outside, server)
    assert market.asked == []
    assert not (outside.settings.data_dir / "cache").exists()
    assert last_run(server, "assets, requests") == (0, 0)


async def test_a_thousand_assets_cost_four_requests(person, database, server, market, outside):
    tenant = await person.tenant()
    server.query(
        "WITH made AS (INSERT INTO assets (tenant_id, id, symbol, name, asset_class, currency)"
        " SELECT %s, gen_random_uuid(), 'C' || n, 'Coin', 'crypto', 'EUR' FROM generate_series(1, 1000) n"
        " RETURNING tenant_id, id, symbol)"
        " INSERT INTO asset_identifiers SELECT tenant_id, id, 'coingecko', 'coin-' || symbol, 0 FROM made", tenant,
    )  # fmt: skip
    await run(database, outside, server)
    assert len(market.asked) == 4
    assert last_run(server, "assets, requests, written") == (1000, 4, 1000)
    assert json.dumps(last_run(server, "failures")[0]) == "[]"


# Data health


async def test_data_health_tells_how_old_what_is_and_what_failed(
    *, person, database, server, market, outside, monkeypatch
):
    asset = await person.asset(("coingecko", "bitcoin"))
    none = await person.asset(("coingecko", "unknown"))
    before = await health(person)
    assert (before["runs"], before["lag_seconds"], before["is_late"], before["assets_total"]) == ([], None, True, 2)
    assert {item["is_stale"] for item in before["assets"]} == {True}
    await run(database, outside, server)
    found = await health(person)
    assert [item["asset_id"] for item in found["assets"]] == [none, asset]  # what has no price stands first
    lacking, priced = found["assets"]
    assert (lacking["price"], lacking["is_stale"], priced["problem"]) == (None, True, None)
    assert lacking["problem"]
    assert (priced["price"], priced["age_days"], priced["is_stale"], priced["provider"]) == (
        "100",
        0,
        False,
        "coingecko",
    )
    [told] = found["runs"]
    assert (told["assets"], told["requests"], told["written"], told["missing"]) == (2, 1, 1, 1)
    assert not found["is_late"]
    assert found["next_run_at"] > told["due_at"]
    [source] = [item for item in found["sources"] if item["provider"] == "coingecko"]
    assert (source["assets"], source["failed_at"], source["state"], source["circuit"]) == (1, None, "answers", "closed")
    assert (source["asks_per_minute"], source["newest_price_at"][:10]) == (500, market.as_of.date().isoformat())
    assert {item["provider"]: item["state"] for item in found["sources"]}["newsapi"] == "needs_key"
    for package in ("yfinance", "ccxt"):
        monkeypatch.setitem(sys.modules, package, None)  # as without the extras
    lacking = {item["provider"]: item for item in (await health(person))["sources"]}
    assert [lacking[name]["state"] for name in ("yahoo", "exchanges", "feeds")] == ["not_set_up"] * 3
    assert "uv sync --extra stocks" in lacking["yahoo"]["failure"]
    market.is_coingecko_down = True
    await run(database, outside, server)
    found = await health(person)
    [source] = [item for item in found["sources"] if item["provider"] == "coingecko"]
    assert (source["state"], source["problem"]) == ("failing", "service-failed")
    assert source["failure"] in found["runs"][0]["failures"][0]["detail"]
    # Three days later the price is still the one to serve, and stale.
    server.query("UPDATE prices SET day = day - 3 WHERE asset_id = %s", asset)
    [priced] = [item for item in (await health(person))["assets"] if item["asset_id"] == asset]
    assert (priced["price"], priced["age_days"], priced["is_stale"]) == ("100", 3, True)


async def test_what_was_put_aside_is_accepted_or_dismissed_once(person, database, server, market, outside):
    asset = await person.asset(("coingecko", "bitcoin"))
    await run(database, outside, server)
    for price in ("100000", "0", "200000"):
        market.prices["bitcoin"] = price
        await run(database, outside, server)
    # A bar of an hour is no close: however new, it does not stand before what can be decided about.
    server.query(
        "INSERT INTO quarantined_prices (tenant_id, id, asset_id, provider, day, value, currency, reason, detail,"
        " content_hashes, seconds, seen_at) SELECT tenant_id, %s, asset_id, provider, day, '69702', currency, reason,"
        " detail, content_hashes, 3600, seen_at + interval '1 hour' FROM quarantined_prices WHERE value = '200000'",
        uuid4(),
    )
    listed = (await health(person))["quarantine"]
    assert [item["value"] for item in listed] == ["200000", "100000", "0", "69702"]
    items = {item["value"]: item for item in listed if item["interval"] == "1d"}
    assert {value: item["is_acceptable"] for value, item in items.items()} == {
        "100000": True, "0": False, "200000": True,
    }  # fmt: skip

    async def decide(value: str, what: str) -> httpx.Response:
        return await person.client.post(f"/api/v1/data-health/quarantine/{items[value]['id']}/{what}")

    unusable = await decide("0", "accept")
    assert (unusable.status_code, unusable.json()["type"].rpartition("/")[2]) == (409, "price-unusable")
    assert (await decide("0", "dismiss")).json()["state"] == "dismissed"
    assert (await person.price(asset))["price"] == "100"
    assert (await decide("100000", "accept")).json()["state"] == "accepted"
    assert (await person.price(asset))["price"] == "100000"
    assert (await decide("100000", "dismiss")).json()["type"].rpartition("/")[2] == "price-decided"
    assert [item["value"] for item in (await health(person))["quarantine"]] == ["200000", "69702"]
    # What was accepted is the measure of the next, and what was dismissed does not come back.
    await run(database, outside, server)
    assert (await person.price(asset))["price"] == "200000"
    market.prices["bitcoin"] = "0"
    await run(database, outside, server)
    assert "0" not in [item["value"] for item in (await health(person))["quarantine"]]


async def test_prices_now_asks_for_the_own_assets_alone_and_not_twice_a_minute(
    *, api, person, database, server, market, outside
):
    asset = await person.asset(("coingecko", "bitcoin"))
    other = Person(await api.sign_up())
    await other.asset(("coingecko", "ethereum"))
    server.query("DELETE FROM pgqueuer")
    asked = (await person.client.post("/api/v1/data-health/refresh")).raise_for_status()
    assert asked.status_code == 202
    assert (await person.client.get(asked.headers["Location"])).json()["state"] == "queued"

    async def now() -> None:
        payload = {"due_at": datetime.now(UTC).isoformat()}
        await refresh.refresh_now(
            JobContext(database, refresh.REFRESH_NOW, uuid4(), await person.tenant(), payload, outside=outside)
        )

    await now()
    assert [asked.query["ids"] for asked in market.asked] == ["bitcoin"]
    assert (await person.price(asset))["price"] == "100"
    await now()
    assert len(market.asked) == 1
    server.query("UPDATE asset_refreshes SET asked_at = asked_at - interval '61 seconds'")
    await now()
    assert len(market.asked) == 2


async def test_data_health_follows_the_history_of_a_new_asset(person, database, server, market, outside):
    asset = await person.asset(("coingecko", "bitcoin"))

    async def backfilling() -> Any:
        [found] = [item for item in (await health(person))["assets"] if item["asset_id"] == asset]
        return found["backfill"]

    waiting = await backfilling()
    assert (waiting["job_id"], waiting["state"], waiting["progress"]) == (person.job_id, "queued", None)
    job = JobContext(
        database, refresh.BACKFILL, UUID(person.job_id), await person.tenant(), {"asset_id": asset}, outside=outside
    )
    await backfill.backfill(job)
    assert await backfilling() is None


async def test_the_age_of_prices_is_known_after_a_restart(person, database, server, market, outside):
    await person.asset(("coingecko", "bitcoin"))
    await run(database, outside, server)
    asking.PRICE_AGE.clear()
    assert b'finsage_price_age_seconds{source="coingecko"}' not in exposition()
    async with database.read() as session:
        await asking.show_stored_ages(session)
    assert b'finsage_price_age_seconds{source="coingecko"}' in exposition()


async def test_prices_now_do_not_hide_that_the_schedule_is_late(person, database, server, market, outside):
    await person.asset(("coingecko", "bitcoin"))
    await run(database, outside, server)
    server.query("UPDATE refresh_runs SET due_at = due_at - interval '5 hours', started_at = started_at - interval '5 h',"
                 " finished_at = finished_at - interval '5 hours'")  # fmt: skip
    assert (await health(person))["is_late"]
    server.query("UPDATE asset_refreshes SET asked_at = asked_at - interval '1 hour'")
    payload = {"due_at": datetime.now(UTC).isoformat()}
    job = JobContext(database, refresh.REFRESH_NOW, uuid4(), await person.tenant(), payload, outside=outside)
    await refresh.refresh_now(job)
    found = await health(person)
    assert found["is_late"]
    assert len(found["runs"]) == 2
