"""Whether a forecast is stale: from old closes, or by weights older than any that were tested. Needs no model."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from finsage.platform.database import ReadSession
from finsage.prediction.service import registry
from finsage.prediction.service.stored import GoalPrediction, Prediction
from finsage.prediction.service.watch import last_whole_day

CLOSES_DAYS_MAX = 10
"""Closes older than this are those of an asset nobody follows any more; markets close for a week at most."""

WEIGHTS_DAYS_MAX = 730
"""Two years: in the backtests quantile models served as long before they were trained anew."""


@dataclass(frozen=True, slots=True)
class Staleness:
    """How old what a forecast rests on is today, and why it is stale; no reasons where it is not.

    ``closes_days``: since the close it begins at. ``weights_days``: since the last day its model learned from, None
    where no card says so. Reasons are a code that stays the same and an English sentence.
    """

    closes_days: int
    weights_days: int | None
    reasons: tuple[tuple[str, str], ...]

    @property
    def is_stale(self) -> bool:
        return bool(self.reasons)


def trained_until(card: Mapping[str, Any]) -> date | None:
    """The last day a model learned from, as its card says; None where it says nothing."""
    try:
        return date.fromisoformat(card["to"])
    except (KeyError, TypeError, ValueError):
        return None


def staleness(as_of: date, learned_until: date | None, today: date) -> Staleness:
    """How a forecast stands on a day.

    Args:
        as_of: the day of the close it begins at.
        learned_until: the last day its model learned from, None where nobody knows.
        today: the last whole day.
    """
    closes, weights = (today - as_of).days, None if learned_until is None else (today - learned_until).days
    reasons = []
    if closes > CLOSES_DAYS_MAX:
        reasons.append(
            ("old_closes", f"The newest close it knows is {closes} days old; what happened since is not in it.")
        )
    if weights is not None and weights > WEIGHTS_DAYS_MAX:
        reasons.append(
            (
                "old_weights",
                f"Its model learned up to {learned_until}, {weights} days ago; older ones were never tested.",
            )
        )
    return Staleness(closes, weights, tuple(reasons))


def model_of(one: Prediction | GoalPrediction) -> str:
    """The id of the price model that a forecast rests on."""
    return one.model_id if isinstance(one, Prediction) else str(one.prediction_result["model"]["id"])


async def learned_by_model(
    session: ReadSession, made: Collection[Prediction | GoalPrediction]
) -> dict[str, date | None]:
    """The last day each model learned from that made one of these forecasts, by its id."""
    wanted = {model_of(one) for one in made}
    if not wanted:
        return {}
    views = await registry.model_views(session)
    return {
        view.version: trained_until(view.card) for view in views if view.family == "price" and view.version in wanted
    }


def of_prediction(one: Prediction | GoalPrediction, learned: Mapping[str, date | None]) -> Staleness:
    """The staleness of a stored forecast today."""
    return staleness(one.as_of, learned.get(model_of(one)), last_whole_day())
