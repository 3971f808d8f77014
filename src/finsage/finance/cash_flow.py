"""External cash flows: what crossed the border of a scope.

A flow is what a transaction put into the scope beyond what it earned there: the value that went into its accounts less
income, plus fees and taxes. A purchase inside a portfolio moves nothing across; seen from the asset alone it is money
in. ``value`` counts in-kind flows at market value, for performance; ``book`` at lot cost, for the identity.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from finsage.finance.money import ZERO
from finsage.finance.options import Scope
from finsage.finance.trail import Leg, Realised, Result


@dataclass(frozen=True, slots=True)
class Flow:
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


def flows_of(legs: Iterable[Leg], results: Iterable[Result], *, do_taxes_count: bool) -> list[Flow]:
    """The flows of a scope, one per transaction, in order; those of zero are left out.

    Args:
        legs: of the scope and period.
        results: of the scope and period.
        do_taxes_count: whether taxes lower the return; else they are left out of ``value`` (never of ``book``).
    """
    sums: dict[int, list[Decimal]] = {}
    days: dict[int, int] = {}
    for leg in legs:
        entry = sums.setdefault(leg.step, [ZERO, ZERO])
        entry[0] += leg.value
        entry[1] += leg.book
        days[leg.step] = leg.day
    for result in results:
        entry = sums.setdefault(result.step, [ZERO, ZERO])
        net = result.income - result.fee
        entry[0] -= net - result.tax if do_taxes_count else net
        entry[1] -= net - result.tax
        days[result.step] = result.day
    return [Flow(days[step], value, book, step) for step, (value, book) in sorted(sums.items()) if value or book]
