"""FinSage CSV: the fields of a transaction under their own names, written and read back without loss.

One row is one transaction. Columns may stand in any order and be left out; a header that is no field is refused, so
that a typing error cannot drop a column. ``date`` is the day it is booked on, ``executed_at`` the instant; one of the
two is needed. Amounts carry a decimal point and are never negative; the type gives the direction. ``lot_ids`` and
``tags`` are lists with ``|`` between the items. The columns from ``name`` on describe the asset of ``symbol``, for a
portfolio that does not know it yet; those of ``to_symbol`` and ``fee_currency`` are known by their symbol alone.

A text that begins with ``=``, ``+``, ``-``, ``@``, a tab or a carriage return is written with an apostrophe before it,
so that a spreadsheet does not run it; reading takes it off again.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from typing import Any

from finsage.errors import Invalid
from finsage.finance.money import parse_decimal, plain
from finsage.finance.transaction import Draft, PoolLeg, TransactionType
from finsage.portfolio.importers import format as form
from finsage.portfolio.importers.currencies import is_currency
from finsage.portfolio.importers.format import Format
from finsage.portfolio.importers.row import Row
from finsage.portfolio.importers.rows import AssetHint

_T = TransactionType
_NUMBERS = (
    "quantity", "unit_price", "gross", "fee", "tax", "fx_rate", "settle_amount", "to_quantity", "ratio",
    "cost_fraction",
)  # fmt: skip
_CODES = ("fee_currency", "currency", "settle_currency")
_TEXTS = ("portfolio", "account", "cash_account", "to_account", "group")
FIELDS: dict[str, str] = {
    "date": "Day it is booked on, YYYY-MM-DD. Needed unless executed_at is given.",
    "executed_at": "Instant with offset, 2024-01-02T10:11:12Z; gives the day when date is empty.",
    "type": "What happened: buy, sell, deposit, dividend, … in any case of letters. Needed.",
    "symbol": "The asset, as this file calls it. Empty for money.",
    "quantity": "Units, above zero.",
    "unit_price": "Price of one unit in currency.",
    "gross": "Amount in currency before fee and tax; beats quantity × unit_price.",
    "fee": "Fee, in fee_currency if given, else in currency.",
    "fee_currency": "Currency or coin of the fee, when it is another.",
    "tax": "Tax withheld or paid, in currency.",
    "currency": "Currency of price, gross, fee and tax.",
    "fx_rate": "Units of settle_currency for one unit of currency.",
    "settle_currency": "Currency the money moved in; the portfolio's when only a rate is given.",
    "settle_amount": "The gross in settle_currency; beats fx_rate.",
    "to_symbol": "The asset received by a swap, merger or spin_off.",
    "to_quantity": "Units received of to_symbol.",
    "ratio": "New units for one old unit, of a split or bonus.",
    "cost_fraction": "Share of the cost that a spin_off takes along, or the cash of a merger, 0 to 1.",
    "legs": "What goes into a pool or comes out of it: 1.5 ABC|20 XYZ.",
    "acquired_on": "Day a transferred or opening lot was acquired.",
    "lot_ids": "Lots a sale consumes, with | between them.",
    "lot_quantities": "Units of each of lot_ids, with | between them. Empty: each lot whole, in that order.",
    "portfolio": "Name of the portfolio, for files that hold several.",
    "account": "Broker, wallet or exchange that holds the asset.",
    "cash_account": "Account that pays or receives the money, when it is another.",
    "to_account": "Account that staked units go to, or come back to.",
    "group": "Same text on both legs of a transfer.",
    "id": "The source's own id; the same id is never booked twice.",
    "note": "Free text.",
    "tags": "Labels, with | between them.",
    "name": "Name of the asset, for one the portfolio does not know yet.",
    "isin": "ISIN of the asset.",
    "asset_class": "equity, etf, fund, bond, fx, commodity, index, crypto or cash.",
    "asset_currency": "Currency the asset is quoted in, when currency is another.",
    "mic": "Market of the asset, four letters of ISO 10383.",
    "ticker": "The asset's symbol proper, where symbol is a name that only this file uses.",
    "is_simulated": "yes for assets of the demo's simulated market.",
}
HEADER = tuple(FIELDS)
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_ALIASES = {
    "delivery_inbound": _T.TRANSFER_IN, "delivery_outbound": _T.TRANSFER_OUT,
    "security_transfer_in": _T.TRANSFER_IN, "security_transfer_out": _T.TRANSFER_OUT,
    "cash_transfer_in": _T.TRANSFER_IN, "cash_transfer_out": _T.TRANSFER_OUT,
    "interest_charge": _T.INTEREST_PAID,
}  # fmt: skip
_RENAMED = {
    "day": form.day("date"), "instant": form.day("executed_at"), "external_id": form.text("id"),
    "acquired_on": form.day("acquired_on"),
}  # fmt: skip


def restored(text: str) -> str:
    """A text without the apostrophe that kept it from being a formula."""
    return text[1:] if text[:1] == "'" and text[1:2] in {*_DANGEROUS, "'"} else text


def neutral(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith((*_DANGEROUS, "'")) else text


def code_of(text: str) -> str:
    """A currency in capitals; a coin that pays a fee as the file writes it."""
    return text.upper() if is_currency(text.upper()) else restored(text)


def items_of(text: str) -> tuple[str, ...]:
    """The items of a list."""
    return tuple(item.strip() for item in restored(text).split("|") if item.strip())


_DRAFT_NAMES = {"symbol": "asset", "to_symbol": "to_asset"}
_READ: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(_CODES, code_of),
    **dict.fromkeys((*_TEXTS, *_DRAFT_NAMES), restored),
    "lot_ids": items_of,
}
_OF_ENTRY: dict[str, Callable[[str], Any]] = {"note": restored, "tags": items_of, "external_id": restored}


def _action(kind: TransactionType) -> form.Action:
    def act(row: Row) -> None:
        # By what the row says, not by all it could say: of forty fields a row fills eight.
        fields: dict[str, Any] = {"account": None, **row.numbers}
        entry: dict[str, Any] = {"note": "", "external_id": None}
        for name, text in row.texts.items():
            if (read := _READ.get(name)) is not None:
                fields[_DRAFT_NAMES.get(name, name)] = read(text)
            elif name in _OF_ENTRY:
                entry[name] = _OF_ENTRY[name](text)
        if row.layout.account:
            fields["account"] = row.layout.account
        if "acquired_on" in row.dates:
            fields["acquired_on"] = row.dates["acquired_on"]
        if not fields.get("fee"):
            fields.pop("fee_currency", None)
        known = known_of(row.texts)
        row.hint(fields.get("asset") or "", **known)
        # The market of the demo is a world of its own: what its assets became is in it too.
        row.hint(fields.get("to_asset") or "", is_simulated=known["is_simulated"])
        if "fee_currency" in fields and not is_currency(fields["fee_currency"]):
            row.hint(fields["fee_currency"])
        legs, lot_quantities = _legs(row), _lot_quantities(row)
        if legs is not None and lot_quantities is not None:
            given = {"legs": legs, "lot_quantities": lot_quantities, **fields}
            row.book(kind, booked_on=row.dates.get("day") or row.day, **given, **entry)

    return act


def _legs(row: Row) -> tuple[PoolLeg, ...] | None:
    """The legs of a pool; None, with the row failed, when one is no quantity and symbol."""
    legs = []
    for item in items_of(row.text("legs")):
        units, _, symbol = item.partition(" ")
        try:
            legs.append(PoolLeg(symbol.strip(), parse_decimal(units, "")))
        except Invalid:
            row.fail("legs", "bad_legs", f"{item!r} is not a quantity and a symbol, as in 1.5 ABC")
            return None
        if not symbol.strip():
            row.fail("legs", "bad_legs", f"{item!r} names no asset")
            return None
        row.hint(symbol.strip())
    return tuple(legs)


def _lot_quantities(row: Row) -> tuple[Decimal, ...] | None:
    """The units of each lot; None, with the row failed, when one is no number."""
    items = items_of(row.text("lot_quantities"))
    try:
        return tuple(parse_decimal(item, "") for item in items)
    except Invalid:
        row.fail("lot_quantities", "bad_lot_quantities", f"{'|'.join(items)!r} is no list of numbers, as in 1.5|2")
        return None


def known_of(texts: Mapping[str, str]) -> dict[str, Any]:
    """What a row's texts say of its asset."""
    text = texts.get
    return {
        "isin": text("isin"),
        "name": restored(text("name", "")) or None,
        "asset_class": text("asset_class", "").lower() or None,
        "currency": (text("asset_currency") or text("currency", "")).upper() or None,
        "ticker": restored(text("ticker", "")) or None,
        "mic": text("mic", "").upper() or None,
        "is_simulated": text("is_simulated", "").lower() == "yes",
    }


def _columns() -> dict[str, form.Column]:
    plain_texts = (
        "type", "symbol", "to_symbol", "legs", "lot_ids", "note", "tags", "name", "isin", "asset_class",
        "asset_currency", "mic", "ticker", "is_simulated", "lot_quantities", *_CODES, *_TEXTS,
    )  # fmt: skip
    columns = {name: form.text(name) for name in plain_texts}
    columns |= {name: form.number(name, decimal=None, preferred=".") for name in _NUMBERS}
    return columns | _RENAMED


NATIVE = Format(
    id="finsage",
    name="FinSage CSV",
    description="One transaction a row under FinSage's own field names, as its export writes it.",
    signature=("type",),
    any_of=(("date", "executed_at"), ("quantity", "gross", "ratio")),
    is_closed=True,
    columns=_columns(),
    types={kind.value: _action(kind) for kind in _T} | {name: _action(kind) for name, kind in _ALIASES.items()},
)


@dataclass(frozen=True, slots=True)
class ExportRow:
    """A transaction to write, with what the ledger does not hold."""

    draft: Draft
    note: str = ""
    tags: tuple[str, ...] = ()
    asset: AssetHint | None = None


def export_csv(rows: Iterable[ExportRow]) -> Iterator[str]:
    """The lines of a FinSage CSV, header first, each ending with CRLF.

    Reading them gives the same drafts (``id``, ``sequence`` and ``pointer`` apart; the id becomes the external id).
    """
    yield _line(HEADER)
    for row in rows:
        yield _line(_cells(row))


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()


def _cells(row: ExportRow) -> list[str]:
    draft = row.draft
    values: dict[str, str] = {
        "date": draft.booked_on.isoformat(),
        "executed_at": draft.instant.astimezone(UTC).isoformat().replace("+00:00", "Z") if draft.instant else "",
        "type": draft.type.value,
        "symbol": neutral(draft.asset or ""),
        "to_symbol": neutral(draft.to_asset or ""),
        "acquired_on": draft.acquired_on.isoformat() if draft.acquired_on else "",
        "lot_ids": neutral("|".join(draft.lot_ids)),
        "lot_quantities": "|".join(map(plain, draft.lot_quantities)),
        "legs": "|".join(f"{plain(leg.quantity)} {leg.asset}" for leg in draft.legs),
        "id": neutral(draft.id),
        "note": neutral(row.note),
        "tags": neutral("|".join(row.tags)),
    }
    values |= {name: _number(getattr(draft, name)) for name in _NUMBERS}
    values |= {name: neutral(getattr(draft, name) or "") for name in (*_CODES, *_TEXTS)}
    if row.asset is not None:
        values["name"] = neutral(row.asset.name or "")
        values["isin"] = row.asset.isin or ""
        values["asset_class"] = row.asset.asset_class or ""
        values["asset_currency"] = row.asset.currency or ""
        values["mic"] = row.asset.mic or ""
        values["ticker"] = neutral(row.asset.ticker or "")
        values["is_simulated"] = "yes" if row.asset.is_simulated else ""
    return [values.get(name, "") for name in HEADER]


def _number(value: Decimal | None) -> str:
    """Plain digits, nothing for what is not given."""
    return "" if value is None else plain(value)
