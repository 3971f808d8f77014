"""The tax report of a year, for the page and as a table to hand in."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from finsage.finance.results import Charges
from finsage.platform.caller import Caller
from finsage.platform.unit import Reading, UnitRoute, requires
from finsage.portfolio.routes.exports import as_file
from finsage.portfolio.routes.shapes import missing_out, warnings_out
from finsage.portfolio.schemas.tax_report import (
    AssetSumsOut,
    ChargesOut,
    DisposalOut,
    IncomeOut,
    SumsOut,
    TaxReportOut,
)
from finsage.portfolio.service import portfolios, tax_csv
from finsage.portfolio.service import tax_report as service
from finsage.portfolio.service.tax_report import AssetSums, Disposal, Income, Sums, TaxReport

router = APIRouter(prefix="/portfolios/{portfolio_id}", tags=["figures"], route_class=UnitRoute)

_FORMATS: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


@router.get("/tax-report", response_model=TaxReportOut, responses=_FORMATS)
async def get_tax_report(
    _: Annotated[Caller, requires("portfolio:read")],
    session: Reading,
    portfolio_id: UUID,
    year: Annotated[int | None, Query(ge=service.YEARS[0], le=service.YEARS[1])] = None,
    form: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> TaxReportOut | Response:
    """Disposals of a calendar year by lot, income, taxes and fees; the running year when left out."""
    report = await service.tax_report(session, portfolio_id, year)
    if form == "csv":
        listed = await portfolios.get_portfolio(session, portfolio_id)
        return as_file(tax_csv.as_csv(report, listed.portfolio.name))
    return _shape(portfolio_id, report)


def _shape(portfolio_id: UUID, report: TaxReport) -> TaxReportOut:
    return TaxReportOut(
        portfolio_id=portfolio_id,
        year=report.year,
        since=report.since,
        until=report.until,
        years=list(report.years),
        base_currency=report.base_currency,
        lot_method=report.lot_method,
        fees_in_cost=report.fees_in_cost,
        long_term_days=report.long_term_days,
        is_complete=report.is_complete,
        missing_acquisitions=missing_out(report.missing),
        warnings=warnings_out(report.doubts),
        realised_gain=report.realised_gain,
        currency_gain=report.currency_gain,
        total=_sums(report.total),
        short=_sums(report.short),
        long=_sums(report.long),
        by_asset=[_asset(part) for part in report.by_asset],
        disposals=[_disposal(item) for item in report.disposals],
        income_total=report.income_total,
        income=[_income(line) for line in report.income],
        withheld=report.withheld,
        taxes=_charges(report.taxes),
        fees=_charges(report.fees),
    )


def _disposal(item: Disposal) -> DisposalOut:
    match, asset = item.match, item.asset
    return DisposalOut(
        transaction_id=UUID(match.transaction),
        asset_id=asset.id if asset else None,
        symbol=item.label,
        name=asset.name if asset else None,
        isin=asset.isin if asset else None,
        account=match.account,
        quantity=match.quantity,
        acquired_on=match.acquired_on,
        disposed_on=match.disposed_on,
        held_days=match.held_days,
        term=match.term.value,
        reason=match.reason,
        is_short=match.is_short,
        cost=match.cost,
        fees=match.fees,
        proceeds=match.proceeds,
        gain=match.gain,
        gain_price=match.gain_price,
        gain_fx=match.gain_fx,
        currency=asset.currency if asset else None,
        rate=match.rate.shown(),
        original_cost=match.cost_in_asset_currency,
        original_proceeds=match.proceeds_in_asset_currency,
    )


def _sums(sums: Sums) -> SumsOut:
    return SumsOut(
        disposals=sums.disposals,
        cost=sums.cost,
        fees=sums.fees,
        proceeds=sums.proceeds,
        gain=sums.gain,
        gain_price=sums.gain_price,
        gain_fx=sums.gain_fx,
    )


def _asset(part: AssetSums) -> AssetSumsOut:
    return AssetSumsOut(
        asset_id=part.asset_id,
        symbol=part.label,
        isin=part.isin,
        quantity=part.quantity,
        short=_sums(part.short),
        long=_sums(part.long),
        total=_sums(part.total),
    )


def _income(line: Income) -> IncomeOut:
    return IncomeOut(
        type=line.type,
        asset_id=line.asset_id,
        symbol=line.label,
        transactions_count=line.transactions,
        amount=line.amount,
        tax=line.tax,
        fee=line.fee,
    )


def _charges(charges: Charges) -> ChargesOut:
    return ChargesOut(total=charges.total, in_cost=charges.in_cost, expensed=charges.expensed)
