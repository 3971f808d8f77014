"""What each type of transaction does to lots, cash and gains: one function per type, applied by ``ledger.fold``.

Trades and transfers stand in modules of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from finsage.errors import Fault, Invalid
from finsage.finance import average_cost
from finsage.finance.asset import Asset
from finsage.finance.booking import asset_of, quantity_of, units_traded
from finsage.finance.exchanges import (
    Freight,
    carry,
    converted,
    join_pool,
    leave_pool,
    lot_without_cost,
    merge,
    stake,
)
from finsage.finance.money import ONE, ZERO, allocate
from finsage.finance.options import LpTreatment
from finsage.finance.ordering import Step
from finsage.finance.priced import Priced
from finsage.finance.settlement import Terms, needs_market_rate, terms_of
from finsage.finance.splits import split
from finsage.finance.state import State
from finsage.finance.trades import pay_fee_apart, pay_trade, swap, trade, trade_pool
from finsage.finance.transaction import (
    CHARGES,
    INCOMES,
    POOLINGS,
    RECEIPTS,
    SPLITS,
    STAKES,
    TRADES,
    TRANSFERS,
    Draft,
    TransactionType,
    validate,
)
from finsage.finance.transfers import open_balance, receive_reward, transfer

_TYPE = TransactionType
_ASSETS_ONLY = (
    SPLITS | RECEIPTS | STAKES | POOLINGS | {_TYPE.SPIN_OFF, _TYPE.MERGER, _TYPE.SWAP, _TYPE.SHORT_SELL, _TYPE.COVER}
)

_INTO = frozenset({_TYPE.SWAP, _TYPE.MERGER})


def price(state: State, step: Step, number: int) -> Priced:
    """Give a draft its amounts in base currency and in the currency of its asset.

    Raises:
        Invalid: the draft cannot be booked, or prices itself in an asset.
    """
    draft, day = validate(step.draft), step.day
    asset = state.known_assets[draft.asset] if draft.asset is not None else None
    currency = draft.currency or (asset.currency if asset else state.base)
    _refuse_confusion(state, draft, asset, currency)
    market_rate = _market_rate(state, draft, currency, day) if needs_market_rate(draft, currency) else None
    terms = terms_of(draft, state.base, asset, market_rate)
    gross, fee, tax = terms.gross, terms.fee, terms.tax
    settle_rate = state.rates.rate(terms.settle_currency, state.base, day)
    rate, gross_base = terms.settle.times(settle_rate), terms.settled_gross * settle_rate
    # No fee is none, also where the rate is unknown.
    fee_base = terms.settled_fee * settle_rate if terms.settled_fee else ZERO
    tax_base = terms.settled_tax * settle_rate if terms.settled_tax else ZERO
    if terms.is_fee_apart:
        fee_base += _fee_apart(state, day, terms, draft)
    if asset is not None and asset.currency != terms.currency:
        rate = state.asset_rate(asset, day)
        gross, tax = rate.revert(gross_base), rate.revert(tax_base)
    if asset is not None and not asset.currency == terms.currency == terms.fee_currency:
        fee = rate.revert(fee_base)
    where = (draft.portfolio, draft.asset_account)
    cash_where = where if draft.cash_account is None else (draft.portfolio, draft.cash_account)
    return Priced(
        step, number, draft, day, where, cash_where,
        terms, asset, rate, gross or ZERO, gross_base, fee, fee_base, tax, tax_base, settle_rate,
    )  # fmt: skip


def apply(state: State, priced: Priced) -> None:
    """Let a transaction happen."""
    _RULES[priced.draft.type](state, priced)


def _refuse_confusion(state: State, draft: Draft, asset: Asset | None, currency: str) -> None:
    """Refuse an asset where a currency belongs, and a currency where an asset does."""
    faults, assets = [], state.known_assets
    for field, key in (("currency", draft.currency), ("settle_currency", draft.settle_currency)):
        if key is not None and assets[key] is not None:
            detail = f"{key} is an asset, not a currency: book what was paid as a swap"
            faults.append(Fault(f"{draft.pointer}/{field}", detail))
    if asset is None and draft.asset is not None and (draft.type in _ASSETS_ONLY or draft.asset == currency):
        is_exchange = draft.type in {_TYPE.BUY, _TYPE.SELL} and draft.asset != currency
        if not is_exchange and draft.type not in TRANSFERS:
            faults.append(Fault(f"{draft.pointer}/symbol", f"{draft.asset} is a currency, not an asset"))
    if draft.to_asset is not None and draft.type in _INTO and state.asset(draft.to_asset) is None:
        faults.append(Fault(f"{draft.pointer}/to_symbol", f"{draft.to_asset} is a currency: book a sale"))
    for place, leg in enumerate(draft.legs):
        if state.asset(leg.asset) is None:
            detail = f"{leg.asset} is a currency, not an asset"
            faults.append(Fault(f"{draft.pointer}/legs/{place}/symbol", detail))
    if faults:
        raise Invalid(faults=tuple(faults))


def _market_rate(state: State, draft: Draft, currency: str, day: int) -> Decimal:
    rate = state.rates.rate(currency, draft.settle_currency or state.base, day)
    if rate.is_nan():
        detail = f"missing_rate: no rate from {currency} to {draft.settle_currency} on {draft.booked_on}"
        raise Invalid(faults=(Fault(f"{draft.pointer}/fx_rate", detail),))
    return rate


def _fee_apart(state: State, day: int, terms: Terms, draft: Draft) -> Decimal:
    """The market value of a fee paid in another currency or asset; zero when it is not known."""
    value, traded = None, units_traded(draft, terms.fee_currency)
    if traded and not state.is_quoted(terms.fee_currency, day):
        # At the price of the trade itself, the last own one: earlier ones are of another day or price.
        if terms.gross is not None:
            value = terms.settle.convert(allocate(terms.gross, terms.fee, traded))
            return value * state.rates.rate(terms.settle_currency, state.base, day)
        if draft.type is _TYPE.SWAP:
            spent = allocate(quantity_of(draft, terms), terms.fee, traded)
            value = state.market_value(asset_of(draft, terms), spent, day)
    if value is None:
        value = state.market_value(terms.fee_currency, terms.fee, day)
    return ZERO if value is None else value


# ----------------------------------------------------------------------------------------------------- money


def _deposit(state: State, priced: Priced) -> None:
    sign = ONE if priced.draft.type is _TYPE.DEPOSIT else -ONE
    if state.is_cash_tracked:
        pay_trade(state, priced, sign * priced.terms.settled_gross)
        state.result(priced, fee=priced.fee_base)
        pay_fee_apart(state, priced)


def _income(state: State, priced: Priced) -> None:
    sign = ONE if priced.draft.type in INCOMES else -ONE
    pay_trade(state, priced, sign * priced.terms.settled_gross)
    state.result(priced, income=sign * priced.gross_base, fee=priced.fee_base, tax=priced.tax_base)
    pay_fee_apart(state, priced)


def _charge(state: State, priced: Priced) -> None:
    sign = ONE if priced.draft.type in {_TYPE.FEE, _TYPE.TAX} else -ONE
    pay_trade(state, priced, -sign * priced.terms.settled_gross)
    amount = sign * priced.gross_base
    if priced.draft.type in {_TYPE.FEE, _TYPE.FEE_REFUND}:
        state.result(priced, fee=amount)
    else:
        state.result(priced, tax=amount)


# ----------------------------------------------------------------------------------------------------- units


def _spin_off(state: State, priced: Priced) -> None:
    """Part of the cost of every lot moves to the new asset, which takes over the dates."""
    draft, asset, where = priced.draft, asset_of(priced.draft, priced.terms), priced.where
    target, quantity, fraction = draft.to_asset or "", draft.to_quantity or ZERO, draft.cost_fraction or ZERO
    place = state.place(where)
    shed = state.pool(state.long, place, asset).shed(fraction)
    state.shed_cost(priced.day, place, asset, shed)
    if not shed:
        detail = "nothing of what it comes from was held in the account; its cost is taken as zero"
        state.warn("spin_off_of_nothing", detail, priced, target)
    lots = shed or [lot_without_cost(state, priced, quantity)]
    freight = Freight(lots, average_cost.shed(state, priced, place, asset, fraction))
    moved = converted(state, priced, asset, target, freight)
    carry(state, priced, (where, asset), (where, target), freight=moved, quantity=quantity,
          value=state.market_value(target, quantity, priced.day))  # fmt: skip


def _stake(state: State, priced: Priced) -> None:
    stake(state, priced)
    pay_trade(state, priced, ZERO)
    state.result(priced, fee=priced.fee_base)
    pay_fee_apart(state, priced)


def _merger(state: State, priced: Priced) -> None:
    """Lots become lots of another asset; the fee lowers the proceeds of the cash part, if there is one."""
    merge(state, priced)
    pay_trade(state, priced, priced.terms.settled_gross)
    is_in_cost = priced.terms.gross is not None and state.options.fees_in_cost
    state.result(priced, fee=priced.fee_base, fee_in_cost=is_in_cost, tax=priced.tax_base)
    pay_fee_apart(state, priced)


def _pool(state: State, priced: Priced) -> None:
    is_joining = priced.draft.type is _TYPE.LP_ADD
    if is_joining:
        state.check_named_lots(priced, (leg.asset for leg in priced.draft.legs))
    if state.options.lp_treatment is LpTreatment.DISPOSAL:
        trade_pool(state, priced, is_joining=is_joining)
    elif is_joining:
        join_pool(state, priced)
    else:
        leave_pool(state, priced)
    pay_trade(state, priced, ZERO)
    state.result(priced, fee=priced.fee_base, tax=priced.tax_base)
    pay_fee_apart(state, priced)


_RULES: dict[TransactionType, Callable[[State, Priced], None]] = {
    **dict.fromkeys(TRADES, trade),
    _TYPE.DEPOSIT: _deposit,
    _TYPE.WITHDRAWAL: _deposit,
    **dict.fromkeys(TRANSFERS, transfer),
    **dict.fromkeys(INCOMES, _income),
    _TYPE.INTEREST_PAID: _income,
    **dict.fromkeys(CHARGES, _charge),
    **dict.fromkeys(SPLITS, split),
    _TYPE.SPIN_OFF: _spin_off,
    _TYPE.SWAP: swap,
    _TYPE.MERGER: _merger,
    **dict.fromkeys(STAKES, _stake),
    **dict.fromkeys(POOLINGS, _pool),
    **dict.fromkeys(RECEIPTS, receive_reward),
    _TYPE.OPENING_BALANCE: open_balance,
}
