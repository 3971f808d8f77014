"""Lots that close: units sold or bought back, the gain that realises, and the match of each lot with its proceeds."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from finsage.finance.lot import FREE, Cost, Lot
from finsage.finance.money import ONE, ZERO, Rate, allocate_all, total
from finsage.finance.options import Oversell
from finsage.finance.priced import Priced
from finsage.finance.results import Term
from finsage.finance.state import State, Taken
from finsage.finance.trail import Where

# The transaction, where and of what, the rate, the reason, whether it closes a short position.
_Disposal = tuple[Priced, Where, str, Rate, str, bool]
# The lot, units, their cost in base and in the asset's currency, proceeds, fees.
_Part = tuple[Lot | None, Decimal, Decimal, Decimal, Decimal, Decimal]


def sell_lots(
    state: State,
    priced: Priced,
    where: Where,
    asset: str,
    quantity: Decimal,
    *,
    proceeds: Cost,
    rate: Rate,
    reason: str,
) -> None:
    """Sell units: take lots, realise the gain, match each part. Proceeds under the options, fees negative."""
    taken = state.remove(priced, where, asset, quantity)
    missing = taken.missing
    if missing and state.options.oversell is Oversell.SHORT:
        opened, proceeds = proceeds.split(missing, missing + taken.units, state.places(asset))
        state.acquire(priced, where, asset, missing, FREE.minus(opened), is_short=True)
        taken, missing = taken._replace(missing=ZERO), ZERO
    if taken.units or missing:
        _close(state, priced, where, asset, taken, proceeds=proceeds, rate=rate, reason=reason)
    if missing:
        state.record_missing(priced, where, asset, missing)


def cover_lots(
    state: State, priced: Priced, where: Where, asset: str, quantity: Decimal, *, cost: Cost, rate: Rate, reason: str
) -> tuple[Decimal, Cost]:
    """Buy back short units as far as there are any; returns the units left to buy, and the cost left for them."""
    place = state.place(where)
    pool = state.pool(state.short, place, asset)
    part = min(state.without_dust(priced, asset, quantity, pool.quantity, -ONE), pool.quantity)
    if not part:
        return quantity, cost
    taken = state.taken(pool.take(part))
    # Bought back within a residue of all there was: nothing is left to buy.
    rest = ZERO if asset in state.dust else quantity - part
    spent, left = cost.split(part, part + rest, state.places(asset))
    state.hold(where, asset, part, is_short=True)
    opened, sold = total(taken.opened), total(taken.spent)
    state.grow(priced.day, (place, asset), part, -opened, -sold, gross=-taken.gross)
    _close(
        state, priced, where, asset, taken, proceeds=FREE.minus(spent), rate=rate, reason=reason, is_short=True
    )  # fmt: skip
    return rest, left


def part_with(
    state: State,
    priced: Priced,
    where: Where,
    asset: str,
    lots: list[Lot],
    *,
    proceeds: Cost,
    rate: Rate,
    reason: str,
) -> None:
    """Realise the gain on lots that have been taken, and match each."""
    _close(state, priced, where, asset, state.taken(lots), proceeds=proceeds, rate=rate, reason=reason)


def _close(
    state: State,
    priced: Priced,
    where: Where,
    asset: str,
    taken: Taken,
    *,
    proceeds: Cost,
    rate: Rate,
    reason: str,
    is_short: bool = False,
) -> None:
    """Realise the gain on lots that have been taken and on missing units, and match each with its proceeds."""
    lots, units, opened, spent, _, missing = taken
    received, fee, places = proceeds.base(state.options), -proceeds.fee_base, state.places(asset)
    _realise(state, priced, where, asset, proceeds=received, local=total(opened), base=total(spent), rate=rate)
    left = missing + units
    disposal = (priced, where, asset, rate, reason, is_short)
    for lot, local, base in zip(lots, opened, spent, strict=True):
        units = lot.quantity
        share, paid = allocate_all((received, fee), units, left, places)
        received, fee, left = received - share, fee - paid, left - units
        _match(state, disposal, (lot, units, base, local, share, lot.cost.fee_base + paid))
    if missing:
        _match(state, disposal, (None, missing, ZERO, ZERO, received, fee))


def _realise(state: State, priced: Priced, where: Where, asset: str, *,
             proceeds: Decimal, local: Decimal, base: Decimal, rate: Rate) -> None:  # fmt: skip
    cost_now = rate.convert(local)
    gain, price, fx = proceeds - base, proceeds - cost_now, cost_now - base
    row = (
        priced.day, *where, asset, state.known_assets[asset] is None, gain, price, fx, priced.number, proceeds, local,
        rate,
    )  # fmt: skip
    state.realised.append(row)


def _match(state: State, disposal: _Disposal, part: _Part) -> None:
    priced, where, asset, rate, reason, is_short = disposal
    lot, quantity, spent, opened, proceeds, fees = part
    held_days = priced.day - lot.acquired_on if lot else 0
    if is_short:
        spent, proceeds, opened = -proceeds, -spent, -opened
    match = (
        priced.draft.id,
        asset,
        *where,
        lot.id if lot else None,
        date.fromordinal(lot.acquired_on) if lot else None,
        date.fromordinal(priced.day),
        quantity,
        None if spent.is_nan() else spent,
        None if proceeds.is_nan() else proceeds,
        held_days,
        Term.LONG if lot and held_days >= state.options.long_term_days else Term.SHORT,
        reason,
        None if fees.is_nan() else fees,
        rate,
        None if opened.is_nan() else opened,
        is_short,
    )
    state.matches.append(match)
