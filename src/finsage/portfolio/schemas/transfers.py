"""The wire shapes of transfers between accounts, and of what is missing."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from finsage.platform.wire import Amount, Day, Dec, Note, Wire
from finsage.portfolio.schemas.fields import Account, Currency, Symbol, Tag
from finsage.portfolio.schemas.figures import MissingOut
from finsage.portfolio.schemas.transactions import TransactionOut


class TransferIn(Wire):
    """Units of an asset (``quantity``) or money (``gross`` in ``currency``) on their way between two accounts.

    ``to_portfolio_id`` for another portfolio; cost and dates of the lots go along either way. ``fee`` is taken from the
    account they leave, on top.
    """

    day: Day | None = None
    executed_at: datetime | None = None
    from_account: Account
    to_account: Account
    to_portfolio_id: UUID | None = None
    asset_id: UUID | None = None
    symbol: Symbol | None = None
    quantity: Amount | None = None
    gross: Amount | None = None
    currency: Currency | None = None
    fee: Amount | None = None
    fee_currency: Symbol | None = None
    lot_ids: list[str] = Field(default_factory=list, max_length=1000)
    lot_quantities: list[Amount] = Field(default_factory=list, max_length=1000)
    note: Note = ""
    tags: list[Tag] = Field(default_factory=list, max_length=50)
    accept_missing: bool = False


class TransferOut(Wire):
    """The transactions that make a transfer, the side that leaves first."""

    ids: list[UUID]


class PairIn(Wire):
    """Two recorded transfers that are the sides of one."""

    out_id: UUID
    in_id: UUID


class SuggestionOut(Wire):
    """Two transfers that may be the sides of one.

    ``difference`` is what was lost on the way and would become a fee; ``seconds_apart`` is null unless both say a time.
    """

    out: TransactionOut
    into: TransactionOut
    difference: Dec
    seconds_apart: int | None
    has_same_hash: bool


class SuggestionList(Wire):
    """Suggestions, the likeliest first; no transfer is in two of them."""

    items: list[SuggestionOut]
    next_cursor: str | None


class RepairOut(Wire):
    """A way to mend a record. What is null has to be said by somebody who knows it; nothing is made up."""

    way: Literal["opening_balance", "buy", "transfer", "reward"]
    day: date | None
    quantity: Dec
    account: str
    from_account: str | None
    unit_price: Dec | None
    price_on: date | None


class MissingRecord(MissingOut):
    """Units taken out that were never acquired, with the ways to mend it, the likeliest first."""

    currency: str | None
    repairs: list[RepairOut]


class MissingList(Wire):
    """All missing acquisitions of a portfolio, the oldest first."""

    items: list[MissingRecord]
    next_cursor: str | None
