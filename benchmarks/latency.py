"""How long /health/live takes while the largest portfolio is valued by the same product.

    uv run --group test python benchmarks/latency.py [TRANSACTIONS [ASSETS]]

``finsage up`` on a database with 15,000 transactions of 250 assets over 12 years and a close per asset and working
day. A probe in this process asks /health/live every 10 ms over one connection: first alone, then while holdings are
asked for again and again, each time as of another day, so that no cache answers, then while a file of 30,000 rows is
read, folded and booked by jobs. Printed are percentiles of the probe's wait in ms, the lag of the probe's own event
loop, which is the machine's share, the seconds of the first valuation, which also starts the compute process, of the
later ones and of the import, and the memory of both processes.
"""

from __future__ import annotations

import asyncio
import io
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import import_rows

from finsage.market.service import assets, prices
from finsage.platform.caller import Caller
from finsage.platform.database import Database

ASSETS, DAYS, FIRST = 250, 12 * 365, date(2017, 1, 2)
PROBE_SECONDS = 0.01
ROUND_SECONDS = 12.0
IMPORTED = 30_000
IMPORT_SECONDS_MAX = 900


async def probe(client: httpx.AsyncClient, is_over: Callable[[], bool]) -> tuple[list[float], list[float]]:
    """Waits of the probe and lags of its own sleep, in ms."""
    waits, lags = [], []
    while not is_over():
        started = time.perf_counter()
        await asyncio.sleep(PROBE_SECONDS)
        lags.append((time.perf_counter() - started - PROBE_SECONDS) * 1e3)
        started = time.perf_counter()
        (await client.get("/health/live")).raise_for_status()
        waits.append((time.perf_counter() - started) * 1e3)
    return waits, lags


async def measure(dsn: str, portfolio_id: object, place: Path, assets_count: int) -> None:
    """Print a line without and one with valuations."""
    limits = {"FINSAGE_ADDRESS_LIMIT_PER_MINUTE": "1000000", "FINSAGE_ADDRESS_LIMIT_BURST": "100000"}
    process = await asyncio.create_subprocess_exec(
        *(Path(sys.executable).with_name("finsage"), "up", "--port", "0", "--data-dir", place),
        env={**os.environ, **limits, "FINSAGE_DATABASE_URL": dsn, "PYTHONUNBUFFERED": "1"},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        url = await _address(process)
        async with httpx.AsyncClient(base_url=url) as client, httpx.AsyncClient(base_url=url, timeout=300) as asking:
            who = {"email": "b@example.com", "password": import_rows.PASSWORD, "mode": "token"}
            token = (await asking.post("/api/v1/auth/login", json=who)).raise_for_status().json()["access_token"]
            asking.headers["Authorization"] = f"Bearer {token}"
            until = time.monotonic() + ROUND_SECONDS / 2
            _print("alone", *await probe(client, lambda: time.monotonic() > until))
            working = asyncio.create_task(_value(asking, portfolio_id))
            found = await probe(client, working.done)
            first, *later = await working
            _print(f"{1 + len(later)} valuations", *found)
            print(f"first valuation {first:.1f} s, later {statistics.median(later):.1f} s, median of {len(later)}")
            working = asyncio.create_task(_import(asking, assets_count))
            found = await probe(client, working.done)
            _print("an import", *found)
            print(f"import of {IMPORTED} rows, read and booked: {await working:.1f} s")
            pids = [process.pid, *_children(process.pid)]
            print("resident MiB", ", ".join(f"{_resident(pid)}" for pid in pids))
    finally:
        process.terminate()
        await process.communicate()


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    async for line in process.stdout:
        if found := re.search(rb"ready at (\S+)", line):
            return found[1].decode()
    raise AssertionError("it ended before it was ready")


async def _value(client: httpx.AsyncClient, portfolio_id: object) -> list[float]:
    until, seconds = time.monotonic() + ROUND_SECONDS, list[float]()
    while len(seconds) < 3 or time.monotonic() < until:
        started = time.perf_counter()
        day = FIRST + timedelta(days=DAYS - len(seconds))
        answer = await client.get(f"/api/v1/portfolios/{portfolio_id}/holdings", params={"as_of": f"{day}"})
        answer.raise_for_status()
        seconds.append(time.perf_counter() - started)
    return seconds


async def _import(client: httpx.AsyncClient, assets_count: int) -> float:
    """Seconds from the upload of a large file into an empty portfolio until it is booked."""
    opened = await client.post("/api/v1/portfolios", json={"name": "Imported", "base_currency": "EUR"})
    path = f"/api/v1/portfolios/{opened.raise_for_status().json()['id']}/imports"
    content = await asyncio.to_thread(import_rows.native_csv, IMPORTED, assets_count=assets_count, days=DAYS)
    started = time.perf_counter()
    made = (await client.post(path, files={"file": ("large.csv", content)})).raise_for_status().json()
    await _until(client, made, "preview")
    body = {"content_hash": made["content_hash"]}
    done = (await client.post(f"/api/v1/imports/{made['id']}/confirm", json=body)).raise_for_status().json()
    await _until(client, done, "confirmed")
    return time.perf_counter() - started


async def _until(client: httpx.AsyncClient, item: dict[str, Any], state: str) -> None:
    """Wait until its job has brought an import to a state.

    Raises:
        RuntimeError: the job failed.
        TimeoutError: a quarter of an hour was not enough.
    """
    async with asyncio.timeout(IMPORT_SECONDS_MAX):
        while (await client.get(f"/api/v1/imports/{item['id']}")).raise_for_status().json()["state"] != state:
            job = (await client.get(f"/api/v1/jobs/{item['job_id']}")).raise_for_status().json()
            if job["state"] == "failed":
                raise RuntimeError(f"the import did not become {state}: {job['problem']}")
            await asyncio.sleep(0.5)


def _children(pid: int) -> list[int]:
    # A child is listed under the thread that started it.
    return [int(word) for path in Path(f"/proc/{pid}/task").glob("*/children") for word in path.read_text().split()]


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 2**20


def _print(what: str, waits: list[float], lags: list[float]) -> None:
    cuts = statistics.quantiles(waits, n=100)
    lag = statistics.quantiles(lags, n=100)[98]
    print(
        f"{what:15} {len(waits):5} probes  p50 {cuts[49]:6.1f}  p95 {cuts[94]:6.1f}  p99 {cuts[98]:6.1f}"
        f"  max {max(waits):6.1f}   own lag p99 {lag:5.1f} max {max(lags):5.1f}"
    )


async def write_prices(database: Database, caller: Caller, assets_count: int) -> None:
    """A close per asset and working day, made up; a quarter per transaction, for a statement may take so long only."""
    for start in range(0, DAYS, 90):
        async with database.write(caller.tenant_id, caller.user_id) as session:
            lookups = [assets.SymbolLookup(f"A{number:03d}") for number in range(assets_count)]
            known = [found.id for [found] in await assets.resolve_symbols(session, lookups)]
            offsets = range(start, min(start + 90, DAYS))
            await prices.write_prices(session, caller.tenant_id, _closes(known, offsets), source="manual")


def _closes(known: list[Any], offsets: range) -> Iterator[prices.Close]:
    for offset in offsets:
        day = FIRST + timedelta(days=offset)
        if day.weekday() < 5:
            for number, asset_id in enumerate(known):
                yield asset_id, day, Decimal(5000 + (offset * 7 + number * 13) % 5000).scaleb(-2)


async def main(rows: int = 15_000, assets_count: int = ASSETS) -> None:
    """Fill a database, then measure."""
    async with import_rows.opened(assets_count) as (owner, database, caller):
        await write_prices(database, caller, assets_count)
        content = io.BytesIO(import_rows.native_csv(rows, assets_count=assets_count, days=DAYS))
        _, portfolio_id = await import_rows.import_once(database, caller, content)
        print(f"{rows} transactions, {assets_count} assets, {DAYS // 365} years; ms")
        with tempfile.TemporaryDirectory() as place:
            await measure(owner.dsn(), portfolio_id, Path(place), assets_count)


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
