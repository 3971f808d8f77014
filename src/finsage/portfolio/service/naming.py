"""Names for ledger keys: an asset's symbol and name, or the currency code itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from finsage.market.service import assets as market_assets
from finsage.market.service.assets import Asset
from finsage.platform.database import ReadSession
from finsage.portfolio.service.books import is_asset_key
from finsage.portfolio.store.transactions import Header


@dataclass(frozen=True, slots=True)
class Names:
    """Assets by id, with what to show for a ledger key."""

    assets: Mapping[UUID, Asset]

    def label(self, key: str) -> str:
        asset = self._asset(key)
        return asset.symbol if asset else key

    def symbol(self, header: Header) -> str | None:
        """What the asset of a transaction is called now; what it was recorded under where it is gone."""
        asset = self.assets.get(header.asset_id) if header.asset_id else None
        return asset.symbol if asset else header.symbol

    def name(self, key: str) -> str | None:
        asset = self._asset(key)
        return asset.name if asset else None

    def currency(self, key: str | None) -> str | None:
        asset = self._asset(key) if key else None
        return asset.currency if asset else None

    def asset_id(self, key: str) -> UUID | None:
        return UUID(key) if is_asset_key(key) else None

    def _asset(self, key: str) -> Asset | None:
        return self.assets.get(UUID(key)) if is_asset_key(key) else None


async def names_of(session: ReadSession, headers: Sequence[Header], keys: Iterable[str] = ()) -> Names:
    """Look up every asset that transactions or other keys name, in one query."""
    named = set(keys)
    for header in headers:
        named |= {header.draft[field] for field in ("asset", "to_asset", "fee_currency") if field in header.draft}
        named |= {leg["asset"] for leg in header.draft.get("legs", ())}
    ids = {UUID(key) for key in named if is_asset_key(key)}
    return Names(await market_assets.assets_by_ids(session, ids) if ids else {})
