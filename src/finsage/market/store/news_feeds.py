"""The feeds of tenants, and how each stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from finsage.platform.database import ReadSession, WriteSession

PROBLEM_LENGTH_MAX = 1000


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed of a tenant. ``title`` is its own, once it answered; ``problem`` what came of asking it last."""

    id: UUID
    url: str
    title: str | None
    added_at: datetime
    asked_at: datetime | None
    answered_at: datetime | None
    problem: str | None
    items: int = 0


_FEEDS = text("""
    SELECT f.id, f.url, f.title, f.added_at, f.asked_at, f.answered_at, f.problem,
        (SELECT count(*) FROM news_items i WHERE i.tenant_id = f.tenant_id AND i.feed_id = f.id) AS items
    FROM news_feeds f WHERE f.tenant_id = CAST(current_setting('app.tenant') AS uuid) ORDER BY f.added_at, f.id
""")
_COUNT = text("SELECT count(*) FROM news_feeds WHERE tenant_id = CAST(current_setting('app.tenant') AS uuid)")
_ADD = text("""
    INSERT INTO news_feeds (tenant_id, id, url) VALUES (:tenant, :id, :url) ON CONFLICT (tenant_id, url) DO NOTHING
    RETURNING id
""")
_DELETE = text("DELETE FROM news_feeds WHERE tenant_id = :tenant AND id = :id RETURNING url")
_HOLD = text("SELECT id FROM news_feeds WHERE tenant_id = :tenant AND id = ANY (:ids) ORDER BY id FOR NO KEY UPDATE")
_SETTLE = text("""
    UPDATE news_feeds SET asked_at = :asked_at, problem = :problem, title = coalesce(:title, title),
        answered_at = CASE WHEN CAST(:problem AS text) IS NULL THEN :asked_at ELSE answered_at END
    WHERE tenant_id = :tenant AND id = :id
""")


async def feeds(session: ReadSession) -> list[Feed]:
    """The feeds of the session's tenant, as they were added."""
    return [Feed(**row) for row in (await session.execute(_FEEDS)).mappings()]


async def count_feeds(session: ReadSession) -> int:
    """How many feeds the session's tenant has."""
    count: int = (await session.execute(_COUNT)).scalar_one()
    return count


async def add_feed(session: WriteSession, tenant_id: UUID, feed_id: UUID, url: str) -> bool:
    """Keep a feed; false where the tenant has it."""
    values = {"tenant": tenant_id, "id": feed_id, "url": url}
    return (await session.execute(_ADD, values)).one_or_none() is not None


async def delete_feed(session: WriteSession, tenant_id: UUID, feed_id: UUID) -> str | None:
    """Forget a feed with its headlines; its address, None where there is none."""
    return (await session.execute(_DELETE, {"tenant": tenant_id, "id": feed_id})).scalar_one_or_none()


async def hold(session: WriteSession, tenant_id: UUID, feed_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these feeds that are still there, and stay until the transaction ends."""
    return set((await session.execute(_HOLD, {"tenant": tenant_id, "ids": list(feed_ids)})).scalars())


async def settle_feed(
    session: WriteSession, tenant_id: UUID, feed_id: UUID, *, asked_at: datetime, title: str | None, problem: str | None
) -> None:
    """Note what came of asking a feed; without a problem it answered."""
    values = {
        "tenant": tenant_id, "id": feed_id, "asked_at": asked_at, "title": title,
        "problem": problem and problem[:PROBLEM_LENGTH_MAX],
    }  # fmt: skip
    await session.execute(_SETTLE, values)
