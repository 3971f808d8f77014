"""A file too large for one request: read and booked by jobs, with progress, left at any time, discarded as a whole."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from finsage.platform.database import Database
from finsage.platform.worker import Worker
from finsage.portfolio.jobs import jobs
from finsage.portfolio.service.large_imports import LARGE_BYTES

pytestmark = pytest.mark.anyio

ROWS = 2_400


def _file(rows: int = ROWS, *, unknown: int = 0, broken: int = 0) -> bytes:
    """A deposit, then purchases and sales of one asset; some of a symbol nobody knows, some that cannot be read."""
    # Wide rather than long: what takes the way of large files is decided by bytes.
    filling = "n" * 100
    lines = ["date,type,symbol,quantity,unit_price,gross,fee,currency,note", "2017-01-02,deposit,,,,1000000,,EUR,"]
    for number in range(rows - 1):
        day = date(2017, 1, 3) + timedelta(days=number // 10)
        symbol = "UNKNOWN" if number < unknown else "ACME"
        price = "x" if number >= rows - 1 - broken else (500 + number % 400) / 100
        lines.append(
            f"{day},{'sell' if number % 7 == 6 else 'buy'},{symbol},{1 + number % 3},{price},,0.5,EUR,row {number} {filling}"
        )
    content = "\n".join(lines).encode()
    assert len(content) >= LARGE_BYTES
    return content


@pytest.fixture
async def worker(database: Database) -> AsyncIterator[Worker]:
    worker = Worker(database, jobs, poll_seconds=0.2)
    worker.start()
    yield worker
    await worker.stop(2)


async def _portfolio(client: httpx.AsyncClient) -> str:
    body = {"name": "Large", "base_currency": "EUR"}
    made = (await client.post("/api/v1/portfolios", json=body)).raise_for_status().json()["id"]
    asset = {"symbol": "ACME", "name": "Acme", "asset_class": "equity", "currency": "EUR"}
    (await client.post("/api/v1/assets", json=asset)).raise_for_status()
    return str(made)


async def _upload(client: httpx.AsyncClient, portfolio: str, content: bytes) -> dict[str, Any]:
    answer = await client.post(f"/api/v1/portfolios/{portfolio}/imports", files={"file": ("large.csv", content)})
    return dict(answer.raise_for_status().json())


async def _ended(client: httpx.AsyncClient, item: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The job and the import once the job is over."""
    for _ in range(600):
        job = (await client.get(f"/api/v1/jobs/{item['job_id']}")).raise_for_status().json()
        if job["state"] in {"done", "failed"}:
            return job, (await client.get(f"/api/v1/imports/{item['id']}")).json()
        await asyncio.sleep(0.1)
    raise AssertionError("the job did not end")


async def _confirm(client: httpx.AsyncClient, item: dict[str, Any], **more: Any) -> httpx.Response:
    body = {"content_hash": item["content_hash"], **more}
    return await client.post(f"/api/v1/imports/{item['id']}/confirm", json=body)


async def test_a_large_file_is_read_and_booked_by_jobs_and_reverted(api, server, worker):
    client = await api.sign_up()
    portfolio = await _portfolio(client)
    made = await _upload(client, portfolio, _file())
    assert (made["state"], made["counts"]["total"]) == ("reading", 0)
    assert (await _confirm(client, made)).json()["type"] == "/problems/import-not-pending"
    job, item = await _ended(client, made)
    assert (job["state"], job["progress"], job["result_url"]) == ("done", 1, f"/api/v1/imports/{made['id']}")
    assert (item["state"], item["counts"]["new"], item["counts"]["total"]) == ("preview", ROWS, ROWS)
    [held] = item["effect"]["holdings"]

    first = (await client.get(f"/api/v1/imports/{made['id']}/rows?limit=500&status=new")).json()
    assert (first["total"], first["items"][0]["line"], first["items"][1]["symbol"]) == (ROWS, 2, "ACME")
    second = (await client.get(f"/api/v1/imports/{made['id']}/rows?limit=500&cursor={first['next_cursor']}")).json()
    assert [row["line"] for row in second["items"]] == list(range(502, 1002))

    done = (await _confirm(client, item)).raise_for_status().json()
    assert (done["state"], done["booked"]) == ("booking", ROWS)
    job, item = await _ended(client, done)
    assert (job["state"], item["state"], item["counts"]["new"]) == ("done", "confirmed", ROWS)
    assert item["effect"] == {"cash": [], "holdings": []}  # it is no preview any more
    holdings = (await client.get(f"/api/v1/portfolios/{portfolio}/holdings")).json()["items"]
    assert [row["quantity"] for row in holdings] == [held["after"]]
    assert server.query("SELECT count(*) FROM fingerprints WHERE portfolio_id = %s", portfolio) == [(ROWS,)]
    actions = server.query("SELECT action FROM audit_events WHERE object_id IN (%s, %s)", portfolio, made["id"])
    assert {action for (action,) in actions} >= {"transactions.recorded", "import.confirmed"}

    again = (await _ended(client, await _upload(client, portfolio, _file())))[1]
    assert (again["counts"]["duplicate"], again["counts"]["new"]) == (ROWS, 0)
    reverting = (await client.post(f"/api/v1/imports/{made['id']}/revert")).raise_for_status().json()
    assert reverting["state"] == "reverting"
    twice = await client.post(f"/api/v1/imports/{made['id']}/revert")
    assert (twice.status_code, twice.json()["type"]) == (409, "/problems/import-not-confirmed")
    job, item = await _ended(client, reverting)
    assert (job["state"], job["name"], item["state"]) == ("done", "portfolio.revert_import", "reverted")
    assert (await client.get(f"/api/v1/portfolios/{portfolio}/holdings")).json()["items"] == []
    third = (await _ended(client, await _upload(client, portfolio, _file())))[1]
    assert third["counts"]["new"] == ROWS
    job, _ = await _ended(client, (await _confirm(client, third)).raise_for_status().json())
    assert job["state"] == "done", job
    # Each mark moved to the transaction that took the place of the reversed one.
    marked = (
        "SELECT count(*), count(s.successor_id) FROM fingerprints f LEFT JOIN successors s"
        " ON s.successor_id = f.transaction_id WHERE f.portfolio_id = %s AND NOT EXISTS"
        " (SELECT 1 FROM reversals r WHERE r.reversed_id = f.transaction_id)"
    )
    assert server.query(marked, portfolio) == [(ROWS, ROWS)]


@pytest.mark.slow
async def test_the_pages_book_what_the_rows_one_by_one_book(api, server, worker):
    """The same file by the large and the small path ends in the same holdings and lots."""
    client = await api.sign_up()
    whole, parts = await _portfolio(client), (await client.post(
        "/api/v1/portfolios", json={"name": "Parts", "base_currency": "EUR"})).json()["id"]  # fmt: skip
    item = (await _ended(client, await _upload(client, whole, _file())))[1]
    await _ended(client, (await _confirm(client, item)).json())
    lines = _file().split(b"\n")
    for start in range(1, len(lines), 800):
        small = await _upload(client, parts, b"\n".join([lines[0], *lines[start : start + 800]]))
        assert small["state"] == "preview"
        assert (await _confirm(client, small)).raise_for_status().json()["state"] == "confirmed"
    for query in (
        "SELECT quantity, cost_basis, missing_quantity FROM holdings WHERE portfolio_id = %s",
        "SELECT acquired_on, quantity, cost_basis FROM lots WHERE portfolio_id = %s ORDER BY 1, 2, 3",
        "SELECT kind, asset, sum(amount) FROM postings WHERE portfolio_id = %s GROUP BY 1, 2 ORDER BY 1, 2",
    ):
        assert server.query(query, whole) == server.query(query, parts)


async def test_what_a_large_file_leaves_open_is_answered(api, worker):
    client = await api.sign_up()
    portfolio = await _portfolio(client)
    item = (await _ended(client, await _upload(client, portfolio, _file(unknown=20, broken=3))))[1]
    assert (item["counts"]["error"], [found["symbol"] for found in item["unknown_symbols"]]) == (23, ["UNKNOWN"])
    assert (await _confirm(client, item)).json()["type"] == "/problems/import-has-errors"
    answer = await client.patch(f"/api/v1/imports/{item['id']}", json={"create_missing": True})
    assert answer.raise_for_status().json()["state"] == "reading"
    item = (await _ended(client, answer.json()))[1]
    assert (item["counts"]["error"], item["counts"]["new"]) == (3, ROWS - 3)
    errors = (await client.get(f"/api/v1/imports/{item['id']}/rows?status=error")).json()
    assert (errors["total"], len(errors["items"])) == (3, 3)
    _, item = await _ended(client, (await _confirm(client, item, skip_errors=True)).json())
    assert item["state"] == "confirmed"


async def test_what_is_wrong_far_down_a_large_file_fails_its_job_and_can_be_answered(api, worker):
    client = await api.sign_up()
    portfolio = await _portfolio(client)
    made = await _upload(client, portfolio, _file() + "\n2024-01-02,deposit,,,,1,,EUR,Zürich".encode("cp1252"))
    assert (made["state"], made["format"]) == ("reading", "finsage")
    job, _ = await _ended(client, made)
    assert (job["state"], job["problem"]["type"]) == ("failed", "/problems/unreadable-file")
    assert "cp1252" in job["problem"]["detail"]
    answer = await client.patch(f"/api/v1/imports/{made['id']}", json={"encoding": "cp1252"})
    _, item = await _ended(client, answer.raise_for_status().json())
    assert (item["state"], item["counts"]["new"]) == ("preview", ROWS + 1)


async def test_discarding_while_a_job_waits_leaves_nothing(api, server, database):
    client = await api.sign_up()
    portfolio = await _portfolio(client)
    made = await _upload(client, portfolio, _file())
    assert (await client.delete(f"/api/v1/imports/{made['id']}")).status_code == 204
    worker = Worker(database, jobs, poll_seconds=0.2)
    worker.start()
    job, item = await _ended(client, made)
    assert (job["state"], item["state"]) == ("done", "discarded")
    assert (await client.get(f"/api/v1/imports/{made['id']}/rows")).status_code == 404
    await worker.stop(2)


async def test_discarding_while_it_is_booked_rolls_everything_back(api, server, worker):
    client = await api.sign_up()
    portfolio = await _portfolio(client)
    item = (await _ended(client, await _upload(client, portfolio, _file())))[1]
    with psycopg.connect(server.owner_dsn) as holding:
        # The job waits for the portfolio: it is inside its transaction when the import is discarded.
        holding.execute("SELECT 1 FROM portfolios WHERE id = %s FOR UPDATE", [portfolio])
        done = (await _confirm(client, item)).raise_for_status().json()
        assert (await client.delete(f"/api/v1/imports/{item['id']}")).status_code == 204
    job, item = await _ended(client, done)
    assert (job["state"], item["state"]) == ("done", "discarded")
    assert server.query("SELECT count(*) FROM transactions WHERE portfolio_id = %s", portfolio) == [(0,)]
    assert server.query("SELECT count(*) FROM import_pages WHERE import_id = %s", item["id"]) == [(0,)]


@pytest.mark.slow
async def test_two_imports_of_one_file_book_it_once(api, server, worker):
    client = await api.sign_up()
    portfolio = await _portfolio(client)
    items = [(await _ended(client, await _upload(client, portfolio, _file())))[1] for _ in range(2)]
    for item in [(await _confirm(client, item)).raise_for_status().json() for item in items]:
        job, _ = await _ended(client, item)
        assert job["state"] == "done", job
    assert server.query("SELECT count(*) FROM transactions WHERE portfolio_id = %s", portfolio) == [(ROWS,)]
    counts = [(await client.get(f"/api/v1/imports/{item['id']}")).json()["counts"] for item in items]
    assert sorted(count["new"] for count in counts) == [0, ROWS]


async def test_another_tenant_sees_neither_import_nor_job(api, worker):
    client, stranger = await api.sign_up(), await api.sign_up()
    made = await _upload(client, await _portfolio(client), _file())
    for path in (f"/imports/{made['id']}", f"/imports/{made['id']}/rows", f"/jobs/{made['job_id']}"):
        assert (await stranger.get(f"/api/v1{path}")).status_code == 404
    assert (await stranger.delete(f"/api/v1/imports/{made['id']}")).status_code == 404


@pytest.mark.slow
def test_a_hundred_thousand_rows_stay_within_bounds():
    script = Path(__file__).with_name("large_import_memory.py")
    answer = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    over = int(answer.stdout.split()[-1])
    assert over <= 300, answer.stdout
