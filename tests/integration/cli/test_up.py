"""``finsage up`` on this machine: it starts, says what is wrong, survives a kill and leaves nothing behind."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from integration.cli.running import FINSAGE, left_behind, running, start
from support import fast_place


@pytest.fixture
def data_dir() -> Iterator[Path]:
    parent = Path(tempfile.mkdtemp(prefix="finsage-up-", dir=fast_place()))
    parent.chmod(0o755)
    yield parent / "data"
    shutil.rmtree(parent)


def test_the_demo_starts_signs_in_and_goes_without_a_trace(data_dir: Path):
    with running(data_dir, "--demo") as product:
        email, password = product.login()
        with httpx.Client(base_url=product.url) as client:
            session = client.post("/api/v1/auth/login", json={"email": email, "password": password})
            assert session.status_code == 200, session.text
            [portfolio] = client.get("/api/v1/portfolios").json()["items"]
            assert portfolio["is_demo"]
            assert portfolio["transactions_count"] > 100
            page = client.get("/", headers={"Accept": "text/html"})
            assert page.status_code == 200
            assert "<title>" in page.text
            assert 'finsage_db_pool_connections{state="idle"}' in client.get("/metrics").text
        listening = subprocess.run(["ss", "-ltnp"], capture_output=True, text=True, check=True).stdout
        ours = [line.split()[3] for line in listening.splitlines() if f"pid={product.process.pid}," in line]
        assert ours == [f"127.0.0.1:{product.port}"]
        assert "uvloop" in Path(f"/proc/{product.process.pid}/maps").read_text(encoding="utf-8")
        product.interrupt()
        assert product.process.returncode == 0
        assert not product.was_cut_short()
    assert left_behind(data_dir) == []


@pytest.mark.slow
def test_it_starts_again_after_a_kill_with_what_was_acknowledged(data_dir: Path):
    with running(data_dir, "--demo") as product:
        login = product.login()
        product.process.send_signal(signal.SIGKILL)
        product.process.wait()
    with running(data_dir, "--demo") as product:
        assert product.login() == login
        product.interrupt()
        assert not product.was_cut_short()
    assert left_behind(data_dir) == []


def test_a_taken_port_is_named_and_another_suggested(data_dir: Path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        product = start(data_dir, port=other.getsockname()[1])
        assert product.process.wait(30) == 1
    assert f"Port {product.port}" in product.output()
    assert "finsage up --port" in product.output()
    assert not data_dir.exists()


@pytest.mark.slow  # in every run, test_postgres_crash.py starts a second server and is told whose the directory is
def test_a_data_directory_in_use_is_refused_and_its_owner_named(data_dir: Path):
    with running(data_dir) as product:
        second = start(data_dir)
        assert second.process.wait(30) == 1
        assert str(product.process.pid) in second.output()
        assert httpx.get(f"{product.url}/health/ready").status_code == 200


@pytest.mark.slow
def test_sigterm_ends_with_exit_zero(data_dir: Path):
    with running(data_dir) as product:
        product.process.send_signal(signal.SIGTERM)
        product.process.send_signal(signal.SIGINT)  # an impatient operator cuts the grace time short
        assert product.process.wait(15) == 0
    assert left_behind(data_dir) == []


def test_an_unknown_setting_is_an_error(data_dir: Path):
    product = start(data_dir, FINSAGE_PROT="1")
    assert product.process.wait(30) == 2
    assert "FINSAGE_PROT" in product.output()


@pytest.mark.slow
def test_commands_work_beside_a_running_server_and_alone(data_dir: Path, tmp_path: Path):
    prices = tmp_path / "prices.csv"
    prices.write_text("date,symbol,close,currency\n2024-01-02,ZZZ,10.5,EUR\n", encoding="utf-8")
    load = [FINSAGE, "prices", prices, "--create-assets", "--data-dir", data_dir, "--json"]
    with running(data_dir, "--demo") as product:
        beside = subprocess.run(load, capture_output=True, text=True, check=False)
        assert beside.returncode == 0, beside.stderr
        assert '"rows_written": 1' in beside.stdout
        product.interrupt()
    alone = subprocess.run(load, capture_output=True, text=True, check=False)
    assert alone.returncode == 0, alone.stderr
    assert '"rows_unchanged": 1' in alone.stdout
    doctor = subprocess.run([FINSAGE, "doctor", "--data-dir", data_dir], capture_output=True, text=True, check=False)
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr


@pytest.mark.parametrize(
    ("verb", "told", "code"),
    [
        ("models", signal.SIGTERM, 143),
        pytest.param("models", signal.SIGINT, 130, marks=pytest.mark.slow),
        ("up", signal.SIGTERM, 143),
    ],
)
def test_who_is_ended_while_beginning_ends_the_database_it_started(
    data_dir: Path, verb: str, told: signal.Signals, code: int
):
    command = [FINSAGE, verb, "--data-dir", data_dir, *(["--port", "0"] if verb == "up" else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        # From here on the database runs; its tables are still to be made.
        while process.poll() is None and not (data_dir / "run" / "database.json").exists():
            time.sleep(0.01)
        process.send_signal(told)
        shown, said = process.communicate(timeout=60)
    assert shown == "", "it was done before it was told to end"
    assert f"There is no data in {data_dir} yet: setting it up" in said
    assert process.returncode == code, said
    assert left_behind(data_dir) == []
