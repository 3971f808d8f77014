"""The wire shapes of changes of many transactions, and of what a change would do."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from finsage.platform.wire import Dec, Note, Wire
from finsage.portfolio.schemas.fields import Account, Tag
from finsage.portfolio.schemas.figures import MissingOut, WarningOut
from finsage.portfolio.schemas.transactions import TransactionIn

IDS_MAX = 5000


class LabelsIn(Wire):
    """A note and tags to write beside a transaction. What is left out stays; no fact of the ledger changes."""

    note: Note | None = None
    tags: list[Tag] | None = Field(default=None, max_length=50)


class BulkIn(Wire):
    """One change of many transactions of a portfolio, all or none.

    ``reverse`` books the opposite of each; ``restore`` records reversed ones again as they were; ``tag`` and ``untag``
    add and remove ``tags``; ``note`` writes the note beside each; ``account`` corrects the account of each.
    ``with_partners`` takes the other sides of transfers along, also of another portfolio, and of reversed transactions
    those that were reversed with them; such sides may be named among ``ids`` too.
    """

    ids: list[UUID] = Field(min_length=1, max_length=IDS_MAX)
    action: Literal["reverse", "restore", "tag", "untag", "note", "account"]
    tags: list[Tag] = Field(default_factory=list, max_length=50)
    note: Note = ""
    account: Account | None = None
    with_partners: bool = False
    accept_missing: bool = False


class BulkOut(Wire):
    """What a bulk change did: ``ids`` are the transactions changed, ``new_ids`` those recorded in their place."""

    changed: int
    ids: list[UUID]
    new_ids: list[UUID]


class ReplaceIn(Wire):
    """Transactions to reverse and transactions to record, all or none."""

    ids: list[UUID] = Field(default_factory=list, max_length=IDS_MAX)
    transactions: list[TransactionIn] = Field(default_factory=list, max_length=10_000)
    accept_missing: bool = False


class ReplaceOut(Wire):
    """The reversals booked, and the ids of what was recorded, in the order given."""

    reversal_ids: list[UUID]
    ids: list[UUID]


class LotEffect(Wire):
    """A lot as it is and as it would be; null where there is none. Costs are in base currency."""

    id: str
    asset_id: UUID | None
    symbol: str
    account: str
    acquired_on: date
    quantity_before: Dec | None
    quantity_after: Dec | None
    cost_before: Dec | None
    cost_after: Dec | None
    unit_cost_before: Dec | None
    unit_cost_after: Dec | None


class CashEffect(Wire):
    """A cash balance as it is and as it would be."""

    account: str
    currency: str
    before: Dec
    after: Dec


class Effect(Wire):
    """What a change would do. ``lots`` are the open lots of the assets it is about, changed or not."""

    base_currency: str
    lots: list[LotEffect]
    cash: list[CashEffect]
    missing_acquisitions: list[MissingOut]
    warnings: list[WarningOut]


class TagOut(Wire):
    """A tag and how many transactions in force carry it."""

    name: str
    transactions_count: int


class TagList(Wire):
    """All tags of a portfolio."""

    items: list[TagOut]
    next_cursor: str | None
