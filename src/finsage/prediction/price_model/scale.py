"""How much wider or narrower a forecast is made than the model says, from where the last outcomes lay.

One factor per asset and horizon: a step per quantile was tried and lost (seven days −0.2 %, thirty days −4.6 % CRPS).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from finsage.prediction.price_model.forecast import Forecast
from finsage.prediction.price_model.history import Floats
from finsage.prediction.price_model.mixture import as_log_return, loss_of

RATIOS_MAX = 250
_PULL = 250
_LEVEL = 0.8
_LEAST, _MOST = 0.8, 1.25


def spread_ratio(outcome: float, median: float, low: float, high: float, scale: float) -> float | None:
    """How far an outcome lay from the median, over half the width that the 80 % band had before it was scaled.

    Four fifths of a right model's are below one.

    Args:
        outcome: log return.
        median: of the forecast.
        low: its 10 % quantile.
        high: its 90 % quantile.
        scale: that the forecast was made with.

    Returns:
        None where the band has no width.
    """
    half = (high - low) / (2.0 * scale)
    return abs(outcome - median) / half if half > 0 else None


def class_scale(of_class: Floats) -> float:
    """The logarithm of the factor of a class: that of the 80 % quantile of its ratios, drawn toward 0 by n / (n + 250).

    Args:
        of_class: ratios of the last matured forecasts of all its assets.
    """
    return _drawn(of_class, 0.0)


def adaptive_scale(own: Floats, common: float) -> float:
    """The factor of an asset over a horizon; 1 where nothing is known.

    The logarithm of the 80 % quantile of its ratios is drawn toward that of its class by n / (n + 250).

    Args:
        own: ratios of its last matured forecasts, at most 250.
        common: of its class, its own included; see ``class_scale``.
    """
    return float(np.clip(np.exp(_drawn(own, common)), _LEAST, _MOST))


def _drawn(ratios: Floats, toward: float) -> float:
    if not len(ratios):
        return toward
    share = len(ratios) / (len(ratios) + _PULL)
    return share * float(np.log(max(np.quantile(ratios, _LEVEL), 1e-6))) + (1.0 - share) * toward


def scaled(one: Forecast, scale: float) -> Forecast:
    """A forecast whose distances from its median are so many times as long; value at risk and shortfall follow."""
    if scale == 1.0:
        return one
    median = float(one.samples[one.levels.index(0.5)])
    samples = median + scale * (one.samples - median)
    losses = loss_of(samples)
    at_risk = {level: max(0.0, float(losses[one.levels.index(round(1.0 - level, 3))])) for level in one.value_at_risk}
    beyond = {
        # The mean loss beyond it, moved as the log return it is.
        level: max(at_risk[level], -float(np.expm1(median + scale * (as_log_return(value) - median))))
        for level, value in one.expected_shortfall.items()
    }
    return replace(
        one,
        samples=samples,
        value_at_risk=at_risk,
        expected_shortfall=beyond,
        sigma=one.sigma * scale,
        volatility=one.volatility * scale,
    )
