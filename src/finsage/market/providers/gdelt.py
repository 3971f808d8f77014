"""GDELT: headlines of the world's online press of the last three months, by words; free and without a key.

Documented at https://blog.gdeltproject.org/gdelt-doc-2-0-api-debuts/ (mode ``artlist``, format ``json``). It wants at
most one request in five seconds, and answers what it does not understand with a sentence and status 200.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from finsage.market.errors import NotOffered
from finsage.market.providers.asking import Asking, source_of
from finsage.market.providers.newsapi import any_of
from finsage.market.providers.protocol import Answer, Capability, Headline, NewsQuestion
from finsage.market.providers.shapes import changed, decode
from finsage.market.providers.texts import TITLE_LENGTH_MAX, collected, plain, web_address
from finsage.platform.http import Outbound, Rate, Service

NAME = "gdelt"
BASE = "https://api.gdeltproject.org"
RECORDS_MAX = 250
QUERY_LENGTH_MAX = 400
_WORD_LENGTH_MIN = 3
_LANGUAGES = {
    "en": "english", "de": "german", "fr": "french", "es": "spanish", "it": "italian", "pt": "portuguese",
    "nl": "dutch", "pl": "polish", "ja": "japanese", "zh": "chinese", "ru": "russian", "ar": "arabic", "ko": "korean",
}  # fmt: skip
_CODES = {name: code for code, name in _LANGUAGES.items()}


class _Article(msgspec.Struct):
    url: str
    title: str
    seendate: str
    domain: str = ""
    language: str = ""


class _Articles(msgspec.Struct):
    articles: list[_Article] | msgspec.UnsetType = msgspec.UNSET


class Gdelt:
    """Headlines by words; symbols of a question are left to the caller, as they are words of many languages.

    Args:
        outbound: the way out.
        base: another address in place of GDELT's.
    """

    name = NAME
    capabilities = frozenset({Capability.NEWS})
    needs_key = False
    has_key = False

    def __init__(self, outbound: Outbound, *, base: str | None = None) -> None:
        self._asking = Asking(outbound, Service(NAME, Rate(12)), base or BASE)

    async def news(self, question: NewsQuestion) -> Answer[Headline]:
        """The newest headlines with any of the words in them.

        Raises:
            NotOffered: there are no words of three letters or more.
        """
        words = tuple(word for word in question.words if len(word.strip()) >= _WORD_LENGTH_MIN)
        query = any_of(words, QUERY_LENGTH_MAX)
        if not query:
            raise NotOffered("GDELT is asked for words of three letters or more.", provider=NAME)
        if " OR " in query:
            query = f"({query})"
        if question.language in _LANGUAGES:
            query += f" sourcelang:{_LANGUAGES[question.language]}"
        params = {
            "query": query,
            "mode": "artlist",
            "format": "json",
            "sort": "datedesc",
            "maxrecords": str(min(question.limit, RECORDS_MAX)),
        }
        if question.since is not None:
            params["startdatetime"] = question.since.astimezone(UTC).strftime("%Y%m%d%H%M%S")
        fetched = await self._asking.get("/api/v2/doc/doc", params, accept="application/json")
        articles = decode(NAME, fetched.body, _Articles).articles
        if articles is msgspec.UNSET:
            # Nothing found is an empty object; anything else under another name is another shape.
            if fetched.body.strip() != b"{}":
                raise changed(NAME, "$.articles", "it is missing")
            articles = []
        items = [_headline(article, index) for index, article in enumerate(articles)]
        headlines, flaws = collected(items, question)
        return Answer(NAME, headlines, (source_of(fetched),), flaws=flaws)


def _headline(article: _Article, index: int) -> Headline | str:
    title, url = plain(article.title, TITLE_LENGTH_MAX), web_address(article.url)
    if not title or url is None:
        return f"article {index + 1}: no {'title' if not title else 'link to the web'}"
    published = _seen(article.seendate, f"$.articles[{index}].seendate")
    language = _CODES.get(article.language.lower())
    return Headline(url, title, url, published, plain(article.domain, TITLE_LENGTH_MAX), language=language)


def _seen(text: str, field: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise changed(NAME, field, f"{text[:20]!r} is no instant") from error
