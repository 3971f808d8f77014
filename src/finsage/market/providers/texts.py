"""Texts from outside as plain text: no markup, no controls, nothing that reverses the direction of reading."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import urlsplit

from finsage.market.providers.protocol import Headline, NewsQuestion

TITLE_LENGTH_MAX = 500
SUMMARY_LENGTH_MAX = 2000
URL_LENGTH_MAX = 2048
_DROPPED = re.compile(r"(?is)<(script|style|iframe|object)\b.*?(?:</\1\s*>|$)")
_TAG = re.compile(r"(?s)<[!/?a-zA-Z][^<>]*(?:>|$)")
_REMOVED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_KEPT = "\u200d"  # joins emoji and letters of some scripts; it changes no direction


def plain(text: str, length_max: int) -> str:
    """The text alone, in one line, normalised (NFC) and cut at a length.

    Entities are resolved twice around the removal of tags, because feeds escape their markup.
    """
    found = text[: 20 * length_max]
    for _ in range(2):
        found = html.unescape(_TAG.sub(" ", _DROPPED.sub(" ", found)))
    found = _TAG.sub(" ", found)
    found = unicodedata.normalize("NFC", "".join(map(_visible, found)))
    found = " ".join(found.split())
    return found if len(found) <= length_max else found[: length_max - 1].rstrip() + "…"


def _visible(character: str) -> str:
    if character == _KEPT or unicodedata.category(character) not in _REMOVED:
        return character
    return " " if character.isspace() else ""


def web_address(text: str | None) -> str | None:
    """The address if it is one a browser may be sent to: http or https, without a user name; else None.

    The scheme is written small, as the database wants it; the rest stays.
    """
    found = (text or "").strip()
    # A browser takes a backslash for a slash, which makes another host of it.
    if not 8 <= len(found) <= URL_LENGTH_MAX or not found.isprintable() or " " in found or "\\" in found:
        return None
    try:
        parts = urlsplit(found)
        is_usable = parts.port is None or parts.port > 0
    except ValueError:
        return None
    if not is_usable or parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        return None
    return parts.scheme + found[len(parts.scheme) :]


def collected(items: Iterable[Headline | str], question: NewsQuestion) -> tuple[tuple[Headline, ...], tuple[str, ...]]:
    """Headlines newest first and each once, and what was wrong with the others (given as texts in their place).

    Of those that are dated none is older than the question wants.
    """
    headlines: dict[str, Headline] = {}
    flaws = []
    for item in items:
        if isinstance(item, str):
            flaws.append(item)
        elif question.since is not None and item.published_at is not None and item.published_at < question.since:
            continue
        elif item.id in headlines:
            flaws.append(f"{item.id[:100]}: twice")
        else:
            headlines[item.id] = item
    ordered = sorted(headlines.values(), key=_age, reverse=True)
    return tuple(ordered[: question.limit]), tuple(flaws)


def _age(headline: Headline) -> float:
    return headline.published_at.timestamp() if headline.published_at else 0.0
