"""How a figure came about: every number of the API and the pages can be asked for its formula and inputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from fastapi import APIRouter, Query

from finsage.errors import Fault, Invalid
from finsage.finance.explanation.figures import FIGURES, growth_of
from finsage.finance.explanation.model import Explanation
from finsage.finance.options import LotMethod, Options
from finsage.finance.transaction import Draft
from finsage.platform.caller import Caller
from finsage.platform.unit import Reading, UnitRoute, requires
from finsage.platform.wire import Day, Wire, plain
from finsage.portfolio.routes.questions import Part, Policies
from finsage.portfolio.routes.shapes import warnings_out
from finsage.portfolio.schemas.explanations import (
    BoughtOut,
    ContributionOut,
    CurveOut,
    DisposalOut,
    ExplanationOut,
    FlowOut,
    LotUsedOut,
    MatchOut,
    OfAsset,
    PoliciesOut,
    PortionOut,
    PriceUsedOut,
    RateUsedOut,
    SpanOut,
    SubPeriodOut,
    TermOut,
    TransactionUsedOut,
    UnitValueOut,
    ValuationOut,
)
from finsage.portfolio.schemas.fields import Account, AllocationKey, Currency
from finsage.portfolio.schemas.fields import LotMethod as LotMethodName
from finsage.portfolio.service import explanations as service
from finsage.portfolio.service.explanations import Explained, Share
from finsage.portfolio.service.figures import asset_id as asset_id_of

router = APIRouter(tags=["figures"], route_class=UnitRoute)

Reader = Annotated[Caller, requires("portfolio:read")]
Since = Annotated[Day | None, Query(alias="from")]
Until = Annotated[Day | None, Query(alias="to")]
FigureName = Annotated[str, Query(max_length=60, json_schema_extra={"enum": list(FIGURES)})]
OF_PORTFOLIOS = [name for name, figure in FIGURES.items() if "portfolio" in figure.of]
OF_BENCHMARKS = [name for name, figure in FIGURES.items() if "benchmark" in figure.of]
FigureOfAll = Annotated[str, Query(max_length=60, json_schema_extra={"enum": [*OF_PORTFOLIOS, *OF_BENCHMARKS]})]

TRANSACTIONS_MAX = 2_000
SLICES_MAX = 100
_W = TypeVar("_W", bound=Wire)


@router.get("/portfolios/{portfolio_id}/explain")
async def get_explanation(
    _: Reader,
    session: Reading,
    portfolio_id: UUID,
    figure: FigureName,
    *,
    question: Part,
    currency: Annotated[Currency | None, Query()] = None,
    by: Annotated[AllocationKey | Literal["holdings"] | None, Query()] = None,
    key: Annotated[list[Account] | None, Query(max_length=SLICES_MAX)] = None,
    base_currency: Annotated[Currency | None, Query()] = None,
    benchmark: UUID | None = None,
    lot_method: LotMethodName | None = None,
    since: Since = None,
    until: Until = None,
) -> ExplanationOut:
    """How a figure came about: its formula, terms, flows, lots, transactions, prices and rates.

    ``asset_id`` asks for the figure of an asset, ``currency`` for the balance of one, ``by`` and ``key`` for that of a
    slice of the allocation (several keys: of these together; ``by=holdings`` without a key: of all assets held);
    ``account`` or ``tag`` and the policies are those of the performance route.
    ``base_currency`` measures it in another currency than the portfolio's own, ``lot_method`` by another method.
    ``benchmark``, any asset with prices, goes with the figures of one: ``benchmark_…``, ``same_flows_…``,
    ``…_difference``.
    """
    if (by in {None, "holdings"}) != (key is None):
        detail = "a slice is named by both, by and key; holdings are all that is held and have none"
        raise Invalid(faults=(Fault("/key", detail),))
    share = None if by is None else Share(by, frozenset(key or ()))
    found = await service.explain_figure(
        session,
        portfolio_id,
        figure,
        replace(question, benchmark_id=benchmark),
        currency=currency,
        share=share,
        base_currency=base_currency,
        start=since,
        end=until,
        lot_method=None if lot_method is None else LotMethod(lot_method),
    )
    return _explanation(found, share)


@router.get("/explain")
async def get_explanation_of_all(
    _: Reader,
    session: Reading,
    figure: FigureOfAll,
    *,
    policies: Policies,
    currency: Annotated[Currency | None, Query()] = None,
    benchmark: UUID | None = None,
    since: Since = None,
    until: Until = None,
) -> ExplanationOut:
    """The same of a figure of all portfolios as one, with what each has in it; ``currency`` as ``/performance`` has it.

    ``benchmark`` goes with the figures of one. How a portfolio's portion came about says its own explanation with this
    currency as ``base_currency``.
    """
    question = replace(policies, benchmark_id=benchmark)
    found = await service.explain_all(session, figure, question, currency=currency, start=since, end=until)
    return _explanation(found, None)


def _explanation(found: Explained, share: Share | None) -> ExplanationOut:
    row = found.explanation
    shown = row.transactions[-TRANSACTIONS_MAX:]
    key = row.asset if share is None else share.key
    return ExplanationOut(
        **{"from": row.start},
        asset_id=asset_id_of(row.asset),
        symbol=None if key is None else found.label(key),
        benchmark=None if row.benchmark is None else OfAsset(**_named(found, row.benchmark)),
        portfolio_id=found.portfolio_id,
        portfolio_name=None if found.portfolio_id is None else found.books[found.portfolio_id].portfolio.name,
        to=row.end,
        figure=row.figure,
        value=_value(row.value),
        kind=row.kind,
        reason=row.reason,
        formula=row.formula,
        expression=row.expression,
        growth=growth_of(row.options.flow_timing) if row.sub_periods else None,
        words=row.words,
        numerator=row.numerator,
        denominator=row.denominator,
        base_currency=row.base_currency,
        policies=_policies(row),
        portions=[
            PortionOut(
                portfolio_id=UUID(item.portfolio),
                portfolio_name=found.books[UUID(item.portfolio)].portfolio.name,
                term=item.term,
                figure=item.figure,
                value=item.value,
            )
            for item in row.portions
        ],
        terms=[_out(TermOut, found, term, value=_value(term.value)) for term in row.terms],
        contributions=[_out(ContributionOut, found, item) for item in row.contributions],
        valuations=[_out(ValuationOut, found, item) for item in row.valuations],
        lots=[_out(LotUsedOut, found, item) for item in row.lots],
        matches=[_out(MatchOut, found, item) for item in row.matches],
        disposals=[_out(DisposalOut, found, item) for item in row.disposals],
        flows=[_out(FlowOut, found, item) for item in row.flows],
        sub_periods=[_out(SubPeriodOut, found, item) for item in row.sub_periods],
        curve=None if row.curve is None else _out(CurveOut, found, row.curve),
        spans=[_out(SpanOut, found, item) for item in row.spans],
        unit_values=[_out(UnitValueOut, found, item) for item in row.unit_values],
        bought=[_out(BoughtOut, found, item) for item in row.bought],
        transactions=[_transaction(found, draft) for draft in shown],
        transactions_count=len(row.transactions),
        prices=[
            _out(PriceUsedOut, found, item, provider=found.providers.get((item.asset, item.quoted_on)))
            for item in row.prices
        ],
        rates=[_out(RateUsedOut, found, item) for item in row.rates],
        warnings=warnings_out(row.warnings),
    )


def _value(value: Decimal | float | None) -> str | float | int | None:
    return plain(value) if isinstance(value, Decimal) else value


def _named(found: Explained, key: str | None) -> dict[str, Any]:
    return {"asset_id": asset_id_of(key), "symbol": None if key is None else found.label(key)}


def _owner(found: Explained, portfolio: str | None) -> UUID | None:
    return found.portfolio_id if portfolio is None else UUID(portfolio)


def _out(model: type[_W], found: Explained, row: Any, **more: Any) -> _W:
    """A row of the core as its shape has it: ids in the place of keys, and the symbol beside them."""
    cells: dict[str, Any] = dict(more)
    for name in model.model_fields:
        if name == "transaction_id":
            cells[name] = row.transaction
        elif name == "portfolio_id":
            cells[name] = _owner(found, row.portfolio)
        elif name not in {"asset_id", "symbol", *more}:
            cells[name] = getattr(row, name)
    if "asset_id" in model.model_fields:
        cells |= _named(found, row.asset)
    return model(**cells)


def _policies(row: Explanation) -> PoliciesOut:
    def agreed(read: Callable[[Options], Any]) -> Any:
        found = {read(options) for options in row.choices}
        return found.pop() if len(found) == 1 else None

    return PoliciesOut(
        lot_method=agreed(lambda options: options.lot_method),
        lot_scope=agreed(lambda options: options.lot_scope),
        fees_in_cost=agreed(lambda options: options.fees_in_cost),
        taxes_in_cost=agreed(lambda options: options.are_taxes_in_cost),
        cash=agreed(lambda options: options.cash),
        flow_timing=row.options.flow_timing,
        calendar=row.options.calendar,
    )


def _transaction(found: Explained, draft: Draft) -> TransactionUsedOut:
    return TransactionUsedOut(
        **_named(found, draft.asset),
        portfolio_id=UUID(draft.portfolio),
        id=UUID(draft.id),
        day=draft.booked_on,
        type=draft.type,
        account=draft.account if draft.account is not None else draft.cash_account,
        quantity=draft.quantity,
        unit_price=draft.unit_price,
        gross=draft.gross,
        fee=draft.fee,
        fee_currency=None if draft.fee_currency is None else found.label(draft.fee_currency),
        tax=draft.tax,
        currency=draft.currency,
        fx_rate=draft.fx_rate,
        settle_currency=draft.settle_currency,
        settle_amount=draft.settle_amount,
        to_symbol=None if draft.to_asset is None else found.label(draft.to_asset),
        to_quantity=draft.to_quantity,
        ratio=draft.ratio,
    )
