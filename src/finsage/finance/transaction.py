"""A transaction: what was asked for (`Draft`), and the signed postings it becomes.

A draft says what happened in the words of the person or file that reports it. ``booking.book`` turns it into postings
that sum to zero per asset; ``ledger.fold`` turns a sequence of drafts into lots, gains and cash.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter
from typing import Any, NamedTuple

from finsage.errors import Fault, Invalid
from finsage.finance.money import PRECISION_EXCEEDED, ZERO, are_amounts, exact, is_keepable
from finsage.finance.row import row_of

DAY_FIRST = date(1900, 1, 1)
DAY_LAST = date(2100, 12, 31)
STAKED = "(staked)"


class TransactionType(StrEnum):
    """What kind of event a transaction records."""

    BUY = "buy"
    SELL = "sell"
    SHORT_SELL = "short_sell"
    COVER = "cover"
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    TRANSFER_OUT = "transfer_out"
    TRANSFER_IN = "transfer_in"
    DIVIDEND = "dividend"
    INTEREST = "interest"
    INTEREST_PAID = "interest_paid"
    FEE = "fee"
    TAX = "tax"
    FEE_REFUND = "fee_refund"
    TAX_REFUND = "tax_refund"
    SPLIT = "split"
    BONUS = "bonus"
    SPIN_OFF = "spin_off"
    MERGER = "merger"
    SWAP = "swap"
    STAKE = "stake"
    UNSTAKE = "unstake"
    LP_ADD = "lp_add"
    LP_REMOVE = "lp_remove"
    REWARD = "reward"
    AIRDROP = "airdrop"
    OPENING_BALANCE = "opening_balance"


class AccountKind(StrEnum):
    """Where a posting lands. ``asset`` is all that is owned, cash included; income postings are negative."""

    ASSET = "asset"
    EXTERNAL = "external"
    TRANSFER = "transfer"
    TRADING = "trading"
    INCOME = "income"
    FEE = "fee"
    TAX = "tax"
    OPENING = "opening"
    ADJUSTMENT = "adjustment"


class Posting(NamedTuple):
    """A signed amount of one asset in one account of one kind. Those of a transaction sum to zero per asset."""

    kind: AccountKind
    account: str
    asset: str
    amount: Decimal


# Postings value after value: kind, account, asset, amount, and those of the next.
Posted = tuple[Any, ...]


def by_posting(posted: Posted) -> Iterator[tuple[AccountKind, str, str, Decimal]]:
    """The values of one posting after the other."""
    values = iter(posted)
    return zip(values, values, values, values, strict=True)


def postings_of(posted: Posted) -> tuple[Posting, ...]:
    """The postings whose values these are."""
    return tuple([row_of(Posting, values) for values in by_posting(posted)])


class PoolLeg(NamedTuple):
    """Units of one asset that go into a liquidity pool or come out of it."""

    asset: str
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One transaction as requested, before it is booked.

    Amounts are never negative; the type gives the direction. ``gross`` beats quantity × unit_price × multiplier;
    ``settle_amount`` (the gross in ``settle_currency``) beats ``fx_rate`` (settle-currency units per unit of
    ``currency``); both beat the market rate. ``account`` holds the asset, ``cash_account`` the money (default: the
    same). ``lot_ids`` name the lots to take from, in that order; ``lot_quantities``, when given, say how much of each
    and sum to ``quantity``. Transfers that share a ``group`` are partners. ``legs`` are what goes into a pool for
    ``quantity`` of its token ``asset``, or comes out for it. Staked units are in ``to_account``, else in an account of
    their own beside ``account``. ``pointer`` is put before the place in every fault; drafts that differ in it alone
    are equal.
    """

    id: str
    type: TransactionType
    booked_on: date
    executed_at: datetime | None = None
    sequence: int = 0
    asset: str | None = None
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    gross: Decimal | None = None
    fee: Decimal = ZERO
    fee_currency: str | None = None
    tax: Decimal = ZERO
    currency: str | None = None
    fx_rate: Decimal | None = None
    settle_currency: str | None = None
    settle_amount: Decimal | None = None
    to_asset: str | None = None
    to_quantity: Decimal | None = None
    ratio: Decimal | None = None
    cost_fraction: Decimal | None = None
    acquired_on: date | None = None
    lot_ids: tuple[str, ...] = ()
    lot_quantities: tuple[Decimal, ...] = ()
    portfolio: str = ""
    account: str | None = None
    cash_account: str | None = None
    to_account: str | None = None
    legs: tuple[PoolLeg, ...] = ()
    group: str | None = None
    pointer: str = field(default="", compare=False)

    @property
    def asset_account(self) -> str:
        """The account that holds the asset; the empty text when none is named."""
        return self.account if self.account is not None else self.cash_account or ""

    @property
    def money_account(self) -> str:
        """The account that pays and receives money."""
        return self.cash_account if self.cash_account is not None else self.account or ""

    @property
    def source_account(self) -> str:
        """Where units that move between own accounts leave from."""
        if self.type is TransactionType.UNSTAKE and self.to_account is None:
            return f"{self.asset_account} {STAKED}".lstrip()
        return self.asset_account

    @property
    def target_account(self) -> str:
        """Where units that move between own accounts arrive."""
        if self.to_account is not None:
            return self.to_account
        is_stake = self.type is TransactionType.STAKE
        return f"{self.asset_account} {STAKED}".lstrip() if is_stake else self.asset_account

    @property
    def asset_keys(self) -> tuple[str, ...]:
        """Every asset or currency that the draft names where an asset may stand."""
        named = (self.asset, self.to_asset, self.fee_currency, *(leg.asset for leg in self.legs))
        return tuple(key for key in named if key is not None)

    def renamed(self, keys: Mapping[str, str]) -> Draft:
        """The draft with other keys for its assets; those not among ``keys`` stay."""

        def key_of(key: str | None) -> str | None:
            return None if key is None else keys.get(key, key)

        return replace(
            self,
            asset=key_of(self.asset),
            to_asset=key_of(self.to_asset),
            fee_currency=key_of(self.fee_currency),
            legs=tuple(PoolLeg(keys.get(leg.asset, leg.asset), leg.quantity) for leg in self.legs),
        )

    @property
    def instant(self) -> datetime | None:
        """When it happened, in UTC; a time without an offset is read as UTC."""
        if self.executed_at is None:
            return None
        when = self.executed_at
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def keys_named(drafts: Collection[Draft]) -> set[str]:
    """The ``asset_keys`` of all drafts."""
    # A column after the other: a third of the time that one draft after the other takes.
    named: set[str | None] = set(map(attrgetter("asset"), drafts))
    named |= set(map(attrgetter("to_asset"), drafts)) | set(map(attrgetter("fee_currency"), drafts))
    named |= {leg.asset for draft in drafts if draft.legs for leg in draft.legs}
    return {key for key in named if key is not None}


_TYPE = TransactionType
TRADES = frozenset({_TYPE.BUY, _TYPE.SELL, _TYPE.SHORT_SELL, _TYPE.COVER})
PURCHASES = frozenset({_TYPE.BUY, _TYPE.COVER})
WITHOUT_LOTS = frozenset({_TYPE.BUY, _TYPE.SHORT_SELL, _TYPE.COVER})
"""Trades that take nothing out of a long position: there is no lot that one of them could name."""
TRANSFERS = frozenset({_TYPE.TRANSFER_IN, _TYPE.TRANSFER_OUT})
SPLITS = frozenset({_TYPE.SPLIT, _TYPE.BONUS})
CORPORATE_ACTIONS = SPLITS | {_TYPE.SPIN_OFF, _TYPE.MERGER}
STAKES = frozenset({_TYPE.STAKE, _TYPE.UNSTAKE})
POOLINGS = frozenset({_TYPE.LP_ADD, _TYPE.LP_REMOVE})
RECEIPTS = frozenset({_TYPE.REWARD, _TYPE.AIRDROP})
CHARGES = frozenset({_TYPE.FEE, _TYPE.TAX, _TYPE.FEE_REFUND, _TYPE.TAX_REFUND})
INCOMES = frozenset({_TYPE.DIVIDEND, _TYPE.INTEREST})
# What brings income, of which taxes may be withheld.
WITHHOLDING = INCOMES | RECEIPTS | {_TYPE.INTEREST_PAID}
# What may be worth its market price, because no money says what it is worth.
AT_MARKET = TRANSFERS | RECEIPTS | STAKES | POOLINGS | {_TYPE.SWAP, _TYPE.SPIN_OFF, _TYPE.MERGER, _TYPE.OPENING_BALANCE}
MONEY_ONLY = CHARGES | INCOMES | {_TYPE.INTEREST_PAID, _TYPE.DEPOSIT, _TYPE.WITHDRAWAL}

_VALUE = frozenset({"quantity", "unit_price", "gross"})
_COSTS = frozenset({"fee", "fee_currency", "tax"})
_SETTLEMENT = frozenset({"currency", "fx_rate", "settle_currency", "settle_amount"})
_LOTS = frozenset({"lot_ids", "lot_quantities"})
_MONEY = _SETTLEMENT | {"gross", "asset"}

_FIELDS: dict[TransactionType, frozenset[str]] = {
    **dict.fromkeys(WITHOUT_LOTS, _VALUE | _COSTS | _SETTLEMENT | {"asset"}),
    _TYPE.SELL: _VALUE | _COSTS | _SETTLEMENT | {"asset"} | _LOTS,
    _TYPE.DEPOSIT: _SETTLEMENT | {"gross", "fee", "fee_currency"},
    _TYPE.WITHDRAWAL: _SETTLEMENT | {"gross", "fee", "fee_currency"},
    **dict.fromkeys(TRANSFERS, _VALUE | _SETTLEMENT | _LOTS | {"asset", "fee", "fee_currency", "acquired_on"}),
    **dict.fromkeys(INCOMES, _MONEY | _COSTS | {"quantity", "unit_price"}),
    _TYPE.INTEREST_PAID: _MONEY,
    **dict.fromkeys(CHARGES, _MONEY),
    **dict.fromkeys(SPLITS, frozenset({"asset", "ratio"})),
    _TYPE.SPIN_OFF: frozenset({"asset", "to_asset", "to_quantity", "cost_fraction"}),
    _TYPE.MERGER: _COSTS | _SETTLEMENT | {"asset", "quantity", "to_asset", "to_quantity", "gross", "cost_fraction"},
    **dict.fromkeys(STAKES, _LOTS | {"asset", "quantity", "to_account", "fee", "fee_currency", "currency"}),
    **dict.fromkeys(POOLINGS, _COSTS | _SETTLEMENT | _LOTS | {"asset", "quantity", "legs", "gross"}),
    _TYPE.SWAP: _VALUE | _COSTS | _SETTLEMENT | _LOTS | {"asset", "to_asset", "to_quantity"},
    **dict.fromkeys(RECEIPTS, _VALUE | _COSTS | _SETTLEMENT | {"asset"}),
    _TYPE.OPENING_BALANCE: _VALUE | _SETTLEMENT | {"asset", "acquired_on"},
}
_REQUIRED: dict[TransactionType, tuple[str, ...]] = {
    **dict.fromkeys(TRADES, ("asset", "quantity")),
    **dict.fromkeys(SPLITS, ("asset", "ratio")),
    _TYPE.SPIN_OFF: ("asset", "to_asset", "to_quantity", "cost_fraction"),
    _TYPE.SWAP: ("asset", "quantity", "to_asset", "to_quantity"),
    _TYPE.MERGER: ("asset", "quantity", "to_asset", "to_quantity"),
    **dict.fromkeys(STAKES, ("asset", "quantity")),
    **dict.fromkeys(POOLINGS, ("asset", "quantity")),
    **dict.fromkeys(RECEIPTS, ("asset", "quantity")),
    **dict.fromkeys(CHARGES, ("gross",)),
    _TYPE.INTEREST_PAID: ("gross",),
    _TYPE.DEPOSIT: ("gross",),
    _TYPE.WITHDRAWAL: ("gross",),
}
_POSITIVE = frozenset({"quantity", "to_quantity", "ratio", "fx_rate"})
_NUMBERS = (
    "quantity", "to_quantity", "ratio", "fx_rate",
    "unit_price", "gross", "fee", "tax", "settle_amount", "cost_fraction",
)  # fmt: skip
_OPTIONAL = (
    "asset", "quantity", "unit_price", "gross", "fee_currency", "currency", "fx_rate", "settle_currency",
    "settle_amount", "to_asset", "to_quantity", "ratio", "cost_fraction", "acquired_on", "to_account",
)  # fmt: skip


# Where a draft comes from, an asset is named by its symbol.
_SHOWN = {"asset": "symbol", "to_asset": "to_symbol"}


def faults_of(draft: Draft) -> list[Fault]:
    """Everything wrong with a draft taken alone; empty when it can be booked."""
    return [] if _is_plainly_right(draft) else _found_by_every_rule(draft)


def _found_by_every_rule(draft: Draft) -> list[Fault]:
    return [
        Fault(f"{draft.pointer}/{_SHOWN.get(field, field)}", detail)
        for rule in (_missing, _superfluous, _bad_numbers, _bad_days, _bad_lots, _bad_meaning)
        for field, detail in rule(draft)
    ]


def validate(draft: Draft) -> Draft:
    """The draft itself.

    Raises:
        Invalid: with a fault per place that is wrong.
    """
    if not _is_plainly_right(draft) and (faults := _found_by_every_rule(draft)):
        raise Invalid(faults=tuple(faults))
    return draft


_numbers_of = attrgetter("quantity", "unit_price", "gross", "fee", "tax", "fx_rate")
_CHECKED = TRADES | MONEY_ONLY


def _unusual(kind: TransactionType) -> tuple[Any, tuple[Any, ...]]:
    """How to read the fields that a type does not have or seldom needs, and what they hold when none is given."""
    blank = dict.fromkeys(_OPTIONAL) | {"fee": ZERO, "tax": ZERO, "lot_ids": (), "lot_quantities": (), "legs": ()}
    names = sorted(set(blank) - _FIELDS[kind] | {"settle_amount", "fee_currency", "lot_quantities"})
    return attrgetter(*names), tuple(blank[name] for name in names)


_UNUSUAL = {kind: _unusual(kind) for kind in _CHECKED}


def _is_plainly_right(draft: Draft) -> bool:
    """Whether a trade, or money alone, has nothing unusual about it; when not, every rule is asked."""
    kind, quantity, rate = draft.type, draft.quantity, draft.fx_rate
    if kind not in _CHECKED:
        return False
    read, blank = _UNUSUAL[kind]
    return (
        read(draft) == blank
        and (draft.gross is not None or (quantity is not None and draft.unit_price is not None))
        and (kind not in TRADES or (draft.asset is not None and quantity is not None))
        and DAY_FIRST <= draft.booked_on <= DAY_LAST
        and are_amounts(_numbers_of(draft))
        and (quantity is None or bool(quantity))
        and (rate is None or bool(rate))
    )


def _missing(draft: Draft) -> list[tuple[str, str]]:
    fields = list(_REQUIRED.get(draft.type, ()))
    if draft.type in TRADES and draft.gross is None:
        fields.append("unit_price")
    if draft.type in INCOMES and draft.gross is None:
        fields += ["quantity", "unit_price"]
    if draft.type in TRANSFERS or draft.type is _TYPE.OPENING_BALANCE:
        fields += ["quantity"] if draft.asset is not None else ["gross"]
    if draft.type is _TYPE.OPENING_BALANCE and draft.asset is not None and draft.gross is None:
        fields.append("unit_price")
    if draft.type is _TYPE.MERGER and draft.gross is not None:
        fields.append("cost_fraction")
    if draft.type in POOLINGS and not draft.legs:
        return [("legs", f"{draft.type} needs at least one"), *_absent(draft, fields)]
    return _absent(draft, fields)


def _absent(draft: Draft, fields: list[str]) -> list[tuple[str, str]]:
    return [(field, f"{draft.type} needs it") for field in fields if getattr(draft, field) is None]


def _superfluous(draft: Draft) -> list[tuple[str, str]]:
    given = {field for field in _OPTIONAL if getattr(draft, field) is not None}
    given |= {field for field in ("fee", "tax", "lot_ids", "lot_quantities", "legs") if getattr(draft, field)}
    return [
        (field, f"{draft.type} {'takes no lots; leave it out' if field in _LOTS else 'has no such field'}")
        for field in sorted(given - _FIELDS[draft.type])
    ]


def _bad_numbers(draft: Draft) -> list[tuple[str, str]]:
    found = []
    for name in _NUMBERS:
        number = getattr(draft, name)
        if number is None:
            continue
        is_positive = name in _POSITIVE
        if not is_keepable(number):
            found.append((name, PRECISION_EXCEEDED))
        elif number < 0 or (is_positive and not number):
            found.append((name, "must be above zero" if is_positive else "must not be negative"))
    for place, leg in enumerate(draft.legs):
        if not is_keepable(leg.quantity):
            found.append((f"legs/{place}/quantity", PRECISION_EXCEEDED))
        elif leg.quantity <= 0:
            found.append((f"legs/{place}/quantity", "must be above zero"))
    return found


def _bad_days(draft: Draft) -> list[tuple[str, str]]:
    found = []
    if not DAY_FIRST <= draft.booked_on <= DAY_LAST:
        found.append(("date", "days from 1900 to 2100 can be kept"))
    if draft.acquired_on is not None and not DAY_FIRST <= draft.acquired_on <= draft.booked_on:
        found.append(("acquired_on", "must not be after the day of the transaction, nor before 1900"))
    return found


def _bad_lots(draft: Draft) -> list[tuple[str, str]]:
    names, quantities = draft.lot_ids, draft.lot_quantities
    if not quantities or not _FIELDS[draft.type] >= _LOTS:
        return []
    if len(quantities) != len(names):
        return [("lot_quantities", f"give one for each of lot_ids: {len(names)}, not {len(quantities)}")]
    found = [
        (f"lot_ids/{place}", "each lot can stand once") for place, name in enumerate(names) if name in names[:place]
    ]
    for place, quantity in enumerate(quantities):
        if not is_keepable(quantity):
            found.append((f"lot_quantities/{place}", PRECISION_EXCEEDED))
        elif quantity <= 0:
            found.append((f"lot_quantities/{place}", "must be above zero"))
    # What goes into a pool is the quantities of its legs, not that of the token it gives.
    if not found and draft.type is not _TYPE.LP_ADD and draft.quantity is not None and is_keepable(draft.quantity):
        with exact():
            whole = sum(quantities, ZERO)
        if whole != draft.quantity:
            found.append(("lot_quantities", f"sum to {whole:f}; the quantity is {draft.quantity:f}"))
    return found


def _bad_meaning(draft: Draft) -> list[tuple[str, str]]:
    found = []
    if draft.settle_amount is not None and draft.gross == 0:
        found.append(("settle_amount", "a gross of zero settles to nothing"))
    if draft.fee_currency is not None and not draft.fee:
        found.append(("fee_currency", "there is no fee"))
    if draft.asset is not None and draft.asset == draft.to_asset:
        found.append(("to_symbol", "must be another asset"))
    if draft.cost_fraction is not None and draft.cost_fraction > 1:
        found.append(("cost_fraction", "must be at most 1"))
    if draft.type in STAKES and draft.source_account == draft.target_account:
        found.append(("to_account", "must be another account"))
    named = [draft.asset, *(leg.asset for leg in draft.legs)]
    found += [
        (f"legs/{place - 1}/symbol", "each asset can stand once")
        for place, key in enumerate(named)
        if key in named[:place]
    ]
    return found
