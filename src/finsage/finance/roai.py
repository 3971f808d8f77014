"""Return on average investment, as Ghostfolio defines it: gains over the time-weighted average of money invested.

Average cost without fees, whatever the lot method. Dividends and account fees do not count; the fees of trades do in
``net``. The ``_end_fx`` figures value everything at the last exchange rate. Source: Ghostfolio's portfolio calculator.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from decimal import Decimal
from itertools import pairwise

from finsage.finance.money import ZERO, total, unit_price
from finsage.finance.results import Roai, RoaiParts
from finsage.finance.row import Rows
from finsage.finance.trail import AverageGain, Track


@dataclass(frozen=True, slots=True)
class Prospect:
    """The price of an asset in its own currency (times its multiplier) and the rate to base; None without a price."""

    unit: Decimal | None
    rate: Decimal


def parts_of(
    tracks: list[Track], gains: Rows[AverageGain], *, start: int, end: int, first: Prospect, last: Prospect
) -> RoaiParts:
    """The parts of one asset.

    Args:
        tracks: its average-cost tracks, one per place.
        gains: what its trades realised in the period, with their fees.
        start: ordinal of the day the period starts after.
        end: ordinal of its last day.
        first: price and rate at the start.
        last: price and rate at the end.
    """
    gain_local, gain = unrealised(tracks, end, last)
    before_local, before = unrealised(tracks, start, first)
    gain_local, gain, fee_local, fee = gain_local - before_local, gain - before, ZERO, ZERO
    for _, _, _, of_local, of_base, paid_local, paid in gains.plain():
        if of_base or of_local:
            gain_local, gain = gain_local + of_local, gain + of_base
        if paid or paid_local:
            fee_local, fee = fee_local + paid_local, fee + paid
    invested_local, invested = _time_weighted(tracks, start, end)
    rate = last.rate
    return RoaiParts(gain, fee, invested, gain_local * rate, fee_local * rate, invested_local * rate)


def roai(parts: Iterable[RoaiParts]) -> Roai:
    """The figure over some assets, or some sums; None where nothing was invested or a rate is missing."""
    rows = list(parts)
    sums = RoaiParts(*(total(getattr(row, field.name) for row in rows) for field in fields(RoaiParts)))
    return Roai(
        net=_ratio(sums.gain - sums.fee, sums.invested),
        gross=_ratio(sums.gain, sums.invested),
        net_end_fx=_ratio(sums.gain_end_fx - sums.fee_end_fx, sums.invested_end_fx),
        gross_end_fx=_ratio(sums.gain_end_fx, sums.invested_end_fx),
        sums=sums,
    )


def _ratio(gain: Decimal, invested: Decimal) -> float | None:
    if gain.is_nan() or invested.is_nan() or not invested:
        return None
    return float(gain) / float(invested)


def unrealised(tracks: list[Track], day: int, prospect: Prospect) -> tuple[Decimal, Decimal]:
    """Value less average cost at the end of a day, in the asset's and in base currency; zero without a price."""
    local = base = ZERO
    for track in tracks:
        quantity, cost_local, cost_base, _ = track.at(day)
        if prospect.unit is not None and quantity:
            value = quantity * prospect.unit
            local += value - cost_local
            base += value * prospect.rate - cost_base
    return local, base


def _time_weighted(tracks: list[Track], start: int, end: int) -> tuple[Decimal, Decimal]:
    """Σ invested × days / Σ days over the days on which something was invested, local and base."""
    local = base = ZERO
    days = 0
    for day, following, held_local, held_base in spans_of(tracks, start, end):
        if is_invested(held_local, held_base):
            days += following - day
            span = Decimal(following - day)
            local += held_local * span
            base += held_base * span
    if not days:
        return ZERO, ZERO
    return unit_price(local, Decimal(days)), unit_price(base, Decimal(days))


def is_invested(local: Decimal, base: Decimal) -> bool:
    """Whether the cost of what is held counts as invested: a short position's, below zero, does not."""
    # A missing rate leaves the cost in base unknown; its sign is that of the cost in the asset's currency.
    held = local if base.is_nan() else base
    return held.is_nan() or held > ZERO


def spans_of(tracks: list[Track], start: int, end: int) -> Iterator[tuple[int, int, Decimal, Decimal]]:
    """Spans of days over which nothing changed, with the cost held in them, local and base."""
    if len(tracks) == 1:
        track = tracks[0]
        first, last = bisect_right(track.days, start), bisect_left(track.days, end)
        turns = [start, *track.days[first:last], end]
        if not first:
            yield start, turns[1], ZERO, ZERO
        for place in range(max(first - 1, 0), last):
            turn = place - first + 1
            yield turns[turn], turns[turn + 1], track.local_costs[place], track.base_costs[place]
        return
    turns = sorted({start, end}.union(*({day for day in track.days if start < day < end} for track in tracks)))
    for day, following in pairwise(turns):
        states = [track.at(day) for track in tracks]
        yield day, following, total(state[1] for state in states), total(state[2] for state in states)
