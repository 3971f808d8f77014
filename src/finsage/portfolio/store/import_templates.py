"""Saved column mappings, one per kind of file."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from finsage.platform.database import ReadSession, WriteSession
from finsage.portfolio.tables import import_templates


@dataclass(frozen=True, slots=True)
class Template:
    """A mapping under a name, for files whose headers have this signature."""

    id: UUID
    name: str
    signature: str
    header: list[str]
    mapping: dict[str, Any]
    created_at: datetime


_COLUMNS = [import_templates.c[name] for name in Template.__slots__]


async def list_templates(session: ReadSession) -> list[Template]:
    """The tenant's templates by name."""
    order = (import_templates.c.name, import_templates.c.id)
    return [Template(*row) for row in await session.execute(select(*_COLUMNS).order_by(*order))]


async def find_by_signatures(session: ReadSession, signatures: Collection[str]) -> list[Template]:
    """The templates of any of these signatures."""
    statement = select(*_COLUMNS).where(import_templates.c.signature.in_(signatures))
    return [Template(*row) for row in await session.execute(statement)]


async def save_template(session: WriteSession, tenant_id: UUID, user_id: UUID, values: dict[str, Any]) -> Template:
    """Keep a mapping; one for the same headers is replaced."""
    row = {"tenant_id": tenant_id, "user_id": user_id, **values}
    changed = {name: values[name] for name in ("name", "header", "mapping")}
    statement = (
        insert(import_templates)
        .values(row)
        .on_conflict_do_update(
            index_elements=["tenant_id", "signature"],
            set_={**changed, "user_id": user_id, "created_at": func.now()},
        )
        .returning(*_COLUMNS)
    )
    return Template(*(await session.execute(statement)).one())


async def delete_template(session: WriteSession, template_id: UUID) -> bool:
    """Throw a template away; False when there is none."""
    statement = delete(import_templates).where(import_templates.c.id == template_id).returning(import_templates.c.id)
    return (await session.execute(statement)).first() is not None
