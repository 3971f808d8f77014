"""Several assets together: scenarios in which each moves as its own forecast says and all move together as they did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from finsage.errors import Invalid
from finsage.prediction.price_model.features import Member
from finsage.prediction.price_model.forecast import Forecast, forecast
from finsage.prediction.price_model.history import ROWS_MIN, Floats, History, Notice, days_in_common
from finsage.prediction.price_model.levels import EQUAL_STEPS
from finsage.prediction.price_model.mixture import RESIDUALS_MAX, TAILS
from finsage.prediction.price_model.scale import scaled
from finsage.prediction.price_model.volatility import RISKMETRICS_WEIGHT
from finsage.prediction.price_model.weights import Weights
from finsage.quant.ewma import ewma_variance

CELLS = 5
_COMMON_ROWS_MIN = 250
_SCENARIOS = len(EQUAL_STEPS)


class NothingInCommon(Invalid):
    """The assets have too few days in common to say how they move together."""


@dataclass(frozen=True, slots=True)
class Joint:
    """Forecasts of several assets over one horizon, and scenarios of all of them.

    Attributes:
        forecasts: by name, each the same as alone.
        scenarios: log returns, shape (scenarios, assets) in the order of ``forecasts``; every column holds its
            forecast at equal steps of probability, the rows say what happens together.
        notices: about the days in common.
    """

    forecasts: Mapping[str, Forecast]
    scenarios: Floats
    notices: tuple[Notice, ...]

    def gains(self, weights: Mapping[str, float]) -> Floats:
        """Gain of a portfolio per scenario as a fraction of its value, the assets held without trading.

        Args:
            weights: fraction of value by asset; what is not named is cash.
        """
        held = np.array([weights.get(name, 0.0) for name in self.forecasts])
        return np.asarray(np.expm1(self.scenarios) @ held, dtype=np.float64)

    def rank_probabilities(self) -> Floats:
        """The probability of each fifth of the ranking by return, lowest first; shape (assets, 5).

        Rank i of N owns the part from (i − 1)/N to i/N of the unit interval, cut at fifths; equal returns share their
        ranks. Rows sum to one, columns to N/5.
        """
        count = self.scenarios.shape[1]
        edges = np.linspace(0.0, 1.0, CELLS + 1)
        low, high = np.arange(count) / count, (np.arange(count) + 1.0) / count
        shares = (
            np.maximum(np.minimum(high[:, None], edges[None, 1:]) - np.maximum(low[:, None], edges[None, :-1]), 0.0)
            * count
        )
        return np.asarray(np.mean([shares_of_ranks(row, shares) for row in self.scenarios], axis=0), dtype=np.float64)


def risk_of(gains: Floats) -> tuple[dict[float, float], dict[float, float]]:
    """Value at risk and expected shortfall by confidence, fractions of value, the second at least the first, both ≥ 0.

    Args:
        gains: fractions of value, equally likely each.
    """
    at_risk, beyond = {}, {}
    for tail in TAILS:
        edge, confidence = float(np.quantile(gains, tail)), round(1.0 - tail, 3)
        at_risk[confidence] = max(0.0, -edge)
        beyond[confidence] = max(at_risk[confidence], -float(gains[gains <= edge].mean()))
    return at_risk, beyond


def shares_of_ranks(returns: Floats, shares: Floats) -> Floats:
    """The cells of each asset in one scenario, equal returns averaged; shape (assets, cells)."""
    _, place, count = np.unique(returns, return_inverse=True, return_counts=True)
    starts = np.concatenate(([0], np.cumsum(count)[:-1]))
    means = np.add.reduceat(shares, starts, axis=0) / count[:, None]
    return np.asarray(means[place], dtype=np.float64)


def joint(
    members: Mapping[str, Member], weights: Weights, days: int, *, seed: int, scales: Mapping[str, float] | None = None
) -> Joint:
    """Forecast assets together.

    Whole days of standardised returns, as many as all have in common, order the samples of the single forecasts:
    what moved together does so again, and each asset alone stays exactly as it was. With fewer than 250 days in common
    the correlation is drawn toward its mean and scenarios come from a normal copula. A single asset ascends.

    Args:
        members: at least one, of one market.
        weights: trained models.
        days: the horizon.
        seed: of the draws where days in common are few.
        scales: how many times as wide each asset is made, see ``price_model.scale``; once where it is not named.

    Raises:
        NothingInCommon: fewer than 30 days in common.
        TooLittleHistory: see ``forecast``.
    """
    factors = scales or {}
    forecasts = {
        name: scaled(forecast(member, weights, days), factors.get(name, 1.0)) for name, member in members.items()
    }
    samples = [one.samples[EQUAL_STEPS] for one in forecasts.values()]
    scenarios, notices = together(samples, [member.history for member in members.values()], days, seed=seed)
    return Joint(forecasts, scenarios, notices)


def together(
    samples: Sequence[Floats], histories: Sequence[History], days: int, *, seed: int
) -> tuple[Floats, tuple[Notice, ...]]:
    """Samples of several assets in the order of their common past, shape (scenarios, assets); see ``joint``.

    Args:
        samples: log returns of each asset at equal steps of probability, ascending.
        histories: of the same assets.
        days: the horizon.
        seed: of the draws where days in common are few.
    """
    if len(samples) == 1:
        return samples[0][:, None], ()
    residuals = _residuals(histories, days)
    notices: tuple[Notice, ...] = ()
    if len(residuals) < _COMMON_ROWS_MIN:
        detail = f"The assets have {len(residuals)} returns in common: their correlation is drawn toward its mean."
        notices = (Notice("few_common_days", detail),)
        order = _drawn(residuals, np.random.default_rng(seed))
    else:
        order = np.concatenate([residuals, -residuals])
    levels = (_ranks(order) + 0.5) / len(order)
    steps = (np.arange(_SCENARIOS) + 0.5) / _SCENARIOS
    columns = [np.interp(levels[:, place], steps, one) for place, one in enumerate(samples)]
    return np.column_stack(columns), notices


def _residuals(histories: Sequence[History], days: int) -> Floats:
    """Standardised returns over the horizon on the days that all have, shape (rows, assets), at most 1,000 rows.

    Assets that trade every day are compounded onto the days of the slowest.
    """
    common = days_in_common(histories)
    if len(common) <= ROWS_MIN:
        raise NothingInCommon(f"{len(common)} days are common to all; more than {ROWS_MIN} are needed.")
    shared = [history.on(common) for history in histories]
    columns = []
    for history in shared:
        rows = history.horizon_rows(days)
        columns.append(history.ahead(rows) / np.sqrt(rows * ewma_variance(history.returns, RISKMETRICS_WEIGHT)))
    found = np.column_stack(columns)
    found = found[np.isfinite(found).all(axis=1)][-RESIDUALS_MAX:]
    if len(found) < ROWS_MIN:
        raise NothingInCommon(f"{len(found)} returns over the horizon are common to all; {ROWS_MIN} are needed.")
    return found


def _ranks(values: Floats) -> NDArray[np.int64]:
    return np.argsort(np.argsort(values, axis=0, kind="stable"), axis=0, kind="stable")


def _drawn(residuals: Floats, random: np.random.Generator) -> Floats:
    scores = ndtri((_ranks(residuals) + 0.5) / len(residuals))
    correlation = np.corrcoef(scores, rowvar=False)
    count = len(correlation)
    mean = (correlation.sum() - count) / (count * (count - 1))
    own = len(residuals) / (len(residuals) + _COMMON_ROWS_MIN)
    target = np.where(np.eye(count, dtype=np.bool_), 1.0, max(mean, 0.0))
    values, vectors = np.linalg.eigh(own * correlation + (1.0 - own) * target)
    drawn = random.standard_normal((_SCENARIOS // 2, count)) @ (vectors * np.sqrt(np.maximum(values, 0.0))).T
    return np.concatenate([drawn, -drawn])
