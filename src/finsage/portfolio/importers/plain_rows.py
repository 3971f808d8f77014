"""Trades and income of a FinSage CSV that hold nothing unusual, read straight into what is kept of them.

Most rows of a large file are of this kind. Taking one the long way (typed cells, an action, a draft, checks, and the
draft's fields as text again) costs three times as much. What is not plain in every cell is left to the long way, which
also words what is wrong; a property test holds both to the same result.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

from finsage.finance.money import SCALE_MAX, is_keepable, plain
from finsage.finance.row import row_of
from finsage.finance.transaction import INCOMES, TRADES, TransactionType
from finsage.portfolio.importers.cells import Place, Reader
from finsage.portfolio.importers.currencies import MAJOR_UNITS
from finsage.portfolio.importers.errors import CellError
from finsage.portfolio.importers.format import fold
from finsage.portfolio.importers.native import NATIVE, code_of, items_of, known_of, restored
from finsage.portfolio.importers.reading import Cells
from finsage.portfolio.importers.row import NOTE_LENGTH_MAX, hint_of
from finsage.portfolio.importers.rows import AssetHint

_KINDS = {
    name: TransactionType(name).value for name in NATIVE.types if name in {kind.value for kind in TRADES | INCOMES}
}
_TRADES = frozenset(kind.value for kind in TRADES)
_NUMBERS = ("quantity", "unit_price", "gross", "fee", "tax", "fx_rate")
# No units and a rate of zero are refused; a fee or tax of zero is none.
_ZEROS: dict[str, str | None] = {"quantity": None, "fx_rate": None, "fee": "", "tax": ""}
_FIELDS = ("type", "booked_on", "asset", *_NUMBERS[:-1], "currency", "fx_rate", "account", "cash_account")
_HINTS = ("symbol", "isin", "name", "asset_class", "asset_currency", "currency", "ticker", "mic", "is_simulated")
_READ = frozenset(
    {"type", "day", "account", "cash_account", "note", "tags", "external_id", "portfolio", *_NUMBERS, *_HINTS}
)
_KEPT = 16_384
"""Texts whose meaning is kept: numbers, days, labels and assets come again and again."""


class PlainRow(NamedTuple):
    """A row that stands for one transaction.

    ``draft`` is it as it is kept, ``content`` as fingerprints have it; ``hint`` is there when the file has not said the
    same of the asset before.
    """

    line: int
    draft: dict[str, Any]
    content: str
    external_id: str | None
    note: str
    tags: tuple[str, ...]
    hint: AssetHint | None


class _Known(dict[str, Any]):
    """What texts mean, worked out once each; None for a text that is not plain."""

    def __init__(self, read: Callable[[str], Any]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> Any:
        if len(self) >= _KEPT:
            self.clear()
        found = self[text] = self._read(text)
        return found


class PlainRows:
    """Reads the plain rows of one file, with what its survey has settled."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        survey, layout = reader.survey, reader.layout
        self._width = survey.width
        self._account = layout.account or ""
        self._today = layout.today or date.max
        at = {place.field: place.index for place in survey.places}
        # A column that is not there stands behind the last one, where read() puts an empty text.
        self._at = tuple(at.get(name, -1) for name in ("type", "day", "symbol", "currency", "account", "cash_account"))
        self._beside = tuple(at.get(name, -1) for name in ("note", "tags", "external_id"))
        places = {place.field: place for place in survey.places}
        self._numbers = tuple((at.get(name, -1), _Known(self._number_of(places.get(name)))) for name in _NUMBERS)
        self._unread = tuple(place.index for place in survey.places if place.field not in _READ)
        self._hints = tuple((name, at[name]) for name in _HINTS if name in at)
        self._said: set[tuple[str, ...]] = set()
        self._kinds, self._days, self._codes = _Known(_kind), _Known(self._day), _Known(_code)
        self._names = _Known(restored)

    def read(self, cells: Cells) -> PlainRow | None:
        """The row, None when it has to be taken the long way."""
        texts = list(map(str.strip, cells.cells))
        if len(texts) != self._width or cells.problem:
            return None
        texts.append("")
        kind_at, day_at, symbol_at, currency_at, account_at, cash_at = self._at
        kind, day, currency = self._kinds[texts[kind_at]], self._days[texts[day_at]], self._codes[texts[currency_at]]
        if kind is None or day is None or currency is None:
            return None
        numbers = *amounts, rate = [known[texts[index]] for index, known in self._numbers]
        if None in numbers or (self._unread and any(map(texts.__getitem__, self._unread))):
            return None
        names = self._names
        asset, account = names[texts[symbol_at]], self._account or names[texts[account_at]]
        values = (kind, day, asset, *amounts, currency, rate, account, names[texts[cash_at]])
        return self._row(cells.line, values, texts)

    def _row(self, line: int, values: tuple[str, ...], texts: list[str]) -> PlainRow | None:
        kind, day, asset, quantity, price, gross, fee, tax, currency, rate, account, cash_account = values
        if not (gross or (quantity and price)) or (kind in _TRADES and not (asset and quantity)):
            return None
        if max(len(gross) or len(quantity) + len(price), len(fee), len(tax)) + len(rate) > SCALE_MAX:
            return None  # products of so few digits can be kept; whether others can, the long way works out
        content = (
            f"{account}\x1f{cash_account}\x1f{day}\x1f{kind}\x1f{asset}\x1f{currency}\x1f\x1f\x1f\x1f"
            f"{quantity}\x1f{price}\x1f{gross}\x1f{fee or '0'}\x1f{tax or '0'}\x1f{rate}\x1f\x1f\x1f\x1f"
        )
        note_at, tags_at, external_at = self._beside
        note, tags, external = texts[note_at], texts[tags_at], texts[external_at]
        return row_of(
            PlainRow,
            (
                line,
                {name: text for name, text in zip(_FIELDS, values, strict=True) if text},
                content,
                restored(external) if external else None,
                restored(note)[:NOTE_LENGTH_MAX] if note else "",
                items_of(tags) if tags else (),
                self._hint(asset, texts) if asset else None,
            ),
        )

    def _number_of(self, place: Place | None) -> Callable[[str], str | None]:
        """How to read a number into plain digits; None is for what the long way has something to say about."""

        def read(text: str) -> str | None:
            if not text or place is None:
                return ""
            try:
                number = self._reader.number(place, text)
            except CellError:
                return None
            if not is_keepable(number):
                return None
            return plain(number) if number else _ZEROS.get(place.field, "0")

        return read

    def _day(self, text: str) -> str | None:
        try:
            moment = self._reader.moment(text) if text[:1].isdigit() else None
        except CellError:
            return None
        if moment is None or moment.instant is not None or moment.day > self._today:
            return None
        return moment.day.isoformat()

    def _hint(self, asset: str, texts: list[str]) -> AssetHint | None:
        said = tuple([texts[index] for _, index in self._hints])
        if said in self._said:
            return None
        if len(self._said) >= _KEPT:
            self._said.clear()
        self._said.add(said)
        given = {name: text for (name, _), text in zip(self._hints, said, strict=True) if text}
        return hint_of(asset, **known_of(given))


def _kind(text: str) -> str | None:
    return _KINDS.get(fold(text))


def _code(text: str) -> str | None:
    """A currency as the draft has it; None for hundredths, which change the amounts beside them."""
    return None if text in MAJOR_UNITS else code_of(text)
