"""The real services, asked once each: ``uv run --group test pytest -m live``. Skipped where there is no way out.

Keys come from the same settings as the product's (FINSAGE_COINGECKO_PLAN and _KEY, FINSAGE_NEWSAPI_KEY,
FINSAGE_CRYPTOPANIC_KEY); a provider that wants one and has none skips. That a service is down or wants to be asked less
often is not our fault, and skips with what it said; an answer in another shape than documented fails.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from finsage.errors import Limited, Unavailable, Upstream
from finsage.market.errors import ChangedShape, CredentialRefused
from finsage.market.providers.feeds import Feeds
from finsage.market.providers.json_source import JsonSource, JsonSources
from finsage.market.providers.opening import open_providers
from finsage.market.providers.protocol import Answer, NewsQuestion
from finsage.market.sanity import Expected, judge_history, judge_quote
from finsage.platform.http import Outbound
from finsage.platform.settings import load_settings

pytestmark = [pytest.mark.anyio, pytest.mark.live]
TODAY = datetime.now(UTC).date()
WEEK = (TODAY - timedelta(days=10), TODAY)
WORDS = NewsQuestion(words=("Bitcoin",), symbols=("BTC",), language="en", limit=10)

QUESTIONS: dict[str, tuple[str, Callable[[Any], Awaitable[Answer[Any]]]]] = {
    "coingecko search": ("coingecko", lambda it: it.search("bitcoin")),
    "coingecko quotes": ("coingecko", lambda it: it.quotes(["bitcoin", "ethereum"], "EUR")),
    "coingecko history": ("coingecko", lambda it: it.history("bitcoin", "EUR", *WEEK)),
    "ecb of the last 90 days": ("ecb", lambda it: it.rates(*WEEK)),
    "ecb of all days": ("ecb", lambda it: it.rates(TODAY - timedelta(days=400), TODAY)),
    "frankfurter": ("frankfurter", lambda it: it.rates(*WEEK)),
    "stooq quotes": ("stooq", lambda it: it.quotes(["aapl.us"], "USD")),
    "stooq history": ("stooq", lambda it: it.history("aapl.us", "USD", *WEEK)),
    "yahoo search": ("yahoo", lambda it: it.search("apple")),
    "yahoo quotes": ("yahoo", lambda it: it.quotes(["AAPL"], "USD")),
    "yahoo history": ("yahoo", lambda it: it.history("AAPL", "USD", *WEEK)),
    "exchange quotes": ("exchanges", lambda it: it.quotes(["kraken:BTC/EUR"], "EUR")),
    "exchange candles": ("exchanges", lambda it: it.history("kraken:BTC/EUR", "EUR", *WEEK)),
    "coingecko news": ("coingecko-news", lambda it: it.news(NewsQuestion(limit=10))),
    "newsapi": ("newsapi", lambda it: it.news(WORDS)),
    "cryptopanic": ("cryptopanic", lambda it: it.news(WORDS)),
    "gdelt": ("gdelt", lambda it: it.news(WORDS)),
}


@pytest.fixture(scope="module", autouse=True)
def internet() -> None:
    try:
        socket.create_connection(("api.coingecko.com", 443), timeout=5).close()
    except OSError as error:
        pytest.skip(f"there is no way out: {error}")


@pytest.fixture
async def outbound() -> AsyncIterator[Outbound]:
    outbound = Outbound()
    yield outbound
    await outbound.aclose()


async def asked(question: Awaitable[Answer[Any]]) -> Answer[Any]:
    try:
        return await question
    except (ChangedShape, CredentialRefused):
        raise
    except (Upstream, Limited, Unavailable) as error:
        pytest.skip(f"it did not answer: {error}")


@pytest.mark.parametrize("name", QUESTIONS)
async def test_the_real_service_answers_as_documented(name: str, outbound: Outbound):
    provider_name, ask = QUESTIONS[name]
    provider = open_providers(load_settings(), outbound).get(provider_name)
    if provider is None or (provider.needs_key and not provider.has_key):
        pytest.skip(f"{provider_name} wants a key or its extra")
    answer = await asked(ask(provider))
    assert answer.values, answer
    now = datetime.now(UTC)
    for value in answer.values:
        if hasattr(value, "price"):
            assert judge_quote(value, Expected(value.currency or "USD", timedelta(days=10)), now).decision == "keep"
        if hasattr(value, "candles"):
            known = Expected(value.currency or "USD", timedelta(days=10), adjustment=value.adjustment)
            verdicts = judge_history(value, known, now.date())
            assert {verdict.decision for verdict in verdicts} == {"keep"}


async def test_a_feed_of_the_ecb_is_read(outbound: Outbound):
    answer = await asked(Feeds(outbound, ["https://www.ecb.europa.eu/rss/press.html"]).news(NewsQuestion(limit=5)))
    assert answer.values


async def test_a_price_is_found_in_json_of_an_address(outbound: Outbound):
    source = JsonSource("https://api.frankfurter.dev/v1/latest?symbols=USD", "$.rates.USD", "$.date")
    answer = await asked(JsonSources(outbound, {"EURUSD": source}).quotes(["EURUSD"], "USD"))
    assert Decimal("0.5") < answer.values[0].price < 3
