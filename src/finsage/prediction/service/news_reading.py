"""How the headlines of the market read: each once by the model FinSage brings along, in batches."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from importlib import import_module
from uuid import UUID

from prometheus_client import Counter

from finsage.market.service import news
from finsage.market.service.news import Sentiment
from finsage.platform.jobs import JobContext
from finsage.platform.telemetry import REGISTRY

BATCH = 1_000
WORDS_SHOWN = 8
LANGUAGES = frozenset({None, "en"})
"""What the model was trained on is English; a headline that says it is not is left unread."""

READ = Counter("finsage_news_read", "Headlines read by the sentiment model, by label", ("label",), registry=REGISTRY)

Unread = Sequence[tuple[UUID, str, str | None]]


async def read_news(job: JobContext) -> None:
    """Read the headlines of the job's tenant that the present model has not read.

    Each batch is written in a transaction of its own: what was read stays, whatever becomes of the rest.
    """
    model = await asyncio.to_thread(_model_id)
    while True:
        async with job.read() as session:
            batch = await news.unread(session, job.tenant_id, model, BATCH)
        if not batch:
            return
        found = await asyncio.to_thread(_readings, batch, model)
        async with job.write() as session:
            await news.put_sentiments(session, job.tenant_id, model, found)
        for one in found.values():
            READ.labels(one.label if one else "unread").inc()


def _model_id() -> str:
    # Loaded when first needed: numpy and scipy cost half a start, and most starts read nothing.
    model = import_module("finsage.prediction.sentiment_model.model").shipped_model()
    return f"{model.id}-{model.sha256[:12]}"


def _readings(batch: Unread, model: str) -> Mapping[UUID, Sentiment | None]:
    reader = import_module("finsage.prediction.sentiment_model.model").shipped_model()
    found: dict[UUID, Sentiment | None] = {}
    for item_id, title, language in batch:
        if language not in LANGUAGES:
            found[item_id] = None
            continue
        reading = reader.read(title)
        by_label = {label: round(value, 6) for label, value in reading.probabilities.items()}
        words = tuple((word, round(log_odds, 4)) for word, log_odds in reading.words[:WORDS_SHOWN])
        found[item_id] = Sentiment(
            model, reading.label, by_label["positive"], by_label["neutral"], by_label["negative"], words
        )
    return found
