"""Rows per second from a native CSV to committed books, beside a raw COPY of the same rows into the same tables.

    uv run --group test python benchmarks/import_rows.py [ROWS [ROUNDS]]

The floor is the superuser's COPY of headers, postings and fingerprints into identical tables (partitions, keys,
indexes, foreign keys, guards) without row-level security. Parsing, checking, postings and fingerprints count on our
side; the effect shown in the preview (a fold), and the fold to lots and holdings with storing them, are reported
apart. One run, fsync on, alternating rounds. Files below 256 KiB (about 5,000 rows) take the path of one request, which
folds once and reports that with its booking; larger ones take that of jobs.
"""

from __future__ import annotations

import asyncio
import io
import math
import os
import random
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

import numpy as np
import psycopg
from numpy.typing import NDArray

from finsage.identity import service as identity
from finsage.market.service import assets, rates
from finsage.migrations import migrate
from finsage.platform import clock, collector
from finsage.platform.caller import Caller
from finsage.platform.database import Database
from finsage.platform.postgres import Connection, EmbeddedPostgres
from finsage.platform.settings import load_settings
from finsage.portfolio.service import bulk, derivation, imports, large_imports, portfolios

PASSWORD = "only for a benchmark"
ASSETS = 100


def native_csv(rows: int, *, assets_count: int = ASSETS, days: int = 2900) -> bytes:
    """A deposit, then purchases and sales, by default of 100 assets over eight years; always the same."""
    dice = random.Random(rows)
    lines = ["date,type,symbol,quantity,unit_price,gross,fee,currency"]
    first = date(2017, 1, 2)
    lines.append(f"{first},deposit,,,,100000000,,EUR")
    for number in range(rows - 1):
        day = first + timedelta(days=1 + number * days // rows)
        kind = "sell" if number > 5 * assets_count and dice.random() < 0.3 else "buy"
        quantity = dice.randint(1, 20) if kind == "sell" else dice.randint(20, 60)
        symbol = f"A{dice.randrange(assets_count):03d}"
        lines.append(f"{day},{kind},{symbol},{quantity},{dice.randint(500, 20000) / 100},,1.5,EUR")
    return "\n".join(lines).encode()


Spent = NDArray[np.float64]
"""Seconds by the clock, and seconds of this process and of the server's on a processor; shape (3,)."""
Phases = dict[str, Spent]


async def import_once(database: Database, caller: Caller, content: BinaryIO) -> tuple[Phases, Any]:
    """Seconds of each phase from upload to commit, and the portfolio."""
    phases = {name: np.zeros(3) for name in ("read", "effect", "book", "derive")}
    async with database.write(caller.tenant_id, caller.user_id) as session:
        opened = await portfolios.open_portfolio(session, caller, {"name": "Bench", "base_currency": "EUR"})
    portfolio_id = opened.portfolio.id
    with (
        _timed(large_imports, "add_effect", phases, "effect"),
        _timed(bulk, "drafted", phases, "derive"),
        _timed(bulk, "folded", phases, "derive"),
        _timed(derivation, "store", phases, "derive"),
    ):
        started = _now()
        async with database.write(caller.tenant_id, caller.user_id) as session:
            made = await imports.create_import(
                session, caller, portfolio_id, content, file_name="bench.csv", form=None, options={}
            )
        await imports.carry_out(database, caller, made.stored)
        phases["read"] = _now() - started - phases["effect"]
        async with database.read(caller.tenant_id, caller.user_id) as session:
            made = await imports.get_import(session, made.stored.id)
        started = _now()
        async with database.write(caller.tenant_id, caller.user_id) as session:
            done = await imports.confirm(
                session, caller, made.stored.id, content_hash=made.stored.content_hash, skip_errors=False
            )
        await imports.carry_out(database, caller, done.stored)
        phases["book"] = _now() - started - phases["derive"]
    assert done.booked == made.counts()["new"] + made.counts()["warning"], made.errors[:3]
    return phases, portfolio_id


@contextmanager
def _timed(module: ModuleType, name: str, phases: Phases, phase: str) -> Iterator[None]:
    """Add the seconds of a coroutine function to a phase while this lasts."""
    function = getattr(module, name)

    async def timed(*args: Any, **more: Any) -> Any:
        started = _now()
        try:
            return await function(*args, **more)
        finally:
            phases[phase] += _now() - started

    setattr(module, name, timed)
    try:
        yield
    finally:
        setattr(module, name, function)


TABLES = ("transactions", "postings", "fingerprints")
_PIECE = 2**17


_SERVER: list[int] = []
"""The server that is measured, by its process."""


def _now() -> Spent:
    return np.array([time.perf_counter(), time.process_time(), *map(_served, _SERVER)])


def _served(postmaster: int) -> float:
    """Seconds on a processor of the sessions a server has open, and of its other processes."""
    listed = Path(f"/proc/{postmaster}/task/{postmaster}/children")
    if not listed.exists():  # not Linux
        return math.nan
    spent = 0
    for child in listed.read_text().split():
        # One may have ended since it was listed.
        with suppress(OSError):
            spent += int(Path(f"/proc/{child}/schedstat").read_text().split()[0])
    return spent / 1e9


def peak_mib() -> int:
    """The highest resident size of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def copy_floor(owner: Connection, portfolio_id: Any) -> Spent:
    """What a raw COPY of the same rows under another tenant takes, after reading them out."""
    with psycopg.connect(owner.dsn()) as connection, ExitStack() as stack:
        blobs = {table: stack.enter_context(tempfile.TemporaryFile()) for table in TABLES}
        for table, blob in blobs.items():
            query = f"COPY (SELECT * FROM {table} WHERE portfolio_id = '{portfolio_id}') TO STDOUT (FORMAT binary)"
            with connection.cursor().copy(query) as copy:
                blob.writelines(copy)
            blob.seek(0)
        # For the session: the guard reads the tenant whose rows it checks.
        connection.execute("SELECT set_config('app.tenant', tenant_id::text, false) FROM portfolios LIMIT 1")
        connection.execute("SELECT erase_portfolio(%s)", (portfolio_id,))
        connection.execute(
            "INSERT INTO portfolios (tenant_id, id, user_id, name, base_currency)"
            " SELECT m.tenant_id, %s, m.user_id, 'Floor', 'EUR' FROM memberships m LIMIT 1",
            (portfolio_id,),
        )
        connection.commit()
        started = _now()
        for table, blob in blobs.items():
            with connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT binary)") as copy:
                while piece := blob.read(_PIECE):
                    copy.write(piece)
        connection.commit()
        return _now() - started


@asynccontextmanager
async def opened(assets_count: int = ASSETS) -> AsyncIterator[tuple[Connection, Database, Caller]]:
    """A fresh server, its application's database and a person with assets."""
    place = _place()
    with EmbeddedPostgres(place / "data") as owner:
        migrate(owner.dsn(), app_password=PASSWORD)
        _SERVER[:] = [int(next((place / "data").rglob("postmaster.pid")).read_text().split()[0])]
        database = Database(owner.with_role("finsage_app", PASSWORD).dsn(), pool_size=4)
        state = identity.open_identity(load_settings({}, data_dir=place / "settings"))
        person = await identity.register(database, state, identity.Registration("b@example.com", PASSWORD))
        scopes = identity.scopes_of("owner", is_admin=True)
        caller = Caller(person.user_id, person.tenant_id, "owner", scopes, "session", clock.new_id())
        async with database.write() as session:
            await rates.load_ecb_rates(session)
        async with database.write(caller.tenant_id, caller.user_id) as session:
            for number in range(assets_count):
                draft = assets.AssetDraft(f"A{number:03d}", f"Asset {number}", "equity", "EUR")
                await assets.create_asset(session, caller, draft)
        yield owner, database, caller
        await database.close()
        state.close()
    shutil.rmtree(place, ignore_errors=True)


async def main(rows: int, rounds: int) -> None:
    """Print medians and ratios."""
    ours: list[Phases] = []
    floor: list[Spent] = []
    peak = 0
    content = native_csv(rows)
    collector.collect_rarely()
    async with opened() as (owner, database, caller):
        for _ in range(rounds):
            phases, portfolio_id = await import_once(database, caller, io.BytesIO(content))
            ours.append(phases)
            peak = max(peak, peak_mib())
            floor.append(copy_floor(owner, portfolio_id))
    counted = [phases["read"] + phases["book"] for phases in ours]
    raw = _median(floor, 0)
    print(
        f"{rows} rows, {len(content) / 1e6:.1f} MB CSV, {rounds} rounds, fsync on; rows/s, seconds, and microseconds on"
        " a processor per row, of this process and of the server's"
    )
    for label, seconds in (
        ("read: upload, parse, preview pages", [phases["read"] for phases in ours]),
        ("book: postings, fingerprints", [phases["book"] for phases in ours]),
        ("parse to commit (both)", counted),
        ("raw COPY, same tables", floor),
        ("apart: effect shown in the preview", [phases["effect"] for phases in ours]),
        ("apart: fold, lots and holdings", [phases["derive"] for phases in ours]),
    ):
        speed, busy = rows / max(_median(seconds, 0), 1e-9), [_median(seconds, place) / rows * 1e6 for place in (1, 2)]
        print(f"{label:36} {speed:9.0f}   {_range(seconds):18} {busy[0]:6.1f} {busy[1]:6.1f}")
    print(f"{'ratio, parse to commit':36} {raw / _median(counted, 0):9.3f}")
    every = [sum(phases.values(), np.zeros(3)) for phases in ours]
    print(f"{'ratio with what is apart':36} {raw / _median(every, 0):9.3f}")
    print(f"peak of this process {peak} MiB; load of the machine {' '.join(f'{load:.0f}' for load in os.getloadavg())}")


def _place() -> Path:
    place = Path(tempfile.mkdtemp(prefix="finsage-bench-"))
    place.chmod(0o755)
    return place


def _median(spent: list[Spent], place: int) -> float:
    return statistics.median(float(each[place]) for each in spent)


def _range(spent: list[Spent]) -> str:
    seconds = [each[0] for each in spent]
    return f"({min(seconds):.2f}-{max(seconds):.2f} s)"


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    asyncio.run(main(*(given + [10_000, 3][len(given) :])))
