"""Two assets that are one: figures as if there had been one from the start, and as before once it is undone."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

pytestmark = pytest.mark.anyio
API = "/api/v1"
FIRST = date(2024, 1, 2)


async def add(client: httpx.AsyncClient, **fields: str) -> str:
    draft = {"symbol": f"M{uuid4().hex[:8]}", "name": "Works", "asset_class": "equity", "currency": "USD", **fields}
    return str((await client.post(f"{API}/assets", json=draft)).raise_for_status().json()["id"])


async def price(client: httpx.AsyncClient, asset: str, closes: dict[date, str]) -> None:
    items = [{"day": str(day), "close": close} for day, close in closes.items()]
    (await client.put(f"{API}/assets/{asset}/prices", json={"items": items})).raise_for_status()


async def open_portfolio(client: httpx.AsyncClient, method: str = "fifo") -> str:
    body = {"name": uuid4().hex, "base_currency": "EUR", "lot_method": method}
    return str((await client.post(f"{API}/portfolios", json=body)).raise_for_status().json()["id"])


async def record(client: httpx.AsyncClient, portfolio: str, drafts: list[dict[str, Any]]) -> list[str]:
    path = f"{API}/portfolios/{portfolio}/transactions:batch"
    answer = await client.post(path, json={"transactions": drafts, "accept_missing": True})
    assert answer.is_success, answer.text
    return list(answer.json()["ids"])


async def merge(client: httpx.AsyncClient, asset: str, into: str) -> httpx.Response:
    return await client.post(f"{API}/assets/{asset}/merge", json={"into_id": into})


def diary(seed: int) -> list[dict[str, Any]]:
    """What happened, with ``first`` or ``second`` in place of the asset: two names of one security."""
    rng = random.Random(seed)
    drafts: list[dict[str, Any]] = []
    day = FIRST
    for _ in range(14):
        day += timedelta(days=rng.randint(0, 9))
        kind = rng.choice(["buy", "buy", "sell", "dividend", "split", "transfer_out"])
        asset, account = rng.choice(["first", "second"]), rng.choice(["A", "B"])
        fields: dict[str, Any] = {"type": kind, "day": str(day), "asset_id": asset, "account": account}
        if kind in {"buy", "sell"}:
            fields |= {"quantity": str(rng.randint(1, 30)), "unit_price": f"{rng.randint(500, 2000) / 100}",
                       "fee": f"{rng.randint(0, 9)}"}  # fmt: skip
        elif kind == "dividend":
            fields["gross"] = str(rng.randint(1, 50))
        elif kind == "split":
            fields["ratio"] = rng.choice(["2", "3", "0.5"])
        else:
            fields["quantity"] = str(rng.randint(1, 5))
        drafts.append(fields)
    return drafts


def named(drafts: list[dict[str, Any]], first: str, second: str) -> list[dict[str, Any]]:
    return [{**draft, "asset_id": first if draft["asset_id"] == "first" else second} for draft in drafts]


async def figures(client: httpx.AsyncClient, portfolio: str) -> Any:
    """All that follows from the books, without the ids of transactions, which differ."""
    parts = []
    for path in ("holdings", "lots", "realised-gains", "cash-flows", "performance"):
        found = (await client.get(f"{API}/portfolios/{portfolio}/{path}")).raise_for_status().json()
        parts.append(_without_ids(found))
    return parts


def _without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        gone = {"id", "transaction_id", "portfolio_id", "lot_id"}
        return {name: _without_ids(inner) for name, inner in value.items() if name not in gone}
    if isinstance(value, list):
        return [_without_ids(inner) for inner in value]
    return value


MORE_BOOKS = ((2, "lifo"), (3, "hifo"), (5, "fifo"))


@pytest.mark.parametrize(
    ("seed", "method"),
    [(1, "fifo"), (4, "average"), *(pytest.param(*more, marks=pytest.mark.slow) for more in MORE_BOOKS)],
)
async def test_merged_books_are_those_of_one_asset_from_the_start_and_undone_they_are_as_before(api, seed, method):
    client = await api.sign_up()
    first, second = await add(client), await add(client)
    closes = {FIRST + timedelta(days=step): f"{10 + step % 7}" for step in range(0, 150, 5)}
    await price(client, first, closes)
    await price(client, second, closes)
    drafts = diary(seed)
    merged, whole = await open_portfolio(client, method), await open_portfolio(client, method)
    await record(client, merged, named(drafts, first, second))
    await record(client, whole, named(drafts, first, first))
    before = await figures(client, merged)
    expected = await figures(client, whole)
    done = await merge(client, second, first)
    assert done.json() == {"asset_id": first, "rebooked": sum(one["asset_id"] == "second" for one in drafts)}
    assert await figures(client, merged) == expected
    assert (await client.delete(f"{API}/assets/{second}/merge")).is_success
    assert await figures(client, merged) == before


async def test_transactions_show_as_one_and_what_was_booked_before_stays_and_is_reversed(api):
    client = await api.sign_up()
    old, new = await add(client, symbol="FB"), await add(client, symbol="META")
    portfolio = await open_portfolio(client)
    bought = {"type": "buy", "day": "2024-01-02", "asset_id": old, "quantity": "5", "unit_price": "10", "note": "mine"}
    sold = {"type": "sell", "day": "2024-03-01", "asset_id": new, "quantity": "2", "unit_price": "20"}
    [first, _] = await record(client, portfolio, [bought, sold])
    await merge(client, old, new)
    path = f"{API}/portfolios/{portfolio}/transactions"
    shown = (await client.get(path, params={"asset_id": new})).json()["items"]
    assert [(item["type"], item["symbol"], item["note"]) for item in shown] == [
        ("sell", "META", ""), ("buy", "META", "mine"),
    ]  # fmt: skip
    everything = (await client.get(path, params={"include_reversed": True})).json()["items"]
    assert len(everything) == 4
    kept = (await client.get(f"{API}/transactions/{first}")).json()
    assert (kept["asset_id"], kept["reversed_by_id"] is not None) == (old, True)
    holding = (await client.get(f"{API}/portfolios/{portfolio}/holdings")).json()
    assert [(item["symbol"], item["quantity"]) for item in holding["items"]] == [("META", "3")]
    assert holding["missing_acquisitions"] == []


async def test_a_merged_name_means_the_other_in_what_is_recorded_and_searched(api):
    client = await api.sign_up()
    old, new = await add(client, symbol="OLDCO"), await add(client, symbol="NEWCO")
    await price(client, old, {FIRST: "10", FIRST + timedelta(days=1): "11"})
    await price(client, new, {FIRST + timedelta(days=1): "12"})
    await merge(client, old, new)
    portfolio = await open_portfolio(client)
    [made] = await record(
        client, portfolio, [{"type": "buy", "day": "2024-02-01", "symbol": "OLDCO", "quantity": "1", "unit_price": "9"}]
    )
    assert (await client.get(f"{API}/transactions/{made}")).json()["asset_id"] == new
    found = (await client.get(f"{API}/assets", params={"query": "oldco"})).json()["items"]
    assert [one["id"] for one in found] == [new]
    shown = (await client.get(f"{API}/assets/{new}")).json()
    assert [one["asset_id"] for one in shown["merged"]] == [old]
    assert (await client.get(f"{API}/assets/{old}")).json()["merged_into"]["asset_id"] == new
    # Its own close of a day stays, the others' fills the days without one, and goes again.
    closes = (await client.get(f"{API}/assets/{new}/prices")).json()["items"]
    assert [(one["close"], one["source"]) for one in closes] == [("10", "merged"), ("12", "manual")]
    await client.delete(f"{API}/assets/{old}/merge")
    closes = (await client.get(f"{API}/assets/{new}/prices")).json()["items"]
    assert [one["close"] for one in closes] == ["12"]
    # Recorded while they were one: it stays with the one it named.
    assert (await client.get(f"{API}/transactions/{made}")).json()["asset_id"] == new


async def test_what_was_corrected_since_the_merge_comes_back_with_its_correction(api):
    client = await api.sign_up()
    old, new = await add(client), await add(client)
    portfolio = await open_portfolio(client)
    draft = {"type": "buy", "day": "2024-01-02", "asset_id": old, "quantity": "5", "unit_price": "10"}
    await record(client, portfolio, [draft])
    await merge(client, old, new)
    [booked] = (await client.get(f"{API}/portfolios/{portfolio}/transactions")).json()["items"]
    corrected = {**draft, "asset_id": new, "quantity": "7"}
    await client.post(f"{API}/transactions/{booked['id']}/correction", json=corrected)
    await client.delete(f"{API}/assets/{old}/merge")
    held = (await client.get(f"{API}/portfolios/{portfolio}/holdings")).json()["items"]
    assert [(item["asset_id"], item["quantity"]) for item in held] == [(old, "7")]


async def test_what_cannot_be_one_is_refused_and_nothing_is_changed(api, server):
    client, other = await api.sign_up(), await api.sign_up()
    first, second, euro = await add(client), await add(client), await add(client, currency="EUR")
    theirs = await add(other)
    portfolio = await open_portfolio(client)
    await record(client, portfolio, [
        {"type": "buy", "day": "2024-01-02", "asset_id": first, "quantity": "5", "unit_price": "10"},
        {"type": "merger", "day": "2024-02-01", "asset_id": first, "to_asset_id": second, "quantity": "5",
         "to_quantity": "10"},
    ])  # fmt: skip
    before = await figures(client, portfolio)
    for asset, into, status in ((first, euro, 409), (first, first, 409), (first, theirs, 404), (theirs, first, 404),
                                (first, second, 409)):  # fmt: skip
        answer = await merge(client, asset, into)
        assert answer.status_code == status, answer.text
    assert (await client.delete(f"{API}/assets/{first}/merge")).status_code == 409
    assert await figures(client, portfolio) == before
    assert server.query("SELECT count(*) FROM asset_merges WHERE asset_id = %s", first) == [(0,)]
    third, fourth = await add(client), await add(client)
    assert (await merge(client, third, fourth)).is_success
    assert [(await merge(client, *pair)).status_code for pair in ((third, second), (second, third), (fourth, second))] == [
        409, 409, 409,
    ]  # fmt: skip


async def test_a_renamed_asset_is_known_by_its_former_symbol_until_something_else_is_called_so(api):
    client = await api.sign_up()
    asset = await add(client, symbol="TWTR", name="Bird Works")
    portfolio = await open_portfolio(client)
    await record(
        client, portfolio, [{"type": "buy", "day": "2024-01-02", "asset_id": asset, "quantity": "1", "unit_price": "9"}]
    )
    renamed = await client.patch(f"{API}/assets/{asset}", json={"symbol": "XCORP", "name": "X", "isin": ""})
    assert (renamed.json()["symbol"], renamed.json()["isin"]) == ("XCORP", None)
    [held] = (await client.get(f"{API}/portfolios/{portfolio}/holdings")).json()["items"]
    assert (held["symbol"], held["name"]) == ("XCORP", "X")
    [shown] = (await client.get(f"{API}/portfolios/{portfolio}/transactions")).json()["items"]
    assert shown["symbol"] == "XCORP"
    buy = {"type": "buy", "day": "2024-02-01", "symbol": "twtr", "quantity": "1", "unit_price": "9"}
    [made] = await record(client, portfolio, [buy])
    assert (await client.get(f"{API}/transactions/{made}")).json()["asset_id"] == asset
    assert [one["symbol"] for one in (await client.get(f"{API}/assets/{asset}")).json()["former_symbols"]] == ["TWTR"]
    for query in ("twt", "bird wo"):
        found = (await client.get(f"{API}/assets", params={"query": query})).json()["items"]
        assert [one["id"] for one in found] == [asset]
    reused = await add(client, symbol="TWTR")
    [made] = await record(client, portfolio, [buy])
    assert (await client.get(f"{API}/transactions/{made}")).json()["asset_id"] == reused


async def test_a_name_that_is_taken_and_a_currency_that_is_in_use_are_refused(api):
    client = await api.sign_up()
    asset, taken = await add(client), await add(client, symbol="TAKEN")
    answer = await client.patch(f"{API}/assets/{asset}", json={"symbol": "TAKEN"})
    assert (answer.status_code, answer.json()["asset_id"]) == (409, taken)
    assert (await client.patch(f"{API}/assets/{asset}", json={"currency": "EUR"})).json()["currency"] == "EUR"
    await price(client, asset, {FIRST: "10"})
    answer = await client.patch(f"{API}/assets/{asset}", json={"currency": "USD"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/currency")
    portfolio = await open_portfolio(client)
    bought = {"type": "buy", "day": "2024-01-02", "asset_id": taken, "quantity": "1", "unit_price": "9"}
    await record(client, portfolio, [bought])
    assert (await client.patch(f"{API}/assets/{taken}", json={"currency": "EUR"})).status_code == 422
    assert (await client.patch(f"{API}/assets/{taken}", json={"currency": "USD", "mic": "XNYS"})).is_success


async def test_what_is_held_of_an_asset_is_told_for_every_portfolio_that_has_or_had_it(api):
    client = await api.sign_up()
    asset = await add(client, currency="EUR")
    await price(client, asset, {FIRST: "10"})
    held, gone, _ = [await open_portfolio(client) for _ in range(3)]
    buy = {"type": "buy", "day": str(FIRST), "asset_id": asset, "quantity": "3", "unit_price": "8"}
    await record(client, held, [buy])
    await record(client, gone, [buy, {**buy, "type": "sell"}])
    found = (await client.get(f"{API}/assets/{asset}/holdings")).raise_for_status().json()["items"]
    told = {one["portfolio_id"]: one["holding"] and (one["holding"]["quantity"], one["holding"]["unrealised_gain"])
            for one in found}  # fmt: skip
    assert told == {held: ("3", "6"), gone: None}
    assert (await (await api.sign_up()).get(f"{API}/assets/{asset}/holdings")).status_code == 404


async def test_sales_that_name_their_lots_are_undone_with_them(api):
    client = await api.sign_up()
    first, second = await add(client), await add(client)
    portfolio = await open_portfolio(client, "specific")
    trade = {"day": "2024-01-02", "asset_id": second, "quantity": "5", "unit_price": "10"}
    bought = await record(client, portfolio, [{**trade, "type": "buy"}, {**trade, "type": "buy", "unit_price": "30"}])
    sale = {**trade, "type": "sell", "day": "2024-02-01", "quantity": "4", "lot_ids": [f"{bought[1]}#1"]}
    await record(client, portfolio, [sale])
    before = await figures(client, portfolio)
    assert (await merge(client, second, first)).json()["rebooked"] == 3
    answer = await client.delete(f"{API}/assets/{second}/merge")
    assert (answer.is_success and answer.json()["rebooked"]) == 3, answer.text
    assert await figures(client, portfolio) == before


async def test_both_sides_of_a_pool_are_not_made_one(api):
    client = await api.sign_up()
    first, second, pool = await add(client), await add(client), await add(client)
    portfolio = await open_portfolio(client)
    bought = {"type": "buy", "day": "2024-01-02", "quantity": "5", "unit_price": "10"}
    legs = [{"asset_id": first, "quantity": "2"}, {"asset_id": second, "quantity": "2"}]
    joined = {"type": "lp_add", "day": "2024-02-01", "asset_id": pool, "quantity": "1", "legs": legs}
    await record(client, portfolio, [{**bought, "asset_id": first}, {**bought, "asset_id": second}, joined])
    before = await figures(client, portfolio)
    for asset, into in ((first, second), (second, first), (pool, first), (first, pool)):
        answer = await merge(client, asset, into)
        assert answer.status_code == 409, answer.text
        assert answer.json()["detail"].startswith("A transaction of 2024-02-01 has M")
    assert await figures(client, portfolio) == before


async def test_units_without_a_price_are_valued_by_the_closes_of_both(api):
    client = await api.sign_up()
    first, second = await add(client), await add(client)
    await price(client, second, {FIRST: "10"})
    await price(client, first, {FIRST + timedelta(days=9): "90"})
    merged, whole = await open_portfolio(client), await open_portfolio(client)
    came = {"type": "transfer_in", "day": str(FIRST), "quantity": "3"}
    await record(client, merged, [{**came, "asset_id": second}])
    before = await figures(client, merged)
    cost = (await client.get(f"{API}/portfolios/{merged}/lots")).json()["items"][0]["unit_cost"]
    await merge(client, second, first)
    await record(client, whole, [{**came, "asset_id": second}])
    assert await figures(client, merged) == await figures(client, whole)
    [lot] = (await client.get(f"{API}/portfolios/{merged}/lots")).json()["items"]
    assert (lot["asset_id"], lot["unit_cost"]) == (first, cost)
    # Recorded by the id of the one that is merged away, it would be of an asset that is no more.
    [booked] = (await client.get(f"{API}/portfolios/{whole}/transactions")).json()["items"]
    assert booked["asset_id"] == first
    await client.delete(f"{API}/assets/{second}/merge")
    assert await figures(client, merged) == before
