"""The search: here and at providers, each asset once, failures named, and a found asset added with its history."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from replay import coingecko
from replay.server import FAULTS, Asked, ReplayServer, Reply
from support import Api

from finsage.app import build_app
from finsage.market.service import backfill, refresh
from finsage.platform.database import Database
from finsage.platform.jobs import JobContext
from finsage.platform.outside import Outside
from finsage.platform.settings import load_settings

pytestmark = pytest.mark.anyio


class Gecko(ReplayServer):
    """CoinGecko, which a test may break."""

    def __init__(self) -> None:
        super().__init__(self._reply)
        self.fault: str | None = None

    def _reply(self, asked: Asked) -> Reply:
        return FAULTS[self.fault](Reply()) if self.fault else coingecko.answer(asked)


@pytest.fixture(scope="module")
def gecko() -> Iterator[Gecko]:
    with Gecko() as server:
        yield server


@pytest.fixture(scope="module")
async def application(database: Database, gecko: Gecko, tmp_path_factory, quiet_logs: None) -> AsyncIterator[Any]:
    folder: Path = tmp_path_factory.mktemp("search")
    settings = load_settings(
        {
            "FINSAGE_PROVIDERS": "coingecko",
            "FINSAGE_PROVIDER_URLS": f"coingecko={gecko.url}",
            "FINSAGE_LOCAL_HOSTS": f"127.0.0.1:{gecko.port}",
            "FINSAGE_COINGECKO_PLAN": "pro",
            "FINSAGE_COINGECKO_KEY": "key",
        },
        data_dir=folder,
        address_limit_per_minute=1_000_000,
        address_limit_burst=100_000,
    )
    application = build_app(settings, database)
    yield application
    application.close()
    await application.outside.aclose()


async def search(client: httpx.AsyncClient, query: str, **more: Any) -> Any:
    answer = await client.get("/api/v1/market/search", params={"query": query, **more})
    return answer.raise_for_status().json()


async def test_what_a_provider_finds_is_added_with_its_name_there_and_its_history(api: Api, database, application):
    client = await api.sign_up()
    found = await search(client, "bitcoin")
    assert (found["asked"], found["failures"]) == (["coingecko"], [])
    first = found["items"][0]
    assert (first["symbol"], first["asset_id"], first["currency"]) == ("BTC", None, None)
    assert first["identifiers"] == [{"scheme": "coingecko", "value": "bitcoin"}]
    draft = {name: first[name] for name in ("symbol", "name", "asset_class", "isin", "mic", "identifiers")}
    added = (await client.post("/api/v1/assets", json={**draft, "currency": "EUR"})).raise_for_status().json()
    job = (await client.get(f"/api/v1/jobs/{added['job_id']}")).json()
    assert (job["name"], job["state"]) == ("market.backfill_asset", "queued")
    tenant = UUID((await client.get("/api/v1/me")).json()["tenant"]["id"])
    outside: Outside = application.outside
    payload = {"asset_id": added["id"], "days": 30}
    await backfill.backfill(JobContext(database, refresh.BACKFILL, uuid4(), tenant, payload, outside=outside))
    assert (await client.get(f"/api/v1/assets/{added['id']}/prices")).json()["items"] != []
    again = await search(client, "bitcoin")
    assert [(item["asset_id"], item["providers"]) for item in again["items"] if item["symbol"] == "BTC"] == [
        (added["id"], ["coingecko"])
    ]
    # Somebody else has not got it.
    other = await search(await api.sign_up(), "bitcoin")
    assert other["items"][0]["asset_id"] is None


async def test_an_asset_under_another_name_here_is_known_by_its_identity(api: Api):
    client = await api.sign_up()
    draft = {"symbol": "GOLD2", "name": "Savings", "asset_class": "crypto", "currency": "EUR",
             "identifiers": [{"scheme": "coingecko", "value": "bitcoin"}]}  # fmt: skip
    mine = (await client.post("/api/v1/assets", json=draft)).raise_for_status().json()["id"]
    found = await search(client, "bitcoin")
    assert mine in [item["asset_id"] for item in found["items"]]
    assert [item for item in found["items"] if item["symbol"] == "BTC" and item["asset_id"] is None] == []


async def test_what_was_merged_into_another_asset_shows_as_that_one(api: Api, application):
    client = await api.sign_up()

    async def add(symbol: str) -> str:
        draft = {"symbol": symbol, "name": "Coin", "asset_class": "crypto", "currency": "EUR"}
        return str((await client.post("/api/v1/assets", json=draft)).raise_for_status().json()["id"])

    old, into = await add("XBT"), await add("MYBTC")
    names = {"items": [{"scheme": "coingecko", "value": "bitcoin"}]}
    (await client.put(f"/api/v1/assets/{old}/identifiers", json=names)).raise_for_status()
    (await client.post(f"/api/v1/assets/{old}/merge", json={"into_id": into})).raise_for_status()
    found = await search(client, "bitcoin")
    assert [item["asset_id"] for item in found["items"] if item["asset_id"]] == [into]
    [kept] = [item for item in found["items"] if item["asset_id"]]
    assert kept["providers"] == ["coingecko"]


async def test_without_providers_or_for_one_letter_nobody_outside_is_asked(api: Api, gecko: Gecko):
    client = await api.sign_up()
    before = len(gecko.asked)
    assert (await search(client, "zzzz", providers=False))["asked"] == []
    assert (await search(client, "b"))["asked"] == []
    assert len(gecko.asked) == before


@pytest.mark.parametrize("fault", ["failed", "html", "cut"])
async def test_a_provider_that_fails_is_named_and_what_is_kept_is_still_found(api: Api, gecko: Gecko, fault: str):
    client = await api.sign_up()
    symbol = f"F{uuid4().hex[:8]}"
    draft = {"symbol": symbol, "name": "Fund", "asset_class": "fund", "currency": "EUR"}
    (await client.post("/api/v1/assets", json=draft)).raise_for_status()
    gecko.fault = fault
    try:
        found = await search(client, symbol)
    finally:
        gecko.fault = None
    assert [item["symbol"] for item in found["items"]] == [symbol]
    assert [one["provider"] for one in found["failures"]] == ["coingecko"]
    assert found["failures"][0]["problem"]
    assert found["failures"][0]["detail"]


async def test_an_asset_with_an_identifier_of_a_wrong_form_is_not_added(api: Api):
    client = await api.sign_up()
    draft = {"symbol": "WRONG", "name": "Wrong", "asset_class": "crypto", "currency": "EUR",
             "identifiers": [{"scheme": "coingecko", "value": "../x"}]}  # fmt: skip
    answer = await client.post("/api/v1/assets", json=draft)
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/identifiers/0/value"]
    assert (await client.get("/api/v1/assets", params={"query": "WRONG"})).json()["items"] == []
