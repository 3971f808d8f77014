"""Sure (formerly Maybe): its import layout and the trades of its export. Units below zero are sales."""

from __future__ import annotations

from finsage.portfolio.importers import actions
from finsage.portfolio.importers.actions import by_sign
from finsage.portfolio.importers.format import Action, Column, Format, day, magnitude, number, signed, text
from finsage.portfolio.importers.row import Row


def _named(action: Action) -> Action:
    """In Sure the name is that of the entry, such as "Purchase AAPL", and not of the asset."""

    def act(row: Row) -> None:
        row.texts["note"] = row.texts.pop("entry", "")
        if not row.need("symbol"):
            return
        if row.number("unit_price") is None and row.number("gross") is None:
            row.need("unit_price")
            return
        action(row)

    return act


_TRADE = by_sign(_named(actions.buy), _named(actions.sell), "quantity")


def _number(*names: str) -> Column:
    return number(*names, decimal=None, preferred=".")


SURE = Format(
    id="sure",
    name="Sure trades",
    description="Trades in the import layout of Sure (formerly Maybe); units below zero are sales.",
    signature=(),
    any_of=(
        ("date", "date*"),
        ("ticker", "ticker*"),
        ("qty", "qty*"),
        ("price", "price*"),
        ("account",),
        ("name", "currency"),
    ),
    is_closed=True,
    columns={
        "day": day("date", "date*"),
        "symbol": text("ticker", "ticker*"),
        "quantity": signed("qty", "qty*", decimal=None, preferred="."),
        "unit_price": _number("price", "price*"),
        "gross": magnitude("amount", decimal=None, preferred="."),
        "currency": text("currency"),
        "account": text("account"),
        "entry": text("name"),
        "exchange": text("exchange_operating_mic", "exchange_mic", "exchange"),
        "acronym": text("exchange_acronym"),
        "country": text("country_code"),
    },
    types={"trade": _TRADE},
    label=lambda _row: "trade",
)

SURE_EXPORT = Format(
    id="sure-export",
    name="Sure export",
    description="The file trades.csv of Sure's export; units below zero are sales.",
    signature=("date", "account_name", "ticker", "quantity", "price", "amount", "currency"),
    columns={
        "day": day("date"),
        "account": text("account_name"),
        "symbol": text("ticker"),
        "quantity": signed("quantity"),
        "unit_price": number("price"),
        "gross": magnitude("amount"),
        "currency": text("currency"),
    },
    types={"trade": _TRADE},
    label=lambda _row: "trade",
)
