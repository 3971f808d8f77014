"""Explaining risk: the returns a volatility is the deviation of, and the highs and troughs of drawdowns."""

from __future__ import annotations

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
from finsage.finance.options import CalendarChoice
from finsage.finance.risk import linked_returns, periods_per_year


def volatility(basis: Course) -> Parts:
    """The returns of the days counted, linked over closed ones."""
    found, calendar = daily(basis), basis.options.calendar
    if found is None:
        return _parts(basis, None)
    linked, counted = linked_returns(found.returns[None, :], ~found.is_idle[None, :], basis.start + 1, calendar)
    days = np.arange(len(found.returns))
    if calendar is CalendarChoice.TRADING:
        days = np.flatnonzero(is_open(basis.start + 1, len(days)))
    returns = linked[0][counted[0]]
    curve = Curve("returns", _dates(basis, days[counted[0]] + 1), tuple(returns.tolist()))
    terms = (
        Term("count", len(returns), Kind.COUNT),
        Term("mean", float(returns.mean()) if len(returns) else None, Kind.RATIO),
        Term("periods_per_year", periods_per_year(calendar), Kind.COUNT),
    )
    return _parts(basis, curve, *terms)


def volatility_period(basis: Course) -> Parts:
    """The log returns of open days with value on that day and the day before."""
    found = daily(basis)
    if found is None:
        return _parts(basis, None)
    value = basis.path.value
    kept = (value[1:] != 0) & (value[:-1] != 0) & is_open(basis.start + 1, basis.path.length) & (found.returns > -1)
    logs = np.log1p(found.returns[kept])
    curve = Curve("log_returns", _dates(basis, np.flatnonzero(kept) + 1), tuple(logs.tolist()))
    mean = float(logs.mean()) if len(logs) else None
    return _parts(basis, curve, Term("count", len(logs), Kind.COUNT), Term("mean", mean, Kind.RATIO))


def _growth(basis: Course) -> NDArray[np.float64] | None:
    found = daily(basis)
    return None if found is None else np.concatenate(([1.0], np.cumprod(1.0 + found.returns)))


def drawdown_max(basis: Course) -> Parts:
    """The deepest point below the high before it."""
    growth = _growth(basis)
    if growth is None:
        return _parts(basis, None)
    trough = int(troughs(growth[None])[0])
    high = int(np.argmax(growth[: trough + 1]))
    return _parts(basis, _curve(basis, growth), *_points(basis, growth, high=high, trough=trough))


def drawdown_days(basis: Course) -> Parts:
    """The longest span from one high to the next, or to the end."""
    growth = _growth(basis)
    if growth is None:
        return _parts(basis, None)
    marks = [*np.flatnonzero(new_highs(growth[None])[0]).tolist(), len(growth) - 1]
    first, last = max(pairwise(marks), key=lambda pair: pair[1] - pair[0])
    return _parts(basis, _curve(basis, growth), *_points(basis, growth, high=first, end_of_span=last))


def recovery_days(basis: Course) -> Parts:
    """From the deepest point until the high before it was reached again."""
    growth = _growth(basis)
    if growth is None:
        return _parts(basis, None)
    trough, back = int(troughs(growth[None])[0]), int(recoveries(growth[None])[0])
    points = {"high": int(np.argmax(growth[: trough + 1])), "trough": trough}
    if back >= 0:
        points["recovered"] = back
    return _parts(basis, _curve(basis, growth), *_points(basis, growth, **points))


def _points(basis: Course, growth: NDArray[np.float64], **points: int) -> list[Term]:
    return [
        Term(name, float(growth[index]), Kind.RATIO, day=date.fromordinal(basis.start + index))
        for name, index in points.items()
    ]


def _curve(basis: Course, growth: NDArray[np.float64]) -> Curve:
    return Curve("growth", _dates(basis, range(len(growth))), tuple(growth.tolist()))


def _dates(basis: Course, places: object) -> tuple[date, ...]:
    return tuple(date.fromordinal(basis.start + int(place)) for place in np.asarray(places, dtype=np.int64))


def _parts(basis: Course, curve: Curve | None, *terms: Term) -> Parts:
    entries = basis.named(basis.transaction(flow.step) for flow in basis.flows)
    return Parts(
        terms=terms,
        curve=curve,
        flows=flows(basis),
        valuations=(*basis.valuations(basis.start), *basis.valuations(basis.end)),
        transactions=entries,
        booked=entries,
    )
