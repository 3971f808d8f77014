"""The demo: added and removed with one click, plausible, and never in the way of what a user recorded."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from finsage.market import jobs
from finsage.market.service import simulated
from finsage.platform.caller import Caller
from finsage.platform.jobs import JobContext

pytestmark = pytest.mark.anyio


async def _get(client: httpx.AsyncClient, path: str, **query: str) -> Any:
    return (await client.get(f"/api/v1{path}", params=query)).raise_for_status().json()


async def _add(client: httpx.AsyncClient) -> str:
    answer = await client.post("/api/v1/demo")
    assert answer.status_code == 201
    [portfolio] = answer.json()["portfolio_ids"]
    return portfolio


async def _simulated(client: httpx.AsyncClient) -> dict[str, dict[str, Any]]:
    items = (await _get(client, "/assets", limit="500"))["items"]
    return {item["symbol"]: item for item in items if item["is_simulated"]}


async def _caller(client: httpx.AsyncClient) -> Caller:
    me = await _get(client, "/me")
    return Caller(UUID(me["user"]["id"]), UUID(me["tenant"]["id"]), "owner", frozenset(), "token", uuid4())


async def _rows(server, tenant: UUID) -> dict[str, int]:
    tables = (
        "portfolios",
        "transactions",
        "postings",
        "balances",
        "lots",
        "holdings",
        "assets",
        "prices",
        "price_years",
    )
    return {table: server.query(f"SELECT count(*) FROM {table} WHERE tenant_id = %s", tenant)[0][0] for table in tables}


async def test_the_demo_is_whole_and_says_that_it_is_simulated(api):
    client = await api.sign_up()
    assert await _get(client, "/demo") == {"is_present": False, "portfolio_ids": []}
    portfolio_id = await _add(client)
    assert await _get(client, "/demo") == {"is_present": True, "portfolio_ids": [portfolio_id]}
    portfolio = await _get(client, f"/portfolios/{portfolio_id}")
    assert (portfolio["name"], portfolio["is_demo"], portfolio["base_currency"]) == ("Demo (simulated)", True, "EUR")
    assets = await _simulated(client)
    assert len(assets) == 14
    assert {asset["currency"] for asset in assets.values()} == {"EUR", "USD", "GBP", "CHF"}
    for asset in assets.values():
        assert asset["scope"] == "tenant"
        assert asset["latest_price"]["age_days"] <= 4
        first = (await _get(client, f"/assets/{asset['id']}/prices", to="2021-01-31"))["items"][0]
        assert (first["day"], first["source"]) == ("2021-01-04", "simulated")
    holdings = await _get(client, f"/portfolios/{portfolio_id}/holdings")
    assert len(holdings["items"]) >= 12
    assert all(item["is_simulated"] and item["market_value"] for item in holdings["items"])
    assert holdings["missing_acquisitions"] == []
    accounts = await _get(client, f"/portfolios/{portfolio_id}/accounts")
    assert {account["name"] for account in accounts["items"]} == {"Broker", "Second broker", "Exchange", "Savings"}
    gains = await _get(client, f"/portfolios/{portfolio_id}/realised-gains")
    amounts = [Decimal(item["gain"]) for item in gains["items"] if item["gain"]]
    assert min(amounts) < 0 < max(amounts)
    performance = await _get(client, f"/portfolios/{portfolio_id}/performance")
    assert performance["twr"] is not None
    assert performance["mwr"] is not None
    assert (datetime.fromisoformat(performance["to"]) - datetime.fromisoformat(performance["from"])).days > 2 * 365


async def test_its_transactions_are_of_every_kind_and_never_overdraw(api, server):
    client = await api.sign_up()
    portfolio = await _add(client)
    kinds = {
        row[0] for row in server.query("SELECT DISTINCT type FROM transactions WHERE portfolio_id = %s", portfolio)
    }
    assert kinds >= {
        "deposit", "withdrawal", "buy", "sell", "dividend", "interest", "fee", "tax", "split", "swap", "transfer_in",
        "transfer_out",
    }  # fmt: skip
    running = server.query(
        "SELECT account, asset, booked_on, sum(sum(amount)) OVER (PARTITION BY account, asset ORDER BY booked_on)"
        " FROM postings WHERE portfolio_id = %s AND kind = 'asset' GROUP BY account, asset, booked_on",
        portfolio,
    )
    assert {row[1] for row in running} >= {"EUR", "USD"}
    assert [row for row in running if row[3] < 0] == []
    assert (
        server.query("SELECT count(*) FROM postings WHERE portfolio_id = %s AND kind = 'transfer'", portfolio)[0][0]
        == 4
    )


async def test_twice_is_once_even_at_the_same_time(api, server):
    client = await api.sign_up()
    caller = await _caller(client)
    answers = await asyncio.gather(
        client.post("/api/v1/demo"), client.post("/api/v1/demo"), client.post("/api/v1/demo")
    )
    added = [answer for answer in answers if answer.status_code == 201]
    # One that waited above the lock's limit is told to come back; it has done nothing.
    assert {answer.status_code for answer in answers} <= {201, 409, 503}
    assert len({str(answer.json()["portfolio_ids"]) for answer in added}) == 1
    before = await _rows(server, caller.tenant_id)
    await _add(client)
    assert await _rows(server, caller.tenant_id) == before
    assert before["portfolios"] == 1


async def test_removed_without_a_trace(api, server):
    client = await api.sign_up()
    tenant = (await _caller(client)).tenant_id
    before = await _rows(server, tenant)
    await _add(client)
    assert (await client.delete("/api/v1/demo")).status_code == 204
    assert await _rows(server, tenant) == before
    assert await _get(client, "/demo") == {"is_present": False, "portfolio_ids": []}
    assert (await client.delete("/api/v1/demo")).status_code == 204
    await _add(client)


async def test_what_a_user_recorded_stays(api, server):
    client, neighbour = await api.sign_up(), await api.sign_up()
    await _add(neighbour)
    theirs = await _rows(server, (await _caller(neighbour)).tenant_id)
    await _add(client)
    body = {"name": "Mine", "base_currency": "EUR"}
    mine = (await client.post("/api/v1/portfolios", json=body)).raise_for_status().json()["id"]
    own = {"symbol": "OWN", "name": "Own", "asset_class": "equity", "currency": "EUR"}
    own_id = (await client.post("/api/v1/assets", json=own)).raise_for_status().json()["id"]
    await client.put(f"/api/v1/assets/{own_id}/prices", json={"items": [{"day": "2025-01-02", "close": "10"}]})
    used = (await _simulated(client))["NLYE"]["id"]
    reversed_only = (await _simulated(client))["ALBT"]["id"]
    trades = [
        {"type": "buy", "day": "2025-02-03", "asset_id": asset, "quantity": "1", "unit_price": "10"}
        for asset in (used, own_id, reversed_only)
    ]
    answer = await client.post(f"/api/v1/portfolios/{mine}/transactions:batch", json={"transactions": trades})
    last = answer.raise_for_status().json()["ids"][-1]
    (await client.post(f"/api/v1/transactions/{last}/reversal", json={})).raise_for_status()
    before = await _get(client, f"/portfolios/{mine}/holdings")

    assert (await client.delete("/api/v1/demo")).status_code == 204

    assert [item["id"] for item in (await _get(client, "/portfolios"))["items"]] == [mine]
    assert await _get(client, f"/portfolios/{mine}/holdings") == before
    assert sorted(await _simulated(client)) == ["ALBT", "NLYE"]
    assert len((await _get(client, f"/assets/{used}/prices"))["items"]) > 1_000
    assert len((await _get(client, f"/assets/{own_id}/prices"))["items"]) == 1
    assert await _rows(server, (await _caller(neighbour)).tenant_id) == theirs


async def test_days_pass_and_prices_follow(api, database, server):
    client = await api.sign_up()
    caller = await _caller(client)
    await _add(client)
    whole = server.query("SELECT day, close FROM prices WHERE tenant_id = %s ORDER BY asset_id, day", caller.tenant_id)
    queued = "SELECT count(*) FROM pgqueuer WHERE entrypoint = %s AND convert_from(payload, 'UTF8') LIKE %s"
    assert server.query(queued, simulated.EXTEND, f"%{caller.tenant_id}%") == [(1,)]
    today = datetime.now(UTC).date().isoformat()
    # As if the demo had been added ten days ago, and the user had set one price since.
    server.query("DELETE FROM prices WHERE tenant_id = %s AND day > %s::date - 10", caller.tenant_id, today)
    job = JobContext(database, simulated.EXTEND, uuid4(), caller.tenant_id, {})
    server.query(
        "INSERT INTO job_states (tenant_id, id, name, state) VALUES (%s, %s, %s, 'running')",
        job.tenant_id, job.job_id, job.name,
    )  # fmt: skip
    await jobs.extend_simulated_prices(job)
    extended = server.query(
        "SELECT day, close FROM prices WHERE tenant_id = %s ORDER BY asset_id, day", caller.tenant_id
    )
    assert extended == whole
    assert server.query(
        "SELECT count(*) FROM price_years y WHERE tenant_id = %s AND cardinality(days) <> (SELECT count(*) FROM prices p"
        " WHERE p.asset_id = y.asset_id AND extract(year FROM p.day) = y.year)",
        caller.tenant_id,
    ) == [(0,)]
    assert server.query(queued, simulated.EXTEND, f"%{caller.tenant_id}%") == [(1,)]
    await client.delete("/api/v1/demo")
    async with database.write(caller.tenant_id) as session:
        await simulated.extend_simulated_prices(session, caller.tenant_id)
    assert (await _rows(server, caller.tenant_id))["prices"] == 0


async def test_nobody_adds_it_without_signing_in(api):
    assert (await api.anonymous().post("/api/v1/demo")).status_code == 401
