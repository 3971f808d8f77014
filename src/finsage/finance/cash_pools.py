"""Balances of cash: each currency of a place is one pool at average cost, and foreign cash gains by its rate."""

from __future__ import annotations

from decimal import Decimal

from finsage.finance.money import ZERO, allocate
from finsage.finance.priced import Priced
from finsage.finance.state import State
from finsage.finance.trail import Realised, Where


def pay(state: State, priced: Priced, where: Where, currency: str, amount: Decimal, *, value: Decimal) -> None:
    """Cash in (+) or out (−), worth ``value`` in base currency, when cash is tracked."""
    if not state.is_cash_tracked or not amount:
        return
    move_cash(state, priced, where, currency, amount, value=value)
    state.leg(priced, where, currency, value)


def move_cash(state: State, priced: Priced, where: Where, currency: str, amount: Decimal, *, value: Decimal) -> None:
    """Change a balance; what leaves foreign cash realises its exchange gain."""
    key = (state.place(where), currency)
    pool = state.cash[key]
    held = pool.quantity
    gain = pool.move(amount, amount, value)[1]
    if gain:
        closed = min(abs(amount), abs(held))
        proceeds = -allocate(value, closed, abs(amount))
        row = Realised(
            priced.day, *where, currency, is_cash=True, gain=gain, price=ZERO, fx=gain,
            step=priced.number, proceeds=proceeds, local=closed, rate=None,
        )  # fmt: skip
        state.realised.append(row)
    state.tracks[key].set(priced.day, pool.quantity, pool.quantity, pool.base, pool.base)


def take_cash(state: State, priced: Priced, where: Where, currency: str, amount: Decimal) -> Decimal:
    """Remove cash at its cost, without a gain, as far as there is any; returns the cost in base currency."""
    key = (state.place(where), currency)
    pool = state.cash[key]
    held = min(amount, max(pool.quantity, ZERO))
    cost = pool.take(held)[1] if held else ZERO
    rest = amount - held
    if rest:
        worth = rest * state.rates.rate(currency, state.base, priced.day)
        pool.move(-rest, -rest, -worth)
        cost += worth
    state.tracks[key].set(priced.day, pool.quantity, pool.quantity, pool.base, pool.base)
    return cost
