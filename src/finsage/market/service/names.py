"""Whether the key of an asset at a provider still means what it meant.

The first answer is the measure: what the provider called the key when it was first asked. A key that names another
ISIN, another name or another symbol since is doubted, and prices under it are put aside until somebody says what the
asset is called now (``PUT /assets/{id}/identifiers``), which begins anew.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from finsage.market.identifiers import PRICED_BY
from finsage.market.sanity import Identity, judge_identity
from finsage.market.service.asking import note_answers, open_providers, pricing
from finsage.market.store import identifiers as store
from finsage.market.store import refreshes
from finsage.market.store.identifiers import Told
from finsage.platform import clock
from finsage.platform.jobs import JobContext

if TYPE_CHECKING:
    from finsage.market.providers.protocol import Found

CHECK = "market.check_names"
EVERY = timedelta(days=1)
CHECKED_AGAIN = timedelta(days=6, hours=12)
KEYS_PER_RUN = 500
"""Keys of one provider that a run asks for, as some take a request each; the others wait for the next day."""


async def check_names(job: JobContext) -> None:
    """Ask the providers what their keys mean, each key once a week."""
    async with job.database.read() as session:
        tenants = await refreshes.tenants(session)
    due: dict[UUID, list[Told]] = {}
    for tenant_id in tenants:
        async with job.database.read(tenant_id) as session:
            found = await store.told_before(session, PRICED_BY, clock.now() - CHECKED_AGAIN)
        if found:
            due[tenant_id] = found
    if due:
        await _ask(job, due)
    async with job.effect(is_announced=False):
        pass


async def _ask(job: JobContext, due: dict[UUID, list[Told]]) -> None:
    providers = await open_providers(job)
    keys: dict[str, dict[str, None]] = {name: {} for name in pricing().naming(providers)}
    for tenant_id, rows in due.items():
        due[tenant_id] = [told for told in rows if told.scheme in keys and _has_room(keys[told.scheme], told.value)]
    if not any(keys.values()):
        return
    asking = pricing().Quoted()
    found = await pricing().names(providers, {name: list(values) for name, values in keys.items()}, asking)
    await note_answers(job, providers, asking.received, asking.failures)
    for tenant_id, rows in due.items():
        judged = [_judged(told, found[told.scheme, told.value]) for told in rows if (told.scheme, told.value) in found]
        doubts = any(one.doubt is not None for one in judged)
        async with job.database.write(tenant_id, is_announced=doubts) as session:
            await store.keep_told(session, judged)


def _has_room(wanted: dict[str, None], key: str) -> bool:
    """Whether a key is among those that a run asks for; it is added while there is room."""
    if key not in wanted and len(wanted) >= KEYS_PER_RUN:
        return False
    wanted[key] = None
    return True


def _judged(told: Told, found: Found | None) -> Told:
    if found is None:
        return told  # asked again in a week; what was doubted before stays so
    now = Identity(found.symbol, found.name, found.isin)
    if told.identity is None:
        return replace(told, identity=now)
    verdict = judge_identity(told.identity, now)
    if verdict.reason is None:
        return replace(told, reason=None, doubt=None)
    return replace(told, reason=str(verdict.reason), doubt=verdict.detail)
