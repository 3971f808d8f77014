"""Whether forecasts still hold what they say, told apart from chance: when an alarm is raised, and when it is over.

Outcomes come in weeks whose fates are shared: assets move together, and forecasts over a month overlap. How far a share
may lie from its truth by chance is therefore taken from how the weeks differ (Newey and West, as many weeks apart as a
forecast lasts), not from the number of outcomes. An alarm ends well inside the limit that raised it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, log, sqrt

from finsage.prediction.store.outcomes import Sums, summed

MATURED_MIN, WEEKS_MIN = 250, 13
COVERAGE_LEAST, COVERAGE_AGAIN, COVERAGE = 0.92, 0.935, 0.95
PSI_MOST, PSI_AGAIN = 0.25, 0.1
_ERRORS_SURE, _ERRORS_USUAL, _CHANCES_SURE = 3.0, 2.0, 4.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """How forecasts over one horizon came out in some weeks.

    Attributes:
        days: the horizon.
        inside: the share of outcomes inside the band of 95 %.
        error: the standard error of that share.
        psi: see ``psi``.
        chance: the index that weeks as different as these give by chance alone.
    """

    days: int
    inside: float
    error: float
    psi: float
    chance: float

    @property
    def is_low(self) -> bool:
        """Whether the band holds too little, and less than it says beyond chance."""
        return self.inside < COVERAGE_LEAST and self.inside + _ERRORS_SURE * self.error < COVERAGE

    @property
    def _shift(self) -> float:
        return self.psi - _CHANCES_SURE * self.chance

    @property
    def is_uneven(self) -> bool:
        """Whether outcomes lie unevenly in their forecasts beyond chance."""
        return self._shift > PSI_MOST

    @property
    def is_well(self) -> bool:
        """Whether an alarm may end: what is off is small, or no more than the usual chance."""
        holds = self.inside >= COVERAGE_AGAIN or self.inside + _ERRORS_USUAL * self.error >= COVERAGE
        return holds and self._shift <= PSI_AGAIN


def drift(recent: Sequence[Sums], *, is_drifting: bool) -> list[tuple[str, str]]:
    """What is to be told of calibration: that it left its limits, or came back; nothing where it is as it was."""
    judged = calibrations(recent)
    faults = []
    if low := [f"{one.inside:.2%} at {one.days} days" for one in judged if one.is_low]:
        faults.append(f"The 95% band held less than {COVERAGE_LEAST:.0%} of outcomes: {', '.join(low)}.")
    if far := [f"{one.psi:.2f} at {one.days} days" for one in judged if one.is_uneven]:
        faults.append(
            f"Outcomes lie unevenly in their forecasts, a stability index (PSI) above {PSI_MOST:g}: {', '.join(far)}."
        )
    if faults and not is_drifting:
        return [("drift", " ".join(faults))]
    if is_drifting and judged and all(one.is_well for one in judged):
        return [("recovered", "Outcomes lie where the forecasts said again, and the 95% band holds what it should.")]
    return []


def calibrations(recent: Sequence[Sums]) -> list[Calibration]:
    """The calibration of each horizon with a quarter of weeks and 250 outcomes, of all assets together.

    Portfolios hold what is counted already.
    """
    weeks = defaultdict[int, dict[date, list[Sums]]](lambda: defaultdict(list))
    for one in recent:
        if one.subject_kind == "asset" and one.matured:
            weeks[one.horizon_days][one.week].append(one)
    return [
        _calibration(days, {week: summed(ones) for week, ones in found.items()})
        for days, found in sorted(weeks.items())
        if len(found) >= WEEKS_MIN and sum(one.matured for ones in found.values() for one in ones) >= MATURED_MIN
    ]


def _calibration(days: int, weeks: dict[date, Sums]) -> Calibration:
    total, first = summed(list(weeks.values())), min(weeks)
    at = {(week - first).days // 7: one for week, one in weeks.items()}
    inside = total.inside_95 / total.matured
    tenths = [count / total.matured for count in total.pit]
    lags = max(1, ceil(days / 7))
    error = sqrt(_spread({week: one.inside_95 - inside * one.matured for week, one in at.items()}, lags))
    chance = sum(
        _spread({week: one.pit[place] - share * one.matured for week, one in at.items()}, lags)
        for place, share in enumerate(tenths)
    )
    return Calibration(days, inside, error / total.matured, psi(total.pit), chance * len(tenths) / total.matured**2)


def _spread(apart: dict[int, float], lags: int) -> float:
    """The variance of a sum over weeks from how far each lies from what all say; a missing week lies nowhere."""
    found = sum(one * one for one in apart.values())
    for lag in range(1, lags + 1):
        beside = sum(one * apart.get(week + lag, 0.0) for week, one in apart.items())
        found += 2.0 * (1.0 - lag / (lags + 1)) * beside
    return max(found, 0.0) * len(apart) / max(len(apart) - 1, 1)


def psi(counts: Sequence[int]) -> float:
    """The population stability index of counts against even ones; 0 is even, above .25 is called a shift.

    Each part is given half an outcome more, so that an empty one stays finite.
    """
    even = 1.0 / len(counts)
    shares = [(count + 0.5) / (sum(counts) + 0.5 * len(counts)) for count in counts]
    return sum((share - even) * log(share / even) for share in shares)
