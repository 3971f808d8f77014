"""Connections, and the two kinds of transaction: one that reads and one that may write.

Every transaction states its tenant before its first statement, so that row-level security either has one or fails
closed. Only the edge (a route's unit of work, a job, a command) opens one of these; services and stores receive it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, NewType
from uuid import UUID

import psycopg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from finsage.errors import Conflict, FinSageError, Unavailable
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.changes import Changes, Versions, tenant_tag

ReadSession = NewType("ReadSession", AsyncConnection)
WriteSession = NewType("WriteSession", ReadSession)  # a reader takes a writer's session, never the reverse

_BEGIN = text("SELECT set_config('app.tenant', :tenant, true), set_config('app.user', :user, true)")

_CHANGED = text(
    "INSERT INTO cache_versions (tag) VALUES (:tag) ON CONFLICT (tag) DO UPDATE SET version = gen_random_uuid()"
)
_VERSIONS = text("SELECT tag, version FROM cache_versions WHERE tag = ANY (:tags)")


class DatabaseUnavailable(Unavailable):
    """The database cannot answer right now."""


class StorageFull(Unavailable):
    """The disk is full: nothing was written, reading goes on."""


class Busy(Conflict):
    """The same thing is being changed by another request."""

    retry_after_seconds: ClassVar[int] = 2


class Database:
    """A bounded pool of connections as the application role."""

    def __init__(self, dsn: str, *, pool_size: int, changes: Changes | None = None) -> None:
        self.dsn = dsn
        self.changes = changes or Changes()
        self.engine = create_async_engine(
            "postgresql+psycopg://",
            async_creator=lambda **_: psycopg.AsyncConnection.connect(dsn),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=2,
            pool_pre_ping=False,
            pool_use_lifo=True,
            # An error's text reaches the log, and parameters are amounts, addresses and password hashes.
            hide_parameters=True,
        )
        # One moment for all statements of an answer: a booking that ends between two of them must not be half in it.
        self._reading = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._glancing = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self.changes.reads(self._versions)

    @asynccontextmanager
    async def read(self, tenant_id: UUID | None = None, user_id: UUID | None = None) -> AsyncIterator[ReadSession]:
        """A READ ONLY transaction in one tenant, all of whose statements see the same moment.

        Args:
            tenant_id: whose rows to see; none means what belongs to everyone.
            user_id: who asks, for the rows that belong to a person.

        Raises:
            DatabaseUnavailable: no connection within 2 s, or it was lost.
        """
        async with self._transaction(self._reading, tenant_id, user_id) as connection:
            yield ReadSession(connection)

    @asynccontextmanager
    async def write(
        self, tenant_id: UUID | None = None, user_id: UUID | None = None, *, is_announced: bool = True
    ) -> AsyncIterator[WriteSession]:
        """A transaction that commits when the block ends without an error, then announces the change.

        Args:
            tenant_id: whose rows to see and write; none means what belongs to everyone.
            user_id: who acts, for the rows that belong to a person.
            is_announced: false for bookkeeping that no cached answer shows, as the time a session was last used.

        Raises:
            DatabaseUnavailable: no connection within 2 s, or it was lost; during COMMIT the outcome is unknown and a
                retry with the same idempotency key finds out.
            StorageFull: the disk is full.
            Busy: a lock was not free within 2 s.
        """
        tag = tenant_tag(tenant_id or PUBLIC_TENANT)
        try:
            async with self._transaction(self.engine, tenant_id, user_id) as connection:
                yield WriteSession(ReadSession(connection))
                if is_announced and self.changes.is_shared():
                    # The last statement: who writes for the same tenant waits no longer than for the COMMIT.
                    await connection.execute(_CHANGED, {"tag": tag})
        finally:
            # Also after an error: a COMMIT whose answer was lost may have happened.
            if is_announced:
                self.changes.bump(tag)

    async def invalidate(self, tag: str) -> None:
        """Let no process serve from memory what stands under a tag.

        Raises:
            DatabaseUnavailable: other processes cannot be told.
        """
        async with self.write(is_announced=False) as session:
            await session.execute(_CHANGED, {"tag": tag})
        self.changes.bump(tag)

    async def _versions(self, tags: Sequence[str]) -> Versions:
        try:
            async with self._glancing.connect() as connection:
                found = await connection.execute(_VERSIONS, {"tags": list(tags)})
                return {row.tag: row.version for row in found}
        except (DBAPIError, PoolTimeout, psycopg.Error, OSError) as error:
            raise translate(error) or error from error

    async def revision(self) -> str | None:
        """The migration the schema is at; None before the first."""
        async with self.read() as session:
            found = await session.execute(text("SELECT version_num FROM alembic_version"))
            revision: str | None = found.scalar_one_or_none()
            return revision

    @asynccontextmanager
    async def _transaction(
        self, engine: AsyncEngine, tenant_id: UUID | None, user_id: UUID | None
    ) -> AsyncIterator[AsyncConnection]:
        try:
            async with engine.begin() as connection:
                who = {"tenant": str(tenant_id or PUBLIC_TENANT), "user": str(user_id or PUBLIC_TENANT)}
                await connection.execute(_BEGIN, who)
                _OPEN.set(_OPEN.get() + 1)
                try:
                    yield connection
                finally:
                    _OPEN.set(_OPEN.get() - 1)
        except (DBAPIError, PoolTimeout, psycopg.Error, OSError) as error:
            translated = translate(error)
            if translated is None:
                raise
            raise translated from error

    async def close(self) -> None:
        await self.engine.dispose()


@asynccontextmanager
async def tried(session: WriteSession) -> AsyncIterator[None]:
    """What is written within is seen within and taken back at its end; the transaction around it goes on."""
    async with session.begin_nested() as savepoint:
        yield
        await savepoint.rollback()


_OPEN: ContextVar[int] = ContextVar("finsage_open_transactions", default=0)


def is_in_transaction() -> bool:
    """Whether the task at hand holds an open transaction, as a request to the outside must not."""
    return _OPEN.get() > 0


async def allow_idling(session: ReadSession, seconds: int) -> None:
    """Let this transaction idle for so long while the process computes; the role's own limit is 10 s.

    A longer leave that it has already stays.
    """
    await session.execute(_IDLE, {"limit": f"{seconds}s"})


_IDLE = text(
    "SELECT set_config('idle_in_transaction_session_timeout', :limit, true)"
    " WHERE current_setting('idle_in_transaction_session_timeout')::interval > interval '0'"
    " AND current_setting('idle_in_transaction_session_timeout')::interval < CAST(:limit AS interval)"
)
_LOST = ("08", "57P", "58")
_BY_STATE: dict[str, tuple[type[FinSageError], str]] = {
    "53100": (StorageFull, "The disk that holds the database is full. Free some space, then try again."),
    "25P03": (DatabaseUnavailable, "The answer took too long to compute. Try again in a moment."),
    "53300": (DatabaseUnavailable, "The database has no free connection. Try again in a moment."),
    "55P03": (Busy, "Another request holds what this one needs. Try again in a moment."),
    "57014": (DatabaseUnavailable, "The database took longer than its limit. Try again in a moment."),
    "40001": (DatabaseUnavailable, "Two requests changed the same thing at once. Try again."),
    "40P01": (DatabaseUnavailable, "Two requests waited for each other. Try again."),
}


def translate(error: BaseException) -> FinSageError | None:
    """The error a caller should see for a driver's error, or None where it is a fault of the program.

    Source: PostgreSQL manual, appendix A (error codes).
    """
    cause: Any = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(cause, "sqlstate", None)
    if state in _BY_STATE:
        kind, detail = _BY_STATE[state]
        return kind(detail)
    lost = state is None and isinstance(
        cause, psycopg.OperationalError | psycopg.InterfaceError | OSError | PoolTimeout
    )
    if lost or (state or "").startswith(_LOST):
        return DatabaseUnavailable("The database does not answer. Try again in a moment.")
    return None
