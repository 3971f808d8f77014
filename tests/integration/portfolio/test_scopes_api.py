"""Performance of parts and of all, benchmarks and lot methods, by HTTP, with figures worked out by hand."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest

pytestmark = pytest.mark.anyio

PERIOD = {"from": "2024-01-01", "to": "2024-12-31"}


async def _portfolio(client: httpx.AsyncClient, **values: Any) -> str:
    body = {"name": "Savings", "base_currency": "EUR", **values}
    return (await client.post("/api/v1/portfolios", json=body)).raise_for_status().json()["id"]


async def _asset(client: httpx.AsyncClient, closes: dict[str, str], currency: str = "EUR") -> str:
    body = {"symbol": f"S{uuid4().hex[:8]}", "name": "Works", "asset_class": "equity", "currency": currency}
    asset = (await client.post("/api/v1/assets", json=body)).raise_for_status().json()["id"]
    items = [{"day": day, "close": close} for day, close in closes.items()]
    (await client.put(f"/api/v1/assets/{asset}/prices", json={"items": items})).raise_for_status()
    return asset


async def _record(client: httpx.AsyncClient, portfolio: str, **draft: Any) -> None:
    (await client.post(f"/api/v1/portfolios/{portfolio}/transactions", json=draft)).raise_for_status()


async def _get(client: httpx.AsyncClient, path: str, **query: Any) -> dict[str, Any]:
    answer = await client.get(f"/api/v1{path}", params=query)
    assert answer.is_success, answer.text
    return answer.json()


async def _two_accounts(client: httpx.AsyncClient) -> tuple[str, str, str]:
    """Broker: 1000 in, 10 X at 50, 5 of them sold at 60. Wallet: 200 in, 2 Y at 100, tagged."""
    x = await _asset(client, {"2023-12-29": "50", "2024-07-01": "60", "2024-12-31": "70"})
    y = await _asset(client, {"2023-12-29": "100", "2024-12-31": "90"})
    portfolio = await _portfolio(client)
    day = "2024-01-02"
    for draft in (
        {"type": "deposit", "day": day, "gross": "1000", "currency": "EUR", "account": "Broker"},
        {"type": "deposit", "day": day, "gross": "200", "currency": "EUR", "account": "Wallet"},
        {"type": "buy", "day": day, "asset_id": x, "quantity": "10", "unit_price": "50", "account": "Broker"},
        {
            "type": "buy", "day": day, "asset_id": y, "quantity": "2", "unit_price": "100", "account": "Wallet",
            "tags": ["gamble"],
        },
        {
            "type": "sell", "day": "2024-07-01", "asset_id": x, "quantity": "5", "unit_price": "60", "fee": "2",
            "account": "Broker",
        },
    ):  # fmt: skip
        await _record(client, portfolio, **draft)
    return portfolio, x, y


async def test_account_asset_and_tag_narrow_the_figures(api):
    client = await api.sign_up()
    portfolio, x, _ = await _two_accounts(client)
    path = f"/portfolios/{portfolio}/performance"

    whole = await _get(client, path, **PERIOD)
    assert whole["scope"] == {"kind": "portfolio", "key": None, "label": None}
    # 5 X at 70, 2 Y at 90, cash 500 + 298: 1328 of 1200.
    assert (whole["end_value"], whole["simple_gain"]) == ("1328", "128")
    assert whole["simple_return"] == pytest.approx(128 / 1200)
    assert len(whole["series"]["drawdown"]) == len(whole["series"]["days"])

    broker = await _get(client, path, account="Broker", **PERIOD)
    assert broker["scope"] == {"kind": "account", "key": "Broker", "label": "Broker"}
    assert (broker["end_value"], broker["net_flow"], broker["simple_gain"]) == ("1148", "1000", "148")
    assert broker["twr"] == pytest.approx(0.148)

    asset = await _get(client, path, asset_id=x, **PERIOD)
    assert asset["scope"]["kind"] == "asset"
    # 500 in, 298 out, 350 left. By days: 600 on 500, then 350 on 300, less the fee on the day of the sale.
    assert (asset["end_value"], asset["simple_gain"], asset["realised_gain"]) == ("350", "148", "48")
    assert asset["twr"] == pytest.approx((300 + 298) / 500 * 350 / 300 - 1)
    # Invested 500 for 181 days and 250 for 183, of 364: gain 150 − 2.
    assert asset["roai_net"] == pytest.approx(148 / ((500 * 181 + 250 * 183) / 364))
    assert asset["from"] == "2024-01-01"

    tag = await _get(client, path, tag="gamble", **PERIOD)
    assert tag["scope"] == {"kind": "tag", "key": "gamble", "label": "gamble"}
    assert (tag["end_value"], tag["net_flow"], tag["simple_gain"]) == ("180", "200", "-20")
    assert tag["twr"] == pytest.approx(-0.1)
    assert tag["modified_dietz"] == pytest.approx(-0.1)
    assert tag["drawdown_max"] == pytest.approx(0.1)
    # 364 of 365 days: the money came on the second.
    assert tag["mwr"] == pytest.approx(0.9 ** (365 / 364) - 1)


async def test_units_missing_elsewhere_are_no_matter_of_a_part(api):
    client = await api.sign_up()
    portfolio, x, y = await _two_accounts(client)
    sale = {
        "type": "sell", "day": "2024-08-01", "asset_id": x, "quantity": "7", "unit_price": "60", "account": "Broker",
        "accept_missing": True,
    }  # fmt: skip
    await _record(client, portfolio, **sale)

    async def told(**part: str) -> bool:
        found = await _get(client, f"/portfolios/{portfolio}/performance", **part, **PERIOD)
        shown = await _get(client, f"/portfolios/{portfolio}/explain", figure="realised_gain", **part, **PERIOD)
        ways = {"missing_acquisition" in {row["code"] for row in answer["warnings"]} for answer in (found, shown)}
        assert len(ways) == 1
        return ways.pop()

    assert [await told(**part) for part in ({}, {"account": "Broker"}, {"asset_id": x})] == [True, True, True]
    assert [await told(**part) for part in ({"account": "Wallet"}, {"asset_id": y}, {"tag": "gamble"})] == [False] * 3


async def test_flow_timing_and_fees_change_what_they_should(api):
    client = await api.sign_up()
    portfolio, x, _ = await _two_accounts(client)
    path = f"/portfolios/{portfolio}/performance"
    at_end = await _get(client, path, asset_id=x, flow_timing="end", **PERIOD)
    assert at_end["flow_timing"] == "end"
    assert at_end["twr"] == pytest.approx((300 + 298) / 500 * 350 / 300 - 1)
    at_start = await _get(client, path, asset_id=x, flow_timing="start", **PERIOD)
    # The sale leaves 500 − 298 to work on its day.
    assert at_start["twr"] == pytest.approx(300 / (500 - 298) * 350 / 300 - 1)
    apart = await _get(client, path, asset_id=x, fees_in_cost="false", **PERIOD)
    assert (apart["realised_gain"], apart["fees_in_cost"], apart["simple_gain"]) == ("50", False, "148")


async def test_a_scope_that_names_nothing_is_refused(api):
    client = await api.sign_up()
    portfolio, x, _ = await _two_accounts(client)
    stranger = await _asset(client, {"2024-01-02": "1"})
    for query, pointer in (
        ({"account": "Nowhere"}, "/account"),
        ({"asset_id": stranger}, "/asset_id"),
        ({"tag": "none"}, "/tag"),
        ({"tag": "gamble", "asset_id": x}, "/asset_id"),
    ):
        answer = await client.get(f"/api/v1/portfolios/{portfolio}/performance", params=query)
        assert answer.status_code == 422, query
        assert answer.json()["type"] == "/problems/invalid-scope"
        assert answer.json()["errors"][0]["pointer"] == pointer
    answer = await client.get(f"/api/v1/portfolios/{portfolio}/performance", params={"benchmark": str(uuid4())})
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/asset-not-found")


async def test_pooled_lots_are_kept_apart_for_an_account(api, server):
    client = await api.sign_up()
    portfolio, _, _ = await _two_accounts(client)
    # Nothing but a change of policy writes this column; the scope of an account must do without it.
    server.query("UPDATE portfolios SET lot_scope = 'portfolio' WHERE id = %s", portfolio)
    broker = await _get(client, f"/portfolios/{portfolio}/performance", account="Broker", **PERIOD)
    assert broker["end_value"] == "1148"
    assert "lots_kept_apart" in {warning["code"] for warning in broker["warnings"]}


async def test_a_benchmark_stands_beside_the_portfolio(api):
    client = await api.sign_up()
    portfolio, _, _ = await _two_accounts(client)
    index = await _asset(client, {"2023-12-29": "200", "2024-12-31": "230"})
    path = f"/portfolios/{portfolio}/performance"
    found = await _get(client, path, benchmark=index, **PERIOD)
    benchmark = found["benchmark"]
    assert (benchmark["return_kind"], benchmark["is_stale"]) == ("price", False)
    assert benchmark["twr"] == pytest.approx(0.15)
    assert benchmark["twr_difference"] == pytest.approx(found["twr"] - 0.15)
    # 1200 buy 6 at 200, worth 1380.
    same = benchmark["same_flows"]
    assert (same["end_value"], same["gain"]) == ("1380", "180")
    assert same["mwr"] == pytest.approx(1.15 ** (365 / 364) - 1)
    assert same["mwr_difference"] == pytest.approx(found["mwr"] - same["mwr"])
    assert benchmark["series"]["value"][-1] == "1380"
    assert len(benchmark["series"]["twr"]) == len(found["series"]["days"])

    young = await _asset(client, {"2024-06-03": "5"})
    found = await _get(client, path, benchmark=young, **PERIOD)
    assert found["benchmark"]["twr"] is found["benchmark"]["twr_difference"] is None
    assert found["benchmark"]["reasons"]["twr"] == "no_price"
    assert found["benchmark"]["quoted_from"] == "2024-06-03"
    assert found["benchmark"]["same_flows"]["reasons"]["mwr"] == "no_price"


async def test_all_portfolios_are_one_and_percentages_are_not_added(api):
    client = await api.sign_up()
    empty = await _get(client, "/performance")
    assert (empty["base_currency"], empty["end_value"], empty["portfolio_id"]) == ("EUR", "0", None)
    x = await _asset(client, {"2024-01-02": "10", "2024-12-31": "15"})
    good, idle = await _portfolio(client), await _portfolio(client, name="Idle")
    for portfolio, gross in ((good, "100"), (idle, "300")):
        await _record(client, portfolio, type="deposit", day="2024-01-02", gross=gross, currency="EUR")
    await _record(client, good, type="buy", day="2024-01-02", asset_id=x, quantity="10", unit_price="10")
    found = await _get(client, "/performance", benchmark=x, **PERIOD)
    assert (found["scope"]["kind"], found["fees_in_cost"]) == ("all", None)
    assert (found["end_value"], found["net_flow"], found["simple_gain"]) == ("450", "400", "50")
    assert found["twr"] == pytest.approx(0.125)
    assert found["benchmark"]["same_flows"]["end_value"] == "600"


async def test_another_currency_keeps_what_the_books_say(api):
    client = await api.sign_up()
    portfolio = await _portfolio(client)
    x = await _asset(client, {"2024-01-02": "10", "2024-12-31": "10"}, currency="USD")
    await _record(client, portfolio, type="deposit", day="2024-01-02", gross="1000", currency="EUR")
    # Settled in the portfolio's currency, which the draft leaves unsaid: 90 euros, whatever the measure.
    await _record(
        client, portfolio, type="buy", day="2024-01-02", asset_id=x, quantity="10", unit_price="10", fx_rate="0.9"
    )
    euro = await _get(client, "/performance", to="2024-12-31")
    franc = await _get(client, "/performance", to="2024-12-31", currency="CHF")
    rates = {}
    for pair, day in (("EUR/CHF", "2024-12-31"), ("EUR/CHF", "2024-01-02"), ("USD/CHF", "2024-12-31")):
        rates[pair, day] = float((await _get(client, f"/fx/{pair}", day=day))["rate"])
    assert franc["base_currency"] == "CHF"
    worth = 910 * rates["EUR/CHF", "2024-12-31"] + 100 * rates["USD/CHF", "2024-12-31"]
    assert float(franc["end_value"]) == pytest.approx(worth)
    assert float(franc["net_flow"]) == pytest.approx(1000 * rates["EUR/CHF", "2024-01-02"])
    assert euro["net_flow"] == "1000"
    refused = await client.get("/api/v1/performance", params={"currency": "XXQ"})
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/unknown-currency")


async def test_lot_methods_stand_side_by_side(api):
    client = await api.sign_up()
    portfolio = await _portfolio(client, cash="implied", lot_method="lifo")
    x = await _asset(client, {"2024-06-03": "150"})
    for draft in (
        {"type": "buy", "day": "2023-01-10", "quantity": "10", "unit_price": "100"},
        {"type": "buy", "day": "2024-01-10", "quantity": "5", "unit_price": "200"},
        {"type": "sell", "day": "2024-02-01", "quantity": "6", "unit_price": "150"},
    ):
        await _record(client, portfolio, asset_id=x, **draft)
    found = await _get(client, f"/portfolios/{portfolio}/lot-methods", as_of="2024-12-31")
    rows = {item["lot_method"]: item for item in found["items"]}
    assert list(rows) == ["fifo", "lifo", "hifo", "average"]
    assert [name for name, item in rows.items() if item["is_present"]] == ["lifo"]
    assert {
        name: (item["realised_gain"], item["unrealised_gain"], item["open_lots"]) for name, item in rows.items()
    } == {
        "fifo": ("300", "-50", 2),
        "lifo": ("-200", "450", 1),
        "hifo": ("-200", "450", 1),
        "average": ("100", "150", 2),
    }
    assert rows["lifo"]["realised_this_year"] == {"gain": "-200", "long": "50", "short": "-250", "cash": "0"}
    assert (found["year"], found["base_currency"]) == (2024, "EUR")


@pytest.mark.parametrize("path", ["performance", "realised-gains", "explain"])
async def test_a_period_that_ends_before_it_begins_is_refused(api, path):
    client = await api.sign_up()
    portfolio, *_ = await _two_accounts(client)
    query = {"from": "2024-07-01", "to": "2024-06-01"} | ({"figure": "twr"} if path == "explain" else {})
    answer = await client.get(f"/api/v1/portfolios/{portfolio}/{path}", params=query)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-period")
    assert answer.json()["errors"][0]["pointer"] == "/from"
    everything = await client.get("/api/v1/performance", params={"from": "2099-01-01"})
    assert everything.json()["type"] == "/problems/invalid-period"
