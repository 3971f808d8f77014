"""Headlines from RSS and Atom feeds of any address.

feedparser reads the bytes that our own client fetched; handed an address it would fetch by itself. Nothing in a feed is
markup for us: titles and summaries become plain text, links are kept only if they are http or https.

Documented at https://www.rssboard.org/rss-specification and https://www.rfc-editor.org/rfc/rfc4287.
"""

from __future__ import annotations

import asyncio
import calendar
import hashlib
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser  # type: ignore[import-untyped]

from finsage.market.providers.asking import Asking, source_of
from finsage.market.providers.choice import PASSES
from finsage.market.providers.protocol import Answer, Capability, Headline, KeyFailure, NewsQuestion, Source
from finsage.market.providers.shapes import changed
from finsage.market.providers.texts import SUMMARY_LENGTH_MAX, TITLE_LENGTH_MAX, collected, plain, web_address
from finsage.platform.http import Outbound, Rate, Service

NAME = "feeds"
ENTRIES_MAX = 500
_ACCEPT = "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.8"


# What feedparser itself trips over, in bytes that are no feed.
_BROKEN = (ValueError, LookupError, TypeError, AttributeError, RecursionError, AssertionError)


class Feeds:
    """The feeds of an installation, read as one; a question's words are left to the caller.

    Args:
        outbound: the way out.
        addresses: of the feeds.
    """

    name = NAME
    capabilities = frozenset({Capability.NEWS})
    needs_key = False
    has_key = False

    def __init__(self, outbound: Outbound, addresses: Sequence[str]) -> None:
        self._outbound = outbound
        self._addresses = tuple(dict.fromkeys(addresses))

    async def news(self, question: NewsQuestion) -> Answer[Headline]:
        """Headlines of all feeds; one that fails does not cost the others and is told of in ``failed``, by its host.

        Raises:
            FinSageError: of the first feed, when every one failed.
        """
        found = await asyncio.gather(*map(self._read, self._addresses), return_exceptions=True)
        items: list[Headline | str] = []
        sources: list[Source] = []
        failed: list[KeyFailure] = []
        for address, one in zip(self._addresses, found, strict=True):
            if isinstance(one, tuple):
                items += one[0]
                sources.append(one[1])
            elif isinstance(one, PASSES):
                # An address may have a secret in it.
                failed.append(KeyFailure(urlsplit(address).hostname or "", one))
            else:
                raise one
        if failed and not sources:
            raise failed[0].error
        headlines, flaws = collected(items, question)
        return Answer(NAME, headlines, tuple(sources), flaws=flaws, failed=tuple(failed))

    async def _read(self, address: str) -> tuple[list[Headline | str], Source]:
        fetched = await Asking(self._outbound, Service(NAME, Rate(30, 5)), address).get("", accept=_ACCEPT)
        items = await asyncio.to_thread(_parse, fetched.body, fetched.url, fetched.headers.get("content-type", ""))
        return items, source_of(fetched)


def _parse(body: bytes, address: str, content_type: str) -> list[Headline | str]:
    try:
        parsed: Any = feedparser.parse(io.BytesIO(body), response_headers={"content-type": content_type})
    except _BROKEN as error:
        raise changed(NAME, "the document", f"{type(error).__name__}: {error}") from error
    if not parsed.get("version"):
        raise changed(NAME, "the root element", "it is neither rss, feed nor rdf")
    if (
        parsed.bozo
        and not parsed.entries
        and not isinstance(parsed.bozo_exception, feedparser.CharacterEncodingOverride)
    ):
        raise changed(NAME, parsed.version, str(parsed.bozo_exception))
    publisher = plain(parsed.feed.get("title", ""), TITLE_LENGTH_MAX) or urlsplit(address).hostname or ""
    language = parsed.feed.get("language", "")[:2].lower() or None
    entries = parsed.entries[:ENTRIES_MAX]
    items = [_headline(entry, index, address, publisher, language) for index, entry in enumerate(entries)]
    if items and all(isinstance(item, str) for item in items):
        raise changed(NAME, "title" if not entries[0].get("title") else "link", f"no entry is usable: {items[0]}")
    if parsed.bozo and not isinstance(parsed.bozo_exception, feedparser.CharacterEncodingOverride):
        items.append(f"{urlsplit(address).hostname}: not well-formed, the rest of it may be missing")
    return items


def _headline(entry: Any, index: int, address: str, publisher: str, language: str | None) -> Headline | str:
    title = plain(entry.get("title", ""), TITLE_LENGTH_MAX)
    link = _link(address, entry.get("link", ""))
    if not title:
        return f"entry {index + 1}: no title"
    if link is None:
        return f"entry {index + 1}: no link to the web"
    told = entry.get("id") or link
    return Headline(
        hashlib.sha256(f"{address}\n{told}".encode()).hexdigest()[:32],
        title,
        link,
        # Past feedparser's own get, which answers one name with the other and warns of it.
        _instant(dict.get(entry, "published_parsed") or dict.get(entry, "updated_parsed")),
        publisher,
        plain(entry.get("summary", ""), SUMMARY_LENGTH_MAX),
        language,
    )


def _link(address: str, told: str) -> str | None:
    if not told:
        return None
    try:
        return web_address(urljoin(address, told))
    except ValueError:
        return None


def _instant(parts: Any) -> datetime | None:
    if parts is None:
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(parts), UTC)
    except (ValueError, OverflowError, OSError):
        return None
