"""``finsage prices import``: a file of closes into a tenant's prices, as ``POST /prices/import`` does it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from finsage.market.price_files import read_price_file
from finsage.market.service import price_import
from finsage.market.service.price_import import PriceImport
from finsage.platform.caller import Caller
from finsage.platform.database import Database


async def import_prices(
    database: Database, caller: Caller, path: Path, *, create_assets: bool, currency: str | None
) -> PriceImport:
    """Import one file in one transaction.

    Args:
        database: of the installation.
        caller: in whose tenant the prices are kept.
        path: of the CSV.
        create_assets: whether unknown symbols become custom assets.
        currency: of those, where the file has no column for it.

    Raises:
        InvalidPriceFile: the file has errors; nothing was written.
        PriceFileTooLarge: more than 64 MiB.
    """
    file = read_price_file(await asyncio.to_thread(path.read_bytes))
    async with database.write(caller.tenant_id, caller.user_id) as session:
        return await price_import.import_prices(session, caller, file, create_assets=create_assets, currency=currency)
