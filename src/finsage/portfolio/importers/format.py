"""A format as data: which headers give it away, which column is which field, what its labels mean."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache

from finsage.portfolio.importers.row import Row
from finsage.portfolio.importers.rows import Statement


@lru_cache(maxsize=4096)
def fold(words: str) -> str:
    """Headers and labels as they are compared: no accents, no capitals, single blanks, one kind of apostrophe."""
    if not words.isascii():
        decomposed = unicodedata.normalize("NFKD", words.replace("\u2019", "'"))
        words = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(words.casefold().split())


class Kind(Enum):
    """How a cell is read. SIGNED keeps the sign, MAGNITUDE drops it, NUMBER refuses a negative one."""

    TEXT = "text"
    DAY = "day"
    NUMBER = "number"
    SIGNED = "signed"
    MAGNITUDE = "magnitude"

    @property
    def is_number(self) -> bool:
        """Whether cells of this kind are numbers."""
        return self in {Kind.NUMBER, Kind.SIGNED, Kind.MAGNITUDE}


@dataclass(frozen=True, slots=True)
class Column:
    """One field of a format: the header it stands under (first name present wins), and how it is read.

    ``decimal`` is the sign a program always writes; None means people write the file, and the column decides.
    ``preferred`` breaks the tie for such a column when no row does. ``is_grouped``: the program sets thousands apart.
    """

    names: tuple[str, ...]
    kind: Kind = Kind.TEXT
    decimal: str | None = None
    preferred: str | None = None
    is_grouped: bool = False


def text(*names: str) -> Column:
    """A text column under any of these headers."""
    return Column(names)


def day(*names: str) -> Column:
    """A date or instant."""
    return Column(names, Kind.DAY)


def number(*names: str, decimal: str | None = ".", preferred: str | None = None, is_grouped: bool = False) -> Column:
    """A number that is never negative."""
    return Column(names, Kind.NUMBER, decimal, preferred, is_grouped)


def signed(*names: str, decimal: str | None = ".", preferred: str | None = None, is_grouped: bool = False) -> Column:
    """A number whose sign means something."""
    return Column(names, Kind.SIGNED, decimal, preferred, is_grouped)


def magnitude(*names: str, decimal: str | None = ".", preferred: str | None = None) -> Column:
    """A number whose sign repeats what the label says."""
    return Column(names, Kind.MAGNITUDE, decimal, preferred)


@dataclass(frozen=True, slots=True)
class Skip:
    """Rows of this label book nothing, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """Rows of this label cannot be booked from the file alone, and what to do instead."""

    code: str
    message: str


Action = Callable[[Row], None]
Rule = Action | Skip | Refuse


class Container(Enum):
    """What the bytes are."""

    TABLE = "table"
    XML = "xml"
    JSON = "json"


def _label_of(row: Row) -> str:
    return row.text("type")


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """Everything the shared mechanism needs to know about one kind of file.

    ``signature``: headers that must all be there; the format with the longest signature wins. ``any_of``: of each
    group one header must be there. ``is_closed``: a header that is no field of this format is refused, so that a typing
    error cannot drop a column. ``types``: label (any case) -> what to do; ``is_named``: a person said so and may say
    more. ``group``: rows with the same key are
    booked together by ``book_group``; a key of None means the row stands alone. ``settle``: a last look at all rows in
    time order. ``tally``: what the cells of a row say came and went, worked out apart from its booking, so that both
    can be compared; formats of programs one moves away from have it. ``time_zone`` empty: times are those of the
    portfolio's zone. ``asset_classes``: the file's words (lower case) -> ours. ``account`` and ``currency`` stand in
    where the file names none. ``totals``: beginnings of the first cell of rows that only sum up.
    """

    id: str
    name: str
    description: str
    extensions: tuple[str, ...] = (".csv",)
    container: Container = Container.TABLE
    signature: tuple[str, ...]
    any_of: tuple[tuple[str, ...], ...] = ()
    is_closed: bool = False
    is_named: bool = False
    columns: Mapping[str, Column]
    types: Mapping[str, Rule]
    label: Callable[[Row], str] = _label_of
    group: Callable[[Row], Hashable | None] | None = None
    book_group: Callable[[list[Row]], None] | None = None
    settle: Callable[[list[Row]], None] | None = None
    tally: Callable[[Row], Iterable[Statement]] | None = None
    account: str | None = None
    currency: str | None = None
    time_zone: str = "UTC"
    date_order: str | None = None
    midnight_is_day: bool = False
    asset_class: str | None = None
    asset_classes: Mapping[str, str] = field(default_factory=dict)
    totals: tuple[str, ...] = field(default=("total",))

    def matches(self, headers: Iterable[str]) -> bool:
        """Whether a row of headers can be this format's."""
        found = {fold(header) for header in headers if header}
        if not all(fold(name) in found for name in self.signature):
            return False
        if not all(any(fold(name) in found for name in group) for group in self.any_of):
            return False
        return not (self.is_closed and self.unknown(headers))

    def unknown(self, headers: Iterable[str]) -> list[str]:
        """Headers that are no field of this format."""
        known = {fold(name) for column in self.columns.values() for name in column.names}
        return [header for header in headers if header and fold(header) not in known]
