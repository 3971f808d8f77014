"""The database roles. None that runs the product is a superuser, owns a table or bypasses row-level security."""

from __future__ import annotations

from typing import Any, LiteralString

from psycopg import Connection, sql

ROLES = {
    "finsage_owner": "owns the tables and runs migrations",
    "finsage_app": "serves requests and jobs",
    "finsage_ingest": "bulk imports",
    "finsage_audit": "appends audit events",
    "finsage_read": "reads masked views",
    "finsage_backup": "reads everything for a dump",
}

OWNER = "finsage_owner"

# Limits that keep one request from holding up the others; they belong to the role, so no code path can forget them. A
# session that switches to the role after signing in as another does not get them with it and asks for them.
LIMITS = {"statement_timeout": "15s", "lock_timeout": "2s", "idle_in_transaction_session_timeout": "10s"}

# finsage_app inherits nothing: it may become the ingest role for a bulk write, and only by saying so.
_GRANT_INGEST: LiteralString = "GRANT finsage_ingest TO finsage_app"
# And whether this role may mend it: up to PostgreSQL 15 by CREATEROLE, since then by the admin option.
_LACKS_INGEST: LiteralString = (
    "SELECT NOT pg_has_role('finsage_app', 'finsage_ingest', 'MEMBER')"
    " AND CASE WHEN current_setting('server_version_num')::int < 160000 THEN rolcreaterole"
    " ELSE pg_has_role(current_user, 'finsage_ingest', 'MEMBER WITH ADMIN OPTION') END"
    " FROM pg_roles WHERE rolname = current_user"
)


def ensure_roles(connection: Connection[Any], app_password: str | None) -> None:
    """Create what is missing; safe to repeat. The caller holds the migration lock and a transaction.

    Args:
        connection: as a role that may create roles; where all exist already, any member of ``finsage_owner``.
        app_password: gives ``finsage_app`` a login of its own.
    """
    # Roles belong to the cluster: two databases of one server may start at once, and their locks differ.
    connection.execute("SELECT pg_advisory_xact_lock(1179209542)")
    rows = connection.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'finsage\\_%'").fetchall()
    absent = set(ROLES) - {row[0] for row in rows}
    for role in ROLES:
        if role in absent:
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN NOINHERIT").format(sql.Identifier(role)))
    is_superuser = _one(connection, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    if not is_superuser and absent:
        for role in ROLES:
            connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(role)))
    _own_schema(connection)
    if is_superuser or absent:
        _configure(connection, app_password, may_grant_parameters=is_superuser)
    elif _one(connection, _LACKS_INGEST):  # made by a version whose application did not need it
        connection.execute(_GRANT_INGEST)


def _own_schema(connection: Connection[Any]) -> None:
    if _one(connection, "SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'public'") == OWNER:
        return
    database = sql.Identifier(_one(connection, "SELECT current_database()"))
    connection.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(sql.Identifier(OWNER)))
    connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    connection.execute(
        sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO finsage_app, finsage_ingest").format(database)
    )


def _configure(connection: Connection[Any], app_password: str | None, *, may_grant_parameters: bool) -> None:
    for name, value in LIMITS.items():
        connection.execute(
            sql.SQL("ALTER ROLE finsage_app SET {} = {}").format(sql.Identifier(name), sql.Literal(value))
        )
    connection.execute(_GRANT_INGEST)
    if may_grant_parameters:
        connection.execute("GRANT SET ON PARAMETER session_replication_role TO finsage_ingest")
    if app_password is not None:
        connection.execute(sql.SQL("ALTER ROLE finsage_app LOGIN PASSWORD {}").format(sql.Literal(app_password)))


def _one(connection: Connection[Any], query: LiteralString) -> Any:
    [(value,)] = connection.execute(query).fetchall()
    return value
