"""A forecast as it is stored: its distribution beside those of the naive baselines, and what it is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from finsage.prediction.price_model import baselines
from finsage.prediction.price_model.features import Member
from finsage.prediction.price_model.forecast import Forecast
from finsage.prediction.price_model.global_models import TRAINED_DAYS
from finsage.prediction.price_model.history import Floats, Notice
from finsage.prediction.price_model.preparation import Kept, history_hash
from finsage.prediction.store.outcomes import Covered
from finsage.prediction.store.states import State
from finsage.quant.garch import GarchT

MATURED_MIN = 100
"""Forecasts that must have matured before their coverage is called a confidence."""

_DIGITS = 10


def result_of(one: Forecast, member: Member, scale: float) -> dict[str, Any]:
    """What a forecast says: log returns at the levels shown, risk as fractions of value, the baselines' quantiles.

    ``scale``: how many times as wide it was made, see ``price_model.scale``; the baselines are as they are.
    """
    return {
        "scale": scale,
        "ewma_variance": float(one.horizon_rows * member.filters.riskmetrics[-1]),
        "quantiles": rounded(one.quantiles),
        "var": by_confidence(one.value_at_risk),
        "es": by_confidence(one.expected_shortfall),
        "sigma": round(one.sigma, _DIGITS),
        "volatility": round(one.volatility, _DIGITS),
        "horizon_rows": one.horizon_rows,
        "baselines": baselines_of(member, one.horizon_rows),
        "notices": notices_of(one.notices),
    }


def inputs_of(member: Member) -> dict[str, Any]:
    """What a forecast was made of."""
    history = member.history
    return {
        "sha256": history_hash(history),
        "rows": len(history),
        "from": str(history.days[0]),
        "to": str(history.days[-1]),
        "calendar": "daily" if history.is_daily else "weekdays",
    }


def baselines_of(member: Member, rows: int) -> dict[str, list[float]]:
    """Log-return quantiles at the scored levels by baseline; one that cannot be had is left out."""
    history, last = member.history, len(member.history) - 1
    found = {}
    window = baselines.random_walk_window(history.ahead(rows), last, rows)
    if len(window):
        found[baselines.RANDOM_WALK] = rounded(baselines.random_walk([window])[0])
    path = member.garch.path(first=last)
    variance = path.over(rows)[-1:]
    if np.isfinite(variance).all():
        found[baselines.GARCH] = rounded(baselines.garch_t(variance, path.degrees()[-1:])[0])
    return found


def notices_of(notices: Iterable[Notice]) -> list[dict[str, str]]:
    """Notices as they are stored and shown."""
    return [{"code": one.code, "detail": one.detail} for one in notices]


def by_confidence(values: Mapping[float, float]) -> dict[str, float]:
    """Risk by its confidence as a text, in ascending order."""
    return {f"{level:g}": round(value, _DIGITS) for level, value in sorted(values.items())}


def rounded(values: Floats) -> list[float]:
    """Ten decimals: more than a forecast is good for, and the same on every machine."""
    return [round(float(value), _DIGITS) for value in values]


def day_of(day: np.datetime64) -> date:
    """A day of an array."""
    found: date = day.astype("datetime64[D]").item()
    return found


def matures_on(as_of: date, horizon_days: int) -> date:
    """The day whose close, or the first after it, judges a forecast."""
    return as_of + timedelta(days=horizon_days)


def confidence_scores(covered: Sequence[Covered]) -> Confidence:
    """See ``Confidence``."""
    subjects: dict[tuple[str, int], tuple[int, int]] = {}
    classes: dict[tuple[str, int, bool], tuple[int, int]] = {}
    for one in covered:
        subject, group = (str(one.subject_id), one.horizon_days), (one.asset_class, one.horizon_days, one.is_simulated)
        subjects[subject] = _plus(subjects.get(subject), one)
        classes[group] = _plus(classes.get(group), one)
    return Confidence(subjects, classes)


class Confidence:
    """Matured coverage of the 80 % band: of the asset and horizon, else of its class, else nothing.

    Either counts only with a hundred matured forecasts.
    """

    def __init__(
        self,
        subjects: Mapping[tuple[str, int], tuple[int, int]],
        classes: Mapping[tuple[str, int, bool], tuple[int, int]],
    ) -> None:
        self._subjects = subjects
        self._classes = classes

    def of(self, subject_id: str, horizon_days: int, asset_class: str, *, is_simulated: bool) -> Decimal | None:
        """The seed's ``confidence_score`` of a forecast."""
        for matured, inside in (
            self._subjects.get((subject_id, horizon_days), (0, 0)),
            self._classes.get((asset_class, horizon_days, is_simulated), (0, 0)),
        ):
            if matured >= MATURED_MIN:
                return Decimal(f"{inside / matured:.5f}")
        return None


def _plus(before: tuple[int, int] | None, one: Covered) -> tuple[int, int]:
    matured, inside = before or (0, 0)
    return matured + one.matured, inside + one.inside


def state_of(kept: Kept, asset: State) -> State:
    """What is kept of an asset as it is stored."""
    garch = [
        value
        for row, model in kept.garch.items()
        for value in (float(row), *((model.omega, model.alpha, model.beta, model.nu) if model else (np.nan,) * 4))
    ]
    packed = b"".join(
        np.array([len(kept.sigmas[days])], dtype=np.int64).tobytes() + kept.sigmas[days].tobytes()
        for days in TRAINED_DAYS
    )
    return State(asset.asset_id, asset.as_of, asset.model_sha256, kept.rows, kept.sha256, tuple(garch), packed)


def kept_of(state: State) -> Kept:
    """The inverse of ``state_of``."""
    garch: dict[int, GarchT | None] = {}
    for place in range(0, len(state.garch), 5):
        row, *values = state.garch[place : place + 5]
        garch[int(row)] = None if np.isnan(values[0]) else GarchT(*values)
    sigmas, place = {}, 0
    for days in TRAINED_DAYS:
        count = int(np.frombuffer(state.sigmas, np.int64, 1, place)[0])
        sigmas[days] = np.frombuffer(state.sigmas, np.float64, count, place + 8)
        place += 8 * (1 + count)
    return Kept(state.history_rows, state.history_sha256, garch, sigmas)
