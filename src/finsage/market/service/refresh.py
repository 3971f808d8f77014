"""Prices from providers: all assets each hour in batches, and the history of one that was just made known.

Nothing is asked inside of a transaction. A run claims what is due, asks, and writes tenant by tenant; it may be
repeated: a price that stands is left as it is. The price of a day is the last quote of that day, until history gives
its close. What a user entered is never overwritten, and what is not believed is put aside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any
from uuid import UUID

from prometheus_client import Gauge

from finsage.errors import Unavailable
from finsage.market.asset import stale_after_days
from finsage.market.identifiers import PRICED_BY
from finsage.market.sanity import Expected, Good, Verdict, judge_history, judge_quote
from finsage.market.service.prices import Close, latest_prices, write_prices
from finsage.market.service.provider_keys import with_stored_keys
from finsage.market.store import quarantine
from finsage.market.store import refreshes as store
from finsage.market.store.quarantine import Doubted
from finsage.market.store.refreshes import Claimed, Run, Standing
from finsage.platform import clock, queue
from finsage.platform.database import WriteSession
from finsage.platform.encryption import Vault
from finsage.platform.jobs import JobContext
from finsage.platform.telemetry import REGISTRY

if TYPE_CHECKING:
    from finsage.market.providers.choice import Failure, Providers
    from finsage.market.providers.pricing import Priced, Quoted, Told, Wanted
    from finsage.market.providers.protocol import Source

REFRESH = "market.refresh_prices"
BACKFILL = "market.backfill_asset"
EVERY = timedelta(hours=1)
ASKED_AGAIN = timedelta(minutes=50)
"""Coins are due again after this; others too, but on weekends only after ``ASKED_AGAIN_AT_REST``."""

ASKED_AGAIN_AT_REST = timedelta(hours=12)
BACKFILL_DAYS = 3653
REPAIR_DAYS = 7
"""History is asked for again where the last price is older than this: FinSage was away."""

DOUBTED_PER_REASON_MAX = 20
_WEEKEND = 5
_VALUE_LENGTH_MAX = 400

PRICE_AGE = Gauge("finsage_price_age_seconds", "Age of the newest price of a source", ("source",), registry=REGISTRY)


class NoWayOut(Unavailable):
    """This worker was given no way to ask providers."""


@dataclass(slots=True)
class _Tally:
    written: int = 0
    unchanged: int = 0
    flagged: int = 0
    quarantined: int = 0
    missing: int = 0


@dataclass(slots=True)
class _Outcome:
    """What asking for some assets of one tenant gave: to write by source, to put aside, and how each stands."""

    closes: dict[str, list[Close]] = field(default_factory=dict)
    doubted: list[Doubted] = field(default_factory=list)
    standings: list[Standing] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Due:
    """A claimed asset and its last good price."""

    asset: Claimed
    last: Good | None


@dataclass(frozen=True, slots=True)
class _Said:
    """Who said something of which asset, in which currency and in which responses."""

    asset_id: UUID
    provider: str
    currency: str | None
    content_hashes: tuple[bytes, ...]

    def doubted(self, day: date, price: Decimal, verdict: Verdict) -> Doubted:
        """A price of theirs that was not believed."""
        value = str(price)[:_VALUE_LENGTH_MAX]
        reason = str(verdict.reason)
        return Doubted(
            self.asset_id, self.provider, day, value, self.currency, reason, verdict.detail, self.content_hashes
        )


async def refresh(job: JobContext) -> None:
    """Ask for the latest price of every asset that is due, in all tenants; note the run.

    Distinct keys are asked for once, however many tenants hold them. Where nothing is due nobody is asked.
    """
    started = clock.now()
    due_at = datetime.fromisoformat(job.payload["due_at"])
    due = await _claim_due(job, started)
    tally, quoted = _Tally(), None
    if due:
        pricing = _pricing()
        providers = await _providers(job)
        quoted = await pricing.quotes(providers, {_wanted(pricing, one.asset) for ones in due.values() for one in ones})
        for tenant_id, ones in due.items():
            await _settle(job, tenant_id, _judged(pricing, ones, quoted, clock.now()), tally)
        _show_ages(quoted.prices.values())
    async with job.effect() as session:
        if quoted is not None:
            await _keep_received(session, quoted.received)
        await store.add_run(session, _run(due_at, started, due, quoted, tally))


async def backfill(job: JobContext) -> None:
    """Ask for the daily history of one asset of the job's tenant, of its first provider that has a usable one.

    Raises:
        Upstream, Limited, Unavailable: all providers failed in a way that may pass; the worker tries again.
    """
    asset_id = UUID(job.payload["asset_id"])
    today = clock.now().date()
    async with job.read() as session:
        asset = await store.known(session, job.tenant_id, asset_id, PRICED_BY)
    if asset is None:
        return
    pricing = _pricing()
    providers = await _providers(job)
    wanted, failures = _wanted(pricing, asset), list["Failure"]()
    outcome, received = _Outcome(), list[tuple[str, "Source"]]()
    first = today - timedelta(days=int(job.payload.get("days", BACKFILL_DAYS)))
    async for told in pricing.histories(providers, wanted, first, today - timedelta(days=1), failures):
        received += [(told.provider, source) for source in told.sources]
        if _take(asset, told, today, outcome):
            break
    passing = [one.error for one in failures if not isinstance(one.error, pricing.LASTING)]
    if not outcome.closes and passing:
        raise passing[-1]
    if not outcome.closes:
        outcome.standings.append(Standing(asset_id, problem=_problem(failures)))
    await job.progress(0.5)
    job.result_url = f"/api/v1/assets/{asset_id}/prices"
    async with job.effect() as session:
        await _write(session, job.tenant_id, outcome, _Tally())
        # Not asked_at: its latest price is due with the others.
        await store.settle(session, job.tenant_id, outcome.standings, asked_at=None)
        await _keep_received(session, received)


async def _claim_due(job: JobContext, now: datetime) -> dict[UUID, list[_Due]]:
    rest = ASKED_AGAIN_AT_REST if now.weekday() >= _WEEKEND else ASKED_AGAIN
    async with job.database.read() as session:
        tenants = await store.tenants(session)
    due = {}
    for tenant_id in tenants:
        async with job.database.write(tenant_id, is_announced=False) as session:
            claimed = await store.claim(
                session, tenant_id, job.job_id, PRICED_BY, coins=now - ASKED_AGAIN, others=now - rest
            )
            latest = await latest_prices(session, [one.asset_id for one in claimed], on=now.date())
        if claimed:
            due[tenant_id] = [_Due(one, _good(one, latest.get(one.asset_id))) for one in claimed]
    return due


def _good(asset: Claimed, latest: Any) -> Good | None:
    if latest is None:
        return None
    if asset.as_of is not None and asset.as_of.astimezone(UTC).date() == latest.day:
        return Good(latest.value, asset.as_of)
    return Good(latest.value, datetime.combine(latest.day, time(), UTC))


def _judged(pricing: ModuleType, due: Sequence[_Due], quoted: Quoted, now: datetime) -> _Outcome:
    outcome = _Outcome()
    for one in due:
        priced = quoted.prices.get(_wanted(pricing, one.asset))
        if priced is None:
            asked = {name for name, _ in one.asset.keys}
            problem = _problem([failure for failure in quoted.failures if failure.provider in asked])
            outcome.standings.append(Standing(one.asset.asset_id, problem=problem))
        else:
            _judge(one, priced, now, outcome)
    return outcome


def _judge(one: _Due, priced: Priced, now: datetime, outcome: _Outcome) -> None:
    asset, quote = one.asset, priced.quote
    stale_after = timedelta(days=stale_after_days(asset.asset_class))
    verdict = judge_quote(quote, Expected(asset.currency, stale_after, one.last), now)
    day = (quote.as_of or now).astimezone(UTC).date()
    hashes = _hashes(priced.sources)
    if verdict.decision == "quarantine":
        said = _Said(asset.asset_id, priced.provider, quote.currency, hashes)
        outcome.doubted.append(said.doubted(day, quote.price, verdict))
        outcome.standings.append(Standing(asset.asset_id, problem=verdict.detail))
        return
    outcome.closes.setdefault(priced.provider, []).append((asset.asset_id, day, quote.price))
    flag = verdict.detail or None
    outcome.standings.append(Standing(asset.asset_id, priced.provider, quote.as_of or now, hashes, flag))


def _take(asset: Claimed, told: Told, today: date, outcome: _Outcome) -> bool:
    """Judge a history and take what is good of it; whether anything was."""
    history, hashes = told.history, _hashes(told.sources)
    stale_after = timedelta(days=stale_after_days(asset.asset_class))
    verdicts = judge_history(history, Expected(asset.currency, stale_after), today)
    said = _Said(asset.asset_id, told.provider, history.currency, hashes)
    kept: list[Close] = []
    refused: dict[str, int] = {}
    for candle, verdict in zip(history.candles, verdicts, strict=True):
        if verdict.decision != "quarantine":
            kept.append((asset.asset_id, candle.day, candle.close))
            continue
        reason = str(verdict.reason)
        refused[reason] = refused.get(reason, 0) + 1
        if refused[reason] <= DOUBTED_PER_REASON_MAX:
            outcome.doubted.append(said.doubted(candle.day, candle.close, verdict))
    if not kept:
        return False
    outcome.closes[told.provider] = kept
    left_out = sum(refused.values())
    flag = f"{left_out} days of its history were not believed." if left_out else None
    as_of = datetime.combine(kept[-1][1], time(), UTC)
    outcome.standings.append(Standing(asset.asset_id, told.provider, as_of, hashes, flag))
    return True


async def _settle(job: JobContext, tenant_id: UUID, outcome: _Outcome, tally: _Tally) -> None:
    # An answer that shows no new price stays in the cache.
    async with job.database.write(tenant_id, is_announced=bool(outcome.closes or outcome.doubted)) as session:
        await _repair_gaps(session, tenant_id, outcome.closes)
        await _write(session, tenant_id, outcome, tally)
        await store.settle(session, tenant_id, outcome.standings, asked_at=clock.now())


async def _write(session: WriteSession, tenant_id: UUID, outcome: _Outcome, tally: _Tally) -> None:
    for source, closes in outcome.closes.items():
        first = min(day for _, day, _ in closes)
        entered = await store.entered(session, tenant_id, {asset_id for asset_id, _, _ in closes}, first)
        free = [close for close in closes if (close[0], close[1]) not in entered]
        done = await write_prices(session, tenant_id, free, source=source)
        tally.written += done.written
        tally.unchanged += len(closes) - done.written
    if outcome.doubted:
        await quarantine.put(session, tenant_id, outcome.doubted)
    tally.quarantined += len(outcome.doubted)
    tally.flagged += sum(one.flag is not None for one in outcome.standings)
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
    return await queue.enqueue(session, BACKFILL, payload, tenant_id=tenant_id, dedupe_key=str(asset_id))


def _pricing() -> ModuleType:
    # Loaded when first needed: with its clients it costs half a start, and most starts ask nobody.
    return import_module("finsage.market.providers.pricing")


async def _providers(job: JobContext) -> Providers:
    if job.outside is None:
        raise NoWayOut("Start the worker with `finsage up` or `finsage work`.")
    async with job.database.read() as session:
        settings = await with_stored_keys(session, Vault(job.outside.settings.data_dir), job.outside.settings)
    opening = import_module("finsage.market.providers.opening")
    providers: Providers = opening.open_providers(settings, job.outside.outbound())
    return providers


def _wanted(pricing: ModuleType, asset: Claimed) -> Wanted:
    wanted: Wanted = pricing.Wanted(asset.currency, asset.keys)
    return wanted


def _hashes(sources: Iterable[Source]) -> tuple[bytes, ...]:
    return tuple(source.content_hash for source in sources)


def _problem(failures: Sequence[Failure]) -> str:
    if not failures:
        return "No provider that is set up has a price of it."
    return f"{failures[-1].provider}: {failures[-1].error}"


async def _keep_received(session: WriteSession, received: Iterable[tuple[str, Source]]) -> None:
    await store.keep_received(
        session, {(name, source.content_hash): (source.url, source.received_at) for name, source in received}
    )


def _run(
    due_at: datetime, started: datetime, due: Mapping[UUID, Sequence[_Due]], quoted: Quoted | None, tally: _Tally
) -> Run:
    failures = [
        {"provider": failure.provider, "problem": failure.error.slug(), "detail": str(failure.error)}
        for failure in (quoted.failures if quoted else ())
    ]
    return Run(
        REFRESH,
        due_at,
        started,
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


def _show_ages(prices: Iterable[Priced]) -> None:
    newest: dict[str, datetime] = {}
    for priced in prices:
        if priced.quote.as_of is not None:
            newest[priced.provider] = max(priced.quote.as_of, newest.get(priced.provider, priced.quote.as_of))
    for provider, as_of in newest.items():
        PRICE_AGE.labels(provider).set_function(partial(_age_seconds, as_of))


def _age_seconds(as_of: datetime) -> float:
    return (clock.now() - as_of).total_seconds()
