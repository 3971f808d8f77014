"""The simulated market in a tenant: adding it, extending it by new days, taking it away."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from finsage.market import events, sample
from finsage.market.asset import Asset, AssetDraft
from finsage.market.sample import Dividend, SimulatedPrices, Split
from finsage.market.service.assets import create_assets
from finsage.market.service.prices import latest_prices, write_prices
from finsage.market.service.splits import AssetSplit, put_splits
from finsage.market.store import assets as asset_store
from finsage.market.store import prices as price_store
from finsage.market.store import watchlists as watchlist_store
from finsage.platform import clock, queue
from finsage.platform.caller import Caller
from finsage.platform.database import ReadSession, WriteSession

__all__ = [
    "EXTEND", "Dividend", "SimulatedMarket", "SimulatedPrices", "Split", "ensure_simulated_market",
    "extend_simulated_prices", "remove_simulated_assets", "simulated_assets",
]  # fmt: skip

EXTEND = "market.extend_simulated_prices"
SOURCE = "simulated"


@dataclass(frozen=True, slots=True)
class SimulatedMarket:
    """The simulated assets of a tenant by symbol, their closes, and what happened to them."""

    assets: Mapping[str, Asset]
    prices: Mapping[str, SimulatedPrices]
    splits: Sequence[Split]
    dividends: Sequence[Dividend]


async def ensure_simulated_market(session: WriteSession, caller: Caller, *, until: date) -> SimulatedMarket:
    """Add the simulated assets and their prices to the caller's tenant; what is there is kept.

    Prices go on by a day each day from then on, until the assets are removed.

    Args:
        session: of the caller's tenant.
        caller: whose custom assets they become.
        until: the last day with prices.
    """
    known = await _known(session, caller.tenant_id)
    missing = [asset for asset in sample.ASSETS if asset.symbol not in known]
    drafts = [
        AssetDraft(a.symbol, a.name, a.asset_class, a.currency, mic=sample.MIC, is_simulated=True) for a in missing
    ]
    known |= {asset.symbol: asset for asset in await create_assets(session, caller, drafts)}
    prices = sample.simulate(until)
    await _write_new_days(session, caller.tenant_id, known, prices, until)
    await _extend_tomorrow(session, caller.tenant_id)
    await queue.enqueue(session, events.HISTORY_STORED, {}, tenant_id=caller.tenant_id, dedupe_key="history")
    splits = [asset.split for asset in sample.ASSETS if asset.split is not None and asset.split.day <= until]
    for one in splits:
        told = [AssetSplit(one.day, Decimal(1), Decimal(one.ratio), SOURCE)]
        await put_splits(session, caller.tenant_id, known[one.symbol].id, told, (sample.FIRST_DAY, until))
    return SimulatedMarket(known, prices, splits, sample.dividends(until))


async def extend_simulated_prices(session: WriteSession, tenant_id: UUID) -> None:
    """Write the days that have passed since; does nothing, and asks for no further run, without the assets."""
    known = await _known(session, tenant_id)
    if not known:
        return
    until = clock.today("UTC")
    await _write_new_days(session, tenant_id, known, sample.simulate(until), until)
    await _extend_tomorrow(session, tenant_id)


async def simulated_assets(session: ReadSession, caller: Caller) -> list[Asset]:
    """The simulated assets of the caller's tenant."""
    return list((await _known(session, caller.tenant_id)).values())


async def remove_simulated_assets(session: WriteSession, caller: Caller, *, keep: Collection[UUID]) -> int:
    """Delete the simulated assets of the caller's tenant and their prices.

    Args:
        session: of the caller's tenant.
        caller: whose assets go.
        keep: ids that transactions still name; they stay with their prices.

    Returns:
        How many assets were deleted.
    """
    known = await _known(session, caller.tenant_id)
    ids = [asset.id for asset in known.values() if asset.id not in keep]
    await price_store.remove(session, caller.tenant_id, ids)
    await watchlist_store.forget(session, caller.tenant_id, ids)
    return await asset_store.remove(session, caller.tenant_id, ids)


async def _known(session: ReadSession, tenant_id: UUID) -> dict[str, Asset]:
    return {
        asset.symbol: asset
        for asset in await asset_store.simulated(session, tenant_id)
        if asset.symbol in sample.BY_SYMBOL
    }


async def _write_new_days(
    session: WriteSession,
    tenant_id: UUID,
    known: Mapping[str, Asset],
    prices: Mapping[str, SimulatedPrices],
    until: date,
) -> None:
    latest = await latest_prices(session, [asset.id for asset in known.values()], on=until)
    closes = []
    for symbol, asset in known.items():
        last = latest.get(asset.id)
        pairs = zip(prices[symbol].days, prices[symbol].closes, strict=True)
        closes += [(asset.id, day, close) for day, close in pairs if last is None or day > last.day]
    if closes:
        await write_prices(session, tenant_id, closes, source=SOURCE)


async def _extend_tomorrow(session: WriteSession, tenant_id: UUID) -> None:
    await queue.enqueue(session, EXTEND, {}, tenant_id=tenant_id, run_after=timedelta(days=1), dedupe_key="daily")
