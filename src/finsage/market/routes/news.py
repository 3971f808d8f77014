"""Where headlines come from: the feeds of a tenant, and how all sources stand. The headlines are the portfolio's."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from finsage.market.schemas import news as schemas
from finsage.market.service import news, news_feeds
from finsage.platform import clock
from finsage.platform.caller import Caller
from finsage.platform.unit import Reading, UnitRoute, Writing, requires

router = APIRouter(route_class=UnitRoute, tags=["news"])

Reader = Annotated[Caller, requires("market:read")]
Writer = Annotated[Caller, requires("market:write")]


@router.get("/news/feeds")
async def list_feeds(_: Reader, session: Reading, response: Response) -> schemas.FeedList:
    """The RSS and Atom feeds of this tenant, and what came of asking each last."""
    response.headers["Cache-Control"] = "no-store"  # when each was asked changes with each run
    items = [_feed(one) for one in await news_feeds.list_feeds(session)]
    return schemas.FeedList(items=items, next_cursor=None, feeds_max=news_feeds.FEEDS_MAX)


@router.post("/news/feeds", status_code=201)
async def add_feed(caller: Writer, session: Writing, body: schemas.FeedIn) -> schemas.FeedAdded:
    """Have a feed read from now on; its headlines are this tenant's alone. It is asked at once, by a job."""
    feed, job_id = await news_feeds.add_feed(session, caller, body.url)
    return schemas.FeedAdded(**_in_utc(asdict(feed)), job_id=job_id)


@router.delete("/news/feeds/{feed_id}", status_code=204, response_class=Response)
async def delete_feed(caller: Writer, session: Writing, feed_id: UUID) -> None:
    """Forget a feed and the headlines that came from it."""
    await news_feeds.delete_feed(session, caller, feed_id)


@router.get("/data-health/news")
async def get_news_health(_: Reader, session: Reading, request: Request, response: Response) -> schemas.NewsHealthOut:
    """How fresh the headlines are: providers with their last failure, the last runs and the next."""
    # Whether a run is late changes without anything being written.
    response.headers["Cache-Control"] = "no-store"
    found = await news.news_health(session, request.app.state.settings)
    return schemas.NewsHealthOut(
        sources=[schemas.NewsSourceOut(**_in_utc(asdict(one))) for one in found.sources],
        runs=[
            schemas.NewsRunOut.model_validate(
                {
                    **_in_utc({"due_at": one.due_at, "started_at": one.started_at, "finished_at": one.finished_at}),
                    "assets": one.assets,
                    "requests": one.requests,
                    "new": one.written,
                    "known": one.unchanged,
                    "unusable": one.flagged,
                    "failures": one.failures,
                }
            )
            for one in found.runs
        ],
        next_run_at=found.next_run_at,
        is_late=found.is_late,
    )


def _feed(one: news_feeds.Feed) -> schemas.FeedOut:
    return schemas.FeedOut(**_in_utc(asdict(one)))


def _in_utc(values: dict[str, Any]) -> dict[str, Any]:
    return {name: clock.in_utc(one) if isinstance(one, datetime) else one for name, one in values.items()}
