"""Volatility, annualised and of the period."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from finsage.finance.calendar import DAYS_PER_YEAR, TRADING_DAYS_PER_YEAR, is_open
from finsage.finance.options import CalendarChoice


def linked_returns(
    returns: NDArray[np.float64], is_counted: NDArray[np.bool_], first: int, calendar: CalendarChoice
) -> NDArray[np.float64]:
    """Returns on the days of a calendar.

    Args:
        returns: simple, one per calendar day; shape (days,).
        is_counted: whether money was at work on that day; same shape.
        first: the ordinal of the first day.
        calendar: ``trading`` links the returns of closed days into the next open one; ``all_days`` keeps each.

    Returns:
        Simple returns of the days counted; those after the last open day are left out.
    """
    if calendar is CalendarChoice.ALL_DAYS:
        return returns[is_counted]
    open_days = np.flatnonzero(is_open(first, len(returns)))
    if not len(open_days):
        return np.zeros(0)
    growth = np.concatenate(([1.0], np.cumprod(1.0 + returns)))
    ends = growth[open_days + 1]
    starts = np.concatenate(([1.0], ends[:-1]))
    counted = np.add.reduceat(is_counted[: open_days[-1] + 1], np.concatenate(([0], open_days[:-1] + 1))) > 0
    is_known = counted & (starts > 0)
    return np.asarray(ends[is_known] / starts[is_known] - 1.0, dtype=np.float64)


def volatility(returns: NDArray[np.float64], periods_per_year: int) -> float | None:
    """Sample standard deviation (ddof 1) × √periods_per_year; None for fewer than two returns.

    Args:
        returns: simple, shape (periods,), no NaN.
        periods_per_year: 252 for trading days, 365 for calendar days.
    """
    if len(returns) < 2:
        return None
    return float(np.std(returns, ddof=1)) * math.sqrt(periods_per_year)


def periods_per_year(calendar: CalendarChoice) -> int:
    """252 trading days or 365 calendar days."""
    return TRADING_DAYS_PER_YEAR if calendar is CalendarChoice.TRADING else DAYS_PER_YEAR


def period_volatility(log_returns: NDArray[np.float64]) -> tuple[float, float] | None:
    """√(Σ(l−m)² / (n−1) · n), not annualised, and the same over l < m only.

    Args:
        log_returns: of trading days with value on that day and the day before; shape (n,).

    Returns:
        Volatility and semi-volatility of the period; None for fewer than two returns.

    Source: Portfolio Performance.
    """
    count = len(log_returns)
    if count < 2:
        return None
    deviations = log_returns - log_returns.mean()
    scale = count / (count - 1)
    below = deviations[deviations < 0]
    return math.sqrt(float(deviations @ deviations) * scale), math.sqrt(float(below @ below) * scale)
