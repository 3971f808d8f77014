"""Recording and reversing through the whole application, checked against the database itself."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from finsage.platform import paging
from finsage.portfolio.store import portfolios as store
from finsage.portfolio.store.portfolios import Valuation

pytestmark = pytest.mark.anyio


async def _portfolio(client: httpx.AsyncClient, **values: Any) -> str:
    body = {"name": "Savings", "base_currency": "EUR", **values}
    return (await client.post("/api/v1/portfolios", json=body)).raise_for_status().json()["id"]


async def _asset(client: httpx.AsyncClient, symbol: str = "ACME", currency: str = "EUR") -> str:
    body = {"symbol": symbol, "name": f"{symbol} Works", "asset_class": "equity", "currency": currency}
    return (await client.post("/api/v1/assets", json=body)).raise_for_status().json()["id"]


async def _record(client: httpx.AsyncClient, portfolio: str, **draft: Any) -> httpx.Response:
    return await client.post(f"/api/v1/portfolios/{portfolio}/transactions", json=draft)


async def _holdings(client: httpx.AsyncClient, portfolio: str, **query: str) -> dict[str, Any]:
    answer = await client.get(f"/api/v1/portfolios/{portfolio}/holdings", params=query)
    return answer.raise_for_status().json()


async def test_a_year_of_trades_has_the_figures_worked_out_by_hand(api):
    client = await api.sign_up()
    portfolio, asset = await _portfolio(client), await _asset(client)
    for draft in (
        {"type": "deposit", "day": "2024-01-02", "gross": "2000", "currency": "EUR"},
        {"type": "buy", "day": "2024-01-03", "asset_id": asset, "quantity": "10", "unit_price": "100", "fee": "5"},
        {"type": "sell", "day": "2024-06-03", "symbol": "ACME", "quantity": "4", "unit_price": "150", "fee": "2"},
        {"type": "dividend", "day": "2024-07-01", "asset_id": asset, "gross": "12", "tax": "3"},
        {"type": "withdrawal", "day": "2024-08-01", "gross": "100", "currency": "EUR"},
    ):
        assert (await _record(client, portfolio, **draft)).status_code == 201, draft
    prices = {"items": [{"day": "2024-01-03", "close": "100"}, {"day": "2024-12-31", "close": "120"}]}
    assert (await client.put(f"/api/v1/assets/{asset}/prices", json=prices)).json() == {"written": 2, "unchanged": 0}

    held = await _holdings(client, portfolio, as_of="2024-12-31")
    [holding] = held["items"]
    # Cost of 10 is 1005; 4 sold carry 402, so 603 stay. Proceeds 598 make a gain of 196.
    assert (holding["quantity"], holding["cost_basis"], holding["market_value"]) == ("6", "603", "720")
    assert Decimal(holding["unrealised_gain"]) == Decimal(117)
    assert Decimal(held["totals"]["realised_gain"]) == Decimal(196)
    assert [(line["currency"], line["amount"]) for line in held["cash"]] == [("EUR", "1502")]
    assert held["totals"]["market_value"] == "2222"

    answer = await client.get(f"/api/v1/portfolios/{portfolio}/performance", params={"to": "2024-12-31"})
    figures = answer.raise_for_status().json()
    assert (figures["net_flow"], figures["end_value"], figures["simple_gain"]) == ("1900", "2222", "322")
    assert figures["as_of"] == "2024-12-31"
    assert len(figures["series"]["days"]) == len(figures["series"]["value"]) == 366
    assert 0.16 < figures["twr"] < 0.17


@pytest.mark.parametrize("lot_scope", ["account", "portfolio"])
async def test_what_is_on_its_way_on_a_day_is_owned_on_that_day(api, lot_scope):
    client = await api.sign_up()
    portfolio, asset = await _portfolio(client, lot_scope=lot_scope), await _asset(client)
    await client.put(f"/api/v1/assets/{asset}/prices", json={"items": [{"day": "2024-01-01", "close": "10"}]})
    for draft in (
        {"type": "deposit", "day": "2024-01-01", "gross": "1000", "currency": "EUR", "account": "A"},
        {"type": "buy", "day": "2024-01-01", "asset_id": asset, "quantity": "20", "unit_price": "10", "account": "A"},
        {"type": "transfer_out", "day": "2024-02-01", "gross": "500", "currency": "EUR", "account": "A", "group": "m"},
        {"type": "transfer_in", "day": "2024-02-10", "gross": "500", "currency": "EUR", "account": "B", "group": "m"},
        {"type": "transfer_out", "day": "2024-02-01", "asset_id": asset, "quantity": "5", "account": "A", "group": "u"},
        {"type": "transfer_in", "day": "2024-02-10", "asset_id": asset, "quantity": "5", "account": "B", "group": "u"},
    ):
        assert (await _record(client, portfolio, **draft)).status_code == 201, draft
    between, path = "2024-02-05", f"/api/v1/portfolios/{portfolio}"

    held = await _holdings(client, portfolio, as_of=between)
    assert [(line["account"], line["amount"]) for line in held["cash"]] == [("A", "300"), ("In transit", "500")]
    totals = {name: held["totals"][name] for name in ("market_value", "securities_value", "cash_value")}
    assert totals == {"market_value": "1000", "securities_value": "200", "cash_value": "800"}
    assert held["warnings"] == []
    params = {"by": "account", "as_of": between}
    spread = (await client.get(f"{path}/allocation", params=params)).json()["items"]
    assert [(part["label"], part["market_value"]) for part in spread] == [("In transit", "550"), ("A", "450")]
    if lot_scope == "account":
        lots = (await client.get(f"{path}/lots", params={"as_of": between})).json()["items"]
        assert [(lot["account"], lot["quantity"]) for lot in lots] == [("A", "15"), ("In transit", "5")]

    # A period that ends that day has the value that the whole series has there, and no flow.
    whole = (await client.get(f"{path}/performance")).json()["series"]
    part = (await client.get(f"{path}/performance", params={"to": between})).json()
    assert (part["end_value"], part["net_flow"], part["simple_gain"]) == ("1000", "1000", "0")
    assert whole["value"][whole["days"].index(between)] == part["series"]["value"][-1]
    for address in ("/api/v1/performance", "/api/v1/explain"):
        every = (await client.get(address, params={"to": between, "figure": "market_value"})).json()
        assert (every.get("end_value") or every["value"]) == "1000"
    explained = (await client.get(f"{path}/explain", params={"figure": "market_value", "to": between})).json()
    assert explained["value"] == "1000"
    methods = (await client.get(f"{path}/lot-methods", params={"as_of": between})).json()["items"]
    assert {method["cost_basis"] for method in methods} == {"200"}


async def test_postings_of_every_transaction_sum_to_zero_and_match_the_balances(api, server):
    client = await api.sign_up()
    portfolio, asset = await _portfolio(client), await _asset(client, currency="USD")
    for draft in (
        {"type": "deposit", "day": "2024-01-02", "gross": "1000.123456789", "currency": "EUR"},
        {"type": "buy", "day": "2024-01-03", "asset_id": asset, "quantity": "0.3", "unit_price": "7", "fx_rate": "0.9"},
        {"type": "split", "day": "2024-02-01", "asset_id": asset, "ratio": "3"},
    ):
        assert (await _record(client, portfolio, **draft)).status_code == 201
    sums = server.query("SELECT transaction_id, asset, sum(amount) FROM postings GROUP BY 1, 2 HAVING sum(amount) <> 0")
    assert sums == []
    drift = server.query(
        "SELECT b.asset, b.amount, p.amount FROM balances b JOIN (SELECT portfolio_id, account, asset, sum(amount) AS"
        " amount FROM postings WHERE kind = 'asset' GROUP BY 1, 2, 3) p USING (portfolio_id, account, asset)"
        " WHERE b.amount <> p.amount"
    )
    assert drift == []
    [(quantity,)] = server.query("SELECT quantity FROM holdings WHERE portfolio_id = %s", portfolio)
    assert quantity == Decimal("0.9")


async def test_the_stored_cost_of_what_leaves_a_pool_is_split_by_market_value(api, server):
    client = await api.sign_up()
    portfolio = await _portfolio(client, cash="implied")
    token, one, other = [await _asset(client, symbol) for symbol in ("POOL", "ONE", "OTHER")]
    for asset, close in ((one, "10"), (other, "30")):
        prices = {"items": [{"day": "2024-01-02", "close": close}]}
        (await client.put(f"/api/v1/assets/{asset}/prices", json=prices)).raise_for_status()
    for draft in (
        {"type": "buy", "day": "2024-01-03", "asset_id": token, "quantity": "8", "unit_price": "10"},
        {
            "type": "lp_remove", "day": "2024-02-02", "asset_id": token, "quantity": "8",
            "legs": [{"asset_id": one, "quantity": "1"}, {"asset_id": other, "quantity": "1"}],
        },
    ):  # fmt: skip
        assert (await _record(client, portfolio, **draft)).status_code == 201
    stored = server.query("SELECT asset, cost_basis FROM lots WHERE portfolio_id = %s", portfolio)
    assert {str(asset): cost for asset, cost in stored} == {one: 20, other: 60}


async def test_a_purchase_entered_late_books_the_later_split_anew(api, server):
    client = await api.sign_up()
    portfolio, asset = await _portfolio(client, cash="implied"), await _asset(client)
    await _record(client, portfolio, type="buy", day="2024-01-03", asset_id=asset, quantity="10", unit_price="10")
    await _record(client, portfolio, type="split", day="2024-03-01", asset_id=asset, ratio="2")
    late = await _record(client, portfolio, type="buy", day="2024-01-02", asset_id=asset, quantity="1", unit_price="10")
    assert late.status_code == 201
    [holding] = (await _holdings(client, portfolio))["items"]
    assert holding["quantity"] == "22"
    [(balance,)] = server.query("SELECT amount FROM balances WHERE portfolio_id = %s AND asset = %s", portfolio, asset)
    assert balance == 22
    listed = await client.get(f"/api/v1/portfolios/{portfolio}/transactions")
    assert [item["type"] for item in listed.json()["items"]] == ["split", "buy", "buy"]


async def test_selling_more_than_held_is_refused_unless_accepted_and_then_listed_as_missing(api):
    client = await api.sign_up()
    portfolio, asset = await _portfolio(client), await _asset(client)
    await _record(client, portfolio, type="buy", day="2024-01-03", asset_id=asset, quantity="1", unit_price="10")
    sale = {"type": "sell", "day": "2024-02-01", "asset_id": asset, "quantity": "3", "unit_price": "12"}
    refused = await _record(client, portfolio, **sale)
    assert refused.status_code == 409
    problem = refused.json()
    assert problem["type"] == "/problems/insufficient-quantity"
    assert (problem["held"], problem["asked"]) == ("1", "3")
    assert (await _record(client, portfolio, **sale, accept_missing=True)).status_code == 201
    [missing] = (await _holdings(client, portfolio))["missing_acquisitions"]
    assert (missing["symbol"], missing["quantity"], missing["day"]) == ("ACME", "2", "2024-02-01")


async def test_what_is_asked_for_is_said_of_the_units_that_lack_be_they_a_fee(api):
    client = await api.sign_up()
    portfolio, asset, coin = await _portfolio(client), await _asset(client), await _asset(client, symbol="COIN")
    trade = {"asset_id": asset, "quantity": "5", "unit_price": "10"}
    bought = await _record(client, portfolio, type="buy", day="2024-01-03", **trade, fee="0.5", fee_currency="COIN")
    assert bought.status_code == 409, bought.text
    problem = bought.json()
    assert (problem["asset"], problem["held"], problem["asked"]) == (coin, "0", "0.5")
    assert problem["errors"] == [{"pointer": "/fee", "detail": "more than held"}]
    await _record(client, portfolio, type="buy", day="2024-01-03", **trade)
    sold = await _record(client, portfolio, type="sell", day="2024-01-04", **trade, fee="0.5", fee_currency="ACME")
    assert sold.status_code == 409, sold.text
    problem = sold.json()
    assert (problem["held"], problem["asked"]) == ("5", "5.5")
    assert problem["errors"] == [{"pointer": "/quantity", "detail": "more than held"}]
    pool = {"type": "lp_add", "day": "2024-01-05", "asset_id": await _asset(client, symbol="POOL"), "quantity": "1"}
    legs = [{"symbol": "ACME", "quantity": "1"}, {"symbol": "COIN", "quantity": "2"}]
    joined = await _record(client, portfolio, **pool, legs=legs)
    assert joined.status_code == 409, joined.text
    problem = joined.json()
    assert (problem["asset"], problem["held"], problem["asked"]) == (coin, "0", "2")
    assert problem["errors"] == [{"pointer": "/legs/1/quantity", "detail": "more than held"}]


async def test_bonus_shares_that_would_take_some_away_are_refused(api):
    client = await api.sign_up()
    portfolio, asset = await _portfolio(client), await _asset(client)
    await _record(client, portfolio, type="buy", day="2024-01-03", asset_id=asset, quantity="10", unit_price="10")
    # One new share on ten held: it is easy to give one by ten.
    wrong = await _record(client, portfolio, type="bonus", day="2024-01-04", asset_id=asset, ratio="0.1")
    assert wrong.status_code == 422, wrong.text
    assert [fault["pointer"] for fault in wrong.json()["errors"]] == ["/ratio"]
    right = await _record(client, portfolio, type="bonus", day="2024-01-04", asset_id=asset, ratio="1.1")
    assert right.status_code == 201, right.text
    assert [item["quantity"] for item in (await _holdings(client, portfolio))["items"]] == ["11"]


async def test_a_reversal_restates_history_once(api):
    client = await api.sign_up()
    portfolio = await _portfolio(client)
    made = (await _record(client, portfolio, type="deposit", day="2024-01-03", gross="5", currency="EUR")).json()
    reversal = await client.post(f"/api/v1/transactions/{made['id']}/reversal", json={"note": "typing error"})
    assert reversal.status_code == 201
    assert reversal.json()["reverses_id"] == made["id"]
    assert reversal.json()["day"] == "2024-01-03"
    assert (await _holdings(client, portfolio))["cash"] == []
    again = await client.post(f"/api/v1/transactions/{made['id']}/reversal", json={})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/already-reversed")
    of_reversal = await client.post(f"/api/v1/transactions/{reversal.json()['id']}/reversal", json={})
    assert (of_reversal.status_code, of_reversal.json()["type"]) == (409, "/problems/not-reversible")
    listed = (await client.get(f"/api/v1/portfolios/{portfolio}/transactions")).json()
    assert (listed["items"], listed["total"]) == ([], 0)
    params = {"include_reversed": "true"}
    everything = (await client.get(f"/api/v1/portfolios/{portfolio}/transactions", params=params)).json()
    assert everything["total"] == 2


async def test_reversing_a_purchase_that_was_sold_names_the_sale(api):
    client = await api.sign_up()
    portfolio, asset = await _portfolio(client), await _asset(client)
    bought = await _record(
        client, portfolio, type="buy", day="2024-01-03", asset_id=asset, quantity="2", unit_price="10"
    )
    await _record(client, portfolio, type="sell", day="2024-02-01", asset_id=asset, quantity="2", unit_price="12")
    path = f"/api/v1/transactions/{bought.json()['id']}/reversal"
    refused = await client.post(path, json={})
    assert refused.status_code == 409
    assert "2024-02-01" in refused.json()["detail"]
    assert (await client.post(path, json={"accept_missing": True})).status_code == 201


async def test_a_correction_is_one_transaction(api, server):
    client = await api.sign_up()
    portfolio = await _portfolio(client)
    made = (await _record(client, portfolio, type="deposit", day="2024-01-03", gross="5", currency="EUR")).json()
    path = f"/api/v1/transactions/{made['id']}/correction"
    bad = await client.post(path, json={"type": "deposit", "day": "2024-01-03", "currency": "EUR"})
    assert bad.status_code == 422
    assert (await _holdings(client, portfolio))["cash"][0]["amount"] == "5"
    good = await client.post(path, json={"type": "deposit", "day": "2024-01-03", "gross": "7", "currency": "EUR"})
    assert good.status_code == 201
    assert (await _holdings(client, portfolio))["cash"][0]["amount"] == "7"
    [(count,)] = server.query("SELECT count(*) FROM transactions WHERE portfolio_id = %s", portfolio)
    assert count == 3


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"quantity": "NaN"}, "/quantity"),
        ({"quantity": 3}, "/quantity"),
        ({"quantity": "-1"}, "/quantity"),
        ({"quantity": "1e5"}, "/quantity"),
        ({"quantity": "1" + "0" * 60}, "/quantity"),
        ({"quantity": "0." + "0" * 36 + "1"}, "/quantity"),
        ({"unit_price": "-1"}, "/unit_price"),
        ({"day": "1600-01-01"}, "/day"),
        ({"day": "2400-01-01"}, "/day"),
        ({"day": "yesterday"}, "/day"),
        ({"day": None}, "/day"),
        ({"symbol": "NOSUCH", "asset_id": None}, "/symbol"),
        ({"currency": "XXX"}, "/currency"),
        ({"surprise": "x"}, "/surprise"),
        ({"note": "\u0000"}, "/note"),
        ({"type": "gift"}, "/type"),
    ],
)
async def test_bad_input_is_refused_at_its_place_and_books_nothing(api, server, change, pointer):
    client = await api.sign_up()
    portfolio, asset = await _portfolio(client), await _asset(client)
    draft = {"type": "buy", "day": "2024-01-03", "asset_id": asset, "quantity": "1", "unit_price": "10", **change}
    answer = await _record(client, portfolio, **draft)
    assert answer.status_code == 422, answer.text
    assert pointer in {error["pointer"] for error in answer.json()["errors"]}
    assert not [error for error in answer.json()["errors"] if "Value error" in error["detail"]]
    assert server.query("SELECT 1 FROM transactions WHERE portfolio_id = %s", portfolio) == []


async def test_a_quantity_of_ten_to_the_thirty_is_kept_exactly(api):
    client = await api.sign_up()
    portfolio, asset = await _portfolio(client, cash="implied"), await _asset(client)
    huge = "1" + "0" * 29 + "1.000000000000000000000000000000000001"
    answer = await _record(
        client, portfolio, type="buy", day="2024-01-03", asset_id=asset, quantity=huge, unit_price="0.0000000001"
    )
    assert answer.status_code == 422  # the gross would need 46 decimals: refused, never rounded
    answer = await _record(
        client, portfolio, type="buy", day="2024-01-03", asset_id=asset, quantity=huge, unit_price="1"
    )
    assert answer.status_code == 201
    [holding] = (await _holdings(client, portfolio))["items"]
    assert holding["quantity"] == huge


async def test_text_is_only_text(api, server):
    client = await api.sign_up()
    nasty = "'; DROP TABLE postings; -- <script>alert(1)</script>"
    portfolio = await _portfolio(client, name=nasty)
    draft = {"type": "deposit", "day": "2024-01-03", "gross": "5", "currency": "EUR", "note": nasty, "account": nasty}
    made = (await _record(client, portfolio, **draft, tags=[nasty[:50]])).json()
    assert (made["note"], made["account"], made["tags"]) == (nasty, nasty, [nasty[:50]])
    found = await client.get(f"/api/v1/portfolios/{portfolio}/transactions", params={"query": nasty})
    assert found.json()["total"] == 1
    assert (await client.get(f"/api/v1/portfolios/{portfolio}/transactions", params={"query": "%"})).json()[
        "total"
    ] == 0
    assert server.query("SELECT count(*) > 0 FROM postings") == [(True,)]


async def test_a_symbol_that_exists_twice_asks_which_one(api):
    client = await api.sign_up()
    portfolio = await _portfolio(client)
    first, second = await _asset(client, "DUO", "EUR"), await _asset(client, "DUO", "USD")
    draft = {"type": "buy", "day": "2024-01-03", "symbol": "DUO", "quantity": "1", "unit_price": "10"}
    answer = await _record(client, portfolio, **draft)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/symbol-ambiguous")
    assert set(answer.json()["candidates"]) == {first, second}


async def test_a_batch_is_all_or_nothing_and_names_the_row(api, server):
    client = await api.sign_up()
    portfolio = await _portfolio(client)
    good = {"type": "deposit", "day": "2024-01-03", "gross": "5", "currency": "EUR"}
    path = f"/api/v1/portfolios/{portfolio}/transactions:batch"
    answer = await client.post(path, json={"transactions": [good, {**good, "gross": None}]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/transactions/1/gross"
    assert server.query("SELECT 1 FROM transactions WHERE portfolio_id = %s", portfolio) == []
    answer = await client.post(path, json={"transactions": [good] * 40})
    assert (answer.status_code, answer.json()["created"]) == (201, 40)


@pytest.mark.parametrize("sort", ["day", "-day", "symbol", "-total_amount", "type", "-recorded_at"])
async def test_pages_hold_every_row_once_in_any_order(api, sort):
    client = await api.sign_up()
    portfolio = await _portfolio(client)
    drafts = [
        {"type": "deposit", "day": f"2024-01-{1 + index % 9:02d}", "gross": str(1 + index % 5), "currency": "EUR"}
        for index in range(23)
    ]
    path = f"/api/v1/portfolios/{portfolio}/transactions"
    await client.post(f"{path}:batch", json={"transactions": drafts})
    seen, cursor = [], None
    while True:
        params = {"limit": "5", "sort": sort, **({"cursor": cursor} if cursor else {})}
        page = (await client.get(path, params=params)).raise_for_status().json()
        seen += [item["sequence"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 23


@pytest.mark.parametrize(
    ("sort", "value"), [("day", "2024-13-40"), ("-total_amount", "much"), ("-recorded_at", "soon")]
)
async def test_a_cursor_of_the_right_form_with_a_false_key_is_refused(api, sort, value):
    client = await api.sign_up()
    cursor = paging.encode_cursor(sort, value, 7)
    path = f"/api/v1/portfolios/{await _portfolio(client)}/transactions"
    answer = await client.get(path, params={"sort": sort, "cursor": cursor})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-cursor")


async def test_another_tenant_sees_nothing(api):
    owner, stranger = await api.sign_up(), await api.sign_up()
    portfolio = await _portfolio(owner)
    made = (await _record(owner, portfolio, type="deposit", day="2024-01-03", gross="5", currency="EUR")).json()
    for method, path in (
        ("GET", f"/portfolios/{portfolio}"),
        ("GET", f"/portfolios/{portfolio}/holdings"),
        ("GET", f"/portfolios/{portfolio}/transactions"),
        ("GET", f"/transactions/{made['id']}"),
        ("POST", f"/transactions/{made['id']}/reversal"),
        ("DELETE", f"/portfolios/{portfolio}"),
    ):
        answer = await stranger.request(method, f"/api/v1{path}", json={} if method == "POST" else None)
        assert answer.status_code == 404, (method, path, answer.text)
    assert (await stranger.get("/api/v1/portfolios")).json()["items"] == []


async def test_a_split_without_an_account_happens_in_all_of_them(api):
    client = await api.sign_up()
    portfolio, asset = await _portfolio(client, cash="implied"), await _asset(client)
    for account in ("One", "Two"):
        draft = {"type": "buy", "day": "2024-01-03", "asset_id": asset, "quantity": "5", "unit_price": "10"}
        await _record(client, portfolio, **draft, account=account)
    await _record(client, portfolio, type="split", day="2024-02-01", asset_id=asset, ratio="2")
    lots = (await client.get(f"/api/v1/portfolios/{portfolio}/lots")).json()["items"]
    assert [(lot["account"], lot["quantity"]) for lot in lots] == [("One", "10"), ("Two", "10")]


async def test_a_code_that_is_also_a_currency_is_the_asset_where_there_is_one(api):
    client = await api.sign_up()
    portfolio, asset = await _portfolio(client, cash="implied"), await _asset(client, "BND")
    made = await _record(client, portfolio, type="buy", day="2024-01-03", symbol="BND", quantity="5", unit_price="10")
    assert made.json()["asset_id"] == asset


async def test_a_sale_entered_late_that_starves_a_later_one_is_refused(api):
    client = await api.sign_up()
    portfolio, asset = await _portfolio(client, cash="implied"), await _asset(client)
    await _record(client, portfolio, type="buy", day="2024-01-03", asset_id=asset, quantity="5", unit_price="10")
    await _record(client, portfolio, type="sell", day="2024-03-01", asset_id=asset, quantity="5", unit_price="10")
    late = {"type": "sell", "day": "2024-02-01", "asset_id": asset, "quantity": "2", "unit_price": "10"}
    refused = await _record(client, portfolio, **late)
    assert refused.status_code == 409
    assert "2024-03-01" in refused.json()["detail"]
    assert (await _record(client, portfolio, **late, accept_missing=True)).status_code == 201
    [missing] = (await _holdings(client, portfolio))["missing_acquisitions"]
    assert (missing["day"], missing["quantity"]) == ("2024-03-01", "2")


async def test_the_second_leg_of_a_transfer_books_the_first_anew(api, server):
    client = await api.sign_up()
    portfolio, asset = await _portfolio(client, cash="implied"), await _asset(client)
    await _record(client, portfolio, type="buy", day="2024-01-03", asset_id=asset, quantity="5", unit_price="10")
    leg = {"day": "2024-02-01", "asset_id": asset, "quantity": "2", "group": "move"}
    assert (await _record(client, portfolio, type="transfer_out", **leg, account="Main")).status_code == 201
    assert (await _record(client, portfolio, type="transfer_in", **leg, account="Other")).status_code == 201
    lots = (await client.get(f"/api/v1/portfolios/{portfolio}/lots")).json()["items"]
    assert {(lot["account"], lot["quantity"], lot["cost_basis"]) for lot in lots} == {
        ("Main", "3", "30"), ("Other", "2", "20"),
    }  # fmt: skip
    [(in_transit,)] = server.query(
        "SELECT sum(amount) FROM postings WHERE portfolio_id = %s AND kind = 'transfer'", portfolio
    )
    assert in_transit == 0


async def test_a_preview_tells_of_the_cash_of_each_account_where_lots_are_pooled(api):
    client = await api.sign_up()
    portfolio, asset = await _portfolio(client), await _asset(client)
    path = f"/api/v1/portfolios/{portfolio}"
    (await client.patch(path, json={"lot_scope": "portfolio"})).raise_for_status()
    for account in ("Main", "Bank"):
        await _record(client, portfolio, type="deposit", day="2024-01-02", gross="100", currency="EUR", account=account)
    wanted = {"type": "buy", "day": "2024-01-03", "asset_id": asset, "quantity": "1", "unit_price": "40"}
    body = {"transactions": [{**wanted, "account": "Bank"}]}
    answer = (await client.post(f"{path}/transactions:preview", json=body)).raise_for_status().json()
    assert answer["cash"] == [{"account": "Bank", "currency": "EUR", "before": "100", "after": "60"}]


async def test_a_period_begins_with_the_books_and_a_sparkline_knows_splits(api):
    client = await api.sign_up()
    portfolio, asset = await _portfolio(client, cash="implied"), await _asset(client)
    await _record(client, portfolio, type="buy", day="2024-01-03", asset_id=asset, quantity="1", unit_price="100")
    await _record(client, portfolio, type="split", day="2024-06-03", asset_id=asset, ratio="4")
    days = [("2024-01-03", "100"), ("2024-06-02", "120"), ("2024-06-03", "30"), ("2024-12-31", "40")]
    prices = {"items": [{"day": day, "close": close} for day, close in days]}
    await client.put(f"/api/v1/assets/{asset}/prices", json=prices)
    [holding] = (await _holdings(client, portfolio, as_of="2024-12-31"))["items"]
    assert holding["price_history"] == [25, 30, 30, 40]
    path = f"/api/v1/portfolios/{portfolio}/performance"
    since_ever = (await client.get(path, params={"to": "2024-12-31"})).json()
    from_before = (await client.get(path, params={"from": "2000-01-01", "to": "2024-12-31"})).json()
    assert from_before == since_ever
    assert from_before["from"] == "2024-01-02"


async def test_staking_pools_and_mergers_carry_lots_through_the_whole_application(api, server):
    client = await api.sign_up()
    portfolio = await _portfolio(client)
    coin, other, token, new = [await _asset(client, symbol) for symbol in ("COIN", "OTHER", "POOL", "NEW")]
    for draft in (
        {"type": "opening_balance", "day": "2024-01-02", "asset_id": coin, "quantity": "10", "unit_price": "10"},
        {"type": "opening_balance", "day": "2024-01-02", "asset_id": other, "quantity": "2", "unit_price": "25"},
        {"type": "stake", "day": "2024-02-01", "asset_id": coin, "quantity": "4", "to_account": "validator"},
        {
            "type": "lp_add", "day": "2024-02-02", "symbol": "POOL", "quantity": "3",
            "legs": [{"symbol": "COIN", "quantity": "6"}, {"asset_id": other, "quantity": "2"}],
        },
        {"type": "merger", "day": "2024-02-03", "asset_id": token, "quantity": "3", "to_asset_id": new, "to_quantity": "1"},
    ):  # fmt: skip
        answer = await _record(client, portfolio, **draft)
        assert answer.status_code == 201, answer.text
    held = await _holdings(client, portfolio)
    assert {(item["symbol"], item["quantity"], item["cost_basis"]) for item in held["items"]} == {
        ("COIN", "4", "40"), ("NEW", "1", "110"),
    }  # fmt: skip
    listed = (await client.get(f"/api/v1/portfolios/{portfolio}/transactions")).json()["items"]
    pooled = next(item for item in listed if item["type"] == "lp_add")
    assert [(leg["symbol"], leg["quantity"]) for leg in pooled["legs"]] == [("COIN", "6"), ("OTHER", "2")]
    assert {item["to_account"] for item in listed} == {None, "validator"}

    text = (await client.get(f"/api/v1/portfolios/{portfolio}/export", params={"format": "csv"})).text
    assert "6 COIN|2 OTHER" in text
    bad = await _record(
        client, portfolio, type="lp_add", day="2024-03-01", symbol="POOL", quantity="1", legs=[{"quantity": "1"}]
    )
    assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (422, "/legs/0/asset_id")


async def test_the_value_of_a_portfolio_that_was_erased_while_it_was_worked_out_is_let_go(api, server, database):
    portfolio = UUID(await _portfolio(await api.sign_up()))
    [[tenant]] = server.query("SELECT tenant_id FROM portfolios WHERE id = %s", portfolio)
    server.query("DELETE FROM valuations WHERE portfolio_id = %s", portfolio)
    for wanted in (uuid4(), portfolio):
        async with database.write(tenant) as session:
            await store.put_valuation(session, tenant, wanted, Valuation(date(2024, 1, 2), Decimal(7)))
    kept = server.query("SELECT portfolio_id, market_value FROM valuations WHERE tenant_id = %s", tenant)
    assert kept == [(portfolio, Decimal(7))]
