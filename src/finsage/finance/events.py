"""What each type of transaction does to lots, cash and gains: one function per type, applied by ``ledger.fold``."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from finsage.errors import Fault, Invalid
from finsage.finance.asset import Asset
from finsage.finance.booking import asset_of, quantity_of
from finsage.finance.exchanges import (
    join_pool,
    leave_pool,
    lot_without_cost,
    merge,
    split_up,
    stake,
    worth_of_legs,
)
from finsage.finance.lot import Cost, Lot
from finsage.finance.money import ONE, ZERO, Rate, allocate, total, unit_price
from finsage.finance.options import LpTreatment, Oversell
from finsage.finance.ordering import Step
from finsage.finance.priced import Priced
from finsage.finance.settlement import Terms, needs_market_rate, terms_of
from finsage.finance.state import State
from finsage.finance.trail import TRANSIT, Where
from finsage.finance.transaction import (
    CHARGES,
    INCOMES,
    POOLINGS,
    PURCHASES,
    RECEIPTS,
    SPLITS,
    STAKES,
    TRADES,
    TRANSFERS,
    Draft,
    PoolLeg,
    TransactionType,
    validate,
)

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
    draft = validate(step.draft)
    asset = state.asset(draft.asset) if draft.asset is not None else None
    currency = draft.currency or (asset.currency if asset else state.base)
    _refuse_confusion(state, draft, asset, currency)
    market_rate = _market_rate(state, draft, currency, step.day) if needs_market_rate(draft, currency) else None
    terms = terms_of(draft, state.base, asset, market_rate)
    settle_rate = state.rates.rate(terms.settle_currency, state.base, step.day)
    to_base = terms.settle.times(settle_rate)
    gross_base = terms.settled_gross * settle_rate
    fee_base = terms.settled_fee * settle_rate + _fee_apart(state, step.day, terms, draft)
    tax_base = terms.settled_tax * settle_rate
    if asset is None or asset.currency == terms.currency:
        rate, gross, tax = to_base, terms.gross or ZERO, terms.tax
    else:
        rate = state.asset_rate(asset, step.day)
        gross, tax = rate.revert(gross_base), rate.revert(tax_base)
    is_same = asset is None or asset.currency == terms.currency == terms.fee_currency
    fee = terms.fee if is_same else rate.revert(fee_base)
    where, cash_where = (draft.portfolio, draft.asset_account), (draft.portfolio, draft.money_account)
    return Priced(
        step, number, draft, step.day, where, cash_where,
        terms, asset, rate, gross, gross_base, fee, fee_base, tax, tax_base, settle_rate,
    )  # fmt: skip


def apply(state: State, priced: Priced) -> None:
    """Let a transaction happen."""
    _RULES[priced.draft.type](state, priced)


def _refuse_confusion(state: State, draft: Draft, asset: Asset | None, currency: str) -> None:
    """Refuse an asset where a currency belongs, and a currency where an asset does."""
    faults = []
    for field, key in (("currency", draft.currency), ("settle_currency", draft.settle_currency)):
        if key is not None and state.asset(key) is not None:
            detail = f"{key} is an asset, not a currency: book what was paid as a swap"
            faults.append(Fault(f"{draft.pointer}/{field}", detail))
    if asset is None and draft.asset is not None and (draft.type in _ASSETS_ONLY or draft.asset == currency):
        is_exchange = draft.type in {_TYPE.BUY, _TYPE.SELL} and draft.asset != currency
        if not is_exchange and draft.type not in TRANSFERS:
            faults.append(Fault(f"{draft.pointer}/symbol", f"{draft.asset} is a currency, not an asset"))
    if draft.type in _INTO and draft.to_asset is not None and state.asset(draft.to_asset) is None:
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
    """The market value of a fee paid in another currency or asset; zero when it is paid with the trade."""
    if not terms.is_fee_apart:
        return ZERO
    if terms.fee_currency == draft.asset and draft.unit_price is not None and not state.is_quoted(draft.asset, day):
        return terms.fee * draft.unit_price * state.rates.rate(terms.currency, state.base, day)
    value = state.market_value(terms.fee_currency, terms.fee, day)
    return ZERO if value is None else value


# ----------------------------------------------------------------------------------------------------- trades


def _trade(state: State, priced: Priced) -> None:
    draft = priced.draft
    where, asset, quantity = priced.where, asset_of(draft, priced.terms), quantity_of(draft, priced.terms)
    is_purchase = draft.type in PURCHASES
    if priced.asset is None:
        _exchange(state, priced)
        return
    _note_trade_price(state, priced, asset, quantity)
    sign = ONE if is_purchase else -ONE
    state.leg(priced, where, asset, sign * priced.gross_base)
    _pay_trade(state, priced, -sign * priced.terms.settled_gross)
    options = state.options
    tax_in_cost = is_purchase and options.are_taxes_in_cost
    state.result(
        priced, fee=priced.fee_base, fee_in_cost=options.fees_in_cost, tax=priced.tax_base, tax_in_cost=tax_in_cost
    )
    if is_purchase:
        _purchase(state, priced, where, asset, quantity)
    else:
        _sale(state, priced, where, asset, quantity)
    _pay_fee_apart(state, priced)


def _exchange(state: State, priced: Priced) -> None:
    """One currency bought or sold for another."""
    sign = ONE if priced.draft.type is _TYPE.BUY else -ONE
    quantity = quantity_of(priced.draft, priced.terms)
    state.pay(priced, priced.where, asset_of(priced.draft, priced.terms), sign * quantity, sign * priced.gross_base)
    _pay_trade(state, priced, -sign * priced.terms.settled_gross)
    state.result(priced, fee=priced.fee_base, tax=priced.tax_base)
    _pay_fee_apart(state, priced)


def _purchase(state: State, priced: Priced, where: Where, asset: str, quantity: Decimal) -> None:
    cost = Cost(priced.gross, priced.fee, priced.tax, priced.gross_base, priced.fee_base, priced.tax_base)
    fees = (priced.fee, priced.fee_base)
    place = state.place(where)
    state.average(priced, place, asset, quantity, local=priced.gross, base=priced.gross_base, fees=fees)
    is_cover = priced.draft.type is _TYPE.COVER
    if is_cover or state.options.oversell is Oversell.SHORT:
        quantity = state.close_short(priced, where, asset, quantity, cost=cost, rate=priced.rate, reason="cover")
        if is_cover and quantity:
            state.warn("cover_without_short", f"{quantity:f} units covered no short position", priced, asset)
    if quantity:
        state.acquire(priced, where, asset, quantity, cost)


def _sale(state: State, priced: Priced, where: Where, asset: str, quantity: Decimal) -> None:
    if priced.draft.type is _TYPE.SELL:
        _dispose(state, priced, asset, quantity, rate=priced.rate, reason="sell")
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
        state.average_gain(priced, place, asset, priced.gross - share, priced.gross_base - share_base)
    state.average(priced, place, asset, -known, local=-share, base=-share_base, fees=(priced.fee, priced.fee_base))


def _note_trade_price(state: State, priced: Priced, asset: str, quantity: Decimal) -> None:
    draft, known = priced.draft, state.described(asset)
    if draft.unit_price is not None and draft.gross is None and known.currency == priced.terms.currency:
        state.prices.note_trade(asset, priced.day, draft.unit_price)
    elif not priced.gross.is_nan():
        state.prices.note_trade(asset, priced.day, unit_price(priced.gross, quantity * known.multiplier))


def _pay_trade(state: State, priced: Priced, settled: Decimal) -> None:
    """Money in (+) or out (−), less fee and tax paid in the settle currency."""
    amount = settled - priced.terms.settled_fee - priced.terms.settled_tax
    state.pay(priced, priced.cash_where, priced.terms.settle_currency, amount, amount * priced.settle_rate)


def _pay_fee_apart(state: State, priced: Priced) -> None:
    """A fee in another currency leaves its balance; one in an asset disposes of units at market value."""
    terms = priced.terms
    if not terms.is_fee_apart:
        return
    asset = state.asset(terms.fee_currency)
    if asset is None:
        state.pay(priced, priced.where, terms.fee_currency, -terms.fee, -priced.fee_base)
        return
    rate = state.asset_rate(asset, priced.day)
    paid = priced._replace(gross=rate.revert(priced.fee_base), gross_base=priced.fee_base, fee=ZERO, fee_base=ZERO)
    state.leg(priced, priced.where, asset.key, -priced.fee_base)
    _dispose(state, paid, asset.key, terms.fee, rate=rate, reason="fee")


def _dispose(state: State, priced: Priced, asset: str, quantity: Decimal, *, rate: Rate, reason: str) -> None:
    """Units leave for the gross of ``priced``, less its fee."""
    proceeds = Cost(priced.gross, -priced.fee, ZERO, priced.gross_base, -priced.fee_base, ZERO)
    before = len(state.missing)
    state.dispose(priced, priced.where, asset, quantity, proceeds=proceeds, rate=rate, reason=reason)
    missing = sum((row.quantity for row in state.missing[before:]), ZERO)
    _average_sale(state, priced, asset, quantity, missing)


# ----------------------------------------------------------------------------------------------------- money


def _deposit(state: State, priced: Priced) -> None:
    sign = ONE if priced.draft.type is _TYPE.DEPOSIT else -ONE
    if state.is_cash_tracked:
        _pay_trade(state, priced, sign * priced.terms.settled_gross)
        state.result(priced, fee=priced.fee_base)
        _pay_fee_apart(state, priced)


def _income(state: State, priced: Priced) -> None:
    sign = ONE if priced.draft.type in INCOMES else -ONE
    _pay_trade(state, priced, sign * priced.terms.settled_gross)
    state.result(priced, income=sign * priced.gross_base, fee=priced.fee_base, tax=priced.tax_base)
    _pay_fee_apart(state, priced)


def _charge(state: State, priced: Priced) -> None:
    sign = ONE if priced.draft.type in {_TYPE.FEE, _TYPE.TAX} else -ONE
    _pay_trade(state, priced, -sign * priced.terms.settled_gross)
    amount = sign * priced.gross_base
    if priced.draft.type in {_TYPE.FEE, _TYPE.FEE_REFUND}:
        state.result(priced, fee=amount)
    else:
        state.result(priced, tax=amount)


# ----------------------------------------------------------------------------------------------------- transfers


def _transfer(state: State, priced: Priced) -> None:
    if priced.draft.asset is None or state.asset(priced.draft.asset) is None:
        _transfer_cash(state, priced)
    elif priced.step.is_partnered:
        _transfer_partnered(state, priced)
    elif priced.draft.type is _TYPE.TRANSFER_IN:
        _arrive(state, priced)
    else:
        _leave(state, priced)
    _pay_trade(state, priced, ZERO)
    state.result(priced, fee=priced.fee_base)
    _pay_fee_apart(state, priced)


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
        state.pay(priced, here, currency, sign * amount, sign * worth)
        return
    between, _ = _transit(state, priced, currency, None)
    source, target = (here, between) if draft.type is _TYPE.TRANSFER_OUT else (between, here)
    cost = state.take_cash(priced, source, currency, amount)
    state.move_cash(priced, target, currency, amount, cost)
    state.leg(priced, source, currency, -worth, -cost)
    state.leg(priced, target, currency, worth, cost)


def _transfer_partnered(state: State, priced: Priced) -> None:
    """Lots leave for transit, or arrive from it; cost, fee part and acquisition date stay."""
    draft, asset = priced.draft, asset_of(priced.draft, priced.terms)
    quantity = quantity_of(draft, priced.terms)
    stated = None if priced.terms.gross is None else priced.gross_base
    between, stated_first = _transit(state, priced, asset, stated)
    source, target = (priced.where, between) if draft.type is _TYPE.TRANSFER_OUT else (between, priced.where)
    lots, missing = state.remove(priced, source, asset, quantity)
    if missing:
        state.record_missing(priced, source, asset, missing)
        lots.append(lot_without_cost(state, priced, missing))
    state.put_back(priced, target, asset, lots)
    local, base = state.average_release(priced, state.place(source), asset, quantity)
    state.average(priced, state.place(target), asset, quantity, local=local, base=base)
    cost = sum((lot.cost.base(state.options) for lot in lots), ZERO)
    value = stated if stated is not None else stated_first
    if value is None:
        value = state.market_value(asset, quantity, priced.day)
    value = cost if value is None else value
    state.leg(priced, source, asset, -value, -cost)
    state.leg(priced, target, asset, value, cost)


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
    """Units from outside: cost as stated, else their market value."""
    asset, quantity = asset_of(priced.draft, priced.terms), quantity_of(priced.draft, priced.terms)
    if priced.terms.gross is None:
        state.warn("unmatched_transfer", "cost is taken as the market value of the day", priced, asset)
    worth = _worth(state, priced, asset, quantity)
    if worth is None:
        state.warn("no_price", "neither a price nor a value is known; cost is taken as zero", priced, asset)
    cost, value = worth or (Cost(), ZERO)
    state.acquire(priced, priced.where, asset, quantity, cost)
    state.leg(priced, priced.where, asset, value)
    state.average(priced, state.place(priced.where), asset, quantity, local=cost.gross, base=cost.gross_base)


def _leave(state: State, priced: Priced) -> None:
    """Units to outside: a disposal at the stated value, else they leave at cost."""
    where, asset, quantity = priced.where, asset_of(priced.draft, priced.terms), quantity_of(priced.draft, priced.terms)
    place = state.place(where)
    if priced.terms.gross is not None:
        state.leg(priced, where, asset, -priced.gross_base)
        without_fee = priced._replace(fee=ZERO, fee_base=ZERO)
        _dispose(state, without_fee, asset, quantity, rate=priced.rate, reason="transfer_out")
        return
    lots, missing = state.remove(priced, where, asset, quantity)
    if missing:
        state.record_missing(priced, where, asset, missing)
    cost = sum((lot.cost.base(state.options) for lot in lots), ZERO)
    value = state.market_value(asset, quantity - missing, priced.day)
    state.leg(priced, where, asset, -(cost if value is None else value), -cost)
    state.average_release(priced, place, asset, quantity)


def _opening(state: State, priced: Priced) -> None:
    """What was there before the records begin: at market value for performance, at cost for the identity."""
    draft, asset = priced.draft, asset_of(priced.draft, priced.terms)
    quantity = quantity_of(draft, priced.terms)
    if draft.asset is None or state.asset(asset) is None:
        where = priced.cash_where if draft.asset is None else priced.where
        state.pay(priced, where, asset, quantity, priced.gross_base)
        return
    cost = Cost(gross=priced.gross, gross_base=priced.gross_base)
    state.acquire(priced, priced.where, asset, quantity, cost)
    value = state.market_value(asset, quantity, priced.day)
    state.leg(priced, priced.where, asset, priced.gross_base if value is None else value, priced.gross_base)
    state.average(priced, state.place(priced.where), asset, quantity, local=priced.gross, base=priced.gross_base)


# ----------------------------------------------------------------------------------------------------- units


def _split(state: State, priced: Priced) -> None:
    draft, asset, ratio = priced.draft, asset_of(priced.draft, priced.terms), priced.draft.ratio or ONE
    accounts = state.held.get((draft.portfolio, asset), {})
    growths: dict[Where, Decimal] = {}
    for account, held in accounts.items():
        if held and draft.account in {None, account} and not account.startswith(TRANSIT):
            place = state.place((draft.portfolio, account))
            growths[place] = growths.get(place, ZERO) + held * (ratio - ONE)
            accounts[account] = held * ratio
    for place, growth in growths.items():
        state.multiply(priced, place, asset, ratio, growth)


def _spin_off(state: State, priced: Priced) -> None:
    """Part of the cost of every lot moves to the new asset, which takes over the dates."""
    draft, asset = priced.draft, asset_of(priced.draft, priced.terms)
    target, quantity, fraction = draft.to_asset or "", draft.to_quantity or ZERO, draft.cost_fraction or ZERO
    place = state.place(priced.where)
    shed = state.pool(state.long, place, asset).shed(fraction)
    state.shift_cost(priced.day, place, asset, [lot.cost for lot in shed], -ONE)
    left, units = sum((lot.quantity for lot in shed), ZERO), quantity
    born = []
    for lot in shed:
        part = allocate(units, lot.quantity, left, state.places(target))
        left, units = left - lot.quantity, units - part
        moved = _in_currency_of(state, priced, asset, target, lot.cost)
        born.append(Lot(lot.id, lot.transaction, lot.acquired_on, lot.rank, part, part, moved))
    state.put_back(priced, priced.where, target, born or [lot_without_cost(state, priced, quantity)])
    cost = sum((lot.cost.base(state.options) for lot in shed), ZERO)
    value = state.market_value(target, quantity, priced.day)
    value = cost if value is None else value
    state.leg(priced, priced.where, asset, -value, -cost)
    state.leg(priced, priced.where, target, value, cost)
    local, base = state.average_shed(priced, place, asset, fraction)
    state.average(priced, place, target, quantity, local=local, base=base)


def _in_currency_of(state: State, priced: Priced, asset: str, target: str, cost: Cost) -> Cost:
    """The same cost with its local part in the currency of another asset."""
    source_asset, target_asset = state.asset(asset), state.asset(target)
    if source_asset is None or target_asset is None or source_asset.currency == target_asset.currency:
        return cost
    rate = state.asset_rate(target_asset, priced.day)
    base = (cost.gross_base, cost.fee_base, cost.tax_base)
    gross, fee, tax = (rate.revert(part) for part in base)
    return Cost(gross, fee, tax, *base)


def _swap(state: State, priced: Priced) -> None:
    """Dispose of one asset and acquire another at the same value."""
    draft, asset = priced.draft, asset_of(priced.draft, priced.terms)
    quantity, target, received = quantity_of(draft, priced.terms), draft.to_asset or "", draft.to_quantity or ZERO
    where, rate = priced.where, priced.rate
    value = priced.gross_base if priced.terms.gross is not None else state.market_value(asset, quantity, priced.day)
    if value is None:
        value = state.market_value(target, received, priced.day)
    if value is None:
        state.warn("no_price", "no value of either side is known; it is taken as the cost of what was spent", priced)
        value = state.cost_of(where, asset, quantity)
    local = priced.gross if priced.terms.gross is not None else rate.revert(value)
    _note_swap_price(state, priced, asset, quantity, local)
    state.leg(priced, where, asset, -value)
    spent = priced._replace(gross=local, gross_base=value, fee=ZERO, fee_base=ZERO)
    _dispose(state, spent, asset, quantity, rate=rate, reason="swap")
    _receive(state, priced, target, received, value)


def _stake(state: State, priced: Priced) -> None:
    stake(state, priced)
    _pay_trade(state, priced, ZERO)
    state.result(priced, fee=priced.fee_base)
    _pay_fee_apart(state, priced)


def _merger(state: State, priced: Priced) -> None:
    """Lots become lots of another asset; the fee lowers the proceeds of the cash part, if there is one."""
    merge(state, priced)
    _pay_trade(state, priced, priced.terms.settled_gross)
    is_in_cost = priced.terms.gross is not None and state.options.fees_in_cost
    state.result(priced, fee=priced.fee_base, fee_in_cost=is_in_cost, tax=priced.tax_base)
    _pay_fee_apart(state, priced)


def _pool(state: State, priced: Priced) -> None:
    is_joining = priced.draft.type is _TYPE.LP_ADD
    if state.options.lp_treatment is LpTreatment.DISPOSAL:
        _trade_pool(state, priced, is_joining=is_joining)
    elif is_joining:
        join_pool(state, priced)
    else:
        leave_pool(state, priced)
    _pay_trade(state, priced, ZERO)
    state.result(priced, fee=priced.fee_base, tax=priced.tax_base)
    _pay_fee_apart(state, priced)


def _trade_pool(state: State, priced: Priced, *, is_joining: bool) -> None:
    """Joining or leaving a pool as a trade: dispose of what goes, acquire what comes at the same value."""
    draft, where = priced.draft, priced.where
    token = PoolLeg(asset_of(draft, priced.terms), quantity_of(draft, priced.terms))
    spent = draft.legs if is_joining else (token,)
    values = worth_of_legs(state, priced)
    if values is None:
        state.warn(
            "no_price", "no price of every side is known; the value is taken as the cost of what was given", priced
        )
        cost = total(state.cost_of(where, leg.asset, leg.quantity) for leg in spent)
        values = split_up(cost, [ONE] * len(draft.legs))
    moves = [*zip(draft.legs, values, strict=True), (token, total(values))]
    for leg, value in moves:
        asset = state.described(leg.asset)
        rate = state.asset_rate(asset, priced.day)
        local = rate.revert(value)
        if not local.is_nan():
            state.prices.note_trade(leg.asset, priced.day, unit_price(local, leg.quantity * asset.multiplier))
        if (leg is token) != is_joining:
            state.leg(priced, where, leg.asset, -value)
            given = priced._replace(gross=local, gross_base=value, fee=ZERO, fee_base=ZERO)
            _dispose(state, given, leg.asset, leg.quantity, rate=rate, reason=draft.type.value)
        else:
            state.leg(priced, where, leg.asset, value)
            state.acquire(priced, where, leg.asset, leg.quantity, Cost(gross=local, gross_base=value))
            state.average(priced, state.place(where), leg.asset, leg.quantity, local=local, base=value)


def _note_swap_price(state: State, priced: Priced, asset: str, quantity: Decimal, local: Decimal) -> None:
    if not local.is_nan():
        multiplier = state.described(asset).multiplier
        state.prices.note_trade(asset, priced.day, unit_price(local, quantity * multiplier))


def _receive(state: State, priced: Priced, target: str, received: Decimal, value: Decimal) -> None:
    """The other side of a swap: a lot at the value of what was given, and the fees of the swap."""
    asset = state.described(target)
    rate, options = state.asset_rate(asset, priced.day), state.options
    gross, fee, tax = (rate.revert(part) for part in (value, priced.fee_base, priced.tax_base))
    cost = Cost(gross, fee, tax, value, priced.fee_base, priced.tax_base)
    if not gross.is_nan():
        state.prices.note_trade(target, priced.day, unit_price(gross, received * asset.multiplier))
    state.leg(priced, priced.where, target, value)
    state.acquire(priced, priced.where, target, received, cost)
    state.average(
        priced, state.place(priced.where), target, received, local=gross, base=value, fees=(fee, priced.fee_base)
    )
    _pay_trade(state, priced, ZERO)
    state.result(
        priced,
        fee=priced.fee_base,
        fee_in_cost=options.fees_in_cost,
        tax=priced.tax_base,
        tax_in_cost=options.are_taxes_in_cost,
        asset=target,
    )
    _pay_fee_apart(state, priced)


def _receipt(state: State, priced: Priced) -> None:
    """A reward or airdrop: income at its value, which becomes the cost."""
    asset, quantity = asset_of(priced.draft, priced.terms), quantity_of(priced.draft, priced.terms)
    worth = _worth(state, priced, asset, quantity)
    if worth is None:
        state.warn("no_price", "no price is known; income and cost are taken as zero", priced, asset)
    cost, value = worth or (Cost(), ZERO)
    state.leg(priced, priced.where, asset, value)
    state.acquire(priced, priced.where, asset, quantity, cost)
    state.average(priced, state.place(priced.where), asset, quantity, local=cost.gross, base=cost.gross_base)
    _pay_trade(state, priced, ZERO)
    state.result(priced, income=value, fee=priced.fee_base, tax=priced.tax_base)
    _pay_fee_apart(state, priced)


_RULES: dict[TransactionType, Callable[[State, Priced], None]] = {
    **dict.fromkeys(TRADES, _trade),
    _TYPE.DEPOSIT: _deposit,
    _TYPE.WITHDRAWAL: _deposit,
    **dict.fromkeys(TRANSFERS, _transfer),
    **dict.fromkeys(INCOMES, _income),
    _TYPE.INTEREST_PAID: _income,
    **dict.fromkeys(CHARGES, _charge),
    **dict.fromkeys(SPLITS, _split),
    _TYPE.SPIN_OFF: _spin_off,
    _TYPE.SWAP: _swap,
    _TYPE.MERGER: _merger,
    **dict.fromkeys(STAKES, _stake),
    **dict.fromkeys(POOLINGS, _pool),
    **dict.fromkeys(RECEIPTS, _receipt),
    _TYPE.OPENING_BALANCE: _opening,
}
