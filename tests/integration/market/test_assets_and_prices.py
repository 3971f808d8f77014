"""Assets and prices through the whole application: tenancy, precedence, arrays kept in step with rows."""

from __future__ import annotations

import asyncio
import random
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from finsage.market.asset import Asset
from finsage.market.errors import AssetExists
from finsage.market.service import assets, prices
from finsage.market.service.assets import AssetDraft
from finsage.market.store import assets as asset_store
from finsage.platform.caller import PUBLIC_TENANT, Caller

pytestmark = pytest.mark.anyio

TODAY = datetime.now(UTC).date()


def _caller(tenant: UUID) -> Caller:
    return Caller(uuid4(), tenant, "owner", frozenset(), "session", uuid4())


async def _asset(client: httpx.AsyncClient, symbol: str = "ACME", **more: Any) -> dict[str, Any]:
    body = {"symbol": symbol, "name": f"{symbol} Works", "asset_class": "equity", "currency": "EUR", **more}
    return (await client.post("/api/v1/assets", json=body)).raise_for_status().json()


async def _put(client: httpx.AsyncClient, asset: str, **closes: str) -> httpx.Response:
    items = [{"day": day.removeprefix("d").replace("_", "-"), "close": close} for day, close in closes.items()]
    return await client.put(f"/api/v1/assets/{asset}/prices", json={"items": items})


async def _public(database, symbol: str, **closes: str) -> Asset:
    asset = Asset(uuid4(), PUBLIC_TENANT, symbol, f"{symbol} Listed", "equity", "EUR", None, "XETR", is_simulated=False)
    rows = [(asset.id, date.fromisoformat(day[1:].replace("_", "-")), Decimal(close)) for day, close in closes.items()]
    async with database.write() as session:
        await asset_store.add(session, [asset])
        await prices.write_prices(session, PUBLIC_TENANT, rows, source="provider")
    return asset


async def test_nobody_reads_prices_without_signing_in(api):
    client = api.anonymous()
    for path in ("/assets", f"/assets/{uuid4()}", f"/assets/{uuid4()}/prices", "/fx/EUR/USD", "/currencies"):
        assert (await client.get(f"/api/v1{path}")).status_code == 401
    assert (await client.post("/api/v1/prices/import", files={"file": b""})).status_code == 401


async def test_a_custom_asset_comes_back_as_it_was_given(api):
    client = await api.sign_up()
    made = await _asset(client, "GLD", asset_class="commodity", currency="USD", isin="us0378331005", mic="xnas")
    assert made.pop("job_id") is None, "nothing says where its prices could come from"
    assert made == {
        "id": made["id"], "symbol": "GLD", "name": "GLD Works", "asset_class": "commodity", "currency": "USD",
        "isin": "US0378331005", "mic": "XNAS", "scope": "tenant", "is_simulated": False, "latest_price": None,
    }  # fmt: skip
    assert (await client.get(f"/api/v1/assets/{made['id']}")).json() == {
        **made, "former_symbols": [], "merged": [], "merged_into": None,
    }  # fmt: skip


async def test_the_same_asset_twice_is_a_conflict_that_names_the_first(api):
    client = await api.sign_up()
    made = await _asset(client)
    body = {"symbol": "ACME", "name": "Again", "asset_class": "equity", "currency": "EUR"}
    answer = await client.post("/api/v1/assets", json=body)
    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/asset-exists"
    assert answer.json()["asset_id"] == made["id"]
    assert (await client.post("/api/v1/assets", json={**body, "currency": "USD"})).status_code == 201


async def test_a_wrong_field_is_422_with_its_place(api):
    client = await api.sign_up()
    for field, value in (
        ("symbol", ""), ("asset_class", "stock"), ("currency", "XXX"), ("isin", "US0378331006"), ("mic", "1"),
        ("colour", "red"), ("symbol", "A\x00B"), ("name", "x" * 301),
    ):  # fmt: skip
        body = {"symbol": "ACME", "name": "Acme", "asset_class": "equity", "currency": "EUR", field: value}
        answer = await client.post("/api/v1/assets", json=body)
        assert answer.status_code == 422, field
        assert any(field in error["pointer"] for error in answer.json()["errors"]), field


async def test_another_tenants_asset_and_prices_are_not_there(api, database):
    owner, stranger = await api.sign_up(), await api.sign_up()
    made = await _asset(owner, "SECRET")
    await _put(owner, made["id"], d2024_01_02="5")
    for path in (f"/assets/{made['id']}", f"/assets/{made['id']}/prices"):
        assert (await stranger.get(f"/api/v1{path}")).status_code == 404
    assert (await _put(stranger, made["id"], d2024_01_03="1")).status_code == 404
    assert (await stranger.get("/api/v1/assets", params={"query": "SECRET"})).json()["items"] == []
    async with database.read(uuid4()) as session:
        assert await prices.price_series(session, [UUID(made["id"])], until=TODAY) == {}
        assert await prices.latest_prices(session, [UUID(made["id"])], on=TODAY) == {}


async def test_manual_prices_count_written_and_unchanged(api):
    client = await api.sign_up()
    asset = (await _asset(client))["id"]
    assert (await _put(client, asset, d2024_01_02="10.00", d2024_01_03="11")).json() == {"written": 2, "unchanged": 0}
    assert (await _put(client, asset, d2024_01_02="10", d2024_01_03="12")).json() == {"written": 1, "unchanged": 1}
    history = (await client.get(f"/api/v1/assets/{asset}/prices")).json()
    assert history == {
        "asset_id": asset,
        "currency": "EUR",
        "prices_are": "as_traded",
        "items": [
            {"day": "2024-01-02", "close": "10", "source": "manual"},
            {"day": "2024-01-03", "close": "12", "source": "manual"},
        ],
        "gaps": [],
        "splits": [],
    }


async def test_a_close_that_is_no_price_is_refused(api):
    client = await api.sign_up()
    asset = (await _asset(client))["id"]
    for close in ("0", "-1", "NaN", "1e5", "1" + "0" * 60, "0." + "0" * 36 + "1", 5):
        items = [{"day": "2024-01-02", "close": "1"}, {"day": "2024-01-03", "close": close}]
        answer = await client.put(f"/api/v1/assets/{asset}/prices", json={"items": items})
        assert answer.status_code == 422, close
        assert "items/1/close" in answer.json()["errors"][0]["pointer"]
    assert (await client.get(f"/api/v1/assets/{asset}/prices")).json()["items"] == []


async def test_days_out_of_bounds_or_given_twice_are_refused(api):
    client = await api.sign_up()
    asset = (await _asset(client))["id"]
    for days in (["1899-12-31"], ["2101-01-01"], ["2024-01-02", "2024-01-02"]):
        items = [{"day": day, "close": "1"} for day in days]
        assert (await client.put(f"/api/v1/assets/{asset}/prices", json={"items": items})).status_code == 422


async def test_a_period_with_its_gaps(api):
    client = await api.sign_up()
    asset = (await _asset(client))["id"]
    await _put(client, asset, d2023_12_29="1", d2024_01_08="2", d2024_01_19="3", d2024_02_01="4")
    answer = await client.get(f"/api/v1/assets/{asset}/prices", params={"from": "2024-01-01", "to": "2024-01-31"})
    assert [item["day"] for item in answer.json()["items"]] == ["2024-01-08", "2024-01-19"]
    assert answer.json()["gaps"] == [{"from": "2024-01-08", "to": "2024-01-19", "days": 11}]


async def test_the_latest_price_tells_its_age_and_never_comes_from_the_future(api):
    client = await api.sign_up()
    asset, coin = (await _asset(client))["id"], (await _asset(client, "COIN", asset_class="crypto"))["id"]
    closes = {f"d{(TODAY - timedelta(days=4)).isoformat().replace('-', '_')}": "10"}
    closes[f"d{(TODAY + timedelta(days=1)).isoformat().replace('-', '_')}"] = "99"
    for one in (asset, coin):
        await _put(client, one, **closes)
    latest = (await client.get(f"/api/v1/assets/{asset}")).json()["latest_price"]
    as_of = (TODAY - timedelta(days=4)).isoformat()
    assert latest == {"price": "10", "currency": "EUR", "as_of": as_of, "age_days": 4, "is_stale": False}
    assert (await client.get(f"/api/v1/assets/{coin}")).json()["latest_price"]["is_stale"]


async def test_a_tenants_price_stands_before_the_public_one_for_that_tenant_alone(api, database):
    asset = await _public(database, "LISTED", d2023_12_29="90", d2024_01_02="100", d2024_01_03="101")
    mine, other = await api.sign_up(), await api.sign_up()
    assert (await _put(mine, str(asset.id), d2024_01_02="55.5", d2024_01_04="56")).json()["written"] == 2
    path = f"/api/v1/assets/{asset.id}/prices"
    assert [(i["day"], i["close"], i["source"]) for i in (await mine.get(path)).json()["items"]] == [
        ("2023-12-29", "90", "provider"),
        ("2024-01-02", "55.5", "manual"),
        ("2024-01-03", "101", "provider"),
        ("2024-01-04", "56", "manual"),
    ]
    assert [i["close"] for i in (await other.get(path)).json()["items"]] == ["90", "100", "101"]
    tenant = UUID((await mine.get("/api/v1/me")).json()["tenant"]["id"])
    async with database.read(tenant) as session:
        whole = (await prices.price_series(session, [asset.id], until=date(2024, 1, 3)))[asset.id]
        assert [str(close) for close in whole.closes] == ["90", "55.5", "101"]
        latest = await prices.latest_prices(session, [asset.id], on=date(2024, 1, 2))
        assert latest[asset.id].value == Decimal("55.5")
    assert (await mine.get(f"/api/v1/assets/{asset.id}")).json()["scope"] == "public"


async def test_a_tenant_cannot_write_public_prices(database):
    asset = await _public(database, "GUARDED", d2024_01_02="1")
    with pytest.raises(Exception, match="row-level security"):
        async with database.write(uuid4()) as session:
            await prices.write_prices(session, PUBLIC_TENANT, [(asset.id, date(2024, 1, 2), Decimal(9))], source="x")


async def test_series_follow_every_write_and_carry_the_quote_before(api, database):
    client = await api.sign_up()
    asset = UUID((await _asset(client))["id"])
    tenant = UUID((await client.get("/api/v1/me")).json()["tenant"]["id"])
    await _put(client, str(asset), d2021_06_01="1", d2023_12_30="2", d2024_01_05="3", d2025_01_01="4")
    await _put(client, str(asset), d2024_01_05="3.5", d2024_01_06="3.75")

    async def closes(**bounds: date) -> list[tuple[str, str]]:
        async with database.read(tenant) as session:
            series = await prices.price_series(session, [asset], **bounds)
        return [(str(d), str(c)) for d, c in zip(series[asset].days, series[asset].closes, strict=True)]

    assert await closes(until=date(2024, 12, 31)) == [
        ("2021-06-01", "1"), ("2023-12-30", "2"), ("2024-01-05", "3.5"), ("2024-01-06", "3.75"),
    ]  # fmt: skip
    assert await closes(since=date(2024, 1, 1), until=date(2024, 1, 5)) == [("2023-12-30", "2"), ("2024-01-05", "3.5")]
    assert await closes(since=date(2023, 1, 1), until=date(2023, 2, 1)) == [("2021-06-01", "1")]
    assert await closes(since=date(2024, 1, 5), until=date(2024, 1, 5)) == [("2024-01-05", "3.5")]
    async with database.read(tenant) as session:
        assert await prices.price_series(session, [asset], until=date(2021, 5, 31)) == {}
        [series] = (await prices.price_series(session, [asset], until=TODAY)).values()
    assert series.as_of(date(2021, 5, 31)) is None
    assert series.as_of(date(2024, 1, 4)).value == 2
    assert series.floats().tolist() == [1, 2, 3.5, 3.75, 4]
    assert series.quotes().as_of(date(2024, 1, 5).toordinal()).value == Decimal("3.5")


async def test_two_writers_of_one_year_lose_nothing(api, database, server):
    client = await api.sign_up()
    asset = UUID((await _asset(client))["id"])
    tenant = UUID((await client.get("/api/v1/me")).json()["tenant"]["id"])

    async def write(day: date) -> None:
        async with database.write(tenant) as session:
            await prices.write_prices(session, tenant, [(asset, day, Decimal(day.day))], source="manual")

    async with database.write(tenant) as session:
        await prices.write_prices(session, tenant, [(asset, date(2024, 1, 2), Decimal(2))], source="manual")
        second = asyncio.create_task(write(date(2024, 1, 3)))
        await asyncio.sleep(0.5)
        assert not second.done()
    await second
    arrays = server.query("SELECT days, closes FROM price_years WHERE asset_id = %s", asset)
    assert arrays == [([date(2024, 1, 2), date(2024, 1, 3)], [Decimal(2), Decimal(3)])]


async def test_search_by_symbol_name_and_isin_in_pages(api):
    client = await api.sign_up()
    for number in range(7):
        await _asset(client, f"ZQ{number}", name=f"Zanzibar Quarry {number}")
    exact = await _asset(client, "ZQ", name="Plain", isin="US0378331005")
    seen, cursor = [], None
    while True:
        query = {"query": "zq", "limit": "3"} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/api/v1/assets", params=query)).raise_for_status().json()
        seen += [item["symbol"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ["ZQ", *(f"ZQ{number}" for number in range(7))]

    async def found(**query: str) -> list[str]:
        answer = await client.get("/api/v1/assets", params=query)
        return [item["symbol"] for item in answer.raise_for_status().json()["items"]]

    assert await found(query="us0378331005") == [exact["symbol"]]
    assert await found(query="quarry zan") == [f"ZQ{number}" for number in range(7)]
    assert await found(query="%") == []
    assert await found(query="'\\&|!():*") == []
    assert await found(query="zq", asset_class="bond") == []


async def test_a_wrong_page_is_422(api):
    client = await api.sign_up()
    for query in ({"cursor": "nonsense"}, {"cursor": "WzFd"}, {"limit": "501"}, {"limit": "0"}):
        assert (await client.get("/api/v1/assets", params=query)).status_code == 422, query


async def test_what_a_symbol_means(database):
    tenant = uuid4()
    isin, other_isin = "US0378331005", "DE0007164600"
    public = await _public(database, "DUAL")
    drafts = [
        AssetDraft("DUAL", "Own", "equity", "EUR", mic="XETR"),
        AssetDraft("MANY", "Here", "equity", "EUR", isin=isin, mic="XETR"),
        AssetDraft("MANY", "There", "equity", "USD", isin=isin, mic="XNAS"),
        AssetDraft("many", "Small", "equity", "EUR"),
        AssetDraft("TOY", "Toy", "equity", "EUR", mic="DEMO", is_simulated=True),
    ]
    async with database.write(tenant) as session:
        await assets.create_assets(session, _caller(tenant), drafts)
    async with database.read(tenant) as session:

        async def names(symbol: str, **more: Any) -> list[str]:
            return sorted(asset.name for asset in await assets.resolve_symbol(session, symbol, **more))

        assert await names("DUAL") == ["Own"]
        assert await names("MANY") == ["Here", "There"]
        assert await names("MANY", currency="USD") == ["There"]
        assert await names("MANY", mic="XETR") == ["Here"]
        assert await names("Many") == ["Here", "Small", "There"]
        assert await names("many") == ["Small"]
        assert await names("whatever", isin=isin, currency="EUR") == ["Here"]
        assert await names("MANY", isin=other_isin) == ["Small"]  # the others are known to be something else
        assert await names("TOY") == []
        assert await names("TOY", with_simulated=True) == ["Toy"]
        assert await names("NONE") == []
    async with database.read(uuid4()) as session:
        assert [asset.id for asset in await assets.resolve_symbol(session, "DUAL")] == [public.id]


async def test_assets_are_created_all_or_none(database, server):
    tenant = uuid4()
    drafts = [AssetDraft("ONE", "One", "equity", "EUR"), AssetDraft("ONE", "Two", "equity", "EUR")]
    with pytest.raises(AssetExists):
        async with database.write(tenant) as session:
            await assets.create_assets(session, _caller(tenant), drafts)
    assert server.query("SELECT count(*) FROM assets WHERE tenant_id = %s", tenant) == [(0,)]


@pytest.mark.slow
async def test_a_hundred_assets_over_eight_years_are_read_fast(database):
    tenant, first = uuid4(), date(2017, 1, 2)
    drafts = [AssetDraft(f"S{number}", f"Series {number}", "equity", "EUR") for number in range(100)]
    chance = random.Random(7)
    days = [first + timedelta(days=7 * week + weekday) for week in range(52 * 8) for weekday in range(5)]
    async with database.write(tenant) as session:
        made = await assets.create_assets(session, _caller(tenant), drafts)
        closes = [(asset.id, day, Decimal(chance.randrange(100, 90_000)) / 100) for asset in made for day in days]
        started = time.process_time()
        written = await prices.write_prices(session, tenant, closes, source="csv")
    print(f"{len(closes):,} closes written: {time.process_time() - started:.2f} s of CPU on our side")
    assert (written.written, written.unchanged) == (len(closes), 0)
    async with database.read(tenant) as session:
        started = time.process_time()
        series = await prices.price_series(session, [asset.id for asset in made], until=TODAY)
        print(f"{len(closes):,} closes read: {time.process_time() - started:.3f} s of CPU on our side")
    assert sum(len(one.texts) for one in series.values()) == len(closes)
    assert [
        (made[3].id, d.item(), c) for d, c in zip(series[made[3].id].days, series[made[3].id].closes, strict=True)
    ] == [row for row in closes if row[0] == made[3].id]
