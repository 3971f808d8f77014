"""Booking: a draft becomes postings that sum to zero per asset.

Amounts are in the settle currency and, for assets, in units; no price or market rate is needed, so that the same draft
always books the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from finsage.finance.asset import Asset
from finsage.finance.money import ONE, ZERO, check_amount, exact, is_keepable
from finsage.finance.settlement import Terms, terms_of
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
    AccountKind,
    Draft,
    Posted,
    Posting,
    TransactionType,
    postings_of,
    validate,
)

_TYPE = TransactionType
_KIND = AccountKind
_ASSET = AccountKind.ASSET


class _Booking:
    """The postings of one draft, as they add up."""

    __slots__ = ("asset_account", "draft", "held", "is_partnered", "money_account", "sums", "terms")

    def __init__(self, draft: Draft, terms: Terms, held: Mapping[str, Decimal], *, is_partnered: bool) -> None:
        self.draft = draft
        self.terms = terms
        self.is_partnered = is_partnered
        self.held = held
        self.asset_account = draft.asset_account
        self.money_account = draft.money_account
        self.sums: dict[tuple[AccountKind, str, str], Decimal] = {}

    def move(self, contra: AccountKind, account: str, asset: str, amount: Decimal) -> None:
        """Put ``amount`` into the asset account, against ``contra``."""
        if not amount:
            return
        if not is_keepable(amount):
            check_amount(amount, self.draft.pointer)
        sums, owned, other = self.sums, (_ASSET, account, asset), (contra, account, asset)
        before, beyond = sums.get(owned), sums.get(other)
        sums[owned] = amount if before is None else before + amount
        sums[other] = -amount if beyond is None else beyond - amount

    def between(self, source: str, target: str, asset: str, amount: Decimal) -> None:
        """Move units from one own account to another: the two sides sum to zero by themselves."""
        check_amount(amount, self.draft.pointer)
        for account, part in ((source, -amount), (target, amount)):
            self.sums[_ASSET, account, asset] = self.sums.get((_ASSET, account, asset), ZERO) + part

    def pay(self, contra: AccountKind, amount: Decimal) -> None:
        """Receive (+) or pay (−) money in the settle currency."""
        self.move(contra, self.money_account, self.terms.settle_currency, amount)

    def posted(self) -> Posted:
        """One posting per kind, account and asset."""
        values: list[Any] = []
        for (kind, account, asset), amount in self.sums.items():
            if amount:
                values += (kind, account, asset, amount)
        return tuple(values)


def book(
    draft: Draft,
    *,
    base_currency: str,
    asset: Asset | None = None,
    is_partnered: bool = False,
    held: Mapping[str, Decimal] | None = None,
    dust: Mapping[str, Decimal] | None = None,
) -> tuple[Posting, ...]:
    """The postings of a draft.

    Args:
        draft: what happened.
        base_currency: of the portfolio.
        asset: the asset the draft names, for its currency and multiplier; None for cash.
        is_partnered: whether another leg of the draft's group takes the other side of this transfer.
        held: units per account just before a split or bonus; only the named account's when the draft names one.
        dust: units per asset by which the ledger closes a residue through an adjustment (``Entry.dust``).

    Returns:
        Postings, none of amount zero, that sum to zero per asset.

    Raises:
        Invalid: the draft is incomplete or contradicts itself.
        PrecisionExceeded: an amount needs more than 36 decimals or reaches 1e60.
    """
    with exact():
        terms = terms_of(validate(draft), base_currency, asset)
        return postings_of(book_terms(draft, terms, is_partnered=is_partnered, held=held or {}, dust=dust or {}))


def book_terms(
    draft: Draft, terms: Terms, *, is_partnered: bool, held: Mapping[str, Decimal], dust: Mapping[str, Decimal]
) -> Posted:
    """The values of the postings of a validated draft whose terms are known; runs in the caller's exact context."""
    booking = _Booking(draft, terms, held, is_partnered=is_partnered)
    _RULES[draft.type](booking)
    _book_costs(booking)
    for key, units in dust.items():
        booking.move(_KIND.ADJUSTMENT, booking.asset_account, key, units)
    return booking.posted()


def units_traded(draft: Draft, asset: str) -> Decimal | None:
    """How much of an asset a trade moves, be it what it spends or what a swap receives; None if nothing."""
    if draft.type is _TYPE.SWAP and asset == draft.to_asset:
        return draft.to_quantity
    return draft.quantity if asset == draft.asset and draft.type not in INCOMES else None


def asset_of(draft: Draft, terms: Terms) -> str:
    """The asset a draft moves; its currency when it names none."""
    return draft.asset if draft.asset is not None else terms.currency


def quantity_of(draft: Draft, terms: Terms) -> Decimal:
    """The units a draft moves; its gross when it moves cash."""
    return draft.quantity if draft.quantity is not None else terms.gross or ZERO


def _book_trade(booking: _Booking) -> None:
    draft = booking.draft
    sign = ONE if draft.type in PURCHASES else -ONE
    quantity = quantity_of(draft, booking.terms)
    booking.move(_KIND.TRADING, booking.asset_account, asset_of(draft, booking.terms), sign * quantity)
    booking.pay(_KIND.TRADING, -sign * booking.terms.settled_gross)


def _book_deposit(booking: _Booking) -> None:
    sign = ONE if booking.draft.type is _TYPE.DEPOSIT else -ONE
    booking.pay(_KIND.EXTERNAL, sign * booking.terms.settled_gross)


def _book_transfer(booking: _Booking) -> None:
    draft, terms = booking.draft, booking.terms
    sign = ONE if draft.type is _TYPE.TRANSFER_IN else -ONE
    contra = _KIND.TRANSFER if booking.is_partnered else _KIND.EXTERNAL
    account = booking.money_account if draft.asset is None else booking.asset_account
    booking.move(contra, account, asset_of(draft, terms), sign * quantity_of(draft, terms))


def _book_income(booking: _Booking) -> None:
    sign = ONE if booking.draft.type in INCOMES else -ONE
    booking.pay(_KIND.INCOME, sign * booking.terms.settled_gross)


def _book_charge(booking: _Booking) -> None:
    kind = _KIND.FEE if booking.draft.type in {_TYPE.FEE, _TYPE.FEE_REFUND} else _KIND.TAX
    sign = -ONE if booking.draft.type in {_TYPE.FEE, _TYPE.TAX} else ONE
    booking.pay(kind, sign * booking.terms.settled_gross)


def _book_split(booking: _Booking) -> None:
    draft = booking.draft
    growth = (draft.ratio or ONE) - ONE
    for account, held in booking.held.items():
        if draft.account in {None, account}:
            booking.move(_KIND.ADJUSTMENT, account, asset_of(draft, booking.terms), held * growth)


def _book_spin_off(booking: _Booking) -> None:
    draft = booking.draft
    booking.move(_KIND.ADJUSTMENT, booking.asset_account, draft.to_asset or "", draft.to_quantity or ZERO)


def _book_swap(booking: _Booking) -> None:
    draft = booking.draft
    spent = quantity_of(draft, booking.terms)
    booking.move(_KIND.TRADING, booking.asset_account, asset_of(draft, booking.terms), -spent)
    booking.move(_KIND.TRADING, booking.asset_account, draft.to_asset or "", draft.to_quantity or ZERO)


def _book_stake(booking: _Booking) -> None:
    draft, terms = booking.draft, booking.terms
    asset, quantity = asset_of(draft, terms), quantity_of(draft, terms)
    booking.between(draft.source_account, draft.target_account, asset, quantity)


def _book_pool(booking: _Booking) -> None:
    draft = booking.draft
    sign = ONE if draft.type is _TYPE.LP_ADD else -ONE
    for leg in draft.legs:
        booking.move(_KIND.TRADING, booking.asset_account, leg.asset, -sign * leg.quantity)
    quantity = quantity_of(draft, booking.terms)
    booking.move(_KIND.TRADING, booking.asset_account, asset_of(draft, booking.terms), sign * quantity)


def _book_merger(booking: _Booking) -> None:
    _book_swap(booking)
    booking.pay(_KIND.TRADING, booking.terms.settled_gross)


def _book_receipt(booking: _Booking) -> None:
    draft, terms = booking.draft, booking.terms
    booking.move(_KIND.INCOME, booking.asset_account, asset_of(draft, terms), quantity_of(draft, terms))


def _book_opening(booking: _Booking) -> None:
    draft, terms = booking.draft, booking.terms
    account = booking.money_account if draft.asset is None else booking.asset_account
    booking.move(_KIND.OPENING, account, asset_of(draft, terms), quantity_of(draft, terms))


def _book_costs(booking: _Booking) -> None:
    terms = booking.terms
    if terms.settled_fee:
        booking.pay(_KIND.FEE, -terms.settled_fee)
    if terms.settled_tax:
        booking.pay(_KIND.TAX, -terms.settled_tax)
    if terms.is_fee_apart:
        booking.move(_KIND.FEE, booking.asset_account, terms.fee_currency, -terms.fee)


_RULES: dict[TransactionType, Callable[[_Booking], None]] = {
    **dict.fromkeys(TRADES, _book_trade),
    _TYPE.DEPOSIT: _book_deposit,
    _TYPE.WITHDRAWAL: _book_deposit,
    **dict.fromkeys(TRANSFERS, _book_transfer),
    **dict.fromkeys(INCOMES, _book_income),
    _TYPE.INTEREST_PAID: _book_income,
    **dict.fromkeys(CHARGES, _book_charge),
    **dict.fromkeys(SPLITS, _book_split),
    _TYPE.SPIN_OFF: _book_spin_off,
    _TYPE.SWAP: _book_swap,
    _TYPE.MERGER: _book_merger,
    **dict.fromkeys(STAKES, _book_stake),
    **dict.fromkeys(POOLINGS, _book_pool),
    **dict.fromkeys(RECEIPTS, _book_receipt),
    _TYPE.OPENING_BALANCE: _book_opening,
}
