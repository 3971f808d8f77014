"""What the global models look at: thirteen numbers without a scale, per row of each history of a market."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from finsage.prediction.price_model.history import Days, Floats, History
from finsage.prediction.price_model.volatility import HALF_LIVES, REFERENCE, Filters, GarchFits, filters

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
    """An asset of a market as the models see it."""

    history: History
    asset_class: str
    filters: Filters
    features: Floats
    garch: GarchFits


def market(histories: Mapping[str, History], classes: Mapping[str, str]) -> dict[str, Member]:
    """Histories with their filters and features; turbulence is a mean over the assets that have the same day.

    Args:
        histories: by name.
        classes: the asset class of each.
    """
    made = {name: filters(history) for name, history in histories.items()}
    turbulence = {name: np.log(one.by_half_life[5.0] / one.by_half_life[66.0]) for name, one in made.items()}
    of_all = _mean_by_day([(histories[name].days, turbulence[name]) for name in histories])
    of_class = {
        asset_class: _mean_by_day(
            [(histories[name].days, turbulence[name]) for name in histories if classes[name] == asset_class]
        )
        for asset_class in set(classes.values())
    }
    return {
        name: Member(
            history,
            classes[name],
            made[name],
            _features(history, made[name], _at(of_class[classes[name]], history.days), _at(of_all, history.days)),
            GarchFits(history),
        )
        for name, history in histories.items()
    }


def _features(history: History, made: Filters, class_turbulence: Floats, turbulence: Floats) -> Floats:
    reference = made.reference
    sigma = np.sqrt(reference)
    return np.column_stack(
        [
            *(np.log(one / reference) for rows, one in made.by_half_life.items() if rows != REFERENCE),
            np.abs(history.returns) / sigma,
            history.returns / sigma,
            *(history.behind(rows) / (sigma * np.sqrt(rows)) for rows in MOMENTUM_ROWS),
            class_turbulence,
            turbulence,
        ]
    )


def _mean_by_day(series: Sequence[tuple[Days, Floats]]) -> tuple[Days, Floats]:
    days, place = np.unique(np.concatenate([one for one, _ in series]), return_inverse=True)
    values = np.concatenate([one for _, one in series])
    return days, np.bincount(place, values) / np.bincount(place)


def _at(means: tuple[Days, Floats], days: Days) -> Floats:
    return means[1][np.searchsorted(means[0], days)]
