"""Whether a challenger may take the champion's place: not worse in CRPS, and its bands hold what they should.

Both are replayed over the same last origins of the same assets, which the challenger has not learned from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from finsage.prediction.backtest import scores
from finsage.prediction.backtest.walkforward import OURS, WARM_ROWS, Track, replay
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


def contest(members: Mapping[str, Member], champion: Weights, challenger: Weights) -> Verdict:
    """Compare two models over the last 250 rows of every asset that is long enough."""
    fit = {name: one for name, one in members.items() if len(one.history) >= ORIGINS + WARM_ROWS + ORIGINS}
    if not fit:
        return Verdict(is_promoted=False, detail=f"No asset has {2 * ORIGINS + WARM_ROWS} returns to judge it on.")
    tracks = {days: [_replayed(fit, weights, days) for weights in (champion, challenger)] for days in TRAINED_DAYS}
    return verdict(tracks)


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
        pairs = [
            (scores.losses(theirs, OURS, "crps"), scores.losses(ours, OURS, "crps"))
            for ours, theirs in zip(old, new, strict=True)
        ]
        pairs = [pair for pair in pairs if all(one.sum() > 0 for one in pair)]
        if not pairs:
            return Verdict(is_promoted=False, detail="Every asset stood still.")
        value = float(-np.expm1(np.mean([np.log(new_.mean() / old_.mean()) for new_, old_ in pairs])))
        days_of = [track.days for track in old if scores.losses(track, OURS, "crps").sum() > 0]
        low, high = scores.weekly_interval(days_of, pairs, SEED)
        told.append(f"{days} d: CRPS {value:+.2%} [{low:+.2%}, {high:+.2%}]")
        if high < 0:
            return Verdict(is_promoted=False, detail=f"It is worse over {days} days. " + "; ".join(told))
        for level in _LEVELS:
            found = scores.coverage(new, OURS, level).pooled
            if abs(found - level) > COVERAGE_AWAY_MOST:
                detail = f"Its {level:.0%} band holds {found:.1%} over {days} days. " + "; ".join(told)
                return Verdict(is_promoted=False, detail=detail)
    return Verdict(is_promoted=True, detail="Not worse than the champion. " + "; ".join(told))
