"""External cash flows: what crossed the border of a scope.

A flow is what a transaction put into the scope beyond what it earned there: the value that went into its accounts less
income, plus fees and taxes. A purchase inside a portfolio moves nothing across; seen from the asset alone it is money
in. ``value`` counts in-kind flows at market value, for performance; ``book`` at lot cost, for the identity.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple, TypeVar

from finsage.finance.money import ZERO
from finsage.finance.options import EVERYTHING, Scope
from finsage.finance.trail import Leg, Realised, Result

_Row = TypeVar("_Row", Leg, Result, Realised)


class Flow(NamedTuple):
    """Money in (+) or out (−) on a day (an ordinal), in base currency; ``step`` is the transaction's place, if any."""

    day: int
    value: Decimal
    book: Decimal
    step: int = -1


def is_in_scope(row: Leg | Result | Realised, scope: Scope) -> bool:
    """Whether a row belongs to a scope."""
    return (
        (scope.asset is None or row.asset == scope.asset)
        and (scope.account is None or row.account == scope.account)
        and (scope.portfolio is None or row.portfolio == scope.portfolio)
    )


def rows_in(rows: Iterable[_Row], start: int, scope: Scope) -> list[_Row]:
    """The rows of a scope after the day ``start`` (an ordinal), in order."""
    if scope == EVERYTHING:
        return [row for row in rows if row.day > start]
    return [row for row in rows if row.day > start and is_in_scope(row, scope)]


def flows_of(legs: Iterable[Leg], results: Iterable[Result], *, do_taxes_count: bool) -> list[Flow]:
    """The flows of a scope, one per transaction, in order; those of zero are left out.

    Args:
        legs: of the scope and period.
        results: of the scope and period.
        do_taxes_count: whether taxes lower the return; else they are left out of ``value`` (never of ``book``).
    """
    values: dict[int, Decimal] = {}
    books: dict[int, Decimal] = {}
    days: dict[int, int] = {}
    for leg in legs:
        step = leg.step
        if step in days:
            values[step] += leg.value
            books[step] += leg.book
        else:
            days[step], values[step], books[step] = leg.day, leg.value, leg.book
    for result in results:
        step = result.step
        net = result.income - result.fee
        after_tax = net - result.tax if result.tax else net
        if step not in days:
            days[step], values[step], books[step] = result.day, ZERO, ZERO
        values[step] -= after_tax if do_taxes_count else net
        books[step] -= after_tax
    return [Flow(days[step], values[step], books[step], step) for step in sorted(days) if values[step] or books[step]]
