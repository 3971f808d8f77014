"""The wire shapes of watchlists."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from finsage.market.schemas.assets import AssetOut
from finsage.platform.wire import Name, Wire


class WatchlistIn(Wire):
    """A list to add."""

    name: Name


class WatchlistChange(Wire):
    """What may change of a list; a field left out stays. ``position`` counts from 0."""

    name: Name | None = None
    position: Annotated[int | None, Field(ge=0, le=1_000)] = None


class WatchlistItems(Wire):
    """The assets of a list in their order."""

    asset_ids: Annotated[list[UUID], Field(max_length=200)]


class WatchlistItemIn(Wire):
    """An asset to put at the end of a list."""

    asset_id: UUID


class WatchlistOut(Wire):
    """A list and the assets on it, in their order."""

    id: UUID
    name: str
    asset_ids: list[UUID]
    created_at: datetime


class WatchlistList(Wire):
    """All lists, in their order."""

    items: list[WatchlistOut]
    next_cursor: None


class WatchedOut(Wire):
    """An asset on a list.

    ``day_return`` is the move of its last close from the one before, which is of ``day_return_since``; a split between
    them is no move. ``price_history`` are the newest few closes in units of the last, oldest first, for a picture.
    """

    asset: AssetOut
    day_return: float | None
    day_return_since: date | None
    price_history: list[float]


class WatchlistDetail(WatchlistOut):
    """A list with the prices of its assets."""

    items: list[WatchedOut]
    next_cursor: None = None
