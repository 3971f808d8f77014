"""What trades do to lots, cash and gains: purchases, sales, swaps, pools joined or left as a trade."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from finsage.finance import average_cost
from finsage.finance.booking import asset_of, quantity_of, units_traded
from finsage.finance.cash_pools import pay
from finsage.finance.closing import cover_lots, sell_lots
from finsage.finance.exchanges import (
    split_up,
    worth_of_legs,
)
from finsage.finance.lot import Cost
from finsage.finance.money import ONE, ZERO, Rate, allocate, total
from finsage.finance.options import Oversell
from finsage.finance.priced import Priced
from finsage.finance.row import row_of
from finsage.finance.state import State
from finsage.finance.trail import Where
from finsage.finance.transaction import (
    PURCHASES,
    PoolLeg,
    TransactionType,
)

_TYPE = TransactionType


def trade(state: State, priced: Priced) -> None:
    """A purchase or a sale, also short, of an asset or of a currency."""
    draft = priced.draft
    where, asset, quantity = priced.where, asset_of(draft, priced.terms), quantity_of(draft, priced.terms)
    is_purchase = draft.type in PURCHASES
    if priced.asset is None:
        _exchange(state, priced)
        return
    _note_trade_price(state, priced, asset, quantity)
    sign = ONE if is_purchase else -ONE
    state.leg(priced, where, asset, sign * priced.gross_base)
    pay_trade(state, priced, -sign * priced.terms.settled_gross)
    options = state.options
    tax_in_cost = is_purchase and options.are_taxes_in_cost
    state.result(
        priced, fee=priced.fee_base, fee_in_cost=options.fees_in_cost, tax=priced.tax_base, tax_in_cost=tax_in_cost
    )
    if is_purchase:
        _purchase(state, priced, where, asset, quantity)
    else:
        _sale(state, priced, where, asset, quantity)
    pay_fee_apart(state, priced)


def _exchange(state: State, priced: Priced) -> None:
    """One currency bought or sold for another."""
    sign = ONE if priced.draft.type is _TYPE.BUY else -ONE
    currency, quantity = asset_of(priced.draft, priced.terms), quantity_of(priced.draft, priced.terms)
    pay(state, priced, priced.where, currency, sign * quantity, value=sign * priced.gross_base)
    pay_trade(state, priced, -sign * priced.terms.settled_gross)
    state.result(priced, fee=priced.fee_base, tax=priced.tax_base)
    pay_fee_apart(state, priced)


def _purchase(state: State, priced: Priced, where: Where, asset: str, quantity: Decimal) -> None:
    cost = row_of(Cost, (priced.gross, priced.fee, priced.tax, priced.gross_base, priced.fee_base, priced.tax_base))
    fees = (priced.fee, priced.fee_base)
    place = state.place(where)
    average_cost.move(state, priced, place, asset, quantity, local=priced.gross, base=priced.gross_base, fees=fees)
    is_cover = priced.draft.type is _TYPE.COVER
    if is_cover or state.options.oversell is Oversell.SHORT:
        quantity, cost = cover_lots(state, priced, where, asset, quantity, cost=cost, rate=priced.rate, reason="cover")
        if is_cover and quantity:
            state.warn("cover_without_short", f"{quantity:f} units covered no short position", priced, asset)
    if quantity:
        state.acquire(priced, where, asset, quantity, cost)


def _sale(state: State, priced: Priced, where: Where, asset: str, quantity: Decimal) -> None:
    if priced.draft.type is _TYPE.SELL:
        dispose(state, priced, asset, quantity, rate=priced.rate, reason="sell")
        return
    opened = Cost(-priced.gross, priced.fee, ZERO, -priced.gross_base, priced.fee_base, ZERO)
    state.acquire(priced, where, asset, quantity, opened, is_short=True)
    _average_sale(state, priced, asset, quantity, ZERO)


def _average_sale(state: State, priced: Priced, asset: str, quantity: Decimal, missing: Decimal) -> None:
    """The sale at average cost: dust leaves with it, missing units bring their proceeds at cost zero."""
    place = state.place(priced.where)
    known = quantity - missing - state.dust.get(asset, ZERO)
    share, share_base = priced.gross, priced.gross_base
    if missing:
        share = allocate(priced.gross, known, quantity)
        share_base = allocate(priced.gross_base, known, quantity)
        average_cost.note_gain(
            state, priced, place, asset, local=priced.gross - share, base=priced.gross_base - share_base
        )
    fees = (priced.fee, priced.fee_base)
    average_cost.move(state, priced, place, asset, -known, local=-share, base=-share_base, fees=fees)


def _note_trade_price(state: State, priced: Priced, asset: str, quantity: Decimal) -> None:
    draft, known = priced.draft, state.described(asset)
    if draft.unit_price is not None and draft.gross is None and known.currency == priced.terms.currency:
        state.prices.note_trade(asset, priced.day, draft.unit_price)
    else:
        state.note_value(asset, quantity, priced.day, priced.gross)


def pay_trade(state: State, priced: Priced, settled: Decimal) -> None:
    """Money in (+) or out (−), less fee and tax paid in the settle currency."""
    amount = settled - priced.terms.settled_fee - priced.terms.settled_tax
    pay(state, priced, priced.cash_where, priced.terms.settle_currency, amount, value=amount * priced.settle_rate)


def pay_fee_apart(state: State, priced: Priced) -> None:
    """A fee in another currency leaves its balance; one in an asset disposes of units at market value."""
    terms = priced.terms
    if not terms.is_fee_apart:
        return
    asset = state.asset(terms.fee_currency)
    if asset is None:
        pay(state, priced, priced.where, terms.fee_currency, -terms.fee, value=-priced.fee_base)
        return
    rate, draft = state.asset_rate(asset, priced.day), priced.draft
    if asset.key == draft.asset and units_traded(draft, asset.key) and not state.is_quoted(asset.key, priced.day):
        # Its price is that of the trade, and so is its rate.
        rate = priced.rate
    paid = replace(priced, gross=rate.revert(priced.fee_base), gross_base=priced.fee_base, fee=ZERO, fee_base=ZERO)
    if draft.lot_ids:
        # Lots are named for what the transaction moves, not for its fee.
        paid = replace(paid, draft=replace(draft, lot_ids=(), lot_quantities=()))
    state.leg(priced, priced.where, asset.key, -priced.fee_base)
    dispose(state, paid, asset.key, terms.fee, rate=rate, reason="fee")


def dispose(state: State, priced: Priced, asset: str, quantity: Decimal, *, rate: Rate, reason: str) -> None:
    """Units leave for the gross of ``priced``, less its fee."""
    proceeds = row_of(Cost, (priced.gross, -priced.fee, ZERO, priced.gross_base, -priced.fee_base, ZERO))
    before = len(state.missing)
    sell_lots(state, priced, priced.where, asset, quantity, proceeds=proceeds, rate=rate, reason=reason)
    missing = sum((row.quantity for row in state.missing[before:]), ZERO)
    _average_sale(state, priced, asset, quantity, missing)


def swap(state: State, priced: Priced) -> None:
    """Dispose of one asset and acquire another at the same value."""
    draft, asset = priced.draft, asset_of(priced.draft, priced.terms)
    quantity, target, received = quantity_of(draft, priced.terms), draft.to_asset or "", draft.to_quantity or ZERO
    where, rate = priced.where, priced.rate
    value = priced.gross_base if priced.terms.gross is not None else state.market_value(asset, quantity, priced.day)
    if value is None:
        value = state.market_value(target, received, priced.day)
    if value is None:
        detail = "no value of either side is known; it is taken as the cost, without fees and taxes, of what was spent"
        state.warn("no_price", detail, priced)
        value = state.cost_of(where, asset, quantity)
    local = priced.gross if priced.terms.gross is not None else rate.revert(value)
    state.note_value(asset, quantity, priced.day, local)
    state.leg(priced, where, asset, -value)
    spent = replace(priced, gross=local, gross_base=value, fee=ZERO, fee_base=ZERO)
    dispose(state, spent, asset, quantity, rate=rate, reason="swap")
    _receive(state, priced, target, received, value)


def trade_pool(state: State, priced: Priced, *, is_joining: bool) -> None:
    """Joining or leaving a pool as a trade: dispose of what goes, acquire what comes at the same value."""
    draft, where = priced.draft, priced.where
    token = PoolLeg(asset_of(draft, priced.terms), quantity_of(draft, priced.terms))
    spent = draft.legs if is_joining else (token,)
    values = worth_of_legs(state, priced)
    if values is None:
        detail = (
            "no price of every side is known; the value is taken as the cost, without fees and taxes, of what was given"
        )
        state.warn("no_price", detail, priced)
        cost = total(state.cost_of(where, leg.asset, leg.quantity) for leg in spent)
        values = split_up(cost, [ONE] * len(draft.legs))
    # All of it may be stated where a missing rate leaves the value of each side unknown.
    whole = priced.gross_base if priced.terms.gross is not None else total(values)
    moves = [*zip(draft.legs, values, strict=True), (token, whole)]
    for leg, value in moves:
        rate = state.asset_rate(state.described(leg.asset), priced.day)
        local = rate.revert(value)
        state.note_value(leg.asset, leg.quantity, priced.day, local)
        if (leg is token) != is_joining:
            state.leg(priced, where, leg.asset, -value)
            given = replace(priced, gross=local, gross_base=value, fee=ZERO, fee_base=ZERO)
            dispose(state, given, leg.asset, leg.quantity, rate=rate, reason=draft.type.value)
        else:
            state.leg(priced, where, leg.asset, value)
            state.acquire(priced, where, leg.asset, leg.quantity, Cost(gross=local, gross_base=value))
            average_cost.move(state, priced, state.place(where), leg.asset, leg.quantity, local=local, base=value)


def _receive(state: State, priced: Priced, target: str, received: Decimal, value: Decimal) -> None:
    """The other side of a swap: a lot at the value of what was given, and the fees of the swap."""
    asset = state.described(target)
    rate, options = state.asset_rate(asset, priced.day), state.options
    gross, fee, tax = (rate.revert(part) for part in (value, priced.fee_base, priced.tax_base))
    cost = Cost(gross, fee, tax, value, priced.fee_base, priced.tax_base)
    state.note_value(target, received, priced.day, gross)
    state.leg(priced, priced.where, target, value)
    state.acquire(priced, priced.where, target, received, cost)
    average_cost.move(
        state, priced, state.place(priced.where), target, received, local=gross, base=value, fees=(fee, priced.fee_base)
    )
    pay_trade(state, priced, ZERO)
    state.result(
        priced,
        fee=priced.fee_base,
        fee_in_cost=options.fees_in_cost,
        tax=priced.tax_base,
        tax_in_cost=options.are_taxes_in_cost,
        asset=target,
    )
    pay_fee_apart(state, priced)
