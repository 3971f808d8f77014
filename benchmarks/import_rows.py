"""Rows per second from a native CSV to committed books, beside a raw COPY of the same rows into the same tables.

    uv run --group test python benchmarks/import_rows.py [ROWS]

The floor is the superuser's COPY of headers, postings and fingerprints into identical tables (partitions, keys,
indexes, foreign keys, guards) without row-level security. Parsing, checking, folding, postings and fingerprints count
on our side; storing the derived lots and holdings is part of the confirmation. One run, fsync on, alternating rounds.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg

from finsage.identity import service as identity
from finsage.market.service import assets, rates
from finsage.migrations import migrate
from finsage.platform import clock
from finsage.platform.caller import Caller
from finsage.platform.database import Database
from finsage.platform.postgres import Connection, EmbeddedPostgres
from finsage.platform.settings import load_settings
from finsage.portfolio.service import imports, portfolios

ROUNDS = 3
PASSWORD = "only for a benchmark"
ASSETS = 100


def native_csv(rows: int) -> bytes:
    """A deposit, then purchases and sales of 100 assets over eight years; the same for the same number of rows."""
    dice = random.Random(rows)
    lines = ["date,type,symbol,quantity,unit_price,gross,fee,currency"]
    first = date(2017, 1, 2)
    lines.append(f"{first},deposit,,,,100000000,,EUR")
    for number in range(rows - 1):
        day = first + timedelta(days=1 + number * 2900 // rows)
        kind = "sell" if number > 5 * ASSETS and dice.random() < 0.3 else "buy"
        quantity = dice.randint(1, 20) if kind == "sell" else dice.randint(20, 60)
        symbol = f"A{dice.randrange(ASSETS):03d}"
        lines.append(f"{day},{kind},{symbol},{quantity},{dice.randint(500, 20000) / 100},,1.5,EUR")
    return "\n".join(lines).encode()


async def import_once(database: Database, caller: Caller, content: bytes) -> tuple[float, Any]:
    """Seconds from upload to commit, and the portfolio."""
    async with database.write(caller.tenant_id, caller.user_id) as session:
        opened = await portfolios.open_portfolio(session, caller, {"name": "Bench", "base_currency": "EUR"})
    portfolio_id = opened.portfolio.id
    started = time.perf_counter()
    async with database.write(caller.tenant_id, caller.user_id) as session:
        made = await imports.create_import(
            session, caller, portfolio_id, content, file_name="bench.csv", form=None, options={}
        )
    async with database.write(caller.tenant_id, caller.user_id) as session:
        done = await imports.confirm(
            session, caller, made.stored.id, content_hash=made.stored.content_hash, skip_errors=False
        )
    assert done.booked == made.counts()["new"], made.errors[:3]
    return time.perf_counter() - started, portfolio_id


TABLES = ("transactions", "postings", "fingerprints")


def copy_floor(owner: Connection, portfolio_id: Any) -> float:
    """Seconds of a raw COPY of the same rows under another tenant, after reading them out."""
    with psycopg.connect(owner.dsn()) as connection:
        blobs = {}
        for table in TABLES:
            query = f"COPY (SELECT * FROM {table} WHERE portfolio_id = '{portfolio_id}') TO STDOUT (FORMAT binary)"
            with connection.cursor().copy(query) as copy:
                blobs[table] = b"".join(bytes(block) for block in copy)
        # For the session: the guard reads the tenant whose rows it checks.
        connection.execute("SELECT set_config('app.tenant', tenant_id::text, false) FROM portfolios LIMIT 1")
        connection.execute("SELECT erase_portfolio(%s)", (portfolio_id,))
        connection.execute(
            "INSERT INTO portfolios (tenant_id, id, user_id, name, base_currency)"
            " SELECT m.tenant_id, %s, m.user_id, 'Floor', 'EUR' FROM memberships m LIMIT 1",
            (portfolio_id,),
        )
        connection.commit()
        started = time.perf_counter()
        for table in TABLES:
            with connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT binary)") as copy:
                copy.write(blobs[table])
        connection.commit()
        return time.perf_counter() - started


async def main(rows: int) -> None:
    """Print medians and the ratio."""
    place = _place()
    with EmbeddedPostgres(place / "data") as owner:
        migrate(owner.dsn(), app_password=PASSWORD)
        database = Database(owner.with_role("finsage_app", PASSWORD).dsn(), pool_size=4)
        state = identity.open_identity(load_settings({}, data_dir=place / "settings"))
        person = await identity.register(database, state, identity.Registration("b@example.com", PASSWORD))
        scopes = identity.scopes_of("owner", is_admin=True)
        caller = Caller(person.user_id, person.tenant_id, "owner", scopes, "session", clock.new_id())
        async with database.write() as session:
            await rates.load_ecb_rates(session)
        async with database.write(caller.tenant_id, caller.user_id) as session:
            for number in range(ASSETS):
                draft = assets.AssetDraft(f"A{number:03d}", f"Asset {number}", "equity", "EUR")
                await assets.create_asset(session, caller, draft)
        content = native_csv(rows)
        ours, floor = [], []
        for _ in range(ROUNDS):
            seconds, portfolio_id = await import_once(database, caller, content)
            ours.append(seconds)
            floor.append(copy_floor(owner, portfolio_id))
        await database.close()
        state.close()
    mine, raw = statistics.median(ours), statistics.median(floor)
    print(f"{rows} rows, {len(content) / 1e6:.1f} MB CSV, {ROUNDS} rounds, fsync on")
    print(f"import, parse to commit   {rows / mine:9.0f} rows/s   {_range(ours)}")
    print(f"raw COPY, same tables     {rows / raw:9.0f} rows/s   {_range(floor)}")
    print(f"ratio                     {raw / mine:9.3f}")


def _place() -> Path:
    place = Path(tempfile.mkdtemp(prefix="finsage-bench-"))
    place.chmod(0o755)
    return place


def _range(seconds: list[float]) -> str:
    return f"({min(seconds):.2f}-{max(seconds):.2f} s)"


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
