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
    Spread,
    Turnover,
    check,
    infeasible,
    refuse_infeasible,
)
from finsage.quant.optimisers import FRONTIER_POINTS, frontier, min_cvar
from finsage.quant.risk_shares import hierarchical_risk_parity, risk_parity

Method = Literal["least_variance", "frontier", "most_return", "least_cvar", "risk_parity", "hrp", "current"]

MONEY = "money"
TRACKING_ERROR = "tracking_error"
TAIL_CONFIDENCE = 0.95
TAIL_RETURNS = (0.25, 0.5, 0.75)
SHARES = (1.0, 0.75, 0.5, 0.25)
_NEAR = 1e-6


@dataclass(frozen=True, slots=True)
class Bound:
    """Least and most of one asset or class, as its owner wants it; an asset may be kept from purchases or sales."""

    least: float = 0.0
    most: float = 1.0
    may_buy: bool = True
    may_sell: bool = True

    def at(self, weight: float) -> Bound:
        """The same for an asset of which there is so much."""
        least = self.least if self.may_sell else max(self.least, weight)
        most = self.most if self.may_buy else min(self.most, weight)
        return Bound(least, most)


@dataclass(frozen=True, slots=True)
class Tracking:
    """How far a portfolio may move apart from an asset, or from what there is now (None).

    ``most``: standard deviation of the difference of their returns, a year.
    """

    most: float
    name: str | None = None


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

    Attributes:
        limits: of the profile, or own ones in their place.
        money: the least part of the value in money.
        bounds: by asset.
        classes: by asset class; the one on crypto is beside the profile's.
        return_least: a year, of the whole value; None for any.
        turnover_most: half of all changes, a fraction of the value; None for any.
        tracking: None for any.
    """

    limits: ProfileLimits
    money: float = 0.0
    bounds: Mapping[str, Bound] = field(default_factory=dict)
    classes: Mapping[str, Bound] = field(default_factory=dict)
    return_least: float | None = None
    turnover_most: float | None = None
    tracking: Tracking | None = None

    def bound(self, name: str, weight: float) -> Bound:
        """Least and most of an asset of which there is so much."""
        return self.bounds.get(name, Bound()).at(weight)


def limits_of(universe: Universe, wanted: Wanted) -> Limits:
    """The limits as an optimiser takes them; money is the last column."""
    names = (*universe.names, MONEY)
    own = [wanted.bound(name, weight) for name, weight in zip(universe.names, universe.weights.tolist(), strict=True)]
    most = wanted.limits.one_asset
    upper = np.array([*(min(most, one.most) for one in own), 1.0])
    labels = [
        f"most {name}" if one.most < most else "most one_asset" for name, one in zip(universe.names, own, strict=True)
    ]
    # As far as it can be reached at all, a share of the value that is not left as it is.
    found = Limits(
        names, np.array([*(one.least for one in own), wanted.money]), upper,
        groups=_groups(universe, wanted), upper_names=(*labels, f"most {MONEY}"), total=universe.total,
        turnover=None if wanted.turnover_most is None else Turnover(_there_is(universe), wanted.turnover_most),
        spreads=() if wanted.tracking is None else (apart(universe, wanted.tracking),),
    )  # fmt: skip
    if wanted.return_least is None:
        return found
    return found.with_return(np.append(universe.expected, universe.cash_rate), wanted.return_least)


def _groups(universe: Universe, wanted: Wanted) -> tuple[Group, ...]:
    classes = np.array([*universe.classes, "cash"])
    bounds = dict(wanted.classes)
    if (classes == "crypto").any():
        own = bounds.get("crypto", Bound())
        bounds["crypto"] = Bound(own.least, min(own.most, wanted.limits.crypto))
    return tuple(Group(name, classes == name, one.least, one.most) for name, one in bounds.items())


def _there_is(universe: Universe) -> Floats:
    return np.append(universe.weights, universe.money)


def apart(universe: Universe, tracking: Tracking) -> Spread:
    """How far portfolios move apart from an asset, or from what there is, a year; money is the last weight.

    By the shrunk covariance of the returns in the universe.
    """
    around = _there_is(universe)
    if tracking.name is not None:
        around = np.array([*(float(name == tracking.name) for name in universe.names), 0.0])
    covariance = np.zeros((len(around), len(around)))
    covariance[:-1, :-1] = constant_correlation(universe.returns).covariance * universe.days
    return Spread(TRACKING_ERROR, covariance, around, tracking.most)


def turnover(universe: Universe, candidate: Candidate) -> float:
    """Half of all changes to a portfolio, money among them, a fraction of the value."""
    changes = np.append(candidate.weights, candidate.money) - _there_is(universe)
    return float(np.abs(changes).sum()) / 2.0


def candidates(universe: Universe, wanted: Wanted) -> list[Candidate]:
    """Portfolios that keep all limits: the frontier first, from the calmest on, then the others.

    Raises:
        InfeasibleConstraints: there is none; names what has to give.
        NotSolved: the solver gave no answer for the frontier.
    """
    yearly = limits = limits_of(universe, wanted)
    returns = np.column_stack([universe.returns, np.zeros(len(universe.returns))])
    expected = np.append(universe.expected, universe.cash_rate) / universe.days
    if limits.return_least is not None:
        limits = limits.with_return(expected, limits.return_least / universe.days)
    covariance = constant_correlation(returns).covariance
    try:
        curve = [one.weights for one in frontier(covariance, expected, limits, FRONTIER_POINTS)]
    except InfeasibleConstraints:
        # What has to give is said a year, as it was asked for.
        refuse_infeasible(yearly)
        raise
    found = [_candidate(_named(place, len(curve)), one) for place, one in enumerate(curve)]
    low, high = float(expected @ curve[0]), float(expected @ curve[-1])
    centred = returns - returns.mean(axis=0) + expected
    for share in TAIL_RETURNS if len(curve) > 1 else ():
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
            weights = _within_reach(weights, _there_is(universe), limits)
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


def _within_reach(weights: Floats, there_is: Floats, limits: Limits) -> Floats:
    """As far from what there is toward a portfolio as turnover and tracking error let it."""
    part = 1.0
    changed = float(np.abs(weights - there_is).sum()) / 2.0
    if limits.turnover is not None and changed > limits.turnover.most:
        part = limits.turnover.most / changed
    for spread in limits.spreads:
        moved = spread.of(weights)
        if moved > spread.most and np.array_equal(spread.around, there_is):
            part = min(part, spread.most / moved)
    return there_is + part * (weights - there_is)


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
