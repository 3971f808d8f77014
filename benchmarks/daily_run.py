"""What the jobs of forecasts cost: CPU seconds per 1,000 assets and three horizons, and memory.

    uv run --group test python benchmarks/daily_run.py [ASSETS [ROWS [FITTED [ROUNDS]]]]

The daily refresh of everyone's assets in a real embedded PostgreSQL, a close after what is kept, by its parts: reading,
computing, storing. CPU is that of this process and of its database backend, from /proc. The floors are plain numpy that
brings the same variances, windows and quantiles up to date by a row, and a raw COPY of the same rows into tables like
the real ones, indexes included, by a superuser. Made from nothing (FITTED assets; GARCH is fitted anew), the weekly
refit (fits stay, the rest anew) and training are this process alone, per 1,000 assets. Prices are made up (GARCH-t).
"""

from __future__ import annotations

# isort: off
import finsage  # noqa: F401  before numpy: it has BLAS use one thread, as the product does

# isort: on
import asyncio
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import numpy as np
import psycopg
from psycopg.types.json import Jsonb
from scipy.signal import lfilter
from sqlalchemy import text

from finsage.market.service.matrix import PriceMatrix, Tracked
from finsage.market.service.prices import write_prices
from finsage.migrations import migrate
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.database import Database, ReadSession
from finsage.platform.postgres import EmbeddedPostgres
from finsage.prediction.price_model.features import market
from finsage.prediction.price_model.levels import SHOWN
from finsage.prediction.price_model.weight_files import shipped_weights
from finsage.prediction.price_model.weights import train
from finsage.prediction.service.histories import histories_of
from finsage.prediction.service.making import confidence_scores
from finsage.prediction.service.refresh import Inputs, Made, make, read_inputs, store_made
from finsage.prediction.service.scales import Scales
from finsage.prediction.store import predictions as store
from finsage.prediction.store import states as state_store
from finsage.prediction.store.states import State

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from unit.prediction.markets import garch_returns

PASSWORD = "only for a benchmark"
LAST = date(2025, 12, 12)
_TICKS = os.sysconf("SC_CLK_TCK")


class Clock:
    """CPU seconds of this process and of the backend of a session, by part."""

    def __init__(self) -> None:
        self.taken: dict[str, tuple[float, float]] = {}

    async def start(self, session: ReadSession) -> None:
        self.watch(int((await session.execute(text("SELECT pg_backend_pid()"))).scalar_one()))

    def watch(self, backend: int) -> None:
        self._backend = backend
        self._before = self._now()

    def stop(self, part: str) -> None:
        now = self._now()
        self.taken[part] = (now[0] - self._before[0], now[1] - self._before[1])
        self._before = now

    def _now(self) -> tuple[float, float]:
        fields = Path(f"/proc/{self._backend}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return time.process_time(), (int(fields[11]) + int(fields[12])) / _TICKS


def days_until(last: date, rows: int) -> list[date]:
    end = np.busday_offset(np.datetime64(last), 0, roll="backward")
    return [day.item() for day in np.busday_offset(end, np.arange(1 - rows, 1))]


def walks(assets: int, rows: int, different: int) -> np.ndarray:
    """Closes, shape (rows, assets): so many walks, and the same ones again."""
    made = np.column_stack([100 * np.exp(np.cumsum(garch_returns(rows, number))) for number in range(different)])
    return np.round(made[:, np.arange(assets) % different], 4)


def inputs_of(days: list[date], closes: np.ndarray, states: list[State], ids: list[UUID]) -> Inputs:
    tracked = [Tracked(one, str(one), "equity", "USD", last_day=days[-1], is_simulated=False) for one in ids]
    matrix = PriceMatrix(tuple(ids), np.array(days, "datetime64[D]"), closes)
    return Inputs(PUBLIC_TENANT, tracked, matrix, shipped_weights(), states, confidence_scores([]), Scales())


async def load(database: Database, ids: list[UUID], days: list[date], closes: np.ndarray) -> None:
    async with database.write() as session:
        await session.execute(
            text(
                "INSERT INTO assets (tenant_id, id, symbol, name, asset_class, currency)"
                " SELECT :tenant, id, 'B' || place, 'Made up', 'equity', 'USD'"
                " FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS one (id, place)"
            ),
            {"tenant": PUBLIC_TENANT, "ids": ids},
        )
    for column, asset in enumerate(ids):
        rows = [(asset, day, Decimal(f"{close:.4f}")) for day, close in zip(days, closes[:, column], strict=True)]
        async with database.write() as session:
            await write_prices(session, PUBLIC_TENANT, rows, source="bench")


async def refreshed(database: Database, until: date, wanted: set[UUID], clock: Clock) -> Made:
    async with database.read() as session:
        await clock.start(session)
        inputs = await read_inputs(session, PUBLIC_TENANT, shipped_weights(), until)
        clock.stop("read")
    made = make(inputs, wanted)
    clock.stop("compute")
    async with database.write() as session:
        await clock.start(session)
        await store_made(session, PUBLIC_TENANT, made)
        clock.stop("store")
    return made


def numpy_floor(assets: int) -> float:
    """Seven variances, one GARCH step, three windows of a thousand sorted twice, 101 quantiles of each."""
    random = np.random.default_rng(1)
    means, windows = random.random((7, assets)), random.standard_normal((3, assets, 1_000))
    levels = (np.array(SHOWN) * 999).astype(int)
    before = time.process_time()
    squares = random.random(assets) ** 2
    for place in range(7):
        lfilter([0.06], [1.0, -0.94], squares[:, None], axis=1, zi=means[place][:, None])
    0.05 + 0.08 * squares + 0.9 * means[0]
    for window in windows:
        moved = np.concatenate([window[:, 1:], squares[:, None]], axis=1)
        np.sort(moved, axis=1)[:, levels] + np.sort(np.abs(moved), axis=1)[:, levels]
    return time.process_time() - before


def copy_floor(dsn: str, made: Made) -> float:
    """The same rows by COPY into tables like the real ones: CPU of both sides."""
    states = [state_store.values_of(PUBLIC_TENANT, one) for one in made.states]
    predictions = [
        [
            Jsonb(value, dumps=msgspec.json.encode) if isinstance(value, dict) else value
            for value in store.values_of(one)
        ]
        for one in made.predictions
    ]
    with psycopg.connect(dsn) as connection:
        for table in ("predictions", "prediction_states"):
            connection.execute(f"CREATE TEMPORARY TABLE floor_{table} (LIKE {table} INCLUDING ALL)")
        clock = Clock()
        clock.watch(connection.info.backend_pid)
        with connection.cursor() as cursor:
            for table, columns, rows in (
                ("predictions", store.COLUMNS, predictions),
                ("prediction_states", state_store.COLUMNS, states),
            ):
                with cursor.copy(f"COPY floor_{table} ({', '.join(columns)}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
        connection.rollback()
        clock.stop("copy")
    return sum(clock.taken["copy"])


def told(label: str, parts: dict[str, list[tuple[float, float]]], assets: int) -> dict[str, float]:
    medians = {part: statistics.median(sum(one) for one in taken) * 1000 / assets for part, taken in parts.items()}
    theirs = {part: statistics.median(one[1] for one in taken) * 1000 / assets for part, taken in parts.items()}
    steps = ", ".join(f"{part} {value:.2f} (database {theirs[part]:.2f})" for part, value in medians.items())
    print(f"{label:<13} {sum(medians.values()):6.2f} s per 1,000 assets: {steps}")
    return medians


async def daily(assets: int, rows: int, fitted: int, rounds: int) -> None:
    days = days_until(LAST, rows + rounds)
    closes = walks(assets, rows + rounds, fitted)
    ids = sorted(uuid4() for _ in range(assets))
    before = time.process_time()
    first = make(inputs_of(days[:rows], closes[:rows, :fitted], [], ids[:fitted]), set(ids[:fitted]))
    print(f"from nothing  {(time.process_time() - before) * 1000 / fitted:6.2f} s per 1,000 assets, computing alone")
    forgotten = [replace(one, history_sha256="", model_sha256="") for one in first.states]
    before = time.process_time()
    make(inputs_of(days[:rows], closes[:rows, :fitted], forgotten, ids[:fitted]), set(ids[:fitted]))
    print(f"weekly refit  {(time.process_time() - before) * 1000 / fitted:6.2f} s per 1,000 assets, computing alone")
    place = Path(tempfile.mkdtemp(prefix="finsage-bench-"))
    place.chmod(0o755)
    with EmbeddedPostgres(place) as owner:
        migrate(owner.dsn(), app_password=PASSWORD)
        database = Database(owner.with_role("finsage_app", PASSWORD).dsn(), pool_size=2)
        await load(database, ids, days[:rows], closes[:rows])
        # The walks come again, and so does what is kept of them.
        states = [replace(first.states[at % fitted], asset_id=one) for at, one in enumerate(ids)]
        async with database.write() as session:
            await store_made(session, PUBLIC_TENANT, Made([], states))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        parts: dict[str, list[tuple[float, float]]] = {}
        numpys, copies = [], []
        for number in range(rounds):
            day = days[rows + number]
            async with database.write() as session:
                new = [(one, day, Decimal(f"{closes[rows + number, at]:.4f}")) for at, one in enumerate(ids)]
                await write_prices(session, PUBLIC_TENANT, new, source="bench")
            clock = Clock()
            made = await refreshed(database, day, set(ids), clock)
            assert len(made.predictions) == 3 * assets
            for part, taken in clock.taken.items():
                parts.setdefault(part, []).append(taken)
            numpys.append(numpy_floor(assets) * 1000 / assets)
            copies.append(copy_floor(owner.dsn(), made) * 1000 / assets)
        medians = told("daily refresh", parts, assets)
        floor, copied = statistics.median(numpys), statistics.median(copies)
        print(f"floors        numpy {floor:.2f} s, computing is {medians['compute'] / floor:.1f} times that;"
              f" COPY {copied:.2f} s, storing is {medians['store'] / copied:.1f} times that")  # fmt: skip
        size = statistics.mean(len(one.sigmas) + 8 * len(one.garch) for one in made.states)
        print(f"kept per asset {size / 1024:.1f} KiB; peak {peak:.0f} MiB when made from nothing, then"
              f" {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}")  # fmt: skip
        await database.close()
    shutil.rmtree(place)


def training(rows: int, fitted: int) -> None:
    days = days_until(LAST, rows)
    ids = [uuid4() for _ in range(fitted)]
    inputs = inputs_of(days, walks(fitted, rows, fitted), [], ids)
    read = histories_of(inputs.tracked, inputs.matrix)
    before = time.process_time()
    train(market(read.histories, read.classes), name="bench", before=np.datetime64(LAST + timedelta(days=1)), seed=1)
    print(f"training      {(time.process_time() - before) * 1000 / fitted:6.2f} s per 1,000 assets")


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    assets, rows, fitted, rounds = given + [1_000, 3_000, 40, 3][len(given) :]
    asyncio.run(daily(assets, rows, min(fitted, assets), rounds))
    training(rows, max(min(fitted, assets), 40))
    print(f"{assets} assets of {rows} rows; load {os.getloadavg()[0]:.0f}")
