"""Kills, at each place where one can happen: nothing is lost, nothing is left, nobody else is touched."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from finsage.platform.postgres import (
    Connection,
    DataDirectoryInUse,
    EmbeddedPostgres,
    Layout,
    attach,
    owner_pid,
)

from .conftest import Owner, server_processes, status_of, wait_until

FAST = {"fsync": "off"}
BUSY = "SELECT count(*) FROM generate_series(1, 100000) AS a, generate_series(1, 100000) AS b"
StartOwner = Callable[..., Owner]


def answers(connection: Connection) -> bool:
    try:
        with psycopg.connect(connection.dsn(), connect_timeout=2) as session:
            return session.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def the_owner_id(owner: Owner, name: str) -> int:
    value = owner.said[name]
    assert isinstance(value, int)
    return value


def test_a_second_starter_is_refused_and_told_who_owns(data_dir: Path, start_owner: StartOwner):
    first = start_owner(data_dir)
    with pytest.raises(DataDirectoryInUse, match=f"process {first.process.pid}, .*kill -INT") as refused:
        EmbeddedPostgres(data_dir).start()
    assert refused.value.members["owner_pid"] == first.process.pid
    second = start_owner(data_dir)
    assert second.said["error"] == "DataDirectoryInUse"
    assert second.close() == 1
    connection = attach(data_dir)
    assert connection is not None
    assert answers(connection)
    assert first.close() == 0


def test_the_same_process_cannot_start_twice(data_dir: Path):
    with EmbeddedPostgres(data_dir, settings=FAST) as connection:
        with pytest.raises(DataDirectoryInUse, match=f"process {os.getpid()}"):
            EmbeddedPostgres(data_dir).start()
        assert answers(connection)
        assert attach(data_dir) == connection


def test_a_killed_server_is_started_again(data_dir: Path):
    events: list[str] = []
    server = EmbeddedPostgres(data_dir, settings=FAST, log=events.append)
    with server as connection:
        with psycopg.connect(connection.dsn()) as session:
            session.execute("CREATE TABLE kept AS SELECT 7 AS seven")
        for times in (1, 2):
            killed = server.server_pid
            assert killed is not None
            os.kill(killed, signal.SIGKILL)
            wait_until(lambda times=times: sum("runs again" in event for event in events) == times)
            assert server.server_pid != killed
            assert answers(connection)
        with psycopg.connect(connection.dsn()) as session:
            assert session.execute("SELECT seven FROM kept").fetchone() == (7,)
        assert attach(data_dir) == connection
    assert any("signal SIGKILL" in event for event in events), events


def test_a_server_killed_under_work_keeps_what_was_committed(data_dir: Path):
    server = EmbeddedPostgres(data_dir, settings=FAST)
    committed: list[int] = []
    stop = threading.Event()

    def insert(connection: Connection) -> None:
        while not stop.is_set():
            try:
                with psycopg.connect(connection.dsn(), autocommit=True, connect_timeout=2) as session:
                    while not stop.is_set():
                        number = secrets.randbits(62)
                        session.execute("INSERT INTO numbers VALUES (%s)", [number])
                        committed.append(number)
            except psycopg.OperationalError:
                stop.wait(0.02)

    with server as connection:
        with psycopg.connect(connection.dsn()) as session:
            session.execute("CREATE TABLE numbers (number bigint PRIMARY KEY)")
        # A computation that does not look up would hold the shared memory of the dead server.
        busy = threading.Thread(target=run_until_cut, args=(connection, BUSY))
        writer = threading.Thread(target=insert, args=(connection,))
        busy.start()
        writer.start()
        wait_until(lambda: len(committed) > 50)
        killed = server.server_pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: server.server_pid != killed and answers(connection), seconds=30)
        reached = len(committed)
        wait_until(lambda: len(committed) > reached + 50, seconds=30)
        stop.set()
        writer.join()
        busy.join()
        with psycopg.connect(connection.dsn()) as session:
            present = {row[0] for row in session.execute("SELECT number FROM numbers")}
    assert set(committed) <= present


def run_until_cut(connection: Connection, query: str) -> None:
    with pytest.raises(psycopg.OperationalError), psycopg.connect(connection.dsn()) as session:
        session.execute(query.encode())


@pytest.mark.slow
def test_five_crashes_in_a_minute_are_reported_and_end_it(data_dir: Path):
    reasons: list[str] = []
    gave_up = threading.Event()

    def give_up(reason: str) -> None:
        reasons.append(reason)
        gave_up.set()

    server = EmbeddedPostgres(data_dir, settings=FAST, log=lambda _: None, on_give_up=give_up)
    connection = server.start()
    try:
        killed: set[int] = set()
        deadline = time.monotonic() + 40
        while not gave_up.wait(0.02):
            assert time.monotonic() < deadline
            pid = server.server_pid
            if pid is not None and pid not in killed and answers(connection):
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
        assert len(killed) == 5
        assert "5 times within 60 s" in reasons[0]
        assert not answers(connection)
    finally:
        server.stop()
    assert len(reasons) == 1
    with server as connection:  # a new start is a new chance
        assert answers(connection)


@pytest.mark.parametrize("is_server_killed_too", [False, True])
def test_what_a_killed_finsage_leaves_is_taken_over(
    data_dir: Path, start_owner: StartOwner, is_server_killed_too: bool
):
    owner = start_owner(data_dir)
    orphan = the_owner_id(owner, "server_pid")
    connection = Connection.from_json(str(owner.said["connection"]))
    with psycopg.connect(connection.dsn()) as session:
        session.execute("CREATE TABLE kept AS SELECT 7 AS seven")
    owner.kill()
    assert answers(connection), "the server outlives its owner"
    assert owner_pid(data_dir) is None
    assert attach(data_dir) is None, "what the dead owner published is not used"
    if is_server_killed_too:
        os.kill(orphan, signal.SIGKILL)
    events: list[str] = []
    server = EmbeddedPostgres(data_dir, settings=FAST, log=events.append)
    with server as again:
        assert again == connection
        assert server.server_pid != orphan
        with psycopg.connect(again.dsn()) as session:
            assert session.execute("SELECT seven FROM kept").fetchone() == (7,)
        parents = {status_of(pid).get("PPid") for pid in server_processes(data_dir)} - {None}
        assert parents == {str(os.getpid()), str(server.server_pid)}
    assert any(f"process {orphan}" in event for event in events) is not is_server_killed_too


def test_a_recycled_process_id_is_neither_signalled_nor_in_the_way(data_dir: Path, start_owner: StartOwner):
    owner = start_owner(data_dir)
    os.kill(the_owner_id(owner, "server_pid"), signal.SIGSTOP)
    owner.kill()
    os.kill(the_owner_id(owner, "server_pid"), signal.SIGKILL)
    wait_until(lambda: not server_processes(data_dir))
    # Another program of the very account now has the id that postmaster.pid names: PostgreSQL alone would refuse.
    record = Layout(data_dir).db / "postmaster.pid"
    account = record.stat()
    bystander = subprocess.Popen(["sleep", "60"], cwd=data_dir / "db", **as_account(account.st_uid, account.st_gid))
    try:
        record.write_text("\n".join([str(bystander.pid), *record.read_text().split("\n")[1:]]))
        with EmbeddedPostgres(data_dir, settings=FAST) as connection:
            assert answers(connection)
        assert bystander.poll() is None
    finally:
        bystander.terminate()
        bystander.wait()


def as_account(uid: int, gid: int) -> dict[str, object]:
    return {"user": uid, "group": gid, "extra_groups": []} if os.geteuid() == 0 else {}


def test_a_zombie_that_nobody_reaps_is_not_in_the_way(data_dir: Path):
    server = EmbeddedPostgres(data_dir, settings=FAST)
    with server:
        pass
    account = (data_dir / "db").stat()
    zombie = subprocess.Popen(["true"], **as_account(account.st_uid, account.st_gid))
    stat = Path(f"/proc/{zombie.pid}/stat")
    wait_until(lambda: stat.read_text().rpartition(")")[2].split()[0] == "Z")
    record = Layout(data_dir).db / "postmaster.pid"
    record.write_text(f"{zombie.pid}\n{data_dir}/db\n1\n5432\n{data_dir}/socket\n\n0 0\n")
    record.chmod(0o600)
    os.chown(record, account.st_uid, account.st_gid)
    with server as connection:
        assert answers(connection)
    zombie.wait()


def test_ctrl_c_reaches_finsage_and_not_the_server(data_dir: Path, start_owner: StartOwner):
    owner = start_owner(data_dir)
    os.killpg(owner.process.pid, signal.SIGINT)  # what a terminal sends
    assert owner.read() == {"after_interrupt": [42]}
    assert owner.close() == 0
    assert server_processes(data_dir) == []


def test_a_forgotten_stop_happens_at_exit(data_dir: Path, start_owner: StartOwner, tmp_path: Path):
    script = (
        "import pathlib, sys\n"
        "from finsage.platform.postgres import EmbeddedPostgres\n"
        "server = EmbeddedPostgres(pathlib.Path(sys.argv[1]), settings={'fsync': 'off'})\n"
        "server.start()\n"
        "raise SystemExit(3)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, data_dir], check=False)
    assert done.returncode == 3
    assert server_processes(data_dir) == []


def test_an_initdb_killed_half_way_confuses_nobody(new_dir: Path, start_owner: StartOwner):
    script = (
        "import pathlib, sys\n"
        "from finsage.platform.postgres import EmbeddedPostgres\n"
        "EmbeddedPostgres(pathlib.Path(sys.argv[1])).start()\n"
    )
    starting = subprocess.Popen([sys.executable, "-c", script, new_dir])
    wait_until(lambda: list(new_dir.glob("db.new-*/base")))
    starting.kill()
    starting.wait()
    assert list(new_dir.glob("db.new-*"))
    assert not (new_dir / "db").exists()
    with EmbeddedPostgres(new_dir, settings=FAST) as connection:
        assert answers(connection)
        assert list(new_dir.glob("db.new-*")) == []


def test_a_stop_during_a_restart_wins(data_dir: Path):
    server = EmbeddedPostgres(data_dir, settings=FAST, log=lambda _: None)
    server.start()
    pid = server.server_pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not Path(f"/proc/{pid}").exists())
    server.stop()
    assert server_processes(data_dir) == []
    assert owner_pid(data_dir) is None


def test_a_stop_ends_sessions_that_are_at_work(data_dir: Path):
    server = EmbeddedPostgres(data_dir, settings=FAST)
    connection = server.start()
    busy = threading.Thread(target=run_until_cut, args=(connection, "SELECT pg_sleep(60)"))
    busy.start()
    with psycopg.connect(connection.dsn(), autocommit=True) as session:  # a transaction would see one moment
        wait_until(
            lambda: session.execute("SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)'").fetchone()
        )
    started = time.monotonic()
    server.stop()
    busy.join()
    assert time.monotonic() - started < 10
    assert server_processes(data_dir) == []
