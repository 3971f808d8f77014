"""``finsage prices``: a file of closes into a tenant's prices, as ``POST /prices/import`` does it."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from finsage.cli.session import AsJson, DataDir, User, run_as, show
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
    file = price_import.read_price_file(await asyncio.to_thread(path.read_bytes))
    async with database.write(caller.tenant_id, caller.user_id) as session:
        return await price_import.import_prices(session, caller, file, create_assets=create_assets, currency=currency)


def command(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV: date,symbol,close[,currency]")],
    create_assets: Annotated[bool, typer.Option("--create-assets", help="Create assets for unknown symbols")] = False,
    currency: Annotated[str | None, typer.Option(help="Of those assets, where the file has no column for it")] = None,
    user: User = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Load closes from a CSV file, all or none."""

    async def work(database: Database, caller: Caller) -> PriceImport:
        return await import_prices(database, caller, file, create_assets=create_assets, currency=currency)

    show(asdict(run_as(data_dir, user, work)), as_json=as_json)
