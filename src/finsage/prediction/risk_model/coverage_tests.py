"""Backtests of value at risk and expected shortfall: how many breaches, do they cluster, how deep do they go?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, xlogy

Floats = NDArray[np.float64]
Light = Literal["green", "yellow", "red"]

ROWS_MIN = 250
_YELLOW, _RED = 5, 10


@dataclass(frozen=True, slots=True)
class LikelihoodRatio:
    """A likelihood-ratio statistic and the probability of one at least as large under a right model."""

    statistic: float
    p_value: float


def kupiec(is_breach: NDArray[np.bool_], tail: float) -> LikelihoodRatio:
    """Whether breaches come as often as they should: χ² with one degree of freedom.

    Args:
        is_breach: whether the loss exceeded the value at risk, per period, at least one.
        tail: the probability of that, one minus the confidence.

    Source: Kupiec (1995).
    """
    breaches, periods = int(is_breach.sum()), len(is_breach)
    statistic = _ratio(breaches, periods, breaches / periods, tail)
    return LikelihoodRatio(statistic, float(chdtrc(1, statistic)))


def christoffersen(is_breach: NDArray[np.bool_], tail: float) -> LikelihoodRatio:
    """Whether breaches come as often as they should and independently of each other: χ² with two degrees of freedom.

    The sum of Kupiec's statistic and of the likelihood ratio of a first-order Markov chain.

    Source: Christoffersen (1998).
    """
    before, after = is_breach[:-1], is_breach[1:]
    independence = (
        _best(int((after & before).sum()), int(before.sum()))
        + _best(int((after & ~before).sum()), int((~before).sum()))
        - _best(int(after.sum()), len(after))
    )
    statistic = kupiec(is_breach, tail).statistic + max(0.0, 2.0 * independence)
    return LikelihoodRatio(statistic, float(chdtrc(2, statistic)))


def _ratio(hits: int, trials: int, rate: float, expected: float) -> float:
    found = xlogy(hits, rate) + xlogy(trials - hits, 1.0 - rate)
    asked = xlogy(hits, expected) + xlogy(trials - hits, 1.0 - expected)
    return max(0.0, float(2.0 * (found - asked)))


def _best(hits: int, trials: int) -> float:
    """The log likelihood of so many hits at their own rate; 0 · ln 0 is 0."""
    rate = hits / trials if trials else 0.0
    return float(xlogy(hits, rate) + xlogy(trials - hits, 1.0 - rate))


def acerbi_szekely(losses: Floats, is_breach: NDArray[np.bool_], shortfall: Floats, tail: float) -> float:
    """Z2 with the sign turned: mean(loss · breach / (tail · shortfall)) − 1; **above zero: the risk was understated**.

    Args:
        losses: fraction of value lost per period; gains negative.
        is_breach: whether the loss exceeded the value at risk.
        shortfall: the expected shortfall forecast, > 0.
        tail: one minus the confidence.

    Source: Acerbi & Székely (2014), test 2; their sign is the opposite.
    """
    return float(np.mean(losses * is_breach / (tail * shortfall)) - 1.0)


def fz0_loss(losses: Floats, value_at_risk: Floats, shortfall: Floats, tail: float) -> Floats:
    """The score that a value at risk and an expected shortfall minimise together; lower is better.

    Args:
        losses: fraction of value lost, per period.
        value_at_risk: > 0.
        shortfall: at least the value at risk.
        tail: one minus the confidence.

    Source: Patton, Ziegel & Chen (2019), FZ0, in returns: v = −VaR, e = −ES, y = −loss.
    """
    v, e, y = -value_at_risk, -shortfall, -losses
    return np.asarray(v / e + np.log(-e) - 1.0 - np.where(y <= v, v - y, 0.0) / (tail * e), dtype=np.float64)


def basel_light(breaches: int) -> Light:
    """The traffic light for 250 days at 99 %: up to 4 breaches green, up to 9 yellow, else red."""
    if breaches >= _RED:
        return "red"
    return "yellow" if breaches >= _YELLOW else "green"
