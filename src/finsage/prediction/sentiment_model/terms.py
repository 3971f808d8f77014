"""From text to terms: words and pairs of words, and pieces of three to five letters within words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

TEXT_LENGTH_MAX = 10_000
PIECES_MIN, PIECES_MAX = 3, 5
_URL = re.compile(r"https?://\S+")
_WORD = re.compile(r"\b\w\w+\b")
_WORDS_KEPT = 100_000


def cleaned(text: str) -> str:
    """The text a model reads: composed characters, no links, lower case, at most 10,000 characters."""
    composed = unicodedata.normalize("NFC", text[:TEXT_LENGTH_MAX])
    return _URL.sub("", composed).strip().lower()


def words(text: str) -> list[str]:
    """Words of two and more letters or digits of a cleaned text, in order."""
    return _WORD.findall(text)


def word_terms(found: list[str]) -> Iterator[str]:
    """The words, then each pair of neighbours."""
    yield from found
    yield from map(" ".join, pairwise(found))


@lru_cache(_WORDS_KEPT)
def pieces(word: str) -> tuple[str, ...]:
    """Pieces of three to five characters of a word with a space at each end; a shorter word is one piece itself."""
    padded = f" {word} "
    if len(padded) <= PIECES_MIN:
        return (padded,)
    longest = min(PIECES_MAX, len(padded))
    return tuple(
        padded[first : first + length]
        for length in range(PIECES_MIN, longest + 1)
        for first in range(len(padded) - length + 1)
    )
