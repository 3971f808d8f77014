"""A forecast: the distribution of one asset's return over a horizon from what is known at its last close."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtr, ndtri

from finsage.errors import Invalid
from finsage.prediction.price_model.features import Member
from finsage.prediction.price_model.global_models import TRAINED_DAYS
from finsage.prediction.price_model.history import ROWS_MIN, Floats, Notice
from finsage.prediction.price_model.levels import SAMPLED, SHOWN, SHOWN_PLACES
from finsage.prediction.price_model.mixture import (
    RESIDUALS_MAX,
    TAILS,
    Distribution,
    as_log_return,
    distribution,
    ensemble_sigma,
    residual_window,
)
from finsage.prediction.price_model.preparation import Prepared, first_row
from finsage.prediction.price_model.weights import Weights, evenly, variance_members

Rung = Literal["full", "pooled", "class"]

HORIZON_DAYS_MAX = 365
_FULL_ROWS, _POOLED_ROWS, _SHRINK_ROWS = 750, 250, 60


class TooLittleHistory(Invalid):
    """There is too little history to forecast from."""


class InvalidHorizon(Invalid):
    """A forecast reaches 1 to 365 days."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the return of an asset over a horizon may be, as known at the end of ``as_of``.

    Attributes:
        samples: log returns at ``SAMPLED``, ascending.
        value_at_risk: fraction of value, ≥ 0, by confidence.
        expected_shortfall: at least the value at risk, by confidence.
        sigma: standard deviation of the log return over the horizon.
        volatility: annualised.
        rung: how much of it rests on the asset's own history.
        notices: what to know about data and model.
    """

    as_of: np.datetime64
    horizon_days: int
    horizon_rows: int
    last_close: float
    samples: Floats
    value_at_risk: dict[float, float]
    expected_shortfall: dict[float, float]
    sigma: float
    volatility: float
    rung: Rung
    notices: tuple[Notice, ...]

    @property
    def quantiles(self) -> Floats:
        """Log returns at ``SHOWN``, ascending."""
        return np.asarray(self.samples[SHOWN_PLACES], dtype=np.float64)

    def probability_below(self, price: float) -> float:
        """The probability that the price ends below a value, from 0.01 to 0.99: beyond that nothing is claimed."""
        return probability_below(self.quantiles, float(np.log(price / self.last_close)))


def probability_below(quantiles: Floats, log_return: float) -> float:
    """The probability of a smaller log return, from quantiles at ``SHOWN``; clipped to [0.01, 0.99]."""
    # Equal quantiles of a constant series would leave the place undefined; the last of them counts.
    ascending = quantiles + np.arange(len(quantiles)) * 1e-15
    return float(ndtr(np.interp(log_return, ascending, ndtri(SHOWN))))


def plain_price(value: float) -> str:
    """Eight significant digits in plain notation: more than a forecast is good for."""
    return np.format_float_positional(float(f"{value:.8g}"), trim="-")


def rung_of(rows: int) -> Rung:
    """How much a history of so many returns can carry by itself.

    Raises:
        TooLittleHistory: fewer than 30.
    """
    if rows < ROWS_MIN:
        raise TooLittleHistory(f"A forecast needs at least {ROWS_MIN} returns, {rows} are there.")
    if rows < _POOLED_ROWS:
        return "class"
    return "pooled" if rows < _FULL_ROWS else "full"


def forecast(member: Member, weights: Weights, days: int, prepared: Prepared | None = None) -> Forecast:
    """Forecast one asset from its last close.

    Horizons between the trained ones are interpolated in the logarithm of their rows; beyond the last, only the
    members that have a horizon structure of their own remain.

    Args:
        member: of a market made by ``features.market``.
        weights: trained models and class pools.
        days: calendar days ahead, 1 to 365.
        prepared: what ``preparation.prepare`` found with the same weights; it is worked out here without. The result is
            the same to the last bit.

    Raises:
        TooLittleHistory: fewer than 30 returns.
        InvalidHorizon: the horizon is out of bounds.
    """
    if not 1 <= days <= HORIZON_DAYS_MAX:
        raise InvalidHorizon(f"A forecast reaches 1 to {HORIZON_DAYS_MAX} days, {days} were asked for.")
    history = member.history
    rung = rung_of(len(history))
    notices = list(history.notices)
    if rung == "class":
        notices.append(Notice("short_history", f"Only {len(history)} returns: most of this rests on the asset class."))
    if not weights.horizons:
        notices.append(Notice("no_global_models", "No trained models are there: the asset's own history alone speaks."))
    elif not weights.has_boosting:
        notices.append(
            Notice("no_boosting", "LightGBM cannot be loaded: the forecast is made without boosted members.")
        )
    if days > TRAINED_DAYS[-1]:
        notices.append(Notice("extrapolated_horizon", f"No model is trained beyond {TRAINED_DAYS[-1]} days."))
        found = _direct(member, weights, days, rung, None)
    else:
        found = _within(member, weights, days, rung, prepared)
    if rung != "class" and found.own < ROWS_MIN:
        rung = "pooled"
        detail = f"Only {found.own} returns over {days} days are unbroken: most of this rests on the asset class."
        notices.append(Notice("short_history", detail))
    rows = history.horizon_rows(days)
    confidences = [round(1.0 - tail, 3) for tail in TAILS]
    return Forecast(
        as_of=history.days[-1],
        horizon_days=days,
        horizon_rows=rows,
        last_close=history.last_close,
        samples=found.shape.quantiles[0],
        value_at_risk=dict(zip(confidences, found.shape.value_at_risk[0].tolist(), strict=True)),
        expected_shortfall=dict(zip(confidences, found.shape.expected_shortfall[0].tolist(), strict=True)),
        sigma=found.sigma,
        volatility=found.sigma * float(np.sqrt(history.rows_per_year / rows)),
        rung=rung,
        notices=tuple(notices),
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """A distribution; ``own``: how many returns of the asset's own over as many rows are in it."""

    rows: int
    own: int
    sigma: float
    shape: Distribution


def _within(member: Member, weights: Weights, days: int, rung: Rung, prepared: Prepared | None) -> _Found:
    if days in TRAINED_DAYS:
        return _direct(member, weights, days, rung, prepared)
    shorter = max(one for one in TRAINED_DAYS if one < days)
    longer = min(one for one in TRAINED_DAYS if one > days)
    near, far = (_direct(member, weights, one, rung, prepared) for one in (shorter, longer))
    return _between(near, far, member.history.horizon_rows(days))


def _between(near: _Found, far: _Found, rows: int) -> _Found:
    """Log variance per row and standardised quantiles, linear in the logarithm of the rows."""
    share = float(np.log(rows / near.rows) / np.log(far.rows / near.rows))

    def mixed(one: Floats, other: Floats) -> Floats:
        return (1.0 - share) * one + share * other

    per_row = mixed(*(np.array(2.0 * np.log(one.sigma) - np.log(one.rows)) for one in (near, far)))
    sigma = float(np.sqrt(rows * np.exp(per_row)))
    quantiles = sigma * mixed(*(one.shape.quantiles / one.sigma for one in (near, far)))
    at_risk, beyond = (
        0.0 - np.expm1(sigma * mixed(*(as_log_return(getattr(one.shape, name)) / one.sigma for one in (near, far))))
        for name in ("value_at_risk", "expected_shortfall")
    )
    return _Found(rows, min(near.own, far.own), sigma, Distribution(quantiles, at_risk, np.maximum(beyond, at_risk)))


def _direct(member: Member, weights: Weights, days: int, rung: Rung, prepared: Prepared | None) -> _Found:
    history = member.history
    rows, last = history.horizon_rows(days), len(history) - 1
    models = weights.horizons.get(days)
    if prepared is None:
        sigmas = ensemble_sigma(variance_members(member, models, rows, first_row(history, rows)))
        boosted = (
            models.boosted_quantiles(member, rows, np.array([last])) if models is not None and models.variance else None
        )
    else:
        sigmas, boosted = prepared.sigmas[days], prepared.boosted.get(days)
    sigma = float(sigmas[last])
    own = residual_window(history.ahead(rows) / sigmas, last, rows)
    window = own
    # Of a long history too there may be no return over a long horizon that no gap breaks.
    if rung != "full" or len(own) < ROWS_MIN:
        lent = weights.residuals(member.asset_class, min(TRAINED_DAYS, key=lambda one: abs(one - days)))
        if rung == "class":
            sigma, window = _shrunk(sigma, len(history), rows, weights, member.asset_class), lent
        else:
            window = np.concatenate([own, evenly(lent, RESIDUALS_MAX - len(own))])
    shape = distribution(np.array([sigma]), [window], boosted, SAMPLED, mirror_only=days > TRAINED_DAYS[-1])
    return _Found(rows, len(own), sigma, shape)


def _shrunk(sigma: float, count: int, rows: int, weights: Weights, asset_class: str) -> float:
    """Toward the class by n/(n + 60), in the logarithm of the variance."""
    pool = weights.pools.get(asset_class)
    if pool is None:
        return sigma
    own = count / (count + _SHRINK_ROWS)
    return float(np.exp(own * np.log(sigma) + (1.0 - own) * np.log(rows * pool.variance) / 2.0))
