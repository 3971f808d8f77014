"""Which codes are currencies; see ``market.currencies`` for the rule of quotation units."""

from __future__ import annotations

from finsage.market.currencies import CURRENCIES, Currency, is_currency

__all__ = ["CURRENCIES", "Currency", "is_currency"]
