"""From what is held to what is recommended: orders in whole cents, each with its reasons. Nothing is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from typing import Literal

import numpy as np

from finsage.prediction.advice_model.candidates import Universe, Wanted
from finsage.prediction.advice_model.choice import Choice
from finsage.quant.limits import Floats

SMALLEST = 0.002
"""A difference of less of the value is left as it is."""

_CENT = Decimal("0.01")
_NEAR = 1e-6


@dataclass(frozen=True, slots=True)
class Reason:
    """Why; ``code`` is stable."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Order:
    """What to buy or sell; ``amount`` in base currency, ``before`` and ``after`` fractions of the value."""

    side: Literal["buy", "sell"]
    name: str
    amount: Decimal
    before: float
    after: float
    reasons: tuple[Reason, ...]


def orders(choice: Choice, universe: Universe, wanted: Wanted, value: Decimal) -> list[Order]:
    """Sales first, the largest first, then purchases: their sums leave at least the money that is to be kept.

    Args:
        choice: what was chosen, beside what there is.
        universe: what can be bought, and what is held.
        wanted: the limits.
        value: of the portfolio, in base currency.
    """
    target = choice.chosen.candidate
    change = target.weights - universe.weights
    found = [
        _order(place, choice, universe, wanted, value)
        for place in np.argsort(-np.abs(change), kind="stable").tolist()
        if abs(change[place]) >= SMALLEST or (target.weights[place] == 0.0 and universe.weights[place] > _NEAR)
    ]
    return [one for one in found if one.side == "sell"] + [one for one in found if one.side == "buy"]


def _order(place: int, choice: Choice, universe: Universe, wanted: Wanted, value: Decimal) -> Order:
    before = float(universe.weights[place])
    after = float(choice.chosen.candidate.weights[place])
    is_sale = after < before
    exact = value * Decimal(f"{abs(after - before):.12f}")
    # Sales are rounded up and purchases down, so that the money that is kept is not short of a cent.
    amount = exact.quantize(_CENT, ROUND_UP if is_sale and after > 0 else ROUND_DOWN)
    reasons = _of_sale(place, choice, universe, wanted) if is_sale else _of_purchase(place, choice, universe, wanted)
    return Order("sell" if is_sale else "buy", universe.names[place], amount, before, after, tuple(reasons))


def _of_sale(place: int, choice: Choice, universe: Universe, wanted: Wanted) -> list[Reason]:
    limits, weights = wanted.limits, universe.weights
    found = []
    if weights[place] > limits.one_asset + _NEAR:
        detail = f"It is {weights[place]:.1%} of the value; one asset may be {limits.one_asset:.0%}."
        found.append(Reason("one_asset", detail))
    coins = _crypto_share(weights, universe.classes)
    if universe.classes[place] == "crypto" and coins > limits.crypto + _NEAR:
        found.append(Reason("crypto", f"Crypto is {coins:.1%} of the value; it may be {limits.crypto:.0%}."))
    bound = wanted.bound(universe.names[place], float(weights[place]))
    if weights[place] > bound.most + _NEAR:
        found.append(Reason("most", f"You want at most {bound.most:.1%} of it."))
    if universe.money < wanted.money - _NEAR:
        detail = f"Money is {universe.money:.1%} of the value; the months of spending to keep are {wanted.money:.1%}."
        found.append(Reason("cash", detail))
    current = choice.current
    if not current.keeps:
        detail = (
            f"As it is, the portfolio falls by more than {current.judged.drawdown:.1%} on one path in twenty;"
            f" the limit is {limits.drawdown:.0%}."
        )
        found.append(Reason("drawdown", detail))
    return found or [_odds(choice)]


def _of_purchase(place: int, choice: Choice, universe: Universe, wanted: Wanted) -> list[Reason]:
    found = []
    bound = wanted.bound(universe.names[place], float(universe.weights[place]))
    if universe.weights[place] < bound.least - _NEAR:
        found.append(Reason("least", f"You want at least {bound.least:.1%} of it."))
    expected = float(universe.expected[place])
    if expected > universe.cash_rate + _NEAR:
        detail = f"It is taken to earn {expected:.1%} a year, money {universe.cash_rate:.1%}."
        found.append(Reason("premium", detail))
    else:
        found.append(Reason("spread", "It moves apart from the rest: the whole falls less with it."))
    if choice.chosen.probability > choice.current.probability:
        found.append(_odds(choice))
    return found


def _odds(choice: Choice) -> Reason:
    before, after = choice.current.probability, choice.chosen.probability
    if after >= before:
        return Reason("odds", f"Of the whole change: the odds of the goal go from {before:.1%} to {after:.1%}.")
    return Reason("limits", f"Of the whole change: the limits cost odds, from {before:.1%} to {after:.1%}.")


def _crypto_share(weights: Floats, classes: Sequence[str]) -> float:
    return float(sum(weight for weight, one in zip(weights.tolist(), classes, strict=True) if one == "crypto"))
