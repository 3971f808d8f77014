"""Legs of one trade on several rows: what left, what came, what it cost, joined into one transaction.

Only what the rows say is used. When more than one thing left or came, how much of which paid for which is not in the
file, and the rows are refused together instead of being split by a guess.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from finsage.finance.money import ZERO, allocate, exact
from finsage.finance.transaction import TransactionType as T
from finsage.portfolio.importers.actions import book_units, exchange
from finsage.portfolio.importers.row import Row


@dataclass(frozen=True, slots=True)
class Leg:
    """A signed number of units of one thing on one row."""

    row: Row
    code: str
    units: Decimal
    is_fee: bool = False


def _sums(legs: list[Leg]) -> dict[str, Decimal]:
    sums: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    with exact():
        for leg in legs:
            sums[leg.code] += leg.units
    return {code: units for code, units in sums.items() if units}


def book_legs(legs: list[Leg], *, external_id: str | None = None) -> None:
    """Book one exchange of one thing for another, on the first row; the other rows name it."""
    moved = _sums([leg for leg in legs if not leg.is_fee])
    fees = _sums([leg for leg in legs if leg.is_fee])
    spent = [(code, -units) for code, units in moved.items() if units < 0]
    got = [(code, units) for code, units in moved.items() if units > 0]
    rows = _rows_of(legs)
    if len(spent) != 1 or len(got) != 1:
        _refuse(rows, spent, got)
        return
    first = rows[0]
    charged = tuple((code, -units) for code, units in fees.items() if units < 0)
    exchange(first, spent[0], got[0], charged, external_id=external_id)
    for code, units in fees.items():
        if units > 0:
            book_units(first, T.FEE_REFUND, T.FEE_REFUND, code, units)
    _merge(rows, first)


def _rows_of(legs: list[Leg]) -> list[Row]:
    """The rows in time order, each once."""
    rows = {id(leg.row): leg.row for leg in legs}
    return sorted(rows.values(), key=lambda row: row.sequence)


def _merge(rows: list[Row], first: Row) -> None:
    for row in rows:
        if row is first:
            continue
        if first.errors:
            row.fail("", "leg_refused", f"It belongs to the transaction on line {first.line}, which is refused.")
        else:
            row.merge_into(first)


def _refuse(rows: list[Row], spent: list[tuple[str, Decimal]], got: list[tuple[str, Decimal]]) -> None:
    left = ", ".join(f"{units} {code}" for code, units in spent) or "nothing"
    came = ", ".join(f"{units} {code}" for code, units in got) or "nothing"
    if spent and got:
        code, why = "ambiguous_group", "the file does not say how much of which belongs together"
    else:
        code, why = "missing_leg", "the other side of the trade is not in the file"
    lines = ", ".join(str(row.line) for row in rows[:8]) + (" …" if len(rows) > 8 else "")
    where = f"line{'s' if len(rows) > 1 else ''} {lines}"
    for row in rows:
        row.fail("", code, f"Of the trade on {where}, {left} left and {came} came: {why}. Record it by hand.")


@dataclass(frozen=True, slots=True)
class ValuedLeg:
    """Units given away, with their value as the file states it."""

    row: Row
    code: str
    units: Decimal
    value: Decimal
    currency: str | None


def book_conversion(given: list[ValuedLeg], received: list[Leg]) -> None:
    """Several coins for one: the units received are shared by the stated values, the last share takes the rest."""
    came = _sums(list(received))
    worth = sum((leg.value for leg in given), ZERO)
    if len(came) != 1 or not given or (len(given) > 1 and not all(leg.value for leg in given)):
        rows = {id(row): row for row in [*(one.row for one in given), *(one.row for one in received)]}
        _refuse(list(rows.values()), [(leg.code, leg.units) for leg in given], list(came.items()))
        return
    ((code, total),) = came.items()
    left = total
    with exact():
        for number, leg in enumerate(given, 1):
            share = left if number == len(given) else allocate(total, leg.value, worth)
            left -= share
            value: dict[str, Any] = {"gross": leg.value, "currency": leg.currency} if leg.value else {}
            exchange(leg.row, (leg.code, leg.units), (code, share), **value)
    for one in received:
        one.row.merge_into(given[0].row)
