"""How headlines read, by the model FinSage brings along."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from finsage.prediction.sentiment_model.model import LABELS, SentimentModel, score_of, shipped_model

COLUMNS = ("label", *LABELS, "score")


def headline_rows(texts: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Label, probabilities and score of each text in the order of ``COLUMNS``, to six decimals."""
    for row in shipped_model().probabilities(texts):
        yield LABELS[int(row.argmax())], *(f"{one:.6f}" for one in row), f"{score_of(row):.6f}"


def headlines_document(texts: Sequence[str]) -> dict[str, Any]:
    """The same with what each word of a text adds to the log odds of positive over negative."""
    model = shipped_model()
    return {
        "model": {"id": model.id, "sha256": model.sha256},
        "items": [{"text": text, **_reading(model, text)} for text in texts],
    }


def _reading(model: SentimentModel, text: str) -> dict[str, Any]:
    reading = model.read(text)
    return {
        "label": reading.label,
        "probabilities": {label: round(value, 6) for label, value in reading.probabilities.items()},
        "score": round(reading.score, 6),
        "words": [{"word": word, "log_odds": round(value, 6)} for word, value in reading.words],
    }
