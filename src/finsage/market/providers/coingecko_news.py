"""CoinGecko's news: headlines about coins, each with the ids of the coins it is about.

Documented at https://docs.coingecko.com/reference/news
"""

from __future__ import annotations

import msgspec

from finsage.market.providers.asking import source_of
from finsage.market.providers.coingecko import Plan, asking
from finsage.market.providers.protocol import Answer, Capability, Headline, NewsQuestion, Source
from finsage.market.providers.shapes import decode, instant
from finsage.market.providers.texts import TITLE_LENGTH_MAX, collected, plain, web_address
from finsage.platform.http import Outbound

NAME = "coingecko-news"
PER_PAGE = 20
PAGES_MAX = 5


class _Article(msgspec.Struct):
    title: str
    url: str
    posted_at: str
    source_name: str
    related_coin_ids: list[str] = []


class CoinGeckoNews:
    """Headlines about coins; ``symbols`` of a question are CoinGecko ids.

    Args:
        outbound: the way out.
        plan: demo or pro.
        key: of the plan.
        base: another address in place of CoinGecko's.
    """

    name = NAME
    capabilities = frozenset({Capability.NEWS})
    needs_key = True

    def __init__(self, outbound: Outbound, *, plan: Plan, key: str | None, base: str | None = None) -> None:
        self._asking = asking(outbound, plan, key, base, NAME)
        self.has_key = bool(key) and plan != "free"

    async def news(self, question: NewsQuestion) -> Answer[Headline]:
        """The latest headlines, of one coin after the other where coins are asked for."""
        items: list[Headline | str] = []
        sources: list[Source] = []
        for coin in question.symbols or (None,):
            params = {"per_page": str(PER_PAGE), "type": "news"}
            if coin is not None:
                params["coin_id"] = coin
            if question.language is not None:
                params["language"] = question.language
            for page in range(1, PAGES_MAX + 1):
                fetched = await self._asking.get("/news", params | {"page": str(page)}, accept="application/json")
                sources.append(source_of(fetched))
                articles = decode(NAME, fetched.body, list[_Article])
                items += [_headline(article, index) for index, article in enumerate(articles)]
                if len(articles) < PER_PAGE or page * PER_PAGE >= question.limit:
                    break
        headlines, flaws = collected(items, question)
        return Answer(NAME, headlines, tuple(sources), flaws=flaws)


def _headline(article: _Article, index: int) -> Headline | str:
    title, url = plain(article.title, TITLE_LENGTH_MAX), web_address(article.url)
    if not title or url is None:
        return f"item {index + 1}: no {'title' if not title else 'link to the web'}"
    published = instant(NAME, f"$[{index}].posted_at", article.posted_at)
    publisher = plain(article.source_name, TITLE_LENGTH_MAX)
    return Headline(url, title, url, published, publisher, mentions=tuple(article.related_coin_ids))
