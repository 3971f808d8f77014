"""What the real services are asked: each capability of each provider once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from finsage.market.providers.protocol import Answer, Capability, NewsQuestion

TODAY = datetime.now(UTC).date()
WEEK = (TODAY - timedelta(days=10), TODAY)
LATELY = datetime.now(UTC) - timedelta(days=5)
YEAR = (TODAY - timedelta(days=400), TODAY)
COMPANY = NewsQuestion(words=("Apple Inc",), symbols=("AAPL",), limit=10)
WORDS = NewsQuestion(words=("Apple Inc",), language="en", limit=10)
COIN = NewsQuestion(symbols=("BTC",), limit=10)


@dataclass(frozen=True)
class Question:
    """One question to one provider."""

    provider: str
    capability: Capability
    ask: Callable[[Any], Awaitable[Answer[Any]]]


QUESTIONS: dict[str, Question] = {
    "coingecko search": Question("coingecko", Capability.SEARCH, lambda it: it.search("bitcoin")),
    "coingecko quotes": Question("coingecko", Capability.QUOTES, lambda it: it.quotes(["bitcoin", "ethereum"], "EUR")),
    "coingecko history": Question("coingecko", Capability.HISTORY, lambda it: it.history("bitcoin", "EUR", *WEEK)),
    "coingecko candles": Question(
        "coingecko", Capability.CANDLES, lambda it: it.candles("bitcoin", "EUR", LATELY, interval="1h")
    ),
    "coingecko names": Question("coingecko", Capability.NAMES, lambda it: it.names(["bitcoin"])),
    "ecb of the last 90 days": Question("ecb", Capability.RATES, lambda it: it.rates(*WEEK)),
    "ecb of all days": Question("ecb", Capability.RATES, lambda it: it.rates(*YEAR)),
    "frankfurter": Question("frankfurter", Capability.RATES, lambda it: it.rates(*WEEK)),
    "stooq quotes": Question("stooq", Capability.QUOTES, lambda it: it.quotes(["aapl.us"], "USD")),
    "stooq history": Question("stooq", Capability.HISTORY, lambda it: it.history("aapl.us", "USD", *WEEK)),
    "yahoo search": Question("yahoo", Capability.SEARCH, lambda it: it.search("apple")),
    "yahoo quotes": Question("yahoo", Capability.QUOTES, lambda it: it.quotes(["AAPL"], "USD")),
    "yahoo history": Question("yahoo", Capability.HISTORY, lambda it: it.history("AAPL", "USD", *WEEK)),
    "yahoo candles": Question("yahoo", Capability.CANDLES, lambda it: it.candles("AAPL", "USD", LATELY, interval="5m")),
    "yahoo events": Question("yahoo", Capability.EVENTS, lambda it: it.events("AAPL", *YEAR)),
    "yahoo names": Question("yahoo", Capability.NAMES, lambda it: it.names(["AAPL"])),
    "exchange quotes": Question("exchanges", Capability.QUOTES, lambda it: it.quotes(["kraken:BTC/EUR"], "EUR")),
    "exchange candles": Question(
        "exchanges", Capability.HISTORY, lambda it: it.history("kraken:BTC/EUR", "EUR", *WEEK)
    ),
    "exchange candles within a day": Question(
        "exchanges", Capability.CANDLES, lambda it: it.candles("kraken:BTC/EUR", "EUR", LATELY, interval="1h")
    ),
    "json source": Question("json", Capability.QUOTES, lambda it: it.quotes(["EURUSD"], "USD")),
    "json source of many days": Question("json", Capability.HISTORY, lambda it: it.history("EURUSD", "USD", *WEEK)),
    "feed": Question("feeds", Capability.NEWS, lambda it: it.news(NewsQuestion(limit=5))),
    "coingecko news": Question("coingecko-news", Capability.NEWS, lambda it: it.news(NewsQuestion(limit=10))),
    "newsapi": Question("newsapi", Capability.NEWS, lambda it: it.news(COMPANY)),
    "cryptopanic": Question("cryptopanic", Capability.NEWS, lambda it: it.news(COIN)),
    "gdelt": Question("gdelt", Capability.NEWS, lambda it: it.news(WORDS)),
}
