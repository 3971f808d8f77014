"""What a walk was worth: skill against the baselines with intervals, coverage, variance forecasts, value at risk.

Source of the interval: circular block bootstrap over calendar weeks, Politis & Romano (1992).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from finsage.prediction.backtest.walkforward import Track
from finsage.prediction.price_model.history import Floats
from finsage.prediction.price_model.levels import LEVELS, crps, pinball

TAIL = 0.025
DRAWS = 2_000
BLOCK_WEEKS = 13
_CONFIDENCE = 0.9
_MONDAY = np.datetime64("1970-01-05")


@dataclass(frozen=True, slots=True)
class Skill:
    """One minus the geometric mean over assets of loss ratios, with its 90 % interval; above zero is better.

    NaN where every asset stood still.
    """

    value: float
    low: float
    high: float


def losses(track: Track, method: str, loss: str) -> Floats:
    """Per-origin loss of a method: ``crps``, or ``tail``, the pinball loss at 2.5 %."""
    quantiles = track.quantiles[method]
    if loss == "crps":
        return crps(quantiles, track.outcome)
    return pinball(quantiles, track.outcome)[:, LEVELS.index(TAIL)]


def skill(tracks: Sequence[Track], method: str, baseline: str, loss: str, *, seed: int) -> Skill:
    """Skill of a method over a baseline; every asset weighs the same.

    Args:
        tracks: of one horizon.
        method: ours or a baseline.
        baseline: what it is compared with.
        loss: see ``losses``.
        seed: of the draws of weeks.
    """
    return skill_of(
        [(track.days, (losses(track, method, loss), losses(track, baseline, loss))) for track in tracks], seed=seed
    )


def skill_of(compared: Sequence[tuple[NDArray[np.datetime64], tuple[Floats, ...]]], *, seed: int) -> Skill:
    """The same of losses: per asset the days, and on each what ours lost and what the other did."""
    # An asset that stood still makes no loss, and no ratio.
    compared = [(days, pair) for days, pair in compared if all(one.sum() > 0 for one in pair)]
    if not compared:
        return Skill(np.nan, np.nan, np.nan)
    # Zero less it, for the minus of a zero is shown.
    value = 0.0 - np.expm1(np.mean([np.log(ours.mean() / theirs.mean()) for _, (ours, theirs) in compared]))
    low, high = weekly_interval([days for days, _ in compared], [pair for _, pair in compared], seed)
    return Skill(float(value), low, high)


def weekly_interval(
    days: Sequence[NDArray[np.datetime64]], pairs: Sequence[tuple[Floats, ...]], seed: int
) -> tuple[float, float]:
    """The 90 % interval of a skill; the same weeks are drawn for all, so that what moves them together stays together.

    Args:
        days: of the losses, per asset.
        pairs: losses of a method and of the baseline on those days, per asset.
        seed: of the draws.
    """
    totals = _drawn(days, pairs, seed)
    has_both = (totals > 0).all(axis=2)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.where(has_both, np.log(totals[:, :, 0] / totals[:, :, 1]), 0.0)
    return _between(0.0 - np.expm1(ratios.sum(axis=1) / np.maximum(has_both.sum(axis=1), 1)))


def share_intervals(
    days: Sequence[NDArray[np.datetime64]], counts: Sequence[tuple[Floats, ...]], seed: int
) -> list[tuple[float, float]]:
    """The 90 % intervals of pooled shares, by the same draws of weeks.

    Args:
        days: of the counts, per asset.
        counts: per asset how many there were on each day in each part, and last how many in all; above zero in sum.
        seed: of the draws.
    """
    totals = _drawn(days, counts, seed).sum(axis=1)
    totals = totals[totals[:, -1] > 0]
    return [_between(totals[:, part] / totals[:, -1]) for part in range(totals.shape[1] - 1)]


def _drawn(
    days: Sequence[NDArray[np.datetime64]], summed: Sequence[tuple[Floats, ...]], seed: int
) -> NDArray[np.float64]:
    """Sums over the weeks of each draw: draws × assets × what is summed."""
    weeks = [((one - _MONDAY).astype(np.int64) // 7) for one in days]
    first = min(int(one[0]) for one in weeks)
    count = max(int(one[-1]) for one in weeks) - first + 1
    sums = np.stack(
        [
            np.stack([np.bincount(week - first, weights=one, minlength=count) for one in several])
            for week, several in zip(weeks, summed, strict=True)
        ]
    )
    found: NDArray[np.float64] = (_draws(count, seed) @ sums.reshape(-1, count).T).reshape(DRAWS, *sums.shape[:2])
    return found


@lru_cache(maxsize=16)
def _draws(count: int, seed: int) -> Floats:
    """How often each of so many weeks is drawn; a scoreboard asks for the same ones a hundred times."""
    blocks = -(-count // BLOCK_WEEKS)
    starts = np.random.default_rng(seed).integers(0, count, size=(DRAWS, blocks))
    drawn = np.zeros((DRAWS, count))
    at = (starts[:, :, None] + np.arange(BLOCK_WEEKS)).reshape(DRAWS, -1)[:, :count] % count
    np.add.at(drawn, (np.arange(DRAWS)[:, None], at), 1.0)
    drawn.flags.writeable = False
    return drawn


def _between(values: Floats) -> tuple[float, float]:
    outside = (1.0 - _CONFIDENCE) / 2.0
    return float(np.quantile(values, outside)), float(np.quantile(values, 1.0 - outside))


@dataclass(frozen=True, slots=True)
class Coverage:
    """Share of outcomes inside an interval, pooled, and the mean absolute error of that share over assets."""

    level: float
    pooled: float
    error_per_asset: float


def coverage(tracks: Sequence[Track], method: str, level: float) -> Coverage:
    """How often the outcome lay inside the central interval of a level."""
    low, high = (LEVELS.index(round((1.0 + sign * level) / 2.0, 4)) for sign in (-1, 1))
    inside = [
        (track.outcome >= track.quantiles[method][:, low]) & (track.outcome <= track.quantiles[method][:, high])
        for track in tracks
    ]
    return Coverage(
        level, float(np.concatenate(inside).mean()), float(np.mean([abs(one.mean() - level) for one in inside]))
    )


def qlike(tracks: Sequence[Track], method: str) -> float:
    """Mean over assets of ``qlikes``: one that hardly moves and then jumps decides it, so look at their median too."""
    return float(np.mean(qlikes(tracks, method)))


def qlikes(tracks: Sequence[Track], method: str) -> Floats:
    """Per asset the mean of ln v + RV/v, minus that of EWMA; below zero is better."""
    return np.array([_qlike(track, method) - _qlike(track, "EWMA") for track in tracks])


def _qlike(track: Track, method: str) -> float:
    variance = track.variance[method]
    return float(np.mean(np.log(variance) + track.realised_variance / variance))
