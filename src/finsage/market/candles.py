"""Candles: the first, highest, lowest and last price of an interval, and how long each width is kept.

Widths are of UTC: an hour begins at its full hour, a day at midnight. A wider candle is made from the narrower ones in
it; what a provider gave itself in that width stands before what was made. What a provider gives is never rolled up:
each width that is wanted is given, so that a part of a session makes no day and an hour no day without a close.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal, get_args
from uuid import UUID

from finsage.finance.money import is_keepable, total

Width = Literal["1m", "5m", "1h", "1d"]

SECONDS: dict[Width, int] = {"1m": 60, "5m": 300, "1h": 3_600, "1d": 86_400}
KEPT: dict[Width, timedelta | None] = {
    "1m": timedelta(days=30), "5m": timedelta(days=366), "1h": timedelta(days=5 * 366), "1d": None,
}  # fmt: skip
STEPS: tuple[tuple[Width, Width], ...] = (("1m", "5m"), ("5m", "1h"), ("1h", "1d"))
"""Which width each is rolled up into."""

Given = Literal["5m", "1h"]
"""The widths within a day that providers are asked for."""

GIVEN: tuple[Given, ...] = get_args(Given)
SETTLED = timedelta(minutes=30)
"""How long after its end an interval may still change: free prices lag behind, and what is given once stands."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Tick:
    """A price of an asset at an instant."""

    asset_id: UUID
    at: datetime
    price: Decimal


@dataclass(frozen=True, slots=True)
class OpenHighLowClose:
    """A candle of an asset: prices per unit, ``volume`` in units, None where it is not known.

    ``opened_at`` and ``closed_at`` are when its first and last price were true.
    """

    asset_id: UUID
    start: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal | None
    opened_at: datetime
    closed_at: datetime


def start_of(at: datetime, width: Width) -> datetime:
    """When the interval that holds an instant begins."""
    step = timedelta(seconds=SECONDS[width])
    return _EPOCH + (at - _EPOCH) // step * step


def kept_from(width: Width, now: datetime) -> datetime | None:
    """The start of the oldest candle of a width that is kept; None where all are.

    It begins an interval of the width it is rolled up into, so that none of those is ever made from a part.
    """
    age = KEPT[width]
    return None if age is None else start_of(now - age, dict(STEPS)[width])


def folded(ticks: Iterable[Tick], width: Width) -> list[OpenHighLowClose]:
    """The candles of a width that prices make, in no order."""
    found: dict[tuple[UUID, datetime], OpenHighLowClose] = {}
    for tick in sorted(ticks, key=lambda tick: tick.at):
        key = tick.asset_id, start_of(tick.at, width)
        price, known = tick.price, found.get(key)
        if known is None:
            found[key] = OpenHighLowClose(*key, price, price, price, price, None, tick.at, tick.at)
        else:
            high, low = max(known.high, price), min(known.low, price)
            found[key] = replace(known, high=high, low=low, close=price, closed_at=tick.at)
    return list(found.values())


def hours_of(candles: Sequence[OpenHighLowClose], until: datetime) -> list[OpenHighLowClose]:
    """The hours that candles of five minutes make, those that have ended before an instant, in no order.

    Args:
        candles: of one asset, ascending; all that there are from a full hour on.
        until: up to when they are all that there are.
    """
    found: dict[datetime, OpenHighLowClose] = {}
    for one in candles:
        start = start_of(one.start, "1h")
        known = found.get(start)
        if known is None:
            found[start] = replace(one, start=start)
            continue
        volume = None if known.volume is None or one.volume is None else total((known.volume, one.volume))
        found[start] = replace(
            known,
            high=max(known.high, one.high),
            low=min(known.low, one.low),
            close=one.close,
            volume=volume,
            closed_at=one.closed_at,
        )
    return [hour for hour in found.values() if hour.start + timedelta(seconds=SECONDS["1h"]) <= until]


def whole(
    asset_id: UUID, start: datetime, prices: tuple[Decimal | None, ...], volume: Decimal | None, width: Width
) -> OpenHighLowClose | None:
    """A candle as a provider gives it; None where it is not whole or does not fit itself.

    Args:
        asset_id: the asset.
        start: of the interval.
        prices: open, high, low and close.
        volume: in units.
        width: of the interval.
    """
    known = [price for price in prices if price is not None and price.is_finite() and price > 0]
    if len(known) != 4:
        return None
    first, high, low, last = known
    if not low <= min(first, last) <= max(first, last) <= high:
        return None
    is_volume = volume is not None and is_keepable(volume) and volume >= 0
    end = start + timedelta(seconds=SECONDS[width]) - timedelta(microseconds=1)
    return OpenHighLowClose(asset_id, start, first, high, low, last, volume if is_volume else None, start, end)
