"""What can be held. The key of an asset is an opaque text: an ISO code for a currency, anything else for the rest."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from finsage.finance.money import ONE, PLACES

STALE_AFTER_DAYS = 5
STALE_AFTER_DAYS_CRYPTO = 2


@dataclass(frozen=True, slots=True)
class Asset:
    """An asset that is not plain cash.

    ``currency`` is the one its prices are quoted in; ``multiplier`` turns a quoted price into the money for one unit
    (100 for an option on 100 shares); ``decimals`` is the finest part of a unit; a price older than
    ``stale_after_days`` calendar days is shown as stale.
    """

    key: str
    currency: str
    multiplier: Decimal = ONE
    decimals: int = PLACES
    stale_after_days: int = STALE_AFTER_DAYS

    @property
    def places(self) -> int:
        """Decimals kept when a quantity or an amount of this asset is divided."""
        return max(PLACES, self.decimals)
