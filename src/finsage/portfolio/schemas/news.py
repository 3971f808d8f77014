"""The wire shapes of headlines."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from finsage.platform.wire import Wire

Label = Literal["positive", "neutral", "negative"]
MatchedBy = Literal["tag", "identifier", "cashtag", "name"]


class NewsAssetOut(Wire):
    """An asset a headline is about; ``term`` is the very text that says so, or the provider's tag."""

    asset_id: UUID
    symbol: str
    name: str
    matched_by: MatchedBy
    term: str


class SentimentWord(Wire):
    """What a word of a headline adds to the log odds of positive over negative."""

    word: str
    log_odds: float


class SentimentProbabilities(Wire):
    """How likely each reading is; they sum to one."""

    positive: float
    neutral: float
    negative: float


class SentimentOut(Wire):
    """How a headline reads by the model; ``words`` those that say most, the strongest first."""

    label: Label
    probabilities: SentimentProbabilities
    score: Annotated[float, Field(description="Positive minus negative, from −1 to 1")]
    words: list[SentimentWord]
    model: str


class NewsItemOut(Wire):
    """A headline. Its texts are text, never markup; ``url`` is https or http.

    ``published_at`` is null where nobody states it, ``sentiment`` where the model has not read it, or cannot read its
    language.
    """

    id: UUID
    title: str
    url: str
    publisher: str
    summary: str
    language: str | None
    provider: str
    published_at: datetime | None
    fetched_at: datetime
    assets: list[NewsAssetOut]
    sentiment: SentimentOut | None


class FailingSource(Wire):
    """A provider that failed when it was asked last."""

    provider: str
    failed_at: datetime | None
    problem: str


class NewsList(Wire):
    """Headlines, newest first. ``asked_at`` is when sources were last asked; null before the first time."""

    items: list[NewsItemOut]
    next_cursor: str | None
    asked_at: datetime | None
    failing: list[FailingSource]
