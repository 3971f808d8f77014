"""The same product on a PostgreSQL that somebody else runs: Debian's 15."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import httpx
import psycopg
import pytest
from integration.cli.running import FINSAGE, running
from verbs import finsage

from finsage import migrations
from finsage.cli.installation import open_installation
from finsage.finance.transaction import Draft, TransactionType
from finsage.identity import service as identity
from finsage.migrations import DatabaseTooOld, head, migrate
from finsage.platform import clock
from finsage.platform.caller import Caller
from finsage.platform.database import Database
from finsage.platform.settings import load_settings
from finsage.portfolio.service import portfolios, transactions

BINARIES = Path("/usr/lib/postgresql/15/bin")

pytestmark = pytest.mark.skipif(not (BINARIES / "initdb").exists(), reason="Debian's PostgreSQL 15 is not installed")


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with _serving() as place:
        yield place


@contextmanager
def _serving() -> Iterator[Path]:
    """A fresh server; its socket and data stand in the directory."""
    place = Path(tempfile.mkdtemp(prefix="finsage-pg15-"))
    account = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    if os.geteuid() == 0:
        os.chown(place, account.pw_uid, account.pw_gid)
    identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    data = place / "db"
    make = [BINARIES / "initdb", "-D", data, "--auth=trust", "-U", "postgres", "-E", "UTF8", "--data-checksums"]
    subprocess.run(make, check=True, capture_output=True, cwd="/", **identity)
    server = subprocess.Popen(
        [BINARIES / "postgres", "-D", data, "-c", "listen_addresses=", "-c", f"unix_socket_directories={place}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        **identity,
    )
    _wait(f"host={place} user=postgres dbname=postgres")
    yield place
    server.terminate()
    server.wait()
    shutil.rmtree(place)


def _wait(dsn: str) -> None:
    for _ in range(500):
        try:
            psycopg.connect(dsn).close()
        except psycopg.OperationalError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError("PostgreSQL 15 did not start")


@pytest.fixture
def url(place: Path, request: pytest.FixtureRequest) -> str:
    """The address of an empty database."""
    name = f"db_{abs(hash(request.node.name))}"
    with psycopg.connect(f"host={place} user=postgres dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"postgresql://postgres@/{name}?host={place}"


@pytest.mark.slow
def test_the_product_runs_on_it_as_a_role_without_rights_beyond_its_own(url: str):
    data_dir = Path(tempfile.mkdtemp(prefix="finsage-external-"))
    environment = {"FINSAGE_DATABASE_URL": url}
    with running(data_dir, "--demo", **environment) as product:
        email, password = product.login()
        with httpx.Client(base_url=product.url) as client:
            assert client.post("/api/v1/auth/login", json={"email": email, "password": password}).status_code == 200
            assert client.get("/api/v1/portfolios").json()["items"][0]["is_demo"]
        with psycopg.connect(url) as connection:
            users = connection.execute(
                "SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = current_database()"
            ).fetchall()
            assert users  # they signed in as the address says and switched to finsage_app
        product.interrupt()
        assert not product.was_cut_short()
    doctor = subprocess.run(
        [FINSAGE, "doctor", "--data-dir", data_dir],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr
    assert "PostgreSQL 15" in doctor.stdout
    shutil.rmtree(data_dir)


@pytest.mark.slow
def test_two_processes_may_migrate_at_once(url: str):
    environment = {**os.environ, "FINSAGE_DATABASE_URL": url}
    both = [
        subprocess.Popen([FINSAGE, "migrate"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    answers = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], answers
    assert {out.decode().strip() for out, _ in answers} == {head()}


def test_a_server_that_is_too_old_is_refused_with_the_remedy(url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(migrations, "SERVER_VERSION_MIN", 16)
    with pytest.raises(DatabaseTooOld, match=r"runs PostgreSQL 15.*needs 16"):
        migrate(url)


def test_an_address_that_does_not_answer_is_one_clear_line(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FINSAGE_DATABASE_URL", "postgresql://nobody@/none?host=/nowhere")
    answer = finsage("migrate")
    assert answer.returncode == 1
    assert "FINSAGE_DATABASE_URL" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.fixture
def managed() -> Iterator[str]:
    """An empty database of a server whose customer is no superuser, as a provider rents it out."""
    with _serving() as place:
        with psycopg.connect(f"host={place} user=postgres dbname=postgres", autocommit=True) as connection:
            connection.execute("CREATE ROLE customer LOGIN CREATEROLE")
            connection.execute("CREATE DATABASE finsage OWNER customer")
        yield f"postgresql://customer@/finsage?host={place}"


def test_on_a_managed_server_imports_keep_foreign_keys_and_doctor_says_so(
    managed: str, monkeypatch: pytest.MonkeyPatch
):
    data_dir = Path(tempfile.mkdtemp(prefix="finsage-managed-"))
    monkeypatch.setenv("FINSAGE_DATABASE_URL", managed)
    doctor = finsage("doctor", "--data-dir", data_dir)
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr
    assert "bulk imports: foreign keys are checked row by row" in doctor.stdout
    assert "GRANT SET ON PARAMETER session_replication_role TO finsage_ingest" in doctor.stdout
    with open_installation(load_settings({"FINSAGE_DATABASE_URL": managed}), log=print) as installation:
        tenant, portfolio = asyncio.run(_import_many(installation.app_dsn))
    with psycopg.connect(managed) as connection:
        connection.execute("SET ROLE finsage_app")
        connection.execute("SELECT set_config('app.tenant', %s, false)", [str(tenant)])
        counted = connection.execute("SELECT count(*) FROM postings WHERE portfolio_id = %s", [portfolio]).fetchone()
        assert counted == (600,)
    shutil.rmtree(data_dir)


def test_an_upgrade_gives_the_ingest_role_to_an_application_that_was_there_before(managed: str):
    member = "SELECT pg_has_role('finsage_app', 'finsage_ingest', 'MEMBER')"
    migrate(managed)
    with psycopg.connect(managed, autocommit=True) as connection:
        connection.execute("REVOKE finsage_ingest FROM finsage_app")
        migrate(managed)
        assert connection.execute(member).fetchone() == (True,)
        # Who may not grant it migrates all the same.
        connection.execute("REVOKE finsage_ingest FROM finsage_app")
        connection.execute("CREATE ROLE plain LOGIN")
        connection.execute("GRANT finsage_owner TO plain")
        migrate(managed.replace("customer@", "plain@"))
        assert connection.execute(member).fetchone() == (False,)


async def _import_many(dsn: str) -> tuple[UUID, UUID]:
    """300 deposits by the bulk path, as a person the product knows."""
    database = Database(dsn, pool_size=2)
    place = Path(tempfile.mkdtemp(prefix="finsage-managed-"))
    state = identity.open_identity(load_settings({}, data_dir=place))
    person = await identity.register(
        database, state, identity.Registration("m@example.com", "only for a managed server")
    )
    caller = Caller(person.user_id, person.tenant_id, "owner", frozenset(), "session", clock.new_id())
    async with database.write(caller.tenant_id, caller.user_id) as session:
        opened = await portfolios.open_portfolio(session, caller, {"name": "Managed", "base_currency": "EUR"})
    draft = Draft(id="", type=TransactionType.DEPOSIT, booked_on=date(2024, 1, 2), gross=Decimal(1), currency="EUR")
    async with database.write(caller.tenant_id, caller.user_id) as session:
        await transactions.record_batch(session, caller, opened.portfolio.id, [transactions.Request(draft=draft)] * 300)
    await database.close()
    state.close()
    shutil.rmtree(place)
    return caller.tenant_id, opened.portfolio.id
