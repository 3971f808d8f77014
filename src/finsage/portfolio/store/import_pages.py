"""Pages of a large import: what is shown of its rows, and what is to be booked, both packed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, insert, select, text, update

from finsage.platform.database import ReadSession, WriteSession, allow_idling
from finsage.portfolio.tables import import_pages, imports

PAGES_AT_ONCE = 20
"""As many pages, some 100 KiB each, go to the database and come from it by one statement."""


@dataclass(frozen=True, slots=True)
class PageHead:
    """A page without its content: the lines it spans and its rows by status."""

    ordinal: int
    line_first: int
    line_last: int
    counts: dict[str, int]


async def insert_pages(
    session: WriteSession, tenant_id: UUID, import_id: UUID, pages: Iterable[tuple[PageHead, bytes, bytes]]
) -> None:
    """Add pages: what is known of each, what is shown of its rows and what is to be booked of them."""
    values = [
        {
            "tenant_id": tenant_id,
            "import_id": import_id,
            **{name: getattr(head, name) for name in PageHead.__slots__},
            "rows": rows,
            "requests": requests,
        }
        for head, rows, requests in pages
    ]
    if values:
        await session.execute(insert(import_pages), values)


async def drop_pages(session: WriteSession, import_id: UUID) -> None:
    """Forget all pages of an import."""
    await session.execute(delete(import_pages).where(import_pages.c.import_id == import_id))


async def drop_requests(session: WriteSession, import_id: UUID) -> None:
    """Forget what was to be booked, and keep what is shown."""
    await session.execute(update(import_pages).where(import_pages.c.import_id == import_id).values(requests=b""))


async def heads(session: ReadSession, import_id: UUID) -> list[PageHead]:
    """The pages of an import in the order of the file."""
    columns = [import_pages.c[name] for name in PageHead.__slots__]
    statement = select(*columns).where(import_pages.c.import_id == import_id).order_by(import_pages.c.ordinal)
    return [PageHead(*row) for row in await session.execute(statement)]


async def rows_of(session: ReadSession, import_id: UUID, ordinal: int) -> bytes:
    """What is shown of the rows of one page."""
    return await _packed(session, import_id, ordinal, "rows")


async def pages_of(session: ReadSession, import_id: UUID) -> AsyncIterator[tuple[bytes, bytes]]:
    """What is shown of the rows of each page, and what is to be booked of it, in the order of the file."""
    statement = select(import_pages.c.rows, import_pages.c.requests).where(import_pages.c.import_id == import_id)
    after = -1
    while True:
        some = statement.where(import_pages.c.ordinal > after).order_by(import_pages.c.ordinal).limit(PAGES_AT_ONCE)
        found = (await session.execute(some)).all()
        for rows, requests in found:
            yield bytes(rows), bytes(requests)
        if len(found) < PAGES_AT_ONCE:
            return
        after += PAGES_AT_ONCE


async def lift_limits(session: WriteSession) -> None:
    """Let the transaction take its time: a job computes while it holds it, and handles very many rows at once."""
    await allow_idling(session, 900)
    await session.execute(text("SET LOCAL statement_timeout = '5min'"))


async def hold_waiting(session: WriteSession, import_id: UUID, job_id: UUID, state: str) -> bool:
    """Whether the import still waits for this job in this state; it is then held until the transaction ends."""
    statement = select(imports.c.id).where(
        imports.c.id == import_id, imports.c.job_id == job_id, imports.c.state == state
    )
    return (await session.execute(statement.with_for_update())).first() is not None


async def is_waiting(session: ReadSession, import_id: UUID, job_id: UUID, state: str) -> bool:
    """Whether the import still waits for this job in this state."""
    statement = select(imports.c.id).where(
        imports.c.id == import_id, imports.c.job_id == job_id, imports.c.state == state
    )
    return (await session.execute(statement)).first() is not None


async def _packed(session: ReadSession, import_id: UUID, ordinal: int, column: str) -> bytes:
    statement = select(import_pages.c[column]).where(
        import_pages.c.import_id == import_id, import_pages.c.ordinal == ordinal
    )
    return bytes((await session.execute(statement)).scalar_one())
