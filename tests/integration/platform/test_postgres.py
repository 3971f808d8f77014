"""Start, use and stop on real processes."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import psycopg
import pytest

from finsage.errors import Invalid
from finsage.platform.postgres import Connection, EmbeddedPostgres, Layout, attach, owner_pid, role_password

from .conftest import server_processes

FAST = {"fsync": "off"}


def fetch(connection: Connection, query: str) -> tuple[object, ...]:
    with psycopg.connect(connection.dsn()) as session:
        row = session.execute(query).fetchone()
    assert row is not None
    return row


def test_the_cluster_has_the_agreed_options(postgres: Connection):
    assert fetch(
        postgres,
        "SELECT current_database()::text, current_setting('data_checksums'), current_setting('listen_addresses'),"
        " current_setting('password_encryption'), datlocprovider, datlocale, pg_encoding_to_char(encoding)::text"
        " FROM pg_database WHERE datname = current_database()",
    ) == ("finsage", "on", "", "scram-sha-256", "b", "C.UTF-8", "UTF8")


def test_durability_and_bounds_are_on_by_default(data_dir: Path):
    with EmbeddedPostgres(data_dir) as connection:
        assert fetch(
            connection,
            "SELECT current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'),"
            " current_setting('shared_buffers'), current_setting('max_connections'), current_setting('TimeZone')",
        ) == ("on", "on", "on", "128MB", "60", "UTC")


def test_rows_survive_a_stop_and_nothing_else_remains(data_dir: Path):
    server = EmbeddedPostgres(data_dir, settings=FAST)
    connection = server.start()
    with psycopg.connect(connection.dsn()) as session:
        session.execute("CREATE TABLE kept AS SELECT 7 AS seven")
    assert connection.socket_path().exists()
    server.stop()
    assert server_processes(data_dir) == []
    assert not connection.socket_path().exists()
    assert list((data_dir / "run").iterdir()) == []
    assert owner_pid(data_dir) is None
    server.stop()  # once more does nothing
    again = server.start()
    try:
        assert again == connection
        assert fetch(again, "SELECT seven FROM kept") == (7,)
    finally:
        server.stop()


def test_the_server_is_our_child_and_has_a_session_of_its_own(data_dir: Path):
    server = EmbeddedPostgres(data_dir, settings=FAST)
    with server:
        pid = server.server_pid
        assert pid is not None
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        assert int(fields[1]) == os.getpid()
        assert os.getsid(pid) == pid
        assert server_processes(data_dir)
    assert server.server_pid is None


def test_no_place_below_the_data_directory_is_open_to_others(new_dir: Path):
    new_dir.chmod(0o755)
    with EmbeddedPostgres(new_dir, settings=FAST) as connection:
        role_password(new_dir, "app")
        open_places = {
            str(path.relative_to(new_dir)): oct(path.lstat().st_mode)
            for path in new_dir.rglob("*")
            if path.lstat().st_mode & 0o077
        }
        assert open_places == {}
        mode = stat.S_IMODE(new_dir.stat().st_mode)
        assert mode == (0o710 if os.geteuid() == 0 else 0o700)
        assert new_dir.stat().st_uid == os.geteuid()
        assert stat.S_IMODE(Path(connection.host).stat().st_mode) == 0o700


def test_the_password_is_demanded_and_never_printed(postgres: Connection):
    wrong = postgres.with_role(postgres.user, "wrong")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong.dsn())
    assert postgres.password not in repr(postgres)
    assert len(postgres.password) >= 40


def test_the_server_opens_no_network_port(data_dir: Path):
    server = EmbeddedPostgres(data_dir, settings=FAST | {"listen_addresses": "127.0.0.1", "port": "54399"})
    with server as connection:
        assert fetch(connection, "SELECT current_setting('listen_addresses')") == ("",)
        inodes = {
            link.readlink().name.removeprefix("socket:[").rstrip("]")
            for link in Path(f"/proc/{server.server_pid}/fd").iterdir()
            if link.readlink().name.startswith("socket:")
        }
        listening = {
            line.split()[9] for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()
        }
        assert not inodes & listening


def test_a_connection_survives_json_and_odd_characters():
    odd = Connection("/srv/a b?&=/é", 5432, "name/with?", "user@", "p:@/%'\" ")
    assert Connection.from_json(odd.to_json()) == odd
    assert psycopg.conninfo.conninfo_to_dict(odd.dsn()) == {
        "host": "/srv/a b?&=/é", "port": "5432", "dbname": "name/with?", "user": "user@", "password": "p:@/%'\" ",
    }  # fmt: skip


def test_a_second_command_attaches_while_the_owner_runs(new_dir: Path):
    assert attach(new_dir) is None
    with EmbeddedPostgres(new_dir, settings=FAST) as connection:
        published = Layout(new_dir).database_json
        assert stat.S_IMODE(published.stat().st_mode) == 0o600
        attached = attach(new_dir)
        assert attached == connection
        assert owner_pid(new_dir) == os.getpid()
        assert fetch(attached, "SELECT 1") == (1,)
    assert attach(new_dir) is None


def test_a_role_password_is_made_once_and_private(tmp_path: Path):
    first = role_password(tmp_path, "app")
    assert role_password(tmp_path, "app") == first
    assert role_password(tmp_path, "ingest") != first
    assert stat.S_IMODE((tmp_path / "secrets" / "postgres-app").stat().st_mode) == 0o600
    assert {path.name for path in (tmp_path / "secrets").iterdir()} == {"postgres-app", "postgres-ingest"}
    for bad in ("", "../app", "App", "a/b", "1a"):
        with pytest.raises(Invalid, match="cannot name"):
            role_password(tmp_path, bad)


def test_a_deep_data_directory_gets_its_socket_elsewhere(new_dir: Path):
    deep = new_dir / ("d" * 60) / ("e" * 60)
    deep.parent.mkdir(mode=0o711)
    new_dir.chmod(0o711)
    server = EmbeddedPostgres(deep, settings=FAST)
    with server as connection:
        assert len(os.fsencode(connection.socket_path())) <= 107
        socket_dir = Path(connection.host)
        assert not socket_dir.is_relative_to(new_dir)
        assert stat.S_IMODE(socket_dir.stat().st_mode) == 0o700
        assert fetch(connection, "SELECT 1") == (1,)
    assert not socket_dir.exists()


def test_odd_characters_in_the_data_directory(new_dir: Path):
    new_dir.chmod(0o711)
    odd = new_dir / 'a "b" %s é'
    with EmbeddedPostgres(odd, settings=FAST) as connection:
        assert connection.host == str(odd / "socket")
        assert fetch(connection, "SELECT 1") == (1,)
    with_comma = new_dir / "a,b"  # which libpq would split into two hosts
    with EmbeddedPostgres(with_comma, settings=FAST) as connection:
        assert fetch(connection, "SELECT 1") == (1,)


def test_the_client_programs_take_the_connection(data_dir: Path):
    server = EmbeddedPostgres(data_dir, settings=FAST)
    with server as connection:
        done = subprocess.run(
            [server.binaries.program("psql"), connection.dsn(), "-Atc", "SELECT 6 * 7"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout == "42\n"
        assert server.binaries.major >= 17
