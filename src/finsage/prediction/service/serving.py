"""The weights that answer, from the file store: checked, or refused and the ones before them serve.

Files of a version lie under ``models/<family>/<version>/``. They are never read in a transaction.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass

from finsage.platform.database import WriteSession
from finsage.platform.files import FileAbsent, FileDamaged, FileStore
from finsage.prediction.model_files import MANIFEST, ModelTampered
from finsage.prediction.price_model import weight_files
from finsage.prediction.price_model.weights import Weights
from finsage.prediction.service.registry import folder
from finsage.prediction.store import models as store
from finsage.prediction.store.models import Model

_log = logging.getLogger("finsage.prediction")


@dataclass(frozen=True, slots=True)
class Served:
    """The weights that answer, and the version that was refused in their favour, with the reason."""

    weights: Weights
    refused: str | None = None
    reason: str | None = None


LOADED_MAX = 3
_LOADED: OrderedDict[str, Weights] = OrderedDict()
"""Weights read from the file store by the hash of their manifest: as long as that is the same, so are they.

The champion, the one before it and a challenger that is judged; the longest unused goes first.
"""


def forget_loaded() -> None:
    """Read what is asked for from the file store again."""
    _LOADED.clear()


async def load_weights(candidates: tuple[Model, ...], files: FileStore | None) -> Served:
    """The weights of the first candidate whose files are those that were trained, else those FinSage brings along.

    Args:
        candidates: see ``champion_weights``.
        files: the file store; None where this process has none.
    """
    refused = reason = None
    for model in candidates:
        if files is None:
            break
        try:
            return Served((await _read(model, files)).usable(), refused, reason)
        except (ModelTampered, FileAbsent, FileDamaged) as error:
            _log.error("the model %s is refused: %s", model.version, error)
            refused, reason = refused or model.version, reason or str(error)
    shipped = await asyncio.to_thread(weight_files.shipped_weights)
    return Served(shipped.usable(), refused, reason)


async def _read(model: Model, files: FileStore) -> Weights:
    if model.sha256 not in _LOADED:
        content = await read_files(model.family, model.version, files)
        weights, _ = await asyncio.to_thread(weight_files.from_files, content)
        if weights.sha256 != model.sha256:
            raise ModelTampered(f"{MANIFEST} of {model.version} is not the one that was added.")
        _LOADED[model.sha256] = weights
        while len(_LOADED) > LOADED_MAX:
            _LOADED.popitem(last=False)
    _LOADED.move_to_end(model.sha256)
    return _LOADED[model.sha256]


def stored_name(name: str) -> str:
    """A file of a model as the file store lets it be called: small letters, and one dot."""
    stem, _, extension = name.lower().rpartition(".")
    return f"{stem.replace('.', '_')}.{extension}"


def _plain_name(stored: str) -> str:
    """The inverse: no file of a model has an underscore in its name."""
    name = stored.rpartition("/")[2].replace("_", ".")
    return MANIFEST if name == MANIFEST.lower() else name


async def read_files(family: str, version: str, files: FileStore) -> dict[str, bytes]:
    """The files of a version, by their plain names."""
    entries = await files.list(folder(family, version))
    return {_plain_name(entry.name): await files.get(entry.name) for entry in entries}


async def note_tampering(session: WriteSession, served: Served) -> None:
    """Tell that a version was refused, for whoever operates FinSage."""
    if served.refused is not None and served.reason is not None:
        await store.tell(session, "price", "tampered", served.refused, f"Refused: {served.reason}")
