"""A process that owns an embedded PostgreSQL, for tests that need to kill or interrupt one.

Prints one JSON line when ready, or ``{"error": ...}``; stops at the end of its input, or after Ctrl-C and a query.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import psycopg

from finsage.errors import FinSageError
from finsage.platform.postgres import EmbeddedPostgres


def say(**fields: object) -> None:
    print(json.dumps(fields), flush=True)


def main() -> int:
    # A shell without job control starts what runs in its background with Ctrl-C ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    settings = {"fsync": "off"}
    server = EmbeddedPostgres(Path(sys.argv[1]), settings=settings, log=lambda line: print(line, file=sys.stderr))
    try:
        connection = server.start()
    except FinSageError as error:
        say(error=type(error).__name__, detail=error.detail)
        return 1
    try:
        say(pid=os.getpid(), server_pid=server.server_pid, uid=os.geteuid(), connection=connection.to_json())
        sys.stdin.read()
    except KeyboardInterrupt:
        with psycopg.connect(connection.dsn()) as session:
            say(after_interrupt=session.execute("SELECT 42").fetchone())
    server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
