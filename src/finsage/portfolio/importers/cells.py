"""From cells to a ``Row``: which column is which field, what holds for a whole column, and reading one row with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from zoneinfo import ZoneInfo

from finsage.portfolio.importers.currencies import MAJOR_UNITS
from finsage.portfolio.importers.days import DateOrders, Moment, read_moment
from finsage.portfolio.importers.errors import CellError
from finsage.portfolio.importers.format import Format, Kind, fold
from finsage.portfolio.importers.numbers import Locale, read_number
from finsage.portfolio.importers.reading import Cells
from finsage.portfolio.importers.row import DAMAGED, Layout, Row

_UTC = ZoneInfo("UTC")
_KNOWN_MAX = 16_384
_REMEMBERED = 4096


@dataclass(slots=True)
class Place:
    """Where a field stands in the cells, and how its column is read."""

    field: str
    index: int
    kind: Kind
    locale: Locale


@dataclass(slots=True)
class Survey:
    """What the first pass learns about a file."""

    form: Format
    header: tuple[str, ...]
    places: tuple[Place, ...]
    headers: Mapping[str, str]
    orders: DateOrders
    is_descending: bool = False
    last_place: int = 0
    _open: list[tuple[int, Locale, set[str]]] = field(default_factory=list)
    _days: list[Place] = field(default_factory=list)
    _known_days: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, form: Format, header: tuple[str, ...], decimal: str | None, date_order: str | None) -> Survey:
        """Match the columns of a format with a header row."""
        at = {fold(name): index for index, name in reversed(list(enumerate(header)))}
        places, headers = [], {}
        for name, column in form.columns.items():
            found = next((title for title in column.names if fold(title) in at), None)
            if found is None:
                continue
            index = at[fold(found)]
            sign = decimal or column.decimal
            locale = Locale(
                sign,
                fixed=sign is not None,
                is_grouped=column.is_grouped or decimal is not None,
                preferred=column.preferred,
            )
            places.append(Place(name, index, column.kind, locale))
            headers[name] = header[index]
        places.sort(key=lambda place: place.index)
        survey = cls(form, header, tuple(places), headers, DateOrders(date_order or form.date_order))
        # A text that was looked at teaches nothing when it comes again, as most do.
        survey._open = [
            (place.index, place.locale, set()) for place in places if place.kind.is_number and not place.locale.fixed
        ]
        survey._days = [place for place in places if place.kind is Kind.DAY]
        return survey

    @property
    def width(self) -> int:
        """How many columns the header names."""
        return len(self.header)

    def look_at(self, cells: Cells) -> None:
        """Learn from one row."""
        row = cells.cells
        width = len(row)
        for index, locale, known in self._open:
            if index < width and (cell := row[index]) not in known:
                locale.look_at(cell)
                _keep(known, cell)
        for place in self._days:
            if place.index < width and (cell := row[place.index]) not in self._known_days:
                self.orders.look_at(cell.strip(), cells.line)
                _keep(self._known_days, cell)

    def moment_of(self, cells: Cells) -> Moment | None:
        """The day of a row as far as it can be told, for the direction of the file."""
        for place in self._days:
            text = cells.cells[place.index].strip() if place.index < len(cells.cells) else ""
            if text:
                try:
                    return read_moment(text, self.orders, _UTC)
                except CellError:
                    return None
        return None


def _keep(known: set[str], cell: str) -> None:
    if len(known) >= _KNOWN_MAX:
        known.clear()
    known.add(cell)


class Reader:
    """Reads rows with what the survey has settled."""

    def __init__(self, survey: Survey, layout: Layout) -> None:
        self.survey = survey
        self.layout = layout
        self.zone = layout.file_zone
        self.form = survey.form
        self.header = list(survey.header)
        self.day_indices = [place.index for place in survey.places if place.kind is Kind.DAY]
        # Days, quantities, prices and fees come again and again: what a text means is worked out once, kept once.
        self._moments: dict[str, Moment] = {}
        self._numbers: dict[str, dict[str, Decimal]] = {place.field: {} for place in survey.places}
        self.totals = tuple(start.casefold() for start in survey.form.totals)

    def read(self, cells: Cells, place: int) -> Row:
        """One row with its cells typed; what cannot be read is among its errors, every cell of it."""
        survey = self.survey
        sequence = survey.last_place - place if survey.is_descending else place
        row = Row(cells.line, sequence, self.layout)
        texts = list(map(str.strip, cells.cells))
        if any(texts) and self._is_total(texts):
            row.skip("A line of totals or remarks, not a transaction.")
        elif cells.problem:
            row.fail("", DAMAGED, f"On line {cells.line} {cells.problem}.")
        elif not any(texts):
            row.skip("The row is empty.")
        elif cells.cells == self.header:
            row.skip("The headers again.")
        elif len(texts) > survey.width and any(texts[survey.width :]):
            row.fail(
                "",
                "too_many_cells",
                f"The row has {len(cells.cells)} cells, the header {survey.width}; "
                "put quotes around texts and numbers that contain the delimiter.",
            )
        else:
            self._fill(row, texts)
        return row

    def _is_total(self, texts: list[str]) -> bool:
        """Whether a row only sums up or closes the table: it says so, or has nothing but one text."""
        for index in self.day_indices:
            if index < len(texts) and texts[index][:1].isdigit():
                return False
        first = texts[0]
        if self.totals and first.casefold().startswith(self.totals):
            return True
        return self.survey.width > 3 and bool(first) and not first[0].isdigit() and not any(texts[1:])

    def _fill(self, row: Row, texts: list[str]) -> None:
        width = len(texts)
        for place in self.survey.places:
            text = texts[place.index] if place.index < width else ""
            if not text:
                if place.kind is Kind.DAY and place.field == "day":
                    self._no_day(row, texts)
            elif place.kind is Kind.TEXT:
                row.texts[place.field] = text
            else:
                try:
                    self._read_cell(row, place, text)
                except CellError as error:
                    row.fail(place.field, error.code, error.message)
        _use_major_units(row)

    def _read_cell(self, row: Row, place: Place, text: str) -> None:
        if place.kind is Kind.DAY:
            self._read_day(row, place, text)
        elif text not in {"-", "--"}:
            row.numbers[place.field] = self.number(place, text)

    def number(self, place: Place, text: str) -> Decimal:
        """What the text of a number cell means.

        Raises: CellError.
        """
        known = self._numbers[place.field]
        value = known.get(text)
        if value is None:
            value = read_number(text, place.locale)
            if place.kind is Kind.NUMBER and value < 0:
                raise CellError("negative", f"'{text}' is negative; write it without the minus sign.")
            value = abs(value) if place.kind is Kind.MAGNITUDE else value
            if len(known) == _REMEMBERED:
                known.clear()
            known[text] = value
        return value

    def moment(self, text: str) -> Moment:
        """The day or instant of a cell.

        Raises: CellError.
        """
        moment = self._moments.get(text)
        if moment is None:
            moment = read_moment(text, self.survey.orders, self.zone, midnight_is_day=self.form.midnight_is_day)
            if len(self._moments) == _REMEMBERED:
                self._moments.clear()
            self._moments[text] = moment
        return moment

    def _read_day(self, row: Row, place: Place, cell: str) -> None:
        moment = self.moment(cell)
        row.texts[place.field] = cell
        if moment.instant is None:
            row.dates[place.field] = moment.day
        if place.field in {"day", "instant"} and (moment.instant is not None or row.moment.instant is None):
            row.moment = moment

    def _no_day(self, row: Row, texts: list[str]) -> None:
        """A row needs its day, unless an instant stands beside it."""
        instant = next((p for p in self.survey.places if p.field == "instant"), None)
        if instant is None or instant.index >= len(texts) or not texts[instant.index]:
            row.fail("day", "missing", "The date is empty; write it as YYYY-MM-DD.")


def _use_major_units(row: Row) -> None:
    """London, Johannesburg and Tel Aviv quote in hundredths; the ledger keeps pounds, rands and shekels."""
    stated = row.texts.get("currency", "")
    major = MAJOR_UNITS.get(stated)
    if major is None:
        return
    row.texts["currency"] = major
    for name in ("unit_price", "gross", "fee", "tax"):
        if name in row.numbers:
            row.numbers[name] = row.numbers[name].scaleb(-2)
    row.warn(f"Amounts in {stated} are hundredths of {major} and were converted.")
