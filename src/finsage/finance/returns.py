"""Rates of return: time-weighted, money-weighted (XIRR) and modified Dietz.

Arrays are float64. A value path has one entry per calendar day, the first being the end of the day the period starts
on; flows have one entry per later day, ≥ 0, money in and money out apart and never netted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from finsage.finance.calendar import DAYS_PER_YEAR
from finsage.finance.options import FlowTiming

_TINY = 1e-12
_GRID_EDGE = 14.0
_GRID_STEPS = 512
_SECTIONS = 64
_PRECISION = 1e-13
_FAR = 0.01
_NOISE = 1e-15


@dataclass(frozen=True, slots=True)
class DailyReturns:
    """Simple returns per day.

    ``is_idle`` marks days without a base, whose return is 0; on some of them there may have been a gain all the same.
    A negative base or end means that no rate means anything.
    """

    returns: NDArray[np.float64]
    is_idle: NDArray[np.bool_]
    has_gain_without_base: bool
    has_negative_value: bool


def daily_returns(
    value: NDArray[np.float64], inflow: NDArray[np.float64], outflow: NDArray[np.float64], timing: FlowTiming
) -> DailyReturns:
    """The return of each day.

    Args:
        value: shape (days + 1,), no NaN.
        inflow: money in, shape (days,), ≥ 0.
        outflow: money out, shape (days,), ≥ 0.
        timing: when on its day a flow takes part.

    Returns:
        r = end / base − 1 with, by default, base = V[d−1] + I[d] and end = V[d] + O[d].
    """
    before, after, flow = value[:-1], value[1:], inflow - outflow
    base, end = {
        FlowTiming.INFLOW_START_OUTFLOW_END: (before + inflow, after + outflow),
        FlowTiming.START: (before + flow, after),
        FlowTiming.END: (before, after - flow),
        FlowTiming.MID: (before + flow / 2, after - flow / 2),
    }[timing]
    tiny = _TINY * (np.abs(before) + np.abs(after) + inflow + outflow)
    is_idle = np.abs(base) <= tiny
    returns = np.where(is_idle, 0.0, end / np.where(is_idle, 1.0, base) - 1.0)
    return DailyReturns(
        returns,
        is_idle,
        bool(np.any(is_idle & (np.abs(end) > tiny))),
        bool(np.any((base < -tiny) | (end < -tiny))),
    )


def annualised(rate: float, days: int) -> float:
    """(1 + rate)^(365 / days) − 1, for a rate ≥ −1."""
    try:
        return math.pow(1.0 + rate, DAYS_PER_YEAR / days) - 1.0
    except OverflowError:
        return math.inf


def modified_dietz(gain: float, value: float, flows: NDArray[np.float64], days: NDArray[np.int64], *, length: int,
                   timing: FlowTiming) -> float | None:  # fmt: skip
    """Gain / (V₀ + Σ w·F).

    Args:
        gain: over the period.
        value: at its start.
        flows: money in (+) and out (−), shape (flows,).
        days: days from the start of the period to each flow, same shape, from 1 to ``length``.
        length: days of the period.
        timing: a flow at the start of its day works for that day too, one in the middle for half of it.

    Returns:
        A fraction; None when the average capital is not positive.
    """
    extra = {FlowTiming.START: 1.0, FlowTiming.END: 0.0, FlowTiming.MID: 0.5}.get(timing, np.where(flows > 0, 1.0, 0.0))
    capital = value + float(np.sum((length - days + extra) / length * flows)) if length else value
    scale = abs(value) + float(np.sum(np.abs(flows)))
    return gain / capital if capital > _TINY * scale else None


def money_weighted(amounts: NDArray[np.float64], days: NDArray[np.int64]) -> tuple[float, ...]:
    """Every yearly rate r at which Σ amount·(1+r)^(−days/365) is zero (XIRR, ACT/365).

    Args:
        amounts: the investor's payments: negative in, positive out and the end value; shape (flows,).
        days: days since the first, same shape.

    Returns:
        The rates in ascending order, each once; none when there is no root.

    Source: u = ln(1+r) on a grid of 512 steps over [−14, 14]; each change of sign is narrowed to 1e-13, and each
    minimum of |f| between values of one sign is looked into for a double root.
    """
    dates, places = np.unique(days, return_inverse=True)
    sums = np.bincount(places, weights=amounts, minlength=len(dates))
    dates, amounts = dates[sums != 0], sums[sums != 0]
    if not len(amounts) or np.all(amounts > 0) or np.all(amounts < 0):
        return ()
    years = (dates - dates[0]) / DAYS_PER_YEAR
    if np.count_nonzero(amounts[:-1] * amounts[1:] < 0) == 1:
        return _single(amounts, years)
    roots: list[float] = []
    grid = np.linspace(-_GRID_EDGE, _GRID_EDGE, _GRID_STEPS + 1)
    worth = _present_value(grid, amounts, years)
    roots += [float(point) for point in grid[worth == 0]]
    for index in np.flatnonzero(worth[:-1] * worth[1:] < 0):
        roots.append(_narrow(grid[index], grid[index + 1], amounts, years))
    size = np.abs(worth)
    is_low = (size[1:-1] < size[:-2]) & (size[1:-1] < size[2:]) & (worth[:-2] * worth[1:-1] > 0) & (
        worth[1:-1] * worth[2:] > 0
    )  # fmt: skip
    for index in np.flatnonzero(is_low):
        roots += _look_into(grid[index], grid[index + 2], amounts, years)
    return tuple(math.expm1(root) for root in sorted(roots))


def _single(amounts: NDArray[np.float64], years: NDArray[np.float64]) -> tuple[float, ...]:
    """Payments that change sign once have one root at most (Descartes): no grid is needed to find it."""
    first, last = _present_value(np.array([-_GRID_EDGE, _GRID_EDGE]), amounts, years)
    return (math.expm1(_narrow(-_GRID_EDGE, _GRID_EDGE, amounts, years)),) if first * last < 0 else ()


def _present_value(points: NDArray[np.float64], amounts: NDArray[np.float64], years: NDArray[np.float64],
                   ) -> NDArray[np.float64]:  # fmt: skip
    """The sum at each point, divided by its largest term without sign: only sign and relative size matter."""
    exponents = -np.outer(points, years)
    exponents -= exponents.max(axis=1, keepdims=True)
    return np.asarray((np.exp(exponents) @ amounts) / np.abs(amounts).sum(), dtype=np.float64)


def _narrow(low: float, high: float, amounts: NDArray[np.float64], years: NDArray[np.float64]) -> float:
    """The root between two points of opposite sign, by cutting the span into 64 at a time."""
    sign = np.sign(_present_value(np.array([low]), amounts, years)[0])
    while high - low > _PRECISION:
        points = np.linspace(low, high, _SECTIONS + 1)
        is_beyond = np.sign(_present_value(points[1:], amounts, years)) != sign
        # Near the root rounding may hide the change of sign that is known to lie before the end.
        is_beyond[-1] = True
        change = int(np.argmax(is_beyond))
        low, high = float(points[change]), float(points[change + 1])
    return (low + high) / 2


def _look_into(low: float, high: float, amounts: NDArray[np.float64], years: NDArray[np.float64]) -> list[float]:
    """Roots near a minimum of |f|: two where it crosses after all, one where it only touches zero."""
    start, end = low, high
    while True:
        points = np.linspace(low, high, _SECTIONS + 1)
        worth = _present_value(points, amounts, years)
        best = int(np.argmin(np.abs(worth)))
        depth, middle = abs(worth[best]), float(points[best])
        if depth < _NOISE:
            return [middle]
        if worth[best] * worth[0] < 0:
            return [_narrow(start, middle, amounts, years), _narrow(middle, end, amounts, years)]
        # The value of a parabola that touches zero would have fallen further by here.
        if depth > _FAR * min(abs(worth[0]), abs(worth[-1])):
            return []
        low, high = float(points[max(best - 1, 0)]), float(points[min(best + 1, _SECTIONS)])
