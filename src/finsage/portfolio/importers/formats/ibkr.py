"""Interactive Brokers' Flex queries, as CSV of trades and as XML of the whole account.

Commissions and taxes are negative when charged. The rate to the account's base currency is informative: money moves in
the trade's own currency. Times are New York's unless the caller says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import replace
from fractions import Fraction

from finsage.finance.money import ONE, ZERO
from finsage.finance.transaction import TransactionType as T
from finsage.portfolio.importers import actions
from finsage.portfolio.importers.actions import by_sign, expecting, signed_charges
from finsage.portfolio.importers.days import DateOrders, read_moment
from finsage.portfolio.importers.errors import CellError
from finsage.portfolio.importers.format import (
    Action,
    Column,
    Container,
    Format,
    Refuse,
    Rule,
    Skip,
    day,
    magnitude,
    number,
    signed,
    text,
)  # fmt: skip
from finsage.portfolio.importers.row import Row
from finsage.portfolio.importers.splits import decimal_of

_SUMMARY = Skip("A summary of executions that stand on rows of their own.")
_CANCELLED = Refuse(
    "cancelled_trade", "A cancellation: leave this row and the execution it cancels out of the file, or record by hand."
)
_SPLIT = re.compile(r"SPLIT (\d+(?:\.\d+)?) FOR (\d+(?:\.\d+)?)")
_HELD_ISIN = re.compile(r"\(([A-Z]{2}[A-Z0-9]{9}\d)\)")
_PER_SHARE = re.compile(r"FOR [A-Z]{3} [\d.]+ PER SHARE")
_SUMMARY_LEVELS = frozenset({"order", "symbol_summary", "asset_summary", "closed_lot", "wash_sale", "summary"})


def _trade(kind: T) -> Action:
    """A trade; a currency pair exchanges money for money."""

    def act(row: Row) -> None:
        _complete_time(row)
        if row.number("gross") is None and row.number("proceeds") is not None:
            row.numbers["gross"] = abs(row.amount("proceeds"))
        if row.text("asset_class").upper() == "CASH":
            _exchange_money(row, kind)
        else:
            actions.trade(kind)(row)

    return signed_charges(act)


def _exchange_money(row: Row, kind: T) -> None:
    """A pair like EUR.USD: units of the first, paid in the second."""
    base, _, quote = row.symbol.partition(".")
    if not quote or not row.need("quantity", "gross"):
        row.fail("symbol", "unsupported", f"'{row.symbol}' is not a pair of currencies; record it by hand.")
        return
    one, other = (base, row.amount("quantity")), (quote, row.amount("gross"))
    fee = row.amount("fee")
    fees = ((row.text("fee_currency").upper() or quote, fee),) if fee else ()
    spent, got = (other, one) if kind is T.BUY else (one, other)
    actions.exchange(row, spent, got, fees)


def _complete_time(row: Row) -> None:
    """Older reports have day and time in two fields."""
    clock = row.text("time")
    if clock and row.moment.instant is None and row.text("day"):
        try:
            row.moment = read_moment(f"{row.text('day')};{clock}", DateOrders(), row.layout.file_zone)
        except CellError as error:
            row.fail("time", error.code, error.message)


def _trade_label(row: Row) -> str:
    if row.text("level").lower() in _SUMMARY_LEVELS:
        return "summary"
    return row.text("type")


_TRADE_TYPES: dict[str, Rule] = {
    "buy": _trade(T.BUY),
    "sell": _trade(T.SELL),
    "buy (ca.)": _CANCELLED,
    "sell (ca.)": _CANCELLED,
    "summary": _SUMMARY,
}

_CLASSES = {
    "stk": "equity", "etf": "etf", "fund": "fund", "bond": "bond", "bill": "bond", "crypto": "crypto",
    "cash": "cash", "cmdty": "commodity",
}  # fmt: skip

_TRADE_COLUMNS: dict[str, Column] = {
    "instant": day("DateTime", "dateTime"),
    "day": day("TradeDate", "tradeDate", "reportDate"),
    "type": text("Buy/Sell", "buySell"),
    "symbol": text("Symbol", "symbol"),
    "isin": text("ISIN", "isin"),
    "name": text("Description", "description"),
    "note": text("Description", "description"),
    "asset_class": text("AssetClass", "assetCategory"),
    "quantity": magnitude("Quantity", "quantity"),
    "unit_price": number("TradePrice", "tradePrice"),
    "gross": magnitude("TradeMoney", "tradeMoney"),
    "proceeds": signed("Proceeds", "proceeds"),
    "fee": signed("IBCommission", "ibCommission"),
    "fee_currency": text("IBCommissionCurrency", "ibCommissionCurrency"),
    "tax": signed("Taxes", "taxes"),
    "currency": text("CurrencyPrimary", "currency"),
    "multiplier": text("Multiplier", "multiplier"),
    "account": text("ClientAccountID", "accountId"),
    "external_id": text("TransactionID", "transactionID", "TradeID", "tradeID"),
    "level": text("LevelOfDetail", "levelOfDetail"),
}

IBKR_CSV = Format(
    id="ibkr-flex",
    name="Interactive Brokers Flex (CSV)",
    description="Trades of a Flex query in CSV.",
    signature=("CurrencyPrimary", "Symbol", "Quantity", "TradePrice", "Buy/Sell", "IBCommission"),
    columns=_TRADE_COLUMNS,
    types=_TRADE_TYPES,
    label=_trade_label,
    account="IBKR",
    time_zone="America/New_York",
    asset_classes=_CLASSES,
)


def _cash(action: Action) -> Action:
    """A cash row: its amount has the sign."""

    def act(row: Row) -> None:
        row.numbers["gross"] = row.amount("amount")
        row.numbers.pop("quantity", None)
        action(row)

    return act


def _group(row: Row) -> Hashable | None:
    """The two rows of an exchange of shares: what is given and what comes, told alike up to the last bracket."""
    if row.text("element") != "CorporateAction" or _SPLIT.search(row.text("note")):
        return None
    return row.instant or row.day, row.text("note").rpartition("(")[0]


def _book_group(rows: list[Row]) -> None:
    given = [row for row in rows if row.amount("signed_quantity") < 0]
    came = [row for row in rows if row.amount("signed_quantity") > 0]
    if len(rows) == 1:
        _corporate_action(rows[0])
    elif len(given) == len(came) == 1 and len(rows) == 2 and not any(row.amount("proceeds") for row in rows):
        _exchange_shares(given[0], came[0])
    else:
        for row in rows:
            _refuse(row)


def _exchange_shares(given: Row, came: Row) -> None:
    """Shares for shares: the whole cost and its dates move to the new ones, then the old ones leave for nothing."""
    given.hint(given.symbol, isin=given.text("isin") or None, name=given.text("name") or None)
    given.hint(came.symbol, isin=came.text("isin") or None, name=came.text("name") or None)
    to = {"to_asset": came.symbol, "to_quantity": abs(came.amount("signed_quantity"))}
    given.book(T.SPIN_OFF, asset=given.symbol, cost_fraction=ONE, **to)
    units = abs(given.amount("signed_quantity"))
    given.book(T.SELL, asset=given.symbol, quantity=units, gross=ZERO, currency=given.currency)
    given.warn(f"Shares for shares: cost and dates move to {came.symbol}, {given.symbol} leaves at 0. Check the ratio.")
    came.merge_into(given)


def _corporate_action(row: Row) -> None:
    description = row.text("note")
    split = _SPLIT.search(description)
    if split is not None:
        _split(row, Fraction(split[1]) / Fraction(split[2]), description)
    elif _PER_SHARE.search(description) and row.amount("proceeds") > 0 and row.amount("signed_quantity") < 0:
        row.numbers["gross"] = row.amount("proceeds")
        actions.sell(row)
    else:
        _refuse(row)


def _refuse(row: Row) -> None:
    row.fail(
        "note",
        "unsupported_action",
        "What becomes of the cost of the old units cannot be told from the row; record this corporate action by hand.",
    )


def _split(row: Row, ratio: Fraction, description: str) -> None:
    """One split has two rows when the security gets a new number; the old one's row removes what the new one's adds."""
    if row.symbol.endswith(".OLD"):
        row.skip("The other half of a split: the units under the old number.")
        return
    exact = decimal_of(ratio)
    if exact is None:
        row.fail("note", "ratio_missing", f"A ratio of {ratio} is not an exact decimal; record the split by hand.")
        return
    isin = _HELD_ISIN.search(description)
    row.hint(row.symbol, isin=isin[1] if isin else None)
    row.book(T.SPLIT, asset=row.symbol, ratio=exact)


def _xml_label(row: Row) -> str:
    element = row.text("element")
    if element == "Trade":
        return _trade_label(row)
    if element == "CashTransaction":
        return row.text("cash_type")
    return element


_INTEREST = _cash(by_sign(actions.interest, actions.interest_paid))
_FEES = _cash(by_sign(actions.fee_refund, actions.fee))
_CASH_TYPES: dict[str, Rule] = {
    "corporateaction": _corporate_action,
    "fxtransaction": Skip("The report's own account of currency gains; the money moves on rows of their own."),
    "dividends": _cash(expecting(1, actions.dividend)),
    "payment in lieu of dividends": _cash(expecting(1, actions.dividend)),
    "withholding tax": _cash(by_sign(actions.tax_refund, actions.tax)),
    "broker interest paid": _INTEREST,
    "broker interest received": _INTEREST,
    "bond interest paid": _INTEREST,
    "bond interest received": _INTEREST,
    "other fees": _FEES,
    "commission adjustments": _FEES,
    "advisor fees": _FEES,
    "price adjustments": _FEES,
    "deposits & withdrawals": _cash(by_sign(actions.deposit, actions.withdrawal)),
    "deposits/withdrawals": _cash(by_sign(actions.deposit, actions.withdrawal)),
}

IBKR_XML = replace(
    IBKR_CSV,
    id="ibkr-flex-xml",
    name="Interactive Brokers Flex (XML)",
    description="A Flex query in XML: trades, cash transactions and corporate actions.",
    extensions=(".xml",),
    container=Container.XML,
    signature=("FlexQueryResponse", "Trade", "CashTransaction", "CorporateAction", "FxTransaction"),
    columns={name: replace(column, names=column.names[-1:]) for name, column in _TRADE_COLUMNS.items()}
    | {
        "element": text("element"),
        "cash_type": text("type"),
        "day": day("tradeDate"),
        "reported": day("reportDate"),
        "time": text("tradeTime"),
        "amount": signed("amount"),
        "signed_quantity": signed("quantity"),
        "external_id": text("transactionID"),
    },
    types=_TRADE_TYPES | _CASH_TYPES,
    label=_xml_label,
    group=_group,
    book_group=_book_group,
)
