"""What the importers hand over: one ``ParsedRow`` per row of the file, and the errors with their places."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from finsage.finance.transaction import Draft


class RowStatus(StrEnum):
    """What became of a row of the file."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class RowError:
    """One cell that cannot be read: where it stands, and how to mend it.

    ``line`` is the physical line in the file, counted from 1; ``column`` the header name, empty when the whole row is
    meant; ``code`` is stable, ``message`` is for people.
    """

    line: int
    column: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class AssetHint:
    """What the file says about an asset, for finding or creating it. ``symbol`` equals the draft's symbol.

    ``ticker`` is the symbol proper, where ``symbol`` is a name that only this file uses. ``is_simulated``: the file
    itself says that the asset belongs to the demo.
    """

    symbol: str
    isin: str | None = None
    name: str | None = None
    asset_class: str | None = None
    currency: str | None = None
    source: str | None = None
    multiplier: str | None = None
    ticker: str | None = None
    mic: str | None = None
    is_simulated: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A draft that can be booked, with what the ledger does not need to know about it.

    ``external_id`` is the source's own id, None where it gives none.
    """

    draft: Draft
    external_id: str | None = None
    note: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """What the source itself says a row moves, read beside the booking and compared with it afterwards.

    ``code`` is the file's symbol or a currency, ``amount`` signed units that came (+) or left (−) ``account``; with
    ``balance_on`` it is what the account holds at the end of that day, with ``is_factor`` what its units are multiplied
    by.
    """

    account: str
    code: str
    amount: Decimal
    balance_on: date | None = None
    is_factor: bool = False


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something of the file that is not carried over: where it stands (0: the file as a whole), why, and what to do."""

    line: int
    what: str
    reason: str
    remedy: str = ""


@dataclass(slots=True)
class ParsedRow:
    """One row of the file and the transactions it stands for.

    ``sequence`` orders rows in time (a file that runs backwards is reversed, ties too). A leg that was joined with
    others has no entries of its own; ``message`` names the line that carries the transaction.
    """

    line: int
    sequence: int
    status: RowStatus = RowStatus.OK
    entries: tuple[Entry, ...] = ()
    message: str = ""
    assets: tuple[AssetHint, ...] = ()
    errors: tuple[RowError, ...] = ()
    statements: tuple[Statement, ...] = ()

    @property
    def drafts(self) -> tuple[Draft, ...]:
        """The drafts of the entries, in booking order."""
        return tuple(entry.draft for entry in self.entries)

    @property
    def asset(self) -> AssetHint | None:
        """The asset of the row; of a swap, the one given away."""
        return self.assets[0] if self.assets else None

    @property
    def external_id(self) -> str | None:
        """The source's id of the row's first transaction."""
        return self.entries[0].external_id if self.entries else None


@dataclass(slots=True)
class ParsedFile:
    """A whole file: rows in time order and every error in file order.

    ``is_reconciled``: its format states what each row moves, so that the booking can be compared with the source.
    """

    format: str
    rows: list[ParsedRow] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    leftovers: tuple[Leftover, ...] = ()
    is_reconciled: bool = False

    def count(self, status: RowStatus) -> int:
        """How many rows ended in a status."""
        return sum(row.status is status for row in self.rows)
