"""Everything trained that a forecast needs: global models per horizon, and what a class lends to its young assets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
from scipy.special import stdtrit

from finsage.prediction.price_model.features import Member
from finsage.prediction.price_model.global_models import TRAINED_DAYS, HorizonModels, boosting_fault, fit_horizon
from finsage.prediction.price_model.history import Floats
from finsage.prediction.price_model.mixture import RESIDUALS_MAX, ensemble_sigma

_DEGREES, _DEGREES_CRYPTO = 5.0, 4.0
_WARM_ROWS = 260
_RESIDUALS_MIN = 2


@dataclass(frozen=True, slots=True)
class ClassPool:
    """What assets of a class have in common.

    Attributes:
        residuals: by trained horizon: standardised returns of all of them, ascending, at most 1,000 evenly taken.
        variance: the median variance per row.
    """

    residuals: Mapping[int, Floats]
    variance: float


@dataclass(frozen=True, slots=True)
class Weights:
    """A trained price model.

    Attributes:
        id: names it; ``none`` without anything trained.
        sha256: of its manifest; empty without one.
        horizons: by days; empty without global models.
        pools: by asset class.
    """

    id: str = "none"
    sha256: str = ""
    horizons: Mapping[int, HorizonModels] = field(default_factory=dict)
    pools: Mapping[str, ClassPool] = field(default_factory=dict)

    @property
    def has_boosting(self) -> bool:
        """Whether there are boosted members."""
        return any(models.variance for models in self.horizons.values())

    def without_boosting(self) -> Weights:
        """The same without the boosted members, for a machine that cannot load LightGBM."""
        bare = {days: replace(models, variance="", quantiles=()) for days, models in self.horizons.items()}
        return replace(self, horizons=bare)

    def usable(self) -> Weights:
        """The same, without the boosted members where the machine cannot load them."""
        return self if boosting_fault() is None else self.without_boosting()

    def residuals(self, asset_class: str, days: int) -> Floats:
        """Standardised returns of a class, ascending; of a Student-t with unit variance where it has none."""
        pool = self.pools.get(asset_class)
        if pool is not None:
            return pool.residuals[days]
        nu = _DEGREES_CRYPTO if asset_class == "crypto" else _DEGREES
        return _of_student(nu)


@cache
def _of_student(nu: float) -> Floats:
    levels = (np.arange(RESIDUALS_MAX) + 0.5) / RESIDUALS_MAX
    return np.asarray(stdtrit(nu, levels) * np.sqrt((nu - 2.0) / nu), dtype=np.float64)


def train(members: Mapping[str, Member], *, name: str, before: np.datetime64, seed: int) -> Weights:
    """Train everything on what had ended before a day.

    Args:
        members: the market, see ``features.market``.
        name: of the result.
        before: nothing on or after it is looked at.
        seed: of the choice of rows and of boosting.

    Raises:
        TooFewRows: the market is too small or too young.
    """
    horizons = {days: fit_horizon(members, days, before=before, seed=seed) for days in TRAINED_DAYS}
    classes = sorted({member.asset_class for member in members.values()})
    pools = {one: _pool([m for m in members.values() if m.asset_class == one], horizons, before) for one in classes}
    return Weights(name, "", horizons, {one: pool for one, pool in pools.items() if pool is not None})


def variance_members(member: Member, models: HorizonModels | None, rows: int, first: int) -> list[Floats]:
    """The variance over the next rows by every member that there is, per row; NaN before ``first``."""
    found = [rows * member.filters.riskmetrics, member.garch.path(first=first).over(rows)]
    if models is not None:
        found.append(models.har_variance(member, rows))
    if models is not None and models.variance:
        at = np.arange(first, len(member.history))
        boosted = np.full(len(member.history), np.nan)
        boosted[at] = models.boosted_variance(member, rows, at)
        found.append(boosted)
    return [np.where(np.arange(len(one)) < first, np.nan, one) for one in found]


def _pool(members: list[Member], horizons: Mapping[int, HorizonModels], before: np.datetime64) -> ClassPool | None:
    """What a class lends; None where too little of it had ended before the day to lend anything."""
    residuals = {}
    known = {id(member): int(np.searchsorted(member.history.days, before)) for member in members}
    for days, models in horizons.items():
        found = []
        for member in members:
            rows = member.history.horizon_rows(days)
            first = min(max(len(member.history) - RESIDUALS_MAX - rows, _WARM_ROWS), len(member.history))
            sigma = ensemble_sigma(variance_members(member, models, rows, first))
            one = member.history.ahead(rows) / sigma
            ended = one[: max(known[id(member)] - rows, 0)]
            found.append(ended[np.isfinite(ended)])
        residuals[days] = evenly(np.sort(np.concatenate(found)), RESIDUALS_MAX)
        if len(residuals[days]) < _RESIDUALS_MIN:
            return None
    variances = [member.filters.reference[: known[id(member)]] for member in members]
    return ClassPool(residuals, float(np.median([np.median(one) for one in variances if len(one)])))


def evenly(values: Floats, count: int) -> Floats:
    """So many of ascending values, evenly taken; all of them where there are no more."""
    if len(values) <= count:
        return values
    return values[np.round(np.linspace(0, len(values) - 1, count)).astype(np.int64)]
