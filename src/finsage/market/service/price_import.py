"""Importing a file of closes: all of it or, where it has errors, nothing; unknown symbols are listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from finsage.errors import Fault
from finsage.market import events
from finsage.market.asset import Asset, AssetDraft
from finsage.market.close import Gap, gaps_of
from finsage.market.currencies import is_currency
from finsage.market.errors import InvalidPriceFile, NoSuchCurrency
from finsage.market.price_files import PriceFile, PriceLine, RowError, read_price_file
from finsage.market.service.assets import create_assets, resolve_symbols
from finsage.market.service.prices import write_prices
from finsage.market.store.assets import SymbolLookup
from finsage.platform import queue
from finsage.platform.caller import Caller
from finsage.platform.database import WriteSession, allow_idling

SOURCE = "csv"
IDLE_SECONDS = 120
ERRORS_SHOWN_MAX = 200

__all__ = ["PriceImport", "import_prices", "read_price_file"]


@dataclass(frozen=True, slots=True)
class SymbolGap:
    """A gap between the closes of one symbol of the file."""

    symbol: str
    gap: Gap


@dataclass(frozen=True, slots=True)
class PriceImport:
    """What an import did. ``unknown_symbols`` were left out; with ``create_assets`` there are none."""

    rows_read: int
    rows_written: int
    rows_unchanged: int
    assets_created: int
    unknown_symbols: list[str]
    gaps: list[SymbolGap]


_Name = tuple[str, str]
"""A symbol and the currency the file gives it (empty where it does not)."""


@dataclass(slots=True)
class _Resolution:
    known: dict[_Name, Asset] = field(default_factory=dict)
    unknown: list[_Name] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)


async def import_prices(
    session: WriteSession, caller: Caller, file: PriceFile, *, create_assets: bool, currency: str | None
) -> PriceImport:
    """Write the closes of a file as prices of the caller's tenant.

    A symbol is one of the tenant's or of everyone; ``SYMBOL@MIC`` names the market. Simulated assets are
    never meant.

    Args:
        session: of the caller's tenant.
        caller: whose prices they become.
        file: as ``read_price_file`` gives it.
        create_assets: whether unknown symbols become custom assets, of class equity and named by their
            symbol.
        currency: of new assets and for choosing between several, where the file has no currency of its own.

    Raises:
        InvalidPriceFile: with a fault per error; nothing was written.
        NoSuchCurrency: ``currency`` is none.
    """
    if currency is not None and not is_currency(currency):
        raise NoSuchCurrency(faults=(Fault("/currency", f"{currency[:12]!r} is no currency"),))
    _refuse(file.errors)
    first_lines: dict[_Name, PriceLine] = {}
    for line in file.lines:
        first_lines.setdefault((line.symbol, line.currency), line)
    resolution = await _resolve(session, first_lines, currency)
    if create_assets:
        resolution.errors += _without_currency(resolution.unknown, first_lines, currency)
    _refuse(resolution.errors)
    created = await _create(session, caller, resolution, currency) if create_assets else 0
    # What is worked out next takes seconds where there are hundreds of thousands of lines.
    await allow_idling(session, IDLE_SECONDS)
    closes, conflicts = _closes(file.lines, resolution.known)
    _refuse(conflicts)
    rows = [(asset_id, day, close) for (asset_id, day), close in closes.items()]
    written = await write_prices(session, caller.tenant_id, rows, source=SOURCE)
    if written.written:
        await queue.enqueue(session, events.HISTORY_STORED, {}, tenant_id=caller.tenant_id)
    unknown = [] if create_assets else sorted({symbol for symbol, _ in resolution.unknown})
    gaps = _gaps(file.lines)
    return PriceImport(len(file.lines), written.written, written.unchanged, created, unknown, gaps)


def _refuse(errors: list[RowError]) -> None:
    if not errors:
        return
    shown = sorted(errors, key=lambda error: error.line)[:ERRORS_SHOWN_MAX]
    faults = tuple(Fault(error.place, error.message) for error in shown)
    rows = [
        {"line": error.line, "column": error.column, "code": error.code, "message": error.message} for error in shown
    ]
    count = f"{len(errors)} errors" if len(errors) > 1 else "1 error"
    raise InvalidPriceFile(
        f"The file has {count}; nothing was written. Mend them and import it again.",
        faults=faults,
        rows=rows,
        errors_count=len(errors),
    )


async def _resolve(session: WriteSession, first_lines: Mapping[_Name, PriceLine], currency: str | None) -> _Resolution:
    lookups = [_lookup(symbol, named) for symbol, named in first_lines]
    whole = await resolve_symbols(session, [SymbolLookup(symbol, currency=named) for symbol, named in first_lines])
    split = await resolve_symbols(session, lookups)
    resolution = _Resolution()
    for name, line, found, by_market in zip(first_lines, first_lines.values(), whole, split, strict=True):
        candidates = found or by_market
        if len(candidates) > 1 and currency is not None:
            candidates = [asset for asset in candidates if asset.currency == currency] or candidates
        if len(candidates) > 1:
            resolution.errors.append(_ambiguous(line, candidates))
        elif candidates:
            resolution.known[name] = candidates[0]
        else:
            resolution.unknown.append(name)
    return resolution


def _lookup(symbol: str, currency: str) -> SymbolLookup:
    label, _, mic = symbol.rpartition("@")
    return SymbolLookup(label, mic=mic, currency=currency) if label else SymbolLookup(symbol, currency=currency)


def _ambiguous(line: PriceLine, candidates: list[Asset]) -> RowError:
    listed = ", ".join(f"{asset.name} ({asset.currency}, {asset.mic or 'no market'})" for asset in candidates[:10])
    message = f"{line.symbol} can be {listed}; add a column currency or write {line.symbol}@MIC."
    return RowError(line.line, "symbol", "symbol_ambiguous", message)


def _without_currency(
    unknown: list[_Name], first_lines: Mapping[_Name, PriceLine], currency: str | None
) -> list[RowError]:
    message = "The new asset {} needs a currency; add a column currency or give one for the whole file."
    return [
        RowError(first_lines[name].line, "symbol", "currency_missing", message.format(name[0]))
        for name in unknown
        if not name[1] and currency is None
    ]


async def _create(session: WriteSession, caller: Caller, resolution: _Resolution, currency: str | None) -> int:
    drafts: dict[_Name, AssetDraft] = {}
    for symbol, named in resolution.unknown:
        label, _, mic = symbol.rpartition("@")
        unit = named or currency or ""
        plain = label if label and len(mic) == 4 else symbol
        draft = AssetDraft(plain, plain, "equity", unit, mic=mic if plain != symbol else "")
        drafts[symbol, named] = draft
    distinct = list(dict.fromkeys(drafts.values()))
    made = dict(zip(distinct, await create_assets(session, caller, distinct), strict=True))
    resolution.known |= {name: made[draft] for name, draft in drafts.items()}
    return len(made)


def _closes(
    lines: list[PriceLine], known: Mapping[_Name, Asset]
) -> tuple[dict[tuple[UUID, date], Decimal], list[RowError]]:
    closes: dict[tuple[UUID, date], Decimal] = {}
    conflicts = []
    for line in lines:
        asset = known.get((line.symbol, line.currency))
        if asset is None:
            continue
        if closes.setdefault((asset.id, line.day), line.close) != line.close:
            message = f"{line.symbol} is {asset.name}, which has another close on {line.day} in this file; keep one."
            conflicts.append(RowError(line.line, "close", "duplicate_day", message))
    return closes, conflicts


def _gaps(lines: list[PriceLine]) -> list[SymbolGap]:
    days: dict[str, list[date]] = {}
    for line in lines:
        days.setdefault(line.symbol, []).append(line.day)
    return [SymbolGap(symbol, gap) for symbol, given in sorted(days.items()) for gap in gaps_of(sorted(given))]
