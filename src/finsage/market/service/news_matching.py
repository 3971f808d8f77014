"""Which assets the headlines a tenant sees are about: new ones each time, all of them when an asset's names changed."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from finsage.market.news_names import Match, Named, Names
from finsage.market.store import news as store
from finsage.market.store.news import Unmatched
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.database import Database
from finsage.platform.events import tell

OVERLAP = timedelta(minutes=30)
"""A headline is stored at the beginning of its transaction, which may end after this looked."""

_EVER = datetime(2000, 1, 1, tzinfo=UTC)


async def match(database: Database, tenant_id: UUID) -> None:
    """Compare headlines with what the tenant's assets are called, and note what each is about.

    Repeated it changes nothing. An asset and a headline that both are everyone's are compared once, for everyone.
    """
    async with database.read(tenant_id) as session:
        assets = await store.named(session, {tenant_id, PUBLIC_TENANT})
        mark = await store.mark(session, tenant_id)
        names_hash = _hash(assets)
        is_anew = mark is None or mark[0] != names_hash
        since = _EVER if is_anew or mark is None else mark[1] - OVERLAP
        until, items = await store.unmatched(session, tenant_id, since)
        if not items and (mark is None or not is_anew):
            return
        own = {asset.asset_id for asset in await store.named(session, [tenant_id])}
    found = await asyncio.to_thread(_matches, tenant_id, assets, own, items)
    if not is_anew:
        async with database.read(tenant_id) as session:
            known = await store.linked(session, tenant_id, found)
        found = {item_id: matches for item_id, matches in found.items() if known.get(item_id) != set(matches)}
    # What was noted before is no news: cached answers stay unless something is about something else.
    async with database.write(tenant_id, is_announced=is_anew or bool(found)) as session:
        await store.link(session, tenant_id, found, anew=is_anew)
        await store.set_mark(session, tenant_id, names_hash, until)
        if is_anew or found:
            await tell(session, tenant_id, "news")


def _matches(
    tenant_id: UUID, assets: Sequence[Named], own: set[UUID], items: Sequence[Unmatched]
) -> dict[UUID, list[Match]]:
    names = Names(assets)
    found = {}
    for item in items:
        matches = names.matches(item.title, item.summary, item.mentions)
        if item.tenant_id != tenant_id:
            matches = [match for match in matches if match.asset_id in own]
        if matches:
            found[item.id] = matches
    return found


def _hash(assets: Sequence[Named]) -> bytes:
    return hashlib.sha256(msgspec.json.encode(assets)).digest()
