"""Paths of assets that move together as they did: a year at a time by the stationary bootstrap, and portfolios on them.

Whole days of standardised returns are drawn in blocks, so that correlation and its clusters are kept, and scaled by a
variance that each path carries on: exponentially weighted, and drawn to that of the past by a twentieth a day. Without
that pull a year is a mixture of calm ones and a few that explode: of 2,500 Student-t residuals with four degrees of
freedom its kurtosis was 37, with it .5, and its loss at 5 % .25 instead of .31 at the same deviation. A year's log
return then gets the deviation, and its growth the mean, that are stated: nothing of the past's mean is left.

Sources: Politis and Romano (1994), "The Stationary Bootstrap"; Barone-Adesi, Giannopoulos and Vosper (1999), "VaR
without correlations for portfolios of derivative securities".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from finsage.errors import Invalid

MEAN_BLOCK = 10
NEWEST_WEIGHT = 0.06
PULL = 0.05
NEWS_MOST = 50.0
"""A day's square counts as at most so many times the variance expected of it."""

MONTHS = 12
_PORTION = 1_000

Floats = NDArray[np.float64]
Years = NDArray[np.float32]


def block_rows(
    length: int, shape: tuple[int, int], random: np.random.Generator, *, mean_block: float
) -> NDArray[np.int64]:
    """Rows of the past for each day to come: blocks of geometric length that begin anywhere and run round the end.

    Args:
        length: rows there are.
        shape: draws and days.
        random: where chance comes from.
        mean_block: mean length of a block, at least 1.

    Returns:
        Row numbers, of that shape.
    """
    starts = random.integers(length, size=shape)
    is_new = random.random(shape) < 1.0 / mean_block
    is_new[:, 0] = True
    days = np.arange(shape[1])
    began = np.maximum.accumulate(np.where(is_new, days, 0), axis=1)
    found: NDArray[np.int64] = (np.take_along_axis(starts, began, axis=1) + days - began) % length
    return found


@dataclass(frozen=True, slots=True)
class Stated:
    """What a year of each asset is to be like.

    Attributes:
        deviation: standard deviation of the year's log return, shape (assets,), 0 for what never moves.
        growth: mean of the end over the beginning, shape (assets,), above 0.
    """

    deviation: Floats
    growth: Floats


def simulated_years(
    residuals: Floats,
    variances: Floats,
    stated: Stated,
    *,
    usual: Floats,
    days: int,
    count: int,
    random: np.random.Generator,
) -> Years:
    """Years of simple daily returns.

    Args:
        residuals: daily log returns over the deviation expected the day before, shape (rows, assets), finite. Their
            mean is taken out and their deviation made one.
        variances: per day, to begin with; of one state, shape (assets,), or of one per year, shape (count, assets).
        stated: what the years are to be like.
        usual: variance per day that every path is drawn to, shape (assets,).
        days: of a year.
        count: years to make.
        random: where chance comes from; the same gives the same years.

    Returns:
        Shape (count, days, assets). Over all years log returns have the stated deviation and growth the stated mean,
        both exactly but for float32.

    Raises:
        Invalid: a residual is not finite, or a year has no days.
    """
    if not residuals.size or not np.isfinite(residuals).all() or days < 1 or count < 2:
        raise Invalid("Paths need finite residuals, at least a day a year and two years.")
    rows = block_rows(len(residuals), (count, days), random, mean_block=MEAN_BLOCK)
    spread = residuals.std(axis=0)
    drawn = ((residuals - residuals.mean(axis=0)) / np.where(spread > 0, spread, 1.0)).astype(np.float32)
    pull = (PULL * usual).astype(np.float32)
    variance = np.broadcast_to(variances, (count, residuals.shape[1])).astype(np.float32)
    found = np.empty((count, days, residuals.shape[1]), dtype=np.float32)
    for day in range(days):
        returns = np.sqrt(variance) * drawn[rows[:, day]]
        found[:, day] = returns
        # A day from far outside, as when a peg broke, is as large as it was, but does not explode what follows.
        news = np.minimum(returns**2, NEWS_MOST * variance)
        variance = (1.0 - NEWEST_WEIGHT - PULL) * variance + NEWEST_WEIGHT * news + pull
    _restate(found, stated)
    return found


def _restate(logs: Years, stated: Stated) -> None:
    """Scale and shift log returns in place to what is stated, and make them simple."""
    days = logs.shape[1]
    ends = logs.sum(axis=1, dtype=np.float64)
    spread = ends.std(axis=0)
    scale = np.where((stated.deviation > 0) & (spread > 0), stated.deviation / np.where(spread > 0, spread, 1.0), 0.0)
    ends *= scale
    largest = ends.max(axis=0)
    shift = (np.log(stated.growth) - largest - np.log(np.exp(ends - largest).mean(axis=0))) / days
    for start in range(0, len(logs), _PORTION):
        part = logs[start : start + _PORTION]
        np.expm1(part * scale.astype(np.float32) + shift.astype(np.float32), out=part)


def copula_residuals(residuals: Floats, rows: int, own: float, random: np.random.Generator) -> Floats:
    """More residuals than there are: each asset's own values, moving together by a correlation drawn to its mean.

    Args:
        residuals: shape (few rows, assets).
        rows: wanted.
        own: weight of the sample's rank correlations, in [0, 1]; the rest is their mean, at least 0.
        random: where chance comes from.

    Returns:
        Shape (rows, assets).
    """
    length, count = residuals.shape
    places = np.argsort(np.argsort(residuals, axis=0, kind="stable"), axis=0, kind="stable")
    correlation = np.atleast_2d(np.corrcoef(ndtri((places + 0.5) / length), rowvar=False))
    mean = (correlation.sum() - count) / (count * (count - 1)) if count > 1 else 0.0
    mixed = own * correlation + (1.0 - own) * np.where(np.eye(count, dtype=np.bool_), 1.0, max(mean, 0.0))
    values, vectors = np.linalg.eigh(mixed)
    drawn = random.standard_normal((rows, count)) @ (vectors * np.sqrt(np.maximum(values, 0.0))).T
    levels = (np.argsort(np.argsort(drawn, axis=0), axis=0) + 0.5) / rows
    return np.column_stack([np.quantile(residuals[:, place], levels[:, place]) for place in range(count)])


@dataclass(frozen=True, slots=True)
class Months:
    """A portfolio on years of paths, by month, each shape (years, 12).

    Attributes:
        growth: end over beginning.
        low: least value over the beginning.
        high: highest value over the beginning, at least 1.
        drawdown: largest fall from a high within the month, its beginning counted as one; in [0, 1].
    """

    growth: Floats
    low: Floats
    high: Floats
    drawdown: Floats


def months_of(years: Years, weights: Floats, cash: float) -> Months:
    """What a portfolio does that is brought back to its weights every day.

    Args:
        years: see ``simulated_years``; days a multiple of 12.
        weights: fractions of value, shape (assets,).
        cash: gain per day of what is in no asset, as a fraction of the whole value.
    """
    parts = []
    for start in range(0, len(years), _PORTION):
        part = years[start : start + _PORTION]
        gains = part @ weights.astype(np.float32) + np.float32(cash)
        values = np.cumprod(1.0 + gains.reshape(len(part), MONTHS, -1), axis=2)
        peaks = np.maximum(np.maximum.accumulate(values, axis=2), 1.0)
        parts.append((values[:, :, -1], values.min(axis=2), peaks[:, :, -1], 1.0 - (values / peaks).min(axis=2)))
    return Months(*(np.concatenate(one).astype(np.float64) for one in zip(*parts, strict=True)))


@dataclass(frozen=True, slots=True)
class Course:
    """A portfolio on paths from today: ``growth`` per month, shape (paths, months); ``drawdown`` of each whole path."""

    growth: Floats
    drawdown: Floats


def course(first: Months, later: Months, order: NDArray[np.int64], months: int) -> Course:
    """Join years to paths: path p begins with year p of the first and goes on with later ones.

    Args:
        first: of years that begin today, one per path.
        later: of years that begin anywhere.
        order: which later year follows, shape (paths, years after the first).
        months: of each path; no more than there are.

    Returns:
        Drawdowns are those of the daily path, joined exactly: a high of one month meets the lows of those after it.
    """

    def joined(one: Floats, other: Floats) -> Floats:
        rest = other[order].reshape(len(order), -1)
        return np.concatenate([one, rest], axis=1)[:, :months]

    growth, low = joined(first.growth, later.growth), joined(first.low, later.low)
    high, inner = joined(first.high, later.high), joined(first.drawdown, later.drawdown)
    value, peak, worst = np.ones(len(growth)), np.ones(len(growth)), np.zeros(len(growth))
    for month in range(months):
        np.maximum(worst, inner[:, month], out=worst)
        np.maximum(worst, 1.0 - value * low[:, month] / peak, out=worst)
        np.maximum(peak, value * high[:, month], out=peak)
        value *= growth[:, month]
    return Course(growth, worst)
