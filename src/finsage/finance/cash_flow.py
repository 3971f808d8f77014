"""External cash flows: what crossed the border of a scope.

A flow is what a transaction put into the scope beyond what it earned there: the value that went into its accounts less
income, plus fees and taxes. A purchase inside a portfolio moves nothing across; seen from the asset alone it is money
in. ``value`` counts in-kind flows at market value, for performance; ``book`` at lot cost, for the identity.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple, TypeVar

from finsage.finance.money import ZERO
from finsage.finance.options import EVERYTHING, Scope
from finsage.finance.row import Rows, row_of
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


def rows_in(rows: Rows[_Row], start: int, scope: Scope) -> Rows[_Row]:
    """The rows of a scope after the day ``start`` (an ordinal), in order."""
    later = rows.after(start)
    return later if scope == EVERYTHING else later.where(lambda row: is_in_scope(row, scope))


def flows_of(legs: Rows[Leg], results: Rows[Result], *, do_taxes_count: bool) -> list[Flow]:
    """The flows of a scope, one per transaction, in order; those of zero are left out.

    Args:
        legs: of the scope and period.
        results: of the scope and period.
        do_taxes_count: whether taxes lower the return; else they are left out of ``value`` (never of ``book``).
    """
    days: dict[int, int] = {}
    values: dict[int, Decimal] = {}
    # At lot cost, where that is not the value: of nearly all the two are the same.
    books: dict[int, Decimal] = {}
    for day, step, _, _, _, _, value, book in legs.plain():
        before = values.get(step)
        if before is None:
            days[step] = day
        if book is not value or step in books:
            books[step] = book if before is None else books.get(step, before) + book
        values[step] = value if before is None else before + value
    for day, step, _, _, _, income, fee, _, tax, _ in results.plain():
        earned = income - fee
        before = values.get(step)
        if before is None:
            days[step], before = day, ZERO
        if step in books or (tax and not do_taxes_count):
            books[step] = books.get(step, before) - earned + tax
        values[step] = before - (earned - tax if tax and do_taxes_count else earned)
    return [
        row_of(Flow, (days[step], values[step], books.get(step, values[step]), step))
        for step in sorted(days)
        if values[step] or books.get(step)
    ]
