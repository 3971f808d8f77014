"""Giving an asset another name, and taking two for one: for the tenant that does it alone, and undone as easily.

What an asset was called is kept, so that a file of before still means it. A merge moves no transaction: the portfolio
slice books them anew and comes here for the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from finsage.errors import Fault
from finsage.finance.transaction import DAY_LAST
from finsage.market.asset import Asset, AssetDraft, faults_of
from finsage.market.errors import AssetExists, InvalidAsset, MergeRefused, NotMerged, NotOwnAsset
from finsage.market.service.assets import asset_by_id
from finsage.market.service.prices import write_prices
from finsage.market.store import assets as asset_store
from finsage.market.store import merges as store
from finsage.market.store import prices as price_store
from finsage.market.store.merges import FormerSymbol, Merge
from finsage.platform.audit import record
from finsage.platform.caller import Caller
from finsage.platform.database import ReadSession, WriteSession

__all__ = ["MERGED", "FormerSymbol", "Identity", "Merge", "also_called", "change_asset", "demand_mergeable",
           "identity_of", "merge", "merge_of", "merged_into", "unmerge"]  # fmt: skip

MERGED = "merged"
"""The source of closes that an asset has from one that was merged into it."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What an asset was called, what it was merged into, and what was merged into it."""

    former_symbols: list[FormerSymbol]
    merged_into: Merge | None
    merged: list[Merge]


async def identity_of(session: ReadSession, asset_id: UUID) -> Identity:
    """What an asset was called and which others it is."""
    return Identity(
        await store.symbols_of(session, asset_id),
        await merge_of(session, asset_id),
        await store.merged_into(session, asset_id),
    )


async def merge_of(session: ReadSession, asset_id: UUID) -> Merge | None:
    """What an asset was merged into; None where it was not."""
    return (await store.merges_of(session, [asset_id])).get(asset_id)


async def also_called(session: ReadSession, query: str) -> set[UUID]:
    """The assets that have, or had, or took over, another name than their transactions say, one that holds a text."""
    return await store.called(session, query)


async def merged_into(session: ReadSession, asset_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Those of these assets that were merged into another, each with that one."""
    return {asset_id: one.into_id for asset_id, one in (await store.merges_of(session, asset_ids)).items()}


async def change_asset(session: WriteSession, caller: Caller, asset_id: UUID, values: Mapping[str, Any]) -> Asset:
    """Change an asset of the caller's tenant; what it was called is kept.

    Args:
        session: of the tenant.
        caller: who does it.
        asset_id: the asset.
        values: those of symbol, name, asset_class, currency, isin and mic that change.

    Raises:
        AssetNotFound: absent, or another tenant's.
        NotOwnAsset: it is everyone's, or simulated.
        InvalidAsset: a field is wrong, or the currency of an asset that has prices.
        AssetExists: the tenant has another one with this symbol, market and currency.
    """
    asset = await asset_by_id(session, asset_id)
    if asset.scope != "tenant" or asset.is_simulated:
        raise NotOwnAsset("Only an asset you added yourself can be changed.")
    before = {name: getattr(asset, name) for name in ("symbol", "name", "asset_class", "currency", "isin", "mic")}
    after = {**before, **values}
    if faults := faults_of(AssetDraft(**after)):
        raise InvalidAsset("Some fields of the asset are wrong.", faults=tuple(faults))
    if after["currency"] != asset.currency and await has_prices(session, asset_id):
        detail = "stays as it is: the asset has prices in it"
        raise InvalidAsset("The currency cannot change.", faults=(Fault("/currency", detail),))
    await _refuse_taken(session, asset, after)
    await store.change(session, caller.tenant_id, asset_id, dict(values))
    if (after["symbol"], after["mic"]) != (asset.symbol, asset.mic):
        await store.keep_symbol(session, asset)
        await store.drop_symbol(session, asset_id, after["symbol"], after["mic"])
    changed = {name: [before[name], after[name]] for name in values if before[name] != after[name]}
    await record(session, caller, "asset.changed", object_kind="asset", object_id=asset_id, detail=changed)
    return await asset_by_id(session, asset_id)


async def has_prices(session: ReadSession, asset_id: UUID) -> bool:
    """Whether an asset has any close."""
    return await price_store.count_years(session, [asset_id], DAY_LAST.year) > 0


async def _refuse_taken(session: ReadSession, asset: Asset, after: Mapping[str, Any]) -> None:
    for other in await asset_store.by_symbols(session, [after["symbol"]], []):
        same = all(getattr(other, name) == after[name] for name in ("symbol", "mic", "currency"))
        if same and other.tenant_id == asset.tenant_id and other.id != asset.id:
            detail = f"{other.symbol} in {other.currency} exists already; merge the two, or give another symbol or mic."
            raise AssetExists(detail, faults=(Fault("/symbol", detail),), asset_id=str(other.id))


async def demand_mergeable(session: ReadSession, asset_id: UUID, into_id: UUID) -> tuple[Asset, Asset]:
    """Both assets, where one may be merged into the other.

    Raises:
        AssetNotFound: one is absent, or another tenant's.
        MergeRefused: they are the same, in different currencies, one is simulated, or part of another merge.
    """
    asset, into = await asset_by_id(session, asset_id), await asset_by_id(session, into_id)
    known = await store.merges_of(session, [asset_id, into_id])
    others = await store.merged_into(session, asset_id)
    currencies = f"{asset.symbol} is priced in {asset.currency}, {into.symbol} in {into.currency}"
    reasons = [
        (asset_id == into_id, "An asset cannot be merged into itself."),
        (asset.currency != into.currency, f"{currencies}. Only assets of one currency can be one."),
        (asset.is_simulated or into.is_simulated, "Simulated assets cannot be merged."),
        (asset_id in known, f"{asset.symbol} is merged into another asset already. Undo that first."),
        (into_id in known, f"{into.symbol} is itself merged into another asset. Choose that one."),
        (bool(others), f"Others are merged into {asset.symbol}. Undo that first, or merge the other way round."),
    ]
    for is_so, detail in reasons:
        if is_so:
            raise MergeRefused(detail)
    return asset, into


async def merge(session: WriteSession, caller: Caller, asset: Asset, into: Asset) -> int:
    """Take two assets for one: names of the one mean the other, which gets the closes of days it has none of.

    Args:
        session: of the tenant.
        caller: who does it.
        asset: which is the other, as ``demand_mergeable`` gave it.
        into: the other, as well.

    Returns:
        How many closes were taken over.
    """
    await store.put(session, caller.tenant_id, asset.id, into.id)
    written = await _lend(session, caller.tenant_id, asset.id, into.id)
    detail = {"into": str(into.id), "closes": written}
    await record(session, caller, "asset.merged", object_kind="asset", object_id=asset.id, detail=detail)
    return written


async def _lend(session: WriteSession, tenant_id: UUID, asset_id: UUID, into_id: UUID) -> int:
    lacking = await store.lacking_closes(session, tenant_id, asset_id, into_id)
    closes = [(into_id, row.day, row.close) for row in lacking]
    return (await write_prices(session, tenant_id, closes, source=MERGED)).written


async def unmerge(session: WriteSession, caller: Caller, asset_id: UUID) -> None:
    """Take them for two again; the closes that were taken over go, but for those that another merged one has too.

    Raises:
        AssetNotFound: absent, or another tenant's.
        NotMerged: it is not merged.
    """
    asset = await asset_by_id(session, asset_id)
    found = await merge_of(session, asset_id)
    if found is None:
        raise NotMerged(f"{asset.symbol} is not merged into another asset.")
    into_id = found.into_id
    # Which close came from whom is not kept, and may have been corrected since: all go, and the others lend anew.
    years = await store.remove_closes(session, caller.tenant_id, into_id, MERGED)
    await price_store.rebuild_years(session, caller.tenant_id, into_id, years)
    await store.drop(session, asset_id)
    for other in reversed(await store.merged_into(session, into_id)):
        await _lend(session, caller.tenant_id, other.asset_id, into_id)
    detail = {"from": str(into_id)}
    await record(session, caller, "asset.unmerged", object_kind="asset", object_id=asset_id, detail=detail)
