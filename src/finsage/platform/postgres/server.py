"""One run of the server: started as our direct child, asked until it answers, stopped.

``pg_ctl`` would hand the server to process 1, after which nobody of ours can tell its end from its death.

Two things are left out on purpose. There is no PR_SET_PDEATHSIG: Linux sends it when the *thread* that forked
ends, it is lost on the change of user, and setting it needs a preexec_fn, which can deadlock in a process
with threads; what a killed FinSage leaves is ended by the next start instead (``postmaster``). And the server
has a session of its own, so that Ctrl-C in a terminal reaches FinSage alone, which then stops the server
after its last use.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import psycopg

from finsage.platform.postgres.account import Account
from finsage.platform.postgres.binaries import Binaries, child_environment
from finsage.platform.postgres.connection import Connection
from finsage.platform.postgres.errors import (
    FULL,
    ClusterUnusable,
    DataDirectoryFull,
    DataDirectoryUnusable,
    ServerFailed,
    ServerWillNotStop,
)
from finsage.platform.postgres.layout import PORT, Layout, closed_ancestor
from finsage.platform.postgres.logfile import TAIL_LINES, LogPump
from finsage.platform.postgres.postmaster import FAST_SECONDS_MAX, IMMEDIATE_SECONDS_MAX, POLL_SECONDS

READY_SECONDS_MAX = 60.0
_EAGER_SECONDS_MAX = 5.0
_PATIENT_POLL_SECONDS = 0.25
_LOG_DRAIN_SECONDS_MAX = 5.0
_RECOVERING = ("the database system is starting up", "the database system is not yet accepting connections")
_DEFAULTS = {
    "shared_buffers": "128MB",
    "max_connections": "60",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "password_encryption": "scram-sha-256",
    "TimeZone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    # A failed statement can hold amounts or a new role's password; the application logs its own errors
    # without them.
    "log_min_error_statement": "panic",
}


@dataclass(frozen=True, slots=True)
class ServerPlan:
    """Everything one run needs; the watcher starts the next run from the same plan."""

    layout: Layout
    binaries: Binaries
    account: Account
    socket_dir: Path
    settings: Mapping[str, str]

    def command(self) -> list[str]:
        """The command line. What keeps the server closed to the network stands last and wins."""
        closed = {
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": '"' + str(self.socket_dir).replace('"', '""') + '"',
            "unix_socket_permissions": "0700",
            "log_destination": "stderr",
            "logging_collector": "off",
        }
        options = [f"{name}={value}" for name, value in (_DEFAULTS | dict(self.settings) | closed).items()]
        program = str(self.binaries.program("postgres"))
        return [program, "-D", str(self.layout.db), *(part for option in options for part in ("-c", option))]


class Server:
    """A postmaster that is our child."""

    def __init__(self, plan: ServerPlan, stale_pid: int | None, log: Callable[[str], object]) -> None:
        """Start it.

        Args:
            plan: What to start.
            stale_pid: What ``postmaster.pid`` names although no server of this directory has that id: a
                zombie under a process 1 that does not reap, or another program after a restart of the machine
                or container. PostgreSQL would take it for a running server. It is told the way pg_ctl tells
                it (the variable means "an id that cannot be a rival"), keeps its own check of the shared
                memory, and replaces the file itself.
            log: Takes one sentence at a time.
        """
        self._plan = plan
        environment = child_environment()
        if stale_pid is not None:
            environment["PG_GRANDPARENT_PID"] = str(stale_pid)
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own program, no shell
                plan.command(),
                **plan.account.spawn_options(),
                cwd="/",
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise ServerFailed(f"{plan.command()[0]} cannot be started: {error.strerror}.") from error
        self._pump = LogPump(cast("IO[bytes]", self._process.stdout), plan.layout.log / "postgres.log", log)
        self._pump.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def wait(self) -> int:
        """Block until the postmaster ends, and reap it. Negative: the signal that killed it."""
        return self._process.wait()

    def wait_ready(self, connection: Connection, cancelled: threading.Event) -> None:
        """Ask until the server answers with these credentials, every 20 ms at first, for at most 60 s of silence.

        A server that says it is recovering is given the time it needs: a stop would begin the recovery anew.

        Raises:
            ServerFailed: the server ended (with its last log lines), or did not answer in time.
            DataDirectoryFull, DataDirectoryUnusable, ClusterUnusable: it said that this is why.
        """
        started = time.monotonic()
        deadline = started + READY_SECONDS_MAX
        while not cancelled.is_set():
            if not self.is_alive():
                raise self._failure(f"PostgreSQL ended while starting (exit {self._process.returncode}).")
            refusal = _refusal(connection)
            if not refusal:
                return
            if "password authentication failed" in refusal:
                raise ClusterUnusable(
                    f"The server on {self._plan.layout.db} refuses the password in "
                    f"{self._plan.layout.secrets}. Restore both from the same backup."
                )
            if any(text in refusal for text in _RECOVERING):
                deadline = time.monotonic() + READY_SECONDS_MAX
            if time.monotonic() > deadline:
                raise self._failure(f"PostgreSQL did not answer within {READY_SECONDS_MAX:.0f} s ({refusal}).")
            # Each refused attempt is a line in the log; a long recovery must not push out all others.
            is_long = time.monotonic() - started > _EAGER_SECONDS_MAX
            cancelled.wait(_PATIENT_POLL_SECONDS if is_long else POLL_SECONDS)
        raise ServerFailed("The start was interrupted by a stop.")

    def stop(self) -> None:
        """Fast shutdown, after 30 s an immediate one; never SIGKILL. A server that has ended is no error.

        Raises:
            ServerWillNotStop: it is there after a minute.
        """
        for wanted, seconds in ((signal.SIGINT, FAST_SECONDS_MAX), (signal.SIGQUIT, IMMEDIATE_SECONDS_MAX)):
            self._process.send_signal(wanted)
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                continue
            self.drain()
            return
        raise ServerWillNotStop(
            f"PostgreSQL (process {self.pid}) did not stop within a minute; see {self._plan.layout.log}.",
            server_pid=self.pid,
        )

    def drain(self, seconds_max: float = _LOG_DRAIN_SECONDS_MAX) -> None:
        """Wait for the end of the log, which comes when the server's last process is gone."""
        self._pump.join(seconds_max)

    def _failure(self, what: str) -> Exception:
        self.drain()
        tail = self._pump.tail()
        if any(text in tail for text in FULL):
            return DataDirectoryFull(
                f"{what} No space left on {self._plan.layout.data_dir}; free some and start again.\n{tail}"
            )
        closed = closed_ancestor(self._plan.layout.db, self._plan.account)
        if closed is not None:
            return DataDirectoryUnusable(
                f"{what} It runs as {self._plan.account.name}, who cannot pass through {closed}. "
                "Choose a place open to that account with --data-dir or FINSAGE_DATA_DIR."
            )
        return ServerFailed(f"{what} Its last {TAIL_LINES} log lines:\n{tail or '(none)'}")


def _refusal(connection: Connection) -> str:
    # The empty string means "it answered". The socket is looked at first, because a connection attempt costs
    # a millisecond.
    if not os.path.lexists(connection.socket_path()):
        return "no socket yet"
    try:
        psycopg.connect(connection.dsn(), connect_timeout=5, application_name="finsage supervisor").close()
    except psycopg.OperationalError as error:
        return str(error).strip() or "refused"
    return ""
