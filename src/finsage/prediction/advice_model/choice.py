"""The choice: of the candidates that keep the drawdown the one with the highest odds of the goal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from finsage.prediction.advice_model.candidates import (
    TRACKING_ERROR,
    Candidate,
    Universe,
    Wanted,
    apart,
    between,
    relaxed_drawdown,
    turnover,
)
from finsage.prediction.advice_model.odds import Judged, Paths, judge
from finsage.quant.goals import Plan

JUDGED_MOST = 4
_MIXED = (0.2, 0.4, 0.6, 0.8)
# On a fifth of the paths the edge is not as sharp; what is a little beyond it is looked at again on all.
_SCREEN_SLACK = 1.05
_AT_LIMIT = 1e-4


@dataclass(frozen=True, slots=True)
class Option:
    """A portfolio with its odds. ``keeps``: its drawdown is within the limit."""

    candidate: Candidate
    judged: Judged
    keeps: bool

    @property
    def probability(self) -> float:
        """Of the goal."""
        return self.judged.goal.probability if self.judged.goal else 0.0


@dataclass(frozen=True, slots=True)
class Binding:
    """A limit that holds the choice where it is, with the assets it holds."""

    limit: str
    value: float
    assets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen, beside the best of each method that keeps the limits and what there is now."""

    chosen: Option
    alternatives: tuple[Option, ...]
    current: Option
    binding: tuple[Binding, ...]


def choose(paths: Paths, universe: Universe, wanted: Wanted, found: Sequence[Candidate], plan: Plan) -> Choice:
    """Take the candidate with the highest odds of the goal whose drawdown keeps the limit.

    Odds within one Monte-Carlo error of the highest are equal; of equals the one that loses least in a bad year is
    taken. All candidates see the same paths; which of them are worth all of the paths is found on a fifth of them.

    Args:
        paths: of the assets of the universe.
        universe: what can be bought.
        wanted: the limits the candidates keep, and the drawdown.
        found: candidates, those of the frontier in their order.
        plan: of the money and the goal.

    Raises:
        InfeasibleConstraints: the drawdown of every candidate is above the limit; says what the calmest has.
    """
    most = wanted.limits.drawdown
    screened = _screened(paths, found, plan, most)
    picked = _picked(screened, most)
    options = [_judged(paths, one, plan, most) for one in picked]
    keeping = [one for one in options if one.keeps]
    if not keeping:
        calm = sorted(screened, key=lambda one: one.judged.drawdown)[:JUDGED_MOST]
        options = [_judged(paths, one.candidate, plan, most) for one in calm]
        keeping = [one for one in options if one.keeps]
    if not keeping:
        raise relaxed_drawdown(most, min(one.judged.drawdown for one in options))
    chosen = best(keeping)
    current = _judged(paths, Candidate("current", universe.weights, universe.money), plan, most)
    return Choice(
        chosen,
        tuple(_alternatives(keeping, chosen)),
        current,
        tuple(_binding(chosen, universe, wanted, [*screened, *options])),
    )


def best(options: Sequence[Option]) -> Option:
    """The highest odds; within one error of them, the least expected shortfall."""
    top = max(options, key=lambda one: one.probability)
    error = top.judged.goal.error if top.judged.goal else 0.0
    equal = [one for one in options if one.probability >= top.probability - error]
    return min(equal, key=lambda one: (one.judged.shortfall, -one.probability))


def _judged(paths: Paths, candidate: Candidate, plan: Plan, most: float, *, is_screen: bool = False) -> Option:
    judged = judge(paths.course(candidate.weights, candidate.money, is_screen=is_screen), plan)
    return Option(candidate, judged, judged.drawdown <= most)


def _screened(paths: Paths, found: Sequence[Candidate], plan: Plan, most: float) -> list[Option]:
    """All candidates on a fifth of the paths, and mixtures where the frontier crosses the drawdown."""
    options = [_judged(paths, one, plan, most, is_screen=True) for one in found]
    curve = [one for one in options if one.candidate.method in {"least_variance", "frontier", "most_return"}]
    for one, other in pairwise(curve):
        if one.keeps and not other.keeps:
            mixed = between(one.candidate, other.candidate, _MIXED)
            options += [_judged(paths, each, plan, most, is_screen=True) for each in mixed]
    return options


def _picked(screened: Sequence[Option], most: float) -> list[Candidate]:
    """Those that may be the best, and the best of each method."""
    near = [one for one in screened if one.judged.drawdown <= most * _SCREEN_SLACK]
    near.sort(key=lambda one: (-one.probability, one.judged.shortfall))
    top = near[:JUDGED_MOST]
    # Among equals the calmest wins: it must be there to be chosen.
    calm = sorted(near, key=lambda one: one.judged.shortfall)
    equal = [one for one in calm if top and one.probability >= top[0].probability - 2.0 * _error(top[0])]
    by_method: dict[str, Option] = {}
    for one in near:
        by_method.setdefault(one.candidate.method, one)
    picked: list[Option] = []
    for one in (*top, *equal[:JUDGED_MOST], *by_method.values()):
        if not any(_is_same(one, other) for other in picked):
            picked.append(one)
    return [one.candidate for one in picked]


def _error(one: Option) -> float:
    return one.judged.goal.error if one.judged.goal else 0.0


def _alternatives(keeping: Sequence[Option], chosen: Option) -> list[Option]:
    """The best of each other method. Two of one method would stand under one name, and nobody could tell them apart."""
    found: dict[str, Option] = {}
    for one in sorted(keeping, key=lambda one: (-one.probability, one.judged.shortfall)):
        if one.candidate.method != chosen.candidate.method and not _is_same(one, chosen):
            found.setdefault(one.candidate.method, one)
    return list(found.values())


def _is_same(one: Option, other: Option) -> bool:
    return bool(np.abs(one.candidate.weights - other.candidate.weights).max() < 1e-4)


def _binding(chosen: Option, universe: Universe, wanted: Wanted, looked_at: Sequence[Option]) -> list[Binding]:
    """The limits the choice stands at. The drawdown is one where it alone kept better odds from being chosen."""
    limits, weights = wanted.limits, chosen.candidate.weights
    found = []
    better = [one for one in looked_at if not one.keeps and one.probability > chosen.probability + _error(chosen)]
    if better:
        found.append(Binding("drawdown", limits.drawdown))
    capped = tuple(
        name for name, weight in zip(universe.names, weights, strict=True) if weight >= limits.one_asset - _AT_LIMIT
    )
    if capped:
        found.append(Binding("one_asset", limits.one_asset, capped))
    is_crypto = np.array([one == "crypto" for one in universe.classes])
    if is_crypto.any() and float(weights[is_crypto].sum()) >= limits.crypto - _AT_LIMIT:
        coins = tuple(name for name, coin in zip(universe.names, is_crypto, strict=True) if coin)
        found.append(Binding("crypto", limits.crypto, coins))
    if wanted.money > 0 and chosen.candidate.money <= wanted.money + _AT_LIMIT:
        found.append(Binding("cash", wanted.money))
    found += _own(chosen.candidate, universe, wanted)
    found += _of_the_way(chosen.candidate, universe, wanted)
    return found


def _own(candidate: Candidate, universe: Universe, wanted: Wanted) -> list[Binding]:
    """Bounds of one's own, of assets and of classes."""
    placed = dict(zip(universe.names, candidate.weights.tolist(), strict=True))
    there_is = dict(zip(universe.names, universe.weights.tolist(), strict=True))
    looked_at = [
        (name, wanted.bound(name, there_is[name]), placed[name], wanted.limits.one_asset)
        for name in wanted.bounds
        if name in placed
    ]
    classes = np.array([*universe.classes, "cash"])
    weights = np.append(candidate.weights, candidate.money)
    looked_at += [(name, one, float(weights[classes == name].sum()), 1.0) for name, one in wanted.classes.items()]
    found = []
    for name, bound, weight, most in looked_at:
        if bound.least > 0 and weight <= bound.least + _AT_LIMIT:
            found.append(Binding("least", bound.least, (name,)))
        elif bound.most < most and weight >= bound.most - _AT_LIMIT:
            found.append(Binding("most", bound.most, (name,)))
    return found


def _of_the_way(candidate: Candidate, universe: Universe, wanted: Wanted) -> list[Binding]:
    """Limits of how far it is from what there is, or from another portfolio."""
    found = []
    most = wanted.turnover_most
    if most is not None and turnover(universe, candidate) >= most - _AT_LIMIT:
        found.append(Binding("turnover", most))
    tracking = wanted.tracking
    if tracking is not None:
        moved = apart(universe, tracking).of(np.append(candidate.weights, candidate.money))
        if moved >= tracking.most - _AT_LIMIT:
            found.append(Binding(TRACKING_ERROR, tracking.most, (tracking.name,) if tracking.name else ()))
    return found
