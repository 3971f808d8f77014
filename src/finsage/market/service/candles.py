"""Prices within a day as candles: taken from what providers say, rolled up, kept for as long as their width says."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from uuid import UUID

from finsage.market.candles import KEPT, SECONDS, STEPS, OpenHighLowClose, Tick, Width, folded, kept_from
from finsage.market.errors import TooManyCandles
from finsage.market.service.assets import asset_by_id
from finsage.market.service.splits import Adjustment, AssetSplit, splits_of
from finsage.market.store import candles as store
from finsage.market.store import refreshes
from finsage.market.trading_hours import zone_of
from finsage.platform import clock
from finsage.platform.database import ReadSession, WriteSession
from finsage.platform.jobs import JobContext

KEEP = "market.keep_candles"
EVERY = timedelta(hours=6)
CANDLES_DEFAULT = 500
CANDLES_MAX = 5_000
_LONG_AGO, _FAR = datetime(1900, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Candle:
    """A candle as it is read: prices per unit in the asset's currency."""

    start: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal | None


@dataclass(frozen=True, slots=True)
class Candles:
    """The candles of an asset in a span of time, and its splits from the first of them to today."""

    currency: str
    kept_days: int | None
    items: list[Candle]
    splits: list[AssetSplit]


async def take(
    session: WriteSession,
    tenant_id: UUID,
    ticks: Sequence[Tick],
    days: Sequence[OpenHighLowClose],
    *,
    entered: Collection[tuple[UUID, date]] = (),
) -> None:
    """Write what providers said, and roll it up.

    Args:
        session: of the tenant.
        tenant_id: whose assets they are of.
        ticks: prices at instants; those older than a candle of a minute is kept are left out.
        days: daily candles as given.
        entered: assets and days whose price a user entered: theirs stands alone.
    """
    oldest = kept_from("1m", clock.now())
    assert oldest is not None
    fresh = [t for t in ticks if t.at >= oldest and (t.asset_id, t.at.astimezone(UTC).date()) not in entered]
    await store.merge(session, tenant_id, folded(fresh, "1m"))
    given = [day for day in days if (day.asset_id, day.start.date()) not in entered]
    await store.give(session, tenant_id, given, SECONDS["1d"])
    if fresh:
        await _roll_up(session, tenant_id)


async def keep(job: JobContext) -> None:
    """Roll up what was not yet, and let go of what is older than its width is kept; safe to repeat."""
    async with job.database.read() as session:
        tenants = await refreshes.tenants(session)
    for tenant_id in tenants:
        ends = {SECONDS[narrow]: _until(narrow, clock.now()) for narrow, _ in STEPS}
        async with job.database.read(tenant_id) as session:
            if not await store.is_to_keep(session, tenant_id, ends):
                continue
        async with job.database.write(tenant_id, is_announced=False) as session:
            await _roll_up(session, tenant_id)
            await _let_go(session, tenant_id, clock.now())


async def candles_of(
    session: ReadSession,
    asset_id: UUID,
    width: Width,
    first: datetime | None,
    until: datetime | None,
    *,
    is_adjusted: bool = False,
) -> Candles:
    """The candles of an asset, ascending; without a start the newest 500 of them.

    As traded, or in units of today: prices and volumes both.

    Raises:
        AssetNotFound: there is none.
        TooManyCandles: the span could hold more than 5,000.
    """
    asset = await asset_by_id(session, asset_id)
    end = until or _FAR
    limit = CANDLES_DEFAULT
    if first is not None:
        limit = int((min(end, clock.now() + timedelta(days=1)) - first) / timedelta(seconds=SECONDS[width])) + 1
        if limit > CANDLES_MAX + 1:
            raise TooManyCandles(
                f"That span holds up to {limit - 1} candles of {width}; ask for {CANDLES_MAX} at most: a shorter span"
                " or a wider interval."
            )
    rows = await store.between(session, asset_id, SECONDS[width], (first or _LONG_AGO, end), max(limit, 0))
    kept = KEPT[width]
    items = [Candle(row.start, row.open, row.high, row.low, row.close, row.volume) for row in rows]
    splits: list[AssetSplit] = []
    # A split is of a day of the exchange, which may begin on the day before in UTC.
    zone = UTC if width == "1d" else zone_of(asset.mic)
    if items:
        splits = (await splits_of(session, [asset_id], since=items[0].start.astimezone(zone).date())).get(asset_id, [])
    if is_adjusted and splits:
        items = _adjusted(items, Adjustment(splits), zone)
    return Candles(asset.currency, kept.days if kept else None, items, splits)


def _adjusted(items: Sequence[Candle], adjustment: Adjustment, zone: tzinfo) -> list[Candle]:
    found = []
    for one in items:
        day = one.start.astimezone(zone).date()
        first, high, low, last = (adjustment.price(day, price) for price in (one.open, one.high, one.low, one.close))
        volume = None if one.volume is None else adjustment.units(day, one.volume)
        found.append(Candle(one.start, first, high, low, last, volume))
    return found


async def _roll_up(session: WriteSession, tenant_id: UUID) -> None:
    for narrow, wide in STEPS:
        await store.roll_up(session, tenant_id, SECONDS[narrow], SECONDS[wide])


async def _let_go(session: WriteSession, tenant_id: UUID, now: datetime) -> None:
    for narrow, _ in STEPS:
        await store.let_go(session, tenant_id, SECONDS[narrow], _until(narrow, now))


def _until(narrow: Width, now: datetime) -> datetime:
    until = kept_from(narrow, now)
    assert until is not None, "only days are kept for ever"
    return until
