"""Headlines from providers and feeds: all sources each half hour, once for everybody, and one feed when it is added.

Nothing is asked inside of a transaction. What the installation's providers say is everyone's; what a tenant's feed says
is that tenant's, though a feed that several name is asked once. A run may be repeated: what is kept stays as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any
from uuid import UUID

from prometheus_client import Counter, Gauge

from finsage.errors import FinSageError
from finsage.market import events
from finsage.market.errors import ChangedShape
from finsage.market.identifiers import PRICED_BY
from finsage.market.news import KEPT_FOR, SAME_WITHIN, Draft, Shelf, drafted, title_of
from finsage.market.news_names import Named, name_to_ask_for
from finsage.market.service import news_matching
from finsage.market.service.asking import NoWayOut, failed, note_answers, open_providers
from finsage.market.store import news as store
from finsage.market.store import news_feeds, refreshes
from finsage.market.store.news_feeds import Feed
from finsage.market.store.refreshes import Run
from finsage.platform import clock, queue
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.database import ReadSession, WriteSession
from finsage.platform.events import tell
from finsage.platform.jobs import JobContext
from finsage.platform.telemetry import REGISTRY

if TYPE_CHECKING:
    from finsage.market.providers.press import Fed, Gathered, WantedNews

REFRESH = "market.refresh_news"
FETCH_FEED = "market.fetch_feed"
EVERY = timedelta(minutes=30)
LOOKED_BACK = timedelta(days=3)

ITEMS = Counter(
    "finsage_news_items", "Headlines received, by what became of them", ("source", "outcome"), registry=REGISTRY
)
AGE = Gauge("finsage_news_age_seconds", "Age of the newest headline of a source", ("source",), registry=REGISTRY)


@dataclass(slots=True)
class _Tally:
    new: int = 0
    known: int = 0
    flawed: int = 0
    failures: list[dict[str, str]] = field(default_factory=list)
    requests: int = 0


async def refresh(job: JobContext) -> None:
    """Ask every source for headlines, keep what is new, tell which assets it names, and note the run.

    Providers are asked for assets that a tenant named at a provider of prices, and for nothing else; where no tenant
    has named one, only feeds are asked.
    """
    started = clock.now()
    due_at = datetime.fromisoformat(job.payload["due_at"])
    async with job.database.read() as session:
        tenants = await refreshes.tenants(session)
    feeds, named = await _wishes(job, tenants)
    tally = _Tally()
    if named or feeds or (job.outside is not None and job.outside.settings.news_feeds):
        await _ask_all(job, feeds, named, started, tally)
    for tenant_id in (PUBLIC_TENANT, *tenants):
        await news_matching.match(job.database, tenant_id)
    # No cached answer shows a run.
    async with job.effect(is_announced=False) as session:
        await refreshes.add_run(session, _run(due_at, started, len(named), tally))
        await tell(session, PUBLIC_TENANT, "runs")


async def fetch_feed(job: JobContext) -> None:
    """Ask one feed of the job's tenant, as one that was just added; its problem is noted where it has one."""
    feed_id = UUID(job.payload["feed_id"])
    async with job.read() as session:
        feeds = [feed for feed in await news_feeds.feeds(session) if feed.id == feed_id]
    if not feeds:
        return
    press, tally, started = _press(), _Tally(), clock.now()
    outbound = _outside(job).outbound()
    fed = await press.feeds(outbound, [feeds[0].url], started - KEPT_FOR)
    await _keep_fed(job, job.tenant_id, feeds, fed, tally)
    await news_matching.match(job.database, job.tenant_id)
    job.result_url = "/api/v1/news/feeds"


async def _wishes(job: JobContext, tenants: Iterable[UUID]) -> tuple[dict[UUID, list[Feed]], list[Named]]:
    """The feeds of each tenant that has any, and the assets of all that are named at a provider."""
    feeds: dict[UUID, list[Feed]] = {}
    named: list[Named] = []
    for tenant_id in tenants:
        async with job.database.read(tenant_id) as session:
            found = await news_feeds.feeds(session)
            wanted = await store.asked_for(session, tenant_id, PRICED_BY)
            if wanted:
                named += [one for one in await store.named(session, [tenant_id]) if one.asset_id in wanted]
        if found:
            feeds[tenant_id] = found
    return feeds, named


async def _ask_all(
    job: JobContext, feeds: Mapping[UUID, Sequence[Feed]], named: Sequence[Named], started: datetime, tally: _Tally
) -> None:
    press = _press()
    # To the hour: what was asked before can answer from the cache, or be asked whether it changed.
    since = (started - LOOKED_BACK).replace(minute=0, second=0, microsecond=0)
    turn = int(started.timestamp() // EVERY.total_seconds())
    providers = await open_providers(job)
    gathered = await press.headlines(providers, _wanted(press, named), since, turn)
    addresses = [feed.url for ones in feeds.values() for feed in ones]
    fed = await press.feeds(_outside(job).outbound(), addresses, since)
    await _keep_gathered(job, gathered, tally)
    for tenant_id, ones in feeds.items():
        await _keep_fed(job, tenant_id, ones, fed, tally)
    tally.requests += sum(_requests(one.answer.sources if one.answer else None) for one in fed.values())


def _wanted(press: Any, named: Sequence[Named]) -> WantedNews:
    coins = [one for one in named if one.asset_class == "crypto"]
    wanted: WantedNews = press.WantedNews(
        tuple(sorted({name for one in named if (name := name_to_ask_for(one))})),
        tuple(sorted({one.ticker for one in coins if one.ticker.isascii() and one.ticker.isalnum()})),
        tuple(sorted({one.coingecko for one in coins if one.coingecko})),
    )
    return wanted


async def _keep_gathered(job: JobContext, gathered: Gathered, tally: _Tally) -> None:
    now = clock.now()
    drafts: list[Draft] = []
    for name, answers in gathered.answers.items():
        mine = [draft for one in answers for draft in drafted(one.values, name, one.sources, now)]
        drafts += mine
        flaws = sum(len(one.flaws) for one in answers)
        ITEMS.labels(name, "flawed").inc(flaws)
        tally.flawed += flaws
        tally.requests += sum(_requests(one.sources) for one in answers)
        if mine:
            AGE.labels(name).set_function(partial(_age_seconds, max(draft.shown_at for draft in mine)))
    tally.requests += len(gathered.failures)
    tally.failures += failed(gathered.failures)
    async with job.database.write(is_announced=await _changes(job, PUBLIC_TENANT, drafts)) as session:
        await _put(session, PUBLIC_TENANT, drafts, tally)
    received = [
        (name, source) for name, answers in gathered.answers.items() for one in answers for source in one.sources
    ]
    await note_answers(job, gathered.providers, received, gathered.failures)


async def _keep_fed(
    job: JobContext, tenant_id: UUID, feeds: Sequence[Feed], fed: Mapping[str, Fed], tally: _Tally
) -> None:
    now = clock.now()
    drafts: list[Draft] = []
    for feed in feeds:
        answer = fed[feed.url].answer
        if answer is not None:
            ITEMS.labels("tenant_feeds", "flawed").inc(len(answer.flaws))
            tally.flawed += len(answer.flaws)
            drafts += drafted(answer.values, "feeds", answer.sources, now, feed.id)
    # When a feed was asked is read where nothing is cached.
    async with job.database.write(tenant_id, is_announced=await _changes(job, tenant_id, drafts)) as session:
        there = await news_feeds.hold(session, tenant_id, [feed.id for feed in feeds])
        await _put(session, tenant_id, [draft for draft in drafts if draft.feed_id in there], tally)
        for feed in feeds:
            one = fed[feed.url]
            title = next((line.publisher for line in one.answer.values), None) if one.answer else None
            problem = _problem(one.failure.error) if one.failure else None
            await news_feeds.settle_feed(session, tenant_id, feed.id, asked_at=now, title=title, problem=problem)


def _problem(error: FinSageError) -> str:
    return "This is no RSS or Atom feed that can be read." if isinstance(error, ChangedShape) else str(error)


async def _changes(job: JobContext, tenant_id: UUID, drafts: Sequence[Draft]) -> bool:
    """Whether keeping these headlines changes any; cached answers of everybody go where it does."""
    async with job.database.read(tenant_id) as session:
        known = await _recent(session, tenant_id, drafts)
    found = await asyncio.to_thread(_sorted_out, known, drafts)
    return bool(found.new or found.doubled or found.tags)


async def _recent(session: ReadSession, tenant_id: UUID, drafts: Sequence[Draft]) -> Sequence[store.Recent]:
    oldest = min((draft.shown_at for draft in drafts), default=clock.now() - LOOKED_BACK)
    return await store.recent(session, tenant_id, oldest - SAME_WITHIN, [draft.url_hash for draft in drafts])


async def _put(session: WriteSession, tenant_id: UUID, drafts: Sequence[Draft], tally: _Tally) -> None:
    """Keep what is new of a tenant's headlines, and drop what everyone has by now."""
    await store.lock(session, tenant_id)
    known = await _recent(session, tenant_id, drafts)
    # Thousands are compared: other requests do not wait for that.
    found = await asyncio.to_thread(_sorted_out, known, drafts)
    for outcome, ones in (("new", found.new.values()), ("known", found.known)):
        for one in ones:
            ITEMS.labels("tenant_feeds" if one.feed_id else one.provider, outcome).inc()
    tally.new += len(found.new)
    tally.known += len(found.known)
    await store.remove(session, tenant_id, found.doubled)
    await store.add(session, tenant_id, list(found.new.values()))
    await store.tag(session, tenant_id, found.tags)
    await store.forget(session, tenant_id, clock.now())
    if found.new:
        await tell(session, tenant_id, "news")
        await queue.enqueue(session, events.NEWS_STORED, {}, tenant_id=tenant_id, dedupe_key="news")


@dataclass(slots=True)
class _SortedOut:
    """New headlines by the hash of their address, known ones, those of the tenant that everyone has, tags to add."""

    new: dict[bytes, Draft] = field(default_factory=dict)
    known: list[Draft] = field(default_factory=list)
    doubled: list[UUID] = field(default_factory=list)
    tags: dict[UUID, Sequence[str]] = field(default_factory=dict)


def _sorted_out(known: Sequence[store.Recent], drafts: Sequence[Draft]) -> _SortedOut:
    shelf: Shelf[store.Recent | Draft] = Shelf()
    found = _SortedOut()
    for one in known:
        title = title_of(one.title, one.publisher)
        if one.tenant_id != PUBLIC_TENANT and shelf.find(one.url_hash, title, one.shown_at) is not None:
            found.doubled.append(one.id)
        else:
            shelf.put(one.url_hash, title, one.shown_at, one)
    for draft in drafts:
        title = title_of(draft.title, draft.publisher)
        same = shelf.find(draft.url_hash, title, draft.shown_at)
        if same is None:
            shelf.put(draft.url_hash, title, draft.shown_at, draft)
            found.new[draft.url_hash] = draft
        else:
            found.known.append(draft)
            _add_tags(same, draft, found.new, found.tags)
    return found


def _add_tags(
    same: store.Recent | Draft, draft: Draft, new: dict[bytes, Draft], tags: dict[UUID, Sequence[str]]
) -> None:
    """What another provider says the same headline is about is true of it too."""
    before = new[same.url_hash].mentions if isinstance(same, Draft) else tags.get(same.id, same.mentions)
    mentions = tuple(dict.fromkeys([*before, *draft.mentions]))
    if mentions == tuple(before):
        return
    if isinstance(same, Draft):
        new[same.url_hash] = replace(new[same.url_hash], mentions=mentions)
    elif not draft.feed_id:
        tags[same.id] = mentions


def _age_seconds(newest_at: datetime) -> float:
    return (clock.now() - newest_at).total_seconds()


def _requests(sources: Sequence[Any] | None) -> int:
    return 1 if sources is None else sum(not source.is_from_cache for source in sources)


def _run(due_at: datetime, started: datetime, assets: int, tally: _Tally) -> Run:
    return Run(
        REFRESH, due_at, started, clock.now(), assets, tally.requests, tally.new, tally.known, tally.flawed, 0, 0,
        tally.failures,
    )  # fmt: skip


def _press() -> Any:
    # Loaded when first needed, as the providers of prices are.
    return import_module("finsage.market.providers.press")


def _outside(job: JobContext) -> Any:
    if job.outside is None:
        raise NoWayOut("Start the worker with `finsage up` or `finsage work`.")
    return job.outside
