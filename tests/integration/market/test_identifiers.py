"""What an asset is called at providers: kept in the order given, checked by form, of one's own assets alone."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest

pytestmark = pytest.mark.anyio
BITCOIN = [
    {"scheme": "coingecko", "value": "bitcoin"},
    {"scheme": "yahoo", "value": "BTC-EUR"},
    {"scheme": "caip19", "value": "bip122:000000000019d6689c085ae165831e93/slip44:0"},
]


async def add(client: httpx.AsyncClient) -> str:
    draft = {"symbol": f"B{uuid4().hex[:8]}", "name": "Bitcoin", "asset_class": "crypto", "currency": "EUR"}
    return str((await client.post("/api/v1/assets", json=draft)).raise_for_status().json()["id"])


async def put(client: httpx.AsyncClient, asset: str, items: list[dict[str, str]]) -> httpx.Response:
    return await client.put(f"/api/v1/assets/{asset}/identifiers", json={"items": items})


async def read(client: httpx.AsyncClient, asset: str) -> Any:
    return (await client.get(f"/api/v1/assets/{asset}/identifiers")).raise_for_status().json()["items"]


async def test_identifiers_are_replaced_as_a_whole_and_keep_their_order(api):
    client = await api.sign_up()
    asset = await add(client)
    assert await read(client, asset) == []
    kept = (await put(client, asset, BITCOIN)).json()
    assert kept["items"] == BITCOIN
    job = (await client.get(f"/api/v1/jobs/{kept['job_id']}")).json()
    assert (job["name"], job["state"]) == ("market.backfill_asset", "queued")
    assert (await put(client, asset, BITCOIN[2:])).json() == {"items": BITCOIN[2:], "job_id": None}
    turned = [BITCOIN[1], BITCOIN[0]]
    assert (await put(client, asset, turned)).status_code == 200
    assert await read(client, asset) == turned
    assert (await put(client, asset, [])).status_code == 200
    assert await read(client, asset) == []


@pytest.mark.parametrize(
    ("scheme", "value"),
    [("coingecko", "bit coin"), ("coingecko", "../search"), ("stooq", "a&b"), ("yahoo", "aapl"), ("exchanges", "BTC/EUR"),
     ("caip19", "eip155/slip44:60")],
)  # fmt: skip
async def test_a_value_of_another_form_is_refused_with_its_place(api, scheme: str, value: str):
    client = await api.sign_up()
    asset = await add(client)
    answer = await put(
        client, asset, [BITCOIN[2] if scheme != "caip19" else BITCOIN[0], {"scheme": scheme, "value": value}]
    )
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (422, "invalid-identifiers")
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/items/1/value"]
    assert await read(client, asset) == []


async def test_a_scheme_given_twice_and_an_asset_not_ones_own_are_refused(api, server):
    client = await api.sign_up()
    asset = await add(client)
    twice = await put(client, asset, [BITCOIN[0], {"scheme": "coingecko", "value": "ethereum"}])
    assert twice.json()["errors"][0]["pointer"] == "/items/1/scheme"
    public = uuid4()
    server.query(
        "INSERT INTO assets (tenant_id, id, symbol, name, asset_class, currency)"
        " VALUES ('00000000-0000-0000-0000-000000000000', %s, 'PUB', 'Public', 'equity', 'EUR')", public,
    )  # fmt: skip
    assert (await put(client, str(public), BITCOIN)).status_code == 409
    await client.post("/api/v1/demo")
    [simulated, *_] = server.query("SELECT id FROM assets WHERE is_simulated")
    assert (await put(client, str(simulated[0]), BITCOIN)).status_code == 409
    assert server.query("SELECT count(*) FROM asset_identifiers") == [(0,)]
