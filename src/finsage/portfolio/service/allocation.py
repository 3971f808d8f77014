"""How a portfolio's value is spread over assets, classes, currencies or accounts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from finsage.finance.explanation.basis import Basis
from finsage.finance.explanation.figures import FIGURES
from finsage.finance.money import ZERO, exact
from finsage.finance.part import Part, divide
from finsage.finance.trail import account_shown
from finsage.portfolio.service.books import Book
from finsage.portfolio.service.figures import Figures


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the whole; ``market_value`` in base currency, ``weight`` a fraction of the total value.

    ``price_on`` is the newest day a price in it is of. ``day_return`` is None where no price is of the day itself and
    no exchange rate moved the value: a price of Friday that is carried over is no change of 0 % on Saturday. Both
    returns are of its assets, without its cash.
    """

    key: str
    label: str
    market_value: Decimal | None
    weight: float | None
    day_return: float | None
    unrealised_return: float | None
    price_on: date | None = None


def allocation(figures: Figures, by: str) -> list[Slice]:
    """How the value is spread, largest first.

    Args:
        figures: with their day.
        by: asset, asset_class, currency or account.
    """
    with exact():
        parts = divide(figures.ledger, key_of(figures.book, by), by_account=by == "account")
        labels = {key: figures.book.label(key) if by == "asset" else key for key in parts}
        slices = [_slice(figures, key, labels[key], part) for key, part in parts.items()]
    found = [item for item in slices if item is not None]
    return sorted(found, key=lambda item: (item.market_value is None, -(item.market_value or ZERO), item.key))


def key_of(book: Book, by: str) -> Callable[[str, str], str]:
    """The slice that an account's balance of an asset or currency belongs to."""

    def find(account: str, held: str) -> str:
        if by == "account":
            return account_shown(account)
        asset = None if by == "asset" else book.asset(held)
        if by == "asset_class":
            return asset.asset_class if asset else "cash"
        return asset.currency if asset else held

    return find


def _slice(figures: Figures, key: str, label: str, part: Part) -> Slice | None:
    """None where nothing is left in it."""
    whole = Basis(figures.ledger, figures.whole, None, part)
    if not any(worth.quantity for worth in whole.last.values()):
        return None
    assert figures.day is not None, "the change of the day is a figure of each slice"
    day = Basis(figures.ledger, figures.day, None, part)
    return Slice(
        key=key,
        label=label,
        market_value=whole.market_value,
        weight=_read("weight", whole),
        day_return=_read("day_return", day),
        unrealised_return=_read("unrealised_return", whole),
        price_on=None if whole.priced_on is None else date.fromordinal(whole.priced_on),
    )


def _read(name: str, basis: Basis) -> Any:
    """A figure as its explanation has it."""
    return FIGURES[name].read(basis)[0]
