"""What the global models look at: thirteen numbers without a scale, per row of each history of a market."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from finsage.prediction.price_model.history import Days, Floats, History
from finsage.prediction.price_model.volatility import (
    HALF_LIVES,
    REFERENCE,
    Filters,
    GarchFits,
    Reached,
    SharedFits,
    filters,
    filters_onward,
    turbulence,
    turbulence_of,
)

MOMENTUM_ROWS = (5, 22, 66, 250)
NAMES = (
    *(f"ln_e{rows:g}_e22" for rows in HALF_LIVES if rows != REFERENCE),
    "return_absolute", "return",
    *(f"momentum_{rows}" for rows in MOMENTUM_ROWS),
    "class_turbulence", "market_turbulence",
)  # fmt: skip
RATIOS = len(HALF_LIVES) - 1


@dataclass(frozen=True, slots=True)
class Member:
    """An asset of a market as the models see it; filters and features begin at the row ``filters.first``."""

    history: History
    asset_class: str
    filters: Filters
    features: Floats
    garch: GarchFits


def market(
    histories: Mapping[str, History],
    classes: Mapping[str, str],
    *,
    wanted: Collection[str] | None = None,
    reached: Mapping[str, Reached] | None = None,
    shared: SharedFits | None = None,
) -> dict[str, Member]:
    """Histories with their filters and features; turbulence is a mean over the assets that have the same day.

    Args:
        histories: by name.
        classes: the asset class of each.
        wanted: the ones that are given back, all without it; the others tell of turbulence alone.
        reached: where filters of these very histories had come to; members begin at the row after, or the last.
        shared: see ``GarchFits``.
    """
    chosen = [name for name in histories if wanted is None or name in wanted]
    if not chosen:
        return {}
    starts = {
        name: min(reached[name].rows, len(histories[name]) - 1) if reached and name in reached else 0 for name in chosen
    }
    day = min(histories[name].days[start] for name, start in starts.items())
    made = _onward(histories, reached or {}, day)
    made |= {name: filters(histories[name]) for name in chosen if name not in made}
    turbulences = {
        name: turbulence_of(made[name]) if name in made else turbulence(one) for name, one in histories.items()
    }
    series = {
        name: (one.days[len(one) - len(turbulences[name]) :], turbulences[name]) for name, one in histories.items()
    }
    of_all = _mean_by_day(list(series.values()))
    of_class = {
        asset_class: _mean_by_day([one for name, one in series.items() if classes[name] == asset_class])
        for asset_class in {classes[name] for name in chosen}
    }
    found = {}
    for name, start in starts.items():
        history, since = histories[name], made[name].since(start)
        days = history.days[start:]
        features = _features(history, since, _at(of_class[classes[name]], days), _at(of_all, days))
        found[name] = Member(history, classes[name], since, features, GarchFits(history, shared=shared))
    return found


def _onward(histories: Mapping[str, History], reached: Mapping[str, Reached], day: np.datetime64) -> dict[str, Filters]:
    """Filters of what had come far enough to be gone on from, and not too far: from a day on none may be missing."""
    names = [
        name
        for name, one in reached.items()
        if name in histories and (one.rows == 1 or histories[name].days[one.rows - 2] < day)
    ]
    return dict(
        zip(names, filters_onward([histories[name] for name in names], [reached[name] for name in names]), strict=True)
    )


def _features(history: History, made: Filters, of_class: Floats, of_all: Floats) -> Floats:
    by_half_life, returns = made.by_half_life, history.returns[made.first :]
    reference = by_half_life[REFERENCE]
    sigma = np.sqrt(reference)
    return np.column_stack(
        [
            *(np.log(one / reference) for rows, one in by_half_life.items() if rows != REFERENCE),
            np.abs(returns) / sigma,
            returns / sigma,
            *(history.behind(rows, made.first) / (sigma * np.sqrt(rows)) for rows in MOMENTUM_ROWS),
            of_class,
            of_all,
        ]
    )


def _mean_by_day(series: Sequence[tuple[Days, Floats]]) -> tuple[Days, Floats]:
    days, place = np.unique(np.concatenate([one for one, _ in series]), return_inverse=True)
    values = np.concatenate([one for _, one in series])
    return days, np.bincount(place, values) / np.bincount(place)


def _at(means: tuple[Days, Floats], days: Days) -> Floats:
    return means[1][np.searchsorted(means[0], days)]
