"""From volatility to a distribution: an asset's own standardised past, the same mirrored, and boosted quantiles, mixed.

Source: filtered historical simulation, Barone-Adesi et al. (1999); quantile averaging, Lichtendahl et al. (2013).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from finsage.prediction.price_model.history import Floats
from finsage.prediction.price_model.levels import LEVELS, at_levels

RESIDUALS_MAX = 1_000
SIGMA_LEAST = 1e-5
TAILS = (0.01, 0.025, 0.05, 0.1)
"""Probabilities of a loss beyond the value at risk: one minus the confidences that are shown."""

_BLOCK_ROWS = 128
_AT_RISK = 1e-12
_LOSS_MOST = 1.0 - 1e-12
_NEARER = 0.5
_GAIN_MOST = 700.0

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Distribution:
    """Log return over a horizon, per origin.

    Attributes:
        quantiles: shape (origins, levels), ascending.
        value_at_risk: fraction of value lost, ≥ 0, at ``TAILS``; shape (origins, 4).
        expected_shortfall: mean loss beyond it, at least it; shape (origins, 4).
    """

    quantiles: Floats
    value_at_risk: Floats
    expected_shortfall: Floats


def as_log_return(loss: Floats | float) -> Floats:
    """The log return that a loss is, a fraction of value; a trillionth is left of what is lost as a whole."""
    return np.asarray(np.log1p(-np.minimum(loss, _LOSS_MOST)), dtype=np.float64)


def ensemble_sigma(variances: Sequence[Floats]) -> Floats:
    """Exp of the mean ln σ over the members that are present (not NaN), per row; NaN where none is."""
    logs = np.log(np.stack(variances))
    present = np.isfinite(logs)
    count = present.sum(axis=0)
    mean = np.where(present, logs, 0.0).sum(axis=0) / np.maximum(count, 1)
    return np.where(count > 0, np.maximum(np.exp(mean / 2.0), SIGMA_LEAST), np.nan)


def residual_window(residuals: Floats, origin: int, rows: int) -> Floats:
    """The last 1,000 standardised returns that had ended by an origin.

    Args:
        residuals: return over the next rows over its sigma, per row; NaN where there is none.
        origin: the row a forecast is made at.
        rows: of the horizon.
    """
    return last_finite(residuals, origin - rows + 1, RESIDUALS_MAX)


def last_finite(values: Floats, end: int, count: int) -> Floats:
    """The last so many finite ones of the values before a place; fewer where there are no more."""
    recent = values[max(0, end - count) : max(0, end)]
    if np.isfinite(recent).all():
        return recent
    before = values[: max(0, end)]
    return before[np.isfinite(before)][-count:]


def distribution(
    sigma: Floats,
    windows: Sequence[Floats],
    boosted: Floats | None,
    levels: tuple[float, ...],
    *,
    mirror_only: bool = False,
) -> Distribution:
    """The mean per level of the components, per origin.

    Args:
        sigma: of the log return over the horizon, shape (origins,), positive.
        windows: standardised past per origin, at least two each.
        boosted: quantiles at the trained levels, shape (origins, 11); None without global models.
        levels: of the result, including all of ``TAILS``.
        mirror_only: leave the unmirrored past out, as beyond the trained horizons.
    """
    tails = _grid(levels).tails
    made = [_simulated(sigma, windows, levels, is_mirrored=True)]
    if not mirror_only:
        made.insert(0, _simulated(sigma, windows, levels, is_mirrored=False))
    quantiles = [one.quantiles for one in made]
    shortfalls = [one.expected_shortfall for one in made]
    if boosted is not None:
        own = _stretched(boosted, np.mean(quantiles, axis=0), levels)
        losses = loss_of(own[:, tails])
        deeper = np.mean([_depth(one) for one in made], axis=0)
        quantiles.append(own)
        shortfalls.append(np.minimum(losses * np.where(losses > 0, deeper, 1.0), 1.0))
    mixed = np.mean(quantiles, axis=0)
    value_at_risk = np.maximum(0.0, loss_of(mixed[:, tails]))
    return Distribution(mixed, value_at_risk, np.maximum(np.mean(shortfalls, axis=0), value_at_risk))


def loss_of(log_returns: Floats) -> Floats:
    """The fraction of value lost, negative for a gain, of which none is told beyond e^700."""
    # Zero less it, for the minus of a zero is shown.
    return np.asarray(0.0 - np.expm1(np.minimum(log_returns, _GAIN_MOST)), dtype=np.float64)


def _depth(simulated: Distribution) -> Floats:
    """How many times the value at risk the loss beyond it is on average; once where nothing is at risk."""
    is_at_risk = simulated.value_at_risk > _AT_RISK
    return np.where(is_at_risk, simulated.expected_shortfall / np.where(is_at_risk, simulated.value_at_risk, 1.0), 1.0)


def _stretched(boosted: Floats, simulated: Floats, levels: tuple[float, ...]) -> Floats:
    """Boosted quantiles at any level: beyond the outermost trained ones as far on as the simulated ones go."""
    grid = _grid(levels)
    inner = at_levels(boosted, grid.trained)
    for is_beyond, edge in ((grid.values < LEVELS[0], LEVELS[0]), (grid.values > LEVELS[-1], LEVELS[-1])):
        if is_beyond.any():
            # Not in proportion: of a price that stood still nearly always the edge is zero.
            inner[:, is_beyond] += simulated[:, is_beyond] - simulated[:, grid.place(edge), None]
    return inner


@dataclass(frozen=True, slots=True)
class _Grid:
    """Levels as an array, clipped to the trained ones, and the places of ``TAILS`` among them."""

    values: Floats
    trained: tuple[float, ...]
    tails: list[int]

    def place(self, level: float) -> int:
        return int(np.flatnonzero(self.values == level)[0])


@cache
def _grid_values(levels: tuple[float, ...]) -> Floats:
    return np.array(levels)


@cache
def _grid(levels: tuple[float, ...]) -> _Grid:
    values = _grid_values(levels)
    return _Grid(values, tuple(np.clip(values, LEVELS[0], LEVELS[-1])), [levels.index(tail) for tail in TAILS])


def _simulated(
    sigma: Floats, windows: Sequence[Floats], levels: tuple[float, ...], *, is_mirrored: bool
) -> Distribution:
    """Filtered historical simulation, the origins in blocks of equal windows."""
    quantiles = np.empty((len(sigma), len(levels)))
    losses, beyond = np.empty((2, len(sigma), len(TAILS)))
    for at in equal_lengths(windows):
        past = _ascending(np.stack([windows[origin] for origin in at]), is_mirrored=is_mirrored)
        found = quantiles_of_sorted(past, levels)
        quantiles[at] = found * sigma[at, None]
        places = _grid(levels).tails
        worst = _worst(past, found[:, max(places)])
        fallen = loss_of(worst * sigma[at, None])
        for place, level in enumerate(places):
            is_tail = worst <= found[:, level, None]
            losses[at, place] = loss_of(quantiles[at, level])
            beyond[at, place] = np.where(is_tail, fallen, 0.0).sum(axis=1) / is_tail.sum(axis=1)
    return Distribution(quantiles, losses, beyond)


def _ascending(past: Floats, *, is_mirrored: bool) -> Floats:
    """Each row sorted; mirrored, with the negative of each value beside it."""
    if not is_mirrored:
        past.sort(axis=1)
        return past
    sizes = np.sort(np.abs(past), axis=1)
    return np.concatenate([-sizes[:, ::-1], sizes], axis=1)


def _worst(ascending: Floats, most: Floats) -> Floats:
    """The first columns, which hold every value up to the most of its row: expected losses look at no others."""
    count = ascending.shape[1]
    columns = min(int(max(TAILS) * (count - 1)) + 2, count)
    # Equal values may reach further than their share.
    return ascending[:, : columns if (ascending[:, columns - 1] > most).all() else count]


def quantiles_of_sorted(ascending: Floats, levels: tuple[float, ...]) -> Floats:
    """What ``np.quantile`` gives to the last bit, of rows that are sorted already; it would sort them again.

    Args:
        ascending: shape (rows, values).
        levels: of the quantiles.

    Returns:
        Shape (rows, levels).
    """
    last = ascending.shape[1] - 1
    place = _grid_values(levels) * last
    low = np.floor(place)
    share = place - low
    below = ascending[:, low.astype(np.intp)]
    above = ascending[:, np.minimum(low + 1, last).astype(np.intp)]
    step = above - below
    # From the nearer end, as numpy does.
    return np.asarray(np.where(share < _NEARER, below + step * share, above - step * (1.0 - share)), dtype=np.float64)


def equal_lengths(windows: Sequence[Floats]) -> list[Rows]:
    """Places of windows in blocks of equal length, small enough for their arrays to stay near the processor."""
    lengths = np.array([len(window) for window in windows])
    return [
        at[first : first + _BLOCK_ROWS]
        for length in np.unique(lengths)
        for at in [np.flatnonzero(lengths == length)]
        for first in range(0, len(at), _BLOCK_ROWS)
    ]
