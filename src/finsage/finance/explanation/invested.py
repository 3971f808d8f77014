"""Explaining ROAI: gains at average cost over the money invested, weighted by days."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from finsage.finance.explanation.basis import Basis
from finsage.finance.explanation.model import Kind, Span, Term
from finsage.finance.explanation.parts import Parts
from finsage.finance.ledger import known
from finsage.finance.money import total
from finsage.finance.roai import Prospect, is_invested, parts_of, spans_of, unrealised
from finsage.finance.row import Rows
from finsage.finance.trail import AverageGain, Track
from finsage.finance.wealth import average_gains_in, average_tracks_in, prospect_of


def roai(basis: Basis) -> Parts:
    """Gains, fees and invested money of each asset, in base and in its own currency with the last rate."""
    terms: list[Term] = []
    spans: list[Span] = []
    tracks_of = average_tracks_in(basis.state, basis.scope, basis.assets)
    gains_of, _ = average_gains_in(basis.state, basis.start, basis.scope).grouped("asset", basis.assets)
    for asset in basis.assets:
        tracks = tracks_of[asset]
        terms += _terms(basis, asset, tracks, gains_of[asset])
        spans += [
            Span(asset, date.fromordinal(first), date.fromordinal(last), known(local), known(base))
            for first, last, local, base in spans_of(tracks, basis.start, basis.end)
            if is_invested(local, base)
        ]
    entries = basis.touching()
    return Parts(
        terms=tuple(terms),
        spans=tuple(spans),
        valuations=(*basis.valuations(basis.start), *basis.valuations(basis.end)),
        transactions=entries,
        booked=entries,
    )


def _terms(basis: Basis, asset: str, tracks: list[Track], gains: Rows[AverageGain]) -> list[Term]:
    described = basis.state.described(asset)
    first, last = (Prospect(*prospect_of(basis.state, described, day)) for day in (basis.start, basis.end))
    before, after = unrealised(tracks, basis.start, first), unrealised(tracks, basis.end, last)
    parts = parts_of(tracks, gains, start=basis.start, end=basis.end, first=first, last=last)
    amounts: dict[str, Decimal] = {
        "realised": total(row.gain for row in gains),
        "unrealised_start": before[1],
        "unrealised_end": after[1],
        "trade_fees": parts.fee,
        "time_weighted_invested": parts.invested,
        "realised_local": total(row.gain_local for row in gains),
        "unrealised_start_local": before[0],
        "unrealised_end_local": after[0],
        "trade_fees_local": total(row.fee_local for row in gains),
    }
    terms = [Term(name, known(amount), Kind.MONEY, asset) for name, amount in amounts.items()]
    return [*terms, Term("end_rate", known(last.rate), Kind.RATE, asset)]
