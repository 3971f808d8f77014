"""How each asset stands with its providers, what was received, and the runs that asked."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from finsage.market.asset import AssetClass
from finsage.platform.database import ReadSession, WriteSession

CLAIMED_FOR = timedelta(minutes=30)
"""How long an asset is left to the run that asks for it; a run that died leaves it to others after that."""

KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Claimed:
    """An asset that is to be asked for: its keys in order, and when its last price was true, where that is known."""

    asset_id: UUID
    asset_class: AssetClass
    currency: str
    keys: tuple[tuple[str, str], ...]
    as_of: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What asking for an asset led to. ``problem`` is set exactly when no price came of it."""

    asset_id: UUID
    provider: str | None = None
    as_of: datetime | None = None
    content_hashes: tuple[bytes, ...] = ()
    flag: str | None = None
    problem: str | None = None


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

# Joined in Python: what was just imported has no statistics yet, and PostgreSQL then joins these tables by an index of
# the tenant alone, which takes half a minute for ten thousand assets.
_NAMED = text("""
    SELECT asset_id, array_agg(scheme ORDER BY position) AS schemes, array_agg(value ORDER BY position) AS keys
    FROM asset_identifiers
    WHERE tenant_id = :tenant AND scheme = ANY (:schemes) AND (CAST(:asset AS uuid) IS NULL OR asset_id = :asset)
    GROUP BY asset_id ORDER BY asset_id
""")
_ASSETS = text("SELECT id, asset_class, currency FROM assets WHERE tenant_id = :tenant AND id = ANY (:assets)")
_AS_OF = text("SELECT as_of FROM asset_refreshes WHERE tenant_id = :tenant AND asset_id = :asset")
_CLAIM = text("""
    INSERT INTO asset_refreshes AS r (tenant_id, asset_id, claimed_by, claimed_until)
    SELECT :tenant, asset_id, :run, now() + :claimed_for FROM unnest(CAST(:assets AS uuid[])) AS named (asset_id)
    ON CONFLICT (tenant_id, asset_id) DO UPDATE
        SET claimed_by = excluded.claimed_by, claimed_until = excluded.claimed_until
        WHERE (r.claimed_until <= now() OR r.claimed_by = excluded.claimed_by)
          AND (r.asked_at IS NULL OR r.asked_at <= :asked_until)
    RETURNING asset_id, as_of
""")

# One statement for all: thousands of assets are no thousands of round trips.
_SETTLE = text("""
    INSERT INTO asset_refreshes AS r (tenant_id, asset_id, asked_at, provider, as_of, content_hashes, flag, problem)
    SELECT :tenant, one.asset_id, CAST(:asked_at AS timestamptz), one.provider, one.as_of,
        ARRAY(SELECT decode(hash, 'hex') FROM json_array_elements_text(one.hashes) AS hash), one.flag, one.problem
    FROM json_to_recordset(CAST(:rows AS json)) AS one
        (asset_id uuid, provider text, as_of timestamptz, hashes json, flag text, problem text)
    ON CONFLICT (tenant_id, asset_id) DO UPDATE SET
        claimed_by = CASE WHEN excluded.asked_at IS NULL THEN r.claimed_by END,
        claimed_until = CASE WHEN excluded.asked_at IS NULL THEN r.claimed_until ELSE '-infinity' END,
        asked_at = coalesce(excluded.asked_at, r.asked_at),
        provider = coalesce(excluded.provider, r.provider), as_of = greatest(excluded.as_of, r.as_of),
        content_hashes = CASE WHEN excluded.provider IS NULL THEN r.content_hashes ELSE excluded.content_hashes END,
        flag = CASE WHEN excluded.provider IS NULL THEN r.flag ELSE excluded.flag END, problem = excluded.problem
""")

# What a user entered stands; a provider fills the days beside it.
_ENTERED = text(
    "SELECT asset_id, day FROM prices WHERE tenant_id = :tenant AND asset_id = ANY (:assets)"
    " AND source IN ('manual', 'csv') AND day >= :first"
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


async def claim(
    session: WriteSession, tenant_id: UUID, run: UUID, schemes: Sequence[str], *, coins: datetime, others: datetime
) -> list[Claimed]:
    """Take the assets of a tenant that were not asked for since, and that no other run is asking for.

    Args:
        session: of that tenant.
        tenant_id: whose assets.
        run: who takes them; the same run may take them again.
        schemes: the providers that price assets.
        coins: assets that trade every day are due when last asked for at or before this.
        others: the same for all others.
    """
    found = await _named(session, tenant_id, schemes)
    claimed: list[Claimed] = []
    for is_coin, asked_until in ((True, coins), (False, others)):
        group = {one.asset_id: one for one in found if (one.asset_class == "crypto") is is_coin}
        if not group:
            continue
        values = {
            "tenant": tenant_id, "run": run, "claimed_for": CLAIMED_FOR, "assets": list(group),
            "asked_until": asked_until,
        }  # fmt: skip
        rows = await session.execute(_CLAIM, values)
        claimed += [replace(group[row.asset_id], as_of=row.as_of) for row in rows]
    return claimed


async def known(session: ReadSession, tenant_id: UUID, asset_id: UUID, schemes: Sequence[str]) -> Claimed | None:
    """What is known of an asset of a tenant; None where no provider prices it."""
    found = await _named(session, tenant_id, schemes, asset_id)
    if not found:
        return None
    as_of = (await session.execute(_AS_OF, {"tenant": tenant_id, "asset": asset_id})).scalar_one_or_none()
    return replace(found[0], as_of=as_of)


async def _named(
    session: ReadSession, tenant_id: UUID, schemes: Sequence[str], asset_id: UUID | None = None
) -> list[Claimed]:
    values = {"tenant": tenant_id, "schemes": list(schemes), "asset": asset_id}
    named = (await session.execute(_NAMED, values)).all()
    if not named:
        return []
    ids = [row.asset_id for row in named]
    rows = await session.execute(_ASSETS, {"tenant": tenant_id, "assets": ids})
    assets = {row.id: row for row in rows}
    return [
        Claimed(
            row.asset_id,
            assets[row.asset_id].asset_class,
            assets[row.asset_id].currency,
            tuple(zip(row.schemes, row.keys, strict=True)),
            None,
        )
        for row in named
    ]


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
        }
        for one in standings
    ]
    await session.execute(_SETTLE, {"tenant": tenant_id, "asked_at": asked_at, "rows": json.dumps(rows)})


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


@dataclass(frozen=True, slots=True)
class Followed:
    """An asset that is asked for: when it was, who answered, and what is to be said about it."""

    asset_id: UUID
    symbol: str
    name: str
    asset_class: AssetClass
    currency: str
    provider: str | None = None
    as_of: datetime | None = None
    asked_at: datetime | None = None
    flag: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class SourceState:
    """A provider that answered within the days answers are kept, and the assets of the tenant it prices."""

    provider: str
    received_at: datetime
    assets: int
    as_of: datetime | None


_RUNS = text("""
    SELECT name, due_at, started_at, finished_at, assets, requests, written, unchanged, flagged, quarantined, missing,
        failures
    FROM refresh_runs WHERE name = :name ORDER BY due_at DESC LIMIT :limit
""")
_FOLLOWED = text("SELECT DISTINCT asset_id FROM asset_identifiers WHERE scheme = ANY (:schemes)")
_STANDINGS = text("SELECT asset_id, provider, as_of, asked_at, flag, problem FROM asset_refreshes")
_NAMES = text("SELECT id, symbol, name, asset_class, currency FROM assets WHERE id = ANY (:assets)")
_SOURCES = text("""
    SELECT p.provider, p.received_at, count(r.asset_id) AS assets, max(r.as_of) AS as_of
    FROM (SELECT provider, max(received_at) AS received_at FROM provider_answers GROUP BY provider) p
    LEFT JOIN asset_refreshes r ON r.provider = p.provider
    GROUP BY p.provider, p.received_at ORDER BY p.provider
""")


async def runs(session: ReadSession, name: str, limit: int) -> list[Run]:
    """The last runs, newest first."""
    rows = await session.execute(_RUNS, {"name": name, "limit": limit})
    return [Run(**row) for row in rows.mappings()]


async def followed(session: ReadSession, schemes: Sequence[str], limit: int) -> tuple[list[Followed], int]:
    """The assets of the session's tenant that are asked for, those without a price and the oldest first; how many."""
    ids = list((await session.execute(_FOLLOWED, {"schemes": list(schemes)})).scalars())
    standings = {row.asset_id: row for row in await session.execute(_STANDINGS)}
    never = datetime.min.replace(tzinfo=UTC)

    def age(asset_id: UUID) -> tuple[datetime, UUID]:
        return (asset_id in standings and standings[asset_id].as_of) or never, asset_id

    shown = sorted(ids, key=age)[:limit]
    assets = {row.id: row for row in await session.execute(_NAMES, {"assets": shown})}
    return [_followed(assets[asset_id], standings.get(asset_id)) for asset_id in shown], len(ids)


def _followed(asset: Any, standing: Any) -> Followed:
    told = (standing.provider, standing.as_of, standing.asked_at, standing.flag, standing.problem) if standing else ()
    return Followed(asset.id, asset.symbol, asset.name, asset.asset_class, asset.currency, *told)


async def sources(session: ReadSession) -> list[SourceState]:
    """The providers that answered, by name."""
    return [SourceState(**row) for row in (await session.execute(_SOURCES)).mappings()]
