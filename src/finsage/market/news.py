"""Headlines as they are kept: which of them are the same, how old each is, and what of them is not taken.

Two headlines are the same when they lead to the same address, apart from what only tracks readers, or when they were
published within a day and their titles say nearly the same: four words in five are shared, all numbers are, and no
word that turns the meaning round stands in one of them alone. The one that was known first stays.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Generic, TypeVar
from urllib.parse import parse_qsl, quote, urlencode, urlsplit
from uuid import UUID

from finsage.market.providers.protocol import Headline, Source

KEPT_FOR = timedelta(days=90)
SAME_WITHIN = timedelta(days=1)
AHEAD_MAX = timedelta(hours=12)
"""A headline dated further ahead has no date: a clock may be off by a time zone, not by more."""

ALIKE = 0.8
WORDS_MIN = 4
"""Titles of fewer words are the same only by their address: "Market wrap" comes every day, from everybody."""

MENTIONS_MAX = 50
_TAGGED_BY = {"cryptopanic": "ticker", "coingecko-news": "coingecko"}
_TRACKING = re.compile(
    r"(?i)utm_\w+|fbclid|gclid|dclid|msclkid|mc_[ce]id|igshid|yclid|cmpid|ito|ns_\w+|at_\w+|ref|ref_src|smid|guccounter"
)
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
_LANGUAGE = re.compile(r"[a-z]{2}")
_TURNING = frozenset(
    re.findall(
        r"\w+",
        "not no never without denies denied deny isn doesn don won wasn aren cannot can up down rise rises rising rose"
        " fall falls falling fell gain gains loss losses higher lower above below buy sell wins loses beats misses",
    )
)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Draft:
    """A headline that may be kept. ``shown_at`` is when it was published, or fetched where that is not known.

    ``content_hash`` is that of the response it came in; of several responses, that of their hashes one after the other.
    """

    url_hash: bytes
    url: str
    title: str
    summary: str
    publisher: str
    language: str | None
    provider: str
    mentions: tuple[str, ...]
    published_at: datetime | None
    fetched_at: datetime
    shown_at: datetime
    content_hash: bytes
    feed_id: UUID | None = None


def drafted(
    headlines: Iterable[Headline], provider: str, sources: Sequence[Source], now: datetime, feed_id: UUID | None = None
) -> list[Draft]:
    """The headlines of one answer that are young enough to be kept."""
    content_hash = sources[0].content_hash if len(sources) == 1 else _digest(b"".join(s.content_hash for s in sources))
    fetched_at = max((source.received_at for source in sources), default=now)
    drafts = (_draft(one, provider, content_hash, min(fetched_at, now), feed_id) for one in headlines)
    return [draft for draft in drafts if draft.shown_at > now - KEPT_FOR]


def _draft(one: Headline, provider: str, content_hash: bytes, fetched_at: datetime, feed_id: UUID | None) -> Draft:
    published_at = one.published_at
    if published_at is not None and published_at > fetched_at + AHEAD_MAX:
        published_at = None
    scheme = _TAGGED_BY.get(provider)
    return Draft(
        address_hash(one.url),
        one.url,
        one.title,
        one.summary,
        one.publisher,
        one.language if one.language and _LANGUAGE.fullmatch(one.language) else None,
        provider,
        tuple(f"{scheme}:{value[:100]}" for value in one.mentions[:MENTIONS_MAX]) if scheme else (),
        published_at,
        fetched_at,
        min(published_at or fetched_at, fetched_at),
        content_hash,
        feed_id,
    )


def address_hash(url: str) -> bytes:
    """What names the page behind an address: SHA-256 of it without what only tracks readers.

    Not told apart are http and https, ``www.``, a slash at the end, the order of a query and the part after ``#``.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    port = f":{parts.port}" if parts.port not in {None, 80, 443} else ""
    query = sorted(pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(pair[0]))
    path = quote(parts.path.rstrip("/"), safe="/%:@!$&'()*+,;=~-._")
    return _digest(f"{host}{port}{path}?{urlencode(query)}".encode("utf-8", "surrogatepass"))


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


@dataclass(frozen=True, slots=True)
class Title:
    """What a title says, for comparison."""

    words: frozenset[str]
    numbers: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "numbers", frozenset(word for word in self.words if word[0].isdigit()))

    def says_nearly(self, other: Title) -> bool:
        """Whether two titles say nearly the same."""
        mine, theirs = len(self.words), len(other.words)
        # The cheap question first: most of those that are compared have one word in common.
        if min(mine, theirs) < ALIKE * max(mine, theirs):
            return False
        shared = len(self.words & other.words)
        if shared < ALIKE * (mine + theirs - shared) or min(mine, theirs) < WORDS_MIN:
            return False
        return self.numbers == other.numbers and not (self.words ^ other.words) & _TURNING

    def rarest(self) -> list[str]:
        """As many words, the longest first, as titles that say nearly the same must have one in common of.

        Source: prefix filtering, Chaudhuri, Ganti, Kaushik (2006): of n words n − ⌈t·n⌉ + 1 suffice.
        """
        count = len(self.words) - ceil(ALIKE * len(self.words)) + 1
        return sorted(self.words, key=lambda word: (-len(word), word))[:count]


def title_of(text: str, publisher: str = "") -> Title:
    """A title without the name of its publisher at its end, which aggregators add."""
    for mark in (" - ", " | ", " – ", " — "):
        head, found, tail = text.rpartition(mark)
        if found and tail.strip().casefold() == publisher.strip().casefold():
            text = head
            break
    return Title(frozenset(_WORD.findall(text.casefold())))


@dataclass(frozen=True, slots=True)
class _Kept(Generic[_T]):
    value: _T
    title: Title
    shown_at: float


class Shelf(Generic[_T]):
    """Headlines that are known, to be asked whether one is among them already."""

    def __init__(self) -> None:
        self._by_address: dict[bytes, _T] = {}
        self._by_word: dict[str, list[_Kept[_T]]] = defaultdict(list)

    def find(self, url_hash: bytes, title: Title, shown_at: datetime) -> _T | None:
        """The known headline that this one is the same as; None where there is none."""
        known = self._by_address.get(url_hash)
        if known is not None:
            return known
        at, within = shown_at.timestamp(), SAME_WITHIN.total_seconds()
        for word in title.rarest():
            for kept in self._by_word.get(word, ()):
                if abs(kept.shown_at - at) <= within and kept.title.says_nearly(title):
                    return kept.value
        return None

    def put(self, url_hash: bytes, title: Title, shown_at: datetime, value: _T) -> None:
        """Remember a headline; one that has its address already stays."""
        self._by_address.setdefault(url_hash, value)
        kept = _Kept(value, title, shown_at.timestamp())
        for word in title.rarest():
            self._by_word[word].append(kept)
