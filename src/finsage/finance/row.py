"""How rows are made and kept that come by the hundred thousand.

The constructor that a named tuple is given takes twice as long as that of the tuple beneath it, which takes the values
of all fields in their order. A row made so is a row like any other.

Rows that are only read one after the other are kept as their values alone: what lives on as an object is looked at
again by the garbage collector, which costs more than making it anew where it is wanted.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Any, Generic, TypeVar

row_of = tuple.__new__

_Row = TypeVar("_Row", bound=tuple[Any, ...])


class Rows(Generic[_Row]):
    """Rows of one kind, kept value after value; ``append`` takes a row or the plain tuple of its values.

    What is sealed stands still and is shared by all who take it over; rows are appended after it.
    """

    def __init__(self, kind: type[_Row], *, is_kept: bool = True) -> None:
        self._kind = kind
        self._fields: tuple[str, ...] = kind._fields  # type: ignore[attr-defined]  # a named tuple has them
        self._width = len(self._fields)
        self._sealed: list[list[Any]] = []
        self._values: list[Any] = []
        self.append = self._values.extend if is_kept else _forget

    def seal(self) -> int:
        """Let what there is so far stand still, for others to share it; says how many rows that is."""
        if self._values:
            self._sealed.append(self._values)
            self._values = []
            self.append = self._values.extend
        return len(self)

    def _parts(self) -> list[list[Any]]:
        return [*self._sealed, self._values] if self._values else self._sealed

    def plain(self) -> Iterator[tuple[Any, ...]]:
        """The values of each row, in order: to be unpacked at once, which makes no object of any."""
        return chain.from_iterable([zip(*[iter(part)] * self._width, strict=True) for part in self._parts()])

    def after(self, day: int) -> Rows[_Row]:
        """The rows of later days, to be read; each row begins with its day, and none goes back."""
        later = Rows(self._kind)
        for part in self._parts():
            first = bisect_right(range(0, len(part), self._width), day, key=part.__getitem__) * self._width
            if first < len(part):
                later._sealed.append(part[first:] if first else part)
        return later

    def where(self, is_wanted: Callable[[_Row], bool]) -> Rows[_Row]:
        """Some of the rows."""
        wanted = Rows(self._kind)
        for row in self:
            if is_wanted(row):
                wanted.append(row)
        return wanted

    def grouped(self, field: str, keys: Iterable[Any]) -> tuple[dict[Any, Rows[_Row]], Rows[_Row]]:
        """The rows by one of their values, and those in which it is none of ``keys``."""
        place, groups, others = self._fields.index(field), {key: Rows(self._kind) for key in keys}, Rows(self._kind)
        appends = {key: rows.append for key, rows in groups.items()}
        for row in self.plain():
            appends.get(row[place], others.append)(row)
        return groups, others

    def take_over(self, other: Rows[_Row], count: int) -> None:
        """Begin with the first rows of another, as many as it had at one of its seals; there are none yet."""
        left = count * self._width
        for part in other._sealed:
            if not left:
                break
            self._sealed.append(part)
            left -= len(part)
        assert not left, "rows are taken over up to a seal"

    def column(self, field: str) -> list[Any]:
        """The values of one field; none of a field that these rows do not have."""
        if field not in self._fields:
            return []
        place = self._fields.index(field)
        return list(chain.from_iterable([part[place :: self._width] for part in self._parts()]))

    def are_those(self, other: Rows[_Row], *, but: str | None = None) -> bool:
        """Whether both hold the same values, those of the field ``but`` apart; in the same portions without one."""
        if but is None:
            return self._parts() == other._parts()
        return all(self.column(field) == other.column(field) for field in self._fields if field != but)

    def __iter__(self) -> Iterator[_Row]:
        return map(partial(row_of, self._kind), self.plain())

    def __len__(self) -> int:
        return sum(map(len, self._parts())) // self._width

    def __repr__(self) -> str:
        return repr(list(self))


def _forget(_row: Iterable[Any]) -> None:
    """Keep nothing."""
