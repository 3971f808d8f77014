"""What a figure's builder hands over, and the market data behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TypeVar

from finsage.finance.asset import Asset
from finsage.finance.explanation.basis import Basis, Course
from finsage.finance.explanation.model import (
    Contribution,
    Disposal,
    Kind,
    PriceUsed,
    RateUsed,
    Span,
    Tables,
    Term,
    Valuation,
)
from finsage.finance.ledger import Entry, known
from finsage.finance.money import UNKNOWN, total
from finsage.finance.quote import Quote
from finsage.finance.transaction import AT_MARKET
from finsage.finance.valuation import STALE_RATE_DAYS

_Row = TypeVar("_Row")
_Owned = TypeVar("_Owned", Term, Contribution, Valuation, Disposal, Span)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts(Tables):
    """The tables of an explanation. ``booked`` are the transactions whose own market data count too."""

    transactions: tuple[Entry, ...] = ()
    booked: tuple[Entry, ...] = ()


def as_one(parts: Mapping[str, Parts]) -> Parts:
    """The tables of several portfolios as one, each row with its portfolio; money of the same name is added up."""
    entries, booked = _all(parts, lambda own: own.transactions), _all(parts, lambda own: own.booked)
    return Parts(
        terms=(*_sums(parts), *(term for term in _owned(parts, lambda own: own.terms) if term.asset is not None)),
        contributions=tuple(sorted(_owned(parts, lambda own: own.contributions), key=lambda row: row.day)),
        valuations=tuple(_owned(parts, lambda own: own.valuations)),
        lots=tuple(_all(parts, lambda own: own.lots)),
        matches=tuple(sorted(_all(parts, lambda own: own.matches), key=lambda row: row.disposed_on)),
        disposals=tuple(sorted(_owned(parts, lambda own: own.disposals), key=lambda row: row.day)),
        spans=tuple(_owned(parts, lambda own: own.spans)),
        transactions=tuple(sorted(entries, key=lambda entry: entry.day)),
        booked=tuple(sorted(booked, key=lambda entry: entry.day)),
    )


def _all(parts: Mapping[str, Parts], read: Callable[[Parts], Iterable[_Row]]) -> list[_Row]:
    return [row for own in parts.values() for row in read(own)]


def _owned(parts: Mapping[str, Parts], read: Callable[[Parts], Iterable[_Owned]]) -> list[_Owned]:
    return [replace(row, portfolio=portfolio) for portfolio, own in parts.items() for row in read(own)]


def _sums(parts: Mapping[str, Parts]) -> Iterator[Term]:
    """The terms of no asset, which are sums of money themselves."""
    amounts: dict[str, list[Decimal]] = {}
    for term in _all(parts, lambda own: own.terms):
        if term.asset is None:
            amounts.setdefault(term.name, []).append(term.value if isinstance(term.value, Decimal) else UNKNOWN)
    for name, found in amounts.items():
        yield Term(name, known(total(found)), Kind.MONEY)


def of_portfolio(parts: Parts, portfolio: str) -> Parts:
    """What market data is asked for by, of one of several portfolios."""
    return Parts(
        valuations=tuple(row for row in parts.valuations if row.portfolio == portfolio),
        booked=tuple(entry for entry in parts.booked if entry.draft.portfolio == portfolio),
    )


def prices_used(basis: Basis, parts: Parts) -> tuple[PriceUsed, ...]:
    """The prices of the days valued, and of what came or went in kind, by asset and day."""
    wanted = {(row.asset, row.day.toordinal()) for row in parts.valuations}
    for entry in parts.booked:
        draft, day = entry.draft, entry.day.toordinal()
        keys = draft.asset_keys if draft.type in AT_MARKET else [draft.fee_currency]
        wanted |= {(key, day) for key in keys if key is not None}
    found = {}
    for key, day in wanted:
        quote = None if basis.is_cash(key) else basis.state.prices.price(key, day)
        if quote is not None:
            is_quoted = basis.is_quoted(key, day)
            found[key, day] = _price_used(basis.state.described(key), day, quote, is_quoted=is_quoted)
    return tuple(found[place] for place in sorted(found))


def closes_used(course: Course, parts: Parts) -> tuple[PriceUsed, ...]:
    """The closes of a benchmark on the days on which a unit of it is valued."""
    found = []
    for row in parts.unit_values:
        unit, day = course.benchmark.unit, row.day.toordinal()
        close = unit.close(day)
        assert close is not None, "it stands in the row"
        found.append(_price_used(unit.asset, day, close, is_quoted=True))
    return tuple(found)


def _price_used(asset: Asset, day: int, quote: Quote, *, is_quoted: bool) -> PriceUsed:
    age = max(0, day - quote.day)
    return PriceUsed(
        asset=asset.key,
        on=date.fromordinal(day),
        price=quote.value,
        quoted_on=date.fromordinal(quote.day),
        age_days=age,
        is_stale=age > asset.stale_after_days,
        source="quote" if is_quoted else "trade",
    )


def rates_used(basis: Basis, parts: Parts) -> tuple[RateUsed, ...]:
    """The exchange rates of the days valued and of the transactions booked, by pair and day."""
    base = basis.state.base
    wanted = {(_currency(basis, row.asset), base, row.day.toordinal()) for row in parts.valuations}
    for entry in parts.booked:
        wanted |= _pairs(basis, entry)
    found = []
    for source, target, day in sorted(wanted):
        quote = None if source == target else basis.state.rates.quote(source, target, day)
        if quote is not None:
            found.append(_rate_used(source, target, day, quote))
    return tuple(found)


def rates_of_closes(course: Course, parts: Parts) -> tuple[RateUsed, ...]:
    """The exchange rates of a benchmark's currency on the days on which a unit of it is valued."""
    found = []
    for row in parts.unit_values:
        base, day = course.market.base_currency, row.day.toordinal()
        quote = None if row.currency == base else course.benchmark.unit.rate(day)
        if quote is not None:
            found.append(_rate_used(row.currency, base, day, quote))
    return tuple(found)


def _rate_used(source: str, target: str, day: int, quote: Quote) -> RateUsed:
    age = max(0, day - quote.day)
    on, quoted_on = date.fromordinal(day), date.fromordinal(quote.day)
    return RateUsed(source, target, on, quote.value, quoted_on, age, age > STALE_RATE_DAYS)


def _pairs(basis: Basis, entry: Entry) -> set[tuple[str, str, int]]:
    """The pairs a transaction may have been converted by."""
    draft, base, day = entry.draft, basis.state.base, entry.day.toordinal()
    own = None if draft.asset is None else _currency(basis, draft.asset)
    currency = draft.currency or own or base
    has_rate = draft.fx_rate is not None or draft.settle_amount is not None
    settle = draft.settle_currency or (base if has_rate else currency)
    pairs = {(settle, base, day)} if has_rate else {(settle, base, day), (currency, settle, day)}
    if draft.fee_currency not in {None, currency, settle}:
        pairs.add((currency, base, day))
    if own is not None and (own != currency or draft.type in AT_MARKET):
        pairs.add((own, base, day))
    others = (key for key in draft.asset_keys if key != draft.asset)
    return pairs | {(_currency(basis, key), base, day) for key in others}


def _currency(basis: Basis, key: str) -> str:
    described = basis.state.asset(key)
    return key if described is None else described.currency
