"""Ghostfolio's CSV: one activity a row. Days come in any common way of writing, each separator on its own."""

from __future__ import annotations

from finsage.finance.transaction import TransactionType as T
from finsage.portfolio.importers import actions
from finsage.portfolio.importers.actions import plus
from finsage.portfolio.importers.format import Action, Format, Refuse, Rule, day, number, text
from finsage.portfolio.importers.row import Row
from finsage.portfolio.importers.rows import Statement

_EMPTY = "Nothing is bought, sold or paid: quantity, price and fee are zero."


def activity(action: Action) -> Action:
    """An activity with a quantity; one that moves nothing is left out."""

    def act(row: Row) -> None:
        if not any(row.amount(name) for name in ("quantity", "unit_price", "fee")):
            row.skip(_EMPTY)
            return
        action(row)

    return act


def charge(row: Row) -> None:
    """A fee stands in the fee column, in some versions as quantity × price."""
    total = plus(row.amount("fee"), row.product("quantity", "unit_price") or row.amount("fee") * 0)
    row.book(T.FEE, gross=total, currency=row.currency, note=_note(row))


def interest(row: Row) -> None:
    """Interest is quantity × price; its symbol only names where it comes from."""
    gross = row.product("quantity", "unit_price")
    row.book(T.INTEREST, gross=gross, currency=row.currency, note=_note(row), **actions.costs_of(row))


def _note(row: Row) -> str:
    return ": ".join(part for part in (row.text("name") or row.text("symbol"), row.text("note")) if part)


def tally(row: Row) -> list[Statement]:
    """The units an activity states; what it pays is stated by balances, if at all."""
    sign = {"buy": 1, "item": 1, "sell": -1}.get(row.text("type").lower(), 0)
    units = row.amount("quantity")
    return [Statement(row.account or "", row.symbol, sign * units)] if sign and units else []


TYPES: dict[str, Rule] = {
    "buy": activity(actions.buy),
    "sell": activity(actions.sell),
    "dividend": activity(actions.dividend),
    "fee": activity(charge),
    "interest": activity(interest),
    "item": activity(actions.buy),
    "liability": Refuse("unsupported", "A liability has no purchase in the file; record its balance by hand."),
}

GHOSTFOLIO = Format(
    id="ghostfolio",
    name="Ghostfolio CSV",
    description="Activities exported from Ghostfolio, or written for its import.",
    signature=("Date", "Code", "Currency", "Price", "Quantity", "Action", "Fee"),
    columns={
        "day": day("Date"),
        "symbol": text("Code"),
        "source": text("DataSource"),
        "currency": text("Currency"),
        "unit_price": number("Price", decimal=None, preferred="."),
        "quantity": number("Quantity", decimal=None, preferred="."),
        "type": text("Action"),
        "fee": number("Fee", decimal=None, preferred="."),
        "note": text("Note"),
        "account": text("Account"),
    },
    types=TYPES,
    tally=tally,
    midnight_is_day=True,
)
