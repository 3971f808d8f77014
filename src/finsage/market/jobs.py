"""Work of this slice that no request waits for. Each opens its own transaction."""

from __future__ import annotations

from finsage.market.service import rates
from finsage.market.service.rates import RatesLoaded
from finsage.platform.database import Database


async def load_ecb_rates(database: Database) -> RatesLoaded:
    """Load the exchange rates FinSage brings along; safe to repeat and to run from several processes.

    Raises:
        RatesUnavailable: the file is not installed.
    """
    async with database.write() as session:
        return await rates.load_ecb_rates(session)
