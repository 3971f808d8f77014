"""Seconds from a CSV of real closes to prices that can be read, beside a raw COPY of the same rows.

    uv run --group test --group oracle python benchmarks/import_prices.py FOLDER [ROUNDS]

FOLDER holds ``daily_close.parquet`` with the columns asset, date and close; FinSage does not bring it along. The whole
of it is one file, one transaction and one tenant: read, symbols resolved and made, rows merged, yearly arrays rebuilt.
The yardstick is the superuser's COPY of the same rows into an identical table (key, checks) without row-level security.
fsync is on. One run, alternating rounds on fresh databases.
"""

from __future__ import annotations

import asyncio
import io
import shutil
import statistics
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import psycopg

from finsage.market.service import price_import
from finsage.migrations import migrate
from finsage.platform.caller import Caller
from finsage.platform.database import Database
from finsage.platform.postgres import Connection, EmbeddedPostgres

PASSWORD = "only for a benchmark"

Row = tuple[str, str, Decimal]


def rows_of(folder: Path) -> list[Row]:
    """Day, symbol and close of each row. Exits where there is nothing to read."""
    path = folder / "daily_close.parquet"
    if not path.is_file():
        sys.exit(f"skipped: there is no {path}")
    try:
        from pyarrow import parquet  # noqa: PLC0415 - of a group of its own
    except ImportError:
        sys.exit("skipped: pyarrow is not installed; add --group oracle")
    table = parquet.read_table(path, columns=["date", "asset", "close"])
    columns = [table.column(name).to_pylist() for name in ("date", "asset", "close")]
    return [(f"{day:%Y-%m-%d}", asset, Decimal(repr(close))) for day, asset, close in zip(*columns, strict=True)]


def csv_of(rows: list[Row]) -> bytes:
    lines = ["date,symbol,close,currency", *(f"{day},{symbol},{close:f},EUR" for day, symbol, close in rows)]
    return "\n".join(lines).encode()


async def ours(dsn: str, caller: Caller, content: bytes) -> tuple[float, float]:
    """Seconds of reading the file, and of everything to the commit."""
    database = Database(dsn, pool_size=2)
    started = time.perf_counter()
    file = price_import.read_price_file(content)
    read = time.perf_counter()
    async with database.write(caller.tenant_id, caller.user_id) as session:
        done = await price_import.import_prices(session, caller, file, create_assets=True, currency=None)
    ended = time.perf_counter()
    await database.close()
    assert not done.unknown_symbols
    told = f"{read - started:.1f} s read, {ended - read:.1f} s written"
    print(f"  {done.rows_written} closes, {done.assets_created} assets: {told}")
    return read - started, ended - read


def floor(dsn: str, rows: list[Row]) -> float:
    """Seconds of the raw COPY, its text made before."""
    assets = {symbol: uuid4() for _, symbol, _ in rows}
    tenant = uuid4()
    text = io.StringIO()
    text.writelines(f"{tenant}\t{assets[symbol]}\t{day}\t{close:f}\tcsv\n" for day, symbol, close in rows)
    content = text.getvalue().encode()
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE floor (LIKE prices INCLUDING ALL)")
        connection.commit()
        started = time.perf_counter()
        with connection.cursor().copy("COPY floor (tenant_id, asset_id, day, close, source) FROM STDIN") as copy:
            copy.write(content)
        connection.commit()
        return time.perf_counter() - started


def one_round(owner: Connection, number: int, rows: list[Row], content: bytes) -> tuple[float, float, float]:
    name = f"round_{number}"
    with psycopg.connect(owner.dsn(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    here = owner.with_database(name)
    migrate(here.dsn(), app_password=PASSWORD)
    caller = Caller(uuid4(), uuid4(), "owner", frozenset(), "session", uuid4())
    with psycopg.connect(here.dsn(), autocommit=True) as connection:
        connection.execute("INSERT INTO tenants (id, name) VALUES (%s, 'Bench')", [caller.tenant_id])
    copied = floor(here.dsn(), rows)
    read, written = asyncio.run(ours(here.with_role("finsage_app", PASSWORD).dsn(), caller, content))
    with psycopg.connect(owner.dsn(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name}")
    return copied, read, written


def main(folder: Path, rounds: int) -> None:
    rows = rows_of(folder)
    content = csv_of(rows)
    print(f"{len(rows)} closes of {len({symbol for _, symbol, _ in rows})} assets, {len(content) / 2**20:.1f} MiB")
    place = Path(tempfile.mkdtemp(prefix="finsage-bench-"))
    place.chmod(0o755)
    try:
        with EmbeddedPostgres(place) as owner:
            taken = [one_round(owner, number, rows, content) for number in range(rounds)]
    finally:
        shutil.rmtree(place)
    copied, read, written = (statistics.median(values) for values in zip(*taken, strict=True))
    print(f"raw COPY {copied:.1f} s; read {read:.1f} s, written {written:.1f} s")
    print(f"written / COPY {written / copied:.2f}, with reading {(read + written) / copied:.2f}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."), int(sys.argv[2]) if len(sys.argv) > 2 else 3)
