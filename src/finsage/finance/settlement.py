"""The money terms of a draft: what is priced in which currency, and in which it is paid.

``gross`` beats quantity × unit price × multiplier. ``settle_amount`` beats ``fx_rate``; a rate without a settle
currency settles in the base currency.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from finsage.errors import Fault, Invalid
from finsage.finance.asset import Asset
from finsage.finance.money import ONE, UNIT_RATE, ZERO, Rate, rounded
from finsage.finance.row import row_of
from finsage.finance.transaction import INCOMES, Draft


@dataclass(slots=True, eq=False)
class Terms:
    """What a draft costs or yields.

    ``gross`` is None when neither it nor a unit price is stated. ``fee`` is in ``fee_currency``, the rest in
    ``currency``; ``settle`` gives settle-currency units per unit of ``currency``. ``settled_*`` are the amounts that
    move in ``settle_currency``; ``settled_fee`` is zero when the fee ``is_fee_apart``, in another currency or asset.
    """

    currency: str
    gross: Decimal | None
    fee: Decimal
    fee_currency: str
    tax: Decimal
    settle_currency: str
    settle: Rate
    settled_gross: Decimal
    settled_fee: Decimal
    settled_tax: Decimal
    is_fee_apart: bool


def terms_of(draft: Draft, base_currency: str, asset: Asset | None = None, market_rate: Decimal | None = None) -> Terms:
    """Work out the money terms of a draft.

    Args:
        draft: a valid draft.
        base_currency: of the portfolio.
        asset: what the draft trades, for its currency and multiplier; None for cash.
        market_rate: where the draft settles in another currency without saying at which rate.

    Returns:
        The terms; all amounts exact.

    Raises:
        Invalid: the stated rate contradicts the currencies, or is missing.
    """
    currency = draft.currency or (asset.currency if asset else base_currency)
    gross = gross_of(draft, asset)
    has_rate = draft.fx_rate is not None or draft.settle_amount is not None
    settle_currency = draft.settle_currency or (base_currency if has_rate else currency)
    settle = _settle_rate(draft, currency, settle_currency, gross, market_rate)
    fee_currency = draft.fee_currency or currency
    is_fee_apart = False
    if fee_currency == currency:
        settled_fee = settle.convert(draft.fee)
    elif fee_currency == settle_currency:
        settled_fee = draft.fee
    else:
        settled_fee, is_fee_apart = ZERO, bool(draft.fee)
    settled_gross, settled_tax = settle.convert(gross or ZERO), settle.convert(draft.tax)
    if market_rate is not None:
        settled_gross, settled_fee, settled_tax = map(rounded, (settled_gross, settled_fee, settled_tax))
    return Terms(
        currency, gross, draft.fee, fee_currency, draft.tax, settle_currency, settle,
        settled_gross, settled_fee, settled_tax, is_fee_apart,
    )  # fmt: skip


def gross_of(draft: Draft, asset: Asset | None) -> Decimal | None:
    """The stated gross, else quantity × unit price (× multiplier, but not for income per unit), else None."""
    if draft.gross is not None:
        return draft.gross
    if draft.quantity is None or draft.unit_price is None:
        return None
    multiplier = asset.multiplier if asset and draft.type not in INCOMES else ONE
    return draft.quantity * draft.unit_price * multiplier


def needs_market_rate(draft: Draft, currency: str) -> bool:
    """Whether a draft settles in another currency without saying at which rate."""
    if draft.settle_currency is None or draft.settle_currency == currency:
        return False
    return draft.fx_rate is None and draft.settle_amount is None


def _settle_rate(
    draft: Draft, currency: str, settle_currency: str, gross: Decimal | None, market_rate: Decimal | None
) -> Rate:
    if settle_currency == currency:
        if (draft.fx_rate or ONE) != ONE or (draft.settle_amount or gross) != gross:
            _refuse(draft, "fx_rate", f"{currency} settles in {currency}: there is nothing to convert")
        return UNIT_RATE
    if draft.settle_amount is not None:
        if not gross:
            _refuse(draft, "settle_amount", "a settled amount needs a gross amount above zero beside it")
        return Rate(draft.settle_amount, gross or ONE)
    rate = draft.fx_rate if draft.fx_rate is not None else market_rate
    if rate is None:
        _refuse(draft, "fx_rate", f"a rate from {currency} to {settle_currency} is needed")
    return row_of(Rate, (rate or ONE, ONE))


def _refuse(draft: Draft, field: str, detail: str) -> None:
    raise Invalid(faults=(Fault(f"{draft.pointer}/{field}", detail),))
