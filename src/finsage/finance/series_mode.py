"""Rates of a bare series: dated values with flows, flows alone, or undated returns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import numpy as np

from finsage.errors import Fault, Invalid
from finsage.finance.cash_flow import Flow
from finsage.finance.drawdown import drawdowns
from finsage.finance.money import ZERO, exact, to_float
from finsage.finance.options import Options
from finsage.finance.performance import FEW_RETURNS, MULTIPLE_ROOTS, NO_ROOT, Measured, Path, measure
from finsage.finance.quote import QuoteSeries
from finsage.finance.results import Performance, Risk
from finsage.finance.returns import money_weighted
from finsage.finance.risk import period_volatility, periods_per_year, volatility

NEEDS_VALUES = "needs_values"
NEEDS_DATES = "needs_dates"

_RATES = ("simple_return", "twr", "twr_annualised", "modified_dietz")
_RISKS = ("volatility", "volatility_period", "semi_volatility_period", "drawdown_max", "drawdown_days")


def measure_values(values: dict[date, Decimal], flows: Sequence[tuple[date, Decimal]], options: Options) -> Measured:
    """All rates of dated values.

    Args:
        values: what there was at the end of a day; carried until the next.
        flows: money in (+) and out (−) after the first day; each takes part with the next value on or after its day.
        options: flow timing, calendar, days from which rates are annualised.

    Raises:
        Invalid: no values, or a flow outside them.
    """
    if not values:
        raise Invalid(faults=(Fault("/values", "at least one value is needed"),))
    days = sorted(day.toordinal() for day in values)
    outside = [number for number, (day, _) in enumerate(flows) if not days[0] < day.toordinal() <= days[-1]]
    if outside:
        detail = "a flow must lie after the first value, and not after the last"
        raise Invalid(faults=tuple(Fault(f"/flows/{number}/0", detail) for number in outside))
    series = QuoteSeries.of(values)
    counted = [Flow(days[int(np.searchsorted(days, day.toordinal()))], amount, amount) for day, amount in sorted(flows)]
    first, last = series.at(0).value, series.at(len(days) - 1).value
    path = Path(days[0], series.daily(days[0], days[-1] - days[0] + 1), first, last, counted)
    with exact():
        return measure(path, options, None)


def measure_flows(flows: Sequence[tuple[date, Decimal]]) -> Performance:
    """The money-weighted rate of bare flows: the investor's payments negative, receipts positive."""
    if not flows:
        raise Invalid(faults=(Fault("/flows", "at least one flow is needed"),))
    days = np.array([day.toordinal() for day, _ in flows])
    roots = money_weighted(to_float(amount for _, amount in flows), days - days.min())
    reasons = dict.fromkeys(_RATES, NEEDS_VALUES)
    rate = roots[0] if len(roots) == 1 else None
    span = int(days.max() - days.min())
    if rate is None:
        reasons |= dict.fromkeys(("mwr", "mwr_period"), MULTIPLE_ROOTS if roots else NO_ROOT)
    with exact():
        gain = sum((amount for _, amount in flows), ZERO)
    return Performance(
        simple_gain=gain,
        simple_return=None,
        twr=None,
        twr_annualised=None,
        mwr=rate,
        mwr_period=None if rate is None else float(np.expm1(np.log1p(rate) * span / 365)),
        roots=roots if len(roots) > 1 else (),
        modified_dietz=None,
        roai=None,
        reasons=reasons,
    )


def no_risk() -> Risk:
    """Flows alone say nothing about fluctuation."""
    return Risk(None, None, None, None, None, None, dict.fromkeys(_RISKS, NEEDS_VALUES))


def measure_returns(returns: Sequence[Decimal], options: Options) -> tuple[Performance, Risk]:
    """Linked return and risk of undated simple returns, one per period of the calendar.

    Raises:
        Invalid: a return below −1.
    """
    faults = [
        Fault(f"/returns/{number}", "a return cannot be below -1") for number, value in enumerate(returns) if value < -1
    ]
    if faults:
        raise Invalid(faults=tuple(faults))
    values = to_float(returns)
    growth = np.concatenate(([1.0], np.cumprod(1.0 + values)))
    names = ("simple_return", "twr_annualised", "mwr", "mwr_period", "modified_dietz")
    performance = Performance(
        None, None, float(growth[-1] - 1.0), None, None, None, (), None, None, dict.fromkeys(names, NEEDS_DATES)
    )
    is_counted = np.ones((1, len(values)), dtype=np.bool_)
    yearly = float(volatility(values[None], is_counted, periods_per_year(options.calendar))[0])
    whole, below = (float(row[0]) for row in period_volatility(values[None], values[None] > -1))
    fall = drawdowns(growth[None]).of(0)
    has_few = {"volatility": math.isnan(yearly), "volatility_period": math.isnan(whole)}
    has_few["semi_volatility_period"] = has_few["volatility_period"]
    risk = Risk(
        volatility=None if has_few["volatility"] else yearly,
        volatility_period=None if has_few["volatility_period"] else whole,
        semi_volatility_period=None if has_few["volatility_period"] else below,
        drawdown_max=fall.drawdown_max,
        drawdown_days=fall.drawdown_days,
        recovery_days=fall.recovery_days,
        reasons={name: FEW_RETURNS for name, is_few in has_few.items() if is_few},
    )
    return performance, risk
