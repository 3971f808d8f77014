"""The wire shapes of transactions and postings."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator

from finsage.finance.transaction import TransactionType
from finsage.platform.wire import Amount, Day, Dec, Note, Wire
from finsage.portfolio.schemas.fields import Account, Currency, Symbol, Tag


class PoolLegIn(Wire):
    """Units of one asset that go into a pool or come out of it; ``asset_id`` or ``symbol`` says of what."""

    asset_id: UUID | None = None
    symbol: Symbol | None = None
    quantity: Amount


class PoolLegOut(Wire):
    """Units of one asset that went into a pool or came out of it."""

    asset_id: UUID | None
    symbol: str
    quantity: Dec


class TransactionIn(Wire):
    """A transaction to record. ``day`` or ``executed_at`` says when; ``asset_id`` or ``symbol`` says what.

    ``lot_ids`` are the lots to take, each whole until the quantity is reached; with ``lot_quantities``, one for each,
    that much of each, and they must sum to the quantity.
    """

    type: TransactionType
    day: Day | None = None
    executed_at: datetime | None = None
    account: Account | None = None
    cash_account: Account | None = None
    asset_id: UUID | None = None
    symbol: Symbol | None = None
    quantity: Amount | None = None
    unit_price: Amount | None = None
    gross: Amount | None = None
    fee: Amount | None = None
    fee_currency: Symbol | None = None
    tax: Amount | None = None
    currency: Currency | None = None
    fx_rate: Amount | None = None
    settle_currency: Currency | None = None
    settle_amount: Amount | None = None
    ratio: Amount | None = None
    to_asset_id: UUID | None = None
    to_symbol: Symbol | None = None
    to_quantity: Amount | None = None
    cost_fraction: Amount | None = None
    to_account: Account | None = None
    legs: list[PoolLegIn] = Field(default_factory=list, max_length=20)
    acquired_on: Day | None = None
    lot_ids: list[str] = Field(default_factory=list, max_length=1000)
    lot_quantities: list[Amount] = Field(default_factory=list, max_length=1000)
    group: Symbol | None = None
    note: Note = ""
    tags: list[Tag] = Field(default_factory=list, max_length=50)
    accept_missing: bool = False

    @field_validator("ratio")
    @classmethod
    def _adds(cls, ratio: Decimal | None, info: ValidationInfo) -> Decimal | None:
        # One new share on ten is easily given as 0.1, which would take nine of ten away.
        if info.data.get("type") == TransactionType.BONUS and ratio is not None and 0 < ratio <= 1:
            raise ValueError("must be above 1 for bonus shares: all units after by those before, 1.1 for 1 new on 10")
        return ratio


class Batch(Wire):
    """Transactions to record together, all or none."""

    transactions: list[TransactionIn] = Field(min_length=1, max_length=10_000)
    accept_missing: bool = False


class BatchOut(Wire):
    """What a batch recorded, ids in the order given."""

    created: int
    ids: list[UUID]


class ReversalIn(Wire):
    """Why a transaction is reversed."""

    note: Note = ""
    accept_missing: bool = False


class TransactionOut(Wire):
    """A recorded transaction. ``total_amount`` is the money it moved, signed, in ``total_currency``."""

    id: UUID
    portfolio_id: UUID
    type: str
    day: date
    executed_at: datetime | None
    account: str
    cash_account: str | None
    asset_id: UUID | None
    symbol: str | None
    asset_name: str | None
    quantity: Dec | None
    unit_price: Dec | None
    currency: str | None
    gross: Dec | None
    fee: Dec | None
    fee_currency: str | None
    tax: Dec | None
    total_amount: Dec | None
    total_currency: str | None
    fx_rate: Dec | None
    settle_currency: str | None
    settle_amount: Dec | None
    ratio: Dec | None
    to_asset_id: UUID | None
    to_symbol: str | None
    to_quantity: Dec | None
    cost_fraction: Dec | None
    acquired_on: date | None
    lot_ids: list[str]
    lot_quantities: list[Dec]
    group: str | None
    to_account: str | None
    legs: list[PoolLegOut]
    note: str
    tags: list[str]
    import_id: UUID | None
    reverses_id: UUID | None
    reversed_by_id: UUID | None
    recorded_at: datetime
    sequence: int


class PostingOut(Wire):
    """A signed amount of one asset in one account; those of a transaction sum to zero per asset."""

    kind: str
    account: str
    asset_id: UUID | None
    asset: str
    amount: Dec


class PartnerOut(Wire):
    """Another transaction of the same group: the other side of a transfer, maybe in another portfolio."""

    id: UUID
    portfolio_id: UUID
    type: str
    day: date
    account: str
    quantity: Dec | None
    gross: Dec | None
    acquired_on: date | None


class TransactionDetail(TransactionOut):
    """A transaction with its postings and, for a transfer in force, the other sides of its group."""

    postings: list[PostingOut]
    partners: list[PartnerOut]


class TransactionList(Wire):
    """A page of transactions; ``total`` counts all that match the filters."""

    items: list[TransactionOut]
    next_cursor: str | None
    total: int


class Correction(Wire):
    """A reversal and the transaction that replaces what it reverses."""

    reversal: TransactionOut
    replacement: TransactionOut
