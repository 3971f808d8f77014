"""The wire shapes of imports, their rows and their formats."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import UploadFile
from pydantic import Field, StringConstraints

from finsage.platform.wire import Dec, Name, Wire
from finsage.portfolio.schemas.fields import Account, Currency, Symbol
from finsage.portfolio.schemas.import_mapping import ImportMapping, TableOut


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


class ImportFaultOut(Wire):
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


class ComparedOut(Wire):
    """An asset or currency of an account: what the file states, what is booked, and booked less stated."""

    account: str
    symbol: str
    is_money: bool
    stated: Dec
    booked: Dec
    difference: Dec
    is_equal: bool


class NotCarriedOut(Wire):
    """A row, or something else of the file, that is not carried over; ``line`` is null for the file as a whole."""

    line: int | None
    what: str
    reason: str
    remedy: str


class ReconciliationOut(Wire):
    """Whether the books agree with another program's file: units exactly, money within 0.01, and no row refused.

    ``not_carried`` are the first 2,000 of ``not_carried_total``.
    """

    is_equal: bool
    lines: list[ComparedOut]
    not_carried: list[NotCarriedOut]
    not_carried_total: int


class ImportOut(Wire):
    """An import. Previews carry errors, unknown symbols and the effect; ``errors`` are the first 200.

    ``format`` is ``mapped`` for files whose columns a person names: ``mapping`` says what they are taken for, at first
    a guess, or what the template ``template_id`` says; ``table`` shows the file while it is a preview.

    A large file is read, booked and reverted by jobs: while ``state`` is ``reading``, ``booking`` or ``reverting``,
    ``job_id`` tells its progress at ``/jobs/{id}``; discarding ends the first two without effect.
    """

    id: UUID
    portfolio_id: UUID
    file_name: str
    format: str
    state: Literal["reading", "preview", "booking", "confirmed", "reverting", "reverted", "discarded"]
    job_id: UUID | None
    content_hash: str
    options: dict[str, str]
    created_at: datetime
    confirmed_at: datetime | None
    reverted_at: datetime | None
    counts: CountsOut
    errors: list[ImportFaultOut]
    unknown_symbols: list[UnknownSymbolOut]
    resolutions: dict[str, UUID]
    effect: EffectOut
    missing_acquisitions: list[ImportMissingOut]
    mapping: ImportMapping | None
    table: TableOut | None
    reconciliation: ReconciliationOut | None
    template_id: UUID | None


class ImportConfirmed(ImportOut):
    """A confirmed import with what it books and the job: for a large file the one that books, else the valuation."""

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
    mapping: ImportMapping | None = None


class ConfirmIn(Wire):
    """Which content was looked at, and whether rows that cannot be booked are left out."""

    content_hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    skip_errors: bool = False


class RevertPreviewOut(Wire):
    """What a revert takes back, and the sales that would then lack units."""

    transactions: int
    missing_acquisitions: list[ImportMissingOut]
