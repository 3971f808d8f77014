"""All that is in a database, as counts and digests: whether a request had an effect, and whether it had it once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from support import Server

# The table of keys is what the tests ask about, not an effect; rates are no request's business, and long.
_LEFT_OUT = ("idempotency_keys", "exchange_rates", "rate_files", "login_failures", "alembic_version")
# Noted once a minute about a session, whatever it asks for.
_ROW = {"sessions": "(t.id, t.revoked_at)::text"}

Snapshot = Mapping[str, tuple[int, str]]


@dataclass(frozen=True)
class State:
    """The database of a test, looked at as the superuser."""

    server: Server

    def snapshot(self) -> Snapshot:
        """Rows and a digest of their content, per table."""
        tables = self.server.query(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
            " AND NOT relispartition AND relname <> ALL (%s) ORDER BY 1",
            list(_LEFT_OUT),
        )
        parts = [
            f"SELECT '{name}', count(*), md5(coalesce(string_agg({_ROW.get(name, 't::text')}, E'\\n'"
            f" ORDER BY {_ROW.get(name, 't::text')}), '')) FROM {name} t"
            for (name,) in tables
        ]
        return {name: (rows, digest) for name, rows, digest in self.server.query(" UNION ALL ".join(parts))}

    def keys(self) -> int:
        """Idempotency keys that are stored."""
        return int(self.server.query("SELECT count(*) FROM idempotency_keys")[0][0])


def changed(before: Snapshot, after: Snapshot) -> dict[str, int]:
    """The tables that differ, and by how many rows."""
    return {name: after[name][0] - before[name][0] for name in after if after[name] != before[name]}
