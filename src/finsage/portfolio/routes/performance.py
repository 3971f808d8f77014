"""Performance: of a portfolio, of a part of it, of all portfolios as one; lot methods side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from finsage.finance.lot_methods import RealisedSplit
from finsage.finance.results import Roai
from finsage.platform.caller import Caller
from finsage.platform.unit import Reading, UnitRoute, requires
from finsage.platform.wire import Day
from finsage.portfolio.routes.questions import Part, Policies
from finsage.portfolio.routes.shapes import money_out, rates_out, series_out, warnings_out
from finsage.portfolio.schemas.fields import Currency
from finsage.portfolio.schemas.performance import (
    BenchmarkOut,
    BenchmarkSeriesOut,
    LotMethodList,
    LotMethodOut,
    PerformanceOut,
    RealisedSplitOut,
    SameFlowsOut,
    ScopeOut,
)
from finsage.portfolio.service import lot_methods
from finsage.portfolio.service import performance as service
from finsage.portfolio.service.performance import Compared, Measurement

router = APIRouter(tags=["figures"], route_class=UnitRoute)

Reader = Annotated[Caller, requires("portfolio:read")]
Since = Annotated[Day | None, Query(alias="from")]
Until = Annotated[Day | None, Query(alias="to")]
NO_CAPITAL = "no_capital"
MISSING_RATE = "missing_rate"
_ROAI = ("net", "gross", "net_end_fx", "gross_end_fx")


@router.get("/portfolios/{portfolio_id}/performance")
async def get_performance(
    _: Reader,
    session: Reading,
    portfolio_id: UUID,
    question: Part,
    *,
    benchmark: UUID | None = None,
    since: Since = None,
    until: Until = None,
) -> PerformanceOut:
    """Gain, returns and risk from the end of ``from`` (inception when left out) to the end of ``to`` (today).

    ``account``, ``asset_id`` or ``tag`` narrows them to a part of the portfolio, whose border money then crosses as a
    flow. ``benchmark`` is any asset with prices.
    """
    question = replace(question, benchmark_id=benchmark)
    found = await service.measure_portfolio(session, portfolio_id, question, start=since, end=until)
    return _performance(found, portfolio_id)


@router.get("/performance")
async def get_performance_of_all(
    _: Reader,
    session: Reading,
    policies: Policies,
    *,
    benchmark: UUID | None = None,
    currency: Annotated[Currency | None, Query()] = None,
    since: Since = None,
    until: Until = None,
) -> PerformanceOut:
    """The same of all portfolios as one, in one currency (that of the portfolio opened first when left out).

    Values and flows are added and the rates worked out from the sums; percentages are never added.
    """
    question = replace(policies, benchmark_id=benchmark)
    return _performance(await service.measure_all(session, question, currency=currency, start=since, end=until), None)


@router.get("/portfolios/{portfolio_id}/lot-methods")
async def compare_lot_methods(
    _: Reader, session: Reading, portfolio_id: UUID, as_of: Day | None = None
) -> LotMethodList:
    """What each lot method makes of the portfolio, side by side; ``specific`` only where a sale names its lots."""
    found = await lot_methods.compare(session, portfolio_id, day=as_of)
    items = [
        LotMethodOut(
            lot_method=row.method.value,
            is_present=row.method is found.present,
            realised_gain=row.realised.gain,
            realised_gain_price=row.realised.price,
            realised_gain_fx=row.realised.fx,
            realised=_split(row.realised_split),
            realised_this_year=_split(row.realised_year),
            unrealised_gain=row.unrealised.gain,
            unrealised_gain_price=row.unrealised.price,
            unrealised_gain_fx=row.unrealised.fx,
            cost_basis=row.cost_basis,
            open_lots=row.open_lots,
        )
        for row in found.rows
    ]
    return LotMethodList(
        as_of=found.day, year=found.day.year, base_currency=found.base_currency, items=items, next_cursor=None
    )


def _split(split: RealisedSplit) -> RealisedSplitOut:
    return RealisedSplitOut(gain=split.gain, long=split.long, short=split.short, cash=split.cash)


def _performance(found: Measurement, portfolio_id: UUID | None) -> PerformanceOut:
    figures, performance, risk = found.figures, found.figures.performance, found.figures.risk
    assert figures.series is not None, "a measurement is asked for its series"
    roai = performance.roai
    assert roai is not None, "of a ledger there is one, if only an empty one"
    return PerformanceOut(
        **{"from": figures.start},
        portfolio_id=portfolio_id,
        scope=ScopeOut(kind=found.kind, key=found.key, label=found.label),
        flow_timing=found.options.flow_timing.value,
        fees_in_cost=found.fees_in_cost,
        to=figures.end,
        as_of=figures.end,
        base_currency=found.base_currency,
        start_value=figures.start_value,
        end_value=figures.market_value,
        net_flow=figures.net_flow,
        simple_gain=performance.simple_gain,
        simple_return=performance.simple_return,
        twr=performance.twr,
        twr_annualised=performance.twr_annualised,
        mwr=performance.mwr,
        mwr_period=performance.mwr_period,
        mwr_roots=list(performance.roots),
        modified_dietz=performance.modified_dietz,
        roai_net=roai.net,
        roai_gross=roai.gross,
        roai_net_end_fx=roai.net_end_fx,
        roai_gross_end_fx=roai.gross_end_fx,
        average_invested=roai.twi,
        volatility=risk.volatility,
        volatility_period=risk.volatility_period,
        semi_volatility_period=risk.semi_volatility_period,
        drawdown_max=risk.drawdown_max,
        drawdown_days=risk.drawdown_days,
        recovery_days=risk.recovery_days,
        realised_gain=figures.realised.gain,
        unrealised_gain=figures.unrealised.gain,
        income=figures.income,
        fees=figures.fees.total,
        taxes=figures.taxes.total,
        reasons=_reasons(found, roai),
        benchmark=_benchmark(found.benchmark, found) if found.benchmark else None,
        series=series_out(figures.series),
        warnings=warnings_out(found.notices),
    )


def _reasons(found: Measurement, roai: Roai) -> dict[str, str]:
    reasons = dict(found.figures.performance.reasons) | dict(found.figures.risk.reasons)
    why = NO_CAPITAL if roai.twi == 0 else MISSING_RATE
    return reasons | {f"roai_{name}": why for name in _ROAI if getattr(roai, name) is None}


def _benchmark(compared: Compared, found: Measurement) -> BenchmarkOut:
    asset, figures, performance = compared.asset, compared.figures, found.figures.performance
    price, same = figures.price, figures.same_flows
    until = figures.quoted_until
    is_stale = until is None or (found.figures.end - until).days > asset.stale_after_days
    return BenchmarkOut(
        asset_id=asset.id,
        symbol=asset.symbol,
        name=asset.name,
        currency=asset.currency,
        is_simulated=asset.is_simulated,
        return_kind="price",
        quoted_from=figures.quoted_from,
        quoted_until=until,
        is_stale=is_stale,
        twr=price.performance.twr,
        twr_annualised=price.performance.twr_annualised,
        twr_difference=_difference(performance.twr, price.performance.twr),
        volatility=price.risk.volatility,
        drawdown_max=price.risk.drawdown_max,
        same_flows=SameFlowsOut(
            end_value=figures.end_value,
            gain=same.performance.simple_gain,
            mwr=same.performance.mwr,
            mwr_period=same.performance.mwr_period,
            mwr_difference=_difference(performance.mwr, same.performance.mwr),
            reasons=_of(same.performance.reasons, "simple_gain", "mwr", "mwr_period"),
        ),
        reasons=_of(price.performance.reasons, "twr", "twr_annualised")
        | _of(price.risk.reasons, "volatility", "drawdown_max"),
        series=BenchmarkSeriesOut(twr=rates_out(price.twr), value=money_out(figures.value)),
    )


def _difference(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def _of(reasons: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: reasons[name] for name in names if name in reasons}
