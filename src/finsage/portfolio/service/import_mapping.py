"""Files of no known format: their columns, what they are taken for, and the templates that know them again.

A mapping is kept with the options of its import, as a person chose it; ``importers.mapping`` makes a format of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO
from uuid import UUID

from finsage.errors import Fault
from finsage.platform import audit, clock
from finsage.platform.caller import Caller
from finsage.platform.database import ReadSession, WriteSession
from finsage.portfolio.errors import InvalidMapping, NotATable, TemplateNotFound
from finsage.portfolio.importers import guessing
from finsage.portfolio.importers.errors import UnknownFormat, UnreadableFile
from finsage.portfolio.importers.guessing import TableLook
from finsage.portfolio.importers.mapping import ColumnMapping, mapping_of
from finsage.portfolio.importers.parsing import Options, parse
from finsage.portfolio.importers.reading import open_text
from finsage.portfolio.importers.rows import ParsedFile, ParsedRow, RowError, RowStatus
from finsage.portfolio.store import import_templates as store
from finsage.portfolio.store.import_templates import Template

__all__ = [
    "MAPPED", "Table", "Template", "choose", "delete_template", "guessed", "list_templates", "look_at", "parsed",
    "save_template", "table_of", "usable",
]  # fmt: skip

MAPPED = "mapped"
"""The format of files whose columns a person names."""


@dataclass(frozen=True, slots=True)
class Table:
    """A file as a table, for a person to name its columns: ``labels`` are the words of the type column."""

    look: TableLook
    labels: tuple[tuple[str, int], ...]


def parsed(
    content: bytes | BinaryIO, *, file_name: str, form: str | None, options: Options, chosen: Mapping[str, Any]
) -> ParsedFile:
    """Read a file with a mapping somebody chose; while it names no date, the file is one row that asks for it."""
    look = table_of(content, options.encoding)
    mapping = usable(chosen, look)
    if mapping is not None:
        given = Options(**{name: getattr(options, name) for name in Options.__slots__} | {"mapping": mapping})
        return parse(content, file_name=file_name, options=given)
    message = "Say which column holds the date; without it no row can be booked."
    error = RowError(look.header_line, "", "mapping_incomplete", message)
    row = ParsedRow(look.header_line, 0, RowStatus.ERROR, message=message, errors=(error,))
    return ParsedFile(form or MAPPED, [row], [error])


def usable(chosen: Mapping[str, Any], look: TableLook) -> ColumnMapping | None:
    """The mapping a choice makes for a table; None while it names no date.

    Raises: Invalid: a column the file does not have, or what ``mapping_of`` refuses.
    """
    strangers = [header for header in chosen.get("columns", {}) if header not in look.header]
    if strangers:
        faults = tuple(Fault(f"/mapping/columns/{header}", "the file has no such column") for header in strangers)
        raise InvalidMapping(faults=faults)
    if "day" not in chosen.get("columns", {}).values():
        return None
    return mapping_of(chosen, source=f"{MAPPED}-{look.signature[:16]}")


def table_of(content: bytes | BinaryIO, encoding: str | None) -> TableLook:
    """The table of a file.

    Raises: NotATable, UnreadableFile.
    """
    look = guessing.look_at_table(open_text(content, encoding))
    if look is None:
        raise NotATable("The file has no table of at least two columns and a row below its headers.")
    return look


async def look_at(content: bytes | BinaryIO, options: Mapping[str, Any]) -> Table:
    """A file as a table with the words of its type column, off the event loop."""

    def work() -> Table:
        look = table_of(content, options.get("encoding"))
        columns = options.get("mapping", {}).get("columns", {})
        header = next((name for name, field in columns.items() if field == "type"), "")
        text = open_text(content, options.get("encoding"))
        return Table(look, tuple(guessing.labels_of(text, look, header)))

    return await asyncio.to_thread(work)


async def choose(
    session: ReadSession, content: bytes, form: str | None, options: Mapping[str, Any]
) -> tuple[str | None, dict[str, Any]]:
    """Whether a file is read by a saved template, or its columns are to be named from the start.

    Returns:
        The format to read it with and the options, with the mapping and the template where there is one.
    """
    if form == MAPPED:
        return MAPPED, await guessed(content, options)
    template = await _template_for(session, content, options.get("encoding")) if form is None else None
    if template is None:
        return form, dict(options)
    return MAPPED, {**options, "mapping": template.mapping, "template": str(template.id)}


async def guessed(
    content: bytes, options: Mapping[str, Any], *, instead_of: UnknownFormat | None = None
) -> dict[str, Any]:
    """The options with a first guess at the columns.

    Raises:
        UnknownFormat: ``instead_of``, when there is no table whose columns could be named; else NotATable.
    """

    def work() -> dict[str, Any]:
        look = table_of(content, options.get("encoding"))
        return guessing.guess(open_text(content, options.get("encoding")), look)

    try:
        return {**options, "mapping": await asyncio.to_thread(work)}
    except NotATable:
        if instead_of is None:
            raise
        raise instead_of from None


async def _template_for(session: ReadSession, content: bytes, encoding: str | None) -> Template | None:
    try:
        found = await asyncio.to_thread(lambda: guessing.signatures(open_text(content, encoding)))
    except UnreadableFile:
        return None
    known = {template.signature: template for template in await store.find_by_signatures(session, set(found))}
    return next((known[signature] for signature in found if signature in known), None)


async def list_templates(session: ReadSession) -> list[Template]:
    """The tenant's saved mappings by name."""
    return await store.list_templates(session)


async def save_template(
    session: WriteSession, caller: Caller, name: str, content: bytes, options: Mapping[str, Any]
) -> Template:
    """Keep the mapping of an import for files with the same headers; an older one for them is replaced.

    Raises:
        InvalidMapping: the import has no mapping, or one that names no date.
    """
    look = await asyncio.to_thread(table_of, content, options.get("encoding"))
    chosen = options.get("mapping") or {}
    if usable(chosen, look) is None:
        raise InvalidMapping("There is nothing to keep yet: name at least the column of the date.")
    values = {
        "id": clock.new_id(),
        "name": name,
        "signature": look.signature,
        "header": list(look.header),
        "mapping": dict(chosen),
    }
    saved = await store.save_template(session, caller.tenant_id, caller.user_id, values)
    await audit.record(session, caller, "import_template.saved", object_kind="import_template", object_id=saved.id)
    return saved


async def delete_template(session: WriteSession, caller: Caller, template_id: UUID) -> None:
    """Throw a template away; imports that were read with it stay as they are.

    Raises:
        TemplateNotFound.
    """
    if not await store.delete_template(session, template_id):
        raise TemplateNotFound("No import template of yours has this id.")
    await audit.record(session, caller, "import_template.deleted", object_kind="import_template", object_id=template_id)
