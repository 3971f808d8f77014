"""Say how a figure came about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

from finsage.errors import Fault, Invalid
from finsage.finance.combined import Combined
from finsage.finance.explanation.basis import Against, Basis, Whole
from finsage.finance.explanation.figures import FIGURES, MISSING_RATE, Figure, Found, Linked, Rate, figure_named
from finsage.finance.explanation.model import Explanation, Kind, Portion, PriceUsed, RateUsed, Tables
from finsage.finance.explanation.parts import (
    Parts,
    as_one,
    closes_used,
    of_portfolio,
    prices_used,
    rates_of_closes,
    rates_used,
)
from finsage.finance.ledger import Ledger, known
from finsage.finance.money import UNKNOWN, exact, total
from finsage.finance.options import Options
from finsage.finance.part import Part
from finsage.finance.results import Evaluation, Notice


def explain(
    ledger: Ledger,
    evaluation: Evaluation,
    name: str,
    key: str | None = None,
    part: Part | None = None,
    *,
    against: Against | None = None,
    target: Decimal | None = None,
) -> Explanation:
    """How a figure came about.

    Args:
        ledger: the folded transactions.
        evaluation: of this ledger, with the figures of each asset.
        name: the figure, by its own name or its path in the output of ``finsage evaluate``.
        key: the asset whose figure it is, or for ``cash`` the currency; None for the whole scope.
        part: some of what is held, in the place of a key.
        against: the benchmark, for its figures and the differences from them; of the whole scope, or of an asset.
        target: the share of the portfolio that the part is meant to be, if any.

    Returns:
        The figure exactly as the evaluation has it, with all it follows from.

    Raises:
        Invalid: no such figure, or none of that asset; the valid ones are named.
    """
    figure = _named(name)
    with exact():
        basis = Basis(ledger, evaluation, key, part, against, target=target)
        _refuse(figure, basis, key)
        value, reason = figure.read(basis)
        parts = figure.build(basis)
        options = _choices(ledger)
        return _explanation(
            figure,
            parts,
            asset=key,
            benchmark=None if against is None else against.asset,
            value=value,
            reason=reason,
            base_currency=ledger.state.base,
            start=evaluation.start,
            end=evaluation.end,
            options=options,
            choices=(options,),
            prices=_in_order_of_prices([*prices_used(basis, parts), *closes_used(basis, parts)]),
            rates=_in_order_of_rates([*rates_used(basis, parts), *rates_of_closes(basis, parts)]),
            warnings=_warnings(basis, evaluation, reason),
        )


def explain_together(
    portfolios: Mapping[str, tuple[Ledger, Evaluation]],
    combined: Combined,
    options: Options,
    base: str,
    name: str,
    *,
    against: Against | None = None,
) -> Explanation:
    """How a figure of several portfolios as one came about.

    Args:
        portfolios: by the key in their drafts, each with its figures of the same days in the base currency.
        combined: what these evaluations come to together.
        options: that they were combined with.
        base: the currency of all of them.
        name: as `explain` takes it.
        against: the benchmark, for its figures and the differences from them; the market of each knows it.

    Returns:
        The figure exactly as ``combined`` has it, the rows of all portfolios, and what each has in it.

    Raises:
        Invalid: no such figure of portfolios; the valid ones are named.
    """
    figure = _named(name)
    with exact():
        owned = {key: Basis(ledger, evaluation, None) for key, (ledger, evaluation) in portfolios.items()}
        whole = Whole(owned, combined, options, against)
        _refuse_of(figure, "portfolio" if against is None else "benchmark")
        if against is not None and not owned:
            raise Invalid(faults=(Fault("/benchmark", "there is no portfolio to stand beside it"),))
        value, reason = _sum_of(figure, owned) if not isinstance(figure, Rate) else figure.read(whole)
        if isinstance(figure, Linked):
            parts = figure.build(whole)
        else:
            parts = as_one({key: figure.build(basis) for key, basis in owned.items()})
        seen = {key: (basis, of_portfolio(parts, key)) for key, basis in owned.items()}
        prices = (replace(row, portfolio=key) for key, (basis, own) in seen.items() for row in prices_used(basis, own))
        rates = [row for basis, own in seen.values() for row in rates_used(basis, own)]
        return _explanation(
            figure,
            parts,
            asset=None,
            benchmark=None if against is None else against.asset,
            value=value,
            reason=reason,
            base_currency=base,
            start=combined.start,
            end=combined.end,
            options=options,
            choices=tuple(_choices(ledger) for ledger, _ in portfolios.values()),
            portions=_portions(figure, owned, has_money=bool(parts.flows or parts.valuations)),
            prices=(*prices, *closes_used(whole, parts)),
            rates=_in_order_of_rates([*rates, *rates_of_closes(whole, parts)]),
            warnings=tuple(row for _, evaluation in portfolios.values() for row in evaluation.warnings),
        )


def _named(name: str) -> Figure:
    figure = figure_named(name)
    if figure is None:
        detail = f"{name[:60]!r} is no figure; there are {', '.join(FIGURES)}"
        raise Invalid("There is no such figure.", faults=(Fault("/figure", detail),))
    return figure


def _explanation(figure: Figure, parts: Parts, **said: Any) -> Explanation:
    """The figure as it is written down, its tables, and what is said of this one."""
    return Explanation(
        figure=figure.name,
        kind=figure.kind,
        formula=figure.name,
        expression=figure.expression,
        words=figure.words,
        numerator=figure.numerator,
        denominator=figure.denominator,
        **{field.name: getattr(parts, field.name) for field in fields(Tables)},
        transactions=tuple(entry.draft for entry in parts.transactions),
        **said,
    )


def _in_order_of_prices(rows: Iterable[PriceUsed]) -> tuple[PriceUsed, ...]:
    """By asset and day; a close of the benchmark that is held too is told once."""
    return tuple(row for _, row in sorted({(row.asset, row.on): row for row in rows}.items()))


def _in_order_of_rates(rows: Iterable[RateUsed]) -> tuple[RateUsed, ...]:
    """By pair and day, each once."""
    return tuple(sorted(dict.fromkeys(rows), key=lambda row: (row.base, row.quote, row.on)))


def _choices(ledger: Ledger) -> Options:
    """The options, with what was made of those that the transactions decide."""
    return replace(ledger.state.options, cash=ledger.cash)


def _sum_of(figure: Figure, owned: Mapping[str, Basis]) -> Found:
    """Money adds up, and is not known where a part is not."""
    found = known(total(_amount(figure, basis) for basis in owned.values()))
    return found, None if found is not None else MISSING_RATE


def _amount(figure: Figure, basis: Basis) -> Decimal:
    value, _ = figure.read(basis)
    return value if isinstance(value, Decimal) else UNKNOWN


# What a rate of all of them is worked out from, by the names of its terms, and what explains each.
_OF_PATH = {"start_value": "start_value", "end_value": "market_value", "net_flow": "net_flow"}
_OF_BOUGHT = {"start_value": "start_value", "net_flow": "net_flow"}
_OF_CAPITAL = {"time_weighted_invested": "twi"}


def _portions(figure: Figure, owned: Mapping[str, Basis], *, has_money: bool) -> tuple[Portion, ...]:
    """What each portfolio has in a sum; of a rate, in the sums it is worked out from; in what bought a benchmark."""
    if "benchmark" in figure.of:
        names = _OF_BOUGHT if has_money else {}
    elif figure.kind is Kind.MONEY:
        names = {figure.name: figure.name}
    else:
        names = _OF_PATH if isinstance(figure, Linked) else _OF_CAPITAL
    return tuple(
        Portion(key, term, FIGURES[name].name, known(_amount(FIGURES[name], basis)))
        for term, name in names.items()
        for key, basis in owned.items()
    )


def _refuse(figure: Figure, basis: Basis, key: str | None) -> None:
    """Refuse an asset nobody knows, and a figure that does not exist for what it is asked of."""
    kind = "portfolio" if key is None else ("asset" if basis.asset is not None else "currency")
    if basis.part is not None:
        kind = "part" if basis.part.has_lots else "part of pooled lots"
        if key is not None:
            raise Invalid(faults=(Fault("/key", "a part is of the portfolio, not of an asset"),))
    if kind == "asset" and basis.asset not in basis.evaluation.by_asset:
        raise Invalid(faults=(Fault("/asset", f"{key!r} is in no transaction of this scope"),))
    if basis.against is not None and kind in {"portfolio", "asset"}:
        kind = "benchmark"
    _refuse_of(figure, kind)


def _refuse_of(figure: Figure, kind: str) -> None:
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
