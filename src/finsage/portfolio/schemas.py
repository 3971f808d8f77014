"""The wire shapes of portfolios, transactions and figures."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import UploadFile
from pydantic import Field, StringConstraints

from finsage.finance.transaction import TransactionType
from finsage.platform.wire import Amount, Day, Dec, Name, Note, Text, Wire

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
LotMethod = Literal["fifo", "lifo", "hifo", "average", "specific"]
Cash = Literal["tracked", "implied"]
Account = Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Symbol = Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Tag = Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]


class PortfolioIn(Wire):
    """A portfolio to open."""

    name: Name
    base_currency: Currency
    lot_method: LotMethod = "fifo"
    cash: Cash = "tracked"
    fees_in_cost: bool = True
    time_zone: str = "UTC"


class PortfolioChange(Wire):
    """What may change of a portfolio; a field left out stays. The base currency is for life."""

    name: Name | None = None
    lot_method: LotMethod | None = None
    cash: Cash | None = None
    fees_in_cost: bool | None = None
    time_zone: str | None = None


class PortfolioOut(Wire):
    """A portfolio. ``market_value`` is the last one computed, of day ``as_of``; null while that is under way."""

    id: UUID
    name: str
    base_currency: str
    lot_method: LotMethod
    lot_scope: str
    cash: Cash
    fees_in_cost: bool
    time_zone: str
    is_demo: bool
    transactions_count: int
    market_value: Dec | None
    as_of: date | None
    created_at: datetime
    updated_at: datetime


class PortfolioList(Wire):
    """Portfolios in the order they were opened."""

    items: list[PortfolioOut]
    next_cursor: str | None


class TransactionIn(Wire):
    """A transaction to record. ``day`` or ``executed_at`` says when; ``asset_id`` or ``symbol`` says what."""

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
    acquired_on: Day | None = None
    lot_ids: list[str] = Field(default_factory=list, max_length=1000)
    group: Symbol | None = None
    note: Note = ""
    tags: list[Tag] = Field(default_factory=list, max_length=50)
    accept_missing: bool = False


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


class TransactionDetail(TransactionOut):
    """A transaction with its postings."""

    postings: list[PostingOut]


class TransactionList(Wire):
    """A page of transactions; ``total`` counts all that match the filters."""

    items: list[TransactionOut]
    next_cursor: str | None
    total: int


class Correction(Wire):
    """A reversal and the transaction that replaces what it reverses."""

    reversal: TransactionOut
    replacement: TransactionOut


class WarningOut(Wire):
    """Something to know about the figures beside it."""

    code: str
    message: str
    asset_id: UUID | None
    transaction_id: UUID | None
    day: date | None


class MissingOut(Wire):
    """Units taken out that were never acquired: record their purchase with its own date to mend it."""

    asset_id: UUID | None
    symbol: str
    day: date
    quantity: Dec
    account: str
    transaction_id: UUID


class HoldingOut(Wire):
    """Units of an asset over all accounts. Money is in the base currency unless a name says otherwise."""

    asset_id: UUID
    symbol: str
    name: str
    asset_class: str
    currency: str
    is_simulated: bool
    quantity: Dec
    price: Dec | None
    price_as_of: date | None
    is_stale: bool
    is_at_cost: bool
    market_value: Dec | None
    market_value_local: Dec | None
    cost_basis: Dec | None
    average_price: Dec | None
    unrealised_gain: Dec | None
    unrealised_gain_price: Dec | None
    unrealised_gain_fx: Dec | None
    unrealised_return: float | None
    weight: float | None
    day_gain: Dec | None
    day_return: float | None
    realised_gain: Dec | None
    income: Dec | None
    price_history: list[float]


class CashOut(Wire):
    """Money in one currency in one account; ``rate`` is base currency per unit of it."""

    account: str
    currency: str
    amount: Dec
    value: Dec | None
    rate: Dec | None
    rate_as_of: date | None


class TotalsOut(Wire):
    """The whole portfolio in its base currency; null where a price or rate is missing."""

    market_value: Dec | None
    securities_value: Dec | None
    cash_value: Dec | None
    cost_basis: Dec | None
    unrealised_gain: Dec | None
    realised_gain: Dec | None
    income: Dec | None
    fees: Dec | None
    taxes: Dec | None
    day_gain: Dec | None
    day_return: float | None


class HoldingsOut(Wire):
    """What is held at the end of ``as_of``."""

    portfolio_id: UUID
    as_of: date
    base_currency: str
    items: list[HoldingOut]
    cash: list[CashOut]
    totals: TotalsOut
    missing_acquisitions: list[MissingOut]
    warnings: list[WarningOut]


class LotOut(Wire):
    """Units bought at one cost on one day; costs are of the units left, in base currency."""

    id: str
    asset_id: UUID
    symbol: str
    account: str
    acquired_on: date
    quantity_acquired: Dec
    quantity: Dec
    unit_cost: Dec | None
    cost_basis: Dec | None
    fee_cost: Dec | None
    market_value: Dec | None
    unrealised_gain: Dec | None
    held_days: int
    term: Literal["long", "short"]


class LotsOut(Wire):
    """Open lots, oldest first."""

    as_of: date
    base_currency: str
    items: list[LotOut]
    next_cursor: str | None


class RealisedOut(Wire):
    """A part of a sale and the lot it came from."""

    transaction_id: UUID
    asset_id: UUID | None
    symbol: str
    account: str
    sold_on: date
    acquired_on: date | None
    quantity: Dec
    proceeds: Dec | None
    cost: Dec | None
    gain: Dec | None
    held_days: int
    term: Literal["long", "short"]
    reason: str


class RealisedTotals(Wire):
    """Sums over the period, with the part of the gain that came from prices and from exchange rates."""

    proceeds: Dec | None
    cost: Dec | None
    gain: Dec | None
    gain_price: Dec | None
    gain_fx: Dec | None


class RealisedList(Wire):
    """Sales of the period."""

    base_currency: str
    items: list[RealisedOut]
    totals: RealisedTotals
    next_cursor: str | None


class SeriesOut(Wire):
    """One value per day, columns of equal length; null where a rate is missing."""

    days: list[date]
    value: list[Dec | None]
    invested: list[Dec | None]
    flow: list[Dec | None]
    twr: list[float | None]


class PerformanceOut(Wire):
    """Gain and returns from the end of ``from`` to the end of ``to``; a null figure has its reason."""

    portfolio_id: UUID
    since: date = Field(alias="from", serialization_alias="from")
    to: date
    as_of: date
    base_currency: str
    start_value: Dec | None
    end_value: Dec | None
    net_flow: Dec | None
    simple_gain: Dec | None
    simple_return: float | None
    twr: float | None
    twr_annualised: float | None
    mwr: float | None
    mwr_period: float | None
    volatility: float | None
    drawdown_max: float | None
    realised_gain: Dec | None
    unrealised_gain: Dec | None
    income: Dec | None
    fees: Dec | None
    taxes: Dec | None
    reasons: dict[str, str]
    series: SeriesOut
    warnings: list[WarningOut]


class SliceOut(Wire):
    """A part of the portfolio's value."""

    key: str
    label: str
    market_value: Dec | None
    weight: float | None
    day_return: float | None
    unrealised_return: float | None


class AllocationOut(Wire):
    """How the value is spread, largest part first."""

    as_of: date
    base_currency: str
    by: Literal["asset", "asset_class", "currency", "account"]
    items: list[SliceOut]


class AccountOut(Wire):
    """A broker, wallet or exchange inside a portfolio."""

    name: str
    transactions_count: int


class AccountList(Wire):
    """Accounts by name."""

    items: list[AccountOut]
    next_cursor: str | None


class CashFlowOut(Wire):
    """External money in (+) or out (−)."""

    transaction_id: UUID
    day: date
    type: str
    account: str
    currency: str
    amount: Dec


class CashFlowList(Wire):
    """External flows by day."""

    items: list[CashFlowOut]
    next_cursor: str | None


class FormatOut(Wire):
    """A file format that is recognised by its header."""

    id: str
    name: str
    description: str
    extensions: list[str]


class FormatList(Wire):
    """Formats in the order to show them."""

    items: list[FormatOut]
    next_cursor: str | None


class RowErrorOut(Wire):
    """One thing wrong in a file: physical line from 1, column by its header, and how to mend it."""

    line: int
    column: str
    code: str
    message: str


class CandidateOut(Wire):
    """An asset that a symbol may mean."""

    id: UUID
    symbol: str
    name: str
    asset_class: str
    currency: str
    mic: str


class UnknownSymbolOut(Wire):
    """A symbol of the file that names no asset, or several; the rest is what the file says about it."""

    symbol: str
    name: str | None
    isin: str | None
    currency: str | None
    asset_class: str | None
    rows: int
    candidates: list[CandidateOut]


class CashChange(Wire):
    """A cash balance before and after the import."""

    currency: str
    before: Dec
    after: Dec


class HoldingChange(Wire):
    """Units of an asset before and after the import."""

    symbol: str
    before: Dec
    after: Dec


class EffectOut(Wire):
    """What confirming changes."""

    cash: list[CashChange]
    holdings: list[HoldingChange]


class ImportMissingOut(Wire):
    """Units the file takes out that were never acquired."""

    symbol: str
    day: date
    quantity: Dec


class CountsOut(Wire):
    """Rows of the file by what becomes of them."""

    total: int = 0
    new: int = 0
    duplicate: int = 0
    warning: int = 0
    error: int = 0
    skipped: int = 0


class ImportOut(Wire):
    """An import. Previews carry errors, unknown symbols and the effect; ``errors`` are the first 200."""

    id: UUID
    portfolio_id: UUID
    file_name: str
    format: str
    state: Literal["preview", "confirmed", "reverted", "discarded"]
    content_hash: str
    options: dict[str, str]
    created_at: datetime
    confirmed_at: datetime | None
    reverted_at: datetime | None
    counts: CountsOut
    errors: list[RowErrorOut]
    unknown_symbols: list[UnknownSymbolOut]
    resolutions: dict[str, UUID]
    effect: EffectOut
    missing_acquisitions: list[ImportMissingOut]


class ImportConfirmed(ImportOut):
    """A confirmed import with what it booked and the job that values the portfolio again."""

    booked: int
    job_id: UUID


class ImportList(Wire):
    """Imports, newest first."""

    items: list[ImportOut]
    next_cursor: str | None


class ImportRowOut(Wire):
    """A row of the file as it would be booked."""

    line: int
    status: Literal["new", "duplicate", "warning", "error", "skipped"]
    type: str | None
    day: date | None
    account: str | None
    symbol: str | None
    quantity: Dec | None
    unit_price: Dec | None
    gross: Dec | None
    fee: Dec | None
    currency: str | None
    message: str


class ImportRowList(Wire):
    """A page of rows in file order."""

    items: list[ImportRowOut]
    next_cursor: str | None
    total: int


class NewAssetIn(Wire):
    """An asset to create for a symbol of the file."""

    symbol: Symbol | None = None
    name: Name
    asset_class: Literal["equity", "etf", "fund", "bond", "fx", "commodity", "index", "crypto", "cash"]
    currency: Currency
    isin: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[A-Z0-9]{9}[0-9]$")] | None = None


class ImportFileForm(Wire):
    """A file to import, and what it does not say about itself."""

    file: UploadFile
    format: Annotated[str, StringConstraints(max_length=50)] | None = None
    account: Annotated[str, StringConstraints(max_length=200)] | None = None
    currency: Currency | None = None
    encoding: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}$")] | None = None
    decimal: Literal[".", ","] | None = None
    date_order: Literal["dmy", "mdy"] | None = None


class ResolutionIn(Wire):
    """Which asset a symbol means: one that exists, or one to create."""

    asset_id: UUID | None = None
    create: NewAssetIn | None = None


class ImportAnswer(Wire):
    """Answers to what a file leaves open; null takes an option back."""

    resolutions: dict[Symbol, ResolutionIn] = Field(default_factory=dict, max_length=10_000)
    create_missing: bool = False
    account: Account | None = None
    currency: Currency | None = None
    decimal: Literal[".", ","] | None = None
    date_order: Literal["dmy", "mdy"] | None = None
    encoding: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}$")] | None = None
    file_time_zone: Annotated[str, StringConstraints(max_length=64)] | None = None


class ConfirmIn(Wire):
    """Which content was looked at, and whether rows that cannot be booked are left out."""

    content_hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    skip_errors: bool = False


class RevertPreviewOut(Wire):
    """What a revert takes back, and the sales that would then lack units."""

    transactions: int
    missing_acquisitions: list[ImportMissingOut]


class DemoOut(Wire):
    """Whether the simulated portfolios are there."""

    is_present: bool
    portfolio_ids: list[UUID]
