"""From volatility to a distribution: an asset's own standardised past, the same mirrored, and boosted quantiles, mixed.

Source: filtered historical simulation, Barone-Adesi et al. (1999); quantile averaging, Lichtendahl et al. (2013).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from finsage.prediction.price_model.history import Floats
from finsage.prediction.price_model.levels import LEVELS, at_levels

RESIDUALS_MAX = 1_000
SIGMA_LEAST = 1e-5
TAILS = (0.01, 0.025, 0.05, 0.1)
"""Probabilities of a loss beyond the value at risk: one minus the confidences that are shown."""

_BLOCK_ROWS = 256
_AT_RISK = 1e-12
_LOSS_MOST = 1.0 - 1e-12
_NEARER = 0.5

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
    ended = residuals[: max(0, origin - rows + 1)]
    return ended[np.isfinite(ended)][-RESIDUALS_MAX:]


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
    made = [_simulated(sigma, windows, levels, is_mirrored=True)]
    if not mirror_only:
        made.insert(0, _simulated(sigma, windows, levels, is_mirrored=False))
    quantiles = [one.quantiles for one in made]
    shortfalls = [one.expected_shortfall for one in made]
    if boosted is not None:
        own = _stretched(boosted, np.mean(quantiles, axis=0), levels)
        losses = -np.expm1(own[:, _places(levels)])
        deeper = np.mean([_depth(one) for one in made], axis=0)
        quantiles.append(own)
        shortfalls.append(np.minimum(losses * np.where(losses > 0, deeper, 1.0), 1.0))
    mixed = np.mean(quantiles, axis=0)
    # Zero less it, for the minus of a zero is shown.
    value_at_risk = np.maximum(0.0, 0.0 - np.expm1(mixed[:, _places(levels)]))
    return Distribution(mixed, value_at_risk, np.maximum(np.mean(shortfalls, axis=0), value_at_risk))


def _depth(simulated: Distribution) -> Floats:
    """How many times the value at risk the loss beyond it is on average; once where nothing is at risk."""
    is_at_risk = simulated.value_at_risk > _AT_RISK
    return np.where(is_at_risk, simulated.expected_shortfall / np.where(is_at_risk, simulated.value_at_risk, 1.0), 1.0)


def _stretched(boosted: Floats, simulated: Floats, levels: tuple[float, ...]) -> Floats:
    """Boosted quantiles at any level: beyond the outermost trained ones as far on as the simulated ones go."""
    inner = at_levels(boosted, tuple(np.clip(levels, LEVELS[0], LEVELS[-1])))
    places = np.array(levels)
    for is_beyond, edge in ((places < LEVELS[0], LEVELS[0]), (places > LEVELS[-1], LEVELS[-1])):
        if is_beyond.any():
            # Not in proportion: of a price that stood still nearly always the edge is zero.
            inner[:, is_beyond] += simulated[:, is_beyond] - simulated[:, levels.index(edge), None]
    return inner


def _places(levels: tuple[float, ...]) -> list[int]:
    return [levels.index(tail) for tail in TAILS]


def _simulated(
    sigma: Floats, windows: Sequence[Floats], levels: tuple[float, ...], *, is_mirrored: bool
) -> Distribution:
    """Filtered historical simulation, the origins in blocks of equal windows."""
    quantiles = np.empty((len(sigma), len(levels)))
    losses, beyond = np.empty((2, len(sigma), len(TAILS)))
    for at in _blocks(windows):
        past = np.stack([windows[origin] for origin in at])
        if is_mirrored:
            past = np.concatenate([past, -past], axis=1)
        past.sort(axis=1)
        found = quantiles_of_sorted(past, levels)
        quantiles[at] = found * sigma[at, None]
        worst = -np.expm1(past * sigma[at, None])
        for place, level in enumerate(_places(levels)):
            is_tail = past <= found[:, level, None]
            losses[at, place] = -np.expm1(quantiles[at, level])
            beyond[at, place] = np.where(is_tail, worst, 0.0).sum(axis=1) / is_tail.sum(axis=1)
    return Distribution(quantiles, losses, beyond)


def quantiles_of_sorted(ascending: Floats, levels: tuple[float, ...]) -> Floats:
    """What ``np.quantile`` gives to the last bit, of rows that are sorted already; it would sort them again.

    Args:
        ascending: shape (rows, values).
        levels: of the quantiles.

    Returns:
        Shape (rows, levels).
    """
    last = ascending.shape[1] - 1
    place = np.array(levels) * last
    low = np.floor(place)
    share = place - low
    below = ascending[:, low.astype(np.intp)]
    above = ascending[:, np.minimum(low + 1, last).astype(np.intp)]
    step = above - below
    # From the nearer end, as numpy does.
    return np.asarray(np.where(share < _NEARER, below + step * share, above - step * (1.0 - share)), dtype=np.float64)


def _blocks(windows: Sequence[Floats]) -> list[Rows]:
    lengths = np.array([len(window) for window in windows])
    return [
        at[first : first + _BLOCK_ROWS]
        for length in np.unique(lengths)
        for at in [np.flatnonzero(lengths == length)]
        for first in range(0, len(at), _BLOCK_ROWS)
    ]
