"""How a figure came about: every number of the API and the pages can be asked for its formula and inputs."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, Query

from finsage.errors import Fault, Invalid
from finsage.finance.explanation.figures import FIGURES, growth_of
from finsage.finance.explanation.model import Explanation
from finsage.finance.transaction import Draft
from finsage.platform.caller import Caller
from finsage.platform.unit import Reading, UnitRoute, requires
from finsage.platform.wire import Day, Wire, plain
from finsage.portfolio.routes.questions import Part
from finsage.portfolio.routes.shapes import warnings_out
from finsage.portfolio.schemas.explanations import (
    ContributionOut,
    CurveOut,
    DisposalOut,
    ExplanationOut,
    FlowOut,
    LotUsedOut,
    MatchOut,
    PoliciesOut,
    PriceUsedOut,
    RateUsedOut,
    SpanOut,
    SubPeriodOut,
    TermOut,
    TransactionUsedOut,
    ValuationOut,
)
from finsage.portfolio.schemas.fields import Account, AllocationKey, Currency
from finsage.portfolio.service import explanations as service
from finsage.portfolio.service.books import Book
from finsage.portfolio.service.explanations import Explained, Share
from finsage.portfolio.service.figures import asset_id as asset_id_of

router = APIRouter(prefix="/portfolios/{portfolio_id}", tags=["figures"], route_class=UnitRoute)

Reader = Annotated[Caller, requires("portfolio:read")]
Since = Annotated[Day | None, Query(alias="from")]
Until = Annotated[Day | None, Query(alias="to")]
FigureName = Annotated[str, Query(max_length=60, json_schema_extra={"enum": list(FIGURES)})]

TRANSACTIONS_MAX = 2_000
_W = TypeVar("_W", bound=Wire)


@router.get("/explain")
async def get_explanation(
    _: Reader,
    session: Reading,
    portfolio_id: UUID,
    figure: FigureName,
    *,
    question: Part,
    currency: Annotated[Currency | None, Query()] = None,
    by: Annotated[AllocationKey | None, Query()] = None,
    key: Annotated[Account | None, Query()] = None,
    since: Since = None,
    until: Until = None,
) -> ExplanationOut:
    """How a figure came about: its formula, terms, flows, lots, transactions, prices and rates.

    ``asset_id`` asks for the figure of an asset, ``currency`` for the balance of one, ``by`` and ``key`` for that of a
    slice of the allocation; ``account`` or ``tag`` and the policies are those of the performance route.
    """
    if (by is None) != (key is None):
        raise Invalid(faults=(Fault("/key", "a slice is named by both, by and key"),))
    share = Share(by, key) if by is not None and key is not None else None
    found = await service.explain_figure(
        session, portfolio_id, figure, question, currency=currency, share=share, start=since, end=until
    )
    return _explanation(portfolio_id, found, share)


def _explanation(portfolio_id: UUID, found: Explained, share: Share | None) -> ExplanationOut:
    row, book = found.explanation, found.book
    shown = row.transactions[-TRANSACTIONS_MAX:]
    key = row.asset if share is None else share.key
    return ExplanationOut(
        **{"from": row.start},
        asset_id=asset_id_of(row.asset),
        symbol=None if key is None else book.label(key),
        portfolio_id=portfolio_id,
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
        terms=[_out(TermOut, book, term, value=_value(term.value)) for term in row.terms],
        contributions=[_out(ContributionOut, book, item) for item in row.contributions],
        valuations=[_out(ValuationOut, book, item) for item in row.valuations],
        lots=[_out(LotUsedOut, book, item) for item in row.lots],
        matches=[_out(MatchOut, book, item) for item in row.matches],
        disposals=[_out(DisposalOut, book, item) for item in row.disposals],
        flows=[_out(FlowOut, book, item) for item in row.flows],
        sub_periods=[_out(SubPeriodOut, book, item) for item in row.sub_periods],
        curve=None if row.curve is None else _out(CurveOut, book, row.curve),
        spans=[_out(SpanOut, book, item) for item in row.spans],
        transactions=[_transaction(book, draft) for draft in shown],
        transactions_count=len(row.transactions),
        prices=[
            _out(PriceUsedOut, book, item, provider=found.providers.get((item.asset, item.quoted_on)))
            for item in row.prices
        ],
        rates=[_out(RateUsedOut, book, item) for item in row.rates],
        warnings=warnings_out(row.warnings),
    )


def _value(value: Decimal | float | None) -> str | float | int | None:
    return plain(value) if isinstance(value, Decimal) else value


def _named(book: Book, key: str | None) -> dict[str, Any]:
    return {"asset_id": asset_id_of(key), "symbol": None if key is None else book.label(key)}


def _out(model: type[_W], book: Book, row: Any, **more: Any) -> _W:
    """A row of the core as its shape has it: ids in the place of keys, and the symbol beside them."""
    cells: dict[str, Any] = dict(more)
    for name in model.model_fields:
        if name == "transaction_id":
            cells[name] = row.transaction
        elif name not in {"asset_id", "symbol", *more}:
            cells[name] = getattr(row, name)
    if "asset_id" in model.model_fields:
        cells |= _named(book, row.asset)
    return model(**cells)


def _policies(row: Explanation) -> PoliciesOut:
    options = row.options
    return PoliciesOut(
        lot_method=options.lot_method,
        lot_scope=options.lot_scope,
        fees_in_cost=options.fees_in_cost,
        taxes_in_cost=options.are_taxes_in_cost,
        cash=row.cash,
        flow_timing=options.flow_timing,
        calendar=options.calendar,
    )


def _transaction(book: Book, draft: Draft) -> TransactionUsedOut:
    return TransactionUsedOut(
        **_named(book, draft.asset),
        id=UUID(draft.id),
        day=draft.booked_on,
        type=draft.type,
        account=draft.account if draft.account is not None else draft.cash_account,
        quantity=draft.quantity,
        unit_price=draft.unit_price,
        gross=draft.gross,
        fee=draft.fee,
        fee_currency=None if draft.fee_currency is None else book.label(draft.fee_currency),
        tax=draft.tax,
        currency=draft.currency,
        fx_rate=draft.fx_rate,
        settle_currency=draft.settle_currency,
        settle_amount=draft.settle_amount,
        to_symbol=None if draft.to_asset is None else book.label(draft.to_asset),
        to_quantity=draft.to_quantity,
        ratio=draft.ratio,
    )
