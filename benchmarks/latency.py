"""How long /health/live takes while the largest portfolio is valued in the same process.

    uv run --group test python benchmarks/latency.py [TRANSACTIONS [SWITCH_MICROSECONDS ...]]

A server process as ``finsage up`` runs one (its listener, its event loop, HTTP and the worker in it) and a probe in
this process that asks /health/live every 10 ms over one connection: first alone, then while holdings of 15,000
transactions are asked for again and again, each time as of another day, so that no cache answers. Printed are
percentiles of the probe's wait in ms, per interval at which CPython's threads hand over the interpreter (its own
default is 5,000 µs), and the lag of the probe's own event loop, which is the machine's share.
"""

from __future__ import annotations

import asyncio
import io
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import httpx
import import_rows

from finsage.app import build_app
from finsage.cli import event_loop
from finsage.cli.port import listen
from finsage.cli.serving import serve
from finsage.platform.database import Database
from finsage.platform.settings import load_settings

PROBE_SECONDS = 0.01
ROUND_SECONDS = 12.0


def run_server(dsn: str, micros: int) -> None:
    """Serve on a free port, whose number is printed first."""
    sys.setswitchinterval(micros / 1e6)
    settings = load_settings(
        {}, data_dir=Path(tempfile.mkdtemp()), address_limit_per_minute=1_000_000, address_limit_burst=100_000
    )
    listener = listen("127.0.0.1", 0)
    print(listener.getsockname()[1], flush=True)

    async def run() -> None:
        database = Database(dsn, pool_size=5)
        application = build_app(settings, database)
        await serve(settings, application, database, listener, on_ready=_nothing, stop=asyncio.Event())
        application.close()

    event_loop.run(run())


async def _nothing() -> None:
    pass


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


async def measure(dsn: str, portfolio_id: object, micros: int) -> None:
    """Print a line without and one with valuations."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, __file__, "--serve", dsn, str(micros), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    port = int(await process.stdout.readline())
    async with (
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=300) as asking,
    ):
        who = {"email": "b@example.com", "password": import_rows.PASSWORD, "mode": "token"}
        token = (await asking.post("/api/v1/auth/login", json=who)).raise_for_status().json()["access_token"]
        asking.headers["Authorization"] = f"Bearer {token}"
        await _holdings(asking, portfolio_id, 0)
        until = time.monotonic() + ROUND_SECONDS / 2
        _print(micros, "alone", *await probe(client, lambda: time.monotonic() > until))
        working = asyncio.create_task(_value(asking, portfolio_id))
        waits = await probe(client, working.done)
        _print(micros, f"{await working} valuations", *waits)
    process.send_signal(signal.SIGINT)
    await process.wait()


async def _value(client: httpx.AsyncClient, portfolio_id: object) -> int:
    until, count = time.monotonic() + ROUND_SECONDS, 0
    while count < 2 or time.monotonic() < until:
        count += 1
        await _holdings(client, portfolio_id, count)
    return count


async def _holdings(client: httpx.AsyncClient, portfolio_id: object, days: int) -> None:
    day = date(2025, 1, 1) - timedelta(days=days)
    (await client.get(f"/api/v1/portfolios/{portfolio_id}/holdings", params={"as_of": f"{day}"})).raise_for_status()


def _print(micros: int, what: str, waits: list[float], lags: list[float]) -> None:
    cuts = statistics.quantiles(waits, n=100)
    lag = statistics.quantiles(lags, n=100)[98]
    print(
        f"switch {micros:5} µs  {what:15} {len(waits):5} probes  p50 {cuts[49]:6.1f}  p95 {cuts[94]:6.1f}"
        f"  p99 {cuts[98]:6.1f}  max {max(waits):6.1f}   own p99 lag {lag:5.1f}"
    )


async def main(rows: int, switches: list[int]) -> None:
    """Fill a database, then one round per interval."""
    async with import_rows.opened() as (_, database, caller):
        content = io.BytesIO(import_rows.native_csv(rows))
        _, portfolio_id = await import_rows.import_once(database, caller, content)
        print(f"{rows} transactions; ms")
        for micros in switches:
            await measure(database.dsn, portfolio_id, micros)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        run_server(sys.argv[2], int(sys.argv[3]))
    else:
        given = [int(word) for word in sys.argv[1:]]
        asyncio.run(main(given[0] if given else 15_000, given[1:] or [5_000, 500]))
