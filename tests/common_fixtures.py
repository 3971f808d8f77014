"""One embedded PostgreSQL for the whole session, a migrated database per module, the whole application over it.

All of it is made when a test first asks for it: a run of unit tests starts no server.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from support import APP_PASSWORD, Api, Server, fast_place

from finsage.app import Application, build_app
from finsage.market.service import rates
from finsage.migrations import migrate
from finsage.platform.database import Database
from finsage.platform.http import client as http_client
from finsage.platform.postgres import Connection, EmbeddedPostgres
from finsage.platform.settings import Settings, load_settings
from finsage.platform.telemetry import configure_logging

# Nothing of a test's server has to survive a power cut.
FAST_SETTINGS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
# Hundreds of people sign up and in; what a hash costs a burglar is asked in the tests of identity.
CHEAP_PASSWORDS = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def quiet_logs() -> None:
    configure_logging("ecs", "error")


@pytest.fixture(scope="session")
def short_pauses() -> Iterator[None]:
    """Before a service is asked again nothing is waited for but what it asked for itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(http_client, "PAUSE_SECONDS_BASE", 0.01)
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[Connection]:
    """The superuser's connection to the database ``finsage`` of a fresh server."""
    # Not below pytest's own tmp_path: as root that is closed to the account the server runs as.
    data_dir = Path(tempfile.mkdtemp(prefix="finsage-test-", dir=fast_place()))
    with EmbeddedPostgres(data_dir, settings=FAST_SETTINGS) as connection:
        yield connection
    shutil.rmtree(data_dir)


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


@pytest.fixture(scope="module")
def server(postgres: Connection, template: str) -> Iterator[Server]:
    name = f"test_{uuid4().hex[:12]}"
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    server = Server(
        postgres.with_database(name).dsn(),
        postgres.with_role("finsage_app", APP_PASSWORD).with_database(name).dsn(),
        name,
    )
    yield server
    server.close()
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
async def database(server: Server) -> AsyncIterator[Database]:
    database = Database(server.app_dsn, pool_size=5)
    yield database
    await database.close()


@pytest.fixture(scope="session")
def settings() -> Iterator[Settings]:
    # One directory for all: the web app in it is compressed once, by a thread that nobody waits for.
    directory = Path(tempfile.mkdtemp(prefix="finsage-settings-"))
    # How often a test asks depends on the machine; the limits have tests of their own.
    limits = {"address_limit_per_minute": 1_000_000, "address_limit_burst": 100_000, "user_limit_per_minute": 1_000_000}
    yield load_settings({}, data_dir=directory, **limits)
    shutil.rmtree(directory, ignore_errors=True)


# One application per module: the first request of a fresh one builds the routes, which costs more than most tests.
@pytest.fixture(scope="module")
async def application(settings: Settings, database: Database, quiet_logs: None) -> AsyncIterator[Application]:
    application = build_app(settings, database)
    application.identity.passwords._hasher = CHEAP_PASSWORDS
    yield application
    application.close()


@pytest.fixture(scope="module")
async def api(application: Application) -> AsyncIterator[Api]:
    api = Api(application)
    yield api
    for client in api.opened:
        await client.aclose()
