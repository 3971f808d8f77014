"""A write that starts from what the process remembers stores what one from the beginning would."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from support import Server

from finsage.finance.checkpoint import SPACING
from finsage.portfolio.service.memory import MEMORY, Figured, Known

pytestmark = pytest.mark.anyio

FIRST = date(2020, 1, 1)
COUNT = 3 * SPACING.near


async def _opened(client: httpx.AsyncClient) -> tuple[str, str]:
    """A portfolio with a purchase a day, two a day of another asset, and a split on the way."""
    body = {"name": "Savings", "base_currency": "EUR"}
    portfolio = (await client.post("/api/v1/portfolios", json=body)).raise_for_status().json()["id"]
    rows: list[dict[str, Any]] = []
    for symbol in ("ACME", "BOLT"):
        asset = {"symbol": symbol, "name": symbol, "asset_class": "equity", "currency": "EUR"}
        (await client.post("/api/v1/assets", json=asset)).raise_for_status()
        rows += [_trade(place, symbol=symbol) for place in range(COUNT)]
    rows.append({"type": "split", "day": _day(COUNT - 5), "symbol": "ACME", "ratio": "2"})
    path = f"/api/v1/portfolios/{portfolio}"
    (await client.post(f"{path}/transactions:batch", json={"transactions": rows})).raise_for_status()
    return portfolio, path


def _day(place: int) -> str:
    return (FIRST + timedelta(days=place)).isoformat()


def _trade(place: int, kind: str = "buy", **values: Any) -> dict[str, Any]:
    return {"type": kind, "day": _day(place), "quantity": "2", "unit_price": f"{10 + place % 7}", "fee": "1"} | values


def _stored(server: Server, portfolio: str) -> tuple[list[Any], list[Any]]:
    lots = "SELECT id, account, asset, acquired_on, quantity_acquired, quantity, cost_basis, cost_basis_local, fee_cost"
    held = "SELECT asset, quantity, average_price, cost_basis, missing_quantity, purchased_on"
    return (
        server.query(f"{lots} FROM lots WHERE portfolio_id = '{portfolio}' ORDER BY id"),
        server.query(f"{held} FROM holdings WHERE portfolio_id = '{portfolio}' ORDER BY asset"),
    )


async def test_edits_anywhere_store_what_a_fold_from_the_beginning_stores(api, server):
    client = await api.sign_up()
    portfolio, path = await _opened(client)

    async def record(**values: Any) -> str:
        answer = await client.post(f"{path}/transactions", json=values | {"accept_missing": True})
        return answer.raise_for_status().json()["id"]

    late = await record(**_trade(COUNT - 1, "sell", symbol="ACME", quantity="7"))
    await record(**_trade(COUNT - 20, symbol="ACME"))
    await record(**_trade(3, symbol="ACME"))
    await record(**_trade(COUNT + 1, "sell", symbol="BOLT", quantity="900"))
    await record(type="deposit", day=_day(COUNT), gross="5", currency="EUR")
    (await client.post(f"/api/v1/transactions/{late}/reversal", json={})).raise_for_status()
    await record(**_trade(COUNT - 2, symbol="BOLT", unit_price="11.50"))
    remembered = _stored(server, portfolio)

    # Another lot method and back: lots and holdings are derived from the beginning.
    for method in ("lifo", "fifo"):
        (await client.patch(path, json={"lot_method": method})).raise_for_status()
    assert _stored(server, portfolio) == remembered
    booked = server.query(
        f"SELECT sum(amount) FROM postings WHERE portfolio_id = '{portfolio}' AND kind = 'adjustment'"
    )
    # The purchases before the split: one a day, two of them entered late.
    assert booked[0][0] == -2 * (COUNT - 5 + 2)


async def test_a_late_edit_writes_only_the_lots_it_changes(api, server):
    client = await api.sign_up()
    portfolio, path = await _opened(client)
    written = f"SELECT count(*) FROM lots WHERE portfolio_id = '{portfolio}' GROUP BY xmin ORDER BY 1"
    assert server.query(written) == [(2 * COUNT,)]
    answer = await client.post(f"{path}/transactions", json=_trade(COUNT - 1, symbol="BOLT"))
    answer.raise_for_status()
    assert server.query(written) == [(1,), (2 * COUNT,)]
    sale = await client.post(f"{path}/transactions", json=_trade(COUNT, "sell", symbol="BOLT", quantity="3"))
    sale.raise_for_status()
    # One lot is gone, one has a part left.
    assert server.query(written) == [(1,), (1,), (2 * COUNT - 2,)]


async def test_what_another_process_wrote_is_not_taken_for_known(api, server):
    client = await api.sign_up()
    portfolio, path = await _opened(client)
    server.query(f"UPDATE portfolios SET sequence_next = sequence_next + 1 WHERE id = '{portfolio}'")
    server.query(f"DELETE FROM lots WHERE portfolio_id = '{portfolio}'")
    (await client.post(f"{path}/transactions", json=_trade(COUNT - 1, symbol="BOLT"))).raise_for_status()
    assert server.query(f"SELECT count(*) FROM lots WHERE portfolio_id = '{portfolio}'") == [(2 * COUNT + 1,)]


async def test_a_write_that_is_refused_leaves_nothing_behind(api, server):
    client = await api.sign_up()
    portfolio, path = await _opened(client)
    before = _stored(server, portfolio)
    refused = await client.post(f"{path}/transactions", json=_trade(COUNT, "sell", symbol="BOLT", quantity="9999"))
    assert refused.status_code == 409
    assert _stored(server, portfolio) == before
    (await client.post(f"{path}/transactions", json=_trade(COUNT, symbol="BOLT"))).raise_for_status()
    assert len(_stored(server, portfolio)[0]) == len(before[0]) + 1


async def test_what_was_written_beside_a_known_transaction_goes_along_when_it_is_booked_anew(api):
    client = await api.sign_up()
    _, path = await _opened(client)
    (await client.post(f"{path}/transactions", json=_trade(COUNT - 1, symbol="BOLT"))).raise_for_status()
    [split] = (await client.get(f"{path}/transactions", params={"type": "split"})).json()["items"]
    labels = {"note": "two for one", "tags": ["x"]}
    (await client.patch(f"/api/v1/transactions/{split['id']}", json=labels)).raise_for_status()
    (await client.post(f"{path}/transactions", json=_trade(COUNT - 9, symbol="ACME"))).raise_for_status()
    [again] = (await client.get(f"{path}/transactions", params={"type": "split"})).json()["items"]
    assert again["id"] != split["id"]
    assert {name: again[name] for name in labels} == labels


async def test_pools_in_which_nothing_happens_are_not_gone_through_again(api, server):
    client = await api.sign_up()
    portfolio, path = await _opened(client)
    asset = {"symbol": "CASK", "name": "Cask", "asset_class": "equity", "currency": "EUR"}
    key = (await client.post("/api/v1/assets", json=asset)).raise_for_status().json()["id"]

    async def record(place: int, symbol: str) -> dict[str, Any]:
        (await client.post(f"{path}/transactions", json=_trade(place, symbol=symbol))).raise_for_status()
        known = MEMORY._known[UUID(portfolio)]
        # The transactions that were read are known, the one just recorded is not yet.
        assert len(known.in_force) == len(known.headers) + 1
        return {asset: lots for (_, asset, _), (_, lots) in known.pools.items()}

    await record(0, "CASK")
    before = await record(COUNT, "BOLT")
    after = await record(COUNT + 1, "BOLT")
    assert len(after[key]) == 1
    changed = [asset for asset, lots in after.items() if lots is not before[asset]]
    assert len(changed) == 1
    assert key not in changed
    assert server.query(f"SELECT count(*) FROM lots WHERE portfolio_id = '{portfolio}'") == [(2 * COUNT + 3,)]


@pytest.mark.parametrize("lot_scope", ["account", "portfolio"])
async def test_figures_that_start_from_what_a_write_left_are_those_of_the_whole(api, lot_scope):
    client = await api.sign_up()
    portfolio, path = await _opened(client)
    (await client.patch(path, json={"lot_scope": lot_scope})).raise_for_status()
    for place, symbol in ((COUNT - 1, "BOLT"), (COUNT - 30, "ACME")):
        (await client.post(f"{path}/transactions", json=_trade(place, symbol=symbol))).raise_for_status()
    assert UUID(portfolio) in MEMORY._known
    for figures in ("holdings", "lots", "allocation"):
        resumed = (await client.get(f"{path}/{figures}")).raise_for_status().json()
        # The same under another address: the answer to the first is kept.
        day = {"as_of": resumed["as_of"]}
        past = (await client.get(f"{path}/{figures}", params={"as_of": _day(COUNT - 40)})).raise_for_status().json()
        known = MEMORY._known.pop(UUID(portfolio))
        assert (await client.get(f"{path}/{figures}", params=day)).raise_for_status().json() == resumed
        MEMORY._known[UUID(portfolio)] = known
        assert past["as_of"] == _day(COUNT - 40)
        assert past != resumed


async def test_figures_go_on_from_those_before_in_a_process_that_has_written_nothing(api):
    client = await api.sign_up()
    portfolio, path = await _opened(client)
    key = UUID(portfolio)
    MEMORY.forget(key)
    (await client.get(f"{path}/holdings")).raise_for_status()
    read = MEMORY._known[key]
    assert isinstance(read, Figured)
    (await client.post(f"{path}/transactions", json=_trade(COUNT - 30, symbol="ACME"))).raise_for_status()
    assert isinstance(MEMORY._known[key], Known)
    timing = {"flow_timing": "inflow_start_outflow_end"}
    for address in (f"{path}/holdings", f"{path}/lots", f"{path}/performance", "/api/v1/performance"):
        MEMORY.remember(key, read)
        resumed = (await client.get(address)).raise_for_status().json()
        assert (MEMORY._known[key] is read) == address.endswith("performance")
        MEMORY.forget(key)
        # The same under another address: the answer to the first is kept.
        asked = timing if address.endswith("performance") else {"as_of": resumed["as_of"]}
        assert (await client.get(address, params=asked)).raise_for_status().json() == resumed
    # No write goes on from what was only read.
    MEMORY.remember(key, read)
    (await client.post(f"{path}/transactions", json=_trade(COUNT - 1, symbol="BOLT"))).raise_for_status()
    assert isinstance(MEMORY._known[key], Known)


@pytest.mark.parametrize("place", [COUNT + 1, 3])
async def test_a_preview_tells_of_the_whole_book_where_it_goes_on_from_the_fold_of_the_book_before(api, place):
    client = await api.sign_up()
    portfolio, path = await _opened(client)
    held = {item["symbol"]: item["quantity"] for item in (await client.get(f"{path}/holdings")).json()["items"]}
    MEMORY.forget(UUID(portfolio))
    rows = f"{_day(place)},buy,ACME,2,10,EUR\r\n{_day(place)},sell,BOLT,7,11,EUR\r\n"
    content = f"date,type,symbol,quantity,unit_price,currency\r\n{rows}".encode()
    made = (await client.post(f"{path}/imports", files={"file": ("more.csv", content)})).raise_for_status().json()
    body = {"content_hash": made["content_hash"]}
    (await client.post(f"/api/v1/imports/{made['id']}/confirm", json=body)).raise_for_status()
    after = {item["symbol"]: item["quantity"] for item in (await client.get(f"{path}/holdings")).json()["items"]}
    assert after != held
    assert made["effect"]["holdings"] == [
        {"symbol": symbol, "before": held[symbol], "after": after[symbol]} for symbol in ("ACME", "BOLT")
    ]
