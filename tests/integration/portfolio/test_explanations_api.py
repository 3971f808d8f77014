"""Explanations through the whole application: each figure of the API with its inputs, and both worked out again."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import httpx
import pytest
from oracle.by_hand import recompute

from finsage.finance.explanation.figures import FIGURES
from finsage.finance.options import LotMethod
from finsage.portfolio.routes.explanations import OF_BENCHMARKS, OF_PORTFOLIOS

pytestmark = pytest.mark.anyio

PERIOD = {"from": "2024-01-01", "to": "2024-12-31"}


async def _book(client: httpx.AsyncClient) -> tuple[str, str]:
    """A deposit, a purchase in dollars, a sale, a dividend and a withdrawal."""
    given = {"name": "Savings", "base_currency": "EUR"}
    portfolio = (await client.post("/api/v1/portfolios", json=given)).raise_for_status().json()["id"]
    given = {"symbol": "ACME", "name": "ACME Works", "asset_class": "equity", "currency": "USD"}
    asset = (await client.post("/api/v1/assets", json=given)).raise_for_status().json()["id"]
    usd = {"currency": "USD", "settle_currency": "EUR"}
    for draft in (
        {"type": "deposit", "day": "2024-01-02", "gross": "2000", "currency": "EUR"},
        {"type": "buy", "day": "2024-01-03", "asset_id": asset, "quantity": "10", "unit_price": "100", "fee": "5", **usd,
         "fx_rate": "0.9"},
        {"type": "sell", "day": "2024-06-03", "symbol": "ACME", "quantity": "4", "unit_price": "150", "fee": "2", **usd,
         "fx_rate": "0.95"},
        {"type": "dividend", "day": "2024-07-01", "asset_id": asset, "gross": "12", "tax": "3", "currency": "EUR"},
        {"type": "withdrawal", "day": "2024-08-01", "gross": "100", "currency": "EUR"},
    ):  # fmt: skip
        (await client.post(f"/api/v1/portfolios/{portfolio}/transactions", json=draft)).raise_for_status()
    prices = {"items": [{"day": "2024-01-03", "close": "100"}, {"day": "2024-12-20", "close": "120"}]}
    (await client.put(f"/api/v1/assets/{asset}/prices", json=prices)).raise_for_status()
    return portfolio, asset


async def _explain(client: httpx.AsyncClient, portfolio: str, figure: str, **query: str | list[str]) -> httpx.Response:
    params = {"figure": figure, **PERIOD, **query}
    return await client.get(f"/api/v1/portfolios/{portfolio}/explain", params=params)


def _as_shown_by_the_command(shown: dict[str, Any]) -> dict[str, Any]:
    """The oracle reads the command's output: the same rows under the names of files."""
    options = {**shown["policies"]}
    rows: dict[str, Any] = {**shown, "period": [shown["from"], shown["to"]], "options": options}
    for name in ("terms", "valuations", "spans", "prices", "disposals", "matches", "portions"):
        rows[name] = [
            {**row, "portfolio": row["portfolio_id"], "transaction": row.get("transaction_id")} for row in shown[name]
        ]
    rows["bought"] = [{**row, "transaction": row["transaction_id"]} for row in shown["bought"]]
    return rows


async def _sell_parts_of_two_lots(client: httpx.AsyncClient, portfolio: str, asset: str) -> None:
    """A second, dearer lot, and a sale that names how much of each it takes."""
    path = f"/api/v1/portfolios/{portfolio}/transactions"
    common = {"asset_id": asset, "currency": "USD", "settle_currency": "EUR", "fx_rate": "0.92"}
    bought = await client.get(path, params={"type": "buy"})
    [first] = bought.raise_for_status().json()["items"]
    dear = {"type": "buy", "day": "2024-02-01", "quantity": "5", "unit_price": "130", "fee": "1", **common}
    second = (await client.post(path, json=dear)).raise_for_status().json()
    sale = {"type": "sell", "day": "2024-09-02", "quantity": "5", "unit_price": "140", "fee": "1", **common}
    named = {"lot_ids": [f"{second['id']}#1", f"{first['id']}#1"], "lot_quantities": ["3", "2"]}
    (await client.post(path, json={**sale, **named})).raise_for_status()


@pytest.mark.parametrize(
    "method",
    [
        LotMethod.FIFO,
        LotMethod.SPECIFIC,
        *(
            pytest.param(method, marks=pytest.mark.slow)
            for method in LotMethod
            if method not in {LotMethod.FIFO, LotMethod.SPECIFIC}
        ),
    ],
)
async def test_every_figure_of_a_portfolio_and_an_asset_follows_from_its_explanation(api, method):
    client = await api.sign_up()
    portfolio, asset = await _book(client)
    await _sell_parts_of_two_lots(client, portfolio, asset)
    (await client.patch(f"/api/v1/portfolios/{portfolio}", json={"lot_method": method})).raise_for_status()
    matched = (await _explain(client, portfolio, "realised_gain")).json()["matches"]
    if method is LotMethod.SPECIFIC:
        assert [match["quantity"] for match in matched] == ["4", "3", "2"]
    for name, figure in FIGURES.items():
        asked = [{}] if "portfolio" in figure.of else []
        asked += [{"asset_id": asset}] if "asset" in figure.of else []
        asked += [{"currency": "EUR"}] if "currency" in figure.of else []
        for query in asked:
            shown = (await _explain(client, portfolio, name, **query)).raise_for_status().json()
            if shown["value"] is None:
                assert shown["reason"], name
                continue
            again = recompute(_as_shown_by_the_command(shown))
            assert float(again) == pytest.approx(float(shown["value"]), rel=1e-9, abs=1e-9), (name, query)
            if shown["kind"] == "money" and name != "twi":
                assert again == Fraction(Decimal(shown["value"])), (name, query)


@pytest.mark.parametrize("scope", ["account", "portfolio"])
async def test_every_slice_of_the_allocation_follows_from_its_explanation(api, scope):
    client = await api.sign_up()
    portfolio, asset = await _book(client)
    path = f"/api/v1/portfolios/{portfolio}"
    (await client.patch(path, json={"lot_scope": scope})).raise_for_status()
    dear = {"asset_id": asset, "quantity": "3", "unit_price": "300", "currency": "USD", "fx_rate": "0.9"}
    for more in (
        {"type": "deposit", "day": "2024-01-02", "gross": "50", "currency": "USD", "account": "Other"},
        {"type": "buy", "day": "2024-01-04", "account": "Other", **dear},
        # On the day: what is sold takes part in its change, too.
        {"type": "sell", "day": PERIOD["to"], **dear, "quantity": "1", "unit_price": "130"},
    ):
        (await client.post(f"{path}/transactions", json=more)).raise_for_status()
    close = {"items": [{"day": PERIOD["to"], "close": "126"}]}
    (await client.put(f"/api/v1/assets/{asset}/prices", json=close)).raise_for_status()
    moved = 0
    for by in ("asset", "asset_class", "currency", "account"):
        spread = await client.get(f"{path}/allocation", params={"by": by, "as_of": PERIOD["to"]})
        slices = spread.raise_for_status().json()["items"]
        assert len(slices) > 1
        for part in slices:
            query = {"by": by, "key": part["key"], "from": "2024-01-01", "to": PERIOD["to"]}
            for name in ("market_value", "weight", "unrealised_return", "day_return"):
                shown = (await _explain(client, portfolio, name, **query)).raise_for_status().json()
                assert shown["value"] == part[name], (name, query)
                assert shown["symbol"] == ("ACME" if part["key"] == asset else part["key"])
                if part[name] is None:
                    assert shown["reason"] in {"no_capital", "no_new_price"}
                    continue
                moved += name == "day_return"
                assert float(recompute(_as_shown_by_the_command(shown))) == pytest.approx(float(part[name])), query
    # One by asset, class and currency, and one by each account that holds it.
    assert moved == 5
    by_account = (await client.get(f"{path}/allocation", params={"by": "account", "as_of": PERIOD["to"]})).json()
    gains = {part["key"]: part["unrealised_return"] for part in by_account["items"]}
    assert (gains["Other"] == gains["Main"]) == (scope == "portfolio"), "an account has lots of its own, or shares them"
    held = (await client.get(f"{path}/holdings", params={"as_of": PERIOD["to"]})).json()["items"]
    by_asset = (await client.get(f"{path}/allocation", params={"by": "asset", "as_of": PERIOD["to"]})).json()["items"]
    [own] = [part for part in by_asset if part["key"] == asset]
    assert own["day_return"] == pytest.approx(held[0]["day_return"], rel=1e-12)
    for wrong in (
        {"by": "currency"},
        {"by": "currency", "key": "JPY"},
        {"by": "asset", "key": asset, "asset_id": asset},
    ):
        assert (await _explain(client, portfolio, "weight", **wrong)).status_code == 422
    assert (await _explain(client, portfolio, "twr", by="currency", key="USD")).status_code == 422


async def test_totals_over_what_is_held_follow_from_their_explanation(api):
    client = await api.sign_up()
    portfolio, asset = await _book(client)
    await _sell_parts_of_two_lots(client, portfolio, asset)
    path = f"/api/v1/portfolios/{portfolio}"
    for draft in (
        # Held beside it, and money whose gains are in no row of the table.
        {"type": "buy", "day": "2024-03-01", "symbol": "OTHR", "quantity": "3", "unit_price": "7", "currency": "EUR"},
        {"type": "buy", "day": "2024-03-01", "symbol": "GONE", "quantity": "3", "unit_price": "7", "currency": "EUR"},
        {"type": "sell", "day": "2024-03-02", "symbol": "GONE", "quantity": "3", "unit_price": "9", "currency": "EUR"},
        {"type": "deposit", "day": "2024-03-01", "gross": "70", "currency": "USD"},
    ):
        if "symbol" in draft and draft["type"] == "buy":
            given = {"symbol": draft["symbol"], "name": draft["symbol"], "asset_class": "etf", "currency": "EUR"}
            (await client.post("/api/v1/assets", json=given)).raise_for_status()
        (await client.post(f"{path}/transactions", json=draft)).raise_for_status()
    held = (await client.get(f"{path}/holdings", params={"as_of": PERIOD["to"]})).raise_for_status().json()["items"]
    assert {item["symbol"] for item in held} == {"ACME", "OTHR"}
    names = ("cost_basis", "market_value", "unrealised_gain", "unrealised_gain_price", "unrealised_gain_fx")
    for name in (*names, "realised_gain", "income"):
        total = sum(Fraction(item[name]) for item in held)
        for query in ({"by": "holdings"}, {"by": "asset", "key": [item["asset_id"] for item in held]}):
            shown = (await _explain(client, portfolio, name, **query)).raise_for_status().json()
            assert Fraction(shown["value"]) == total, (name, query)
            assert recompute(_as_shown_by_the_command(shown)) == total, (name, query)
            assert shown["symbol"] is None
    assert (await _explain(client, portfolio, "cost_basis", by="holdings", key="all")).status_code == 422


async def test_the_sums_of_the_tax_report_follow_from_their_explanation(api):
    client = await api.sign_up()
    portfolio, asset = await _book(client)
    await _sell_parts_of_two_lots(client, portfolio, asset)
    path = f"/api/v1/portfolios/{portfolio}"
    for draft in (
        {"type": "deposit", "day": "2024-03-01", "gross": "70", "currency": "USD"},
        {"type": "withdrawal", "day": "2024-10-01", "gross": "30", "currency": "USD"},
    ):
        (await client.post(f"{path}/transactions", json=draft)).raise_for_status()
    report = (await client.get(f"{path}/tax-report", params={"year": 2024})).raise_for_status().json()
    columns = {"cost": "realised_cost", "proceeds": "realised_proceeds", "fees": "realised_fees"}
    columns |= {f"gain{part}": f"realised_gain{part}" for part in ("", "_price", "_fx")}
    figures = {
        (name + ("" if part != "total" else "_lots" if column.startswith("gain") else "") + end): report[part][column]
        for column, name in columns.items()
        for part, end in (("total", ""), ("long", "_long"), ("short", "_short"))
    }
    figures |= {"realised_gain_cash": report["currency_gain"], "taxes_withheld": report["withheld"]}
    assert figures.keys() <= FIGURES.keys()
    assert Decimal(figures["taxes_withheld"]) == 3
    assert Decimal(report["total"]["fees"]) > 0
    year = {"from": "2023-12-31", "to": report["until"]}
    for name, value in figures.items():
        shown = (await _explain(client, portfolio, name, **year)).raise_for_status().json()
        assert Decimal(shown["value"]) == Decimal(value), name
        assert recompute(_as_shown_by_the_command(shown)) == Fraction(Decimal(value)), name


async def test_drift_and_trade_follow_from_the_target(api):
    client = await api.sign_up()
    portfolio, asset = await _book(client)
    given = {"symbol": "WISH", "name": "Wished for", "asset_class": "etf", "currency": "EUR"}
    wish = (await client.post("/api/v1/assets", json=given)).raise_for_status().json()["id"]
    path = f"/api/v1/portfolios/{portfolio}"
    aims = [{"key": asset, "weight": "0.6"}, {"key": wish, "weight": "0.4"}]
    (await client.put(f"{path}/targets", json={"by": "asset", "items": aims})).raise_for_status()
    items = (await client.get(f"{path}/allocation", params={"as_of": PERIOD["to"]})).raise_for_status().json()["items"]
    assert {(item["label"], item["target"]) for item in items} == {("ACME", "0.6"), ("EUR", "0"), ("WISH", "0.4")}
    for item in items:
        for name in ("drift", "trade", "market_value", "weight"):
            shown = (await _explain(client, portfolio, name, by="asset", key=item["key"])).raise_for_status().json()
            assert shown["value"] == item[name], (name, item["label"])
            again = recompute(_as_shown_by_the_command(shown))
            assert float(again) == pytest.approx(float(item[name])), (name, item["label"])
            if name not in {"drift", "trade"}:
                continue
            [target] = [term["value"] for term in shown["terms"] if term["name"] == "target"]
            [source] = [row["message"] for row in shown["warnings"] if row["code"] == "target"]
            assert target == item["target"]
            assert ("was set" in source) == (item["label"] != "EUR")
    shown = (await _explain(client, portfolio, "trade", by="account", key="Main")).raise_for_status().json()
    assert (shown["value"], shown["reason"]) == (None, "no_target")


async def test_an_explanation_carries_the_figure_of_the_other_routes(api):
    client = await api.sign_up()
    portfolio, asset = await _book(client)
    url = f"/api/v1/portfolios/{portfolio}"
    performance = (await client.get(f"{url}/performance", params=PERIOD)).raise_for_status().json()
    for name in ("twr", "mwr", "simple_gain", "simple_return", "volatility", "drawdown_max", "fees", "net_flow"):
        assert (await _explain(client, portfolio, name)).json()["value"] == performance[name], name
    held = (await client.get(f"{url}/holdings", params={"as_of": "2024-12-31"})).raise_for_status().json()
    [holding] = held["items"]
    names = {name: name for name in ("quantity", "cost_basis", "market_value", "average_price", "weight", "price")}
    names |= {"unrealised_return": "unrealised_return", "unrealised_gain_fx": "unrealised_gain_fx"}
    for name, field in names.items():
        shown = (await _explain(client, portfolio, name, asset_id=asset)).json()
        assert (shown["value"], shown["symbol"]) == (holding[field], "ACME"), name
    for name in ("market_value", "cash_value", "securities_value", "realised_gain", "unrealised_gain", "taxes"):
        assert (await _explain(client, portfolio, name)).json()["value"] == held["totals"][name], name


def _of_benchmark(performance: dict[str, Any]) -> dict[str, str | float | None]:
    """What the performance route says of a benchmark, by the names of figures."""
    found = performance["benchmark"]
    same = found["same_flows"]
    prices = {f"benchmark_{name}": found[name] for name in ("twr", "twr_annualised", "volatility", "drawdown_max")}
    rates = {f"same_flows_{name}": same[name] for name in ("gain", "mwr", "mwr_period")}
    differences = {"twr_difference": found["twr_difference"], "mwr_difference": same["mwr_difference"]}
    return {**prices, **rates, **differences, "same_flows_value": same["end_value"]}


async def _beside(client: httpx.AsyncClient, portfolio: str) -> str:
    """A benchmark in dollars, split by a transaction of the books."""
    given = {"symbol": "WORLD", "name": "World Fund", "asset_class": "etf", "currency": "USD"}
    asset: str = (await client.post("/api/v1/assets", json=given)).raise_for_status().json()["id"]
    closes = [
        ("2023-12-29", "90"),
        ("2024-03-01", "97"),
        ("2024-05-02", "88.5"),
        ("2024-10-01", "51"),
        ("2024-12-27", "53"),
    ]
    items = [{"day": day, "close": close} for day, close in closes]
    (await client.put(f"/api/v1/assets/{asset}/prices", json={"items": items})).raise_for_status()
    split = {"type": "split", "day": "2024-09-16", "asset_id": asset, "ratio": "2"}
    (await client.post(f"/api/v1/portfolios/{portfolio}/transactions", json=split)).raise_for_status()
    return asset


@pytest.mark.parametrize("scope", ["portfolio", "account", "asset_id", "tag"])
async def test_every_figure_of_a_benchmark_is_that_of_the_performance_and_follows_from_its_explanation(api, scope):
    client = await api.sign_up()
    portfolio, asset = await _book(client)
    path = f"/api/v1/portfolios/{portfolio}"
    for more in (
        {"type": "deposit", "day": "2024-02-02", "gross": "500", "currency": "EUR", "account": "Other", "tags": ["long"]},
        {"type": "buy", "day": "2024-02-05", "asset_id": asset, "quantity": "3", "unit_price": "110", "account": "Other",
         "currency": "USD", "settle_currency": "EUR", "fx_rate": "0.92", "fee": "2", "tags": ["long"]},
    ):  # fmt: skip
        (await client.post(f"{path}/transactions", json=more)).raise_for_status()
    benchmark = await _beside(client, portfolio)
    part = {"portfolio": {}, "account": {"account": "Other"}, "asset_id": {"asset_id": asset}, "tag": {"tag": "long"}}
    policies = {"flow_timing": "end", "fees_in_cost": "false"} if scope in {"portfolio", "asset_id"} else {}
    # From a day on which something is held: its value buys units too.
    for start in ("2024-01-01", "2024-04-10"):
        query = {**part[scope], **policies, "benchmark": benchmark, "from": start, "to": "2024-12-31"}
        performance = (await client.get(f"{path}/performance", params=query)).raise_for_status().json()
        expected = _of_benchmark(performance)
        assert None not in {expected[name] for name in expected if name != "benchmark_twr_annualised"}
        for name, value in expected.items():
            shown = (await _explain(client, portfolio, name, **query)).raise_for_status().json()
            assert (shown["value"], shown["benchmark"]) == (value, {"asset_id": benchmark, "symbol": "WORLD"}), name
            if value is None:
                assert shown["reason"] == "short_period"
                continue
            again = recompute(_as_shown_by_the_command(shown))
            assert float(again) == pytest.approx(float(value), rel=1e-9, abs=1e-9), (name, query)
            if shown["kind"] == "money":
                assert again == Fraction(Decimal(value)), (name, query)
            closes = [row for row in shown["prices"] if row["symbol"] == "WORLD"]
            assert {row["provider"] for row in closes} == {"manual"}
            assert {row["splits"] for row in shown["unit_values"]} == {"1", "2"}


async def test_a_benchmark_without_prices_or_with_another_figure_is_told_apart(api):
    client = await api.sign_up()
    portfolio, asset = await _book(client)
    given = {"symbol": "BLANK", "name": "Never quoted", "asset_class": "etf", "currency": "EUR"}
    blank = (await client.post("/api/v1/assets", json=given)).raise_for_status().json()["id"]
    for name in ("benchmark_twr", "benchmark_volatility", "same_flows_value", "same_flows_mwr", "twr_difference"):
        shown = (await _explain(client, portfolio, name, benchmark=blank)).raise_for_status().json()
        assert (shown["value"], shown["reason"], shown["unit_values"]) == (None, "no_price", []), name
    for figure, query, detail in (
        ("benchmark_twr", {}, "benchmark_twr is a figure of benchmark, not of portfolio"),
        ("twr", {"benchmark": asset}, "twr is a figure of asset and portfolio, not of benchmark"),
        (
            "same_flows_mwr",
            {"benchmark": asset, "currency": "EUR"},
            "same_flows_mwr is a figure of benchmark, not of currency",
        ),
    ):
        refused = await _explain(client, portfolio, figure, **query)
        assert (refused.status_code, refused.json()["errors"][0]["detail"]) == (422, detail)
    assert (await _explain(client, portfolio, "benchmark_twr", benchmark=portfolio)).status_code == 404


async def test_another_lot_method_may_be_asked_for(api):
    client = await api.sign_up()
    portfolio, asset = await _book(client)
    await _sell_parts_of_two_lots(client, portfolio, asset)
    path = f"/api/v1/portfolios/{portfolio}/lot-methods"
    rows = (await client.get(path, params={"as_of": "2024-12-31"})).raise_for_status().json()["items"]
    assert {row["lot_method"] for row in rows} == set(LotMethod)
    assert len({row["realised_gain"] for row in rows}) > 2
    for row in rows:
        expected = {
            **{name: row[name] for name in ("realised_gain", "unrealised_gain", "cost_basis")},
            "realised_gain_long": row["realised_this_year"]["long"],
            "realised_gain_short": row["realised_this_year"]["short"],
        }
        for name, value in expected.items():
            shown = (await _explain(client, portfolio, name, lot_method=row["lot_method"])).raise_for_status().json()
            assert (shown["value"], shown["policies"]["lot_method"]) == (value, row["lot_method"]), name
            assert recompute(_as_shown_by_the_command(shown)) == Fraction(Decimal(value)), name
    assert (await _explain(client, portfolio, "realised_gain", lot_method="newest")).status_code == 422


async def test_every_price_shown_says_who_gave_it(api):
    client = await api.sign_up()
    portfolio, asset = await _book(client)
    days = [date(2024, 2, 1) + timedelta(days=number) for number in range(60)]
    closes = [{"day": day.isoformat(), "close": str(100 + number)} for number, day in enumerate(days)]
    (await client.put(f"/api/v1/assets/{asset}/prices", json={"items": closes})).raise_for_status()
    drafts = [{"type": "reward", "day": day.isoformat(), "asset_id": asset, "quantity": "1"} for day in days]
    path = f"/api/v1/portfolios/{portfolio}/transactions:batch"
    (await client.post(path, json={"transactions": drafts})).raise_for_status()
    prices = (await _explain(client, portfolio, "income", asset_id=asset)).json()["prices"]
    assert len(prices) >= len(days)
    assert {price["provider"] for price in prices if price["source"] == "quote"} == {"manual"}


async def test_prices_rates_lots_and_transactions_are_named(api):
    client = await api.sign_up()
    portfolio, asset = await _book(client)
    shown = (await _explain(client, portfolio, "market_value", asset_id=asset)).json()
    [price] = shown["prices"]
    assert (price["symbol"], price["provider"], price["source"], price["quoted_on"]) == (
        "ACME", "manual", "quote", "2024-12-20",
    )  # fmt: skip
    assert (price["is_stale"], price["age_days"]) == (True, 11)
    shown = (await _explain(client, portfolio, "realised_gain", asset_id=asset)).json()
    [match] = shown["matches"]
    listed = (await client.get(f"/api/v1/portfolios/{portfolio}/transactions")).json()["items"]
    sale = next(row for row in listed if row["type"] == "sell")
    assert (match["transaction_id"], match["symbol"], match["held_days"]) == (sale["id"], "ACME", 152)
    assert {row["id"] for row in shown["transactions"]} <= {row["id"] for row in listed}
    assert shown["transactions_count"] == len(shown["transactions"]) == 3


async def test_what_cannot_be_explained_is_refused(api):
    client = await api.sign_up()
    portfolio, asset = await _book(client)
    answer = await _explain(client, portfolio, "luck")
    assert answer.status_code == 422
    assert "modified_dietz" in answer.json()["errors"][0]["detail"]
    assert (await _explain(client, portfolio, "quantity")).status_code == 422
    other = "01890000-0000-7000-8000-000000000000"
    assert (await _explain(client, portfolio, "twr", asset_id=other)).status_code == 422
    assert (await _explain(client, portfolio, "cash", currency="JPY")).status_code == 422
    stranger = await api.sign_up()
    assert (await _explain(stranger, portfolio, "twr")).status_code == 404
    assert (await _explain(client, portfolio, "twr", asset_id=asset)).status_code == 200


async def test_the_document_names_every_figure(api):
    client = await api.sign_up()
    paths = (await client.get("/api/v1/openapi.json")).json()["paths"]
    [parameter] = [
        row
        for row in paths["/api/v1/portfolios/{portfolio_id}/explain"]["get"]["parameters"]
        if row["name"] == "figure"
    ]
    assert parameter["schema"]["enum"] == list(FIGURES)


async def _two_books(client: httpx.AsyncClient) -> tuple[str, str]:
    """The book above, and one in dollars that chooses other policies, with the same asset and one nobody quotes."""
    first, asset = await _book(client)
    given = {"name": "Overseas", "base_currency": "USD", "lot_method": "lifo", "fees_in_cost": False}
    second = (await client.post("/api/v1/portfolios", json=given)).raise_for_status().json()["id"]
    given = {"symbol": "ODD", "name": "Odd Works", "asset_class": "equity", "currency": "CHF"}
    odd = (await client.post("/api/v1/assets", json=given)).raise_for_status().json()["id"]
    for draft in (
        {"type": "deposit", "day": "2024-02-01", "gross": "3000"},
        {"type": "buy", "day": "2024-02-05", "asset_id": asset, "quantity": "5", "unit_price": "110", "fee": "1"},
        {"type": "buy", "day": "2024-03-05", "asset_id": asset, "quantity": "5", "unit_price": "130", "fee": "1"},
        {"type": "buy", "day": "2024-03-06", "asset_id": odd, "quantity": "4", "unit_price": "20", "currency": "CHF"},
        {"type": "sell", "day": "2024-06-03", "asset_id": asset, "quantity": "6", "unit_price": "150", "fee": "2"},
        {"type": "interest", "day": "2024-07-02", "gross": "7", "tax": "2"},
        {"type": "withdrawal", "day": "2024-06-03", "gross": "100"},
    ):
        (await client.post(f"/api/v1/portfolios/{second}/transactions", json=draft)).raise_for_status()
    return first, second


def _agrees(shown: dict[str, Any], *what: Any) -> None:
    """The figure worked out again from what is shown, to the last digit where it is money."""
    if shown["value"] is None:
        assert shown["reason"], what
        return
    again = recompute(_as_shown_by_the_command(shown))
    assert float(again) == pytest.approx(float(shown["value"]), rel=1e-9, abs=1e-9), what
    if shown["kind"] == "money" and shown["figure"] != "twi":
        assert again == Fraction(Decimal(shown["value"])), what


@pytest.mark.parametrize("currency", [pytest.param("EUR", marks=pytest.mark.slow), "CHF"])
async def test_every_figure_of_all_portfolios_follows_from_its_explanation(api, currency):
    client = await api.sign_up()
    books = await _two_books(client)
    query = {**PERIOD, "currency": currency}
    performance = (await client.get("/api/v1/performance", params=query)).raise_for_status().json()
    named = {"market_value": "end_value", "twi": "average_invested"}
    compared, owns = set(), {}
    for name in OF_PORTFOLIOS:
        answer = await client.get("/api/v1/explain", params={"figure": name, **query})
        shown = answer.raise_for_status().json()
        assert (shown["portfolio_id"], shown["base_currency"]) == (None, currency)
        _agrees(shown, name)
        if named.get(name, name) in performance and name != "fees_in_cost":
            compared.add(name)
            assert shown["value"] == performance[named.get(name, name)], name
        assert {row["portfolio_name"] for row in shown["portions"]} == {"Savings", "Overseas"}
        for row in shown["portions"]:
            asked = {"base_currency": currency, "from": shown["from"], "to": shown["to"]}
            key = (row["portfolio_id"], row["figure"], *asked.values())
            # Several figures have the same part: asked again each time, they would meet the limit of requests.
            if key not in owns:
                found = await _explain(client, row["portfolio_id"], row["figure"], **asked)
                owns[key] = found.raise_for_status().json()
                _agrees(owns[key], name, row)
            assert owns[key]["value"] == row["value"], (name, row)
    assert len(compared) == 26
    shown = (await client.get("/api/v1/explain", params={"figure": "twr", **query})).json()
    assert {row["portfolio_id"] for row in shown["flows"]} == set(books)
    assert {row["portfolio_id"] for row in shown["transactions"]} == set(books)
    # Each follows its own: where they differ there is no choice of all.
    policies = shown["policies"]
    assert (policies["lot_method"], policies["fees_in_cost"], policies["lot_scope"]) == (None, None, "account")
    assert [row["portfolio_id"] for row in shown["terms"] if row["name"] == "end_value"] == [None]


@pytest.mark.parametrize("currency", [pytest.param("EUR", marks=pytest.mark.slow), "CHF"])
async def test_every_figure_of_a_benchmark_beside_all_portfolios_is_that_of_their_performance(api, currency):
    client = await api.sign_up()
    books = await _two_books(client)
    benchmark = await _beside(client, books[1])
    for start in (PERIOD["from"], "2024-04-10"):
        query = {"from": start, "to": PERIOD["to"], "currency": currency, "benchmark": benchmark}
        performance = (await client.get("/api/v1/performance", params=query)).raise_for_status().json()
        expected = _of_benchmark(performance)
        assert expected.keys() == set(OF_BENCHMARKS)
        for name, value in expected.items():
            answer = await client.get("/api/v1/explain", params={"figure": name, **query})
            shown = answer.raise_for_status().json()
            assert (shown["value"], shown["benchmark"]) == (value, {"asset_id": benchmark, "symbol": "WORLD"}), name
            assert shown["portfolio_id"] is None
            _agrees(shown, name, start)
            is_of_price = name.startswith("benchmark_")
            assert {row["portfolio_name"] for row in shown["portions"]} == (
                set() if is_of_price else {"Savings", "Overseas"}
            )
            paid = {row["portfolio_id"] for row in shown["bought"] if row["transaction_id"] is not None}
            assert paid <= set(books)
            assert bool(paid) == (name.startswith("same_flows_") or name == "mwr_difference"), name
            closes = [row for row in shown["prices"] if row["symbol"] == "WORLD"]
            assert {(row["portfolio_id"], row["provider"]) for row in closes} == {(None, "manual")}
    refused = await client.get("/api/v1/explain", params={"figure": "same_flows_value"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/figure")
    unknown = await client.get("/api/v1/explain", params={"figure": "benchmark_twr", "benchmark": books[0]})
    assert unknown.status_code == 404


async def test_all_portfolios_have_no_figure_of_an_asset_nor_of_a_currency_nobody_knows(api):
    client = await api.sign_up()
    nothing = (await client.get("/api/v1/explain", params={"figure": "market_value"})).raise_for_status().json()
    assert (nothing["value"], nothing["portions"]) == ("0", [])
    portfolio, _ = await _book(client)
    assert (await client.get("/api/v1/explain", params={"figure": "quantity"})).status_code == 422
    refused = await client.get("/api/v1/explain", params={"figure": "twr", "currency": "XXQ"})
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/unknown-currency")
    refused = await _explain(client, portfolio, "twr", base_currency="XXQ")
    assert refused.json()["errors"][0]["pointer"] == "/base_currency"
    stranger = await api.sign_up()
    assert (await stranger.get("/api/v1/explain", params={"figure": "market_value"})).json()["value"] == "0"
