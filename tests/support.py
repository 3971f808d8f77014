"""What the fixtures and the tests share: constants, and ways to look at the database and to call the application."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import httpx
import psycopg

from finsage.app import Application

# Database roles belong to the cluster, not to a database: every test that lets finsage_app sign in says this password.
APP_PASSWORD = "only-for-tests"
PASSWORD = "a long enough passphrase"
BASE_URL = "http://127.0.0.1"


def fast_place() -> str | None:
    """Memory, where there is enough and programs may run from it, else the usual place.

    On disk a copy of the migrated database costs seven times the processor time.
    """
    memory = Path("/dev/shm")  # noqa: S108
    if not memory.is_dir() or os.statvfs(memory).f_flag & os.ST_NOEXEC:
        return None
    return str(memory) if shutil.disk_usage(memory).free > 2_000_000_000 else None


@dataclass(frozen=True)
class Server:
    """A database of its own: as the superuser, who sees everything, and as the application."""

    owner_dsn: str
    app_dsn: str
    name: str
    _kept: list[psycopg.Connection[tuple[Any, ...]]] = field(default_factory=list, repr=False, compare=False)

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows as the superuser sees them, in all tenants; over one connection, for a new one costs more than most."""
        try:
            return self._query(sql, values)
        except psycopg.OperationalError:
            if self._kept and not self._kept[0].closed:
                raise
            self.close()  # a test ended every session, this one too
            return self._query(sql, values)

    def _query(self, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        if not self._kept:
            # Tests change tables: no plan is kept.
            self._kept.append(psycopg.connect(self.owner_dsn, autocommit=True, prepare_threshold=None))
        cursor = self._kept[0].execute(sql, values or None)
        return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        """End the connection."""
        while self._kept:
            self._kept.pop().close()


@dataclass
class Api:
    """A client of the whole application, over ASGI; ``sign_up`` gives one that is signed in."""

    application: Application
    opened: list[httpx.AsyncClient] = field(default_factory=list)

    def anonymous(self) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.application.asgi, raise_app_exceptions=True)
        client = httpx.AsyncClient(transport=transport, base_url=BASE_URL)
        self.opened.append(client)
        return client

    async def sign_up(self, email: str | None = None) -> httpx.AsyncClient:
        """A client of a fresh user, who owns a tenant of their own; signed in by token."""
        address = email or f"{uuid4().hex}@example.com"
        client = self.anonymous()
        who = {"email": address, "password": PASSWORD}
        (await client.post("/api/v1/auth/register", json=who)).raise_for_status()
        return await self.sign_in(address, client=client)

    async def sign_in(
        self, email: str, *, mode: Literal["session", "token"] = "token", client: httpx.AsyncClient | None = None
    ) -> httpx.AsyncClient:
        """A client of a user there is: a program with a token, or a browser with its cookie and without CSRF token."""
        client = client or self.anonymous()
        who = {"email": email, "password": PASSWORD, "mode": mode}
        answer = (await client.post("/api/v1/auth/login", json=who)).raise_for_status().json()
        if mode == "token":
            client.headers["Authorization"] = f"Bearer {answer['access_token']}"
        return client
