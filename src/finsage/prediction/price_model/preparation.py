"""What a market's forecasts share, computed for all assets at once and carried from one day to the next.

A forecast needs the sigma of each of its last thousand rows. Those of yesterday are those of today, so they are kept
with the hash of the history they are of, as are the running variances. The rows that are new are worked out together
for all assets, a column of numbers each, instead of asset by asset.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from finsage.prediction.price_model.features import Member
from finsage.prediction.price_model.global_models import TRAINED_DAYS, HorizonModels
from finsage.prediction.price_model.history import Floats, History
from finsage.prediction.price_model.mixture import RESIDUALS_MAX, ensemble_sigma
from finsage.prediction.price_model.volatility import GarchFits, Reached
from finsage.prediction.price_model.weights import Weights
from finsage.quant.ewma import START_ROWS
from finsage.quant.garch import GarchT


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is known of an asset before its forecasts are made, by trained horizon in days.

    Attributes:
        sigmas: of the log return over the horizon, of the last rows; shape (rows that count,).
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
        windows: what each was fitted to, see ``GarchFits``.
        sigmas: by trained horizon, of the last rows of that history.
        means: running variances after its last row, see ``volatility.Reached``.
        following: variance of the row after its last by the last GARCH model; NaN without one.
    """

    rows: int
    sha256: str
    garch: Mapping[int, GarchT | None]
    windows: Mapping[int, bytes]
    sigmas: Mapping[int, Floats]
    means: Floats
    following: float


def first_row(history: History, rows: int) -> int:
    """The first row whose sigma a forecast over so many rows looks at."""
    return min(max(len(history) - RESIDUALS_MAX - rows - 1, START_ROWS), len(history) - 1)


def usable(kept: Mapping[str, Kept], histories: Mapping[str, History]) -> dict[str, Kept]:
    """What is kept of the beginning of these histories, as they are; the rest is left aside."""
    return {name: one for name, one in kept.items() if name in histories and serves(one, histories[name])}


def serves(kept: Kept, history: History) -> bool:
    """Whether what is kept is of the beginning of this history."""
    return 0 < kept.rows <= len(history) and history.sha256(kept.rows) == kept.sha256


def reached(kept: Mapping[str, Kept]) -> dict[str, Reached]:
    """Where the filters of what is kept had come to, for ``features.market``; only of what serves."""
    return {name: Reached(one.rows, one.means) for name, one in kept.items()}


def with_kept_fits(member: Member, kept: Kept | None) -> Member:
    """The member with the GARCH models that were fitted before to what its history holds still."""
    if kept is None:
        return member
    shared = member.garch.shared
    if not serves(kept, member.history):
        return replace(member, garch=GarchFits.of_same_windows(member.history, kept.garch, kept.windows, shared))
    going_on = (kept.rows - 1, kept.following) if np.isfinite(kept.following) else None
    return replace(member, garch=GarchFits(member.history, kept.garch, kept.windows, going_on, shared))


def keep(member: Member, prepared: Prepared) -> Kept:
    """What tomorrow's preparation goes on from."""
    history, last = member.history, len(member.history) - 1
    following = float(member.garch.path(first=last).following[last])
    oldest = max(len(history) - RESIDUALS_MAX - 500, 0)
    garch = {row: model for row, model in member.garch.found.items() if row >= oldest}
    windows = {row: member.garch.window(row) for row in garch}
    means = member.filters.means[:, -1].copy()
    return Kept(len(history), history.sha256(), garch, windows, prepared.sigmas, means, following)


def prepare(members: Mapping[str, Member], weights: Weights, kept: Mapping[str, Kept]) -> dict[str, Prepared]:
    """Sigmas and boosted quantiles of all assets, what is kept of them taken as it is.

    Args:
        members: of one market; with the fits that are kept, see ``with_kept_fits``.
        weights: the same that what is kept was prepared with.
        kept: by name; what does not serve is left aside.
    """
    known = usable(kept, {name: member.history for name, member in members.items()})
    found: dict[str, Prepared] = {}
    for names in _batches(members, known):
        found |= _prepared({name: members[name] for name in names}, weights, known)
    return found


_ROWS_AT_ONCE = 65_536
"""Rows that are worked on at once: their arrays are a few megabytes, however many assets there are."""


def _batches(members: Mapping[str, Member], known: Mapping[str, Kept]) -> list[list[str]]:
    found: list[list[str]] = []
    room = 0
    for name, member in members.items():
        rows = len(member.history) - min(_start(member.history, days, known.get(name)) for days in TRAINED_DAYS)
        if not found or room < rows:
            found.append([])
            room = _ROWS_AT_ONCE
        found[-1].append(name)
        room -= rows
    return found


def _prepared(members: Mapping[str, Member], weights: Weights, known: Mapping[str, Kept]) -> dict[str, Prepared]:
    sigmas: dict[str, dict[int, Floats]] = {name: {} for name in members}
    boosted: dict[str, dict[int, Floats]] = {name: {} for name in members}
    last = np.concatenate([member.features[-1:] for member in members.values()])
    reference = np.array([member.filters.reference[-1] for member in members.values()])
    # The longest horizon looks back the furthest; what GARCH knows from there on serves the others.
    for days in reversed(TRAINED_DAYS):
        models = weights.horizons.get(days)
        starts = {name: _start(member.history, days, known.get(name)) for name, member in members.items()}
        made = _sigmas(members, models, days, starts)
        for name, member in members.items():
            sigmas[name][days] = _joined(made[name], member.history, days, starts[name], known.get(name))
        if models is not None and models.variance:
            rows = np.array([member.history.horizon_rows(days) for member in members.values()])
            quantiles = models.boosted_scaled(last) * np.sqrt(rows * reference)[:, None]
            for place, name in enumerate(members):
                boosted[name][days] = quantiles[place : place + 1]
    return {name: Prepared(sigmas[name], boosted[name]) for name in members}


def _start(history: History, days: int, kept: Kept | None) -> int:
    """The first row whose sigma is not known yet."""
    first = first_row(history, history.horizon_rows(days))
    return first if kept is None or days not in kept.sigmas else max(first, kept.rows)


def _sigmas(
    members: Mapping[str, Member], models: HorizonModels | None, days: int, starts: Mapping[str, int]
) -> dict[str, Floats]:
    """The sigmas of each member from its start on, worked out of the rows of all of them together."""
    counts = [len(member.history) - starts[name] for name, member in members.items()]
    rows = np.repeat([member.history.horizon_rows(days) for member in members.values()], counts)
    reference, riskmetrics = (
        np.concatenate([_from(member, getattr(member.filters, kind), starts[name]) for name, member in members.items()])
        for kind in ("reference", "riskmetrics")
    )
    if not sum(counts):
        return {name: np.empty(0) for name in members}
    fitted = [
        member.garch.path(first=starts[name]).over(member.history.horizon_rows(days), starts[name])
        for name, member in members.items()
    ]
    found = [rows * riskmetrics, np.concatenate(fitted)]
    if models is not None:
        features = np.concatenate([_from(member, member.features, starts[name]) for name, member in members.items()])
        found.append(rows * reference * models.har_ratios(features))
        if models.variance:
            found.append(rows * reference * models.boosted_ratios(features))
    ends = np.cumsum(counts)
    return dict(zip(members, np.split(ensemble_sigma(found), ends[:-1]), strict=True))


def _from(member: Member, values: Floats, row: int) -> Floats:
    return values[row - member.filters.first :]


def _joined(made: Floats, history: History, days: int, start: int, kept: Kept | None) -> Floats:
    first = first_row(history, history.horizon_rows(days))
    if kept is None or start == first:
        return made
    return np.concatenate([kept.sigmas[days][len(kept.sigmas[days]) - (kept.rows - first) :], made])
