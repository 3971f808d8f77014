"""Candles of crypto exchanges through ccxt (extra ``exchanges``).

The library brings a client of its own, which speaks to the public hosts of the exchanges that the settings name, and is
used without keys: it can read prices and nothing else. A key is ``exchange:BASE/QUOTE``, as ``kraken:BTC/EUR``. Prices
are taken from the exchange's own text where ccxt passes it on, else by the shortest text of its floats.

What came over the wire is not seen, so the hash of a source is that of the values as understood.

Documented at https://docs.ccxt.com/ (fetchOHLCV, fetchTickers).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

from finsage.errors import FinSageError
from finsage.finance.money import from_float
from finsage.market.candles import SECONDS, Given, start_of
from finsage.market.errors import NotOffered
from finsage.market.providers.asking import source_of_values
from finsage.market.providers.choice import PASSES, each_answered
from finsage.market.providers.protocol import Answer, Candle, Capability, History, Interval, Quote, Source
from finsage.market.providers.shapes import changed, from_epoch
from finsage.platform import clock
from finsage.platform.http import OutsideLimited, TooSlow, Unreachable

NAME = "exchanges"
TIMEOUT_MS = 10_000
LIMITED_SECONDS = 60
CANDLES_PER_REQUEST = 500
REQUESTS_MAX = 40
_REACH: dict[Given, timedelta] = {"5m": timedelta(hours=40), "1h": timedelta(days=90)}
_BROKEN = (KeyError, TypeError, AttributeError, ValueError, IndexError)


class Exchanges:
    """Prices of pairs at exchanges.

    Args:
        names: exchanges that may be asked, by their ccxt name.
        addresses: in place of an exchange's own, by name; for mirrors.
    """

    name = NAME
    capabilities = frozenset({Capability.QUOTES, Capability.HISTORY, Capability.CANDLES})
    needs_key = False
    has_key = False

    def __init__(self, names: Sequence[str], *, addresses: dict[str, str] | None = None) -> None:
        self._names = frozenset(names)
        self._addresses = addresses or {}

    async def quotes(self, keys: Sequence[str], currency: str) -> Answer[Quote]:  # noqa: ARG002 - in that of the pair
        """The last price of each pair in its own currency; a request per exchange, one of which may fail."""
        by_exchange: dict[str, dict[str, str]] = {}
        for key in keys:
            name, _, pair = key.partition(":")
            if name in self._names:
                by_exchange.setdefault(name, {})[pair] = key
        told: dict[str, Quote | FinSageError] = {}
        sources: list[Source] = []
        for name, pairs in by_exchange.items():
            try:
                found = await self._latest(name, pairs)
            except PASSES as error:
                told |= dict.fromkeys(pairs.values(), error)
                continue
            told |= {quote.key: quote for quote in found}
            sources.append(_source(name, found))
        return each_answered(NAME, keys, told, sources)

    async def _latest(self, name: str, pairs: dict[str, str]) -> list[Quote]:
        async with self._open(name) as exchange:
            await _load(exchange, name)
            known = [pair for pair in pairs if pair in exchange.markets]
            tickers = await exchange.fetch_tickers(known) if known else {}
            _demand_json(exchange, name)
            found = [_quote(pairs[pair], pair, tickers[pair]) for pair in known if pair in tickers]
        return [quote for quote in found if quote is not None]

    async def history(
        self,
        key: str,
        currency: str,  # noqa: ARG002 - in that of the pair
        first: date,
        last: date,
    ) -> Answer[History]:
        """Candles in the currency of the pair; a day is that of UTC."""
        end = datetime.combine(last, time(), UTC) + timedelta(days=1)
        return await self._between(key, "1d", datetime.combine(first, time(), UTC), end)

    async def candles(
        self,
        key: str,
        currency: str,  # noqa: ARG002 - in that of the pair
        since: datetime,
        *,
        interval: Given,
    ) -> Answer[History]:
        """Candles in the currency of the pair: of an hour for 90 days, of five minutes as many as one request gives."""
        now = clock.now()
        first = start_of(max(since, now - _REACH[interval]) + timedelta(hours=1, microseconds=-1), "1h")
        return await self._between(key, interval, first, now)

    async def _between(self, key: str, interval: Interval, first: datetime, end: datetime) -> Answer[History]:
        width = timedelta(seconds=SECONDS[interval])
        name, _, pair = key.partition(":")
        if name not in self._names:
            return Answer(NAME, (), (), (key,))
        async with self._open(name) as exchange:
            await _load(exchange, name)
            if pair not in exchange.markets:
                return Answer(NAME, (), (), (key,))
            candles = await _candles(exchange, pair, interval, first, end)
        # One that has not ended has no close.
        ended = tuple(candle for candle in candles if candle.start + width <= clock.now())
        history = History(key, pair.partition("/")[2], interval, "none", ended)
        return Answer(NAME, (history,), (_source(name, ended),))

    @asynccontextmanager
    async def _open(self, name: str) -> AsyncIterator[Any]:
        # Not at the top: it costs a second and is an extra.
        library = import_module("ccxt.async_support")
        if name not in library.exchanges:
            raise NotOffered(f"ccxt knows no exchange {name[:30]!r}.", provider=NAME)
        exchange = getattr(library, name)(
            {"enableRateLimit": True, "timeout": TIMEOUT_MS, "enableLastJsonResponse": True}
        )
        if name in self._addresses:
            exchange.urls["api"] = dict.fromkeys(exchange.urls["api"], self._addresses[name])
        try:
            yield exchange
        except library.RateLimitExceeded as error:
            raise OutsideLimited(
                f"{name} wants to be asked less often.", retry_after_seconds=LIMITED_SECONDS
            ) from error
        except library.RequestTimeout as error:
            raise TooSlow(f"{name} did not answer in time.") from error
        except library.NetworkError as error:
            raise Unreachable(f"{name} could not be reached: {type(error).__name__}.") from error
        except library.BaseError as error:
            raise changed(NAME, name, f"{type(error).__name__}: {str(error)[:100]}") from error
        except _BROKEN as error:
            raise changed(NAME, name, f"{type(error).__name__}: {error}") from error
        finally:
            await exchange.close()


async def _load(exchange: Any, name: str) -> None:
    await exchange.load_markets()
    _demand_json(exchange, name)
    if not exchange.markets:
        raise changed(NAME, f"{name} markets", "there are none")


def _demand_json(exchange: Any, field: str) -> None:
    # ccxt takes an answer that is no JSON for one with nothing in it.
    if exchange.last_json_response is None:
        raise changed(NAME, field, "no JSON")


def _quote(key: str, pair: str, ticker: dict[str, Any]) -> Quote | None:
    if ticker["last"] is None:
        return None
    at = ticker["timestamp"]
    as_of = None if at is None else from_epoch(NAME, f"{pair}.timestamp", at / 1000)
    return Quote(key, _decimal(ticker["last"]), pair.partition("/")[2], as_of)


async def _candles(exchange: Any, pair: str, interval: str, first: datetime, end: datetime) -> list[Candle]:
    found: dict[datetime, Candle] = {}
    since = first
    for _ in range(REQUESTS_MAX):
        stamp = int(since.timestamp() * 1000)
        rows = await exchange.fetch_ohlcv(pair, interval, since=stamp, limit=CANDLES_PER_REQUEST)
        _demand_json(exchange, pair)
        before = len(found)
        for row in rows:
            start = from_epoch(NAME, f"{pair}[0]", row[0] / 1000)
            if first <= start < end and row[4] is not None:
                found[start] = Candle(start, _decimal(row[4]), *(_optional(row[place]) for place in (1, 2, 3, 5)))
        if not rows or len(found) == before:
            break
        since = max(found) + timedelta(milliseconds=1)
        if since >= end:
            break
    return [found[start] for start in sorted(found)]


def _optional(value: Any) -> Decimal | None:
    return None if value is None else _decimal(value)


def _decimal(value: Any) -> Decimal:
    return Decimal(value) if isinstance(value, str | int) else from_float(float(value))


def _source(exchange: str, values: Sequence[object]) -> Source:
    return source_of_values(f"https://{exchange}", values)
