"""A row on its way from cells to transactions: typed cells, the errors met, the entries booked."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, Inexact
from typing import Any
from zoneinfo import ZoneInfo

from finsage.finance.money import ONE, ZERO, exact, is_keepable
from finsage.finance.transaction import Draft, PoolLeg, TransactionType, faults_of
from finsage.portfolio.importers.days import Moment
from finsage.portfolio.importers.errors import CellError
from finsage.portfolio.importers.rows import AssetHint, Entry, ParsedRow, RowError, RowStatus, Statement

DAMAGED = "damaged_row"
NOTE_LENGTH_MAX = 4_000
_NO_MOMENT = Moment(date.min)
_FIELD_OF = {"asset": "symbol", "to_asset": "to_symbol", "booked_on": "day", "date": "day"}
# The rows of a file say the same of an asset again and again.
hint_of = functools.lru_cache(maxsize=4096)(AssetHint)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What all rows of a file share: the header names by field, the zones, what the caller and the format fill in.

    ``account`` is the caller's and overrides the file's; the others stand in where the file names none. Days after
    ``today`` are told.
    """

    columns: Mapping[str, str]
    day_zone: ZoneInfo
    file_zone: ZoneInfo
    account: str | None = None
    account_default: str | None = None
    currency_default: str | None = None
    asset_class: str | None = None
    today: date | None = None
    asset_classes: Mapping[str, str] = dataclasses.field(default_factory=dict)


class Row:
    """One row of the file with its cells read, to which an action adds entries."""

    __slots__ = (
        "assets",
        "dates",
        "entries",
        "errors",
        "layout",
        "line",
        "merged_into",
        "message",
        "moment",
        "numbers",
        "sequence",
        "statements",
        "status",
        "texts",
    )

    def __init__(self, line: int, sequence: int, layout: Layout) -> None:
        self.line = line
        self.sequence = sequence
        self.layout = layout
        self.texts: dict[str, str] = {}
        self.numbers: dict[str, Decimal] = {}
        self.dates: dict[str, date] = {}
        self.moment = _NO_MOMENT
        self.entries: list[Entry] = []
        self.assets: list[AssetHint] = []
        self.errors: list[RowError] = []
        self.status = RowStatus.OK
        self.message = ""
        self.merged_into: int | None = None
        self.statements: tuple[Statement, ...] = ()

    def text(self, field: str) -> str:
        """The text of a field, empty when the file has none."""
        return self.texts.get(field, "")

    def number(self, field: str) -> Decimal | None:
        """The number of a field, None when the cell is empty or absent."""
        return self.numbers.get(field)

    def amount(self, field: str) -> Decimal:
        """The number of a field, zero when the cell is empty."""
        return self.numbers.get(field, ZERO)

    @property
    def is_dated(self) -> bool:
        """Whether the row's date could be read."""
        return self.moment is not _NO_MOMENT

    @property
    def is_damaged(self) -> bool:
        """Whether the row's cells cannot be trusted, so that it tells nothing."""
        return any(error.code == DAMAGED for error in self.errors)

    @property
    def symbol(self) -> str:
        """What the file calls the asset: its symbol, else ISIN."""
        return self.text("symbol") or self.text("isin")

    @property
    def account(self) -> str | None:
        """The account of the row: the caller's, else the file's, else the format's."""
        return self.layout.account or self.text("account") or self.layout.account_default

    @property
    def currency(self) -> str | None:
        """The currency of the row's money."""
        return self.text("currency").upper() or self.layout.currency_default

    @property
    def day(self) -> date:
        """The day in the portfolio's time zone."""
        if self.moment.instant is None:
            return self.moment.day
        return self.moment.instant.astimezone(self.layout.day_zone).date()

    @property
    def instant(self) -> datetime | None:
        """When it happened, in UTC."""
        return self.moment.instant

    def fail(self, field: str, code: str, message: str) -> None:
        """Note an error at a field of this row."""
        self.errors.append(RowError(self.line, self.layout.columns.get(field, ""), code, message))

    def need(self, *fields: str) -> bool:
        """Whether these cells are filled; each empty one becomes an error."""
        is_complete = True
        for field in fields:
            if not self.text(field) and field not in self.numbers:
                is_complete = False
                name = self.layout.columns.get(field, field)
                self.fail(field, "missing", f"This {self.label} needs '{name}'; fill the cell.")
        return is_complete

    @property
    def label(self) -> str:
        """What the row calls itself, for messages."""
        return self.text("type").lower() or "row"

    def skip(self, reason: str) -> None:
        """Book nothing, and say why."""
        self.status, self.message = RowStatus.SKIPPED, reason

    def warn(self, message: str) -> None:
        """Book it, but tell the reader something."""
        if self.status is RowStatus.OK:
            self.status = RowStatus.WARNING
        self.message = f"{self.message} {message}".strip()

    def merge_into(self, other: Row) -> None:
        """This row is a leg of the transaction that another row carries."""
        if other is not self:
            self.merged_into = other.line
            self.message = f"Part of the transaction on line {other.line}."

    def hint(self, symbol: str, **known: Any) -> None:
        """Remember what the file says about an asset."""
        if symbol and all(asset.symbol != symbol for asset in self.assets):
            known.setdefault("asset_class", self.layout.asset_class)
            self.assets.append(hint_of(symbol, **known))

    def book(self, kind: TransactionType, **fields: Any) -> None:
        """Add a transaction; what is wrong with it becomes errors of the row.

        Day, account and id come from the row unless given. ``note``, ``tags`` and ``external_id`` belong to the entry.
        """
        note = fields.pop("note", self.texts.get("note", ""))[:NOTE_LENGTH_MAX]
        tags = fields.pop("tags", ())
        external = fields.pop("external_id", self.texts.get("external_id"))
        place = len(self.entries)
        if "booked_on" not in fields:
            fields["booked_on"] = self.day
        if "executed_at" not in fields:
            fields["executed_at"] = self.moment.instant
        if "account" not in fields:
            fields["account"] = self.account
        number = f"{self.sequence}" if place == 0 else f"{self.sequence}.{place + 1}"
        draft = Draft(id=number, type=kind, sequence=self.sequence, pointer=f"line {self.line}", **fields)
        self._check(draft)
        if place == 0 and self.layout.today is not None and draft.booked_on > self.layout.today:
            self.warn("This day is still to come; if it is a slip, correct it before booking.")
        if external is not None and place:
            external = f"{external}#{place + 1}"
        self.entries.append(Entry(draft, external, note, tags))

    def _check(self, draft: Draft) -> None:
        for fault in faults_of(draft):
            # A list is named as a whole, not by the place in it: a cell holds all of it.
            name = fault.pointer[len(draft.pointer) + 1 :].partition("/")[0]
            field = _FIELD_OF.get(name, name)
            column = self.layout.columns.get(field, "")
            value = getattr(draft, "asset" if name == "symbol" else name, None)
            if value is None:
                place = f"'{column}'" if column else f"a column '{field}'"
                self.fail(field, "missing", f"This {draft.type} needs {name.replace('_', ' ')}; fill {place}.")
            elif "precision_exceeded" in fault.detail:
                self.fail(field, "precision_exceeded", f"{name}: {fault.detail}; round it before importing.")
            else:
                given = f"{name.replace('_', ' ')} {_shown(value)}".rstrip()
                self.fail(field, "invalid", f"{given}: {fault.detail}; correct the row.")
        if not self.errors and not _comes_to_what_can_be_kept(draft):
            self.fail(
                "",
                "precision_exceeded",
                "Quantity × price, or an amount at its rate, comes to more than 36 decimal places or 60 digits before "
                "them; round a number, or state what was paid, before importing.",
            )

    def product(self, left: str, right: str) -> Decimal | None:
        """The exact product of two numbers of the row, None if one is missing."""
        a, b = self.number(left), self.number(right)
        if a is None or b is None:
            return None
        with exact():
            return a * b

    def finished(self) -> ParsedRow:
        """What is handed over."""
        if self.errors:
            message = self.errors[0].message
            return ParsedRow(
                self.line,
                self.sequence,
                RowStatus.ERROR,
                (),
                message,
                tuple(self.assets),
                tuple(self.errors),
                self.statements,
            )
        if self.status is RowStatus.SKIPPED:
            return ParsedRow(self.line, self.sequence, RowStatus.SKIPPED, (), self.message, statements=self.statements)
        entries, assets = tuple(self.entries), tuple(self.assets)
        return ParsedRow(
            self.line, self.sequence, self.status, entries, self.message, assets, statements=self.statements
        )


def zone_named(name: str) -> ZoneInfo:
    """A time zone by its IANA name.

    Raises: CellError: there is none of this name.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise CellError("unknown_time_zone", f"'{name}' is not a time zone; use a name like Europe/Berlin.") from None


def _comes_to_what_can_be_kept(draft: Draft) -> bool:
    """Whether the products of a draft's numbers, each of which can be kept, can be kept as well."""
    rate = ONE if draft.fx_rate is None else draft.fx_rate
    try:
        with exact():
            worth = draft.gross
            if worth is None and draft.quantity is not None and draft.unit_price is not None:
                worth = draft.quantity * draft.unit_price
            return all(is_keepable(amount * rate) for amount in (worth, draft.fee, draft.tax) if amount)
    except Inexact:
        return False  # it has more digits than the ledger keeps


def _shown(value: object) -> str:
    """A field of a draft as a cell holds it."""
    if isinstance(value, PoolLeg):
        return f"{value.quantity} {value.asset}"
    return "|".join(map(_shown, value)) if isinstance(value, tuple) else str(value)
