"""Headlines for reading: filtered, newest first, with what they are about and how they read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from finsage.market.news import KEPT_FOR
from finsage.market.service.news_refresh import EVERY, REFRESH
from finsage.market.service.standing import Stand, stand_of, standing_of
from finsage.market.store import freshness, provider_states
from finsage.market.store import news as store
from finsage.market.store.news import Filters, Item, Label, Leaning, Link, Sentiment
from finsage.market.store.provider_states import ProviderState
from finsage.market.store.refreshes import Run
from finsage.platform import clock
from finsage.platform.database import ReadSession, WriteSession
from finsage.platform.events import tell
from finsage.platform.paging import decode_cursor, encode_cursor
from finsage.platform.queue import last_due
from finsage.platform.settings import Settings

__all__ = [
    "KEPT_FOR", "Filters", "Item", "Label", "Leaning", "Link", "NewsHealth", "NewsPage", "NewsSource", "Sentiment",
    "days_of", "find_news", "leanings", "news_health", "put_sentiments", "unread",
]  # fmt: skip

LATE_AFTER = 2 * EVERY + timedelta(minutes=5)
_RUNS_MAX = 12


PROVIDERS = ("feeds", "coingecko-news", "newsapi", "cryptopanic", "gdelt")
_FAILING = frozenset({"failing", "resting", "refused"})


@dataclass(frozen=True, slots=True)
class NewsSource:
    """A provider of headlines and how it stands. ``problem`` is what it failed with last."""

    provider: str
    state: Stand
    answered_at: datetime | None
    failed_at: datetime | None
    problem: str | None
    resting_until: datetime | None
    newest_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewsPage:
    """Some headlines, where the next ones start, when sources were last asked and which of them failed then."""

    items: list[Item]
    next_cursor: str | None
    asked_at: datetime | None
    failing: list[NewsSource]


@dataclass(frozen=True, slots=True)
class NewsHealth:
    """How fresh the headlines are. A run's ``written`` are new headlines, ``unchanged`` known, ``flagged`` unusable."""

    sources: list[NewsSource]
    runs: list[Run]
    next_run_at: datetime
    is_late: bool


def days_of(first: date | None, last: date | None) -> tuple[datetime | None, datetime | None]:
    """The instants from the first of these days, in UTC, to the end of the last."""
    return (
        None if first is None else datetime.combine(first, time(), UTC),
        None if last is None else datetime.combine(last, time(), UTC) + timedelta(days=1),
    )


async def find_news(
    session: ReadSession, settings: Settings, filters: Filters, *, limit: int = 50, after: str | None = None
) -> NewsPage:
    """Headlines the session's tenant sees, newest first.

    Args:
        session: of the tenant that looks.
        settings: say who is asked: a provider that no longer is fails no more.
        filters: which of them.
        limit: of the page.
        after: ``next_cursor`` of the page before.

    Raises:
        InvalidCursor: ``after`` is no cursor of this list.
    """
    found = await store.page(session, filters, limit=limit + 1, after=None if after is None else _key(after))
    items = found[:limit]
    cursor = None
    if len(found) > limit:
        last = items[-1]
        cursor = encode_cursor(round(last.shown_at.timestamp() * 1_000_000), last.id)
    runs = await freshness.runs(session, [REFRESH], 1)
    now, states = clock.now(), await provider_states.states(session)
    asked = [states[name] for name in _of(settings) if name in states]
    failing = [one for state in asked if (one := _source(state, stand_of(state, now), None)).state in _FAILING]
    return NewsPage(items, cursor, runs[0].finished_at if runs else None, failing)


def _key(cursor: str) -> tuple[datetime, UUID]:
    microseconds, item_id = decode_cursor(cursor, int, UUID)
    # Years beyond those of a date are no cursor of ours, and no error of the database's either.
    bounded = min(max(microseconds, 0), 4_102_444_800_000_000)
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=bounded), item_id


async def news_health(session: ReadSession, settings: Settings) -> NewsHealth:
    """How the headlines stand: their sources, the last runs and the next."""
    now = clock.now()
    runs = await freshness.runs(session, [REFRESH], _RUNS_MAX)
    is_late = not runs or now - runs[0].finished_at > LATE_AFTER
    standing, newest = await standing_of(session, settings, _of(settings), now), await store.newest(session)
    sources = [_source(one.state, one.stand, newest.get(name)) for name, one in standing.items()]
    return NewsHealth(sources, runs, last_due(EVERY, now) + EVERY, is_late)


def _of(settings: Settings) -> list[str]:
    return [name for name in PROVIDERS if name in settings.providers]


def _source(state: ProviderState, stand: Stand, newest_at: datetime | None) -> NewsSource:
    until = state.resting_until if stand == "resting" else None
    return NewsSource(state.provider, stand, state.answered_at, state.failed_at, state.detail, until, newest_at)


async def leanings(session: ReadSession, asset_id: UUID, first: date, last: date) -> list[Leaning]:
    """How the headlines about an asset of these days read, in UTC, the oldest first; those of no model included."""
    since, until = datetime.combine(first, time(), UTC), datetime.combine(last, time(), UTC) + timedelta(days=1)
    return await store.leanings(session, asset_id, since, until)


async def unread(session: ReadSession, tenant_id: UUID, model: str, limit: int) -> list[tuple[UUID, str, str | None]]:
    """Id, title and language of a tenant's own headlines that this model has not read, the newest first."""
    return await store.unread(session, tenant_id, model, limit)


async def put_sentiments(
    session: WriteSession, tenant_id: UUID, model: str, sentiments: Mapping[UUID, Sentiment | None]
) -> None:
    """Keep how a tenant's headlines read; None for those the model cannot read."""
    await store.put_sentiments(session, tenant_id, model, sentiments)
    if sentiments:
        await tell(session, tenant_id, "news")
