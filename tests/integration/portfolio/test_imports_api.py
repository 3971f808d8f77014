"""Importing through the whole application: look, answer, confirm, come again, revert."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.anyio

SAMPLES = Path(__file__).parents[4] / "shared" / "samples"

NATIVE = (
    "date,type,symbol,quantity,unit_price,gross,fee,currency,note\r\n"
    "2024-01-02,deposit,,,,1000,,EUR,first\r\n"
    "2024-01-03,buy,ACME,10,50,,5,EUR,\r\n"
    "2024-02-01,sell,ACME,4,60,,2,EUR,\r\n"
)


async def _portfolio(client: httpx.AsyncClient) -> str:
    body = {"name": "Imported", "base_currency": "EUR"}
    return (await client.post("/api/v1/portfolios", json=body)).raise_for_status().json()["id"]


async def _upload(
    client: httpx.AsyncClient, portfolio: str, content: bytes | str, name: str = "file.csv", **form: str
) -> httpx.Response:
    raw = content.encode() if isinstance(content, str) else content
    return await client.post(f"/api/v1/portfolios/{portfolio}/imports", files={"file": (name, raw)}, data=form)


async def _create_missing(client: httpx.AsyncClient, made: dict[str, Any]) -> dict[str, Any]:
    answer = await client.patch(f"/api/v1/imports/{made['id']}", json={"create_missing": True})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _confirm(client: httpx.AsyncClient, made: dict[str, Any], **more: Any) -> httpx.Response:
    body = {"content_hash": made["content_hash"], **more}
    return await client.post(f"/api/v1/imports/{made['id']}/confirm", json=body)


async def test_a_file_is_looked_at_answered_confirmed_and_reverted(api, server):
    client = await api.sign_up()
    portfolio = await _portfolio(client)
    made = (await _upload(client, portfolio, NATIVE)).raise_for_status().json()
    assert made["state"] == "preview"
    assert made["counts"] == {"total": 3, "new": 1, "duplicate": 0, "warning": 0, "error": 2, "skipped": 0}
    assert [item["symbol"] for item in made["unknown_symbols"]] == ["ACME"]
    assert server.query("SELECT 1 FROM transactions WHERE portfolio_id = %s", portfolio) == []
    refused = (await _confirm(client, made)).json()
    assert refused["type"] == "/problems/import-has-errors"
    assert [error["pointer"] for error in refused["errors"]] == [f"line {error['line']}" for error in made["errors"]]

    made = await _create_missing(client, made)
    assert made["counts"]["new"] == 3
    assert made["effect"]["cash"] == [{"currency": "EUR", "before": "0", "after": "733"}]
    assert made["effect"]["holdings"] == [{"symbol": "ACME", "before": "0", "after": "6"}]
    wrong = await _confirm(client, {**made, "content_hash": "0" * 64})
    assert wrong.json()["type"] == "/problems/import-content-changed"
    done = (await _confirm(client, made)).raise_for_status().json()
    assert (done["state"], done["booked"]) == ("confirmed", 3)
    job = (await client.get(f"/api/v1/jobs/{done['job_id']}")).json()
    assert job["name"] == "portfolio.refresh_valuation"
    assert (await _confirm(client, made)).json()["type"] == "/problems/import-not-pending"

    again = (await _upload(client, portfolio, NATIVE)).json()
    assert again["counts"]["duplicate"] == 3
    assert (await _confirm(client, again)).json()["booked"] == 0

    preview = (await client.get(f"/api/v1/imports/{made['id']}/revert-preview")).json()
    assert preview == {"transactions": 3, "missing_acquisitions": []}
    assert (await client.post(f"/api/v1/imports/{made['id']}/revert")).json()["state"] == "reverted"
    held = (await client.get(f"/api/v1/portfolios/{portfolio}/holdings")).json()
    assert (held["items"], held["cash"]) == ([], [])
    third = (await _upload(client, portfolio, NATIVE)).json()
    assert third["counts"]["new"] == 3


async def test_a_day_that_is_still_to_come_is_told_and_can_be_booked(api):
    client = await api.sign_up()
    content = NATIVE.replace("2024-02-01", "2094-02-01")
    made = await _create_missing(client, (await _upload(client, await _portfolio(client), content)).json())
    assert made["counts"] == {"total": 3, "new": 2, "duplicate": 0, "warning": 1, "error": 0, "skipped": 0}
    rows = await client.get(f"/api/v1/imports/{made['id']}/rows", params={"status": "warning"})
    [row] = rows.raise_for_status().json()["items"]
    assert (row["line"], "still to come" in row["message"]) == (4, True)
    assert (await _confirm(client, made)).is_success


async def test_of_a_discarded_file_there_is_nothing_left(api):
    client = await api.sign_up()
    made = (await _upload(client, await _portfolio(client), NATIVE)).raise_for_status().json()
    assert (await client.delete(f"/api/v1/imports/{made['id']}")).status_code == 204
    assert (await client.get(f"/api/v1/imports/{made['id']}")).json()["state"] == "discarded"
    rows = await client.get(f"/api/v1/imports/{made['id']}/rows")
    assert (rows.status_code, rows.json()["type"]) == (404, "/problems/import-discarded")
    kept = await client.post("/api/v1/import-templates", json={"import_id": made["id"], "name": "Mine"})
    assert (kept.status_code, kept.json()["type"]) == (404, "/problems/import-discarded")


async def test_the_effect_of_a_split_that_names_no_account_is_that_of_booking_it(api):
    client = await api.sign_up()
    portfolio = await _portfolio(client)
    content = (
        "date,type,symbol,quantity,unit_price,currency,ratio,account\n2024-01-03,buy,ACME,10,50,EUR,,Broker\n"
        "2024-02-01,split,ACME,,,,2,\n"
    )
    made = await _create_missing(client, (await _upload(client, portfolio, content)).json())
    assert made["effect"]["holdings"] == [{"symbol": "ACME", "before": "0", "after": "20"}]
    await _confirm(client, made)
    held = (await client.get(f"/api/v1/portfolios/{portfolio}/holdings")).json()["items"]
    assert [item["quantity"] for item in held] == ["20"]


async def test_a_revert_names_the_sales_that_then_lack_units(api):
    client = await api.sign_up()
    portfolio = await _portfolio(client)
    bought = "date,type,symbol,quantity,unit_price,currency\n2024-01-03,buy,ACME,10,50,EUR\n"
    made = await _create_missing(client, (await _upload(client, portfolio, bought)).json())
    await _confirm(client, made)
    sale = {"type": "sell", "day": "2024-02-01", "symbol": "ACME", "quantity": "4", "unit_price": "60"}
    assert (await client.post(f"/api/v1/portfolios/{portfolio}/transactions", json=sale)).status_code == 201
    preview = (await client.get(f"/api/v1/imports/{made['id']}/revert-preview")).json()
    assert preview["missing_acquisitions"] == [{"symbol": "ACME", "day": "2024-02-01", "quantity": "4"}]
    await client.post(f"/api/v1/imports/{made['id']}/revert")
    held = (await client.get(f"/api/v1/portfolios/{portfolio}/holdings")).json()
    assert [item["quantity"] for item in held["missing_acquisitions"]] == ["4"]


async def test_rows_that_cannot_be_booked_are_named_by_line_and_left_out_on_demand(api):
    client = await api.sign_up()
    portfolio = await _portfolio(client)
    text = (
        "date;type;symbol;quantity;unit_price;gross;currency\n"
        "02.01.2024;deposit;;;;1.000,50;EUR\n"
        "03.01.2024;deposit;;;;NaN;EUR\n"
        "03.01.1600;deposit;;;;1,00;EUR\n"
        "03.01.2400;deposit;;;;1,00;EUR\n"
        "04.01.2024;deposit;;;;-1,00;XQX\n"
    )
    made = (await _upload(client, portfolio, text)).raise_for_status().json()
    assert made["counts"]["new"] == 1, made
    assert {error["line"] for error in made["errors"]} == {3, 4, 5, 6}
    assert all(error["message"] for error in made["errors"])
    rows = (await client.get(f"/api/v1/imports/{made['id']}/rows", params={"status": "error"})).json()
    assert [row["line"] for row in rows["items"]] == [3, 4, 5, 6]
    done = (await _confirm(client, made, skip_errors=True)).json()
    assert done["booked"] == 1
    held = (await client.get(f"/api/v1/portfolios/{portfolio}/holdings")).json()
    assert held["cash"][0]["amount"] == "1000.5"


async def test_a_row_whose_market_rate_is_not_known_is_named_by_line_and_the_others_stay(api):
    client = await api.sign_up()
    portfolio = await _portfolio(client)
    text = (
        "date,type,symbol,quantity,unit_price,gross,currency,settle_currency,fx_rate\n"
        "2024-01-02,deposit,,,,1000,EUR,,\n"
        "1997-01-05,deposit,,,,10,USD,GBP,\n"
        "1997-01-05,deposit,,,,10,USD,GBP,0.6\n"
        "2024-01-05,deposit,,,,10,USD,GBP,\n"
    )
    made = (await _upload(client, portfolio, text)).raise_for_status().json()
    [error] = made["errors"]
    assert (error["line"], error["code"]) == (3, "missing_rate")
    assert "from USD to GBP is known on 1997-01-05: give fx_rate" in error["message"]
    assert made["counts"]["new"] == 3, made
    assert (await _confirm(client, made, skip_errors=True)).json()["booked"] == 3


async def test_utf_16_is_read_and_other_encodings_are_asked_for(api):
    client = await api.sign_up()
    portfolio = await _portfolio(client)
    text = "date,type,gross,currency,note\n2024-01-02,deposit,10,EUR,Zürich\n"
    assert (await _upload(client, portfolio, text.encode("utf-16"))).json()["counts"]["new"] == 1
    refused = await _upload(client, portfolio, text.encode("latin-1"))
    assert refused.status_code == 422
    assert "encoding" in refused.text
    told = await _upload(client, portfolio, text.encode("latin-1"), encoding="cp1252")
    assert told.json()["counts"]["new"] == 1


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02", b"just some words", b"a,b,c\n", b"<?xml version='1.0'?><x/>"]
)
async def test_a_file_of_no_known_format_is_refused_with_what_would_help(api, content):
    client = await api.sign_up()
    portfolio = await _portfolio(client)
    answer = await _upload(client, portfolio, content)
    assert answer.status_code == 422, answer.text
    assert len(answer.json()["detail"]) > 20


async def test_an_ambiguous_symbol_waits_for_the_choice(api):
    client = await api.sign_up()
    portfolio = await _portfolio(client)
    ids = []
    for currency in ("EUR", "USD"):
        body = {"symbol": "DUO", "name": "Duo", "asset_class": "equity", "currency": currency}
        ids.append((await client.post("/api/v1/assets", json=body)).json()["id"])
    text = "date,type,symbol,quantity,unit_price\n2024-01-03,buy,DUO,1,50\n"
    made = (await _upload(client, portfolio, text)).json()
    [unknown] = made["unknown_symbols"]
    assert {candidate["id"] for candidate in unknown["candidates"]} == set(ids)
    body = {"resolutions": {"DUO": {"asset_id": ids[1]}}}
    made = (await client.patch(f"/api/v1/imports/{made['id']}", json=body)).raise_for_status().json()
    assert (made["counts"]["new"], made["unknown_symbols"]) == (1, [])
    await _confirm(client, made)
    held = (await client.get(f"/api/v1/portfolios/{portfolio}/holdings")).json()
    assert [item["asset_id"] for item in held["items"]] == [ids[1]]


async def test_a_foreign_import_is_not_found(api):
    owner, stranger = await api.sign_up(), await api.sign_up()
    portfolio = await _portfolio(owner)
    made = (await _upload(owner, portfolio, NATIVE)).json()
    assert (await stranger.get(f"/api/v1/imports/{made['id']}")).status_code == 404
    assert (await _confirm(stranger, made)).status_code == 404
    assert (await _upload(stranger, portfolio, NATIVE)).status_code == 404


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample files are not beside this checkout")
@pytest.mark.parametrize(
    "name",
    sorted(path.name for path in SAMPLES.glob("*") if path.suffix != ".md") if SAMPLES.is_dir() else [],
)
async def test_every_sample_file_arrives_or_says_why(api, server, name):
    client = await api.sign_up()
    portfolio = await _portfolio(client)
    made = await _upload(client, portfolio, (SAMPLES / name).read_bytes(), name)
    assert made.status_code == 201, made.text
    looked = await _create_missing(client, made.json())
    counts = looked["counts"]
    assert counts["new"] + counts["warning"] > 0, looked["errors"]
    assert not looked["unknown_symbols"]
    done = await _confirm(client, looked, skip_errors=True)
    assert done.status_code == 200, done.text
    assert done.json()["booked"] >= counts["new"]
    again = (await _upload(client, portfolio, (SAMPLES / name).read_bytes(), name)).json()
    assert again["counts"]["new"] == 0
    assert (await client.get(f"/api/v1/portfolios/{portfolio}/holdings")).status_code == 200
    reverted = await client.post(f"/api/v1/imports/{looked['id']}/revert")
    assert reverted.status_code == 200, reverted.text
    assert server.query("SELECT 1 FROM balances WHERE portfolio_id = %s AND amount <> 0", portfolio) == []


async def test_an_export_is_read_back_to_the_same_holdings(api):
    client = await api.sign_up()
    source, target = await _portfolio(client), await _portfolio(client)
    made = await _create_missing(client, (await _upload(client, source, NATIVE)).json())
    await _confirm(client, made)
    exported = await client.get(f"/api/v1/portfolios/{source}/export")
    assert exported.status_code == 200
    assert "attachment" in exported.headers["Content-Disposition"]
    again = (await _upload(client, target, exported.content)).raise_for_status().json()
    assert again["counts"]["new"] == 3, again["errors"]
    await _confirm(client, again)
    held = [
        [(item["symbol"], item["quantity"], item["cost_basis"]) for item in answer.json()["items"]]
        for answer in [await client.get(f"/api/v1/portfolios/{which}/holdings") for which in (source, target)]
    ]
    assert held[0] == held[1] != []


async def test_a_file_beyond_the_limit_is_refused_with_the_limit_named(api, server):
    client = await api.sign_up()
    portfolio = await _portfolio(client)
    answer = await _upload(client, portfolio, b"date,type\n" + b"2024-01-02,deposit\n" * 3_600_000)
    assert answer.status_code == 413
    assert "64" in answer.json()["detail"]
    assert server.query("SELECT 1 FROM imports WHERE portfolio_id = %s", portfolio) == []
