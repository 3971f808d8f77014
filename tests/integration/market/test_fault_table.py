"""What each fault of a provider leaves in the database, on the Data health page and at the price: as the table says."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from integration.market.refreshing import health, run, way_out
from replay.server import FAULTS, Reply

from finsage.market.service import intraday
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.database import Database
from finsage.platform.http import LocalHosts, Outbound, SharedBuckets
from finsage.platform.jobs import JobContext
from finsage.platform.outside import Outside

pytestmark = pytest.mark.anyio

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "providers.md"
NOTHING = "–"

INJECTED: dict[str, Callable[[Reply], Reply] | None] = {
    "none": None,
    "429 with Retry-After": lambda _: Reply(b"{}", 429, {"retry-after": "60"}),
    "500": FAULTS["failed"],
    "slow-drip": FAULTS["drip"],
    "truncated JSON": FAULTS["truncated"],
    "HTML instead of JSON": FAULTS["html"],
    "changed field": lambda good: Reply(good.body.replace(b'"eur"', b'"price_eur"'), 200, good.headers),
    "empty list": lambda good: Reply(b"{}", 200, good.headers),
    "duplicate ids": lambda good: Reply(
        good.body[:-1] + b", " + good.body[1:].replace(b"105", b"106"), 200, good.headers
    ),
    "redirect to loopback": lambda _: Reply(b"", 302, {"location": "https://127.0.0.1:1/latest"}),
}


def _spoilt(reply: Reply, change: Callable[[list[Any]], list[Any]]) -> Reply:
    return Reply(json.dumps({"prices": change(json.loads(reply.body)["prices"])}).encode(), 200, reply.headers)


WITHIN_DAYS = {name: fault for name, fault in INJECTED.items() if name != "duplicate ids"} | {
    "changed field": lambda good: Reply(good.body.replace(b'"prices"', b'"price"'), 200, good.headers),
    "empty list": lambda good: _spoilt(good, lambda _: []),
    "duplicate instants": lambda good: _spoilt(good, lambda points: [points[0], *points]),
    "one price of a thousand times": lambda good: _spoilt(
        good, lambda points: [*points[:40], [points[40][0], 1e5], *points[41:]]
    ),
}


def table(after: str = "### Fault by fault", until: str = "\n\nOf an identifier") -> list[dict[str, str]]:
    """The rows of a table of the page, by their heading: the first under "Fault by fault"."""
    part = PAGE.read_text("utf-8").partition(after)[2].partition(until)[0]
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line.startswith("|")
    ]
    head, _, *rows = lines
    return [dict(zip(head, row, strict=True)) for row in rows]


class Impatient(Outside):
    """A way out that for dripping waits shorter than the real one, so that it costs no half minute."""

    is_hurried = False

    def outbound(self) -> Outbound:
        if self._outbound is None:
            local, buckets = LocalHosts(self.settings.local_hosts), SharedBuckets(self._database)
            seconds = 0.4 if self.is_hurried else 10
            self._outbound = Outbound(local=local, buckets=buckets, timeout_seconds=seconds)
        return self._outbound

    async def hurry(self, *, is_hurried: bool) -> None:
        """Of a busy machine no answer comes within 0.4 s that is to come."""
        await self.aclose()
        self.is_hurried = is_hurried


@pytest.fixture
async def impatient(database: Database, market: Any, tmp_path: Path, server: Any) -> AsyncIterator[Impatient]:
    for name in ("asset_identifiers", "refresh_runs", "provider_states"):
        server.query(f"DELETE FROM {name}")
    async with way_out(database, market, tmp_path) as patient:
        outside = Impatient(patient.settings, database)
        yield outside
        await outside.aclose()


def table_within_days() -> list[dict[str, str]]:
    return table("The same coin, watched", "\n\nPrices are kept")


def test_the_tables_are_whole():
    assert [row["Fault"] for row in table()] == list(INJECTED)
    assert {row["Fault"] for row in table_within_days()} == set(WITHIN_DAYS)


@pytest.mark.parametrize("row", table(), ids=lambda row: row["Fault"])
async def test_a_fault_changes_what_the_table_says(row: dict[str, str], *, person, database, server, market, impatient):
    asset = await person.asset(("coingecko", "bitcoin"))
    market.as_of = datetime.now(UTC) - timedelta(days=3)
    await run(database, impatient, server)
    before = await person.prices(asset)
    assert (await person.price(asset))["is_stale"]

    market.as_of, market.prices["bitcoin"] = datetime.now(UTC), "105"
    market.fault, market.asked[:] = INJECTED[row["Fault"]], []
    await impatient.hurry(is_hurried=row["Fault"] == "slow-drip")
    await run(database, impatient, server)
    assert len(market.asked) == int(row["Asked"])

    price, _, when = row["Stored"].partition(" ")
    now, latest = await person.prices(asset), await person.price(asset)
    today = datetime.now(UTC).date().isoformat()
    if when == "as before":
        assert now == before
    else:
        assert [(item["day"], item["close"]) for item in now[1:]] == [(today, price)]
    assert latest["price"] == price
    assert latest["is_stale"] == (row["Price badge"] == "Stale")

    shown = await health(person)
    [source] = [item for item in shown["sources"] if item["provider"] == "coingecko"]
    assert source["state"] == row["Provider"]
    assert (source["problem"] or NOTHING) == row["Problem"]
    assert bool(source["resting_until"]) == (row["Provider"] == "resting")
    [followed] = [item for item in shown["assets"] if item["asset_id"] == asset]
    assert (followed["problem"] or NOTHING).startswith(row["At the asset"])
    assert (followed["price"], followed["is_stale"]) == (price, latest["is_stale"])
    assert shown["quarantine"] == []

    market.fault = None
    await impatient.hurry(is_hurried=False)
    if row["Provider"] != "resting":
        await run(database, impatient, server)
        assert (await person.price(asset))["price"] == "105"
        [source] = [item for item in (await health(person))["sources"] if item["provider"] == "coingecko"]
        assert source["state"] == "answers"


@pytest.mark.parametrize("row", table_within_days(), ids=lambda row: row["Fault"])
async def test_a_fault_of_prices_within_a_day_changes_what_the_table_says(
    row: dict[str, str], *, person, database, server, market, impatient
):
    asset = await person.asset(("coingecko", "bitcoin"))
    made = (await person.client.post("/api/v1/watchlists", json={"name": "Ideas"})).raise_for_status().json()["id"]
    await person.client.post(f"/api/v1/watchlists/{made}/items", json={"asset_id": asset})
    await run(database, impatient, server)
    before = await person.prices(asset)

    async def ask() -> list[Any]:
        market.asked[:] = []
        await intraday.refresh_candles(
            JobContext(database, intraday.REFRESH, uuid4(), PUBLIC_TENANT, {}, outside=impatient)
        )
        answer = await person.client.get(f"/api/v1/assets/{asset}/candles", params={"interval": "5m"})
        latest = {one["start"] for one in answer.json()["items"]} - quoted
        return sorted(latest)

    answer = await person.client.get(f"/api/v1/assets/{asset}/candles", params={"interval": "5m"})
    quoted = {one["start"] for one in answer.json()["items"]}
    market.fault = WITHIN_DAYS[row["Fault"]]
    await impatient.hurry(is_hurried=row["Fault"] == "slow-drip")
    stored = await ask()
    assert len(market.asked) == int(row["Asked"])
    assert (len(stored) > 200) == (row["Stored"] == "yes")
    shown = await health(person)
    [source] = [item for item in shown["sources"] if item["provider"] == "coingecko"]
    assert (source["state"], source["problem"] or NOTHING) == (row["Provider"], row["Problem"])
    assert {item["reason"] for item in shown["quarantine"]} == {row["Put aside"]} - {NOTHING}
    assert await person.prices(asset) == before
    assert (await person.price(asset))["is_stale"] == (row["Price badge"] == "Stale")

    # A day later all of it is asked for.
    market.fault = None
    await impatient.hurry(is_hurried=False)
    server.query("UPDATE asset_refreshes SET candles_asked_at = candles_asked_at - interval '1 day'")
    if row["Provider"] != "resting":
        assert len(await ask()) > 200
