"""Watchlists: kept in their order, with prices and their age, of one tenant alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from finsage.market.service.splits import AssetSplit, put_splits

pytestmark = pytest.mark.anyio
LISTS = "/api/v1/watchlists"


async def add(client: httpx.AsyncClient, *closes: tuple[int, str], asset_class: str = "equity") -> str:
    """An asset with closes of so many days ago."""
    draft = {"symbol": f"W{uuid4().hex[:8]}", "name": "Watched", "asset_class": asset_class, "currency": "EUR"}
    asset = (await client.post("/api/v1/assets", json=draft)).raise_for_status().json()["id"]
    if closes:
        items = [{"day": str(day_ago(days)), "close": close} for days, close in closes]
        (await client.put(f"/api/v1/assets/{asset}/prices", json={"items": items})).raise_for_status()
    return str(asset)


def day_ago(days: int) -> Any:
    return datetime.now(UTC).date() - timedelta(days=days)


async def create(client: httpx.AsyncClient, name: str) -> str:
    return str((await client.post(LISTS, json={"name": name})).raise_for_status().json()["id"])


async def names(client: httpx.AsyncClient) -> list[str]:
    return [one["name"] for one in (await client.get(LISTS)).raise_for_status().json()["items"]]


async def test_lists_are_added_renamed_moved_and_deleted(api):
    client = await api.sign_up()
    assert await names(client) == []
    first, second, third = [await create(client, name) for name in ("A", "B", "C")]
    assert await names(client) == ["A", "B", "C"]
    moved = await client.patch(f"{LISTS}/{third}", json={"position": 0, "name": "Coins"})
    assert (moved.status_code, moved.json()["name"]) == (200, "Coins")
    assert await names(client) == ["Coins", "A", "B"]
    assert (await client.delete(f"{LISTS}/{first}")).status_code == 204
    assert await names(client) == ["Coins", "B"]
    assert (await client.get(f"{LISTS}/{first}")).status_code == 404
    assert (await client.patch(f"{LISTS}/{second}", json={"color": "red"})).status_code == 422


async def test_a_list_shows_prices_their_move_and_their_age_in_its_order(api):
    client = await api.sign_up()
    old = await add(client, (40, "10"), (30, "12"))
    fresh = await add(client, (4, "100"), (1, "99"), (0, "110"))
    bare = await add(client)
    watchlist = await create(client, "Ideas")
    for asset in (old, fresh, bare):
        answer = await client.post(f"{LISTS}/{watchlist}/items", json={"asset_id": asset})
    assert answer.json()["asset_ids"] == [old, fresh, bare]
    again = await client.post(f"{LISTS}/{watchlist}/items", json={"asset_id": old})
    assert again.json()["asset_ids"] == [old, fresh, bare]
    (await client.put(f"{LISTS}/{watchlist}/items", json={"asset_ids": [fresh, bare, old]})).raise_for_status()
    shown = (await client.get(f"{LISTS}/{watchlist}")).raise_for_status().json()["items"]
    assert [item["asset"]["id"] for item in shown] == [fresh, bare, old]
    one, two, three = shown
    assert one["asset"]["latest_price"] == {
        "price": "110", "currency": "EUR", "as_of": str(day_ago(0)), "age_days": 0, "is_stale": False,
    }  # fmt: skip
    assert one["day_return"] == pytest.approx(110 / 99 - 1)
    assert (one["day_return_since"], one["price_history"]) == (str(day_ago(1)), [100, 99, 110])
    assert (two["asset"]["latest_price"], two["day_return"], two["price_history"]) == (None, None, [])
    assert (three["asset"]["latest_price"]["age_days"], three["asset"]["latest_price"]["is_stale"]) == (30, True)
    gone = await client.delete(f"{LISTS}/{watchlist}/items/{bare}")
    assert gone.json()["asset_ids"] == [fresh, old]


async def test_a_close_from_before_the_days_that_are_shown_is_in_units_of_today(api, database):
    client = await api.sign_up()
    tenant = UUID((await client.get("/api/v1/me")).json()["tenant"]["id"])
    asset = await add(client, (90, "400"), (5, "110"))
    async with database.write(tenant) as session:
        told = [AssetSplit(day_ago(75), Decimal(1), Decimal(4), "yahoo")]
        await put_splits(session, tenant, UUID(asset), told, (day_ago(100), day_ago(0)))
    watchlist = await create(client, "Split")
    await client.post(f"{LISTS}/{watchlist}/items", json={"asset_id": asset})
    [shown] = (await client.get(f"{LISTS}/{watchlist}")).json()["items"]
    assert shown["day_return"] == pytest.approx(0.1)
    assert shown["price_history"] == [100.0, 110.0]


async def test_what_is_no_asset_of_ones_own_or_comes_twice_is_refused_with_its_place(api):
    client, other = await api.sign_up(), await api.sign_up()
    mine, theirs = await add(client), await add(other)
    watchlist = await create(client, "Ideas")
    put = await client.put(f"{LISTS}/{watchlist}/items", json={"asset_ids": [mine, theirs, mine]})
    assert put.status_code == 422
    assert [fault["pointer"] for fault in put.json()["errors"]] == ["/asset_ids/1", "/asset_ids/2"]
    assert (await client.get(f"{LISTS}/{watchlist}")).json()["asset_ids"] == []


async def test_another_tenants_list_is_neither_seen_nor_changed(api, server):
    client, other = await api.sign_up(), await api.sign_up()
    watchlist = await create(client, "Mine")
    assert await names(other) == []
    for answer in (
        await other.get(f"{LISTS}/{watchlist}"),
        await other.patch(f"{LISTS}/{watchlist}", json={"name": "Theirs"}),
        await other.delete(f"{LISTS}/{watchlist}"),
        await other.post(f"{LISTS}/{watchlist}/items", json={"asset_id": str(uuid4())}),
    ):
        assert answer.status_code == 404
    assert server.query("SELECT name FROM watchlists WHERE id = %s", watchlist) == [("Mine",)]
    assert (await api.anonymous().get(LISTS)).status_code == 401


async def test_a_list_with_an_asset_that_is_gone_can_be_changed(api, server):
    client = await api.sign_up()
    (await client.post("/api/v1/demo")).raise_for_status()
    simulated = [item["id"] for item in (await client.get("/api/v1/assets?query=BRSW")).json()["items"]]
    kept, more = await add(client), await add(client)
    watchlist = await create(client, "Ideas")
    for asset in (*simulated, kept):
        (await client.post(f"{LISTS}/{watchlist}/items", json={"asset_id": asset})).raise_for_status()
    (await client.delete("/api/v1/demo")).raise_for_status()
    assert (await client.get(f"{LISTS}/{watchlist}")).json()["asset_ids"] == [kept]
    # One that went in any other way is no obstacle either.
    server.query(
        "INSERT INTO watchlist_items (tenant_id, watchlist_id, asset_id, position)"
        " SELECT tenant_id, id, %s, 7 FROM watchlists WHERE id = %s",
        uuid4(), watchlist,
    )  # fmt: skip
    added = await client.post(f"{LISTS}/{watchlist}/items", json={"asset_id": more})
    assert added.json()["asset_ids"] == [kept, more]
    assert (await client.delete(f"{LISTS}/{watchlist}/items/{kept}")).json()["asset_ids"] == [more]
