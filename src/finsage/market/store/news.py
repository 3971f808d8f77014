"""Headlines, what they are about and how they read."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import text

from finsage.market.news import KEPT_FOR, Draft
from finsage.market.news_names import Match, MatchedBy, Named
from finsage.platform import clock
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.database import ReadSession, WriteSession

Label = Literal["positive", "neutral", "negative"]
ITEMS_MAX = 20_000
"""Headlines kept per tenant; the oldest go first."""


@dataclass(frozen=True, slots=True)
class Recent:
    """A headline of the last days, as far as it takes to know it again."""

    id: UUID
    tenant_id: UUID
    url_hash: bytes
    title: str
    publisher: str
    shown_at: datetime
    mentions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A headline to be compared with names."""

    id: UUID
    tenant_id: UUID
    title: str
    summary: str
    mentions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sentiment:
    """How a headline reads; ``words`` with what each adds to the log odds of positive over negative."""

    model: str
    label: Label
    positive: float
    neutral: float
    negative: float
    words: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Link:
    """An asset a headline is about."""

    asset_id: UUID
    symbol: str
    name: str
    matched_by: MatchedBy
    term: str


@dataclass(frozen=True, slots=True)
class Item:
    """A headline as it is shown."""

    id: UUID
    url: str
    title: str
    summary: str
    publisher: str
    language: str | None
    provider: str
    published_at: datetime | None
    fetched_at: datetime
    shown_at: datetime
    sentiment: Sentiment | None
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which headlines are wanted; None for any. ``assets``: those about at least one of them."""

    assets: Collection[UUID] | None = None
    publisher: str | None = None
    sentiment: Label | None = None
    first: datetime | None = None
    until: datetime | None = None


_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('news', hashtext(:tenant)))")
_RECENT = text("""
    SELECT id, tenant_id, url_hash, title, publisher, shown_at, mentions FROM news_items
    WHERE tenant_id IN (:tenant, :public) AND (shown_at >= :since OR url_hash = ANY (:hashes))
    ORDER BY tenant_id <> :public, stored_at, id
""")
_ADD = text("""
    INSERT INTO news_items (tenant_id, id, url_hash, url, title, summary, publisher, language, provider, feed_id,
        mentions, published_at, fetched_at, shown_at, content_hash)
    VALUES (:tenant, :id, :url_hash, :url, :title, :summary, :publisher, :language, :provider, :feed_id, :mentions,
        :published_at, :fetched_at, :shown_at, :content_hash)
    ON CONFLICT (tenant_id, url_hash) DO NOTHING
""")
_TAG = text("UPDATE news_items SET mentions = :mentions, stored_at = now() WHERE tenant_id = :tenant AND id = :id")
_REMOVE = text("DELETE FROM news_items WHERE tenant_id = :tenant AND id = ANY (:ids)")
_FORGET_OLD = text("DELETE FROM news_items WHERE tenant_id = :tenant AND shown_at < :before")
_FORGET_MANY = text("""
    DELETE FROM news_items WHERE tenant_id = :tenant AND id IN (
        SELECT id FROM news_items WHERE tenant_id = :tenant ORDER BY shown_at DESC, id DESC OFFSET :most)
""")
# What an asset was called before is a name of it still, unless another is called so by now.
_NAMED = text("""
    SELECT a.id AS asset_id, a.symbol, a.name, a.asset_class, a.isin, a.mic, i.value AS coingecko
    FROM assets a LEFT JOIN asset_identifiers i
        ON i.tenant_id = a.tenant_id AND i.asset_id = a.id AND i.scheme = 'coingecko'
    WHERE a.tenant_id = ANY (:tenants) AND NOT a.is_simulated
    UNION ALL
    SELECT a.id, f.symbol, coalesce(nullif(f.name, ''), f.symbol), a.asset_class, NULL, f.mic, NULL
    FROM former_symbols f JOIN assets a ON a.tenant_id = f.tenant_id AND a.id = f.asset_id
    WHERE f.tenant_id = ANY (:tenants)
        AND NOT EXISTS (SELECT FROM assets o WHERE lower(o.symbol) = lower(f.symbol))
    ORDER BY asset_id, symbol
""")
_ASKED_FOR = text("""
    SELECT a.id FROM assets a LEFT JOIN asset_merges n ON n.asset_id = a.id
    WHERE a.tenant_id = :tenant AND coalesce(n.into_id, a.id) IN (
        SELECT coalesce(m.into_id, i.asset_id) FROM asset_identifiers i
        LEFT JOIN asset_merges m ON m.asset_id = i.asset_id
        WHERE i.tenant_id = :tenant AND i.scheme = ANY (:schemes))
""")
_MARK = text("SELECT names_hash, matched_until FROM news_marks WHERE tenant_id = :tenant")
_SET_MARK = text("""
    INSERT INTO news_marks (tenant_id, names_hash, matched_until) VALUES (:tenant, :names_hash, :until)
    ON CONFLICT (tenant_id) DO UPDATE SET names_hash = excluded.names_hash, matched_until = excluded.matched_until
""")
_UNMATCHED = text("""
    SELECT id, tenant_id, title, summary, mentions FROM news_items
    WHERE tenant_id IN (:tenant, :public) AND stored_at >= :since ORDER BY id
""")
_NOW = text("SELECT now()")
_UNLINK = text("DELETE FROM news_links WHERE tenant_id = :tenant")
_SWEEP = text("""
    DELETE FROM news_links l WHERE tenant_id = :tenant
        AND NOT EXISTS (SELECT FROM news_items i WHERE i.tenant_id IN (:tenant, :public) AND i.id = l.item_id)
""")
_LINKED = text(
    "SELECT item_id, asset_id, matched_by, term FROM news_links WHERE tenant_id = :tenant AND item_id = ANY (:items)"
)
_LINK = text("""
    INSERT INTO news_links (tenant_id, item_id, asset_id, matched_by, term)
    SELECT :tenant, item_id, asset_id, matched_by, term FROM json_to_recordset(CAST(:rows AS json)) AS one
        (item_id uuid, asset_id uuid, matched_by text, term text)
    ON CONFLICT (tenant_id, item_id, asset_id) DO UPDATE SET matched_by = excluded.matched_by, term = excluded.term
""")
_PAGE = """
    SELECT id, url, title, summary, publisher, language, provider, published_at, fetched_at, shown_at, sentiment_model,
        sentiment, sentiment_probabilities, sentiment_words
    FROM news_items i WHERE {} ORDER BY shown_at DESC, id DESC LIMIT :limit
"""
_SEEN = "tenant_id IN (CAST(current_setting('app.tenant') AS uuid), :public)"
_AFTER = "(shown_at, id) < (:after_at, :after_id)"
_WANTED = {
    # What is about an asset that was merged into another is about the other.
    "assets": f"""EXISTS (
        SELECT FROM news_links l LEFT JOIN asset_merges m ON m.asset_id = l.asset_id
        WHERE l.{_SEEN} AND l.item_id = i.id AND (l.asset_id = ANY (:assets) OR m.into_id = ANY (:assets)))""",
    "publisher": "lower(publisher) = lower(:publisher)",
    "sentiment": "sentiment = :sentiment",
    "first": "shown_at >= :first",
    "until": "shown_at < :until",
}
_LINKS = text("""
    SELECT DISTINCT ON (l.item_id, a.id) l.item_id, a.id AS asset_id, l.matched_by, l.term, a.symbol, a.name
    FROM news_links l LEFT JOIN asset_merges m ON m.asset_id = l.asset_id
    JOIN assets a ON a.id = coalesce(m.into_id, l.asset_id)
    WHERE l.item_id = ANY (:items) ORDER BY l.item_id, a.id, l.asset_id = a.id DESC, l.tenant_id DESC
""")
_NEWEST = text("SELECT provider, max(shown_at) AS newest FROM news_items WHERE tenant_id = :public GROUP BY provider")
_LEANINGS = text(f"""
    SELECT CAST(shown_at AT TIME ZONE 'UTC' AS date) AS day, sentiment_probabilities[1] AS positive,
        sentiment_probabilities[3] AS negative
    FROM news_items i WHERE {_SEEN} AND shown_at >= :first AND shown_at < :until AND {_WANTED["assets"]}
    ORDER BY shown_at, id
""")
_UNREAD = text("""
    SELECT id, title, language FROM news_items
    WHERE tenant_id = :tenant AND sentiment_model IS DISTINCT FROM :model ORDER BY shown_at DESC, id DESC LIMIT :limit
""")
_READ = text("""
    UPDATE news_items i SET sentiment_model = :model, sentiment = one.label, sentiment_words = one.words,
        sentiment_probabilities = ARRAY(SELECT CAST(p AS double precision)
            FROM json_array_elements_text(one.probabilities) AS p)
    FROM json_to_recordset(CAST(:rows AS json)) AS one (id uuid, label text, probabilities json, words jsonb)
    WHERE i.tenant_id = :tenant AND i.id = one.id AND one.label IS NOT NULL
""")
_UNREADABLE = text("""
    UPDATE news_items SET sentiment_model = :model, sentiment = NULL, sentiment_words = NULL,
        sentiment_probabilities = NULL
    WHERE tenant_id = :tenant AND id = ANY (:ids)
""")


async def lock(session: WriteSession, tenant_id: UUID) -> None:
    """Let nobody else write headlines of this tenant until the transaction ends."""
    await session.execute(_LOCK, {"tenant": str(tenant_id)})


async def recent(session: ReadSession, tenant_id: UUID, since: datetime, hashes: Collection[bytes]) -> list[Recent]:
    """Headlines this tenant sees that were shown since, or have one of these addresses: everyone's, then its own."""
    values = {"tenant": tenant_id, "public": PUBLIC_TENANT, "since": since, "hashes": list(hashes)}
    return [
        Recent(row.id, row.tenant_id, row.url_hash, row.title, row.publisher, row.shown_at, tuple(row.mentions))
        for row in await session.execute(_RECENT, values)
    ]


async def add(session: WriteSession, tenant_id: UUID, drafts: Sequence[Draft]) -> None:
    """Keep headlines of a tenant; those whose address is kept stay as they are."""
    if not drafts:
        return
    ids = clock.new_ids(len(drafts))
    rows = [
        {
            "tenant": tenant_id, "id": item_id, "url_hash": one.url_hash, "url": one.url, "title": one.title,
            "summary": one.summary, "publisher": one.publisher, "language": one.language, "provider": one.provider,
            "feed_id": one.feed_id, "mentions": list(one.mentions), "published_at": one.published_at,
            "fetched_at": one.fetched_at, "shown_at": one.shown_at, "content_hash": one.content_hash,
        }
        for item_id, one in zip(ids, drafts, strict=True)
    ]  # fmt: skip
    await session.execute(_ADD, rows)


async def tag(session: WriteSession, tenant_id: UUID, mentions: Mapping[UUID, Sequence[str]]) -> None:
    """Note what another provider says a headline is about, so that it is compared with names again."""
    if mentions:
        rows = [{"tenant": tenant_id, "id": item_id, "mentions": list(tags)} for item_id, tags in mentions.items()]
        await session.execute(_TAG, rows)


async def remove(session: WriteSession, tenant_id: UUID, ids: Sequence[UUID]) -> None:
    """Forget headlines of a tenant."""
    if ids:
        await session.execute(_REMOVE, {"tenant": tenant_id, "ids": list(ids)})


async def forget(session: WriteSession, tenant_id: UUID, now: datetime) -> None:
    """Forget headlines that are too old, or too many."""
    await session.execute(_FORGET_OLD, {"tenant": tenant_id, "before": now - KEPT_FOR})
    await session.execute(_FORGET_MANY, {"tenant": tenant_id, "most": ITEMS_MAX})


async def named(session: ReadSession, tenants: Collection[UUID]) -> list[Named]:
    """What the assets of these tenants are called, as far as the session sees them; not the simulated ones."""
    return [Named(**row) for row in (await session.execute(_NAMED, {"tenants": list(tenants)})).mappings()]


async def asked_for(session: ReadSession, tenant_id: UUID, schemes: Sequence[str]) -> set[UUID]:
    """The assets of a tenant that have a name at a provider, or are one with an asset that has."""
    return set((await session.execute(_ASKED_FOR, {"tenant": tenant_id, "schemes": list(schemes)})).scalars())


async def mark(session: ReadSession, tenant_id: UUID) -> tuple[bytes, datetime] | None:
    """With which names, and up to when, the headlines a tenant sees were compared."""
    row = (await session.execute(_MARK, {"tenant": tenant_id})).one_or_none()
    return None if row is None else (row.names_hash, row.matched_until)


async def set_mark(session: WriteSession, tenant_id: UUID, names_hash: bytes, until: datetime) -> None:
    """Note that comparison."""
    await session.execute(_SET_MARK, {"tenant": tenant_id, "names_hash": names_hash, "until": until})


async def unmatched(session: ReadSession, tenant_id: UUID, since: datetime) -> tuple[datetime, list[Unmatched]]:
    """Headlines a tenant sees that were stored or tagged since; and the database's present."""
    until: datetime = (await session.execute(_NOW)).scalar_one()
    rows = await session.execute(_UNMATCHED, {"tenant": tenant_id, "public": PUBLIC_TENANT, "since": since})
    return until, [Unmatched(row.id, row.tenant_id, row.title, row.summary, tuple(row.mentions)) for row in rows]


async def linked(session: ReadSession, tenant_id: UUID, item_ids: Collection[UUID]) -> dict[UUID, set[Match]]:
    """What these headlines are noted to be about."""
    found: dict[UUID, set[Match]] = {}
    for row in await session.execute(_LINKED, {"tenant": tenant_id, "items": list(item_ids)}):
        found.setdefault(row.item_id, set()).add(Match(row.asset_id, row.matched_by, row.term))
    return found


async def link(session: WriteSession, tenant_id: UUID, found: Mapping[UUID, Sequence[Match]], *, anew: bool) -> None:
    """Note what headlines are about; ``anew`` forgets what was noted before."""
    await session.execute(_UNLINK if anew else _SWEEP, {"tenant": tenant_id, "public": PUBLIC_TENANT})
    rows = [
        {"item_id": str(item_id), "asset_id": str(one.asset_id), "matched_by": one.matched_by, "term": one.term}
        for item_id, matches in found.items()
        for one in matches
    ]
    if rows:
        await session.execute(_LINK, {"tenant": tenant_id, "rows": json.dumps(rows)})


async def page(
    session: ReadSession, filters: Filters, *, limit: int, after: tuple[datetime, UUID] | None = None
) -> list[Item]:
    """Headlines the session's tenant sees, the newest first."""
    given: dict[str, Any] = {
        "assets": None if filters.assets is None else list(filters.assets),
        "publisher": filters.publisher, "sentiment": filters.sentiment, "first": filters.first, "until": filters.until,
    }  # fmt: skip
    values = {name: value for name, value in given.items() if value is not None}
    conditions = [_SEEN, *(_WANTED[name] for name in values)]
    if after is not None:
        conditions.append(_AFTER)
        values |= {"after_at": after[0], "after_id": after[1]}
    values |= {"public": PUBLIC_TENANT, "limit": limit}
    rows = (await session.execute(text(_PAGE.format(" AND ".join(conditions))), values)).all()
    links: dict[UUID, list[Link]] = {}
    if rows:
        for row in await session.execute(_LINKS, {"items": [row.id for row in rows]}):
            links.setdefault(row.item_id, []).append(Link(row.asset_id, row.symbol, row.name, row.matched_by, row.term))
    return [_item(row, tuple(links.get(row.id, ()))) for row in rows]


def _item(row: Any, links: tuple[Link, ...]) -> Item:
    return Item(
        row.id, row.url, row.title, row.summary, row.publisher, row.language, row.provider, row.published_at,
        row.fetched_at, row.shown_at, _sentiment(row), links,
    )  # fmt: skip


def _sentiment(row: Any) -> Sentiment | None:
    if row.sentiment is None:
        return None
    positive, neutral, negative = row.sentiment_probabilities
    words = tuple((word, float(log_odds)) for word, log_odds in row.sentiment_words)
    return Sentiment(row.sentiment_model, row.sentiment, positive, neutral, negative, words)


@dataclass(frozen=True, slots=True)
class Leaning:
    """The day of a headline in UTC, and how it reads; None where the model has not read it, or cannot."""

    day: date
    positive: float | None
    negative: float | None


async def leanings(session: ReadSession, asset_id: UUID, first: datetime, until: datetime) -> list[Leaning]:
    """How headlines about an asset read that the session's tenant sees, the oldest first."""
    values = {"assets": [asset_id], "first": first, "until": until, "public": PUBLIC_TENANT}
    return [Leaning(*row) for row in await session.execute(_LEANINGS, values)]


async def unread(session: ReadSession, tenant_id: UUID, model: str, limit: int) -> list[tuple[UUID, str, str | None]]:
    """Id, title and language of a tenant's headlines that this model has not read, the newest first."""
    rows = await session.execute(_UNREAD, {"tenant": tenant_id, "model": model, "limit": limit})
    return [(row.id, row.title, row.language) for row in rows]


async def newest(session: ReadSession) -> dict[str, datetime]:
    """When the newest headline of each provider was published, of those that are everyone's."""
    return {row.provider: row.newest for row in await session.execute(_NEWEST, {"public": PUBLIC_TENANT})}


async def put_sentiments(
    session: WriteSession, tenant_id: UUID, model: str, sentiments: Mapping[UUID, Sentiment | None]
) -> None:
    """Note how headlines read; None for those the model cannot read."""
    unreadable = [item_id for item_id, one in sentiments.items() if one is None]
    await session.execute(_UNREADABLE, {"tenant": tenant_id, "model": model, "ids": unreadable})
    rows = [
        {
            "id": str(item_id), "label": one.label, "words": [list(word) for word in one.words],
            "probabilities": [one.positive, one.neutral, one.negative],
        }
        for item_id, one in sentiments.items()
        if one is not None
    ]  # fmt: skip
    await session.execute(_READ, {"tenant": tenant_id, "model": model, "rows": json.dumps(rows)})
