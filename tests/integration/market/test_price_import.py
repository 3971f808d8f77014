"""Importing price files through the application: all or nothing, and nothing guessed."""

from __future__ import annotations

import time
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest

from finsage.cli.prices import import_prices
from finsage.platform.caller import Caller

pytestmark = pytest.mark.anyio


async def _asset(client: httpx.AsyncClient, symbol: str, currency: str = "EUR", mic: str = "") -> str:
    body = {"symbol": symbol, "name": f"{symbol} {mic}", "asset_class": "equity", "currency": currency, "mic": mic}
    return (await client.post("/api/v1/assets", json=body)).raise_for_status().json()["id"]


async def _import(client: httpx.AsyncClient, text: str, **form: str) -> httpx.Response:
    files = {"file": ("prices.csv", text.encode(), "text/csv")}
    return await client.post("/api/v1/prices/import", files=files, data=form)


async def _closes(client: httpx.AsyncClient, asset: str) -> list[tuple[str, str]]:
    answer = (await client.get(f"/api/v1/assets/{asset}/prices")).json()
    return [(item["day"], item["close"]) for item in answer["items"]]


async def test_a_file_of_known_symbols(api):
    client = await api.sign_up()
    acme, beta = await _asset(client, "ACME"), await _asset(client, "BETA")
    text = "date,symbol,close\n2024-02-01,BETA,7\n2024-01-03,ACME,11\n2024-01-02,ACME,10\n"
    assert (await _import(client, text)).json() == {
        "rows_read": 3, "rows_written": 3, "rows_unchanged": 0, "assets_created": 0, "errors": [], "unknown_symbols": [],
        "gaps": [],
    }  # fmt: skip
    assert await _closes(client, acme) == [("2024-01-02", "10"), ("2024-01-03", "11")]
    assert await _closes(client, beta) == [("2024-02-01", "7")]
    again = (await _import(client, text.replace("ACME,11", "ACME,12"))).json()
    assert (again["rows_written"], again["rows_unchanged"]) == (1, 2)


async def test_one_error_and_nothing_is_written(api):
    client = await api.sign_up()
    acme = await _asset(client, "ACME")
    answer = await _import(client, "date,symbol,close\n2024-01-02,ACME,10\n2024-01-03,ACME,-3\n2024-01-04,ACME,x\n")
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (422, "/problems/invalid-price-file")
    assert [error["pointer"] for error in problem["errors"]] == ["line 3, close", "line 4, close"]
    assert [(row["line"], row["column"], row["code"]) for row in problem["rows"]] == [
        (3, "close", "close"),
        (4, "close", "number"),
    ]
    assert problem["errors_count"] == 2
    assert await _closes(client, acme) == []


async def test_two_hundred_errors_are_shown_and_all_are_counted(api):
    client = await api.sign_up()
    text = "date,symbol,close\n" + "".join(f"2024-01-02,S{number},x\n" for number in range(300))
    problem = (await _import(client, text)).json()
    assert (len(problem["rows"]), problem["errors_count"]) == (200, 300)


async def test_unknown_symbols_are_listed_or_created(api):
    client = await api.sign_up()
    acme = await _asset(client, "ACME")
    text = "date;symbol;close\n2024-01-02;ACME;10,5\n2024-01-02;NEW;1,5\n2024-01-20;NEW;1,75\n"
    listed = (await _import(client, text)).json()
    assert (listed["rows_written"], listed["unknown_symbols"]) == (1, ["NEW"])
    assert await _closes(client, acme) == [("2024-01-02", "10.5")]
    refused = await _import(client, text, create_assets="true")
    assert (refused.status_code, refused.json()["rows"][0]["code"]) == (422, "currency_missing")
    created = (await _import(client, text, create_assets="true", currency="USD")).json()
    assert (created["rows_written"], created["rows_unchanged"], created["assets_created"]) == (2, 1, 1)
    assert created["gaps"] == [{"symbol": "NEW", "from": "2024-01-02", "to": "2024-01-20", "days": 18}]
    [new] = (await client.get("/api/v1/assets", params={"query": "NEW"})).json()["items"]
    assert (new["currency"], new["scope"]) == ("USD", "tenant")
    assert await _closes(client, new["id"]) == [("2024-01-02", "1.5"), ("2024-01-20", "1.75")]


async def test_new_assets_take_the_currency_and_market_of_the_file(api):
    client = await api.sign_up()
    text = "date,symbol,close,currency\n2024-01-02,NEW@XSWX,1,CHF\n2024-01-02,NEW@XNAS,2,USD\n"
    assert (await _import(client, text, create_assets="true")).json()["assets_created"] == 2
    items = (await client.get("/api/v1/assets", params={"query": "NEW"})).json()["items"]
    assert sorted((item["symbol"], item["mic"], item["currency"]) for item in items) == [
        ("NEW", "XNAS", "USD"),
        ("NEW", "XSWX", "CHF"),
    ]
    assert (await _import(client, text)).json()["rows_unchanged"] == 2


async def test_a_symbol_that_exists_twice_lists_its_candidates(api):
    client = await api.sign_up()
    here, there = await _asset(client, "TWIN", "EUR", "XETR"), await _asset(client, "TWIN", "USD", "XNAS")
    answer = await _import(client, "date,symbol,close\n2024-01-02,TWIN,1\n")
    [row] = answer.json()["rows"]
    assert (answer.status_code, row["line"], row["code"]) == (422, 2, "symbol_ambiguous")
    assert all(part in row["message"] for part in ("EUR", "XETR", "USD", "XNAS"))
    assert (await _import(client, "date,symbol,close\n2024-01-02,TWIN@XETR,1\n")).json()["rows_written"] == 1
    assert (await _import(client, "date,symbol,close,currency\n2024-01-02,TWIN,2,USD\n")).json()["rows_written"] == 1
    assert (await _import(client, "date,symbol,close\n2024-01-03,TWIN,3\n", currency="USD")).json()["rows_written"] == 1
    assert await _closes(client, here) == [("2024-01-02", "1")]
    assert await _closes(client, there) == [("2024-01-02", "2"), ("2024-01-03", "3")]


async def test_two_names_of_one_asset_must_agree(api):
    client = await api.sign_up()
    await _asset(client, "ACME")
    assert (await _import(client, "date,symbol,close\n2024-01-02,ACME,1\n2024-01-02,acme,1.0\n")).status_code == 200
    answer = await _import(client, "date,symbol,close\n2024-01-02,ACME,1\n2024-01-02,acme,2\n")
    assert [row["code"] for row in answer.json()["rows"]] == ["duplicate_day"]


async def test_a_wrong_form_is_422(api):
    client = await api.sign_up()
    for form in ({"currency": "XXX"}, {"create_assets": "perhaps"}, {"create_asset": "true"}):
        assert (await _import(client, "date,symbol,close\n2024-01-02,A,1\n", **form)).status_code == 422, form
    assert (await client.post("/api/v1/prices/import", data={"create_assets": "true"})).status_code == 422


async def test_the_same_key_imports_once(api):
    client = await api.sign_up()
    await _asset(client, "ACME")
    files = {"file": ("prices.csv", b"date,symbol,close\n2024-01-02,ACME,1\n", "text/csv")}
    headers = {"Idempotency-Key": "import-1"}
    first = await client.post("/api/v1/prices/import", files=files, headers=headers)
    second = await client.post("/api/v1/prices/import", files=files, headers=headers)
    assert first.json() == second.json()
    assert first.json()["rows_written"] == 1


async def _caller(client: httpx.AsyncClient) -> Caller:
    me = (await client.get("/api/v1/me")).json()
    tenant, user = UUID(me["tenant"]["id"]), UUID(me["user"]["id"])
    return Caller(user, tenant, "owner", frozenset({"market:write"}), "token", uuid4())


def _write_file(path: Path, days: int) -> None:
    first = date(2016, 1, 4)
    rows = (f"{first + timedelta(days=day)},S{n},{n + 1}.5\n" for day in range(days) for n in range(50))
    path.write_text("date,symbol,close\n" + "".join(rows))


async def test_the_command_imports_the_same_way(api, database, tmp_path, server):
    caller = await _caller(await api.sign_up())
    path = tmp_path / "prices.csv"
    _write_file(path, days=400)
    done = await import_prices(database, caller, path, create_assets=True, currency="EUR")
    assert (done.rows_written, done.assets_created) == (20_000, 50)
    sums = "SELECT sum(cardinality(closes)) FROM price_years WHERE tenant_id = %s"
    assert server.query(sums, caller.tenant_id) == [(20_000,)]
    done = await import_prices(database, caller, path, create_assets=False, currency=None)
    assert (done.rows_written, done.rows_unchanged) == (0, 20_000)


@pytest.mark.slow
async def test_a_hundred_thousand_rows(api, database, tmp_path):
    caller = await _caller(await api.sign_up())
    path = tmp_path / "prices.csv"
    _write_file(path, days=2_000)
    started, cpu = time.perf_counter(), time.process_time()
    done = await import_prices(database, caller, path, create_assets=True, currency="EUR")
    print(f"100,000 rows: {time.perf_counter() - started:.1f} s, {time.process_time() - cpu:.1f} s of CPU on our side")
    assert (done.rows_written, done.assets_created) == (100_000, 50)
