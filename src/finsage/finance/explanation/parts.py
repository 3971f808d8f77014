"""What a figure's builder hands over, and the market data behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from finsage.finance.explanation.basis import Basis
from finsage.finance.explanation.model import (
    Contribution,
    Curve,
    Disposal,
    FlowUsed,
    PriceUsed,
    RateUsed,
    Span,
    SubPeriod,
    Term,
    Valuation,
)
from finsage.finance.ledger import Entry
from finsage.finance.quote import Quote
from finsage.finance.results import LotView, Match
from finsage.finance.transaction import AT_MARKET
from finsage.finance.valuation import STALE_RATE_DAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The tables of an explanation. ``booked`` are the transactions whose own market data count too."""

    terms: tuple[Term, ...] = ()
    contributions: tuple[Contribution, ...] = ()
    valuations: tuple[Valuation, ...] = ()
    lots: tuple[LotView, ...] = ()
    matches: tuple[Match, ...] = ()
    disposals: tuple[Disposal, ...] = ()
    flows: tuple[FlowUsed, ...] = ()
    sub_periods: tuple[SubPeriod, ...] = ()
    curve: Curve | None = None
    spans: tuple[Span, ...] = ()
    transactions: tuple[Entry, ...] = ()
    booked: tuple[Entry, ...] = ()


def prices_used(basis: Basis, parts: Parts) -> tuple[PriceUsed, ...]:
    """The prices of the days valued, and of what came or went in kind, by asset and day."""
    wanted = {(row.asset, row.day.toordinal()) for row in parts.valuations}
    for entry in parts.booked:
        draft, day = entry.draft, entry.day.toordinal()
        keys = draft.asset_keys if draft.type in AT_MARKET else [draft.fee_currency]
        wanted |= {(key, day) for key in keys if key is not None}
    found = []
    for key, day in sorted(wanted):
        quote = None if basis.is_cash(key) else basis.state.prices.price(key, day)
        if quote is not None:
            found.append(_price_used(basis, key, day, quote))
    return tuple(found)


def _price_used(basis: Basis, key: str, day: int, quote: Quote) -> PriceUsed:
    age = max(0, day - quote.day)
    return PriceUsed(
        asset=key,
        on=date.fromordinal(day),
        price=quote.value,
        quoted_on=date.fromordinal(quote.day),
        age_days=age,
        is_stale=age > basis.state.described(key).stale_after_days,
        source="quote" if basis.is_quoted(key, day) else "trade",
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
            age = max(0, day - quote.day)
            on, quoted_on = date.fromordinal(day), date.fromordinal(quote.day)
            found.append(RateUsed(source, target, on, quote.value, quoted_on, age, age > STALE_RATE_DAYS))
    return tuple(found)


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
