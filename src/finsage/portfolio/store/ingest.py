"""Many transactions at once: staged, checked as a set, then moved into the books by a few statements per chunk.

A chunk goes by one COPY into a temporary table, a row per transaction with its postings as arrays, and from there by
one INSERT … SELECT per table. The role ``finsage_ingest`` does it under the policies of the session's tenant. Where it
may, it puts foreign keys aside and checks them once for the whole set, after locking the parents; the guards are
ENABLE ALWAYS and see every row. Where it may not (a managed server that refuses the grant), keys are checked row by
row as for anybody.

The lines for the next chunks are written by a thread while the server moves this one. Not while it is staged: each
piece that COPY sends would wait for the interpreter, which a thread that writes lines holds for milliseconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import psycopg

from finsage.platform.database import WriteSession
from finsage.portfolio.errors import PortfolioNotFound
from finsage.portfolio.store.copy_lines import Ids, Words, line_of
from finsage.portfolio.store.succession import as_claimed, claim_first, claim_from, has_marks
from finsage.portfolio.store.transactions import NewTransaction

T = TypeVar("T")
CHUNK = 5_000
_INCOMING = "incoming_books AS incoming"

Progress = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose books: said once for all rows, never read from them."""

    tenant_id: UUID
    portfolio_id: UUID
    user_id: UUID


@dataclass(frozen=True, slots=True)
class Block:
    """A chunk of transactions as lines of COPY's text format, and how many rows other tables get from it."""

    text: str
    rows: int
    marked: int
    links: int


def block_of(chunk: Sequence[NewTransaction]) -> Block:
    """Write a chunk's lines."""
    words, ids = Words(), Ids()
    return Block(
        "".join([line_of(item, words, ids) for item in chunk]),
        len(chunk),
        sum(item.fingerprint is not None for item in chunk),
        sum(item.reverses_id is not None for item in chunk),
    )


async def ingest(
    session: WriteSession, owner: Owner, new: Sequence[NewTransaction], progress: Progress | None = None
) -> None:
    """Store transactions as ``ingest_blocks`` does; a chunk's lines are written while the one before is stored.

    Args:
        session: the transaction to write in; after an error it can only be rolled back.
        owner: whose books.
        new: what to store; the postings of one are never torn apart.
        progress: told the fraction stored after each chunk.

    Raises:
        As ``ingest_blocks``.
    """
    stored = 0

    async def note(rows: int) -> None:
        nonlocal stored
        stored += rows
        if progress is not None:
            await progress(stored / len(new))

    await ingest_blocks(session, owner, _blocks(new), note)


async def _blocks(new: Sequence[NewTransaction]) -> AsyncIterator[Block]:
    starts = range(0, len(new), CHUNK)
    coming = asyncio.create_task(asyncio.to_thread(block_of, new[:CHUNK]))
    try:
        for start in starts:
            block = await coming
            if start + CHUNK < len(new):
                coming = asyncio.create_task(asyncio.to_thread(block_of, new[start + CHUNK : start + 2 * CHUNK]))
            yield block
    finally:
        coming.cancel()


async def ingest_blocks(
    session: WriteSession, owner: Owner, blocks: AsyncIterator[Block], stored: Callable[[int], Awaitable[None]]
) -> None:
    """Store transactions with their postings, fingerprints and links, all of them or (by an error) none.

    Args:
        session: the transaction to write in; after an error it can only be rolled back.
        owner: whose books.
        blocks: what to store.
        stored: told the number of transactions of each block once it is in the tables.

    Raises:
        PortfolioNotFound: no such portfolio of the session's tenant.
        ImportedMeanwhile: a fingerprint is booked already.
        psycopg.errors.CheckViolation: postings do not sum to zero, or a value breaks a constraint.
    """
    connection = (await session.get_raw_connection()).driver_connection
    assert isinstance(connection, psycopg.AsyncConnection), "the engine is psycopg's"
    async with _as_ingest(connection):
        await _lock_parents(connection, owner)
        await connection.execute(_STAGE)
        is_first = not await has_marks(session, owner.portfolio_id)
        block = await anext(blocks, None)
        while block is not None:
            await _stage(connection, block)
            async with _beside(anext(blocks, None)) as coming:
                await _move(connection, owner, block, is_first=is_first)
                await stored(block.rows)
                block = await coming
        await connection.execute("DROP TABLE incoming_books")


@asynccontextmanager
async def _beside(coming: Coroutine[Any, Any, T]) -> AsyncIterator[asyncio.Task[T]]:
    """Have something done beside the block; it has ended when that has, whatever ended it."""
    task = asyncio.create_task(coming)
    try:
        await asyncio.sleep(0)  # it begins now: where the server has answered already, the block never waits
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # where the block failed too, that is what there is to tell


async def _stage(connection: psycopg.AsyncConnection[Any], block: Block) -> None:
    async with connection.cursor() as cursor, cursor.copy("COPY incoming_books FROM STDIN") as copy:
        await copy.write(block.text)


async def _move(connection: psycopg.AsyncConnection[Any], owner: Owner, block: Block, *, is_first: bool) -> None:
    """Move what is staged. What needs no answer of the step before goes to the server in one go."""
    values = {"tenant": owner.tenant_id, "portfolio": owner.portfolio_id, "user": owner.user_id}
    async with connection.cursor() as cursor:
        async with as_claimed(), connection.pipeline():
            await cursor.execute(_INTO_TRANSACTIONS, values)
            await cursor.execute(_INTO_POSTINGS, values)
            if block.marked and is_first:
                await cursor.execute(claim_first(_INCOMING), values)
            if block.links:
                await cursor.execute(_INTO_REVERSALS, values)
            if is_first or not block.marked:
                await cursor.execute(_EMPTY)
                return
        await claim_from(cursor, _INCOMING, values, block.marked)
        await cursor.execute(_EMPTY)


@asynccontextmanager
async def _as_ingest(connection: psycopg.AsyncConnection[Any]) -> AsyncIterator[None]:
    """Act as the ingest role, without foreign keys where it may; an error leaves both to the rollback."""
    [role, may_switch, may_skip] = await _row(connection, _MAY)
    if may_switch:
        await connection.execute("SET LOCAL ROLE finsage_ingest")
    if may_switch and may_skip:
        await connection.execute("SET LOCAL session_replication_role = replica")
    yield
    if may_switch and may_skip:
        await connection.execute("SET LOCAL session_replication_role = origin")
    if may_switch:
        await connection.execute("SELECT set_config('role', %s, true)", [role])


async def _lock_parents(connection: psycopg.AsyncConnection[Any], owner: Owner) -> None:
    """What every row refers to is one portfolio: locked, then checked, once for the whole set."""
    if await _row(connection, _PARENT, [owner.tenant_id, owner.portfolio_id]) is None:
        raise PortfolioNotFound("No portfolio of yours has this id.")


async def _row(connection: psycopg.AsyncConnection[Any], query: str, values: Sequence[Any] = ()) -> Any:
    return await (await connection.execute(query.encode(), values or None)).fetchone()


_MAY = """
SELECT current_user::text,
    pg_has_role(session_user, 'finsage_ingest', CASE WHEN current_setting('server_version_num')::int >= 160000
        THEN 'SET' ELSE 'MEMBER' END),
    has_parameter_privilege('finsage_ingest', 'session_replication_role', 'SET')
"""
_PARENT = "SELECT 1 FROM portfolios WHERE tenant_id = %s AND id = %s FOR KEY SHARE"
# Temporary, so that nobody else can see or fill it and no crash leaves it behind.
_STAGE = """
CREATE TEMPORARY TABLE incoming_books (
    id uuid, booked_on date, sequence bigint, type text, executed_at timestamptz, account text, asset_id uuid,
    symbol text, quantity numeric, price numeric, total_amount numeric, currency text, draft jsonb, note text,
    tags text[], import_id uuid, reverses_id uuid, fingerprint bytea,
    kinds text[], accounts text[], assets text[], amounts numeric[]
) ON COMMIT DROP
"""
_EMPTY = b"TRUNCATE incoming_books"
_HEADER = (
    "id, booked_on, sequence, type, executed_at, account, asset_id, symbol, quantity, price, total_amount, currency,"
    " draft, note, tags, import_id, reverses_id"
)
_INTO_TRANSACTIONS = f"""
INSERT INTO transactions (tenant_id, portfolio_id, user_id, {_HEADER})
SELECT %(tenant)s, %(portfolio)s, %(user)s, {_HEADER} FROM incoming_books
""".encode()
# Sets side by side in the list, which are read value by value; as an item of FROM each row's would be put aside first.
_INTO_POSTINGS = b"""
INSERT INTO postings (tenant_id, portfolio_id, booked_on, transaction_id, ordinal, kind, account, asset, amount)
SELECT %(tenant)s, %(portfolio)s, booked_on, id, generate_series(0, cardinality(kinds) - 1),
    unnest(kinds), unnest(accounts), unnest(assets), unnest(amounts)
FROM incoming_books
"""
_INTO_REVERSALS = b"""
INSERT INTO reversals (tenant_id, reversed_id, reversal_id)
SELECT %(tenant)s, reverses_id, id FROM incoming_books WHERE reverses_id IS NOT NULL
"""
