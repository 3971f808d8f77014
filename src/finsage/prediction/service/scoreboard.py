"""The scoreboard: skill over the naive baselines and coverage per horizon and class, good or bad, with uncertainty.

Before anything has matured it shows the walk through the past that stands in the model's card, labelled as such.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from finsage.platform.database import ReadSession
from finsage.prediction.backtest.scores import share_intervals, skill_of
from finsage.prediction.price_model import names
from finsage.prediction.price_model.history import Floats
from finsage.prediction.service.calibration import MATURED_MIN, psi
from finsage.prediction.service.registry import model_views
from finsage.prediction.store import outcomes as store
from finsage.prediction.store.models import is_drifting
from finsage.prediction.store.outcomes import Sums, summed

SEED = 1
SINCE = date(2026, 1, 1)
INTERVAL_WEEKS_MIN = 26
"""With fewer weeks an interval of a bootstrap over blocks of thirteen says nothing."""


@dataclass(frozen=True, slots=True)
class SkillOut:
    """One minus the geometric mean over subjects of score ratios; above zero is better. No interval: too few weeks."""

    baseline: str
    value: float | None
    low: float | None
    high: float | None

    @property
    def is_demonstrated(self) -> bool:
        """Whether the interval excludes zero from below."""
        return self.low is not None and self.low > 0


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """What forecasts over one horizon of one class were worth. ``asset_class`` None: all of them but portfolios.

    ``qlike``: mean over subjects of ln v + RV/v less that of EWMA, below zero is better. RV/v has no bound, so one
    subject that hardly moves and then jumps can decide it; ``qlike_median`` over the same subjects it cannot.
    ``coverage_80_interval``: low and high of 90 %, None with too few weeks, as of a skill.
    ``pit``: how many outcomes lay in each tenth of the probability their forecasts gave; ``psi`` how far that is from
    even, None with fewer than 250.
    """

    horizon_days: int
    asset_class: str | None
    is_simulated: bool
    matured: int
    unscorable: int
    subjects: int
    coverage_80: float | None
    coverage_80_interval: tuple[float, float] | None
    coverage_95: float | None
    coverage_95_interval: tuple[float, float] | None
    breaches_95: float | None
    breaches_99: float | None
    qlike: float | None
    qlike_median: float | None
    psi: float | None
    pit: tuple[int, ...]
    skills: tuple[SkillOut, ...]


@dataclass(frozen=True, slots=True)
class Scoreboard:
    """The rows that matured, and the walk through the past of the model that answers now."""

    rows: list[ScoreRow]
    matured: int
    unscorable: int
    model_id: str
    walk_forward: Mapping[str, Any]
    is_drifting: bool


async def scoreboard(session: ReadSession) -> Scoreboard:
    """The scores of everything the session's tenant may see."""
    sums = await store.sums(session, since=SINCE)
    champion = next(view for view in await model_views(session) if view.family == "price" and view.role == "champion")
    # A second or two where there are many: not beside other requests.
    rows = await asyncio.to_thread(rows_of, sums)
    return Scoreboard(
        rows,
        sum(one.matured for one in sums),
        sum(one.unscorable for one in sums),
        champion.version,
        champion.card.get("walk_forward", {}),
        await is_drifting(session, "price"),
    )


def rows_of(sums: Sequence[Sums]) -> list[ScoreRow]:
    """A row per horizon for all classes, and one per class; what is simulated apart from what is real."""
    groups: dict[tuple[bool, int, str | None], list[Sums]] = defaultdict(list)
    for one in sums:
        # What a portfolio holds is counted already.
        if one.subject_kind == "asset":
            groups[one.is_simulated, one.horizon_days, None].append(one)
        groups[one.is_simulated, one.horizon_days, one.asset_class].append(one)
    return [
        _row(ones, days, asset_class, is_simulated=is_simulated)
        for (is_simulated, days, asset_class), ones in sorted(
            groups.items(), key=lambda item: (item[0][0], item[0][1], item[0][2] or "")
        )
    ]


def _row(ones: Sequence[Sums], days: int, asset_class: str | None, *, is_simulated: bool) -> ScoreRow:
    total = summed(ones)

    def share(count: int) -> float | None:
        return round(count / total.matured, 6) if total.matured else None

    by_subject = _by_subject(ones)
    qlikes = _qlikes(by_subject)
    held_80, held_95 = _held(by_subject)
    return ScoreRow(
        horizon_days=days,
        asset_class=asset_class,
        is_simulated=is_simulated,
        matured=total.matured,
        unscorable=total.unscorable,
        subjects=len(by_subject),
        coverage_80=share(total.inside_80),
        coverage_80_interval=held_80,
        coverage_95=share(total.inside_95),
        coverage_95_interval=held_95,
        breaches_95=share(total.beyond_95),
        breaches_99=share(total.beyond_99),
        qlike=round(float(np.mean(qlikes)), 6) if qlikes else None,
        qlike_median=round(float(np.median(qlikes)), 6) if qlikes else None,
        psi=None if total.matured < MATURED_MIN else round(psi(total.pit), 6),
        pit=total.pit,
        skills=(
            _skill(by_subject, names.RANDOM_WALK, "crps_beside_random_walk", "random_walk_crps"),
            _skill(by_subject, names.GARCH, "crps_beside_garch", "garch_crps"),
        ),
    )


def _by_subject(ones: Sequence[Sums]) -> Collection[Sequence[Sums]]:
    found: dict[UUID, list[Sums]] = defaultdict(list)
    for one in ones:
        found[one.subject_id].append(one)
    return found.values()


def _qlikes(by_subject: Collection[Sequence[Sums]]) -> list[float]:
    """Per subject the mean of ln v + RV/v less that of EWMA."""
    totals = [summed(weeks) for weeks in by_subject]
    return [(one.qlike - one.ewma_qlike) / one.qlike_matured for one in totals if one.qlike_matured]


def _held(by_subject: Collection[Sequence[Sums]]) -> list[tuple[float, float] | None]:
    """The intervals of the shares inside the bands of 80 and 95 %."""
    judged = [[week for week in weeks if week.matured] for weeks in by_subject]
    judged = [weeks for weeks in judged if weeks]
    if not _is_long(judged):
        return [None, None]
    counted = [_columns(weeks, "inside_80", "inside_95", "matured") for weeks in judged]
    found = share_intervals([_weeks(weeks) for weeks in judged], counted, SEED)
    return [(round(low, 6), round(high, 6)) for low, high in found]


def _skill(by_subject: Collection[Sequence[Sums]], baseline: str, ours: str, theirs: str) -> SkillOut:
    compared = [(_weeks(weeks), _columns(weeks, ours, theirs)) for weeks in by_subject]
    skill = skill_of(compared, seed=SEED)
    if np.isnan(skill.value):
        return SkillOut(baseline, None, None, None)
    judged = [[week for week in weeks if getattr(week, theirs) > 0] for weeks in by_subject]
    if not _is_long(judged):
        return SkillOut(baseline, round(skill.value, 6), None, None)
    return SkillOut(baseline, round(skill.value, 6), round(skill.low, 6), round(skill.high, 6))


def _is_long(by_subject: Collection[Sequence[Sums]]) -> bool:
    """Whether there are weeks enough for an interval to say something."""
    weeks = [one.week for weeks in by_subject for one in weeks]
    return bool(weeks) and (max(weeks) - min(weeks)).days // 7 + 1 >= INTERVAL_WEEKS_MIN


def _weeks(ones: Sequence[Sums]) -> NDArray[np.datetime64]:
    return np.array([one.week for one in ones], dtype="datetime64[D]")


def _columns(ones: Sequence[Sums], *names: str) -> tuple[Floats, ...]:
    return tuple(np.array([getattr(one, name) for one in ones], dtype=np.float64) for name in names)
