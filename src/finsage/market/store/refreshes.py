"""How each asset stands with its providers, what was received, and the runs that asked."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from finsage.market.asset import AssetClass
from finsage.market.store.prices import ENTERED
from finsage.platform.database import ReadSession, WriteSession

CLAIMED_FOR = timedelta(minutes=30)
"""How long an asset is left to the run that asks for it; a run that died leaves it to others after that."""

KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Claimed:
    """An asset that is to be asked for: its keys in order, and how asking for it ended last, where it was.

    ``doubts`` are the providers that may mean another asset by their key now, with the reason and what they say.
    """

    asset_id: UUID
    asset_class: AssetClass
    currency: str
    mic: str
    keys: tuple[tuple[str, str], ...]
    doubts: Mapping[str, tuple[str, str]]
    as_of: datetime | None = None
    has_problem: bool = False
    compared_at: datetime | None = None
    deviation: str | None = None
    candles_asked_at: datetime | None = None
    candles_given_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What asking for an asset led to. ``problem`` is set exactly when no price came of it.

    ``deviation`` is what other sources say where they differ, and counts where ``is_compared``.
    """

    asset_id: UUID
    provider: str | None = None
    as_of: datetime | None = None
    content_hashes: tuple[bytes, ...] = ()
    flag: str | None = None
    problem: str | None = None
    deviation: str | None = None
    is_compared: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """One run: when it was due, began and ended, what it asked and what came of it."""

    name: str
    due_at: datetime
    started_at: datetime
    finished_at: datetime
    assets: int
    requests: int
    written: int
    unchanged: int
    flagged: int
    quarantined: int
    missing: int
    failures: Sequence[Mapping[str, str]]


_TENANTS = text("SELECT id FROM tenants ORDER BY id")

# An asset that was merged into another is asked for as that one, by those names that it lacks. A JSON source is asked
# before all names or after them; its key is the id of its asset.
# Joined in Python: what was just imported has no statistics yet, and PostgreSQL then joins these tables by an index of
# the tenant alone, which takes half a minute for ten thousand assets.
_NAMED = text("""
    WITH i AS (
        SELECT asset_id, scheme, value, doubt_reason, doubt, position FROM asset_identifiers
        WHERE tenant_id = :tenant AND scheme = ANY (:schemes)
        UNION ALL
        SELECT asset_id, 'json', asset_id::text, NULL, NULL, CASE WHEN is_first THEN -1 ELSE 500 END FROM json_sources
        WHERE tenant_id = :tenant
    )
    SELECT asset_id, array_agg(scheme ORDER BY position) AS schemes, array_agg(value ORDER BY position) AS keys,
        array_agg(doubt_reason ORDER BY position) AS reasons, array_agg(doubt ORDER BY position) AS doubts
    FROM (
        SELECT DISTINCT ON (coalesce(m.into_id, i.asset_id), i.scheme) coalesce(m.into_id, i.asset_id) AS asset_id,
            i.scheme, i.value, i.doubt_reason, i.doubt,
            i.position + CASE WHEN m.into_id IS NULL THEN 0 ELSE 1000 END AS position
        FROM i LEFT JOIN asset_merges m ON m.tenant_id = :tenant AND m.asset_id = i.asset_id
        WHERE CAST(:asset AS uuid) IS NULL OR coalesce(m.into_id, i.asset_id) = :asset
        ORDER BY 1, i.scheme, m.into_id IS NOT NULL, m.merged_at, i.asset_id
    ) AS named
    GROUP BY asset_id ORDER BY asset_id
""")
_ASSETS = text("SELECT id, asset_class, currency, mic FROM assets WHERE tenant_id = :tenant AND id = ANY (:assets)")
_ASKED = text(
    "SELECT asset_id, as_of, problem IS NOT NULL AS has_problem, compared_at, deviation, candles_asked_at,"
    " candles_given_at FROM asset_refreshes WHERE tenant_id = :tenant AND asset_id = ANY (:assets)"
)
_CLAIM = text("""
    INSERT INTO asset_refreshes AS r (tenant_id, asset_id, claimed_by, claimed_until)
    SELECT :tenant, asset_id, :run, now() + :claimed_for FROM unnest(CAST(:assets AS uuid[])) AS named (asset_id)
    ON CONFLICT (tenant_id, asset_id) DO UPDATE
        SET claimed_by = excluded.claimed_by, claimed_until = excluded.claimed_until
        WHERE (r.claimed_until <= now() OR r.claimed_by = excluded.claimed_by)
          AND (r.asked_at IS NULL OR r.asked_at <= :asked_until)
    RETURNING asset_id
""")

# One statement for all: thousands of assets are no thousands of round trips.
_SETTLE = text("""
    INSERT INTO asset_refreshes AS r (tenant_id, asset_id, asked_at, provider, as_of, content_hashes, flag, problem,
        deviation, compared_at)
    SELECT :tenant, one.asset_id, CAST(:asked_at AS timestamptz), one.provider, one.as_of,
        ARRAY(SELECT decode(hash, 'hex') FROM json_array_elements_text(one.hashes) AS hash), one.flag, one.problem,
        one.deviation, CASE WHEN one.is_compared THEN now() END
    FROM json_to_recordset(CAST(:rows AS json)) AS one
        (asset_id uuid, provider text, as_of timestamptz, hashes json, flag text, problem text, deviation text,
         is_compared boolean)
    ON CONFLICT (tenant_id, asset_id) DO UPDATE SET
        claimed_by = CASE WHEN excluded.asked_at IS NULL THEN r.claimed_by END,
        claimed_until = CASE WHEN excluded.asked_at IS NULL THEN r.claimed_until ELSE '-infinity' END,
        asked_at = coalesce(excluded.asked_at, r.asked_at),
        provider = coalesce(excluded.provider, r.provider), as_of = greatest(excluded.as_of, r.as_of),
        content_hashes = CASE WHEN excluded.provider IS NULL THEN r.content_hashes ELSE excluded.content_hashes END,
        flag = CASE WHEN excluded.provider IS NULL THEN r.flag ELSE excluded.flag END,
        -- That a history did not come says nothing against the price a run has asked for.
        problem = CASE WHEN excluded.asked_at IS NULL AND excluded.problem IS NOT NULL AND r.asked_at IS NOT NULL
            THEN r.problem ELSE excluded.problem END,
        deviation = CASE WHEN excluded.compared_at IS NULL THEN r.deviation ELSE excluded.deviation END,
        compared_at = coalesce(excluded.compared_at, r.compared_at)
""")

_NOTE_BACKFILL = text(
    "INSERT INTO asset_refreshes AS r (tenant_id, asset_id, backfill_job) VALUES (:tenant, :asset, :job)"
    " ON CONFLICT (tenant_id, asset_id) DO UPDATE SET backfill_job = excluded.backfill_job"
)

_CLAIM_CANDLES = text("""
    INSERT INTO asset_refreshes AS r (tenant_id, asset_id, candles_asked_at) VALUES (:tenant, :asset, :now)
    ON CONFLICT (tenant_id, asset_id) DO UPDATE SET candles_asked_at = excluded.candles_asked_at
        WHERE r.candles_asked_at IS NULL OR r.candles_asked_at <= :asked_until
    RETURNING asset_id
""")
_NOTE_CANDLES = text(
    "UPDATE asset_refreshes SET candles_given_at = :at, candles_asked_at = greatest(candles_asked_at, :at)"
    " WHERE tenant_id = :tenant AND asset_id = :asset"
)

# What a user entered stands; a provider fills the days beside it.
_ENTERED = text(
    "SELECT asset_id, day FROM prices WHERE tenant_id = :tenant AND asset_id = ANY (:assets)"
    f" AND source IN {ENTERED} AND day >= :first"
)
_RECEIVED = text("""
    INSERT INTO provider_answers (provider, content_hash, url, received_at)
    SELECT provider, decode(hash, 'hex'), url, received_at
    FROM json_to_recordset(CAST(:rows AS json)) AS one (provider text, hash text, url text, received_at timestamptz)
    ON CONFLICT (provider, content_hash) DO UPDATE SET received_at = excluded.received_at
""")
_FORGET_ANSWERS = text("DELETE FROM provider_answers WHERE received_at < now() - :kept_for")
_ADD_RUN = text("""
    INSERT INTO refresh_runs (name, due_at, started_at, finished_at, assets, requests, written, unchanged, flagged,
        quarantined, missing, failures)
    VALUES (:name, :due_at, :started_at, :finished_at, :assets, :requests, :written, :unchanged, :flagged,
        :quarantined, :missing, CAST(:failures AS jsonb))
    ON CONFLICT (name, due_at) DO NOTHING
""")
_FORGET_RUNS = text("DELETE FROM refresh_runs WHERE finished_at < now() - :kept_for")


async def tenants(session: ReadSession) -> list[UUID]:
    """Every tenant: their assets are theirs to see, so each is looked at in a transaction of its own."""
    return list((await session.execute(_TENANTS)).scalars())


async def claim(session: WriteSession, tenant_id: UUID, run: UUID, asked_until: Mapping[UUID, datetime]) -> set[UUID]:
    """Take the assets of a tenant that were not asked for since, and that no other run is asking for.

    Args:
        session: of that tenant.
        tenant_id: whose assets.
        run: who takes them; the same run may take them again.
        asked_until: by asset, the instant at or before which it must last have been asked for.
    """
    together: dict[datetime, list[UUID]] = {}
    for asset_id, instant in asked_until.items():
        together.setdefault(instant, []).append(asset_id)
    claimed: set[UUID] = set()
    for instant, asset_ids in together.items():
        values = {
            "tenant": tenant_id, "run": run, "claimed_for": CLAIMED_FOR, "assets": asset_ids, "asked_until": instant
        }  # fmt: skip
        claimed.update((await session.execute(_CLAIM, values)).scalars())
    return claimed


async def known(session: ReadSession, tenant_id: UUID, asset_id: UUID, schemes: Sequence[str]) -> Claimed | None:
    """What is known of an asset of a tenant; None where no provider prices it."""
    found = await named(session, tenant_id, schemes, asset_id)
    return found[0] if found else None


async def named(
    session: ReadSession, tenant_id: UUID, schemes: Sequence[str], asset_id: UUID | None = None
) -> list[Claimed]:
    """The assets of a tenant that have a JSON source or a name at one of these providers, or one of them."""
    values = {"tenant": tenant_id, "schemes": list(schemes), "asset": asset_id}
    rows = (await session.execute(_NAMED, values)).all()
    if not rows:
        return []
    which = {"tenant": tenant_id, "assets": [row.asset_id for row in rows]}
    assets = {row.id: row for row in await session.execute(_ASSETS, which)}
    asked = {row.asset_id: row for row in await session.execute(_ASKED, which)}
    return [_claimed(row, assets[row.asset_id], asked.get(row.asset_id)) for row in rows]


def _claimed(row: Any, asset: Any, asked: Any) -> Claimed:
    told = zip(row.schemes, row.reasons, row.doubts, strict=True)
    return Claimed(
        row.asset_id,
        asset.asset_class,
        asset.currency,
        asset.mic,
        tuple(zip(row.schemes, row.keys, strict=True)),
        {scheme: (reason, doubt) for scheme, reason, doubt in told if reason is not None},
        *(tuple(asked)[1:] if asked else ()),
    )


async def settle(
    session: WriteSession, tenant_id: UUID, standings: Sequence[Standing], *, asked_at: datetime | None
) -> None:
    """Note how assets stand; where no price came, what was known before stays.

    Args:
        session: of the tenant.
        tenant_id: whose assets.
        standings: one per asset.
        asked_at: when they were asked for by a run, which gives them back; None where the run was not it.
    """
    rows = [
        {
            "asset_id": str(one.asset_id),
            "provider": one.provider,
            "as_of": one.as_of and one.as_of.isoformat(),
            "hashes": [digest.hex() for digest in one.content_hashes],
            "flag": one.flag,
            "problem": one.problem,
            "deviation": one.deviation,
            "is_compared": one.is_compared,
        }
        for one in standings
    ]
    await session.execute(_SETTLE, {"tenant": tenant_id, "asked_at": asked_at, "rows": json.dumps(rows)})


async def note_backfill(session: WriteSession, tenant_id: UUID, asset_id: UUID, job_id: UUID) -> None:
    """Note which job asks for the history of an asset."""
    await session.execute(_NOTE_BACKFILL, {"tenant": tenant_id, "asset": asset_id, "job": job_id})


async def claim_candles(
    session: WriteSession, tenant_id: UUID, asset_id: UUID, now: datetime, asked_until: datetime
) -> bool:
    """Take an asset whose candles within a day were last asked for at an instant or before; whether they are due."""
    values = {"tenant": tenant_id, "asset": asset_id, "now": now, "asked_until": asked_until}
    return (await session.execute(_CLAIM_CANDLES, values)).first() is not None


async def note_candles(session: WriteSession, tenant_id: UUID, asset_id: UUID, at: datetime) -> None:
    """Note up to when an asset has all candles within a day that its provider gives."""
    await session.execute(_NOTE_CANDLES, {"tenant": tenant_id, "asset": asset_id, "at": at})


async def entered(
    session: ReadSession, tenant_id: UUID, asset_ids: Collection[UUID], first: date
) -> set[tuple[UUID, date]]:
    """The days of these assets from one on that have a price a user entered."""
    values = {"tenant": tenant_id, "assets": list(asset_ids), "first": first}
    return {(row.asset_id, row.day) for row in await session.execute(_ENTERED, values)}


async def keep_received(session: WriteSession, received: Mapping[tuple[str, bytes], tuple[str, datetime]]) -> None:
    """Note which responses came, by provider and hash: from where and when."""
    rows = [
        {"provider": provider, "hash": digest.hex(), "url": url, "received_at": at.isoformat()}
        for (provider, digest), (url, at) in received.items()
    ]
    await session.execute(_RECEIVED, {"rows": json.dumps(rows)})
    await session.execute(_FORGET_ANSWERS, {"kept_for": KEPT_FOR})


async def add_run(session: WriteSession, run: Run) -> None:
    """Note a run; one that was noted already is left as it is."""
    values: dict[str, Any] = {
        "name": run.name, "due_at": run.due_at, "started_at": run.started_at, "finished_at": run.finished_at,
        "assets": run.assets, "requests": run.requests, "written": run.written, "unchanged": run.unchanged,
        "flagged": run.flagged, "quarantined": run.quarantined, "missing": run.missing,
        "failures": json.dumps([dict(one) for one in run.failures]),
    }  # fmt: skip
    await session.execute(_ADD_RUN, values)
    await session.execute(_FORGET_RUNS, {"kept_for": KEPT_FOR})
