"""Training and judging a sentiment model.

The fit is L-BFGS on the multinomial likelihood with a quadratic penalty, as ``LogisticRegression`` of scikit-learn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_array, hstack
from scipy.special import log_softmax

from finsage.errors import Invalid
from finsage.prediction.sentiment_model.model import LABELS, SentimentModel, Terms
from finsage.prediction.sentiment_model.terms import cleaned, pieces, word_terms, words

Floats = NDArray[np.float64]

STRENGTH = 8.0
_WORD_TEXTS_MIN, _PIECE_TEXTS_MIN = 2, 3
_PIECES_KEPT = 150_000
_STEPS_MAX = 400
_BINS = 10


class TooFewTexts(Invalid):
    """A model needs texts of every label."""


@dataclass(frozen=True, slots=True)
class Scores:
    """How often a model is right, its F1 averaged over labels, and how far its probabilities are from frequencies."""

    texts: int
    accuracy: float
    f1: float
    calibration_error: float


def train(texts: Sequence[str], labels: Sequence[int], *, name: str) -> SentimentModel:
    """Fit a model; labels weigh as much as each other, however many texts they have.

    Args:
        texts: to learn from.
        labels: places in ``LABELS``, one per text.
        name: of the model.

    Raises:
        TooFewTexts: a label has no text, or no term stands in enough texts.
    """
    counts = np.bincount(labels, minlength=len(LABELS))
    if len(counts) > len(LABELS) or not counts.all():
        raise TooFewTexts(f"Texts by label: {dict(zip(LABELS, counts.tolist(), strict=False))}; each needs some.")
    clean = [cleaned(text) for text in texts]
    as_words = [list(word_terms(words(text))) for text in clean]
    as_pieces = [[piece for token in text.split() for piece in pieces(token)] for text in clean]
    whole = _vocabulary(as_words, _WORD_TEXTS_MIN, None)
    parts = _vocabulary(as_pieces, _PIECE_TEXTS_MIN, _PIECES_KEPT)
    features = hstack([whole.features(as_words), parts.features(as_pieces)], format="csr")
    coefficients, intercept = _fit(csr_array(features), np.asarray(labels), len(texts) / (len(LABELS) * counts))
    split = len(whole.rarity)
    return SentimentModel(
        name,
        "",
        Terms(whole.places, whole.rarity, coefficients[:split]),
        Terms(parts.places, parts.rarity, coefficients[split:]),
        intercept,
    )


def judge(model: SentimentModel, texts: Sequence[str], labels: Sequence[int]) -> dict[str, float]:
    """Score a model on texts it has not seen, at least one, to four decimals.

    F1 is the mean over the labels that a text has or is given, as scikit-learn's macro average.
    """
    truth, found = np.asarray(labels), model.probabilities(texts)
    best = found.argmax(axis=1)
    f1 = [
        2.0 * ((best == at) & (truth == at)).sum() / ((best == at).sum() + (truth == at).sum())
        for at in np.union1d(best, truth)
    ]
    confidence, is_right = found.max(axis=1), best == truth
    bins = np.minimum((confidence * _BINS).astype(np.int64), _BINS - 1)
    away = is_right.astype(np.float64) - confidence
    gap = sum(abs(away[bins == one].sum()) for one in np.unique(bins)) / len(texts)
    scores = Scores(len(texts), float(is_right.mean()), float(np.mean(f1)), float(gap))
    return {key: round(value, 4) for key, value in asdict(scores).items()}


def _vocabulary(texts: Sequence[Iterable[str]], texts_min: int, kept: int | None) -> Terms:
    total, spread = Counter[str](), Counter[str]()
    for terms in texts:
        total.update(terms)
        spread.update(set(terms))
    wanted = [term for term, count in spread.items() if count >= texts_min]
    if kept is not None and len(wanted) > kept:
        wanted = sorted(wanted, key=lambda term: (-total[term], term))[:kept]
    if not wanted:
        raise TooFewTexts(f"No term stands in {texts_min} texts.")
    ordered = sorted(wanted)
    rarity = np.log((1.0 + len(texts)) / (1.0 + np.array([spread[term] for term in ordered]))) + 1.0
    return Terms({term: place for place, term in enumerate(ordered)}, rarity, np.zeros((len(ordered), len(LABELS))))


def _fit(features: csr_array, labels: NDArray[np.int64], by_label: Floats) -> tuple[Floats, Floats]:
    rows, columns = features.shape
    weights, target = by_label[labels], np.eye(len(LABELS))[labels]
    transposed = csr_array(features.T)

    def cost(point: Floats) -> tuple[float, Floats]:
        matrix = point.reshape(columns + 1, len(LABELS))
        logs = log_softmax(features @ matrix[:-1] + matrix[-1], axis=1)
        residual = (np.exp(logs) - target) * weights[:, None]
        slope = np.vstack([transposed @ residual + matrix[:-1] / STRENGTH, residual.sum(axis=0)])
        penalty = float((matrix[:-1] ** 2).sum()) / (2.0 * STRENGTH)
        loss = penalty - float((weights * logs[np.arange(rows), labels]).sum())
        return loss / rows, slope.ravel() / rows

    start = np.zeros((columns + 1) * len(LABELS))
    found = minimize(cost, start, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS_MAX, "gtol": 1e-6})
    matrix = found.x.reshape(columns + 1, len(LABELS))
    return matrix[:-1], matrix[-1]
