"""JSON in, JSON out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from finsage.errors import Invalid
from finsage.finance.evaluate_document import evaluate_document

EXAMPLE: dict[str, Any] = {
    "base_currency": "EUR",
    "period": ["2024-01-01", "2024-12-31"],
    "transactions": [
        {"date": "2024-01-02", "type": "deposit", "gross": "1000", "currency": "EUR"},
        {
            "date": "2024-01-02",
            "type": "buy",
            "symbol": "X",
            "quantity": "10",
            "unit_price": "50",
            "fee": "5",
            "currency": "USD",
            "fx_rate": "0.90",
        },
        {
            "date": "2024-07-01",
            "type": "sell",
            "symbol": "X",
            "quantity": "4",
            "unit_price": "60",
            "fee": "5",
            "currency": "USD",
            "fx_rate": "0.95",
        },
    ],
    "prices": {"X": {"2024-01-02": "50", "2024-12-31": "70"}},
    "currencies": {"X": "USD"},
    "fx": {"USDEUR": {"2024-01-02": "0.91", "2024-12-31": "0.96"}},
}


def answer(document: Any = None, **changes: Any) -> dict[str, Any]:
    given = {**EXAMPLE, **changes} if document is None else document
    return json.loads(evaluate_document(json.dumps(given)))


def faults(document: Any = None, **changes: Any) -> dict[str, str]:
    given = document if document is not None else {**EXAMPLE, **changes}
    with pytest.raises(Invalid) as caught:
        evaluate_document(given if isinstance(given, str) else json.dumps(given))
    return {fault.pointer: fault.detail for fault in caught.value.faults}


def row(**fields: Any) -> dict[str, Any]:
    return {
        "transactions": [
            {"date": "2024-01-02", "type": "buy", "symbol": "X", "quantity": "1", "unit_price": "1", **fields}
        ]
    }


def test_the_worked_example() -> None:
    got = answer()
    assert got["holdings"] == [
        {
            "symbol": "X", "currency": "USD", "quantity": "6", "cost": "272.70", "average_price": "50.5",
            "market_value": "403.20", "price": "70", "price_date": "2024-12-31", "age_days": 0, "stale": False,
            "no_price": False,
        }
    ]  # fmt: skip
    lot = got["lots"][0]
    assert [lot[name] for name in ("id", "quantity", "unit_cost", "cost", "fee_cost")] == [
        "2#1",
        "6",
        "45.45",
        "272.70",
        "2.70",
    ]
    assert {name: got["realised"][name] for name in ("gain", "price", "fx")} == {
        "gain": "41.45",
        "price": "31.35",
        "fx": "10.10",
    }
    assert got["unrealised"] == {"gain": "130.50", "price": "112.32", "fx": "18.18"}
    assert got["fees"] == {"total": "9.25", "expensed": "0", "in_cost": "9.25"}
    assert (got["market_value"], got["invested"], got["cash"]) == ("1171.95", "272.70", {"EUR": "768.75"})
    rates = got["performance"]
    assert [rates[name] for name in ("twr", "twr_annualised", "modified_dietz")] == [0.17195] * 3
    assert rates["mwr"] == pytest.approx(0.172460969, abs=1e-9)
    assert rates["roai"]["net"] == pytest.approx(0.478295889, abs=1e-9)
    assert rates["roai"]["gross"] == pytest.approx(0.504025676, abs=1e-9)
    assert rates["roai"]["twi"] == "359.505494505494505495"
    assert got["identity"]["left"] == got["identity"]["right"] == "171.95"
    assert set(got["by_symbol"]) == {"X"}
    assert (got["missing_acquisitions"], got["warnings"]) == ([], [])


def test_the_same_input_gives_the_same_bytes() -> None:
    text = json.dumps({**EXAMPLE, "options": {"series": True}})
    assert evaluate_document(text) == evaluate_document(text)


def test_numbers_are_read_exactly() -> None:
    text = json.dumps(EXAMPLE).replace('"50"', "50").replace('"0.90"', "0.90")
    assert json.loads(evaluate_document(text)) == answer()
    precise = json.dumps(
        {**EXAMPLE, "transactions": [{"date": "2024-01-02", "type": "deposit", "gross": "G", "currency": "EUR"}]}
    )
    cash = json.loads(evaluate_document(precise.replace('"G"', "0.1000000000000000000000000000000001")))["cash"]
    assert cash == {"EUR": "0.1000000000000000000000000000000001"}


def test_the_series_is_columns() -> None:
    series = answer(options={"series": True})["series"]
    assert series["date"][0] == "2024-01-01"
    assert {len(column) for column in series.values()} == {366}
    assert series["value"][-1] == 1171.95


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("BUY", "buy"), ("Dividend", "dividend"), ("DELIVERY_INBOUND", "transfer_in"), ("delivery_outbound", "transfer_out"),
        ("SECURITY_TRANSFER_IN", "transfer_in"), ("CASH_TRANSFER_OUT", "transfer_out"), ("INTEREST_CHARGE", "interest_paid"),
    ],
)  # fmt: skip
def test_types_have_peers_names(name: str, kind: str) -> None:
    fields = {"buy": {}, "dividend": {"gross": "5"}, "interest_paid": {"gross": "5"}}.get(kind, {})
    base = {"date": "2024-01-02", "type": name, "symbol": "X", "currency": "USD", **fields}
    if kind != "interest_paid" and "gross" not in fields:
        base |= {"quantity": "1", "unit_price": "1"}
    if name.startswith("CASH"):
        base = {"date": "2024-01-02", "type": name, "gross": "1", "currency": "USD"}
    assert answer(transactions=[base])["warnings"] is not None


def test_a_time_gives_the_day_in_utc() -> None:
    late = {
        "executed_at": "2024-01-02T23:30:00-05:00",
        "type": "buy",
        "symbol": "X",
        "quantity": "1",
        "unit_price": "1",
    }
    assert answer(transactions=[late])["lots"][0]["acquired_on"] == "2024-01-03"
    assert answer(transactions=[{**late, "date": "2024-01-02"}])["lots"][0]["acquired_on"] == "2024-01-02"
    assert (
        answer(transactions=[{**late, "executed_at": "2024-01-02T23:30:00"}])["lots"][0]["acquired_on"] == "2024-01-02"
    )


def test_places_and_matches_are_shown() -> None:
    rows = [
        {
            "date": "2024-01-02",
            "type": "buy",
            "symbol": "X",
            "quantity": "1",
            "unit_price": "1",
            "account": "a",
            "portfolio": "p",
            "id": "one",
        },
        {
            "date": "2024-01-03",
            "type": "sell",
            "symbol": "X",
            "quantity": "2",
            "unit_price": "1",
            "account": "a",
            "portfolio": "p",
            "lot_ids": ["one#1"],
        },
    ]
    got = answer(transactions=rows, options={"lot_method": "fifo"})
    assert got["missing_acquisitions"] == [
        {"transaction": "2", "symbol": "X", "portfolio": "p", "account": "a", "date": "2024-01-03", "quantity": "1"}
    ]
    first, second = got["realised"]["matches"]
    assert (first["lot"], first["term"], second["lot"], second["acquired_on"]) == ("one#1", "short", None, None)


def test_compatibility_is_told() -> None:
    codes = {
        notice["code"]
        for notice in answer(options={"price_before_first": "first_quote", "fx_before_first": "first_quote"})[
            "warnings"
        ]
    }
    assert codes == {"price_before_first", "fx_before_first"}


def test_a_missing_rate_gives_null_with_a_reason() -> None:
    got = answer(fx={})
    assert got["market_value"] is None
    assert got["performance"]["twr"] is None
    assert got["performance"]["reasons"]["twr"] == "missing_rate"
    assert [notice["symbol"] for notice in got["warnings"] if notice["code"] == "missing_rate"] == ["USD/EUR"]


def test_every_option_is_read() -> None:
    options = {
        "lot_method": "hifo", "lot_scope": "portfolio", "fees_in_cost": False, "taxes_in_cost": True, "oversell": "short",
        "cash": "tracked", "flow_timing": "mid", "asset_taxes": "included", "scope": {"symbol": "X"}, "calendar": "all_days",
        "annualise_after_days": 0, "long_term_days": 30, "prices_are": "split_adjusted", "lp_treatment": "disposal",
        "series": False,
    }  # fmt: skip
    assert answer(options=options)["realised"]["matches"][0]["term"] == "long"
    for scope in ("all", "portfolio", {}):
        assert answer(options={"scope": scope})["cash"] == {"EUR": "768.75"}


def test_symbols_need_no_description() -> None:
    rows = [{"date": "2024-01-02", "type": "buy", "symbol": "N", "quantity": "1", "unit_price": "4", "currency": "USD"}]
    got = answer(transactions=rows, currencies={}, prices={})
    assert got["holdings"][0]["currency"] == "USD"
    unnamed = [{"date": "2024-01-02", "type": "buy", "symbol": "N", "quantity": "1", "unit_price": "4"}]
    assert answer(transactions=unnamed, currencies={}, prices={}, fx={})["holdings"][0]["currency"] == "EUR"


def test_pairs_of_longer_names() -> None:
    rows = [{"date": "2024-01-02", "type": "deposit", "gross": "1", "currency": "USDT"}]
    assert answer(transactions=rows, fx={"USDT/EUR": {"2024-01-02": "0.9"}})["market_value"] == "0.90"


BAD: list[tuple[dict[str, Any], str]] = [
    ({"wrong": 1}, "/wrong"),
    ({"options": {"wrong": 1}}, "/options/wrong"),
    ({"options": {"lot_method": "best"}}, "/options/lot_method"),
    ({"options": {"lot_method": 1}}, "/options/lot_method"),
    ({"options": {"series": "yes"}}, "/options/series"),
    ({"options": {"taxes_in_cost": "yes"}}, "/options/taxes_in_cost"),
    ({"options": {"long_term_days": -1}}, "/options/long_term_days"),
    ({"options": {"long_term_days": 1.5}}, "/options/long_term_days"),
    ({"options": {"scope": "mine"}}, "/options/scope"),
    ({"options": {"scope": {"wrong": "a"}}}, "/options/scope/wrong"),
    ({"options": {"scope": {"account": 1.5, "x": 1}}}, "/options/scope/x"),
    ({"options": {"scope": {"account": "a", "symbol": "X"}}}, "/options/scope"),
    ({"options": []}, "/options"),
    ({"period": ["2024-01-01"]}, "/period"),
    ({"period": "2024"}, "/period"),
    ({"period": ["2024-01-01", "2024-02-30"]}, "/period/1"),
    ({"period": ["1800-01-01", "2024-02-01"]}, "/period/0"),
    ({"period": ["2024-03-01", "2024-02-01"]}, "/period"),
    ({"base_currency": ""}, "/base_currency"),
    ({"base_currency": None}, "/base_currency"),
    ({"transactions": {}}, "/transactions"),
    ({"transactions": [1]}, "/transactions/0"),
    (row(wrong="1"), "/transactions/0/wrong"),
    (row(type="bye"), "/transactions/0/type"),
    (row(type=None), "/transactions/0/type"),
    (row(date="02.01.2024"), "/transactions/0/date"),
    (row(date="20240102"), "/transactions/0/date"),
    (row(date=5), "/transactions/0/date"),
    (row(date="1899-12-31"), "/transactions/0/date"),
    (row(date="2101-01-01"), "/transactions/0/date"),
    (row(date=None), "/transactions/0/date"),
    (row(executed_at="yesterday"), "/transactions/0/executed_at"),
    (row(quantity="NaN"), "/transactions/0/quantity"),
    (row(quantity="1e99"), "/transactions/0/quantity"),
    (row(quantity=True), "/transactions/0/quantity"),
    (row(quantity="-1"), "/transactions/0/quantity"),
    (row(unit_price="1,5"), "/transactions/0/unit_price"),
    (row(symbol=" "), "/transactions/0/symbol"),
    (row(symbol="a\nb"), "/transactions/0/symbol"),
    (row(lot_ids="1#1"), "/transactions/0/lot_ids"),
    (row(lot_ids=["1#1"], lot_quantities=["x"]), "/transactions/0/lot_quantities/0"),
    (row(lot_ids=["1#1"], lot_quantities="1"), "/transactions/0/lot_quantities"),
    (row(acquired_on="soon"), "/transactions/0/acquired_on"),
    (row(ratio="2"), "/transactions/0/ratio"),
    ({"prices": {"X": {"2024-01-01": "-1"}}}, "/prices/X/2024-01-01"),
    ({"prices": {"a/b": {"soon": "1"}}}, "/prices/a~1b/soon"),
    ({"prices": {"X": []}}, "/prices/X"),
    ({"fx": {"USDEUR": {"2024-01-01": "0"}}}, "/fx/USDEUR/2024-01-01"),
    ({"fx": {"DOLLAR": {}, "USD-EUR": {}}}, "/fx/USD-EUR"),
    ({"fx": {"USD/USD": {}}}, "/fx/USD~1USD"),
    ({"multipliers": {"X": "0"}}, "/multipliers/X"),
    ({"multipliers": {"X": "x"}}, "/multipliers/X"),
    ({"currencies": {"X": 5.5, "": "EUR", "Y": None}}, "/currencies/Y"),
    ({"values": {"2024-01-01": "1"}}, "/values"),
]


@pytest.mark.parametrize(("changes", "pointer"), BAD)
def test_bad_input_names_the_place(changes: dict[str, Any], pointer: str) -> None:
    assert pointer in faults(**changes)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '"x"', '{"base_currency":"EUR","base_currency":"USD"}', '{"x": NaN}', "[" * 100_000]
)
def test_texts_that_are_no_document(text: str) -> None:
    assert faults(text)


def test_a_document_needs_a_base_currency_and_something_to_evaluate() -> None:
    assert set(faults({})) == {"/base_currency", "/transactions"}


def test_precision_is_refused_by_place() -> None:
    found = faults(**row(quantity="0." + "0" * 36 + "1"))
    assert "precision_exceeded" in found["/transactions/0/quantity"]


def series(**parts: Any) -> dict[str, Any]:
    return answer({"base_currency": "EUR", **parts})


def test_values_with_flows() -> None:
    got = series(
        values={"2024-01-01": "100", "2024-01-02": "210", "2024-12-31": "220.5"}, flows=[["2024-01-02", "100"]]
    )
    assert got["performance"]["twr"] == pytest.approx(1.05 * 1.05 - 1)
    assert got["performance"]["simple_gain"] == "20.50"
    assert got["risk"]["drawdown_max"] == 0


def test_a_flow_between_values_joins_the_next() -> None:
    got = series(values={"2024-01-01": "100", "2024-01-11": "210"}, flows=[["2024-01-05", "100"]])
    assert got["performance"]["twr"] == pytest.approx(0.05)


def test_flows_alone() -> None:
    rates = series(flows=[["2023-01-01", "-100"], ["2024-01-01", "110"]])["performance"]
    assert rates["mwr"] == pytest.approx(0.1)
    assert rates["mwr_period"] == pytest.approx(0.1)
    assert rates["reasons"]["twr"] == "needs_values"
    several = series(flows=[["2021-01-01", "-100"], ["2022-01-01", "230"], ["2023-01-01", "-132"]])["performance"]
    assert several["mwr"] is None
    assert several["roots"] == pytest.approx([0.1, 0.2])
    assert several["reasons"]["mwr"] == "multiple_roots"
    assert series(flows=[["2021-01-01", "-100"]])["performance"]["reasons"]["mwr"] == "no_root"


def test_returns_alone() -> None:
    got = series(returns=["0.1", "-0.5", "0.2"])
    assert got["performance"]["twr"] == pytest.approx(1.1 * 0.5 * 1.2 - 1)
    assert got["risk"]["drawdown_max"] == 0.5
    assert got["performance"]["reasons"]["mwr"] == "needs_dates"
    assert series(returns=["0.1"])["risk"]["reasons"]["volatility"] == "few_returns"
    assert series(returns=[])["performance"]["twr"] == 0


def test_negative_values_give_no_rate() -> None:
    rates = series(values={"2026-04-01": "100", "2026-04-02": "-50"}, flows=[])["performance"]
    assert (rates["twr"], rates["mwr"], rates["reasons"]["twr"]) == (None, None, "negative_value")
    assert rates["simple_gain"] == "-150"


@pytest.mark.parametrize(
    ("parts", "pointer"),
    [
        ({"values": {}}, "/values"),
        ({"values": {"soon": "1"}}, "/values/soon"),
        ({"values": {"2024-01-01": "x"}}, "/values/2024-01-01"),
        ({"values": {"2024-01-01": "1"}, "flows": [["2024-01-01", "1"]]}, "/flows/0/0"),
        ({"flows": []}, "/flows"),
        ({"flows": [["2024-01-01"]]}, "/flows/0"),
        ({"flows": [["soon", "1"]]}, "/flows/0/0"),
        ({"returns": ["-1.5"]}, "/returns/0"),
        ({"returns": ["0.1", "x"]}, "/returns/1"),
        ({"returns": ["0.1"], "flows": []}, "/flows"),
        ({"returns": ["0.1"], "prices": {"X": {}}}, "/prices"),
        ({"returns": ["0.1"], "prices": {}, "currencies": {"X": "EUR"}}, "/currencies"),
    ],
)
def test_bad_series_name_the_place(parts: dict[str, Any], pointer: str) -> None:
    assert pointer in faults({"base_currency": "EUR", **parts})


def test_legs_of_a_pool_are_read_and_their_faults_told() -> None:
    rows = [
        {"date": "2024-01-02", "type": "buy", "symbol": "X", "quantity": "4", "unit_price": "10"},
        {
            "date": "2024-01-03",
            "type": "LP_ADD",
            "symbol": "LP",
            "quantity": "2",
            "legs": [{"symbol": "X", "quantity": "4"}],
        },
        {"date": "2024-01-04", "type": "stake", "symbol": "LP", "quantity": "2", "to_account": "farm"},
    ]
    document = {"base_currency": "EUR", "transactions": rows, "options": {"cash": "implied"}}
    (lot,) = answer(document)["lots"]
    assert (lot["symbol"], lot["account"], lot["acquired_on"], lot["cost"]) == ("LP", "farm", "2024-01-02", "40")
    rows[1]["legs"] = [{"symbol": "X"}, "X", {"symbol": "X", "quantity": "1", "price": "1"}]
    assert set(faults(document)) == {
        "/transactions/1/legs/0/quantity", "/transactions/1/legs/1", "/transactions/1/legs/1/quantity",
        "/transactions/1/legs/1/symbol", "/transactions/1/legs/2/price",
    }  # fmt: skip
