"""Trade Republic's export, with semicolons or commas.

Amounts are before fee and tax, which are negative when charged. A security that ends (maturity, redemption, exercise)
has two rows: one removes the units, one pays; the payment books the sale.
"""

from __future__ import annotations

from finsage.finance.transaction import TransactionType as T
from finsage.portfolio.importers import actions
from finsage.portfolio.importers.actions import by_sign, expecting, signed_charges
from finsage.portfolio.importers.format import Action, Format, Rule, Skip, day, magnitude, number, signed, text
from finsage.portfolio.importers.row import Row
from finsage.portfolio.importers.splits import note_added, settle_splits

_ENDED = Skip(
    "Removes the units of a security that ended; the row that pays for it books the sale. "
    "If nothing was paid, record a sale at 0."
)
_CASH: Action = signed_charges(by_sign(actions.deposit, actions.withdrawal))
_INCOME = signed_charges(expecting(1, actions.dividend))
_BUY = signed_charges(expecting(-1, actions.buy))
_SELL = signed_charges(expecting(1, actions.sell))


def _tax_only(row: Row) -> None:
    """Tax taken or given back without a payment."""
    if row.amount("gross"):
        row.fail("gross", "unexpected_amount", f"This {row.label} has an amount of its own; record it by hand.")
        return
    value = row.number("tax")
    if not value:
        row.skip("No tax was taken or given back.")
        return
    kind = T.TAX if value < 0 else T.TAX_REFUND
    asset = actions.hint_of(row) if row.symbol else None
    row.book(kind, gross=abs(value), currency=row.currency, asset=asset)


def _split(row: Row) -> None:
    row.numbers["quantity"] = row.amount("signed_quantity")
    note_added(row)


def _interest() -> Action:
    return signed_charges(by_sign(actions.interest, actions.interest_paid))


_TYPES: dict[str, Rule] = {
    "trading buy": _BUY,
    "trading sell": _SELL,
    "cash private_market_buy": _BUY,
    "cash final_maturity": _SELL,
    "cash tilg": _SELL,
    "cash redemption": _SELL,
    "cash dividend": _INCOME,
    "cash distribution": _INCOME,
    "cash dividend_equivalent_payment": _INCOME,
    "cash interest_payment": _interest(),
    "cash benefits_saveback": signed_charges(expecting(1, actions.interest)),
    "cash earnings": _tax_only,
    "cash pre_determined_tax_base": _tax_only,
    "cash sec_account": _tax_only,
    "cash tax_optimization": _tax_only,
    "corporate_action redemption": _ENDED,
    "corporate_action final_maturity": _ENDED,
    "corporate_action warrant_exercise": _ENDED,
    "corporate_action split": _split,
    "cash customer_inpayment": _CASH,
    "cash customer_inbound": _CASH,
    "cash customer_outbound_request": _CASH,
    "cash transfer_inbound": _CASH,
    "cash transfer_in": _CASH,
    "cash transfer_out": _CASH,
    "cash transfer_outbound": _CASH,
    "cash transfer_instant_inbound": _CASH,
    "cash transfer_instant_outbound": _CASH,
    "cash gift": _CASH,
    "cash card_transaction": _CASH,
    "cash card_refund": _CASH,
}

TRADE_REPUBLIC = Format(
    id="trade-republic",
    name="Trade Republic",
    description="The transaction export of Trade Republic, with semicolons or commas.",
    signature=("datetime", "date", "account_type", "category", "type", "asset_class", "symbol", "shares", "amount"),
    columns={
        "instant": day("datetime"),
        "day": day("date"),
        "category": text("category"),
        "type": text("type"),
        "asset_class": text("asset_class"),
        "name": text("name"),
        "symbol": text("symbol"),
        "quantity": magnitude("shares"),
        "signed_quantity": signed("shares"),
        "unit_price": number("price"),
        "gross": signed("amount"),
        "fee": signed("fee"),
        "tax": signed("tax"),
        "currency": text("currency"),
        "note": text("description"),
        "external_id": text("transaction_id"),
    },
    types=_TYPES,
    label=lambda row: f"{row.text('category')} {row.text('type')}",
    settle=settle_splits,
    account="Trade Republic",
    midnight_is_day=True,
    asset_classes={
        "stock": "equity", "fund": "etf", "private_fund": "fund", "crypto": "crypto", "bond": "bond",
    },
)  # fmt: skip
