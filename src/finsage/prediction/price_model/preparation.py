"""What a market's forecasts share, computed for all assets at once and carried from one day to the next.

A forecast needs the sigma of each of its last thousand rows. Those of yesterday are those of today, so they are kept
with the hash of the history they are of; boosted members are asked once for all assets instead of once for each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from finsage.prediction.price_model.features import Member
from finsage.prediction.price_model.global_models import TRAINED_DAYS, HorizonModels
from finsage.prediction.price_model.history import Floats, History
from finsage.prediction.price_model.mixture import RESIDUALS_MAX, Rows, ensemble_sigma
from finsage.prediction.price_model.volatility import GarchFits
from finsage.prediction.price_model.weights import Weights
from finsage.quant.ewma import START_ROWS
from finsage.quant.garch import GarchT


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is known of an asset before its forecasts are made, by trained horizon in days.

    Attributes:
        sigmas: of the log return over the horizon, per row; NaN before the first row that counts.
        boosted: quantiles from the last row at ``LEVELS``, shape (1, 11); none without boosted members.
    """

    sigmas: Mapping[int, Floats]
    boosted: Mapping[int, Floats]


@dataclass(frozen=True, slots=True)
class Kept:
    """What was prepared of a history, to go on from.

    Attributes:
        rows: of the history it is of.
        sha256: of that history; what is kept serves no other.
        garch: models by the row they were fitted at, None where the fit failed.
        sigmas: by trained horizon, of the last rows of that history.
    """

    rows: int
    sha256: str
    garch: Mapping[int, GarchT | None]
    sigmas: Mapping[int, Floats]


def history_hash(history: History, rows: int | None = None) -> str:
    """SHA-256 of days, closes and calendar of a history, or of its first rows."""
    digest = hashlib.sha256(b"daily" if history.is_daily else b"weekdays")
    if history.spacing > 1:
        digest.update(f" every {history.spacing}".encode())
    digest.update(history.days[:rows].astype(np.int64).tobytes())
    digest.update(history.log_closes[:rows].tobytes())
    return digest.hexdigest()


def first_row(history: History, rows: int) -> int:
    """The first row whose sigma a forecast over so many rows looks at."""
    return min(max(len(history) - RESIDUALS_MAX - rows - 1, START_ROWS), len(history) - 1)


def with_kept_fits(member: Member, kept: Kept | None) -> Member:
    """The member with the GARCH models that were fitted before, where they are of its history."""
    if kept is None or not serves(kept, member.history):
        return member
    return Member(
        member.history,
        member.asset_class,
        member.filters,
        member.features,
        GarchFits(member.history, kept.garch),
    )


def serves(kept: Kept, history: History) -> bool:
    """Whether what is kept is of the beginning of this history."""
    return kept.rows <= len(history) and history_hash(history, kept.rows) == kept.sha256


def keep(member: Member, prepared: Prepared) -> Kept:
    """What tomorrow's preparation goes on from."""
    history = member.history
    oldest = max(len(history) - RESIDUALS_MAX - 500, 0)
    garch = {row: model for row, model in member.garch.found.items() if row >= oldest}
    sigmas = {
        days: one[first_row(history, history.horizon_rows(days)) :].copy() for days, one in prepared.sigmas.items()
    }
    return Kept(len(history), history_hash(history), garch, sigmas)


def prepare(members: Mapping[str, Member], weights: Weights, kept: Mapping[str, Kept]) -> dict[str, Prepared]:
    """Sigmas and boosted quantiles of all assets, what is kept of them taken as it is.

    Args:
        members: of one market; with the fits that are kept, see ``with_kept_fits``.
        weights: the same that what is kept was prepared with.
        kept: by name; what does not serve is left aside.
    """
    serving = {name: one for name, one in kept.items() if name in members and serves(one, members[name].history)}
    sigmas: dict[str, dict[int, Floats]] = {name: {} for name in members}
    boosted: dict[str, dict[int, Floats]] = {name: {} for name in members}
    for days in TRAINED_DAYS:
        models = weights.horizons.get(days)
        has_boosting = models is not None and bool(models.variance)
        starts = {name: _start(member.history, days, serving.get(name)) for name, member in members.items()}
        variances = _boosted_variances(members, models, days, starts) if models is not None and has_boosting else {}
        for name, member in members.items():
            made = _sigmas(member, models, days, starts[name], variances.get(name))
            sigmas[name][days] = _joined(made, member.history, days, starts[name], serving.get(name))
        if models is not None and has_boosting:
            for name, quantiles in _boosted_quantiles(members, models, days).items():
                boosted[name][days] = quantiles
    return {name: Prepared(sigmas[name], boosted[name]) for name in members}


def _start(history: History, days: int, kept: Kept | None) -> int:
    """The first row whose sigma is not known yet."""
    first = first_row(history, history.horizon_rows(days))
    return first if kept is None or days not in kept.sigmas else max(first, kept.rows)


def _sigmas(member: Member, models: HorizonModels | None, days: int, start: int, boosted: Floats | None) -> Floats:
    history = member.history
    if start >= len(history):
        return np.full(len(history), np.nan)
    rows = history.horizon_rows(days)
    found = [rows * member.filters.riskmetrics, member.garch.path(first=start).over(rows)]
    if models is not None:
        found.append(models.har_variance(member, rows))
    if boosted is not None:
        found.append(boosted)
    sigma = ensemble_sigma(found)
    sigma[:start] = np.nan
    return sigma


def _joined(made: Floats, history: History, days: int, start: int, kept: Kept | None) -> Floats:
    first = first_row(history, history.horizon_rows(days))
    if kept is not None and start > first:
        known = kept.sigmas[days][len(kept.sigmas[days]) - (kept.rows - first) :]
        made[first : kept.rows] = known
    return made


def _boosted_variances(
    members: Mapping[str, Member], models: HorizonModels, days: int, starts: Mapping[str, int]
) -> dict[str, Floats]:
    wanted = {name: np.arange(starts[name], len(member.history)) for name, member in members.items()}
    ratios = models.boosted_ratios(_stacked(members, wanted))
    found, place = {}, 0
    for name, member in members.items():
        at = wanted[name]
        one = np.full(len(member.history), np.nan)
        one[at] = member.history.horizon_rows(days) * member.filters.reference[at] * ratios[place : place + len(at)]
        found[name], place = one, place + len(at)
    return found


def _boosted_quantiles(members: Mapping[str, Member], models: HorizonModels, days: int) -> dict[str, Floats]:
    last = {name: np.array([len(member.history) - 1]) for name, member in members.items()}
    scaled = models.boosted_scaled(_stacked(members, last))
    scales = np.array(
        [
            np.sqrt(member.history.horizon_rows(days) * member.filters.reference[last[name]])[0]
            for name, member in members.items()
        ]
    )
    return {name: scaled[place : place + 1] * scales[place] for place, name in enumerate(members)}


def _stacked(members: Mapping[str, Member], rows: Mapping[str, Rows]) -> Floats:
    return np.concatenate([member.features[rows[name]] for name, member in members.items()])
