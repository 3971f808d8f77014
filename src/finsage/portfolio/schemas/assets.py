"""The wire shapes of what the books know of an asset, of changing one and of merging two."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from finsage.market.service.assets import AssetClass
from finsage.platform.wire import Name, Text, Wire
from finsage.portfolio.schemas.figures import HoldingOut


class AssetChange(Wire):
    """What may change of an asset of one's own; a field left out stays.

    The currency can change while nothing is recorded in it; an empty ``isin`` is none.
    """

    symbol: Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)] | None = None
    name: Name | None = None
    asset_class: AssetClass | None = None
    currency: Annotated[str, StringConstraints(min_length=3, max_length=3)] | None = None
    isin: Annotated[str, StringConstraints(to_upper=True, max_length=12)] | None = None
    mic: Annotated[str, StringConstraints(to_upper=True, max_length=4)] | None = None


class AssetChanged(Wire):
    """The asset as it is now."""

    id: UUID
    symbol: str
    name: str
    asset_class: AssetClass
    currency: str
    isin: str | None
    mic: str


class MergeIn(Wire):
    """The asset that this one is."""

    into_id: UUID


class MergeOut(Wire):
    """The asset to look at from now on, and how many transactions were booked anew."""

    asset_id: UUID
    rebooked: int


class AssetHeld(Wire):
    """An asset in one portfolio; ``holding`` is null where it was held and is no more."""

    portfolio_id: UUID
    portfolio_name: str
    base_currency: str
    as_of: date
    holding: HoldingOut | None


class AssetHoldings(Wire):
    """An asset in every portfolio that has or had it."""

    items: list[AssetHeld]
    next_cursor: None
