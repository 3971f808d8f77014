"""The door to reading a file of closes; whoever only reads one waits for no database's libraries."""

from __future__ import annotations

from finsage.market.price_files import read_price_file

__all__ = ["read_price_file"]
