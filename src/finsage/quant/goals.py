"""What becomes of money on paths: payments in and out, fees, inflation, and the odds of reaching an amount."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from finsage.quant.paths import MONTHS, Floats

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Plan:
    """Money that is to become more; amounts are in today's money.

    Attributes:
        start: what there is.
        target: what is to be reached, above 0.
        months: until then, at least 1.
        monthly: paid in at the end of each month, keeping its worth; below zero it is taken out.
        fee_rate: of the value, a year.
        inflation_rate: a year, above −1.
    """

    start: float
    target: float
    months: int
    monthly: float = 0.0
    fee_rate: float = 0.0
    inflation_rate: float = 0.0


@dataclass(frozen=True, slots=True)
class Odds:
    """A probability with its Monte-Carlo standard error."""

    probability: float
    error: float


def wealth(growth: Floats, plan: Plan) -> Floats:
    """Wealth in today's money at the end of each month, shape (paths, months); what is used up stays at zero.

    Args:
        growth: end over beginning per month, shape (paths, months).
        plan: its months are those of ``growth``.
    """
    kept = ((1.0 - plan.fee_rate) / (1.0 + plan.inflation_rate)) ** (1.0 / MONTHS)
    found = np.empty_like(growth)
    value = np.full(len(growth), plan.start)
    for month in range(growth.shape[1]):
        # Who has nothing left and takes out has nothing; who pays in begins anew.
        value = np.maximum(value * growth[:, month] * kept + plan.monthly, 0.0)
        found[:, month] = value
    return found


def odds(is_so: NDArray[np.bool_]) -> Odds:
    """How often something is so, with an error that is not zero where it never or always was (Agresti and Coull)."""
    count = len(is_so)
    mean = float(is_so.mean())
    near = (mean * count + 2.0) / (count + 4.0)
    return Odds(mean, float(np.sqrt(near * (1.0 - near) / (count + 4.0))))


def reaching(found: Floats, plan: Plan) -> Odds:
    """The odds of having the target at the end; ``found`` as given by ``wealth``."""
    return odds(found[:, -1] >= plan.target)


def expected_shortfall(losses: Floats, confidence: float = CONFIDENCE) -> float:
    """Mean of the worst losses, equally likely each; the one on the edge counts in part.

    Source: Acerbi and Tasche (2002).
    """
    tail = (1.0 - confidence) * len(losses)
    whole = int(np.floor(tail + 1e-9))
    worst = np.sort(losses)[::-1]
    part = (tail - whole) * worst[whole] if whole < len(losses) else 0.0
    return float((worst[:whole].sum() + part) / tail)
