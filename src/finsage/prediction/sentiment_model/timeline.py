"""How the headlines about an asset read over time: a mean that forgets by half in three days, and never makes one up.

Source: exponentially weighted mean of log odds (Genest & Zidek, 1986, for pooling probabilities in log odds).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import log, tanh

HALF_LIFE_DAYS = 3.0
REACH_DAYS = 30
"""A headline counts for ten half-lives, a thousandth of a new one; with none left there is no value."""

_SURE = 1.0 - 1e-6
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayMood:
    """One day of an asset's headlines.

    Attributes:
        headlines: read on that day.
        mean_of_day: mean logit of that day's own; None without any.
        counted: read in the last 30 days, all of which the mean counts.
        mean: mean logit, each headline half as heavy every three days; None where none counts, never 0.
    """

    day: date
    headlines: int
    mean_of_day: float | None
    counted: int
    mean: float | None

    @property
    def score(self) -> float | None:
        """The mean as a score in [−1, 1]: one headline alone has its own, positive minus negative probability."""
        return None if self.mean is None else tanh(self.mean / 2.0)


def logit_of(score: float) -> float:
    """The log odds of a score in [−1, 1] taken as 2p − 1; 0 is neutral, the surest are cut at one in a million."""
    sure = min(max(score, -_SURE), _SURE)
    return log((1.0 + sure) / (1.0 - sure))


def timeline(scores: Mapping[date, Sequence[float]], first: date, last: date) -> list[DayMood]:
    """A value for each day from the first to the last.

    Args:
        scores: of headlines by the day they were shown, positive minus negative probability; days before the first
            count as far as they reach.
        first: of the answer.
        last: of the answer, included.
    """
    sums = {day: (sum(map(logit_of, found)), len(found)) for day, found in scores.items() if found}
    return [_mood(sums, first + _ONE_DAY * place) for place in range((last - first).days + 1)]


def _mood(sums: Mapping[date, tuple[float, int]], day: date) -> DayMood:
    total = weight = 0.0
    counted = 0
    for age in range(REACH_DAYS):
        logits, count = sums.get(day - _ONE_DAY * age, (0.0, 0))
        part = 2.0 ** (-age / HALF_LIFE_DAYS)
        total, weight, counted = total + part * logits, weight + part * count, counted + count
    own, headlines = sums.get(day, (0.0, 0))
    return DayMood(day, headlines, own / headlines if headlines else None, counted, total / weight if counted else None)
