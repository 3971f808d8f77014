"""Binance's transaction history: one row per coin that moved. Legs of one second and one kind are one trade.

Everything under one user is one account, so what moves between spot, funding, futures, savings and staking stays
where it is.
"""

from __future__ import annotations

from collections.abc import Hashable

from finsage.finance.transaction import TransactionType as T
from finsage.portfolio.importers import actions
from finsage.portfolio.importers.actions import by_sign, expecting, receive
from finsage.portfolio.importers.format import Format, Rule, Skip, day, signed, text
from finsage.portfolio.importers.legs import Leg, book_legs
from finsage.portfolio.importers.row import Row

_KIND_OF = {
    "buy": "trade", "sell": "trade", "fee": "trade", "transaction related": "trade", "transaction buy": "trade",
    "transaction spend": "trade", "transaction sold": "trade", "transaction revenue": "trade",
    "transaction fee": "trade", "large otc trading": "otc", "binance convert": "convert",
    "small assets exchange bnb": "dust", "eth 2.0 staking": "staking",
}  # fmt: skip
_FEES = frozenset({"fee", "transaction fee"})
_INSIDE = Skip("Moves between accounts at Binance; the units stay yours.")
_EARNED = expecting(1, actions.coin_reward, "quantity")


def _group(row: Row) -> Hashable | None:
    kind = _KIND_OF.get(row.text("type").lower())
    return (row.text("user"), row.text("sub_account"), row.instant, kind) if kind else None


def _book_group(rows: list[Row]) -> None:
    legs = [
        Leg(row, row.text("symbol"), row.amount("quantity"), row.text("type").lower() in _FEES)
        for row in rows
        if row.need("symbol", "quantity")
    ]
    if legs:
        book_legs(legs)


def _bought_by_card(row: Row) -> None:
    actions.coin_in(row)
    row.warn("Bought with money from outside; what was paid is not in the file, so it counts at its market value.")


def _types() -> dict[str, Rule]:
    groups: list[tuple[Rule, str]] = [
        (expecting(1, actions.coin_in, "quantity"), "deposit|fiat deposit"),
        (expecting(-1, actions.coin_out, "quantity"), "withdraw|fiat withdraw|fiat withdrawal"),
        (expecting(1, _bought_by_card, "quantity"), "buy crypto"),
        (
            _EARNED,
            (
                "pos savings interest|savings interest|launchpool interest|eth 2.0 staking rewards|staking rewards|"
                "simple earn flexible interest|simple earn locked rewards|simple earn flexible airdrop|"
                "bnb vault rewards|"
                "locked staking rewards|cash voucher distribution|mission reward distribution|commission rebate|"
                "commission history|referral kickback|referrer rebates|liquid swap rewards|super bnb mining|"
                "defi staking interest|crypto box|commission fee shared with you|launchpool earnings withdrawal"
            ),
        ),
        (
            expecting(1, receive(T.AIRDROP, T.INTEREST), "quantity"),
            "distribution|airdrop assets|token swap - distribution",
        ),
        (
            _INSIDE,
            (
                "pos savings purchase|pos savings redemption|savings purchase|savings redemption|"
                "savings principal redemption|simple earn flexible subscription|simple earn flexible redemption|"
                "simple earn locked subscription|simple earn locked redemption|staking purchase|staking redemption|"
                "defi staking purchase|defi staking redemption|liquid swap add|liquid swap remove|transfer_in|"
                "transfer_out|main and funding account transfer|transfer between main and funding wallet|"
                "transfer between main account/futures and margin account|"
                "transfer between spot account and um futures account|"
                "transfer between spot account and cm futures account|"
                "transfer between main account and um futures account|"
                "transfer between main account and cm futures account"
            ),
        ),
        # A futures loss lowers income, as a gain raises it; a funding fee is a cost.
        (
            by_sign(actions.coin_reward, receive(T.INTEREST_PAID, T.INTEREST_PAID), "quantity"),
            "realized profit and loss",
        ),
        (by_sign(actions.coin_reward, actions.coin_fee, "quantity"), "funding fee|insurance fund compensation"),
    ]
    return {name: rule for rule, names in groups for name in names.split("|")}


BINANCE = Format(
    id="binance",
    name="Binance",
    description="The transaction history of Binance: one row per coin and second.",
    signature=("User_ID", "UTC_Time", "Account", "Operation", "Coin", "Change"),
    columns={
        "user": text("User_ID"),
        "day": day("UTC_Time"),
        "sub_account": text("Account"),
        "type": text("Operation"),
        "symbol": text("Coin"),
        "quantity": signed("Change"),
        "note": text("Remark"),
    },
    types=_types(),
    group=_group,
    book_group=_book_group,
    account="Binance",
    asset_class="crypto",
)
