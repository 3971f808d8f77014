"""Candles: what prices and providers make of a day, in every width the same as from the prices themselves."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finsage.market.candles import SECONDS, STEPS, OpenHighLowClose, Tick, folded, start_of, whole
from finsage.market.service import candles
from finsage.market.store import candles as store
from finsage.platform import clock
from finsage.platform.database import Database, tried
from finsage.platform.jobs import JobContext

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 28, tzinfo=UTC)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
async def ours(server) -> tuple[UUID, UUID]:
    """A tenant and its asset."""
    tenant, asset = uuid4(), uuid4()
    server.query("INSERT INTO tenants (id, name) VALUES (%s, 'House')", tenant)
    server.query(
        "INSERT INTO assets (tenant_id, id, symbol, name, asset_class, currency) VALUES (%s, %s, 'W', 'Works', 'equity', 'EUR')",
        tenant, asset,
    )  # fmt: skip
    return tenant, asset


def of_prices(ticks: list[tuple[datetime, Decimal]], width) -> dict[datetime, tuple[Decimal, ...]]:
    """Open, high, low and close by start, from the prices themselves."""
    found: dict[datetime, list[Decimal]] = defaultdict(list)
    for at, price in sorted(ticks, key=lambda tick: tick[0]):
        found[start_of(at, width)].append(price)
    return {start: (ps[0], max(ps), min(ps), ps[-1]) for start, ps in found.items()}


async def read(session, asset: UUID, width) -> dict[datetime, tuple[Decimal, ...]]:
    rows = await store.between(session, asset, SECONDS[width], (datetime(2000, 1, 1, tzinfo=UTC), NOW), 5_000)
    return {row.start.astimezone(UTC): (row.open, row.high, row.low, row.close) for row in rows}


instants = st.integers(0, 3 * 86_400 * 10).map(lambda tenths: MIDNIGHT - timedelta(seconds=tenths / 10))
prices = st.decimals("0.000001", "1000000", places=6)
runs = st.lists(st.lists(st.tuples(instants, prices), max_size=12), min_size=1, max_size=4)


@given(runs=runs)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_every_width_is_what_the_prices_make_whatever_order_they_come_in(database: Database, ours, now, runs):
    tenant, asset = ours
    # Of one instant there is one price: what a provider says again later is the same.
    seen: dict[datetime, Decimal] = {}
    async with database.write(tenant) as session, tried(session):
        for run in runs:
            ticks = [(at, seen.setdefault(at, price)) for at, price in run]
            for _ in range(2):  # a run that is repeated changes nothing
                await candles.take(session, tenant, [Tick(asset, *tick) for tick in ticks], [])
        everything = list(seen.items())
        for width in SECONDS:
            assert await read(session, asset, width) == of_prices(everything, width), width


@given(
    minutes=st.lists(
        st.tuples(st.integers(0, 2 * 1440 - 1), prices, prices, prices, prices, st.none() | st.integers(0, 9)),
        min_size=1, max_size=40, unique_by=lambda row: row[0],
    )
)  # fmt: skip
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_roll_up_opens_first_closes_last_and_sums_what_is_known(database: Database, ours, now, minutes):
    tenant, asset = ours
    given_ = []
    for number, first, other, another, last, volume in minutes:
        start = MIDNIGHT - timedelta(minutes=number)
        four = (first, max(first, other, another, last), min(first, other, another, last), last)
        given_.append(whole(asset, start, four, None if volume is None else Decimal(volume), "1m"))
    async with database.write(tenant) as session, tried(session):
        await store.merge(session, tenant, given_)
        for narrow, wide in STEPS:
            await store.roll_up(session, tenant, SECONDS[narrow], SECONDS[wide])
        for width in ("5m", "1h", "1d"):
            groups: dict[datetime, list[OpenHighLowClose]] = defaultdict(list)
            for one in sorted(given_, key=lambda one: one.start):
                groups[start_of(one.start, width)].append(one)
            rows = await store.between(session, asset, SECONDS[width], (MIDNIGHT - timedelta(days=9), NOW), 5_000)
            found = {row.start.astimezone(UTC): (row.open, row.high, row.low, row.close, row.volume) for row in rows}
            assert found == {
                start: (
                    ones[0].open, max(one.high for one in ones), min(one.low for one in ones), ones[-1].close,
                    None if any(one.volume is None for one in ones) else sum(one.volume for one in ones),
                )
                for start, ones in groups.items()
            }  # fmt: skip


async def test_what_a_provider_gave_stands_before_what_was_made(database: Database, ours, now):
    tenant, asset = ours
    noon = MIDNIGHT - timedelta(hours=12)
    day = whole(asset, MIDNIGHT - timedelta(days=1), tuple(map(Decimal, (9, 20, 5, 10))), Decimal(7), "1d")
    async with database.write(tenant) as session:
        await candles.take(session, tenant, [Tick(asset, noon, Decimal(11))], [])
        assert (await read(session, asset, "1d"))[day.start] == (11, 11, 11, 11)
        await candles.take(session, tenant, [Tick(asset, noon + timedelta(minutes=1), Decimal(12))], [day])
        assert (await read(session, asset, "1d"))[day.start] == (9, 20, 5, 10)
        assert (await read(session, asset, "1h"))[noon] == (11, 12, 11, 12)
        # What a user entered for a day stands alone.
        entered = {(asset, noon.date())}
        await candles.take(session, tenant, [Tick(asset, noon, Decimal(99))], [], entered=entered)
        assert (await read(session, asset, "1h"))[noon] == (11, 12, 11, 12)


async def test_each_width_is_kept_for_its_time_and_the_wider_stay_whole(database: Database, ours, now, monkeypatch):
    tenant, asset = ours
    ticks = [Tick(asset, NOW - timedelta(days=20, minutes=7 * number), Decimal(100 + number)) for number in range(300)]
    async with database.write(tenant) as session:
        await candles.take(session, tenant, ticks, [])
        before = {width: await read(session, asset, width) for width in SECONDS}
    job = JobContext(database, candles.KEEP, uuid4(), tenant, {}, 1)
    gone, partly = [], {}
    for days in (0, 9, 9.5, 10.5, 380, 6 * 366):
        monkeypatch.setattr(clock, "now", lambda days=days: NOW + timedelta(days=days))
        for _ in range(2):
            await candles.keep(job)
        async with database.read(tenant) as session:
            found = {width: await read(session, asset, width) for width in SECONDS}
        partly = found["1m"] if days == 9.5 else partly
        gone.append([width for width in SECONDS if not found[width]])
        for width in SECONDS:
            assert found[width].items() <= before[width].items(), "what is left is as it was"
        assert found["1d"] == before["1d"]
    assert gone == [[], [], [], ["1m"], ["1m", "5m"], ["1m", "5m", "1h"]]
    assert 0 < len(partly) < len(before["1m"])


async def test_prices_older_than_a_minute_is_kept_are_left_out(database: Database, ours, now):
    tenant, asset = ours
    async with database.write(tenant) as session:
        await candles.take(session, tenant, [Tick(asset, NOW - timedelta(days=31), Decimal(1))], [])
        assert await read(session, asset, "1m") == {}


def test_prices_of_one_minute_are_one_candle():
    asset, at = uuid4(), MIDNIGHT + timedelta(seconds=90)
    ticks = [Tick(asset, at + timedelta(seconds=n), Decimal(p)) for n, p in ((20, 3), (0, 2), (10, 9))]
    [one] = folded(ticks, "1m")
    assert (one.start, one.open, one.high, one.low, one.close) == (MIDNIGHT + timedelta(minutes=1), 2, 9, 2, 3)
    assert (one.opened_at, one.closed_at) == (at, at + timedelta(seconds=20))


@pytest.mark.parametrize(
    "four",
    [(1, 2, 3, 1), (1, 2, 1, 3), (4, 3, 1, 2), (0, 1, 0, 1), (1, None, 1, 1), (1, "NaN", 1, 1), (1, "Infinity", 1, 1)],
)
def test_a_candle_that_does_not_fit_itself_is_none(four):
    prices = tuple(None if price is None else Decimal(price) for price in four)
    assert whole(uuid4(), MIDNIGHT, prices, None, "1d") is None


async def test_the_api_answers_the_newest_of_an_interval_and_bounds_a_span(api, database, server):
    client = await api.sign_up()
    draft = {"symbol": "CNDL", "name": "Candle", "asset_class": "equity", "currency": "EUR"}
    asset = (await client.post("/api/v1/assets", json=draft)).json()["id"]
    [(tenant,)] = server.query("SELECT tenant_id FROM assets WHERE id = %s", asset)
    at = start_of(clock.now() - timedelta(hours=2), "1h")
    async with database.write(tenant) as session:
        ticks = [Tick(UUID(asset), at + timedelta(minutes=n), Decimal(n + 1).scaleb(-1)) for n in range(10)]
        await candles.take(session, tenant, ticks, [])
    path = f"/api/v1/assets/{asset}/candles"
    answer = (await client.get(path, params={"interval": "5m"})).json()
    assert (answer["currency"], answer["interval"], answer["kept_days"]) == ("EUR", "5m", 366)
    assert answer["items"][1] == {
        "start": f"{at + timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}",
        "open": "0.6", "high": "1", "low": "0.6", "close": "1", "volume": None,
    }  # fmt: skip
    later = {
        "interval": "1m",
        "from": (at + timedelta(minutes=8)).isoformat(),
        "to": (at + timedelta(minutes=9)).isoformat(),
    }
    assert [one["open"] for one in (await client.get(path, params=later)).json()["items"]] == ["0.9"]
    assert len((await client.get(path)).json()["items"]) == 1
    refused = await client.get(path, params={"interval": "1m", "from": "2020-01-01T00:00:00Z"})
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/too-many-candles")
    assert (await client.get(path, params={"interval": "7m"})).status_code == 422
    assert (await client.get(f"/api/v1/assets/{uuid4()}/candles")).status_code == 404
    assert (await (await api.sign_up()).get(path)).status_code == 404
