"""How fresh the market data is: sources, assets, runs, and what was put aside and may be accepted or dismissed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from uuid import UUID

from finsage.market.asset import stale_after_days
from finsage.market.close import flaw_of_close, flaw_of_day
from finsage.market.errors import PriceDecided, PriceUnusable, QuarantinedPriceNotFound
from finsage.market.identifiers import PRICED_BY
from finsage.market.sanity import Reason
from finsage.market.service.prices import DatedValue, latest_prices, write_prices
from finsage.market.service.refresh import EVERY, REFRESH
from finsage.market.store import quarantine
from finsage.market.store import refreshes as store
from finsage.market.store.quarantine import Quarantined
from finsage.market.store.refreshes import Followed, Run, SourceState
from finsage.platform import clock
from finsage.platform.audit import record
from finsage.platform.caller import Caller
from finsage.platform.database import ReadSession, WriteSession

__all__ = ["AssetHealth", "DataHealth", "Quarantined", "Run", "SourceHealth", "accept", "data_health", "dismiss"]

ASSETS_MAX = 500
QUARANTINE_MAX = 200
RUNS_MAX = 24
_NOT_PRICES_OF_IT = {Reason.WRONG_CURRENCY, Reason.MIXED_ADJUSTMENT}


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """A provider: when it last answered, how many assets here have their price of it, and its last failure."""

    state: SourceState
    failed_at: datetime | None
    failure: str | None


@dataclass(frozen=True, slots=True)
class AssetHealth:
    """An asset that is asked for, and its newest price."""

    followed: Followed
    price: DatedValue | None
    age_days: int | None
    is_stale: bool


@dataclass(frozen=True, slots=True)
class DataHealth:
    """All of it. ``lag_seconds`` is how long after its due time the last run began; None before the first."""

    sources: list[SourceHealth]
    assets: list[AssetHealth]
    assets_total: int
    quarantine: list[Quarantined]
    quarantine_total: int
    runs: list[Run]
    next_run_at: datetime
    lag_seconds: float | None
    is_late: bool


async def data_health(session: ReadSession) -> DataHealth:
    """How the market data of the session's tenant stands."""
    now = clock.now()
    runs = await store.runs(session, REFRESH, RUNS_MAX)
    followed, assets_total = await store.followed(session, PRICED_BY, ASSETS_MAX)
    latest = await latest_prices(session, [one.asset_id for one in followed], on=now.date())
    doubted, doubted_total = await quarantine.undecided(session, QUARANTINE_MAX)
    seconds = EVERY.total_seconds()
    next_run_at = datetime.fromtimestamp((now.timestamp() // seconds + 1) * seconds, now.tzinfo)
    return DataHealth(
        [_source(state, runs) for state in await store.sources(session)],
        [_asset(one, latest.get(one.asset_id), now.date()) for one in followed],
        assets_total,
        doubted,
        doubted_total,
        runs,
        next_run_at,
        (runs[0].started_at - runs[0].due_at).total_seconds() if runs else None,
        not runs or now - runs[0].finished_at > 2 * EVERY + timedelta(minutes=5),
    )


def _source(state: SourceState, runs: list[Run]) -> SourceHealth:
    for run in runs:
        for failure in run.failures:
            if failure["provider"] == state.provider:
                return SourceHealth(state, run.finished_at, failure["detail"])
    return SourceHealth(state, None, None)


def _asset(followed: Followed, price: DatedValue | None, today: date) -> AssetHealth:
    age_days = (today - price.day).days if price else None
    is_stale = age_days is None or age_days > stale_after_days(followed.asset_class)
    return AssetHealth(followed, price, age_days, is_stale)


async def accept(session: WriteSession, caller: Caller, quarantine_id: UUID) -> Quarantined:
    """Believe a price that was put aside: it is written as that provider's, in place of what stood on its day.

    Raises:
        QuarantinedPriceNotFound: absent, or another tenant's.
        PriceDecided: it was accepted or dismissed before.
        PriceUnusable: it is no price of this asset: no number above zero, another currency, other corrections.
    """
    found = await _undecided(session, quarantine_id)
    if found.reason in _NOT_PRICES_OF_IT:
        raise PriceUnusable(f"{found.detail} Dismiss it, and enter the price by hand.")
    close = _close(found)
    await write_prices(session, caller.tenant_id, [(found.asset_id, found.day, close)], source=found.provider)
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


def _close(found: Quarantined) -> Decimal:
    try:
        close = Decimal(found.value)
    except InvalidOperation as error:
        raise PriceUnusable("It is no number.") from error
    flaw = flaw_of_close(close) or flaw_of_day(found.day)
    if flaw:
        raise PriceUnusable(f"A price {flaw}.")
    return close
