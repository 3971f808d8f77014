"""CoinTracking's trade list.

Amounts have their fees inside when fee and amount are of one coin; a fee in a third coin
is only mentioned, its own row books it.
"""

from __future__ import annotations

from decimal import Decimal

from finsage.finance.transaction import TransactionType as T
from finsage.portfolio.importers import actions
from finsage.portfolio.importers.actions import book_units, plus
from finsage.portfolio.importers.format import Action, Column, Format, Refuse, Rule, day, number, text
from finsage.portfolio.importers.row import Row


def _number(name: str) -> Column:
    return number(name, decimal=None, preferred=".")


def _fee_in(row: Row, code: str) -> Decimal:
    """The fee inside an amount of a coin."""
    return row.amount("fee") if row.text("fee_code") == code else row.amount("fee") * 0


def _mention_other_fee(row: Row, *codes: str) -> None:
    if row.amount("fee") and row.text("fee_code") not in codes:
        row.warn(f"The fee of {row.amount('fee')} {row.text('fee_code')} is booked by its own row 'Other Fee', if any.")


def _trade(row: Row) -> None:
    if not row.need("got", "got_code", "spent", "spent_code"):
        return
    for name in ("got", "spent"):
        if not row.amount(name):
            row.fail(name, "zero_quantity", "A trade of zero units is not one; complete the amount or remove the row.")
            return
    got_code, spent_code = row.text("got_code"), row.text("spent_code")
    got = plus(row.amount("got"), _fee_in(row, got_code))
    spent = plus(row.amount("spent"), -_fee_in(row, spent_code))
    fees = ((row.text("fee_code"), row.amount("fee")),) if row.text("fee_code") in {got_code, spent_code} else ()
    actions.exchange(row, (spent_code, spent), (got_code, got), fees if row.amount("fee") else ())
    _mention_other_fee(row, got_code, spent_code)


def _incoming(kind: T, cash: T) -> Action:
    def act(row: Row) -> None:
        if row.need("got", "got_code"):
            book_units(row, kind, cash, row.text("got_code"), row.amount("got"))

    return act


def _outgoing(kind: T, cash: T) -> Action:
    def act(row: Row) -> None:
        if not row.need("spent", "spent_code"):
            return
        code = row.text("spent_code")
        fee = _fee_in(row, code)
        fields = {"fee": fee, "fee_currency": code} if fee and kind is T.TRANSFER_OUT else {}
        units = plus(row.amount("spent"), -fee) if fields else row.amount("spent")
        book_units(row, kind, cash, code, units, **fields)
        _mention_other_fee(row, code)

    return act


def _loss(row: Row) -> None:
    row.texts["symbol"] = row.text("spent_code")
    if row.need("spent", "spent_code"):
        row.numbers["quantity"] = row.amount("spent")
        actions.coin_loss(row)


def _types() -> dict[str, Rule]:
    groups: list[tuple[Rule, str]] = [
        (_trade, "trade"),
        (_incoming(T.TRANSFER_IN, T.DEPOSIT), "deposit|gift/tip|gift|receive"),
        (_outgoing(T.TRANSFER_OUT, T.WITHDRAWAL), "withdrawal|spend|donation|expense (non taxable)"),
        (
            _incoming(T.REWARD, T.INTEREST),
            (
                "income|mining|staking|masternode|minting|reward / bonus|lending income|interest income|"
                "dividends income|"
                "income (non taxable)|derivatives / futures profit|margin profit|margin trade profit|lp rewards"
            ),
        ),
        (_incoming(T.AIRDROP, T.INTEREST), "airdrop|airdrop (non taxable)|hard fork"),
        (_outgoing(T.FEE, T.FEE), "other fee|borrowing fee|settlement fee|margin fee"),
        (_outgoing(T.INTEREST_PAID, T.INTEREST_PAID), "derivatives / futures loss|margin loss|interest expense"),
        (_loss, "lost|stolen"),
        (
            Refuse("unsupported", "This cannot be booked without its other side; record it by hand."),
            (
                "swap (non taxable)|liquidity pool|remove liquidity pool|provide liquidity|remove liquidity|borrow|"
                "repayment"
            ),
        ),
    ]
    return {name: rule for rule, names in groups for name in names.split("|")}


COINTRACKING = Format(
    id="cointracking",
    name="CoinTracking",
    description="The trade list of CoinTracking.",
    signature=("Type", "Buy", "Cur.", "Sell", "Cur.#2", "Fee", "Cur.#3", "Exchange", "Date"),
    columns={
        "type": text("Type"),
        "got": _number("Buy"),
        "got_code": text("Cur."),
        "spent": _number("Sell"),
        "spent_code": text("Cur.#2"),
        "fee": _number("Fee"),
        "fee_code": text("Cur.#3"),
        "account": text("Exchange"),
        "note": text("Comment"),
        "day": day("Date"),
        "external_id": text("Tx-ID"),
    },
    types=_types(),
    account="CoinTracking",
    date_order="dmy",
    asset_class="crypto",
)
