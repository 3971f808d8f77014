"""What providers said of assets, judged: what is to be written, what is put aside, and how each asset stands.

Nothing here asks anybody or reads the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from finsage.finance.money import exact
from finsage.market.asset import stale_after_days
from finsage.market.candles import OpenHighLowClose, Tick, whole
from finsage.market.sanity import Expected, Good, Reason, Verdict, deviations, judge_history, judge_quote
from finsage.market.service.prices import Close, DatedValue
from finsage.market.splits import as_traded
from finsage.market.store.quarantine import Doubted
from finsage.market.store.refreshes import Claimed, Standing
from finsage.market.trading_hours import session_day, zone_of

if TYPE_CHECKING:
    from finsage.market.providers.choice import Failure
    from finsage.market.providers.pricing import Priced, Told, ToldSplits
    from finsage.market.providers.protocol import Source, Split

SPLIT_CLASSES = frozenset({"equity", "etf", "fund"})
"""What is split now and then; of others a move or a correction by the provider tells."""

DOUBTED_PER_REASON_MAX = 20
COMPARED_WITHIN = timedelta(days=1)
"""Prices of two sources are compared when they are of about one time."""

SPLIT_MOVE = Decimal("1.2")
"""A price this many times the last one, or less than its reciprocal, may be one across a split."""

_VALUE_LENGTH_MAX = 400
_JUMPS = frozenset({Reason.JUMP, Reason.LEVEL_SHIFT})


@dataclass(slots=True)
class Outcome:
    """What asking for some assets of one tenant gave: to write by source, to put aside, and how each stands."""

    closes: dict[str, list[Close]] = field(default_factory=dict)
    ticks: list[Tick] = field(default_factory=list)
    candles: list[OpenHighLowClose] = field(default_factory=list)
    doubted: list[Doubted] = field(default_factory=list)
    standings: list[Standing] = field(default_factory=list)
    splits: dict[UUID, ToldSplits] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Due:
    """A claimed asset and its last good price."""

    asset: Claimed
    last: Good | None

    def expected(self, splits: tuple[Split, ...] = ()) -> Expected:
        """What is known of it."""
        stale_after = timedelta(days=stale_after_days(self.asset.asset_class))
        return Expected(self.asset.currency, stale_after, self.last, splits)


@dataclass(frozen=True, slots=True)
class Said:
    """Who said something of which asset, in which currency and in which responses; prices of which interval."""

    asset_id: UUID
    provider: str
    currency: str | None
    content_hashes: tuple[bytes, ...]
    seconds: int = 86_400

    def doubted(self, day: date, price: Decimal, verdict: Verdict) -> Doubted:
        """A price of theirs that was not believed."""
        value = str(price)[:_VALUE_LENGTH_MAX]
        reason = str(verdict.reason)
        told = (self.asset_id, self.provider, day, value, self.currency, reason, verdict.detail)
        return Doubted(*told, self.content_hashes, self.seconds)


def good(asset: Claimed, latest: DatedValue | None) -> Good | None:
    """The last good price with its instant, where that is known, else the midnight that begins its day.

    In the time zone of its exchange, as its day is.
    """
    if latest is None:
        return None
    zone = zone_of(asset.mic)
    if asset.as_of is not None and session_day(asset.mic, asset.as_of) == latest.day:
        return Good(latest.value, asset.as_of.astimezone(zone))
    return Good(latest.value, datetime.combine(latest.day, time(), zone))


def verdict_on(due: Due, priced: Priced, now: datetime, splits: tuple[Split, ...] = ()) -> Verdict:
    """Whether a price may be believed; one under a key that may mean another asset now is not."""
    doubt = due.asset.doubts.get(priced.provider)
    if doubt is not None:
        return Verdict("quarantine", Reason(doubt[0]), doubt[1])
    return judge_quote(priced.quote, due.expected(splits), now)


def is_jump(verdict: Verdict) -> bool:
    """Whether a split that is not known yet would explain it."""
    return verdict.reason in _JUMPS


def may_be_split(due: Due, priced: Priced, verdict: Verdict) -> bool:
    """Whether a price stands so far from the last one that a split may lie between them, believed or not."""
    if is_jump(verdict):
        return True
    if verdict.decision == "quarantine" or due.last is None:
        return False
    with exact():
        return priced.quote.price > due.last.price * SPLIT_MOVE or priced.quote.price * SPLIT_MOVE < due.last.price


def take_quote(
    due: Due, priced: Priced, verdict: Verdict, now: datetime, outcome: Outcome, *, others: Sequence[Priced] | None
) -> None:
    """Add what became of a price to the outcome.

    Args:
        due: the asset.
        priced: what was said of it.
        verdict: on that.
        now: an aware instant.
        outcome: is added to.
        others: what other sources say; None where none was asked, empty where all were silent.
    """
    asset, quote = due.asset, priced.quote
    day = session_day(asset.mic, quote.as_of or now)
    hashes = hashes_of(priced.sources)
    if verdict.decision == "quarantine":
        said = Said(asset.asset_id, priced.provider, quote.currency, hashes)
        outcome.doubted.append(said.doubted(day, quote.price, verdict))
        outcome.standings.append(Standing(asset.asset_id, problem=verdict.detail))
        return
    outcome.closes.setdefault(priced.provider, []).append((asset.asset_id, day, quote.price))
    if quote.as_of is not None:
        outcome.ticks.append(Tick(asset.asset_id, quote.as_of, quote.price))
    flag = verdict.detail or None
    deviation = None
    if others is not None:
        # Where nobody else says anything, what was found before is not taken back.
        deviation = _deviation(due, priced, others, now) if others else asset.deviation
    outcome.standings.append(
        Standing(
            asset.asset_id,
            priced.provider,
            quote.as_of or now,
            hashes,
            flag,
            deviation=deviation,
            is_compared=others is not None,
        )
    )


def _deviation(due: Due, priced: Priced, others: Sequence[Priced], now: datetime) -> str | None:
    """What is said of this price beside those of other sources that are sane and of about the same time."""
    at = priced.quote.as_of or now
    prices = {priced.provider: priced.quote.price}
    for other in others:
        is_near = abs((other.quote.as_of or now) - at) <= COMPARED_WITHIN
        if is_near and verdict_on(due, other, now).decision != "quarantine":
            prices[other.provider] = other.quote.price
    verdict = deviations(prices).get(priced.provider)
    return verdict.detail if verdict else None


def take_history(
    asset: Claimed, told: Told, today: date, outcome: Outcome, splits: tuple[Split, ...] | None = None
) -> bool:
    """Judge a history and take what is good of it.

    Args:
        asset: whose history it is.
        told: by a provider.
        today: the day at hand, UTC.
        outcome: is added to, unless splits are to be asked for.
        splits: of the asset; None where nobody was asked for them.

    Returns:
        Whether anything was good.
    """
    doubt = asset.doubts.get(told.provider)
    verdicts = _verdicts(asset, told, today, splits)
    history = told.history if splits is None else as_traded(told.history, splits)
    if doubt is not None:
        verdicts = [Verdict("quarantine", Reason(doubt[0]), doubt[1])] * len(history.candles)
    said = Said(asset.asset_id, told.provider, history.currency, hashes_of(told.sources))
    kept: list[Close] = []
    refused: dict[str, int] = {}
    for candle, verdict in zip(history.candles, verdicts, strict=True):
        if verdict.decision != "quarantine":
            kept.append((asset.asset_id, candle.day, candle.close))
            prices = (candle.open, candle.high, candle.low, candle.close)
            day = whole(asset.asset_id, candle.start, prices, candle.volume, "1d")
            outcome.candles += [day] if day else []
            continue
        reason = str(verdict.reason)
        refused[reason] = refused.get(reason, 0) + 1
        if refused[reason] <= DOUBTED_PER_REASON_MAX:
            outcome.doubted.append(said.doubted(candle.day, candle.close, verdict))
    if not kept:
        return False
    outcome.closes[told.provider] = kept
    left_out = sum(refused.values())
    flag = f"{left_out} days of its history were not believed." if left_out else None
    as_of = datetime.combine(kept[-1][1], time(), UTC)
    outcome.standings.append(Standing(asset.asset_id, told.provider, as_of, said.content_hashes, flag))
    return True


def needs_splits(asset: Claimed, told: Told, today: date) -> bool:
    """Whether splits are to be asked for: the asset is of a kind that has them, or its history is hard to believe."""
    if asset.asset_class in SPLIT_CLASSES or told.history.adjustment == "splits":
        return True
    return any(map(is_jump, _verdicts(asset, told, today, None)))


def _verdicts(asset: Claimed, told: Told, today: date, splits: tuple[Split, ...] | None) -> list[Verdict]:
    stale_after = timedelta(days=stale_after_days(asset.asset_class))
    history = told.history if splits is None else as_traded(told.history, splits)
    return judge_history(history, Expected(asset.currency, stale_after, splits=splits or ()), today)


def problem_of(failures: Sequence[Failure]) -> str:
    """Why no price came."""
    if not failures:
        return "No provider that is set up has a price of it."
    return f"{failures[-1].provider}: {failures[-1].error}"


def hashes_of(sources: Iterable[Source]) -> tuple[bytes, ...]:
    """The hashes of the responses something was made from."""
    return tuple(source.content_hash for source in sources)


def newest_of(prices: Iterable[Priced]) -> Mapping[str, datetime]:
    """The instant of the newest price of each provider that states one."""
    newest: dict[str, datetime] = {}
    for priced in prices:
        if priced.quote.as_of is not None:
            newest[priced.provider] = max(priced.quote.as_of, newest.get(priced.provider, priced.quote.as_of))
    return newest
