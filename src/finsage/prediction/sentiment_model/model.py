"""Multinomial logistic regression on words and pieces of words, weighted by TF-IDF; inference in plain arrays.

Source: Salton & Buckley (1988) for the weighting; terms as of Joachims (1998), with pieces of words against spelling.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import log
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from finsage.prediction.model_files import Files, opened, sealed, shipped
from finsage.prediction.sentiment_model.terms import cleaned, pieces, word_terms, words

FAMILY = "sentiment"
Label = Literal["negative", "positive", "neutral"]
LABELS: tuple[Label, ...] = get_args(Label)
_VOCABULARY = "{}.txt"
_BATCH = 4_096
# Positive minus negative.
_LEANING = np.array([-1.0, 1.0, 0.0])

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Terms:
    """One kind of terms with its weights.

    Attributes:
        places: of each term in the arrays.
        rarity: inverse document frequency, shape (terms,).
        coefficients: shape (terms, 3) in the order of ``LABELS``.
    """

    places: Mapping[str, int]
    rarity: Floats
    coefficients: Floats

    def features(self, texts: Iterable[Iterable[str]]) -> csr_array:
        """TF-IDF of texts given as terms: (1 + ln count) · rarity, rows of length one; unknown terms are left out."""
        places: list[int] = []
        weights: list[float] = []
        starts = [0]
        known = self.places
        for terms in texts:
            counts = Counter(known[term] for term in terms if term in known)
            places.extend(counts)
            weights.extend(1.0 + log(count) if count > 1 else 1.0 for count in counts.values())
            starts.append(len(places))
        sizes = np.diff(starts)
        rows = np.repeat(np.arange(len(sizes)), sizes)
        values = np.array(weights) * self.rarity[places]
        values /= np.sqrt(np.bincount(rows, values**2, minlength=len(sizes)))[rows]
        return csr_array((values, places, starts), shape=(len(sizes), len(self.rarity)))

    def leanings(self, terms: Sequence[str]) -> dict[str, float]:
        """What each known term of a text adds to the log odds of positive over negative."""
        row = self.features([terms])
        by_place = dict(
            zip(row.indices.tolist(), (row.data * (self.coefficients[row.indices] @ _LEANING)).tolist(), strict=True)
        )
        return {term: by_place[self.places[term]] for term in set(terms) if term in self.places}


@dataclass(frozen=True, slots=True)
class Reading:
    """How a text reads.

    Attributes:
        label: the most probable.
        probabilities: by label; they sum to one.
        score: positive minus negative, in [−1, 1].
        words: of the text with what each adds to the log odds of positive over negative, largest first.
    """

    label: Label
    probabilities: Mapping[Label, float]
    score: float
    words: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class SentimentModel:
    """A trained model; ``intercept`` has shape (3,)."""

    id: str
    sha256: str
    whole: Terms
    parts: Terms
    intercept: Floats

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """Probabilities in the order of ``LABELS``, shape (texts, 3)."""
        found = [self._probabilities(texts[first : first + _BATCH]) for first in range(0, len(texts), _BATCH)]
        return np.concatenate(found) if found else np.empty((0, len(LABELS)))

    def read(self, text: str) -> Reading:
        """How one text reads, with what its words say."""
        row = self.probabilities([text])[0]
        by_label = dict(zip(LABELS, row.tolist(), strict=True))
        label: Label = max(by_label, key=lambda one: by_label[one])
        return Reading(label, by_label, score_of(row), self._words(text))

    def _probabilities(self, texts: Sequence[str]) -> Floats:
        clean = [cleaned(text) for text in texts]
        logits = self.whole.features(word_terms(words(text)) for text in clean) @ self.whole.coefficients
        logits = (
            logits + self.parts.features(_pieces(text) for text in clean) @ self.parts.coefficients + self.intercept
        )
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True), dtype=np.float64)

    def _words(self, text: str) -> tuple[tuple[str, float], ...]:
        """Log odds by word: its own, its share of its pairs' and its pieces'; only the intercepts are not in them."""
        clean = cleaned(text)
        told: dict[str, float] = defaultdict(float)
        for term, leaning in self.whole.leanings(list(word_terms(words(clean)))).items():
            for word in term.split(" "):
                told[word] += leaning / (term.count(" ") + 1)
        all_pieces = list(_pieces(clean))
        counts, by_piece = Counter(all_pieces), self.parts.leanings(all_pieces)
        for token in clean.split():
            owners = words(token) or [token]
            leaning = sum(by_piece.get(piece, 0.0) / counts[piece] for piece in pieces(token))
            for word in owners:
                told[word] += leaning / len(owners)
        return tuple(sorted(told.items(), key=lambda one: (-abs(one[1]), one[0])))


def score_of(probabilities: Floats) -> float:
    """Positive minus negative, in [−1, 1]."""
    return float(probabilities[LABELS.index("positive")] - probabilities[LABELS.index("negative")])


def to_files(model: SentimentModel, card: Mapping[str, Any]) -> dict[str, bytes]:
    """The files of a model: vocabularies as text, a term a line, and arrays."""
    kinds = {"whole": model.whole, "parts": model.parts}
    texts = {
        _VOCABULARY.format(name): "\n".join(sorted(kind.places, key=kind.places.__getitem__))
        for name, kind in kinds.items()
    }
    arrays = {
        f"{name}-{what}": array.astype(np.float32)
        for name, kind in kinds.items()
        for what, array in (("rarity", kind.rarity), ("coefficients", kind.coefficients))
    }
    return sealed(texts, {**arrays, "intercept": model.intercept}, {**card, "id": model.id, "family": FAMILY})


def from_files(files: Files) -> tuple[SentimentModel, dict[str, Any]]:
    """A model and its card.

    Raises:
        ModelTampered: see ``opened``.
    """
    card, arrays, sha256 = opened(files)
    whole, parts = (
        Terms(
            {term: place for place, term in enumerate(files[_VOCABULARY.format(name)].decode().split("\n"))},
            arrays[f"{name}-rarity"].astype(np.float64),
            arrays[f"{name}-coefficients"].astype(np.float64),
        )
        for name in ("whole", "parts")
    )
    return SentimentModel(card["id"], sha256, whole, parts, arrays["intercept"]), card


@cache
def shipped_model() -> SentimentModel:
    """The model FinSage brings along, read once.

    Raises:
        ModelTampered: a file is not the one that was trained.
    """
    return from_files(shipped(FAMILY))[0]


def _pieces(clean: str) -> Iterator[str]:
    for token in clean.split():
        yield from pieces(token)
