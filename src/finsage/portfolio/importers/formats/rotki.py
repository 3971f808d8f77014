"""rotki's generic trades: what was spent and what came, in one row."""

from __future__ import annotations

from finsage.portfolio.importers.actions import exchange
from finsage.portfolio.importers.format import Format, day, number, text
from finsage.portfolio.importers.row import Row


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
    label=lambda _row: "trade",
    asset_class="crypto",
)
