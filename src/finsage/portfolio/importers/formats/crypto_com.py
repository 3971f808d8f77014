"""The Crypto.com app's export.

It states the value of each row in the user's currency; conversions of several coins
share what they brought by these values.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from finsage.finance.transaction import TransactionType as T
from finsage.portfolio.importers import actions
from finsage.portfolio.importers.actions import book_units, by_sign, exchange, expecting
from finsage.portfolio.importers.currencies import is_currency
from finsage.portfolio.importers.format import Action, Format, Rule, Skip, day, magnitude, signed, text
from finsage.portfolio.importers.legs import Leg, ValuedLeg, book_conversion
from finsage.portfolio.importers.row import Row

_CONVERSIONS = ("dust_conversion", "dynamic_coin_swap", "interest_swap")
_INSIDE = Skip("Moves inside the app; the units stay yours.")
_DETAIL = Skip("A detail of the overall swap, which has rows of its own.")


def _value(row: Row) -> dict[str, Any]:
    """The stated value; the app rounds to cents, so zero means unknown."""
    value = row.amount("value")
    return {"gross": value, "currency": row.text("value_currency")} if value else {}


def _group(row: Row) -> Hashable | None:
    kind = row.text("type").lower()
    name = next((name for name in _CONVERSIONS if kind in {f"{name}_credited", f"{name}_debited"}), None)
    return (name, row.instant) if name else None


def _book_group(rows: list[Row]) -> None:
    if not all([row.need("symbol", "quantity") for row in rows]):  # noqa: C419 each row shall be looked at
        return
    given = [
        ValuedLeg(row, row.symbol, -row.amount("quantity"), row.amount("value"), row.text("value_currency") or None)
        for row in rows
        if row.amount("quantity") < 0
    ]
    received = [Leg(row, row.symbol, row.amount("quantity")) for row in rows if row.amount("quantity") > 0]
    book_conversion(given, received)


def _valued(kind: T, cash: T) -> Action:
    """Units at the value the file states."""

    def act(row: Row) -> None:
        if not row.need("symbol", "quantity"):
            return
        fields = {} if is_currency(row.symbol) or kind is T.INTEREST_PAID else _value(row)
        book_units(row, kind, cash, row.symbol, abs(row.amount("quantity")), **fields)

    return act


def _exchange(row: Row) -> None:
    if not row.need("symbol", "quantity", "to_symbol", "to_quantity"):
        return
    spent = (row.symbol, abs(row.amount("quantity")))
    got = (row.text("to_symbol"), abs(row.amount("to_quantity")))
    is_swap = not is_currency(spent[0]) and not is_currency(got[0])
    exchange(row, spent, got, **(_value(row) if is_swap else {}))


def _card_purchase(row: Row) -> None:
    """Paid by card: the money comes from outside and is spent at once."""
    if not row.need("symbol", "quantity", "value", "value_currency"):
        return
    value, currency = row.amount("value"), row.text("value_currency")
    row.book(T.DEPOSIT, gross=value, currency=currency)
    exchange(row, (currency, value), (row.symbol, abs(row.amount("quantity"))))


def _card_top_up(row: Row) -> None:
    """Sold to charge the card: the money leaves at once."""
    if not row.need("symbol", "quantity", "value", "value_currency"):
        return
    value, currency = row.amount("value"), row.text("value_currency")
    exchange(row, (row.symbol, abs(row.amount("quantity"))), (currency, value))
    row.book(T.WITHDRAWAL, gross=value, currency=currency)


_REWARD = expecting(1, _valued(T.REWARD, T.INTEREST), "quantity")
_REVERTED = expecting(-1, _valued(T.INTEREST_PAID, T.INTEREST_PAID), "quantity")
_SIGNED = by_sign(actions.coin_in, actions.coin_out, "quantity")


def _types() -> dict[str, Rule]:
    groups: list[tuple[Rule, str]] = [
        (
            _exchange,
            (
                "crypto_exchange|viban_purchase|crypto_viban_exchange|recurring_buy_order|"
                "trading.limit_order.cash_account.purchase_commit|trading.limit_order.crypto_wallet.sell_commit|"
                "trading.limit_order.fiat_wallet.purchase_commit"
            ),
        ),
        (_card_purchase, "crypto_purchase"),
        (_card_top_up, "card_top_up"),
        (
            _SIGNED,
            (
                "crypto_deposit|crypto_withdrawal|viban_deposit|viban_withdrawal|viban_card_top_up|crypto_transfer|"
                "crypto_to_exchange_transfer|exchange_to_crypto_transfer|dynamic_coin_swap_bonus_exchange_deposit|"
                "invest_deposit|invest_withdrawal"
            ),
        ),
        (
            _REWARD,
            (
                "referral_bonus|referral_card_cashback|referral_gift|referral_commission|reimbursement|"
                "crypto_earn_interest_paid|crypto_earn_extra_interest_paid|mco_stake_reward|pay_checkout_reward|"
                "transfer_cashback|rewards_platform_deposit_credited|supercharger_reward_to_app_credited|"
                "airdrop_to_exchange_transfer|admin_wallet_credited|gift_card_reward|staking_reward|"
                "finance.dpos.non_compound_interest.crypto_wallet"
            ),
        ),
        (_REVERTED, "reimbursement_reverted|card_cashback_reverted"),
        (expecting(-1, _valued(T.TRANSFER_OUT, T.WITHDRAWAL), "quantity"), "crypto_payment"),
        (expecting(1, _valued(T.TRANSFER_IN, T.DEPOSIT), "quantity"), "crypto_payment_refund"),
        (
            _INSIDE,
            (
                "crypto_earn_program_created|crypto_earn_program_withdrawn|lockup_lock|lockup_unlock|lockup_upgrade|"
                "supercharger_deposit|supercharger_withdrawal|council_node_deposit_created|"
                "finance.dpos.staking.crypto_wallet|"
                "finance.dpos.unstaking.crypto_wallet|lockup_swap_rebate"
            ),
        ),
        (_DETAIL, "lockup_swap_debited|lockup_swap_credited|crypto_wallet_swap_debited|crypto_wallet_swap_credited"),
        (
            Skip("Money set aside for an order, or set free again; the order has a row of its own when it is filled."),
            (
                "trading.limit_order.cash_account.purchase_lock|trading.limit_order.cash_account.purchase_unlock|"
                "trading.limit_order.crypto_wallet.sell_lock|trading.limit_order.crypto_wallet.sell_unlock|"
                "trading.limit_order.fiat_wallet.purchase_lock|trading.limit_order.fiat_wallet.purchase_unlock"
            ),
        ),
        (Skip("An airdrop that cannot be claimed yet."), "airdrop_locked"),
    ]
    return {name: rule for rule, names in groups for name in names.split("|")}


CRYPTO_COM = Format(
    id="crypto-com",
    name="Crypto.com App",
    description="The crypto wallet export of the Crypto.com app.",
    signature=("Timestamp (UTC)", "Transaction Description", "Currency", "Amount", "Native Amount", "Transaction Kind"),
    columns={
        "day": day("Timestamp (UTC)"),
        "note": text("Transaction Description"),
        "symbol": text("Currency"),
        "quantity": signed("Amount"),
        "to_symbol": text("To Currency"),
        "to_quantity": signed("To Amount"),
        "value_currency": text("Native Currency"),
        "value": magnitude("Native Amount"),
        "type": text("Transaction Kind"),
        "external_id": text("Transaction Hash"),
    },
    types=_types(),
    group=_group,
    book_group=_book_group,
    account="Crypto.com",
    asset_class="crypto",
)
