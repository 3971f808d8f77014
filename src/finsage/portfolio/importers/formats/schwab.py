"""Charles Schwab's brokerage export. Amounts are what the account moved, fees and commissions included."""

from __future__ import annotations

import re
from decimal import Decimal

from finsage.finance.money import ZERO
from finsage.portfolio.importers import actions
from finsage.portfolio.importers.actions import by_sign, expecting
from finsage.portfolio.importers.format import Action, Format, Refuse, Rule, day, number, signed, text
from finsage.portfolio.importers.row import Row
from finsage.portfolio.importers.splits import note_added, settle_splits

_OPTION = re.compile(r"\S+ +(?:\d{6}[CP]\d{8}|\d\d/\d\d/\d{4} [\d.]+ [CP])")
_CASH = by_sign(actions.deposit, actions.withdrawal)
_TAX = by_sign(actions.tax_refund, actions.tax)
_FEE = by_sign(actions.fee_refund, actions.fee)
_INCOME = expecting(1, actions.dividend)


def _trade(action: Action, sign: int) -> Action:
    """A trade whose amount has fees inside; quantities carry no sign of their own."""

    def act(row: Row) -> None:
        if "quantity" in row.numbers:
            row.numbers["quantity"] = abs(row.numbers["quantity"])
        if _OPTION.fullmatch(row.symbol):
            row.texts["multiplier"] = "100"
        actions.gross_from_net(row, is_payment=sign < 0)
        action(row)

    return expecting(sign, act)


def _shares(row: Row) -> None:
    """Shares, or cash when no quantity is given, that come from or go to another account."""
    quantity: Decimal = row.amount("quantity")
    if not quantity:
        _CASH(row)
        return
    row.numbers["quantity"] = abs(quantity)
    if row.amount("gross") == ZERO:
        row.numbers.pop("gross", None)
    (actions.transfer_in if quantity > 0 else actions.transfer_out)(row)


def _types() -> dict[str, Rule]:
    groups: list[tuple[Rule, str]] = [
        (_trade(actions.buy, -1), "buy|buy to open|reinvest shares"),
        (_trade(actions.sell, 1), "sell|sell to close|cash in lieu"),
        (_trade(actions.short_sell, 1), "sell short|sell to open"),
        (_trade(actions.cover, -1), "buy to close|buy to cover"),
        (
            _INCOME,
            (
                "cash dividend|qualified dividend|non-qualified div|qual div reinvest|reinvest dividend|"
                "special dividend|"
                "special qual div|pr yr cash div|pr yr div reinvest|pr yr special div|long term cap gain|"
                "short term cap gain|long term cap gain reinvest|short term cap gain reinvest|cash-in-lieu dividend|"
                "return of capital"
            ),
        ),
        (
            by_sign(actions.interest, actions.interest_paid),
            "credit interest|bank interest|bond interest|margin interest|interest adj",
        ),
        (_FEE, "service fee|adr mgmt fee|foreign fee|misc fee|advisor fee"),
        (_TAX, "nra withholding|nra tax adj|foreign tax paid|foreign tax reclaim|backup withholding"),
        (
            _CASH,
            (
                "wire sent|wire received|wire funds|wire funds received|moneylink deposit|moneylink transfer|"
                "funds received|funds paid|cash deposit|check received|visa purchase|atm withdrawal|auto s1 credit|"
                "auto s1 debit|misc credits|misc cash entry|promotional award"
            ),
        ),
        (_shares, "journal|journaled shares|security transfer|internal transfer"),
        (note_added, "stock split|reverse split"),
        (
            Refuse("unsupported", "What happened to the option or share is not in the row; record it by hand."),
            "expired|assigned|exchange or exercise|spin-off|stock merger|cash merger|name change|mandatory reorg exc",
        ),
    ]
    return {name: rule for rule, names in groups for name in names.split("|")}


SCHWAB = Format(
    id="schwab",
    name="Charles Schwab",
    description="Transactions of a Schwab brokerage account.",
    signature=("Date", "Action", "Symbol", "Description", "Quantity", "Price", "Fees & Comm", "Amount"),
    columns={
        "day": day("Date"),
        "type": text("Action"),
        "symbol": text("Symbol"),
        "name": text("Description"),
        "note": text("Description"),
        "quantity": signed("Quantity", is_grouped=True),
        "unit_price": number("Price", is_grouped=True),
        "fee": number("Fees & Comm", is_grouped=True),
        "gross": signed("Amount", is_grouped=True),
    },
    types=_types(),
    settle=settle_splits,
    account="Schwab",
    currency="USD",
    time_zone="America/New_York",
    date_order="mdy",
    totals=("transactions total", "total"),
)
