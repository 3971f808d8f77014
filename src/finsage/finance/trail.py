"""What transactions left behind, day by day, in base currency: the rows that flows, gains and series are made of."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from finsage.finance.money import ZERO, Rate

# A word joiner in front keeps it apart from any name a person can type, which are printable.
TRANSIT = "\u2060in transit: "
IN_TRANSIT = "In transit"


def account_shown(account: str) -> str:
    """An account as people read it: all that is on its way between two is in one."""
    return IN_TRANSIT if account.startswith(TRANSIT) else account


Place = tuple[str, str]
Where = tuple[str, str]
# Quantity, cost in asset currency, cost in base currency, the same gross: without fees and taxes.
Standing = tuple[Decimal, Decimal, Decimal, Decimal]
_NOTHING: Standing = (ZERO, ZERO, ZERO, ZERO)


@dataclass(slots=True)
class Track:
    """Units and cost of one asset in one place after each day they changed (ordinals, ascending).

    ``gross_costs`` are the base costs without fees and taxes, whatever the options say of those: what units are worth
    that have no price.
    """

    place: Place
    asset: str
    is_cash: bool
    days: list[int] = field(default_factory=list)
    quantities: list[Decimal] = field(default_factory=list)
    local_costs: list[Decimal] = field(default_factory=list)
    base_costs: list[Decimal] = field(default_factory=list)
    gross_costs: list[Decimal] = field(default_factory=list)

    def set(self, day: int, quantity: Decimal, local: Decimal, base: Decimal, gross: Decimal) -> None:
        """State what there is at the end of a day; days never go back."""
        days = self.days
        if days and days[-1] == day:
            self.quantities[-1], self.local_costs[-1] = quantity, local
            self.base_costs[-1], self.gross_costs[-1] = base, gross
            return
        days.append(day)
        self.quantities.append(quantity)
        self.local_costs.append(local)
        self.base_costs.append(base)
        self.gross_costs.append(gross)

    def length(self) -> int:
        """On how many days it changed."""
        return len(self.days)

    def now(self) -> Standing:
        """What was last stated."""
        if self.days:
            return self.quantities[-1], self.local_costs[-1], self.base_costs[-1], self.gross_costs[-1]
        return _NOTHING

    def beginning(self, length: int) -> Track:
        """The track as it was when it had so many rows and their last day was over."""
        amounts = (self.quantities, self.local_costs, self.base_costs, self.gross_costs)
        return Track(self.place, self.asset, self.is_cash, self.days[:length], *(part[:length] for part in amounts))

    def at(self, day: int) -> Standing:
        """What there was at the end of a day."""
        index = bisect_right(self.days, day) - 1
        if index < 0:
            return _NOTHING
        return self.quantities[index], self.local_costs[index], self.base_costs[index], self.gross_costs[index]

    def gross_turns(self) -> tuple[Sequence[int], Sequence[Decimal]]:
        """The days on which the gross cost may have changed, and what it was after each."""
        return self.days, self.gross_costs


class LastDay(Track):
    """A track that remembers the last day alone."""

    __slots__ = ()

    def set(self, day: int, quantity: Decimal, local: Decimal, base: Decimal, gross: Decimal) -> None:
        """State what there is at the end of a day, in the place of what there was before."""
        if self.days:
            self.days[-1] = day
        Track.set(self, day, quantity, local, base, gross)


class Leg(NamedTuple):
    """What a transaction put into (+) or took out of (−) an account, in base currency.

    ``value`` is at the transaction's own value (an in-kind flow's market value), ``book`` the same at lot cost.
    """

    day: int
    step: int
    portfolio: str
    account: str
    asset: str
    is_cash: bool
    value: Decimal
    book: Decimal


class Result(NamedTuple):
    """Income, fees and taxes of a transaction, in base currency, with the part of them that joined cost."""

    day: int
    step: int
    portfolio: str
    account: str
    asset: str | None
    income: Decimal
    fee: Decimal
    fee_in_cost: Decimal
    tax: Decimal
    tax_in_cost: Decimal


class Realised(NamedTuple):
    """A realised gain in base currency, split into price and exchange rate.

    ``local`` is the cost in the asset's currency (for foreign cash the units closed), which ``rate`` converts at the
    sale: price = proceeds − local at rate, fx = local at rate − cost, where cost = proceeds − gain. ``rate`` is None
    for cash.
    """

    day: int
    portfolio: str
    account: str
    asset: str
    is_cash: bool
    gain: Decimal
    price: Decimal
    fx: Decimal
    step: int
    proceeds: Decimal
    local: Decimal
    rate: Rate | None


class AverageGain(NamedTuple):
    """For ROAI: what a trade realised at average cost without fees, and its fee; in asset and in base currency."""

    day: int
    place: Place
    asset: str
    gain_local: Decimal
    gain: Decimal
    fee_local: Decimal
    fee: Decimal
