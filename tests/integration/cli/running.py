"""Starting the real product as a user does, and seeing what it leaves behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

FINSAGE = Path(sys.executable).with_name("finsage")
READY_SECONDS = 90
GONE_SECONDS = 60


@dataclass
class Running:
    """A FinSage in a process of its own; ``log`` collects both streams."""

    process: subprocess.Popen[bytes]
    log: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def login(self) -> tuple[str, str]:
        """E-mail address and password as printed."""
        found = re.search(r"Sign in as (\S+) with the password (\S+)", self.output())
        assert found, self.output()
        return found[1], found[2]

    def wait_until_ready(self) -> float:
        """Seconds until the first 200 of /health/ready."""
        started = time.monotonic()
        while time.monotonic() < started + READY_SECONDS:
            assert self.process.poll() is None, self.output()
            try:
                if httpx.get(f"{self.url}/health/ready", timeout=2).status_code == 200 and "Ctrl-C" in self.output():
                    return time.monotonic() - started
            except httpx.TransportError:
                pass
            time.sleep(0.02)
        raise AssertionError(f"not ready after {READY_SECONDS} s: {self.output()}")

    def interrupt(self) -> None:
        """Ctrl-C; comes back when it is gone."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(GONE_SECONDS)

    def was_cut_short(self) -> bool:
        """Whether a request had to be cut off because the time to finish was over: an idle server has none.

        That, and no clock: how long it takes to go depends on what else the machine does.
        """
        return "graceful shutdown exceeded" in self.output()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(data_dir: Path, *options: str, port: int | None = None, **environment: str) -> Running:
    """Start ``finsage up`` and come back at once."""
    port = free_port() if port is None else port
    log = data_dir.parent / f"{data_dir.name}-{port}-{time.monotonic_ns()}.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [FINSAGE, "up", "--data-dir", data_dir, "--port", str(port), *options],
            stdout=stream,
            stderr=stream,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
        )
    return Running(process, log, port)


@contextmanager
def running(data_dir: Path, *options: str, **environment: str) -> Iterator[Running]:
    """A FinSage that is ready, and gone afterwards."""
    product = start(data_dir, *options, **environment)
    try:
        product.wait_until_ready()
        yield product
    finally:
        if product.process.poll() is None:
            product.process.kill()
            product.process.wait()


def left_behind(data_dir: Path) -> list[str]:
    """Command lines of processes that name the data directory, and sockets below it."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = place.read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(data_dir) in line and "pytest" not in line:
            found.append(line)
    found += [str(path) for path in data_dir.rglob("*") if path.is_socket()]
    return found
