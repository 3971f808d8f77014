"""Undoing what a provider corrected closes for, so that they may stand beside closes as traded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from finsage.finance.money import exact, is_keepable, unit_price
from finsage.market.providers.protocol import Candle, History, Split


def as_traded(history: History, splits: Iterable[Split]) -> History:
    """A history corrected for splits, with that correction taken back: each price as it was paid on its day.

    A split from a day on divided every earlier price by after / before; here they are multiplied by it again. Volumes
    are left out, as they are of units that were not there then.

    Args:
        history: of adjustment ``splits``; any other comes back as it is.
        splits: all from the first candle to today, in any order: the provider corrects for those after the last too.
    """
    if history.adjustment != "splits":
        return history
    known = sorted(splits, key=lambda split: split.day)
    candles: list[Candle] = []
    before, after = Decimal(1), Decimal(1)
    for candle in reversed(history.candles):
        while known and known[-1].day > candle.day:
            split = known.pop()
            with exact():
                before, after = before * split.before, after * split.after
        candles.append(candle if before == after else _times(candle, after, before))
    return replace(history, adjustment="none", candles=tuple(reversed(candles)))


def _times(candle: Candle, after: Decimal, before: Decimal) -> Candle:
    def undone(price: Decimal | None) -> Decimal | None:
        # What cannot be a price is judged by market/sanity.py as it came.
        if price is None or not is_keepable(price):
            return price
        with exact():
            scaled = price * after
        return unit_price(scaled, before)

    close = undone(candle.close)
    assert close is not None
    return Candle(candle.start, close, undone(candle.open), undone(candle.high), undone(candle.low))
