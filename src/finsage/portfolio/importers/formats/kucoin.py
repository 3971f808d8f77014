"""KuCoin's filled orders, in the two layouts it has used. Fees come on top, often in a third coin."""

from __future__ import annotations

from dataclasses import replace

from finsage.portfolio.importers.actions import exchange
from finsage.portfolio.importers.format import Action, Format, day, number, text
from finsage.portfolio.importers.row import Row


def _trade(*, is_buy: bool) -> Action:
    def act(row: Row) -> None:
        base, separator, quote = row.text("pair").replace("/", "-").partition("-")
        if not separator or not quote:
            row.fail("pair", "invalid", f"'{row.text('pair')}' is not a pair like BTC-USDT; correct it.")
        if not row.need("quantity", "gross") or row.errors:
            return
        one, other = (base, row.amount("quantity")), (quote, row.amount("gross"))
        fee = row.amount("fee")
        if fee and not row.need("fee_code"):
            return
        fees = ((row.text("fee_code"), fee),) if fee else ()
        exchange(row, other if is_buy else one, one if is_buy else other, fees)

    return act


KUCOIN = Format(
    id="kucoin",
    name="KuCoin",
    description="Filled orders of KuCoin.",
    signature=("tradeCreatedAt", "symbol", "side", "price", "size", "funds", "fee", "feeCurrency"),
    columns={
        "day": day("tradeCreatedAt", "Time"),
        "pair": text("symbol", "Pair"),
        "type": text("side", "Side"),
        "quantity": number("size", "Amount"),
        "gross": number("funds", "Volume"),
        "fee": number("fee", "Fee"),
        "fee_code": text("feeCurrency", "FeeCoin"),
    },
    types={"buy": _trade(is_buy=True), "sell": _trade(is_buy=False)},
    account="KuCoin",
    asset_class="crypto",
)

KUCOIN_ORDERS = replace(
    KUCOIN,
    id="kucoin-orders",
    name="KuCoin order history",
    description="Filled orders of KuCoin in the layout with FilledPrice and Volume.",
    signature=("Time", "Pair", "Side", "FilledPrice", "Amount", "Volume", "Fee", "FeeCoin"),
)
