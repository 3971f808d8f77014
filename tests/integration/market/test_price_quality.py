"""How good prices are: their sources, the age of the last one from what is stored, and what was put aside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from support import Api, Server

from finsage.app import build_app
from finsage.platform.database import Database

pytestmark = pytest.mark.anyio


async def add(client: httpx.AsyncClient, *days_ago: int) -> str:
    draft = {"symbol": f"Q{uuid4().hex[:8]}", "name": "Coin", "asset_class": "crypto", "currency": "EUR"}
    asset = (await client.post("/api/v1/assets", json=draft)).raise_for_status().json()["id"]
    today = datetime.now(UTC).date()
    items = [{"day": str(today - timedelta(days=days)), "close": "10"} for days in days_ago]
    if items:
        (await client.put(f"/api/v1/assets/{asset}/prices", json={"items": items})).raise_for_status()
    return str(asset)


async def read(client: httpx.AsyncClient, asset: str) -> Any:
    return (await client.get(f"/api/v1/assets/{asset}/price-quality")).raise_for_status().json()


async def test_an_asset_nobody_is_asked_for_has_what_was_entered(api: Api):
    client = await api.sign_up()
    found = await read(client, await add(client, 9, 2))
    assert (found["age_days"], found["is_stale"], found["is_followed"]) == (2, False, False)
    assert [(one["source"], one["closes"]) for one in found["sources"]] == [("manual", 2)]
    bare = await read(client, await add(client))
    assert (bare["price"], bare["age_days"], bare["is_stale"], bare["sources"]) == (None, None, True, [])


async def test_the_age_is_that_of_the_stored_quote_and_a_restart_makes_it_no_younger(
    api: Api, server: Server, database: Database, settings
):
    client = await api.sign_up()
    asset = await add(client, 40, 5)
    at = datetime.now(UTC) - timedelta(days=5)
    server.query(
        "INSERT INTO asset_refreshes (tenant_id, asset_id, asked_at, provider, as_of, problem)"
        " SELECT tenant_id, id, now(), 'coingecko', %s, 'coingecko: It does not answer.' FROM assets WHERE id = %s",
        at, asset,
    )  # fmt: skip
    found = await read(client, asset)
    assert (found["age_days"], found["is_stale"]) == (5, True)
    assert datetime.fromisoformat(found["quoted_at"]) == at
    assert (found["provider"], found["problem"]) == ("coingecko", "coingecko: It does not answer.")
    again = build_app(settings, database)
    try:
        fresh = Api(again).anonymous()
        fresh.headers["Authorization"] = client.headers["Authorization"]
        assert await read(fresh, asset) == found
        told = (await fresh.get(f"/api/v1/assets/{asset}")).json()["latest_price"]
        assert (told["age_days"], told["is_stale"]) == (5, True)
        await fresh.aclose()
    finally:
        again.close()


async def test_what_was_put_aside_is_listed_undecided_first(api: Api, server: Server):
    client = await api.sign_up()
    asset = await add(client, 1)
    for state, reason in (("dismissed", "jump"), ("open", "wrong_currency")):
        server.query(
            "INSERT INTO quarantined_prices"
            " (tenant_id, id, asset_id, provider, day, value, currency, reason, detail, content_hashes, state)"
            " SELECT tenant_id, %s, id, 'coingecko', '2024-01-02', '1000', 'EUR', %s, 'Too far.', '{}', %s"
            " FROM assets WHERE id = %s",
            uuid4(), reason, state, asset,
        )  # fmt: skip
    found = (await read(client, asset))["quarantine"]
    assert [(one["state"], one["reason"]) for one in found] == [("open", "wrong_currency"), ("dismissed", "jump")]
    stranger = await api.sign_up()
    assert (await stranger.get(f"/api/v1/assets/{asset}/price-quality")).status_code == 404
