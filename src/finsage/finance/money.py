"""Exact decimal arithmetic, and the only four places that divide.

Sums, differences and products are exact: they run under a context of 100 digits in which an inexact result is an
error. Division happens in ``allocate``, ``unit_price`` and ``invert_rate`` alone, which name their rounding. float64
is entered by ``to_float`` and left by ``from_float``; no other function crosses.

``UNKNOWN`` is a quiet NaN: a sum that needs a missing exchange rate becomes unknown instead of wrong, and is shown as
null by whoever reports it. It never enters from outside: ``parse_decimal`` refuses it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import AbstractContextManager
from decimal import (
    ROUND_05UP,
    ROUND_HALF_EVEN,
    Clamped,
    Context,
    Decimal,
    DivisionByZero,
    FloatOperation,
    Inexact,
    InvalidOperation,
    Overflow,
    localcontext,
)
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from finsage.errors import Fault, Invalid
from finsage.finance.row import row_of

ZERO = Decimal(0)
ONE = Decimal(1)
UNKNOWN = Decimal("NaN")

PLACES = 18
SCALE_MAX = 36
DIGITS_MAX = 60
PRECISION_EXCEEDED = "precision_exceeded: at most 36 decimals and below 1e60 can be kept exactly"
BEYOND_EXACT = "precision_exceeded: the amounts together need more than 100 digits"
DUST_FRACTION = Decimal("1e-12")
DIGITS_OF_RATE = 28

_TRAPS = [Inexact, InvalidOperation, DivisionByZero, Overflow, Clamped, FloatOperation]
_EXACT = Context(prec=100, rounding=ROUND_HALF_EVEN, traps=_TRAPS)
# ROUND_05UP keeps a trace of what it cuts, so that the quantize after it cannot round twice.
_DIVIDING = Context(prec=160, rounding=ROUND_05UP, traps=[InvalidOperation, DivisionByZero, Overflow])
_ROUNDING = Context(prec=160, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, Overflow])
_OF_DIGITS = tuple(
    Context(prec=max(digits, 1), rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero, Overflow])
    for digits in range(80)
)
# Passes what has up to 37 digits, none after the 36th decimal, and is below 1e60; anything else traps.
_KEPT = Context(prec=SCALE_MAX + 1, Emin=0, Emax=DIGITS_MAX - 1, traps=[Inexact, Overflow, Clamped])
_LIMIT = Decimal(1).scaleb(DIGITS_MAX)
_QUANTA = tuple(Decimal(1).scaleb(-places) for places in range(201))
_FINEST = _QUANTA[SCALE_MAX]
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)


class PrecisionExceeded(Invalid):
    """A number is finer or larger than the ledger keeps."""


def exact() -> AbstractContextManager[Context]:
    """The context in which money is added and multiplied: an inexact result raises ``decimal.Inexact``."""
    return localcontext(_EXACT)


def parse_decimal(text: str, pointer: str) -> Decimal:
    """Read one finite decimal number.

    Args:
        text: digits with an optional point and exponent; no separators, no NaN, no infinity.
        pointer: where it stands, for the fault.

    Returns:
        The number exactly as written.

    Raises:
        Invalid: not a number.
        PrecisionExceeded: more than 36 decimals, or 1e60 and above.
    """
    if not _DECIMAL.fullmatch(text):
        raise Invalid(faults=(Fault(pointer, f"{text[:40]!r} is not a decimal number"),))
    return check_amount(Decimal(text), pointer)


def check_amount(amount: Decimal, pointer: str) -> Decimal:
    """The amount itself, if the ledger can keep it exactly.

    Raises:
        PrecisionExceeded: more than 36 decimals, or 1e60 and above.
    """
    if not is_keepable(amount):
        raise PrecisionExceeded(PRECISION_EXCEEDED, faults=(Fault(pointer, PRECISION_EXCEEDED),))
    return amount


def is_keepable(amount: Decimal) -> bool:
    """Whether an amount is finite, below 1e60 and needs at most 36 decimals; trailing zeros do not count."""
    if not amount.is_finite():
        return False
    try:
        _KEPT.plus(amount)
    except ArithmeticError:
        return amount.adjusted() < DIGITS_MAX and _ROUNDING.quantize(amount, _FINEST) == amount
    return True


def rounded(amount: Decimal) -> Decimal:
    """The amount, or what is nearest to it with 18 decimals (half-even) when the ledger could not keep it exactly.

    For what follows from a market rate, whose own decimals nobody has entered.
    """
    return amount if is_keepable(amount) or amount.is_nan() else _ROUNDING.quantize(amount, _QUANTA[PLACES])


def are_amounts(numbers: Iterable[Decimal | None]) -> bool:
    """Whether all that are given can be kept and none is negative; no means little where one has over 37 digits."""
    plus, least, limit = _KEPT.plus, ZERO, _LIMIT
    try:
        for number in numbers:
            if number is not None and number is not least and not least <= plus(number) < limit:
                return False
    except ArithmeticError:
        return False
    return True


def _quotient(numerator: Decimal, denominator: Decimal, places: int) -> Decimal:
    size = numerator.adjusted() - denominator.adjusted()
    digits = size + places + 1
    if 1 < digits < len(_OF_DIGITS) and numerator:
        # The quotient begins at this digit or the next lower one: as many digits as end at the last place.
        found = _OF_DIGITS[digits].divide(numerator, denominator)
        return found if found.adjusted() >= size else _OF_DIGITS[digits - 1].divide(numerator, denominator)
    return _DIVIDING.divide(numerator, denominator).quantize(_QUANTA[places], context=_ROUNDING)


def allocate(total: Decimal, part: Decimal, whole: Decimal, places: int = PLACES) -> Decimal:
    """The share of ``total`` that belongs to ``part`` of ``whole``.

    Args:
        total: the amount to divide; UNKNOWN stays UNKNOWN.
        part: the units taken; equal to ``whole`` for the last part, which takes the remainder exactly.
        whole: the units there are, not zero unless ``part`` is zero too.
        places: decimals kept, half-even.

    Returns:
        total × part / whole.
    """
    if part == whole or not total:
        return total
    if not part:
        return ZERO
    return _quotient(_DIVIDING.multiply(total, part), whole, places)


def allocate_all(totals: Iterable[Decimal], part: Decimal, whole: Decimal, places: int = PLACES) -> list[Decimal]:
    """The share of each of some amounts; see ``allocate``."""
    if part == whole:
        return list(totals)
    if not part:
        return [amount and ZERO for amount in totals]
    multiply = _DIVIDING.multiply
    return [_quotient(multiply(amount, part), whole, places) if amount else amount for amount in totals]


def unit_price(total: Decimal, quantity: Decimal, places: int = PLACES) -> Decimal:
    """Money per unit: total / quantity, half-even at ``places`` decimals.

    Raises:
        decimal.DivisionByZero: the quantity is zero.
    """
    if quantity == ONE:
        return total
    return _quotient(total, quantity, places)


def invert_rate(rate: Decimal) -> Decimal:
    """1 / rate with 28 significant digits, half-even: the rate of the pair written the other way round."""
    return _quotient(ONE, rate, DIGITS_OF_RATE + max(0, rate.adjusted()))


class Rate(NamedTuple):
    """Units of one currency for ``per`` units of another.

    A market or stated rate has ``per`` 1 and converts by a product, exactly. A settled amount gives the pair
    (settled, original), whose quotient need not be a finite decimal: it converts by ``allocate``.
    """

    amount: Decimal
    per: Decimal = ONE

    def convert(self, amount: Decimal) -> Decimal:
        """The amount in the other currency."""
        rate, per = self
        if per is ONE or per == ONE:
            return amount if rate is ONE else amount * rate
        return allocate(rate, amount, per)

    def revert(self, amount: Decimal) -> Decimal:
        """The amount that ``convert`` would turn into this one; UNKNOWN for a rate of zero."""
        if self.amount == self.per:
            return amount
        return allocate(self.per, amount, self.amount) if self.amount else UNKNOWN

    def shown(self) -> Decimal | None:
        """Units of the other currency for one unit, to 18 decimals; None when unknown."""
        return None if self.amount.is_nan() else unit_price(self.amount, self.per)

    def times(self, rate: Decimal) -> Rate:
        """The rate into a third currency, one unit of the second being worth ``rate``."""
        return self if rate is ONE else row_of(Rate, (self.amount * rate, self.per))


UNIT_RATE = Rate(ONE)
UNKNOWN_RATE = Rate(UNKNOWN)


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The exact sum; zero of nothing."""
    return sum(amounts, ZERO)


def plain(amount: Decimal) -> str:
    """The number in positional notation without trailing zeros: ``0.5``, ``1000``, never ``1E+3`` or ``-0``."""
    if not amount:
        return "0"
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def plain_money(amount: Decimal) -> str:
    """Like ``plain``, but a broken amount shows at least two decimals: ``272.70``."""
    text = plain(amount)
    return text + "0" if "." in text and text[-2] == "." else text


def to_float(values: Iterable[Decimal]) -> NDArray[np.float64]:
    """Enter float64: for daily series, returns and risk only. UNKNOWN becomes NaN."""
    return np.array([float(value) for value in values], dtype=np.float64)


def from_float(value: float) -> Decimal:
    """Leave float64: the shortest decimal that reads back as this float. NaN becomes UNKNOWN."""
    return UNKNOWN if value != value else Decimal(repr(float(value)))  # noqa: PLR0124
