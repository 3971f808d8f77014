"""The wire shapes of the search."""

from __future__ import annotations

from uuid import UUID

from finsage.market.asset import AssetClass
from finsage.market.schemas.assets import IdentifierBody
from finsage.platform.wire import Wire


class HitOut(Wire):
    """An asset that was found. ``asset_id`` is null where it is not kept here yet: POST /assets adds it.

    ``providers`` found it. What nobody stated is null or empty.
    """

    symbol: str
    name: str
    asset_class: AssetClass | None
    currency: str | None
    mic: str
    isin: str | None
    identifiers: list[IdentifierBody]
    asset_id: UUID | None
    is_own: bool
    is_simulated: bool
    providers: list[str]


class SearchFailure(Wire):
    """A provider that could not answer, by the slug of its problem."""

    provider: str
    problem: str
    detail: str


class SearchOut(Wire):
    """What was found, best first; the symbols that several items bear; who was asked and who could not answer."""

    items: list[HitOut]
    ambiguous_symbols: list[str]
    asked: list[str]
    failures: list[SearchFailure]
    next_cursor: None = None
