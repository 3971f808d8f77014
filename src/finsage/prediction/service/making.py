"""A forecast as it is stored: its distribution beside those of the naive baselines, and what it is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from finsage.prediction.price_model import baselines as naive
from finsage.prediction.price_model.features import Member
from finsage.prediction.price_model.forecast import Forecast
from finsage.prediction.price_model.global_models import TRAINED_DAYS
from finsage.prediction.price_model.history import Floats, Notice
from finsage.prediction.price_model.preparation import Kept
from finsage.prediction.price_model.weights import Weights
from finsage.prediction.store.outcomes import Covered
from finsage.prediction.store.states import State
from finsage.quant.garch import GarchT

MATURED_MIN = 100
"""Forecasts that must have matured before their coverage is called a confidence."""

_DIGITS = 10


def result_of(
    one: Forecast, member: Member, scale: float, baselines: Mapping[str, list[float]] | None = None
) -> dict[str, Any]:
    """What a forecast says: log returns at the levels shown, risk as fractions of value, the baselines' quantiles.

    Args:
        one: the forecast.
        member: what it is of.
        scale: how many times as wide it was made, see ``price_model.scale``; the baselines are as they are.
        baselines: see ``baselines_of``; worked out here without.
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
        "baselines": baselines_of([member], [one.horizon_rows])[0] if baselines is None else baselines,
        "notices": notices_of(one.notices),
    }


def inputs_of(member: Member) -> dict[str, Any]:
    """What a forecast was made of."""
    history = member.history
    return {
        "sha256": history.sha256(),
        "rows": len(history),
        "from": str(history.days[0]),
        "to": str(history.days[-1]),
        "calendar": "daily" if history.is_daily else "weekdays",
    }


def baselines_of(members: Sequence[Member], rows: Sequence[int]) -> list[dict[str, list[float]]]:
    """Log-return quantiles at the scored levels by baseline, per asset; one that cannot be had is left out.

    Args:
        members: the assets.
        rows: of the horizon of each.
    """
    walks, garchs = [], []
    for member, ahead in zip(members, rows, strict=True):
        history, last = member.history, len(member.history) - 1
        first = max(0, last - ahead - naive.RANDOM_WALK_ROWS)
        walks.append(naive.random_walk_window(history.ahead(ahead, first), last - first, ahead))
        if len(walks[-1]) < naive.RANDOM_WALK_ROWS and first:
            walks[-1] = naive.random_walk_window(history.ahead(ahead), last, ahead)
        path = member.garch.path(first=last)
        garchs.append((path.over(ahead, last)[0], path.degrees(last)[0]))
    found: list[dict[str, list[float]]] = [{} for _ in members]
    known = [place for place, window in enumerate(walks) if len(window)]
    for place, one in zip(known, naive.random_walk([walks[place] for place in known]), strict=True):
        found[place][naive.RANDOM_WALK] = rounded(one)
    variances, degrees = np.array(garchs, dtype=np.float64).reshape(-1, 2).T
    fitted = np.flatnonzero(np.isfinite(variances)).tolist()
    for place, one in zip(fitted, naive.garch_t(variances[fitted], degrees[fitted]), strict=True):
        found[place][naive.GARCH] = rounded(one)
    return found


def notices_of(notices: Iterable[Notice]) -> list[dict[str, str]]:
    """Notices as they are stored and shown."""
    return [{"code": one.code, "detail": one.detail} for one in notices]


def by_confidence(values: Mapping[float, float]) -> dict[str, float]:
    """Risk by its confidence as a text, in ascending order."""
    return {f"{level:g}": round(value, _DIGITS) for level, value in sorted(values.items())}


def rounded(values: Floats) -> list[float]:
    """Ten decimals: more than a forecast is good for, and the same on every machine."""
    found: list[float] = np.round(values, _DIGITS).tolist()
    return found


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
    """What is kept of an asset as it is stored: arrays one after the other, each behind its length."""
    garch = [
        value
        for row, model in kept.garch.items()
        for value in (float(row), *((model.omega, model.alpha, model.beta, model.nu) if model else (np.nan,) * 4))
    ]
    digests = np.frombuffer(b"".join(kept.windows[row] for row in kept.garch), np.float64)
    arrays = (np.append(kept.means, kept.following), digests, *(kept.sigmas[days] for days in TRAINED_DAYS))
    packed = b"".join(np.array([len(one)], dtype=np.int64).tobytes() + one.tobytes() for one in arrays)
    return State(asset.asset_id, asset.as_of, asset.model_sha256, kept.rows, kept.sha256, tuple(garch), packed)


def kept_by_name(states: Iterable[State], weights: Weights) -> dict[str, Kept]:
    """What is kept of assets, by their ids as texts; of what other weights prepared the GARCH models alone serve."""
    found = {}
    for state in states:
        kept = _kept_of(state)
        if kept is not None:
            is_theirs = state.model_sha256 == weights.sha256
            found[str(state.asset_id)] = kept if is_theirs else replace(kept, sha256="")
    return found


def _kept_of(state: State) -> Kept | None:
    """The inverse of ``state_of``; None of what an earlier version packed in another way."""
    arrays, place = [], 0
    while place < len(state.sigmas):
        count = int(np.frombuffer(state.sigmas, np.int64, 1, place)[0])
        arrays.append(np.frombuffer(state.sigmas, np.float64, count, place + 8))
        place += 8 * (1 + count)
    if len(arrays) != 2 + len(TRAINED_DAYS):
        return None
    reached, digests, *sigmas = arrays
    garch: dict[int, GarchT | None] = {}
    for place in range(0, len(state.garch), 5):
        row, *values = state.garch[place : place + 5]
        garch[int(row)] = None if np.isnan(values[0]) else GarchT(*values)
    windows = {row: digests[place : place + 1].tobytes() for place, row in enumerate(garch)}
    by_horizon = dict(zip(TRAINED_DAYS, sigmas, strict=True))
    means, following = reached[:-1], float(reached[-1])
    return Kept(state.history_rows, state.history_sha256, garch, windows, by_horizon, means, following)
