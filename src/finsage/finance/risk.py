"""Volatility, annualised and of the period. Arrays have one row per path; masks say which returns count."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from finsage.finance.calendar import DAYS_PER_YEAR, TRADING_DAYS_PER_YEAR, is_open
from finsage.finance.options import CalendarChoice


def linked_returns(
    returns: NDArray[np.float64], is_counted: NDArray[np.bool_], first: int, calendar: CalendarChoice
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Returns on the days of a calendar.

    Args:
        returns: simple, one per calendar day; shape (paths, days).
        is_counted: whether money was at work on that day; same shape.
        first: the ordinal of the first day.
        calendar: ``trading`` links the returns of closed days into the next open one; ``all_days`` keeps each.

    Returns:
        Simple returns, and which of them count, both of shape (paths, days of the calendar); those after the last
        open day are left out.
    """
    if calendar is CalendarChoice.ALL_DAYS:
        return returns, is_counted
    open_days = np.flatnonzero(is_open(first, returns.shape[1]))
    if not len(open_days):
        return np.zeros((len(returns), 0)), np.zeros((len(returns), 0), dtype=np.bool_)
    # Taken row by row: how a row is added up must not depend on how many there are.
    ends = np.cumprod(1.0 + returns, axis=1).take(open_days, axis=1)
    starts = np.ones(ends.shape)
    starts[:, 1:] = ends[:, :-1]
    counted = np.logical_or.reduceat(
        is_counted[:, : open_days[-1] + 1], np.concatenate(([0], open_days[:-1] + 1)), axis=1
    )
    has_base = starts > 0
    return ends / np.where(has_base, starts, 1.0) - 1.0, counted & has_base


def volatility(
    returns: NDArray[np.float64], is_counted: NDArray[np.bool_], periods_per_year: int
) -> NDArray[np.float64]:
    """Sample standard deviation (ddof 1) × √periods_per_year; NaN for fewer than two returns.

    Args:
        returns: simple, shape (paths, periods), no NaN.
        is_counted: which of them count; same shape.
        periods_per_year: 252 for trading days, 365 for calendar days.
    """
    deviations, count = _deviations(returns, is_counted)
    variance = np.einsum("ij,ij->i", deviations, deviations) / np.maximum(count - 1, 1)
    return np.where(count < 2, np.nan, np.sqrt(variance * periods_per_year))


def periods_per_year(calendar: CalendarChoice) -> int:
    """252 trading days or 365 calendar days."""
    return TRADING_DAYS_PER_YEAR if calendar is CalendarChoice.TRADING else DAYS_PER_YEAR


def period_volatility(
    returns: NDArray[np.float64], is_counted: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """√(Σ(l−m)² / (n−1) · n) of log returns, not annualised, and the same over l < m only.

    Args:
        returns: simple returns of trading days; shape (paths, days).
        is_counted: where there was value on that day and the day before; the return there is above −1. Same shape.

    Returns:
        Volatility and semi-volatility of the period, one per path; NaN for fewer than two returns.

    Source: Portfolio Performance.
    """
    deviations, count = _deviations(np.log1p(np.where(is_counted, returns, 0.0)), is_counted)
    scale = np.where(count < 2, np.nan, count / np.maximum(count - 1, 1))
    below = np.minimum(deviations, 0.0)
    return (
        np.sqrt(np.einsum("ij,ij->i", deviations, deviations) * scale),
        np.sqrt(np.einsum("ij,ij->i", below, below) * scale),
    )


def _deviations(
    returns: NDArray[np.float64], is_counted: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """What differs from the mean, zero where nothing counts, and how many count per row."""
    count = np.count_nonzero(is_counted, axis=1)
    mean = np.where(is_counted, returns, 0.0).sum(axis=1) / np.maximum(count, 1)
    return np.where(is_counted, returns - mean[:, None], 0.0), count
