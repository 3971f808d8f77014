"""The wire shapes of how fresh market data is."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from finsage.platform.wire import Dec, Wire

Circuit = Literal["closed", "open"]
SourceState = Literal["answers", "failing", "resting", "refused", "needs_key", "not_set_up", "never_asked"]


class SourceOut(Wire):
    """A provider of the settings, in their order.

    ``state``: it answers; it failed last; it rests, as it wants so or failed repeatedly; it refuses its key; it lacks
    one; it lacks what ``failure`` names, such as an extra; or it was never asked. ``circuit``, ``retries_left`` and
    ``asks_per_minute`` are null where its own library asks it or nobody did yet.
    """

    provider: str
    state: SourceState
    answered_at: datetime | None
    failed_at: datetime | None
    problem: str | None
    failure: str | None
    circuit: Circuit | None
    resting_until: datetime | None
    retries_left: float | None
    asks_per_minute: float | None
    assets: int
    newest_price_at: datetime | None


class BackfillOut(Wire):
    """The job that asks for an asset's history; there until it has come."""

    job_id: UUID
    state: Literal["queued", "running", "failed"]
    progress: float | None


class AssetHealthOut(Wire):
    """An asset that is asked for. ``problem`` says why the last run brought no price, ``flag`` what is odd about it."""

    asset_id: UUID
    symbol: str
    name: str
    provider: str | None
    price: Dec | None
    currency: str
    day: date | None
    age_days: int | None
    is_stale: bool
    asked_at: datetime | None
    flag: str | None
    problem: str | None
    backfill: BackfillOut | None


class QuarantinedOut(Wire):
    """A price that was not believed, as the provider's text; it may be no number.

    ``interval`` is what it is the last price of. One that is no close of its asset, such as one below zero, is not
    ``is_acceptable``: it can be dismissed alone.
    """

    id: UUID
    asset_id: UUID
    symbol: str
    provider: str
    day: date
    value: str
    currency: str | None
    reason: str
    detail: str
    times: int
    found_at: datetime
    seen_at: datetime
    state: Literal["open", "accepted", "dismissed"]
    interval: Literal["5m", "1h", "1d"]
    is_acceptable: bool


class RunFailure(Wire):
    """A provider that failed in a run, by the slug of its problem."""

    provider: str
    problem: str
    detail: str


class RunOut(Wire):
    """One run over all assets of the installation."""

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
    failures: list[RunFailure]


class RatesHealthOut(Wire):
    """The exchange rates: whether they are asked for each working day, and how old the newest are."""

    is_live: bool
    last_day: date | None
    age_days: int | None
    is_stale: bool
    last_run: RunOut | None


class DataHealthOut(Wire):
    """How fresh the market data is: at most 500 assets, oldest first, 24 runs, 200 prices put aside.

    Of these, closes that can be accepted stand first.
    """

    sources: list[SourceOut]
    rates: RatesHealthOut
    assets: list[AssetHealthOut]
    assets_total: int
    quarantine: list[QuarantinedOut]
    quarantine_total: int
    runs: list[RunOut]
    next_run_at: datetime
    lag_seconds: float | None
    is_late: bool


class RefreshAsked(Wire):
    """The job that asks for all prices of this tenant now; ``GET /jobs/{id}`` tells how it goes."""

    job_id: UUID
