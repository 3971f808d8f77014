"""What was the one asset's is the other's once they are one: targets, providers, candles, splits, names in lists."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from finsage.market.identifiers import PRICED_BY
from finsage.market.service.matrix import price_matrix
from finsage.market.service.splits import AssetSplit, put_splits
from finsage.market.store import refreshes

pytestmark = pytest.mark.anyio
API = "/api/v1"
DAY = date(2024, 1, 2)


async def add(client: httpx.AsyncClient, **fields: str) -> str:
    draft = {"symbol": f"M{uuid4().hex[:8]}", "name": "Works", "asset_class": "equity", "currency": "EUR", **fields}
    return str((await client.post(f"{API}/assets", json=draft)).raise_for_status().json()["id"])


async def price(client: httpx.AsyncClient, asset: str, *closes: tuple[int, str]) -> None:
    items = [{"day": str(DAY + timedelta(days=days)), "close": close} for days, close in closes]
    (await client.put(f"{API}/assets/{asset}/prices", json={"items": items})).raise_for_status()


async def name(client: httpx.AsyncClient, asset: str, **names: str) -> None:
    items = [{"scheme": scheme, "value": value} for scheme, value in names.items()]
    (await client.put(f"{API}/assets/{asset}/identifiers", json={"items": items})).raise_for_status()


async def merge(client: httpx.AsyncClient, asset: str, into: str) -> None:
    (await client.post(f"{API}/assets/{asset}/merge", json={"into_id": into})).raise_for_status()


async def unmerge(client: httpx.AsyncClient, asset: str) -> None:
    (await client.delete(f"{API}/assets/{asset}/merge")).raise_for_status()


async def read(client: httpx.AsyncClient, path: str, **query: str) -> Any:
    return (await client.get(f"{API}{path}", params=query)).raise_for_status().json()


async def tenant_of(client: httpx.AsyncClient) -> UUID:
    return UUID((await read(client, "/me"))["tenant"]["id"])


async def closes(client: httpx.AsyncClient, asset: str) -> list[str]:
    return [item["close"] for item in (await read(client, f"/assets/{asset}/prices"))["items"]]


async def test_closes_that_were_taken_over_go_back_to_whom_they_came_from(api, database):
    client = await api.sign_up()
    into, one, other = [await add(client) for _ in range(3)]
    await price(client, into, (0, "10"))
    await price(client, one, (1, "11"), (2, "12"), (3, "13"))
    await price(client, other, (2, "12"), (4, "14"))
    await merge(client, one, into)
    await merge(client, other, into)
    assert await closes(client, into) == ["10", "11", "12", "13", "14"]
    # What was corrected since does not stay behind, what the other has too is not lost.
    await price(client, one, (1, "11.5"))
    tenant = await tenant_of(client)
    async with database.read(tenant) as session:
        before = await price_matrix(session, [UUID(into)], DAY, DAY + timedelta(days=9))
    await unmerge(client, one)
    assert await closes(client, into) == ["10", "12", "14"]
    async with database.read(tenant) as session:
        after = await price_matrix(session, [UUID(into)], DAY, DAY + timedelta(days=9))
    assert (before.closes[:, 0].tolist(), after.closes[:, 0].tolist()) == ([10, 11, 12, 13, 14], [10, 12, 14])
    await unmerge(client, other)
    assert await closes(client, into) == ["10"]
    assert await closes(client, one) == ["11.5", "12", "13"]


async def test_providers_are_asked_for_the_one_that_is_left_by_the_names_of_both(api, database):
    client = await api.sign_up()
    into, old = await add(client), await add(client)
    await name(client, old, stooq="old.us", yahoo="OLD")
    await name(client, into, yahoo="NEW")
    await merge(client, old, into)
    tenant = await tenant_of(client)
    async with database.read(tenant) as session:
        named = await refreshes.named(session, tenant, PRICED_BY)
        known = await refreshes.known(session, tenant, UUID(into), PRICED_BY)
    assert [(one.asset_id, one.keys) for one in named] == [(UUID(into), (("yahoo", "NEW"), ("stooq", "old.us")))]
    assert known == named[0]
    followed = (await read(client, "/data-health"))["assets"]
    assert [one["asset_id"] for one in followed] == [into]
    await unmerge(client, old)
    async with database.read(tenant) as session:
        named = await refreshes.named(session, tenant, PRICED_BY)
    assert {one.asset_id: one.keys for one in named} == {
        UUID(into): (("yahoo", "NEW"),), UUID(old): (("stooq", "old.us"), ("yahoo", "OLD")),
    }  # fmt: skip


async def test_candles_and_splits_of_both_are_read(api, database, server):
    client = await api.sign_up()
    into, old = await add(client), await add(client)
    tenant = await tenant_of(client)
    for asset, days, close in ((old, 0, "40"), (old, 1, "41"), (into, 1, "10.5"), (into, 2, "10.6")):
        start = datetime.combine(DAY + timedelta(days=days), time(), UTC)
        server.query(
            "INSERT INTO candles VALUES (%s, %s, 86400, %s, %s, %s, %s, %s, NULL, %s, %s, true, true)",
            tenant, UUID(asset), start, close, close, close, close, start, start,
        )  # fmt: skip
    async with database.write(tenant) as session:
        told = [AssetSplit(DAY + timedelta(days=1), Decimal(1), Decimal(4), "yahoo")]
        await put_splits(session, tenant, UUID(old), told, (DAY, DAY + timedelta(days=9)))
    await merge(client, old, into)
    found = await read(client, f"/assets/{into}/candles", prices_are="split_adjusted")
    assert [one["close"] for one in found["items"]] == ["10", "10.5", "10.6"]
    await unmerge(client, old)
    assert [one["close"] for one in (await read(client, f"/assets/{into}/candles"))["items"]] == ["10.5", "10.6"]


async def test_targets_follow_and_come_back(api):
    client = await api.sign_up()
    into, old, third = [await add(client) for _ in range(3)]
    portfolio = (await client.post(f"{API}/portfolios", json={"name": "P", "base_currency": "EUR"})).json()["id"]
    weights = {into: "0.2", old: "0.3", third: "0.5"}
    body = {"by": "asset", "items": [{"key": key, "weight": weight} for key, weight in weights.items()]}
    put = await client.put(f"{API}/portfolios/{portfolio}/targets", json=body)
    assert put.is_success, put.text

    async def targets() -> dict[str, str]:
        items = (await read(client, f"/portfolios/{portfolio}/targets"))["asset"]
        return {item["key"]: item["weight"] for item in items}

    assert await targets() == weights
    await merge(client, old, into)
    assert await targets() == {into: "0.5", third: "0.5"}
    await unmerge(client, old)
    assert await targets() == weights


async def test_transactions_are_found_by_any_name_of_their_asset(api):
    client = await api.sign_up()
    into, old = await add(client, symbol="NEWCO", name="New Company"), await add(client, symbol="OLDCO")
    portfolio = (await client.post(f"{API}/portfolios", json={"name": "P", "base_currency": "EUR"})).json()["id"]
    path = f"/portfolios/{portfolio}/transactions"
    bought = {"type": "buy", "day": str(DAY), "asset_id": old, "quantity": "5", "unit_price": "10"}
    (await client.post(f"{API}{path}", json=bought)).raise_for_status()

    async def found(query: str) -> int:
        return len((await read(client, path, query=query))["items"])

    assert [await found(query) for query in ("oldco", "newco")] == [1, 0]
    await merge(client, old, into)
    assert [await found(query) for query in ("oldco", "newco", "zzz")] == [1, 1, 0]
    await unmerge(client, old)
    assert [await found(query) for query in ("oldco", "newco")] == [1, 0]
    (await client.patch(f"{API}/assets/{old}", json={"symbol": "OLDER"})).raise_for_status()
    assert [await found(query) for query in ("oldco", "older")] == [1, 1]


async def test_a_search_shows_the_one_that_is_left(api):
    client = await api.sign_up()
    into, old = await add(client, symbol="NEWS"), await add(client, symbol="OLDS", isin="US0378331005")
    await merge(client, old, into)
    found = await read(client, "/market/search", query="OLDS")
    assert [item["asset_id"] for item in found["items"]] == [into]
