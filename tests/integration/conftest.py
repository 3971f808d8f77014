"""A migrated database per test module, and the whole application over it."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from finsage.app import Application, build_app
from finsage.market.service import rates
from finsage.migrations import migrate
from finsage.platform.database import Database
from finsage.platform.postgres import Connection
from finsage.platform.settings import Settings, load_settings
from finsage.platform.telemetry import configure_logging

APP_PASSWORD = "only-for-tests"
PASSWORD = "a long enough passphrase"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def _logs() -> None:
    configure_logging("ecs", "error")


@pytest.fixture(scope="session")
def template(postgres: Connection) -> str:
    """The name of a migrated database with the exchange rates in it, to copy from."""
    name = "template_finsage"
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    dsn = postgres.with_database(name).dsn()
    migrate(dsn, app_password=APP_PASSWORD)
    asyncio.run(_load_rates(postgres.with_role("finsage_app", APP_PASSWORD).with_database(name).dsn()))
    return name


async def _load_rates(dsn: str) -> None:
    database = Database(dsn, pool_size=2)
    async with database.write() as session:
        await rates.load_ecb_rates(session)
    await database.close()


@dataclass(frozen=True)
class Server:
    """A database of its own: as the superuser, who sees everything, and as the application."""

    owner_dsn: str
    app_dsn: str
    name: str

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows as the superuser sees them, in all tenants."""
        with psycopg.connect(self.owner_dsn, autocommit=True) as connection:
            cursor = connection.execute(sql, values)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="module")
def server(postgres: Connection, template: str) -> Iterator[Server]:
    name = f"test_{uuid4().hex[:12]}"
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield Server(
        postgres.with_database(name).dsn(),
        postgres.with_role("finsage_app", APP_PASSWORD).with_database(name).dsn(),
        name,
    )
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(server: Server) -> AsyncIterator[Database]:
    database = Database(server.app_dsn, pool_size=5)
    yield database
    await database.close()


@pytest.fixture(scope="module")
def settings() -> Settings:
    directory = Path(tempfile.mkdtemp(prefix="finsage-settings-"))
    return load_settings({}, data_dir=directory, address_limit_per_minute=1_000_000, address_limit_burst=100_000)


@pytest.fixture
async def application(settings: Settings, database: Database) -> AsyncIterator[Application]:
    application = build_app(settings, database)
    yield application
    application.close()


@dataclass
class Api:
    """A client of the whole application, over ASGI; ``sign_up`` gives one that is signed in by token."""

    application: Application
    opened: list[httpx.AsyncClient] = field(default_factory=list)

    def anonymous(self) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.application.asgi, raise_app_exceptions=True)
        client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")
        self.opened.append(client)
        return client

    async def sign_up(self, email: str | None = None) -> httpx.AsyncClient:
        """A client of a fresh user, who owns a tenant of their own."""
        client = self.anonymous()
        who = {"email": email or f"{uuid4().hex}@example.com", "password": PASSWORD}
        (await client.post("/api/v1/auth/register", json=who)).raise_for_status()
        answer = await client.post("/api/v1/auth/login", json={**who, "mode": "token"})
        client.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['access_token']}"
        return client


@pytest.fixture
async def api(application: Application) -> AsyncIterator[Api]:
    api = Api(application)
    yield api
    for client in api.opened:
        await client.aclose()
