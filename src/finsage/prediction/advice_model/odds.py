"""Candidate portfolios on the same paths: the odds of the goal, of falls on the way, and what a bad year costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from finsage.prediction.price_model.levels import LEVELS
from finsage.quant.goals import Odds, Plan, expected_shortfall, odds, reaching, wealth
from finsage.quant.paths import MONTHS, Course, Floats, Stated, Years, course, months_of, simulated_years

PATHS = 10_000
SCREENED = 2_000
LATER_YEARS = 5_000
DRAWDOWN_CONFIDENCE = 0.95
DRAWDOWNS = (0.05, 0.08, 0.10, 0.15, 0.20, 0.25, 0.30, 0.35, 0.40, 0.50)
BANDS = LEVELS


@dataclass(frozen=True, slots=True)
class World:
    """What is known and stated of the assets that paths are made of.

    Attributes:
        residuals: daily log returns over the deviation expected the day before, shape (rows, assets).
        variances: per day: today's, shape (assets,).
        past_variances: per day, of every day of the past, shape (rows, assets); later years begin with one of them.
        first: the year from today: its deviation is that of the forecast.
        later: any later year: its deviation is that of the past.
        cash: gain of money a year, a fraction.
        days: of a year, a multiple of 12.
    """

    residuals: Floats
    variances: Floats
    past_variances: Floats
    first: Stated
    later: Stated
    cash: float
    days: int

    @property
    def daily_cash(self) -> float:
        """Gain of money a day."""
        return float((1.0 + self.cash) ** (1.0 / self.days) - 1.0)


@dataclass(frozen=True, slots=True)
class Paths:
    """Years of paths, and in which order they follow each other on each path.

    ``tilt`` is added to the log return of every day, shape (assets,): the same paths with other means.
    """

    world: World
    first: Years
    later: Years
    order: NDArray[np.int64]
    months: int
    tilt: Floats

    def moved(self, growth: Floats) -> Paths:
        """The same paths with other means: ``growth`` a year as in ``World``."""
        return replace(self, tilt=np.log(growth / self.world.first.growth) / self.world.days)

    def course(self, weights: Floats, money: float, *, is_screen: bool = False) -> Course:
        """A portfolio on the paths, or on the first fifth of them.

        Args:
            weights: of the assets, shape (assets,).
            money: the part in money in base currency; what is left beyond both stays what it is.
            is_screen: only on the first 2,000 paths.
        """
        # A day's gross return times exp(tilt): its mean moves, and with it nothing else.
        tilted = weights * np.exp(self.tilt)
        still = money * self.world.daily_cash + float((tilted - weights).sum())
        if is_screen:
            first, later = self.first[:SCREENED], self.later[:SCREENED]
            order = self.order[:SCREENED] % len(later) if len(later) else self.order[:SCREENED]
        else:
            first, later, order = self.first, self.later, self.order
        return course(months_of(first, tilted, still), months_of(later, tilted, still), order, self.months)


def make_paths(world: World, months: int, *, seed: int) -> Paths:
    """10,000 paths of all assets; the same world, months and seed give the same paths."""
    random = np.random.default_rng(seed)
    usual = world.past_variances.mean(axis=0)

    def years(variances: Floats, stated: Stated, count: int) -> Years:
        return simulated_years(
            world.residuals, variances, stated, usual=usual, days=world.days, count=count, random=random
        )

    first = years(world.variances, world.first, PATHS)
    more = -(-months // MONTHS) - 1
    if more:
        begun = world.past_variances[random.integers(len(world.past_variances), size=LATER_YEARS)]
        later = years(begun, world.later, LATER_YEARS)
    else:
        # Nothing is looked at in it. Of two made for that alone the ends may be so alike that their scale overflows.
        later = first[:1]
    order = random.integers(len(later), size=(PATHS, more))
    return Paths(world, first, later, order, months, np.zeros(len(world.variances)))


@dataclass(frozen=True, slots=True)
class Judged:
    """A portfolio's odds.

    Attributes:
        goal: of having the target at the end; None where there is no goal.
        drawdown: the fall from a high before the end that 95 % of paths stay above.
        falls: by depth, the odds of a fall at least as deep.
        shortfall: mean loss of the worst 5 % of first years, a fraction; below zero a gain.
        ends: wealth at the end in today's money by probability.
        yearly: the same at the end of each year and of the last month, shape (points, bands).
    """

    goal: Odds | None
    drawdown: float
    falls: Mapping[float, Odds]
    shortfall: float
    ends: Mapping[float, float]
    yearly: Floats


def judge(found: Course, plan: Plan, *, has_goal: bool = True, depths: Sequence[float] = DRAWDOWNS) -> Judged:
    """The odds of one portfolio.

    Args:
        found: of the portfolio.
        plan: what is to become of its money.
        has_goal: whether the plan's target means anything.
        depths: of falls to give the odds of.
    """
    money = wealth(found.growth, plan)
    months = found.growth.shape[1]
    marks = [month - 1 for month in marks_of(months)]
    year = np.prod(found.growth[:, : min(months, MONTHS)], axis=1)
    yearly = np.quantile(money[:, marks], BANDS, axis=0).T
    return Judged(
        reaching(money, plan) if has_goal else None,
        float(np.quantile(found.drawdown, DRAWDOWN_CONFIDENCE)),
        {depth: odds(found.drawdown >= depth) for depth in depths},
        expected_shortfall(1.0 - year),
        dict(zip(BANDS, yearly[-1].tolist(), strict=True)),
        yearly,
    )


def marks_of(months: int) -> list[int]:
    """The months, counted from 1, at whose end ``Judged.yearly`` looks."""
    return [*range(MONTHS, months, MONTHS), months]
