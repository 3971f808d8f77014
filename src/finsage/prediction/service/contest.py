"""Whether a challenger may take the champion's place: not worse in CRPS, and its bands hold what they should.

Both are replayed over the same last origins of the same assets, which the challenger has not learned from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from finsage.prediction.backtest import scores
from finsage.prediction.backtest.walkforward import OURS, Track, replay, rows_needed, shortage_of
from finsage.prediction.price_model.features import Member
from finsage.prediction.price_model.global_models import TRAINED_DAYS
from finsage.prediction.price_model.weights import Weights

ORIGINS = 250
COVERAGE_AWAY_MOST = 0.02
SEED = 1
_LEVELS = (0.8, 0.95)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a contest came to; ``detail`` says why."""

    is_promoted: bool
    detail: str


def contest(members: Mapping[str, Member], champion: Weights, challenger: Weights, *, before: np.datetime64) -> Verdict:
    """Compare two models over the last 250 rows of every asset that is long enough and has them after the cut.

    Args:
        members: the market.
        champion: answers now.
        challenger: was trained on what had ended before the cut.
        before: the cut; an asset with an origin before it is not judged, for the challenger may know what came.
    """
    fit = {name: one for name, one in members.items() if _is_fit(one, before)}
    if not fit:
        needed = rows_needed(ORIGINS, TRAINED_DAYS[-1]) + ORIGINS
        detail = f"No asset has {needed} returns, {ORIGINS} of them after {before}, to judge it on."
        return Verdict(is_promoted=False, detail=detail)
    tracks = {days: [_replayed(fit, weights, days) for weights in (champion, challenger)] for days in TRAINED_DAYS}
    return verdict(tracks)


def _is_fit(member: Member, before: np.datetime64) -> bool:
    history = member.history
    rows = history.horizon_rows(TRAINED_DAYS[-1])
    # As many again as are judged: residuals of two rows would be no shape.
    is_long = len(history) >= rows_needed(ORIGINS, rows) + ORIGINS
    return bool(is_long and history.days[-ORIGINS] >= before and shortage_of(history, rows, ORIGINS) is None)


def _replayed(members: Mapping[str, Member], weights: Weights, days: int) -> list[Track]:
    models = weights.horizons[days]
    return [replay(name, one, models, days, tested_rows=ORIGINS) for name, one in members.items()]


def verdict(tracks: Mapping[int, Sequence[Sequence[Track]]]) -> Verdict:
    """The rule: by no horizon's interval worse than the champion, coverage within two points of what it should be.

    Args:
        tracks: by horizon, those of the champion and of the challenger, assets in the same order.
    """
    told = []
    for days, (old, new) in sorted(tracks.items()):
        found = scores.skill_of(
            [
                (ours.days, (scores.losses(ours, OURS, "crps"), scores.losses(theirs, OURS, "crps")))
                for ours, theirs in zip(new, old, strict=True)
            ],
            seed=SEED,
        )
        if np.isnan(found.value):
            return Verdict(is_promoted=False, detail="Every asset stood still.")
        told.append(f"{days} d: CRPS {found.value:+.2%} [{found.low:+.2%}, {found.high:+.2%}]")
        if found.high < 0:
            return Verdict(is_promoted=False, detail=f"It is worse over {days} days. " + "; ".join(told))
        for level in _LEVELS:
            held = scores.coverage(new, OURS, level).pooled
            if abs(held - level) > COVERAGE_AWAY_MOST:
                detail = f"Its {level:.0%} band holds {held:.1%} over {days} days. " + "; ".join(told)
                return Verdict(is_promoted=False, detail=detail)
    return Verdict(is_promoted=True, detail="Not worse than the champion. " + "; ".join(told))
