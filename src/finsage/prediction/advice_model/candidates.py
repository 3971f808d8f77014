"""Portfolios that keep the limits, one by one by the optimisers: what the choice is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from finsage.prediction.advice_model.questionnaire import ProfileLimits
from finsage.quant.covariance import constant_correlation
from finsage.quant.limits import (
    Floats,
    Group,
    InfeasibleConstraints,
    Limits,
    NotSolved,
    Relaxation,
    check,
    infeasible,
)
from finsage.quant.optimisers import FRONTIER_POINTS, frontier, min_cvar
from finsage.quant.risk_shares import hierarchical_risk_parity, risk_parity

Method = Literal["least_variance", "frontier", "most_return", "least_cvar", "risk_parity", "hrp", "current"]

MONEY = "money"
TAIL_CONFIDENCE = 0.95
TAIL_RETURNS = (0.25, 0.5, 0.75)
SHARES = (1.0, 0.75, 0.5, 0.25)
_NEAR = 1e-6


@dataclass(frozen=True, slots=True)
class Bound:
    """Least and most of one asset, as its owner wants it."""

    least: float = 0.0
    most: float = 1.0


@dataclass(frozen=True, slots=True)
class Universe:
    """What can be bought, and what there is.

    Attributes:
        names: of the assets.
        classes: of each.
        returns: simple returns a day, shape (rows, assets), finite.
        expected: simple return a year, shape (assets,).
        weights: as they are, shape (assets,).
        money: the part of the value in money in base currency.
        cash_rate: what it earns a year.
        days: of a year.
    """

    names: tuple[str, ...]
    classes: tuple[str, ...]
    returns: Floats
    expected: Floats
    weights: Floats
    money: float
    cash_rate: float
    days: int

    @property
    def total(self) -> float:
        """What is not left as it is."""
        return float(self.weights.sum()) + self.money


@dataclass(frozen=True, slots=True)
class Candidate:
    """A portfolio: weights of the assets, shape (assets,), the rest of what can be moved in money."""

    method: Method
    weights: Floats
    money: float


@dataclass(frozen=True, slots=True)
class Wanted:
    """Everything a recommended portfolio must keep but the drawdown.

    ``money`` is the least part of the value in money. ``return_least`` a year, of the whole value; None for any.
    """

    limits: ProfileLimits
    money: float = 0.0
    bounds: Mapping[str, Bound] = field(default_factory=dict)
    return_least: float | None = None


def limits_of(universe: Universe, wanted: Wanted) -> Limits:
    """The limits as an optimiser takes them; money is the last column."""
    names = (*universe.names, MONEY)
    own = [wanted.bounds.get(name, Bound()) for name in universe.names]
    most = wanted.limits.one_asset
    upper = np.array([*(min(most, one.most) for one in own), 1.0])
    labels = [
        f"most {name}" if one.most < most else "most one_asset" for name, one in zip(universe.names, own, strict=True)
    ]
    is_crypto: NDArray[np.bool_] = np.array([*(one == "crypto" for one in universe.classes), False])
    groups = (Group("crypto", is_crypto, most=wanted.limits.crypto),) if is_crypto.any() else ()
    # As far as it can be reached at all, a share of the value that is not left as it is.
    found = Limits(
        names, np.array([*(one.least for one in own), wanted.money]), upper, groups,
        upper_names=(*labels, f"most {MONEY}"), total=universe.total,
    )  # fmt: skip
    if wanted.return_least is None:
        return found
    return found.with_return(np.append(universe.expected, universe.cash_rate), wanted.return_least)


def candidates(universe: Universe, wanted: Wanted) -> list[Candidate]:
    """Portfolios that keep all limits: the frontier first, from the calmest on, then the others.

    Raises:
        InfeasibleConstraints: there is none; names what has to give.
        NotSolved: the solver gave no answer for the frontier.
    """
    limits = limits_of(universe, wanted)
    returns = np.column_stack([universe.returns, np.zeros(len(universe.returns))])
    expected = np.append(universe.expected, universe.cash_rate) / universe.days
    if limits.return_least is not None:
        limits = limits.with_return(expected, limits.return_least / universe.days)
    covariance = constant_correlation(returns).covariance
    curve = [one.weights for one in frontier(covariance, expected, limits, FRONTIER_POINTS)]
    found = [_candidate(_named(place, len(curve)), one) for place, one in enumerate(curve)]
    low, high = float(expected @ curve[0]), float(expected @ curve[-1])
    centred = returns - returns.mean(axis=0) + expected
    for share in TAIL_RETURNS if high - low > 1e-12 else ():
        tail = min_cvar(centred, TAIL_CONFIDENCE, limits.with_return(expected, low + share * (high - low)))
        found.append(_candidate("least_cvar", tail.weights))
    return found + _by_risk(universe, covariance[:-1, :-1], limits)


def _named(place: int, count: int) -> Method:
    return "least_variance" if place == 0 else "most_return" if place == count - 1 else "frontier"


def _candidate(method: Method, weights: Floats) -> Candidate:
    # What a solver leaves of a hundred-millionth is nothing; the rest of it is money.
    kept = np.where(np.abs(weights[:-1]) < _NEAR, 0.0, weights[:-1])
    return Candidate(method, kept, float(weights.sum() - kept.sum()))


def _by_risk(universe: Universe, covariance: Floats, limits: Limits) -> list[Candidate]:
    """Risk parity and its hierarchical kin: as much of it as the limits let in, and parts of that, the rest money.

    These know no limits. One that breaks another limit all the same, as a least weight, is no candidate.
    """
    usable = np.flatnonzero((limits.upper[:-1] > 0) & (np.diag(covariance) > 0) & ~_shut(limits)[:-1])
    if not len(usable):
        return []
    part = covariance[np.ix_(usable, usable)]
    shapes: tuple[tuple[Method, Floats], ...] = (
        ("risk_parity", risk_parity(part)),
        ("hrp", hierarchical_risk_parity(universe.returns[:, usable], part)),
    )
    found = []
    for method, shape in shapes:
        whole = np.zeros(len(universe.names) + 1)
        whole[usable] = shape
        room = _room(whole, limits)
        for share in SHARES:
            weights = whole * room * share
            weights[-1] = universe.total - weights[:-1].sum()
            if _keeps(weights, limits):
                found.append(_candidate(method, weights))
    return found


def _shut(limits: Limits) -> NDArray[np.bool_]:
    closed = np.zeros(len(limits.names), dtype=np.bool_)
    for group in limits.groups:
        if group.most <= 0:
            closed |= group.members
    return closed


def _room(whole: Floats, limits: Limits) -> float:
    """How often a portfolio fits under the upper bounds, beside the least money."""
    held = whole[:-1] > 0
    room = float((limits.upper[:-1][held] / whole[:-1][held]).min())
    for group in limits.groups:
        inside = float(whole[group.members].sum())
        if inside > 0:
            room = min(room, group.most / inside)
    return max(0.0, min(room, limits.total - float(limits.lower[-1])))


def _keeps(weights: Floats, limits: Limits) -> bool:
    try:
        check(weights, limits)
    except NotSolved:
        return False
    return True


def relaxed_drawdown(limit: float, needed: float) -> InfeasibleConstraints:
    """The refusal where even the calmest portfolio may fall further than the profile allows."""
    return infeasible([Relaxation("most drawdown", limit, needed)])


def between(one: Candidate, other: Candidate, shares: Sequence[float]) -> list[Candidate]:
    """Mixtures of two portfolios; where both keep linear limits, so do these."""
    return [
        Candidate(
            "frontier", (1.0 - share) * one.weights + share * other.weights,
            (1.0 - share) * one.money + share * other.money,
        )
        for share in shares
    ]  # fmt: skip
