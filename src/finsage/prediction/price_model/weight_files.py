"""Weights of the price model as files: ``variance-7.txt``, ``quantile-7-0.025.txt`` and arrays; see ``model_files``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from finsage.prediction.model_files import Files, opened, sealed, shipped
from finsage.prediction.price_model.global_models import TRAINED_DAYS, HorizonModels
from finsage.prediction.price_model.levels import LEVELS
from finsage.prediction.price_model.weights import ClassPool, Weights

FAMILY = "price"


def to_files(weights: Weights, card: Mapping[str, Any]) -> dict[str, bytes]:
    """The files of weights; their card names them and the classes of their pools."""
    texts = {f"variance-{days}.txt": models.variance for days, models in weights.horizons.items()}
    texts |= {
        f"quantile-{days}-{level:g}.txt": text
        for days, models in weights.horizons.items()
        for level, text in zip(LEVELS, models.quantiles, strict=True)
    }
    arrays = {f"har-{days}": models.har for days, models in weights.horizons.items()}
    for name, pool in weights.pools.items():
        arrays[f"pool-{name}"] = np.array(pool.variance)
        arrays |= {f"pool-{name}-{days}": residuals for days, residuals in pool.residuals.items()}
    return sealed(texts, arrays, {**card, "id": weights.id, "family": FAMILY, "classes": sorted(weights.pools)})


def from_files(files: Files) -> tuple[Weights, dict[str, Any]]:
    """Weights and their card.

    Raises:
        ModelTampered: see ``opened``.
    """
    card, arrays, sha256 = opened(files)
    horizons = {
        days: HorizonModels(
            arrays[f"har-{days}"],
            files[f"variance-{days}.txt"].decode(),
            tuple(files[f"quantile-{days}-{level:g}.txt"].decode() for level in LEVELS),
        )
        for days in TRAINED_DAYS
    }
    pools = {
        name: ClassPool({d: arrays[f"pool-{name}-{d}"] for d in TRAINED_DAYS}, float(arrays[f"pool-{name}"]))
        for name in card["classes"]
    }
    return Weights(card["id"], sha256, horizons, pools), card


@cache
def shipped_weights() -> Weights:
    """The weights FinSage brings along, read once.

    Raises:
        ModelTampered: a file is not the one that was trained.
    """
    return from_files(shipped(FAMILY))[0]
