"""The wire shapes of news sources: the feeds of a tenant and the providers of the installation."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from finsage.market.schemas.data_health import RunFailure, SourceState
from finsage.platform.wire import Text, Wire


class FeedIn(Wire):
    """An RSS or Atom feed to be read from now on."""

    url: Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=2048)]


class FeedOut(Wire):
    """A feed of this tenant. ``title`` is null until it answered; ``problem`` says why it did not the last time."""

    id: UUID
    url: str
    title: str | None
    items: Annotated[int, Field(description="Headlines kept from it")]
    added_at: datetime
    asked_at: datetime | None
    answered_at: datetime | None
    problem: str | None


class FeedAdded(FeedOut):
    """The feed, and the job that reads it for the first time."""

    job_id: UUID


class FeedList(Wire):
    """The feeds of this tenant, as they were added."""

    items: list[FeedOut]
    next_cursor: None
    feeds_max: int


class NewsSourceOut(Wire):
    """A provider of headlines of the settings; ``state`` as in ``GET /data-health``, ``problem`` its last failure.

    ``newest_at`` is when its newest headline was published.
    """

    provider: str
    state: SourceState
    answered_at: datetime | None
    failed_at: datetime | None
    problem: str | None
    resting_until: datetime | None
    newest_at: datetime | None


class NewsRunOut(Wire):
    """One run over all sources: how many headlines were new, known already, or left out as unusable."""

    due_at: datetime
    started_at: datetime
    finished_at: datetime
    assets: int
    requests: int
    new: int
    known: int
    unusable: int
    failures: list[RunFailure]


class NewsHealthOut(Wire):
    """How fresh the headlines are: providers, the last 12 runs and the next."""

    sources: list[NewsSourceOut]
    runs: list[NewsRunOut]
    next_run_at: datetime
    is_late: bool
