"""A forecast: the distribution of one asset's return over a horizon from what is known at its last close."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from finsage.errors import Invalid
from finsage.prediction.price_model.features import Member
from finsage.prediction.price_model.global_models import TRAINED_DAYS
from finsage.prediction.price_model.history import ROWS_MIN, Floats, History, Notice
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
_CONFIDENCES = [round(1.0 - tail, 3) for tail in TAILS]


class TooLittleHistory(Invalid):
    """There is too little history to forecast from."""


class InvalidHorizon(Invalid):
    """A forecast reaches 1 to 365 days."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the return of an asset over a horizon may be, as known at the end of ``as_of``.

    Attributes:
        levels: of the samples: ``SAMPLED``, or ``SHOWN`` where no scenarios are drawn from it.
        samples: log returns at these levels, ascending.
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
    levels: tuple[float, ...]
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
        if len(self.levels) == len(SHOWN):
            return self.samples
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


def standstill(history: History) -> str | None:
    """Why no odds are told of a price that never moved, whose odds came from what is mixed in alone; None if it did."""
    looked_at = history.returns[-RESIDUALS_MAX:]
    if looked_at.any():
        return None
    price, count = plain_price(history.last_close), len(looked_at) + 1
    return f"The price is {price} at each of the last {count} closes; no odds can be told of what never moves."


def forecast(member: Member, weights: Weights, days: int, prepared: Prepared | None = None) -> Forecast:
    """Forecast one asset from its last close; see ``forecasts``.

    Args:
        member: of a market made by ``features.market``.
        weights: trained models and class pools.
        days: calendar days ahead, 1 to 365.
        prepared: what ``preparation.prepare`` found with the same weights; it is worked out here without.
    """
    return forecasts([member], weights, days, None if prepared is None else [prepared], SAMPLED)[0]


def forecasts(
    members: Sequence[Member],
    weights: Weights,
    days: int,
    prepared: Sequence[Prepared] | None,
    levels: tuple[float, ...] = SHOWN,
) -> list[Forecast]:
    """Forecast assets from their last closes, each to the last bit as it is alone.

    Horizons between the trained ones are interpolated in the logarithm of their rows; beyond the last, only the
    members that have a horizon structure of their own remain.

    Args:
        members: of a market made by ``features.market``.
        weights: trained models and class pools.
        days: calendar days ahead, 1 to 365.
        prepared: what ``preparation.prepare`` found of each with the same weights; it is worked out here without.
        levels: of the samples, ``SHOWN`` or ``SAMPLED``.

    Raises:
        TooLittleHistory: fewer than 30 returns.
        InvalidHorizon: the horizon is out of bounds.
    """
    if not 1 <= days <= HORIZON_DAYS_MAX:
        raise InvalidHorizon(f"A forecast reaches 1 to {HORIZON_DAYS_MAX} days, {days} were asked for.")
    rungs = [rung_of(len(member.history)) for member in members]
    if not members:
        return []
    asked = _Asked(members, rungs, weights, prepared, levels)
    found = _direct(asked, days) if days > TRAINED_DAYS[-1] or days in TRAINED_DAYS else _between(asked, days)
    return [
        Forecast(
            as_of=member.history.days[-1],
            horizon_days=days,
            horizon_rows=rows,
            last_close=member.history.last_close,
            levels=levels,
            samples=quantiles,
            value_at_risk=dict(zip(_CONFIDENCES, at_risk, strict=True)),
            expected_shortfall=dict(zip(_CONFIDENCES, beyond, strict=True)),
            sigma=sigma,
            volatility=sigma * float(np.sqrt(member.history.rows_per_year / rows)),
            rung="pooled" if _is_broken(rung, own) else rung,
            notices=_notices(member, rung, own, weights, days),
        )
        for member, rung, rows, own, sigma, quantiles, at_risk, beyond in zip(
            members,
            rungs,
            found.rows.tolist(),
            found.own.tolist(),
            found.sigma.tolist(),
            found.shape.quantiles,
            found.shape.value_at_risk.tolist(),
            found.shape.expected_shortfall.tolist(),
            strict=True,
        )
    ]


def _is_broken(rung: Rung, own: int) -> bool:
    """Whether of a long history too there is no return over so long a horizon that no gap breaks."""
    return rung != "class" and own < ROWS_MIN


def _notices(member: Member, rung: Rung, own: int, weights: Weights, days: int) -> tuple[Notice, ...]:
    history = member.history
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
    if _is_broken(rung, own):
        detail = f"Only {own} returns over {days} days are unbroken: most of this rests on the asset class."
        notices.append(Notice("short_history", detail))
    return tuple(notices)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What forecasts are made of and at which levels."""

    members: Sequence[Member]
    rungs: Sequence[Rung]
    weights: Weights
    prepared: Sequence[Prepared] | None
    levels: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """Per asset: rows of the horizon, how many returns of its own over as many rows are in it, and the distribution."""

    rows: NDArray[np.int64]
    own: NDArray[np.int64]
    sigma: Floats
    shape: Distribution


def _between(asked: _Asked, days: int) -> _Found:
    """Log variance per row and standardised quantiles, linear in the logarithm of the rows."""
    shorter = max(one for one in TRAINED_DAYS if one < days)
    longer = min(one for one in TRAINED_DAYS if one > days)
    near, far = (_direct(asked, one) for one in (shorter, longer))
    rows = _rows(asked, days)
    share = np.log(rows / near.rows) / np.log(far.rows / near.rows)

    def mixed(one: Floats, other: Floats) -> Floats:
        return (1.0 - share) * one + share * other

    per_row = mixed(*(2.0 * np.log(one.sigma) - np.log(one.rows) for one in (near, far)))
    sigma = np.sqrt(rows * np.exp(per_row))
    wide, share = sigma[:, None], share[:, None]
    quantiles = wide * mixed(*(one.shape.quantiles / one.sigma[:, None] for one in (near, far)))
    at_risk, beyond = (
        0.0
        - np.expm1(wide * mixed(*(as_log_return(getattr(one.shape, name)) / one.sigma[:, None] for one in (near, far))))
        for name in ("value_at_risk", "expected_shortfall")
    )
    own = np.minimum(near.own, far.own)
    return _Found(rows, own, sigma, Distribution(quantiles, at_risk, np.maximum(beyond, at_risk)))


def _rows(asked: _Asked, days: int) -> NDArray[np.int64]:
    return np.array([member.history.horizon_rows(days) for member in asked.members])


def _direct(asked: _Asked, days: int) -> _Found:
    prepared = asked.prepared if days in TRAINED_DAYS else None
    rows, weights = _rows(asked, days), asked.weights
    sigma, own, windows = np.empty(len(rows)), np.empty(len(rows), dtype=np.int64), []
    for place, (member, rung) in enumerate(zip(asked.members, asked.rungs, strict=True)):
        sigmas = _sigmas(member, weights, days) if prepared is None else prepared[place].sigmas[days]
        sigma[place], own[place], window = _window(member, sigmas, days, rung, weights)
        windows.append(window)
    boosted = _boosted(asked, days, prepared)
    shape = distribution(sigma, windows, boosted, asked.levels, mirror_only=days > TRAINED_DAYS[-1])
    return _Found(rows, own, sigma, shape)


def _sigmas(member: Member, weights: Weights, days: int) -> Floats:
    """Of the last rows that a forecast looks at."""
    rows = member.history.horizon_rows(days)
    first = first_row(member.history, rows)
    return ensemble_sigma(variance_members(member, weights.horizons.get(days), rows, first))[first:]


def _boosted(asked: _Asked, days: int, prepared: Sequence[Prepared] | None) -> Floats | None:
    models = asked.weights.horizons.get(days)
    if models is None or not models.variance:
        return None
    if prepared is not None:
        return np.concatenate([one.boosted[days] for one in prepared])
    return np.concatenate(
        [
            models.boosted_quantiles(member, member.history.horizon_rows(days), np.array([len(member.history) - 1]))
            for member in asked.members
        ]
    )


def _window(member: Member, sigmas: Floats, days: int, rung: Rung, weights: Weights) -> tuple[float, int, Floats]:
    """The sigma of an asset's forecast, how many own returns there are, and the standardised past it is made of."""
    history = member.history
    rows, sigma = history.horizon_rows(days), float(sigmas[-1])
    own = residual_window(history.ahead(rows, len(history) - len(sigmas)) / sigmas, len(sigmas) - 1, rows)
    if rung == "full" and not _is_broken(rung, len(own)):
        return sigma, len(own), own
    lent = weights.residuals(member.asset_class, min(TRAINED_DAYS, key=lambda one: abs(one - days)))
    if rung == "class":
        return _shrunk(sigma, len(history), rows, weights, member.asset_class), len(own), lent
    return sigma, len(own), np.concatenate([own, evenly(lent, RESIDUALS_MAX - len(own))])


def _shrunk(sigma: float, count: int, rows: int, weights: Weights, asset_class: str) -> float:
    """Toward the class by n/(n + 60), in the logarithm of the variance."""
    pool = weights.pools.get(asset_class)
    if pool is None:
        return sigma
    own = count / (count + _SHRINK_ROWS)
    return float(np.exp(own * np.log(sigma) + (1.0 - own) * np.log(rows * pool.variance) / 2.0))
