"""Explaining risk: the returns a volatility is the deviation of, and the highs and troughs of drawdowns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from finsage.finance.calendar import is_open
from finsage.finance.drawdown import new_highs, recoveries, troughs
from finsage.finance.explanation.basis import Course
from finsage.finance.explanation.growth import daily, flows
from finsage.finance.explanation.model import Curve, Kind, Term
from finsage.finance.explanation.parts import Parts
from finsage.finance.options import CalendarChoice, Options
from finsage.finance.performance import Path
from finsage.finance.risk import linked_returns, periods_per_year

Shown = tuple[Curve | None, list[Term]]


def volatility(basis: Course) -> Parts:
    """The returns of the days counted, linked over closed ones."""
    return _parts(basis, *volatility_of(basis.path, basis.options))


def volatility_of(path: Path, options: Options) -> Shown:
    """The returns of a path on the days counted, and what scales their deviation to a year."""
    found, calendar = daily(path, options.flow_timing), options.calendar
    if found is None:
        return None, []
    linked, counted = linked_returns(found.returns[None, :], ~found.is_idle[None, :], path.start + 1, calendar)
    days = np.arange(len(found.returns))
    if calendar is CalendarChoice.TRADING:
        days = np.flatnonzero(is_open(path.start + 1, len(days)))
    returns = linked[0][counted[0]]
    curve = Curve("returns", _dates(path, days[counted[0]] + 1), tuple(returns.tolist()))
    return curve, [
        Term("count", len(returns), Kind.COUNT),
        Term("mean", float(returns.mean()) if len(returns) else None, Kind.RATIO),
        Term("periods_per_year", periods_per_year(calendar), Kind.COUNT),
    ]


def volatility_period(basis: Course) -> Parts:
    """The log returns of open days with value on that day and the day before."""
    path = basis.path
    found = daily(path, basis.options.flow_timing)
    if found is None:
        return _parts(basis)
    kept = (path.value[1:] != 0) & (path.value[:-1] != 0) & is_open(path.start + 1, path.length) & (found.returns > -1)
    logs = np.log1p(found.returns[kept])
    curve = Curve("log_returns", _dates(path, np.flatnonzero(kept) + 1), tuple(logs.tolist()))
    mean = float(logs.mean()) if len(logs) else None
    return _parts(basis, curve, [Term("count", len(logs), Kind.COUNT), Term("mean", mean, Kind.RATIO)])


def _growth(path: Path, options: Options) -> NDArray[np.float64] | None:
    found = daily(path, options.flow_timing)
    return None if found is None else np.concatenate(([1.0], np.cumprod(1.0 + found.returns)))


def drawdown_max(basis: Course) -> Parts:
    """The deepest point below the high before it."""
    return _parts(basis, *drawdown_of(basis.path, basis.options))


def drawdown_of(path: Path, options: Options) -> Shown:
    """The growth of a path, its deepest point and the high before it."""
    growth = _growth(path, options)
    if growth is None:
        return None, []
    trough = int(troughs(growth[None])[0])
    high = int(np.argmax(growth[: trough + 1]))
    return _curve(path, growth), _points(path, growth, high=high, trough=trough)


def drawdown_days(basis: Course) -> Parts:
    """The longest span from one high to the next, or to the end."""
    growth = _growth(basis.path, basis.options)
    if growth is None:
        return _parts(basis)
    marks = [*np.flatnonzero(new_highs(growth[None])[0]).tolist(), len(growth) - 1]
    first, last = max(pairwise(marks), key=lambda pair: pair[1] - pair[0])
    return _parts(basis, _curve(basis.path, growth), _points(basis.path, growth, high=first, end_of_span=last))


def recovery_days(basis: Course) -> Parts:
    """From the deepest point until the high before it was reached again."""
    growth = _growth(basis.path, basis.options)
    if growth is None:
        return _parts(basis)
    trough, back = int(troughs(growth[None])[0]), int(recoveries(growth[None])[0])
    points = {"high": int(np.argmax(growth[: trough + 1])), "trough": trough}
    if back >= 0:
        points["recovered"] = back
    return _parts(basis, _curve(basis.path, growth), _points(basis.path, growth, **points))


def _points(path: Path, growth: NDArray[np.float64], **points: int) -> list[Term]:
    return [
        Term(name, float(growth[index]), Kind.RATIO, day=date.fromordinal(path.start + index))
        for name, index in points.items()
    ]


def _curve(path: Path, growth: NDArray[np.float64]) -> Curve:
    return Curve("growth", _dates(path, range(len(growth))), tuple(growth.tolist()))


def _dates(path: Path, places: object) -> tuple[date, ...]:
    return tuple(date.fromordinal(path.start + int(place)) for place in np.asarray(places, dtype=np.int64))


def _parts(basis: Course, curve: Curve | None = None, terms: Sequence[Term] = ()) -> Parts:
    entries = basis.named(basis.transaction(flow.step) for flow in basis.flows)
    return Parts(
        terms=tuple(terms),
        curve=curve,
        flows=flows(basis),
        valuations=(*basis.valuations(basis.start), *basis.valuations(basis.end)),
        transactions=entries,
        booked=entries,
    )
