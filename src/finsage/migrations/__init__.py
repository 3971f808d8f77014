"""The schema's history: roles, Alembic versions, and the function that applies them under an advisory lock.

Safe from any number of processes at once: the first to take the lock migrates, the others wait and find it done.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, pool, text
from sqlalchemy.exc import OperationalError

from finsage.errors import Conflict, Unavailable
from finsage.migrations.roles import ensure_roles

SERVER_VERSION_MIN = 15
logging.getLogger("alembic").setLevel(logging.WARNING)  # who starts FinSage is not told about DDL contexts
_LOCK = 0x46696E5361676520  # "FinSage "


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
    engine = create_engine("postgresql+psycopg://", creator=_creator(dsn), poolclass=pool.NullPool)
    with _connect(engine) as connection:
        check_server(connection)
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        connection.commit()
        try:
            return _upgrade(connection, app_password)
        finally:
            connection.rollback()
            connection.execute(text("RESET ROLE"))
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
            connection.commit()


def _connect(engine: Engine) -> Connection:
    try:
        return engine.connect()
    except OperationalError as error:
        # The driver's text names host and user, never the password.
        raise DatabaseUnreachable(
            f"{str(error.orig).strip()}\nCheck that the server of FINSAGE_DATABASE_URL runs and lets this account in."
        ) from error


def head() -> str:
    """The newest revision this version knows."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None, "there is at least one revision"
    return revision


def check_server(connection: Connection) -> int:
    """The server's major version.

    Raises:
        DatabaseTooOld: it is below 15.
    """
    number = int(connection.execute(text("SHOW server_version_num")).scalar_one()) // 10_000
    if number < SERVER_VERSION_MIN:
        raise DatabaseTooOld(
            f"The server of FINSAGE_DATABASE_URL runs PostgreSQL {number}; FinSage needs {SERVER_VERSION_MIN} or "
            "later. Upgrade the server, or unset FINSAGE_DATABASE_URL to use the embedded one."
        )
    return number


def _upgrade(connection: Connection, app_password: str | None) -> str:
    current = MigrationContext.configure(connection).get_current_revision()
    connection.commit()
    target = head()
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if current is not None and current not in known:
        raise SchemaNewer(
            f"The schema has revision {current}, this FinSage knows up to {target}. Start the newer FinSage again."
        )
    ensure_roles(connection, app_password)
    if current != target:
        config = _config()
        config.attributes["connection"] = connection
        connection.execute(text("SET ROLE finsage_owner"))
        connection.commit()
        command.upgrade(config, "head")
        connection.commit()
    return target


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config


def _creator(dsn: str) -> Callable[[], psycopg.Connection[Any]]:
    return lambda: psycopg.connect(dsn)
