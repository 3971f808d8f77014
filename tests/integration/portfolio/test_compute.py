"""A book too large for the process that answers requests: the compute process does the same, and nobody can tell."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from datetime import date, timedelta
from functools import partial
from typing import Any

import httpx
import psycopg
import pytest
from support import Api, Server

from finsage.app import build_app
from finsage.cli.compute import MODULE, Given, given_in
from finsage.platform.compute import HEAVY_FROM, ComputeProcess
from finsage.platform.database import Database
from finsage.platform.settings import Settings
from finsage.platform.worker import Worker
from finsage.services import all_jobs

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def compute(settings: Settings, server: Server) -> AsyncIterator[ComputeProcess]:
    compute = ComputeProcess(MODULE, Given(settings, server.app_dsn).packed())
    yield compute
    await compute.close()


@pytest.fixture(scope="module")
async def front(
    settings: Settings, database: Database, compute: ComputeProcess, quiet_logs: None
) -> AsyncIterator[Api]:
    """The application as ``finsage up`` has it; ``api`` is the same without a compute process."""
    application = build_app(settings, database, compute=compute)
    front = Api(application)
    yield front
    for client in front.opened:
        await client.aclose()
    application.close()


@pytest.fixture
async def worker(database: Database, compute: ComputeProcess) -> AsyncIterator[Worker]:
    worker = Worker(database, all_jobs(), compute=compute, poll_seconds=0.2)
    worker.start()
    yield worker
    await worker.stop(2)


def test_what_the_server_hands_over_arrives_as_it_was(settings: Settings):
    given = Given(settings, "postgresql://somebody@/finsage")
    assert given_in(given.packed()) == given


def _file(rows: int, *, first: date = date(2017, 1, 2)) -> bytes:
    """A deposit, then purchases and sales of one asset."""
    lines = ["date,type,symbol,quantity,unit_price,gross,fee,currency,note", f"{first},deposit,,,,1000000,,EUR,"]
    for number in range(1, rows):
        kind = "sell" if number % 7 == 6 else "buy"
        day = first + timedelta(days=number // 5)
        lines.append(f"{day},{kind},ACME,{1 + number % 3},{500 + number % 400},,0.5,EUR,row {number}")
    return "\n".join(lines).encode()


async def _portfolio(client: httpx.AsyncClient) -> str:
    body = {"name": "Large", "base_currency": "EUR"}
    return str((await client.post("/api/v1/portfolios", json=body)).raise_for_status().json()["id"])


async def _upload(client: httpx.AsyncClient, portfolio: str, content: bytes) -> dict[str, Any]:
    answer = await client.post(f"/api/v1/portfolios/{portfolio}/imports", files={"file": ("rows.csv", content)})
    return dict(answer.raise_for_status().json())


async def _confirm(client: httpx.AsyncClient, made: dict[str, Any]) -> dict[str, Any]:
    body = {"content_hash": made["content_hash"], "skip_errors": False}
    answer = await client.post(f"/api/v1/imports/{made['id']}/confirm", json=body)
    return dict(answer.raise_for_status().json())


async def _state(client: httpx.AsyncClient, made: dict[str, Any], *, leaves: str) -> dict[str, Any]:
    for _ in range(1200):
        answer = (await client.get(f"/api/v1/imports/{made['id']}")).raise_for_status().json()
        if answer["state"] != leaves:
            return dict(answer)
        await asyncio.sleep(0.2)  # seldom enough that a busy machine does not use up what a user may ask
    raise AssertionError(f"still {leaves}")


@pytest.fixture(scope="module")
async def client(front: Api) -> httpx.AsyncClient:
    client = await front.sign_up("large@example.com")
    asset = {"symbol": "ACME", "name": "Acme", "asset_class": "equity", "currency": "EUR"}
    asset_id = (await client.post("/api/v1/assets", json=asset)).raise_for_status().json()["id"]
    prices = {"items": [{"day": "2018-01-02", "close": "600"}]}
    (await client.put(f"/api/v1/assets/{asset_id}/prices", json=prices)).raise_for_status()
    return client


@pytest.fixture(scope="module")
async def large(client: httpx.AsyncClient) -> str:
    """A portfolio of as many transactions as are not read in this process any more."""
    portfolio = await _portfolio(client)
    await _confirm(client, await _upload(client, portfolio, _file(HEAVY_FROM)))
    return portfolio


# The order matters to the first alone: the process is there from the first large book on.
async def test_a_small_book_needs_no_other_process(client, compute):
    portfolio = await _portfolio(client)
    await _confirm(client, await _upload(client, portfolio, _file(50)))
    (await client.get(f"/api/v1/portfolios/{portfolio}/holdings")).raise_for_status()
    assert compute.pid is None


@pytest.mark.parametrize(
    "path",
    [
        "holdings?as_of=2018-01-05",
        "performance?to=2018-01-05",
        "export?format=csv",
        "explain?figure=nonsense",
        *(
            pytest.param(path, marks=pytest.mark.slow)
            for path in (
                "lots?as_of=2018-01-05",
                "realised-gains?to=2018-01-05",
                "lot-methods?as_of=2018-01-05",
                "explain?figure=market_value&to=2018-01-05",
                "tax-report?year=2017&format=csv",
                "missing-acquisitions",
                "export?format=json",
            )
        ),
    ],
)
async def test_every_answer_is_the_one_this_process_would_give(client, large, api, compute, path):
    here = await api.sign_in("large@example.com")
    theirs, ours = [await each.get(f"/api/v1/portfolios/{large}/{path}") for each in (client, here)]
    assert compute.pid is not None
    assert (theirs.status_code, _content(theirs)) == (ours.status_code, _content(ours))
    own = {"traceparent", "date", "ratelimit", "x-cache", "cache-status", "age"}
    assert {k: v for k, v in theirs.headers.items() if k not in own} == {
        k: v for k, v in ours.headers.items() if k not in own
    }


def _content(answer: httpx.Response) -> object:
    if answer.is_success:
        return answer.content
    problem = answer.json()
    assert problem.pop("trace_id") == answer.headers["traceparent"].split("-")[1]
    return problem


async def test_a_write_is_committed_there_and_seen_by_the_next_reader_here(client, large, server):
    path = f"/api/v1/portfolios/{large}"
    before = (await client.get(f"{path}/holdings")).raise_for_status().json()["cash"][0]["amount"]
    body, key = {"type": "deposit", "day": "2018-02-01", "gross": "7", "currency": "EUR"}, {"Idempotency-Key": "seven"}
    made = [await client.post(f"{path}/transactions", json=body, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in made] == [201, 201]
    assert made[1].headers["Idempotent-Replayed"] == "true"
    assert made[0].json() == made[1].json()
    after = (await client.get(f"{path}/holdings")).raise_for_status().json()["cash"][0]["amount"]
    assert float(after) - float(before) == 7
    trace = made[0].headers["traceparent"].split("-")[1]
    assert server.query("SELECT action, address FROM audit_events WHERE trace_id = %s", trace) == [
        ("transactions.recorded", "127.0.0.0/24")
    ]


async def test_a_refusal_keeps_its_kind(client, large):
    body = {"type": "sell", "day": "2018-02-01", "symbol": "ACME", "quantity": "1000000", "unit_price": "1"}
    answer = await client.post(f"/api/v1/portfolios/{large}/transactions", json=body)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/insufficient-quantity")


async def test_the_death_of_the_process_in_a_write_is_a_reason_to_try_again(client, large, server, compute):
    path, body = f"/api/v1/portfolios/{large}/transactions", {"type": "deposit", "day": "2018-02-02", "gross": "9"}
    send = partial(client.post, path, json={**body, "currency": "EUR"}, headers={"Idempotency-Key": "nine"})
    with psycopg.connect(server.owner_dsn) as connection:
        # Rates are read after the book: the request is over there by then, and has locked its portfolio.
        connection.execute("LOCK TABLE exchange_rates IN ACCESS EXCLUSIVE MODE")
        writing = asyncio.create_task(send())
        while not server.query("SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'exchange_rates'::regclass"):
            assert not writing.done(), writing.result().text
            await asyncio.sleep(0.01)
        assert compute.pid is not None
        os.kill(compute.pid, signal.SIGKILL)
        answer = await writing
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/compute-interrupted")
    assert int(answer.headers["Retry-After"]) > 0
    for _ in range(20):
        again = await send()
        if again.status_code != 503:  # the server may notice late that the other is gone, and keep its lock until then
            break
        await asyncio.sleep(float(again.headers["Retry-After"]))
    assert (again.status_code, "Idempotent-Replayed" in again.headers) == (201, False)


async def test_a_small_file_for_a_large_book_is_read_and_booked_by_jobs(client, large, worker, server):
    made = await _upload(client, large, _file(20, first=date(2019, 1, 2)))
    assert made["state"] == "reading"
    looked = await _state(client, made, leaves="reading")
    assert (looked["state"], looked["counts"]["new"]) == ("preview", 20)
    await _confirm(client, looked)
    done = await _state(client, made, leaves="booking")
    assert done["state"] == "confirmed"
    path = f"/api/v1/jobs/{done['job_id']}"
    job = (await client.get(path)).raise_for_status().json()
    assert (job["state"], job["result_url"]) == ("done", f"/api/v1/imports/{made['id']}")


async def test_what_writes_nothing_leaves_kept_answers_as_they_are(front):
    client = await front.sign_up()
    (await client.get("/api/v1/assets")).raise_for_status()
    texts = [f"Profit soars for the {number}th time" for number in range(51)]
    read = (await client.post("/api/v1/sentiment", json={"texts": texts})).raise_for_status()
    assert len(read.json()["items"]) == 51
    assert "hit" in (await client.get("/api/v1/assets")).headers["cache-status"]
