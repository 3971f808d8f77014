"""Prices on both sides of a split: as traded, and in units of today, whoever told of the split."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from finsage.market.service import splits
from finsage.market.service.splits import AssetSplit

pytestmark = pytest.mark.anyio
SPLIT_ADJUSTED = {"prices_are": "split_adjusted"}


def day_ago(days: int) -> Any:
    return datetime.now(UTC).date() - timedelta(days=days)


async def priced(client: httpx.AsyncClient, *closes: tuple[int, str]) -> str:
    """An asset with closes of so many days ago."""
    draft = {"symbol": f"S{uuid4().hex[:8]}", "name": "Works", "asset_class": "equity", "currency": "EUR"}
    asset = (await client.post("/api/v1/assets", json=draft)).raise_for_status().json()["id"]
    items = [{"day": str(day_ago(days)), "close": close} for days, close in closes]
    (await client.put(f"/api/v1/assets/{asset}/prices", json={"items": items})).raise_for_status()
    return str(asset)


async def portfolio_of(client: httpx.AsyncClient) -> str:
    answer = await client.post("/api/v1/portfolios", json={"name": uuid4().hex, "base_currency": "EUR"})
    return f"/api/v1/portfolios/{answer.raise_for_status().json()['id']}"


async def book(client: httpx.AsyncClient, portfolio: str, asset: str, kind: str, days: int, **more: str) -> str:
    draft = {"type": kind, "asset_id": asset, "day": str(day_ago(days)), **more}
    answer = await client.post(f"{portfolio}/transactions", json=draft)
    return str(answer.raise_for_status().json()["id"])


async def read(client: httpx.AsyncClient, asset: str, what: str = "prices", **more: str) -> Any:
    return (await client.get(f"/api/v1/assets/{asset}/{what}", params=more)).raise_for_status().json()


def closes(history: Any) -> list[str]:
    return [item["close"] for item in history["items"]]


async def test_closes_are_in_units_of_today_where_the_books_know_of_a_split(api):
    client = await api.sign_up()
    asset, portfolio = (
        await priced(client, (9, "400"), (5, "402"), (4, "100.5"), (1, "101")),
        await portfolio_of(client),
    )
    await book(client, portfolio, asset, "buy", 9, quantity="10", unit_price="400")
    before = await read(client, asset, **SPLIT_ADJUSTED)
    assert (before["prices_are"], before["splits"], closes(before)) == (
        "split_adjusted", [], ["400", "402", "100.5", "101"],
    )  # fmt: skip

    booked = await book(client, portfolio, asset, "split", 4, ratio="4")
    told = {"day": str(day_ago(4)), "units_before": "1", "units_after": "4", "source": "ledger"}
    after = await read(client, asset, **SPLIT_ADJUSTED)
    assert (after["splits"], closes(after)) == ([told], ["100", "100.5", "100.5", "101"])
    traded = await read(client, asset)
    assert (traded["prices_are"], traded["splits"]) == ("as_traded", [told])
    assert closes(traded) == ["400", "402", "100.5", "101"]
    # What is asked for ends before the split: the units of today have it all the same.
    part = await read(client, asset, to=str(day_ago(5)), **SPLIT_ADJUSTED)
    assert closes(part) == ["100", "100.5"]

    # Another portfolio's own record of it, settled a day later, is the same split.
    other = await portfolio_of(client)
    await book(client, other, asset, "buy", 9, quantity="1", unit_price="400")
    twin = await book(client, other, asset, "split", 3, ratio="4")
    assert (await read(client, asset, **SPLIT_ADJUSTED))["splits"] == [told]

    # Taken back in both, it never was.
    for one in (booked, twin):
        (await client.post(f"/api/v1/transactions/{one}/reversal", json={})).raise_for_status()
    undone = await read(client, asset, **SPLIT_ADJUSTED)
    assert (undone["splits"], closes(undone)) == ([], ["400", "402", "100.5", "101"])


async def test_what_is_told_of_a_split_stands_before_the_books_and_one_to_come_does_not_count(api, database):
    client, other = await api.sign_up(), await api.sign_up()
    asset, portfolio = await priced(client, (9, "10"), (5, "30"), (4, "31")), await portfolio_of(client)
    tenant = UUID((await client.get("/api/v1/me")).json()["tenant"]["id"])
    async with database.write(tenant) as session:
        of_asset = [
            AssetSplit(day_ago(6), Decimal(3), Decimal(1), "yahoo"),
            AssetSplit(day_ago(-3), Decimal(1), Decimal(2), "yahoo"),
        ]
        await splits.put_splits(session, tenant, UUID(asset), of_asset, (day_ago(20), day_ago(-5)))
    await book(client, portfolio, asset, "buy", 9, quantity="30", unit_price="10")
    await book(client, portfolio, asset, "split", 5, ratio="0.3333333333")
    found = await read(client, asset, **SPLIT_ADJUSTED)
    assert found["splits"] == [{"day": str(day_ago(6)), "units_before": "3", "units_after": "1", "source": "yahoo"}]
    assert closes(found) == ["30", "30", "31"]
    # Asked again, the provider no longer tells of it.
    async with database.write(tenant) as session:
        await splits.put_splits(session, tenant, UUID(asset), [], (day_ago(20), day_ago(0)))
    assert [one["source"] for one in (await read(client, asset))["splits"]] == ["ledger"]
    assert (await other.get(f"/api/v1/assets/{asset}/prices", params=SPLIT_ADJUSTED)).status_code == 404


async def test_candles_and_the_move_on_a_watchlist_are_right_across_a_split(api, server):
    client = await api.sign_up()
    asset, portfolio = await priced(client, (2, "400"), (1, "110")), await portfolio_of(client)
    await book(client, portfolio, asset, "buy", 2, quantity="10", unit_price="400")
    await book(client, portfolio, asset, "split", 1, ratio="4")
    for days, price, volume in ((2, "400", "12"), (1, "110", None)):
        start = datetime.combine(day_ago(days), datetime.min.time(), UTC)
        server.query(
            "INSERT INTO candles SELECT tenant_id, id, 86400, %s, %s, %s, %s, %s, %s, %s, %s, true, true"
            " FROM assets WHERE id = %s",
            start, price, price, price, price, volume, start, start, asset,
        )  # fmt: skip
    found = await read(client, asset, "candles", **SPLIT_ADJUSTED)
    assert [(one["open"], one["low"], one["close"], one["volume"]) for one in found["items"]] == [
        ("100", "100", "100", "48"), ("110", "110", "110", None),
    ]  # fmt: skip
    assert (found["prices_are"], len(found["splits"])) == ("split_adjusted", 1)
    traded = await read(client, asset, "candles")
    assert ([one["close"] for one in traded["items"]], traded["prices_are"]) == (["400", "110"], "as_traded")

    watchlist = (await client.post("/api/v1/watchlists", json={"name": "Ideas"})).json()["id"]
    await client.post(f"/api/v1/watchlists/{watchlist}/items", json={"asset_id": asset})
    [shown] = (await client.get(f"/api/v1/watchlists/{watchlist}")).raise_for_status().json()["items"]
    assert shown["day_return"] == pytest.approx(0.1)
    assert shown["price_history"] == [100, 110]


async def test_the_simulated_market_tells_of_its_split(api):
    client = await api.sign_up()
    (await client.post("/api/v1/demo")).raise_for_status()
    [asset] = (await client.get("/api/v1/assets", params={"query": "BRSW"})).json()["items"]
    found = await read(client, asset["id"], **SPLIT_ADJUSTED)
    assert [(one["day"], one["units_after"], one["source"]) for one in found["splits"]] == [
        ("2025-06-09", "4", "simulated")
    ]
    values = [float(close) for close in closes(found)]
    assert max(after / before for before, after in pairwise(values)) < 1.5
    assert min(after / before for before, after in pairwise(values)) > 0.7
