"""CoinGecko: coins by their CoinGecko id, over the public, the demo or the pro host.

A day's close is the price at the midnight that ends it: the daily series is stamped at midnight UTC, so the price
stamped 2 January belongs to 1 January. The price of the day at hand, which ends the series, is no close. Within a day
there are prices of instants, five minutes apart for the last day and an hour for ninety. Its candles, of 30 minutes,
four hours or four days, are of no width that is kept, and are not asked for.

Documented at https://docs.coingecko.com/reference/simple-price, search-data, coins-list, coins-id-market-chart,
coins-id-market-chart-range and authentication. Asked without ``coingecko-sdk``: see decision 0032.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal

import msgspec

from finsage.market.candles import Given, start_of
from finsage.market.errors import NotOffered
from finsage.market.providers.asking import Asking, source_of
from finsage.market.providers.protocol import Answer, Candle, Capability, Found, History, Quote, Source
from finsage.market.providers.shapes import changed, decode, from_epoch, quiet
from finsage.platform import clock
from finsage.platform.http import Credential, Outbound, Rate, Service

NAME = "coingecko"
Plan = Literal["free", "demo", "pro"]

IDS_PER_REQUEST = 250
IDS_LENGTH_MAX = 6000
DAYS_BACK_MAX = 365
"""How far back the public and the demo host go."""

HOURLY_DAYS_MAX = 90
_HOSTS: dict[Plan, str] = {
    "free": "https://api.coingecko.com/api/v3",
    "demo": "https://api.coingecko.com/api/v3",
    "pro": "https://pro-api.coingecko.com/api/v3",
}
_HEADERS: dict[Plan, str] = {"demo": "x-cg-demo-api-key", "pro": "x-cg-pro-api-key"}
_RATES: dict[Plan, Rate] = {"free": Rate(10, 3), "demo": Rate(30, 5), "pro": Rate(500, 20)}
_MIDNIGHT_SPAN = timedelta(hours=1)
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_INSTANT = timedelta(microseconds=1)
_JSON = "application/json"


class _Chart(msgspec.Struct):
    prices: list[tuple[Decimal, Decimal | None]]


class _Coin(msgspec.Struct):
    id: str
    symbol: str
    name: str
    market_cap_rank: int | None = None


class _Search(msgspec.Struct):
    coins: list[_Coin]


def asking(outbound: Outbound, plan: Plan, key: str | None, base: str | None, name: str = NAME) -> Asking:
    """How CoinGecko is asked on a plan; one pace for all that it is asked for."""
    credential = Credential(headers={_HEADERS[plan]: key}) if key and plan in _HEADERS else None
    return Asking(outbound, Service(name, _RATES[plan]), base or _HOSTS[plan], credential)


class CoinGecko:
    """Prices of coins.

    Args:
        outbound: the way out.
        plan: which host and pace; ``demo`` and ``pro`` want a key.
        key: of the plan.
        base: another address in place of CoinGecko's, for a mirror.
    """

    name = NAME
    capabilities = frozenset({
        Capability.SEARCH, Capability.QUOTES, Capability.HISTORY, Capability.CANDLES, Capability.NAMES
    })  # fmt: skip

    def __init__(
        self, outbound: Outbound, *, plan: Plan = "free", key: str | None = None, base: str | None = None
    ) -> None:
        self._plan = plan
        self._asking = asking(outbound, plan, key, base)
        self.needs_key = plan != "free"
        self.has_key = bool(key)

    async def search(self, text: str, *, limit: int = 20) -> Answer[Found]:
        """Coins by name, symbol or id, by market capitalisation."""
        fetched = await self._asking.get("/search", {"query": text}, accept=_JSON)
        coins = decode(NAME, fetched.body, _Search).coins
        found, flaws = _each_once(coins)
        return Answer(NAME, found[:limit], (source_of(fetched),), flaws=flaws)

    async def listing(self) -> Answer[Found]:
        """Every coin there is, to resolve symbols with; thousands."""
        fetched = await self._asking.get("/coins/list", accept=_JSON)
        found, flaws = _each_once(decode(NAME, fetched.body, list[_Coin]))
        return Answer(NAME, found, (source_of(fetched),), flaws=flaws)

    async def names(self, keys: Sequence[str]) -> Answer[Found]:
        """What each key stands for: one request for all, as there is a list of every coin. It lists them in small."""
        listed = await self.listing()
        known = {one.key: one for one in listed.values}
        wanted = {key: known.get(key.lower()) for key in keys}
        found = tuple(replace(one, key=key) for key, one in wanted.items() if one is not None)
        return Answer(
            NAME, found, listed.sources, tuple(key for key, one in wanted.items() if one is None), listed.flaws
        )

    async def quotes(self, keys: Sequence[str], currency: str) -> Answer[Quote]:
        """The latest prices, 250 coins a request."""
        quotes: list[Quote] = []
        sources: list[Source] = []
        unit = currency.lower()
        for batch in _batches(list(dict.fromkeys(keys))):
            fetched = await self._asking.get(
                "/simple/price",
                {
                    "ids": ",".join(batch),
                    "vs_currencies": unit,
                    "include_last_updated_at": "true",
                    "precision": "full",
                },
                accept=_JSON,
            )
            sources.append(source_of(fetched))
            prices = decode(NAME, fetched.body, dict[str, dict[str, Decimal | None]])
            quotes += [quote for key in batch if (quote := _quote(key, prices.get(key), unit)) is not None]
        known = {quote.key for quote in quotes}
        missing = tuple(key for key in dict.fromkeys(keys) if key not in known)
        return Answer(NAME, tuple(quotes), tuple(sources), missing)

    async def history(self, key: str, currency: str, first: date, last: date) -> Answer[History]:
        """Closes by day from the price series.

        On the public and demo hosts what lies more than 365 days back is left out, and a flaw says so.
        """
        today = clock.now().date()
        flaws: tuple[str, ...] = ()
        if self._plan != "pro":
            reach = today - timedelta(days=DAYS_BACK_MAX)
            if last < reach:
                raise NotOffered(f"CoinGecko's {self._plan} plan goes back {DAYS_BACK_MAX} days.", provider=NAME)
            if first < reach:
                first, flaws = reach, (f"before {reach}: not offered on the {self._plan} plan",)
        params = {
            "vs_currency": currency.lower(),
            "from": str(_epoch(first)),
            "to": str(_epoch(last + _DAY) + int(_MIDNIGHT_SPAN.total_seconds())),
            "precision": "full",
            "interval": "daily",
        }
        fetched = await self._asking.find(f"/coins/{_path(key)}/market_chart/range", params, accept=_JSON)
        if fetched is None:
            return Answer(NAME, (), (), (key,), flaws)
        found = _closes(_points(decode(NAME, fetched.body, _Chart)))
        candles, told = _ascending([candle for candle in found if first <= candle.day <= last])
        history = History(key, currency.upper(), "1d", "none", candles)
        return Answer(NAME, (history,), (source_of(fetched),), flaws=flaws + told)

    async def candles(self, key: str, currency: str, since: datetime, *, interval: Given) -> Answer[History]:
        """Prices of instants: by five minutes of the last day, by the hour of the last ninety days."""
        now = clock.now()
        days = 1 if interval == "5m" else min(max((now - since).days + 1, 2), HOURLY_DAYS_MAX)
        first = start_of(max(since, now - days * _DAY) + _HOUR - _INSTANT, "1h")
        params = {"vs_currency": currency.lower(), "days": str(days), "precision": "full"}
        fetched = await self._asking.find(f"/coins/{_path(key)}/market_chart", params, accept=_JSON)
        if fetched is None:
            return Answer(NAME, (), (), (key,))
        points = _points(decode(NAME, fetched.body, _Chart))
        candles, told = _ascending([Candle(instant, price) for instant, price in points if instant >= first])
        history = History(key, currency.upper(), interval, "none", candles)
        return Answer(NAME, (history,), (source_of(fetched),), flaws=told)


def _each_once(coins: list[_Coin]) -> tuple[tuple[Found, ...], tuple[str, ...]]:
    found: dict[str, Found] = {}
    flaws = []
    for coin in coins:
        if coin.id in found:
            flaws.append(f"{coin.id[:100]}: twice")
            continue
        found[coin.id] = Found(coin.id, coin.symbol.upper(), coin.name, "crypto", rank=coin.market_cap_rank)
    return tuple(found.values()), tuple(flaws)


def _batches(keys: list[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    length = 0
    for key in keys:
        if batch and (len(batch) == IDS_PER_REQUEST or length + len(key) > IDS_LENGTH_MAX):
            yield batch
            batch, length = [], 0
        batch.append(key)
        length += len(key) + 1
    if batch:
        yield batch


def _quote(key: str, item: dict[str, Decimal | None] | None, unit: str) -> Quote | None:
    if not item:
        return None
    updated = item.get("last_updated_at")
    if unit not in item:
        if item.keys() - {"last_updated_at"}:
            raise changed(NAME, f"$.{key}.{unit}", f"there are {', '.join(sorted(item))[:100]} instead")
        return None
    price = item[unit]
    if price is None:
        return None
    as_of = None if updated is None else from_epoch(NAME, f"$.{key}.last_updated_at", updated)
    return Quote(key, quiet(price), unit.upper(), as_of)


def _points(chart: _Chart) -> list[tuple[datetime, Decimal]]:
    return [
        (_instant(f"$.prices[{index}][0]", stamp), quiet(price))
        for index, (stamp, price) in enumerate(chart.prices)
        if price is not None
    ]


def _closes(points: list[tuple[datetime, Decimal]]) -> list[Candle]:
    """What stands nearest behind each midnight: for an hour the price of the day at hand stands behind it, too."""
    nearest: dict[date, datetime] = {}
    for instant, _ in points:
        if instant - _midnight(instant) < _MIDNIGHT_SPAN:
            nearest[instant.date()] = min(instant, nearest.get(instant.date(), instant))
    return [
        Candle(_midnight(instant) - _DAY, price) for instant, price in points if nearest.get(instant.date()) == instant
    ]


def _midnight(instant: datetime) -> datetime:
    return datetime.combine(instant.date(), time(), UTC)


def _ascending(candles: list[Candle]) -> tuple[tuple[Candle, ...], tuple[str, ...]]:
    """Each start once; of two that differ the later stated one stands, and that is told."""
    kept: dict[datetime, Candle] = {}
    flaws = []
    for candle in candles:
        before = kept.get(candle.start)
        if before is not None and before != candle:
            flaws.append(f"{candle.start.isoformat()}: two values")
        kept[candle.start] = candle
    return tuple(kept[start] for start in sorted(kept)), tuple(flaws)


def _instant(field: str, milliseconds: Decimal) -> datetime:
    if not milliseconds.is_finite():
        raise changed(NAME, field, "it is no number")
    return from_epoch(NAME, field, float(milliseconds) / 1000)


def _epoch(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())


def _path(key: str) -> str:
    if not key or not all(character.isascii() and (character.isalnum() or character in "-_.") for character in key):
        raise NotOffered("This is no CoinGecko id.", provider=NAME)
    return key
