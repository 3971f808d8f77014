"""All that is in a database, as counts and digests: whether a request had an effect, and whether it had it once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg

# The table of keys is what the tests ask about, not an effect; rates are no request's business, and long.
_LEFT_OUT = ("idempotency_keys", "exchange_rates", "rate_files", "login_failures", "alembic_version", "cache_versions")
# Noted once a minute about a session, whatever it asks for.
_ROW = {"sessions": "(t.id, t.revoked_at)::text"}

Snapshot = Mapping[str, tuple[int, str]]


class State:
    """The database of a test, looked at as the superuser over one connection."""

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        self._connection = connection
        # Two more processes to look at hundreds of small tables cost more than the tables.
        connection.execute("SET max_parallel_workers_per_gather = 0")
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
            " AND NOT relispartition AND relname <> ALL (%s) ORDER BY 1",
            [list(_LEFT_OUT)],
        ).fetchall()
        self._sql = " UNION ALL ".join(_digest(name, _ROW.get(name, "t::text")) for (name,) in tables)

    def snapshot(self) -> Snapshot:
        """Rows and a digest of their content, per table."""
        return {name: (rows, digest) for name, rows, digest in self._connection.execute(self._sql)}

    def keys(self) -> int:
        """Idempotency keys that are stored."""
        [(count,)] = self._connection.execute("SELECT count(*) FROM idempotency_keys")
        return int(count)


def _digest(table: str, row: str) -> str:
    # A sum: the order of the rows does not matter, and none has to be sorted.
    return f"SELECT '{table}', count(*), coalesce(sum(hashtextextended({row}, 0)), 0)::text FROM {table} t"


def changed(before: Snapshot, after: Snapshot) -> dict[str, int]:
    """The tables that differ, and by how many rows."""
    return {name: after[name][0] - before[name][0] for name in after if after[name] != before[name]}
