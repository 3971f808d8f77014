"""The monthly retraining: a challenger from the installation's own closes, and the contest for the champion's place.

It learns from everyone's assets, and from a tenant's own where there is one such tenant alone: what one household
entered must not shape what another is shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import numpy as np

from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.database import allow_idling
from finsage.platform.jobs import JobContext
from finsage.prediction.model_files import opened
from finsage.prediction.price_model import weight_files
from finsage.prediction.price_model.features import Member
from finsage.prediction.price_model.weights import Weights
from finsage.prediction.service import model_store, registry, serving
from finsage.prediction.service.contest import Verdict, contest
from finsage.prediction.service.histories import market_of, read_closes
from finsage.prediction.service.training import TooLittleToTrainOn, price_files
from finsage.prediction.service.watch import last_whole_day
from finsage.prediction.store import models as store
from finsage.prediction.store import states as state_store

COMPUTE_SECONDS = 600
HELD_BACK = np.timedelta64(400, "D")
"""What the challenger does not learn from, so that it can be judged on it: 250 rows and their horizons."""


async def retrain(job: JobContext) -> None:
    """Train a challenger and let it answer if it is not worse; with too little to learn from, nothing happens."""
    if job.outside is None:
        return
    files, name = job.outside.files(), f"own-{last_whole_day()}"
    members = await _members(job)
    async with job.database.read() as session:
        candidates = await registry.champion_weights(session)
        is_there = await store.find(session, "price", name) is not None
    if is_there:
        return
    served = await serving.load_weights(candidates, files)
    try:
        content, found = await asyncio.to_thread(_trained, members, served.weights, name)
    except TooLittleToTrainOn:
        return
    await model_store.add(job.database, files, content, family="price")
    async with job.effect() as session:
        if found.is_promoted:
            await registry.promote(session, "price", name, found.detail)
        else:
            await store.tell(session, "price", "kept", name, found.detail)


async def _members(job: JobContext) -> Mapping[str, Member]:
    async with job.database.read() as session:
        tenants = await state_store.tenants(session)
    markets: list[Mapping[str, Member]] = []
    everyone: Mapping[str, Member] = {}
    for tenant_id in tenants:
        async with job.database.read(tenant_id) as session:
            await allow_idling(session, COMPUTE_SECONDS)
            tracked, matrix = await read_closes(session, last_whole_day())
        real = [one for one in tracked if not one.is_simulated]
        if not real:
            continue
        view = await asyncio.to_thread(market_of, tracked, matrix)
        kept = {str(one.asset_id) for one in real}
        found = {name: member for name, member in view.members.items() if name in kept}
        if tenant_id == PUBLIC_TENANT:
            everyone = found
        else:
            markets.append(found)
    return {**everyone, **markets[0]} if len(markets) == 1 else everyone


def _trained(members: Mapping[str, Member], champion: Weights, name: str) -> tuple[dict[str, bytes], Verdict]:
    if not members:
        raise TooLittleToTrainOn("There is nothing to learn from.")
    histories = {key: member.history for key, member in members.items()}
    classes = {key: member.asset_class for key, member in members.items()}
    before = max(one.days[-1] for one in histories.values()) - HELD_BACK
    content = price_files(histories, classes, name=name, is_judged=False, before=before)
    opened(content)
    challenger, _ = weight_files.from_files(content)
    return content, contest(members, champion, challenger)
