"""What an uploaded file would book: every row with its status, unknown symbols, and the effect. Nothing is written."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO, NamedTuple
from uuid import UUID

from finsage.finance.ledger import Ledger
from finsage.finance.money import ONE, ZERO
from finsage.finance.settlement import needs_market_rate
from finsage.finance.transaction import Draft
from finsage.market.service import assets as market_assets
from finsage.market.service import currencies
from finsage.market.service import rates as market_rates
from finsage.market.service.assets import Asset, SymbolLookup
from finsage.platform import clock
from finsage.platform.database import ReadSession
from finsage.portfolio.importers.fingerprint import Fingerprints
from finsage.portfolio.importers.parsing import Options, parse
from finsage.portfolio.importers.rows import AssetHint, Entry, ParsedFile, ParsedRow, RowError, RowStatus
from finsage.portfolio.service import books, derivation, import_mapping, import_report
from finsage.portfolio.service.books import Book
from finsage.portfolio.service.import_mapping import Table
from finsage.portfolio.service.import_sources import Marked, booked_as
from finsage.portfolio.service.memory import TRANSACTIONS_MAX
from finsage.portfolio.service.transactions import Request, drafts_of, with_lots_of
from finsage.portfolio.store import imports as store
from finsage.portfolio.store.imports import StoredImport
from finsage.portfolio.store.portfolios import Portfolio

ROWS_MAX = 1_000_000
ERRORS_SHOWN = 200
STATUSES = ("new", "duplicate", "warning", "error", "skipped")


@dataclass(frozen=True, slots=True)
class UnknownSymbol:
    """A symbol of the file that names no asset, or several (``candidates``); ``rows`` wait for the answer."""

    hint: AssetHint
    rows: int
    candidates: tuple[Asset, ...]


class Money(NamedTuple):
    """What the amounts of a file are measured in: the portfolio's currency; from which day on others have rates."""

    base_currency: str
    rates_from: Mapping[str, date]


async def money_of(session: ReadSession, portfolio: Portfolio) -> Money:
    """What the amounts of a file are measured in."""
    return Money(portfolio.base_currency, await market_rates.first_days(session))


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A row of the file as it would be booked. ``status``: new, duplicate, warning, error or skipped."""

    line: int
    status: str
    draft: Draft | None
    message: str


@dataclass(frozen=True, slots=True)
class Change:
    """Units of an asset or currency before and after."""

    label: str
    before: Decimal
    after: Decimal


@dataclass(frozen=True, slots=True)
class Missing:
    """Units the file takes out that were never acquired."""

    symbol: str
    day: str
    quantity: Decimal


@dataclass(slots=True)
class Preview:
    """Everything to decide on before an import is confirmed."""

    stored: StoredImport
    rows: list[PreviewRow] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    unknown: list[UnknownSymbol] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    cash: list[Change] = field(default_factory=list)
    holdings: list[Change] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    table: Table | None = None
    report: dict[str, Any] | None = None
    kept_counts: dict[str, int] | None = None

    def summary(self) -> dict[str, Any]:
        """What is kept of a preview: the counts, and the reconciliation of formats that have one."""
        return self.counts() | ({"reconciliation": self.report} if self.report else {})

    def counts(self) -> dict[str, int]:
        """Rows per status, and all of them; ``kept_counts`` where the rows are kept elsewhere."""
        if self.kept_counts is not None:
            return self.kept_counts
        counted = Counter(row.status for row in self.rows)
        return {"total": len(self.rows)} | {status: counted[status] for status in STATUSES}


async def read_file(
    content: bytes | BinaryIO, *, file_name: str, form: str | None, options: Mapping[str, Any], time_zone: str
) -> ParsedFile:
    """Parse an uploaded file off the event loop.

    Raises:
        UnreadableFile, UnknownFormat, AmbiguousFormat, TooManyRows: the file as a whole cannot be read.
    """
    plain = {name: value for name, value in options.items() if name not in {"mapping", "template"}}
    given = Options(time_zone=time_zone, rows_max=ROWS_MAX, today=clock.today(time_zone), **plain)
    if "mapping" in options:
        return await asyncio.to_thread(
            import_mapping.parsed, content, file_name=file_name, form=form, options=given, chosen=options["mapping"]
        )
    return await asyncio.to_thread(parse, content, file_name=file_name, format=form, options=given)


async def preview(session: ReadSession, stored: StoredImport, *, with_effect: bool) -> Preview:
    """Work out what an import would book now.

    Args:
        session: of the tenant.
        stored: the import.
        with_effect: also fold the books before and after; not needed to list rows.
    """
    content = await store.content_of(session, stored.id)
    result = await preview_of(session, stored, content, with_report=with_effect)
    if with_effect and result.requests:
        await add_effect(session, result)
    return result


async def preview_of(
    session: ReadSession, stored: StoredImport, content: bytes | BinaryIO, *, with_report: bool
) -> Preview:
    """As ``preview`` of this content, without its effect. What takes long is done by threads.

    Args:
        with_report: also the reconciliation, and the table of a file whose columns a person names.
    """
    portfolio = await books.find(session, stored.portfolio_id)
    parsed = await read_file(
        content,
        file_name=stored.file_name,
        form=stored.format,
        options=stored.options,
        time_zone=portfolio.time_zone,
    )
    hints, uses = await asyncio.to_thread(_hints_and_uses, parsed)
    keys, unknown = await resolve(session, hints, uses, stored.resolutions)
    result = Preview(stored, errors=list(parsed.errors), unknown=unknown)
    marked = await asyncio.to_thread(_mark, parsed, portfolio)
    booked = await booked_as(session, portfolio.id, parsed.format, [pair for _, entries in marked for pair in entries])
    await asyncio.to_thread(_add_rows, result, marked, keys, booked, await money_of(session, portfolio))
    if with_report:
        troubles = {row.line: row.message for row in result.rows if row.status == "error"}
        result.report = import_report.report(parsed, troubles, base_currency=portfolio.base_currency)
    if with_report and "mapping" in stored.options:
        result.table = await import_mapping.look_at(content, stored.options)
    return result


_MarkedRow = tuple[ParsedRow, list[Marked]]


def _mark(parsed: ParsedFile, portfolio: Portfolio) -> list[_MarkedRow]:
    prints = Fingerprints(str(portfolio.id), parsed.format)
    return [(row, [(entry, prints.mark(entry, row.line)[0]) for entry in row.entries]) for row in parsed.rows]


def _add_rows(
    result: Preview,
    marked: Sequence[_MarkedRow],
    keys: Mapping[str, str],
    booked: Mapping[bytes, UUID],
    money: Money,
) -> None:
    sources = {
        entry.external_id: str(booked[mark]) for _, entries in marked for entry, mark in entries if mark in booked
    }
    seen = set(booked)
    for row, entries in marked:
        _add_row(result, row, entries, keys, seen, money=money)
    result.requests = [
        replace(item, draft=with_lots_of(item.draft, sources)) if item.draft.lot_ids else item
        for item in result.requests
    ]
    result.rows.sort(key=lambda row: row.line)


async def resolve(
    session: ReadSession, hints: Mapping[str, AssetHint], waiting: Mapping[str, int], resolutions: Mapping[str, str]
) -> tuple[dict[str, str], list[UnknownSymbol]]:
    """The ledger key of every symbol in a file that has exactly one, and the symbols that do not.

    Args:
        hints: what the file says about each symbol.
        waiting: how many transactions name each symbol.
        resolutions: answers of a person.
    """
    named = waiting.keys()
    keys = {symbol: symbol for symbol in named if _is_cash(symbol, hints.get(symbol))}
    keys |= {symbol: resolutions[symbol] for symbol in named if symbol in resolutions}
    open_symbols = sorted(named - keys.keys())
    wanted = [hints.get(symbol, AssetHint(symbol)) for symbol in open_symbols]
    lookups = [SymbolLookup(hint.ticker or hint.symbol, hint.isin, hint.mic, hint.currency) for hint in wanted]
    found = await market_assets.resolve_symbols(session, lookups) if lookups else []
    if any(hint.is_simulated for hint in wanted):
        simulated = await market_assets.resolve_symbols(session, lookups, with_simulated=True)
        found = [own if hint.is_simulated else any_ for hint, own, any_ in zip(wanted, simulated, found, strict=True)]
    unknown = []
    for hint, candidates in zip(wanted, found, strict=True):
        if len(candidates) == 1:
            keys[hint.symbol] = str(candidates[0].id)
        else:
            unknown.append(UnknownSymbol(hint, waiting[hint.symbol], tuple(candidates)))
    return keys, unknown


def _hints_and_uses(parsed: ParsedFile) -> tuple[dict[str, AssetHint], Counter[str]]:
    """What the file says about each symbol, and how many transactions name it."""
    uses = Counter(name for row in parsed.rows for draft in row.drafts for name in set(draft.asset_keys))
    return _hints(parsed), uses


def _hints(parsed: ParsedFile) -> dict[str, AssetHint]:
    """What the file says about each symbol: the first that each row knows, so that a row without a name hides none."""
    hints: dict[str, AssetHint] = {}
    for row in parsed.rows:
        add_hints(hints, row)
    return hints


def add_hints(hints: dict[str, AssetHint], row: ParsedRow) -> None:
    """Add what a row that can be booked says about its assets, where nothing is known yet."""
    for hint in row.assets if row.entries else ():
        add_hint(hints, hint)


def add_hint(hints: dict[str, AssetHint], hint: AssetHint) -> None:
    """Add what is said of an asset where nothing is known yet."""
    known = hints.setdefault(hint.symbol, hint)
    if known is not hint and known != hint:
        gaps = {name: getattr(hint, name) for name in AssetHint.__slots__ if getattr(known, name) is None}
        hints[hint.symbol] = replace(known, **gaps)


def _is_cash(symbol: str, hint: AssetHint | None) -> bool:
    # BND is a fund and the Brunei dollar: a code is money only where the file does not say that it is something else.
    return currencies.is_currency(symbol) and (hint is None or hint.asset_class in {"cash", "fx"})


def _add_row(
    result: Preview,
    row: ParsedRow,
    entries: Sequence[tuple[Entry, bytes]],
    keys: Mapping[str, str],
    booked: set[bytes],
    *,
    money: Money,
) -> None:
    first = entries[0][0].draft if entries else None
    if row.status in {RowStatus.ERROR, RowStatus.SKIPPED} or not entries:
        status = "error" if row.status is RowStatus.ERROR else "skipped"
        result.rows.append(PreviewRow(row.line, status, first, row.message))
        return
    troubles = (trouble_with(entry.draft, keys, money) for entry, _ in entries)
    trouble = next((why for why in troubles if why is not None), None)
    if trouble is not None:
        result.errors.append(RowError(row.line, "", *trouble))
        result.rows.append(PreviewRow(row.line, "error", first, trouble[1]))
        return
    fresh = [(entry, mark) for entry, mark in entries if mark not in booked]
    booked |= {mark for _, mark in entries}  # a record that the file holds twice is booked once
    if not fresh:
        result.rows.append(PreviewRow(row.line, "duplicate", first, "already booked"))
        return
    result.requests += [_request(entry, mark, keys) for entry, mark in fresh]
    status = "warning" if row.status is RowStatus.WARNING else "new"
    result.rows.append(PreviewRow(row.line, status, first, row.message))


def trouble_with(draft: Draft, keys: Mapping[str, str], money: Money) -> tuple[str, str] | None:
    """Why a readable row still cannot be booked: code and message."""
    for symbol in draft.asset_keys:
        if symbol not in keys:
            return "unknown_symbol", f"{symbol} is not known yet: choose or create its asset"
    for code in (draft.currency, draft.settle_currency):
        if code is not None and not currencies.is_currency(code):
            return "unknown_currency", f"{code} is not a currency FinSage knows"
    if converts_into_itself(draft, money.base_currency):
        return "rate", f"{draft.currency} settles in {draft.currency}: a rate of {draft.fx_rate:f} cannot be"
    if lacks_rate(draft, money):
        pair = f"from {draft.currency} to {draft.settle_currency}"
        return "missing_rate", f"no rate {pair} is known on {draft.booked_on}: give fx_rate or settle_amount"
    return None


def lacks_rate(draft: Draft, money: Money) -> bool:
    """Whether a draft settles at a market rate of a day before there is one."""
    currency, settle = draft.currency, draft.settle_currency
    if currency is None or settle is None or not needs_market_rate(draft, currency):
        return False
    return any(money.rates_from.get(code, date.max) > draft.booked_on for code in (currency, settle))


def converts_into_itself(draft: Draft, base_currency: str) -> bool:
    """Whether a rate other than one stands between a currency and itself, which only the portfolio's tells."""
    return (draft.fx_rate or ONE) != ONE and draft.currency == (draft.settle_currency or base_currency)


def _request(entry: Entry, mark: bytes, keys: Mapping[str, str]) -> Request:
    draft = entry.draft.renamed(keys)
    return Request(draft=draft, note=entry.note, tags=entry.tags, fingerprint=mark, source_id=entry.external_id)


async def add_effect(session: ReadSession, result: Preview) -> None:
    """Fold the books before and after, and note what changes."""
    before = await books.load(session, await books.find(session, result.stored.portfolio_id))
    new = await asyncio.to_thread(_new_drafts, before, result.requests)
    await note_effect(session, result, before, new)


async def note_effect(session: ReadSession, result: Preview, before: Book, new: Sequence[Draft]) -> None:
    """Note what changes when these drafts, whose ids begin with ``row-``, join a book."""
    after = await books.with_drafts(session, before, (*before.drafts, *new))
    del new
    old: dict[str, Decimal] = {}
    checkpoints = None
    if before.drafts:
        # Most rows are newer than the book, and the second fold goes on from there. That takes a trail, whose memory
        # is bounded.
        ledger = await derivation.fold_book(session, before, with_trail=len(after.drafts) <= TRANSACTIONS_MAX)
        old, checkpoints = _units(ledger), ledger.checkpoints
        del ledger
    ledger = await derivation.fold_book(session, after, with_trail=False, before=checkpoints)
    units = old, _units(ledger)
    for key in sorted(units[0].keys() | units[1].keys()):
        change = Change(after.label(key), units[0].get(key, ZERO), units[1].get(key, ZERO))
        if change.before != change.after:
            (result.holdings if books.is_asset_key(key) else result.cash).append(change)
    result.missing = [
        Missing(after.label(item.asset), item.day.isoformat(), item.quantity)
        for item in ledger.missing_acquisitions
        if item.transaction.startswith("row-")
    ]


def _new_drafts(before: Book, requests: Sequence[Request]) -> list[Draft]:
    start = max((draft.sequence for draft in before.drafts), default=0) + 1
    return drafts_of(before.portfolio.id, requests, start, ids=(f"row-{index}" for index in itertools.count()))


def _units(ledger: Ledger) -> dict[str, Decimal]:
    units: dict[str, Decimal] = {}
    for position in ledger.positions():
        units[position.asset] = units.get(position.asset, ZERO) + position.quantity
    return units


def asset_ids(resolutions: Mapping[str, str]) -> list[UUID]:
    """The assets named by resolutions."""
    return [UUID(key) for key in resolutions.values() if books.is_asset_key(key)]
