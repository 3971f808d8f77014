"""A household with a small market of made-up prices, forecast by the real jobs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import httpx
import numpy as np
import pytest
from support import Api, Server
from unit.prediction.markets import garch_returns

from finsage.market.service.prices import write_prices
from finsage.platform import clock
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.database import Database
from finsage.platform.jobs import JobContext
from finsage.platform.outside import Outside
from finsage.platform.settings import Settings

API = "/api/v1"
ROWS = {"LONG": 1_060, "MID": 300, "YOUNG": 60, "TINY": 12}


@dataclass
class House:
    """Somebody signed in, their tenant and their assets by symbol."""

    client: httpx.AsyncClient
    tenant: UUID
    assets: dict[str, str]
    database: Database
    server: Server
    settings: Settings

    def job(self, name: str, tenant: UUID = PUBLIC_TENANT) -> JobContext:
        """A job, scheduled unless it is a tenant's, as the worker would hand it over."""
        job_id = clock.new_id()
        self.server.query(
            "INSERT INTO job_states (tenant_id, id, name, state) VALUES (%s, %s, %s, 'running')",
            tenant, job_id, name,
        )  # fmt: skip
        due_at = {"due_at": clock.now().isoformat()}
        outside = Outside(self.settings, self.database)
        return JobContext(self.database, name, job_id, tenant, due_at, outside=outside)

    async def prices(self, symbol: str, closes: list[tuple[date, Decimal]], *, tenant: UUID | None = None) -> None:
        """Write closes of an asset."""
        asset = UUID(self.assets[symbol])
        async with self.database.write(tenant or self.tenant) as session:
            await write_prices(session, tenant or self.tenant, [(asset, *one) for one in closes], source="csv")


def closes(rows: int, seed: int, *, last: date, is_daily: bool = False) -> list[tuple[date, Decimal]]:
    """Rows of a GARCH-t random walk that end on a day."""
    days: list[date] = []
    day = last
    while len(days) < rows:
        if is_daily or day.weekday() < 5:
            days.append(day)
        day -= timedelta(days=1)
    walk = 100 * np.exp(np.cumsum(garch_returns(rows, seed)))
    return [(day, Decimal(f"{close:.4f}")) for day, close in zip(reversed(days), walk, strict=True)]


async def household(api: Api, database: Database, server: Server, settings: Settings) -> House:
    client = await api.sign_up()
    me = (await client.get(f"{API}/me")).json()
    [(tenant,)] = server.query(
        "SELECT tenant_id FROM memberships JOIN users ON users.id = user_id WHERE email = %s", me["user"]["email"]
    )
    house = House(client, tenant, {}, database, server, settings)
    for symbol in ROWS:
        draft = {"symbol": symbol, "name": symbol.title(), "asset_class": "equity", "currency": "EUR"}
        house.assets[symbol] = (await client.post(f"{API}/assets", json=draft)).json()["id"]
    return house


@pytest.fixture(scope="module")
def yesterday() -> date:
    return clock.today("UTC") - timedelta(days=1)


@pytest.fixture(scope="module")
async def house(api: Api, database: Database, server: Server, settings: Settings, yesterday: date) -> House:
    house = await household(api, database, server, settings)
    # Ten days back, so that there are closes to come.
    for seed, (symbol, rows) in enumerate(ROWS.items()):
        await house.prices(symbol, closes(rows, seed, last=yesterday - timedelta(days=14)))
    return house
