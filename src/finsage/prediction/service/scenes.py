"""A portfolio with the paths of everything it holds or may hold: what advice, odds and what-ifs are worked out on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from uuid import UUID

import numpy as np

from finsage.platform import clock
from finsage.prediction.advice_model import premia as stated
from finsage.prediction.advice_model.candidates import Bound, Candidate, Tracking, Universe
from finsage.prediction.advice_model.odds import Judged, Paths, judge, make_paths
from finsage.prediction.advice_model.premia import Premia
from finsage.prediction.advice_model.worlds import COMMON_MIN, Known, known_of
from finsage.prediction.errors import InvalidWish
from finsage.prediction.price_model.history import Floats, Notice
from finsage.prediction.price_model.weights import Weights
from finsage.prediction.service.goals import months_until
from finsage.prediction.service.portfolios import Holdings, Part
from finsage.prediction.store.advice import Goal, RiskProfile
from finsage.quant.goals import Plan

PREMIUM_STEP = 0.01
ASSETS_MOST = 30


@dataclass(frozen=True, slots=True)
class Wish:
    """What advice is asked for.

    Attributes:
        portfolio_id: whose holdings are to be changed.
        profile: the ten answers.
        goal: what is to be reached.
        asset_ids: what may be bought beside what is held.
        bounds: least and most of single assets.
        classes: least and most of asset classes.
        limits: own limits in the place of the profile's, by name.
        return_least: expected, a year; None for any.
        turnover_most: see ``Wanted``.
        tracking: see ``Wanted``.
        seed: of the paths.
    """

    portfolio_id: UUID
    profile: RiskProfile
    goal: Goal
    asset_ids: Sequence[UUID] = ()
    bounds: Mapping[UUID, Bound] = field(default_factory=dict)
    classes: Mapping[str, Bound] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)
    return_least: float | None = None
    turnover_most: float | None = None
    tracking: Tracking | None = None
    seed: int = 1


@dataclass(frozen=True)
class Scene:
    """A portfolio with the paths of everything it holds or may hold, made when they are first asked for."""

    holdings: Holdings
    universe: Universe
    known: Known
    plan: Plan
    premia: Premia
    seed: int
    weights: Weights
    today: date

    @cached_property
    def paths(self) -> Paths:
        """10,000 of them, until the day of the goal."""
        return make_paths(self.known.world, self.plan.months, seed=self.seed)


def scene_of(holdings: Holdings, goal: Goal, premia: Premia, weights: Weights, *, seed: int) -> Scene:
    """A portfolio and what is known and stated of its assets; the same inputs and seed give the same paths.

    Raises:
        InvalidPremia: a stated return is out of bounds.
        InvalidWish: more than 30 assets.
        NothingInCommon: the assets have too few days in common.
    """
    today = clock.today("UTC")
    holdings = _without_short(holdings)
    stated.checked(premia)
    if len(holdings.members) > ASSETS_MOST:
        raise InvalidWish(f"At most {ASSETS_MOST} assets can be looked at together; there are {len(holdings.members)}.")
    expected = _expected(holdings, premia)
    known = known_of(holdings.members, weights, expected, premia.cash_rate, seed=seed)
    held = holdings.weights
    universe = Universe(
        names=tuple(holdings.members),
        classes=tuple(member.asset_class for member in holdings.members.values()),
        returns=known.returns,
        expected=expected,
        weights=np.array([held[name] for name in holdings.members]),
        money=sum(part.weight for part in holdings.parts if is_money(part, holdings.base_currency)),
        cash_rate=premia.cash_rate,
        days=known.world.days,
    )
    plan = Plan(
        start=float(holdings.value),
        target=float(goal.target_amount),
        months=months_until(goal.target_on, today),
        monthly=float(goal.monthly_contribution),
        fee_rate=goal.fee_rate,
        inflation_rate=goal.inflation_rate,
    )
    return Scene(holdings, universe, known, plan, premia, seed, weights, today)


def is_money(part: Part, base_currency: str) -> bool:
    """Whether a part of a portfolio is money in its base currency."""
    return part.asset_id is None and part.currency == base_currency


def _without_short(holdings: Holdings) -> Holdings:
    """What is not held and has a short history is left out: it would shorten the history of all."""
    short = {
        name
        for name, member in holdings.members.items()
        if holdings.weights[name] == 0.0 and len(member.history) < COMMON_MIN
    }
    if not short or len(short) == len(holdings.members):
        return holdings
    notices = [
        Notice("short_history", f"{part.label} is left out: it has fewer than {COMMON_MIN} returns.")
        for part in holdings.parts
        if part.member in short
    ]
    return replace(
        holdings,
        members={name: member for name, member in holdings.members.items() if name not in short},
        parts=tuple(part for part in holdings.parts if part.member not in short),
        notices=(*holdings.notices, *notices),
    )


def _expected(holdings: Holdings, premia: Premia) -> Floats:
    return np.array([premia.expected(name, member.asset_class) for name, member in holdings.members.items()])


def moved(scene: Scene, candidate: Candidate, step: float) -> Judged:
    """The odds of a portfolio were all premia higher by a step."""
    expected = _expected(scene.holdings, scene.premia.moved(step))
    return judge(scene.paths.moved(1.0 + expected).course(candidate.weights, candidate.money), scene.plan)
