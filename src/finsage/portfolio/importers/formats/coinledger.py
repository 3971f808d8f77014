"""CoinLedger's export: one row per coin that moved; the rows of a trade share its internal id."""

from __future__ import annotations

from collections.abc import Hashable

from finsage.finance.transaction import TransactionType as T
from finsage.portfolio.importers import actions
from finsage.portfolio.importers.actions import by_sign, expecting, receive
from finsage.portfolio.importers.format import Format, Rule, day, signed, text
from finsage.portfolio.importers.legs import Leg, book_legs
from finsage.portfolio.importers.row import Row

_TRADES = frozenset({"buy", "sell", "trade"})
_FEES = frozenset({"platform fee", "network fee"})
_MOVED = by_sign(actions.coin_in, actions.coin_out, "quantity")
_RESULT = by_sign(actions.coin_reward, receive(T.INTEREST_PAID, T.INTEREST_PAID), "quantity")
_EARNED = expecting(1, actions.coin_reward, "quantity")


def _group(row: Row) -> Hashable | None:
    return row.text("internal_id") or row.instant if row.text("type").lower() in _TRADES else None


def _book_group(rows: list[Row]) -> None:
    legs = [
        Leg(row, row.text("symbol"), row.amount("quantity"), row.text("record").lower() in _FEES)
        for row in rows
        if row.need("symbol", "quantity")
    ]
    if legs:
        book_legs(legs, external_id=rows[0].text("internal_id") or None)


_TYPES: dict[str, Rule] = {
    "deposit": expecting(1, actions.coin_in, "quantity"),
    "withdrawal": expecting(-1, actions.coin_out, "quantity"),
    "transfer": _MOVED,
    "manual position": _MOVED,
    "gift received": expecting(1, actions.coin_in, "quantity"),
    "gift sent": expecting(-1, actions.coin_out, "quantity"),
    "merchant payment": expecting(-1, actions.coin_out, "quantity"),
    "airdrop": expecting(1, actions.coin_airdrop, "quantity"),
    "hard fork": expecting(1, actions.coin_airdrop, "quantity"),
    "mining": _EARNED,
    "staking": _EARNED,
    "income": _EARNED,
    "interest": _RESULT,
    "interest payment": _RESULT,
    "margin gain": _RESULT,
    "network fee": expecting(-1, actions.coin_fee, "quantity"),
    "investment loss": expecting(-1, actions.coin_loss, "quantity"),
    "theft loss": expecting(-1, actions.coin_loss, "quantity"),
}

COINLEDGER = Format(
    id="coinledger",
    name="CoinLedger",
    description="The transaction export of CoinLedger.",
    signature=("Timestamp (UTC)", "Type", "Internal Id", "Platform", "Record Type", "Asset", "Amount"),
    columns={
        "day": day("Timestamp (UTC)"),
        "type": text("Type"),
        "internal_id": text("Internal Id"),
        "external_id": text("Internal Id"),
        "account": text("Platform"),
        "record": text("Record Type"),
        "symbol": text("Asset"),
        "quantity": signed("Amount"),
        "note": text("Description"),
    },
    types=_TYPES,
    group=_group,
    book_group=_book_group,
    account="CoinLedger",
    asset_class="crypto",
    midnight_is_day=True,
)
