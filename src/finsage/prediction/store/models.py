"""Models of the installation: what there is, which one answers, what happened to them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from finsage.platform import clock
from finsage.platform.database import ReadSession, WriteSession


@dataclass(frozen=True, slots=True)
class Model:
    """A model in the file store; ``sha256`` is that of its manifest."""

    family: str
    version: str
    sha256: str
    card: Mapping[str, Any]
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Pointer:
    """Which version of a family answers; None is the one FinSage brings along."""

    champion: str | None = None
    previous: str | None = None
    challenger: str | None = None


@dataclass(frozen=True, slots=True)
class ModelEvent:
    """Something that happened to a model."""

    id: UUID
    family: str
    kind: str
    version: str
    detail: str
    happened_at: datetime


_LIST = text("SELECT family, version, sha256, card, added_at FROM models ORDER BY family, added_at DESC, version")
_ONE = text("SELECT family, version, sha256, card, added_at FROM models WHERE family = :family AND version = :version")
_ADD = text("""
    INSERT INTO models (family, version, sha256, card) VALUES (:family, :version, :sha256, CAST(:card AS jsonb))
    ON CONFLICT DO NOTHING RETURNING 1
""")
_POINTERS = text("SELECT family, champion, previous, challenger FROM model_pointers")
_POINT = text("""
    INSERT INTO model_pointers (family, champion, previous, challenger)
    VALUES (:family, :champion, :previous, :challenger)
    ON CONFLICT (family) DO UPDATE SET champion = excluded.champion, previous = excluded.previous,
        challenger = excluded.challenger, changed_at = now()
""")
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('finsage.model_pointers', 0))")
_EVENT = text("""
    INSERT INTO model_events (id, family, kind, version, detail) VALUES (:id, :family, :kind, :version, :detail)
""")
_EVENTS = text("""
    SELECT id, family, kind, version, detail, happened_at FROM model_events ORDER BY happened_at DESC, id DESC
    LIMIT :limit
""")
_JUDGED = text("""
    SELECT EXISTS (SELECT FROM model_events
        WHERE family = :family AND version = :version AND kind IN ('promoted', 'kept'))
""")
_LAST = text("""
    SELECT kind FROM model_events WHERE family = :family AND kind IN ('drift', 'recovered')
    ORDER BY happened_at DESC, id DESC LIMIT 1
""")


async def all_models(session: ReadSession) -> list[Model]:
    """Every model in the file store."""
    return [_model(row) for row in await session.execute(_LIST)]


async def find(session: ReadSession, family: str, version: str) -> Model | None:
    """One model."""
    row = (await session.execute(_ONE, {"family": family, "version": version})).one_or_none()
    return _model(row) if row else None


async def add(session: WriteSession, family: str, version: str, sha256: str, card: Mapping[str, Any]) -> bool:
    """Note a model whose files are in the store; False where its version is taken."""
    values = {"family": family, "version": version, "sha256": sha256, "card": json.dumps(card)}
    return (await session.execute(_ADD, values)).first() is not None


async def pointers(session: ReadSession) -> dict[str, Pointer]:
    """Which version answers, by family."""
    rows = await session.execute(_POINTERS)
    return {row.family: Pointer(row.champion, row.previous, row.challenger) for row in rows}


async def lock(session: WriteSession) -> None:
    """Wait until nobody else changes the pointers."""
    await session.execute(_LOCK)


async def point(session: WriteSession, family: str, pointer: Pointer) -> None:
    """Say which version answers."""
    values = {
        "family": family, "champion": pointer.champion, "previous": pointer.previous, "challenger": pointer.challenger,
    }  # fmt: skip
    await session.execute(_POINT, values)


async def tell(session: WriteSession, family: str, kind: str, version: str, detail: str) -> None:
    """Note that something happened to a model."""
    values = {"id": clock.new_id(), "family": family, "kind": kind, "version": version, "detail": detail}
    await session.execute(_EVENT, values)


async def events(session: ReadSession, *, limit: int) -> list[ModelEvent]:
    """What happened to models, the newest first."""
    return [ModelEvent(**row._mapping) for row in await session.execute(_EVENTS, {"limit": limit})]  # noqa: SLF001


async def is_judged(session: ReadSession, family: str, version: str) -> bool:
    """Whether it was decided of a version that it answers, or that it does not."""
    return bool((await session.execute(_JUDGED, {"family": family, "version": version})).scalar_one())


async def is_drifting(session: ReadSession, family: str) -> bool:
    """Whether the last word about a family's calibration was that it drifts."""
    return (await session.execute(_LAST, {"family": family})).scalar_one_or_none() == "drift"


def _model(row: Row[Any]) -> Model:
    return Model(row.family, row.version, row.sha256, row.card, row.added_at)
