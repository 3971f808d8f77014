"""Finding and adding assets."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from finsage.errors import Fault
from finsage.market.asset import ASSET_CLASSES, Asset, AssetClass, AssetDraft, faults_of, is_isin
from finsage.market.errors import AssetExists, AssetNotFound, InvalidAsset
from finsage.market.store import assets as store
from finsage.market.store import merges
from finsage.market.store.assets import AssetKey, SymbolLookup
from finsage.platform import clock
from finsage.platform.caller import Caller
from finsage.platform.database import ReadSession, WriteSession
from finsage.platform.paging import decode_cursor, encode_cursor

__all__ = [
    "ASSET_CLASSES", "Asset", "AssetClass", "AssetDraft", "AssetPage", "SymbolLookup", "asset_by_id",
    "assets_by_ids", "create_asset", "create_assets", "find_assets", "is_isin", "resolve_symbol", "resolve_symbols",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class AssetPage:
    """Some assets, and where the next ones start (None at the end)."""

    items: list[Asset]
    next_cursor: str | None


async def assets_by_ids(session: ReadSession, ids: Collection[UUID]) -> dict[UUID, Asset]:
    """The assets with these ids that the session's tenant may see; unknown ids are absent."""
    return await store.by_ids(session, ids) if ids else {}


async def asset_by_id(session: ReadSession, asset_id: UUID) -> Asset:
    """One asset.

    Raises:
        AssetNotFound: absent, or another tenant's.
    """
    found = await store.by_ids(session, [asset_id])
    if asset_id not in found:
        raise AssetNotFound("There is no asset with this id. GET /assets?query= finds one.")
    return found[asset_id]


async def find_assets(
    session: ReadSession,
    *,
    query: str = "",
    asset_class: AssetClass | None = None,
    limit: int = 50,
    after: str | None = None,
) -> AssetPage:
    """Assets by symbol, ISIN or words of the name: exact ones first, then symbols, then names.

    Args:
        session: of the tenant that looks.
        query: the start of a symbol, an ISIN, or starts of words of the name; empty for all.
        asset_class: only this one.
        limit: of the page.
        after: ``next_cursor`` of the page before.

    Raises:
        InvalidCursor: ``after`` is no cursor of this list.
    """
    key = None if after is None else _key(after)
    found = await store.page(session, query=query, asset_class=asset_class, limit=limit + 1, after=key)
    items = [asset for _, asset in found[:limit]]
    if len(found) <= limit:
        return AssetPage(items, None)
    last = found[limit - 1][0]
    return AssetPage(items, encode_cursor(last.rank, last.symbol, last.id))


def _key(cursor: str) -> AssetKey:
    return AssetKey(*decode_cursor(cursor, int, str, UUID))


async def resolve_id(session: ReadSession, asset_id: UUID) -> list[Asset]:
    """The asset an id means to the session's tenant: of a merged one that it was merged into; none when unknown."""
    into = (await merges.merges_of(session, [asset_id])).get(asset_id)
    return list((await assets_by_ids(session, {into.into_id if into else asset_id})).values())


async def resolve_symbol(
    session: ReadSession,
    symbol: str,
    *,
    isin: str | None = None,
    mic: str | None = None,
    currency: str | None = None,
    with_simulated: bool = False,
) -> list[Asset]:
    """The assets a symbol can mean; see ``resolve_symbols``."""
    lookup = SymbolLookup(symbol, isin, mic, currency)
    return (await resolve_symbols(session, [lookup], with_simulated=with_simulated))[0]


async def resolve_symbols(
    session: ReadSession, lookups: Sequence[SymbolLookup], *, with_simulated: bool = False
) -> list[list[Asset]]:
    """The assets each of these can mean: none is unknown, one is found, several are ambiguous.

    A known ISIN decides, else the symbol; market and currency narrow the choice where they are given. A
    symbol written in the same case beats one in another. A tenant's own asset hides the public one of the
    same symbol, market and currency. Simulated assets are not meant by a real file, so they take part only
    when asked for. What nothing is called now means what was called so before; an asset that was merged means
    the one it was merged into.

    Args:
        session: of the tenant that looks.
        lookups: what is said about each asset.
        with_simulated: whether demo assets count.
    """
    symbols = {lookup.symbol for lookup in lookups}
    known = await store.by_symbols(session, symbols, {lookup.isin for lookup in lookups if lookup.isin})
    candidates = [asset for asset in known if with_simulated or not asset.is_simulated]
    by_symbol: dict[str, list[Asset]] = {}
    by_isin: dict[str, list[Asset]] = {}
    for asset in candidates:
        by_symbol.setdefault(asset.symbol.lower(), []).append(asset)
        if asset.isin:
            by_isin.setdefault(asset.isin, []).append(asset)
    found = [
        _narrow(lookup, by_isin.get(lookup.isin or "") or by_symbol.get(lookup.symbol.lower(), []))
        for lookup in lookups
    ]
    return await _as_they_are_now(session, lookups, found)


async def _as_they_are_now(
    session: ReadSession, lookups: Sequence[SymbolLookup], found: Sequence[list[Asset]]
) -> list[list[Asset]]:
    """What was found, with those under a former symbol, and each merged asset as the one it was merged into."""
    unknown = {lookup.symbol for lookup, assets in zip(lookups, found, strict=True) if not assets}
    former = await merges.formerly(session, unknown) if unknown else []
    there = await store.by_ids(session, {one.asset_id for one in former}) if former else {}
    renamed = [replace(there[one.asset_id], symbol=one.symbol, mic=one.mic) for one in former if one.asset_id in there]
    named = [
        assets or _narrow(lookup, [one for one in renamed if one.symbol.lower() == lookup.symbol.lower()])
        for lookup, assets in zip(lookups, found, strict=True)
    ]
    ids = {asset.id for assets in named for asset in assets}
    into = {asset_id: one.into_id for asset_id, one in (await merges.merges_of(session, ids)).items()}
    present = there | (await store.by_ids(session, set(into.values())) if into else {})
    return [
        list({now.id: now for asset in assets if (now := present.get(into.get(asset.id, asset.id), asset))}.values())
        for assets in named
    ]


def _narrow(lookup: SymbolLookup, candidates: list[Asset]) -> list[Asset]:
    fitting = [
        asset
        for asset in candidates
        if lookup.mic in {None, "", asset.mic} and lookup.currency in {None, "", asset.currency}
    ]
    if lookup.isin:
        # An asset known under another ISIN is another asset, whatever its symbol.
        fitting = [asset for asset in fitting if asset.isin in {None, lookup.isin}]
    own = {_key_of(asset) for asset in fitting if asset.scope == "tenant"}
    fitting = [asset for asset in fitting if asset.scope == "tenant" or _key_of(asset) not in own]
    return [asset for asset in fitting if asset.symbol == lookup.symbol] or fitting


async def create_asset(session: WriteSession, caller: Caller, draft: AssetDraft) -> Asset:
    """Add a custom asset to the caller's tenant.

    Raises:
        InvalidAsset: a field is wrong.
        AssetExists: the tenant has one with this symbol, market and currency; its id is in the problem.
    """
    return (await create_assets(session, caller, [draft], pointer=""))[0]


async def create_assets(
    session: WriteSession, caller: Caller, drafts: Sequence[AssetDraft], *, pointer: str = "/assets"
) -> list[Asset]:
    """Add custom assets to the caller's tenant, all or none; the order is kept.

    Raises:
        InvalidAsset: a field of some draft is wrong; the faults point at ``{pointer}/{index}/{field}``.
        AssetExists: the tenant has one of them already.
    """
    places = [f"{pointer}/{index}" if pointer else "" for index in range(len(drafts))]
    faults = [fault for draft, place in zip(drafts, places, strict=True) for fault in faults_of(draft, place)]
    if faults:
        raise InvalidAsset("Some fields of the asset are wrong.", faults=tuple(faults))
    new = [_asset(caller.tenant_id, draft) for draft in drafts]
    inserted = await store.add(session, new)
    for asset, place in zip(new, places, strict=True):
        if asset.id not in inserted:
            await _refuse_existing(session, asset, place)
    return new


def _asset(tenant_id: UUID, draft: AssetDraft) -> Asset:
    return Asset(
        clock.new_id(),
        tenant_id,
        draft.symbol,
        draft.name,
        draft.asset_class,
        draft.currency,
        draft.isin,
        draft.mic,
        draft.is_simulated,
    )


async def _refuse_existing(session: ReadSession, asset: Asset, place: str) -> None:
    known = await store.by_symbols(session, [asset.symbol], [])
    same = [other for other in known if _key_of(other) == _key_of(asset) and other.tenant_id == asset.tenant_id]
    market = f" on {asset.mic}" if asset.mic else ""
    detail = f"{asset.symbol}{market} in {asset.currency} exists already; use it, or give another symbol or mic."
    members = {"asset_id": str(same[0].id)} if same else {}
    raise AssetExists(detail, faults=(Fault(f"{place}/symbol", detail),), **members)


def _key_of(asset: Asset) -> tuple[str, str, str]:
    return asset.symbol, asset.mic, asset.currency
