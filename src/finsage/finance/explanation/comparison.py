"""Explaining a benchmark: what its price did, what the same money would have become in it, and the differences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from finsage.finance.explanation import growth
from finsage.finance.explanation.basis import Course
from finsage.finance.explanation.fluctuation import drawdown_of, volatility_of
from finsage.finance.explanation.model import BoughtUnits, Curve, Kind, Term, UnitValue
from finsage.finance.explanation.parts import Parts
from finsage.finance.ledger import known
from finsage.finance.money import total


def price_return(basis: Course) -> Parts:
    """What a unit was worth at both ends."""
    return Parts(terms=_ends_of_unit(basis), unit_values=_unit_values(basis, _ends(basis)))


def price_return_yearly(basis: Course) -> Parts:
    """The same, and the days it is spread over."""
    terms = (_price_return(basis), growth.days(basis), *_ends_of_unit(basis))
    return Parts(terms=terms, unit_values=_unit_values(basis, _ends(basis)))


def price_volatility(basis: Course) -> Parts:
    """The returns of the days counted, and the value of a unit on every day that it changed."""
    return _risk(basis, *volatility_of(basis.benchmark.price_path, basis.options))


def price_drawdown(basis: Course) -> Parts:
    """The growth of a unit, its deepest point and the high before, and its value on every day that it changed."""
    return _risk(basis, *drawdown_of(basis.benchmark.price_path, basis.options))


def _risk(basis: Course, curve: Curve | None, terms: Sequence[Term]) -> Parts:
    value, (first, last) = basis.benchmark.unit.daily, _ends(basis)
    changed = (np.flatnonzero(value[1:] != value[:-1]) + 1 + basis.start).tolist()
    days = {first, last, *(day for day in changed if day > first)}
    return Parts(terms=tuple(terms), curve=curve, unit_values=_unit_values(basis, days))


def same_flows_value(basis: Course) -> Parts:
    """The units that the value at the start and each flow bought, and what one of them is worth at the end."""
    found = basis.benchmark
    return _same_flows(
        basis,
        Term("units", known(total(row.units for row in found.bought)), Kind.UNITS, found.unit.asset.key),
        _unit(basis, "unit_end", basis.end),
    )


def same_flows_gain(basis: Course) -> Parts:
    """Values at both ends and the flows between, and what those bought."""
    return _same_flows(basis, *growth.ends(basis.benchmark.same_flows_path))


def same_flows_money_weighted(basis: Course) -> Parts:
    """All payments with their days, and every rate that balances them when there are several."""
    found = basis.benchmark
    roots = growth.roots(found.same_flows.performance)
    return _same_flows(basis, *growth.ends(found.same_flows_path), growth.days(basis), *roots)


def same_flows_money_weighted_period(basis: Course) -> Parts:
    """The yearly rate over the days of the period."""
    ends = growth.ends(basis.benchmark.same_flows_path)
    return _same_flows(basis, *ends, _same_flows_rate(basis), growth.days(basis))


def twr_difference(basis: Course) -> Parts:
    """The stretches of the portfolio's return, and what a unit of the benchmark was worth at both ends."""
    own = growth.time_weighted(basis)
    twr = Term("twr", basis.report.performance.twr, Kind.RATIO)
    terms = (twr, _price_return(basis), *own.terms, *_ends_of_unit(basis))
    return replace(own, terms=terms, unit_values=_unit_values(basis, _ends(basis)))


def mwr_difference(basis: Course) -> Parts:
    """The payments both rates balance, and the value that each comes to."""
    own, found = growth.simple_gain(basis), basis.benchmark
    end = Term("same_flows_value", found.end_value, Kind.MONEY, day=date.fromordinal(basis.end))
    mwr = Term("mwr", basis.report.performance.mwr, Kind.RATIO)
    terms = (mwr, _same_flows_rate(basis), *own.terms, end, growth.days(basis))
    values = _unit_values(basis, _days_bought(basis))
    return replace(own, terms=terms, bought=_bought(basis), unit_values=values)


def _price_return(basis: Course) -> Term:
    return Term("benchmark_twr", basis.benchmark.price.performance.twr, Kind.RATIO)


def _same_flows_rate(basis: Course) -> Term:
    return Term("same_flows_mwr", basis.benchmark.same_flows.performance.mwr, Kind.RATIO)


def _ends(basis: Course) -> tuple[int, int]:
    return basis.benchmark.begin, basis.end


def _ends_of_unit(basis: Course) -> tuple[Term, Term]:
    begin, end = _ends(basis)
    return _unit(basis, "unit_start", begin), _unit(basis, "unit_end", end)


def _unit(basis: Course, name: str, day: int) -> Term:
    unit = basis.benchmark.unit
    return Term(name, known(unit.value(day)), Kind.MONEY, unit.asset.key, date.fromordinal(day))


def _same_flows(basis: Course, *terms: Term) -> Parts:
    # The value at the start is what the holdings were worth, and so the first thing that bought units.
    own = growth.net_flow(basis)
    return Parts(
        terms=terms,
        flows=own.flows,
        valuations=tuple(basis.valuations(basis.start)),
        bought=_bought(basis),
        unit_values=_unit_values(basis, _days_bought(basis)),
        transactions=own.transactions,
        booked=own.booked,
    )


def _days_bought(basis: Course) -> set[int]:
    return {basis.end, *(row.day for row in basis.benchmark.bought)}


def _bought(basis: Course) -> tuple[BoughtUnits, ...]:
    found = basis.benchmark
    return tuple(
        BoughtUnits(
            day=date.fromordinal(row.day),
            transaction=None if row.step < 0 else basis.transaction(row.step),
            asset=found.unit.asset.key,
            amount=known(row.money),
            unit_value=known(found.unit.value(row.day)),
            units=known(row.units),
            portfolio=None if row.step < 0 else basis.owner(row.step),
        )
        for row in found.bought
    )


def _unit_values(basis: Course, days: Iterable[int]) -> tuple[UnitValue, ...]:
    """What a unit was worth on some days, those without a close left out."""
    unit, rows = basis.benchmark.unit, []
    for day in sorted(set(days)):
        close, rate = unit.close(day), unit.rate(day)
        if close is not None:
            rows.append(
                UnitValue(
                    day=date.fromordinal(day),
                    asset=unit.asset.key,
                    currency=unit.asset.currency,
                    close=close.value,
                    rate=None if rate is None else rate.value,
                    splits=unit.splits(day),
                    value=known(unit.value(day)),
                )
            )
    return tuple(rows)
