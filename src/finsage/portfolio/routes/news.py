"""Headlines: all, about one asset, or about what is held."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from finsage.platform import clock
from finsage.platform.caller import Caller
from finsage.platform.paging import LIMIT_DEFAULT, LIMIT_MAX
from finsage.platform.unit import Reading, UnitRoute, requires
from finsage.platform.wire import Day, Text
from finsage.portfolio.schemas import news as schemas
from finsage.portfolio.service import news
from finsage.portfolio.service.news import Question

router = APIRouter(tags=["news"], route_class=UnitRoute)

Reader = Annotated[Caller, requires("market:read")]
Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX)]
Cursor = Annotated[str | None, Query(max_length=2_000)]
Source = Annotated[Text | None, Query(max_length=500, description="The publisher, as the headlines name it")]
First = Annotated[Day | None, Query(alias="from", description="First day, in UTC")]


@router.get("/news")
async def list_news(
    *,
    caller: Reader,
    session: Reading,
    request: Request,
    response: Response,
    asset: UUID | None = None,
    portfolio: Annotated[UUID | None, Query(description="About what this portfolio holds")] = None,
    owned: Annotated[bool, Query(description="About what any portfolio holds")] = False,
    source: Source = None,
    sentiment: schemas.Label | None = None,
    from_: First = None,
    to: Day | None = None,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
) -> schemas.NewsList:
    """Headlines, newest first: of everyone's providers and of this tenant's feeds."""
    if owned or portfolio is not None:
        caller.require("portfolio:read")
    question = Question(asset, portfolio, owned, source, sentiment, from_, to)
    # When sources were asked last changes with each run, which changes nothing else.
    response.headers["Cache-Control"] = "no-store"
    return _page(await news.find_news(session, request.app.state.settings, question, limit=limit, after=cursor))


@router.get("/assets/{asset_id}/news")
async def list_asset_news(
    *,
    _: Reader,
    session: Reading,
    request: Request,
    response: Response,
    asset_id: UUID,
    sentiment: schemas.Label | None = None,
    from_: First = None,
    to: Day | None = None,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
) -> schemas.NewsList:
    """Headlines about one asset, newest first."""
    question = Question(asset_id, sentiment=sentiment, first=from_, last=to)
    # When sources were asked last changes with each run, which changes nothing else.
    response.headers["Cache-Control"] = "no-store"
    return _page(await news.find_news(session, request.app.state.settings, question, limit=limit, after=cursor))


def _page(page: news.NewsPage) -> schemas.NewsList:
    return schemas.NewsList(
        items=[_item(item) for item in page.items],
        next_cursor=page.next_cursor,
        asked_at=clock.in_utc(page.asked_at),
        failing=[
            schemas.FailingSource(
                provider=one.provider, failed_at=clock.in_utc(one.failed_at), problem=one.problem or ""
            )
            for one in page.failing
        ],
    )


def _item(item: news.Item) -> schemas.NewsItemOut:
    return schemas.NewsItemOut(
        id=item.id,
        title=item.title,
        url=item.url,
        publisher=item.publisher,
        summary=item.summary,
        language=item.language,
        provider=item.provider,
        published_at=clock.in_utc(item.published_at),
        fetched_at=clock.in_utc(item.fetched_at),
        assets=[schemas.NewsAssetOut(**asdict(link)) for link in item.links],
        sentiment=_sentiment(item.sentiment) if item.sentiment else None,
    )


def _sentiment(one: news.Sentiment) -> schemas.SentimentOut:
    return schemas.SentimentOut(
        label=one.label,
        probabilities=schemas.SentimentProbabilities(positive=one.positive, neutral=one.neutral, negative=one.negative),
        score=round(one.positive - one.negative, 6),
        words=[schemas.SentimentWord(word=word, log_odds=log_odds) for word, log_odds in one.words],
        model=one.model,
    )
