"""A portfolio as a file to take away."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from finsage.platform.caller import Caller
from finsage.platform.unit import Reading, UnitRoute, requires
from finsage.portfolio.service import exports
from finsage.portfolio.service.exports import Exported, ExportFormat

router = APIRouter(tags=["exports"], route_class=UnitRoute)

_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/json": {"schema": {"type": "object"}},
            "text/plain": {"schema": {"type": "string"}},
        },
    }
}


@router.get("/portfolios/{portfolio_id}/export", response_class=Response, responses=_FILES)
async def export_portfolio(
    _: Annotated[Caller, requires("export:read")],
    session: Reading,
    portfolio_id: UUID,
    form: Annotated[ExportFormat, Query(alias="format")] = "csv",
) -> Response:
    """What is in force as a file: ``json`` without loss and ``csv``, which FinSage imports again, or ``beancount``."""
    return as_file(await exports.export_portfolio(session, portfolio_id, form))


def as_file(exported: Exported) -> StreamingResponse:
    """An answer to be saved under its name, sent piece by piece."""
    name = exported.file_name
    # Every browser reads the second form; the first is for tools that know no other.
    plain = "".join(letter if letter.isascii() and (letter.isalnum() or letter in " .-_") else "_" for letter in name)
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return StreamingResponse(
        exported.lines, media_type=exported.media_type, headers={"Content-Disposition": disposition}
    )
