"""Whether what a provider says may be believed: pure judgements, each with its reason.

    keep         write it
    flag         write it, and show the reason beside it
    quarantine   do not write it over anything; keep it aside with the reason, for somebody to look at

A judgement compares with what is known to be good, never with what was refused, so one wrong price does not make the
next right one look wrong. Nothing is corrected: a price in pence is not turned into pounds here.

Comparisons multiply and never divide; a number is first made sure to be one that can be kept exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from finsage.finance.money import exact, is_keepable
from finsage.market.providers.protocol import Adjustment, Candle, DayRates, History, Quote, Split

Decision = Literal["keep", "flag", "quarantine"]

PRICE_MAX = Decimal("1e15")
PRICE_MIN = Decimal("1e-30")
FUTURE_MAX = timedelta(minutes=5)
"""How far ahead a provider's clock may be."""

JUMP = 50
"""A price this many times the last good one, or less than its reciprocal, is not believed within a week."""

JUMP_MAX = 500
"""The same after any length of time."""

RATE_JUMP = 3
DEVIATION_MAX = Decimal("0.05")
_LEVEL = 3
_SETTLING = 2
_BASELINE = 5
_HUNDRED_LOW, _HUNDRED_HIGH = Decimal(80), Decimal(125)
_WORD_LENGTH_MIN = 2
_LEGAL_FORMS = frozenset({
    "inc", "corp", "corporation", "co", "company", "plc", "ag", "sa", "se", "nv", "ltd", "limited", "llc", "the",
    "class", "ordinary", "shares", "share", "adr", "common", "stock", "group", "holding", "holdings", "fund", "etf",
    "token", "coin",
})  # fmt: skip


class Reason(StrEnum):
    """Why something is not simply kept."""

    NOT_A_NUMBER = "not_a_number"
    NEGATIVE = "negative"
    ZERO = "zero"
    OUT_OF_RANGE = "out_of_range"
    JUMP = "jump"
    LEVEL_SHIFT = "level_shift"
    STALE = "stale"
    FUTURE = "future"
    NO_TIME = "no_time"
    WRONG_CURRENCY = "wrong_currency"
    MIXED_ADJUSTMENT = "mixed_adjustment"
    BROKEN_CANDLE = "broken_candle"
    DEVIATION = "deviation"
    RENAMED = "renamed"
    REUSED = "reused"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do, and why in one English sentence; ``reason`` is None exactly when the decision is ``keep``."""

    decision: Decision
    reason: Reason | None = None
    detail: str = ""


KEEP = Verdict("keep")


@dataclass(frozen=True, slots=True)
class Good:
    """The last price that was believed: money per unit as traded, true at ``as_of``."""

    price: Decimal
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Expected:
    """What is known of the asset.

    Args:
        currency: it is priced in.
        stale_after: the age above which a price is no news.
        last: the last good price; None before the first.
        splits: known ones, in any order; those after the last good price explain a jump.
        adjustment: of the closes that are kept.
    """

    currency: str
    stale_after: timedelta
    last: Good | None = None
    splits: tuple[Split, ...] = ()
    adjustment: Adjustment = "none"


def judge_quote(quote: Quote, expected: Expected, now: datetime) -> Verdict:
    """A latest price against what is known of its asset.

    Args:
        quote: as the provider states it.
        expected: what is known.
        now: an aware instant.
    """
    return (
        _currency(quote.currency, expected.currency)
        or _number(quote.price)
        or _time(quote.as_of, expected, now)
        or _jump(quote.price, quote.as_of or now, expected)
        or (
            Verdict("flag", Reason.NO_TIME, "The provider does not say when this was the price.")
            if quote.as_of is None
            else None
        )
        or KEEP
    )


def judge_history(history: History, expected: Expected, today: date) -> list[Verdict]:
    """Each candle of a history, in its order, against the last good one before it.

    Without a last good price the first few candles are the measure of the first: their median, so that one wrong price
    at the beginning condemns itself and not all that follow.

    Args:
        history: ascending.
        expected: what is known; ``last`` is of a time before the first candle, or None.
        today: the day at hand, UTC; it and what follows are no closes.
    """
    return _each(history, expected, lambda candle: _day(candle.day, today, history.interval))


def judge_candles(history: History, expected: Expected, now: datetime) -> list[Verdict]:
    """Each candle within a day, in its order, as those of ``judge_history``; one that does not fit itself is none.

    Args:
        history: ascending.
        expected: what is known; ``last`` is of a time before the first candle, or None.
        now: an aware instant.
    """

    def unended(candle: Candle) -> Verdict | None:
        is_ahead = candle.start > now + FUTURE_MAX
        return _future(f"{candle.start:%Y-%m-%d %H:%M} UTC") if is_ahead else None

    verdicts = _each(history, expected, unended)
    return [_strict(candle, verdict) for candle, verdict in zip(history.candles, verdicts, strict=True)]


def _strict(candle: Candle, verdict: Verdict) -> Verdict:
    if verdict.reason is Reason.BROKEN_CANDLE:
        return Verdict("quarantine", Reason.BROKEN_CANDLE, "Open, high, low and close do not fit together.")
    edges = [edge for edge in (candle.high, candle.low) if edge is not None]
    far = [edge for edge in edges if verdict.reason is None and is_beyond(edge, candle.close, JUMP)]
    if far:
        detail = f"{far[0]} in one interval with {candle.close} is more than {JUMP} times apart."
        return Verdict("quarantine", Reason.JUMP, detail)
    return verdict


def _each(history: History, expected: Expected, unended: Callable[[Candle], Verdict | None]) -> list[Verdict]:
    candles = history.candles
    if history.adjustment != expected.adjustment:
        detail = (
            f"Closes corrected for {history.adjustment} are not joined with those corrected for {expected.adjustment}."
        )
        return [Verdict("quarantine", Reason.MIXED_ADJUSTMENT, detail.replace("none", "nothing"))] * len(candles)
    wrong = _currency(history.currency, expected.currency)
    if wrong is not None:
        return [wrong] * len(candles)
    last = expected.last or _baseline(candles)
    verdicts: list[Verdict] = []
    for index, candle in enumerate(candles):
        known = Expected(expected.currency, expected.stale_after, last, expected.splits)
        verdict = (
            _number(candle.close)
            or unended(candle)
            or _jump(candle.close, candle.start, known)
            or _candle(candle)
            or KEEP
        )
        if verdict.reason is Reason.JUMP and _is_level(candles, index):
            verdict = Verdict(
                "quarantine",
                Reason.LEVEL_SHIFT,
                f"From {candle.day} on prices stand at another level: a split nobody told of, or another unit.",
            )
        if verdict.decision != "quarantine":
            last = Good(candle.close, candle.start)
        verdicts.append(verdict)
    return verdicts


def judge_rates(rates: DayRates, last: Mapping[str, Decimal], today: date) -> dict[str, Verdict]:
    """Each reference rate of a day against the last good one of its currency.

    Args:
        rates: of one day.
        last: the last good rate by currency, over the same base; those without one are judged by their number alone.
        today: the day at hand.
    """
    verdicts = {}
    for currency, rate in rates.rates:
        before = last.get(currency)
        verdict = _number(rate) or (_future(rates.day) if rates.day > today else None)
        if verdict is None and before is not None and is_beyond(rate, before, RATE_JUMP):
            verdict = Verdict("quarantine", Reason.JUMP, f"{rate} after {before} is more than {RATE_JUMP} times apart.")
        verdicts[currency] = verdict or KEEP
    return verdicts


def deviations(prices: Mapping[str, Decimal], tolerance: Decimal = DEVIATION_MAX) -> dict[str, Verdict]:
    """Sources of the same price that are further from the middle one than the tolerance, flagged.

    With two sources that disagree there is no telling which is right, and both are flagged.

    Args:
        prices: sane prices by source, in one currency and of about one time.
        tolerance: fraction of the middle price.
    """
    ordered = sorted(prices.values())
    if len(ordered) < 2:
        return {}
    middle = ordered[(len(ordered) - 1) // 2]
    with exact():
        far = {source for source, price in prices.items() if abs(price - middle) > tolerance * middle}
    if far and len(ordered) == 2:
        far = set(prices)
    return {
        source: Verdict(
            "flag", Reason.DEVIATION, f"{prices[source]} beside {_others(prices, source)} of other sources."
        )
        for source in sorted(far)
    }


@dataclass(frozen=True, slots=True)
class Identity:
    """What names an asset; what is not known is None or empty."""

    symbol: str
    name: str = ""
    isin: str | None = None
    currency: str | None = None


def judge_identity(known: Identity, found: Identity) -> Verdict:
    """Whether a symbol still means the asset it meant.

    An ISIN decides where both have one: another under the same symbol is another asset (reused), the same under another
    symbol is the same asset (renamed). Without, names that share no word tell of another asset.
    """
    if known.isin and found.isin:
        if known.isin != found.isin:
            return Verdict(
                "quarantine", Reason.REUSED, f"{found.symbol} now names {found.isin}; it was {known.isin} before."
            )
        return KEEP if known.symbol.upper() == found.symbol.upper() else _renamed(known, found)
    if known.symbol.upper() != found.symbol.upper():
        return _renamed(known, found)
    before, after = _words(known.name), _words(found.name)
    if before and after and not before & after:
        return Verdict(
            "quarantine",
            Reason.REUSED,
            f"{found.symbol} now names {found.name[:60]!r}; it was {known.name[:60]!r} before.",
        )
    return _currency(found.currency, known.currency) or KEEP if known.currency else KEEP


def _renamed(known: Identity, found: Identity) -> Verdict:
    return Verdict("quarantine", Reason.RENAMED, f"{known.symbol} is called {found.symbol} now.")


def _words(name: str) -> frozenset[str]:
    words = "".join(character if character.isalnum() else " " for character in name.casefold()).split()
    return frozenset(word for word in words if len(word) >= _WORD_LENGTH_MIN and word not in _LEGAL_FORMS)


def _number(value: Decimal) -> Verdict | None:
    if not value.is_finite():
        return Verdict("quarantine", Reason.NOT_A_NUMBER, "It is no number.")
    if value < 0:
        return Verdict("quarantine", Reason.NEGATIVE, "It is below zero.")
    if value == 0:
        return Verdict("quarantine", Reason.ZERO, "It is zero; a worthless asset is written off, not priced at zero.")
    if not PRICE_MIN <= value <= PRICE_MAX or not is_keepable(value):
        return Verdict(
            "quarantine", Reason.OUT_OF_RANGE, f"It is not between {PRICE_MIN} and {PRICE_MAX}, or too fine."
        )
    return None


def _currency(stated: str | None, expected: str) -> Verdict | None:
    if stated is None or stated == expected:
        return None
    return Verdict("quarantine", Reason.WRONG_CURRENCY, f"It is in {stated[:12]}; the asset is priced in {expected}.")


def _time(as_of: datetime | None, expected: Expected, now: datetime) -> Verdict | None:
    if as_of is None:
        return None
    if as_of > now + FUTURE_MAX:
        return Verdict("quarantine", Reason.FUTURE, f"It is said to be of {as_of.isoformat()}, which has not come.")
    if expected.last is not None and as_of < expected.last.as_of:
        return Verdict("quarantine", Reason.STALE, f"It is older than the price of {expected.last.as_of.isoformat()}.")
    if now - as_of > expected.stale_after:
        # Something old is better than nothing, but not than what is there; gaps are filled from history.
        decision: Decision = "flag" if expected.last is None else "quarantine"
        return Verdict(decision, Reason.STALE, f"It is of {as_of.isoformat()}.")
    return None


def _day(day: date, today: date, interval: str) -> Verdict | None:
    return _future(day) if day > today or (interval == "1d" and day == today) else None


def _future(day: date | str) -> Verdict:
    return Verdict("quarantine", Reason.FUTURE, f"{day} has not ended.")


def _jump(price: Decimal, at: datetime, expected: Expected) -> Verdict | None:
    if expected.last is None:
        return None
    last = _after_splits(expected.last, expected.splits, at)
    limit = jump_limit(abs(at - expected.last.as_of))
    with exact():
        value = price * last.divisor
    if not is_beyond(value, last.price, limit):
        return None
    hint = ""
    if _is_hundredth(value, last.price):
        hint = " It is about a hundredth or a hundred times: the unit may have changed."
    return Verdict(
        "quarantine", Reason.JUMP, f"{price} after {expected.last.price} is more than {limit} times apart.{hint}"
    )


def jump_limit(gap: timedelta) -> int:
    """How many times the last good price is believed after a gap: 50 within a week, in step with it to at most 500."""
    return min(JUMP * max(1, gap.days // 7), JUMP_MAX)


@dataclass(frozen=True, slots=True)
class _Scaled:
    """The last price times ``before`` of all splits, to be compared with a price times ``divisor``, their ``after``."""

    price: Decimal
    divisor: Decimal


def _after_splits(last: Good, splits: Sequence[Split], at: datetime) -> _Scaled:
    price, divisor = last.price, Decimal(1)
    for split in splits:
        if last.as_of.date() < split.day <= at.date():
            with exact():
                price, divisor = price * split.before, divisor * split.after
    return _Scaled(price, divisor)


def is_beyond(value: Decimal, last: Decimal, times: Decimal | int) -> bool:
    """Whether two prices are more than so many times apart."""
    with exact():
        return value > last * times or value * times < last


def _is_hundredth(value: Decimal, last: Decimal) -> bool:
    with exact():
        return (last * _HUNDRED_LOW <= value <= last * _HUNDRED_HIGH) or (
            value * _HUNDRED_LOW <= last <= value * _HUNDRED_HIGH
        )


def _candle(candle: Candle) -> Verdict | None:
    inner = [value for value in (candle.open, candle.close) if value is not None]
    edges = [value for value in (candle.open, candle.high, candle.low) if value is not None]
    is_broken = (
        any(_number(value) for value in edges)
        or (candle.low is not None and candle.low > min(inner))
        or (candle.high is not None and candle.high < max(inner))
    )
    if not is_broken:
        return None
    return Verdict(
        "flag", Reason.BROKEN_CANDLE, "Open, high, low and close do not fit together; only the close counts."
    )


def _baseline(candles: Sequence[Candle]) -> Good | None:
    sane = sorted(candle.close for candle in candles[:_BASELINE] if _number(candle.close) is None)
    return Good(sane[len(sane) // 2], candles[0].start) if sane else None


def _is_level(candles: Sequence[Candle], index: int) -> bool:
    """Whether the candles after this one agree with it."""
    following = candles[index + 1 : index + 1 + _SETTLING]
    return len(following) == _SETTLING and all(
        _number(candle.close) is None and not is_beyond(candle.close, candles[index].close, _LEVEL)
        for candle in following
    )


def _others(prices: Mapping[str, Decimal], source: str) -> str:
    return ", ".join(str(price) for other, price in sorted(prices.items()) if other != source)
