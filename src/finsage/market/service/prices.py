"""Closes: as series for valuation, as rows with their source for reading, and the way in."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from finsage.errors import Fault
from finsage.finance.transaction import DAY_FIRST
from finsage.market.close import Gap, flaw_of_close, flaw_of_day, gaps_of
from finsage.market.errors import InvalidPrices
from finsage.market.series import DatedValue, PriceSeries, days_of
from finsage.market.service.assets import asset_by_id
from finsage.market.service.splits import Adjustment, AssetSplit, splits_of
from finsage.market.store import prices as store
from finsage.market.store.prices import Close, PriceRow, PricesWritten, PriceYear
from finsage.platform.caller import Caller
from finsage.platform.database import ReadSession, WriteSession
from finsage.platform.events import tell

__all__ = [
    "MANUAL", "Close", "DatedValue", "Gap", "PriceHistory", "PriceRow", "PriceSeries", "PricesWritten",
    "count_years", "latest_prices", "price_history", "price_series", "put_prices", "write_prices",
]  # fmt: skip

MANUAL = "manual"
_FAULTS_MAX = 200


@dataclass(frozen=True, slots=True)
class PriceHistory:
    """The closes of an asset in a period, and its splits from the period's first day to today."""

    asset_id: UUID
    currency: str
    items: list[PriceRow]
    gaps: list[Gap]
    splits: list[AssetSplit]


async def price_series(
    session: ReadSession, asset_ids: Collection[UUID], *, until: date, since: date | None = None
) -> dict[UUID, PriceSeries]:
    """The closes of many assets, as traded.

    Args:
        session: of the tenant that reads; its own close of a day stands before the public one.
        asset_ids: the assets.
        until: the last day.
        since: the first day that needs a price; the last close before it is kept, so that it can be carried.
            None
            means all there is.

    Returns:
        A series per asset that has any close; the others are absent.
    """
    if not asset_ids:
        return {}
    years = await store.years(session, asset_ids, since.year if since else DAY_FIRST.year, until.year)
    carried = await store.latest(session, asset_ids, since) if since else {}
    by_asset: dict[UUID, list[PriceYear]] = {}
    for year in years:
        by_asset.setdefault(year.asset_id, []).append(year)
    return await asyncio.to_thread(_all_series, list(dict.fromkeys(asset_ids)), by_asset, carried, since, until)


def _all_series(
    asset_ids: Sequence[UUID],
    by_asset: Mapping[UUID, list[PriceYear]],
    carried: Mapping[UUID, DatedValue],
    since: date | None,
    until: date,
) -> dict[UUID, PriceSeries]:
    made = (
        _series(asset_id, by_asset.get(asset_id, []), carried.get(asset_id), since, until) for asset_id in asset_ids
    )
    return {series.asset_id: series for series in made if len(series.texts)}


async def count_years(session: ReadSession, asset_ids: Collection[UUID], *, until: date) -> int:
    """How many years of closes ``price_series`` would read, summed over the assets."""
    return await store.count_years(session, asset_ids, until.year) if asset_ids else 0


def _series(
    asset_id: UUID, years: list[PriceYear], carried: DatedValue | None, since: date | None, until: date
) -> PriceSeries:
    days, texts = _joined(years)
    first = since.isoformat() if since else ""
    last = until.isoformat()
    start = next((index for index, day in enumerate(days) if day >= first), len(days))
    stop = next((index for index in range(len(days), 0, -1) if days[index - 1] <= last), 0)
    days, texts = days[start:stop], texts[start:stop]
    if carried is not None and since is not None and carried.day < since:
        days, texts = [carried.day.isoformat(), *days], [f"{carried.value:f}", *texts]
    return PriceSeries(days_of(days), texts, asset_id)


def _joined(years: Sequence[PriceYear]) -> tuple[list[str], list[str]]:
    if len({year.is_own for year in years}) > 1:
        merged: dict[str, str] = {}
        for year in sorted(years, key=lambda year: year.is_own):
            merged |= dict(zip(year.days, year.closes, strict=True))
        ordered = sorted(merged.items())
        return [day for day, _ in ordered], [close for _, close in ordered]
    return [day for year in years for day in year.days], [close for year in years for close in year.closes]


async def latest_prices(session: ReadSession, asset_ids: Collection[UUID], *, on: date) -> dict[UUID, DatedValue]:
    """The last close on or before a day, of each asset that has one; never a later one."""
    return await store.latest(session, asset_ids, on) if asset_ids else {}


async def price_sources(session: ReadSession, closes: Collection[tuple[UUID, date]]) -> dict[tuple[UUID, date], str]:
    """Who gave closes, each named by its asset and its day; those that are not there are left out."""
    return await store.sources(session, closes) if closes else {}


async def price_history(
    session: ReadSession, asset_id: UUID, first: date, last: date, *, is_adjusted: bool = False
) -> PriceHistory:
    """The closes of one asset from one day to another, with their sources and the gaps between them.

    Args:
        session: of the tenant that reads.
        asset_id: the asset.
        first: the first day.
        last: the last day.
        is_adjusted: whether closes are to be in units of today; else they are as traded.

    Raises:
        AssetNotFound: absent, or another tenant's.
    """
    asset = await asset_by_id(session, asset_id)
    items = await store.rows(session, asset_id, first, last)
    splits = (await splits_of(session, [asset_id], since=items[0].day)).get(asset_id, []) if items else []
    if is_adjusted and splits:
        adjustment = Adjustment(splits)
        items = [PriceRow(row.day, adjustment.price(row.day, row.close), row.source) for row in items]
    return PriceHistory(asset_id, asset.currency, items, gaps_of([item.day for item in items]), splits)


async def put_prices(
    session: WriteSession, caller: Caller, asset_id: UUID, closes: Sequence[tuple[date, Decimal]]
) -> PricesWritten:
    """Enter prices of one asset by hand, for the caller's tenant.

    Raises:
        AssetNotFound: absent, or another tenant's.
        InvalidPrices: a day is out of bounds or given twice, or a close is not above zero or too fine.
    """
    await asset_by_id(session, asset_id)
    _refuse(closes)
    return await write_prices(
        session, caller.tenant_id, [(asset_id, day, close) for day, close in closes], source=MANUAL
    )


def _refuse(closes: Sequence[tuple[date, Decimal]]) -> None:
    faults: list[Fault] = []
    seen: set[date] = set()
    for index, (day, close) in enumerate(closes):
        found = {"day": flaw_of_day(day), "close": flaw_of_close(close)}
        if day in seen:
            found["day"] = "is given twice"
        seen.add(day)
        faults += [Fault(f"/items/{index}/{field}", flaw) for field, flaw in found.items() if flaw]
    if faults:
        raise InvalidPrices("Some prices cannot be kept; nothing was written.", faults=tuple(faults[:_FAULTS_MAX]))


async def write_prices(
    session: WriteSession, tenant_id: UUID, closes: Iterable[Close], *, source: str
) -> PricesWritten:
    """Write closes under a tenant; one that stands already with the same value is left as it is.

    But for one of a provider that a user now enters: from then on it is theirs.

    The arrays that ``price_series`` reads are rebuilt in the same transaction.

    Args:
        session: of that tenant.
        tenant_id: the caller's, or the public one for a provider.
        closes: asset, day and close, checked; a day of an asset at most once.
        source: where they are from: a provider's name, ``manual``, ``csv`` or ``simulated``.
    """
    written = await store.write(session, tenant_id, closes, source)
    if written.written:
        await tell(session, tenant_id, "prices")
    return written
