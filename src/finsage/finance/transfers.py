"""What transfers do to lots and cash: between own accounts, from and to outside, and what was there before."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from finsage.finance import average_cost
from finsage.finance.booking import asset_of, quantity_of
from finsage.finance.cash_pools import move_cash, pay, take_cash
from finsage.finance.exchanges import carry, load
from finsage.finance.lot import Cost
from finsage.finance.money import ONE, ZERO, total
from finsage.finance.priced import Priced
from finsage.finance.state import State
from finsage.finance.trades import dispose, pay_fee_apart, pay_trade
from finsage.finance.trail import TRANSIT, Where
from finsage.finance.transaction import TransactionType

_TYPE = TransactionType


def transfer(state: State, priced: Priced) -> None:
    """Cash or units that come or go without a trade, with a partner or without."""
    if priced.draft.asset is None or state.asset(priced.draft.asset) is None:
        _transfer_cash(state, priced)
    elif priced.step.is_partnered:
        _transfer_partnered(state, priced)
    elif priced.draft.type is _TYPE.TRANSFER_IN:
        _arrive(state, priced)
    else:
        _leave(state, priced)
    pay_trade(state, priced, ZERO)
    state.result(priced, fee=priced.fee_base)
    pay_fee_apart(state, priced)


def _transit(state: State, priced: Priced, asset: str, stated: Decimal | None) -> tuple[Where, Decimal | None]:
    """Where the units of this transfer group wait, and the value its first leg stated."""
    key = (priced.draft.group or "", asset)
    waiting = ((priced.draft.portfolio, TRANSIT + key[0]), stated)
    return state.transit.setdefault(key, waiting)


def _transfer_cash(state: State, priced: Priced) -> None:
    """Cash to or from another account at its cost; without a partner it is an external flow at value."""
    if not state.is_cash_tracked:
        return
    draft, currency = priced.draft, asset_of(priced.draft, priced.terms)
    amount = quantity_of(draft, priced.terms)
    here = priced.cash_where if draft.asset is None else priced.where
    worth = amount * state.rates.rate(currency, state.base, priced.day)
    if draft.asset is None:
        worth = priced.gross_base
    if not priced.step.is_partnered:
        sign = ONE if draft.type is _TYPE.TRANSFER_IN else -ONE
        pay(state, priced, here, currency, sign * amount, value=sign * worth)
        return
    between, _ = _transit(state, priced, currency, None)
    source, target = (here, between) if draft.type is _TYPE.TRANSFER_OUT else (between, here)
    cost = take_cash(state, priced, source, currency, amount)
    move_cash(state, priced, target, currency, amount, value=cost)
    state.leg(priced, source, currency, -worth, -cost)
    state.leg(priced, target, currency, worth, cost)


def _transfer_partnered(state: State, priced: Priced) -> None:
    """Lots leave for transit, or arrive from it; cost, fee part and acquisition date stay."""
    draft, asset = priced.draft, asset_of(priced.draft, priced.terms)
    quantity = quantity_of(draft, priced.terms)
    stated = None if priced.terms.gross is None else priced.gross_base
    between, stated_first = _transit(state, priced, asset, stated)
    source, target = (priced.where, between) if draft.type is _TYPE.TRANSFER_OUT else (between, priced.where)
    value = stated if stated is not None else stated_first
    if value is None:
        value = state.market_value(asset, quantity, priced.day)
    freight = load(state, priced, source, asset, quantity)
    carry(state, priced, (source, asset), (target, asset), freight=freight, quantity=quantity, value=value)


def _worth(state: State, priced: Priced, asset: str, quantity: Decimal) -> tuple[Cost, Decimal] | None:
    """What units that come or go in kind are worth: as stated, else at market; None when neither is known.

    Returns:
        Local and base value as the gross part of a cost, and the value in base currency.
    """
    if priced.terms.gross is not None:
        return Cost(gross=priced.gross, gross_base=priced.gross_base), priced.gross_base
    value = state.market_value(asset, quantity, priced.day)
    if value is None:
        return None
    return Cost(gross=priced.rate.revert(value), gross_base=value), value


def _arrive(state: State, priced: Priced) -> None:
    """Units from outside: cost as stated, else their market value.

    A cost stated with a day of acquisition is what was paid then, as of units that come from another portfolio. For
    performance these are worth what they are worth on the day they come, so that what was gained before is not gained
    here once more.
    """
    asset, quantity = asset_of(priced.draft, priced.terms), quantity_of(priced.draft, priced.terms)
    if priced.terms.gross is None:
        state.warn("unmatched_transfer", "cost is taken as the market value of the day", priced, asset)
    worth = _worth(state, priced, asset, quantity)
    if worth is None:
        state.warn("no_price", "neither a price nor a value is known; cost is taken as zero", priced, asset)
    cost, value = worth or (Cost(), ZERO)
    state.acquire(priced, priced.where, asset, quantity, cost)
    market = None if priced.draft.acquired_on is None else state.market_value(asset, quantity, priced.day)
    state.leg(priced, priced.where, asset, value if market is None else market, value)
    average_cost.move(state, priced, state.place(priced.where), asset, quantity, local=cost.gross, base=cost.gross_base)


def _leave(state: State, priced: Priced) -> None:
    """Units to outside: a disposal at the stated value, else they leave at cost, without a price at a value of it."""
    where, asset, quantity = priced.where, asset_of(priced.draft, priced.terms), quantity_of(priced.draft, priced.terms)
    place = state.place(where)
    if priced.terms.gross is not None:
        state.leg(priced, where, asset, -priced.gross_base)
        without_fee = replace(priced, fee=ZERO, fee_base=ZERO)
        dispose(state, without_fee, asset, quantity, rate=priced.rate, reason="transfer_out")
        return
    taken = state.remove(priced, where, asset, quantity)
    if taken.missing:
        state.record_missing(priced, where, asset, taken.missing)
    value = state.market_value(asset, quantity - taken.missing, priced.day)
    state.leg(priced, where, asset, -(taken.gross if value is None else value), -total(taken.spent))
    average_cost.release(state, priced, place, asset, quantity)


def open_balance(state: State, priced: Priced) -> None:
    """What was there before the records begin: at market value for performance, at cost for the identity."""
    draft, asset = priced.draft, asset_of(priced.draft, priced.terms)
    quantity = quantity_of(draft, priced.terms)
    if draft.asset is None or state.asset(asset) is None:
        where = priced.cash_where if draft.asset is None else priced.where
        pay(state, priced, where, asset, quantity, value=priced.gross_base)
        return
    cost = Cost(gross=priced.gross, gross_base=priced.gross_base)
    state.acquire(priced, priced.where, asset, quantity, cost)
    value = state.market_value(asset, quantity, priced.day)
    state.leg(priced, priced.where, asset, priced.gross_base if value is None else value, priced.gross_base)
    place = state.place(priced.where)
    average_cost.move(state, priced, place, asset, quantity, local=priced.gross, base=priced.gross_base)


def receive_reward(state: State, priced: Priced) -> None:
    """A reward or airdrop: income at its value, which becomes the cost."""
    asset, quantity = asset_of(priced.draft, priced.terms), quantity_of(priced.draft, priced.terms)
    worth = _worth(state, priced, asset, quantity)
    if worth is None:
        state.warn("no_price", "no price is known; income and cost are taken as zero", priced, asset)
    cost, value = worth or (Cost(), ZERO)
    state.leg(priced, priced.where, asset, value)
    state.acquire(priced, priced.where, asset, quantity, cost)
    average_cost.move(state, priced, state.place(priced.where), asset, quantity, local=cost.gross, base=cost.gross_base)
    pay_trade(state, priced, ZERO)
    state.result(priced, income=value, fee=priced.fee_base, tax=priced.tax_base)
    pay_fee_apart(state, priced)
