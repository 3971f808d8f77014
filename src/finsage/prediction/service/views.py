"""A stored forecast as it is shown: prices from log returns, at more or fewer levels."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from finsage.prediction.price_model.forecast import plain_price, probability_below
from finsage.prediction.price_model.levels import LEVELS, SHOWN
from finsage.prediction.store.predictions import Prediction


def levels_of(*, is_whole: bool) -> tuple[float, ...]:
    """All levels that are shown, or those that are scored."""
    return SHOWN if is_whole else LEVELS


def returns_of(one: Prediction, levels: tuple[float, ...]) -> dict[str, float]:
    """Simple returns by level, ascending."""
    return {f"{level:g}": round(float(np.expm1(_at(one, level))), 6) for level in levels}


def prices_of(one: Prediction, levels: tuple[float, ...]) -> dict[str, str]:
    """Prices by level; see ``plain_price``."""
    last = float(one.last_close)
    return {f"{level:g}": plain_price(last * float(np.exp(_at(one, level)))) for level in levels}


def by_level(log_returns: list[float]) -> dict[str, float]:
    """Simple returns of a baseline at the levels that are scored."""
    return {f"{level:g}": round(float(np.expm1(one)), 6) for level, one in zip(LEVELS, log_returns, strict=True)}


def probability_of_loss(one: Prediction) -> float:
    """The probability of ending below the last close."""
    return round(probability_below(np.array(one.prediction_result["quantiles"]), 0.0), 6)


def _at(one: Prediction, level: float) -> float:
    value: float = one.prediction_result["quantiles"][SHOWN.index(level)]
    return value


def odds_below(one: Prediction, price: Decimal) -> float:
    """The probability that the price ends below a value, from 0.01 to 0.99: beyond that nothing is claimed."""
    quantiles = np.array(one.prediction_result["quantiles"])
    return probability_below(quantiles, float(np.log(float(price) / float(one.last_close))))
