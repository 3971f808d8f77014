"""How fresh the market data is: sources, assets, runs, and what was put aside and may be accepted or dismissed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from uuid import UUID

from finsage.finance.valuation import STALE_RATE_DAYS
from finsage.market.asset import stale_after_days
from finsage.market.candles import SECONDS
from finsage.market.close import flaw_of_close, flaw_of_day
from finsage.market.ecb import SOURCE
from finsage.market.errors import PriceDecided, PriceUnusable, QuarantinedPriceNotFound
from finsage.market.identifiers import PRICED_BY
from finsage.market.sanity import Reason
from finsage.market.service import live_rates
from finsage.market.service.json_opening import NAME as JSON
from finsage.market.service.prices import DatedValue, latest_prices, write_prices
from finsage.market.service.refresh import EVERY, REFRESH, REFRESH_NOW
from finsage.market.service.standing import Stand, stand_of, standing_of
from finsage.market.store import freshness as store
from finsage.market.store import json_sources, quarantine, rates
from finsage.market.store.freshness import Followed
from finsage.market.store.provider_states import ProviderState
from finsage.market.store.quarantine import Quarantined
from finsage.market.store.refreshes import Run
from finsage.platform import clock
from finsage.platform.audit import record
from finsage.platform.caller import Caller
from finsage.platform.database import ReadSession, WriteSession
from finsage.platform.jobs import states_of
from finsage.platform.queue import last_due
from finsage.platform.settings import Settings

__all__ = [
    "AssetHealth", "Backfill", "DataHealth", "Quarantined", "RatesHealth", "Run", "SourceHealth", "accept",
    "data_health", "dismiss",
]  # fmt: skip

ASSETS_MAX = 500
QUARANTINE_MAX = 200
RUNS_MAX = 24
_NOT_PRICES_OF_IT = {Reason.WRONG_CURRENCY, Reason.MIXED_ADJUSTMENT}


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """A provider of the settings and how it stands, and how many assets here have their price of it."""

    provider: str
    stand: Stand
    state: ProviderState
    assets: int


@dataclass(frozen=True, slots=True)
class Backfill:
    """Asking for the history of an asset: ``progress`` in [0, 1], None before it began."""

    job_id: UUID
    state: str
    progress: float | None


@dataclass(frozen=True, slots=True)
class AssetHealth:
    """An asset that is asked for, and its newest price. ``backfill`` is there until its history has come."""

    followed: Followed
    price: DatedValue | None
    age_days: int | None
    is_stale: bool
    backfill: Backfill | None


@dataclass(frozen=True, slots=True)
class RatesHealth:
    """The exchange rates: whether they are asked for, and the day of the newest."""

    is_live: bool
    last_day: date | None
    age_days: int | None
    is_stale: bool
    last_run: Run | None


@dataclass(frozen=True, slots=True)
class DataHealth:
    """All of it. ``lag_seconds`` is how long after its due time the last run began; None before the first."""

    sources: list[SourceHealth]
    rates: RatesHealth
    assets: list[AssetHealth]
    assets_total: int
    quarantine: list[Quarantined]
    quarantine_total: int
    runs: list[Run]
    next_run_at: datetime
    lag_seconds: float | None
    is_late: bool


async def data_health(session: ReadSession, settings: Settings) -> DataHealth:
    """How the market data of the session's tenant stands."""
    now = clock.now()
    runs = await store.runs(session, [REFRESH, REFRESH_NOW], RUNS_MAX)
    # A run that somebody wished for says nothing about the schedule.
    scheduled = await store.runs(session, [REFRESH], 1)
    followed, assets_total = await store.followed(session, PRICED_BY, ASSETS_MAX)
    latest = await latest_prices(session, [one.asset_id for one in followed], on=now.date())
    backfills = await states_of(session, [one.backfill_job for one in followed if one.backfill_job])
    doubted, doubted_total = await quarantine.undecided(session, QUARANTINE_MAX)
    return DataHealth(
        await _sources(session, settings, now),
        await _rates(session, settings, now.date()),
        [_asset(one, latest.get(one.asset_id), now.date(), backfills) for one in followed],
        assets_total,
        doubted,
        doubted_total,
        runs,
        last_due(EVERY, now) + EVERY,
        (scheduled[0].started_at - scheduled[0].due_at).total_seconds() if scheduled else None,
        not scheduled or now - scheduled[0].finished_at > 2 * EVERY + timedelta(minutes=5),
    )


async def _sources(session: ReadSession, settings: Settings, now: datetime) -> list[SourceHealth]:
    assets = await store.priced_by(session)
    standing = await standing_of(session, settings, dict.fromkeys(settings.providers), now)
    sources = []
    for name, one in standing.items():
        if name == JSON:
            sources += await _json_sources(session, now, assets.get(name, 0))
        else:
            sources.append(SourceHealth(name, one.stand, one.state, assets.get(name, 0)))
    return sources


async def _json_sources(session: ReadSession, now: datetime, assets: int) -> list[SourceHealth]:
    """How the JSON sources of the tenant stand together; nothing where it has none."""
    found = await json_sources.standing(session)
    if not found.sources:
        return []
    state = ProviderState(
        JSON,
        answered_at=found.answered_at,
        failed_at=found.failed_at,
        problem=found.problem,
        detail=found.detail,
        newest_price_at=found.newest_price_at,
    )
    return [SourceHealth(JSON, stand_of(state, now), state, assets)]


async def _rates(session: ReadSession, settings: Settings, today: date) -> RatesHealth:
    last_day = max((await rates.last_days(session, SOURCE)).values(), default=None)
    age_days = (today - last_day).days if last_day else None
    runs = await store.runs(session, [live_rates.REFRESH], 1)
    is_stale = age_days is None or age_days > STALE_RATE_DAYS
    return RatesHealth(settings.live_rates, last_day, age_days, is_stale, runs[0] if runs else None)


def _asset(
    followed: Followed,
    price: DatedValue | None,
    today: date,
    backfills: Mapping[UUID, tuple[str, float | None]],
) -> AssetHealth:
    age_days = (today - price.day).days if price else None
    is_stale = age_days is None or age_days > stale_after_days(followed.asset_class)
    found = backfills.get(followed.backfill_job) if followed.backfill_job else None
    backfill = None
    if followed.backfill_job and found is not None and found[0] != "done":
        backfill = Backfill(followed.backfill_job, *found)
    return AssetHealth(followed, price, age_days, is_stale, backfill)


async def accept(session: WriteSession, caller: Caller, quarantine_id: UUID) -> Quarantined:
    """Believe a price that was put aside: it is written as that provider's, in place of what stood on its day.

    Raises:
        QuarantinedPriceNotFound: absent, or another tenant's.
        PriceDecided: it was accepted or dismissed before.
        PriceUnusable: it is no close of this asset: no number above zero, another currency, other corrections, or of
            an interval within a day.
    """
    found = await _undecided(session, quarantine_id)
    why_not = unusable(found)
    if why_not is not None:
        raise PriceUnusable(why_not)
    close = (found.asset_id, found.day, Decimal(found.value))
    await write_prices(session, caller.tenant_id, [close], source=found.provider)
    await quarantine.decide(session, quarantine_id, "accepted")
    await record(session, caller, "price.accepted", object_kind="asset", object_id=found.asset_id)
    return replace(found, state="accepted")


async def dismiss(session: WriteSession, caller: Caller, quarantine_id: UUID) -> Quarantined:
    """Put a price away for good: the same of the same day does not come back.

    Raises:
        QuarantinedPriceNotFound: absent, or another tenant's.
        PriceDecided: it was accepted or dismissed before.
    """
    found = await _undecided(session, quarantine_id)
    await quarantine.decide(session, quarantine_id, "dismissed")
    await record(session, caller, "price.dismissed", object_kind="asset", object_id=found.asset_id)
    return replace(found, state="dismissed")


async def _undecided(session: WriteSession, quarantine_id: UUID) -> Quarantined:
    found = await quarantine.take(session, quarantine_id)
    if found is None:
        raise QuarantinedPriceNotFound("There is no such price. GET /data-health lists those that were put aside.")
    if found.state != "open":
        raise PriceDecided(f"It was {found.state} before.")
    return found


def unusable(found: Quarantined) -> str | None:
    """Why a price that was put aside is no close of its asset and cannot be accepted; None where it can."""
    if found.seconds < SECONDS["1d"]:
        return "It is of an interval within its day, and no close. Dismiss it."
    if found.reason in _NOT_PRICES_OF_IT:
        return f"{found.detail} Dismiss it, and enter the price by hand."
    try:
        flaw = flaw_of_close(Decimal(found.value)) or flaw_of_day(found.day)
    except InvalidOperation:
        return "It is no number. Dismiss it."
    return f"A price {flaw}." if flaw else None
