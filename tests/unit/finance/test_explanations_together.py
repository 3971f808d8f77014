"""Figures of several portfolios as one: explained to the last row, and the same as those that are combined."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from unit.finance.explanations import benchmarks, disagreements, explained, figures_of
from unit.finance.ledgers import DAYS, RATES, day, draft, drafts, market, numbered, policies, quotes

from finsage.errors import Invalid
from finsage.finance.benchmark import measure_benchmark
from finsage.finance.combined import Combined, combine
from finsage.finance.evaluation import evaluate_with_ledger
from finsage.finance.explanation.basis import Against
from finsage.finance.explanation.explain import explain, explain_together
from finsage.finance.explanation.figures import FIGURES
from finsage.finance.explanation.rendering import explanation_json
from finsage.finance.ledger import Ledger
from finsage.finance.options import CalendarChoice, CashMode, FlowTiming, LotMethod, Options
from finsage.finance.rendering import render
from finsage.finance.results import Evaluation
from finsage.finance.transaction import Draft
from finsage.finance.valuation import Market

FACTOR = int(os.environ.get("FINSAGE_TEST_EXAMPLES_FACTOR", "1"))
FEW = settings(max_examples=6 * FACTOR, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
END = day(DAYS)
NAMES = [name for name, figure in FIGURES.items() if "portfolio" in figure.of]
# Where the answer of all portfolios has them; the others have no place in it.
MEASURED = {
    "market_value": "market_value",
    "start_value": "start_value",
    "net_flow": "net_flow",
    "realised_gain": "realised.gain",
    "realised_gain_price": "realised.price",
    "realised_gain_fx": "realised.fx",
    "unrealised_gain": "unrealised.gain",
    "unrealised_gain_price": "unrealised.price",
    "unrealised_gain_fx": "unrealised.fx",
    "income": "income",
    "fees": "fees.total",
    "fees_in_cost": "fees.in_cost",
    "fees_expensed": "fees.expensed",
    "taxes": "taxes.total",
    "taxes_in_cost": "taxes.in_cost",
    "taxes_expensed": "taxes.expensed",
    "simple_gain": "performance.simple_gain",
    "simple_return": "performance.simple_return",
    "twr": "performance.twr",
    "twr_annualised": "performance.twr_annualised",
    "mwr": "performance.mwr",
    "mwr_period": "performance.mwr_period",
    "modified_dietz": "performance.modified_dietz",
    "roai_net": "performance.roai.net",
    "roai_gross": "performance.roai.gross",
    "roai_net_end_fx": "performance.roai.net_end_fx",
    "roai_gross_end_fx": "performance.roai.gross_end_fx",
    "twi": "performance.roai.twi",
    "volatility": "risk.volatility",
    "volatility_period": "risk.volatility_period",
    "semi_volatility_period": "risk.semi_volatility_period",
    "drawdown_max": "risk.drawdown_max",
    "drawdown_days": "risk.drawdown_days",
    "recovery_days": "risk.recovery_days",
}

Owned = dict[str, tuple[Ledger, Evaluation]]


def owned(books: dict[str, tuple[list[Draft], Options]], start: int = 0, **changes: Any) -> Owned:
    """Every portfolio on its own; the ids of its transactions are in no other."""
    found: Owned = {}
    for name, (rows, options) in books.items():
        own = [
            replace(
                row,
                id=f"{name}-{row.id}",
                portfolio=name,
                lot_ids=tuple(f"{name}-{lot}" for lot in row.lot_ids),
            )
            for row in rows
        ]
        found[name] = evaluate_with_ledger(own, market(**changes), replace(options, series=True), (day(start), END))
    return found


def together(portfolios: Owned, options: Options, start: int = 0) -> Combined:
    return combine([row for _, row in portfolios.values()], options, start=day(start), end=END)


def every_one(portfolios: Owned, combined: Combined, options: Options) -> dict[str, dict[str, Any]]:
    return {
        name: json.loads(render(explanation_json(explain_together(portfolios, combined, options, "EUR", name))))
        for name in NAMES
    }


def wrong(portfolios: Owned, options: Options, start: int = 0) -> list[str]:
    """What does not follow from what is shown, is not the figure that was measured, or is not what each one has."""
    combined = together(portfolios, options, start)
    found = []
    for name, shown in every_one(portfolios, combined, options).items():
        if fault := disagreements(shown):
            found.append(fault)
        if name in MEASURED and explain_together(portfolios, combined, options, "EUR", name).value != at(
            combined, MEASURED[name]
        ):
            found.append(f"{name} is not the one that was measured")
        for row in shown.get("portions", []):
            own = explained(*portfolios[row["portfolio"]], row["figure"], None)
            if own["value"] != row["value"] or disagreements(own):
                found.append(f"{row} of {name} is {own['value']} by itself")
    return found


def at(combined: Combined, path: str) -> Any:
    found: Any = combined
    for part in path.split("."):
        found = getattr(found, part)
    return found


@FEW
@given(st.tuples(*[st.tuples(drafts(), policies())] * 2), st.integers(0, DAYS), st.sampled_from(FlowTiming))
def test_every_figure_of_all_follows_from_what_is_shown(
    books: tuple[tuple[list[Draft], Options], ...], start: int, timing: FlowTiming
) -> None:
    options = Options(flow_timing=timing, calendar=CalendarChoice.ALL_DAYS, annualise_after_days=30)
    own = {name: (rows, replace(made, flow_timing=timing)) for name, (rows, made) in zip("pq", books, strict=True)}
    assert wrong(owned(own, start), options, start) == []


@FEW
@given(
    st.tuples(*[st.tuples(drafts(), policies())] * 2), benchmarks(), st.integers(0, DAYS), st.sampled_from(FlowTiming)
)
def test_so_does_every_figure_of_a_benchmark_beside_all(
    books: tuple[tuple[list[Draft], Options], ...], beside: tuple[Market, Against], start: int, timing: FlowTiming
) -> None:
    world, against = beside
    options = Options(flow_timing=timing, calendar=CalendarChoice.ALL_DAYS, annualise_after_days=30)
    own = {name: (rows, replace(made, flow_timing=timing)) for name, (rows, made) in zip("pq", books, strict=True)}
    portfolios = owned(own, start, assets=world.assets, prices=world.prices, rates=world.rates)
    combined = together(portfolios, options, start)
    drafts_of_all = [entry.draft for ledger, _ in portfolios.values() for entry in ledger.entries]
    against = replace(against, splits=(*against.splits, *drafts_of_all))
    measured = measure_benchmark(
        world.assets[against.asset], world, options, start=combined.start, end=combined.end,
        first=combined.start_value, flows=combined.flows, splits=against.splits,
    )  # fmt: skip
    for name, value in figures_of(measured, combined.performance).items():
        found = explain_together(portfolios, combined, options, "EUR", name, against=against)
        assert (found.value, found.benchmark) == (value, against.asset), name
        assert disagreements(json.loads(render(explanation_json(found)))) is None
        assert {row.figure for row in found.portions} <= {"start_value", "net_flow"}
        for row in found.portions:
            assert row.value == explain(*portfolios[row.portfolio], row.figure).value, (name, row)


def test_closes_of_a_benchmark_are_nobodys_and_beside_nothing_there_is_none() -> None:
    rows = numbered([draft("deposit", 2, gross=90, currency="EUR")])
    portfolios = owned({"p": (rows, Options()), "q": (rows, Options())}, prices={"X": quotes(d0="10", d50="12")})
    combined = together(portfolios, Options())
    found = explain_together(portfolios, combined, Options(), "EUR", "same_flows_gain", against=Against("X"))
    assert [(row.portfolio, row.transaction, row.amount) for row in found.bought] == [
        ("p", "p-1", 90),
        ("q", "q-1", 90),
    ]
    assert [(row.portfolio, row.figure, row.value) for row in found.portions] == [
        ("p", "start_value", 0), ("q", "start_value", 0), ("p", "net_flow", 90), ("q", "net_flow", 90),
    ]  # fmt: skip
    price = explain_together(portfolios, combined, Options(), "EUR", "benchmark_twr", against=Against("X"))
    assert price.portions == ()
    assert [(row.asset, row.portfolio, row.price) for row in found.prices] == [("X", None, 10), ("X", None, 12)]
    assert [(row.base, row.quote, row.on) for row in found.rates] == [("USD", "EUR", day(2)), ("USD", "EUR", END)]
    with pytest.raises(Invalid) as error:
        explain_together({}, together({}, Options()), Options(), "EUR", "same_flows_gain", against=Against("X"))
    assert error.value.faults[0].pointer == "/benchmark"


@pytest.mark.parametrize("method", [method for method in LotMethod if method is not LotMethod.SPECIFIC])
@settings(max_examples=2 * FACTOR, deadline=None)
@given(drafts(), drafts(), drafts())
def test_so_it_does_by_every_lot_method(
    method: LotMethod, one: list[Draft], other: list[Draft], third: list[Draft]
) -> None:
    own = Options(lot_method=method, cash=CashMode.IMPLIED)
    books = {"p": (one, own), "q": (other, replace(own, fees_in_cost=False)), "r": (third, own)}
    assert wrong(owned(books, 3), Options(), 3) == []


@FEW
@given(drafts(), drafts(), policies())
def test_what_one_does_not_know_is_not_known_of_all_and_says_why(
    one: list[Draft], other: list[Draft], options: Options
) -> None:
    rates = {("EUR", "CHF"): quotes(d30="0.8"), ("USD", "EUR"): RATES["USD", "EUR"]}
    assert wrong(owned({"p": (one, options), "q": (other, options)}, rates=rates), Options()) == []


def test_rows_say_whose_they_are_and_a_price_of_ones_own_trade_is_nobody_elses() -> None:
    bought = numbered([draft("deposit", 1, gross=90, currency="EUR"), draft("buy", 2, asset="Y", quantity=1, gross=8)])
    dearer = numbered([draft("buy", 3, asset="Y", quantity=2, gross=30)])
    implied = Options(cash=CashMode.IMPLIED)
    portfolios = owned({"p": (bought, Options()), "q": (dearer, implied)}, prices={})
    combined = together(portfolios, Options())
    shown = every_one(portfolios, combined, Options())
    value = shown["market_value"]
    assert value["value"] == "120"
    assert [(row["portfolio"], row["symbol"], row["price"], row["value"]) for row in value["valuations"]] == [
        ("p", "EUR", None, "82"), ("p", "Y", "8", "8"), ("q", "Y", "15", "30"),
    ]  # fmt: skip
    assert [(row["portfolio"], row["price"], row["source"]) for row in value["prices"]] == [
        ("p", "8", "trade"), ("q", "15", "trade"),
    ]  # fmt: skip
    assert [(row["portfolio"], row["term"], row["figure"], row["value"]) for row in value["portions"]] == [
        ("p", "market_value", "market_value", "90"), ("q", "market_value", "market_value", "30"),
    ]  # fmt: skip
    gain = shown["unrealised_gain"]
    assert {row["name"]: row["value"] for row in gain["terms"]}["end_value"] == "120"
    flows = shown["twr"]["flows"]
    assert [(row["portfolio"], row["transaction"], row["amount"]) for row in flows] == [
        ("p", "p-1", "90"), ("q", "q-1", "30"),
    ]  # fmt: skip
    assert {(row["term"], row["figure"]) for row in shown["twr"]["portions"]} == {
        ("start_value", "start_value"), ("end_value", "market_value"), ("net_flow", "net_flow"),
    }  # fmt: skip
    assert [(row["portfolio"], row["figure"]) for row in shown["roai_net"]["portions"]] == [("p", "twi"), ("q", "twi")]
    assert [row["id"] for row in shown["twr"]["transactions"]] == ["p-1", "q-1"]
    made = explain_together(portfolios, combined, Options(), "EUR", "twr")
    assert [row.cash for row in made.choices] == [CashMode.TRACKED, CashMode.IMPLIED]


def test_no_portfolio_at_all_has_nothing() -> None:
    combined = together({}, Options())
    shown = every_one({}, combined, Options())
    assert (shown["market_value"]["value"], shown["net_flow"]["value"]) == ("0", "0")
    assert (shown["mwr"]["value"], shown["mwr"]["reason"]) == (None, combined.performance.reasons["mwr"])


@pytest.mark.parametrize(
    ("figure", "said"),
    [
        ("twx", "'twx' is no figure; there are quantity,"),
        ("quantity", "quantity is a figure of asset, not of portfolio"),
        ("benchmark_twr", "benchmark_twr is a figure of benchmark, not of portfolio"),
    ],
)
def test_what_is_no_figure_of_portfolios_is_refused(figure: str, said: str) -> None:
    with pytest.raises(Invalid) as error:
        explain_together({}, together({}, Options()), Options(), "EUR", figure)
    assert error.value.faults[0].detail.startswith(said)
