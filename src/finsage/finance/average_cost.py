"""The average pools, which the ROAI figure is defined on: gross cost alone, whatever the lot method."""

from __future__ import annotations

from decimal import Decimal

from finsage.finance.money import ZERO
from finsage.finance.priced import Priced
from finsage.finance.state import State
from finsage.finance.trail import Place


def move(
    state: State,
    priced: Priced,
    place: Place,
    asset: str,
    quantity: Decimal,
    *,
    local: Decimal,
    base: Decimal,
    fees: tuple[Decimal, Decimal] = (ZERO, ZERO),
) -> None:
    """Move units worth ``local`` and ``base``, of the same sign, and note what that realised, with the trade's fee."""
    key = (place, asset)
    pool, (fee_local, fee) = state.averages[key], fees
    gain_local, gain = pool.move(quantity, local, base)
    if gain_local or gain or fee_local or fee:
        row = (priced.day, place, asset, gain_local, gain, fee_local, fee)
        state.average_gains.append(row)
    state.average_tracks[key].set(priced.day, pool.quantity, pool.local, pool.base, pool.base)


def note_gain(
    state: State,
    priced: Priced,
    place: Place,
    asset: str,
    *,
    local: Decimal,
    base: Decimal,
    fees: tuple[Decimal, Decimal] = (ZERO, ZERO),
) -> None:
    """Note a gain on what has left the pool, or never was in it."""
    state.average_gains.append((priced.day, place, asset, local, base, *fees))


def release(state: State, priced: Priced, place: Place, asset: str, quantity: Decimal) -> tuple[Decimal, Decimal]:
    """Units leave the pool at their cost; returns it, local and base."""
    pool = state.averages[place, asset]
    held = min(quantity, max(pool.quantity, ZERO))
    local, base = pool.take(held) if held else (ZERO, ZERO)
    _track(state, (place, asset), priced.day)
    return local, base


def shed(state: State, priced: Priced, place: Place, asset: str, fraction: Decimal) -> tuple[Decimal, Decimal]:
    """A fraction of the pool's cost leaves without units; returns it, local and base."""
    pool = state.averages[place, asset]
    local, base = pool.local * fraction, pool.base * fraction
    pool.local -= local
    pool.base -= base
    _track(state, (place, asset), priced.day)
    return local, base


def grow(state: State, priced: Priced, place: Place, asset: str, growth: Decimal) -> None:
    """A split adds units (− takes away) at no cost."""
    state.averages[place, asset].quantity += growth
    _track(state, (place, asset), priced.day)


def _track(state: State, key: tuple[Place, str], day: int) -> None:
    pool = state.averages[key]
    state.average_tracks[key].set(day, pool.quantity, pool.local, pool.base, pool.base)
