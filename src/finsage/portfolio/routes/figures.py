"""Figures: holdings, lots, realised gains, performance, allocation, cash flows. Every one is as of a day."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from finsage.finance.trail import account_shown
from finsage.platform.caller import Caller
from finsage.platform.unit import Reading, UnitRoute, requires
from finsage.platform.wire import Day
from finsage.portfolio.routes.shapes import missing_out, warnings_out
from finsage.portfolio.schemas.fields import AllocationKey
from finsage.portfolio.schemas.figures import (
    AllocationOut,
    CashFlowList,
    CashFlowOut,
    CashOut,
    HoldingOut,
    HoldingsOut,
    LotOut,
    LotsOut,
    RealisedList,
    RealisedOut,
    RealisedTotals,
    SliceOut,
    TotalsOut,
)
from finsage.portfolio.service import figures as service
from finsage.portfolio.service import targets
from finsage.portfolio.service.figures import Figures, HoldingView

router = APIRouter(prefix="/portfolios/{portfolio_id}", tags=["figures"], route_class=UnitRoute)

Reader = Annotated[Caller, requires("portfolio:read")]
Since = Annotated[Day | None, Query(alias="from")]
Until = Annotated[Day | None, Query(alias="to")]


@router.get("/holdings")
async def get_holdings(_: Reader, session: Reading, portfolio_id: UUID, as_of: Day | None = None) -> HoldingsOut:
    """What is held at the end of a day, what it is worth and has gained."""
    figures = await service.evaluate_portfolio(session, portfolio_id, start=None, end=as_of, with_day=True)
    cash = service.cash_lines(figures)
    return HoldingsOut(
        portfolio_id=portfolio_id,
        as_of=figures.whole.end,
        base_currency=figures.book.portfolio.base_currency,
        items=[holding_out(view) for view in service.holding_views(figures)],
        cash=[
            CashOut(
                account=line.account,
                currency=line.currency,
                amount=line.amount,
                value=line.value,
                rate=line.rate,
                rate_as_of=line.rate_as_of,
            )
            for line in cash
        ],
        totals=_totals(figures),
        missing_acquisitions=missing_out(
            (item, figures.book.label(item.asset)) for item in figures.whole.missing_acquisitions
        ),
        warnings=warnings_out(figures.whole.warnings),
    )


@router.get("/lots")
async def get_lots(
    _: Reader, session: Reading, portfolio_id: UUID, asset_id: UUID | None = None, as_of: Day | None = None
) -> LotsOut:
    """Open lots, oldest first."""
    figures = await service.evaluate_portfolio(session, portfolio_id, start=None, end=as_of)
    views = [view for view in service.lot_views(figures) if asset_id in {None, UUID(view.lot.asset)}]
    items = [
        LotOut(
            id=view.lot.id,
            asset_id=UUID(view.lot.asset),
            symbol=figures.book.label(view.lot.asset),
            account=account_shown(view.lot.account),
            acquired_on=view.lot.acquired_on,
            quantity_acquired=view.lot.quantity_acquired,
            quantity=view.lot.quantity,
            unit_cost=view.lot.unit_cost,
            cost_basis=view.lot.cost,
            fee_cost=view.lot.fee_cost,
            market_value=view.market_value,
            unrealised_gain=view.unrealised_gain,
            held_days=view.held_days,
            term=view.term,
            days_to_long_term=view.days_to_long_term,
        )
        for view in views
    ]
    base = figures.book.portfolio.base_currency
    return LotsOut(as_of=figures.whole.end, base_currency=base, items=items, next_cursor=None)


@router.get("/realised-gains")
async def get_realised_gains(
    _: Reader, session: Reading, portfolio_id: UUID, since: Since = None, until: Until = None
) -> RealisedList:
    """Sales of a period, each with the lots it took."""
    figures = await service.evaluate_portfolio(session, portfolio_id, start=since, end=until)
    matches = service.matches_of(figures, since)
    items = [
        RealisedOut(
            transaction_id=UUID(match.transaction),
            asset_id=service.asset_id(match.asset),
            symbol=figures.book.label(match.asset),
            account=match.account,
            sold_on=match.disposed_on,
            acquired_on=match.acquired_on,
            quantity=match.quantity,
            proceeds=match.proceeds,
            cost=match.cost,
            gain=match.gain,
            held_days=match.held_days,
            term=match.term.value,
            reason=match.reason,
        )
        for match in matches
    ]
    realised = figures.whole.realised
    totals = RealisedTotals(
        proceeds=service.known_sum(match.proceeds for match in matches),
        cost=service.known_sum(match.cost for match in matches),
        gain=realised.gain,
        gain_lots=service.known_sum(match.gain for match in matches),
        currency_gain=service.currency_gain(figures, None if since is None else since + timedelta(days=1)),
        gain_price=realised.price,
        gain_fx=realised.fx,
    )
    base = figures.book.portfolio.base_currency
    return RealisedList(base_currency=base, items=items, totals=totals, next_cursor=None)


@router.get("/allocation")
async def get_allocation(
    _: Reader,
    session: Reading,
    portfolio_id: UUID,
    by: AllocationKey = "asset",
    as_of: Day | None = None,
) -> AllocationOut:
    """How the value is spread, beside what it is meant to be."""
    figures = await service.evaluate_portfolio(session, portfolio_id, start=None, end=as_of, with_day=True)
    items = [
        SliceOut(
            key=part.slice.key,
            label=part.slice.label,
            market_value=part.slice.market_value,
            weight=part.slice.weight,
            day_return=part.slice.day_return,
            unrealised_return=part.slice.unrealised_return,
            price_as_of=part.slice.price_on,
            target=part.target,
            drift=part.drift,
            trade=part.trade,
        )
        for part in await targets.aimed_allocation(session, figures, by)
    ]
    base = figures.book.portfolio.base_currency
    return AllocationOut(as_of=figures.whole.end, base_currency=base, by=by, items=items)


@router.get("/cash-flows")
async def get_cash_flows(
    _: Reader, session: Reading, portfolio_id: UUID, since: Since = None, until: Until = None
) -> CashFlowList:
    """External money in (+) and out (−)."""
    flows = await service.cash_flows(session, portfolio_id, since, until)
    items = [
        CashFlowOut(
            transaction_id=flow.transaction_id,
            day=flow.day,
            type=flow.type,
            account=flow.account,
            currency=flow.currency,
            amount=flow.amount,
        )
        for flow in flows
    ]
    return CashFlowList(items=items, next_cursor=None)


def holding_out(view: HoldingView) -> HoldingOut:
    """A holding as the wire has it."""
    holding, asset, report = view.holding, view.asset, view.report
    return HoldingOut(
        asset_id=asset.id,
        symbol=asset.symbol,
        name=asset.name,
        asset_class=asset.asset_class,
        currency=asset.currency,
        is_simulated=asset.is_simulated,
        quantity=holding.quantity,
        price=holding.price,
        price_as_of=holding.price_on,
        is_stale=holding.is_stale,
        is_at_cost=holding.is_at_cost,
        market_value=holding.market_value,
        market_value_local=view.market_value_local,
        cost_basis=holding.cost,
        average_price=holding.average_price,
        unrealised_gain=report.unrealised.gain,
        unrealised_gain_price=report.unrealised.price,
        unrealised_gain_fx=report.unrealised.fx,
        unrealised_return=view.unrealised_return,
        weight=view.weight,
        day_gain=view.day_gain,
        day_return=view.day_return,
        realised_gain=report.realised.gain,
        income=report.income,
        price_history=view.price_history,
    )


def _totals(figures: Figures) -> TotalsOut:
    whole, day = figures.whole, figures.day
    return TotalsOut(
        market_value=whole.market_value,
        securities_value=service.known_sum(holding.market_value for holding in whole.holdings),
        cash_value=service.known_sum(line.value for line in service.cash_lines(figures)),
        cost_basis=service.known_sum(holding.cost for holding in whole.holdings),
        unrealised_gain=whole.unrealised.gain,
        realised_gain=whole.realised.gain,
        income=whole.income,
        fees=whole.fees.total,
        taxes=whole.taxes.total,
        day_gain=day.performance.simple_gain if day else None,
        day_return=day.performance.twr if day else None,
    )
