"""Requests, seconds, CPU and memory of refreshing many assets, by two workers at once, against a replayed CoinGecko.

    uv run --group test python benchmarks/refresh.py [ASSETS]

Two workers of one database begin the same refresh at the same moment, each with a client of its own. The replayed
service answers at once; what is waited for is the pace of the pro plan (500 a minute, 20 at once) and the database. CPU
is that of this process, the replaying server in it included, and of the database's processes by /proc.
"""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from integration.market.refreshing import Market, way_out

from finsage.market.service import refresh
from finsage.migrations import migrate
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.database import Database
from finsage.platform.jobs import JobContext
from finsage.platform.postgres import EmbeddedPostgres

PASSWORD = "only for a benchmark"
_TICKS = os.sysconf("SC_CLK_TCK")


def fill(dsn: str, count: int) -> None:
    """One tenant with so many coins, each named at CoinGecko."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        tenant = uuid4()
        connection.execute("INSERT INTO tenants (id, name) VALUES (%s, 'House')", [tenant])
        connection.execute(
            "WITH made AS (INSERT INTO assets (tenant_id, id, symbol, name, asset_class, currency)"
            " SELECT %s, gen_random_uuid(), 'C' || n, 'Coin', 'crypto', 'EUR' FROM generate_series(1, %s) n"
            " RETURNING tenant_id, id, symbol)"
            " INSERT INTO asset_identifiers (tenant_id, asset_id, scheme, value, position)"
            " SELECT tenant_id, id, 'coingecko', 'coin-' || symbol, 0 FROM made",
            [tenant, count],
        )


def database_cpu(place: Path) -> float:
    """Seconds of all processes of the server of a data directory, those that ended included."""
    postmaster = int((place / "db" / "postmaster.pid").read_text().split()[0])
    total = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if postmaster in {int(stat.parent.name), int(fields[1])}:
            ended = int(fields[13]) + int(fields[14]) if int(stat.parent.name) == postmaster else 0
            total += (int(fields[11]) + int(fields[12]) + ended) / _TICKS
    return total


async def refreshed(place: Path, dsn: str, market: Market) -> None:
    """Both workers at once."""
    database = Database(dsn, pool_size=4)
    async with way_out(database, market, place / "one") as one, way_out(database, market, place / "two") as two:
        due = datetime.now(UTC).isoformat()
        jobs = [
            JobContext(database, refresh.REFRESH, uuid4(), PUBLIC_TENANT, {"due_at": due}, outside=way)
            for way in (one, two)
        ]
        await asyncio.gather(*(refresh.refresh(job) for job in jobs))
    await database.close()


def main(count: int) -> None:
    place = Path(tempfile.mkdtemp(prefix="finsage-bench-"))
    place.chmod(0o755)
    with EmbeddedPostgres(place) as owner, Market() as market:
        migrate(owner.dsn(), app_password=PASSWORD)
        fill(owner.dsn(), count)
        app = owner.with_role("finsage_app", PASSWORD).dsn()
        for name in ("first", "second"):
            market.asked.clear()
            started, ours, theirs = time.perf_counter(), time.process_time(), database_cpu(place)
            asyncio.run(refreshed(place, app, market))
            seconds, ours = time.perf_counter() - started, time.process_time() - ours
            theirs = database_cpu(place) - theirs
            keys = [key for asked in market.asked for key in asked.query["ids"].split(",")]
            with psycopg.connect(owner.dsn(), autocommit=True) as connection:
                row = connection.execute("SELECT count(*) FROM prices").fetchone()
                connection.execute("UPDATE asset_refreshes SET asked_at = asked_at - interval '1 day'")
            print(
                f"{name} refresh of {count} assets by two workers: {len(market.asked)} requests for {len(keys)} keys"
                f" ({len(set(keys))} distinct), {seconds:.1f} s, CPU {ours:.1f} s here and"
                f" {theirs:.1f} s of the database, {row[0] if row else 0} prices"
            )
        print(f"memory of this process at its most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB")
    shutil.rmtree(place)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
