"""The wire shapes of targets."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from finsage.platform.wire import Dec, Text, Wire

Division = Literal["asset", "asset_class", "currency"]
Key = Annotated[Text, StringConstraints(min_length=1, max_length=36)]
TARGETS_MAX = 500


class TargetIn(Wire):
    """The share, above 0 and at most 1, that a part is meant to have.

    ``key`` is an asset's id (or a currency, for cash in it), an asset class or a currency.
    """

    key: Key
    weight: Dec


class TargetsIn(Wire):
    """All targets of one division, in the place of those there were; shares make at most 1 together."""

    by: Division
    items: Annotated[list[TargetIn], Field(max_length=TARGETS_MAX)]


class TargetOut(Wire):
    """The share a part is meant to have."""

    key: str
    label: str
    weight: Dec


class TargetsOut(Wire):
    """The targets of a portfolio in each division of it."""

    portfolio_id: UUID
    asset: list[TargetOut]
    asset_class: list[TargetOut]
    currency: list[TargetOut]
