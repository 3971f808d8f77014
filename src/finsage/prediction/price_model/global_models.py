"""Models fitted on many assets at once, one set per trained horizon: HAR, boosted variance, boosted quantiles.

They see only ratios without a scale, so that weights trained on exchange rates serve any asset. They are kept as
LightGBM's text and plain arrays; nothing is pickled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from finsage.errors import Invalid, Unavailable
from finsage.prediction.price_model.features import RATIOS, Member
from finsage.prediction.price_model.history import Days, Floats
from finsage.prediction.price_model.levels import LEVELS

if TYPE_CHECKING:
    from lightgbm import Booster

TRAINED_DAYS = (1, 7, 30)
_RATIO_LEAST, _RATIO_MOST = 0.1, 8.0
_CAP_QUANTILE, _LIFT = 0.998, 1e-4
_LOG_CLIP = 4.0
SAMPLE_ROWS_MIN = 600
_SKIPPED_ROWS = 260
_SAMPLED_ROWS_MAX = 600
_YEARS = np.timedelta64(365 * 8, "D")
_COMMON = {
    "feature_fraction": 0.8, "bagging_fraction": 0.8, "bagging_freq": 1, "verbose": -1, "num_threads": 1,
    "deterministic": True, "force_row_wise": True,
}  # fmt: skip
_VARIANCE = {
    "objective": "gamma", "num_leaves": 15, "learning_rate": 0.05, "min_data_in_leaf": 300, "lambda_l2": 5.0, **_COMMON,
}  # fmt: skip
_QUANTILE = {"objective": "quantile", "num_leaves": 7, "learning_rate": 0.08, "min_data_in_leaf": 400, **_COMMON}
_VARIANCE_ROUNDS, _QUANTILE_ROUNDS = 120, 50


class BoostingUnavailable(Unavailable):
    """The boosted models cannot be loaded on this machine."""


class TooFewRows(Invalid):
    """There is too little history to train the global models on."""


@dataclass(frozen=True)
class HorizonModels:
    """The models of one horizon.

    Attributes:
        har: coefficients of 1 and the five ``E_L/E22``, shape (6,).
        variance: LightGBM text: realised variance over ``h·E22``; empty without boosted members.
        quantiles: LightGBM texts: the return over √(h·E22) at each of ``LEVELS``; none without boosted members.
    """

    har: Floats
    variance: str = field(repr=False)
    quantiles: tuple[str, ...] = field(repr=False)

    def har_variance(self, member: Member, rows: int) -> Floats:
        """Variance over the next rows by HAR, per row of the history."""
        return rows * member.filters.reference * self.har_ratios(member.features)

    def har_ratios(self, features: Floats) -> Floats:
        """The same in units of ``h·E22``, of rows of any assets."""
        # Not a product of matrices: that rounds by how many rows there are, and a row must not depend on others.
        ratio = sum(column * weight for column, weight in zip(_har_inputs(features).T, self.har, strict=True))
        return np.asarray(np.clip(ratio, _RATIO_LEAST, _RATIO_MOST), dtype=np.float64)

    def boosted_variance(self, member: Member, rows: int, at: NDArray[np.int64]) -> Floats:
        """Variance over the next rows by LightGBM at some rows of the history, shape (len(at),)."""
        return rows * member.filters.reference[at] * self.boosted_ratios(member.features[at])

    def boosted_ratios(self, features: Floats) -> Floats:
        """Variance over the horizon by LightGBM in units of ``h·E22``, of rows of any assets."""
        if not len(features):
            return np.empty(0)
        ratio = np.asarray(self._boosted[0].predict(features, num_threads=1), dtype=np.float64)
        return np.clip(ratio, _RATIO_LEAST, _RATIO_MOST)

    def boosted_quantiles(self, member: Member, rows: int, at: NDArray[np.int64]) -> Floats:
        """Quantiles of the return over the next rows at ``LEVELS``, ascending; shape (len(at), levels)."""
        return self.boosted_scaled(member.features[at]) * np.sqrt(rows * member.filters.reference[at])[:, None]

    def boosted_scaled(self, features: Floats) -> Floats:
        """The same in units of √(h·E22), of rows of any assets; shape (rows, levels)."""
        found = np.column_stack([one.predict(features, num_threads=1) for one in self._boosted[1]])
        return np.sort(found, axis=1)

    @cached_property
    def _boosted(self) -> tuple[Booster, tuple[Booster, ...]]:
        boost = _lightgbm()
        return boost.Booster(model_str=self.variance), tuple(boost.Booster(model_str=one) for one in self.quantiles)


@dataclass(frozen=True, slots=True)
class Sample:
    """Training rows of one horizon: features, realised variance and return in units of ``h·E22``."""

    features: Floats
    ratios: Floats
    returns: Floats


def sample(members: Mapping[str, Member], days: int, *, before: np.datetime64, seed: int) -> Sample:
    """Rows to train a horizon on: their target **ended** before the cut, at most 600 of the last 8 years per asset.

    Args:
        members: the market.
        days: the horizon.
        before: nothing on or after this day is looked at.
        seed: of the choice of rows; the same for the same market.
    """
    chosen = [
        _chosen(member, days, before, np.random.default_rng([seed, place]))
        for place, (_, member) in enumerate(sorted(members.items()))
    ]
    return Sample(
        *(np.concatenate([getattr(one, name) for one in chosen]) for name in ("features", "ratios", "returns"))
    )


def _chosen(member: Member, days: int, before: np.datetime64, random: np.random.Generator) -> Sample:
    rows = member.history.horizon_rows(days)
    ahead, variance = member.history.ahead(rows), member.history.variance_ahead(rows)
    ended = _end_days(member.history.days, rows)
    usable = np.isfinite(ahead) & (ended < before) & (member.history.days >= before - _YEARS)
    usable[:_SKIPPED_ROWS] = False
    at = np.flatnonzero(usable)
    if len(at) > _SAMPLED_ROWS_MAX:
        at = np.sort(random.choice(at, _SAMPLED_ROWS_MAX, replace=False))
    scale = rows * member.filters.reference[at]
    return Sample(member.features[at], variance[at] / scale, ahead[at] / np.sqrt(scale))


def _end_days(days: Days, rows: int) -> Days:
    ended = np.full(len(days), np.datetime64("9999-12-31"), dtype="datetime64[D]")
    ended[:-rows] = days[rows:]
    return ended


def fit_variance(chosen: Sample, *, seed: int) -> tuple[Floats, str]:
    """HAR coefficients and boosted variance; extreme ratios are capped at their 99.8 % quantile.

    Raises:
        TooFewRows: fewer rows than two leaves of the boosted model hold.
    """
    if len(chosen.ratios) < SAMPLE_ROWS_MIN:
        raise TooFewRows(f"{len(chosen.ratios)} rows are there, the variance model needs {SAMPLE_ROWS_MIN}.")
    target = np.minimum(chosen.ratios, np.quantile(chosen.ratios, _CAP_QUANTILE)) + _LIFT
    har = np.asarray(np.linalg.lstsq(_har_inputs(chosen.features), target, rcond=None)[0], dtype=np.float64)
    boost = _lightgbm()
    made = boost.train({**_VARIANCE, "seed": seed}, boost.Dataset(chosen.features, target), _VARIANCE_ROUNDS)
    return har, made.model_to_string()


def fit_quantiles(chosen: Sample, *, seed: int) -> tuple[str, ...]:
    """Boosted quantiles of the scaled return, one model per level."""
    boost = _lightgbm()
    return tuple(
        boost.train(
            {**_QUANTILE, "alpha": level, "seed": seed},
            boost.Dataset(chosen.features, chosen.returns),
            _QUANTILE_ROUNDS,
        ).model_to_string()
        for level in LEVELS
    )


def fit_horizon(members: Mapping[str, Member], days: int, *, before: np.datetime64, seed: int) -> HorizonModels:
    """All models of one horizon, from what had ended before a day."""
    chosen = sample(members, days, before=before, seed=seed)
    har, variance = fit_variance(chosen, seed=seed)
    return HorizonModels(har, variance, fit_quantiles(chosen, seed=seed))


def boosting_fault() -> str | None:
    """Why the boosted models cannot be loaded on this machine and what mends it; None where they can."""
    try:
        _lightgbm()
    except BoostingUnavailable as error:
        return error.detail
    return None


def _lightgbm() -> ModuleType:
    """LightGBM, loaded when first needed: it costs a second and needs the system's libgomp.

    Raises:
        Unavailable: it cannot be loaded; the other members of the ensemble serve without it.
    """
    try:
        return import_module("lightgbm")
    except OSError as error:
        raise BoostingUnavailable("LightGBM needs libgomp1 of the system: apt-get install libgomp1.") from error


def _har_inputs(features: Floats) -> Floats:
    return np.column_stack([np.ones(len(features)), np.exp(np.clip(features[:, :RATIOS], -_LOG_CLIP, _LOG_CLIP))])
