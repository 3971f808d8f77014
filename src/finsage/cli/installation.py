"""How a verb reaches the database: an external server, the one a running FinSage owns, or one it starts itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from finsage.cli.stopping import ended_in_order
from finsage.migrations import migrate
from finsage.migrations.inspection import APP_ROLE
from finsage.migrations.roles import LIMITS
from finsage.platform.changes import Changes, always
from finsage.platform.postgres import Connection, EmbeddedPostgres, attach, role_password
from finsage.platform.postgres.beside import Beside
from finsage.platform.settings import InvalidSetting, Settings


@dataclass(frozen=True, slots=True)
class Installation:
    """Two ways into one database: as the owner for migrations and checks, as the application for everything else."""

    owner_dsn: str
    app_dsn: str
    is_embedded: bool
    is_shared: Callable[[], bool]
    """Whether other processes may write, now."""

    def changes(self) -> Changes:
        """What a process on this installation tells its cached answers by."""
        return Changes(self.is_shared)


@contextmanager
def open_installation(
    settings: Settings,
    *,
    log: Callable[[str], None],
    may_attach: bool = True,
    on_give_up: Callable[[str], None] | None = None,
) -> Iterator[Installation]:
    """The installation of the settings, its schema brought up to date.

    Args:
        settings: where the data lives.
        log: takes progress, one line each.
        may_attach: use the database of a FinSage that is running on the same data directory.
        on_give_up: called from another thread when the embedded server keeps crashing.

    Raises:
        DataDirectoryInUse: another FinSage owns the directory and ``may_attach`` is off.
        InvalidSetting: the address of the external server is none.
        DatabaseTooOld, SchemaNewer: see ``migrate``.
    """
    if settings.database_url is not None:
        app_dsn = _as_app(settings.database_url)
        migrate(settings.database_url)
        yield Installation(settings.database_url, app_dsn, is_embedded=False, is_shared=always)
        return
    beside = Beside(settings.data_dir)
    running = attach(settings.data_dir) if may_attach else None
    if running is not None:
        beside.join()
        yield _embedded(settings, running, always)
        return
    server = EmbeddedPostgres(settings.data_dir, log=log, on_give_up=on_give_up or log)
    if not server.layout.db.exists():
        log(f"There is no data in {settings.data_dir} yet: setting it up, which takes some seconds.")
    with ended_in_order():
        connection = server.start()
        try:
            yield _embedded(settings, connection, always if settings.has_company else beside)
        finally:
            server.stop()


def _embedded(settings: Settings, connection: Connection, is_shared: Callable[[], bool]) -> Installation:
    password = role_password(settings.data_dir, "app")
    migrate(connection.dsn(), app_password=password)
    app_dsn = connection.with_role(APP_ROLE, password).dsn()
    return Installation(connection.dsn(), app_dsn, is_embedded=True, is_shared=is_shared)


def _as_app(url: str) -> str:
    """The same address, switching to the application role at connect, so that no second login is needed.

    Options of the address are kept and may change the role's limits; which role it is they cannot.
    """
    try:
        given = conninfo_to_dict(url)
    except ProgrammingError:
        # The driver's text repeats the address, in which a password may stand.
        raise InvalidSetting(
            "FINSAGE_DATABASE_URL is no address of a PostgreSQL database; "
            "write it like postgresql://user@host:5432/finsage."
        ) from None
    limits = [f"-c {name}={value}" for name, value in LIMITS.items()]
    return make_conninfo(url, options=" ".join([*limits, str(given.get("options", "")), f"-c role={APP_ROLE}"]))
