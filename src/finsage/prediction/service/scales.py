"""The factor each forecast is widened or narrowed by, from what matured of its asset and class."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

import numpy as np

from finsage.prediction.price_model.global_models import TRAINED_DAYS
from finsage.prediction.price_model.history import Floats
from finsage.prediction.price_model.scale import RATIOS_MAX, adaptive_scale, class_scale
from finsage.prediction.store.outcomes import Outcome
from finsage.prediction.store.scales import Ratios

__all__ = ["RATIOS_MAX", "Scales", "ratios_of"]

_DIGITS = 6


class Scales:
    """Factors of a tenant's assets.

    Args:
        found: the ratios of its subjects.
    """

    def __init__(self, found: Iterable[Ratios] = ()) -> None:
        self._own: dict[tuple[UUID, int], Floats] = {}
        pooled: dict[tuple[str, bool, int], list[Floats]] = defaultdict(list)
        for one in found:
            ratios = np.array(one.ratios, dtype=np.float64)
            self._own[one.subject_id, one.horizon_days] = ratios
            pooled[one.asset_class, one.is_simulated, one.horizon_days].append(ratios)
        self._classes = {key: class_scale(np.concatenate(parts)) for key, parts in pooled.items()}

    def of(self, subject_id: UUID | None, horizon_days: int, asset_class: str, *, is_simulated: bool) -> float:
        """The factor over a horizon; that of the nearest trained one where it is none. 1 while nothing has matured.

        ``subject_id`` None: of something that is no asset, as money in a currency; it has the factor of its class.
        """
        nearest = min(TRAINED_DAYS, key=lambda days: abs(np.log(days / horizon_days)))
        nothing = np.array([])
        own = nothing if subject_id is None else self._own.get((subject_id, nearest), nothing)
        common = self._classes.get((asset_class, is_simulated, nearest), 0.0)
        return round(adaptive_scale(own, common), _DIGITS)


def ratios_of(outcomes: Sequence[Outcome]) -> list[Ratios]:
    """What outcomes of the daily run say of how wide forecasts should have been, in the order of their days."""
    found: dict[tuple[UUID, int], list[Outcome]] = defaultdict(list)
    for one in outcomes:
        if one.prediction.user_id is None and one.spread is not None:
            found[one.prediction.subject_id, one.prediction.horizon_days].append(one)
    return [
        Ratios(
            subject_id,
            days,
            ones[0].prediction.asset_class,
            ones[0].prediction.is_simulated,
            tuple(one.spread for one in sorted(ones, key=lambda one: one.prediction.as_of) if one.spread is not None),
        )
        for (subject_id, days), ones in sorted(found.items())
    ]
