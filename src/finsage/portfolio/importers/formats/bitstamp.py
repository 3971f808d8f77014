"""Bitstamp's transactions: amounts stand with their code in one cell, and the fee comes on top of the value."""

from __future__ import annotations

from decimal import Decimal

from finsage.finance.money import ZERO
from finsage.finance.transaction import TransactionType as T
from finsage.portfolio.importers.actions import book_units, exchange
from finsage.portfolio.importers.errors import CellError
from finsage.portfolio.importers.format import Action, Format, day, text
from finsage.portfolio.importers.numbers import Locale, read_number
from finsage.portfolio.importers.row import Row

_LOCALE = Locale(".", fixed=True)


def _amount(row: Row, field: str) -> tuple[str, Decimal]:
    """Code and units of a cell like ``1.5 BTC``; no units when it is empty or wrong, which is noted."""
    cell = row.text(field)
    number, _, code = cell.partition(" ")
    if not cell:
        return "", ZERO
    try:
        units = read_number(number, _LOCALE)
        if units < 0 or not code:
            raise CellError("invalid", f"'{cell}' is not an amount like '1.5 BTC'; correct it.")
    except CellError as error:
        row.fail(field, error.code, error.message)
        return "", ZERO
    return code.strip(), units


def _trade(row: Row) -> None:
    one, other, fee = _amount(row, "amount"), _amount(row, "value"), _amount(row, "fee_cell")
    side = row.text("side").lower()
    if side not in {"buy", "sell"}:
        row.fail("side", "unknown_type", f"'{row.text('side')}' is neither Buy nor Sell; correct it.")
    if row.need("amount", "value") and not row.errors:
        fees = (fee,) if fee[1] else ()
        exchange(row, other if side == "buy" else one, one if side == "buy" else other, fees)


def _movement(kind: T, cash: T) -> Action:
    def act(row: Row) -> None:
        code, units = _amount(row, "amount")
        fee_code, fee = _amount(row, "fee_cell")
        if not row.need("amount") or row.errors:
            return
        book_units(row, kind, cash, code, units)
        if fee:
            book_units(row, T.FEE, T.FEE, fee_code, fee)

    return act


BITSTAMP = Format(
    id="bitstamp",
    name="Bitstamp",
    description="The transaction export of Bitstamp.",
    signature=("Type", "Datetime", "Account", "Amount", "Value", "Rate", "Fee", "Sub Type"),
    columns={
        "type": text("Type"),
        "day": day("Datetime"),
        "amount": text("Amount"),
        "value": text("Value"),
        "fee_cell": text("Fee"),
        "side": text("Sub Type"),
    },
    types={
        "market": _trade,
        "deposit": _movement(T.TRANSFER_IN, T.DEPOSIT),
        "withdrawal": _movement(T.TRANSFER_OUT, T.WITHDRAWAL),
    },
    account="Bitstamp",
    asset_class="crypto",
)
