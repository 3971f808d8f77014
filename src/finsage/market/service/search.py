"""Searching the market: what is kept here, and what the providers of the installation know.

No transaction is open while a provider is asked. One that fails is named beside what the others found.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

from finsage.errors import FinSageError
from finsage.market.asset import Asset
from finsage.market.errors import SearchTooSlow
from finsage.market.identifiers import PRICED_BY, Identifier, faults_of
from finsage.market.search import Hit, ambiguous_symbols, identities, merged, ranked
from finsage.market.service.asking import providers_of
from finsage.market.store import assets as store
from finsage.market.store import identifiers as identifier_store
from finsage.market.store import merges as merge_store
from finsage.platform.caller import Caller
from finsage.platform.database import Database, ReadSession
from finsage.platform.outside import Outside

if TYPE_CHECKING:
    from finsage.market.providers.choice import Providers
    from finsage.market.providers.protocol import Found, Provider, Searches

__all__ = ["Failed", "Hit", "Result", "search"]

KEPT_MAX = 50
FOUND_MAX = 20
SECONDS_MAX = 8
"""How long a provider may take: whoever types does not wait longer."""

ASKED_FROM_LENGTH = 2


@dataclass(frozen=True, slots=True)
class Failed:
    """A provider that was asked and could not answer."""

    provider: str
    error: FinSageError


@dataclass(frozen=True, slots=True)
class Result:
    """What was found, best first; ``asked`` are the providers that were asked, ``failed`` those that could not answer.

    ``ambiguous_symbols`` are borne by several of the items.
    """

    items: list[Hit]
    asked: list[str]
    failed: list[Failed]
    ambiguous_symbols: list[str]


async def search(
    database: Database, outside: Outside | None, caller: Caller, query: str, *, with_providers: bool, limit: int
) -> Result:
    """Assets that match a symbol, an identifier or a name.

    Args:
        database: nothing of it is held open while a provider is asked.
        outside: the way out; without one nobody is asked.
        caller: who searches.
        query: as typed. Providers are asked from two characters on.
        with_providers: also ask them.
        limit: the most items to return.
    """
    query = query.strip()
    is_asked = with_providers and outside is not None and len(query) >= ASKED_FROM_LENGTH
    async with database.read(caller.tenant_id, caller.user_id) as session:
        kept = await _kept(session, [asset for _, asset in await _page(session, query)])
        providers = await providers_of(session, outside) if is_asked and outside is not None else None
    if providers is None:
        return _result(kept, [], [], query, limit)
    able = _able(providers)
    answers = await asyncio.gather(*(_ask(provider, query) for provider in able))
    found = [hit for answer in answers if not isinstance(answer, Failed) for hit in answer]
    failed = [answer for answer in answers if isinstance(answer, Failed)]
    async with database.read(caller.tenant_id, caller.user_id) as session:
        kept += await _kept(session, await _named_so(session, found))
    return _result([*kept, *found], [provider.name for provider in able], failed, query, limit)


def _result(hits: list[Hit], asked: list[str], failed: list[Failed], query: str, limit: int) -> Result:
    items = ranked(merged(hits), query)[:limit]
    return Result(items, asked, failed, ambiguous_symbols(items))


async def _page(session: ReadSession, query: str) -> list[tuple[store.AssetKey, Asset]]:
    return await store.page(session, query=query, asset_class=None, limit=KEPT_MAX, after=None) if query else []


async def _kept(session: ReadSession, assets: Sequence[Asset]) -> list[Hit]:
    names = await identifier_store.all_of(session, [asset.id for asset in assets])
    return [
        Hit(
            asset.symbol,
            asset.name,
            asset.asset_class,
            asset.currency,
            asset.mic,
            asset.isin,
            tuple(names.get(asset.id, ())),
            asset.id,
            asset.scope == "tenant",
            asset.is_simulated,
        )
        for asset in assets
    ]


async def _named_so(session: ReadSession, found: Sequence[Hit]) -> list[Asset]:
    """The kept assets that bear an identity of what providers found, whatever they are called here."""
    pairs = {pair for hit in found for pair in identities(hit)}
    ids = await identifier_store.with_values(session, pairs) if pairs else set()
    isins = {value for scheme, value in pairs if scheme == "isin"}
    listed = {value.rpartition("@")[0] for scheme, value in pairs if scheme == "listing"}
    by_name = await store.by_symbols(session, listed, isins) if listed or isins else []
    found_ids = ids | {asset.id for asset in by_name}
    merges = await merge_store.merges_of(session, found_ids)
    # What was merged into another asset shows as that one.
    shown = {merges[asset_id].into_id if asset_id in merges else asset_id for asset_id in found_ids}
    return list((await store.by_ids(session, shown)).values())


def _able(providers: Providers) -> list[Provider]:
    protocol = import_module("finsage.market.providers.protocol")
    return providers.able(protocol.Capability.SEARCH)


async def _ask(provider: Provider, query: str) -> list[Hit] | Failed:
    choice = import_module("finsage.market.providers.choice")
    try:
        async with asyncio.timeout(SECONDS_MAX):
            answer = await cast("Searches", provider).search(query[:100], limit=FOUND_MAX)
    except TimeoutError:
        return Failed(provider.name, SearchTooSlow(f"{provider.name} took longer than {SECONDS_MAX} s."))
    except choice.PASSES as error:
        return Failed(provider.name, error)
    return [_hit(provider.name, found) for found in answer.values]


def _hit(provider: str, found: Found) -> Hit:
    scheme = next((one for one in PRICED_BY if one == provider), None)
    named = [Identifier(scheme, found.key)] if scheme else []
    # A key that cannot be kept would be refused on adding: the asset is shown, to be priced by hand.
    identifiers = () if faults_of(named) else tuple(named)
    return Hit(
        found.symbol,
        found.name,
        found.asset_class,
        found.currency,
        found.mic,
        found.isin,
        identifiers,
        rank=found.rank,
        providers=(provider,),
    )
