"""What a file says it moves against what its rows book: units exactly, money to the cent.

Both sides come from the same file by different ways: the statements are read off the cells, the other side is the sum
of the postings. A difference has its cause in rows that are not booked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from finsage.finance.booking import book
from finsage.finance.money import ZERO, exact
from finsage.finance.transaction import SPLITS, AccountKind, Draft
from finsage.portfolio.importers.currencies import is_currency
from finsage.portfolio.importers.rows import ParsedRow, Statement

MONEY_TOLERANCE = Decimal("0.01")
_Sums = defaultdict[tuple[str, str], Decimal]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One asset or currency of one account: what the file states, what is booked, both as signed units."""

    account: str
    code: str
    is_money: bool
    stated: Decimal
    booked: Decimal

    @property
    def difference(self) -> Decimal:
        """Booked less stated."""
        with exact():
            return self.booked - self.stated

    @property
    def is_equal(self) -> bool:
        """Units to the last digit, money within a hundredth."""
        return abs(self.difference) <= (MONEY_TOLERANCE if self.is_money else ZERO)


def reconcile(
    rows: Sequence[ParsedRow], is_booked: Callable[[ParsedRow], bool], *, base_currency: str
) -> list[Comparison]:
    """Compare every account and code the file states something about; a balance as of its day, the last one counts.

    Args:
        rows: in time order.
        is_booked: whether a row's transactions are, or are to be, in the books.
        base_currency: of the portfolio.
    """
    stated: _Sums = defaultdict(lambda: ZERO)
    booked: _Sums = defaultdict(lambda: ZERO)
    at_balance: dict[tuple[str, str], Decimal] = {}
    with exact():
        for _, _, item in sorted(_events(rows, is_booked), key=lambda event: event[:2]):
            if isinstance(item, Draft):
                _book(item, booked, base_currency)
            else:
                key = (item.account, item.code)
                stated[key], at_balance[key] = item.amount, booked[key]
        for row in rows:
            _state(row, stated, at_balance.keys())
    found = [
        Comparison(account, code, is_currency(code), stated[account, code], at_balance.get((account, code), units))
        for account, code in sorted(stated)
        for units in [booked[account, code]]
    ]
    return [item for item in found if item.stated or item.booked]


def _events(
    rows: Sequence[ParsedRow], is_booked: Callable[[ParsedRow], bool]
) -> Iterator[tuple[date, int, Draft | Statement]]:
    """Drafts on their days, balances at the end of theirs."""
    for row in rows:
        if is_booked(row):
            yield from ((draft.booked_on, 0, draft) for draft in row.drafts)
        yield from ((one.balance_on, 1, one) for one in row.statements if one.balance_on is not None)


def _state(row: ParsedRow, stated: _Sums, balanced: AbstractSet[tuple[str, str]]) -> None:
    for statement in row.statements:
        key = (statement.account, statement.code)
        if statement.is_factor:
            stated[key] *= statement.amount
        elif statement.balance_on is None and key not in balanced:
            stated[key] += statement.amount


def _book(draft: Draft, booked: _Sums, base_currency: str) -> None:
    held = None
    if draft.type in SPLITS:
        held = {account: units for (account, code), units in booked.items() if code == draft.asset}
    for posting in book(draft, base_currency=base_currency, held=held):
        if posting.kind == AccountKind.ASSET:
            booked[posting.account, posting.asset] += posting.amount
