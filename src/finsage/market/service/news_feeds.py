"""The feeds a tenant names beside those of the installation."""

from __future__ import annotations

from uuid import UUID

from finsage.errors import Fault
from finsage.market.errors import FeedNotFound, InvalidFeed, TooManyFeeds
from finsage.market.providers.texts import web_address
from finsage.market.service.news_refresh import FETCH_FEED
from finsage.market.store import news_feeds as store
from finsage.market.store.news_feeds import Feed
from finsage.platform import clock, queue
from finsage.platform.audit import record
from finsage.platform.caller import Caller
from finsage.platform.database import ReadSession, WriteSession

__all__ = ["FEEDS_MAX", "Feed", "add_feed", "delete_feed", "list_feeds"]

FEEDS_MAX = 50


async def list_feeds(session: ReadSession) -> list[Feed]:
    """The feeds of the session's tenant, as they were added."""
    return await store.feeds(session)


async def add_feed(session: WriteSession, caller: Caller, url: str) -> tuple[Feed, UUID]:
    """Have a feed read from now on, and at once; its address is judged when it is asked.

    Returns:
        The feed, and the job that reads it first.

    Raises:
        InvalidFeed: it is no web address, or the tenant has it.
        TooManyFeeds: there are 50.
    """
    address = web_address(url)
    if address is None:
        raise _invalid("is no address of a feed; write it like https://host/feed.xml, without a user name")
    if await store.count_feeds(session) >= FEEDS_MAX:
        raise TooManyFeeds(f"There are {FEEDS_MAX} feeds already; remove one first.")
    feed_id = clock.new_id()
    if not await store.add_feed(session, caller.tenant_id, feed_id, address):
        raise _invalid("is a feed here already")
    await record(session, caller, "news_feed.added", object_kind="news_feed", object_id=feed_id)
    payload = {"feed_id": str(feed_id)}
    job_id = await queue.enqueue(session, FETCH_FEED, payload, tenant_id=caller.tenant_id, dedupe_key=str(feed_id))
    return next(feed for feed in await store.feeds(session) if feed.id == feed_id), job_id


async def delete_feed(session: WriteSession, caller: Caller, feed_id: UUID) -> None:
    """Forget a feed and the headlines that came from it.

    Raises:
        FeedNotFound: absent, or another tenant's.
    """
    if await store.delete_feed(session, caller.tenant_id, feed_id) is None:
        raise FeedNotFound("There is no feed with this id. GET /news/feeds lists them.")
    await record(session, caller, "news_feed.deleted", object_kind="news_feed", object_id=feed_id)


def _invalid(detail: str) -> InvalidFeed:
    return InvalidFeed("This feed cannot be added.", faults=(Fault("/url", detail),))
