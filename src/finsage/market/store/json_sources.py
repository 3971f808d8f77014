"""The JSON sources of tenants, and what came of asking each last."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import text

from finsage.platform.database import ReadSession, WriteSession

DETAIL_LENGTH_MAX = 1000
SentAs = Literal["header", "query"]


@dataclass(frozen=True, slots=True)
class StoredSource:
    """A source as it is kept, its secret sealed; ``problem`` and ``detail`` are of the last time it was asked."""

    asset_id: UUID
    url: str
    price_path: str
    as_of_path: str | None
    currency_path: str | None
    is_first: bool
    key_sent_as: SentAs | None
    key_name: str | None
    sealed_key: str | None
    set_at: datetime | None = None
    asked_at: datetime | None = None
    answered_at: datetime | None = None
    problem: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What came of asking a source: the hash of its answer, or the slug and text of its problem."""

    asset_id: UUID
    content_hash: bytes | None = None
    problem: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How the sources of a tenant stand together; the problem is that of the last one that failed."""

    sources: int
    answered_at: datetime | None
    failed_at: datetime | None
    problem: str | None
    detail: str | None
    newest_price_at: datetime | None


_COLUMNS = (
    "asset_id, url, price_path, as_of_path, currency_path, is_first, key_sent_as, key_name, sealed_key, set_at,"
    " asked_at, answered_at, problem, detail"
)
_MINE = "tenant_id = CAST(current_setting('app.tenant') AS uuid)"
_ALL = text(f"SELECT {_COLUMNS} FROM json_sources WHERE {_MINE} ORDER BY asset_id")
_OF_ASSET = text(f"SELECT {_COLUMNS} FROM json_sources WHERE {_MINE} AND asset_id = :asset")
_COUNT = text(f"SELECT count(*) FROM json_sources WHERE {_MINE} AND asset_id <> :asset")
# Another address has another past: what came of asking the one before says nothing of it.
_PUT = text("""
    INSERT INTO json_sources (tenant_id, asset_id, url, price_path, as_of_path, currency_path, is_first, key_sent_as,
        key_name, sealed_key)
    VALUES (:tenant, :asset_id, :url, :price_path, :as_of_path, :currency_path, :is_first, :key_sent_as, :key_name,
        :sealed_key)
    ON CONFLICT (tenant_id, asset_id) DO UPDATE SET
        url = excluded.url, price_path = excluded.price_path, as_of_path = excluded.as_of_path,
        currency_path = excluded.currency_path, is_first = excluded.is_first, key_sent_as = excluded.key_sent_as,
        key_name = excluded.key_name, sealed_key = excluded.sealed_key, set_at = now(), asked_at = NULL,
        answered_at = NULL, problem = NULL, detail = NULL, content_hash = NULL
""")
_DELETE = text(f"DELETE FROM json_sources WHERE {_MINE} AND asset_id = :asset RETURNING 1")
_NOTE = text("""
    UPDATE json_sources AS s SET asked_at = :asked_at, problem = one.problem, detail = one.detail,
        answered_at = CASE WHEN one.problem IS NULL THEN :asked_at ELSE s.answered_at END,
        content_hash = coalesce(decode(one.hash, 'hex'), s.content_hash)
    FROM json_to_recordset(CAST(:rows AS json)) AS one (asset_id uuid, hash text, problem text, detail text)
    WHERE s.tenant_id = :tenant AND s.asset_id = one.asset_id AND s.set_at < :asked_at
""")
_STANDING = text(f"""
    SELECT count(*)::int AS sources, max(answered_at) AS answered_at,
        max(asked_at) FILTER (WHERE problem IS NOT NULL) AS failed_at,
        (array_agg(problem ORDER BY asked_at DESC, asset_id) FILTER (WHERE problem IS NOT NULL))[1] AS problem,
        (array_agg(detail ORDER BY asked_at DESC, asset_id) FILTER (WHERE problem IS NOT NULL))[1] AS detail,
        (SELECT max(r.as_of) FROM asset_refreshes r WHERE r.{_MINE} AND r.provider = 'json') AS newest_price_at
    FROM json_sources WHERE {_MINE}
""")


async def sources(session: ReadSession) -> list[StoredSource]:
    """The sources of the session's tenant."""
    return [StoredSource(**row) for row in (await session.execute(_ALL)).mappings()]


async def of_asset(session: ReadSession, asset_id: UUID) -> StoredSource | None:
    """The source of one asset of the session's tenant; None where it has none."""
    row = (await session.execute(_OF_ASSET, {"asset": asset_id})).mappings().one_or_none()
    return StoredSource(**row) if row else None


async def count_others(session: ReadSession, asset_id: UUID) -> int:
    """How many sources the session's tenant has beside that of an asset."""
    count: int = (await session.execute(_COUNT, {"asset": asset_id})).scalar_one()
    return count


async def put(session: WriteSession, tenant_id: UUID, source: StoredSource) -> None:
    """Keep the source of an asset in place of the one before."""
    await session.execute(_PUT, {"tenant": tenant_id, **asdict(source)})


async def delete(session: WriteSession, asset_id: UUID) -> bool:
    """Forget the source of an asset of the session's tenant; whether there was one."""
    return (await session.execute(_DELETE, {"asset": asset_id})).one_or_none() is not None


async def note(session: WriteSession, tenant_id: UUID, told: Sequence[Told], *, asked_at: datetime) -> None:
    """Note what came of asking; a source that was replaced since is left alone."""
    rows: list[dict[str, Any]] = [
        {
            "asset_id": str(one.asset_id),
            "hash": one.content_hash and one.content_hash.hex(),
            "problem": one.problem,
            "detail": one.detail and one.detail[:DETAIL_LENGTH_MAX],
        }
        for one in told
    ]
    if rows:
        await session.execute(_NOTE, {"tenant": tenant_id, "asked_at": asked_at, "rows": json.dumps(rows)})


async def standing(session: ReadSession) -> Standing:
    """How the sources of the session's tenant stand together."""
    return Standing(**(await session.execute(_STANDING)).mappings().one())
