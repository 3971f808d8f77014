"""The wire shapes of JSON sources."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from finsage.platform.wire import Dec, Text, Wire

PathText = Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
SentAs = Literal["header", "query"]


class JsonKeyIn(Wire):
    """A secret that goes with the request. ``value`` null keeps the one entered before, for the same host."""

    sent_as: SentAs
    name: Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    value: Annotated[str, Field(max_length=1000)] | None = None


class JsonSourceIn(Wire):
    """An address that answers JSON, and JSONPaths (RFC 9535) to what it says.

    ``price_path`` selects one number; with ``as_of_path`` beside it both may select many in the same order: the newest
    is the latest price, all are the history. ``is_first`` asks it before the providers of the identifiers, else after.
    """

    url: Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=2048)]
    price_path: PathText
    as_of_path: PathText | None = None
    currency_path: PathText | None = None
    is_first: bool = True
    key: JsonKeyIn | None = None


class JsonKeyOut(Wire):
    """That a secret goes with the request, and how; never the secret."""

    sent_as: SentAs
    name: str


class JsonSourceOut(Wire):
    """The JSON source of an asset. ``problem`` is the slug of what asking it last ended with, ``detail`` its text."""

    asset_id: UUID
    url: str
    price_path: str
    as_of_path: str | None
    currency_path: str | None
    is_first: bool
    key: JsonKeyOut | None
    set_at: datetime
    asked_at: datetime | None
    answered_at: datetime | None
    problem: str | None
    detail: str | None


class JsonSourceOfAsset(Wire):
    """The JSON source of an asset; null where it has none."""

    source: JsonSourceOut | None


class JsonSourcePut(JsonSourceOut):
    """The source as kept, and the job that asks it for the first time."""

    job_id: UUID


class DayPrice(Wire):
    """The last price of a day."""

    day: date
    price: Dec


class JsonReading(Wire):
    """What a source says now, and what would become of its price.

    ``currency`` and ``as_of`` are null where the answer does not state them. ``days`` counts the days with a price,
    ``newest`` are the last five of them. ``decision`` says whether the price would be kept, kept and flagged, or put
    aside; ``detail`` why.
    """

    price: Annotated[str, Field(description="As the source states it; it may be no price that can be kept")]
    currency: str | None
    as_of: datetime | None
    received_at: datetime
    days: int
    newest: list[DayPrice]
    decision: Literal["keep", "flag", "quarantine"]
    detail: str
