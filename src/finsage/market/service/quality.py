"""How good the prices of one asset are: their sources, the age of the last one, and what was not believed.

The age is that of the instant the source itself states and that is stored: a restart makes nothing younger.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from finsage.market.identifiers import PRICED_BY
from finsage.market.service.assets import Asset, asset_by_id
from finsage.market.service.prices import DatedValue, latest_prices
from finsage.market.store import identifiers, json_sources, quality
from finsage.market.store.quality import LastAnswer, PriceSource
from finsage.market.store.quarantine import Quarantined
from finsage.market.trading_hours import session_day
from finsage.platform import clock
from finsage.platform.database import ReadSession

__all__ = ["LastAnswer", "PriceQuality", "PriceSource", "Quarantined", "price_quality"]

QUARANTINE_MAX = 20


@dataclass(frozen=True, slots=True)
class PriceQuality:
    """What is known of an asset's prices.

    ``quoted_at`` is the instant of the last price, where its source states one; ``is_followed`` says that providers are
    asked for it.
    """

    asset: Asset
    price: DatedValue | None
    quoted_at: datetime | None
    age_days: int | None
    is_stale: bool
    is_followed: bool
    last_answer: LastAnswer
    sources: list[PriceSource]
    quarantine: list[Quarantined]


async def price_quality(session: ReadSession, asset_id: UUID) -> PriceQuality:
    """How good the prices of an asset are.

    Raises:
        AssetNotFound: absent, or another tenant's.
    """
    asset = await asset_by_id(session, asset_id)
    today = clock.today("UTC")
    price = (await latest_prices(session, [asset_id], on=today)).get(asset_id)
    answer = await quality.last_answer(session, asset_id)
    names = await identifiers.of_asset(session, asset_id)
    source = await json_sources.of_asset(session, asset_id)
    age_days = (today - price.day).days if price else None
    is_quote = price is not None and answer.as_of is not None and session_day(asset.mic, answer.as_of) == price.day
    return PriceQuality(
        asset,
        price,
        answer.as_of if is_quote else None,
        age_days,
        age_days is None or age_days > asset.stale_after_days,
        source is not None or any(name.scheme in PRICED_BY for name in names),
        answer,
        await quality.price_sources(session, asset_id),
        await quality.quarantined(session, asset_id, QUARANTINE_MAX),
    )
