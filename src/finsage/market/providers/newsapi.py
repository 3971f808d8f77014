"""NewsAPI: headlines of some 150,000 publishers, by words.

Documented at https://newsapi.org/docs/endpoints/everything, https://newsapi.org/docs/endpoints/top-headlines and
https://newsapi.org/docs/errors.
"""

from __future__ import annotations

import msgspec

from finsage.market.providers.asking import Asking, source_of
from finsage.market.providers.protocol import Answer, Capability, Headline, NewsQuestion
from finsage.market.providers.shapes import changed, decode, instant
from finsage.market.providers.texts import SUMMARY_LENGTH_MAX, TITLE_LENGTH_MAX, collected, plain, web_address
from finsage.platform.http import Credential, Outbound, Rate, Service

NAME = "newsapi"
BASE = "https://newsapi.org"
QUERY_LENGTH_MAX = 500
PAGE_SIZE_MAX = 100
_REMOVED = "[Removed]"


class _Publisher(msgspec.Struct):
    name: str | None = None


class _Article(msgspec.Struct):
    source: _Publisher
    title: str | None
    url: str | None
    publishedAt: str  # noqa: N815 - as published
    description: str | None = None


class _Articles(msgspec.Struct):
    status: str
    articles: list[_Article]


class NewsApi:
    """Headlines by words; without any, those of business.

    Args:
        outbound: the way out.
        key: of the account.
        base: another address in place of NewsAPI's.
    """

    name = NAME
    capabilities = frozenset({Capability.NEWS})
    needs_key = True

    def __init__(self, outbound: Outbound, *, key: str | None, base: str | None = None) -> None:
        credential = Credential(headers={"x-api-key": key}) if key else None
        self._asking = Asking(outbound, Service(NAME, Rate(30, 5)), base or BASE, credential)
        self.has_key = bool(key)

    async def news(self, question: NewsQuestion) -> Answer[Headline]:
        """The newest headlines with any of the words or symbols in them."""
        query = any_of(question.words + question.symbols, QUERY_LENGTH_MAX)
        params = {"pageSize": str(min(question.limit, PAGE_SIZE_MAX))}
        if query:
            params |= {"q": query, "sortBy": "publishedAt"}
            if question.since is not None:
                params["from"] = question.since.strftime("%Y-%m-%dT%H:%M:%S")
            if question.language is not None:
                params["language"] = question.language
            path = "/v2/everything"
        else:
            params |= {"category": "business", "language": question.language or "en"}
            path = "/v2/top-headlines"
        fetched = await self._asking.get(path, params, accept="application/json")
        answer = decode(NAME, fetched.body, _Articles)
        if answer.status != "ok":
            raise changed(NAME, "$.status", repr(answer.status[:20]))
        items = [_headline(article, index) for index, article in enumerate(answer.articles)]
        headlines, flaws = collected(items, question)
        return Answer(NAME, headlines, (source_of(fetched),), flaws=flaws)


def any_of(words: tuple[str, ...], length_max: int) -> str:
    """A query for any of the words, each as a phrase; those beyond the length are left out."""
    query = ""
    for word in words:
        phrase = '"' + " ".join(word.replace('"', " ").split()) + '"'
        longer = f"{query} OR {phrase}" if query else phrase
        if len(phrase) > 2 and len(longer) <= length_max:
            query = longer
    return query


def _headline(article: _Article, index: int) -> Headline | str:
    title, url = plain(article.title or "", TITLE_LENGTH_MAX), web_address(article.url)
    if title == _REMOVED:
        return f"article {index + 1}: removed by its publisher"
    if not title or url is None:
        return f"article {index + 1}: no {'title' if not title else 'link to the web'}"
    return Headline(
        url,
        title,
        url,
        instant(NAME, f"$.articles[{index}].publishedAt", article.publishedAt),
        plain(article.source.name or "", TITLE_LENGTH_MAX),
        plain(article.description or "", SUMMARY_LENGTH_MAX),
    )
