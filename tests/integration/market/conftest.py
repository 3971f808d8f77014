"""Replayed providers, a way out to them, and somebody with assets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from integration.market.refreshing import Market, Person, way_out
from support import Api, Server

from finsage.platform.database import Database
from finsage.platform.outside import Outside


@pytest.fixture
def market() -> Iterator[Market]:
    with Market() as server:
        yield server


@pytest.fixture
async def outside(database: Database, market: Market, tmp_path: Path, server: Server) -> AsyncIterator[Outside]:
    server.query("DELETE FROM asset_identifiers")
    server.query("DELETE FROM refresh_runs")
    server.query("DELETE FROM provider_states")
    async with way_out(database, market, tmp_path) as outside:
        yield outside


@pytest.fixture
async def person(api: Api) -> Person:
    return Person(await api.sign_up())
