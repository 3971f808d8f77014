"""Where the prices of one asset are from and what is to be said about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text

from finsage.market.store.quarantine import FOR_DECIDING, Quarantined, select_quarantined
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.database import ReadSession


@dataclass(frozen=True, slots=True)
class PriceSource:
    """Who gave closes of an asset, how many, and from which day to which."""

    source: str
    closes: int
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class LastAnswer:
    """How asking for an asset went last: who answered, with a price of which instant, and what is to be said."""

    provider: str | None = None
    as_of: datetime | None = None
    asked_at: datetime | None = None
    flag: str | None = None
    problem: str | None = None


# A tenant's own close of a day stands before the public one.
_SOURCES = text("""
    SELECT source, count(*)::int AS closes, min(day) AS first, max(day) AS last FROM (
        SELECT DISTINCT ON (day) day, source FROM prices
        WHERE tenant_id = ANY (ARRAY[current_setting('app.tenant')::uuid, :everyone]) AND asset_id = :asset
        ORDER BY day, tenant_id = :everyone
    ) AS seen GROUP BY source ORDER BY last DESC, source
""")
_STANDING = text(
    "SELECT provider, as_of, asked_at, nullif(concat_ws(' ', flag, deviation), '') AS flag, problem"
    " FROM asset_refreshes WHERE asset_id = :asset"
)
_QUARANTINE = select_quarantined(f"q.asset_id = :asset ORDER BY q.state <> 'open', {FOR_DECIDING} LIMIT :limit")


async def price_sources(session: ReadSession, asset_id: UUID) -> list[PriceSource]:
    """The sources of the closes of an asset that the session sees, the one of the newest close first."""
    rows = await session.execute(_SOURCES, {"everyone": PUBLIC_TENANT, "asset": asset_id})
    return [PriceSource(**row) for row in rows.mappings()]


async def last_answer(session: ReadSession, asset_id: UUID) -> LastAnswer:
    """How asking for it went last; all None where nobody was asked."""
    row = (await session.execute(_STANDING, {"asset": asset_id})).mappings().one_or_none()
    return LastAnswer(**row) if row else LastAnswer()


async def quarantined(session: ReadSession, asset_id: UUID, limit: int) -> list[Quarantined]:
    """The prices of an asset that were put aside: those nobody decided about first, in the order for deciding."""
    rows = await session.execute(_QUARANTINE, {"asset": asset_id, "limit": limit})
    return [Quarantined(**row) for row in rows.mappings()]
