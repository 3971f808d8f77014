"""The door of ``finsage evaluate --explain``: JSON text in, JSON text out."""

from __future__ import annotations

from finsage.errors import Fault, Invalid
from finsage.finance.evaluation import evaluate_with_ledger
from finsage.finance.explanation.explain import explain
from finsage.finance.explanation.rendering import explanation_json
from finsage.finance.reading import read_document
from finsage.finance.rendering import render


def explain_document(text: str, figure: str, key: str | None = None) -> str:
    """Explain a figure of an input document.

    Args:
        text: a ledger as JSON, as ``evaluate_document`` takes it.
        figure: its name, or its path in the output of ``finsage evaluate``.
        key: the symbol whose figure it is, or for ``cash`` the currency.

    Returns:
        JSON text; the same input always gives the same text.

    Raises:
        Invalid: the document is wrong, holds no transactions, or has no such figure.
        IdentityBroken: the figures do not add up, which is a fault of this program.
    """
    document = read_document(text)
    if any(part is not None for part in (document.values, document.flows, document.returns)):
        detail = "only figures of transactions can be explained: a series is all there is to its figures"
        raise Invalid(faults=(Fault("/transactions", detail),))
    ledger, evaluation = evaluate_with_ledger(document.drafts, document.market, document.options, document.period)
    return render(explanation_json(explain(ledger, evaluation, figure, key)))
