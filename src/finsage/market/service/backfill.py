"""The history of one asset, asked for when it is made known at a provider and after a long pause.

Of its days, and of hours and minutes as far back as its provider has them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from finsage.market import events
from finsage.market.identifiers import PRICED_BY
from finsage.market.service import intraday
from finsage.market.service.asking import note_answers, open_providers, pricing, wanted
from finsage.market.service.json_opening import NAME as JSON
from finsage.market.service.judging import Outcome, needs_splits, problem_of, take_history
from finsage.market.service.refresh import BACKFILL_DAYS, Tally, enqueue_refresh_now, write
from finsage.market.store import refreshes as store
from finsage.market.store.refreshes import Standing
from finsage.platform import clock, queue
from finsage.platform.jobs import JobContext, Step

if TYPE_CHECKING:
    from finsage.market.providers.choice import Failure, Providers
    from finsage.market.providers.pricing import Told
    from finsage.market.providers.protocol import Source
    from finsage.market.store.refreshes import Claimed


async def backfill(job: JobContext) -> None:
    """Ask for the daily history of one asset of the job's tenant, of its first provider that has a usable one.

    Raises:
        Upstream, Limited, Unavailable: all providers failed in a way that may pass; the worker tries again.
    """
    asset_id = UUID(job.payload["asset_id"])
    async with job.read() as session:
        asset = await store.known(session, job.tenant_id, asset_id, PRICED_BY)
    if asset is None:
        return
    has_source = any(name == JSON for name, _ in asset.keys)
    providers = await open_providers(job, [job.tenant_id] if has_source else [])
    failures, received = list["Failure"](), list[tuple[str, "Source"]]()
    outcome = await _asked(job, providers, asset, failures, received)
    within, is_all, asked_at = list["Told"](), False, clock.now()
    if outcome.closes:
        await job.progress(0.85, Step("candles within the day asked for"))
        lacking = list["Failure"]()
        within, is_all = await pricing().candles(providers, wanted(asset), None, lacking)
        received += [(one.provider, source) for one in within for source in one.sources]
        await note_answers(job, providers, received, [*failures, *lacking])
    else:
        await note_answers(job, providers, received, failures)
    passing = [one.error for one in failures if not isinstance(one.error, pricing().LASTING)]
    if not outcome.closes and passing:
        raise passing[-1]
    if not outcome.closes:
        outcome.standings.append(Standing(asset_id, problem=problem_of(failures)))
    await job.progress(0.9, Step("closes to store", 0, len(outcome.closes)))
    job.result_url = f"/api/v1/assets/{asset_id}/prices"
    async with job.effect() as session:
        await write(session, job.tenant_id, outcome, Tally())
        await intraday.put(session, job.tenant_id, asset, within, is_anew=True)
        # Not asked_at: its latest price is due with the others.
        await store.settle(session, job.tenant_id, outcome.standings, asked_at=None)
        if is_all and intraday.has_any(within):
            await store.note_candles(session, job.tenant_id, asset_id, asked_at)
        if has_source:
            # An address of one's own is most often asked for its latest price alone, and was just entered.
            await enqueue_refresh_now(session, job.tenant_id, asset_id)
        if outcome.closes:
            await queue.enqueue(session, events.HISTORY_STORED, {}, tenant_id=job.tenant_id, dedupe_key="history")


async def _asked(
    job: JobContext,
    providers: Providers,
    asset: Claimed,
    failures: list[Failure],
    received: list[tuple[str, Source]],
) -> Outcome:
    today = clock.now().date()
    first = today - timedelta(days=int(job.payload.get("days", BACKFILL_DAYS)))
    outcome, number = Outcome(), 0
    async for told in pricing().histories(providers, wanted(asset), first, today - timedelta(days=1), failures):
        received += [(told.provider, source) for source in told.sources]
        number += 1
        asked = Step(f"providers asked, the last was {told.provider}", number, max(number, len(asset.keys)))
        await job.progress(0.9 * number / (len(asset.keys) + 1), asked)
        splits = None
        if needs_splits(asset, told, today):
            splits = await pricing().splits(providers, wanted(asset), first, today, failures)
        if take_history(asset, told, today, outcome, splits.splits if splits else None):
            if splits:
                outcome.splits[asset.asset_id] = splits
            break
    return outcome
