"""Advice and odds as JSON documents: what is stored and what is sent are the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import numpy as np

from finsage.finance.money import plain
from finsage.prediction.advice_model import questionnaire
from finsage.prediction.advice_model.candidates import Candidate, Tracking, Wanted, apart, turnover
from finsage.prediction.advice_model.choice import Choice, Option
from finsage.prediction.advice_model.odds import BANDS, PATHS, Judged, marks_of
from finsage.prediction.advice_model.orders import Order, orders
from finsage.prediction.advice_model.premia import PREMIA
from finsage.prediction.advice_model.questionnaire import Profile
from finsage.prediction.service.goals import DISCLAIMER, years_until
from finsage.prediction.service.making import notices_of
from finsage.prediction.service.scenes import Scene, Wish, is_money
from finsage.prediction.store.advice import Goal
from finsage.quant.goals import Odds, Plan
from finsage.quant.limits import Spread

OUTCOMES = (0.1, 0.5, 0.9)
_CENT = Decimal("0.01")


def advice_document(
    scene: Scene, wish: Wish, profile: Profile, *, wanted: Wanted, choice: Choice, moved: Mapping[float, Judged]
) -> dict[str, Any]:
    """Advice as it is kept."""
    value = scene.holdings.value
    labels = _labels(scene)
    apart_from = apart(scene.universe, wanted.tracking or Tracking(0.0))
    return {
        **_head(scene),
        "answers": dict(wish.profile.answers),
        "profile": {"tolerance": profile.tolerance, "capacity": profile.capacity, "level": profile.level},
        "limits": {
            **{name: getattr(wanted.limits, name) for name in ("drawdown", "crypto", "one_asset", "cash_months")},
            "cash_amount": _money(wanted.money * float(value)),
            "own": sorted(wish.limits),
        },
        "trace": _trace(wish, scene),
        "goal": goal_document(wish.goal, scene.plan),
        "recommended": option_document(choice.chosen, scene, apart_from),
        "alternatives": [option_document(one, scene, apart_from) for one in choice.alternatives],
        "current": option_document(choice.current, scene, apart_from),
        "binding": [
            {
                "limit": one.limit,
                "bound": round(one.value, 6),
                "assets": [labels.get(name, name) for name in one.assets],
            }
            for one in choice.binding
        ],
        "premia_moved": _premia_moved(moved),
        "orders": [_order(one, scene, labels) for one in orders(choice, scene.universe, wanted, value)],
    }


def odds_document(
    scene: Scene, goal: Goal, current: Candidate, judged: Judged, moved: Mapping[float, Judged]
) -> dict[str, Any]:
    """The odds of a goal with what is held now."""
    return {
        **_head(scene),
        "goal": goal_document(goal, scene.plan),
        "odds": side_document(current, scene, judged, scene.plan, None),
        "premia_moved": _premia_moved(moved),
    }


def what_if_document(scene: Scene, goal: Goal, sides: Mapping[str, Any], horizon_days: int) -> dict[str, Any]:
    """What a change would do."""
    return {
        **_head(scene),
        "goal": goal_document(goal, scene.plan),
        "horizon_days": horizon_days,
        **sides,
    }


def _head(scene: Scene) -> dict[str, Any]:
    holdings = scene.holdings
    untouched = sum(
        abs(part.weight)
        for part in holdings.parts
        if part.member is None and not is_money(part, scene.holdings.base_currency)
    )
    names = {part.member: part for part in holdings.parts if part.member is not None}
    return {
        "disclaimer": DISCLAIMER,
        "portfolio_id": str(holdings.portfolio_id),
        "as_of": str(holdings.as_of),
        "base_currency": holdings.base_currency,
        "value": plain(holdings.value.quantize(_CENT, ROUND_HALF_EVEN)),
        "is_simulated": holdings.is_simulated,
        "untouched": round(untouched, 6),
        "paths": PATHS,
        "seed": scene.seed,
        "premia": {
            "cash_rate": scene.premia.cash_rate,
            "assets": [
                {
                    "asset_id": str(names[name].asset_id) if names[name].asset_id else None,
                    "label": names[name].label,
                    "asset_class": member.asset_class,
                    "expected_return": round(scene.premia.expected(name, member.asset_class), 6),
                    "source": _source(scene, name, member.asset_class),
                }
                for name, member in holdings.members.items()
            ],
        },
        "model": {"id": scene.weights.id, "sha256": scene.weights.sha256},
        "data_sha256": holdings.inputs()["sha256"],
        "warnings": notices_of((*holdings.notices, *scene.known.notices)),
    }


def _source(scene: Scene, name: str, asset_class: str) -> str:
    if name in scene.premia.by_asset:
        return "stated for this asset"
    return "stated for its class" if asset_class in scene.premia.by_class else PREMIA[asset_class].source


def _labels(scene: Scene) -> dict[str, str]:
    return {part.member: part.label for part in scene.holdings.parts if part.member is not None}


def goal_document(goal: Goal, plan: Plan) -> dict[str, Any]:
    """A goal as it was when the odds were worked out."""
    return {
        "name": goal.name,
        "target_amount": plain(goal.target_amount),
        "target_on": goal.target_on.isoformat(),
        "months": plan.months,
        "monthly_contribution": plain(goal.monthly_contribution),
        "fee_rate": goal.fee_rate,
        "inflation_rate": goal.inflation_rate,
    }


def option_document(option: Option, scene: Scene, apart_from: Spread) -> dict[str, Any]:
    """A portfolio with its odds, and how far it is from what there is."""
    candidate = option.candidate
    return {
        "method": candidate.method,
        "turnover": round(turnover(scene.universe, candidate), 6),
        "tracking_error": round(apart_from.of(np.append(candidate.weights, candidate.money)), 6),
        "keeps_limits": option.keeps if candidate.method == "current" else True,
        **side_document(candidate, scene, option.judged, scene.plan, None),
    }


def side_document(
    candidate: Candidate, scene: Scene, judged: Judged, plan: Plan, risk: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Weights, odds and outcomes of one portfolio."""
    universe = scene.universe
    expected = float(universe.expected @ candidate.weights) + universe.cash_rate * candidate.money
    volatility = float(np.sqrt(candidate.weights @ _covariance(scene) @ candidate.weights))
    found = {
        "weights": _weights(candidate, scene, plan),
        "goal": _odds(judged.goal) if judged.goal else None,
        "drawdown_95": round(judged.drawdown, 6),
        "drawdowns": [{"depth": depth, **_odds(one)} for depth, one in judged.falls.items()],
        "expected_shortfall_95": round(judged.shortfall, 6),
        "expected_return": round(expected, 6),
        "volatility": round(volatility, 6),
        "outcomes": {f"{level:g}": _money(judged.ends[level]) for level in OUTCOMES},
        "yearly": [
            {
                "on": _month_after(scene.today, month).isoformat(),
                "quantiles": {f"{band:g}": _money(amount) for band, amount in zip(BANDS, row.tolist(), strict=True)},
            }
            for month, row in zip(marks_of(plan.months), judged.yearly, strict=True)
        ],
    }
    return found if risk is None else {**found, **risk}


def _covariance(scene: Scene) -> np.ndarray:
    """Of a year from today: the deviations of the forecasts, the correlations of the past."""
    correlation = np.atleast_2d(np.corrcoef(scene.known.world.residuals, rowvar=False))
    deviation = scene.known.world.first.deviation
    return np.asarray(np.outer(deviation, deviation) * correlation, dtype=np.float64)


def _weights(candidate: Candidate, scene: Scene, plan: Plan) -> list[dict[str, Any]]:
    placed = dict(zip(scene.universe.names, candidate.weights.tolist(), strict=True))
    found = [
        {
            "asset_id": str(part.asset_id) if part.asset_id else None,
            "label": part.label,
            "asset_class": part.asset_class,
            "weight": round(placed[part.member], 6),
            "amount": _money(placed[part.member] * plan.start),
        }
        for part in _first_of_each(scene)
        if part.member is not None
    ]
    found.append(
        {
            "asset_id": None,
            "label": scene.holdings.base_currency,
            "asset_class": "cash",
            "weight": round(candidate.money, 6),
            "amount": _money(candidate.money * plan.start),
        }
    )
    return found


def _first_of_each(scene: Scene) -> list[Any]:
    """One part per member: money of one currency may lie in several accounts."""
    return list({part.member: part for part in scene.holdings.parts if part.member is not None}.values())


def _odds(one: Odds) -> dict[str, float]:
    return {"probability": round(one.probability, 6), "error": round(one.error, 6)}


def _premia_moved(moved: Mapping[float, Judged]) -> list[dict[str, Any]]:
    return [
        {
            "premium_change": step,
            "goal": _odds(one.goal) if one.goal else None,
            "drawdown_95": round(one.drawdown, 6),
            "outcomes": {f"{level:g}": _money(one.ends[level]) for level in OUTCOMES},
        }
        for step, one in sorted(moved.items())
    ]


def _trace(wish: Wish, scene: Scene) -> list[dict[str, Any]]:
    return [
        {
            "code": one.question.code,
            "scale": one.question.scale,
            "is_deciding": one.question.is_deciding,
            "answer": one.answer,
            "counted": one.counted,
            "changes": [
                {
                    "answer": change.answer,
                    "tolerance": change.profile.tolerance,
                    "capacity": change.profile.capacity,
                    "level": change.profile.level,
                    "limits": {name: list(pair) for name, pair in change.limits.items()},
                }
                for change in one.changes
            ],
        }
        for one in questionnaire.trace(wish.profile.answers, years_until(wish.goal.target_on, scene.today))
    ]


def _order(one: Order, scene: Scene, labels: Mapping[str, str]) -> dict[str, Any]:
    part = next(part for part in scene.holdings.parts if part.member == one.name)
    last = Decimal(repr(scene.holdings.members[one.name].history.last_close))
    return {
        "side": one.side,
        "asset_id": str(part.asset_id) if part.asset_id else None,
        "label": labels[one.name],
        "amount": plain(one.amount),
        "quantity_about": plain((one.amount / last).quantize(Decimal("0.000001"))),
        "weight_before": round(one.before, 6),
        "weight_after": round(one.after, 6),
        "reasons": [{"code": reason.code, "detail": reason.detail} for reason in one.reasons],
    }


def _money(amount: float) -> str:
    return plain(Decimal(f"{amount:.2f}"))


def _month_after(day: date, months: int) -> date:
    """The same day of the month so many months later, or the last one it has."""
    year, month = divmod(day.month - 1 + months, 12)
    place = month + 1
    length = (date(day.year + year + place // 12, place % 12 + 1, 1) - date(day.year + year, place, 1)).days
    return date(day.year + year, place, min(day.day, length))
