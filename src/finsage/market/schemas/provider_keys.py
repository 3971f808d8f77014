"""The wire shapes of the keys of providers: that there is one, never which."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from finsage.platform.wire import Wire


class ProviderKeyIn(Wire):
    """A key as the provider gave it."""

    key: Annotated[str, Field(max_length=1000)]


class ProviderKeyOut(Wire):
    """A provider that takes a key, and where its key is from; the settings' stands before one that was entered."""

    provider: str
    source: Literal["settings", "entered"] | None
    set_at: datetime | None


class ProviderKeyList(Wire):
    """All providers that take a key."""

    items: list[ProviderKeyOut]
    next_cursor: None
