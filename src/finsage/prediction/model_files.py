"""Models as files: text and plain arrays beside a card, listed with their hashes; nothing in them can run.

    card.json          what the model was trained on and what it is worth
    arrays.npz         numbers, read without pickle
    MANIFEST.sha256    a line per file, as ``sha256sum`` writes it

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
from numpy.typing import NDArray

from finsage.errors import Unavailable

CARD, ARRAYS, MANIFEST = "card.json", "arrays.npz", "MANIFEST.sha256"
Files = Mapping[str, bytes]
Arrays = Mapping[str, NDArray[Any]]

_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9._-]+)")
# Zip entries carry a time; the same model must give the same bytes.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


class ModelTampered(Unavailable):
    """The files of a model are not those that were trained."""


def sealed(texts: Mapping[str, str], arrays: Arrays, card: Mapping[str, Any]) -> dict[str, bytes]:
    """The files of a model with their manifest, byte for byte the same for the same model."""
    files = {name: text.encode() for name, text in texts.items()}
    files |= {CARD: (json.dumps(card, indent=1, ensure_ascii=False) + "\n").encode(), ARRAYS: _packed(arrays)}
    lines = [f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items())]
    return files | {MANIFEST: "".join(lines).encode()}


def opened(files: Files) -> tuple[dict[str, Any], dict[str, NDArray[Any]], str]:
    """Card, arrays and the hash of the manifest, after every file was checked.

    Raises:
        ModelTampered: a file is missing, too much or changed; it names the file.
    """
    lines = [_LINE.fullmatch(line) for line in files.get(MANIFEST, b"").decode(errors="replace").splitlines()]
    listed = {line[2]: line[1] for line in lines if line}
    if not all(lines) or set(listed) != set(files) - {MANIFEST} or not {CARD, ARRAYS} <= set(listed):
        raise ModelTampered(f"{MANIFEST} does not list the files that are there.")
    for name, expected in listed.items():
        if hashlib.sha256(files[name]).hexdigest() != expected:
            raise ModelTampered(f"{name} is not the file that was trained.")
    try:
        with np.load(io.BytesIO(files[ARRAYS]), allow_pickle=False) as packed:
            arrays = {name: packed[name] for name in packed.files}
    except ValueError as error:
        raise ModelTampered(f"{ARRAYS} holds more than plain numbers.") from error
    return json.loads(files[CARD]), arrays, hashlib.sha256(files[MANIFEST]).hexdigest()


def write_directory(folder: Path, files: Files) -> None:
    """Write the files into a folder that does not exist yet; it appears whole or not at all."""
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    unfinished.mkdir(parents=True)
    for name, content in files.items():
        (unfinished / name).write_bytes(content)
    unfinished.rename(folder)


def read_directory(folder: Path) -> dict[str, bytes]:
    """The files of a folder.

    Raises:
        ModelTampered: there is a folder in it, or something else that is no file.
    """
    for path in folder.iterdir():
        if not path.is_file():
            raise ModelTampered(f"{path.name} is no file; a model is files alone, in one folder.")
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def shipped(family: str) -> dict[str, bytes]:
    """The files of the newest version that FinSage brings along of a family: ``price`` or ``sentiment``."""
    return read_directory(shipped_folder(family))


def shipped_folder(family: str) -> Path:
    """Where it lies."""
    versions = Path(__file__).resolve().parents[1] / "models" / family
    return max(path for path in versions.iterdir() if path.is_dir())


def shipped_sha256(family: str) -> str:
    """The hash of the manifest of that version."""
    return hashlib.sha256(shipped_folder(family).joinpath(MANIFEST).read_bytes()).hexdigest()


def _packed(arrays: Arrays) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in sorted(arrays.items()):
            one = io.BytesIO()
            np.save(one, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _ZIP_TIME), one.getvalue(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()
