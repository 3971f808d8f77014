"""Targets and drift, and policies changed at any time, by HTTP."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import pytest

pytestmark = pytest.mark.anyio


async def _portfolio(client: httpx.AsyncClient, **values: Any) -> str:
    body = {"name": "Savings", "base_currency": "EUR", **values}
    return (await client.post("/api/v1/portfolios", json=body)).raise_for_status().json()["id"]


async def _asset(client: httpx.AsyncClient, price: str) -> str:
    body = {"symbol": f"T{uuid4().hex[:8]}", "name": "Works", "asset_class": "equity", "currency": "EUR"}
    asset = (await client.post("/api/v1/assets", json=body)).raise_for_status().json()["id"]
    items = [{"day": "2024-01-02", "close": price}]
    (await client.put(f"/api/v1/assets/{asset}/prices", json={"items": items})).raise_for_status()
    return asset


async def _record(client: httpx.AsyncClient, portfolio: str, **draft: Any) -> httpx.Response:
    return await client.post(f"/api/v1/portfolios/{portfolio}/transactions", json=draft)


async def _half_invested(client: httpx.AsyncClient) -> tuple[str, str]:
    """1000 in, 5 at 100 bought."""
    portfolio, asset = await _portfolio(client), await _asset(client, "100")
    await _record(client, portfolio, type="deposit", day="2024-01-02", gross="1000", currency="EUR")
    bought = await _record(
        client, portfolio, type="buy", day="2024-01-02", asset_id=asset, quantity="5", unit_price="100"
    )
    assert bought.status_code == 201
    return portfolio, asset


async def _put(client: httpx.AsyncClient, portfolio: str, by: str, **weights: str) -> httpx.Response:
    items = [{"key": key, "weight": weight} for key, weight in weights.items()]
    return await client.put(f"/api/v1/portfolios/{portfolio}/targets", json={"by": by, "items": items})


async def _slices(client: httpx.AsyncClient, portfolio: str, by: str) -> dict[str, dict[str, Any]]:
    answer = await client.get(f"/api/v1/portfolios/{portfolio}/allocation", params={"by": by, "as_of": "2024-02-01"})
    return {item["key"]: item for item in answer.raise_for_status().json()["items"]}


async def test_a_day_without_a_price_of_its_own_has_no_change(api):
    client = await api.sign_up()
    portfolio, asset = await _half_invested(client)
    friday = {"items": [{"day": "2024-01-05", "close": "110"}]}
    (await client.put(f"/api/v1/assets/{asset}/prices", json=friday)).raise_for_status()
    for by, key in (("asset", asset), ("asset_class", "equity"), ("currency", "EUR"), ("account", "Main")):
        path = f"/api/v1/portfolios/{portfolio}/allocation"
        found = {}
        for day in ("2024-01-05", "2024-01-06"):
            answer = await client.get(path, params={"by": by, "as_of": day})
            [found[day]] = [item for item in answer.raise_for_status().json()["items"] if item["key"] == key]
        assert found["2024-01-05"]["day_return"] == pytest.approx(0.1)
        assert found["2024-01-06"]["day_return"] is None
        assert {item["price_as_of"] for item in found.values()} == {"2024-01-05"}


async def test_drift_and_what_to_trade(api):
    client = await api.sign_up()
    portfolio, asset = await _half_invested(client)
    before = await _slices(client, portfolio, "asset_class")
    assert {item["target"] for item in before.values()} == {item["drift"] for item in before.values()} == {None}
    set_ = await _put(client, portfolio, "asset_class", equity="0.7", bond="0.2", cash="0.1")
    assert set_.status_code == 200
    assert [item["key"] for item in set_.json()["asset_class"]] == ["equity", "bond", "cash"]
    found = await _slices(client, portfolio, "asset_class")
    assert {key: (item["weight"], item["target"], item["trade"]) for key, item in found.items()} == {
        "equity": (0.5, "0.7", "200"),
        "cash": (0.5, "0.1", "-400"),
        "bond": (0, "0.2", "200"),
    }
    assert found["equity"]["drift"] == pytest.approx(-0.2)
    assert found["cash"]["drift"] == pytest.approx(0.4)
    # Less than the whole: what has no target is left alone.
    await _put(client, portfolio, "asset", **{asset: "0.6"})
    assets = await _slices(client, portfolio, "asset")
    assert (assets[asset]["trade"], assets["EUR"]["target"], assets["EUR"]["trade"]) == ("100", None, None)
    # The whole: what has none is meant to be nothing.
    await _put(client, portfolio, "currency", USD="1")
    currencies = await _slices(client, portfolio, "currency")
    assert (currencies["EUR"]["target"], currencies["EUR"]["trade"], currencies["USD"]["trade"]) == (
        "0",
        "-1000",
        "1000",
    )


async def test_targets_are_replaced_per_division_and_guarded(api, server):
    client = await api.sign_up()
    portfolio, asset = await _half_invested(client)
    await _put(client, portfolio, "currency", EUR="0.5")
    await _put(client, portfolio, "asset", **{asset.upper(): "0.25", "EUR": "0.75"})
    path = f"/api/v1/portfolios/{portfolio}/targets"
    found = await client.get(path)
    assert [item["key"] for item in found.json()["asset"]] == ["EUR", asset]
    assert found.json()["asset"][1]["label"].startswith("T")
    body = {"by": "asset", "items": []}
    assert (await client.put(path, json=body, headers={"If-Match": '"other"'})).status_code == 412
    emptied = await client.put(path, json=body, headers={"If-Match": found.headers["etag"]})
    assert (emptied.json()["asset"], len(emptied.json()["currency"])) == ([], 1)
    stranger = await api.sign_up()
    assert (await stranger.get(path)).status_code == 404
    events = server.query(
        "SELECT count(*) FROM audit_events WHERE action = 'portfolio.targets_set' AND object_id::text = %s", portfolio
    )
    assert events[0][0] == 3
    erased = await client.delete(f"/api/v1/portfolios/{portfolio}", params={"confirm": "Savings"})
    assert erased.status_code == 204
    assert server.query("SELECT 1 FROM targets WHERE portfolio_id = %s", portfolio) == []


@pytest.mark.parametrize(
    ("by", "weights", "pointer"),
    [
        ("asset_class", {"equity": "0.7", "cash": "0.31"}, "/items"),
        ("asset_class", {"equity": "0"}, "/items/0/weight"),
        ("asset_class", {"equity": "1.1"}, "/items/0/weight"),
        ("asset_class", {"stocks": "0.1"}, "/items/0/key"),
        ("currency", {"EUR": "0.1", "XXQ": "0.1"}, "/items/1/key"),
        ("asset", {str(uuid4()): "0.1"}, "/items/0/key"),
    ],
)
async def test_targets_that_cannot_stand_are_refused(api, by, weights, pointer):
    client = await api.sign_up()
    answer = await _put(client, await _portfolio(client), by, **weights)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-targets")
    assert pointer in {fault["pointer"] for fault in answer.json()["errors"]}


async def test_a_key_comes_once(api):
    client = await api.sign_up()
    items = [{"key": "EUR", "weight": "0.1"}, {"key": "EUR", "weight": "0.2"}]
    path = f"/api/v1/portfolios/{await _portfolio(client)}/targets"
    answer = await client.put(path, json={"by": "currency", "items": items})
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/items/1/key"]


async def test_a_change_of_lot_method_derives_lots_in_the_same_transaction(api, server):
    client = await api.sign_up()
    portfolio, asset = await _portfolio(client, cash="implied"), await _asset(client, "150")
    for day, units, price in (("2024-01-02", "10", "100"), ("2024-01-03", "5", "200")):
        await _record(client, portfolio, type="buy", day=day, asset_id=asset, quantity=units, unit_price=price)
    await _record(client, portfolio, type="sell", day="2024-02-01", asset_id=asset, quantity="6", unit_price="150")

    def stored() -> tuple[Decimal, Decimal]:
        [(lots,)] = server.query("SELECT sum(cost_basis) FROM lots WHERE portfolio_id = %s", portfolio)
        [(held,)] = server.query("SELECT cost_basis FROM holdings WHERE portfolio_id = %s", portfolio)
        return lots, held

    assert stored() == (1400, 1400)
    for method, cost in (("lifo", 900), ("average", 1200), ("fifo", 1400)):
        changed = await client.patch(f"/api/v1/portfolios/{portfolio}", json={"lot_method": method})
        assert changed.json()["lot_method"] == method
        assert stored() == (cost, cost)


async def test_pooled_lots_and_what_each_account_holds(api):
    client = await api.sign_up()
    portfolio, asset = await _portfolio(client), await _asset(client, "150")
    for day, account, price in (("2024-01-02", "A", "100"), ("2024-01-03", "B", "200")):
        await _record(client, portfolio, type="deposit", day=day, gross="1000", currency="EUR", account=account)
        await _record(
            client, portfolio, type="buy", day=day, asset_id=asset, quantity="1", unit_price=price, account=account
        )
    await _record(
        client, portfolio, type="sell", day="2024-02-01", asset_id=asset, quantity="1", unit_price="150", account="B"
    )
    path = f"/api/v1/portfolios/{portfolio}"

    async def gain() -> str:
        held = (await client.get(f"{path}/holdings", params={"as_of": "2024-03-01"})).json()
        assert [(line["account"], line["amount"]) for line in held["cash"]] == [("A", "900"), ("B", "950")]
        return held["totals"]["realised_gain"]

    assert await gain() == "-50"
    changed = await client.patch(path, json={"lot_scope": "portfolio"})
    assert changed.json()["lot_scope"] == "portfolio"
    # The oldest unit of all goes first now.
    assert await gain() == "50"
    accounts = await _slices(client, portfolio, "account")
    assert {key: item["market_value"] for key, item in accounts.items()} == {"A": "1050", "B": "950"}


async def test_selling_what_is_not_held_opens_a_short_lot_where_the_portfolio_says_so(api):
    client = await api.sign_up()
    portfolio, asset = await _portfolio(client, cash="implied", oversell="short"), await _asset(client, "150")
    sold = await _record(
        client, portfolio, type="sell", day="2024-02-01", asset_id=asset, quantity="2", unit_price="160"
    )
    assert sold.status_code == 201
    held = (await client.get(f"/api/v1/portfolios/{portfolio}/holdings", params={"as_of": "2024-03-01"})).json()
    assert [item["quantity"] for item in held["items"]] == ["-2"]
    assert (held["totals"]["unrealised_gain"], held["missing_acquisitions"]) == ("20", [])
    changed = await client.patch(f"/api/v1/portfolios/{portfolio}", json={"oversell": "missing"})
    assert changed.json()["oversell"] == "missing"
    held = (await client.get(f"/api/v1/portfolios/{portfolio}/holdings", params={"as_of": "2024-03-01"})).json()
    assert (held["items"], [item["quantity"] for item in held["missing_acquisitions"]]) == ([], ["2"])
