"""A portfolio's book as the ledger core wants it: drafts in force, the assets they name, prices and rates."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from operator import attrgetter
from uuid import UUID

from finsage.finance.asset import Asset as LedgerAsset
from finsage.finance.options import CashMode, LotMethod, LotScope, Options, Oversell
from finsage.finance.quote import QuoteSeries
from finsage.finance.transaction import Draft, keys_named
from finsage.finance.valuation import Market
from finsage.market.service import assets as market_assets
from finsage.market.service import prices as market_prices
from finsage.market.service import rates as market_rates
from finsage.market.service.assets import Asset
from finsage.market.service.prices import PriceSeries
from finsage.platform.compute import HEAVY_FROM, weigh
from finsage.platform.database import ReadSession, allow_idling
from finsage.portfolio import drafts as codec
from finsage.portfolio.errors import PortfolioNotFound
from finsage.portfolio.service.memory import MEMORY, Known
from finsage.portfolio.store import labels, transactions
from finsage.portfolio.store import portfolios as store
from finsage.portfolio.store.portfolios import Portfolio
from finsage.portfolio.store.transactions import Header

COMPUTE_SECONDS_MAX = 300
_TRANSACTIONS_PER_YEAR = 3
"""Reading a year of closes of one asset costs as much as so many transactions."""
_FRESH_MAX = 500
"""More headers than so many that are not known are read with all the others."""
_id_of = lru_cache(maxsize=4096)(UUID)


@dataclass(frozen=True, slots=True)
class Book:
    """What the figures of a portfolio follow from, without prices.

    ``known`` is what is stored, by id and in order, whatever drafts a plan puts beside it or in its place.
    """

    portfolio: Portfolio
    known: Mapping[str, Header]
    drafts: tuple[Draft, ...]
    assets: Mapping[UUID, Asset]

    @property
    def headers(self) -> Iterable[Header]:
        """What is stored, by day and sequence."""
        return self.known.values()

    def asset(self, key: str) -> Asset | None:
        """The asset of a ledger key; None for cash, whose key is its currency code."""
        return self.assets.get(_id_of(key)) if is_asset_key(key) else None

    def label(self, key: str) -> str:
        """What to call a ledger key."""
        asset = self.asset(key)
        return asset.symbol if asset else key


def is_asset_key(key: str) -> bool:
    """Whether a ledger key names an asset; a currency code is never 36 characters long."""
    return len(key) == 36


async def find(session: ReadSession, portfolio_id: UUID) -> Portfolio:
    """The portfolio.

    Raises:
        PortfolioNotFound: absent, or another tenant's.
    """
    portfolio = await store.find_portfolio(session, portfolio_id)
    if portfolio is None:
        raise PortfolioNotFound("No portfolio of yours has this id.")
    return portfolio


async def load(session: ReadSession, portfolio: Portfolio) -> Book:
    """The book of a portfolio as it stands; a large one only in the compute process, where there is one."""
    weigh(await transactions.count(session, portfolio.id, at_most=HEAVY_FROM))
    # Whoever loads a book computes with it, and reading a large one's headers is some work by itself.
    await allow_idling(session, COMPUTE_SECONDS_MAX)
    known = MEMORY.recall(portfolio)
    headers = await _headers(session, portfolio, known)
    # By a thread: fifteen thousand of them would keep every other request waiting.
    drafts = await asyncio.to_thread(_drafts_of, headers, known)
    return await with_drafts(session, Book(portfolio, headers, (), {}), drafts)


async def _headers(session: ReadSession, portfolio: Portfolio, known: Known | None) -> dict[str, Header]:
    """What is in force, by id, in the order of day and sequence; what is known is not read again."""
    fresh = known.in_force - known.headers.keys() if known else frozenset()
    if known is None or len(fresh) > _FRESH_MAX:
        return {str(header.id): header for header in await transactions.in_force(session, portfolio.id)}
    found = dict(known.headers)
    found |= {str(header.id): header for header in await labels.headers_of(session, list(map(UUID, fresh)))}
    for transaction_id, label in (await labels.of_portfolio(session, portfolio.id)).items():
        name = str(transaction_id)
        if name in found:
            found[name] = replace(found[name], note=label.note, tags=list(label.tags))
    return dict(sorted(found.items(), key=lambda item: (item[1].booked_on, item[1].sequence)))


def _drafts_of(headers: Mapping[str, Header], known: Known | None) -> tuple[Draft, ...]:
    drafts = known.drafts if known else {}
    return tuple(drafts.get(name) or draft_of(header) for name, header in headers.items())


async def with_drafts(session: ReadSession, book: Book, drafts: Sequence[Draft]) -> Book:
    """The book with other drafts, its assets looked up."""
    wanted = {_id_of(key) for key in keys_named(drafts) if is_asset_key(key)}
    known = dict(book.assets)
    if missing := wanted - known.keys():
        known |= await market_assets.assets_by_ids(session, missing)
    return Book(book.portfolio, book.known, tuple(drafts), known)


def draft_of(header: Header) -> Draft:
    """The draft a stored transaction was asked with."""
    return codec.from_json(
        header.draft, draft_id=str(header.id), sequence=header.sequence, portfolio=str(header.portfolio_id)
    )


async def market_of(session: ReadSession, book: Book, *, until: date, with_prices: bool) -> Market:
    """Prices and rates for a book, up to a day.

    Args:
        until: nothing later is loaded.
        with_prices: without them the market serves a fold, which needs rates alone.
    """
    assets = {str(asset_id): _ledger_asset(asset) for asset_id, asset in book.assets.items()}
    prices: dict[str, QuoteSeries] = {}
    if with_prices and book.assets:
        weigh(_TRANSACTIONS_PER_YEAR * await market_prices.count_years(session, list(book.assets), until=until))
        found = await market_prices.price_series(session, list(book.assets), until=until)
        prices = await asyncio.to_thread(_quotes, found)
    rates = await market_rates.rate_series(session, sorted(_currencies(book)), until=until)
    pairs = {("EUR", currency): series.quotes() for currency, series in rates.items()}
    return Market(base_currency=book.portfolio.base_currency, assets=assets, prices=prices, rates=pairs)


def _quotes(found: Mapping[UUID, PriceSeries]) -> dict[str, QuoteSeries]:
    return {str(asset_id): series.quotes() for asset_id, series in found.items()}


def options_of(portfolio: Portfolio, *, series: bool = False) -> Options:
    """The policies the portfolio has chosen."""
    return Options(
        lot_method=LotMethod(portfolio.lot_method),
        lot_scope=LotScope(portfolio.lot_scope),
        fees_in_cost=portfolio.fees_in_cost,
        oversell=Oversell(portfolio.oversell),
        cash=CashMode(portfolio.cash),
        series=series,
    )


def _currencies(book: Book) -> set[str]:
    named: set[str | None] = {book.portfolio.base_currency, *(asset.currency for asset in book.assets.values())}
    for name in ("currency", "settle_currency", "fee_currency"):
        named |= set(map(attrgetter(name), book.drafts))
    return {code for code in named if code is not None and not is_asset_key(code)} - {"EUR"}


def _ledger_asset(asset: Asset) -> LedgerAsset:
    return LedgerAsset(key=str(asset.id), currency=asset.currency, stale_after_days=asset.stale_after_days)
