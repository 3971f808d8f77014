"""JSON sources: tried, kept with their secret sealed, asked with the other providers, and each its tenant's alone."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID, uuid4

import httpx
import pytest
from integration.market.refreshing import Person, health, last_run
from replay import coingecko
from replay.server import FAULTS, Asked, ReplayServer, Reply, json_reply
from support import Api, Server

from finsage.app import Application, build_app
from finsage.market.service import backfill, refresh
from finsage.platform import resealing
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.database import Database
from finsage.platform.encryption import Vault
from finsage.platform.http import Outbound
from finsage.platform.jobs import JobContext
from finsage.platform.outside import Outside
from finsage.platform.settings import Settings, load_settings
from finsage.platform.telemetry import exposition
from finsage.services import sealed_columns

pytestmark = pytest.mark.anyio
SECRET = "canary-of-the-key"


class Fund(ReplayServer):
    """A fund's own page of JSON, with prices of this very moment, and CoinGecko beside it at /cg."""

    def __init__(self) -> None:
        super().__init__(self._reply)
        self.price = "101.25"
        self.is_dated = True

    def _reply(self, asked: Asked) -> Reply:
        if not asked.path.startswith(("/fund", "/days")):
            price = {"eur": 7.6, "last_updated_at": int(datetime.now(UTC).timestamp())}
            return json_reply({"bitcoin": price}) if asked.path == "/simple/price" else coingecko.answer(asked)
        # Earlier than any whole second that CoinGecko names in a run after this one.
        at = datetime.now(UTC) - timedelta(seconds=2)
        if asked.path == "/days":
            days = [{"d": (at - timedelta(days=back)).date().isoformat(), "c": f"{100 - back}.5"} for back in range(5)]
            return json_reply({"days": days})
        units = {"unit": "EUR", "small": " eur", "pence": "GBp"}
        return json_reply({"nav": self.price, "at": at.isoformat(), "other": "7.5", **units})


@pytest.fixture(scope="module")
def fund() -> Iterator[Fund]:
    with Fund() as server:
        yield server


@pytest.fixture(scope="module")
def settings(fund: Fund, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings(
        {
            "FINSAGE_PROVIDERS": "coingecko,json",
            "FINSAGE_PROVIDER_URLS": f"coingecko={fund.url}",
            "FINSAGE_LOCAL_HOSTS": f"127.0.0.1:{fund.port}",
            "FINSAGE_COINGECKO_PLAN": "pro",
            "FINSAGE_COINGECKO_KEY": "key",
        },
        data_dir=tmp_path_factory.mktemp("json"),
        address_limit_per_minute=1_000_000,
        address_limit_burst=100_000,
    )


class Impatient(Outside):
    """A way out that waits shorter than the real one, without a pace."""

    def outbound(self) -> Outbound:
        if self._outbound is None:
            local = self.settings.local_hosts
            from finsage.platform.http import LocalHosts

            self._outbound = Outbound(local=LocalHosts(local), timeout_seconds=0.4, resolver=self.resolve)
        return self._outbound

    addresses: ClassVar[list[str]] = []
    """What ``fund.example`` resolves to, each time the next."""

    async def resolve(self, host: str, _: int) -> list[str]:
        return [self.addresses.pop(0)] if host == "fund.example" else [host]


@pytest.fixture(scope="module")
async def application(settings: Settings, database: Database, quiet_logs: None) -> AsyncIterator[Application]:
    application = build_app(settings, database)
    yield application
    application.close()
    await application.outside.aclose()


@pytest.fixture(autouse=True)
async def outside(
    application: Application, settings: Settings, database: Database, fund: Fund, server: Server
) -> AsyncIterator[Outside]:
    for table in ("asset_identifiers", "json_sources", "refresh_runs", "provider_states", "provider_answers"):
        server.query(f"DELETE FROM {table}")
    fund.fault, fund.price = None, "101.25"
    fund.asked.clear()
    outside = application.api.state.outside = Impatient(settings, database)
    yield outside
    await outside.aclose()


@pytest.fixture
async def person(api: Api) -> Person:
    return Person(await api.sign_up())


def source(fund: Fund, path: str = "/fund", **more: Any) -> dict[str, Any]:
    return {"url": fund.url + path, "price_path": "$.nav", "as_of_path": "$.at", **more}


def key(value: str | None = SECRET, sent_as: str = "header", name: str = "X-Api-Key") -> dict[str, Any]:
    return {"sent_as": sent_as, "name": name, "value": value}


async def put(person: Person, asset: str, body: dict[str, Any]) -> Any:
    return (await person.client.put(f"/api/v1/assets/{asset}/json-source", json=body)).raise_for_status().json()


async def tried(person: Person, asset: str, body: dict[str, Any]) -> httpx.Response:
    return await person.client.post(f"/api/v1/assets/{asset}/json-source/reading", json=body)


async def kept(person: Person, asset: str) -> Any:
    return (await person.client.get(f"/api/v1/assets/{asset}/json-source")).raise_for_status().json()["source"]


def job(database: Database, outside: Outside, name: str, tenant: UUID, **payload: str) -> JobContext:
    payload = {"due_at": datetime.now(UTC).isoformat(), **payload}
    return JobContext(database, name, uuid4(), tenant, payload, outside=outside)


async def first_time(person: Person, asset: str, database: Database, outside: Outside) -> None:
    """The two jobs that follow a source that was just entered."""
    tenant = await person.tenant()
    await backfill.backfill(job(database, outside, refresh.BACKFILL, tenant, asset_id=asset))
    await refresh.refresh_now(job(database, outside, refresh.REFRESH_NOW, tenant, asset_id=asset))


async def run(database: Database, outside: Outside, server: Server) -> None:
    server.query("UPDATE asset_refreshes SET asked_at = asked_at - interval '1 day'")
    await refresh.refresh(job(database, outside, refresh.REFRESH, PUBLIC_TENANT))


# Trying


async def test_trying_shows_what_was_read_and_keeps_nothing(person: Person, fund: Fund, server: Server):
    asset = await person.asset()
    answer = await tried(person, asset, source(fund, currency_path="$.unit"))
    assert answer.status_code == 200, answer.text
    read = answer.json()
    assert (read["price"], read["currency"], read["days"], read["decision"]) == ("101.25", "EUR", 1, "keep")
    assert abs(datetime.fromisoformat(read["as_of"]) - datetime.now(UTC)) < timedelta(minutes=1)
    assert server.query("SELECT count(*) FROM json_sources") == [(0,)]
    assert await kept(person, asset) is None
    assert await person.prices(asset) == []


async def test_pence_are_no_pounds(person: Person, fund: Fund):
    asset = await person.asset(currency="GBP")
    read = (await tried(person, asset, source(fund, currency_path="$.pence"))).json()
    assert (read["currency"], read["decision"]) == ("GBp", "quarantine")
    assert "priced in GBP" in read["detail"]
    read = (await tried(person, await person.asset(), source(fund, currency_path="$.small"))).json()
    assert (read["currency"], read["decision"]) == ("EUR", "keep")


async def test_trying_a_history_shows_its_days(person: Person, fund: Fund):
    body = source(fund, "/days", price_path="$.days[*].c", as_of_path="$.days[*].d")
    read = (await tried(person, await person.asset(), body)).json()
    assert (read["price"], read["days"]) == ("100.5", 5)
    assert [one["price"] for one in read["newest"]] == ["96.5", "97.5", "98.5", "99.5", "100.5"]


@pytest.mark.parametrize(
    ("change", "problem", "told"),
    [
        ({"price_path": "$.nothing"}, "changed-shape", "$.nothing: it selects 0 values instead of one"),
        ({"price_path": "$.*"}, "changed-shape", "is no number"),
        ({"as_of_path": "$.unit"}, "changed-shape", "$.unit: 'EUR' is no instant"),
        ({"currency_path": "$.other"}, "changed-shape", "$.other: '7.5' is no currency"),
        ({"price_path": "$.a[?match(@.b, 'x')]"}, "invalid-source", "described"),
        ({"url": "http://example.com/x"}, "invalid-source", "described"),
        ({"url": "https://169.254.169.254/latest/meta-data"}, "forbidden-address", "does not fetch from"),
        ({"url": "https://127.0.0.1:1/"}, "forbidden-address", "does not fetch from"),
        ({"url": "https://[::1]/"}, "forbidden-address", "does not fetch from"),
        ({"url": "https://2130706433/"}, "forbidden-address", ""),
    ],
)
async def test_trying_what_cannot_be_read_tells_why(
    *, person: Person, fund: Fund, change: dict[str, Any], problem: str, told: str
):
    answer = await tried(person, await person.asset(), source(fund) | change)
    assert answer.status_code >= 400
    body = answer.json()
    assert body["type"].endswith(f"/{problem}"), body
    assert told in body["detail"]
    if problem == "invalid-source":
        [fault] = body["errors"]
        assert fault["pointer"] == "/" + next(iter(change))


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ("limited", "outside-limited"), ("failed", "service-failed"), ("drip", "too-slow"), ("cut", "unreachable"),
        ("truncated", "changed-shape"), ("html", "changed-shape"), ("empty", "changed-shape"),
    ],
)  # fmt: skip
async def test_a_fault_of_the_service_is_told_when_trying(person: Person, fund: Fund, fault: str, problem: str):
    fund.fault = FAULTS[fault]
    answer = await tried(person, await person.asset(), source(fund))
    assert answer.json()["type"].endswith(f"/{problem}"), answer.text


async def test_no_redirect_and_no_name_leads_inside(person: Person, fund: Fund, outside: Impatient):
    asset = await person.asset()
    for target in ("https://127.0.0.1:1/", "http://127.0.0.1:1/", f"http://localhost:{fund.port}/fund"):
        fund.fault = lambda _, target=target: Reply(b"", 302, {"location": target})
        answer = await tried(person, asset, source(fund))
        assert answer.json()["type"].endswith("/forbidden-address"), (target, answer.text)
    # A name that led to a stranger when it was tried, and inside when it is asked.
    fund.fault = None
    outside.addresses = ["192.0.2.1", "127.0.0.1", "10.0.0.7", "::ffff:127.0.0.1"]
    body = source(fund) | {"url": f"https://fund.example:{fund.port}/fund"}
    asked = len(fund.asked)
    for _ in range(4):
        answer = await tried(person, asset, body)
        assert answer.json()["type"].endswith("/forbidden-address"), answer.text
    assert outside.addresses == [], "each connection is judged by the addresses it is made to"
    assert len(fund.asked) == asked


async def test_a_price_that_would_not_be_believed_is_told_so(person: Person, fund: Fund):
    asset = await person.asset()
    await person.client.put(
        f"/api/v1/assets/{asset}/prices", json={"items": [{"day": datetime.now(UTC).date().isoformat(), "close": "2"}]}
    )
    fund.price = "1000"
    read = (await tried(person, asset, source(fund))).json()
    assert (read["decision"], read["price"]) == ("quarantine", "1000")
    assert "times" in read["detail"]
    fund.price = "NaN"
    read = (await tried(person, asset, source(fund))).json()
    assert (read["decision"], read["price"], read["newest"]) == ("quarantine", "NaN", [])
    fund.price = "2.1"
    body = source(fund) | {"as_of_path": None}
    read = (await tried(person, asset, body)).json()
    assert (read["decision"], read["as_of"]) == ("flag", None)
    assert "does not say when" in read["detail"]


# Keeping and asking


async def test_a_source_is_asked_at_once_and_with_every_run(
    *, person: Person, fund: Fund, database: Database, server: Server, outside: Outside
):
    asset = await person.asset()
    done = await put(person, asset, source(fund, currency_path="$.unit"))
    assert (await person.client.get(f"/api/v1/jobs/{done['job_id']}")).json()["state"] == "queued"
    await first_time(person, asset, database, outside)
    assert [(row["close"], row["source"]) for row in await person.prices(asset)] == [("101.25", "json")]
    known = await kept(person, asset)
    assert (known["problem"], known["key"]) == (None, None)
    assert known["answered_at"] == known["asked_at"] is not None

    fund.price = "102.5"
    await run(database, outside, server)
    assert (await person.price(asset))["price"] == "102.5"
    shown = await health(person)
    [followed] = [one for one in shown["assets"] if one["asset_id"] == asset]
    assert (followed["provider"], followed["price"], followed["problem"], followed["flag"]) == (
        "json", "102.5", None, None,
    )  # fmt: skip
    [standing] = [one for one in shown["sources"] if one["provider"] == "json"]
    assert (standing["state"], standing["assets"], standing["failure"]) == ("answers", 1, None)
    quality = (await person.client.get(f"/api/v1/assets/{asset}/price-quality")).json()
    assert (quality["is_followed"], quality["provider"]) == (True, "json")
    assert 'finsage_json_source_readings_total{outcome="ok"}' in exposition().decode()

    assert (await person.client.delete(f"/api/v1/assets/{asset}/json-source")).status_code == 204
    asked = len(fund.asked)
    await run(database, outside, server)
    assert len(fund.asked) == asked
    assert (await person.price(asset))["price"] == "102.5"
    assert (await person.client.delete(f"/api/v1/assets/{asset}/json-source")).status_code == 404
    actions = server.query("SELECT action, detail FROM audit_events WHERE object_id = %s ORDER BY id", asset)
    assert actions[-2:] == [
        ("json_source.set", {"host": "127.0.0.1", "has_key": False}), ("json_source.deleted", {}),
    ]  # fmt: skip


async def test_the_days_of_an_answer_become_the_history(
    *, person: Person, fund: Fund, database: Database, outside: Outside
):
    asset = await person.asset()
    await put(person, asset, source(fund, "/days", price_path="$.days[*].c", as_of_path="$.days[*].d"))
    await first_time(person, asset, database, outside)
    assert [row["close"] for row in await person.prices(asset)] == ["96.5", "97.5", "98.5", "99.5", "100.5"]


async def test_a_fault_is_told_at_the_asset_and_the_last_price_stands(
    *, person: Person, fund: Fund, database: Database, server: Server, outside: Outside
):
    asset = await person.asset()
    await put(person, asset, source(fund))
    await first_time(person, asset, database, outside)
    before = await person.prices(asset)
    for fault, problem in (("html", "changed-shape"), ("drip", "too-slow"), ("failed", "service-failed")):
        fund.fault = FAULTS[fault]
        await run(database, outside, server)
        assert await person.prices(asset) == before
        known = await kept(person, asset)
        assert known["problem"] == problem
        assert known["answered_at"] < known["asked_at"]
        shown = await health(person)
        [followed] = [one for one in shown["assets"] if one["asset_id"] == asset]
        assert followed["problem"].startswith("json: ")
        [standing] = [one for one in shown["sources"] if one["provider"] == "json"]
        assert (standing["state"], standing["problem"], standing["failure"]) == ("failing", problem, known["detail"])
    fund.fault = None
    await run(database, outside, server)
    assert (await kept(person, asset))["problem"] is None


async def test_a_price_that_is_not_believed_is_put_aside(
    *, person: Person, fund: Fund, database: Database, server: Server, outside: Outside
):
    asset = await person.asset()
    await put(person, asset, source(fund))
    await first_time(person, asset, database, outside)
    fund.price = "99999"
    await run(database, outside, server)
    assert (await person.price(asset))["price"] == "101.25"
    [doubt] = (await health(person))["quarantine"]
    assert (doubt["provider"], doubt["value"], doubt["reason"]) == ("json", "99999", "jump")


async def test_it_is_asked_before_the_other_providers_or_after_them(
    *, person: Person, fund: Fund, database: Database, server: Server, outside: Outside
):
    asset = await person.asset(("coingecko", "bitcoin"))
    await put(person, asset, source(fund, "/fund") | {"price_path": "$.other"})
    await run(database, outside, server)
    assert (await person.client.get(f"/api/v1/assets/{asset}/price-quality")).json()["provider"] == "json"
    fund.fault = lambda good: Reply(b"<html>") if b"nav" in good.body else good
    await run(database, outside, server)
    assert (await person.client.get(f"/api/v1/assets/{asset}/price-quality")).json()["provider"] == "coingecko"
    assert (await kept(person, asset))["problem"] == "changed-shape"
    fund.fault = None
    await put(person, asset, source(fund) | {"price_path": "$.other", "is_first": False})
    await run(database, outside, server)
    assert (await person.client.get(f"/api/v1/assets/{asset}/price-quality")).json()["provider"] == "coingecko"


async def test_one_address_is_asked_once_for_all_and_each_tenant_sees_its_own(
    *, api: Api, fund: Fund, database: Database, server: Server, outside: Outside
):
    one, two = Person(await api.sign_up()), Person(await api.sign_up())
    first, second, third = await one.asset(), await two.asset(), await two.asset()
    await put(one, first, source(fund))
    await put(two, second, source(fund) | {"price_path": "$.other"})
    await put(two, third, source(fund, "/fund?household=secret") | {"price_path": "$.gone"})
    fund.asked.clear()
    await run(database, outside, server)
    assert sorted(asked.raw_query for asked in fund.asked) == ["", "household=secret"]
    assert ((await one.price(first))["price"], (await two.price(second))["price"]) == ("101.25", "7.5")
    assert (await one.client.get(f"/api/v1/assets/{second}/json-source")).status_code == 404
    hashes = server.query("SELECT content_hash FROM json_sources WHERE asset_id IN (%s, %s)", first, second)
    assert len(set(hashes)) == 1
    # What failed at whose address is not everybody's to know.
    theirs = await health(one)
    assert [item["state"] for item in theirs["sources"] if item["provider"] == "json"] == ["answers"]
    [failure] = last_run(server, "failures")[0]
    assert failure["problem"] == "changed-shape"
    assert failure["detail"].startswith("1 of all JSON sources")
    everything = json.dumps(theirs) + str(server.query("SELECT * FROM provider_states"))
    everything += str(server.query("SELECT * FROM provider_answers"))
    assert "household" not in everything
    assert "gone" not in everything
    mine = await health(two)
    assert [item["state"] for item in mine["sources"] if item["provider"] == "json"] == ["failing"]
    assert third in [item["asset_id"] for item in mine["assets"] if item["problem"]]


async def test_what_was_merged_is_asked_for_as_what_it_was_merged_into(
    *, person: Person, fund: Fund, database: Database, server: Server, outside: Outside
):
    former, asset = await person.asset(), await person.asset()
    await put(person, former, source(fund))
    merged = await person.client.post(f"/api/v1/assets/{former}/merge", json={"into_id": asset})
    merged.raise_for_status()
    await run(database, outside, server)
    assert (await person.price(asset))["price"] == "101.25"


# Secrets


@pytest.mark.parametrize(("sent_as", "name"), [("header", "X-Api-Key"), ("query", "token")])
async def test_a_key_is_sent_sealed_and_never_shown(
    *, person: Person, fund: Fund, database: Database, server: Server, outside: Outside, settings: Settings,
    caplog: pytest.LogCaptureFixture, sent_as: str, name: str,
):  # fmt: skip
    def was_sent() -> str | None:
        asked = fund.asked[-1]
        return asked.headers.get(name.lower()) if sent_as == "header" else asked.query.get(name)

    asset = await person.asset()
    body = source(fund, key=key(sent_as=sent_as, name=name))
    shown = (await tried(person, asset, body)).text
    assert was_sent() == SECRET
    headers = {"Idempotency-Key": uuid4().hex}
    answer = await person.client.put(f"/api/v1/assets/{asset}/json-source", json=body, headers=headers)
    shown += answer.raise_for_status().text
    await first_time(person, asset, database, outside)
    assert was_sent() == SECRET
    shown += str(await kept(person, asset)) + caplog.text + exposition().decode()
    for table in ("json_sources", "idempotency_keys", "audit_events", "provider_answers", "pgqueuer", "refresh_runs"):
        shown += str(server.query(f"SELECT * FROM {table}"))
    assert SECRET not in shown
    assert (await kept(person, asset))["key"] == {"sent_as": sent_as, "name": name}
    # It is sealed anew with another key of its tenant, and still sent.
    await resealing.rotate_tenant_keys(database, Vault(settings.data_dir), sealed_columns())
    await run(database, outside, server)
    assert was_sent() == SECRET
    # Without its value it stays, for the same host alone.
    await put(person, asset, source(fund, "/fund?other=1", key=key(None, sent_as, name)))
    await run(database, outside, server)
    assert was_sent() == SECRET
    assert fund.asked[-1].query["other"] == "1"
    elsewhere = source(fund, key=key(None, sent_as, name)) | {"url": "https://thief.example/"}
    for answer in (
        await tried(person, asset, elsewhere),
        await person.client.put(f"/api/v1/assets/{asset}/json-source", json=elsewhere),
    ):
        assert answer.status_code == 422
        assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/key/value"]
    await put(person, asset, source(fund))
    await run(database, outside, server)
    assert was_sent() is None


async def test_a_key_that_cannot_be_read_is_that_source_s_problem_alone(
    *, person: Person, fund: Fund, database: Database, server: Server, outside: Outside
):
    broken, whole = await person.asset(), await person.asset()
    await put(person, broken, source(fund, key=key()))
    await put(person, whole, source(fund))
    server.query("UPDATE json_sources SET sealed_key = 'v1|0|AAAA|AAAA' WHERE asset_id = %s", broken)
    await run(database, outside, server)
    assert (await person.price(whole))["price"] == "101.25"
    assert await person.price(broken) is None
    assert (await kept(person, broken))["problem"] == "secret-unreadable"


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        (key("a\r\nb"), "/key/value"), (key("é"), "/key/value"), (key(" "), "/key/value"), (key(None), "/key/value"),
        (key(name="Host"), "/key/name"), (key(name="Cookie"), "/key/name"), (key(name="X: y"), "/key/name"),
        (key(sent_as="query", name="a&b"), "/key/name"),
    ],
)  # fmt: skip
async def test_a_key_that_is_none_is_refused_at_its_field(
    person: Person, fund: Fund, given: dict[str, Any], pointer: str
):
    asset = await person.asset()
    answer = await person.client.put(f"/api/v1/assets/{asset}/json-source", json=source(fund, key=given))
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]
    assert SECRET not in answer.text


# Whose, and whether at all


async def test_only_an_asset_of_one_s_own_takes_a_source(person: Person, api: Api, fund: Fund):
    asset = await Person(await api.sign_up()).asset()
    for answer in (
        await tried(person, asset, source(fund)),
        await person.client.put(f"/api/v1/assets/{asset}/json-source", json=source(fund)),
    ):
        assert answer.status_code == 404


async def test_an_installation_may_leave_them_out(
    *, person: Person, fund: Fund, application: Application, settings: Settings, database: Database, server: Server
):
    asset = await person.asset()
    await put(person, asset, source(fund))
    off = settings.model_copy(update={"providers": ("coingecko",)})
    without, state = Outside(off, database), application.api.state
    state.outside, state.settings = without, off
    try:
        for answer in (
            await tried(person, asset, source(fund)),
            await person.client.put(f"/api/v1/assets/{asset}/json-source", json=source(fund)),
        ):
            assert answer.json()["type"].endswith("/json-sources-off")
        await run(database, without, server)
        assert fund.asked == []
        assert await person.price(asset) is None
    finally:
        state.settings = settings
        await without.aclose()
