"""Explaining every figure of a ledger, as the command writes it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st
from oracle.by_hand import recompute
from unit.finance.ledgers import ASSETS, DAYS, PRICES, RATES, amounts, day, draft, market

from finsage.finance.asset import Asset
from finsage.finance.benchmark import Benchmark
from finsage.finance.evaluate_document import evaluate_document
from finsage.finance.explanation.basis import Against
from finsage.finance.explanation.explain import explain
from finsage.finance.explanation.figures import FIGURES
from finsage.finance.explanation.rendering import explanation_json
from finsage.finance.ledger import Ledger
from finsage.finance.part import Part
from finsage.finance.quote import QuoteSeries
from finsage.finance.rendering import render
from finsage.finance.results import Evaluation, Performance
from finsage.finance.valuation import Market

# Money is shown exactly; a quotient has 18 decimals, a ratio 12 and values between flows 9.
EXACT = {"money", "units"}


def explained(
    ledger: Ledger,
    evaluation: Evaluation,
    figure: str,
    key: str | None,
    part: Part | None = None,
    *,
    against: Against | None = None,
    target: Decimal | None = None,
) -> dict[str, Any]:
    found = explain(ledger, evaluation, figure, key, part, against=against, target=target)
    return json.loads(render(explanation_json(found)))


def every_figure(ledger: Ledger, evaluation: Evaluation) -> Iterator[dict[str, Any]]:
    """The explanations of all figures of the portfolio, each asset and each currency."""
    kinds = [(None, "portfolio"), *((key, "asset") for key in evaluation.by_asset)]
    kinds += [(key, "currency") for key in evaluation.cash]
    for name, figure in FIGURES.items():
        for key, kind in kinds:
            if kind in figure.of:
                yield explained(ledger, evaluation, name, key)


def every_comparison(ledger: Ledger, evaluation: Evaluation, against: Against) -> Iterator[dict[str, Any]]:
    """The explanations of all figures of a benchmark, beside the portfolio and each asset."""
    for name, figure in FIGURES.items():
        if "benchmark" in figure.of:
            for key in (None, *evaluation.by_asset):
                yield explained(ledger, evaluation, name, key, against=against)


B = Asset("B", "CHF")


@st.composite
def benchmarks(draw: st.DrawFn) -> tuple[Market, Against]:
    """One held, with a price from the start or later, or one beside the books, in a currency with or without a rate."""
    key = draw(st.sampled_from("BBXYZ"))
    first = draw(st.sampled_from([-3, -3, 0, 4, 30]))
    days = sorted(draw(st.sets(st.integers(first + 1, DAYS), max_size=8)) | {first})
    closes = {day(offset): draw(amounts(5, 40)) for offset in days}
    given = market(assets={**ASSETS, "B": B}, prices={**PRICES, key: QuoteSeries.of(closes)})
    own = draw(st.sampled_from([{}, {("USD", "EUR"): RATES["USD", "EUR"]}, RATES, RATES]))
    splits = [draft("split", draw(st.integers(-5, DAYS)), asset="B", ratio=draw(st.sampled_from(["2", "0.1", "1.5"])))]
    return replace(given, rates=own), Against(key, splits)


def figures_of(measured: Benchmark, own: Performance) -> dict[str, Any]:
    """The figures of a benchmark and the differences from them, by the names that explain them."""
    price, same = measured.price, measured.same_flows.performance
    return {
        "benchmark_twr": price.performance.twr,
        "benchmark_twr_annualised": price.performance.twr_annualised,
        "benchmark_volatility": price.risk.volatility,
        "benchmark_drawdown_max": price.risk.drawdown_max,
        "twr_difference": _less(own.twr, price.performance.twr),
        "same_flows_value": measured.end_value,
        "same_flows_gain": same.simple_gain,
        "same_flows_mwr": same.mwr,
        "same_flows_mwr_period": same.mwr_period,
        "mwr_difference": _less(own.mwr, same.mwr),
    }


def _less(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def disagreements(shown: dict[str, Any]) -> str | None:
    """What is wrong when the figure is worked out again from its explanation; None when nothing is."""
    if shown["value"] is None:
        return None if _is_plausible(shown) else f"{shown['figure']} of {shown['symbol']}: empty for {shown['reason']}"
    again = recompute(shown)
    given = Decimal(str(shown["value"]))
    if again is None:
        return f"{shown['figure']}: {given} cannot be worked out"
    if shown["kind"] in EXACT and shown["formula"] != "twi":
        is_same = again == Fraction(given)
    else:
        is_same = abs(float(again) - float(given)) <= 2e-9 * max(1.0, abs(float(given))) + _of_rounding(shown)
    return None if is_same else f"{shown['figure']} of {shown['symbol']}: {given} shown, {float(again)} worked out"


# Reasons that only some figures can have; a missing rate is told by a warning, wherever it leaves something empty.
_RETURNS = {"simple_return", "modified_dietz", "mwr", "mwr_period", "twr", "twr_annualised"}
_RISKS = {"volatility", "volatility_period", "semi_volatility_period", "drawdown_max", "drawdown_days", "recovery_days"}
_BENCHMARK = {name for name, figure in FIGURES.items() if "benchmark" in figure.of}
_SAME_RATES = {"same_flows_mwr", "same_flows_mwr_period", "mwr_difference"}
_EMPTY_FOR = {
    "negative_value": _RETURNS | _RISKS | _SAME_RATES | {"twr_difference"},
    "no_root": {"mwr", "mwr_period"} | _SAME_RATES,
    "multiple_roots": {"mwr", "mwr_period"} | _SAME_RATES,
    "short_period": {"twr_annualised", "benchmark_twr_annualised"},
    "few_returns": {"volatility", "volatility_period", "semi_volatility_period", "benchmark_volatility"},
    "no_fall": {"recovery_days"},
    "not_recovered": {"recovery_days"},
    "nothing_held": {"price", "average_price"},
    "no_price": {"price"} | _BENCHMARK,
    "no_new_price": {"day_return"},
    "no_target": {"drift", "trade"},
    "no_capital": {
        "day_return",
        "drift",
        "trade",
        "simple_return",
        "modified_dietz",
        "unrealised_return",
        "weight",
        "twi",
    },
}


def _is_plausible(shown: dict[str, Any]) -> bool:
    """Whether a figure may be empty for the reason it gives, as far as the rest of the explanation tells."""
    reason, name = shown["reason"], shown["formula"]
    terms = {row["name"]: row for row in shown.get("terms", [])}
    if reason == "missing_rate":
        codes = {row["code"] for row in shown.get("warnings", [])}
        # Of a benchmark the line without a value tells it.
        is_unknown = any(row["value"] is None for row in shown.get("unit_values", []))
        return "missing_rate" in codes or (is_unknown and name in _BENCHMARK)
    if reason in {"no_fall", "not_recovered"} and (terms["trough"]["value"] < terms["high"]["value"]) != (
        reason == "not_recovered"
    ):
        return False
    if reason == "no_new_price" and (
        float(terms["simple_gain"]["value"] or 0)
        or shown["period"][1] in {row["quoted_on"] for row in shown.get("prices", [])}
    ):
        return False
    if reason == "multiple_roots" and name in {"mwr", "same_flows_mwr"} and "root" not in terms:
        return False
    return name in _EMPTY_FOR.get(reason, set()) or (reason == "no_capital" and name.startswith("roai_"))


def _of_rounding(shown: dict[str, Any]) -> float:
    """How far a power of a rate may be off for the twelve decimals the rate is shown with: near -1 that counts."""
    terms = {row["name"]: row["value"] for row in shown.get("terms", [])}
    source, power = {
        "mwr_period": ("mwr", terms.get("days", 0) / 365),
        "same_flows_mwr_period": ("same_flows_mwr", terms.get("days", 0) / 365),
        "twr_annualised": ("twr", 365 / (terms.get("days") or 1)),
        "benchmark_twr_annualised": ("benchmark_twr", 365 / (terms.get("days") or 1)),
    }.get(shown["formula"], ("", 0.0))
    if not source:
        return 0.0
    return 1e-12 * power * (1.0 + shown["value"]) / max(1.0 + terms[source], 1e-12)


# ------------------------------------------------------------------------------------------- feeding it back

_PATHS = {
    "cost_basis": ("invested",),
    "fees": ("fees", "total"),
    "taxes": ("taxes", "total"),
    "volatility": ("risk", "volatility"),
    **{name: ("performance", name) for name in ("simple_gain", "simple_return", "twr", "mwr", "modified_dietz")},
    **{
        f"{kind}_gain{end}": (kind, part)
        for kind in ("realised", "unrealised")
        for end, part in (("", "gain"), ("_price", "price"), ("_fx", "fx"))
    },
    **{f"{kind}_{part}": (kind, part) for kind in ("fees", "taxes") for part in ("in_cost", "expensed")},
}


def fed(shown: dict[str, Any], name: str) -> Any:
    """What ``evaluate`` answers when it is given the inputs of an explanation and nothing else."""
    if shown["curve"]:
        given = {"returns": [repr_of(value) for value in shown["curve"]["values"]], "options": _options(shown)}
        return _at(json.loads(evaluate_document(json.dumps({"base_currency": "EUR", **given}))), _PATHS[name])
    if name in {"simple_gain", "simple_return", "twr", "mwr", "modified_dietz"}:
        return _at(json.loads(evaluate_document(json.dumps(_series(shown)))), _PATHS[name])
    answer = json.loads(evaluate_document(json.dumps(_ledger(shown))))
    key = shown["symbol"]
    if key is None:
        return _at(answer, _PATHS.get(name, (name,)))
    if name == "average_price":
        return next((row[name] for row in answer["holdings"] if row["symbol"] == key), None)
    # Of an asset whose inputs are no transaction at all, all there is is nothing.
    own = answer["by_symbol"][key]
    return _at(own, ("cost",) if name == "cost_basis" else _PATHS.get(name, (name,)))


def repr_of(value: float) -> str:
    return f"{Decimal(repr(value)):f}"


def _at(answer: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        answer = answer[part]
    return answer


def _options(shown: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shown["options"].items() if value is not None}


def _series(shown: dict[str, Any]) -> dict[str, Any]:
    terms = {row["name"]: row["value"] for row in shown["terms"]}
    start, end = shown["period"]
    # Only twr looks at values inside the period.
    values = {row["day"]: "1" for row in shown.get("flows", [])}
    for row in shown.get("sub_periods", []):
        values |= {row["start"]: row["start_value"], row["end"]: row["end_value"]}
    values |= {start: terms["start_value"], end: terms["end_value"]}
    flows = [[row["day"], row["amount"]] for row in shown.get("flows", [])]
    return {"base_currency": "EUR", "values": values, "flows": flows, "options": _options(shown)}


def _ledger(shown: dict[str, Any]) -> dict[str, Any]:
    prices: dict[str, dict[str, str]] = {}
    for row in shown.get("prices", []):
        if row["source"] == "quote":
            prices.setdefault(row["symbol"], {})[row["on"]] = row["price"]
    rates: dict[str, dict[str, str]] = {}
    for row in shown.get("rates", []):
        rates.setdefault(f"{row['base']}{row['quote']}", {})[row["on"]] = row["rate"]
    return {
        "base_currency": shown["base_currency"],
        "period": shown["period"],
        "transactions": shown.get("transactions", []),
        "prices": prices,
        "currencies": {"X": "USD", "Y": "EUR", "Z": "CHF"},
        "multipliers": {"Z": "10"},
        "fx": rates,
        "options": _options(shown),
    }
