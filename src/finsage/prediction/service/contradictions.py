"""Limits of advice that contradict each other, in the words and at the fields of whoever set them."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, floor
from typing import Any

from finsage.errors import Fault
from finsage.prediction.advice_model.candidates import MONEY, TRACKING_ERROR, Wanted
from finsage.prediction.service.scenes import Scene, Wish
from finsage.quant.limits import InfeasibleConstraints

_FIELDS: Mapping[str, tuple[str, str]] = {
    "most one_asset": ("the most of one asset", "/limits/one_asset"),
    "most drawdown": ("the deepest fall from a high", "/limits/drawdown"),
    "least return": ("the least return", "/minimum_return"),
    "most turnover": ("the most turnover", "/maximum_turnover"),
    f"most {TRACKING_ERROR}": ("the most tracking error", "/tracking_error/maximum"),
}
_SLIGHT = 1e-6


def in_words(error: InfeasibleConstraints, scene: Scene, wish: Wish, wanted: Wanted) -> InfeasibleConstraints:
    """The same refusal with a fault per field whose limit has to give, under the names of the assets."""
    labels = {part.member: part.label for part in scene.holdings.parts if part.member is not None}
    given: Any = error.members["relaxations"]
    relaxations, faults, said = [], [], []
    for one in given:
        side, _, name = one["constraint"].partition(" ")
        what, pointer = _field(side, name, labels, wish, wanted)
        is_money = one["constraint"] == f"least {MONEY}"
        limit, needed = (_months if is_money else _share)(one, side, scene, wish)
        relaxations.append({**one, "constraint": f"{side} {labels.get(name, name)}"})
        said.append(f"{what} from {limit} to {needed}")
        faults.append(
            Fault(pointer, f"At {side} {limit} cannot be kept beside the other limits; at {side} {needed} would do.")
        )
    return InfeasibleConstraints(
        f"No portfolio keeps all limits. The smallest change that lets one through: {'; '.join(said)}.",
        faults=tuple(faults),
        relaxations=relaxations,
    )


def _field(side: str, name: str, labels: Mapping[str, str], wish: Wish, wanted: Wanted) -> tuple[str, str]:
    """What a limit is called, and where it was given or may be."""
    if name == MONEY:
        return "the money kept for spending", "/limits/cash_months"
    if (known := _FIELDS.get(f"{side} {name}")) is not None:
        return known
    if name in labels:
        return f"the {side} of {labels[name]}", f"/bounds/{name}/{side}"
    own = wish.classes.get(name)
    if (side, name) == ("most", "crypto") and (own is None or own.most > wanted.limits.crypto):
        return "the most crypto", "/limits/crypto"
    return f"the {side} of all {name}", f"/classes/{name}/{side}"


def _share(one: Mapping[str, Any], side: str, _: Scene, __: Wish) -> tuple[str, str]:
    """Limit and what would do in per cent, that rounded so that it does."""
    hundredths = one["needed"] * 1e4
    needed = ceil(hundredths - _SLIGHT) if side == "most" else floor(hundredths + _SLIGHT)
    return f"{round(one['limit'] * 100, 2):g}%", f"{needed / 100:g}%"


def _months(one: Mapping[str, Any], _: str, scene: Scene, wish: Wish) -> tuple[str, str]:
    """The same of money in months of spending, with what is kept elsewhere."""
    value, profile = float(scene.holdings.value), wish.profile
    limit, needed = (
        (share * value + float(profile.cash_elsewhere)) / float(profile.monthly_spending)
        for share in (one["limit"], one["needed"])
    )
    return f"{limit:.3g} months of spending", f"{floor(needed * 10 + _SLIGHT) / 10:g}"
