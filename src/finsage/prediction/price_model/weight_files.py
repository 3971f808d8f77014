"""Weights as files: LightGBM's text, plain arrays and a card, listed with their hashes; nothing in them can run.

    card.json               what it was trained on and what it is worth
    arrays.npz              HAR coefficients and class pools
    variance-7.txt          boosted variance over 7 days
    quantile-7-0.025.txt    boosted quantile
    MANIFEST.sha256         a line per file, as ``sha256sum`` writes it

A file that is missing, is not listed or has another hash makes the whole of it unusable.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from finsage.errors import Unavailable
from finsage.prediction.price_model.global_models import TRAINED_DAYS, HorizonModels
from finsage.prediction.price_model.history import Floats
from finsage.prediction.price_model.levels import LEVELS
from finsage.prediction.price_model.weights import ClassPool, Weights

CARD, ARRAYS, MANIFEST = "card.json", "arrays.npz", "MANIFEST.sha256"
_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9._-]+)")
# Zip entries carry a time; the same weights must give the same bytes.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


class ModelTampered(Unavailable):
    """The files of a model are not those that were trained."""


def to_files(weights: Weights, card: Mapping[str, Any]) -> dict[str, bytes]:
    """The files of weights, byte for byte the same for the same weights and card."""
    files = {CARD: (json.dumps(card, indent=1, ensure_ascii=False) + "\n").encode(), ARRAYS: _arrays(weights)}
    for days, models in weights.horizons.items():
        files[f"variance-{days}.txt"] = models.variance.encode()
        for level, text in zip(LEVELS, models.quantiles, strict=True):
            files[f"quantile-{days}-{level:g}.txt"] = text.encode()
    lines = [f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items())]
    return files | {MANIFEST: "".join(lines).encode()}


def from_files(files: Mapping[str, bytes]) -> tuple[Weights, dict[str, Any]]:
    """Weights and their card, after every hash was checked.

    Raises:
        ModelTampered: a file is missing, too much or changed; it names the file.
    """
    _check(files)
    card: dict[str, Any] = json.loads(files[CARD])
    with np.load(io.BytesIO(files[ARRAYS]), allow_pickle=False) as arrays:
        horizons = {days: _horizon(files, arrays, days) for days in TRAINED_DAYS}
        pools = {
            name: ClassPool(
                {days: arrays[f"pool-{name}-{days}"] for days in TRAINED_DAYS}, float(arrays[f"pool-{name}"])
            )
            for name in card["classes"]
        }
    sha256 = hashlib.sha256(files[MANIFEST]).hexdigest()
    return Weights(card["id"], sha256, horizons, pools), card


def write_directory(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files into a folder that does not exist yet; it appears whole or not at all."""
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    unfinished.mkdir(parents=True)
    for name, content in files.items():
        (unfinished / name).write_bytes(content)
    unfinished.rename(folder)


def read_directory(folder: Path) -> tuple[Weights, dict[str, Any]]:
    """Weights of a folder.

    Raises:
        ModelTampered: see ``from_files``.
    """
    return from_files({path.name: path.read_bytes() for path in sorted(folder.iterdir())})


def _check(files: Mapping[str, bytes]) -> None:
    lines = [_LINE.fullmatch(line) for line in files.get(MANIFEST, b"").decode(errors="replace").splitlines()]
    listed = {line[2]: line[1] for line in lines if line}
    if not all(lines) or set(listed) != set(files) - {MANIFEST} or not {CARD, ARRAYS} <= set(listed):
        raise ModelTampered(f"{MANIFEST} does not list the files that are there.")
    for name, expected in listed.items():
        if hashlib.sha256(files[name]).hexdigest() != expected:
            raise ModelTampered(f"{name} is not the file that was trained.")


def _horizon(files: Mapping[str, bytes], arrays: Mapping[str, Floats], days: int) -> HorizonModels:
    quantiles = tuple(files[f"quantile-{days}-{level:g}.txt"].decode() for level in LEVELS)
    return HorizonModels(arrays[f"har-{days}"], files[f"variance-{days}.txt"].decode(), quantiles)


def _arrays(weights: Weights) -> bytes:
    arrays = {f"har-{days}": models.har for days, models in weights.horizons.items()}
    for name, pool in weights.pools.items():
        arrays[f"pool-{name}"] = np.array(pool.variance)
        arrays |= {f"pool-{name}-{days}": residuals for days, residuals in pool.residuals.items()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in sorted(arrays.items()):
            one = io.BytesIO()
            np.save(one, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _ZIP_TIME), one.getvalue())
    return packed.getvalue()
