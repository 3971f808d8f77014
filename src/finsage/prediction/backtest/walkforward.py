"""The walk: global models are fitted at the turn of each year on what had ended by then, then every origin is forecast.

Fitting and forecasting are lists of independent tasks, so any ``concurrent.futures.Executor`` may share them among
processes or machines; the result does not depend on how.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np

from finsage.errors import Invalid
from finsage.prediction.price_model import baselines
from finsage.prediction.price_model.features import Member, market
from finsage.prediction.price_model.global_models import (
    SAMPLE_ROWS_MIN,
    HorizonModels,
    Sample,
    TooFewRows,
    fit_quantiles,
    fit_variance,
    sample,
)
from finsage.prediction.price_model.history import Days, Floats, History
from finsage.prediction.price_model.levels import LEVELS
from finsage.prediction.price_model.mixture import (
    RESIDUALS_MAX,
    Distribution,
    Rows,
    distribution,
    ensemble_sigma,
    residual_window,
)

OURS = "finsage"
TESTED_ROWS = 750
_STEP_ROWS = 5
WARM_ROWS = 260
_QUANTILE_YEARS = 2
_RESIDUALS_MIN = 2
"""See ``mixture.distribution``."""


class TooShort(Invalid):
    """An asset has too little unbroken history to be backtested."""


@dataclass(frozen=True, slots=True)
class Track:
    """The forecasts of one asset over one horizon, with what came.

    Attributes:
        days: of the origins, shape (origins,).
        outcome: log return over the horizon.
        realised_variance: sum of its squared returns.
        quantiles: by method, at ``LEVELS``; shape (origins, 11).
        variance: by method, over the horizon; ``EWMA`` is the yardstick.
        risk: our value at risk and expected shortfall.
    """

    asset: str
    asset_class: str
    horizon_days: int
    days: Days
    outcome: Floats
    realised_variance: Floats
    quantiles: Mapping[str, Floats]
    variance: Mapping[str, Floats]
    risk: Distribution


@dataclass(frozen=True, slots=True)
class Dated:
    """Models with the day from which they are used: they were fitted on what had ended before it."""

    since: np.datetime64
    models: HorizonModels


def walk_forward(
    histories: Mapping[str, History],
    classes: Mapping[str, str],
    horizons: Sequence[int],
    *,
    seed: int,
    tested_rows: int = TESTED_ROWS,
    executor: Executor | None = None,
) -> list[Track]:
    """Forecast every asset at every origin of its last rows as it would have been done on that day.

    Args:
        histories: by name; see ``shortage_of``.
        classes: the asset class of each.
        horizons: in days; of the trained ones.
        seed: of the choice of training rows and of boosting.
        tested_rows: how many of the last rows are origins: every one for horizons of one row, else every fifth.
        executor: shares the tasks; None runs them here.

    Raises:
        TooShort: a history is too short or too broken; it names the asset.
        TooFewRows: nothing could be trained before the first origin.
    """
    for name, history in histories.items():
        _refuse_short(name, history, horizons, tested_rows)
    members = market(histories, classes)
    names = sorted(members)
    run = map if executor is None else executor.map
    fits = _fits(members, horizons, tested_rows, seed)
    fitted = run(_fit, [one.sample for one in fits], [one.with_quantiles for one in fits], [seed] * len(fits))
    schedule = _schedule(zip(fits, fitted, strict=True))
    tracks = run(_walk, names, [members[name] for name in names], [schedule] * len(names), [tested_rows] * len(names))
    return [track for of_asset in tracks for track in of_asset]


def rows_needed(tested_rows: int, rows: int) -> int:
    """How many returns a history needs so that two returns over so many rows had ended by its first origin.

    Args:
        tested_rows: how many of the last rows are origins.
        rows: of the horizon.
    """
    return tested_rows + WARM_ROWS + rows + _RESIDUALS_MIN - 1


def shortage_of(history: History, rows: int, tested_rows: int) -> str | None:
    """What a history lacks so that two returns over so many rows had ended by its first origin; None where nothing."""
    needed = rows_needed(tested_rows, rows)
    if len(history) < needed:
        return f"has {len(history)} returns; {needed} are needed."
    first = len(history) - tested_rows
    ended = np.isfinite(history.ahead(rows)[_first_needed(history, tested_rows) : first - rows + 1])
    if ended.sum() < _RESIDUALS_MIN or not len(_origins(history, rows, tested_rows)):
        return f"has gaps: fewer than {_RESIDUALS_MIN} unbroken stretches of {rows} rows are there to learn from."
    return None


def _refuse_short(name: str, history: History, horizons: Iterable[int], tested_rows: int) -> None:
    shortage = shortage_of(history, max(history.horizon_rows(days) for days in horizons), tested_rows)
    if shortage is not None:
        raise TooShort(f"{name} {shortage}")


@dataclass(frozen=True, slots=True)
class _Fitting:
    days: int
    since: np.datetime64
    sample: Sample
    with_quantiles: bool


def _fits(members: Mapping[str, Member], horizons: Sequence[int], tested_rows: int, seed: int) -> list[_Fitting]:
    """What is fitted when; a year with too little before it is left out, but the first origin needs models."""
    first_origin = min(one.history.days[len(one.history) - tested_rows] for one in members.values())
    found: list[_Fitting] = []
    for days in horizons:
        made: list[_Fitting] = []
        for year in _years(members.values(), tested_rows):
            chosen = sample(members, days, before=_new_year(year), seed=seed)
            if len(chosen.ratios) >= SAMPLE_ROWS_MIN:
                made.append(_Fitting(days, _new_year(year), chosen, not made or year % _QUANTILE_YEARS == 0))
        if not made or made[0].since > first_origin:
            raise TooFewRows(f"By {first_origin} too few returns had ended to train a model of {days} days.")
        found += made
    return found


def _years(members: Iterable[Member], tested_rows: int) -> list[int]:
    """From the year whose models the first residual needs to the last year with origins."""
    first = min(_year(one.history.days[_first_needed(one.history, tested_rows)]) for one in members)
    last = max(_year(one.history.days[-1]) for one in members)
    return list(range(first, last + 1))


def _first_needed(history: History, tested_rows: int) -> int:
    return max(len(history) - tested_rows - RESIDUALS_MAX, WARM_ROWS)


def _year(day: np.datetime64) -> int:
    return int(day.astype("datetime64[Y]").astype(np.int64)) + 1970


def _new_year(year: int) -> np.datetime64:
    return np.datetime64(f"{year}-01-01")


def _fit(chosen: Sample, with_quantiles: bool, seed: int) -> HorizonModels:
    har, variance = fit_variance(chosen, seed=seed)
    return HorizonModels(har, variance, fit_quantiles(chosen, seed=seed) if with_quantiles else ())


def _schedule(fits: Iterable[tuple[_Fitting, HorizonModels]]) -> dict[int, list[Dated]]:
    """By horizon, in the order of their years; quantile models serve until newer ones come."""
    found: dict[int, list[Dated]] = {}
    for fit, fitted in fits:
        made = found.setdefault(fit.days, [])
        models = fitted if fitted.quantiles else replace(fitted, quantiles=made[-1].models.quantiles)
        made.append(Dated(fit.since, models))
    return found


def _walk(name: str, member: Member, schedule: Mapping[int, Sequence[Dated]], tested_rows: int) -> list[Track]:
    return [_track(name, member, days, dated, tested_rows) for days, dated in schedule.items()]


def replay(name: str, member: Member, models: HorizonModels, days: int, *, tested_rows: int = TESTED_ROWS) -> Track:
    """Forecast an asset at every origin of its last rows with the global models as they are **now**.

    Its own volatility and residuals are those of each day; only the global models know more than was known then. It
    judges value at risk of an asset; skill is judged by ``walk_forward``.

    Raises:
        TooShort: the history is too short or too broken.
    """
    _refuse_short(name, member.history, (days,), tested_rows)
    return _track(name, member, days, [Dated(np.datetime64("0001-01-01"), models)], tested_rows)


def _track(name: str, member: Member, days: int, dated: Sequence[Dated], tested_rows: int) -> Track:
    history = member.history
    rows = history.horizon_rows(days)
    first = _first_needed(history, tested_rows)
    origins = _origins(history, rows, tested_rows)
    ahead = history.ahead(rows)
    garch = member.garch.path(first=first)
    variance = {
        "EWMA": rows * member.filters.riskmetrics,
        baselines.GARCH: garch.over(rows),
        "HAR": np.full(len(history), np.nan),
        "LightGBM": np.full(len(history), np.nan),
    }
    boosted = np.full((len(history), len(LEVELS)), np.nan)
    for models, at in _stretches(history.days, dated, first):
        variance["HAR"][at] = models.har_variance(member, rows)[at]
        if not models.variance:
            continue
        variance["LightGBM"][at] = models.boosted_variance(member, rows, at)
        tested = at[at >= origins[0]]
        if len(tested):
            boosted[tested] = models.boosted_quantiles(member, rows, tested)
    sigma = ensemble_sigma(list(variance.values()))
    sigma[:first] = np.nan
    residuals = ahead / sigma
    ours = distribution(
        sigma[origins],
        [residual_window(residuals, at, rows) for at in origins],
        boosted[origins] if np.isfinite(boosted[origins]).all() else None,
        LEVELS,
    )
    walk = baselines.random_walk([baselines.random_walk_window(ahead, at, rows) for at in origins])
    return Track(
        asset=name,
        asset_class=member.asset_class,
        horizon_days=days,
        days=history.days[origins],
        outcome=ahead[origins],
        realised_variance=history.variance_ahead(rows)[origins],
        quantiles={
            OURS: ours.quantiles,
            baselines.RANDOM_WALK: walk,
            baselines.GARCH: baselines.garch_t(variance[baselines.GARCH][origins], garch.degrees()[origins]),
        },
        variance={**{method: one[origins] for method, one in variance.items()}, OURS: sigma[origins] ** 2},
        risk=ours,
    )


def _origins(history: History, rows: int, tested_rows: int) -> Rows:
    step = 1 if rows == 1 else _STEP_ROWS
    at = np.arange(len(history) - tested_rows, len(history) - rows, step)
    return at[np.isfinite(history.ahead(rows)[at])]


def _stretches(days: Days, dated: Sequence[Dated], first: int) -> Iterable[tuple[HorizonModels, Rows]]:
    """The rows each set of models serves: from its day to the next one's; none before the first needed row."""
    place = np.searchsorted(np.array([one.since for one in dated]), days, side="right") - 1
    for index, one in enumerate(dated):
        at = np.flatnonzero((place == index) & (np.arange(len(days)) >= first))
        if len(at):
            yield one.models, at
