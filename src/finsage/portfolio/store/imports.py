"""Imports: the file as uploaded, what was decided about it, and its state."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update

from finsage.platform.database import ReadSession, WriteSession
from finsage.portfolio.tables import imports


@dataclass(frozen=True, slots=True)
class StoredImport:
    """An import without the bytes of its file.

    ``options`` answers what the file leaves open; ``resolutions`` names an asset id per symbol; ``summary`` holds the
    counts as of the last preview or the confirmation. ``job_id`` is that of a large import's last job: it is read and
    booked by jobs, and its rows are kept in pages; None for one that is small.
    """

    id: UUID
    portfolio_id: UUID
    file_name: str
    format: str
    state: str
    content_hash: str
    options: dict[str, Any]
    resolutions: dict[str, str]
    summary: dict[str, Any]
    created_at: datetime
    confirmed_at: datetime | None
    reverted_at: datetime | None
    job_id: UUID | None = None


_COLUMNS = [imports.c[name] for name in StoredImport.__slots__]


async def insert_import(
    session: WriteSession, tenant_id: UUID, user_id: UUID, values: dict[str, Any], packed: bytes
) -> None:
    """Store an uploaded file, packed by zlib, as a preview."""
    row = {"tenant_id": tenant_id, "user_id": user_id, "state": "preview", "content": packed, **values}
    await session.execute(insert(imports).values(row))


async def find_import(session: ReadSession, import_id: UUID) -> StoredImport | None:
    """The import; None when absent or another tenant's."""
    row = (await session.execute(select(*_COLUMNS).where(imports.c.id == import_id))).first()
    return StoredImport(*row) if row else None


async def lock_import(session: WriteSession, import_id: UUID) -> StoredImport | None:
    """The import, held against other writers until the transaction ends."""
    row = (await session.execute(select(*_COLUMNS).where(imports.c.id == import_id).with_for_update())).first()
    return StoredImport(*row) if row else None


async def content_of(session: ReadSession, import_id: UUID) -> bytes:
    """The file as it was uploaded."""
    return zlib.decompress(await packed_content_of(session, import_id))


async def packed_content_of(session: ReadSession, import_id: UUID) -> bytes:
    """The file packed by zlib."""
    return bytes((await session.execute(select(imports.c.content).where(imports.c.id == import_id))).scalar_one())


async def preview_of(session: ReadSession, import_id: UUID) -> bytes | None:
    """What was kept of a large import's preview, its rows apart."""
    found = (await session.execute(select(imports.c.preview).where(imports.c.id == import_id))).scalar_one()
    return None if found is None else bytes(found)


async def list_imports(session: ReadSession, portfolio_id: UUID) -> list[StoredImport]:
    """The imports of a portfolio, newest first, discarded ones left out."""
    statement = (
        select(*_COLUMNS)
        .where(imports.c.portfolio_id == portfolio_id, imports.c.state != "discarded")
        .order_by(imports.c.created_at.desc())
    )
    return [StoredImport(*row) for row in await session.execute(statement)]


async def update_import(session: WriteSession, import_id: UUID, values: dict[str, Any]) -> None:
    """Change columns of an import."""
    await session.execute(update(imports).where(imports.c.id == import_id).values(values))


async def end_import(session: WriteSession, import_id: UUID, state: str, values: dict[str, Any]) -> None:
    """Move an import to a final state and note when."""
    stamp = {"confirmed": {"confirmed_at": func.now()}, "reverted": {"reverted_at": func.now()}}.get(state, {})
    await update_import(session, import_id, {"state": state, **stamp, **values})
