"""Reading and writing the sealed keys of providers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text

from finsage.platform.database import ReadSession, WriteSession

_ALL = text("SELECT provider, sealed, set_at FROM provider_keys ORDER BY provider")
_PUT = text(
    "INSERT INTO provider_keys (provider, sealed) VALUES (:provider, :sealed)"
    " ON CONFLICT (provider) DO UPDATE SET sealed = excluded.sealed, set_at = now()"
)
_DELETE = text("DELETE FROM provider_keys WHERE provider = :provider RETURNING 1")


async def sealed_keys(session: ReadSession) -> list[tuple[str, str, datetime]]:
    """Provider, sealed key and when it was set."""
    return [(row.provider, row.sealed, row.set_at) for row in await session.execute(_ALL)]


async def put(session: WriteSession, provider: str, sealed: str) -> None:
    """Keep a sealed key in place of the one before."""
    await session.execute(_PUT, {"provider": provider, "sealed": sealed})


async def delete(session: WriteSession, provider: str) -> bool:
    """Forget a key; whether there was one."""
    return (await session.execute(_DELETE, {"provider": provider})).first() is not None
