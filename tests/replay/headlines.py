"""RSS and Atom, NewsAPI, CryptoPanic and GDELT as documented."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from finsage.market.providers.cryptopanic import CryptoPanic
from finsage.market.providers.feeds import Feeds
from finsage.market.providers.gdelt import Gdelt
from finsage.market.providers.newsapi import NewsApi
from finsage.market.providers.protocol import Answer, NewsQuestion
from replay.case import Case, bodied, replaced
from replay.server import NOT_FOUND, Asked, Reply, json_reply

RSS = b"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"><channel><title>The Paper</title><link>https://paper.example/</link><language>en-gb</language>
<item><title>Rates &amp;amp; &lt;script&gt;alert(1)&lt;/script&gt;prices</title><link>https://paper.example/a?x=1</link>
<guid>tag:a</guid><pubDate>Fri, 27 Nov 2026 10:00:00 +0100</pubDate><description>&lt;p&gt;More &lt;b&gt;here&lt;/b&gt;&lt;/p&gt;</description></item>
<item><title>Second</title><link>/relative</link><guid>tag:b</guid><pubDate>Fri, 27 Nov 2026 11:00:00 GMT</pubDate></item>
<item><title>No way</title><link>javascript:alert(1)</link></item>
</channel></rss>"""
ATOM = b"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Blog</title><id>urn:x</id><updated>2026-11-27T12:00:00Z</updated>
<entry><title>Entry</title><id>urn:1</id><link href="https://blog.example/1"/><updated>2026-11-27T12:00:00Z</updated>
<summary>Short</summary></entry></feed>"""
_ITEM = b"<item><title>Second</title><link>/relative</link><guid>tag:b</guid></item>"


def feed(asked: Asked) -> Reply:
    return Reply(ATOM if asked.path == "/atom" else RSS, headers={"content-type": "application/xml"})


def newsapi(asked: Asked) -> Reply:
    """As at newsapi.org/docs/endpoints/everything; without the key the answer is 401 with a code."""
    if asked.headers.get("x-api-key") != "k":
        return Reply(b'{"status":"error","code":"apiKeyInvalid","message":"Your API key is invalid."}', 401)
    assert asked.query["q"] == '"Apple Inc" OR "AAPL"'
    article = {
        "source": {"id": None, "name": "Daily"},
        "author": None,
        "urlToImage": None,
        "content": "cut [+100 chars]",
    }
    return json_reply(
        {
            "status": "ok", "totalResults": 3,
            "articles": [
                {"title": "Apple one", "description": "First", "url": "https://daily.example/1",
                 "publishedAt": "2026-11-27T09:00:00Z", **article},
                {"title": "Apple two", "description": None, "url": "https://daily.example/2",
                 "publishedAt": "2026-11-27T10:00:00Z", **article},
                {"title": "[Removed]", "description": "[Removed]", "url": "https://removed.com",
                 "publishedAt": "1970-01-01T00:00:00Z", **article},
            ],
        }
    )  # fmt: skip


def cryptopanic(asked: Asked) -> Reply:
    if asked.query.get("auth_token") != "k":
        return Reply(b'{"status":"api_error","info":"Token not found"}', 401)
    assert asked.query["currencies"] == "BTC"
    return json_reply(
        {
            "next": None, "previous": None,
            "results": [
                {"id": 7, "slug": "btc-up", "title": "BTC up", "description": "d", "published_at": "2026-11-27T10:00:00Z",
                 "created_at": "2026-11-27T10:00:00Z", "kind": "news", "original_url": "https://coin.example/7",
                 "url": "https://cryptopanic.com/news/7/btc-up", "source": {"title": "Coin", "domain": "coin.example"},
                 "instruments": [{"code": "BTC", "title": "Bitcoin", "slug": "bitcoin"}], "votes": {"positive": 1}},
                {"id": 8, "slug": "old-form", "title": "Of version 1", "published_at": "2026-11-27T09:00:00+00:00",
                 "currencies": [{"code": "BTC"}, {"code": "ETH"}]},
            ],
        }
    )  # fmt: skip


def gdelt(asked: Asked) -> Reply:
    """As at blog.gdeltproject.org/gdelt-doc-2-0-api-debuts."""
    if asked.path != "/api/v2/doc/doc":
        return NOT_FOUND
    assert (asked.query["mode"], asked.query["format"]) == ("artlist", "json")
    assert asked.query["query"] == '"Apple Inc" sourcelang:english'
    article = {
        "url_mobile": "",
        "socialimage": "",
        "domain": "daily.example",
        "language": "English",
        "sourcecountry": "US",
    }
    return json_reply(
        {
            "articles": [
                {"url": "https://daily.example/1", "title": "Apple one", "seendate": "20261127T091500Z", **article},
                {"url": "https://daily.example/2", "title": "Apple two", "seendate": "20261127T101500Z", **article},
            ]
        }
    )


def _twice(reply: Reply) -> Reply:
    found = json.loads(reply.body)
    items = found.get("articles") or found.get("results")
    items.append(items[0])
    return json_reply(found)


def _feeds_right(found: Answer[Any]) -> None:
    newer, older = found.values
    assert (newer.title, newer.url) == ("Second", _relative(found))
    assert (older.title, older.url, older.summary) == ("Rates & prices", "https://paper.example/a?x=1", "More here")
    assert (older.publisher, older.language) == ("The Paper", "en")
    assert older.published_at == datetime(2026, 11, 27, 9, tzinfo=UTC)
    assert found.flaws == ("entry 3: no link to the web",)


def _relative(found: Answer[Any]) -> str:
    return found.sources[0].url.removesuffix("/rss") + "/relative"


def _titles(*titles: str, flaws: int = 0) -> Any:
    def check(found: Answer[Any]) -> None:
        assert [one.title for one in found.values] == list(titles)
        assert len(found.flaws) == flaws
        assert all(one.published_at and one.published_at.tzinfo for one in found.values)

    return check


def _cryptopanic_right(found: Answer[Any]) -> None:
    _titles("BTC up", "Of version 1")(found)
    assert found.values[0].url == "https://coin.example/7"
    assert found.values[1].url == "https://cryptopanic.com/news/8/old-form"
    assert found.values[1].mentions == ("BTC", "ETH")


CASES = [
    Case(
        "feeds rss", ("https://www.rssboard.org/rss-specification",), lambda out, base: Feeds(out, [f"{base}/rss"]), feed,
        lambda it: it.news(NewsQuestion()), _feeds_right,
        replaced(b"rss", b"list"), "the root element",
        bodied(b'<rss version="2.0"><channel><title>The Paper</title></channel></rss>'),
        replaced(b"</channel>", _ITEM + b"</channel>"),
    ),
    Case(
        "feeds atom", ("https://www.rfc-editor.org/rfc/rfc4287",), lambda out, base: Feeds(out, [f"{base}/atom"]), feed,
        lambda it: it.news(NewsQuestion()), _titles("Entry"),
        replaced(b"<link ", b"<url "), "link",
        bodied(b'<feed xmlns="http://www.w3.org/2005/Atom"><title>Blog</title></feed>'),
        replaced(b"</feed>", ATOM[ATOM.index(b"<entry>") : ATOM.index(b"</feed>")] + b"</feed>"),
    ),
    Case(
        "newsapi", ("https://newsapi.org/docs/endpoints/everything", "https://newsapi.org/docs/errors"),
        lambda out, base: NewsApi(out, key="k", base=base), newsapi,
        lambda it: it.news(NewsQuestion(words=("Apple Inc",), symbols=("AAPL",))),
        _titles("Apple two", "Apple one", flaws=1),
        replaced(b'"publishedAt"', b'"date"'), "$.articles[0].publishedAt",
        bodied(b'{"status": "ok", "totalResults": 0, "articles": []}'), _twice,
    ),
    Case(
        "cryptopanic", ("https://cryptopanic.com/developers/api/",),
        lambda out, base: CryptoPanic(out, key="k", base=base), cryptopanic,
        lambda it: it.news(NewsQuestion(symbols=("btc",))), _cryptopanic_right,
        replaced(b'"title": "BTC up"', b'"headline": "BTC up"'), "$.results[0].title", bodied(b'{"results": []}'), _twice,
    ),
    Case(
        "gdelt", ("https://blog.gdeltproject.org/gdelt-doc-2-0-api-debuts/",),
        lambda out, base: Gdelt(out, base=base), gdelt,
        lambda it: it.news(NewsQuestion(words=("Apple Inc",), language="en")), _titles("Apple two", "Apple one"),
        replaced(b'"articles"', b'"items"'), "$.articles", bodied(b"{}"), _twice,
    ),
]  # fmt: skip
