"""The wire shapes of column mappings, of the tables they are made for, and of the templates that keep them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from finsage.platform.wire import Text, Wire
from finsage.portfolio.schemas.fields import Account, Currency

Header = Annotated[str, StringConstraints(max_length=16_384)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Sign = Literal[".", ","]
MappedField = Literal[
    "day", "type", "symbol", "isin", "name", "asset_class", "quantity", "unit_price", "gross", "fee", "tax", "currency",
    "fee_currency", "settle_currency", "settle_amount", "fx_rate", "account", "external_id", "note",
]  # fmt: skip
MappedType = Literal[
    "buy", "sell", "short_sell", "cover", "dividend", "interest", "interest_paid", "deposit", "withdrawal",
    "fee", "tax", "fee_refund", "tax_refund", "transfer_in", "transfer_out", "reward", "buy_sell_by_quantity",
    "buy_sell_by_amount", "deposit_withdrawal_by_amount", "skip",
]  # fmt: skip
AssetClass = Literal["equity", "etf", "fund", "bond", "fx", "commodity", "index", "crypto", "cash"]


class FixedValues(Wire):
    """What stands in where the file has no such column, or leaves the cell empty."""

    type: MappedType | None = None
    currency: Currency | None = None
    account: Account | None = None
    asset_class: AssetClass | None = None


class ImportMapping(Wire):
    """What the columns of a file mean.

    ``columns``: header to field, each field once; other columns are not read. ``types``: word of the type column to
    what it books. ``decimal`` is the decimal sign of all columns, ``decimals`` of single ones; left out, the rows of
    each column decide. ``gross_is_net``: the amount is what the account moved, fee and tax inside. ``time_zone``: of
    times without an offset, the portfolio's when left out.
    """

    columns: dict[Header, MappedField] = Field(max_length=200)
    types: dict[Label, MappedType] = Field(default_factory=dict, max_length=500)
    fixed: FixedValues = FixedValues()
    decimal: Sign | None = None
    decimals: dict[Header, Sign] = Field(default_factory=dict, max_length=200)
    date_order: Literal["dmy", "mdy"] | None = None
    time_zone: Annotated[str, StringConstraints(max_length=64)] | None = None
    gross_is_net: bool = False


class TableColumn(Wire):
    """A column of the file: its first different cells and the decimal sign its numbers prove."""

    name: str
    samples: list[str]
    decimal: Sign | None


class TableLabel(Wire):
    """A word of the type column and the rows that have it."""

    label: str
    rows: int


class TableOut(Wire):
    """The file as a table, for its columns to be named.

    Repeated headers carry their position (``Cur.#2``). ``date_order`` is what the days prove. ``rows`` are the first.
    """

    delimiter: str
    header_line: int
    columns: list[TableColumn]
    rows: list[list[str]]
    date_order: Literal["dmy", "mdy"] | None
    labels: list[TableLabel]


class ImportTemplateIn(Wire):
    """A name for the mapping of an import; files with the same headers are read with it from then on."""

    name: Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    import_id: UUID


class ImportTemplateOut(Wire):
    """A saved mapping and the headers it is for."""

    id: UUID
    name: str
    header: list[str]
    mapping: ImportMapping
    created_at: datetime


class ImportTemplateList(Wire):
    """Templates by name."""

    items: list[ImportTemplateOut]
    next_cursor: str | None
