"""Sealing anew what is encrypted in the database, after a tenant has got another key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.database import Database
from finsage.platform.encryption import Place, Vault

ROWS_PER_TRANSACTION = 100


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column that holds secrets: what names a row, and whether rows belong to tenants.

    ``constant_row`` stands for the row in tables of one row.
    """

    table: str
    column: str
    row: str
    has_tenant: bool = False
    constant_row: str | None = None


CANARY = SealedColumn("key_canary", "sealed", "is_only", constant_row="only")


async def rotate_tenant_keys(database: Database, vault: Vault, columns: Iterable[SealedColumn]) -> int:
    """Give every tenant another key and seal all its secrets with it.

    The key before stays until the next rotation, which destroys it: a process that had read it may write with it once
    more. It may run beside the server: a secret that is written meanwhile is left as it was written. After it was
    interrupted it goes on when it is called again: first it ends what was begun.

    Returns:
        How many secrets were sealed anew.
    """
    every, count = [CANARY, *columns], 0
    for tenant_id in vault.tenants():
        await _reseal_all(database, vault, tenant_id, every)
        vault.drop_former_keys(tenant_id)
        vault.renew_key(tenant_id)
        # A process that read the key before it was replaced may write once more: a second look finds that.
        count += await _reseal_all(database, vault, tenant_id, every)
        count += await _reseal_all(database, vault, tenant_id, every)
    return count


async def _reseal_all(database: Database, vault: Vault, tenant_id: UUID, columns: Iterable[SealedColumn]) -> int:
    count = 0
    for column in columns:
        if column.has_tenant or tenant_id == PUBLIC_TENANT:
            while done := await _reseal(database, vault, tenant_id, column):
                count += done
    return count


async def _reseal(database: Database, vault: Vault, tenant_id: UUID, column: SealedColumn) -> int:
    """Seal some rows of a column anew; 0 when none is left."""
    kid = vault.current_kid(tenant_id)
    # The names are constants of the program.
    select = text(
        f"SELECT CAST({column.row} AS text) AS row, {column.column} AS sealed FROM {column.table}"
        f" WHERE split_part({column.column}, '|', 2) <> :kid ORDER BY {column.row} LIMIT :limit FOR UPDATE"
    )
    update = text(
        f"UPDATE {column.table} SET {column.column} = :new"
        f" WHERE CAST({column.row} AS text) = :row AND {column.column} = :sealed"
    )
    async with database.write(tenant_id, is_announced=False) as session:
        rows = (await session.execute(select, {"kid": kid, "limit": ROWS_PER_TRANSACTION})).all()
        for row in rows:
            place = Place(column.table, column.column, column.constant_row or row.row, tenant_id)
            new = vault.seal(vault.open(row.sealed, place), place)
            await session.execute(update, {"new": new, "row": row.row, "sealed": row.sealed})
    return len(rows)
