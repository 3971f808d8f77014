"""Prices from providers: the latest of all assets that are due, in batches.

Nothing is asked inside of a transaction. A run claims what is due, asks, and writes tenant by tenant; it may be
repeated: a price that stands is left as it is. The price of a day is the last quote of that day, until history gives
its close. What a user entered is never overwritten, and what is not believed is put aside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING
from uuid import UUID

from finsage.market.asset import stale_after_days
from finsage.market.identifiers import PRICED_BY
from finsage.market.service import candles
from finsage.market.service.asking import failed, note_answers, open_providers, pricing, wanted
from finsage.market.service.json_opening import NAME as JSON
from finsage.market.service.json_opening import told_of
from finsage.market.service.judging import (
    Due,
    Outcome,
    good,
    may_be_split,
    newest_of,
    problem_of,
    take_quote,
    verdict_on,
)
from finsage.market.service.prices import Close, latest_prices, write_prices
from finsage.market.service.splits import kept_splits, put_splits
from finsage.market.store import json_sources, quarantine
from finsage.market.store import refreshes as store
from finsage.market.store.json_sources import Told
from finsage.market.store.refreshes import Run, Standing
from finsage.market.trading_hours import is_due_since
from finsage.platform import clock, queue
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.database import WriteSession
from finsage.platform.events import tell
from finsage.platform.jobs import JobContext, Step

if TYPE_CHECKING:
    from finsage.market.providers.choice import Providers
    from finsage.market.providers.pricing import Priced, Quoted, ToldSplits, Wanted

REFRESH = "market.refresh_prices"
REFRESH_NOW = "market.refresh_now"
BACKFILL = "market.backfill_asset"
EVERY = timedelta(hours=1)
ASKED_AGAIN_NOW = timedelta(minutes=1)
"""A user who wants prices now gets none newer than this."""

COMPARED_AGAIN = timedelta(hours=20)
"""Sources of one asset are compared once a day."""

BACKFILL_DAYS = 3653
REPAIR_DAYS = 7
"""History is asked for again where the last price is older than this: FinSage was away."""

JUMPS_EXPLAINED_MAX = 20
"""Assets whose splits a run asks for; a provider that lies about all of them must not cost a request each."""


@dataclass(slots=True)
class Tally:
    """What a run wrote and did not."""

    written: int = 0
    unchanged: int = 0
    flagged: int = 0
    quarantined: int = 0
    missing: int = 0


async def refresh(job: JobContext) -> None:
    """Ask for the latest price of every asset that is due, in all tenants; note the run.

    Distinct keys are asked for once, however many tenants hold them. Where nothing is due nobody is asked.
    """
    async with job.database.read() as session:
        tenants = await store.tenants(session)
    await _run(job, REFRESH, tenants, None)


async def refresh_now(job: JobContext) -> None:
    """Ask for the latest price of all assets of the job's tenant that were not asked for this minute, or of one."""
    asset_id = job.payload.get("asset_id")
    # One that is asked for by itself was just told where: what it answered before does not count.
    asked_until = clock.now() if asset_id else clock.now() - ASKED_AGAIN_NOW
    await _run(job, REFRESH_NOW, [job.tenant_id], asked_until, UUID(asset_id) if asset_id else None)


async def enqueue_refresh_now(session: WriteSession, tenant_id: UUID, asset_id: UUID | None = None) -> UUID:
    """Have the prices of a tenant asked for at once, or that of one of its assets.

    While that waits, a second wish is the same job.
    """
    payload = {"due_at": clock.now().isoformat()} | ({"asset_id": str(asset_id)} if asset_id else {})
    dedupe_key = str(asset_id) if asset_id else "now"
    return await queue.enqueue(session, REFRESH_NOW, payload, tenant_id=tenant_id, dedupe_key=dedupe_key)


async def _run(
    job: JobContext, name: str, tenants: Sequence[UUID], asked_until: datetime | None, asset_id: UUID | None = None
) -> None:
    started = clock.now()
    due = await _claim_due(job, tenants, started, asked_until, asset_id)
    tally, quoted = Tally(), None
    if due:
        providers = await open_providers(job, [tenant_id for tenant_id, ones in due.items() if _json_keys(ones)])
        count = sum(len(ones) for ones in due.values())
        await job.progress(0.0, Step("assets asked for", 0, count))
        quoted = await pricing().quotes(providers, {wanted(one.asset) for ones in due.values() for one in ones})
        others = await _compare(providers, due, quoted, started)
        told, settled = told_of(quoted, chain.from_iterable(others.values())), 0
        for tenant_id, ones in due.items():
            outcome = await _judged(providers, ones, quoted, others)
            await _settle(job, tenant_id, outcome, tally)
            await _note_sources(job, tenant_id, [told[key] for key in _json_keys(ones) if key in told], started)
            settled += len(ones)
            await job.progress(0.5 + 0.5 * settled / count, Step("assets settled", settled, count), seconds_apart=1)
        await note_answers(job, providers, quoted.received, quoted.failures, newest_of(quoted.prices.values()))
    # No cached answer shows a run.
    async with job.effect(is_announced=False) as session:
        run = _noted(name, (datetime.fromisoformat(job.payload["due_at"]), started), due, quoted, tally)
        await store.add_run(session, run)
        await tell(session, PUBLIC_TENANT, "runs")


async def _claim_due(
    job: JobContext, tenants: Sequence[UUID], now: datetime, asked_until: datetime | None, asset_id: UUID | None
) -> dict[UUID, list[Due]]:
    due = {}
    for tenant_id in tenants:
        async with job.database.read(tenant_id) as session:
            named = await store.named(session, tenant_id, PRICED_BY, asset_id)
            latest = await latest_prices(session, [one.asset_id for one in named], on=now.date())
        if not named:
            continue
        found = [Due(one, good(one, latest.get(one.asset_id))) for one in named]
        untils = {one.asset.asset_id: asked_until or _due_since(one, now) for one in found}
        async with job.database.write(tenant_id, is_announced=False) as session:
            claimed = await store.claim(session, tenant_id, job.job_id, untils)
        if claimed:
            due[tenant_id] = [one for one in found if one.asset.asset_id in claimed]
    return due


def _json_keys(due: Iterable[Due]) -> list[str]:
    return [key for one in due for name, key in one.asset.keys if name == JSON]


def _due_since(due: Due, now: datetime) -> datetime:
    asset = due.asset
    days = stale_after_days(asset.asset_class)
    is_stale = due.last is None or (now.date() - due.last.as_of.date()).days > days
    return is_due_since(asset.asset_class, asset.mic, now, has_problem=asset.has_problem, is_stale=is_stale)


async def _compare(
    providers: Providers, due: Mapping[UUID, Sequence[Due]], quoted: Quoted, now: datetime
) -> dict[Wanted, list[Priced]]:
    """What other sources say of those that were not compared today; nothing, where they are silent."""
    compared = {
        wanted(one.asset)
        for ones in due.values()
        for one in ones
        if len(one.asset.keys) > 1 and (one.asset.compared_at is None or one.asset.compared_at < now - COMPARED_AGAIN)
    }
    found: dict[Wanted, list[Priced]] = await pricing().other_quotes(providers, compared, quoted)
    return {what: found.get(what, []) for what in compared}


async def _judged(
    providers: Providers, due: Sequence[Due], quoted: Quoted, others: Mapping[Wanted, Sequence[Priced]]
) -> Outcome:
    outcome, now, explained = Outcome(), clock.now(), 0
    for one in due:
        what = wanted(one.asset)
        priced = quoted.prices.get(what)
        if priced is None:
            problem = problem_of([failure for failure in quoted.failures if failure.concerns(one.asset.keys)])
            outcome.standings.append(Standing(one.asset.asset_id, problem=problem))
            continue
        verdict = verdict_on(one, priced, now)
        if explained < JUMPS_EXPLAINED_MAX and may_be_split(one, priced, verdict):
            explained += 1
            told = await _splits_since(providers, one, quoted)
            if told is not None:
                outcome.splits[one.asset.asset_id] = told
                verdict = verdict_on(one, priced, now, told.splits)
        take_quote(one, priced, verdict, now, outcome, others=others.get(what))
    return outcome


async def _splits_since(providers: Providers, due: Due, quoted: Quoted) -> ToldSplits | None:
    """The splits since the last good price; None where nobody tells."""
    assert due.last is not None  # there is no move from nothing
    today = clock.now().date()
    told: ToldSplits | None = await pricing().splits(
        providers, wanted(due.asset), due.last.as_of.date(), today, quoted.failures
    )
    return told


async def _settle(job: JobContext, tenant_id: UUID, outcome: Outcome, tally: Tally) -> None:
    # An answer that shows no new price stays in the cache.
    async with job.database.write(tenant_id, is_announced=bool(outcome.closes or outcome.doubted)) as session:
        await _repair_gaps(session, tenant_id, outcome.closes)
        await write(session, tenant_id, outcome, tally)
        await store.settle(session, tenant_id, outcome.standings, asked_at=clock.now())


async def _note_sources(job: JobContext, tenant_id: UUID, told: Sequence[Told], started: datetime) -> None:
    if told:
        async with job.database.write(tenant_id, is_announced=False) as session:
            await json_sources.note(session, tenant_id, told, asked_at=started)


async def write(session: WriteSession, tenant_id: UUID, outcome: Outcome, tally: Tally) -> None:
    """Write what is good and put aside what is not; what a user entered stands."""
    theirs: set[tuple[UUID, date]] = set()
    for source, closes in outcome.closes.items():
        first = min(day for _, day, _ in closes)
        entered = await store.entered(session, tenant_id, {asset_id for asset_id, _, _ in closes}, first)
        theirs |= set(entered)
        free = [close for close in closes if (close[0], close[1]) not in entered]
        done = await write_prices(session, tenant_id, free, source=source)
        tally.written += done.written
        tally.unchanged += len(closes) - done.written
    await candles.take(session, tenant_id, outcome.ticks, outcome.candles, entered=theirs)
    for asset_id, told in outcome.splits.items():
        await put_splits(session, tenant_id, asset_id, kept_splits(told), (told.first, told.last))
    if outcome.doubted:
        await quarantine.put(session, tenant_id, outcome.doubted)
    tally.quarantined += len(outcome.doubted)
    tally.flagged += sum(one.flag is not None or one.deviation is not None for one in outcome.standings)
    tally.missing += sum(one.problem is not None for one in outcome.standings) - len(outcome.doubted)


async def _repair_gaps(session: WriteSession, tenant_id: UUID, closes: Mapping[str, Sequence[Close]]) -> None:
    """Ask for the history of assets whose last price lies long before the new one."""
    days = {asset_id: day for ones in closes.values() for asset_id, day, _ in ones}
    if not days:
        return
    latest = await latest_prices(session, list(days), on=max(days.values()))
    for asset_id, day in days.items():
        before = latest.get(asset_id)
        if before is not None and (day - before.day).days > REPAIR_DAYS:
            await enqueue_backfill(session, tenant_id, asset_id, days=(day - before.day).days + 1)


async def enqueue_backfill(
    session: WriteSession, tenant_id: UUID, asset_id: UUID, *, days: int = BACKFILL_DAYS
) -> UUID:
    """Have the history of an asset asked for soon; while that waits, a second wish is the same job.

    Args:
        session: of the tenant.
        tenant_id: whose asset it is.
        asset_id: the asset.
        days: how far back.

    Returns:
        The job's id.
    """
    payload = {"asset_id": str(asset_id), "days": days}
    job_id = await queue.enqueue(session, BACKFILL, payload, tenant_id=tenant_id, dedupe_key=str(asset_id))
    await store.note_backfill(session, tenant_id, asset_id, job_id)
    return job_id


def _noted(
    name: str, dues: tuple[datetime, datetime], due: Mapping[UUID, Sequence[Due]], quoted: Quoted | None, tally: Tally
) -> Run:
    failures = failed(quoted.failures) if quoted else []
    return Run(
        name,
        *dues,
        clock.now(),
        sum(len(ones) for ones in due.values()),
        sum(not source.is_from_cache for _, source in quoted.received) + len(failures) if quoted else 0,
        tally.written,
        tally.unchanged,
        tally.flagged,
        tally.quarantined,
        tally.missing,
        failures,
    )
