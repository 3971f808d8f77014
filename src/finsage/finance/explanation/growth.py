"""Explaining returns: flows, the periods between them, and the rates they come to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from finsage.finance.explanation.basis import Basis, Course
from finsage.finance.explanation.model import FlowUsed, Kind, SubPeriod, Term
from finsage.finance.explanation.parts import Parts
from finsage.finance.ledger import known
from finsage.finance.money import ZERO, to_float, total
from finsage.finance.options import FlowTiming
from finsage.finance.performance import Path
from finsage.finance.results import Performance
from finsage.finance.returns import daily_returns, dietz_weights


def flows(basis: Course, *, is_weighted: bool = False) -> tuple[FlowUsed, ...]:
    """The flows of the period, each with its days since the start and its weight in modified Dietz."""
    return tuple(
        FlowUsed(
            day=date.fromordinal(flow.day),
            transaction=basis.transaction(flow.step),
            amount=known(flow.value),
            days=flow.day - basis.start,
            weight=weight if is_weighted else None,
            portfolio=basis.owner(flow.step),
        )
        for flow, weight in zip(basis.flows, _weights(basis), strict=True)
    )


def _weights(basis: Course) -> list[float]:
    after = np.array([flow.day - basis.start for flow in basis.flows], dtype=np.int64)
    amounts = to_float(flow.value for flow in basis.flows)
    length, timing = basis.end - basis.start, basis.options.flow_timing
    weights: list[float] = dietz_weights(after, amounts, length=length, timing=timing).tolist()
    return weights


def ends(path: Path) -> list[Term]:
    """The values at both ends, and what was put in between."""
    return [
        Term("start_value", known(path.first), Kind.MONEY, day=date.fromordinal(path.start)),
        Term("end_value", known(path.last), Kind.MONEY, day=date.fromordinal(path.start + path.length)),
        Term("net_flow", known(total(flow.value for flow in path.flows)), Kind.MONEY),
    ]


def _parts(basis: Course, *terms: Term, is_weighted: bool = False, sub_periods: tuple[SubPeriod, ...] = ()) -> Parts:
    entries = basis.named(basis.transaction(flow.step) for flow in basis.flows)
    return Parts(
        terms=(*ends(basis.path), *terms),
        flows=flows(basis, is_weighted=is_weighted),
        valuations=(*basis.valuations(basis.start), *basis.valuations(basis.end)),
        sub_periods=sub_periods,
        transactions=entries,
        booked=entries,
    )


def net_flow(basis: Course) -> Parts:
    """What crossed the border of the scope."""
    entries = basis.named(basis.transaction(flow.step) for flow in basis.flows)
    return Parts(flows=flows(basis), transactions=entries, booked=entries)


def simple_gain(basis: Course) -> Parts:
    """Values at both ends and the flows between."""
    return _parts(basis)


def _gain(basis: Course) -> Term:
    return Term("simple_gain", basis.simple_gain, Kind.MONEY)


def _money_in(basis: Course) -> Decimal:
    return total(flow.value for flow in basis.flows if flow.value.is_nan() or flow.value > 0)


def capital(basis: Course) -> Decimal | None:
    """The value at the start and the money that came in."""
    return known(basis.first_value + _money_in(basis))


def simple_return(basis: Course) -> Parts:
    """The gain on the value at the start and the money that came in."""
    money_in = Term("money_in", known(_money_in(basis)), Kind.MONEY)
    return _parts(basis, _gain(basis), money_in, Term("capital", capital(basis), Kind.MONEY))


def day_return(basis: Basis) -> Parts:
    """The same of the assets of a part."""
    return simple_return(basis.of_assets)


def modified_dietz(basis: Course) -> Parts:
    """The gain on the capital at work on average."""
    parts = _parts(basis, _gain(basis), is_weighted=True)
    weighted = [float(flow.amount) * (flow.weight or 0.0) for flow in parts.flows if flow.amount is not None]
    is_known = len(weighted) == len(parts.flows) and not basis.first_value.is_nan()
    average = float(basis.first_value) + sum(weighted) if is_known else None
    return replace(parts, terms=(*parts.terms, Term("average_capital", average, Kind.MONEY)))


def days(basis: Course) -> Term:
    """How long the period is."""
    return Term("days", basis.end - basis.start, Kind.DAYS)


def money_weighted(basis: Course) -> Parts:
    """All payments with their days, and every rate that balances them when there are several."""
    return _parts(basis, days(basis), *roots(basis.report.performance))


def roots(performance: Performance) -> list[Term]:
    """The rates that balance all payments, where there are several."""
    return [Term("root", root, Kind.RATIO) for root in performance.roots]


def money_weighted_period(basis: Course) -> Parts:
    """The yearly rate over the days of the period."""
    return _parts(basis, Term("mwr", basis.report.performance.mwr, Kind.RATIO), days(basis))


def time_weighted(basis: Course) -> Parts:
    """The periods between flows with the growth of each."""
    return _parts(basis, sub_periods=sub_periods(basis))


def time_weighted_yearly(basis: Course) -> Parts:
    """The same, and the days it is spread over."""
    twr = Term("twr", basis.report.performance.twr, Kind.RATIO)
    return _parts(basis, twr, days(basis), sub_periods=sub_periods(basis))


@dataclass(frozen=True, slots=True)
class Daily:
    """Simple returns per day, and the days without a base; shape (days,)."""

    returns: NDArray[np.float64]
    is_idle: NDArray[np.bool_]


def daily(path: Path, timing: FlowTiming) -> Daily | None:
    """The daily returns of a path; None where a rate is missing or a value negative."""
    if not path.is_known:
        return None
    flow = np.zeros((2, path.length))
    for day, moved in _by_day(path).items():
        flow[:, day - path.start - 1] = [float(amount) for amount in moved]
    found = daily_returns(path.value[None, :], flow[:1], flow[1:], timing)
    return None if found.has_negative_value[0] else Daily(found.returns[0], found.is_idle[0])


def sub_periods(basis: Course) -> tuple[SubPeriod, ...]:
    """The period cut at every flow: a day with flows alone, and the days without between them as one.

    Between flows the daily returns link to end over begin, so that the product of these growths is that of all days.
    Values inside the period are read from the daily curve, which is double precision, and shown with twelve digits,
    be the value large or small: the growth follows from them.
    """
    found = daily(basis.path, basis.options.flow_timing)
    if found is None:
        return ()
    moved = _by_day(basis.path)
    has_flow = np.array([basis.start + 1 + index in moved for index in range(len(found.returns))], dtype=np.bool_)
    rows, first, length = [], 0, basis.end - basis.start
    while first < length:
        last = first + 1
        if not has_flow[first]:
            while last < length and not has_flow[last] and found.is_idle[last] == found.is_idle[first]:
                last += 1
        inflow, outflow = moved.get(basis.start + first + 1, (ZERO, ZERO))
        rows.append(
            SubPeriod(
                start=date.fromordinal(basis.start + first),
                end=date.fromordinal(basis.start + last),
                start_value=_value_at(basis, first),
                inflow=inflow,
                outflow=outflow,
                end_value=_value_at(basis, last),
                growth=float(np.prod(1.0 + found.returns[first:last])),
                is_idle=bool(found.is_idle[first]),
            )
        )
        first = last
    return tuple(rows)


def _value_at(basis: Course, index: int) -> Decimal:
    if index == 0:
        return basis.path.ends[0]
    if index == basis.end - basis.start:
        return basis.path.ends[1]
    return Decimal(f"{float(basis.path.value[index]):.12g}")


def _by_day(path: Path) -> dict[int, tuple[Decimal, Decimal]]:
    """Money in and money out of the days that have any, not netted."""
    moved: dict[int, tuple[Decimal, Decimal]] = {}
    for flow in path.flows:
        inflow, outflow = moved.get(flow.day, (ZERO, ZERO))
        is_in = flow.value > 0
        moved[flow.day] = (inflow + flow.value, outflow) if is_in else (inflow, outflow - flow.value)
    return moved
