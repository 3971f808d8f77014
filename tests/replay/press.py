"""A press of one address: every provider of headlines in its documented shape, with articles that a test may set.

Shapes as in ``headlines.py`` and ``coingecko.py``, which name the pages they were taken from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape

from replay.server import FAULTS, NOT_FOUND, Asked, ReplayServer, Reply, json_reply

NOW = datetime.now(UTC)


@dataclass(frozen=True)
class Article:
    """What a publisher wrote. ``tags`` are tickers at CryptoPanic and ids at CoinGecko."""

    title: str
    url: str
    minutes_ago: int = 60
    publisher: str = "The Daily"
    summary: str = ""
    tags: tuple[str, ...] = ()
    language: str = "English"

    @property
    def at(self) -> datetime:
        return (NOW - timedelta(minutes=self.minutes_ago)).replace(microsecond=0)


@dataclass
class Shelf:
    """The articles of each provider; a feed by its path."""

    newsapi: list[Article] = field(default_factory=list)
    gdelt: list[Article] = field(default_factory=list)
    cryptopanic: list[Article] = field(default_factory=list)
    coingecko: list[Article] = field(default_factory=list)
    feeds: dict[str, list[Article]] = field(default_factory=dict)


class Press(ReplayServer):
    """All providers of headlines; ``down`` holds the paths that fail with 500."""

    def __init__(self) -> None:
        super().__init__(self._reply)
        self.shelf = Shelf()
        self.down: set[str] = set()
        self.raw: dict[str, bytes] = {}

    def asked_for(self, path: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.path == path]

    def settings(self) -> dict[str, str]:
        """Of an installation that asks here for headlines, and nobody for prices."""
        names = ("coingecko-news", "newsapi", "cryptopanic", "gdelt")
        return {
            "FINSAGE_PROVIDERS": ",".join(("feeds", *names)),
            "FINSAGE_PROVIDER_URLS": ",".join(f"{name}={self.url}" for name in names),
            "FINSAGE_LOCAL_HOSTS": f"127.0.0.1:{self.port}",
            "FINSAGE_COINGECKO_PLAN": "pro",
            "FINSAGE_COINGECKO_KEY": "key",
            "FINSAGE_NEWSAPI_KEY": "key",
            "FINSAGE_CRYPTOPANIC_KEY": "key",
        }

    def _reply(self, asked: Asked) -> Reply:
        if asked.path in self.down:
            return FAULTS["failed"](Reply())
        if asked.path in self.raw:
            return Reply(self.raw[asked.path], headers={"content-type": "application/xml"})
        if asked.path in self.shelf.feeds:
            return Reply(_rss(self.shelf.feeds[asked.path]), headers={"content-type": "application/rss+xml"})
        answers = {
            "/v2/everything": self._newsapi, "/api/v2/doc/doc": self._gdelt,
            "/api/developer/v2/posts/": self._cryptopanic, "/news": self._coingecko,
        }  # fmt: skip
        return answers[asked.path](asked) if asked.path in answers else NOT_FOUND

    def _newsapi(self, _: Asked) -> Reply:
        articles = [
            {"source": {"id": None, "name": one.publisher}, "title": one.title, "description": one.summary,
             "url": one.url, "publishedAt": f"{one.at:%Y-%m-%dT%H:%M:%SZ}"}
            for one in self.shelf.newsapi
        ]  # fmt: skip
        return json_reply({"status": "ok", "totalResults": len(articles), "articles": articles})

    def _gdelt(self, _: Asked) -> Reply:
        articles = [
            {"url": one.url, "title": one.title, "seendate": f"{one.at:%Y%m%dT%H%M%SZ}", "domain": one.publisher,
             "language": one.language}
            for one in self.shelf.gdelt
        ]  # fmt: skip
        return json_reply({"articles": articles} if articles else {})

    def _cryptopanic(self, _: Asked) -> Reply:
        posts = [
            {"id": number, "slug": "x", "title": one.title, "description": one.summary,
             "published_at": f"{one.at:%Y-%m-%dT%H:%M:%SZ}", "original_url": one.url,
             "source": {"title": one.publisher}, "instruments": [{"code": tag} for tag in one.tags]}
            for number, one in enumerate(self.shelf.cryptopanic)
        ]  # fmt: skip
        return json_reply({"results": posts})

    def _coingecko(self, asked: Asked) -> Reply:
        articles = [
            {"title": one.title, "url": one.url, "posted_at": f"{one.at:%Y-%m-%dT%H:%M:%SZ}",
             "source_name": one.publisher, "related_coin_ids": list(one.tags)}
            for one in self.shelf.coingecko
            if asked.query.get("coin_id") in {None, *one.tags}
        ]  # fmt: skip
        return json_reply(articles)


def _rss(articles: list[Article]) -> bytes:
    items = "".join(
        f"<item><title>{escape(one.title)}</title><link>{escape(one.url)}</link><guid>{escape(one.url)}</guid>"
        f"<pubDate>{format_datetime(one.at)}</pubDate><description>{escape(one.summary)}</description></item>"
        for one in articles
    )
    title = articles[0].publisher if articles else "Empty"
    head = f"<title>{escape(title)}</title><language>en</language>"
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{items}</channel></rss>'.encode()
