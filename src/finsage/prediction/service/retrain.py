"""The monthly retraining: a challenger from the installation's own closes, and the contest for the champion's place.

Whose closes it learns from is said by ``watch.learned_from``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from finsage.platform.database import allow_idling
from finsage.platform.jobs import JobContext, Step
from finsage.prediction.price_model import weight_files
from finsage.prediction.price_model.features import Member
from finsage.prediction.service import model_store, registry, serving
from finsage.prediction.service.contest import contest
from finsage.prediction.service.histories import market_of, read_closes
from finsage.prediction.service.training import TooLittleToTrainOn, price_files
from finsage.prediction.service.watch import last_whole_day, learned_from
from finsage.prediction.store import models as store

COMPUTE_SECONDS = 600
HELD_BACK = np.timedelta64(400, "D")
"""What the challenger does not learn from, so that it can be judged on it: 250 rows and their horizons."""


async def retrain(job: JobContext) -> None:
    """Train a challenger and let it answer if it is not worse; with too little to learn from, nothing happens.

    A try that ended between the training and the verdict is gone on with: what was trained is judged as it is.
    """
    if job.outside is None:
        return
    files, name = job.outside.files(), f"own-{last_whole_day()}"
    async with job.database.read() as session:
        candidates = await registry.champion_weights(session)
        is_there = await store.find(session, "price", name) is not None
        is_judged = await store.is_judged(session, "price", name)
    if is_judged:
        return
    market = await _market(job)
    if market is None:
        return
    if not is_there:
        try:
            await job.progress(0.1, Step(f"learning from {len(market.members)} assets"))
            content = await asyncio.to_thread(market.files, name)
        except TooLittleToTrainOn:
            return
        await model_store.add(job.database, files, content, family="price")
    served = await serving.load_weights(candidates, files)
    challenger, _ = weight_files.from_files(await serving.read_files("price", name, files))
    await job.progress(0.7, Step(f"judging the challenger on {len(market.members)} assets"))
    found = await asyncio.to_thread(contest, market.members, served.weights, challenger, before=market.before)
    async with job.effect() as session:
        if found.is_promoted:
            await registry.promote(session, "price", name, found.detail)
        else:
            await store.tell(session, "price", "kept", name, found.detail)


@dataclass(frozen=True, slots=True)
class _Market:
    """What is learned from, up to ``before``, and judged on from there."""

    members: Mapping[str, Member]
    before: np.datetime64

    def files(self, name: str) -> dict[str, bytes]:
        """The files of a challenger."""
        histories = {key: member.history for key, member in self.members.items()}
        classes = {key: member.asset_class for key, member in self.members.items()}
        return price_files(histories, classes, name=name, is_judged=False, before=self.before)


async def _market(job: JobContext) -> _Market | None:
    members: dict[str, Member] = {}
    for tenant_id in await learned_from(job):
        async with job.database.read(tenant_id) as session:
            await allow_idling(session, COMPUTE_SECONDS)
            tracked, matrix = await read_closes(session, last_whole_day())
        view = await asyncio.to_thread(market_of, tracked, matrix)
        real = {str(one.asset_id) for one in tracked if not one.is_simulated}
        members |= {name: member for name, member in view.members.items() if name in real}
    if not members:
        return None
    return _Market(members, max(one.history.days[-1] for one in members.values()) - HELD_BACK)
