"""The wire shapes of assets, prices and rates."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import UploadFile
from pydantic import Field, StringConstraints

from finsage.market.asset import NAME_LENGTH_MAX, SYMBOL_LENGTH_MAX, AssetClass
from finsage.market.identifiers import VALUE_LENGTH_MAX, Scheme
from finsage.platform.wire import Day, Dec, Text, Wire

Symbol = Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=SYMBOL_LENGTH_MAX)]
CurrencyCode = Annotated[str, StringConstraints(min_length=3, max_length=3)]


class IdentifierBody(Wire):
    """What an asset is called under one scheme: a provider that prices it, or CAIP-19."""

    scheme: Scheme
    value: Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=VALUE_LENGTH_MAX)]


class AssetIn(Wire):
    """A custom asset: anything no provider lists, or one you want to price yourself."""

    symbol: Symbol
    name: Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME_LENGTH_MAX)]
    asset_class: AssetClass
    currency: CurrencyCode
    isin: Annotated[str, StringConstraints(to_upper=True, min_length=12, max_length=12)] | None = None
    mic: Annotated[str, StringConstraints(to_upper=True, max_length=4)] = ""
    identifiers: Annotated[list[IdentifierBody], Field(max_length=10, default_factory=list)]


class LatestPrice(Wire):
    """The newest close up to today and how old it is, in calendar days."""

    price: Dec
    currency: str
    as_of: date
    age_days: int
    is_stale: bool


class AssetOut(Wire):
    """An asset. ``scope`` says whether everyone has it or this tenant alone."""

    id: UUID
    symbol: str
    name: str
    asset_class: AssetClass
    currency: str
    isin: str | None
    mic: str
    scope: Literal["public", "tenant"]
    is_simulated: bool
    latest_price: LatestPrice | None


class AssetAdded(AssetOut):
    """An asset as added, and the job that asks for its history; null where it has no provider to ask."""

    job_id: UUID | None


class AssetList(Wire):
    """Assets, exact matches first."""

    items: list[AssetOut]
    next_cursor: str | None


class IdentifiersIn(Wire):
    """All identifiers of an asset; the order is that in which its providers are asked."""

    items: Annotated[list[IdentifierBody], Field(max_length=10)]


class IdentifiersOut(Wire):
    """All identifiers of an asset, in the order in which its providers are asked."""

    items: list[IdentifierBody]


class IdentifiersPut(IdentifiersOut):
    """The identifiers as kept, and the job that asks for the history; null where there is no provider to ask."""

    job_id: UUID | None


class PriceIn(Wire):
    """A close entered by hand, as traded, in the asset's currency."""

    day: Day
    close: Dec


class PricesIn(Wire):
    """Closes of one asset."""

    items: Annotated[list[PriceIn], Field(min_length=1, max_length=10_000)]


class PricesPut(Wire):
    """How many closes were new or different, and how many stood already."""

    written: int
    unchanged: int


class PriceOut(Wire):
    """A close."""

    day: date
    close: Dec
    source: str


class GapOut(Wire):
    """More than ten days between two closes."""

    from_: Annotated[date, Field(alias="from")]
    to: date
    days: int


PricesAre = Literal["as_traded", "split_adjusted"]


class SplitOut(Wire):
    """From ``day`` on, ``units_before`` old units are ``units_after`` new ones.

    ``source`` is the provider that told of it, ``simulated``, or ``ledger`` where the books have it.
    """

    day: date
    units_before: Dec
    units_after: Dec
    source: str


class PriceHistory(Wire):
    """The closes of an asset: as traded, or in units of today; never adjusted for dividends.

    ``splits`` are those after the first close up to today: a close as traded of a day before one of them is
    ``units_after`` / ``units_before`` times what it is in units of after it.
    """

    asset_id: UUID
    currency: str
    prices_are: PricesAre
    items: list[PriceOut]
    gaps: list[GapOut]
    splits: list[SplitOut]


class CandleOut(Wire):
    """First, highest, lowest and last price of an interval; ``volume`` in units, null where it is not known."""

    start: datetime
    open: Dec
    high: Dec
    low: Dec
    close: Dec
    volume: Dec | None


class CandleList(Wire):
    """Candles of an asset, ascending; ``kept_days`` is how long those of the interval are kept, null for ever.

    ``splits`` are those after the first candle up to today.
    """

    asset_id: UUID
    currency: str
    prices_are: PricesAre
    splits: list[SplitOut]
    interval: Literal["1m", "5m", "1h", "1d"]
    kept_days: int | None
    items: list[CandleOut]


class PriceFileForm(Wire):
    """A file of closes and how to take it."""

    file: UploadFile
    create_assets: bool = False
    currency: CurrencyCode | None = None


class RowErrorOut(Wire):
    """One thing wrong in a file."""

    line: int
    column: str
    code: str
    message: str


class SymbolGap(Wire):
    """More than ten days between two closes of one symbol of the file."""

    symbol: str
    from_: Annotated[date, Field(alias="from")]
    to: date
    days: int


class PriceImportOut(Wire):
    """What an import did. Rows of ``unknown_symbols`` were left out; ask again with ``create_assets``."""

    rows_read: int
    rows_written: int
    rows_unchanged: int
    assets_created: int
    errors: list[RowErrorOut]
    unknown_symbols: list[str]
    gaps: list[SymbolGap]


class RateOut(Wire):
    """Units of ``quote`` for one ``base``, the day it is of, and the currencies it went through."""

    base: str
    quote: str
    rate: Dec
    as_of: date
    source: str
    is_stale: bool
    path: list[str]


class CurrencyOut(Wire):
    """A currency; ``rates_until`` is the day of its newest rate, null where there is none."""

    code: str
    name: str
    minor_units: int
    rates_until: date | None


class CurrencyList(Wire):
    """All currencies by code."""

    items: list[CurrencyOut]
    next_cursor: None
