"""Reading the JSON that ``finsage evaluate`` takes.

Every fault names its place by JSON pointer; unknown keys are faults. Decimals are strings; numbers are read from their
digits, never through a float.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from finsage.errors import Fault, Invalid
from finsage.finance.asset import Asset
from finsage.finance.money import ONE, parse_decimal
from finsage.finance.options import Options, Scope
from finsage.finance.quote import QuoteSeries
from finsage.finance.transaction import DAY_FIRST, DAY_LAST, Draft, PoolLeg, TransactionType
from finsage.finance.valuation import Market

_E = TypeVar("_E", bound=StrEnum)

_TOP = frozenset(
    {"base_currency", "period", "transactions", "prices", "currencies", "fx", "multipliers", "options"}
    | {"values", "flows", "returns"}
)
_DECIMALS = (
    "quantity", "unit_price", "gross", "fee", "tax", "fx_rate", "settle_amount",
    "to_quantity", "ratio", "cost_fraction",
)  # fmt: skip
_TEXTS = {
    "symbol": "asset",
    "fee_currency": "fee_currency",
    "currency": "currency",
    "settle_currency": "settle_currency",
    "to_symbol": "to_asset",
    "portfolio": "portfolio",
    "account": "account",
    "cash_account": "cash_account",
    "to_account": "to_account",
    "group": "group",
    "id": "id",
}
_TRANSACTION = frozenset(
    {"date", "executed_at", "type", "acquired_on", "lot_ids", "lot_quantities", "legs", *_DECIMALS, *_TEXTS}
)
_LEG = frozenset({"symbol", "quantity"})
_PEER_TRANSFER = re.compile(r"(?:delivery|security_transfer|cash_transfer)_(in|out)(?:bound)?")
_SIX_LETTERS = re.compile(r"[A-Za-z]{6}")
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(slots=True)
class Document:
    """What a file asks for: a ledger, or a series of values, flows or returns."""

    base_currency: str
    period: tuple[date, date] | None
    options: Options
    market: Market
    drafts: list[Draft]
    values: dict[date, Decimal] | None = None
    flows: list[tuple[date, Decimal]] | None = None
    returns: list[Decimal] | None = None


@dataclass(slots=True)
class _Reader:
    faults: list[Fault] = field(default_factory=list)

    def fault(self, pointer: str, detail: str) -> None:
        self.faults.append(Fault(pointer, detail))

    def known(self, row: Mapping[str, Any], allowed: Iterable[str], pointer: str) -> None:
        for key in sorted(set(row).difference(allowed)):
            self.fault(f"{pointer}/{_escape(key)}", "unknown key")

    def mapping(self, value: Any, pointer: str) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        self.fault(pointer, "must be an object")
        return {}

    def array(self, value: Any, pointer: str) -> list[Any]:
        if isinstance(value, list):
            return value
        self.fault(pointer, "must be an array")
        return []

    def text(self, value: Any, pointer: str) -> str | None:
        if isinstance(value, str) and value.strip() and len(value) <= 200 and value.isprintable():
            return value
        self.fault(pointer, "must be a text of 1 to 200 printable characters")
        return None

    def decimal(self, value: Any, pointer: str) -> Decimal | None:
        if not isinstance(value, str):
            self.fault(pointer, "must be a decimal, as a string")
            return None
        try:
            return parse_decimal(value, pointer)
        except Invalid as error:
            self.faults += error.faults
            return None

    def day(self, value: Any, pointer: str) -> date | None:
        try:
            day = date.fromisoformat(value) if _ISO_DAY.fullmatch(value) else None
        except (TypeError, ValueError):
            day = None
        if day is None or not DAY_FIRST <= day <= DAY_LAST:
            self.fault(pointer, "must be a day YYYY-MM-DD from 1900 to 2100")
            return None
        return day

    def choice(self, value: Any, kind: type[_E], pointer: str) -> _E | None:
        try:
            return kind(value.lower())
        except (AttributeError, ValueError):
            self.fault(pointer, f"must be one of {', '.join(kind)}")
            return None

    def quotes(self, value: Any, pointer: str, *, is_rate: bool) -> QuoteSeries:
        found: dict[date, Decimal] = {}
        for key, text in self.mapping(value, pointer).items():
            place = f"{pointer}/{_escape(key)}"
            day, amount = self.day(key, place), self.decimal(text, place)
            if day is None or amount is None:
                continue
            if amount < 0 or (is_rate and not amount):
                self.fault(place, "must be above zero" if is_rate else "must not be negative")
                continue
            found[day] = amount
        return QuoteSeries.of(found)


def read_document(text: str) -> Document:
    """Read an input of ``finsage evaluate``.

    Raises:
        Invalid: with a fault, by JSON pointer, for every place that is wrong.
    """
    reader = _Reader()
    top = reader.mapping(_parse(text), "")
    reader.known(top, _TOP, "")
    base = reader.text(top["base_currency"], "/base_currency") if "base_currency" in top else None
    if "base_currency" not in top:
        reader.fault("/base_currency", "is required")
    document = Document(base or "", _period(reader, top), _options(reader, top), Market(base or ""), [])
    if "transactions" in top:
        for key in sorted({"values", "flows", "returns"} & set(top)):
            reader.fault(f"/{key}", "stands in place of transactions, not beside them")
        rows = reader.array(top["transactions"], "/transactions")
        document.drafts = [_draft(reader, row, number) for number, row in enumerate(rows)]
        document.market = _market(reader, top, base or "", document.drafts)
    else:
        _series(reader, top, document)
    if reader.faults:
        raise Invalid("The input cannot be evaluated.", faults=tuple(reader.faults))
    return document


def _parse(text: str) -> Any:
    def no_constant(name: str) -> Any:
        raise Invalid(faults=(Fault("", f"{name} is not a number that can be kept"),))

    def no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        row = dict(pairs)
        if len(row) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = sorted({key for key in keys if keys.count(key) > 1})
            raise Invalid(faults=(Fault("", f"the key {twice[0]!r} stands twice in one object"),))
        return row

    try:
        # Numbers stay the texts they are written in; parse_decimal reads them exactly.
        return json.loads(
            text, parse_float=str, parse_int=str, parse_constant=no_constant, object_pairs_hook=no_doubles
        )
    except json.JSONDecodeError as error:
        detail = f"not JSON: {error.msg} (line {error.lineno}, column {error.colno})"
        raise Invalid(faults=(Fault("", detail),)) from error
    except RecursionError as error:
        raise Invalid(faults=(Fault("", "nested too deeply"),)) from error


def _escape(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _period(reader: _Reader, top: Mapping[str, Any]) -> tuple[date, date] | None:
    if top.get("period") is None:
        return None
    days = reader.array(top["period"], "/period")
    if len(days) != 2:
        reader.fault("/period", "must hold two days: start and end")
        return None
    start, end = (reader.day(day, f"/period/{number}") for number, day in enumerate(days))
    return None if start is None or end is None else (start, end)


def _options(reader: _Reader, top: Mapping[str, Any]) -> Options:
    given = reader.mapping(top.get("options", {}), "/options")
    defaults = Options()
    reader.known(given, [option.name for option in fields(Options)], "/options")
    chosen: dict[str, Any] = {}
    for option in fields(Options):
        if option.name not in given:
            continue
        value, pointer = given[option.name], f"/options/{option.name}"
        default = getattr(defaults, option.name)
        if isinstance(default, StrEnum):
            chosen[option.name] = reader.choice(value, type(default), pointer)
        elif option.name == "scope":
            chosen[option.name] = _scope(reader, value)
        elif isinstance(default, bool) or default is None:
            chosen[option.name] = value
            if not isinstance(value, bool):
                reader.fault(pointer, "must be true or false")
        else:
            chosen[option.name] = _days(reader, value, pointer)
    return Options(**chosen)


def _days(reader: _Reader, value: Any, pointer: str) -> int:
    # Whole numbers arrive as their digits: see _parse.
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 6:
        return int(value)
    reader.fault(pointer, "must be a whole number of days")
    return 0


def _scope(reader: _Reader, value: Any) -> Scope:
    if value in {"all", "portfolio"} if isinstance(value, str) else False:
        return Scope()
    row = reader.mapping(value, "/options/scope")
    reader.known(row, ("portfolio", "account", "symbol"), "/options/scope")
    names = {
        key: reader.text(row[key], f"/options/scope/{key}") for key in ("portfolio", "account", "symbol") if key in row
    }
    return Scope(names.get("portfolio"), names.get("account"), names.get("symbol"))


def _draft(reader: _Reader, value: Any, number: int) -> Draft:
    pointer = f"/transactions/{number}"
    row = {key: item for key, item in reader.mapping(value, pointer).items() if item is not None}
    reader.known(row, _TRANSACTION, pointer)
    found: dict[str, Any] = {"id": str(number + 1)}
    for key in _DECIMALS:
        if key in row:
            found[key] = reader.decimal(row[key], f"{pointer}/{key}")
    for key, name in _TEXTS.items():
        if key in row:
            found[name] = reader.text(row[key], f"{pointer}/{key}")
    if "acquired_on" in row:
        found["acquired_on"] = reader.day(row["acquired_on"], f"{pointer}/acquired_on")
    if "lot_ids" in row:
        names = reader.array(row["lot_ids"], f"{pointer}/lot_ids")
        found["lot_ids"] = tuple(str(reader.text(name, f"{pointer}/lot_ids")) for name in names)
    if "lot_quantities" in row:
        place = f"{pointer}/lot_quantities"
        units = (
            reader.decimal(item, f"{place}/{at}") for at, item in enumerate(reader.array(row["lot_quantities"], place))
        )
        # One that cannot be read is a fault already; it stays, so that no other is taken for it.
        found["lot_quantities"] = tuple(ONE if item is None else item for item in units)
    if "legs" in row:
        found["legs"] = _legs(reader, row["legs"], f"{pointer}/legs")
    given = {key: item for key, item in found.items() if item is not None}
    booked_on, executed_at = _when(reader, row, pointer)
    kind = _type(reader, row.get("type"), f"{pointer}/type")
    return Draft(
        type=kind, booked_on=booked_on, executed_at=executed_at, sequence=number, pointer=pointer, **{"id": "", **given}
    )


def _legs(reader: _Reader, value: Any, pointer: str) -> tuple[PoolLeg, ...]:
    found = []
    for number, item in enumerate(reader.array(value, pointer)):
        place = f"{pointer}/{number}"
        row = reader.mapping(item, place)
        reader.known(row, _LEG, place)
        symbol = reader.text(row.get("symbol"), f"{place}/symbol")
        quantity = reader.decimal(row.get("quantity"), f"{place}/quantity")
        if symbol is not None and quantity is not None:
            found.append(PoolLeg(symbol, quantity))
    return tuple(found)


def _type(reader: _Reader, value: Any, pointer: str) -> TransactionType:
    name = value.lower() if isinstance(value, str) else ""
    transfer = _PEER_TRANSFER.fullmatch(name)
    if transfer:
        name = f"transfer_{transfer[1]}"
    elif name == "interest_charge":
        name = TransactionType.INTEREST_PAID
    if name in list(TransactionType):
        return TransactionType(name)
    reader.fault(pointer, f"must be one of {', '.join(TransactionType)}")
    return TransactionType.FEE


def _when(reader: _Reader, row: Mapping[str, Any], pointer: str) -> tuple[date, datetime | None]:
    """The day, and the instant if there is one; without a day of its own a row has the instant's day in UTC."""
    instant = None
    if "executed_at" in row:
        try:
            instant = datetime.fromisoformat(row["executed_at"])
            instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
        except (TypeError, ValueError, OverflowError):
            reader.fault(f"{pointer}/executed_at", "must be an ISO 8601 instant")
            return DAY_FIRST, None
    if "date" in row:
        return reader.day(row["date"], f"{pointer}/date") or DAY_FIRST, instant
    if instant is None:
        reader.fault(f"{pointer}/date", "is required, or executed_at")
        return DAY_FIRST, None
    return instant.date(), instant


def _market(reader: _Reader, top: Mapping[str, Any], base: str, drafts: list[Draft]) -> Market:
    currencies = {
        key: reader.text(value, f"/currencies/{_escape(key)}") or base
        for key, value in reader.mapping(top.get("currencies", {}), "/currencies").items()
    }
    multipliers = {
        key: _positive(reader, value, f"/multipliers/{_escape(key)}")
        for key, value in reader.mapping(top.get("multipliers", {}), "/multipliers").items()
    }
    prices = {
        key: reader.quotes(value, f"/prices/{_escape(key)}", is_rate=False)
        for key, value in reader.mapping(top.get("prices", {}), "/prices").items()
    }
    rates = {}
    for key, value in reader.mapping(top.get("fx", {}), "/fx").items():
        pair = _pair(reader, key)
        if pair:
            rates[pair] = reader.quotes(value, f"/fx/{_escape(key)}", is_rate=True)
    symbols = _symbols(drafts, base, currencies, rates) | set(prices)
    assets = {
        symbol: Asset(symbol, currencies.get(symbol) or _first_currency(drafts, symbol) or base,
                      multipliers.get(symbol, ONE))
        for symbol in symbols
    }  # fmt: skip
    return Market(base, assets, prices, rates)


def _positive(reader: _Reader, value: Any, pointer: str) -> Decimal:
    number = reader.decimal(value, pointer)
    if number is not None and number <= 0:
        reader.fault(pointer, "must be above zero")
    return number or ONE


def _pair(reader: _Reader, key: str) -> tuple[str, str] | None:
    if _SIX_LETTERS.fullmatch(key):
        return key[:3], key[3:]
    source, slash, target = key.partition("/")
    if slash and source and target and source != target:
        return source, target
    reader.fault(f"/fx/{_escape(key)}", "must name a pair like USDEUR, or A/B")
    return None


def _symbols(
    drafts: list[Draft], base: str, currencies: Mapping[str, str], rates: Mapping[tuple[str, str], QuoteSeries]
) -> set[str]:
    """Everything traded that is not cash: described, or named as a symbol and never used as a currency."""
    cash = {base, *currencies.values(), *(name for pair in rates for name in pair)}
    cash.update(name for draft in drafts for name in (draft.currency, draft.settle_currency) if name)
    named = {name for draft in drafts for name in (draft.asset, draft.to_asset) if name}
    named.update(leg.asset for draft in drafts for leg in draft.legs)
    return set(currencies) | (named - cash)


def _first_currency(drafts: list[Draft], symbol: str) -> str | None:
    return next((draft.currency for draft in drafts if draft.asset == symbol and draft.currency), None)


def _series(reader: _Reader, top: Mapping[str, Any], document: Document) -> None:
    for key in sorted({"prices", "currencies", "fx", "multipliers"} & set(top)):
        if top[key]:
            reader.fault(f"/{key}", "belongs to transactions")
    if "returns" in top:
        for key in sorted({"values", "flows"} & set(top)):
            reader.fault(f"/{key}", "cannot stand beside returns")
        rows = reader.array(top["returns"], "/returns")
        document.returns = _decimals(reader, rows, "/returns")
        return
    if "values" not in top and "flows" not in top:
        reader.fault("/transactions", "is required, or values, flows or returns")
        return
    if "values" in top:
        document.values = _dated(reader, top["values"])
    document.flows = _flows(reader, top.get("flows", []))


def _dated(reader: _Reader, value: Any) -> dict[date, Decimal]:
    found = {}
    for key, text in reader.mapping(value, "/values").items():
        place = f"/values/{_escape(key)}"
        day, amount = reader.day(key, place), reader.decimal(text, place)
        if day is not None and amount is not None:
            found[day] = amount
    return found


def _flows(reader: _Reader, value: Any) -> list[tuple[date, Decimal]]:
    found = []
    for number, row in enumerate(reader.array(value, "/flows")):
        pair = reader.array(row, f"/flows/{number}")
        if len(pair) != 2:
            reader.fault(f"/flows/{number}", "must hold a day and an amount")
            continue
        day, amount = reader.day(pair[0], f"/flows/{number}/0"), reader.decimal(pair[1], f"/flows/{number}/1")
        if day is not None and amount is not None:
            found.append((day, amount))
    return found


def _decimals(reader: _Reader, rows: list[Any], pointer: str) -> list[Decimal]:
    numbers = [reader.decimal(row, f"{pointer}/{number}") for number, row in enumerate(rows)]
    return [number for number in numbers if number is not None]
