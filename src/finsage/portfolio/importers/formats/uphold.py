"""Uphold's transaction history: what left and what arrived, in one row.

The amount that left contains the fee, whatever it was taken from, so a fee in a coin of the row is told apart from the
amount and never charged twice.
"""

from __future__ import annotations

from decimal import Decimal

from finsage.finance.money import ZERO
from finsage.finance.transaction import TransactionType as T
from finsage.portfolio.importers.actions import book_units, exchange, plus
from finsage.portfolio.importers.format import Action, Format, Rule, Skip, day, number, text
from finsage.portfolio.importers.row import Row

_DONE = "completed"


def _label(row: Row) -> str:
    """A row that was never carried out is told by its status."""
    status = row.text("status").lower()
    return row.text("type") if status in {"", _DONE} else status


def _left(row: Row) -> tuple[str, Decimal]:
    return row.text("from_symbol"), row.amount("from_quantity")


def _came(row: Row) -> tuple[str, Decimal]:
    """What arrived; rows of older files leave the destination empty and mean the origin."""
    if row.text("to_symbol") and "to_quantity" in row.numbers:
        return row.text("to_symbol"), row.amount("to_quantity")
    return _left(row)


def _received(kind: T, cash: T) -> Action:
    """Units from outside; paid for in another currency, they are bought with what came in."""

    def act(row: Row) -> None:
        if not row.need("from_symbol", "from_quantity"):
            return
        left, came = _left(row), _came(row)
        if left[0] == came[0]:
            book_units(row, kind, cash, *came)
            return
        book_units(row, T.TRANSFER_IN, T.DEPOSIT, *left)
        exchange(row, left, came)

    return act


def _in(row: Row) -> None:
    """A deposit; a grant when Uphold itself gave it."""
    is_grant = row.text("origin").lower() == "uphold" and row.text("from_symbol") == row.text("to_symbol")
    (_received(T.REWARD, T.INTEREST) if is_grant else _received(T.TRANSFER_IN, T.DEPOSIT))(row)


def _out(row: Row) -> None:
    """A withdrawal; exchanged on its way out, it is sold first."""
    if not row.need("from_symbol", "from_quantity"):
        return
    left, came = _left(row), _came(row)
    if left[0] != came[0]:
        _exchange(row)
        book_units(row, T.TRANSFER_OUT, T.WITHDRAWAL, *came)
        return
    fee = plus(left[1], -came[1])
    if fee < ZERO:
        row.fail("to_quantity", "unexpected_amount", f"{came[1]} arrived of {left[1]} that left; correct the amounts.")
        return
    book_units(row, T.TRANSFER_OUT, T.WITHDRAWAL, *came)
    if fee:
        book_units(row, T.FEE, T.FEE, left[0], fee)


def _transfer(row: Row) -> None:
    """Between cards of one's own: an exchange when the coins differ."""
    if not row.need("from_symbol", "from_quantity", "to_symbol", "to_quantity"):
        return
    if row.text("from_symbol") != row.text("to_symbol"):
        _exchange(row)
        return
    fee = plus(row.amount("from_quantity"), -row.amount("to_quantity"))
    if fee > ZERO:
        book_units(row, T.FEE, T.FEE, row.text("from_symbol"), fee)
    else:
        row.skip("Moves between cards at Uphold; the units stay yours.")


def _exchange(row: Row) -> None:
    """What was spent contains the fee."""
    spent, got = _left(row), _came(row)
    fee, code = row.amount("fee"), row.text("fee_code")
    if not fee or code not in {spent[0], got[0]}:
        exchange(row, spent, got, ((code, fee),) if fee and code else ())
    elif code == spent[0] and fee < spent[1]:
        exchange(row, (code, plus(spent[1], -fee)), got, ((code, fee),))
    elif code == got[0]:
        exchange(row, spent, (code, plus(got[1], fee)), ((code, fee),))
    else:
        row.fail("fee", "unexpected_amount", f"A fee of {fee} {code} eats up what was spent; record it by hand.")


_EARNED = _received(T.REWARD, T.INTEREST)
_TYPES: dict[str, Rule] = {
    "in": _in,
    "deposit": _in,
    "out": _out,
    "withdrawal": _out,
    "transfer": _transfer,
    **dict.fromkeys(("reward", "staking-reward", "interest", "referral", "airdrop"), _EARNED),
    **dict.fromkeys(("failed", "cancelled", "canceled", "rejected"), Skip("It was never carried out.")),
    **dict.fromkeys(("pending", "processing", "waiting", "on-hold"), Skip("It has not been carried out yet.")),
}

UPHOLD = Format(
    id="uphold",
    name="Uphold",
    description="The transaction history of Uphold: one row per movement, with what left and what arrived.",
    signature=(
        "Date", "Destination", "Destination Amount", "Destination Currency", "Id", "Origin", "Origin Amount",
        "Origin Currency", "Status", "Type",
    ),
    columns={
        "day": day("Date"),
        "destination": text("Destination"),
        "to_quantity": number("Destination Amount"),
        "to_symbol": text("Destination Currency"),
        "fee": number("Fee Amount"),
        "fee_code": text("Fee Currency"),
        "external_id": text("Id"),
        "origin": text("Origin"),
        "from_quantity": number("Origin Amount"),
        "from_symbol": text("Origin Currency"),
        "status": text("Status"),
        "type": text("Type"),
    },
    types=_TYPES,
    label=_label,
    account="Uphold",
    asset_class="crypto",
)  # fmt: skip
