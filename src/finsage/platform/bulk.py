"""Many rows into one table by one statement, inside the session's transaction.

A few rows go as one INSERT. Many go by COPY into a temporary table and from there by one INSERT … SELECT: COPY straight
into a table under row-level security is refused to anybody but its owner. Either way the table's policies and triggers
see all rows at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import msgspec
import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from finsage.platform.database import WriteSession

COPY_FROM_ROWS = 200


async def insert_rows(
    session: WriteSession,
    table: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    on_conflict: LiteralString = "",
) -> int:
    """Insert rows by one statement.

    Args:
        session: the transaction to write in.
        table: its name.
        columns: the columns given; the others take their defaults.
        rows: values in the order of ``columns``; a dict is stored as JSON.
        on_conflict: what is done with a row that is there already, as SQL from ``ON CONFLICT`` on; an error without.

    Returns:
        How many rows were inserted or, by ``on_conflict``, changed.
    """
    if not rows:
        return 0
    raw = await session.get_raw_connection()
    connection = raw.driver_connection
    assert isinstance(connection, psycopg.AsyncConnection), "the engine is psycopg's"
    into = _Into(sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns)), sql.SQL(on_conflict))
    if len(rows) < COPY_FROM_ROWS:
        return await _insert(connection, into, rows)
    return await _copy(connection, into, sql.Identifier(f"incoming_{table}"), rows)


@dataclass(frozen=True, slots=True)
class _Into:
    """A table, the columns that are given, and what is done with a row that is there already."""

    table: sql.Identifier
    names: sql.Composed
    conflict: sql.SQL

    def insert(self, rows: sql.Composable) -> sql.Composed:
        return sql.SQL("INSERT INTO {} ({}) {} {}").format(self.table, self.names, rows, self.conflict)


async def _insert(connection: psycopg.AsyncConnection[Any], into: _Into, rows: Sequence[Sequence[Any]]) -> int:
    one = sql.SQL("({})").format(sql.SQL(", ").join([sql.Placeholder()] * len(rows[0])))
    statement = into.insert(sql.SQL("VALUES ") + sql.SQL(", ").join([one] * len(rows)))
    return (await connection.execute(statement, [_adapted(value) for row in rows for value in row])).rowcount


async def _copy(
    connection: psycopg.AsyncConnection[Any], into: _Into, stage: sql.Identifier, rows: Sequence[Sequence[Any]]
) -> int:
    create = sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA")
    await connection.execute(create.format(stage, into.names, into.table))
    async with connection.cursor() as cursor:
        async with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(stage)) as copy:
            for row in rows:
                await copy.write_row([_adapted(value) for value in row])
        await cursor.execute(into.insert(sql.SQL("SELECT * FROM {}").format(stage)))
        written = cursor.rowcount
        await cursor.execute(sql.SQL("DROP TABLE {}").format(stage))
    return written


def _adapted(value: Any) -> Any:
    return Jsonb(value, dumps=msgspec.json.encode) if isinstance(value, dict) else value
