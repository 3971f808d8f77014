"""Wealthfolio's CSV. ``subtype`` refines the type: a reinvested dividend is a dividend and a purchase in one row."""

from __future__ import annotations

from collections.abc import Callable

from finsage.finance.money import ZERO
from finsage.finance.transaction import TransactionType as T
from finsage.portfolio.importers import actions
from finsage.portfolio.importers.format import Action, Column, Format, Refuse, Rule, day, number, text
from finsage.portfolio.importers.row import Row
from finsage.portfolio.importers.rows import Statement


def _number(*names: str) -> Column:
    return number(*names, decimal=None, preferred=".")


def _dividend(row: Row) -> None:
    subtype = row.text("subtype").upper()
    if subtype == "DIVIDEND_IN_KIND":
        row.fail("subtype", "unsupported", "A dividend in kind does not say which asset came; record it by hand.")
        return
    actions.dividend(row)
    if subtype == "DRIP" and row.need("quantity", "unit_price"):
        quantity, price = row.number("quantity"), row.number("unit_price")
        row.book(T.BUY, asset=row.symbol, quantity=quantity, unit_price=price, **actions.money_of(row))


def _interest(row: Row) -> None:
    """Interest of cash, or coins received for staking."""
    if row.text("subtype").upper() != "STAKING_REWARD":
        actions.interest(row)
        return
    fields = {name: row.number(name) for name in ("quantity", "unit_price", "gross")}
    row.book(T.REWARD, asset=actions.hint_of(row), currency=row.currency, **fields)


def _split(row: Row) -> None:
    """The ratio stands in the amount, in older files in the quantity."""
    ratio = row.number("gross") or row.number("quantity")
    row.book(T.SPLIT, asset=actions.hint_of(row), ratio=ratio)
    row.warn(f"Read as {ratio} new units for each old one.")


def _credit(row: Row) -> None:
    """A bonus is income, a rebate or refund gives fees back."""
    (actions.interest if row.text("subtype").upper() == "BONUS" else actions.fee_refund)(row)


def _charge(action: Action) -> Action:
    """A charge stands in the amount, in older files in the fee."""

    def act(row: Row) -> None:
        if row.number("gross") is None and row.amount("fee") != ZERO:
            row.numbers["gross"] = row.numbers.pop("fee")
        action(row)

    return act


def _movement(action: Action, cash: Action) -> Callable[[Row], None]:
    def act(row: Row) -> None:
        (action if row.symbol and not row.symbol.startswith("$CASH") else cash)(row)

    return act


_TYPES: dict[str, Rule] = {
    "buy": actions.buy,
    "sell": actions.sell,
    "dividend": _dividend,
    "interest": _interest,
    "deposit": actions.deposit,
    "withdrawal": actions.withdrawal,
    "fee": _charge(actions.fee),
    "tax": _charge(actions.tax),
    "credit": _credit,
    "split": _split,
    "transfer_in": _movement(actions.transfer_in, actions.deposit),
    "transfer_out": _movement(actions.transfer_out, actions.withdrawal),
    "add_holding": actions.transfer_in,
    "remove_holding": actions.transfer_out,
    "adjustment": Refuse("unsupported", "An adjustment does not say what happened; record it by hand."),
    "unknown": Refuse("unsupported", "Wealthfolio did not know this row either; record it by hand."),
}

_UNITS_IN = frozenset({"buy", "transfer_in", "add_holding"})
_UNITS_OUT = frozenset({"sell", "transfer_out", "remove_holding"})


def _tally(row: Row) -> list[Statement]:
    """The units a row states; the file has no balances."""
    kind, subtype, units = row.text("type").lower(), row.text("subtype").upper(), row.amount("quantity")
    account = row.account or ""
    if not row.symbol or row.symbol.startswith("$CASH"):
        return []
    if kind == "split":
        ratio = row.number("gross") or row.number("quantity")
        return [Statement(account, row.symbol, ratio, is_factor=True)] if ratio else []
    comes = kind in _UNITS_IN or (kind == "dividend" and subtype == "DRIP")
    comes = comes or (kind == "interest" and subtype == "STAKING_REWARD")
    sign = 1 if comes else -1 if kind in _UNITS_OUT else 0
    return [Statement(account, row.symbol, sign * units)] if sign and units else []


WEALTHFOLIO = Format(
    id="wealthfolio",
    name="Wealthfolio CSV",
    description="Activities in the layout of Wealthfolio's own import and export.",
    signature=("date", "symbol", "quantity", "currency", "fee"),
    any_of=(("type", "activityType"), ("unit_price", "unitPrice"), ("fxRate", "instrumentType", "activityType")),
    columns={
        "day": day("date"),
        "type": text("type", "activityType"),
        "symbol": text("symbol"),
        "asset_class": text("instrumentType"),
        "quantity": _number("quantity"),
        "unit_price": _number("unit_price", "unitPrice"),
        "currency": text("currency"),
        "fee": _number("fee"),
        "gross": _number("amount"),
        "note": text("comment"),
        "fx_rate": _number("fxRate"),
        "subtype": text("subtype"),
        "account": text("account", "accountName"),
        "isin": text("isin"),
    },
    types=_TYPES,
    tally=_tally,
    midnight_is_day=True,
    asset_classes={
        "equity": "equity", "stock": "equity", "etf": "etf", "mutualfund": "fund", "bond": "bond", "crypto": "crypto",
        "cryptocurrency": "crypto", "commodity": "commodity",
    },
)  # fmt: skip
