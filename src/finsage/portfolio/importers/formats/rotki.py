"""rotki's generic trades, what was spent and what came in one row, and its generic events."""

from __future__ import annotations

from decimal import Decimal

from finsage.finance.money import ZERO
from finsage.finance.transaction import TransactionType as T
from finsage.portfolio.importers import actions
from finsage.portfolio.importers.actions import book_units, exchange
from finsage.portfolio.importers.currencies import is_currency
from finsage.portfolio.importers.format import Action, Format, day, number, text
from finsage.portfolio.importers.row import Row
from finsage.portfolio.importers.rows import Statement


def _trade(row: Row) -> None:
    if not row.need("spent_code", "spent", "got_code", "got"):
        return
    for name in ("got", "spent"):
        if not row.amount(name):
            row.fail(name, "zero_quantity", "A trade of zero units is not one; complete the amount or remove the row.")
            return
    fee = row.amount("fee")
    if fee and not row.need("fee_code"):
        return
    fees = ((row.text("fee_code"), fee),) if fee else ()
    exchange(row, (row.text("spent_code"), row.amount("spent")), (row.text("got_code"), row.amount("got")), fees)


def _statement(row: Row, code: str, units: Decimal) -> list[Statement]:
    return [Statement(row.account or "", code.upper() if is_currency(code) else code, units)] if units else []


def _trade_tally(row: Row) -> list[Statement]:
    """What came, what was spent and what it cost."""
    return [
        *_statement(row, row.text("got_code"), row.amount("got")),
        *_statement(row, row.text("spent_code"), -row.amount("spent")),
        *_statement(row, row.text("fee_code"), -row.amount("fee")),
    ]


def _event_tally(row: Row) -> list[Statement]:
    sign = 1 if row.text("type").lower() in {"deposit", "income", "staking", "airdrop"} else -1
    return [
        *_statement(row, row.text("symbol"), sign * row.amount("quantity")),
        *_statement(row, row.text("fee_code"), -row.amount("fee")),
    ]


ROTKI_TRADES = Format(
    id="rotki-trades",
    name="rotki generic trades",
    description="Trades in rotki's generic import layout.",
    signature=("Location", "Spend Currency", "Receive Currency", "Receive Amount", "Spend Amount", "Timestamp"),
    columns={
        "account": text("Location"),
        "spent_code": text("Spend Currency"),
        "got_code": text("Receive Currency"),
        "got": number("Receive Amount"),
        "spent": number("Spend Amount"),
        "fee": number("Fee"),
        "fee_code": text("Fee Currency"),
        "note": text("Description"),
        "day": day("Timestamp"),
    },
    types={"trade": _trade},
    tally=_trade_tally,
    label=lambda _row: "trade",
    asset_class="crypto",
)


def _event(action: Action) -> Action:
    """An event of one coin; its fee is booked after it."""

    def act(row: Row) -> None:
        fee = row.numbers.pop("fee", ZERO)
        action(row)
        if fee and row.need("fee_code"):
            book_units(row, T.FEE, T.FEE, row.text("fee_code"), fee)

    return act


ROTKI_EVENTS = Format(
    id="rotki-events",
    name="rotki generic events",
    description="Deposits, withdrawals, income and costs in rotki's generic import layout.",
    signature=("Type", "Location", "Currency", "Amount", "Fee", "Fee Currency", "Description", "Timestamp"),
    columns={
        "type": text("Type"),
        "account": text("Location"),
        "symbol": text("Currency"),
        "quantity": number("Amount"),
        "fee": number("Fee"),
        "fee_code": text("Fee Currency"),
        "note": text("Description"),
        "day": day("Timestamp"),
    },
    types={
        "deposit": _event(actions.coin_in),
        "withdrawal": _event(actions.coin_out),
        "spending": _event(actions.coin_out),
        "income": _event(actions.coin_reward),
        "staking": _event(actions.coin_reward),
        "airdrop": _event(actions.coin_airdrop),
        "loss": _event(actions.coin_loss),
        "fee": _event(actions.coin_fee),
    },
    tally=_event_tally,
    asset_class="crypto",
)
