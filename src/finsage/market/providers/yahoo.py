"""Yahoo Finance through yfinance (extra ``stocks``): shares, funds, indices, currencies and coins.

The library brings a client of its own, which speaks to Yahoo's public hosts alone; a key is checked to be a symbol
before it becomes part of an address. It blocks, so it runs in threads, four at once. It answers in floats, which are
taken by their shortest text. Yahoo corrects closes for splits and, as they are asked for, not for dividends: their
adjustment is ``splits``, and they are never joined with closes as traded.

What came over the wire is not seen, so the hash of a source is that of the values as understood.

Documented at https://ranaroussi.github.io/yfinance/
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache, partial
from importlib import import_module
from typing import Any, TypeVar

from finsage.errors import FinSageError, Limited
from finsage.finance.money import from_float
from finsage.market.asset import AssetClass
from finsage.market.candles import Given, start_of
from finsage.market.errors import ChangedShape
from finsage.market.providers.asking import source_of_values
from finsage.market.providers.choice import PASSES, each_answered
from finsage.market.providers.protocol import (
    Answer,
    Candle,
    Capability,
    Dividend,
    Found,
    History,
    Interval,
    Quote,
    Source,
    Split,
)
from finsage.market.providers.shapes import changed, from_epoch
from finsage.platform import clock
from finsage.platform.http import OutsideLimited, Unreachable

T = TypeVar("T")

NAME = "yahoo"
THREADS = 4
TIMEOUT_SECONDS = 10
LIMITED_SECONDS = 300
FAILED_RUNNING_MAX = 5
_SYMBOL = re.compile(r"[A-Z0-9^][A-Z0-9.^=-]{0,29}")
# Yahoo counts the day at hand among the 60 days, and among the 730, that it goes back.
_REACH: dict[Given, timedelta] = {"5m": timedelta(days=59), "1h": timedelta(days=729)}
_CLASSES: dict[str, AssetClass] = {
    "EQUITY": "equity", "ETF": "etf", "MUTUALFUND": "fund", "CRYPTOCURRENCY": "crypto", "CURRENCY": "fx",
    "INDEX": "index", "FUTURE": "commodity",
}  # fmt: skip
_BROKEN = (KeyError, TypeError, AttributeError, ValueError, IndexError)


@lru_cache(maxsize=1)
def _library() -> Any:
    # Not at the top: it costs a second and is an extra. Errors are to be raised, not logged.
    library = import_module("yfinance")
    library.config.debug.hide_exceptions = False
    return library


class Yahoo:
    """Prices, dividends and splits by Yahoo's symbol."""

    name = NAME
    capabilities = frozenset({
        Capability.SEARCH, Capability.QUOTES, Capability.HISTORY, Capability.CANDLES, Capability.EVENTS,
        Capability.NAMES,
    })  # fmt: skip
    needs_key = False
    has_key = False

    def __init__(self) -> None:
        self._threads = asyncio.Semaphore(THREADS)

    async def search(self, text: str, *, limit: int = 20) -> Answer[Found]:
        """Assets by symbol or name."""
        values = (await self._run(lambda: _search(text, limit)))[:limit]
        return Answer(NAME, values, (_source("/v1/finance/search", values),))

    async def names(self, keys: Sequence[str]) -> Answer[Found]:
        """What each symbol stands for; a request each, one of which may fail."""
        found: dict[str, Found | FinSageError] = {}
        sources = list[Source]()
        for key, one in (await self._each(keys, partial(_search, limit=5))).items():
            if isinstance(one, FinSageError):
                found[key] = one
                continue
            sources.append(_source("/v1/finance/search", one))
            same = [value for value in one if value.key.upper() == key.upper()]
            if same:
                found[key] = replace(same[0], key=key)
        return each_answered(NAME, keys, found, sources)

    async def quotes(self, keys: Sequence[str], currency: str) -> Answer[Quote]:  # noqa: ARG002 - in the asset's own
        """The latest price of each key in the asset's own currency; a request each, one of which may fail."""
        found = {key: one for key, one in (await self._each(keys, _latest)).items() if one is not None}
        quotes = [one for one in found.values() if isinstance(one, Quote)]
        return each_answered(NAME, keys, found, (_source("/v8/finance/chart", quotes),))

    async def history(
        self,
        key: str,
        currency: str,  # noqa: ARG002 - in the asset's own
        first: date,
        last: date,
    ) -> Answer[History]:
        """Daily candles corrected for splits, in the asset's own currency."""
        chart = await self._run(lambda: _chart(key, first, last, "1d"))
        if chart is None:
            return Answer(NAME, (), (), (key,))
        history = _history(key, chart, "1d")
        return Answer(NAME, (history,), (_source(f"/v8/finance/chart/{key}", history.candles),))

    async def candles(
        self,
        key: str,
        currency: str,  # noqa: ARG002 - in the asset's own
        since: datetime,
        *,
        interval: Given,
    ) -> Answer[History]:
        """Candles of the regular session in the asset's own currency, as traded.

        Whether those within a day are corrected for a split is not documented: what lies before one is left out.
        """
        today = clock.now().date()
        first = max(since.date(), today - _REACH[interval])
        chart = await self._run(lambda: _chart(key, first, today, interval))
        if chart is None:
            return Answer(NAME, (), (), (key,))
        history, flaws = _since_split(_history(key, chart, interval), chart)
        kept = tuple(candle for candle in history.candles if candle.start >= start_of(since, "1h"))
        source = _source(f"/v8/finance/chart/{key}", kept)
        return Answer(NAME, (replace(history, candles=kept),), (source,), flaws=flaws)

    async def events(self, key: str, first: date, last: date) -> Answer[Dividend | Split]:
        """Dividends, corrected for later splits as Yahoo does, and splits."""
        chart = await self._run(lambda: _chart(key, first, last, "1d"))
        if chart is None:
            return Answer(NAME, (), (), (key,))
        events = _events(key, chart)
        return Answer(NAME, events, (_source(f"/v8/finance/chart/{key}", events),))

    async def _each(self, keys: Sequence[str], ask: Callable[[str], T]) -> dict[str, T | FinSageError]:
        """What each key gave, or how it failed.

        Once Yahoo wants rest, or gave no answer some times running, the others fail alike without being asked: each of
        them would take its whole time.
        """
        asked, silent = list(dict.fromkeys(keys)), 0
        last: FinSageError | None = None

        async def one(key: str) -> T | FinSageError:
            nonlocal silent, last
            async with self._threads:
                if last is not None and (silent >= FAILED_RUNNING_MAX or isinstance(last, Limited)):
                    return last
                try:
                    found = await asyncio.to_thread(_asked, partial(ask, key))
                except PASSES as error:
                    is_answer = isinstance(error, ChangedShape)
                    silent, last = (0, last) if is_answer else (silent + 1, error)
                    return error
                silent = 0
                return found

        return dict(zip(asked, await asyncio.gather(*map(one, asked)), strict=True))

    async def _run(self, ask: Callable[[], T]) -> T:
        async with self._threads:
            return await asyncio.to_thread(_asked, ask)


def _asked(ask: Callable[[], T]) -> T:
    errors = import_module("yfinance.exceptions")
    wire = import_module("yfinance._http").requests.exceptions
    try:
        return ask()
    except errors.YFRateLimitError as error:
        raise OutsideLimited("Yahoo wants to be asked less often.", retry_after_seconds=LIMITED_SECONDS) from error
    except (wire.RequestException, OSError) as error:
        if isinstance(error, ValueError):  # what was sent is no JSON
            raise changed(NAME, "$", "no JSON") from error
        raise Unreachable(f"Yahoo could not be reached: {type(error).__name__}.") from error
    except errors.YFException as error:
        raise Unreachable(f"Yahoo did not answer: {error}") from error
    except _BROKEN as error:
        raise changed(NAME, "$", f"{type(error).__name__}: {error}") from error


def _search(text: str, limit: int) -> tuple[Found, ...]:
    asked = _library().Search(text, max_results=limit, news_count=0, lists_count=0, timeout=TIMEOUT_SECONDS)
    if "quotes" not in asked.response:
        raise changed(NAME, "$.quotes", "it is missing")
    found: dict[str, Found] = {}
    for index, row in enumerate(asked.response["quotes"]):
        try:
            name = row.get("longname") or row.get("shortname") or row["symbol"]
            one = Found(row["symbol"], row["symbol"], str(name), _CLASSES.get(row["quoteType"]))
        except _BROKEN as error:
            raise changed(NAME, f"$.quotes[{index}].{error.args[0]}", "it is missing") from error
        found.setdefault(one.key, one)
    return tuple(found.values())


class _Chart:
    """A frame of prices and what is said of it."""

    def __init__(self, frame: Any, meta: Any) -> None:
        self.frame = frame
        self.currency: str = meta["currency"]
        self.price: float | None = meta.get("regularMarketPrice")
        self.at: Any = meta.get("regularMarketTime")


def _chart(key: str, first: date, last: date, interval: Interval) -> _Chart | None:
    if not _SYMBOL.fullmatch(key.upper()):
        return None
    library = _library()
    ticker = library.Ticker(key)
    options = {"auto_adjust": False, "actions": True, "timeout": TIMEOUT_SECONDS}
    try:
        frame = ticker.history(start=first, end=last + timedelta(days=1), interval=interval, **options)
    except library.exceptions.YFTickerMissingError:
        return None
    except import_module("yfinance._http").HTTPError as error:
        if error.response is not None and error.response.status_code == 404:
            return None
        raise
    return _Chart(frame, ticker.history_metadata)


def _latest(key: str) -> Quote | None:
    today = clock.now().date()
    chart = _chart(key, today - timedelta(days=7), today, "1d")
    if chart is None:
        return None
    if chart.price is None:
        raise changed(NAME, "$.chart.result[0].meta.regularMarketPrice", "it is missing")
    return Quote(key, from_float(chart.price), chart.currency, _instant(chart.at))


def _instant(at: Any) -> datetime | None:
    if at is None:
        return None
    if isinstance(at, datetime):
        return at.astimezone(UTC)
    return from_epoch(NAME, "$.chart.result[0].meta.regularMarketTime", float(at))


def _history(key: str, chart: _Chart, interval: Interval) -> History:
    today = clock.now().date()
    candles: dict[datetime, Candle] = {}
    for at, row in chart.frame.iterrows():
        # A day is that of the exchange, which the index is in; other candles begin at an instant.
        start = datetime.combine(at.date(), time(), UTC) if interval == "1d" else at.to_pydatetime().astimezone(UTC)
        if interval == "1d" and start.date() >= today:
            continue
        close, *rest = (_decimal(row[name]) for name in ("Close", "Open", "High", "Low", "Volume"))
        if close is not None:
            candles[start] = Candle(start, close, *rest)
    ordered = tuple(candles[start] for start in sorted(candles))
    return History(key, chart.currency, interval, "splits", ordered)


def _since_split(history: History, chart: _Chart) -> tuple[History, tuple[str, ...]]:
    """The candles from the last split of the chart on, which no correction has changed."""
    days = [at.date() for at, ratio in chart.frame["Stock Splits"].items() if _decimal(ratio)]
    if not days:
        return replace(history, adjustment="none"), ()
    first = datetime.combine(max(days), time(), chart.frame.index.tz)
    candles = tuple(candle for candle in history.candles if candle.start >= first)
    return replace(history, adjustment="none", candles=candles), (f"before {max(days)}: a split",)


def _events(key: str, chart: _Chart) -> tuple[Dividend | Split, ...]:
    events: list[Dividend | Split] = []
    for at, row in chart.frame.iterrows():
        paid, ratio = _decimal(row["Dividends"]), _decimal(row["Stock Splits"])
        if paid:
            events.append(Dividend(key, at.date(), paid, chart.currency))
        if ratio:
            events.append(Split(key, at.date(), Decimal(1), ratio))
    return tuple(events)


def _decimal(value: Any) -> Decimal | None:
    found = from_float(float(value))
    return None if found.is_nan() else found


def _source(path: str, values: Sequence[object]) -> Source:
    return source_of_values(f"https://query2.finance.yahoo.com{path}", values)
