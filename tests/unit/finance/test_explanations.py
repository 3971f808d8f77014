"""Explanations are proved by a second implementation that knows nothing but what they show (``oracle.by_hand``)."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.finance.explanations import (
    B,
    benchmarks,
    disagreements,
    every_comparison,
    every_figure,
    explained,
    fed,
    figures_of,
)
from unit.finance.ledgers import (
    ASSETS,
    DAYS,
    PRICES,
    RATES,
    day,
    draft,
    drafts,
    market,
    numbered,
    policies,
    quotes,
)

from finsage.errors import Invalid
from finsage.finance.asset import Asset
from finsage.finance.benchmark import measure_benchmark
from finsage.finance.evaluate_document import evaluate_document
from finsage.finance.evaluation import evaluate_with_ledger
from finsage.finance.explanation.basis import Against
from finsage.finance.explanation.document import explain_document
from finsage.finance.explanation.explain import explain
from finsage.finance.explanation.figures import FIGURES
from finsage.finance.options import CalendarChoice, CashMode, FlowTiming, LotMethod, LotScope, Options, Scope
from finsage.finance.part import Part, divide, trade_to
from finsage.finance.transaction import Draft
from finsage.finance.valuation import Market

FACTOR = int(os.environ.get("FINSAGE_TEST_EXAMPLES_FACTOR", "1"))
FEW = settings(max_examples=8 * FACTOR, deadline=None)
END = day(DAYS)


def wrong(rows: list[Draft], options: Options, start: int = 0, **changes: Any) -> list[str]:
    ledger, evaluation = evaluate_with_ledger(rows, market(**changes), options, (day(start), END))
    return [found for shown in every_figure(ledger, evaluation) if (found := disagreements(shown))]


@FEW
@given(drafts(), policies(), st.integers(0, DAYS), st.sampled_from(FlowTiming), st.sampled_from(CalendarChoice))
def test_every_figure_follows_from_what_is_shown(
    rows: list[Draft], options: Options, start: int, timing: FlowTiming, calendar: CalendarChoice
) -> None:
    options = replace(options, flow_timing=timing, calendar=calendar, annualise_after_days=30)
    assert wrong(rows, options, start) == []


@FEW
@given(drafts(), policies(), st.sampled_from([{"account": "a"}, {"asset": "X"}, {"portfolio": ""}, {"portfolio": "q"}]))
def test_so_it_does_in_every_scope(rows: list[Draft], options: Options, scope: dict[str, str]) -> None:
    assert wrong(rows, replace(options, scope=Scope(**scope)), 5) == []


@FEW
@given(drafts(), policies(), st.sampled_from([LotScope.PORTFOLIO, LotScope.ALL]))
def test_so_it_does_with_pooled_lots(rows: list[Draft], options: Options, scope: LotScope) -> None:
    assert wrong(rows, replace(options, lot_scope=scope), 5) == []


@FEW
@given(drafts(), policies(), st.sampled_from(LotScope), st.sampled_from(["assets", "accounts"]))
def test_so_it_does_of_parts_which_add_up_to_the_whole(
    rows: list[Draft], options: Options, scope: LotScope, by: str
) -> None:
    options = replace(options, lot_scope=scope)
    ledger, evaluation = evaluate_with_ledger(rows, market(), options, (day(5), END))
    key_of = _is_x if by == "assets" else _account
    parts = divide(ledger, key_of, by_account=by == "accounts").values()
    shown = [
        explained(ledger, evaluation, name, None, part, target=Decimal("0.25"))
        for part in parts
        for name, figure in FIGURES.items()
        if ("part" if part.has_lots else "part of pooled lots") in figure.of
    ]
    assert [found for one in shown if (found := disagreements(one))] == []
    values = [row["value"] for row in shown if row["figure"] == "market_value"]
    whole = evaluation.market_value
    assert whole is None or sum(Decimal(value) for value in values) == whole
    costs = _sum_of_terms(shown, "unrealised_return", "cost_basis")
    if evaluation.invested is None or costs is None:
        assert evaluation.invested == costs
    else:
        # Shares of pooled lots are rounded, each by less than the last digit kept.
        assert abs(costs - evaluation.invested) < Decimal("1e-9")
    # What paid without ever being held, or where nothing ever was, is in no part.
    held = {asset for part in parts for asset in part.tracks}
    paid = {(row.account, row.asset) for row in ledger.state.results if row.asset is not None}
    if all(asset in held and any(part.owns(account, asset) for part in parts) for account, asset in paid):
        gains = _sum_of_terms(shown, "day_return", "simple_gain")
        own = [report.performance.simple_gain for report in evaluation.by_asset.values()]
        assert (gains is None) == (None in own)
        assert gains is None or gains == sum(gain for gain in own if gain is not None)


@FEW
@given(drafts(), policies(), benchmarks(), st.integers(0, DAYS), st.sampled_from(FlowTiming))
def test_so_it_does_beside_a_benchmark_whose_figures_are_those_measured(
    rows: list[Draft], options: Options, beside: tuple[Market, Against], start: int, timing: FlowTiming
) -> None:
    world, against = beside
    against = replace(against, splits=(*against.splits, *rows))
    options = replace(options, flow_timing=timing, annualise_after_days=30)
    ledger, evaluation = evaluate_with_ledger(rows, world, options, (day(start), END))
    assert [found for shown in every_comparison(ledger, evaluation, against) if (found := disagreements(shown))] == []
    for key in (None, *evaluation.by_asset):
        scope = options.scope if key is None else Scope(asset=key)
        _, whole = evaluate_with_ledger(rows, world, replace(options, scope=scope), (day(start), END))
        measured = measure_benchmark(
            world.assets[against.asset],
            world,
            options,
            start=whole.start,
            end=whole.end,
            first=whole.start_value,
            flows=whole.flows,
            splits=against.splits,
        )
        expected = figures_of(measured, whole.performance)
        found = {name: explain(ledger, evaluation, name, key, against=against).value for name in expected}
        assert found == expected, key


def test_a_benchmark_that_was_never_quoted_or_later_than_the_money_came_shows_the_lines_there_are() -> None:
    rows = numbered([draft("deposit", offset, gross=10, currency="EUR") for offset in (1, 5)])
    world = market(assets={**ASSETS, "B": B, "C": Asset("C", "CHF")}, prices={"C": quotes(d3="20")}, rates={})
    ledger, evaluation = evaluate_with_ledger(rows, world, Options(), (day(0), END))
    for name in ("benchmark_twr", "benchmark_volatility", "same_flows_value", "mwr_difference"):
        blank = explain(ledger, evaluation, name, against=Against("B"))
        assert (blank.value, blank.reason, blank.unit_values, blank.prices) == (None, "no_price", (), ())
    late = explain(ledger, evaluation, "same_flows_value", against=Against("C"))
    assert (late.value, late.reason) == (None, "no_price")
    assert [(row.day, row.units) for row in late.bought] == [(day(1), None), (day(5), None)]
    # Quoted on the second day of money, though in francs without a rate.
    assert [(row.day, row.close, row.rate, row.value) for row in late.unit_values] == [
        (day(5), 20, None, None), (END, 20, None, None),
    ]  # fmt: skip


def _is_x(_account: str, asset: str) -> str:
    return "x" if asset == "X" else "other"


def _account(account: str, _asset: str) -> str:
    return account


def _sum_of_terms(shown: list[dict[str, Any]], figure: str, name: str) -> Decimal | None:
    rows = [row for one in shown if one["figure"] == figure for row in one["terms"] if row["name"] == name]
    return (
        None if any(row["value"] is None for row in rows) else sum((Decimal(row["value"]) for row in rows), Decimal(0))
    )


def test_a_part_is_of_the_portfolio_not_of_an_asset() -> None:
    rows = numbered([draft("buy", 1, asset="X", quantity=1, gross=5)])
    ledger, evaluation = evaluate_with_ledger(rows, market(), Options(cash=CashMode.IMPLIED), (day(0), END))
    with pytest.raises(Invalid) as refused:
        explain(ledger, evaluation, "market_value", "X", divide(ledger, _is_x)["x"])
    assert [fault.pointer for fault in refused.value.faults] == ["/key"]


def test_what_shares_its_lots_with_others_has_no_cost_of_its_own() -> None:
    rows = numbered([draft("buy", 1, asset="X", quantity=1, gross=5, account=name) for name in ("a", "b")])
    options = Options(cash=CashMode.IMPLIED, lot_scope=LotScope.PORTFOLIO)
    ledger, evaluation = evaluate_with_ledger(rows, market(), options, (day(0), END))
    part = divide(ledger, _account, by_account=True)["a"]
    with pytest.raises(Invalid) as refused:
        explain(ledger, evaluation, "cost_basis", None, part)
    assert "not of part of pooled lots" in refused.value.faults[0].detail
    assert explain(ledger, evaluation, "drift", None, part).reason == "no_target"


def test_the_parts_of_an_account_have_what_is_in_it_alone() -> None:
    rows = numbered([draft("buy", 1, asset=key, quantity=1, gross=5, account=name) for key, name in ("Xa", "Yb")])
    options = Options(cash=CashMode.IMPLIED, scope=Scope(account="a"))
    ledger, _ = evaluate_with_ledger(rows, market(), options, (day(0), END))
    assert set(divide(ledger, _is_x)) == {_is_x("a", "X")}


def test_a_part_names_the_transactions_that_its_lots_came_by() -> None:
    rows = numbered([
        draft("deposit", 1, gross=50, currency="EUR"),
        draft("buy", 1, asset="Y", quantity=1, gross=10),
        draft("spin_off", 2, asset="Y", to_asset="X", to_quantity=1, cost_fraction="0.5"),
        draft("buy", 3, asset="Z", quantity=1, gross=5, currency="EUR"),
        draft("dividend", 4, asset="X", gross=1, currency="EUR"),
    ])  # fmt: skip
    ledger, evaluation = evaluate_with_ledger(rows, market(), Options(), (day(0), END))
    parts = divide(ledger, _is_x)

    def named(part: Part | None, key: str | None = None) -> list[str]:
        return [row.id for row in explain(ledger, evaluation, "market_value", key, part).transactions]

    assert named(parts[_is_x("", "X")]) == named(None, "X") == ["2", "3", "5"]
    assert named(parts[_is_x("", "EUR")]) == ["1", "2", "3", "4", "5"]
    assert named(divide(ledger, lambda _, key: key)["EUR"]) == ["1", "2", "4", "5"]


def test_money_that_is_not_tracked_moves_between_accounts_and_is_in_no_part() -> None:
    legs = [("transfer_out", "a"), ("transfer_in", "b")]
    moved = [draft(kind, 2, gross=3, currency="EUR", account=name, group="g") for kind, name in legs]
    rows = numbered([draft("buy", 1, asset="X", quantity=1, gross=5, account="a"), *moved])
    options = Options(cash=CashMode.IMPLIED, lot_scope=LotScope.PORTFOLIO)
    ledger, _ = evaluate_with_ledger(rows, market(), options, (day(0), END))
    parts = divide(ledger, _account, by_account=True)
    assert {key: set(part.tracks) for key, part in parts.items()} == {"a": {"X"}}


@FEW
@given(drafts(), policies())
def test_what_a_missing_rate_leaves_empty_says_why(rows: list[Draft], options: Options) -> None:
    rates = {("EUR", "CHF"): quotes(d30="0.8"), ("USD", "EUR"): RATES["USD", "EUR"]}
    assert wrong(rows, options, 0, rates=rates) == []


def test_a_sale_without_a_rate_leaves_the_gain_of_its_fee_in_units_known() -> None:
    bought = draft("buy", 1, asset="Y", quantity=2, unit_price=10, currency="EUR")
    sold = draft("sell", 9, asset="Y", quantity=1, unit_price=8, currency="CHF", fee="0.1", fee_currency="Y")
    options = Options(cash=CashMode.IMPLIED)
    ledger, evaluation = evaluate_with_ledger(numbered([bought, sold]), market(rates={}), options, (day(0), END))
    found = explained(ledger, evaluation, "realised_gain", "Y")
    assert [row["gain"] for row in found["disposals"]] == [None, "0"]
    assert wrong(numbered([bought, sold]), options, 0, rates={}) == []


STATED = ("quantity", "cost_basis", "average_price", "market_value")
GAINED = tuple(f"{kind}_gain{part}" for kind in ("realised", "unrealised") for part in ("", "_price", "_fx"))


@pytest.mark.parametrize("method", [method for method in LotMethod if method is not LotMethod.SPECIFIC])
@given(
    rows=drafts(), cash=st.sampled_from([CashMode.TRACKED, CashMode.IMPLIED]), quoted=st.sets(st.sampled_from("XYZ"))
)
@settings(max_examples=5 * FACTOR, deadline=None)
def test_evaluating_the_inputs_alone_gives_the_identical_text(
    method: LotMethod, rows: list[Draft], cash: CashMode, quoted: set[str]
) -> None:
    options = Options(lot_method=method, cash=cash)
    world = market(prices={key: PRICES[key] for key in quoted})
    ledger, evaluation = evaluate_with_ledger(rows, world, options, (day(0), END))
    for key in (None, *evaluation.by_asset):
        for name in (*STATED, *GAINED):
            if key is None and name in {"quantity", "average_price"}:
                continue
            shown = explained(ledger, evaluation, name, key)
            assert fed(shown, name) == shown["value"], (name, key)
    for name in ("income", "fees", "fees_in_cost", "fees_expensed", "taxes", "taxes_in_cost", "taxes_expensed"):
        shown = explained(ledger, evaluation, name, None)
        assert fed(shown, name) == shown["value"], name
    for name in ("simple_gain", "simple_return", "twr", "mwr", "modified_dietz", "volatility"):
        shown = explained(ledger, evaluation, name, None)
        if shown["value"] is not None:
            # float64 in another order: the twelfth decimal may differ.
            assert float(fed(shown, name)) == pytest.approx(float(shown["value"]), rel=1e-9, abs=1e-9), name


# ---------------------------------------------------------------------------------- what is shown, by example


def document(**changes: Any) -> str:
    rows = [
        {"date": "2024-01-02", "type": "deposit", "gross": "1000", "currency": "EUR"},
        {"date": "2024-01-02", "type": "buy", "symbol": "X", "quantity": "10", "unit_price": "50", "fee": "5",
         "currency": "USD", "fx_rate": "0.90"},
        {"date": "2024-07-01", "type": "sell", "symbol": "X", "quantity": "4", "unit_price": "60", "fee": "5",
         "currency": "USD", "fx_rate": "0.95"},
    ]  # fmt: skip
    given = {
        "base_currency": "EUR",
        "period": ["2024-01-01", "2024-12-31"],
        "transactions": rows,
        "prices": {"X": {"2024-01-02": "50", "2024-12-20": "70"}},
        "currencies": {"X": "USD"},
        "fx": {"USDEUR": {"2024-01-02": "0.91", "2024-12-31": "0.96"}},
    }
    return json.dumps({**given, **changes})


def test_a_realised_gain_names_its_sale_its_lot_and_its_rate() -> None:
    shown = json.loads(explain_document(document(), "realised.gain", "X"))
    assert shown["value"] == json.loads(evaluate_document(document()))["realised"]["gain"] == "41.45"
    [sale] = shown["disposals"]
    assert (sale["transaction"], sale["proceeds"], sale["cost"], sale["rate"]) == ("3", "223.25", "181.80", "0.95")
    [match] = shown["matches"]
    assert (match["lot"], match["quantity"], match["held_days"], match["term"]) == ("2#1", "4", 181, "short")
    assert [row["id"] for row in shown["transactions"]] == ["2", "3"]


def test_a_return_shows_the_stretches_between_flows() -> None:
    shown = json.loads(explain_document(document(), "performance.twr"))
    assert shown["value"] == 0.17195
    assert [(row["start"], row["end"], row["inflow"]) for row in shown["sub_periods"]] == [
        ("2024-01-01", "2024-01-02", "1000"),
        ("2024-01-02", "2024-12-31", "0"),
    ]
    assert shown["growth"] == "(end_value + outflow) / (start_value + inflow)"
    [price] = shown["prices"]
    assert (price["quoted_on"], price["age_days"], price["is_stale"], price["source"]) == (
        "2024-12-20",
        11,
        True,
        "quote",
    )


def test_growth_follows_from_the_smallest_value_too() -> None:
    rows = [
        draft("deposit", 1, gross="0.0000004160433604331", currency="EUR"),
        draft("deposit", 2, gross="0.00001", currency="EUR"),
        draft("interest", 4, gross="40", currency="EUR"),
        draft("withdrawal", 4, gross="40", currency="EUR"),
    ]
    assert wrong(rows, Options()) == []


def test_an_own_trade_that_stands_in_for_a_quote_says_so() -> None:
    shown = json.loads(explain_document(document(prices={}), "market_value", "X"))
    [price] = shown["prices"]
    assert (price["source"], price["quoted_on"], price["price"]) == ("trade", "2024-07-01", "60")


def test_a_quote_that_looks_back_says_its_own_day() -> None:
    options = {"price_before_first": "first_quote"}
    late = document(prices={"X": {"2025-06-01": "80"}}, options=options)
    [price] = json.loads(explain_document(late, "price", "X"))["prices"]
    assert (price["source"], price["quoted_on"], price["age_days"]) == ("quote", "2025-06-01", 0)


def test_a_missing_rate_leaves_the_figure_empty_and_says_so() -> None:
    for figure in ("market_value", "twr", "roai.net", "cost_basis", "weight"):
        rows = json.loads(document())["transactions"]
        rows[1].pop("fx_rate")
        shown = json.loads(explain_document(document(fx={}, transactions=rows[:2]), figure, "X"))
        assert (shown["value"], shown["reason"]) == (None, "missing_rate"), figure


def test_what_is_not_held_has_no_price_and_a_share_of_nothing_no_value() -> None:
    rows = numbered([draft("buy", 1, asset="Y", quantity=1, gross=5), draft("sell", 2, asset="Y", quantity=1, gross=5)])
    ledger, evaluation = evaluate_with_ledger(rows, market(), Options(), (day(0), END))
    found = {name: explain(ledger, evaluation, name, "Y") for name in ("price", "average_price", "weight", "roai_net")}
    assert {name: row.reason for name, row in found.items()} == {
        "price": "nothing_held", "average_price": "nothing_held", "weight": "no_capital", "roai_net": None,
    }  # fmt: skip
    idle = evaluate_with_ledger(rows, market(), Options(), (day(10), END))
    assert explain(*idle, "roai_net", "Y").reason == "no_capital"
    kept = numbered([draft("reward", 1, asset="W", quantity=1)])
    free = evaluate_with_ledger(kept, market(), Options(), (day(0), END))
    assert explain(*free, "price", "W").reason == "no_price"


def test_a_fall_that_is_not_made_good_has_no_days_of_recovery() -> None:
    rows = numbered([draft("buy", 1, asset="Y", quantity=1, gross=10)])
    ledger, evaluation = evaluate_with_ledger(rows, market(), Options(), (day(0), END))
    shown = explain(ledger, evaluation, "recovery_days", None)
    assert (shown.value, shown.reason) == (None, "not_recovered")
    assert [term.name for term in shown.terms] == ["high", "trough"]
    idle = evaluate_with_ledger(rows, market(), Options(), (day(50), END))
    assert explain(*idle, "recovery_days", None).reason == "no_fall"
    deep = explain(ledger, evaluation, "drawdown_max", None)
    assert {term.name: str(term.day) for term in deep.terms} == {"high": "2024-01-16", "trough": "2024-02-10"}


def test_every_root_of_a_rate_that_is_not_one_is_shown() -> None:
    rows = [
        {"date": "2020-01-01", "type": "deposit", "gross": "100", "currency": "EUR"},
        {"date": "2020-12-31", "type": "withdrawal", "gross": "230", "currency": "EUR"},
        {"date": "2021-12-31", "type": "deposit", "gross": "132", "currency": "EUR"},
        {"date": "2020-06-01", "type": "dividend", "symbol": "X", "gross": "130", "currency": "EUR"},
        {"date": "2021-12-31", "type": "fee", "gross": "132", "currency": "EUR"},
    ]
    text = document(transactions=rows, period=["2019-12-31", "2021-12-31"])
    shown = json.loads(explain_document(text, "mwr"))
    assert (shown["value"], shown["reason"]) == (None, "multiple_roots")
    assert [row["value"] for row in shown["terms"] if row["name"] == "root"] == pytest.approx([0.1, 0.2], abs=1e-3)


@pytest.mark.parametrize("kind", ["swap", "merger"])
def test_a_price_made_by_an_exchange_shows_the_prices_it_was_made_from(kind: str) -> None:
    rows = [
        {"date": "2024-01-02", "type": "buy", "symbol": "X", "quantity": "10", "unit_price": "10"},
        {"date": "2024-01-10", "type": kind, "symbol": "X", "quantity": "10", "to_symbol": "W", "to_quantity": "5"},
    ]
    text = document(transactions=rows, prices={"X": {"2024-01-05": "30"}}, currencies={}, fx={})
    for figure in ("market_value", "price", "weight"):
        shown = json.loads(explain_document(text, figure, "W"))
        assert [row["id"] for row in shown["transactions"]] == ["1", "2"]
        assert {(row["symbol"], row["on"], row["source"]) for row in shown["prices"]} == {
            ("X", "2024-01-10", "quote"), ("W", "2024-01-10", "trade"), ("W", "2024-12-31", "trade"),
        }  # fmt: skip


@pytest.mark.parametrize(
    ("figure", "key", "said"),
    [
        ("twx", None, "'twx' is no figure; there are quantity, cost_basis,"),
        ("quantity", None, "quantity is a figure of asset, not of portfolio"),
        ("twr", "EUR", "twr is a figure of asset and portfolio, not of currency"),
        ("cash", "JPY", "'JPY' is in no transaction of this scope"),
        ("twr", "NONE", "'NONE' is in no transaction of this scope"),
    ],
)
def test_a_figure_that_does_not_exist_is_refused_with_those_that_do(figure: str, key: str | None, said: str) -> None:
    with pytest.raises(Invalid) as error:
        explain_document(document(), figure, key)
    assert error.value.faults[0].detail.startswith(said)


def test_a_bare_series_has_nothing_behind_its_figures() -> None:
    text = json.dumps({"base_currency": "EUR", "returns": ["0.1"]})
    with pytest.raises(Invalid) as error:
        explain_document(text, "twr")
    assert [fault.pointer for fault in error.value.faults] == ["/transactions"]


def test_a_book_without_a_day_or_a_holding_is_explained_too() -> None:
    rows = numbered([draft("deposit", 1, gross=10, currency="EUR")])
    assert wrong(rows, Options(), DAYS) == []
    ledger, evaluation = evaluate_with_ledger([], market(), Options(), (day(0), day(0)))
    assert [disagreements(shown) for shown in every_figure(ledger, evaluation) if disagreements(shown)] == []


def test_the_capital_of_a_period_of_no_day_is_what_there_was() -> None:
    rows = numbered([draft("deposit", 1, gross=10, currency="EUR")])
    ledger, evaluation = evaluate_with_ledger(rows, market(), Options(), (day(5), day(5)))
    shown = explain(ledger, evaluation, "modified_dietz")
    assert (shown.value, {term.name: term.value for term in shown.terms}["average_capital"]) == (0, 10)


def test_warnings_are_those_of_the_asset_asked_for() -> None:
    rows = numbered(
        [draft("sell", 1, asset="X", quantity=1, gross=5), draft("sell", 1, asset="Y", quantity=1, gross=5)]
    )
    ledger, evaluation = evaluate_with_ledger(rows, market(prices=PRICES), Options(), (day(0), END))
    assert {row.asset for row in explain(ledger, evaluation, "quantity", "X").warnings} == {None, "X"}
    assert {row.asset for row in explain(ledger, evaluation, "twr").warnings} >= {"X", "Y"}


def test_another_portfolio_of_the_same_ledger_is_left_out() -> None:
    rows = [draft("buy", 1, asset="Y", quantity=2, gross=20, portfolio=name) for name in ("p", "q")]
    options = Options(scope=Scope(portfolio="p"))
    ledger, evaluation = evaluate_with_ledger(numbered(rows), market(), options, (day(0), END))
    assert [row.transaction for row in explain(ledger, evaluation, "quantity", "Y").contributions] == ["1"]
    assert wrong(numbered(rows), options) == []


@pytest.mark.parametrize("portfolio", ["p", "q"])
@pytest.mark.parametrize("arrival", [2, 99])
def test_what_is_on_its_way_between_portfolios_is_that_of_the_one_it_left(portfolio: str, arrival: int) -> None:
    left, came = {"portfolio": "p", "account": "a"}, {"portfolio": "q", "account": "b"}
    rows = [draft("buy", 1, asset="Y", quantity=2, gross=20, **left)]
    for group, moved in (("y", {"asset": "Y", "quantity": 2}), ("m", {"gross": 7, "currency": "EUR"})):
        rows += [
            draft("transfer_out", 2, group=group, **moved, **left),
            draft("transfer_in", arrival, group=group, **moved, **came),
        ]
    options = Options(scope=Scope(portfolio=portfolio), cash=CashMode.TRACKED)
    assert wrong(numbered(rows), options) == []


def test_a_share_is_bought_or_sold_of_something_alone() -> None:
    half, whole, held = Decimal("0.5"), Decimal(100), Decimal(10)
    assert trade_to(half, whole, held) == 40
    assert trade_to(None, whole, held) is trade_to(half, None, held) is trade_to(half, whole, None) is None
    assert trade_to(half, Decimal(0), Decimal(0)) is None


def test_every_name_is_that_of_one_figure() -> None:
    assert {figure.name for figure in FIGURES.values()} == set(FIGURES)
    assert all(figure.words.endswith(".") for figure in FIGURES.values())
