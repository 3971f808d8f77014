"""CoinGecko as documented: prices, search, list, charts, candles and news, with the header of the plan."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from finsage.market.providers.coingecko import CoinGecko
from finsage.market.providers.coingecko_news import CoinGeckoNews
from finsage.market.providers.protocol import Answer, NewsQuestion
from replay.case import Case, bodied, replaced
from replay.server import NOT_FOUND, Asked, Reply, json_reply

DOCS = "https://docs.coingecko.com/reference/"
TODAY = datetime.now(UTC).date()
UPDATED = 1_711_356_300
PRICES = {"bitcoin": "67187.3358936566", "ethereum": "3521.04", "shiba-inu": "0.000008421234567890123"}
UNLISTED = "https://docs.coingecko.com/reference/common-errors-rate-limit"


def price(asked: Asked) -> Reply:
    """As at reference/simple-price; an unknown id is left out, one without a price is an empty object."""
    unit = asked.query["vs_currencies"]
    found = []
    for key in asked.query["ids"].split(","):
        if key in PRICES:
            found.append(f'"{key}": {{"{unit}": {PRICES[key]}, "last_updated_at": {UPDATED}}}')
        elif key.startswith("coin-"):
            found.append(f'"{key}": {{"{unit}": {key.removeprefix("coin-")}.5, "last_updated_at": {UPDATED}}}')
        elif key == "delisted":
            found.append(f'"{key}": {{}}')
        elif key == "priceless":
            found.append(f'"{key}": {{"{unit}": null, "last_updated_at": null}}')
    return Reply(("{" + ", ".join(found) + "}").encode(), headers={"content-type": "application/json"})


def search(_: Asked) -> Reply:
    coin = {"api_symbol": "bitcoin", "thumb": "https://assets.example/t.png", "large": "https://assets.example/l.png"}
    return json_reply(
        {
            "coins": [
                {"id": "bitcoin", "name": "Bitcoin", "symbol": "BTC", "market_cap_rank": 1, **coin},
                {"id": "bitcoin-cash", "name": "Bitcoin Cash", "symbol": "BCH", "market_cap_rank": 18, **coin},
                {"id": "bitcoin-fork", "name": "Fork", "symbol": "fork", "market_cap_rank": None, **coin},
            ],
            "exchanges": [], "icos": [], "categories": [], "nfts": [],
        }
    )  # fmt: skip


def stamp(day: date, hour: int = 0) -> int:
    return int(datetime(day.year, day.month, day.day, hour, tzinfo=UTC).timestamp() * 1000)


def chart(asked: Asked) -> Reply:
    """As at reference/coins-id-market-chart-range: days stamped at midnight, the last the moment of the answer."""
    first = datetime.fromtimestamp(int(asked.query["from"]), UTC).date()
    last = min(datetime.fromtimestamp(int(asked.query["to"]), UTC).date(), TODAY)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    points: list[list[Any]] = [[stamp(day), 100 + (day - TODAY).days / 8] for day in days]
    points.append([stamp(TODAY, 13), 777.0])
    return json_reply({"prices": points, "market_caps": points, "total_volumes": points})


def recent(asked: Asked) -> Reply:
    """As at reference/coins-id-market-chart: five minutes apart for one day, an hour up to 90; the last is of now."""
    days, now = int(asked.query["days"]), datetime.now(UTC)
    step = timedelta(minutes=5) if days == 1 else timedelta(hours=1)
    count = int(timedelta(days=days) / step)
    # Not at the full minute: prices are of when they were noted.
    instants = [now.replace(minute=0, second=0, microsecond=0) + step - number * step for number in range(count)]
    instants = [at + timedelta(seconds=17) for at in reversed(instants) if at + timedelta(seconds=17) < now]
    points: list[list[Any]] = [[int(at.timestamp() * 1000), 100 + at.minute / 100] for at in [*instants, now]]
    return json_reply({"prices": points, "market_caps": points, "total_volumes": points})


def news(_: Asked) -> Reply:
    item = {"type": "news", "author": "A. Writer", "image": "https://img.example/1.png", "source_name": "Coin Paper"}
    return json_reply(
        [
            {"title": "Bitcoin <b>rises</b>", "url": "https://paper.example/1", "posted_at": "2026-11-27T10:00:00Z",
             "related_coin_ids": ["bitcoin"], **item},
            {"title": "Ether &amp; others", "url": "https://paper.example/2", "posted_at": "2026-11-27T11:00:00Z",
             "related_coin_ids": ["ethereum", "bitcoin"], **item},
        ]
    )  # fmt: skip


def answer(asked: Asked) -> Reply:
    routes = {"/simple/price": price, "/search": search, "/news": news, "/coins/list": listing}
    if asked.path in routes:
        return routes[asked.path](asked)
    if asked.path == "/coins/bitcoin/market_chart/range":
        return chart(asked)
    if asked.path == "/coins/bitcoin/market_chart":
        return recent(asked)
    return NOT_FOUND


def listing(_: Asked) -> Reply:
    return json_reply(
        [{"id": "bitcoin", "symbol": "btc", "name": "Bitcoin"}, {"id": "aave", "symbol": "aave", "name": "Aave"}]
    )


def _prices_right(found: Answer[Any]) -> None:
    values = {quote.key: quote for quote in found.values}
    assert values["shiba-inu"].price == Decimal("0.000008421234567890123")  # not one digit lost to a float
    assert values["bitcoin"].currency == "EUR"
    assert values["bitcoin"].as_of == datetime.fromtimestamp(UPDATED, UTC)
    assert found.missing == ("delisted", "unknown", "priceless")


def _search_right(found: Answer[Any]) -> None:
    assert [(one.key, one.symbol, one.rank) for one in found.values] == [
        ("bitcoin", "BTC", 1), ("bitcoin-cash", "BCH", 18), ("bitcoin-fork", "FORK", None),
    ]  # fmt: skip


WEEK = (TODAY - timedelta(days=7), TODAY)


def _history_right(found: Answer[Any]) -> None:
    [history] = found.values
    assert (history.currency, history.interval, history.adjustment) == ("EUR", "1d", "none")
    # Seven days that have ended; each has the price of the midnight after it, and today has none.
    assert [candle.day for candle in history.candles] == [WEEK[0] + timedelta(days=number) for number in range(7)]
    assert [candle.close for candle in history.candles][-2:] == [Decimal("99.875"), Decimal(100)]


LATELY = datetime.now(UTC) - timedelta(days=2)


def _candles_right(found: Answer[Any]) -> None:
    [history] = found.values
    assert (history.currency, history.interval, history.adjustment) == ("EUR", "5m", "none")
    first, last = history.candles[0], history.candles[-1]
    assert first.start.minute == 0, "they begin with a full hour"
    assert timedelta(hours=22) < last.start - first.start < timedelta(days=1)
    # Prices of instants: of the interval around them nothing is said.
    assert {(candle.open, candle.high, candle.low, candle.volume) for candle in history.candles} == {(None,) * 4}
    assert first.close == Decimal(100)


def _news_right(found: Answer[Any]) -> None:
    assert [(one.title, one.mentions) for one in found.values] == [
        ("Ether & others", ("ethereum", "bitcoin")), ("Bitcoin rises", ("bitcoin",)),
    ]  # fmt: skip


def _twice_in_list(reply: Reply) -> Reply:
    found = json.loads(reply.body)
    items = found if isinstance(found, list) else found.get("coins") or found["prices"]
    items.append(items[0])
    return json_reply(found)


CASES = [
    Case(
        "coingecko quotes", (DOCS + "simple-price",),
        lambda out, base: CoinGecko(out, base=base), answer,
        lambda it: it.quotes(["bitcoin", "ethereum", "delisted", "shiba-inu", "unknown", "bitcoin", "priceless"], "EUR"),
        _prices_right, replaced(b'"eur"', b'"price_eur"'), "$.bitcoin.eur", bodied(b"{}"),
        lambda reply: Reply(reply.body[:-1] + b', "bitcoin": {"eur": 1, "last_updated_at": 1}}', 200, reply.headers),
        told=False,
    ),
    Case(
        "coingecko search", (DOCS + "search-data",),
        lambda out, base: CoinGecko(out, base=base), answer, lambda it: it.search("bit"), _search_right,
        replaced(b'"symbol"', b'"ticker"'), "$.coins[0].symbol", bodied(b'{"coins": []}'), _twice_in_list,
    ),
    Case(
        "coingecko history", (DOCS + "coins-id-market-chart-range",),
        lambda out, base: CoinGecko(out, base=base), answer,
        lambda it: it.history("bitcoin", "EUR", *WEEK), _history_right,
        replaced(b'"prices"', b'"price"'), "$.prices", bodied(b'{"prices": []}'),
        replaced(b'"prices": [[', b'"prices": [[%d, 1.5], [' % stamp(WEEK[0] + timedelta(days=1))),
        not_found_is_missing=True,
    ),
    Case(
        "coingecko candles", (DOCS + "coins-id-market-chart",),
        lambda out, base: CoinGecko(out, base=base), answer,
        lambda it: it.candles("bitcoin", "EUR", LATELY, interval="5m"), _candles_right,
        replaced(b'"prices"', b'"price"'), "$.prices", bodied(b'{"prices": []}'),
        lambda reply: json_reply({"prices": [[*json.loads(reply.body)["prices"][-1][:1], 1.5], *json.loads(reply.body)["prices"]]}),
        not_found_is_missing=True,
    ),
    Case(
        "coingecko news", (DOCS + "news",),
        lambda out, base: CoinGeckoNews(out, plan="demo", key="k", base=base), answer,
        lambda it: it.news(NewsQuestion()), _news_right,
        replaced(b'"posted_at"', b'"published"'), "$[0].posted_at", bodied(b"[]"), _twice_in_list,
    ),
]  # fmt: skip
