"""The schema's history: roles, Alembic versions, and the function that applies them under an advisory lock.

Safe from any number of processes at once: the first to take the lock migrates, the others wait and find it done.
A schema that is up to date is recognised without Alembic, whose import would take a good part of a warm start.
"""

from __future__ import annotations

import threading
from importlib import import_module
from pathlib import Path
from typing import Any

import psycopg

from finsage.errors import Conflict, Unavailable
from finsage.migrations.roles import ensure_roles

SERVER_VERSION_MIN = 15
VERSIONS = Path(__file__).parent / "versions"
_LOCK = 0x46696E5361676520  # "FinSage "

LIBRARIES = threading.Lock()
"""Held by whoever loads SQLAlchemy beside another thread that may: its modules import one another in circles, and where
two threads meet in one of these, Python hands out a module that is not complete."""


class DatabaseTooOld(Unavailable):
    """The PostgreSQL server is older than FinSage supports."""


class DatabaseUnreachable(Unavailable):
    """The database server does not answer."""


class SchemaNewer(Conflict):
    """The database was written by a newer FinSage."""


def migrate(dsn: str, *, app_password: str | None = None) -> str:
    """Bring the schema to this version; does nothing when it is there.

    Args:
        dsn: libpq address of the owner or a superuser.
        app_password: lets the application role sign in with it; none leaves it a role to switch to.

    Returns:
        The revision now in force.

    Raises:
        DatabaseUnreachable: nobody answers at the address.
        DatabaseTooOld: the server is older than PostgreSQL 15.
        SchemaNewer: the schema has a revision this version does not know.
    """
    # Closing the connection gives the lock back, whatever happens in between.
    with _connect(dsn) as connection:
        check_server(connection)
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        current, target = _current(connection), head()
        if current is not None and current not in revisions():
            raise SchemaNewer(
                f"The schema has revision {current}, this FinSage knows up to {target}. Start the newer FinSage again."
            )
        with connection.transaction():
            ensure_roles(connection, app_password)
        if current != target:
            with LIBRARIES:  # to the end of the upgrade: drivers are loaded at their first use
                import_module("finsage.migrations.upgrade").upgrade(dsn)
        return target


def head() -> str:
    """The newest revision this version knows."""
    return revisions()[-1]


def revisions() -> list[str]:
    """All revisions, oldest first: each is the number its file begins with (a test compares with Alembic's graph)."""
    return sorted(path.stem.partition("_")[0] for path in VERSIONS.glob("[0-9]*.py"))


def check_server(connection: psycopg.Connection[Any]) -> int:
    """The server's major version.

    Raises:
        DatabaseTooOld: it is below 15.
    """
    number = connection.info.server_version // 10_000
    if number < SERVER_VERSION_MIN:
        raise DatabaseTooOld(
            f"The server of FINSAGE_DATABASE_URL runs PostgreSQL {number}; FinSage needs {SERVER_VERSION_MIN} or "
            "later. Upgrade the server, or unset FINSAGE_DATABASE_URL to use the embedded one."
        )
    return number


def _connect(dsn: str) -> psycopg.Connection[Any]:
    try:
        return psycopg.connect(dsn, autocommit=True)
    except psycopg.OperationalError as error:
        # The driver's text names host and user, never the password.
        raise DatabaseUnreachable(
            f"{str(error).strip()}\nCheck that the server of FINSAGE_DATABASE_URL runs and lets this account in."
        ) from error


def _current(connection: psycopg.Connection[Any]) -> str | None:
    [(is_there,)] = connection.execute("SELECT to_regclass('alembic_version') IS NOT NULL").fetchall()
    if not is_there:
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None
