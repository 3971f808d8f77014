"""What the machine refuses comes out as one sentence with its remedy, and leaves nothing half done."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import psycopg
import pytest

from finsage.platform.postgres import (
    ClusterUnusable,
    DataDirectoryFull,
    DataDirectoryUnusable,
    EmbeddedPostgres,
    ServerFailed,
    attach,
    owner_pid,
)
from finsage.platform.postgres.logfile import LogPump, RotatingFile

from .conftest import server_processes

FAST = {"fsync": "off"}


def test_a_server_that_ends_while_starting_shows_its_last_lines(data_dir: Path):
    with pytest.raises(ServerFailed, match=r'(?s)exit 1.*invalid value for parameter "work_mem": "plenty"'):
        EmbeddedPostgres(data_dir, settings=FAST | {"work_mem": "plenty"}).start()
    assert owner_pid(data_dir) is None
    with EmbeddedPostgres(data_dir, settings=FAST):
        pass
    log = data_dir / "log" / "postgres.log"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert "plenty" in log.read_text()
    assert "database system is ready" in log.read_text()


def test_statements_with_their_amounts_are_not_logged(data_dir: Path):
    with (
        EmbeddedPostgres(data_dir, settings=FAST) as connection,
        psycopg.connect(connection.dsn()) as session,
        pytest.raises(psycopg.errors.UndefinedTable),
    ):
        session.execute("SELECT 123456.78 FROM missing_table")
    log = (data_dir / "log" / "postgres.log").read_text()
    assert "missing_table" in log
    assert "123456.78" not in log


def test_a_directory_with_other_files_is_left_alone(new_dir: Path):
    new_dir.chmod(0o755)
    (new_dir / "letter.txt").write_text("dear")
    (new_dir / "run").mkdir()
    with pytest.raises(DataDirectoryUnusable, match="other files"):
        EmbeddedPostgres(new_dir).start()
    assert stat.S_IMODE(new_dir.stat().st_mode) == 0o755
    assert sorted(path.name for path in new_dir.iterdir()) == ["letter.txt", "run"]


def test_a_file_in_the_place_of_the_data_directory_is_told(new_dir: Path):
    (new_dir / "file").write_text("")
    with pytest.raises(DataDirectoryUnusable, match="File exists"):
        EmbeddedPostgres(new_dir / "file").start()


def test_settings_in_a_new_data_directory_are_welcome(new_dir: Path):
    (new_dir / "finsage.toml").write_text("")
    with EmbeddedPostgres(new_dir, settings=FAST) as connection:
        assert attach(new_dir) == connection


def test_files_of_another_version_or_without_their_password_are_refused(data_dir: Path):
    with EmbeddedPostgres(data_dir, settings=FAST) as connection:
        password = connection.password
    secret = data_dir / "secrets" / "postgres-postgres"
    secret.rename(data_dir / "secrets" / "away")
    with pytest.raises(ClusterUnusable, match=r"postgres-postgres is missing.*backup"):
        EmbeddedPostgres(data_dir).start()
    secret.write_text("another\n")
    with pytest.raises(ClusterUnusable, match="refuses the password") as refused:
        EmbeddedPostgres(data_dir, settings=FAST).start()
    assert password not in str(refused.value)
    assert server_processes(data_dir) == []
    (data_dir / "secrets" / "away").rename(secret)
    (data_dir / "db" / "PG_VERSION").write_text("16\n")
    with pytest.raises(ClusterUnusable, match=r"PostgreSQL 16.*FINSAGE_PG_BINDIR"):
        EmbeddedPostgres(data_dir).start()
    (data_dir / "db" / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(data_dir, settings=FAST):
        pass


@pytest.fixture
def small_disk(new_dir: Path) -> Iterator[Path]:
    """A file system of 30 MB, too small for a database."""
    mounted = new_dir / "disk"
    mounted.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=30m,mode=0755", "tmpfs", str(mounted)], check=False, capture_output=True
    ) if shutil.which("mount") else None  # fmt: skip
    if done is None or done.returncode != 0:
        pytest.skip("cannot mount a small file system here (needs root)")
    new_dir.chmod(0o711)
    yield mounted
    subprocess.run(["umount", str(mounted)], check=True)


def test_a_full_disk_is_told_and_leaves_nothing_half_made(small_disk: Path):
    data = small_disk / "data"
    with pytest.raises(DataDirectoryFull, match="no space left"):
        EmbeddedPostgres(data, settings=FAST).start()
    assert not (data / "db").exists()
    assert not list(data.glob("db.new*"))
    assert shutil.disk_usage(small_disk).used < 1_000_000
    subprocess.run(["mount", "-o", "remount,size=200m", str(small_disk)], check=True)
    with EmbeddedPostgres(data, settings=FAST) as connection, psycopg.connect(connection.dsn()) as session:
        assert session.execute("SELECT 1").fetchone() == (1,)


def fill(file: IO[bytes]) -> None:
    while True:
        file.write(b"\0" * 4096)


def test_a_disk_that_fills_later_refuses_the_start_and_keeps_the_data(small_disk: Path):
    subprocess.run(["mount", "-o", "remount,size=200m", str(small_disk)], check=True)
    data = small_disk / "data"
    with EmbeddedPostgres(data, settings=FAST) as connection, psycopg.connect(connection.dsn()) as session:
        session.execute("CREATE TABLE kept AS SELECT 7 AS seven")
    ballast = small_disk / "ballast"
    with ballast.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        fill(file)
    with pytest.raises(DataDirectoryFull):
        EmbeddedPostgres(data, settings=FAST, log=lambda _: None).start()
    assert owner_pid(data) is None
    ballast.unlink()
    with EmbeddedPostgres(data, settings=FAST) as connection, psycopg.connect(connection.dsn()) as session:
        assert session.execute("SELECT seven FROM kept").fetchone() == (7,)


def test_the_log_file_is_bounded(tmp_path: Path):
    log = RotatingFile(tmp_path / "postgres.log", bytes_max=1000)
    for number in range(500):
        log.write(b"line %d\n" % number)
    log.close()
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["postgres.log", "postgres.log.1", "postgres.log.2"]
    assert all(path.stat().st_size <= 1000 for path in tmp_path.iterdir())
    kept = b"".join((tmp_path / name).read_bytes() for name in reversed(files)).splitlines()
    assert kept == [b"line %d" % number for number in range(500 - len(kept), 500)]
    again = RotatingFile(tmp_path / "postgres.log", bytes_max=1000)
    again.write(b"appended\n")
    again.close()
    assert (tmp_path / "postgres.log").read_bytes().endswith(b"line 499\nappended\n")


def test_a_log_that_cannot_be_written_does_not_stop_the_server(tmp_path: Path):
    reader, writer = os.pipe()
    events: list[str] = []
    pump = LogPump(os.fdopen(reader, "rb"), tmp_path / "missing" / "postgres.log", events.append)
    pump.start()
    with os.fdopen(writer, "wb") as pipe:
        for number in range(20_000):  # more than a pipe holds
            pipe.write(b"line %d\n" % number)
    pump.join(10)
    assert not pump.is_alive()
    assert pump.tail().splitlines() == [f"line {number}" for number in range(19_980, 20_000)]
    assert len(events) == 1
    assert "lines are missing" in events[0]
