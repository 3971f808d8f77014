"""How headlines read, by the model FinSage brings along."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

from finsage.platform.compute import HEAVY_FROM, weigh
from finsage.prediction.sentiment_model.model import LABELS, SentimentModel, score_of, shipped_model

COLUMNS = ("label", *LABELS, "score")


def headline_rows(texts: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Label, probabilities and score of each text in the order of ``COLUMNS``, to six decimals."""
    for row in shipped_model().probabilities(texts):
        yield LABELS[int(row.argmax())], *(f"{one:.6f}" for one in row), f"{score_of(row):.6f}"


IN_WEB_PROCESS_MAX = 50
"""More texts than this are read by the compute process."""


async def readings(texts: Sequence[str], *, with_words: bool) -> dict[str, Any]:
    """How texts read, in their order, with the model that says so."""
    if len(texts) > IN_WEB_PROCESS_MAX:
        weigh(HEAVY_FROM)
    return await asyncio.to_thread(_readings, texts, with_words=with_words)


def _readings(texts: Sequence[str], *, with_words: bool) -> dict[str, Any]:
    model = shipped_model()
    if with_words:
        items = [_reading(model, text) for text in texts]
    else:
        items = [
            {
                "label": LABELS[int(row.argmax())],
                "probabilities": {label: round(float(one), 6) for label, one in zip(LABELS, row, strict=True)},
                "score": round(float(score_of(row)), 6),
                "words": None,
            }
            for row in model.probabilities(texts)
        ]
    return {"model_id": model.id, "model_sha256": model.sha256, "items": items}


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
