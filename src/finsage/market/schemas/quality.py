"""The wire shapes of what is known of an asset beside its prices."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from finsage.market.schemas.assets import AssetOut
from finsage.market.schemas.data_health import QuarantinedOut
from finsage.platform.wire import Dec, Wire


class PriceSourceOut(Wire):
    """Who gave closes of an asset, how many, and from which day to which."""

    source: str
    closes: int
    first: date
    last: date


class PriceQualityOut(Wire):
    """How good the prices of an asset are.

    ``quoted_at`` is the instant of the last price, null where its source states only a day. ``provider`` answered last,
    when asked at ``asked_at``; ``flag`` says what is odd about its price, ``problem`` why there was none.
    """

    asset_id: UUID
    price: Dec | None
    currency: str
    as_of: date | None
    quoted_at: datetime | None
    age_days: int | None
    stale_after_days: int
    is_stale: bool
    is_followed: bool
    provider: str | None
    asked_at: datetime | None
    flag: str | None
    problem: str | None
    sources: list[PriceSourceOut]
    quarantine: list[QuarantinedOut]


class FormerSymbolOut(Wire):
    """What an asset was called before, on a market, and until when."""

    symbol: str
    mic: str
    until: datetime


class MergedOut(Wire):
    """An asset that is this one for this tenant."""

    asset_id: UUID
    symbol: str
    name: str
    merged_at: datetime


class AssetDetail(AssetOut):
    """An asset with what it was called and which others it is; ``merged_into`` where it is itself another one."""

    former_symbols: list[FormerSymbolOut]
    merged_into: MergedOut | None
    merged: list[MergedOut]
