"""Import templates: saved column mappings for kinds of files FinSage does not know."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from finsage.platform.caller import Caller
from finsage.platform.unit import Reading, UnitRoute, Writing, requires
from finsage.portfolio.schemas.import_mapping import (
    ImportMapping,
    ImportTemplateIn,
    ImportTemplateList,
    ImportTemplateOut,
)
from finsage.portfolio.service import import_mapping, imports
from finsage.portfolio.service.import_mapping import Template

router = APIRouter(prefix="/import-templates", tags=["imports"], route_class=UnitRoute)

Reader = Annotated[Caller, requires("portfolio:read")]
Importer = Annotated[Caller, requires("import:write")]


@router.get("")
async def list_import_templates(_: Reader, session: Reading) -> ImportTemplateList:
    """The saved column mappings of the tenant."""
    items = [_shape(item) for item in await import_mapping.list_templates(session)]
    return ImportTemplateList(items=items, next_cursor=None)


@router.post("", status_code=201)
async def save_import_template(caller: Importer, session: Writing, body: ImportTemplateIn) -> ImportTemplateOut:
    """Keep the column mapping of an import for files with the same headers; an older one for them is replaced."""
    return _shape(await imports.save_template(session, caller, body.import_id, body.name))


@router.delete("/{template_id}", status_code=204)
async def delete_import_template(caller: Importer, session: Writing, template_id: UUID) -> None:
    """Throw a template away. What was imported with it stays."""
    await import_mapping.delete_template(session, caller, template_id)


def _shape(item: Template) -> ImportTemplateOut:
    return ImportTemplateOut(
        id=item.id,
        name=item.name,
        header=item.header,
        mapping=ImportMapping(**item.mapping),
        created_at=item.created_at,
    )
