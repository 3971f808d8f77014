"""Purchases and sales about which nothing is unusual, booked in one go.

Nearly all that people do is to buy and sell units of an asset for money in its currency, out of lots that are there.
`events`, `trades` and `booking` take any transaction step by step; what they do to such a trade stands here as one
sequence of sums, over what trades of a kind have in common and would look up each time (a `_Desk`). It leaves exactly
what they would, row by row; a trade with anything else about it is left to them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from finsage.finance.asset import Asset
from finsage.finance.cash_pools import change_balance
from finsage.finance.closing import Disposal, close_lots
from finsage.finance.lot import AveragePool, Cost, Lot, Pool
from finsage.finance.money import DUST_FRACTION, ONE, UNIT_RATE, ZERO, Rate, are_amounts, total
from finsage.finance.options import Oversell
from finsage.finance.ordering import Step
from finsage.finance.row import row_of
from finsage.finance.state import State
from finsage.finance.trail import Track
from finsage.finance.transaction import AccountKind, Draft, Posted, TransactionType, is_plainly_right

_ASSET, _TRADING, _FEE, _TAX = AccountKind.ASSET, AccountKind.TRADING, AccountKind.FEE, AccountKind.TAX
_BUY, _SELL = TransactionType.BUY, TransactionType.SELL
_Place = tuple[str | None, ...]


class _Desk:
    """Where an asset is traded: the account that holds it, the money that pays for it, what the fold has of both."""

    __slots__ = (
        "account", "average", "average_track", "booked", "currency", "held", "is_open", "key", "money", "multiplier",
        "paid", "payer", "pool", "settle", "where",
    )  # fmt: skip

    pool: Pool
    average: AveragePool
    average_track: Track
    held: dict[str, Decimal]

    def __init__(self, state: State, draft: Draft, asset: Asset, currency: str, settle: str) -> None:
        self.currency = currency
        self.settle = settle
        self.multiplier = asset.multiplier
        self.account = draft.asset_account
        self.money = draft.money_account
        self.where = where = (draft.portfolio, self.account)
        self.payer = (draft.portfolio, self.money)
        self.booked = (*where, asset.key)
        self.paid = (*self.payer, settle)
        self.key = (state.place(where), asset.key)
        self.is_open = False

    def open(self, state: State) -> None:
        """Take hold of what the fold has, now that something is to be booked: it notes what it was asked for."""
        key, self.is_open = self.key, True
        self.pool, self.average, self.average_track = state.long[key], state.averages[key], state.average_tracks[key]
        self.held = state.held.setdefault((self.where[0], key[1]), {})


class _Amounts(NamedTuple):
    """What a trade comes to: units, what they cost, and what is paid in the currency it is settled in."""

    units: Decimal
    cost: Cost
    paid: Decimal
    fee: Decimal
    tax: Decimal
    moved: Decimal
    value: Decimal
    settle: Decimal
    to_base: Decimal


class PlainTrades:
    """The plain trades of one fold."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._desks: dict[_Place, _Desk] = {}
        # A purchase may first buy back what was sold short.
        self._may_buy = state.options.oversell is not Oversell.SHORT
        self._fees_in_cost = state.options.fees_in_cost
        self._taxes_in_cost = state.options.are_taxes_in_cost

    def book(self, step: Step, number: int) -> Posted | None:
        """Let a step happen.

        Returns:
            The values of its postings; None of what is no plain trade, to which nothing has been done.
        """
        draft, day, _ = step
        is_purchase = draft.type is _BUY
        if not (self._may_buy if is_purchase else draft.type is _SELL and not draft.lot_ids):
            return None
        if not is_plainly_right(draft):
            return None
        place = (
            draft.portfolio, draft.account, draft.cash_account, draft.asset, draft.currency, draft.settle_currency,
            None if draft.fx_rate is None else "",
        )  # fmt: skip
        desk = self._desks.get(place) or self._set_up(place, draft)
        amounts = None if desk is None else self._amounts(desk, draft, day)
        if desk is None or amounts is None or not (is_purchase or self._has(desk, amounts.units)):
            return None
        if not desk.is_open:
            desk.open(self._state)
        self._pay(desk, draft, amounts, (day, number), is_purchase=is_purchase)
        if is_purchase:
            self._take_in(desk, draft.id, amounts, day)
        else:
            self._give_out(desk, draft.id, amounts, day, number)
        return self._posted(desk, amounts, is_purchase=is_purchase)

    def _set_up(self, place: _Place, draft: Draft) -> _Desk | None:
        """The desk of trades like this one, if they can be plain."""
        state = self._state
        asset = None if draft.asset is None else state.known_assets[draft.asset]
        if asset is None:
            return None
        currency = draft.currency or asset.currency
        settle = draft.settle_currency or (currency if draft.fx_rate is None else state.base)
        is_money = all(state.known_assets[key] is None for key in (currency, settle))
        if not is_money or currency != asset.currency or (settle == currency and draft.fx_rate is not None):
            return None
        desk = self._desks[place] = _Desk(state, draft, asset, currency, settle)
        return desk

    def _amounts(self, desk: _Desk, draft: Draft, day: int) -> _Amounts | None:
        """What a trade comes to; None where it cannot be settled, or an amount cannot be kept."""
        rates, settle, units = self._state.rates, ONE, draft.quantity or ZERO
        if desk.settle != desk.currency:
            settle = draft.fx_rate or rates.rate(desk.currency, desk.settle, day) or ONE
        to_base = rates.rate(desk.settle, self._state.base, day)
        gross, fee, tax = draft.gross, draft.fee, draft.tax
        gross = (units * (draft.unit_price or ZERO) * desk.multiplier if gross is None else gross) or ZERO
        paid, paid_fee, paid_tax = gross, fee, tax
        if settle is not ONE:
            paid, paid_fee, paid_tax = gross * settle, fee * settle, tax * settle
        if not are_amounts((paid, paid_fee, paid_tax)):
            return None
        fee_base, tax_base = paid_fee * to_base if paid_fee else ZERO, paid_tax * to_base if paid_tax else ZERO
        moved = (-paid if draft.type is _BUY else paid) - paid_fee - paid_tax
        cost = row_of(Cost, (gross, fee, tax, paid * to_base, fee_base, tax_base))
        return row_of(_Amounts, (units, cost, paid, paid_fee, paid_tax, moved, moved * to_base, settle, to_base))

    def _has(self, desk: _Desk, units: Decimal) -> bool:
        """Whether so many units are there, and what is left is nothing or more than a residue."""
        pool = self._state.long.get(desk.key)
        left = -ONE if pool is None else pool.quantity - units
        return not left or left > DUST_FRACTION * units

    def _pay(self, desk: _Desk, draft: Draft, amounts: _Amounts, at: tuple[int, int], *, is_purchase: bool) -> None:
        """The price that was agreed on, what went into the accounts and out of them, and what was charged."""
        state, asset = self._state, desk.key[1]
        units, (_, _, _, gross_base, fee, tax), _, _, _, moved, value, _, _ = amounts
        if draft.gross is None:
            state.prices.note_trade(asset, at[0], draft.unit_price or ZERO)
        else:
            state.note_value(asset, units, at[0], amounts.cost.gross)
        worth = gross_base if is_purchase else -gross_base
        state.legs.append((*at, *desk.booked, False, worth, worth))
        if moved and state.is_cash_tracked:
            change_balance(state, at, desk.payer, desk.settle, moved, value=value)
            state.legs.append((*at, *desk.paid, True, value, value))
        if fee or tax:
            fee_part = fee if self._fees_in_cost else ZERO
            tax_part = tax if is_purchase and self._taxes_in_cost else ZERO
            state.results.append((*at, *desk.booked, ZERO, fee, fee_part, tax, tax_part))

    def _take_in(self, desk: _Desk, name: str, amounts: _Amounts, day: int) -> None:
        """A lot more."""
        state, units, cost = self._state, amounts.units, amounts.cost
        self._average(desk, day, amounts, is_purchase=True)
        desk.pool.add(row_of(Lot, (state.lot_id(name), name, day, (day, state.next_rank()), units, units, cost)))
        desk.held[desk.account] = desk.held.get(desk.account, ZERO) + units
        state.grow(day, desk.key, units, cost.local(state.options), cost.base(state.options), gross=cost.gross_base)

    def _give_out(self, desk: _Desk, name: str, amounts: _Amounts, day: int, number: int) -> None:
        """Lots less, and what that realised."""
        state, units, cost = self._state, amounts.units, amounts.cost
        rate = UNIT_RATE if amounts.settle is ONE else row_of(Rate, (amounts.settle, ONE))
        taken = state.taken(desk.pool.take(units))
        desk.held[desk.account] = desk.held.get(desk.account, ZERO) - units
        state.grow(day, desk.key, -units, -total(taken.opened), -total(taken.spent), gross=-taken.gross)
        gross, fee, _, gross_base, fee_base, _ = cost
        proceeds = row_of(Cost, (gross, -fee, ZERO, gross_base, -fee_base, ZERO))
        disposal = (name, number, day, desk.where, desk.key[1], rate.times(amounts.to_base), "sell", False)
        close_lots(state, row_of(Disposal, disposal), taken, proceeds)
        self._average(desk, day, amounts, is_purchase=False)

    def _average(self, desk: _Desk, day: int, amounts: _Amounts, *, is_purchase: bool) -> None:
        """The same at average cost without fees."""
        pool, units, (gross, fee, _, gross_base, fee_base, _) = desk.average, amounts.units, amounts.cost
        moved = (units, gross, gross_base) if is_purchase else (-units, -gross, -gross_base)
        gain, gain_base = pool.move(*moved)
        if gain or gain_base or fee or fee_base:
            self._state.average_gains.append((day, *desk.key, gain, gain_base, fee, fee_base))
        desk.average_track.set(day, pool.quantity, pool.local, pool.base, pool.base)

    def _posted(self, desk: _Desk, amounts: _Amounts, *, is_purchase: bool) -> Posted:
        """What was put into accounts and taken out of them, added to what is booked."""
        units, _, paid, fee, tax, moved, _, _, _ = amounts
        if is_purchase:
            paid = -paid
        else:
            units = -units
        booked, account, asset, money, settle = self._state.booked, desk.account, desk.key[1], desk.money, desk.settle
        booked[desk.booked] = booked.get(desk.booked, ZERO) + units
        values: list[Any] = [_ASSET, account, asset, units, _TRADING, account, asset, -units]
        if moved:
            booked[desk.paid] = booked.get(desk.paid, ZERO) + moved
            values += (_ASSET, money, settle, moved)
        if paid:
            values += (_TRADING, money, settle, -paid)
        if fee:
            values += (_FEE, money, settle, fee)
        if tax:
            values += (_TAX, money, settle, tax)
        return tuple(values)
