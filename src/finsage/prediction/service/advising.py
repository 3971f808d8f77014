"""Advice, the odds of a goal, and what a purchase or sale would change: worked out and put into documents."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np

from finsage.errors import Fault
from finsage.platform import clock
from finsage.platform.caller import Caller
from finsage.platform.database import ReadSession, WriteSession
from finsage.prediction.advice_model import questionnaire
from finsage.prediction.advice_model.candidates import Candidate, Wanted, candidates
from finsage.prediction.advice_model.choice import choose
from finsage.prediction.advice_model.odds import judge
from finsage.prediction.advice_model.premia import PREMIA
from finsage.prediction.advice_model.questionnaire import Profile, ProfileLimits
from finsage.prediction.errors import InvalidWish
from finsage.prediction.price_model.history import Floats
from finsage.prediction.price_model.joint import joint, risk_of
from finsage.prediction.price_model.weights import Weights
from finsage.prediction.service import advice_documents as documents
from finsage.prediction.service import contradictions
from finsage.prediction.service.goals import premia_of, years_until
from finsage.prediction.service.making import by_confidence
from finsage.prediction.service.portfolio_making import SEED
from finsage.prediction.service.portfolios import Holdings, holdings_of
from finsage.prediction.service.scenes import PREMIUM_STEP, Scene, Wish, moved, scene_of
from finsage.prediction.service.watch import last_whole_day
from finsage.prediction.store import advice as store
from finsage.prediction.store.advice import Advice, Goal
from finsage.quant.goals import Plan
from finsage.quant.limits import InfeasibleConstraints

_OVERDRAFT = 1e-9


async def advise(session: WriteSession, caller: Caller, wish: Wish, weights: Weights) -> Advice:
    """Recommend an allocation and keep the advice as it was given.

    Raises:
        PortfolioNotFound, AssetNotFound: absent, or another tenant's.
        InvalidAnswers, InvalidPremia, InvalidWish: see their titles.
        NothingToForecast: see ``holdings_of``.
        NothingInCommon: the assets have too few days in common.
        InfeasibleConstraints: no portfolio keeps the limits; a fault per field that would have to give says how much.
    """
    questionnaire.checked(wish.profile.answers)
    until = last_whole_day()
    holdings = await holdings_of(session, wish.portfolio_id, until, also=wish.asset_ids)
    result, inputs = await asyncio.to_thread(_advised, holdings, wish, weights)
    made = Advice(clock.new_id(), wish.portfolio_id, caller.user_id, wish.seed, inputs, result, clock.now())
    await store.add_advice(session, caller.tenant_id, made)
    return made


def _advised(holdings: Holdings, wish: Wish, weights: Weights) -> tuple[dict[str, Any], dict[str, Any]]:
    scene = scene_of(holdings, wish.goal, premia_of(wish.profile.premia), weights, seed=wish.seed)
    years = years_until(wish.goal.target_on, scene.today)
    profile = questionnaire.profile_of(questionnaire.counted(wish.profile.answers, years))
    wanted = _wanted(scene, wish, profile)
    # Limits that contradict each other are refused before paths are made.
    try:
        found = candidates(scene.universe, wanted)
        choice = choose(scene.paths, scene.universe, wanted, found, scene.plan)
    except InfeasibleConstraints as error:
        raise contradictions.in_words(error, scene, wish, wanted) from error
    shifted = {step: moved(scene, choice.chosen.candidate, step) for step in (-PREMIUM_STEP, PREMIUM_STEP)}
    result = documents.advice_document(scene, wish, profile, wanted=wanted, choice=choice, moved=shifted)
    inputs = {
        **holdings.inputs(),
        "answers": dict(wish.profile.answers),
        "goal": documents.goal_document(wish.goal, scene.plan),
        "premia": dict(wish.profile.premia),
        "limits": dict(wish.limits),
        "bounds": {str(name): asdict(one) for name, one in wish.bounds.items()},
        "classes": {name: asdict(one) for name, one in wish.classes.items()},
        "minimum_return": wish.return_least,
        "maximum_turnover": wish.turnover_most,
        "tracking_error": None if wish.tracking is None else asdict(wish.tracking),
        "asset_ids": [str(one) for one in wish.asset_ids],
        "seed": wish.seed,
    }
    return result, inputs


def _wanted(scene: Scene, wish: Wish, profile: Profile) -> Wanted:
    limits: ProfileLimits = replace(profile.limits, **dict(wish.limits))
    named = {f"/bounds/{name}": str(name) for name in wish.bounds}
    if wish.tracking is not None and wish.tracking.name is not None:
        named["/tracking_error/asset_id"] = wish.tracking.name
    detail = "name an asset that is held or among asset_ids, with enough history"
    faults = [Fault(place, detail) for place, name in named.items() if name not in scene.holdings.members]
    faults += [Fault(f"/classes/{name}", "is no asset class") for name in wish.classes if name not in PREMIA]
    if faults:
        raise InvalidWish(faults=tuple(faults))
    reserve = max(
        Decimal(f"{limits.cash_months}") * wish.profile.monthly_spending - wish.profile.cash_elsewhere, Decimal(0)
    )
    return Wanted(
        limits,
        money=float(reserve / scene.holdings.value),
        bounds={str(name): one for name, one in wish.bounds.items()},
        classes=wish.classes,
        return_least=wish.return_least,
        turnover_most=wish.turnover_most,
        tracking=wish.tracking,
    )


async def goal_odds(
    session: ReadSession, goal: Goal, premia: Mapping[str, Any], weights: Weights, *, seed: int
) -> dict[str, Any]:
    """The odds of a goal with the portfolio as it is, kept at its weights.

    Raises:
        PortfolioNotFound, InvalidPremia, NothingToForecast, NothingInCommon: see ``advise``.
    """
    holdings = await holdings_of(session, goal.portfolio_id, last_whole_day())

    def work_out() -> dict[str, Any]:
        scene = scene_of(holdings, goal, premia_of(premia), weights, seed=seed)
        current = Candidate("current", scene.universe.weights, scene.universe.money)
        judged = judge(scene.paths.course(current.weights, current.money), scene.plan)
        shifted = {step: moved(scene, current, step) for step in (-PREMIUM_STEP, PREMIUM_STEP)}
        return documents.odds_document(scene, goal, current, judged, shifted)

    return await asyncio.to_thread(work_out)


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Purchases (+) and sales (−) by asset, in base currency, and money that comes in for them."""

    changes: Mapping[UUID, Decimal]
    new_money: Decimal
    horizon_days: int


async def what_if(
    session: ReadSession, goal: Goal, premia: Mapping[str, Any], asked: WhatIf, weights: Weights, *, seed: int
) -> dict[str, Any]:
    """The odds and the risk of a portfolio before and after purchases and sales.

    Raises:
        InvalidWish: more is sold than there is, or more bought than there is money for.
        PortfolioNotFound, AssetNotFound, InvalidPremia, NothingToForecast, NothingInCommon: see ``advise``.
    """
    holdings = await holdings_of(session, goal.portfolio_id, last_whole_day(), also=list(asked.changes))

    def work_out() -> dict[str, Any]:
        scene = scene_of(holdings, goal, premia_of(premia), weights, seed=seed)
        before = Candidate("current", scene.universe.weights, scene.universe.money)
        after, plan = _changed(scene, asked)
        gains = _gains(scene.holdings, (before.weights, after.weights), weights, asked.horizon_days)
        sides = {
            name: documents.side_document(
                one,
                scene,
                judge(scene.paths.course(one.weights, one.money), its_plan),
                its_plan,
                _risk_of(gained),
            )
            for name, one, its_plan, gained in (
                ("before", before, scene.plan, gains[0]),
                ("after", after, plan, gains[1]),
            )
        }
        return documents.what_if_document(scene, goal, sides, asked.horizon_days)

    return await asyncio.to_thread(work_out)


def _changed(scene: Scene, asked: WhatIf) -> tuple[Candidate, Plan]:
    """The portfolio after purchases and sales, in fractions of what it is then worth."""
    value = float(scene.holdings.value)
    names = scene.universe.names
    faults = [
        Fault(f"/changes/{name}", "it has too little history to be looked at")
        for name in asked.changes
        if str(name) not in names
    ]
    if faults:
        raise InvalidWish(faults=tuple(faults))
    # Money in a foreign currency is a member too, and no asset.
    changes = {str(asset_id): float(amount) for asset_id, amount in asked.changes.items()}
    amounts = np.array([changes.get(name, 0.0) for name in names])
    worth = scene.universe.weights * value + amounts
    money = scene.universe.money * value + float(asked.new_money) - float(amounts.sum())
    faults = [
        Fault(f"/changes/{name}", f"{scene.universe.weights[place] * value:.2f} of it are held; sell no more")
        for place, name in enumerate(names)
        if amounts[place] < 0 and worth[place] < -_OVERDRAFT * value - 0.005
    ]
    if money < -0.005 and money < scene.universe.money * value:
        faults.append(
            Fault("/new_money", f"{-money:.2f} are missing to buy that: sell something, or say what comes in")
        )
    if faults:
        raise InvalidWish(faults=tuple(faults))
    whole = value + float(asked.new_money)
    plan = replace(scene.plan, start=whole)
    return Candidate("current", worth / whole, money / whole), plan


def _gains(holdings: Holdings, sides: Sequence[Floats], weights: Weights, days: int) -> list[Floats]:
    """Gains of portfolios over a horizon, equally likely each, from the forecasts of their parts."""
    together = joint(holdings.members, weights, days, seed=SEED, scales=holdings.widened(days))
    return [together.gains(dict(zip(holdings.members, side.tolist(), strict=True))) for side in sides]


def _risk_of(gains: Floats) -> dict[str, dict[str, float]]:
    at_risk, beyond = risk_of(gains)
    return {"var": by_confidence(at_risk), "es": by_confidence(beyond)}
