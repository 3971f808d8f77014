"""The embedded server from the first start to the last: in order, under a lock, and watched."""

from __future__ import annotations

import atexit
import logging
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

import psycopg
from psycopg import sql

from finsage.errors import FinSageError
from finsage.platform.durable import write_private
from finsage.platform.postgres.account import choose_account
from finsage.platform.postgres.beside import Beside
from finsage.platform.postgres.binaries import Binaries, find_binaries, usable_binaries
from finsage.platform.postgres.cluster import SUPERUSER, ensure_cluster
from finsage.platform.postgres.connection import Connection
from finsage.platform.postgres.errors import DataDirectoryUnusable, EmbeddedUnsupported, ServerFailed, storage
from finsage.platform.postgres.layout import PORT, Layout, admit, clear_socket, prepare, socket_directory
from finsage.platform.postgres.lock import DataDirectoryLock, owner_pid
from finsage.platform.postgres.postmaster import stop_orphan
from finsage.platform.postgres.server import Server, ServerPlan

DATABASE = "finsage"
CRASHES_MAX = 5
CRASH_WINDOW_SECONDS = 60.0
BACK_OFF_SECONDS_MIN = 0.1
BACK_OFF_SECONDS_MAX = 5.0
_BACKENDS_SECONDS_MAX = 1.0

_default_log = logging.getLogger("finsage.postgres").warning


class EmbeddedPostgres:
    """One PostgreSQL below one data directory, owned by this process between ``start`` and ``stop``.

    Args:
        data_dir: Created when absent; closed to other users.
        binaries_dir: Where ``postgres`` and ``initdb`` are; default ``FINSAGE_PG_BINDIR``, the wheel, the
            distribution.
        account: Whom the server runs as when we are root; default ``FINSAGE_PG_USER``, finsage, postgres,
            nobody.
        settings: Server settings over the defaults. What keeps the server off the network cannot be changed.
        log: Takes a sentence about each notable event (crash, restart, orphan stopped).
        on_give_up: Called once, in the watcher's thread, with the reason, after the fifth crash within 60 s.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        binaries_dir: Path | None = None,
        account: str | None = None,
        settings: Mapping[str, str] | None = None,
        log: Callable[[str], object] = _default_log,
        on_give_up: Callable[[str], object] | None = None,
    ) -> None:
        self._layout = Layout(data_dir.expanduser().resolve())
        self._binaries_dir = binaries_dir or _path_from(os.environ.get("FINSAGE_PG_BINDIR"))
        self._account = account or os.environ.get("FINSAGE_PG_USER") or None
        self._settings = dict(settings or {})
        self._log = log
        self._on_give_up = on_give_up
        self._lock = DataDirectoryLock(self._layout.lock)
        self._guard = threading.Lock()  # between a restart by the watcher and a stop by anybody
        self._stopping = threading.Event()
        self._plan: ServerPlan | None = None
        self._server: Server | None = None
        self._connection: Connection | None = None
        self._watcher: threading.Thread | None = None
        self._starter_pid = 0

    @property
    def layout(self) -> Layout:
        return self._layout

    @property
    def server_pid(self) -> int | None:
        """The postmaster's process id; None before ``start`` and after ``stop``."""
        return self._server.pid if self._server is not None else None

    @property
    def binaries(self) -> Binaries:
        """The programs in use, for pg_dump and the like. Only between ``start`` and ``stop``."""
        if self._plan is None:
            raise ServerFailed("The embedded PostgreSQL is not running.")
        return self._plan.binaries

    def start(self) -> Connection:
        """Own the data directory and run the server in it, initialised when new.

        Returns:
            The superuser's connection to the database ``finsage``.

        Raises:
            DataDirectoryInUse: another FinSage owns it; ``owner_pid`` says which process.
            DataDirectoryUnusable, DataDirectoryFull: the place refuses us or is full.
            NoAccount, BinariesUnusable, ClusterUnusable: no account, no programs, files that do not fit.
            ServerFailed: it ended while starting, or did not answer; the last log lines are in the message.
            ServerWillNotStop: a server left by a killed FinSage stays.
            EmbeddedUnsupported: this is Windows.
        """
        if sys.platform == "win32":
            raise EmbeddedUnsupported("On Windows set FINSAGE_DATABASE_URL to a PostgreSQL 15 or later, or use WSL.")
        prepare(self._layout)
        self._lock.acquire()
        try:
            self._begin()
        except BaseException:
            self._end()
            raise
        assert self._connection is not None
        return self._connection

    def stop(self) -> None:
        """Stop the server and give the data directory back. Without a running server it does nothing.

        Raises:
            ServerWillNotStop: after SIGINT, 30 s, SIGQUIT and 30 s more. It is never killed.
        """
        if self._starter_pid == os.getpid():
            self._end()

    def __enter__(self) -> Connection:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _begin(self) -> None:
        self._stopping.clear()
        self._starter_pid = os.getpid()  # a forked child inherits this object and must not stop its parent's server
        atexit.register(self.stop)
        self._layout.database_json.unlink(missing_ok=True)
        Beside(self._layout.data_dir).forget()  # nobody can join before the address is there again
        account = choose_account(self._account, self._layout.db)
        admit(self._layout, account)
        binaries = usable_binaries(find_binaries(self._binaries_dir), self._layout, account)
        password = ensure_cluster(self._layout, binaries, account)
        socket_dir = socket_directory(self._layout, account)
        self._plan = ServerPlan(self._layout, binaries, account, socket_dir, self._settings)
        self._connection = Connection(str(socket_dir), PORT, DATABASE, SUPERUSER, password)
        self._launch()
        _ensure_database(self._connection)
        self._publish(self._connection)
        self._watcher = threading.Thread(target=self._watch, name="finsage-postgres-watcher", daemon=True)
        self._watcher.start()

    def _end(self) -> None:
        with self._guard:
            self._stopping.set()
            server = self._server
        if server is not None:
            server.stop()
        if self._watcher is not None and self._watcher is not threading.current_thread():
            self._watcher.join()
        with storage(self._layout.run):
            self._layout.database_json.unlink(missing_ok=True)
        self._remove_short_socket_directory()
        self._server = self._watcher = self._plan = self._connection = None
        self._lock.release()
        atexit.unregister(self.stop)

    def _launch(self) -> None:
        assert self._plan is not None
        assert self._connection is not None
        stale_pid = stop_orphan(self._layout.db, self._log)
        clear_socket(self._plan.socket_dir)
        with self._guard:
            if self._stopping.is_set():
                raise ServerFailed("The start was interrupted by a stop.")
            self._server = Server(self._plan, stale_pid, self._log)
        try:
            self._server.wait_ready(self._connection.with_database("postgres"), self._stopping)
        except BaseException:
            self._server.stop()
            raise

    def _publish(self, connection: Connection) -> None:
        path = self._layout.database_json
        draft = path.with_suffix(".new")
        with storage(path):
            draft.unlink(missing_ok=True)
            write_private(draft, connection.to_json().encode())
            draft.rename(path)

    def _remove_short_socket_directory(self) -> None:
        # The one inside the data directory stays; one in /run or /tmp is ours only while the server runs.
        if self._plan is not None and not self._plan.socket_dir.is_relative_to(self._layout.data_dir):
            with storage(self._plan.socket_dir):
                self._plan.socket_dir.rmdir()

    def _watch(self) -> None:
        crashes: deque[float] = deque(maxlen=CRASHES_MAX)
        while self._server is not None:
            status = self._server.wait()
            if self._stopping.is_set():
                return
            self._server.drain(_BACKENDS_SECONDS_MAX)
            self._log(f"PostgreSQL (process {self._server.pid}) ended unexpectedly: {_ending(status)}.")
            if not self._heal(crashes):
                return

    def _heal(self, crashes: deque[float]) -> bool:
        """Restart until it holds. False: stopped meanwhile, or given up."""
        reason = "the server ended"
        crashed_at = time.monotonic()
        while True:
            crashes.append(time.monotonic())
            if _are_too_many(crashes):
                self._give_up(reason)
                return False
            if self._stopping.wait(_back_off_seconds(crashes)):
                return False
            try:
                self._launch()
            except (FinSageError, OSError) as error:
                if self._stopping.is_set():
                    return False
                reason = str(error)
                self._log(f"PostgreSQL did not restart: {reason}")
            else:
                self._log(f"PostgreSQL runs again after {time.monotonic() - crashed_at:.2f} s.")
                return True

    def _give_up(self, reason: str) -> None:
        text = (
            f"PostgreSQL crashed {CRASHES_MAX} times within {CRASH_WINDOW_SECONDS:.0f} s and is not started "
            f"again; see {self._layout.log}/postgres.log. Last: {reason}"
        )
        self._log(text)
        if self._on_give_up is not None:
            self._on_give_up(text)


def attach(data_dir: Path) -> Connection | None:
    """The connection published by the FinSage that runs on ``data_dir``; None when none runs or is ready yet.

    Raises:
        DataDirectoryInUse: an owner exists but is in its very first moments.
        DataDirectoryUnusable: the file belongs to another user or is damaged.
    """
    if owner_pid(data_dir) is None:
        return None
    path = Layout(data_dir).database_json
    with storage(path):
        if not path.exists():
            return None
        text = path.read_text("utf-8")
    try:
        return Connection.from_json(text)
    except (KeyError, TypeError, ValueError) as error:
        raise DataDirectoryUnusable(f"{path} is damaged; restart the FinSage that runs there.") from error


def _ensure_database(connection: Connection) -> None:
    with psycopg.connect(connection.with_database("postgres").dsn(), autocommit=True) as session:
        found = session.execute("SELECT 1 FROM pg_database WHERE datname = %s", [connection.dbname]).fetchone()
        if found is None:
            session.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(connection.dbname)))


def _are_too_many(crashes: deque[float]) -> bool:
    return len(crashes) == CRASHES_MAX and crashes[-1] - crashes[0] <= CRASH_WINDOW_SECONDS


def _back_off_seconds(crashes: deque[float]) -> float:
    recent = sum(crashes[-1] - crash <= CRASH_WINDOW_SECONDS for crash in crashes)
    return min(BACK_OFF_SECONDS_MAX, BACK_OFF_SECONDS_MIN * float(4 ** (recent - 1)))


def _ending(status: int) -> str:
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"exit {status}"


def _path_from(text: str | None) -> Path | None:
    return Path(text) if text else None
