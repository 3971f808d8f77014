"""The door to reading a file of closes; whoever only reads one waits for no database's libraries."""

from __future__ import annotations

from finsage.market.asset import ASSET_CLASSES
from finsage.market.price_files import PriceLine, RowError, read_price_file

__all__ = ["ASSET_CLASSES", "PriceLine", "RowError", "read_price_file"]
