"""Coinbase Pro (GDAX) account statements: each fill has a row per coin and one for its fee."""

from __future__ import annotations

from collections.abc import Hashable

from finsage.portfolio.importers import actions
from finsage.portfolio.importers.actions import expecting
from finsage.portfolio.importers.format import Format, day, signed, text
from finsage.portfolio.importers.legs import Leg, book_legs
from finsage.portfolio.importers.row import Row

_TRADE = frozenset({"match", "fee", "rebate"})


def _group(row: Row) -> Hashable | None:
    """Fills of an order on one day are one transaction; a conversion joins by its instant."""
    kind = row.text("type").lower()
    if kind in _TRADE:
        return row.text("order_id") or row.text("trade_id") or row.instant, row.day
    return ("conversion", row.instant) if kind == "conversion" else None


def _book_group(rows: list[Row]) -> None:
    legs = [
        Leg(row, row.text("symbol"), row.amount("quantity"), row.text("type").lower() in {"fee", "rebate"})
        for row in rows
        if row.need("symbol", "quantity")
    ]
    order = rows[0].text("order_id")
    book_legs(legs, external_id=f"{order}/{rows[0].day}" if order else None)


COINBASE_PRO = Format(
    id="coinbase-pro",
    name="Coinbase Pro",
    description="Account statements of Coinbase Pro and GDAX.",
    signature=("Portfolio", "Type", "Timestamp", "Amount", "Balance", "Amount/balance unit", "Order id"),
    columns={
        "type": text("Type"),
        "day": day("Timestamp"),
        "quantity": signed("Amount"),
        "symbol": text("Amount/balance unit"),
        "external_id": text("Transfer id"),
        "trade_id": text("Trade id"),
        "order_id": text("Order id"),
    },
    types={
        "deposit": expecting(1, actions.coin_in, "quantity"),
        "withdrawal": expecting(-1, actions.coin_out, "quantity"),
    },
    group=_group,
    book_group=_book_group,
    account="Coinbase Pro",
    asset_class="crypto",
)
