"""Units taken out that were never acquired, and the ways to mend each, ready to be recorded after a look."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal
from uuid import UUID

from finsage.finance.ledger import Ledger, fold
from finsage.finance.options import PriceBeforeFirst
from finsage.finance.results import MissingAcquisition
from finsage.finance.trail import TRANSIT
from finsage.finance.transaction import DAY_LAST
from finsage.finance.valuation import Market, Prices
from finsage.platform.database import ReadSession
from finsage.portfolio.service import books
from finsage.portfolio.service.books import Book

Way = Literal["opening_balance", "buy", "transfer", "reward"]


@dataclass(frozen=True, slots=True)
class Repair:
    """A transaction that would mend a record; what it leaves None has to be filled in, nothing is made up.

    ``from_account`` is where the units of a transfer lie on that day. ``unit_price`` with ``price_on`` is the market
    price of the day, in the asset's currency.
    """

    way: Way
    day: date | None
    quantity: Decimal
    account: str
    from_account: str | None = None
    unit_price: Decimal | None = None
    price_on: date | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A missing acquisition with its repairs, the most likely first."""

    missing: MissingAcquisition
    repairs: tuple[Repair, ...]


@dataclass(frozen=True, slots=True)
class Records:
    """All records of a portfolio and the book they are of."""

    book: Book
    items: tuple[Record, ...]


async def missing_acquisitions(session: ReadSession, portfolio_id: UUID) -> Records:
    """Every missing acquisition of a portfolio, the oldest first.

    Raises:
        PortfolioNotFound.
    """
    portfolio = await books.find(session, portfolio_id)
    book = await books.load(session, portfolio)
    market = await books.market_of(session, book, until=DAY_LAST, with_prices=True)
    return Records(book, await asyncio.to_thread(_records, book, market))


def _records(book: Book, market: Market) -> tuple[Record, ...]:
    options = books.options_of(book.portfolio)
    ledger = fold(book.drafts, market, options)
    found = sorted(ledger.missing_acquisitions, key=lambda item: item.day)
    prices = Prices(market, replace(options, price_before_first=PriceBeforeFirst.TRADE))
    return tuple(Record(item, tuple(_repairs(item, _elsewhere(ledger, item), prices))) for item in found)


def _repairs(item: MissingAcquisition, elsewhere: Sequence[str], prices: Prices) -> list[Repair]:
    # An opening balance comes first in its day; anything else without a time may come too late: the day before is sure.
    before = item.day - timedelta(days=1)
    found = [Repair("transfer", before, item.quantity, item.account, from_account=name) for name in elsewhere]
    found.append(Repair("opening_balance", item.day, item.quantity, item.account))
    found.append(Repair("buy", None, item.quantity, item.account))
    quote = prices.price(item.asset, before.toordinal())
    price = quote.value if quote else None
    priced_on = date.fromordinal(quote.day) if quote else None
    found.append(Repair("reward", before, item.quantity, item.account, unit_price=price, price_on=priced_on))
    return found


def _elsewhere(ledger: Ledger, item: MissingAcquisition) -> list[str]:
    """Accounts that hold enough of the asset at the end of the day before, the one with the most first."""
    held = [
        (track.at(item.day.toordinal() - 1)[0], place[1])
        for (place, asset), track in ledger.state.tracks.items()
        if asset == item.asset and place[1] not in {"", item.account} and not place[1].startswith(TRANSIT)
    ]
    enough = [(quantity, account) for quantity, account in held if quantity >= item.quantity]
    return [account for _, account in sorted(enough, key=lambda pair: (-pair[0], pair[1]))]
