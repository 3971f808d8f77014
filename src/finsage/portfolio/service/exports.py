"""A portfolio as a file: what is in force, with names in the place of ids, which mean nothing outside."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

from finsage.finance.ledger import fold
from finsage.finance.lot_moves import LotMoves
from finsage.finance.transaction import DAY_LAST, keys_named
from finsage.market.service import currencies
from finsage.market.service.assets import Asset
from finsage.platform import clock
from finsage.platform.database import ReadSession
from finsage.portfolio.exporters.beancount import BeancountBook, export_beancount
from finsage.portfolio.exporters.document import NamedAsset, NamedBook, NamedDraft, export_json
from finsage.portfolio.importers.native import ExportRow, export_csv
from finsage.portfolio.importers.rows import AssetHint
from finsage.portfolio.service import books
from finsage.portfolio.service.books import Book, is_asset_key
from finsage.portfolio.store.portfolios import Portfolio

ExportFormat = Literal["csv", "json", "beancount"]
# What a portfolio is, not what it follows; every other column is a policy and travels.
_OWN = frozenset({"id", "user_id", "is_demo", "created_at", "updated_at", "version"})


@dataclass(frozen=True, slots=True)
class Exported:
    """A file to be: its name, what it is, and its text in pieces."""

    file_name: str
    media_type: str
    lines: Iterator[str]


async def export_portfolio(session: ReadSession, portfolio_id: UUID, form: ExportFormat) -> Exported:
    """A portfolio as a file of a format, everything in force by day; the text is made as it is read.

    Raises:
        PortfolioNotFound.
    """
    portfolio = await books.find(session, portfolio_id)
    book = await books.load(session, portfolio)
    if form == "beancount":
        lines = await _beancount(session, book)
        return Exported(f"{portfolio.name}.beancount", "text/plain; charset=utf-8", lines)
    media_type, write = _WRITERS[form]
    return Exported(f"{portfolio.name}.{form}", media_type, write(named_book(book)))


def named_book(book: Book) -> NamedBook:
    """The book with keys that hold within one file in the place of asset ids."""
    keys = _keys(book)
    drafts = tuple(
        NamedDraft(draft.renamed(keys), header.note, tuple(header.tags))
        for header, draft in zip(book.headers, book.drafts, strict=True)
    )
    assets = tuple(sorted(_assets(book), key=lambda asset: asset.key))
    return NamedBook(_policies(book.portfolio), assets, drafts)


def _policies(portfolio: Portfolio) -> dict[str, Any]:
    return {name: getattr(portfolio, name) for name in Portfolio.__slots__ if name not in _OWN}


def _keys(book: Book) -> dict[str, str]:
    """A name per asset id: the symbol, or one that tells apart what the symbol alone would not."""
    keys = keys_named(book.drafts)
    taken = Counter(key for key in keys if not is_asset_key(key))
    taken.update(asset.symbol for asset in book.assets.values())
    named: dict[str, str] = {}
    used = set(taken)
    for asset_id, asset in sorted(book.assets.items()):
        name = asset.symbol
        is_money = asset.asset_class in {"cash", "fx"} and currencies.is_currency(name)
        if taken[name] > 1 or is_money:
            name = f"{asset.symbol} ({asset.mic or asset.currency})"
            while name in used:
                name += "'"
        used.add(name)
        named[str(asset_id)] = name
    return named


def _asset(key: str, asset: Asset) -> NamedAsset:
    return NamedAsset(
        key=key,
        symbol=asset.symbol,
        name=asset.name,
        asset_class=asset.asset_class,
        currency=asset.currency,
        isin=asset.isin,
        mic=asset.mic,
        is_simulated=asset.is_simulated,
    )


def _csv(book: NamedBook) -> Iterator[str]:
    hints = {asset.key: _hint(asset) for asset in book.assets}

    def hint_of(key: str | None) -> AssetHint | None:
        # What is no asset of the book is money; without a class its code would be read as that of an asset.
        return None if key is None else hints.get(key, AssetHint(key, asset_class="cash"))

    return export_csv(
        ExportRow(named.draft, named.note, named.tags, hint_of(named.draft.asset)) for named in book.drafts
    )


def _hint(asset: NamedAsset) -> AssetHint:
    return AssetHint(
        asset.key,
        isin=asset.isin,
        name=asset.name,
        asset_class=asset.asset_class,
        currency=asset.currency,
        ticker=None if asset.key == asset.symbol else asset.symbol,
        mic=asset.mic or None,
        is_simulated=asset.is_simulated,
    )


async def _beancount(session: ReadSession, book: Book) -> Iterator[str]:
    today = clock.today(book.portfolio.time_zone)
    market = await books.market_of(session, book, until=DAY_LAST, with_prices=True)
    options, moves = books.options_of(book.portfolio), LotMoves()
    ledger = await asyncio.to_thread(fold, book.drafts, market, options, watch=moves)
    named = named_book(book)
    assets = {str(asset_id): asset for asset_id, asset in zip(book.assets, _assets(book), strict=True)}
    quotes = {key: series.as_of(today.toordinal()) for key, series in market.prices.items()}
    prices = [
        (date.fromordinal(quote.day), key, quote.value, assets[key].currency)
        for key, quote in sorted(quotes.items())
        if quote is not None
    ]
    return export_beancount(
        BeancountBook(
            name=book.portfolio.name,
            base_currency=book.portfolio.base_currency,
            options=options,
            assets=assets,
            entries=ledger.entries,
            moves=moves.of,
            notes={item.draft.id: item.note for item in named.drafts},
            missing=ledger.missing_acquisitions,
            prices=prices,
        )
    )


def _assets(book: Book) -> list[NamedAsset]:
    keys = _keys(book)
    return [_asset(keys[str(asset_id)], asset) for asset_id, asset in book.assets.items()]


_WRITERS: dict[ExportFormat, tuple[str, Callable[[NamedBook], Iterator[str]]]] = {
    "csv": ("text/csv; charset=utf-8", _csv),
    "json": ("application/json", export_json),
}
