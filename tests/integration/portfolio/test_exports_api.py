"""Exports through the whole application: out of one portfolio, into another, into another person's."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.anyio

POLICIES = {"base_currency": "EUR", "lot_method": "specific", "cash": "tracked"}

# Two assets of one symbol, lots chosen by hand, a transfer between accounts, a swap, a rate of one's own.
BOOK = """date,type,symbol,quantity,unit_price,gross,fee,tax,currency,fx_rate,to_symbol,to_quantity,ratio,group,account,lot_ids,lot_quantities,id,note
2024-01-02,deposit,,,,10000,,,EUR,,,,,,Broker,,,1,"two
lines"
2024-01-03,buy,ACME,10,50,,5,1,EUR,,,,,,Broker,,,2,
2024-01-04,buy,ACME,10,70,,5,,USD,0.9,,,,,Broker,,,3,=1+1
2024-02-01,sell,ACME,4,80,,2,,EUR,,,,,,Broker,3#1|2#1,3|1,4,
2024-03-01,split,ACME,,,,,,,,,,2,,,,,5,
2024-03-05,transfer_out,ACME,5,,,,,,,,,,g,Broker,2#1,,6,
2024-03-05,transfer_in,ACME,5,,,,,,,,,,g,Depot,,,7,
2024-04-01,swap,ACME,5,,250,1,,EUR,,COIN,0.5,,,Depot,,,8,
2024-05-01,dividend,ACME,,,12.34,,3.21,EUR,,,,,,Broker,,,9,
"""


async def _portfolio(client: httpx.AsyncClient, name: str) -> str:
    body = {"name": name, **POLICIES}
    return (await client.post("/api/v1/portfolios", json=body)).raise_for_status().json()["id"]


async def _import(client: httpx.AsyncClient, portfolio: str, content: bytes, name: str) -> dict[str, Any]:
    made = await client.post(f"/api/v1/portfolios/{portfolio}/imports", files={"file": (name, content)})
    made = made.raise_for_status().json()
    if made["unknown_symbols"]:
        answer = await client.patch(f"/api/v1/imports/{made['id']}", json={"create_missing": True})
        made = answer.raise_for_status().json()
    assert made["counts"]["error"] == 0, made["errors"]
    body = {"content_hash": made["content_hash"]}
    done = await client.post(f"/api/v1/imports/{made['id']}/confirm", json=body)
    return made | done.raise_for_status().json()


async def _export(client: httpx.AsyncClient, portfolio: str, form: str) -> httpx.Response:
    answer = await client.get(f"/api/v1/portfolios/{portfolio}/export", params={"format": form})
    return answer.raise_for_status()


async def _figures(client: httpx.AsyncClient, portfolio: str) -> dict[str, Any]:
    """Everything that must be the same, without the ids of this portfolio."""
    path = f"/api/v1/portfolios/{portfolio}"
    found = {name: (await client.get(f"{path}/{name}")).raise_for_status().json() for name in ("lots", "holdings")}
    found["gains"] = (await client.get(f"{path}/realised-gains")).raise_for_status().json()
    found["returns"] = (await client.get(f"{path}/performance")).raise_for_status().json()
    return _without_ids(found)


def _without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_ids(part) for name, part in value.items() if not (name == "id" or name.endswith("_id"))}
    return [_without_ids(part) for part in value] if isinstance(value, list) else value


async def _filled(client: httpx.AsyncClient) -> str:
    portfolio = await _portfolio(client, "Fünf & mehr")
    done = await _import(client, portfolio, BOOK.encode(), "book.csv")
    assert done["booked"] == 9
    return portfolio


@pytest.mark.parametrize("form", ["json", "csv"])
async def test_an_export_makes_the_same_portfolio_again_and_another_persons(api, form):
    client, other = await api.sign_up(), await api.sign_up()
    source = await _filled(client)
    expected = await _figures(client, source)
    assert len(expected["lots"]["items"]) == 3
    assert len(expected["gains"]["items"]) == 3
    exported = await _export(client, source, form)
    assert exported.headers["ETag"]
    assert exported.headers["Content-Disposition"] == (
        f"attachment; filename=\"F_nf _ mehr.{form}\"; filename*=UTF-8''F%C3%BCnf%20%26%20mehr.{form}"
    )
    for person in (client, other):
        target = await _portfolio(person, "Copy")
        done = await _import(person, target, exported.content, f"copy.{form}")
        assert done["booked"] == 9
        assert await _figures(person, target) == expected
        again = await _export(person, target, form)
        assert _lines(again.text) == _lines(exported.text)


def _lines(text: str) -> int:
    return len(text.splitlines())


@pytest.mark.parametrize("form", ["json", "csv"])
async def test_what_comes_from_this_portfolio_is_booked_already(api, form):
    client = await api.sign_up()
    source = await _filled(client)
    exported = await _export(client, source, form)
    made = await client.post(f"/api/v1/portfolios/{source}/imports", files={"file": (f"same.{form}", exported.content)})
    counts = made.raise_for_status().json()["counts"]
    assert (counts["new"], counts["duplicate"]) == (0, 9)


@pytest.mark.parametrize("form", ["json", "csv"])
async def test_what_was_booked_anew_since_the_export_is_booked_already(api, form):
    client = await api.sign_up()
    source = await _filled(client)
    path = f"/api/v1/portfolios/{source}"
    exported = await _export(client, source, form)
    listed = (await client.get(f"{path}/transactions")).raise_for_status().json()["items"]
    bought = next(item for item in listed if item["type"] == "buy")
    early = {"type": "buy", "day": "2024-01-02", "asset_id": bought["asset_id"], "quantity": "3", "unit_price": "40",
             "account": "Broker"}  # fmt: skip
    (await client.post(f"{path}/transactions", json=early)).raise_for_status()
    dividend = next(item for item in listed if item["type"] == "dividend")
    more = {"type": "dividend", "day": "2024-05-01", "asset_id": dividend["asset_id"], "gross": "13", "currency": "EUR",
            "account": "Broker"}  # fmt: skip
    (await client.post(f"/api/v1/transactions/{dividend['id']}/correction", json=more)).raise_for_status()
    again = (await client.get(f"{path}/transactions")).raise_for_status().json()["items"]
    assert next(item["id"] for item in again if item["type"] == "split") not in {item["id"] for item in listed}
    made = await client.post(f"{path}/imports", files={"file": (f"same.{form}", exported.content)})
    counts = made.raise_for_status().json()["counts"]
    assert (counts["new"], counts["duplicate"]) == (0, 9)


async def test_a_reversed_transaction_stays_behind(api):
    client = await api.sign_up()
    source = await _filled(client)
    listed = (await client.get(f"/api/v1/portfolios/{source}/transactions")).raise_for_status().json()["items"]
    dividend = next(item for item in listed if item["type"] == "dividend")
    (await client.post(f"/api/v1/transactions/{dividend['id']}/reversal", json={})).raise_for_status()
    document = (await _export(client, source, "json")).json()
    assert len(document["transactions"]) == 8
    assert "dividend" not in {item["type"] for item in document["transactions"]}
    # The policies, all of them and nothing that is of this installation alone.
    assert document["portfolio"] == POLICIES | {
        "name": "Fünf & mehr",
        "lot_scope": "account",
        "fees_in_cost": True,
        "oversell": "missing",
        "time_zone": "UTC",
    }


async def test_assets_of_one_symbol_stay_two(api):
    client = await api.sign_up()
    source, target = await _portfolio(client, "A"), await _portfolio(client, "B")
    for currency, day in (("EUR", "2024-01-03"), ("USD", "2024-01-04")):
        body = {"symbol": "TWIN", "name": "Twin", "asset_class": "equity", "currency": currency}
        asset = (await client.post("/api/v1/assets", json=body)).raise_for_status().json()["id"]
        draft = {"type": "buy", "day": day, "asset_id": asset, "quantity": "1", "unit_price": "10", "account": "=Bank"}
        answer = await client.post(f"/api/v1/portfolios/{source}/transactions", json=draft)
        assert answer.status_code == 201
    expected = await _figures(client, source)
    for form in ("json", "csv"):
        exported = await _export(client, source, form)
        target = await _portfolio(client, form)
        await _import(client, target, exported.content, f"twins.{form}")
        assert await _figures(client, target) == expected


@pytest.mark.parametrize("form", ["json", "csv"])
async def test_the_demo_can_be_taken_along(api, form):
    client = await api.sign_up()
    demo = (await client.post("/api/v1/demo")).raise_for_status().json()
    source = demo["portfolio_ids"][0]
    exported = await _export(client, source, form)
    made = await client.post(
        f"/api/v1/portfolios/{await _portfolio(client, 'Mine')}/imports",
        files={"file": (f"demo.{form}", exported.content)},
    )
    made = made.raise_for_status().json()
    assert made["unknown_symbols"] == []
    assert made["counts"]["error"] == 0
    total = (await client.get(f"/api/v1/portfolios/{source}/transactions")).raise_for_status().json()["total"]
    assert made["counts"]["new"] == total


async def test_beancount_accepts_the_book_and_the_demo(api):
    loader = pytest.importorskip("beancount.loader", reason="the oracle is in the dependency group 'test'")
    client = await api.sign_up()
    demo = (await client.post("/api/v1/demo")).raise_for_status().json()["portfolio_ids"][0]
    for portfolio in (await _filled(client), demo):
        exported = await _export(client, portfolio, "beancount")
        assert exported.headers["Content-Type"] == "text/plain; charset=utf-8"
        entries, errors, _ = loader.load_string(exported.text)
        assert [error.message for error in errors] == []
        path = f"/api/v1/portfolios/{portfolio}/holdings"
        held = (await client.get(path)).raise_for_status().json()
        stated = [entry for entry in entries if type(entry).__name__ == "Balance" and entry.amount.number]
        units = sum(entry.amount.number for entry in stated if not entry.account.endswith(":Cash"))
        assert units == sum(Decimal(item["quantity"]) for item in held["items"])
        cash = {(entry.account.split(":")[1], entry.amount.currency): entry.amount.number for entry in stated
                if entry.account.endswith(":Cash")}  # fmt: skip
        assert sorted(cash.values()) == sorted(Decimal(line["amount"]) for line in held["cash"])


@pytest.mark.parametrize("form", ["json", "csv"])
async def test_money_that_stands_where_an_asset_may_comes_back_as_money(api, form):
    client = await api.sign_up()
    source = await _portfolio(client, "Money")
    fund = {"symbol": "BND", "name": "Bonds", "asset_class": "fund", "currency": "USD", "mic": "XNAS"}
    bonds = (await client.post("/api/v1/assets", json=fund)).raise_for_status().json()["id"]
    rows: list[dict[str, Any]] = [
        {"type": "deposit", "day": "2024-01-02", "gross": "1000", "currency": "EUR", "account": "A"},
        {"type": "transfer_out", "day": "2024-01-03", "symbol": "EUR", "quantity": "300", "account": "A", "group": "g"},
        {"type": "transfer_in", "day": "2024-01-03", "symbol": "EUR", "quantity": "300", "account": "B", "group": "g"},
        {"type": "buy", "day": "2024-01-05", "symbol": "USD", "quantity": "165", "gross": "150",
         "currency": "EUR", "account": "A"},
        {"type": "buy", "day": "2024-01-08", "asset_id": bonds, "quantity": "1", "unit_price": "70", "currency": "USD",
         "account": "A"},
        {"type": "sell", "day": "2024-01-09", "symbol": "USD", "quantity": "20", "gross": "18", "currency": "EUR",
         "account": "A"},
    ]  # fmt: skip
    body = {"transactions": rows}
    (await client.post(f"/api/v1/portfolios/{source}/transactions:batch", json=body)).raise_for_status()
    expected = await _figures(client, source)
    assert [(row["symbol"], row["quantity"]) for row in expected["holdings"]["items"]] == [("BND", "1")]
    target = await _portfolio(client, "Copy")
    done = await _import(client, target, (await _export(client, source, form)).content, f"copy.{form}")
    assert done["unknown_symbols"] == []
    assert await _figures(client, target) == expected
