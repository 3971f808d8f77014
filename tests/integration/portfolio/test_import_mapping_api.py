"""Files of no known format through the whole application: look at the columns, name them, keep them, read again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.anyio

FRENCH = Path(__file__).parents[4] / "shared" / "samples" / "wealthfolio__european_broker_fr.csv"
BANK = (
    "Kontoauszug;Max\n"
    "Datum;Vorgang;Papier;Stk;Wert in Geld;Spesen\n"
    "13.01.2024;Kauf;ACME;2;1.100,50;1,50\n"
    "14.01.2024;Abgang;ACME;1;700,00;\n"
    "15.01.2024;Einzahlung;;;2.000,00;\n"
)


async def _portfolio(client: httpx.AsyncClient) -> str:
    body = {"name": "Imported", "base_currency": "EUR"}
    return (await client.post("/api/v1/portfolios", json=body)).raise_for_status().json()["id"]


async def _upload(client: httpx.AsyncClient, portfolio: str, content: bytes | str, **form: str) -> dict[str, Any]:
    raw = content.encode() if isinstance(content, str) else content
    answer = await client.post(f"/api/v1/portfolios/{portfolio}/imports", files={"file": ("bank.csv", raw)}, data=form)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def _map(client: httpx.AsyncClient, made: dict[str, Any], **mapping: Any) -> httpx.Response:
    return await client.patch(f"/api/v1/imports/{made['id']}", json={"mapping": {**made["mapping"], **mapping}})


async def test_an_unknown_file_shows_its_columns_and_a_guess_and_is_read_as_it_is_named(api):
    client = await api.sign_up()
    portfolio = await _portfolio(client)
    made = await _upload(client, portfolio, BANK)
    assert (made["format"], made["state"]) == ("mapped", "preview")
    table = made["table"]
    assert (table["delimiter"], table["header_line"], table["date_order"]) == (";", 2, "dmy")
    assert [column["name"] for column in table["columns"]] == BANK.splitlines()[1].split(";")
    assert table["columns"][4] == {
        "name": "Wert in Geld", "samples": ["1.100,50", "700,00", "2.000,00"], "decimal": ",",
    }  # fmt: skip
    assert table["rows"][0] == ["13.01.2024", "Kauf", "ACME", "2", "1.100,50", "1,50"]
    assert {(item["label"], item["rows"]) for item in table["labels"]} == {
        ("Kauf", 1),
        ("Abgang", 1),
        ("Einzahlung", 1),
    }
    guessed = made["mapping"]
    assert guessed["columns"] == {"Datum": "day", "Vorgang": "type", "Stk": "quantity", "Spesen": "fee"}
    assert guessed["types"] == {"Kauf": "buy", "Einzahlung": "deposit"}

    columns = {**guessed["columns"], "Papier": "symbol", "Wert in Geld": "gross"}
    types = {**guessed["types"], "Abgang": "sell"}
    named = (
        await _map(client, made, columns=columns, types=types, fixed={"currency": "CHF", "account": "Bank"})
    ).json()
    named = (await client.patch(f"/api/v1/imports/{made['id']}", json={"create_missing": True})).json()
    assert named["counts"]["new"] == 3, named
    assert named["effect"]["cash"] == [{"currency": "CHF", "before": "0", "after": "1598"}]
    assert named["effect"]["holdings"] == [{"symbol": "ACME", "before": "0", "after": "1"}]
    rows = (await client.get(f"/api/v1/imports/{made['id']}/rows")).json()["items"]
    assert [(row["line"], row["type"], row["account"]) for row in rows] == [
        (3, "buy", "Bank"), (4, "sell", "Bank"), (5, "deposit", "Bank"),
    ]  # fmt: skip
    body = {"content_hash": named["content_hash"]}
    assert (await client.post(f"/api/v1/imports/{made['id']}/confirm", json=body)).json()["booked"] == 3
    again = await _upload(client, portfolio, BANK)
    again = (
        await _map(client, again, columns=columns, types=types, fixed={"currency": "CHF", "account": "Bank"})
    ).json()
    assert again["counts"]["duplicate"] == 3


async def test_the_french_statement_is_read_by_its_guess(api):
    if not FRENCH.is_file():
        pytest.skip("the shared sample files are not on this machine")
    client = await api.sign_up()
    portfolio = await _portfolio(client)
    made = await _upload(client, portfolio, FRENCH.read_bytes(), format="mapped")
    assert made["table"]["header_line"] == 4
    named = (await client.patch(f"/api/v1/imports/{made['id']}", json={"create_missing": True})).json()
    assert (named["counts"]["new"], named["counts"]["skipped"], named["counts"]["error"]) == (11, 2, 0)
    built_in = await _upload(client, portfolio, FRENCH.read_bytes())
    assert built_in["format"] == "french-broker"
    assert named["effect"]["cash"] == built_in["effect"]["cash"]


async def test_a_template_knows_its_files_again_and_belongs_to_one_tenant(api):
    client = await api.sign_up()
    portfolio = await _portfolio(client)
    made = await _upload(client, portfolio, BANK)
    columns = {**made["mapping"]["columns"], "Papier": "symbol", "Wert in Geld": "gross"}
    types = {**made["mapping"]["types"], "Abgang": "sell"}
    named = (await _map(client, made, columns=columns, types=types, fixed={"currency": "CHF"})).json()
    body = {"name": "House bank", "import_id": made["id"]}
    saved = (await client.post("/api/v1/import-templates", json=body)).raise_for_status().json()
    assert saved["mapping"] == named["mapping"]

    later = await _upload(client, portfolio, BANK.replace("2024", "2025"))
    assert (later["template_id"], later["mapping"]) == (saved["id"], saved["mapping"])
    assert {item["symbol"] for item in later["unknown_symbols"]} == {"ACME"}
    other_headers = await _upload(client, portfolio, BANK.replace("Spesen", "Kosten"))
    assert other_headers["template_id"] is None

    replaced = (await client.post("/api/v1/import-templates", json=body | {"name": "The bank"})).json()
    listed = (await client.get("/api/v1/import-templates")).json()["items"]
    assert [(item["id"], item["name"]) for item in listed] == [(saved["id"], "The bank")]
    assert replaced["id"] == saved["id"]

    stranger = await api.sign_up()
    theirs = await _upload(stranger, await _portfolio(stranger), BANK)
    assert theirs["template_id"] is None
    assert (await stranger.get("/api/v1/import-templates")).json()["items"] == []
    assert (await stranger.delete(f"/api/v1/import-templates/{saved['id']}")).status_code == 404
    assert (await stranger.post("/api/v1/import-templates", json=body)).status_code == 404

    assert (await client.delete(f"/api/v1/import-templates/{saved['id']}")).status_code == 204
    assert (await _upload(client, portfolio, BANK.replace("2024", "2026")))["template_id"] is None


async def test_a_template_outranks_a_format_that_is_recognised_unless_one_is_named(api):
    client = await api.sign_up()
    portfolio = await _portfolio(client)
    text = "date,type,gross,currency\n2024-01-13,deposit,10,EUR\n"
    made = await _upload(client, portfolio, text, format="mapped")
    types = {"deposit": "withdrawal"}
    await _map(
        client, made, columns={"date": "day", "type": "type", "gross": "gross", "currency": "currency"}, types=types
    )
    await client.post("/api/v1/import-templates", json={"name": "Odd", "import_id": made["id"]})
    assert (await _upload(client, portfolio, text))["effect"]["cash"][0]["after"] == "-10"
    assert (await _upload(client, portfolio, text, format="finsage"))["effect"]["cash"][0]["after"] == "10"


async def test_a_mapping_that_cannot_be_is_refused_with_its_place(api):
    client = await api.sign_up()
    made = await _upload(client, await _portfolio(client), BANK)
    strange = await _map(client, made, columns={"Datum": "day", "Nowhere": "gross"})
    assert strange.status_code == 422
    assert [fault["pointer"] for fault in strange.json()["errors"]] == ["/mapping/columns/Nowhere"]
    twice = await _map(client, made, columns={"Datum": "day", "Stk": "gross", "Spesen": "gross"})
    assert twice.status_code == 422
    assert (await _map(client, made, columns={"Datum": "colour"})).status_code == 422
    dateless = (await _map(client, made, columns={"Stk": "quantity"})).json()
    assert [error["code"] for error in dateless["errors"]] == ["mapping_incomplete"]
    kept = await client.post("/api/v1/import-templates", json={"name": "None", "import_id": made["id"]})
    assert kept.json()["type"] == "/problems/invalid-mapping"
    assert (
        await client.post(f"/api/v1/imports/{made['id']}/confirm", json={"content_hash": made["content_hash"]})
    ).json()["type"] == "/problems/import-has-errors"


async def test_a_column_written_otherwise_than_the_rest_has_a_sign_of_its_own(api):
    client = await api.sign_up()
    text = "Day;Sum;Costs;Cur\n13.01.2024;1.234;1,234;EUR\n"
    made = await _upload(client, await _portfolio(client), text)
    columns = {"Day": "day", "Sum": "gross", "Costs": "fee", "Cur": "currency"}
    open_ones = (await _map(client, made, columns=columns, fixed={"type": "deposit"})).json()
    assert {error["code"] for error in open_ones["errors"]} == {"ambiguous_number"}
    answered = await _map(client, made, columns=columns, fixed={"type": "deposit"}, decimals={"Sum": ",", "Costs": ","})
    assert answered.json()["effect"]["cash"][0]["after"] == "1232.766"
    mixed = await _map(client, made, columns=columns, fixed={"type": "deposit"}, decimal=".", decimals={"Costs": ","})
    assert mixed.json()["counts"]["new"] == 1
    assert mixed.json()["effect"]["cash"] == []  # 1.234 came, 1.234 went as fee
