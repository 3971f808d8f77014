"""Changes of what is recorded: labels, many at once, previews, transfers as one act, and mending what is missing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

from finsage.portfolio.service.memory import MEMORY

pytestmark = pytest.mark.anyio


class Books:
    """A portfolio of somebody signed in."""

    def __init__(self, client: httpx.AsyncClient, portfolio: str) -> None:
        self.client = client
        self.id = portfolio
        self.path = f"/api/v1/portfolios/{portfolio}"

    @classmethod
    async def open(cls, client: httpx.AsyncClient, **values: Any) -> Books:
        body = {"name": "Savings", "base_currency": "EUR", **values}
        answer = await client.post("/api/v1/portfolios", json=body)
        return cls(client, answer.raise_for_status().json()["id"])

    async def asset(self, symbol: str = "ACME", currency: str = "EUR") -> str:
        body = {"symbol": symbol, "name": f"{symbol} Works", "asset_class": "equity", "currency": currency}
        return (await self.client.post("/api/v1/assets", json=body)).raise_for_status().json()["id"]

    async def record(self, **draft: Any) -> dict[str, Any]:
        answer = await self.client.post(f"{self.path}/transactions", json=draft)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def post(self, path: str, **body: Any) -> httpx.Response:
        return await self.client.post(self.path + path, json=body)

    async def get(self, path: str, **query: Any) -> dict[str, Any]:
        return (await self.client.get(self.path + path, params=query)).raise_for_status().json()

    async def listed(self, **query: Any) -> list[dict[str, Any]]:
        return (await self.get("/transactions", sort="day", **query))["items"]

    async def lots(self) -> list[tuple[str, str, str, str]]:
        lots = (await self.get("/lots"))["items"]
        return [(lot["account"], lot["acquired_on"], lot["quantity"], lot["cost_basis"]) for lot in lots]


@pytest.fixture
async def books(api: Any) -> Books:
    return await Books.open(await api.sign_up())


def buy(asset: str, day: str, quantity: str, price: str, **rest: Any) -> dict[str, Any]:
    return {"type": "buy", "day": day, "asset_id": asset, "quantity": quantity, "unit_price": price, **rest}


# ------------------------------------------------------------------------------------------------------ labels


async def test_a_note_and_tags_change_beside_the_transaction_and_not_in_it(books: Books, server: Any):
    made = await books.record(type="deposit", day="2024-01-02", gross="5", currency="EUR", note="frist", tags=["a"])
    answer = await books.client.patch(f"/api/v1/transactions/{made['id']}", json={"note": "first"})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["note"], answer.json()["tags"]) == ("first", ["a"])
    await books.client.patch(f"/api/v1/transactions/{made['id']}", json={"tags": ["b", "b", "c"]})
    [item] = await books.listed(query="FIRST", tag="b")
    assert (item["id"], item["note"], item["tags"]) == (made["id"], "first", ["b", "c"])
    assert await books.listed(tag="a") == []
    assert await books.listed(query="frist") == []
    assert (await books.get("/tags"))["items"] == [
        {"name": "b", "transactions_count": 1},
        {"name": "c", "transactions_count": 1},
    ]
    assert server.query("SELECT note, tags FROM transactions WHERE id = %s", made["id"]) == [("frist", ["a"])]
    audited = "SELECT count(*) FROM audit_events WHERE action = 'transactions.annotated' AND object_id = %s"
    assert server.query(audited, books.id) == [(2,)]


async def test_a_label_is_not_written_over_one_that_was_not_seen(books: Books):
    made = await books.record(type="deposit", day="2024-01-02", gross="5", currency="EUR")
    path = f"/api/v1/transactions/{made['id']}"
    seen = (await books.client.get(path)).headers["etag"]
    first = await books.client.patch(path, json={"note": "one"}, headers={"If-Match": seen})
    assert first.status_code == 200, first.text
    second = await books.client.patch(path, json={"note": "two"}, headers={"If-Match": seen})
    assert second.status_code == 412
    assert (await books.client.get(path)).json()["note"] == "one"


async def _at_once(server: Any, *requests: Awaitable[httpx.Response]) -> list[httpx.Response]:
    """The answers to requests that have all read before one of them may write a label."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
    with psycopg.connect(server.owner_dsn) as holding:
        holding.execute("LOCK TABLE transaction_labels IN SHARE MODE")
        sent = asyncio.gather(*requests)
        while not sent.done() and server.query(waiting, server.name) != [(len(requests),)]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return await sent


async def test_of_two_labels_written_at_once_one_was_not_seen(books: Books, server: Any):
    made = await books.record(**_deposit())
    path = f"/api/v1/transactions/{made['id']}"
    seen = {"If-Match": (await books.client.get(path)).headers["etag"]}
    answers = await _at_once(
        server, *(books.client.patch(path, json={"note": note}, headers=seen) for note in ("one", "two"))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]


async def test_tags_added_at_once_are_all_there(books: Books, server: Any):
    made = await books.record(**_deposit())
    answers = await _at_once(
        server, *(books.post("/transactions:bulk", ids=[made["id"]], action="tag", tags=[tag]) for tag in ("a", "b"))
    )
    assert [answer.status_code for answer in answers] == [200, 200]
    [item] = await books.listed()
    assert sorted(item["tags"]) == ["a", "b"]


async def test_labels_go_with_a_transaction_that_is_booked_anew_and_are_erased_with_the_portfolio(
    books: Books, server: Any
):
    asset = await books.asset()
    await books.record(**buy(asset, "2024-01-03", "10", "10"))
    split = await books.record(type="split", day="2024-03-01", asset_id=asset, ratio="2")
    await books.client.patch(f"/api/v1/transactions/{split['id']}", json={"note": "two for one", "tags": ["x"]})
    await books.record(**buy(asset, "2024-01-02", "1", "10"))
    [again] = await books.listed(type="split")
    assert again["id"] != split["id"]
    assert (again["note"], again["tags"]) == ("two for one", ["x"])
    assert UUID(books.id) in MEMORY
    (await books.client.delete(books.path, params={"confirm": "Savings"})).raise_for_status()
    assert UUID(books.id) not in MEMORY, "what is gone stays in no memory"
    assert server.query("SELECT count(*) FROM transaction_labels WHERE portfolio_id = %s", books.id) == [(0,)]


async def test_a_transaction_carries_at_most_fifty_tags(books: Books):
    made = await books.record(
        type="deposit", day="2024-01-02", gross="5", currency="EUR", tags=[f"t{n}" for n in range(50)]
    )
    answer = await books.post("/transactions:bulk", ids=[made["id"]], action="tag", tags=["one more"])
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/too-many-tags"


# ------------------------------------------------------------------------------------------------------ many at once


async def test_many_are_tagged_moved_reversed_and_restored(books: Books):
    asset = await books.asset()
    first = await books.record(**buy(asset, "2024-01-02", "1", "10", tags=["a"]))
    second = await books.record(**buy(asset, "2024-01-02", "2", "20"))
    await books.record(type="sell", day="2024-01-02", asset_id=asset, quantity="1", unit_price="30", account="Other",
                       accept_missing=True)  # fmt: skip
    ids = [first["id"], second["id"]]
    tagged = await books.post("/transactions:bulk", ids=[*ids, ids[0]], action="tag", tags=["b"])
    assert tagged.json() == {"changed": 2, "ids": ids, "new_ids": []}
    await books.post("/transactions:bulk", ids=ids, action="untag", tags=["a"])
    await books.post("/transactions:bulk", ids=ids, action="note", note="both")
    assert [(item["tags"], item["note"]) for item in await books.listed(type="buy")] == [(["b"], "both")] * 2

    moved = (await books.post("/transactions:bulk", ids=ids, action="account", account="Other")).json()
    assert await books.lots() == [("Other", "2024-01-02", "2", "40")]  # the sale has found its unit
    assert [(item["id"], item["account"], item["note"]) for item in await books.listed(type="buy")] == [
        (made, "Other", "both") for made in moved["new_ids"]
    ]

    gone = moved["new_ids"]
    refused = await books.post("/transactions:bulk", ids=gone, action="reverse")
    assert refused.status_code == 409  # the sale would have nothing to sell
    assert len(await books.listed(type="buy")) == 2
    answer = await books.post("/transactions:bulk", ids=gone, action="reverse", accept_missing=True)
    assert answer.status_code == 200, answer.text
    assert await books.listed(type="buy") == []
    restored = await books.post("/transactions:bulk", ids=gone, action="restore")
    assert restored.status_code == 200, restored.text
    assert await books.lots() == [("Other", "2024-01-02", "2", "40")]
    assert [item["note"] for item in await books.listed(type="buy")] == ["both", "both"]


async def test_a_split_of_all_accounts_stays_one_when_its_account_is_corrected(books: Books):
    asset = await books.asset()
    await books.record(**buy(asset, "2024-01-02", "1", "10", account="A"))
    await books.record(**buy(asset, "2024-01-03", "1", "10", account="B"))
    split = await books.record(type="split", day="2024-03-01", asset_id=asset, ratio="2")
    moved = await books.post("/transactions:bulk", ids=[split["id"]], action="account", account="A")
    assert moved.status_code == 200, moved.text
    assert [lot[2] for lot in await books.lots()] == ["2", "2"]


async def test_a_bulk_change_is_whole_or_not_at_all(books: Books):
    other = await Books.open(books.client, name="Other")
    mine = await books.record(type="deposit", day="2024-01-02", gross="5", currency="EUR")
    theirs = await other.record(type="deposit", day="2024-01-02", gross="5", currency="EUR")
    for ids in ([mine["id"], theirs["id"]], [mine["id"], str(uuid4())]):
        answer = await books.post("/transactions:bulk", ids=ids, action="reverse")
        assert answer.status_code == 404
        assert len(await books.listed()) == 1
    await books.post("/transactions:bulk", ids=[mine["id"]], action="reverse")
    again = await books.post("/transactions:bulk", ids=[mine["id"]], action="reverse")
    assert again.json()["type"] == "/problems/already-reversed"
    early = await books.post("/transactions:bulk", ids=[(await books.record(**_deposit()))["id"]], action="restore")
    assert early.json()["type"] == "/problems/not-reversed"
    nameless = await books.post("/transactions:bulk", ids=[mine["id"]], action="account")
    assert [fault["pointer"] for fault in nameless.json()["errors"]] == ["/account"]
    untagged = await books.post("/transactions:bulk", ids=[mine["id"]], action="tag")
    assert [fault["pointer"] for fault in untagged.json()["errors"]] == ["/tags"]


def _deposit(gross: str = "5", **rest: Any) -> dict[str, Any]:
    return {"type": "deposit", "day": "2024-01-02", "gross": gross, "currency": "EUR", **rest}


async def test_a_correction_is_judged_by_the_books_as_they_are_afterwards(books: Books):
    asset = await books.asset()
    bought = await books.record(**buy(asset, "2024-01-02", "10", "10"))
    await books.record(type="sell", day="2024-02-01", asset_id=asset, quantity="8", unit_price="12")
    path = f"/api/v1/transactions/{bought['id']}/correction"
    fine = await books.client.post(path, json=buy(asset, "2024-01-02", "9", "10"))
    assert fine.status_code == 201, fine.text
    short = await books.client.post(
        f"/api/v1/transactions/{fine.json()['replacement']['id']}/correction", json=buy(asset, "2024-01-02", "5", "10")
    )
    assert short.status_code == 409
    assert await books.lots() == [("Main", "2024-01-02", "1", "10")]


async def test_a_sale_of_chosen_lots_follows_the_purchase_that_is_corrected_or_restored(api: Any):
    books = await Books.open(await api.sign_up(), lot_method="specific")
    asset = await books.asset()
    await books.record(**buy(asset, "2024-01-02", "10", "10"))
    dear = await books.record(**buy(asset, "2024-01-03", "10", "20"))
    sale = {"type": "sell", "day": "2024-02-01", "asset_id": asset, "quantity": "4", "unit_price": "30"}
    await books.record(**sale, lot_ids=[f"{dear['id']}#1"])
    left = [("Main", "2024-01-02", "10", "100"), ("Main", "2024-01-03", "6", "126")]
    path = f"/api/v1/transactions/{dear['id']}/correction"
    again = (await books.client.post(path, json=buy(asset, "2024-01-03", "10", "21"))).json()["replacement"]["id"]
    assert await books.lots() == left
    [sold] = await books.listed(type="sell")
    assert sold["lot_ids"] == [f"{again}#1"]
    refused = await books.post("/transactions:bulk", ids=[again], action="reverse", accept_missing=True)
    assert refused.status_code == 422, refused.text  # the sale names its lot
    both = {"ids": [again, sold["id"]]}
    assert (await books.post("/transactions:bulk", **both, action="reverse")).status_code == 200
    assert (await books.post("/transactions:bulk", **both, action="restore")).status_code == 200
    assert await books.lots() == left


async def test_a_sale_takes_of_each_chosen_lot_what_it_says_and_says_why_it_cannot(api: Any):
    books = await Books.open(await api.sign_up(), lot_method="specific")
    asset = await books.asset()
    cheap = await books.record(**buy(asset, "2024-01-02", "10", "10"))
    dear = await books.record(**buy(asset, "2024-01-03", "10", "20"))
    lots = [f"{dear['id']}#1", f"{cheap['id']}#1"]
    sale = {"type": "sell", "day": "2024-02-01", "asset_id": asset, "quantity": "4", "unit_price": "30"}
    for units, detail in (
        (["3", "2"], "sum to 5; the quantity is 4"),
        (["4"], "give one for each of lot_ids: 2, not 1"),
    ):
        refused = await books.post("/transactions", **sale, lot_ids=lots, lot_quantities=units)
        assert refused.status_code == 422, refused.text
        assert refused.json()["errors"] == [{"pointer": "/lot_quantities", "detail": detail}]
    small = {**sale, "quantity": "14"}
    refused = await books.post("/transactions", **small, lot_ids=lots, lot_quantities=["11", "3"])
    [fault] = refused.json()["errors"]
    assert fault == {
        "pointer": "/lot_quantities/0",
        "detail": f"the lot {lots[0]} holds 10, less than 11",
    }
    sold = await books.record(**sale, lot_ids=lots, lot_quantities=["3", "1"])
    assert (sold["lot_ids"], sold["lot_quantities"]) == (lots, ["3", "1"])
    assert await books.lots() == [("Main", "2024-01-02", "9", "90"), ("Main", "2024-01-03", "7", "140")]
    # A purchase that is corrected keeps what the sale says of its lot.
    path = f"/api/v1/transactions/{dear['id']}/correction"
    (await books.client.post(path, json=buy(asset, "2024-01-03", "8", "20"))).raise_for_status()
    assert await books.lots() == [("Main", "2024-01-02", "9", "90"), ("Main", "2024-01-03", "5", "100")]


@pytest.mark.parametrize("kind", ["buy", "short_sell", "cover"])
async def test_lots_are_refused_where_none_are_taken(api: Any, kind: str):
    books = await Books.open(await api.sign_up(), lot_method="specific")
    asset = await books.asset()
    first = await books.record(**buy(asset, "2024-01-02", "10", "10"))
    trade = {**buy(asset, "2024-01-03", "4", "20"), "type": kind}
    named = {"lot_ids": [f"{first['id']}#1"], "lot_quantities": ["4"]}
    faults = [
        {"pointer": f"/{field}", "detail": f"{kind} takes no lots; leave it out"}
        for field in ("lot_ids", "lot_quantities")
    ]
    refused = await books.post("/transactions", **trade, **named)
    assert (refused.status_code, refused.json()["errors"]) == (422, faults)
    refused = await books.post("/transactions", **trade, lot_ids=named["lot_ids"])
    assert (refused.status_code, refused.json()["errors"]) == (422, faults[:1])
    path = f"/api/v1/transactions/{first['id']}/correction"
    refused = await books.client.post(path, json={**trade, **named})
    assert (refused.status_code, refused.json()["errors"]) == (422, faults)
    assert len(await books.listed()) == 1


FILE = b"date,type,gross,currency\r\n2024-01-02,deposit,1000,EUR\r\n"


async def _upload(books: Books, content: bytes = FILE) -> dict[str, Any]:
    files = {"file": ("file.csv", content)}
    return (await books.client.post(f"{books.path}/imports", files=files)).raise_for_status().json()


async def _confirm(books: Books, item: dict[str, Any]) -> None:
    confirm = f"/api/v1/imports/{item['id']}/confirm"
    (await books.client.post(confirm, json={"content_hash": item["content_hash"]})).raise_for_status()


async def _counts(books: Books, content: bytes = FILE) -> tuple[int, int]:
    """The new rows and the duplicates of a file, were it read now."""
    counts = (await _upload(books, content))["counts"]
    return counts["new"], counts["duplicate"]


async def test_a_preview_takes_the_sales_of_chosen_lots_along_and_refuses_what_is_reversed(api: Any):
    books = await Books.open(await api.sign_up(), lot_method="specific")
    asset = await books.asset()
    dear = await books.record(**buy(asset, "2024-01-03", "10", "20"))
    await books.record(type="sell", day="2024-02-01", asset_id=asset, quantity="4", unit_price="30",
                       lot_ids=[f"{dear['id']}#1"])  # fmt: skip
    change = {"ids": [dear["id"]], "transactions": [buy(asset, "2024-01-03", "10", "21")]}
    effect = (await books.post("/transactions:preview", **change)).raise_for_status().json()
    assert [(lot["quantity_after"], lot["cost_after"]) for lot in effect["lots"]] == [(None, None), ("6", "126")]
    assert effect["missing_acquisitions"] == []
    assert (await books.post("/transactions:replace", **change)).status_code == 201
    assert await books.lots() == [("Main", "2024-01-03", "6", "126")]
    gone = await books.post("/transactions:preview", **change)
    assert (gone.status_code, gone.json()["type"]) == (409, "/problems/already-reversed")


async def test_a_portfolio_counts_the_transactions_in_force(books: Books):
    async def counted() -> list[int]:
        listed = (await books.client.get("/api/v1/portfolios")).raise_for_status().json()["items"]
        return [*(item["transactions_count"] for item in listed), (await books.get(""))["transactions_count"]]

    assert await counted() == [0, 0]
    first, second = await books.record(**_deposit("1000")), await books.record(**_deposit("500"))
    corrected = await books.client.post(f"/api/v1/transactions/{first['id']}/correction", json=_deposit("1001"))
    assert await counted() == [2, 2]
    ids = [second["id"], corrected.raise_for_status().json()["replacement"]["id"]]
    (await books.post("/transactions:bulk", ids=ids, action="reverse")).raise_for_status()
    assert await counted() == [0, 0]
    assert len(await books.listed(include_reversed=True)) == 6


async def test_a_corrected_row_of_a_file_is_known_when_the_file_comes_again(books: Books):
    made = await _upload(books)
    await _confirm(books, made)
    [item] = await books.listed()
    corrected = await books.client.post(f"/api/v1/transactions/{item['id']}/correction", json=_deposit("1001"))
    assert corrected.json()["replacement"]["import_id"] == made["id"]
    assert await _counts(books) == (0, 1)


async def test_a_restored_row_of_a_file_is_known_when_the_file_comes_again(books: Books):
    await _confirm(books, await _upload(books))
    [item] = await books.listed()
    await books.post("/transactions:bulk", ids=[item["id"]], action="reverse")
    assert await _counts(books) == (1, 0)
    assert (await books.post("/transactions:bulk", ids=[item["id"]], action="restore")).status_code == 200
    assert await _counts(books) == (0, 1)


async def test_rows_replaced_by_more_or_fewer_are_known_when_the_file_comes_again(books: Books):
    content = FILE + b"2024-01-03,deposit,7,EUR\r\n"
    made = await _upload(books, content)
    await _confirm(books, made)
    first, second = [item["id"] for item in await books.listed()]
    parts = [_deposit("400"), _deposit("600")]
    done = await books.post("/transactions:replace", ids=[first], transactions=parts)
    assert done.status_code == 201, done.text
    assert await _counts(books, content) == (0, 2)
    ids = [*done.json()["ids"], second]
    assert (await books.post("/transactions:replace", ids=ids, transactions=[_deposit("1007")])).status_code == 201
    assert await _counts(books, content) == (0, 2)
    [item] = await books.listed()
    assert (item["gross"], item["import_id"]) == ("1007", made["id"])
    (await books.client.post(f"/api/v1/imports/{made['id']}/revert")).raise_for_status()
    assert await books.listed() == []
    assert await _counts(books, content) == (2, 0)


async def _refused(books: Books, transaction_id: str) -> dict[str, Any]:
    """The problem of restoring it."""
    answer = await books.post("/transactions:bulk", ids=[transaction_id], action="restore")
    assert answer.status_code == 409, answer.text
    return answer.json()


async def test_a_row_that_came_again_is_not_restored_beside_itself(books: Books):
    await _confirm(books, await _upload(books))
    [first] = await books.listed()
    await books.post("/transactions:bulk", ids=[first["id"]], action="reverse")
    await _confirm(books, await _upload(books))
    [second] = await books.listed()
    problem = await _refused(books, first["id"])
    assert problem["type"] == "/problems/already-replaced"
    assert second["id"] in problem["detail"]
    await books.post("/transactions:bulk", ids=[second["id"]], action="reverse")
    assert (await books.post("/transactions:bulk", ids=[first["id"]], action="restore")).status_code == 200
    assert len(await books.listed()) == 1
    assert await _counts(books) == (0, 1)


async def test_nothing_is_restored_twice_or_beside_its_correction(books: Books):
    made = await books.record(**_deposit("5"))
    path = f"/api/v1/transactions/{made['id']}/correction"
    corrected = (await books.client.post(path, json=_deposit("6"))).json()["replacement"]["id"]
    assert (await _refused(books, made["id"]))["type"] == "/problems/already-replaced"
    await books.post("/transactions:bulk", ids=[corrected], action="reverse")
    both = await books.post("/transactions:bulk", ids=[made["id"], corrected], action="restore")
    assert both.status_code == 409
    assert (await books.post("/transactions:bulk", ids=[made["id"]], action="restore")).status_code == 200
    for old in (made["id"], corrected):
        assert (await _refused(books, old))["type"] == "/problems/already-replaced"
    assert [item["gross"] for item in await books.listed()] == ["5"]


async def test_what_was_booked_anew_is_not_restored(books: Books):
    asset = await books.asset()
    await books.record(**buy(asset, "2024-01-03", "10", "10"))
    split = await books.record(type="split", day="2024-03-01", asset_id=asset, ratio="2")
    await books.record(**buy(asset, "2024-01-02", "1", "10"))
    assert (await _refused(books, split["id"]))["type"] == "/problems/already-replaced"
    [holding] = (await books.get("/holdings"))["items"]
    assert holding["quantity"] == "22"


async def test_what_is_restored_has_its_turn_within_the_day_again(books: Books):
    asset = await books.asset()
    bought = await books.record(**buy(asset, "2024-01-02", "1", "10"))
    sold = await books.record(type="sell", day="2024-01-02", asset_id=asset, quantity="1", unit_price="12")
    last = await books.record(**buy(asset, "2024-01-02", "1", "20"))
    ids = [last["id"], sold["id"], bought["id"]]
    assert (await books.post("/transactions:bulk", ids=ids, action="reverse")).status_code == 200
    assert (await books.post("/transactions:bulk", ids=ids, action="restore")).status_code == 200
    assert [(item["type"], item["unit_price"]) for item in await books.listed()] == [
        ("buy", "10"),
        ("sell", "12"),
        ("buy", "20"),
    ]
    assert await books.lots() == [("Main", "2024-01-02", "1", "20")]


# ------------------------------------------------------------------------------------------------------ lossless


async def test_every_field_that_can_be_asked_for_is_given_back(books: Books):
    asset, other = await books.asset(), await books.asset("NEWCO")
    await books.record(**buy(asset, "2024-01-02", "10", "10"))
    spin = {"type": "spin_off", "day": "2024-02-01", "asset_id": asset, "to_asset_id": other, "to_quantity": "5",
            "cost_fraction": "0.25"}  # fmt: skip
    made = await books.record(**spin)
    assert (made["cost_fraction"], made["to_asset_id"], made["to_quantity"]) == ("0.25", other, "5")
    opening = await books.record(type="opening_balance", day="2024-01-05", asset_id=asset, quantity="1",
                                 unit_price="7", acquired_on="2019-05-06")  # fmt: skip
    assert opening["acquired_on"] == "2019-05-06"
    sale = await books.record(type="sell", day="2024-03-01", asset_id=asset, quantity="1", unit_price="9",
                              lot_ids=[f"{opening['id']}#1"])  # fmt: skip
    assert sale["lot_ids"] == [f"{opening['id']}#1"]
    corrected = await books.client.post(
        f"/api/v1/transactions/{made['id']}/correction", json={**spin, "cost_fraction": "0.5"}
    )
    assert corrected.status_code == 201, corrected.text
    assert corrected.json()["replacement"]["cost_fraction"] == "0.5"


# ------------------------------------------------------------------------------------------------------ preview


async def test_a_preview_shows_lots_and_cash_before_and_after_and_writes_nothing(books: Books, server: Any):
    asset, other = await books.asset(), await books.asset("NEWCO")
    await books.record(**_deposit("1000"))
    bought = await books.record(**buy(asset, "2024-01-03", "10", "10"))
    count = "SELECT count(*) FROM transactions WHERE portfolio_id = %s"
    before = server.query(count, books.id)
    spin = {"type": "spin_off", "day": "2024-02-01", "asset_id": asset, "to_asset_id": other, "to_quantity": "5",
            "cost_fraction": "0.25"}  # fmt: skip
    effect = (await books.post("/transactions:preview", transactions=[spin])).raise_for_status().json()
    seen = [
        (lot["symbol"], lot["quantity_before"], lot["quantity_after"], lot["cost_before"], lot["cost_after"])
        for lot in effect["lots"]
    ]
    assert sorted(seen) == [("ACME", "10", "10", "100", "75"), ("NEWCO", None, "5", None, "25")]
    assert (effect["cash"], effect["base_currency"]) == ([], "EUR")

    dearer = buy(asset, "2024-01-03", "10", "11")
    effect = (await books.post("/transactions:preview", ids=[bought["id"]], transactions=[dearer])).json()
    assert effect["cash"] == [{"account": "Main", "currency": "EUR", "before": "900", "after": "890"}]
    sale = {"type": "sell", "day": "2024-02-01", "asset_id": asset, "quantity": "11", "unit_price": "0"}
    effect = (await books.post("/transactions:preview", transactions=[sale])).json()
    assert [(item["symbol"], item["quantity"]) for item in effect["missing_acquisitions"]] == [("ACME", "1")]
    assert server.query(count, books.id) == before
    wrong = await books.post("/transactions:preview", transactions=[{**spin, "cost_fraction": "2"}])
    assert [fault["pointer"] for fault in wrong.json()["errors"]] == ["/cost_fraction"]
    assert (await books.post("/transactions:preview")).status_code == 422


# ------------------------------------------------------------------------------------------------------ transfers


async def test_a_transfer_within_a_portfolio_is_one_act_and_moves_the_lots(books: Books):
    asset = await books.asset()
    await books.record(**buy(asset, "2024-01-02", "10", "100", fee="10", account="A"))
    await books.record(**buy(asset, "2024-01-03", "5", "200", fee="5", account="A"))
    answer = await books.post("/transfers", day="2024-02-01", from_account="A", to_account="B", asset_id=asset,
                              quantity="12", note="to the new broker")  # fmt: skip
    assert answer.status_code == 201, answer.text
    ids = answer.json()["ids"]
    assert await books.lots() == [
        ("B", "2024-01-02", "10", "1010"),
        ("A", "2024-01-03", "3", "603"),
        ("B", "2024-01-03", "2", "402"),
    ]
    detail = (await books.client.get(f"/api/v1/transactions/{ids[0]}")).json()
    assert [(partner["id"], partner["account"]) for partner in detail["partners"]] == [(ids[1], "B")]
    undone = await books.post("/transactions:bulk", ids=[ids[1]], action="reverse", with_partners=True)
    assert undone.json()["changed"] == 2
    assert {lot[0] for lot in await books.lots()} == {"A"}
    same = await books.post("/transfers", day="2024-02-01", from_account="A", to_account="A", asset_id=asset,
                            quantity="1")  # fmt: skip
    assert same.status_code == 422
    short = await books.post("/transfers", day="2024-02-01", from_account="A", to_account="B", asset_id=asset,
                             quantity="16")  # fmt: skip
    assert short.status_code == 409
    assert {lot[0] for lot in await books.lots()} == {"A"}


async def test_a_transfer_to_another_portfolio_keeps_cost_and_dates_in_both_currencies(books: Books):
    other = await Books.open(books.client, name="Pension")
    asset = await books.asset("USCO", "USD")
    await books.record(**buy(asset, "2024-01-02", "10", "100", fx_rate="0.9", settle_currency="EUR"))
    await books.record(**buy(asset, "2024-01-03", "5", "200", fx_rate="0.8", settle_currency="EUR"))
    answer = await books.post("/transfers", day="2024-02-01", from_account="Main", to_account="Bank",
                              to_portfolio_id=other.id, asset_id=asset, quantity="12")  # fmt: skip
    assert answer.status_code == 201, answer.text
    assert len(answer.json()["ids"]) == 3
    assert await books.lots() == [("Main", "2024-01-03", "3", "480")]
    assert await other.lots() == [("Bank", "2024-01-02", "10", "900"), ("Bank", "2024-01-03", "2", "320")]
    [first, _] = await other.listed()
    detail = (await books.client.get(f"/api/v1/transactions/{first['id']}")).json()
    assert {partner["portfolio_id"] for partner in detail["partners"]} == {books.id, other.id}


async def test_what_goes_to_another_portfolio_has_gained_in_each_what_it_gained_there(books: Books):
    other = await Books.open(books.client, name="Pension")
    asset = await books.asset()
    closes = [{"day": day, "close": close} for day, close in (("2024-02-01", "130"), ("2024-03-01", "140"))]
    (await books.client.put(f"/api/v1/assets/{asset}/prices", json={"items": closes})).raise_for_status()
    await books.record(**_deposit("1000"))
    await books.record(**buy(asset, "2024-01-02", "10", "100"))
    await other.record(**_deposit("1000"))
    answer = await books.post("/transfers", day="2024-02-01", from_account="Main", to_account="Bank",
                              to_portfolio_id=other.id, asset_id=asset, quantity="4")  # fmt: skip
    assert answer.status_code == 201, answer.text
    gains = [(await each.get("/performance", to="2024-03-01"))["simple_gain"] for each in (books, other)]
    assert gains == ["360", "40"]  # 6 × 40 and 4 × 30 before they went; 4 × 10 since they came
    whole = await books.client.get("/api/v1/performance", params={"to": "2024-03-01"})
    assert whole.json()["simple_gain"] == "400"


async def test_a_fee_in_the_units_that_go_to_another_portfolio_does_not_arrive_there(books: Books):
    other = await Books.open(books.client, name="Pension")
    asset = await books.asset("COIN")
    await books.record(**buy(asset, "2024-01-02", "10", "100"))
    await books.record(**buy(asset, "2024-01-03", "5", "200"))
    answer = await books.post("/transfers", day="2024-02-01", from_account="Main", to_account="Bank",
                              to_portfolio_id=other.id, asset_id=asset, quantity="12", fee="1",
                              fee_currency="COIN")  # fmt: skip
    assert answer.status_code == 201, answer.text
    assert await books.lots() == [("Main", "2024-01-03", "2", "400")]
    assert await other.lots() == [("Bank", "2024-01-02", "10", "1000"), ("Bank", "2024-01-03", "2", "400")]


async def test_a_transfer_locks_both_portfolios_in_one_order_before_it_reads(books: Books, server: Any):
    other = await Books.open(books.client, name="Pension")
    first, second = sorted((books, other), key=lambda item: item.id)
    await second.record(**_deposit("1000"))
    lock = "SELECT 1 FROM portfolios WHERE id = %s FOR UPDATE NOWAIT"
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
    with psycopg.connect(server.owner_dsn) as holding:
        holding.execute(lock, [first.id])
        sent = asyncio.create_task(second.post(
            "/transfers", day="2024-02-01", from_account="Main", to_account="Main", to_portfolio_id=first.id,
            gross="400", currency="EUR"))  # fmt: skip
        while not sent.done() and server.query(waiting, server.name) == [(0,)]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert server.query(lock, second.id) == [(1,)]  # it holds nothing that another transfer may wait for
    answer = await sent
    assert answer.status_code == 201, answer.text


async def test_a_transfer_to_another_portfolio_is_reversed_and_restored_on_both_sides(books: Books):
    other = await Books.open(books.client, name="Pension")
    asset = await books.asset()
    await books.record(**buy(asset, "2024-01-02", "10", "100"))
    await books.record(**buy(asset, "2024-01-03", "5", "200"))
    answer = await books.post("/transfers", day="2024-02-01", from_account="Main", to_account="Bank",
                              to_portfolio_id=other.id, asset_id=asset, quantity="12")  # fmt: skip
    ids = answer.json()["ids"]
    whole = [("Main", "2024-01-02", "10", "1000"), ("Main", "2024-01-03", "5", "1000")]
    here, there = await books.lots(), await other.lots()
    undone = await books.post("/transactions:bulk", ids=ids[:1], action="reverse", with_partners=True)
    assert sorted(undone.json()["ids"]) == sorted(ids)
    assert (await books.lots(), await other.lots()) == (whole, [])
    # As an undo sends it: all that were changed, by their ids.
    again = await books.post("/transactions:bulk", ids=undone.json()["ids"], action="restore")
    assert again.status_code == 200, again.text
    assert (await books.lots(), await other.lots()) == (here, there)
    # And from the other side, by its partners.
    one = (await other.listed())[0]["id"]
    undone = await other.post("/transactions:bulk", ids=[one], action="reverse", with_partners=True)
    assert (await books.lots(), await other.lots()) == (whole, [])
    again = await other.post("/transactions:bulk", ids=[one], action="restore", with_partners=True)
    assert again.json()["changed"] == 3
    assert (await books.lots(), await other.lots()) == (here, there)


async def test_only_what_was_reversed_with_it_is_restored_with_it(books: Books):
    await books.record(**_deposit("1000"))
    answer = await books.post("/transfers", day="2024-02-01", from_account="Main", to_account="B", gross="400",
                              currency="EUR")  # fmt: skip
    out, into = answer.json()["ids"]
    await books.post("/transactions:bulk", ids=[into], action="reverse")
    group = (await books.client.get(f"/api/v1/transactions/{out}")).json()["group"]
    again = await books.record(
        type="transfer_in", day="2024-02-02", gross="400", currency="EUR", account="C", group=group
    )
    [out] = [item["id"] for item in await books.listed(type="transfer_out")]
    undone = await books.post("/transactions:bulk", ids=[again["id"]], action="reverse", with_partners=True)
    assert set(undone.json()["ids"]) == {again["id"], out}
    restored = await books.post("/transactions:bulk", ids=[out], action="restore", with_partners=True)
    assert set(restored.json()["ids"]) == {again["id"], out}
    assert [item["account"] for item in await books.listed(type="transfer_in")] == ["C"]


async def test_another_portfolios_transaction_is_no_side_unless_they_share_a_group(books: Books):
    other = await Books.open(books.client, name="Pension")
    mine, theirs = await books.record(**_deposit()), await other.record(**_deposit())
    for ids in ([theirs["id"]], [mine["id"], theirs["id"]]):
        answer = await books.post("/transactions:bulk", ids=ids, action="reverse", with_partners=True)
        assert answer.status_code == 404
    assert len(await other.listed()) == 1


async def test_money_goes_to_another_portfolio_too(books: Books):
    other = await Books.open(books.client, name="Pension")
    await books.record(**_deposit("1000"))
    answer = await books.post("/transfers", day="2024-02-01", from_account="Main", to_account="Main",
                              to_portfolio_id=other.id, gross="400", currency="EUR", fee="1")  # fmt: skip
    assert answer.status_code == 201, answer.text
    assert [line["amount"] for line in (await books.get("/holdings"))["cash"]] == ["599"]
    assert [line["amount"] for line in (await other.get("/holdings"))["cash"]] == ["400"]


async def test_transfers_recorded_apart_are_suggested_and_paired_by_a_click(books: Books):
    asset = await books.asset()
    await books.record(**buy(asset, "2024-01-02", "10", "100", account="A"))
    out = await books.record(type="transfer_out", executed_at="2024-02-01T10:00:00Z", asset_id=asset, quantity="5",
                             account="A")  # fmt: skip
    into = await books.record(type="transfer_in", executed_at="2024-02-01T12:00:00Z", asset_id=asset, quantity="4.9",
                              gross="1", account="B")  # fmt: skip
    for far in ({"executed_at": "2024-02-05T12:00:00Z", "quantity": "5"}, {"day": "2024-02-02", "quantity": "4.8"}):
        await books.record(type="transfer_in", asset_id=asset, account="C", gross="1", **far)
    [found] = (await books.get("/transfer-suggestions"))["items"]
    assert (found["out"]["id"], found["into"]["id"]) == (out["id"], into["id"])
    assert (found["difference"], found["seconds_apart"]) == ("0.1", 7200)
    paired = await books.post("/transfers:pair", out_id=out["id"], in_id=into["id"])
    assert paired.status_code == 201, paired.text
    lots = {lot[0]: lot[1:] for lot in await books.lots()}
    assert lots["B"] == ("2024-01-02", "4.9", "490")
    assert lots["A"] == ("2024-01-02", "5", "500")
    assert (await books.get("/transfer-suggestions"))["items"] == []
    for first, second in ((out["id"], into["id"]), (paired.json()["ids"][0], paired.json()["ids"][0])):
        refused = await books.post("/transfers:pair", out_id=first, in_id=second)
        assert refused.status_code == 409, refused.text


async def test_a_side_that_has_its_partner_is_not_paired_with_another(books: Books):
    other = await Books.open(books.client, name="Pension")
    asset = await books.asset()
    await books.record(**buy(asset, "2024-01-02", "10", "100", account="A"))
    for target in ({"to_account": "B"}, {"to_account": "Bank", "to_portfolio_id": other.id}):
        made = await books.post(
            "/transfers", day="2024-02-01", from_account="A", asset_id=asset, quantity="2", **target
        )
        out, partner = made.json()["ids"]
        into = await books.record(type="transfer_in", day="2024-02-01", asset_id=asset, quantity="2", gross="1",
                                  account="C")  # fmt: skip
        refused = await books.post("/transfers:pair", out_id=out, in_id=into["id"])
        assert refused.status_code == 409, refused.text
        assert partner in refused.json()["detail"]
    lots = await books.lots()
    assert [lot for lot in lots if lot[0] == "B"] == [("B", "2024-01-02", "2", "200")]


async def test_the_same_hash_in_two_notes_goes_first(books: Books):
    asset = await books.asset()
    await books.record(**buy(asset, "2024-01-02", "10", "100", account="A"))
    code = "0x" + "ab" * 32
    await books.record(type="transfer_out", day="2024-02-01", asset_id=asset, quantity="5", account="A",
                       note=f"tx {code}")  # fmt: skip
    await books.record(type="transfer_in", day="2024-02-01", asset_id=asset, quantity="5", account="B", gross="1")
    right = await books.record(type="transfer_in", day="2024-02-03", asset_id=asset, quantity="5", account="C",
                               gross="1", note=code.upper().replace("0X", "0x"))  # fmt: skip
    [found] = (await books.get("/transfer-suggestions"))["items"]
    assert (found["into"]["id"], found["has_same_hash"]) == (right["id"], True)


# ------------------------------------------------------------------------------------------------------ missing


async def test_what_is_missing_is_listed_with_ways_to_mend_it(books: Books):
    asset = await books.asset()
    prices = {"items": [{"day": "2024-01-31", "close": "12.5"}]}
    (await books.client.put(f"/api/v1/assets/{asset}/prices", json=prices)).raise_for_status()
    await books.record(**buy(asset, "2024-01-02", "10", "10", account="A"))
    sale = await books.record(type="sell", day="2024-02-01", asset_id=asset, quantity="3", unit_price="12",
                              account="B", accept_missing=True)  # fmt: skip
    await books.record(**buy(asset, "2024-03-02", "100", "10", account="C"))
    [record] = (await books.get("/missing-acquisitions"))["items"]
    assert [way["day"] for way in record["repairs"]] == ["2024-01-31", "2024-02-01", None, "2024-01-31"]
    assert (record["transaction_id"], record["quantity"], record["account"]) == (sale["id"], "3", "B")
    ways = [(way["way"], way["from_account"], way["unit_price"], way["price_on"]) for way in record["repairs"]]
    assert ways == [
        ("transfer", "A", None, None),
        ("opening_balance", None, None, None),
        ("buy", None, None, None),
        ("reward", None, "12.5", "2024-01-31"),
    ]
    mended = await books.post("/transfers", day=record["repairs"][0]["day"], from_account="A", to_account="B", asset_id=asset,
                              quantity=record["quantity"])  # fmt: skip
    assert mended.status_code == 201, mended.text
    assert (await books.get("/missing-acquisitions"))["items"] == []
    [holding] = (await books.get("/holdings"))["items"]
    assert Decimal(holding["realised_gain"]) == Decimal(6)


async def test_an_unpriced_asset_has_no_market_price_to_book_a_gift_at(books: Books):
    asset = await books.asset()
    await books.record(type="sell", day="2024-02-01", asset_id=asset, quantity="3", unit_price="12",
                       accept_missing=True)  # fmt: skip
    [record] = (await books.get("/missing-acquisitions"))["items"]
    assert [(way["way"], way["unit_price"]) for way in record["repairs"]] == [
        ("opening_balance", None),
        ("buy", None),
        ("reward", None),
    ]
