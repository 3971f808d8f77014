"""What a scope is worth: exactly on one day, and as float64 on every day of a period."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from finsage.finance.asset import Asset
from finsage.finance.ledger import average_price, known
from finsage.finance.money import UNKNOWN, ZERO, to_float
from finsage.finance.options import EVERYTHING, Scope
from finsage.finance.results import Gain, Holding
from finsage.finance.row import Rows
from finsage.finance.state import State
from finsage.finance.trail import AverageGain, Track
from finsage.finance.workings import Worked

# Relative to what was added up, a sum in double precision that is smaller is zero.
_ROUNDING = 1e-14


class Worth(NamedTuple):
    """Units, cost and value of one asset in a scope on one day; UNKNOWN where a rate is missing.

    ``gross`` is the cost without fees and taxes, which is the value where no price is known. ``cost_now`` is the cost
    in the asset's currency at the rate of the day; it splits the gain into price and rate.
    """

    quantity: Decimal
    cost_local: Decimal
    cost: Decimal
    gross: Decimal
    value: Decimal
    cost_now: Decimal
    price: Decimal | None
    price_day: int | None
    is_at_cost: bool


NOTHING = Worth(ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, None, None, is_at_cost=False)


def tracks_in(state: State, scope: Scope) -> dict[str, list[Track]]:
    """The tracks of a scope by asset, cash included (but not in the scope of an asset)."""
    found: dict[str, list[Track]] = {}
    # In one order always: sums of floats depend on it.
    for (place, asset), track in sorted(state.tracks.items()):
        if scope.asset not in {None, asset} or (scope.asset is not None and track.is_cash):
            continue
        if is_place_in(place, scope):
            found.setdefault(asset, []).append(track)
    return found


def average_tracks_in(state: State, scope: Scope, assets: Iterable[str]) -> dict[str, list[Track]]:
    """The tracks of some assets at average cost."""
    found: dict[str, list[Track]] = {asset: [] for asset in assets}
    for (place, asset), track in state.average_tracks.items():
        if asset in found and is_place_in(place, scope):
            found[asset].append(track)
    return found


def average_gains_in(state: State, start: int, scope: Scope) -> Rows[AverageGain]:
    """What trades after the day ``start`` (an ordinal) realised at average cost."""
    later = state.average_gains.after(start)
    return later if scope == EVERYTHING else later.where(lambda row: is_place_in(row.place, scope))


def is_place_in(place: tuple[str, str], scope: Scope) -> bool:
    """Whether lots of a place belong to a scope."""
    return scope.portfolio in {None, place[0]} and scope.account in {None, place[1]}


def worth_of(state: State, asset: str, tracks: Sequence[Track], day: int) -> Worth:
    """Value one asset on a day: at its price, or at its cost without fees and taxes when it has none."""
    quantity = cost_local = cost = gross = ZERO
    for track in tracks:
        units, local, base, of_gross = track.at(day)
        quantity, cost_local, cost, gross = quantity + units, cost_local + local, cost + base, gross + of_gross
    if not (quantity or cost or gross):
        return NOTHING
    described = state.asset(asset)
    if described is None:
        # What is not held is worth nothing, whatever its rate: a balance that is closed asks for none.
        value = quantity * state.rates.rate(asset, state.base, day) if quantity else ZERO
        return Worth(quantity, quantity, cost, gross, value, value, None, None, is_at_cost=False)
    quote = state.prices.price(asset, day)
    if quote is None:
        return Worth(quantity, cost_local, cost, gross, gross, cost, None, None, is_at_cost=True)
    rate = state.rates.rate(described.currency, state.base, day)
    value = quantity * quote.value * described.multiplier * rate
    cost_now = cost_local * rate
    return Worth(quantity, cost_local, cost, gross, value, cost_now, quote.value, quote.day, is_at_cost=False)


def gain_between(first: Worth, last: Worth) -> tuple[Decimal, Decimal, Decimal]:
    """How the unrealised gain changed: in all, by price and by rate."""
    price = (last.value - last.cost_now) - (first.value - first.cost_now)
    fx = (last.cost_now - last.cost) - (first.cost_now - first.cost)
    return (last.value - last.cost) - (first.value - first.cost), price, fx


def gain(parts: tuple[Decimal, Decimal, Decimal]) -> Gain:
    """The three as a result."""
    return Gain(known(parts[0]), known(parts[1]), known(parts[2]))


def holding(state: State, asset: str, worth: Worth, day: int) -> Holding:
    """One line of what is held."""
    described = state.described(asset)
    age = None if worth.price_day is None else max(0, day - worth.price_day)
    return Holding(
        asset=asset,
        currency=described.currency,
        quantity=worth.quantity,
        cost=known(worth.cost),
        average_price=average_price(state, asset, worth.quantity, worth.cost_local),
        market_value=known(worth.value),
        price=worth.price,
        price_on=None if worth.price_day is None else date.fromordinal(worth.price_day),
        age_days=age,
        is_stale=age is not None and age > described.stale_after_days,
        is_at_cost=worth.is_at_cost,
    )


@dataclass(frozen=True, slots=True)
class DailyWorth:
    """Value and cost of assets in a scope per day; shape (assets, days + 1), NaN where a rate is missing."""

    rows: Mapping[str, int]
    value: NDArray[np.float64]
    cost: NDArray[np.float64]

    def total(self) -> NDArray[np.float64]:
        """The value of all per day; zero, and not what rounding leaves, where positions cancel each other."""
        return added_up(self.value)


def added_up(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum of rows (shape (rows, days)) per day; zero, and not what rounding leaves, where they cancel."""
    if not len(rows):
        return np.zeros(rows.shape[1])
    return np.asarray(_added(rows, np.zeros(1, dtype=np.int64))[0], dtype=np.float64)


def _added(rows: NDArray[np.float64], first_of: NDArray[np.int64]) -> NDArray[np.float64]:
    """Groups of rows added up, each from its first on; zero, not what rounding leaves, where they cancel."""
    value, size = np.add.reduceat(rows, first_of, axis=0), np.add.reduceat(np.abs(rows), first_of, axis=0)
    return np.where(np.abs(value) <= _ROUNDING * size, 0.0, value)


def daily_worth(
    state: State, tracks: Mapping[str, Sequence[Track]], rates: DailyRates, known: Mapping[str, Worked]
) -> DailyWorth:
    """The value of assets on every day that ``rates`` are of; at cost without fees and taxes on days without a price.

    Args:
        state: of the fold.
        tracks: of each asset, in the order of the rows.
        rates: of every currency, for the days.
        known: value and cost of assets for which they have been worked out.
    """
    rows = {asset: row for row, asset in enumerate(tracks)}
    wanted = [asset for asset in tracks if asset not in known]
    quantity, cost = (_stood([tracks[asset] for asset in wanted], rates, turns) for turns in (_units, _costs))
    value = np.empty((len(tracks), rates.count))
    if known:
        of_wanted, cost = cost, np.empty(value.shape)
        cost[[rows[asset] for asset in wanted]] = of_wanted
    for asset, before in known.items():
        value[rows[asset]], cost[rows[asset]] = before.value, before.cost
    unpriced: dict[str, NDArray[np.bool_]] = {}
    for asset, units in zip(wanted, quantity, strict=True):
        described, row = state.asset(asset), rows[asset]
        if described is None:
            value[row] = _product(units, rates.of(asset))
            continue
        prices = state.prices.daily(asset, rates.start, rates.count)
        value[row] = _product(units, prices * float(described.multiplier) * rates.of(described.currency))
        if (without := np.isnan(prices)).any():
            unpriced[asset] = without
    if unpriced:
        gross = _stood([tracks[asset] for asset in unpriced], rates, _gross_costs)
        for (asset, without), level in zip(unpriced.items(), gross, strict=True):
            value[rows[asset], without] = level[without]
    return DailyWorth(rows, value, cost)


_Turns = tuple[Sequence[int], Sequence[Decimal]]


def _units(track: Track) -> _Turns:
    return track.days, track.quantities


def _costs(track: Track) -> _Turns:
    return track.days, track.base_costs


def _gross_costs(track: Track) -> _Turns:
    return track.gross_turns()


def _stood(
    tracks: Sequence[Sequence[Track]], rates: DailyRates, turns_of: Callable[[Track], _Turns]
) -> NDArray[np.float64]:
    """What some assets stood at per day, each the sum of its tracks; shape (assets, days)."""
    level = _levels([turns_of(track) for ones in tracks for track in ones], rates.start, rates.count)
    if len(level) == len(tracks):
        return level
    sizes = np.array([len(ones) for ones in tracks])
    return _added(level, np.cumsum(sizes) - sizes)


def _levels(turns_of: Sequence[_Turns], start: int, count: int) -> NDArray[np.float64]:
    """What each track stood at on every day; shape (tracks, days)."""
    sizes = np.array([len(days) + 1 for days, _ in turns_of], dtype=np.int64)
    turns = np.array([day for days, _ in turns_of for day in (start, *days)], dtype=np.int64)
    np.clip(turns, start, start + count, out=turns)
    until = np.append(turns[1:], start + count)
    until[np.cumsum(sizes) - 1] = start + count
    levels = to_float(level for _, amounts in turns_of for level in (ZERO, *amounts))
    return np.repeat(levels, until - turns).reshape(len(turns_of), count)


class DailyRates:
    """The rates of each currency to base on ``count`` days from ``start`` on, gathered once."""

    def __init__(self, state: State, start: int, count: int) -> None:
        self._state = state
        self.start = start
        self.count = count
        self._known: dict[str, NDArray[np.float64]] = {}
        self._written: dict[str, bytes] = {}

    def of(self, currency: str) -> NDArray[np.float64]:
        """Units of the base currency for one, per day; NaN where there is no rate."""
        if currency not in self._known:
            base = self._state.base
            self._known[currency] = self._state.rates.daily(currency, base, self.start, self.count)
        return self._known[currency]

    def written(self, currency: str) -> bytes:
        """The same as bytes, which are equal where all rates are, missing ones too."""
        if currency not in self._written:
            self._written[currency] = self.of(currency).tobytes()
        return self._written[currency]


def _product(quantity: NDArray[np.float64], unit: NDArray[np.float64]) -> NDArray[np.float64]:
    """A missing rate or price makes nothing of what is not held."""
    return np.where(quantity == 0, 0.0, quantity * unit)


def prospect_of(state: State, described: Asset, day: int) -> tuple[Decimal | None, Decimal]:
    """The money for one unit in the asset's currency, and the rate to base."""
    price = state.prices.price(described.key, day)
    # Asked for the side figure only: a rate missing here is no missing rate of the evaluation.
    rate = state.rates.quote(described.currency, state.base, day)
    unit = None if price is None else price.value * described.multiplier
    return unit, UNKNOWN if rate is None else rate.value
