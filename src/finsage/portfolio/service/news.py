"""Headlines about what is held: the market knows headlines and assets, only the books know what is held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from finsage.market.service import assets as market_assets
from finsage.market.service import news as market_news
from finsage.market.service.news import Item, Label, Link, NewsPage, Sentiment
from finsage.platform.database import ReadSession
from finsage.platform.settings import Settings
from finsage.portfolio.service import books
from finsage.portfolio.service.held import held_assets

__all__ = ["Item", "Link", "NewsPage", "Question", "Sentiment", "find_news"]


@dataclass(frozen=True, slots=True)
class Question:
    """Which headlines are wanted; what is None or False does not narrow. Days are those of UTC."""

    asset_id: UUID | None = None
    portfolio_id: UUID | None = None
    is_owned: bool = False
    publisher: str | None = None
    sentiment: Label | None = None
    first: date | None = None
    last: date | None = None


async def find_news(
    session: ReadSession, settings: Settings, question: Question, *, limit: int, after: str | None
) -> NewsPage:
    """Headlines the session's tenant sees, newest first.

    Raises:
        AssetNotFound, PortfolioNotFound: absent, or another tenant's.
        InvalidCursor: ``after`` is no cursor of this list.
    """
    first, until = market_news.days_of(question.first, question.last)
    filters = market_news.Filters(
        await _assets(session, question), question.publisher or None, question.sentiment, first, until
    )
    return await market_news.find_news(session, settings, filters, limit=limit, after=after)


async def _assets(session: ReadSession, question: Question) -> set[UUID] | None:
    wanted: set[UUID] | None = None
    if question.portfolio_id is not None:
        await books.find(session, question.portfolio_id)
    if question.portfolio_id is not None or question.is_owned:
        wanted = await held_assets(session, question.portfolio_id)
    if question.asset_id is not None:
        await market_assets.asset_by_id(session, question.asset_id)
        wanted = {question.asset_id} if wanted is None else wanted & {question.asset_id}
    return wanted
