"""What must hold in the database before FinSage serves from it; the same list at start and in ``finsage doctor``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from finsage.errors import Unavailable
from finsage.migrations import SERVER_VERSION_MIN, head

APP_ROLE = "finsage_app"


class UnsafeDatabase(Unavailable):
    """The database is not in a state that FinSage may serve from."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``remedy`` is one line, empty when all is well."""

    name: str
    is_ok: bool
    detail: str
    remedy: str = ""


def inspect(dsn: str) -> list[Finding]:
    """Look at everything.

    Args:
        dsn: of the owner or a superuser.

    Raises:
        psycopg.OperationalError: the server does not answer.
    """
    with psycopg.connect(dsn, autocommit=True) as connection:
        return [check(connection) for check in _CHECKS]


def demand(dsn: str) -> None:
    """Refuse to serve from a database with a bad finding.

    Raises:
        UnsafeDatabase: names each finding and its remedy.
    """
    bad = [finding for finding in inspect(dsn) if not finding.is_ok]
    if bad:
        raise UnsafeDatabase("\n".join(f"{item.name}: {item.detail}. {item.remedy}" for item in bad))


_Connection = psycopg.Connection[tuple[object, ...]]


def _names(connection: _Connection, sql: str) -> list[str]:
    return [str(row[0]) for row in connection.execute(sql).fetchall()]


def _version(connection: _Connection) -> Finding:
    major = connection.info.server_version // 10_000
    remedy = f"Use PostgreSQL {SERVER_VERSION_MIN} or later"
    return Finding("server version", major >= SERVER_VERSION_MIN, f"PostgreSQL {major}", remedy)


def _durability(connection: _Connection) -> Finding:
    names = ("fsync", "synchronous_commit", "full_page_writes", "data_checksums")
    off = _names(connection, f"SELECT name FROM pg_settings WHERE name IN {names} AND setting = 'off'")
    detail = f"{', '.join(off)} off" if off else "fsync, synchronous_commit, full_page_writes, data_checksums on"
    return Finding("durability", not off, detail, "Switch them on: an acknowledged booking must survive a crash")


def _schema(connection: _Connection) -> Finding:
    [(found,)] = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    return Finding("schema", found == head(), f"revision {found}", f"Run finsage migrate to reach {head()}")


def _roles(connection: _Connection) -> Finding:
    strong = _names(
        connection,
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'finsage\\_%' AND rolname <> 'finsage_owner'"
        " AND (rolsuper OR rolbypassrls)"
        f" UNION SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public' AND tableowner = '{APP_ROLE}'",
    )
    detail = f"{', '.join(strong)} could go round row-level security" if strong else "none beyond its rights"
    return Finding("roles", not strong, detail, "Take SUPERUSER, BYPASSRLS and ownership from them")


def _row_level_security(connection: _Connection) -> Finding:
    open_tables = _names(
        connection,
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'"
        " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition"
        " AND NOT (c.relrowsecurity AND c.relforcerowsecurity)",
    )
    detail = f"not forced on {', '.join(open_tables)}" if open_tables else "forced on every tenant's table"
    return Finding("row-level security", not open_tables, detail, "ALTER TABLE … FORCE ROW LEVEL SECURITY")


def _partitions(connection: _Connection) -> Finding:
    granted = _names(
        connection,
        "SELECT c.relname FROM pg_class c WHERE c.relispartition AND c.relkind = 'r'"
        f" AND has_table_privilege('{APP_ROLE}', c.oid, 'SELECT, INSERT, UPDATE, DELETE') ORDER BY 1 LIMIT 5",
    )
    detail = f"{APP_ROLE} reaches {', '.join(granted)}" if granted else "reached through their parents alone"
    return Finding("partitions", not granted, detail, f"REVOKE ALL ON them FROM {APP_ROLE}")


_GUARDS = (
    "postings_sum_to_zero", "transactions_append_only", "postings_append_only", "audit_events_append_only",
)  # fmt: skip


def _guards(connection: _Connection) -> Finding:
    always = _names(connection, "SELECT tgname FROM pg_trigger WHERE tgenabled = 'A' AND tgparentid = 0")
    missing = [guard for guard in _GUARDS if guard not in always]
    detail = f"{', '.join(missing)} not ENABLE ALWAYS" if missing else "sum zero and append-only are always on"
    return Finding("guards", not missing, detail, "ALTER TABLE … ENABLE ALWAYS TRIGGER …")


def _bulk_imports(connection: _Connection) -> Finding:
    """Never bad: without the grant imports are as safe and slower."""
    [(may_skip,)] = connection.execute(
        "SELECT has_parameter_privilege('finsage_ingest', 'session_replication_role', 'SET')"
    ).fetchall()
    detail = (
        "foreign keys are checked once per import"
        if may_skip
        else "foreign keys are checked row by row, which is slower; a superuser may "
        "GRANT SET ON PARAMETER session_replication_role TO finsage_ingest"
    )
    return Finding("bulk imports", is_ok=True, detail=detail)


_CHECKS: tuple[Callable[[_Connection], Finding], ...] = (
    _version, _durability, _schema, _roles, _row_level_security, _partitions, _guards, _bulk_imports,
)  # fmt: skip
