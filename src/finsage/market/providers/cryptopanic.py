"""CryptoPanic: headlines about coins, tagged with their tickers.

Documented at https://cryptopanic.com/developers/api/ (version 2 of the developer plan; version 1 called ``instruments``
``currencies``, and both are read).
"""

from __future__ import annotations

import msgspec

from finsage.market.providers.asking import Asking, source_of
from finsage.market.providers.protocol import Answer, Capability, Headline, NewsQuestion
from finsage.market.providers.shapes import decode, instant
from finsage.market.providers.texts import SUMMARY_LENGTH_MAX, TITLE_LENGTH_MAX, collected, plain, web_address
from finsage.platform.http import Credential, Outbound, Rate, Service

NAME = "cryptopanic"
BASE = "https://cryptopanic.com"
SYMBOLS_MAX = 50


class _Publisher(msgspec.Struct):
    title: str | None = None


class _Instrument(msgspec.Struct):
    code: str


class _Post(msgspec.Struct):
    title: str
    published_at: str
    id: int | None = None
    slug: str | None = None
    url: str | None = None
    original_url: str | None = None
    description: str | None = None
    source: _Publisher | None = None
    instruments: list[_Instrument] | None = None
    currencies: list[_Instrument] | None = None


class _Posts(msgspec.Struct):
    results: list[_Post]


class CryptoPanic:
    """Headlines about coins by ticker; words of a question are left to the caller.

    Args:
        outbound: the way out.
        key: the account's auth token.
        base: another address in place of CryptoPanic's.
    """

    name = NAME
    capabilities = frozenset({Capability.NEWS})
    needs_key = True

    def __init__(self, outbound: Outbound, *, key: str | None, base: str | None = None) -> None:
        credential = Credential(query={"auth_token": key}) if key else None
        self._asking = Asking(outbound, Service(NAME, Rate(30, 2)), base or BASE, credential)
        self.has_key = bool(key)

    async def news(self, question: NewsQuestion) -> Answer[Headline]:
        """The newest headlines, of the tickers where some are asked for."""
        params = {"public": "true", "kind": "news"}
        if question.symbols:
            params["currencies"] = ",".join(symbol.upper() for symbol in question.symbols[:SYMBOLS_MAX])
        if question.language is not None:
            params["regions"] = question.language
        fetched = await self._asking.get("/api/developer/v2/posts/", params, accept="application/json")
        posts = decode(NAME, fetched.body, _Posts).results
        items = [_headline(post, index, question.language) for index, post in enumerate(posts)]
        headlines, flaws = collected(items, question)
        return Answer(NAME, headlines, (source_of(fetched),), flaws=flaws)


def _headline(post: _Post, index: int, language: str | None) -> Headline | str:
    own = f"{BASE}/news/{post.id}/{post.slug or ''}" if post.id is not None else None
    title, url = plain(post.title, TITLE_LENGTH_MAX), web_address(post.original_url or post.url or own)
    if not title or url is None:
        return f"post {index + 1}: no {'title' if not title else 'link to the web'}"
    tags = post.instruments or post.currencies or []
    return Headline(
        str(post.id) if post.id is not None else url,
        title,
        url,
        instant(NAME, f"$.results[{index}].published_at", post.published_at),
        plain((post.source.title if post.source else None) or NAME, TITLE_LENGTH_MAX),
        plain(post.description or "", SUMMARY_LENGTH_MAX),
        language,
        tuple(dict.fromkeys(tag.code for tag in tags)),
    )
