"""Exchange rates of the working day: asked for where it is wanted, once they are out, and judged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from integration.market.refreshing import health, way_out
from replay.rates import xml
from replay.server import FAULTS, Asked, ReplayServer, Reply

from finsage.market.service import live_rates
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.jobs import JobContext

pytestmark = pytest.mark.anyio


class Bank(ReplayServer):
    """The central bank's file of the last 90 days, with every working day up to today."""

    def __init__(self) -> None:
        super().__init__(self._reply)
        today = datetime.now(UTC).date()
        back = [today - timedelta(days=number) for number in range(80, -1, -1)]
        self.days = [day for day in back if day.weekday() < 5]

    def _reply(self, _: Asked) -> Reply:
        return Reply(xml(self.days), headers={"content-type": "text/xml", "cache-control": "no-store"})


@pytest.fixture
def bank() -> Iterator[Bank]:
    with Bank() as server:
        yield server


@pytest.fixture
async def asking(database, bank, tmp_path, server):
    server.query(
        "UPDATE exchange_rates SET days = days[1:1], rates = rates[1:1] WHERE currency = 'USD' AND year = 2026"
    )

    async def ask(**settings: str) -> None:
        more = {
            "FINSAGE_LIVE_RATES": "true",
            "FINSAGE_PROVIDER_URLS": f"ecb={bank.url}",
            "FINSAGE_LOCAL_HOSTS": f"127.0.0.1:{bank.port}",
            **settings,
        }
        async with way_out(database, bank, tmp_path, providers="ecb", **more) as outside:
            payload = {"due_at": datetime.now(UTC).isoformat()}
            job = JobContext(database, live_rates.REFRESH, uuid4(), PUBLIC_TENANT, payload, outside=outside)
            await live_rates.refresh_rates(job)

    return ask


async def test_nobody_is_asked_unless_it_is_wanted(asking, bank):
    await asking(FINSAGE_LIVE_RATES="false")
    assert bank.asked == []


async def test_rates_since_the_newest_are_written_once(*, asking, bank, person, server):
    await asking()
    last = max(bank.days)
    found = (await person.client.get("/api/v1/fx/EUR/USD", params={"day": str(last)})).json()
    assert (found["rate"], found["as_of"], found["is_stale"]) == (f"1.0{last.day:02}".rstrip("0"), str(last), False)
    # What the release carried is older, and still there.
    old = (await person.client.get("/api/v1/fx/EUR/USD", params={"day": "2024-06-03"})).json()
    assert (old["as_of"], old["rate"]) == ("2024-06-03", "1.0842")
    rates = (await health(person))["rates"]
    assert (rates["last_day"], rates["is_stale"], rates["last_run"]["requests"]) == (str(last), False, 1)
    assert rates["last_run"]["written"] > 0
    asked = len(bank.asked)
    if last >= live_rates.newest_expected(datetime.now(UTC)):
        await asking()
        assert len(bank.asked) == asked  # the newest that can be are there


async def test_a_rate_that_is_not_believed_is_left_out_and_named(*, asking, bank, person, server):
    server.query(
        "UPDATE exchange_rates SET days = days[1:1], rates = ARRAY[15.0] WHERE currency = 'JPY' AND year = 2026"
    )
    server.query("DELETE FROM exchange_rates WHERE currency = 'JPY' AND year > 2026")
    server.query("UPDATE exchange_rates SET days = days[1:1], rates = rates[1:1] WHERE year = 2026")
    server.query("UPDATE exchange_rates SET rates = ARRAY[15.0] WHERE currency = 'JPY' AND year = 2026")
    await asking()
    run = (await health(person))["rates"]["last_run"]
    assert run["quarantined"] > 0
    assert {(item["provider"], item["problem"]) for item in run["failures"]} == {("ECB", "jump")}
    [(rate,)] = server.query(
        "SELECT rates[cardinality(rates)] FROM exchange_rates WHERE currency = 'JPY' AND year = 2026"
    )
    assert rate == Decimal("15.0")


async def test_a_bank_that_fails_leaves_what_is_there(*, asking, bank, person, server):
    before = server.query("SELECT * FROM exchange_rates ORDER BY 1, 2, 3")
    bank.fault = FAULTS["truncated"]
    with pytest.raises(Exception, match="ecb"):
        await asking()
    assert server.query("SELECT * FROM exchange_rates ORDER BY 1, 2, 3") == before
    [source] = [item for item in server.query("SELECT provider, problem FROM provider_states") if item[0] == "ecb"]
    assert source == ("ecb", "changed-shape")


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 11, 27, 15, 9, tzinfo=UTC), date(2026, 11, 26)),  # Friday, 16:09 in Frankfurt
        (datetime(2026, 11, 27, 15, 10, tzinfo=UTC), date(2026, 11, 27)),
        (datetime(2026, 11, 29, 12, tzinfo=UTC), date(2026, 11, 27)),
        (datetime(2026, 11, 30, 12, tzinfo=UTC), date(2026, 11, 27)),
        (datetime(2026, 7, 1, 14, 10, tzinfo=UTC), date(2026, 7, 1)),  # in summer
    ],
)
def test_rates_are_expected_when_they_are_out(now, day):
    assert live_rates.newest_expected(now) == day
