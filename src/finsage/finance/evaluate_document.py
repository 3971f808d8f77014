"""The door of ``finsage evaluate``: JSON text in, JSON text out."""

from __future__ import annotations

from finsage.finance.evaluation import evaluate
from finsage.finance.options import Options, PriceBeforeFirst, RateBeforeFirst
from finsage.finance.reading import Document, read_document
from finsage.finance.rendering import Json, evaluation_json, notice_json, performance_json, render, risk_json
from finsage.finance.results import Notice
from finsage.finance.series_mode import measure_flows, measure_returns, measure_values, no_risk


def evaluate_document(text: str) -> str:
    """Evaluate an input document.

    Args:
        text: JSON as ledger and options, or values, flows or returns.

    Returns:
        JSON text; the same input always gives the same text.

    Raises:
        Invalid: with a fault, by JSON pointer, for every place that is wrong.
        IdentityBroken: the figures do not add up, which is a fault of this program.
    """
    document = read_document(text)
    if document.returns is not None:
        performance, risk = measure_returns(document.returns, document.options)
        return render(_rates({"performance": performance_json(performance), "risk": risk_json(risk)}))
    if document.values is not None:
        measured = measure_values(document.values, document.flows or [], document.options)
        rates = {"performance": performance_json(measured.performance), "risk": risk_json(measured.risk)}
        return render(_rates(rates))
    if document.flows is not None:
        performance = measure_flows(document.flows)
        return render(_rates({"performance": performance_json(performance), "risk": risk_json(no_risk())}))
    return render(_ledger(document))


def _rates(rates: Json) -> Json:
    return {**rates, "warnings": []}


def _ledger(document: Document) -> Json:
    evaluation = evaluate(document.drafts, document.market, document.options, document.period)
    answer = evaluation_json(evaluation)
    answer["warnings"] += [notice_json(notice) for notice in _compatibility(document.options)]
    return answer


def _compatibility(options: Options) -> list[Notice]:
    """Choices that look into the future exist for comparison only, and are told."""
    notices = []
    if options.price_before_first is PriceBeforeFirst.FIRST_QUOTE:
        notices.append(Notice("price_before_first", "days before the first quote use the first quote"))
    if options.fx_before_first is RateBeforeFirst.FIRST_QUOTE:
        notices.append(Notice("fx_before_first", "days before the first rate use the first rate"))
    return notices
