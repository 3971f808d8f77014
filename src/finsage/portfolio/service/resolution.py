"""What a request calls by symbol, id or code, as the keys the ledger knows it by."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from finsage.errors import Fault
from finsage.finance.transaction import Draft, PoolLeg
from finsage.market.service import assets as market_assets
from finsage.market.service import currencies
from finsage.market.service.assets import Asset
from finsage.platform.database import ReadSession
from finsage.portfolio.errors import SymbolAmbiguous, SymbolUnknown, UnknownCurrency
from finsage.portfolio.service.books import is_asset_key

# What a request calls them, by symbol and by id.
_FIELDS = {
    "asset": ("symbol", "asset_id"),
    "to_asset": ("to_symbol", "to_asset_id"),
    "fee_currency": ("fee_currency", "fee_currency"),
}


async def resolve(session: ReadSession, drafts: list[Draft]) -> list[Draft]:
    """The drafts with ids in the place of symbols.

    Raises:
        UnknownCurrency, SymbolUnknown, SymbolAmbiguous: at the pointer of the draft and field.
    """
    found: dict[str, str] = {}
    resolved = []
    for draft in drafts:
        for name in ("currency", "settle_currency"):
            code = getattr(draft, name)
            if code is not None and not currencies.is_currency(code):
                raise UnknownCurrency(
                    f"{code} is not a currency FinSage knows.",
                    faults=(Fault(f"{draft.pointer}/{name}", f"{code} is unknown"),),
                )
        changed: dict[str, Any] = {
            name: await _key(session, value, found, f"{draft.pointer}/{by_id if is_asset_key(value) else by_symbol}")
            for name, (by_symbol, by_id) in _FIELDS.items()
            if (value := getattr(draft, name)) is not None
            and not (name == "fee_currency" and currencies.is_currency(value))
        }
        legs = [
            PoolLeg(await _key(session, leg.asset, found, f"{draft.pointer}/legs/{place}/{field}"), leg.quantity)
            for place, leg in enumerate(draft.legs)
            for field in ["asset_id" if is_asset_key(leg.asset) else "symbol"]
        ]
        resolved.append(replace(draft, legs=tuple(legs), **changed))
    return resolved


async def _key(session: ReadSession, given: str, found: dict[str, str], pointer: str) -> str:
    """The ledger key of an id, a symbol or a currency code.

    BND is a fund and the Brunei dollar: what is traded is an asset if there is one, what pays a fee is money.
    """
    if given not in found:
        found[given] = await _look_up(session, given, pointer)
    return found[given]


def _told_apart(asset: Asset) -> str:
    market = f" on {asset.mic}" if asset.mic else ""
    return f"{asset.name}{market} in {asset.currency} ({asset.id})"


async def _look_up(session: ReadSession, given: str, pointer: str) -> str:
    if is_asset_key(given):
        candidates = await market_assets.resolve_id(session, UUID(given))
    else:
        candidates = await market_assets.resolve_symbol(session, given)
    if not candidates and currencies.is_currency(given):
        return given
    if not candidates:
        raise SymbolUnknown(
            f"No asset is called {given}. Add it under Assets first, or choose one from the list.",
            faults=(Fault(pointer, f"{given} is unknown"),),
        )
    if len(candidates) > 1:
        names = ", ".join(_told_apart(asset) for asset in candidates[:10])
        raise SymbolAmbiguous(
            f"{given} may be {names}.",
            faults=(Fault(pointer, "several assets have this symbol"),),
            candidates=[str(asset.id) for asset in candidates[:10]],
        )
    return str(candidates[0].id)
