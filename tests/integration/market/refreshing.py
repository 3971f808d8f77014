"""Assets that have a name at providers, the replayed providers they are asked of, and a run that asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from replay import coingecko
from replay.server import FAULTS, Asked, ReplayServer, Reply
from support import Server

from finsage.market.service import refresh
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.database import Database
from finsage.platform.jobs import JobContext
from finsage.platform.outside import Outside
from finsage.platform.settings import load_settings


class Market(ReplayServer):
    """CoinGecko and Stooq at one address, with prices of this very moment that a test may set."""

    def __init__(self) -> None:
        super().__init__(self._reply)
        self.prices: dict[str, str] = {}
        self.as_of = datetime.now(UTC)
        self.is_coingecko_down = False
        self.is_stooq_silent = False

    def _reply(self, asked: Asked) -> Reply:
        if asked.path == "/q/l/":
            at = datetime.now(UTC) - timedelta(hours=3)
            rows = [f"{symbol.upper()},{at:%Y-%m-%d},{at:%H:%M:%S},1,1,1,77.5,1" for symbol in asked.query["s"].split()]
            if self.is_stooq_silent:
                rows = [f"{symbol.upper()},N/D,N/D,N/D,N/D,N/D,N/D,N/D" for symbol in asked.query["s"].split()]
            return Reply("\r\n".join(["Symbol,Date,Time,Open,High,Low,Close,Volume", *rows]).encode())
        if self.is_coingecko_down:
            return FAULTS["failed"](Reply())
        if asked.path != "/simple/price":
            return coingecko.answer(asked)
        unit, stamp = asked.query["vs_currencies"], int(self.as_of.timestamp())
        known = {key: self.prices.get(key, "100") for key in asked.query["ids"].split(",") if key != "unknown"}
        items = [f'"{key}": {{"{unit}": {price}, "last_updated_at": {stamp}}}' for key, price in known.items()]
        return Reply(("{" + ", ".join(items) + "}").encode(), headers={"content-type": "application/json"})


@asynccontextmanager
async def way_out(
    database: Database, market: Market, folder: Path, *, providers: str = "coingecko,stooq", **more: str
) -> AsyncIterator[Outside]:
    settings = load_settings(
        {
            "FINSAGE_PROVIDERS": providers,
            "FINSAGE_PROVIDER_URLS": f"coingecko={market.url},stooq={market.url}",
            "FINSAGE_LOCAL_HOSTS": f"127.0.0.1:{market.port}",
            "FINSAGE_COINGECKO_PLAN": "pro",
            "FINSAGE_COINGECKO_KEY": "key",
            **more,
        },
        data_dir=folder,
    )
    outside = Outside(settings, database)
    try:
        yield outside
    finally:
        await outside.aclose()


class Person:
    """Somebody with assets that have a name at providers."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def asset(self, *names: tuple[str, str], currency: str = "EUR", asset_class: str = "crypto") -> str:
        draft = {"symbol": uuid4().hex[:10], "name": "Coin", "asset_class": asset_class, "currency": currency}
        asset = (await self.client.post("/api/v1/assets", json=draft)).raise_for_status().json()["id"]
        items = [{"scheme": scheme, "value": value} for scheme, value in names]
        put = await self.client.put(f"/api/v1/assets/{asset}/identifiers", json={"items": items})
        self.job_id = put.raise_for_status().json()["job_id"]
        return str(asset)

    async def price(self, asset: str) -> Any:
        return (await self.client.get(f"/api/v1/assets/{asset}")).raise_for_status().json()["latest_price"]

    async def prices(self, asset: str) -> list[dict[str, Any]]:
        return list((await self.client.get(f"/api/v1/assets/{asset}/prices")).raise_for_status().json()["items"])

    async def tenant(self) -> UUID:
        return UUID((await self.client.get("/api/v1/me")).json()["tenant"]["id"])


async def run(database: Database, outside: Outside, server: Server) -> None:
    """A run as if the last one were hours ago."""
    server.query("UPDATE asset_refreshes SET asked_at = asked_at - interval '1 day'")
    job = JobContext(
        database, refresh.REFRESH, uuid4(), PUBLIC_TENANT, {"due_at": datetime.now(UTC).isoformat()}, outside=outside
    )
    await refresh.refresh(job)


def last_run(server: Server, columns: str) -> tuple[Any, ...]:
    [row] = server.query(f"SELECT {columns} FROM refresh_runs ORDER BY started_at DESC LIMIT 1")
    return row


async def health(person: Person) -> Any:
    return (await person.client.get("/api/v1/data-health")).raise_for_status().json()
