"""The tax report through the whole application, against figures worked out by hand and the realised gains."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.anyio

D = Decimal
CREATED = {"asset_class": "equity", "name": "=Acme"}
BOOK: tuple[dict[str, str], ...] = (
    {"type": "deposit", "day": "2022-01-03", "gross": "10000", "currency": "EUR"},
    {"type": "buy", "day": "2022-03-01", "symbol": "ACME", "quantity": "10", "unit_price": "100", "fee": "10", "fx_rate": "0.9"},
    {"type": "buy", "day": "2023-05-02", "symbol": "ACME", "quantity": "10", "unit_price": "120", "fx_rate": "0.95"},
    {"type": "sell", "day": "2022-12-31", "symbol": "ACME", "quantity": "1", "unit_price": "100", "fx_rate": "0.9"},
    {"type": "sell", "day": "2023-08-01", "symbol": "ACME", "quantity": "12", "unit_price": "150", "fee": "12", "fx_rate": "0.8"},
    {"type": "dividend", "day": "2023-09-01", "symbol": "ACME", "gross": "10", "tax": "1.5", "fx_rate": "0.8"},
    {"type": "interest", "day": "2023-10-01", "gross": "4", "currency": "EUR"},
    {"type": "fee", "day": "2023-11-01", "gross": "3", "currency": "EUR"},
    {"type": "tax", "day": "2023-12-31", "gross": "7", "currency": "EUR"},
    {"type": "sell", "day": "2024-01-01", "symbol": "ACME", "quantity": "1", "unit_price": "150", "fx_rate": "0.8"},
)  # fmt: skip


async def _filled(client: httpx.AsyncClient, **policies: Any) -> str:
    body = {"name": "Tax", "base_currency": "EUR", **policies}
    portfolio = (await client.post("/api/v1/portfolios", json=body)).raise_for_status().json()["id"]
    asset = {"symbol": "ACME", "currency": "USD", "isin": "US0378331005", **CREATED}
    (await client.post("/api/v1/assets", json=asset)).raise_for_status()
    for draft in BOOK:
        answer = await client.post(f"/api/v1/portfolios/{portfolio}/transactions", json=draft)
        assert answer.status_code == 201, answer.text
    return portfolio


async def _report(client: httpx.AsyncClient, portfolio: str, **query: Any) -> dict[str, Any]:
    answer = await client.get(f"/api/v1/portfolios/{portfolio}/tax-report", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_year_has_the_figures_worked_out_by_hand(api):
    client = await api.sign_up()
    report = await _report(client, await _filled(client), year=2023)
    assert (report["since"], report["until"], report["is_complete"]) == ("2023-01-01", "2023-12-31", True)
    long, short = report["disposals"]
    # 9 of 2022: cost 9 × 100 × 0.9 and nine tenths of the fee of 10 × 0.9; sold for 9/12 of 1800 − 12 at 0.8.
    assert (long["quantity"], long["acquired_on"], long["disposed_on"]) == ("9", "2022-03-01", "2023-08-01")
    assert (long["held_days"], long["term"], long["reason"]) == (518, "long", "sell")
    assert (long["cost"], long["proceeds"], long["gain"]) == ("818.1", "1072.8", "254.7")
    assert long["fees"] == "15.3"  # 8.1 of buying, 7.2 of selling
    assert (long["currency"], long["rate"]) == ("USD", "0.8")
    assert (long["original_cost"], long["original_proceeds"]) == ("909", "1341")
    assert (long["gain_price"], long["gain_fx"]) == ("345.6", "-90.9")
    assert (long["symbol"], long["isin"], long["account"]) == ("ACME", "US0378331005", "Main")
    assert (short["quantity"], short["term"], short["cost"], short["gain"]) == ("3", "short", "342", "15.6")
    assert (report["long"]["gain"], report["short"]["gain"], report["total"]["gain"]) == ("254.7", "15.6", "270.3")
    [part] = report["by_asset"]
    assert (part["symbol"], part["quantity"], part["total"]) == ("ACME", "12", report["total"])
    assert [(line["type"], line["symbol"], line["amount"], line["tax"]) for line in report["income"]] == [
        ("dividend", "ACME", "8", "1.2"),
        ("interest", None, "4", "0"),
    ]
    assert (report["income_total"], report["withheld"]) == ("12", "1.2")
    assert (report["taxes"]["total"], report["fees"]["total"], report["fees"]["expensed"]) == ("8.2", "12.6", "3")


@pytest.mark.parametrize("method", ["fifo", "lifo", "hifo", "average"])
async def test_every_year_equals_the_realised_gains_of_its_days(api, method):
    client = await api.sign_up()
    portfolio = await _filled(client, lot_method=method)
    for year in (2022, 2023, 2024):
        report = await _report(client, portfolio, year=year)
        days = {"from": f"{year - 1}-12-31", "to": f"{year}-12-31"}
        gains = (await client.get(f"/api/v1/portfolios/{portfolio}/realised-gains", params=days)).json()
        totals = gains["totals"]
        assert report["realised_gain"] == totals["gain"]
        assert (totals["gain_lots"], totals["currency_gain"]) == (report["total"]["gain"], report["currency_gain"])
        assert sum(D(item["gain"]) for item in gains["items"]) + D(totals["currency_gain"]) == D(totals["gain"])
        assert D(report["total"]["gain"]) + D(report["currency_gain"]) == D(report["realised_gain"])
        assert D(report["total"]["gain_price"]) + D(report["total"]["gain_fx"]) == D(report["total"]["gain"])
        listed = sorted((item["sold_on"], item["quantity"], item["gain"]) for item in gains["items"])
        assert listed == sorted((i["disposed_on"], i["quantity"], i["gain"]) for i in report["disposals"])
        figures = (await client.get(f"/api/v1/portfolios/{portfolio}/performance", params=days)).json()
        assert (report["income_total"], report["fees"]["total"]) == (figures["income"], figures["fees"])
        assert report["taxes"]["total"] == figures["taxes"]
    assert report["years"][-1] == 2022


async def test_what_is_missing_is_said(api):
    client = await api.sign_up()
    portfolio = await _filled(client)
    sale = {
        "type": "sell",
        "day": "2024-02-01",
        "symbol": "ACME",
        "quantity": "50",
        "unit_price": "10",
        "fx_rate": "0.8",
    }
    answer = await client.post(f"/api/v1/portfolios/{portfolio}/transactions", json=sale | {"accept_missing": True})
    assert answer.status_code == 201
    report = await _report(client, portfolio, year=2024)
    assert report["is_complete"] is False
    [missing] = report["missing_acquisitions"]
    assert (missing["symbol"], missing["quantity"], missing["day"]) == ("ACME", "44", "2024-02-01")
    assert report["disposals"][-1]["acquired_on"] is None or report["disposals"][0]["acquired_on"] is None
    assert (await _report(client, portfolio, year=2023))["is_complete"] is True
    text = (await client.get(f"/api/v1/portfolios/{portfolio}/tax-report", params={"year": 2024, "format": "csv"})).text
    assert text.splitlines()[1].startswith("incomplete,ACME,")


async def test_a_rate_that_is_missing_for_the_cost_is_named_in_the_year_of_the_sale(api):
    client = await api.sign_up()
    portfolio = await _filled(client)
    old = {"type": "buy", "day": "1998-01-05", "symbol": "ACME", "quantity": "1", "unit_price": "10", "currency": "USD"}
    answer = await client.post(f"/api/v1/portfolios/{portfolio}/transactions", json=old)
    assert answer.status_code == 201, answer.text
    report = await _report(client, portfolio, year=2022)  # first in, first out: its one unit went then
    assert (report["is_complete"], report["realised_gain"]) == (False, None)
    [lacking] = report["warnings"]
    assert (lacking["code"], lacking["day"]) == ("missing_rate", "1998-01-05")
    assert "from USD to EUR on 1998-01-05" in lacking["message"]
    text = (await client.get(f"/api/v1/portfolios/{portfolio}/tax-report", params={"year": 2022, "format": "csv"})).text
    assert text.splitlines()[1].startswith("incomplete,")
    assert "from USD to EUR on 1998-01-05" in text.splitlines()[1]


async def test_the_table_says_the_same(api):
    client = await api.sign_up()
    portfolio = await _filled(client)
    report = await _report(client, portfolio, year=2023)
    answer = await client.get(f"/api/v1/portfolios/{portfolio}/tax-report", params={"year": 2023, "format": "csv"})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert 'filename="Tax tax 2023.csv"' in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    sold = [row for row in rows if row["section"] == "disposal"]
    assert [(row["gain"], row["isin"], row["original_cost"]) for row in sold] == [
        (item["gain"], item["isin"], item["original_cost"]) for item in report["disposals"]
    ]
    assert sold[0]["name"] == "'=Acme"
    totals = {row["section"]: row for row in rows if not row["term"]}
    assert totals["total"]["gain"] == report["total"]["gain"]
    assert totals["realised gain"]["gain"] == report["realised_gain"]
    assert totals["income total"]["gain"] == "12"
    assert totals["taxes of the year"]["tax"] == "8.2"


async def test_an_empty_year_is_zero_and_an_odd_one_refused(api):
    client = await api.sign_up()
    portfolio = await _filled(client)
    report = await _report(client, portfolio, year=2030)
    assert (report["disposals"], report["total"]["gain"], report["income_total"]) == ([], "0", "0")
    assert (await _report(client, portfolio))["year"] == report["years"][0]
    answer = await client.get(f"/api/v1/portfolios/{portfolio}/tax-report", params={"year": 1899})
    assert answer.status_code == 422
    stranger = await api.sign_up()
    answer = await stranger.get(f"/api/v1/portfolios/{portfolio}/tax-report")
    assert answer.status_code == 404
