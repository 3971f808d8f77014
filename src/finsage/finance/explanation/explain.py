"""Say how a figure came about."""

from __future__ import annotations

from finsage.errors import Fault, Invalid
from finsage.finance.explanation.basis import Basis
from finsage.finance.explanation.figures import FIGURES, MISSING_RATE, Figure, figure_named
from finsage.finance.explanation.model import Explanation
from finsage.finance.explanation.parts import prices_used, rates_used
from finsage.finance.ledger import Ledger
from finsage.finance.money import exact
from finsage.finance.part import Part
from finsage.finance.results import Evaluation, Notice


def explain(
    ledger: Ledger, evaluation: Evaluation, name: str, key: str | None = None, part: Part | None = None
) -> Explanation:
    """How a figure came about.

    Args:
        ledger: the folded transactions.
        evaluation: of this ledger, with the figures of each asset.
        name: the figure, by its own name or its path in the output of ``finsage evaluate``.
        key: the asset whose figure it is, or for ``cash`` the currency; None for the whole scope.
        part: some of what is held, in the place of a key.

    Returns:
        The figure exactly as the evaluation has it, with all it follows from.

    Raises:
        Invalid: no such figure, or none of that asset; the valid ones are named.
    """
    figure = figure_named(name)
    if figure is None:
        detail = f"{name[:60]!r} is no figure; there are {', '.join(FIGURES)}"
        raise Invalid("There is no such figure.", faults=(Fault("/figure", detail),))
    with exact():
        basis = Basis(ledger, evaluation, key, part)
        _refuse(figure, basis, key)
        value, reason = figure.read(basis)
        parts = figure.build(basis)
        return Explanation(
            figure=figure.name,
            asset=key,
            value=value,
            kind=figure.kind,
            reason=reason,
            formula=figure.name,
            expression=figure.expression,
            words=figure.words,
            numerator=figure.numerator,
            denominator=figure.denominator,
            base_currency=ledger.state.base,
            start=evaluation.start,
            end=evaluation.end,
            options=ledger.state.options,
            cash=ledger.cash.value,
            terms=parts.terms,
            contributions=parts.contributions,
            valuations=parts.valuations,
            lots=parts.lots,
            matches=parts.matches,
            disposals=parts.disposals,
            flows=parts.flows,
            sub_periods=parts.sub_periods,
            curve=parts.curve,
            spans=parts.spans,
            transactions=tuple(entry.draft for entry in parts.transactions),
            prices=prices_used(basis, parts),
            rates=rates_used(basis, parts),
            warnings=_warnings(basis, evaluation, reason),
        )


def _refuse(figure: Figure, basis: Basis, key: str | None) -> None:
    """Refuse an asset nobody knows, and a figure that does not exist for what it is asked of."""
    kind = "portfolio" if key is None else ("asset" if basis.asset is not None else "currency")
    if basis.part is not None:
        kind = "part"
        if key is not None:
            raise Invalid(faults=(Fault("/key", "a part is of the portfolio, not of an asset"),))
    if kind == "asset" and basis.asset not in basis.evaluation.by_asset:
        raise Invalid(faults=(Fault("/asset", f"{key!r} is in no transaction of this scope"),))
    if kind not in figure.of:
        detail = f"{figure.name} is a figure of {' and '.join(sorted(figure.of))}, not of {kind}"
        raise Invalid(faults=(Fault("/figure", detail),))


def _warnings(basis: Basis, evaluation: Evaluation, reason: str | None) -> tuple[Notice, ...]:
    """All warnings of a portfolio; of an asset its own, those of its currency, and what rate may have left it empty."""
    if basis.asset is None:
        return evaluation.warnings
    currency = basis.state.described(basis.asset).currency
    related = {None, basis.asset, currency, f"{currency}/{basis.state.base}"}
    return tuple(row for row in evaluation.warnings if row.asset in related or row.code == reason == MISSING_RATE)
