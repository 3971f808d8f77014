"""Identity behind the real gateway on the real database; every test finds it empty."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from support import APP_PASSWORD

from finsage.gateway.identity_door import IdentityAuthenticator
from finsage.gateway.pipeline import build_pipeline
from finsage.gateway.problems import install_problem_handlers
from finsage.identity import service
from finsage.identity.routes import PUBLIC_ROUTES, router
from finsage.platform.caller import Caller
from finsage.platform.database import Database
from finsage.platform.postgres import Connection
from finsage.platform.settings import Settings

API = "/api/v1"
PASSWORD = "seven tall giraffes"


@pytest.fixture(scope="session")
def identity_dsn(postgres: Connection, template: str) -> str:
    """A migrated database as its superuser."""
    with psycopg.connect(postgres.dsn(), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE identity TEMPLATE {template} STRATEGY FILE_COPY")
    return postgres.with_database("identity").dsn()


_EMPTY = """
ALTER TABLE audit_events DISABLE TRIGGER USER;
DELETE FROM audit_events;
ALTER TABLE audit_events ENABLE ALWAYS TRIGGER audit_events_append_only;
DELETE FROM sessions; DELETE FROM login_failures; DELETE FROM idempotency_keys;
DELETE FROM memberships; DELETE FROM users;
DELETE FROM tenants WHERE id <> '00000000-0000-0000-0000-000000000000';
"""


@pytest.fixture
def owner_dsn(identity_dsn: str) -> str:
    """The same database without a trace of the test before; making one takes half a second."""
    with psycopg.connect(identity_dsn, autocommit=True) as owner:
        owner.execute(_EMPTY)
    return identity_dsn


@pytest.fixture
async def database(owner_dsn: str, postgres: Connection) -> AsyncIterator[Database]:
    dsn = postgres.with_database("identity").with_role("finsage_app", APP_PASSWORD).dsn()
    database = Database(dsn, pool_size=10)
    yield database
    await database.close()


@dataclass
class House:
    """One running installation and ways to look at it."""

    database: Database
    owner_dsn: str
    data_dir: Path
    settings: Settings
    identity: service.Identity
    asgi: Any

    def client(self, *, base_url: str = "http://127.0.0.1:8000", address: str = "192.0.2.1") -> httpx.AsyncClient:
        """A fresh cookie jar at an address of its own."""
        transport = httpx.ASGITransport(app=self.asgi, client=(address, 50000))
        return httpx.AsyncClient(transport=transport, base_url=base_url + API)

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run a statement as the superuser, behind the application's back."""
        with psycopg.connect(self.owner_dsn, autocommit=True) as owner:
            cursor = owner.execute(statement, values)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    async def identity_caller(self, token: str) -> Caller:
        """Whom an access token stands for."""
        return await service.authenticate_token(self.database, self.identity, token)


Build = Callable[..., House]


@pytest.fixture
async def build(database: Database, owner_dsn: str, tmp_path: Path) -> AsyncIterator[Build]:
    """Starts installations on the one database; settings may differ."""
    opened: list[service.Identity] = []

    def make(**settings: Any) -> House:
        chosen = Settings(
            data_dir=tmp_path,
            address_limit_per_minute=100_000,
            address_limit_burst=10_000,
            user_limit_per_minute=100_000,
            **settings,
        )
        identity = service.open_identity(chosen)
        opened.append(identity)
        app = FastAPI()
        install_problem_handlers(app)
        app.state.database, app.state.identity, app.state.compute = database, identity, None
        app.include_router(router, prefix=API)
        asgi = build_pipeline(
            app,
            settings=chosen,
            changes=database.changes,
            authenticator=IdentityAuthenticator(database, identity),
            public_routes=frozenset((method, API + path) for method, path in PUBLIC_ROUTES),
            checks={},
        )
        return House(database, owner_dsn, tmp_path, chosen, identity, asgi)

    yield make
    for identity in opened:
        identity.close()


@pytest.fixture
def house(build: Build) -> House:
    return build()


@pytest.fixture
async def client(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with house.client() as client:
        yield client


Register = Callable[..., Awaitable[dict[str, Any]]]


async def register(client: httpx.AsyncClient, email: str = "ada@example.org", **fields: Any) -> dict[str, Any]:
    answer = await client.post("/auth/register", json={"email": email, "password": PASSWORD, **fields})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def sign_in(client: httpx.AsyncClient, email: str = "ada@example.org", **fields: Any) -> dict[str, Any]:
    """Sign a browser in: the cookie stays in the jar, the CSRF token goes along from here on."""
    answer = await client.post("/auth/login", json={"email": email, "password": PASSWORD, **fields})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    client.headers["X-CSRF-Token"] = body["csrf_token"]
    return body


async def take_tokens(client: httpx.AsyncClient, email: str = "ada@example.org") -> dict[str, Any]:
    """Sign a program in; the access token is not sent along by itself."""
    answer = await client.post("/auth/login", json={"email": email, "password": PASSWORD, "mode": "token"})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def slug(answer: httpx.Response) -> str:
    """The last part of a problem's type, and a check that it is a problem."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = answer.json()
    assert problem["status"] == answer.status_code
    return str(problem["type"]).removeprefix("/problems/")
