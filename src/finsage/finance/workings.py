"""What the figures of one asset are made of, and what an evaluation worked out, for the next one to take over.

Each asset's figures follow from its own rows, tracks, prices and rates alone. Where those are what they were in an
evaluation before, over the same period and under the same options, its figures are taken from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from finsage.finance.money import ZERO
from finsage.finance.quote import QuoteSeries
from finsage.finance.results import AssetReport, RoaiParts
from finsage.finance.row import Rows
from finsage.finance.trail import AverageGain, Leg, Realised, Result, Track

Triple = tuple[Decimal, Decimal, Decimal]


class TrailRows(NamedTuple):
    """Legs, results, realised gains and those at average cost, of a scope and period."""

    legs: Rows[Leg]
    results: Rows[Result]
    realised: Rows[Realised]
    average_gains: Rows[AverageGain]

    def by_asset(self, assets: Iterable[str]) -> tuple[dict[str, TrailRows], TrailRows]:
        """The rows of each asset, and those of cash or of none."""
        groups, others = zip(*[rows.grouped("asset", assets) for rows in self], strict=True)
        return {asset: TrailRows(*[group[asset] for group in groups]) for asset in assets}, TrailRows(*others)

    def are_those(self, other: TrailRows) -> bool:
        """Whether the same follows from both: from one more transaction on, all others stand a place further on."""
        both: list[tuple[Rows[Any], Rows[Any]]] = list(zip(self, other, strict=True))
        if all(mine.are_those(theirs) for mine, theirs in both):
            return True
        if not all(mine.are_those(theirs, but="step") for mine, theirs in both):
            return False
        pairs = [zip(mine.column("step"), theirs.column("step"), strict=True) for mine, theirs in both]
        moved = sorted(set(chain.from_iterable(pairs)))
        return all(one[0] < two[0] and one[1] < two[1] for one, two in pairwise(moved))


class Earned(NamedTuple):
    """What results come to: income, fees and taxes, with the parts of them that joined cost."""

    income: Decimal
    fees: Decimal
    fees_in_cost: Decimal
    taxes: Decimal
    taxes_in_cost: Decimal


def earned_of(results: Rows[Result]) -> Earned:
    """The sums of some results."""
    incomes = fees = fees_in_cost = taxes = taxes_in_cost = ZERO
    for _, _, _, _, _, income, fee, fee_in_cost, tax, tax_in_cost in results.plain():
        if income:
            incomes += income
        if fee:
            fees, fees_in_cost = fees + fee, fees_in_cost + fee_in_cost
        if tax:
            taxes, taxes_in_cost = taxes + tax, taxes_in_cost + tax_in_cost
    return Earned(incomes, fees, fees_in_cost, taxes, taxes_in_cost)


def realised_of(rows: Rows[Realised]) -> Triple:
    """The realised gain of some rows: in all, by price and by rate."""
    gain = price = fx = ZERO
    for _, _, _, _, _, of_all, of_price, of_fx, _, _, _, _ in rows.plain():
        gain, price, fx = gain + of_all, price + of_price, fx + of_fx
    return gain, price, fx


class Sums(NamedTuple):
    """What adds up over assets."""

    roai: RoaiParts
    earned: Earned
    realised: Triple


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """All that the figures of one asset follow from, given the period and the options.

    ``plain`` is whatever is compared as it is: what it is, what it is worth at both ends and what was asked for there,
    own trades, splits, and the bytes of its currency's daily rates.
    """

    plain: tuple[Any, ...]
    tracks: Sequence[Track]
    averages: Sequence[Track]
    rows: TrailRows
    quotes: QuoteSeries

    def is_that(self, other: Basis) -> bool:
        """Whether the same follows from both."""
        return (
            self.plain == other.plain
            and self.tracks == other.tracks
            and self.averages == other.averages
            and self.rows.are_those(other.rows)
            and self.quotes.floats_agree(other.quotes)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Worked:
    """What follows from a basis; ``value`` and ``cost`` per day, shape (days + 1,)."""

    basis: Basis
    value: NDArray[np.float64]
    cost: NDArray[np.float64]
    sums: Sums
    report: AssetReport


_NOTHING: Mapping[str, Worked] = {}


class Workings:
    """What the last evaluation over a period worked out; empty before the first.

    Threads may share one: what it holds is only ever replaced as a whole.
    """

    def __init__(self) -> None:
        self._held: tuple[Any, Mapping[str, Worked]] = (None, _NOTHING)

    def recall(self, rules: Any, bases: Mapping[str, Basis]) -> dict[str, Worked]:
        """What still stands, by asset.

        Args:
            rules: period, options and base currency; under others nothing stands.
            bases: of each asset now.
        """
        before, held = self._held
        if before != rules:
            return {}
        return {
            asset: held[asset] for asset, basis in bases.items()
            if asset in held and basis.is_that(held[asset].basis)
        }  # fmt: skip

    def keep(self, rules: Any, worked: Mapping[str, Worked]) -> None:
        """Hold what was worked out, in the place of everything before."""
        self._held = (rules, worked)
