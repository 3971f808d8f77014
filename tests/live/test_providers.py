"""The real services, asked once each: ``uv run --group test pytest -m live``. Skipped where there is no way out.

Keys come from the same settings as the product's (FINSAGE_COINGECKO_PLAN and _KEY, FINSAGE_NEWSAPI_KEY,
FINSAGE_CRYPTOPANIC_KEY); a provider that wants one and has none skips. That a service is down or wants to be asked less
often is not our fault, and skips with what it said; an answer in another shape than documented fails.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Awaitable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from live.questions import QUESTIONS

from finsage.errors import Limited, Unavailable, Upstream
from finsage.market.errors import ChangedShape, CredentialRefused
from finsage.market.providers.feeds import Feeds
from finsage.market.providers.json_source import JsonSource
from finsage.market.providers.opening import open_providers
from finsage.market.providers.protocol import Answer
from finsage.market.sanity import Expected, judge_candles, judge_history, judge_quote
from finsage.platform.http import Outbound
from finsage.platform.settings import load_settings

pytestmark = [pytest.mark.anyio, pytest.mark.live]

FEED = "https://www.ecb.europa.eu/rss/press.html"
RATE = JsonSource("https://api.frankfurter.dev/v1/latest?symbols=USD", "$.rates.USD", "$.date")


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


def provider_of(name: str, outbound: Outbound) -> Any:
    if name == "feeds":
        return Feeds(outbound, [FEED])
    return open_providers(load_settings(), outbound, {"EURUSD": RATE}).get(name)


@pytest.mark.parametrize("name", QUESTIONS)
async def test_the_real_service_answers_as_documented(name: str, outbound: Outbound):
    question = QUESTIONS[name]
    provider = provider_of(question.provider, outbound)
    if provider is None or (provider.needs_key and not provider.has_key):
        pytest.skip(f"{question.provider} wants a key or its extra, or FINSAGE_PROVIDERS leaves it out")
    answer = await asked(question.ask(provider))
    assert answer.values, answer
    now = datetime.now(UTC)
    for value in answer.values:
        if hasattr(value, "price"):
            assert judge_quote(value, Expected(value.currency or "USD", timedelta(days=10)), now).decision == "keep"
        if hasattr(value, "candles") and value.interval != "1d":
            known = Expected(value.currency or "USD", timedelta(days=10))
            assert value.candles
            assert {verdict.decision for verdict in judge_candles(value, known, now)} == {"keep"}
        elif hasattr(value, "candles"):
            known = Expected(value.currency or "USD", timedelta(days=10), adjustment=value.adjustment)
            verdicts = zip(value.candles, judge_history(value, known, now.date()), strict=True)
            # A day that has not ended is no close, and is judged so.
            assert {verdict.decision for candle, verdict in verdicts if candle.day < now.date()} <= {"keep"}
