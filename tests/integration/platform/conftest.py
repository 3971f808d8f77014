from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from support import fast_place

from finsage.platform.postgres import EmbeddedPostgres

OWNER_SCRIPT = Path(__file__).with_name("postgres_owner.py")


def server_processes(data_dir: Path) -> list[int]:
    """Every process that works in the database directory, zombies left out."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cwd").readlink() == data_dir / "db":
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def status_of(pid: int) -> dict[str, str]:
    """``/proc/<pid>/status`` by name; empty when the process (a backend, say) has just ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def wait_until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.02)


@pytest.fixture
def new_dir() -> Iterator[Path]:
    """An empty directory the server's account can pass to (pytest's tmp_path is closed to it when we are root)."""
    directory = Path(tempfile.mkdtemp(prefix="finsage-pg-", dir=fast_place())).resolve()
    yield directory
    left = server_processes(directory)
    for pid in left:
        os.kill(pid, signal.SIGQUIT)
    wait_until(lambda: not server_processes(directory))
    shutil.rmtree(directory)
    assert left == [], "a test left a server behind"


@pytest.fixture(scope="session")
def initialised_dir() -> Iterator[Path]:
    """A data directory whose server has run once."""
    directory = Path(tempfile.mkdtemp(prefix="finsage-pg-", dir=fast_place())).resolve()
    with EmbeddedPostgres(directory, settings={"fsync": "off"}):
        pass
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def data_dir(new_dir: Path, initialised_dir: Path) -> Path:
    """A copy of the initialised data directory: a start from it spares the initdb."""
    subprocess.run(["cp", "-a", f"{initialised_dir}/.", new_dir], check=True)
    return new_dir


@dataclass
class Owner:
    """A running ``postgres_owner.py`` and what it said first."""

    process: subprocess.Popen[str]
    said: dict[str, object]

    def read(self) -> dict[str, object]:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline() or "{}")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def close(self) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        if not self.process.stdin.closed:
            self.process.stdin.close()
        status = self.process.wait(40)
        self.process.stdout.close()
        return status


@pytest.fixture
def start_owner() -> Iterator[Callable[..., Owner]]:
    """Start FinSage's part in another process: ``start_owner(data_dir, python=…, environment=…, **popen options)``."""
    owners: list[Owner] = []

    def start(
        data_dir: Path,
        python: str = sys.executable,
        environment: Mapping[str, str] | None = None,
        **options: object,
    ) -> Owner:
        process = subprocess.Popen(
            [python, str(OWNER_SCRIPT), str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env=dict(os.environ if environment is None else environment),
            **options,
        )
        owner = Owner(process, {})
        owners.append(owner)
        owner.said = owner.read()
        return owner

    yield start
    for owner in owners:
        owner.close()
