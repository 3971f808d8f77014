"""From histories to what paths are made of: residuals of common days, variances, and what is stated of a year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from finsage.prediction.advice_model.odds import World
from finsage.prediction.price_model.features import Member
from finsage.prediction.price_model.forecast import forecast
from finsage.prediction.price_model.history import Floats, History, Notice, days_in_common
from finsage.prediction.price_model.joint import NothingInCommon
from finsage.prediction.price_model.weights import Weights
from finsage.quant.ewma import ewma_variance
from finsage.quant.paths import MONTHS, NEWEST_WEIGHT, Stated, copula_residuals

YEAR_DAYS = 365
ROWS_MOST = 2_520
OPTIMISED_ROWS = 1_260
COMMON_MIN = 250
ROWS_LEAST = 30
_COPULA_ROWS = 1_000
_TRADING, _DAILY = 252, 360


@dataclass(frozen=True, slots=True)
class Known:
    """What the paths start from, and what optimisers look at.

    ``returns``: simple, of the last common days, shape (rows, assets) in the order of the members.
    """

    world: World
    returns: Floats
    notices: tuple[Notice, ...]


def known_of(members: Mapping[str, Member], weights: Weights, expected: Floats, cash: float, *, seed: int) -> Known:
    """What is known of assets that are to move together.

    The year from today gets the deviation of the forecast over 365 days, each later one that of the past. With fewer
    than 250 days in common their correlation is drawn toward its mean by n / (n + 250), and a notice says so.

    Args:
        members: of one market, in base currency.
        weights: trained models of the forecast.
        expected: mean simple return a year, shape (assets,) in the order of the members.
        cash: gain of money a year.
        seed: of the draws where days in common are few.

    Raises:
        NothingInCommon: fewer than 30 returns on common days.
    """
    histories = [member.history for member in members.values()]
    common = days_in_common(histories)
    if len(common) <= ROWS_LEAST:
        raise NothingInCommon(f"{len(common)} days are common to all assets; more than {ROWS_LEAST} are needed.")
    shared = [history.on(common) for history in histories]
    logs = np.column_stack([history.returns for history in shared])[-ROWS_MOST:]
    if len(logs) < ROWS_LEAST:
        raise NothingInCommon(f"{len(logs)} returns are common to all assets; {ROWS_LEAST} are needed.")
    variances = np.column_stack([ewma_variance(column, NEWEST_WEIGHT) for column in logs.T])
    residuals = logs[1:] / np.sqrt(variances[:-1])
    ahead = np.array([forecast(member, weights, YEAR_DAYS).sigma for member in members.values()])
    past = logs.std(axis=0) * np.sqrt(shared[0].horizon_rows(YEAR_DAYS))
    notices: tuple[Notice, ...] = ()
    if len(logs) < COMMON_MIN:
        own = len(logs) / (len(logs) + COMMON_MIN)
        residuals = copula_residuals(residuals, _COPULA_ROWS, own, np.random.default_rng(seed))
        past = ahead
        detail = f"The assets have {len(logs)} returns in common: their correlation is drawn toward its mean."
        notices = (Notice("few_common_days", detail),)
    world = World(
        residuals=residuals,
        variances=variances[-1],
        past_variances=variances,
        first=Stated(ahead, 1.0 + expected),
        later=Stated(past, 1.0 + expected),
        cash=cash,
        days=_days_of_a_year(shared[0]),
    )
    return Known(world, np.expm1(logs[-OPTIMISED_ROWS:]), notices)


def _days_of_a_year(history: History) -> int:
    """Rows of a year in whole months."""
    return MONTHS * max(1, round((_DAILY if history.is_daily else _TRADING) / history.spacing / MONTHS))
