"""Exchanges that carry lots: mergers, staking and liquidity pools. Cost and acquisition dates survive them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from finsage.finance import average_cost
from finsage.finance.booking import asset_of, quantity_of
from finsage.finance.closing import part_with
from finsage.finance.lot import FREE, Cost, Lot
from finsage.finance.money import ONE, UNKNOWN, ZERO, allocate, total
from finsage.finance.priced import Priced
from finsage.finance.state import State
from finsage.finance.trail import Where


class Freight(NamedTuple):
    """Lots on their way, and what the average pool let go with them (local and base)."""

    lots: list[Lot]
    average: tuple[Decimal, Decimal]

    def cost(self, state: State) -> Decimal:
        """What the lots cost, in base currency."""
        return total(lot.cost.base(state.options) for lot in self.lots)

    def gross(self) -> Decimal:
        """The same without fees and taxes: what the lots are worth where no price is known."""
        return total(lot.cost.gross_base for lot in self.lots)


def lot_without_cost(state: State, priced: Priced, quantity: Decimal) -> Lot:
    """Units that come from nowhere known."""
    name = state.lot_id(priced.draft.id)
    return Lot(name, priced.draft.id, priced.day, (priced.day, state.next_rank()), quantity, quantity, FREE)


def load(state: State, priced: Priced, where: Where, asset: str, quantity: Decimal) -> Freight:
    """Take units out of a place with their cost and dates; what is missing is recorded and goes along at cost zero."""
    taken = state.remove(priced, where, asset, quantity)
    lots = list(taken.lots)
    if taken.missing:
        state.record_missing(priced, where, asset, taken.missing)
        lots.append(lot_without_cost(state, priced, taken.missing))
    return Freight(lots, average_cost.release(state, priced, state.place(where), asset, quantity))


def unload(state: State, priced: Priced, where: Where, asset: str, *, quantity: Decimal, freight: Freight) -> None:
    """Put lots into a place as units of an asset, which they share by the units they were."""
    put_down(state, priced, where, asset, in_units(freight, quantity, state.places(asset)))


def in_units(freight: Freight, quantity: Decimal, places: int) -> Freight:
    """The lots with other units, which they share by the units they were; a share may be zero."""
    left, lots = total(lot.quantity for lot in freight.lots), []
    if left == quantity:
        # Finer than what is divided may be, and stays so.
        return freight
    for lot in freight.lots:
        units = allocate(quantity, lot.quantity, left, places)
        left, quantity = left - lot.quantity, quantity - units
        lots.append(lot._replace(acquired=units, quantity=units))
    return Freight(lots, freight.average)


def put_down(state: State, priced: Priced, where: Where, asset: str, freight: Freight) -> None:
    """Put lots into a place as they are; one without units leaves its cost to its neighbour."""
    born: list[Lot] = []
    spare = FREE
    for lot in freight.lots:
        spare = spare.plus(lot.cost)
        if lot.quantity:
            born.append(lot._replace(cost=spare))
            spare = FREE
    born[-1] = born[-1]._replace(cost=born[-1].cost.plus(spare))
    state.put_back(priced, where, asset, born)
    local, base = freight.average
    quantity = total(lot.quantity for lot in born)
    average_cost.move(state, priced, state.place(where), asset, quantity, local=local, base=base)


def converted(state: State, priced: Priced, asset: str, target: str, freight: Freight) -> Freight:
    """The same lots with the local part of their cost in the currency of another asset."""
    if state.described(asset).currency == state.described(target).currency:
        return freight
    rate = state.asset_rate(state.described(target), priced.day)
    lots = []
    for lot in freight.lots:
        base = (lot.cost.gross_base, lot.cost.fee_base, lot.cost.tax_base)
        gross, fee, tax = (rate.revert(part) for part in base)
        lots.append(lot._replace(cost=Cost(gross, fee, tax, *base)))
    return Freight(lots, (rate.revert(freight.average[1]), freight.average[1]))


def carry(state: State, priced: Priced, source: tuple[Where, str], target: tuple[Where, str], *,
          freight: Freight, quantity: Decimal, value: Decimal | None) -> None:  # fmt: skip
    """Lots taken from one place arrive in another, worth ``value``, else what they cost without fees and taxes."""
    note_move(state, priced, source, target, freight=freight, value=value)
    unload(state, priced, *target, quantity=quantity, freight=freight)


def note_move(state: State, priced: Priced, source: tuple[Where, str], target: tuple[Where, str], *,
              freight: Freight, value: Decimal | None) -> None:  # fmt: skip
    """Note what left one place for another, worth ``value``, else what it cost without fees and taxes."""
    cost, value = freight.cost(state), freight.gross() if value is None else value
    state.leg(priced, *source, -value, -cost)
    state.leg(priced, *target, value, cost)


def stake(state: State, priced: Priced) -> None:
    """Units move between own accounts: lots, cost and dates stay."""
    draft, asset = priced.draft, asset_of(priced.draft, priced.terms)
    quantity = quantity_of(draft, priced.terms)
    source, target = (draft.portfolio, draft.source_account), (draft.portfolio, draft.target_account)
    freight = load(state, priced, source, asset, quantity)
    carry(state, priced, (source, asset), (target, asset), freight=freight, quantity=quantity,
          value=state.market_value(asset, quantity, priced.day))  # fmt: skip


def merge(state: State, priced: Priced) -> None:
    """Lots of one asset become lots of another; the cash part sells its share of each of them."""
    draft, asset = priced.draft, asset_of(priced.draft, priced.terms)
    target, received, where = draft.to_asset or "", draft.to_quantity or ZERO, priced.where
    quantity = quantity_of(draft, priced.terms)
    freight = load(state, priced, where, asset, quantity)
    if priced.terms.gross is not None:
        freight = _cash_out(state, priced, asset, freight, draft.cost_fraction or ZERO)
    freight = converted(state, priced, asset, target, freight)
    value = _worth_of_target(state, priced, asset, quantity)
    carry(state, priced, (where, asset), (where, target), freight=freight, quantity=received, value=value)
    agree(state, priced, target, received, value)


def _worth_of_target(state: State, priced: Priced, asset: str, quantity: Decimal) -> Decimal | None:
    """What comes of a merger at market, else what the units given were worth beyond the cash; None when not known."""
    draft = priced.draft
    value = state.market_value(draft.to_asset or "", draft.to_quantity or ZERO, priced.day)
    if value is not None:
        return value
    given = state.market_value(asset, quantity, priced.day)
    rest = None if given is None else given - priced.gross_base
    return rest if rest is None or rest.is_nan() or rest > 0 else None


def agree(state: State, priced: Priced, asset: str, quantity: Decimal, value: Decimal | None) -> None:
    """What units were exchanged at, in base currency, is their price until there is a quote."""
    if value is not None:
        local = state.asset_rate(state.described(asset), priced.day).revert(value)
        state.note_value(asset, quantity, priced.day, local)


def _cash_out(state: State, priced: Priced, asset: str, freight: Freight, fraction: Decimal) -> Freight:
    """Sell a fraction of the cost of lots on their way for the cash that came beside them."""
    places, sold, kept = state.places(asset), [], []
    for lot in freight.lots:
        share, rest = lot.cost.split(fraction, ONE, places)
        units = allocate(lot.quantity, fraction, ONE, places)
        sold.append(lot._replace(acquired=units, quantity=units, cost=share))
        kept.append(lot._replace(cost=rest))
    state.leg(priced, priced.where, asset, -priced.gross_base)
    proceeds = Cost(priced.gross, -priced.fee, ZERO, priced.gross_base, -priced.fee_base, ZERO)
    part_with(state, priced, priced.where, asset, sold, proceeds=proceeds, rate=priced.rate, reason="merger")
    local, base = (allocate(part, fraction, ONE, places) for part in freight.average)
    fees = (priced.fee, priced.fee_base)
    place, gains = state.place(priced.where), {"local": priced.gross - local, "base": priced.gross_base - base}
    average_cost.note_gain(state, priced, place, asset, **gains, fees=fees)
    return Freight(kept, (freight.average[0] - local, freight.average[1] - base))


def join_pool(state: State, priced: Priced) -> None:
    """Assets go into a pool, their lots live on as lots of its token."""
    draft, token, where = priced.draft, asset_of(priced.draft, priced.terms), priced.where
    quantity = quantity_of(draft, priced.terms)
    values = worth_of_legs(state, priced)
    freights = [load(state, priced, where, leg.asset, leg.quantity) for leg in draft.legs]
    shares = split_up(quantity, values or [freight.gross() for freight in freights], state.places(token))
    moved = []
    for place, (leg, freight, units) in enumerate(zip(draft.legs, freights, shares, strict=True)):
        value = values[place] if values else None
        note_move(state, priced, (where, leg.asset), (where, token), freight=freight, value=value)
        part = converted(state, priced, leg.asset, token, freight)
        moved.append(in_units(part, units, state.places(token)))
    local, base = (total(part.average[place] for part in moved) for place in (0, 1))
    joined = Freight([lot for part in moved for lot in part.lots], (local, base))
    put_down(state, priced, where, token, joined)
    agree(state, priced, token, quantity, total(values) if values else None)


def leave_pool(state: State, priced: Priced) -> None:
    """The token's lots come back as the assets of the pool, their cost split by market value."""
    draft, token, where = priced.draft, asset_of(priced.draft, priced.terms), priced.where
    values = worth_of_legs(state, priced)
    if values is None:
        state.warn("no_price", "no price of every side is known; the cost is split evenly", priced, token)
    weights = values if values is not None and total(values) else [ONE] * len(draft.legs)
    freight = load(state, priced, where, token, quantity_of(draft, priced.terms))
    left = total(weights)
    for place, (leg, weight) in enumerate(zip(draft.legs, weights, strict=True)):
        part, freight = _parted(state, token, freight, weight, left)
        left -= weight
        moved = converted(state, priced, token, leg.asset, part)
        value = values[place] if values else None
        carry(state, priced, (where, token), (where, leg.asset), freight=moved, quantity=leg.quantity, value=value)
        agree(state, priced, leg.asset, leg.quantity, value)


def _parted(state: State, asset: str, freight: Freight, weight: Decimal, whole: Decimal) -> tuple[Freight, Freight]:
    """A share of the cost of lots, and the lots with the rest; units stay what the shares are measured by."""
    places, part, kept = state.places(asset), [], []
    for lot in freight.lots:
        share, rest = lot.cost.split(weight, whole, places)
        part.append(lot._replace(cost=share))
        kept.append(lot._replace(cost=rest))
    local, base = (allocate(amount, weight, whole, places) for amount in freight.average)
    return Freight(part, (local, base)), Freight(kept, (freight.average[0] - local, freight.average[1] - base))


def worth_of_legs(state: State, priced: Priced) -> list[Decimal] | None:
    """What each side of a pool is worth: at market, scaled to the gross when one is stated.

    Sides without a price share what is left of the gross, else of the value of the token. None when neither is known;
    UNKNOWN where a rate is missing.
    """
    draft, is_stated = priced.draft, priced.terms.gross is not None
    found = [state.market_value(leg.asset, leg.quantity, priced.day) for leg in draft.legs]
    known = [value for value in found if value is not None]
    if len(known) == len(found) and total(known):
        if not is_stated:
            return known
        is_unknown = total(known).is_nan() and len(known) > 1
        return [UNKNOWN] * len(known) if is_unknown else split_up(priced.gross_base, known)
    token = asset_of(draft, priced.terms)
    whole = priced.gross_base if is_stated else state.market_value(token, quantity_of(draft, priced.terms), priced.day)
    if whole is None:
        return None
    detail = "no price of every side is known; those without one share what is left of the value of the whole"
    state.warn("no_price", detail, priced, token)
    return _rest_shared(whole, found)


def _rest_shared(whole: Decimal, found: Sequence[Decimal | None]) -> list[Decimal]:
    """Values of which the unknown ones share what is left of the whole, evenly; all do when nothing is left."""
    rest = whole - total(value for value in found if value is not None)
    unknown = found.count(None)
    if not rest.is_nan() and (rest <= 0 or not unknown):
        return split_up(whole, [ONE] * len(found))
    shares = iter(split_up(rest, [ONE] * unknown))
    return [next(shares) if value is None else value for value in found]


def split_up(amount: Decimal, weights: Sequence[Decimal], places: int = 18) -> list[Decimal]:
    """An amount in shares that add up to it; evenly when one of the weights is unknown or zero."""
    if not all(weight > 0 for weight in weights if not weight.is_nan()) or total(weights).is_nan():
        weights = [ONE] * len(weights)
    left, shares = total(weights), []
    for weight in weights:
        share = allocate(amount, weight, left, places)
        amount, left = amount - share, left - weight
        shares.append(share)
    return shares
