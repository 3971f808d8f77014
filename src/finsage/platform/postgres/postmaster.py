"""What a killed FinSage left behind: the server named by ``postmaster.pid``, and backends without a server.

``postmaster.pid`` is never deleted by us: it keeps two servers from one directory. A signal goes only to a
process seen to be a postgres of this very directory.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from finsage.platform.postgres.errors import ServerWillNotStop

_PROC = Path("/proc")
_HAS_PROC = (_PROC / "self" / "stat").exists()
POLL_SECONDS = 0.02
FAST_SECONDS_MAX = 30.0
IMMEDIATE_SECONDS_MAX = 30.0


def recorded_pid(db: Path) -> int | None:
    """The process id in ``postmaster.pid``; None without the file or with an unfinished one."""
    try:
        first = (db / "postmaster.pid").read_text("utf-8").split("\n", 1)[0].strip()
    except FileNotFoundError:
        return None
    return int(first) if first.isdigit() else None


def stop_orphan(db: Path, log: Callable[[str], object]) -> int | None:
    """End the server and the backends that a killed FinSage left on ``db``.

    Returns:
        The process id that ``postmaster.pid`` still names though no server of this directory has it, else
        None. To hand it to the next server: see ``Server``.

    Raises:
        ServerWillNotStop: it is still there after a minute.
    """
    pid = recorded_pid(db)
    if pid is not None and is_server_of(pid, db):
        log(f"Stopping PostgreSQL (process {pid}), left running on {db} by a FinSage that was killed.")
        _stop(pid, db)
    elif pid is None:
        return None
    end_backends(db, log)
    return recorded_pid(db)


def is_server_of(pid: int, db: Path) -> bool:
    """Whether a living process is a postgres whose data directory is ``db``. A zombie is not alive."""
    if pid <= 1:
        return False
    if _HAS_PROC:
        return _is_live_in(pid, db) and _is_postmaster(pid)
    return _ps_shows(pid, db)


def end_backends(db: Path, log: Callable[[str], object], grace_seconds: float = 1.0) -> None:
    """Wait until no process works in ``db``, asking those that stay to end: SIGTERM, after 5 s SIGQUIT.

    A postmaster that was killed leaves backends which notice at their next pause; one in a long computation
    would hold the shared memory until its end. Without /proc nothing can be seen and PostgreSQL's own check
    decides.

    Raises:
        ServerWillNotStop: one stayed.
    """
    started = time.monotonic()
    asked: dict[int, signal.Signals] = {}
    while pids := _processes_in(db):
        waited = time.monotonic() - started
        if waited > IMMEDIATE_SECONDS_MAX:
            raise ServerWillNotStop(
                f"Process {pids[0]} of a former PostgreSQL still works in {db}. End it, then start again.",
                server_pid=pids[0],
            )
        if waited > grace_seconds:
            wanted = signal.SIGQUIT if waited > grace_seconds + 5.0 else signal.SIGTERM
            _ask_once(pids, wanted, asked, log)
        time.sleep(POLL_SECONDS)


def _ask_once(
    pids: list[int], wanted: signal.Signals, asked: dict[int, signal.Signals], log: Callable[[str], object]
) -> None:
    for pid in pids:
        if asked.get(pid) is not wanted:
            asked[pid] = wanted
            log(f"Ending backend {pid}, whose server is gone ({wanted.name}).")
            send(pid, wanted)


def send(pid: int, wanted: signal.Signals) -> None:
    """Send a signal; a process that has just ended is no error."""
    try:
        os.kill(pid, wanted)
    except ProcessLookupError:
        return


def _stop(pid: int, db: Path) -> None:
    for wanted, seconds in ((signal.SIGINT, FAST_SECONDS_MAX), (signal.SIGQUIT, IMMEDIATE_SECONDS_MAX)):
        send(pid, wanted)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not is_server_of(pid, db):
                return
            time.sleep(POLL_SECONDS)
    raise ServerWillNotStop(
        f"PostgreSQL (process {pid}) on {db} did not stop within a minute. See its log, then start again.",
        server_pid=pid,
    )


def _processes_in(db: Path) -> list[int]:
    if not _HAS_PROC:
        return []
    return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit() and _is_live_in(int(entry.name), db)]


def _is_live_in(pid: int, db: Path) -> bool:
    # Every process of a server has the data directory as its working directory. The program is looked at too,
    # so that an administrator's shell standing there is left alone.
    try:
        if (_PROC / str(pid) / "cwd").readlink() != db.resolve():
            return False
        state = (_PROC / str(pid) / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0]
        title = (_PROC / str(pid) / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False
    return state not in {"Z", "X"} and b"postgres" in title.split(b"\0", 1)[0]


def _is_postmaster(pid: int) -> bool:
    # Backends rewrite their title to "postgres: ..."; a reused process id may belong to one.
    try:
        title = (_PROC / str(pid) / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return not title.startswith(b"postgres:")


def _ps_shows(pid: int, db: Path) -> bool:
    done = subprocess.run(  # noqa: S603 - no shell, the argument is a number
        ["/bin/ps", "-ww", "-o", "stat=,args=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, command = done.stdout.strip().partition(" ")
    return done.returncode == 0 and not state.startswith("Z") and "postgres" in command and str(db) in command
