"""Forecasts and backtests of a file of prices as JSON documents; the same input gives the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import numpy as np

from finsage.errors import Fault, Invalid
from finsage.prediction.backtest import scores
from finsage.prediction.backtest.walkforward import OURS, TESTED_ROWS, Track, walk_forward
from finsage.prediction.model_files import Files, write_directory
from finsage.prediction.price_model import baselines
from finsage.prediction.price_model.features import Member, market
from finsage.prediction.price_model.forecast import Forecast, forecast, plain_price, standstill
from finsage.prediction.price_model.global_models import TRAINED_DAYS, boosting_fault
from finsage.prediction.price_model.history import (
    MISSING_ROWS_MAX,
    ROWS_MIN,
    Days,
    Floats,
    History,
    InvalidHistory,
    read_history,
)
from finsage.prediction.price_model.joint import joint
from finsage.prediction.price_model.levels import SHOWN
from finsage.prediction.price_model.weight_files import shipped_weights
from finsage.prediction.price_model.weights import Weights

__all__ = [
    "TESTED_ROWS", "Closes", "InvalidCloses", "backtest_document", "boosting_fault", "forecast_document",
    "joint_document", "usable_weights", "write_model",
]  # fmt: skip

SEED = 1
_ONLY_GAPS = (
    f"More than {MISSING_ROWS_MAX} rows are missing before every close, so there is no return, and a forecast needs at "
    f"least {ROWS_MIN}; give the closes of each day, or of each week."
)
Closes = Mapping[str, tuple[Days, Floats]]


class InvalidCloses(Invalid):
    """The prices cannot be forecast from; nothing was computed."""


def usable_weights() -> Weights:
    """The weights FinSage brings along, without boosted members where the machine cannot load them.

    Raises:
        ModelTampered: a file is not the one that was trained.
    """
    return shipped_weights().usable()


def write_model(folder: Path, files: Files) -> None:
    """Write a trained model as a folder that does not exist yet; it appears whole or not at all."""
    write_directory(folder, files)


def read_histories(closes: Closes) -> dict[str, History]:
    """Histories by symbol.

    Raises:
        InvalidCloses: something is wrong with any of them; every fault names the symbol and the day.
    """
    if not closes:
        raise InvalidCloses("The file has no closes below its first line.")
    found, faults = {}, []
    for symbol, (days, values) in sorted(closes.items()):
        try:
            found[symbol] = read_history(days, values)
        except InvalidHistory as error:
            faults += [Fault(symbol, fault.detail) for fault in error.faults] or [Fault(symbol, error.detail)]
        else:
            if not len(found[symbol]):
                faults.append(Fault(symbol, _ONLY_GAPS))
    if faults:
        raise InvalidCloses("The prices cannot be used.", faults=tuple(faults))
    return found


def forecast_document(closes: Closes, weights: Weights, days: int, *, classes: Mapping[str, str]) -> dict[str, Any]:
    """The forecast of the one asset of a file.

    Raises:
        InvalidCloses: there is more than one symbol, or none, or its prices are wrong.
        TooLittleHistory, InvalidHorizon: see ``forecast``.
    """
    if len(closes) > 1:
        raise InvalidCloses(f"The file has {len(closes)} symbols; give one, or forecast them together with --joint.")
    (member,) = market(_that_moved(closes), classes).values()
    return _forecast(forecast(member, weights, days), member, weights)


def joint_document(closes: Closes, weights: Weights, days: int, *, classes: Mapping[str, str]) -> dict[str, Any]:
    """The forecasts of all assets of a file, each as alone, with the probabilities of their ranks by return.

    Raises:
        InvalidCloses: fewer than two symbols, or prices are wrong.
        TooLittleHistory, InvalidHorizon, NothingInCommon: see ``joint``.
    """
    if len(closes) < 2:
        raise InvalidCloses(f"Forecasting together needs at least two symbols; the file has {len(closes)}.")
    members = market(_that_moved(closes), classes)
    found = joint(members, weights, days, seed=SEED)
    ranks = found.rank_probabilities()
    assets = [
        {"symbol": name, **_forecast(one, members[name], weights), "rank_probabilities": _rounded(row)}
        for (name, one), row in zip(found.forecasts.items(), ranks, strict=True)
    ]
    return {
        "horizon_days": days,
        "assets": assets,
        "warnings": [{"code": one.code, "detail": one.detail} for one in found.notices],
    }


def _that_moved(closes: Closes) -> dict[str, History]:
    histories = read_histories(closes)
    faults = [Fault(symbol, reason) for symbol, history in histories.items() if (reason := standstill(history))]
    if faults:
        raise InvalidCloses("The prices cannot be used.", faults=tuple(faults))
    return histories


def backtest_document(
    closes: Closes,
    horizons: Sequence[int],
    *,
    classes: Mapping[str, str],
    tested_rows: int,
    executor: Executor | None = None,
) -> dict[str, Any]:
    """Rolling-origin scores of the model, trained anew on these prices as they came, and of the naive baselines.

    Raises:
        InvalidCloses: prices are wrong, or a horizon is none of the trained ones.
        TooShort, TooFewRows: see ``walk_forward``.
    """
    unknown = [days for days in horizons if days not in TRAINED_DAYS]
    if unknown or not horizons:
        raise InvalidCloses(f"Backtests are made at horizons of {', '.join(map(str, TRAINED_DAYS))} days.")
    histories = read_histories(closes)
    tracks = walk_forward(histories, classes, horizons, seed=SEED, tested_rows=tested_rows, executor=executor)
    return {
        "scores": [
            row
            for days in horizons
            for asset_class in (None, *sorted({track.asset_class for track in tracks}))
            for row in _scores(
                [t for t in tracks if t.horizon_days == days and asset_class in {None, t.asset_class}],
                days,
                asset_class,
            )
        ],
        "notes": [
            "Scores are those of assets that are in the file: what no longer trades is missing.",
            "Only closes are known; forecasts over more than one row overlap.",
            f"{len(baselines.NAMES)} baselines compared; intervals hold 90 % of block-bootstrap draws.",
        ],
    }


def _scores(tracks: list[Track], days: int, asset_class: str | None) -> list[dict[str, Any]]:
    found = []
    for method in (OURS, *baselines.NAMES):
        against = {
            baseline: scores.skill(tracks, method, baseline, "crps", seed=SEED)
            for baseline in baselines.NAMES
            if baseline != method
        }
        found.append(
            {
                "horizon_days": days,
                "class": asset_class,
                "method": method,
                "n": sum(len(track.days) for track in tracks),
                "crps_skill": {
                    name: {"value": _six(one.value), "interval": [_six(one.low), _six(one.high)]}
                    for name, one in against.items()
                },
                "coverage": {
                    f"{level:g}": _six(scores.coverage(tracks, method, level).pooled) for level in (0.8, 0.95)
                },
            }
        )
    return found


def _forecast(one: Forecast, member: Member, weights: Weights) -> dict[str, Any]:
    history = member.history
    return {
        "as_of": str(one.as_of),
        "horizon_days": one.horizon_days,
        "horizon_rows": one.horizon_rows,
        "last_close": plain_price(one.last_close),
        "quantiles": {
            f"{level:g}": plain_price(one.last_close * float(np.exp(value)))
            for level, value in zip(SHOWN, one.quantiles, strict=True)
        },
        "return_quantiles": {
            f"{level:g}": _six(float(np.expm1(value))) for level, value in zip(SHOWN, one.quantiles, strict=True)
        },
        "var": {f"{level:g}": _six(value) for level, value in one.value_at_risk.items()},
        "es": {f"{level:g}": _six(value) for level, value in one.expected_shortfall.items()},
        "volatility": {"horizon": _six(one.sigma), "annualised": _six(one.volatility)},
        "probability_of_loss": _six(one.probability_below(one.last_close)),
        "model": {"id": weights.id, "sha256": weights.sha256, "rung": one.rung},
        "data": {
            "rows": len(history),
            "from": str(history.days[0]),
            "to": str(history.days[-1]),
            "calendar": "daily" if history.is_daily else "weekdays",
            "sha256": history.sha256(),
        },
        "confidence_score": None,
        "warnings": [{"code": notice.code, "detail": notice.detail} for notice in one.notices],
    }


def _six(value: float) -> float | None:
    """Six decimals; null for a figure that does not exist."""
    return None if np.isnan(value) else round(value, 6)


def _rounded(row: Floats) -> list[float]:
    return [round(float(one), 12) for one in row]
