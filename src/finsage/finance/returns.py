"""Rates of return: time-weighted, money-weighted (XIRR) and modified Dietz.

Arrays are float64, one row per path. A value path has one entry per calendar day, the first being the end of the day
the period starts on; flows have one entry per later day, ≥ 0, money in and money out apart and never netted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

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
_NEAREST = 1e-6
_LEAST = np.finfo(np.float64).tiny
_HALVINGS = 48
_FINE = 16
_GRID_STEP = 2 * _GRID_EDGE / _GRID_STEPS
_GRID = _GRID_STEP * np.arange(-_GRID_STEPS // 2, _GRID_STEPS // 2 + 1)
_EXTRA_DAYS = {FlowTiming.START: 1.0, FlowTiming.END: 0.0, FlowTiming.MID: 0.5}


@dataclass(frozen=True, slots=True)
class DailyReturns:
    """Simple returns per path and day.

    ``is_idle`` marks days without a base, whose return is 0; on some of them there may have been a gain all the same.
    A negative base or end, or on a day without a base a negative value, means that no rate means anything.
    """

    returns: NDArray[np.float64]
    is_idle: NDArray[np.bool_]
    has_gain_without_base: NDArray[np.bool_]
    has_negative_value: NDArray[np.bool_]


def daily_returns(
    value: NDArray[np.float64], inflow: NDArray[np.float64], outflow: NDArray[np.float64], timing: FlowTiming
) -> DailyReturns:
    """The return of each day.

    Args:
        value: shape (paths, days + 1), no NaN.
        inflow: money in, shape (paths, days), ≥ 0.
        outflow: money out, shape (paths, days), ≥ 0.
        timing: when on its day a flow takes part.

    Returns:
        r = end / base − 1 with, by default, base = V[d−1] + I[d] and end = V[d] + O[d].
    """
    before, after = value[:, :-1], value[:, 1:]
    if timing is FlowTiming.INFLOW_START_OUTFLOW_END:
        base, end = before + inflow, after + outflow
    elif timing is FlowTiming.START:
        base, end = before + (inflow - outflow), after
    elif timing is FlowTiming.END:
        base, end = before, after - (inflow - outflow)
    else:
        half = (inflow - outflow) / 2
        base, end = before + half, after - half
    size = np.abs(value)
    tiny = size[:, :-1] + size[:, 1:]
    tiny += inflow
    tiny += outflow
    tiny *= _TINY
    is_idle = np.abs(base) <= tiny
    returns = end / np.where(is_idle, 1.0, base)
    returns -= 1.0
    np.copyto(returns, 0.0, where=is_idle)
    has_gain = np.any(is_idle & (np.abs(end) > tiny), axis=1)
    # Without a base no return is worked out, and what is less the flow may be negative: a fee out of a first deposit.
    is_negative = np.minimum(base, np.where(is_idle, after, end)) < -tiny
    return DailyReturns(returns, is_idle, has_gain, np.any(is_negative, axis=1))


def annualised(rate: float, days: int) -> float:
    """(1 + rate)^(365 / days) − 1, for a rate ≥ −1."""
    try:
        return math.pow(1.0 + rate, DAYS_PER_YEAR / days) - 1.0
    except OverflowError:
        return math.inf


class Payments(NamedTuple):
    """Flows of several paths: the path's row, days since its start (from 1), money in (+) or out (−)."""

    rows: NDArray[np.int64]
    days: NDArray[np.int64]
    amounts: NDArray[np.float64]

    def of(self, first: int, last: int) -> Payments:
        """Those of some rows, which must be in order, counted from the first."""
        start, end = np.searchsorted(self.rows, (first, last))
        return Payments(self.rows[start:end] - first, self.days[start:end], self.amounts[start:end])

    def daily(self, count: int, length: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Money in and money out per path and day, both ≥ 0, shape (count, length), not netted."""
        cells = self.rows * length + self.days - 1
        ways = (np.maximum(self.amounts, 0.0), np.maximum(-self.amounts, 0.0))
        sums = [np.bincount(cells, weights=way, minlength=count * length).reshape(count, length) for way in ways]
        return sums[0].astype(np.float64, copy=False), sums[1].astype(np.float64, copy=False)


def dietz_weights(
    days: NDArray[np.int64], amounts: NDArray[np.float64], *, length: int, timing: FlowTiming
) -> NDArray[np.float64]:
    """The part of the period each flow was at work: from its own day on, half of it, or from the next.

    Args:
        days: of the flows, counted from the start, from 1 to ``length``.
        amounts: money in (+) or out (−), of the same shape; an unknown one counts as money out.
        length: days of the period. In one of no day there is no flow.
        timing: a flow at the start of its day works for that day too, one in the middle for half of it.
    """
    extra = _EXTRA_DAYS.get(timing, np.where(amounts > 0, 1.0, 0.0))
    return np.asarray((length - days + extra) / length, dtype=np.float64)


def modified_dietz(gain: NDArray[np.float64], value: NDArray[np.float64], flows: Payments, *, length: int,
                   timing: FlowTiming) -> NDArray[np.float64]:  # fmt: skip
    """Gain / (V₀ + Σ w·F).

    Args:
        gain: over the period, one per path.
        value: at its start, one per path.
        flows: of all paths.
        length: days of the period.
        timing: when on its day a flow begins to work; see ``dietz_weights``.

    Returns:
        A fraction per path; NaN where the average capital is not positive.
    """
    count, amounts = len(value), flows.amounts
    weighted = dietz_weights(flows.days, amounts, length=length, timing=timing) * amounts
    capital = value + np.bincount(flows.rows, weights=weighted, minlength=count)
    scale = np.abs(value) + np.bincount(flows.rows, weights=np.abs(amounts), minlength=count)
    is_positive = capital > _TINY * scale
    return np.where(is_positive, gain / np.where(is_positive, capital, 1.0), np.nan)


def money_weighted(amounts: NDArray[np.float64], days: NDArray[np.int64]) -> tuple[float, ...]:
    """The roots of one row of payments; see ``money_weighted_all``."""
    rows = np.zeros(len(amounts), dtype=np.int64)
    return money_weighted_all(rows, days, amounts, skip=np.zeros(1, dtype=np.bool_))[0]


def money_weighted_all(
    rows: NDArray[np.int64], days: NDArray[np.int64], amounts: NDArray[np.float64], *, skip: NDArray[np.bool_]
) -> list[tuple[float, ...]]:
    """Every yearly rate r at which Σ amount·(1+r)^(−days/365) is zero (XIRR, ACT/365), for several rows of payments.

    Args:
        rows: the row of each payment; shape (payments,).
        days: days since any day, one for all payments of a row; same shape.
        amounts: the investor's payments: negative in, positive out and the end value; same shape.
        skip: rows to leave without roots; shape (rows,).

    Returns:
        Per row: the rates in ascending order, each once; none when there is no root.

    Source: u = ln(1+r) on a grid of 512 steps over [−14, 14]; each change of sign is narrowed to 1e-13, and each
    minimum of |f| between values of one sign is looked into for a double root; beside a point of the grid that is a
    root itself, the sign is followed from there to the next. The running sums of a row, from the
    first payment and from the last, bound the roots above and below u = 0 by their changes of sign (Laguerre 1883):
    where they change once in all, which is nearly everywhere, one bisection takes the place of the grid.
    """
    table, years = _side_by_side(rows, days, amounts, len(skip))
    turns_up, turns_down = _turns(table), _turns(table[:, ::-1])
    is_sure = (turns_up >= 0) & (turns_down >= 0) & (turns_up + turns_down <= 1)
    has_one = np.flatnonzero(is_sure & (turns_up + turns_down == 1) & ~skip)
    edge = np.where(turns_up[has_one] == 1, _GRID_EDGE, -_GRID_EDGE)
    found: list[list[float]] = [[] for _ in skip]
    hard = np.flatnonzero(~is_sure & ~skip)
    worth = _on_grid(table[hard], years[hard])
    for place, index in zip(*np.nonzero(np.abs(worth) <= _NOISE), strict=True):
        row = hard[place]
        paid = table[row] != 0
        if _cancels(_GRID[index], table[row][paid], years[row][paid]):
            worth[place, index] = 0.0
            found[row] += [float(_GRID[index]), *_beside(int(index), table[row][paid], years[row][paid])]
    at, index = np.nonzero(worth[:, :-1] * worth[:, 1:] < 0)
    which = np.concatenate((has_one, hard[at]))
    near, far = np.concatenate((np.zeros(len(has_one)), _GRID[index])), np.concatenate((edge, _GRID[index + 1]))
    for row, root in zip(which, _bisect(table[which], years[which], near, far), strict=True):
        if not math.isnan(root):
            found[row].append(root)
    for place, index in zip(*_touching(worth), strict=True):
        row = hard[place]
        paid = table[row] != 0
        found[row] += _look_into(_GRID[index], _GRID[index + 2], table[row][paid], years[row][paid])
    return [tuple(math.expm1(root) for root in sorted(roots)) for roots in found]


def _side_by_side(
    rows: NDArray[np.int64], days: NDArray[np.int64], amounts: NDArray[np.float64], count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The sum paid on each day and its years since the row's first payment, a row each, filled up with zeros."""
    span = int(days.max(initial=0)) + 1
    keys, places = np.unique(rows * span + days, return_inverse=True)
    sums = np.bincount(places, weights=amounts, minlength=len(keys))
    keys, sums = keys[sums != 0], sums[sums != 0]
    owner, day = keys // span, keys % span
    sizes = np.bincount(owner, minlength=count)
    starts = np.cumsum(sizes) - sizes
    columns = np.arange(len(keys)) - np.repeat(starts, sizes)
    table, years = np.zeros((count, int(sizes.max(initial=1)))), np.zeros((count, int(sizes.max(initial=1))))
    table[owner, columns] = sums
    years[owner, columns] = (day - np.repeat(day[starts[sizes > 0]], sizes[sizes > 0])) / DAYS_PER_YEAR
    return table, years


def _summed(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum of each row, one after the other: the zeros it is filled up with change nothing of it."""
    return np.asarray(np.cumsum(table, axis=1)[:, -1], dtype=np.float64)


def _turns(table: NDArray[np.float64]) -> NDArray[np.int64]:
    """How often the running sums of each row change sign; −1 where rounding leaves a sign open."""
    sums = np.cumsum(table, axis=1)
    is_vague = (np.abs(sums) <= _TINY * _summed(np.abs(table))[:, None]) & np.logical_or.accumulate(table != 0, axis=1)
    turns = np.count_nonzero(sums[:, 1:] * sums[:, :-1] < 0, axis=1)
    return np.where(is_vague.any(axis=1), -1, turns)


def _since(table: NDArray[np.float64], years: NDArray[np.float64], *, is_up: NDArray[np.bool_] | bool
           ) -> NDArray[np.float64]:  # fmt: skip
    """Years that let no power exceed one: from the first payment for points above u = 0, else from the last."""
    last = np.where(table != 0, years, 0.0).max(axis=1, keepdims=True, initial=0.0)
    return np.where(table != 0, years - np.where(is_up, 0.0, last), 0.0)


def _on_grid(table: NDArray[np.float64], years: NDArray[np.float64]) -> NDArray[np.float64]:
    """The present value of each row at each point of the grid, up to a positive factor; shape (rows, points).

    A point is a coarse step plus a fine one, so its powers are products: exp is called for 49 of 513 points.
    """
    half = _GRID_STEPS // 2
    coarse, fine = _GRID_STEP * _FINE * np.arange(half // _FINE + 1), _GRID_STEP * np.arange(_FINE)

    def side(times: NDArray[np.float64]) -> NDArray[np.float64]:
        one = np.exp(-coarse[None, :, None] * times[:, None, :]) * table[:, None, :]
        other = np.exp(-times[:, :, None] * fine[None, None, :])
        return np.asarray((one @ other).reshape(len(table), len(coarse) * _FINE)[:, : half + 1])

    above = side(_since(table, years, is_up=True))
    below = side(-_since(table, years, is_up=False))
    worth = np.concatenate((below[:, :0:-1], above), axis=1) / np.abs(table).sum(axis=1, keepdims=True)
    return np.asarray(worth, dtype=np.float64)


def _touching(worth: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where |f| has a minimum between values of one sign: the row, and the point before it."""
    size = np.abs(worth)
    is_low = (size[:, 1:-1] < size[:, :-2]) & (size[:, 1:-1] < size[:, 2:])
    is_low &= (worth[:, :-2] * worth[:, 1:-1] > 0) & (worth[:, 1:-1] * worth[:, 2:] > 0)
    rows, points = np.nonzero(is_low)
    return rows, points


def _bisect(
    table: NDArray[np.float64], years: NDArray[np.float64], near: NDArray[np.float64], far: NDArray[np.float64]
) -> list[float]:
    """The root between two points on one side of u = 0, per row; NaN where the sign does not change between them."""
    times = _since(table, years, is_up=(near + far > 0)[:, None])

    def signs(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.sign(_summed(np.exp(-points[:, None] * times) * table)))

    beyond = signs(far)
    has_root = beyond != signs(near)
    for _ in range(_HALVINGS):
        middle = (near + far) / 2
        is_beyond = signs(middle) == beyond
        near, far = np.where(is_beyond, near, middle), np.where(is_beyond, middle, far)
    return [float(root) for root in np.where(has_root, (near + far) / 2, np.nan)]


def _present_value(points: NDArray[np.float64], amounts: NDArray[np.float64], years: NDArray[np.float64],
                   ) -> NDArray[np.float64]:  # fmt: skip
    """The sum at each point, divided by that of its terms without sign: only sign and relative size matter."""
    exponents = -np.outer(points, years)
    exponents -= exponents.max(axis=1, keepdims=True)
    terms = np.exp(exponents) * amounts
    # Where a small amount stands before all others, those may be nothing beside it, and it nothing beside one.
    return np.asarray(terms.sum(axis=1) / np.maximum(np.abs(terms).sum(axis=1), _LEAST), dtype=np.float64)


def _cancels(point: float, amounts: NDArray[np.float64], years: NDArray[np.float64]) -> bool:
    """Whether all that is left of the sum at a point is rounding."""
    exponents = -point * years
    terms = np.exp(exponents - exponents.max()) * amounts
    return bool(abs(terms.sum()) <= _NOISE * np.abs(terms).sum())


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


def _beside(index: int, amounts: NDArray[np.float64], years: NDArray[np.float64]) -> list[float]:
    """Roots less than a step away from a point of the grid that is one itself: no sign there tells of them."""
    roots = []
    for end in (_GRID[max(index - 1, 0)], _GRID[min(index + 1, _GRID_STEPS)]):
        points = np.sort(_GRID[index] + (end - _GRID[index]) * np.geomspace(_NEAREST, 1.0, _SECTIONS + 1))
        worth = _present_value(points, amounts, years)
        # Next to the root rounding decides the sign.
        is_clear = np.abs(worth) > _NOISE
        points, worth = points[is_clear], worth[is_clear]
        changes = np.flatnonzero(worth[:-1] * worth[1:] < 0)
        roots += [_narrow(float(points[at]), float(points[at + 1]), amounts, years) for at in changes]
    return roots


def _look_into(low: float, high: float, amounts: NDArray[np.float64], years: NDArray[np.float64]) -> list[float]:
    """Roots near a minimum of |f|: two where it crosses after all, one where it only touches zero."""
    start, end = low, high
    while True:
        points = np.linspace(low, high, _SECTIONS + 1)
        worth = _present_value(points, amounts, years)
        best = int(np.argmin(np.abs(worth)))
        depth, middle = abs(worth[best]), float(points[best])
        across = int(np.argmin(worth * np.sign(worth[0])))
        if worth[across] * worth[0] < 0 and abs(worth[across]) > _NOISE:
            between = float(points[across])
            return [_narrow(start, between, amounts, years), _narrow(between, end, amounts, years)]
        if depth < _NOISE:
            return [middle]
        # The value of a parabola that touches zero would have fallen further by here.
        if depth > _FAR * min(abs(worth[0]), abs(worth[-1])):
            return []
        low, high = float(points[max(best - 1, 0)]), float(points[min(best + 1, _SECTIONS)])
