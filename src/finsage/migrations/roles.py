"""The database roles. None that runs the product is a superuser, owns a table or bypasses row-level security."""

from __future__ import annotations

from psycopg import sql
from sqlalchemy import Connection, text

ROLES = {
    "finsage_owner": "owns the tables and runs migrations",
    "finsage_app": "serves requests and jobs",
    "finsage_ingest": "bulk imports",
    "finsage_audit": "appends audit events",
    "finsage_read": "reads masked views",
    "finsage_backup": "reads everything for a dump",
}

# Limits that keep one request from holding up the others; they belong to the role, so no code path can forget them.
_LIMITS = {"statement_timeout": "15s", "lock_timeout": "2s", "idle_in_transaction_session_timeout": "10s"}


def ensure_roles(connection: Connection, app_password: str | None) -> None:
    """Create what is missing; safe to repeat. The caller holds the migration lock of this database.

    Args:
        connection: as a role that may create roles; where all exist already, any member of ``finsage_owner``.
        app_password: gives ``finsage_app`` a login of its own.
    """
    # Roles belong to the cluster: two databases of one server may start at once, and their locks differ.
    connection.execute(text("SELECT pg_advisory_xact_lock(1179209542)"))
    present = set(connection.execute(text("SELECT rolname FROM pg_roles WHERE rolname LIKE 'finsage\\_%'")).scalars())
    for role in ROLES:
        if role not in present:
            connection.exec_driver_sql(f"CREATE ROLE {role} NOLOGIN NOINHERIT")
    superuser = connection.execute(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")).scalar_one()
    if not superuser and set(ROLES) - present:
        for role in ROLES:
            connection.exec_driver_sql(f"GRANT {role} TO CURRENT_USER")
    _configure(connection, app_password, may_alter=bool(superuser or set(ROLES) - present))
    connection.commit()


def _configure(connection: Connection, app_password: str | None, *, may_alter: bool) -> None:
    database = connection.execute(text("SELECT current_database()")).scalar_one()
    schema_owner = connection.execute(
        text("SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'public'")
    ).scalar_one()
    if schema_owner != "finsage_owner":
        connection.exec_driver_sql("ALTER SCHEMA public OWNER TO finsage_owner")
        connection.exec_driver_sql("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        quoted = sql.quote(database).strip("'") if database.isidentifier() else database
        connection.exec_driver_sql(f'GRANT CONNECT, TEMPORARY ON DATABASE "{quoted}" TO finsage_app, finsage_ingest')
    if not may_alter:
        return
    for name, value in _LIMITS.items():
        connection.exec_driver_sql(f"ALTER ROLE finsage_app SET {name} = '{value}'")
    if app_password is not None:
        connection.exec_driver_sql(f"ALTER ROLE finsage_app LOGIN PASSWORD {sql.quote(app_password)}")
