"""Performance and risk of a path of values and flows: the one place where the figures of a scope are put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from finsage.finance.calendar import is_open
from finsage.finance.cash_flow import Flow
from finsage.finance.drawdown import drawdown
from finsage.finance.money import to_float, total
from finsage.finance.options import Options
from finsage.finance.results import Performance, Risk, Roai
from finsage.finance.returns import DailyReturns, annualised, daily_returns, modified_dietz, money_weighted
from finsage.finance.risk import linked_returns, period_volatility, periods_per_year, volatility

MISSING_RATE = "missing_rate"
NEGATIVE_VALUE = "negative_value"
NO_CAPITAL = "no_capital"
NO_ROOT = "no_root"
MULTIPLE_ROOTS = "multiple_roots"
SHORT_PERIOD = "short_period"
FEW_RETURNS = "few_returns"


@dataclass(frozen=True, slots=True)
class Path:
    """What a scope was worth and what crossed its border.

    ``start`` is the ordinal of the day the period starts after; ``value`` has shape (days + 1,), its first and last
    entries agree with the exact ``first`` and ``last``. ``flows`` lie on days after ``start``.
    """

    start: int
    value: NDArray[np.float64]
    first: Decimal
    last: Decimal
    flows: Sequence[Flow]

    @property
    def length(self) -> int:
        """Days of the period."""
        return len(self.value) - 1

    @property
    def is_known(self) -> bool:
        """Whether no rate is missing anywhere."""
        return not (np.isnan(self.value).any() or self.first.is_nan() or self.last.is_nan() or self.has_unknown_flow)

    @property
    def has_unknown_flow(self) -> bool:
        """Whether the value of a flow is not known."""
        return any(flow.value.is_nan() for flow in self.flows)

    def daily_flows(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Money in and money out per day, both ≥ 0, shape (days,), not netted."""
        inflow, outflow = np.zeros(self.length), np.zeros(self.length)
        values = to_float(flow.value for flow in self.flows)
        places = np.array([flow.day - self.start - 1 for flow in self.flows], dtype=np.int64)
        is_in = values > 0
        np.add.at(inflow, places[is_in], values[is_in])
        np.add.at(outflow, places[~is_in], -values[~is_in])
        return inflow, outflow


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of a path, with the arrays the series needs (shape (days + 1,), starting at 0)."""

    performance: Performance
    risk: Risk
    twr: NDArray[np.float64]
    drawdown: NDArray[np.float64]
    has_gain_without_base: bool


def measure(path: Path, options: Options, roai: Roai | None) -> Measured:
    """All rates of a path.

    Args:
        path: values and flows.
        options: flow timing, calendar, days from which rates are annualised.
        roai: the figure to pass on.

    Returns:
        Rates as fractions; each None among them has a reason. A missing exchange rate or a negative value leaves the
        rates empty, never the money.
    """
    gain = path.last - path.first - total(flow.value for flow in path.flows)
    reasons: dict[str, str] = {}
    if not path.is_known:
        unknown = np.full(path.length + 1, np.nan)
        names = ("simple_return", "twr", "twr_annualised", "mwr", "mwr_period", "modified_dietz")
        performance = _performance(gain, {}, (), roai, dict.fromkeys(names, MISSING_RATE))
        return Measured(performance, _no_risk(MISSING_RATE), unknown, unknown, has_gain_without_base=False)
    inflow, outflow = path.daily_flows()
    daily = daily_returns(path.value, inflow, outflow, options.flow_timing)
    rates, roots = _money_rates(path, options, gain, reasons)
    twr = np.concatenate(([0.0], np.cumprod(1.0 + daily.returns) - 1.0))
    if daily.has_negative_value:
        reasons |= {"twr": NEGATIVE_VALUE, "twr_annualised": NEGATIVE_VALUE}
        twr = np.full(path.length + 1, np.nan)
        risk, depths = _no_risk(NEGATIVE_VALUE), twr
    else:
        rates["twr"] = float(twr[-1])
        if path.length and path.length >= options.annualise_after_days:
            rates["twr_annualised"] = annualised(float(twr[-1]), path.length)
        else:
            reasons["twr_annualised"] = SHORT_PERIOD
        risk, depths = _risk(path, daily, 1.0 + twr, options)
    performance = _performance(gain, rates, roots, roai, reasons)
    return Measured(performance, risk, twr, depths, daily.has_gain_without_base)


def _performance(
    gain: Decimal, rates: dict[str, float | None], roots: tuple[float, ...], roai: Roai | None, reasons: dict[str, str]
) -> Performance:
    return Performance(
        simple_gain=None if gain.is_nan() else gain,
        simple_return=rates.get("simple_return"),
        twr=rates.get("twr"),
        twr_annualised=rates.get("twr_annualised"),
        mwr=rates.get("mwr"),
        mwr_period=rates.get("mwr_period"),
        roots=roots,
        modified_dietz=rates.get("modified_dietz"),
        roai=roai,
        reasons=reasons,
    )


def _money_rates(
    path: Path, options: Options, gain: Decimal, reasons: dict[str, str]
) -> tuple[dict[str, float | None], tuple[float, ...]]:
    """Simple return, modified Dietz and the money-weighted rate, which see values only at the start and end."""
    names = ("simple_return", "mwr", "mwr_period", "modified_dietz")
    if path.first < 0 or path.last < 0:
        reasons |= dict.fromkeys(names, NEGATIVE_VALUE)
        return {}, ()
    rates: dict[str, float | None] = {}
    values = to_float(flow.value for flow in path.flows)
    days = np.array([flow.day - path.start for flow in path.flows], dtype=np.int64)
    put_in = path.first + total(flow.value for flow in path.flows if flow.value > 0)
    rates["simple_return"] = float(gain) / float(put_in) if put_in else None
    rates["modified_dietz"] = modified_dietz(
        float(gain), float(path.first), values, days, length=path.length, timing=options.flow_timing
    )
    reasons |= {name: NO_CAPITAL for name in ("simple_return", "modified_dietz") if rates[name] is None}
    amounts = np.concatenate(([-float(path.first)], -values, [float(path.last)]))
    roots = money_weighted(amounts, np.concatenate(([0], days, [path.length])))
    if len(roots) == 1:
        rates["mwr"] = roots[0]
        rates["mwr_period"] = float(np.expm1(np.log1p(roots[0]) * path.length / 365))
        return rates, ()
    reasons |= dict.fromkeys(("mwr", "mwr_period"), MULTIPLE_ROOTS if roots else NO_ROOT)
    return rates, roots


def _risk(
    path: Path, daily: DailyReturns, growth: NDArray[np.float64], options: Options
) -> tuple[Risk, NDArray[np.float64]]:
    reasons: dict[str, str] = {}
    fall = drawdown(growth)
    linked = linked_returns(daily.returns, ~daily.is_idle, path.start + 1, options.calendar)
    yearly = volatility(linked, periods_per_year(options.calendar))
    has_value = (path.value[1:] != 0) & (path.value[:-1] != 0) & is_open(path.start + 1, path.length)
    logs = np.log1p(daily.returns[has_value & (daily.returns > -1)])
    of_period = period_volatility(logs)
    if yearly is None:
        reasons["volatility"] = FEW_RETURNS
    if of_period is None:
        reasons |= dict.fromkeys(("volatility_period", "semi_volatility_period"), FEW_RETURNS)
    risk = Risk(
        volatility=yearly,
        volatility_period=of_period[0] if of_period else None,
        semi_volatility_period=of_period[1] if of_period else None,
        drawdown_max=fall.drawdown_max,
        drawdown_days=fall.drawdown_days,
        recovery_days=fall.recovery_days,
        reasons=reasons,
    )
    return risk, fall.depths


def _no_risk(reason: str) -> Risk:
    names = ("volatility", "volatility_period", "semi_volatility_period", "drawdown_max", "drawdown_days")
    return Risk(None, None, None, None, None, None, dict.fromkeys(names, reason))
