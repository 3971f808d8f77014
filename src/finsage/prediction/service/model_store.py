"""Models into the file store and out of it: added whole and checked, promoted, rolled back, verified."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from finsage.errors import Invalid
from finsage.platform.database import Database
from finsage.platform.files import FileAbsent, FileDamaged, FileStore
from finsage.prediction.errors import ModelExists
from finsage.prediction.model_files import ModelTampered, opened, read_directory
from finsage.prediction.service import registry
from finsage.prediction.service.serving import read_files, stored_name
from finsage.prediction.store import models as store

SERVED = ("price",)
"""Families whose pointer decides what answers; of the others what FinSage brings along does."""

_VERSION = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")


class UnknownFamily(Invalid):
    """There is no such family of models."""


class InvalidVersion(Invalid):
    """A model cannot be called this."""


def folder_files(folder: Path) -> dict[str, bytes]:
    """The files of a folder that ``finsage train`` wrote.

    Raises:
        ModelTampered: they are not those that were trained.
    """
    files = read_directory(folder)
    opened(files)
    return files


async def add(database: Database, files: FileStore, content: Mapping[str, bytes], *, family: str) -> str:
    """Put a model into the file store as the challenger of its family; returns its version.

    Files are stored before the row that names them: what no row names is never read.

    Raises:
        ModelTampered: the files are not those that were trained.
        InvalidVersion: its id is no name for a folder.
        ModelExists: the version is taken.
    """
    card, _, sha256 = opened(content)
    version = str(card["id"])
    if family not in registry.FAMILIES or card.get("family", family) != family:
        raise UnknownFamily(f"{family!r} is none of {', '.join(registry.FAMILIES)}, or not the family of this model.")
    if not _VERSION.fullmatch(version):
        raise InvalidVersion(f"{version[:80]!r}: small letters, digits, dots and dashes, at most 63.")
    async with database.read() as session:
        if await store.find(session, family, version) is not None:
            raise ModelExists(f"There is a {family} model {version} already.")
    for name, one in content.items():
        await files.put(f"{registry.folder(family, version)}/{stored_name(name)}", one)
    async with database.write() as session:
        await registry.add_model(session, family, version, sha256, card)
    return version


async def promote(database: Database, family: str, version: str | None) -> str:
    """Let the challenger, or a version by name, answer from now on; returns the version.

    Raises:
        UnknownFamily: the pointer of this family decides nothing.
        NothingToPromote, ModelNotFound: see ``registry.promote``.
    """
    _refuse_unserved(family)
    async with database.write() as session:
        return await registry.promote(session, family, version, "Promoted by hand.")


async def roll_back(database: Database, family: str) -> str:
    """Let the version before answer again; returns it.

    Raises:
        UnknownFamily, NothingToPromote: see ``registry.roll_back``.
    """
    _refuse_unserved(family)
    async with database.write() as session:
        return await registry.roll_back(session, family)


def _refuse_unserved(family: str) -> None:
    if family not in SERVED:
        raise UnknownFamily(f"Of {family!r} what FinSage brings along answers; promote {', '.join(SERVED)}.")


async def verify(database: Database, files: FileStore) -> list[dict[str, Any]]:
    """Check every file of every model in the file store; a line per model with what is wrong with it."""
    async with database.read() as session:
        known = await store.all_models(session)
    return [
        {"model": f"{one.family}:{one.version}", "fault": await _fault(one.family, one.version, one.sha256, files)}
        for one in known
    ]


async def _fault(family: str, version: str, sha256: str, files: FileStore) -> str | None:
    try:
        _, _, found = opened(await read_files(family, version, files))
    except (ModelTampered, FileAbsent, FileDamaged) as error:
        return str(error)
    return None if found == sha256 else "Its manifest is not the one that was added."
