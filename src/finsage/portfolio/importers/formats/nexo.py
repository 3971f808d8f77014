"""Nexo's transaction export. GBPX, EURX and USDX are Nexo's names for pounds, euros and dollars on the platform."""

from __future__ import annotations

from finsage.finance.transaction import TransactionType as T
from finsage.portfolio.importers.actions import book_units, exchange
from finsage.portfolio.importers.currencies import is_currency
from finsage.portfolio.importers.format import Action, Format, Rule, Skip, day, magnitude, signed, text
from finsage.portfolio.importers.row import Row

_INSIDE = Skip("Moves between wallets at Nexo; the units stay yours.")


def _code(code: str) -> str:
    """Our code of a Nexo currency."""
    bare = code.upper().removesuffix("X")
    return bare if code.upper().endswith("X") and is_currency(bare) else code


def _label(row: Row) -> str:
    """A row that was never carried out is told by its details."""
    state = row.text("note").split("/")[0].strip().lower()
    return state if state in {"rejected", "pending", "cancelled", "failed"} else row.text("type")


def _received(kind: T, cash: T) -> Action:
    """What arrived; some rows leave the output empty."""

    def act(row: Row) -> None:
        side = "to" if row.text("to_symbol") and row.amount("to_quantity") else "from"
        code, units = row.text(f"{side}_symbol"), row.amount(f"{side}_quantity")
        if not row.need(f"{side}_symbol", f"{side}_quantity"):
            return
        if units < 0:
            row.fail(
                f"{side}_quantity",
                "unexpected_sign",
                f"This {row.label} of {units} takes units away; record it by hand.",
            )
            return
        code = _code(code)
        fields = {} if is_currency(code) or kind is not T.REWARD else _value(row)
        book_units(row, kind, cash, code, units, **fields)

    return act


def _value(row: Row) -> dict[str, object]:
    value = row.number("value")
    return {"gross": value, "currency": "USD"} if value else {}


def _left(kind: T, cash: T, *, is_sale: bool = False) -> Action:
    """What left; sold to pay a loan back when it is a sale, at the value the file states."""

    def act(row: Row) -> None:
        if row.need("from_symbol", "from_quantity"):
            code = _code(row.text("from_symbol"))
            fields = _value(row) if is_sale and not is_currency(code) else {}
            book_units(row, kind, cash, code, abs(row.amount("from_quantity")), **fields)

    return act


def _exchange(row: Row) -> None:
    if row.need("from_symbol", "from_quantity", "to_symbol", "to_quantity"):
        spent = (_code(row.text("from_symbol")), abs(row.amount("from_quantity")))
        exchange(row, spent, (_code(row.text("to_symbol")), abs(row.amount("to_quantity"))))


def _types() -> dict[str, Rule]:
    groups: list[tuple[Rule, str]] = [
        (_received(T.TRANSFER_IN, T.DEPOSIT), "deposit|exchange deposited on|top up crypto"),
        (_left(T.TRANSFER_OUT, T.WITHDRAWAL), "withdrawal|withdraw exchanged"),
        (_left(T.FEE, T.FEE), "withdrawal fee"),
        (
            _received(T.REWARD, T.INTEREST),
            "interest|fixed term interest|cashback|exchange cashback|referral bonus|bonus|dividend",
        ),
        (_exchange, "exchange"),
        (_left(T.TRANSFER_OUT, T.WITHDRAWAL, is_sale=True), "liquidation|manual sell order"),
        (
            _INSIDE,
            ("locking term deposit|unlocking term deposit|transfer in|transfer out|transfer from pro wallet|"
            "transfer to pro wallet|exchange to withdraw|credit card fiatx exchange to withdraw"),
        ),
        (Skip("The same money as the row 'Exchange Deposited On'."), "deposit to exchange"),
        (Skip("Concerns the credit line, which is not part of the account's own units."),
         "repayment|manual repayment|credit card status|nexo card purchase"),
        (Skip("Rejected: it was never carried out."), "rejected"),
        (Skip("Cancelled: it was never carried out."), "cancelled|failed"),
        (Skip("Pending: it has not been carried out yet."), "pending"),
    ]  # fmt: skip
    return {name: rule for rule, names in groups for name in names.split("|")}


NEXO = Format(
    id="nexo",
    name="Nexo",
    description="The transaction export of Nexo.",
    signature=("Transaction", "Type", "Input Currency", "Input Amount", "Output Currency", "Output Amount", "Details"),
    columns={
        "external_id": text("Transaction"),
        "type": text("Type"),
        "from_symbol": text("Input Currency"),
        "from_quantity": signed("Input Amount"),
        "to_symbol": text("Output Currency"),
        "to_quantity": signed("Output Amount"),
        "value": magnitude("USD Equivalent"),
        "note": text("Details"),
        "day": day("Date / Time (UTC)", "Date / Time"),
    },
    types=_types(),
    label=_label,
    account="Nexo",
    asset_class="crypto",
)
