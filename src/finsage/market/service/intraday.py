"""Prices within a day as providers give them: asked for with the history of an asset, and then once a day.

What is given is believed as closes are, or put aside. A candle of all that was traded stands before what was made of
latest prices; prices of instants are no more than those, and fill intervals that have none.
"""

from __future__ import annotations

import asyncio
from collections import Counter as Count
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

from prometheus_client import Counter

from finsage.errors import FinSageError, Limited, Unavailable
from finsage.market.candles import (
    GIVEN,
    SECONDS,
    SETTLED,
    Given,
    OpenHighLowClose,
    Tick,
    folded,
    hours_of,
    start_of,
    whole,
)
from finsage.market.identifiers import PRICED_BY
from finsage.market.providers.protocol import Split
from finsage.market.sanity import Expected, Reason, Verdict, is_beyond, judge_candles
from finsage.market.service.asking import note_answers, open_providers, pricing
from finsage.market.service.judging import DOUBTED_PER_REASON_MAX, SPLIT_CLASSES, Due, Said, good, hashes_of
from finsage.market.service.prices import latest_prices
from finsage.market.service.splits import splits_of
from finsage.market.store import candles as store
from finsage.market.store import prices, quarantine, refreshes, watchlists
from finsage.market.store.quarantine import Doubted
from finsage.market.store.refreshes import Claimed
from finsage.platform import clock
from finsage.platform.database import ReadSession, WriteSession
from finsage.platform.jobs import JobContext
from finsage.platform.telemetry import REGISTRY

if TYPE_CHECKING:
    from finsage.market.providers.choice import Failure
    from finsage.market.providers.pricing import Told, Wanted
    from finsage.market.providers.protocol import Candle, Source

REFRESH = "market.refresh_candles"
EVERY = timedelta(hours=1)
ASKED_AGAIN = timedelta(hours=20)
KEYS_PER_RUN = 60
"""Keys of one provider that a run asks for, as each takes a request; the others wait for the next hour."""

FAILED_RUNNING_MAX = 5
LEVEL_MAX = Decimal("1.4")
"""How many times apart the last price of a day and its close may be; a split of 3 for 2 is more."""

_AGAIN_FROM = timedelta(hours=2)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

CANDLES = Counter(
    "finsage_provider_candles",
    "Candles within a day that providers gave, by what became of them",
    ("source", "outcome"),
    registry=REGISTRY,
)

Owned: TypeAlias = Callable[[ReadSession], Awaitable[set[UUID]]]
"""The assets that the session's tenant owns."""

_BOOKS: list[Owned] = []


def owned_by(books: Owned) -> None:
    """Have what is owned asked for there: the books belong to a slice above this one."""
    _BOOKS.append(books)


@dataclass(slots=True)
class Within:
    """What a provider gave of one asset within its days, judged, by width.

    ``whole`` is of all that was traded, ``sampled`` of prices of instants.
    """

    whole: dict[Given, list[OpenHighLowClose]] = field(default_factory=dict)
    sampled: dict[Given, list[OpenHighLowClose]] = field(default_factory=dict)
    doubted: list[Doubted] = field(default_factory=list)
    refused: int = 0


async def put(session: WriteSession, tenant_id: UUID, asset: Claimed, told: Sequence[Told], *, is_anew: bool) -> None:
    """Judge what a provider gave of an asset, write what is good and put aside what is not.

    Args:
        session: of the tenant.
        tenant_id: whose asset it is.
        asset: the asset.
        told: by one provider.
        is_anew: whether it stands in place of what was given before, too.
    """
    candles = [candle for one in told for candle in one.history.candles]
    if not candles:
        return
    first = min(candle.start for candle in candles).date()
    before = await latest_prices(session, [asset.asset_id], on=first - timedelta(days=1))
    last = good(asset, before.get(asset.asset_id))
    splits = (await splits_of(session, [asset.asset_id], since=first - timedelta(days=1))).get(asset.asset_id, ())
    told_splits = tuple(Split("", one.day, one.units_before, one.units_after) for one in splits)
    expected = Due(asset, last).expected(told_splits)
    last_day = max(candle.start for candle in candles).date()
    closes = {row.day: row.close for row in await prices.rows(session, asset.asset_id, first, last_day)}
    within = await asyncio.to_thread(judged, asset, told, expected, closes, clock.now())
    entered = {day for _, day in await refreshes.entered(session, tenant_id, [asset.asset_id], first)}
    written = 0
    for width in GIVEN:
        given, sampled = (_free(found.get(width, ()), entered) for found in (within.whole, within.sampled))
        seconds = SECONDS[width]
        written += await store.give(session, tenant_id, given, seconds, over="all" if is_anew else "made")
        written += await store.give(session, tenant_id, sampled, seconds, over="none")
    if within.doubted:
        await quarantine.put(session, tenant_id, within.doubted)
    CANDLES.labels(told[0].provider, "written").inc(written)
    CANDLES.labels(told[0].provider, "put_aside").inc(within.refused)


def has_any(told: Iterable[Told]) -> bool:
    """Whether there is a candle; of nothing it is asked for again from where it was."""
    return any(one.history.candles for one in told)


def _free(candles: Iterable[OpenHighLowClose], entered: set[date]) -> list[OpenHighLowClose]:
    return [candle for candle in candles if candle.start.astimezone(UTC).date() not in entered]


def judged(
    asset: Claimed, told: Sequence[Told], expected: Expected, closes: Mapping[date, Decimal], now: datetime
) -> Within:
    """What may be written of what a provider gave of an asset within its days, and what is put aside.

    Left out without a word is what may still change, and what does not begin where its interval does.

    Args:
        asset: the asset.
        told: by one provider, each width at most once.
        expected: what is known of it; the last good price is of before the first candle.
        closes: of its days, as traded.
        now: an aware instant.
    """
    within, ticks = Within(), dict[Given, list[Tick]]()
    for one in told:
        width: Given = "5m" if one.history.interval == "5m" else "1h"
        believed = _believed(asset, one, _verdicts(asset, one, expected, closes, now), within)
        whole_ones = [bar for candle in believed if (bar := _bar(asset.asset_id, candle, width)) is not None]
        within.whole[width] = [bar for bar in whole_ones if _is_settled(bar, width, now)]
        ticks[width] = [Tick(asset.asset_id, candle.start, candle.close) for candle in believed if candle.open is None]
    hours = {bar.start: bar for bar in hours_of(within.whole.get("5m", ()), now - SETTLED)}
    hours |= {bar.start: bar for bar in within.whole.get("1h", ())}
    within.whole["1h"] = list(hours.values())
    for width in GIVEN:
        known = ticks.get("5m", []) + (ticks.get("1h", []) if width == "1h" else [])
        within.sampled[width] = [bar for bar in folded(known, width) if _is_settled(bar, width, now)]
    return within


def _verdicts(
    asset: Claimed, told: Told, expected: Expected, closes: Mapping[date, Decimal], now: datetime
) -> list[Verdict]:
    candles = told.history.candles
    doubt = asset.doubts.get(told.provider)
    if doubt is not None:
        return [Verdict("quarantine", Reason(doubt[0]), doubt[1])] * len(candles)
    verdicts = judge_candles(told.history, expected, now)
    if asset.asset_class not in SPLIT_CLASSES:
        return verdicts
    # A provider corrects a day for a split before it tells of it with the first candle after it.
    ends = {candle.day: candle.close for candle, one in zip(candles, verdicts, strict=True) if one.reason is None}
    odd = {
        day: Verdict("quarantine", Reason.MIXED_ADJUSTMENT, f"Its day ends at {end} here and closed at {closes[day]}.")
        for day, end in ends.items()
        if day in closes and is_beyond(end, closes[day], LEVEL_MAX)
    }
    return [
        odd.get(candle.day, one) if one.reason is None else one for candle, one in zip(candles, verdicts, strict=True)
    ]


def _believed(asset: Claimed, told: Told, verdicts: Sequence[Verdict], within: Within) -> list[Candle]:
    history = told.history
    seconds = SECONDS["5m" if history.interval == "5m" else "1h"]
    said = Said(asset.asset_id, told.provider, history.currency, hashes_of(told.sources), seconds)
    believed, refused = list["Candle"](), Count[str]()
    seen: set[tuple[date, str, str]] = set()
    for candle, verdict in zip(history.candles, verdicts, strict=True):
        if verdict.decision != "quarantine":
            believed.append(candle)
            continue
        reason = str(verdict.reason)
        refused[reason] += 1
        same = candle.day, reason, str(candle.close)
        if refused[reason] <= DOUBTED_PER_REASON_MAX and same not in seen:
            seen.add(same)
            detail = f"{candle.start.astimezone(UTC):%H:%M} UTC, {history.interval}: {verdict.detail}"
            within.doubted.append(said.doubted(candle.day, candle.close, Verdict("quarantine", verdict.reason, detail)))
    within.refused += refused.total()
    return believed


def _bar(asset_id: UUID, candle: Candle, width: Given) -> OpenHighLowClose | None:
    if start_of(candle.start, width) != candle.start:
        return None
    prices = (candle.open, candle.high, candle.low, candle.close)
    return whole(asset_id, candle.start, prices, candle.volume, width)


def _is_settled(bar: OpenHighLowClose, width: Given, now: datetime) -> bool:
    return bar.start + timedelta(seconds=SECONDS[width]) <= now - SETTLED


# Once a day


@dataclass(frozen=True, slots=True)
class _Due:
    tenant_id: UUID
    asset: Claimed

    @property
    def asked_at(self) -> datetime:
        return self.asset.candles_asked_at or _LONG_AGO

    @property
    def since(self) -> datetime | None:
        """From when on it is asked for: some hours twice, as the last of them had not ended; None for all there is."""
        given_at = self.asset.candles_given_at
        return None if given_at is None else start_of(given_at - _AGAIN_FROM, "1h")


@dataclass(slots=True)
class _Pace:
    """How often a run has asked each provider, and who is to be left alone by it."""

    asked: Count[str] = field(default_factory=Count)
    failing: Count[str] = field(default_factory=Count)
    resting: set[str] = field(default_factory=set)

    def may_ask(self, name: str) -> bool:
        return name not in self.resting and self.asked[name] < KEYS_PER_RUN

    def note(self, name: str, error: FinSageError | None) -> None:
        self.asked[name] += 1
        self.failing[name] = 0 if error is None else self.failing[name] + 1
        if isinstance(error, (Limited, Unavailable)) or self.failing[name] >= FAILED_RUNNING_MAX:
            self.resting.add(name)


async def refresh_candles(job: JobContext) -> None:
    """Ask for the candles within a day of what is owned or watched: each asset once a day, each key once for all."""
    async with job.database.read() as session:
        tenants = await refreshes.tenants(session)
    until, due = clock.now() - ASKED_AGAIN, list[_Due]()
    for tenant_id in tenants:
        async with job.database.read(tenant_id) as session:
            followed = await _followed(session)
            named = await refreshes.named(session, tenant_id, PRICED_BY) if followed else []
        due += [
            one for asset in named if asset.asset_id in followed and (one := _Due(tenant_id, asset)).asked_at <= until
        ]
    if due:
        await _ask(job, due, until)
    async with job.effect(is_announced=False):
        pass


async def _followed(session: ReadSession) -> set[UUID]:
    found = {asset_id for one in await watchlists.watchlists(session) for asset_id in one.asset_ids}
    for books in _BOOKS:
        found |= await books(session)
    return found


async def _ask(job: JobContext, due: Sequence[_Due], until: datetime) -> None:
    providers = await open_providers(job)
    giving = pricing().giving_candles(providers)
    groups: dict[Wanted, list[_Due]] = {}
    for one in due:
        keys = tuple(pair for pair in one.asset.keys if pair[0] in giving)
        if keys:
            groups.setdefault(pricing().Wanted(one.asset.currency, keys), []).append(one)
    pace, failures, received = _Pace(), list["Failure"](), list[tuple[str, "Source"]]()
    for what in sorted(groups, key=lambda what: min(one.asked_at for one in groups[what])):
        name, now = what.keys[0][0], clock.now()
        if not pace.may_ask(name):
            continue
        claimed = [one for one in groups[what] if await _is_claimed(job, one, now, until)]
        if not claimed:
            continue
        sinces = [one.since for one in claimed if one.since is not None]
        since = min(sinces) if len(sinces) == len(claimed) else None
        told, is_all = await pricing().candles(providers, what, since, failures)
        pace.note(name, None if is_all else failures[-1].error)
        received += [(one.provider, source) for one in told for source in one.sources]
        for one in claimed:
            async with job.database.write(one.tenant_id, is_announced=bool(told)) as session:
                await put(session, one.tenant_id, one.asset, told, is_anew=False)
                if is_all and has_any(told):
                    await refreshes.note_candles(session, one.tenant_id, one.asset.asset_id, now)
    await note_answers(job, providers, received, failures)


async def _is_claimed(job: JobContext, one: _Due, now: datetime, until: datetime) -> bool:
    async with job.database.write(one.tenant_id, is_announced=False) as session:
        return await refreshes.claim_candles(session, one.tenant_id, one.asset.asset_id, now, until)
